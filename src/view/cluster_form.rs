//! The settings of a cluster.

use super::form::{Form, Unit, plain, tagged};
use crate::i18n::Options;
use crate::scenario::{Continuous, Etcd, Manager, Ticks, Zookeeper, to_value};

/// The members of an ensemble and their protocol.
#[inline(never)]
pub(super) fn fields(form: &mut Form, o: &Options) {
    let base = "/system/cluster";
    let etcd = format!("{base}/manager/etcd");
    let zookeeper = format!("{base}/manager/zookeeper");
    form.number(&format!("{base}/members"), o.members, Unit::Count);
    let manager = |manager: &Manager| {
        to_value(manager).as_object().and_then(|one| one.values().next().cloned()).unwrap_or_default()
    };
    form.choice(
        &format!("{base}/manager"),
        o.protocol,
        vec![
            tagged("etcd", o.etcd, manager(&Manager::Etcd(Etcd::default()))),
            tagged("zookeeper", o.zookeeper, manager(&Manager::Zookeeper(Zookeeper::default()))),
        ],
    );
    form.choice(
        &format!("{etcd}/timing"),
        o.ensemble_timing,
        vec![
            tagged("continuous", o.continuous, to_value(&Continuous::default())),
            tagged("ticks", o.ticks, to_value(&Ticks::default())),
        ],
    );
    let continuous = format!("{etcd}/timing/continuous");
    form.number(&format!("{continuous}/election_lo_us"), o.election_lo, Unit::Ms);
    form.number(&format!("{continuous}/election_hi_us"), o.election_hi, Unit::Ms);
    form.number(&format!("{continuous}/heartbeat_us"), o.heartbeat, Unit::Ms);
    let ticks = format!("{etcd}/timing/ticks");
    form.number(&format!("{ticks}/tick_us"), o.tick, Unit::Ms);
    form.number(&format!("{ticks}/election_ticks"), o.election_ticks, Unit::Count);
    form.number(&format!("{ticks}/heartbeat_ticks"), o.heartbeat_ticks, Unit::Count);
    form.flag(&format!("{etcd}/pre_vote"), o.pre_vote);
    form.flag(&format!("{etcd}/check_quorum"), o.check_quorum);
    form.number(&format!("{zookeeper}/tick_us"), o.tick, Unit::Ms);
    form.number(&format!("{zookeeper}/init_limit"), o.init_limit, Unit::Count);
    form.number(&format!("{zookeeper}/sync_limit"), o.sync_limit, Unit::Count);
    form.number(&format!("{zookeeper}/finalize_wait_us"), o.finalize_wait, Unit::Ms);
    form.number(&format!("{zookeeper}/notify_us"), o.notify, Unit::Ms);
    form.number(&format!("{zookeeper}/connect_retry_us"), o.connect_retry, Unit::Ms);
    form.choice(
        &format!("{base}/reads"),
        o.read_level,
        vec![plain("linearizable", o.linearizable), plain("local", o.local_reads)],
    );
    form.flag(&format!("{base}/idempotence"), o.idempotence);
}
