//! The settings of a cluster: its manager, its workers, and the claims by which they are known to live.

use serde_json::{Value, json};

use super::form::{Choice, Control, Form, Unit, plain, setup, tagged};
use super::pool_form;
use crate::i18n::{ClusterOptions, Label, Lang, Options};
use crate::scenario::{Continuous, Etcd, Manager, ManagerLease, Ticks, Workers, Zookeeper, to_value};

const BASE: &str = "/system/cluster";
const WORKERS: &str = "/system/cluster/data/workers";
const LEASE: &str = "decision/manager";

/// What is built: the manager, and where the data are.
#[inline(never)]
pub(super) fn fields(form: &mut Form, lang: Lang) {
    let (o, c) = (lang.options(), lang.cluster_options());
    form.number(&format!("{BASE}/members"), o.members, Unit::Count);
    form.number(&format!("{BASE}/spare_members"), c.spare_members, Unit::Count);
    ensemble(form, &format!("{BASE}/manager"), o, c);
    form.choice(
        &format!("{BASE}/data"),
        c.data_path,
        vec![plain("through_the_log", c.through_log), tagged("workers", c.on_workers, to_value(&Workers::default()))],
    );
    form.inner(
        WORKERS,
        &[
            ("count", c.workers, Unit::Count),
            ("spares", c.spares, Unit::Count),
            ("shards", c.shards, Unit::Count),
            ("copies", c.copies, Unit::Count),
            ("balancers", c.balancers, Unit::Count),
        ],
    );
    form.choice(
        &format!("{BASE}/reads"),
        o.read_level,
        vec![plain("linearizable", o.linearizable), plain("local", o.local_reads)],
    );
    // What any holder may answer is spread over them; everything else goes to the shard's owner.
    if form.document().pointer(&format!("{BASE}/reads")).and_then(Value::as_str) == Some("local") {
        pool_form::strategy(form, &format!("{WORKERS}/strategy"), lang, false);
        pool_form::ejection(form, &format!("{WORKERS}/ejection"), lang);
    }
    form.number(&format!("{WORKERS}/timeout_us"), lang.pool_options().upstream_timeout, Unit::Ms);
    form.flag(&format!("{BASE}/idempotence"), o.idempotence);
}

/// The logs that members begin with, where that is possible.
#[inline(never)]
pub(super) fn logs(form: &mut Form, lang: Lang) {
    let is_on = |form: &Form, at: &str| form.document().pointer(&format!("{BASE}/{at}")) == Some(&Value::Bool(true));
    if is_on(form, "cold_start") || is_on(form, "manager/etcd/withhold_entries") {
        let members = form.document().pointer(&format!("{BASE}/members")).and_then(Value::as_u64).unwrap_or(1);
        list(form, &format!("{BASE}/logs"), lang.cluster_options().logs, (members.min(7), 0), lang);
    }
}

/// The protocol of an ensemble and its times.
fn ensemble(form: &mut Form, at: &str, o: &Options, c: &ClusterOptions) {
    let (etcd, zookeeper) = (format!("{at}/etcd"), format!("{at}/zookeeper"));
    let manager = |manager: &Manager| {
        to_value(manager).as_object().and_then(|one| one.values().next().cloned()).unwrap_or_default()
    };
    form.choice(
        at,
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
    form.inner(
        &format!("{etcd}/timing/continuous"),
        &[
            ("election_lo_us", o.election_lo, Unit::Ms),
            ("election_hi_us", o.election_hi, Unit::Ms),
            ("heartbeat_us", o.heartbeat, Unit::Ms),
        ],
    );
    form.inner(
        &format!("{etcd}/timing/ticks"),
        &[
            ("tick_us", o.tick, Unit::Ms),
            ("election_ticks", o.election_ticks, Unit::Count),
            ("heartbeat_ticks", o.heartbeat_ticks, Unit::Count),
        ],
    );
    form.flag(&format!("{etcd}/pre_vote"), o.pre_vote);
    form.flag(&format!("{etcd}/check_quorum"), o.check_quorum);
    form.choice(
        &format!("{etcd}/wire"),
        c.wire,
        vec![plain("connection", c.connection), plain("datagram", c.datagram)],
    );
    form.flag(&format!("{etcd}/withhold_entries"), c.withhold);
    form.inner(
        &zookeeper,
        &[
            ("tick_us", o.tick, Unit::Ms),
            ("init_limit", o.init_limit, Unit::Count),
            ("sync_limit", o.sync_limit, Unit::Count),
            ("finalize_wait_us", o.finalize_wait, Unit::Ms),
            ("notify_us", o.notify, Unit::Ms),
            ("connect_retry_us", o.connect_retry, Unit::Ms),
        ],
    );
}

/// How workers are found dead, and what becomes of their shards then.
#[inline(never)]
pub(super) fn failover(form: &mut Form, lang: Lang) {
    let (o, c) = (lang.options(), lang.cluster_options());
    claim(form, &format!("{WORKERS}/claim"), c);
    form.flag(&format!("{WORKERS}/tokens"), c.tokens);
    // The recipe needs ZooKeeper's nodes.
    if form.document().pointer(&format!("{BASE}/manager/zookeeper")).is_some() {
        form.choice(
            &format!("{WORKERS}/election"),
            c.election,
            vec![
                plain("none", c.no_election),
                plain("watch_predecessor", c.watch_predecessor),
                plain("watch_all", c.watch_all),
            ],
        );
    }
    form.number(&format!("{WORKERS}/heartbeat_us"), o.heartbeat, Unit::Ms);
    form.number(&format!("{WORKERS}/recovery_us"), o.recovery, Unit::Ms);
}

/// The choice of a manager's lease for the decision on a promotion.
pub(super) fn manager_lease(o: &Options) -> Choice {
    tagged("manager", o.by_manager, to_value(&ManagerLease::default()))
}

/// What belongs to that choice.
#[inline(never)]
pub(super) fn lease(form: &mut Form, lang: Lang) {
    let (o, c) = (lang.options(), lang.cluster_options());
    let base = format!("{}/{LEASE}", setup(form.document()));
    form.number(&format!("{base}/members"), o.members, Unit::Count);
    claim(form, &format!("{base}/claim"), c);
    ensemble(form, &format!("{base}/ensemble"), o, c);
}

fn claim(form: &mut Form, at: &str, c: &ClusterOptions) {
    form.number(&format!("{at}/ttl_us"), c.ttl, Unit::Seconds);
    form.number(&format!("{at}/keep_alive_us"), c.keep_alive, Unit::Seconds);
    form.flag(&format!("{at}/checked"), c.checked);
    form.flag(&format!("{at}/failsafe"), c.failsafe);
}

/// A list of numbers, one for each machine: as many as there are, or none.
#[inline(never)]
pub(super) fn list(form: &mut Form, at: &str, label: Label, (count, each): (u64, u64), lang: Lang) {
    let c = lang.cluster_options();
    let numbers: Vec<Value> = (0..count).map(|_| json!(each)).collect();
    form.present(at, label, Value::Array(numbers));
    let names = [c.first, c.second, c.third, c.fourth, c.fifth, c.sixth, c.seventh, c.eighth];
    for (index, name) in names.into_iter().enumerate() {
        form.add(&format!("{at}/{index}"), name, Control::Number(Unit::Count), true);
    }
}
