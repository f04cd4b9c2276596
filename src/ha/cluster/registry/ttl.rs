//! How long a claim really holds: what is asked for, within the bounds of the manager.

use crate::ha::cluster::{Protocol, raft};
use crate::ha::config::Config;
use crate::sim::Micros;

/// Time to live of a claim, as the manager grants it.
///
/// - *etcd-like*: at least one and a half election timeouts, or a new leader could not keep it alive; where time is
///   counted in ticks as etcd does, that minimum is rounded up to whole seconds (`server/etcdserver: minTTL`).
/// - *ZooKeeper-like*: 2 to 20 ticks (`minSessionTimeout`, `maxSessionTimeout`).
pub fn ttl_us(config: &Config) -> Micros {
    let Some(cluster) = config.cluster() else { return 0 };
    let asked = cluster.claim.ttl_us;
    match cluster.manager.protocol {
        Protocol::Raft(raft) => {
            let least = 3 * raft.timing.base_us() / 2;
            asked.max(match raft.timing {
                raft::Timing::Ticks { .. } => least.div_ceil(SECOND_US) * SECOND_US,
                raft::Timing::Continuous { .. } => least,
            })
        }
        Protocol::Zab(zab) => asked.clamp(2 * zab.tick_us, 20 * zab.tick_us),
    }
}

const SECOND_US: Micros = 1_000_000;
