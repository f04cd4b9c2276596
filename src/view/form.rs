//! The settings as a form: which fields there are, with which names, units and choices.
//!
//! The form works on the scenario's JSON document: a field is a JSON pointer (RFC 6901), so that what the reader of
//! scenarios complains about can be shown at the field that it is about, and a draft may be wrong for a while.

use serde_json::{Value, json};

use super::fixed::{fixed, read_scaled};
use super::{cluster_form, pool_form};
use crate::i18n::{Label, Lang, Options, Texts};
use crate::scenario::{
    Backup, Cluster, Dns, Lease, MasterStandby, Pool, Proxy, RandomFaults, RetryBudget, Router, SingleNode, Stonith,
    to_value,
};

/// A page of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// What is built.
    System,
    /// When a write is acknowledged.
    Replication,
    /// Detection, decision, fencing, promotion.
    Failover,
    /// How a pool is balanced, and what its nodes can carry.
    Balancer,
    /// How clients find the master.
    Router,
    /// Those who use it.
    Clients,
    /// Machines and wires.
    Machines,
    /// Random failures and what is promised.
    Failures,
    /// Defaults of real systems, to lay over all that.
    Timings,
    /// The whole document.
    Document,
}

impl Page {
    /// All of them, in order.
    pub const ALL: [Self; 10] = [
        Self::System,
        Self::Replication,
        Self::Failover,
        Self::Balancer,
        Self::Router,
        Self::Clients,
        Self::Machines,
        Self::Failures,
        Self::Timings,
        Self::Document,
    ];

    /// What it is called.
    pub fn name(self, t: &Texts) -> &'static str {
        match self {
            Self::System => t.tab_system,
            Self::Replication => t.tab_replication,
            Self::Failover => t.tab_failover,
            Self::Balancer => t.tab_balancer,
            Self::Router => t.tab_router,
            Self::Clients => t.tab_clients,
            Self::Machines => t.tab_machines,
            Self::Failures => t.tab_failures,
            Self::Timings => t.tab_timings,
            Self::Document => "JSON",
        }
    }
}

/// In what a number is shown, and how many of the document's units make one of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A plain number.
    Count,
    /// Microseconds, shown as milliseconds.
    Ms,
    /// Microseconds, shown as seconds.
    Seconds,
    /// Parts in a million, shown in per cent.
    Ppm,
    /// Thousandths, shown in per cent.
    Permille,
    /// Thousandths, shown as a number.
    Milli,
}

impl Unit {
    /// Units of the document in one that is shown.
    pub fn scale(self) -> u64 {
        match self {
            Self::Count => 1,
            Self::Ms | Self::Milli => 1_000,
            Self::Seconds => 1_000_000,
            Self::Ppm => 10_000,
            Self::Permille => 10,
        }
    }

    /// What stands behind the number.
    pub fn name(self, t: &Texts) -> &'static str {
        match self {
            Self::Count | Self::Milli => "",
            Self::Ms => t.unit_ms,
            Self::Seconds => t.unit_s,
            Self::Ppm | Self::Permille => t.unit_percent,
        }
    }

    /// The number as it is shown.
    pub fn show(self, value: &Value) -> String {
        match value.as_f64() {
            Some(number) => {
                let text = fixed(number / self.scale() as f64, 6).to_string();
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            }
            None => value.as_str().unwrap_or_default().to_owned(),
        }
    }

    /// The number that was typed; what is none stays a text, for the reader to complain about.
    pub fn read(self, text: &str) -> Value {
        read_scaled(text, self.scale()).map_or_else(|| json!(text), |number| json!(number))
    }
}

/// How a field is filled in.
#[derive(Clone, Debug, PartialEq)]
pub enum Control {
    /// A number.
    Number(Unit),
    /// Yes or no.
    Flag,
    /// Present with these contents, or null.
    Present(Value),
    /// One more item like this at the end of the list.
    Add(Value),
    /// This item of a list goes.
    Remove,
    /// One of several, each with the name of its variant, its label, and its contents when it is chosen anew.
    Choice(Vec<(&'static str, Label, Value)>),
}

/// A field of the form.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Where it is in the document.
    pub pointer: String,
    /// Its name and explanation.
    pub label: Label,
    /// How it is filled in.
    pub control: Control,
    /// It belongs to the field above it.
    pub inner: bool,
}

/// The pointer of a field that the reader of scenarios names by its path: `system.single_node` → `/system/single_node`.
pub fn pointer(path: &str) -> String {
    let mut pointer = String::new();
    for part in path.replace('[', ".").replace(']', "").split('.').filter(|part| !part.is_empty()) {
        pointer.push('/');
        pointer.push_str(part);
    }
    pointer
}

/// The name of the variant that a value holds: `"async"` or `{"semi_sync": {…}}`.
pub fn variant(value: &Value) -> &str {
    match value {
        Value::Object(fields) => fields.keys().next().map_or("", String::as_str),
        other => other.as_str().unwrap_or_default(),
    }
}

/// A list with one more item, or without the item at this pointer: where it stands, and what it is then.
pub fn change_list(document: &Value, field: &Field) -> Option<(String, Value)> {
    let (at, index) = match field.control {
        Control::Add(_) => (field.pointer.as_str(), None),
        Control::Remove => field.pointer.rsplit_once('/').map(|(list, index)| (list, index.parse().ok()))?,
        _ => return None,
    };
    let mut items = document.pointer(at)?.as_array()?.clone();
    match (&field.control, index) {
        (Control::Add(item), _) => items.push(item.clone()),
        (_, Some(index)) if index < items.len() => _ = items.remove(index),
        _ => return None,
    }
    Some((at.to_owned(), Value::Array(items)))
}

/// Collects the fields of a page, as far as the document has them at the moment.
pub(super) struct Form<'a> {
    document: &'a Value,
    fields: Vec<Field>,
}

impl Form<'_> {
    pub(super) fn document(&self) -> &Value {
        self.document
    }

    pub(super) fn add(&mut self, pointer: &str, label: Label, control: Control, inner: bool) {
        if self.document.pointer(pointer).is_some() {
            self.fields.push(Field { pointer: pointer.to_owned(), label, control, inner });
        }
    }

    pub(super) fn number(&mut self, pointer: &str, label: Label, unit: Unit) {
        self.add(pointer, label, Control::Number(unit), false);
    }

    pub(super) fn flag(&mut self, pointer: &str, label: Label) {
        self.add(pointer, label, Control::Flag, false);
    }

    /// Numbers that belong to the field above; they are there only while it has them.
    pub(super) fn inner(&mut self, base: &str, fields: &[(&str, Label, Unit)]) {
        for (name, label, unit) in fields {
            self.add(&format!("{base}/{name}"), *label, Control::Number(*unit), true);
        }
    }

    pub(super) fn choice(&mut self, pointer: &str, label: Label, choices: Vec<(&'static str, Label, Value)>) {
        self.add(pointer, label, Control::Choice(choices), false);
    }

    /// Whether a manager's lease decides: then some things cannot be had, and are only there to be put right.
    fn is_managed(&self) -> bool {
        self.document.pointer("/system/master_standby/decision/manager").is_some()
    }

    fn unless_managed(&mut self, pointer: &str, label: Label, contents: Value) {
        if !self.is_managed() || self.document.pointer(pointer).is_some_and(|value| !value.is_null()) {
            self.present(pointer, label, contents);
        }
    }

    pub(super) fn present(&mut self, pointer: &str, label: Label, contents: Value) {
        self.add(pointer, label, Control::Present(contents), false);
    }
}

/// A variant without options.
pub(super) fn plain(name: &'static str, label: Label) -> (&'static str, Label, Value) {
    (name, label, json!(name))
}

/// A variant with options.
pub(super) fn tagged(name: &'static str, label: Label, contents: Value) -> (&'static str, Label, Value) {
    (name, label, Value::from_iter([(name, contents)]))
}

/// The fields of a page for a document in its present state.
pub fn fields(document: &Value, page: Page, lang: Lang) -> Vec<Field> {
    let o = lang.options();
    let mut form = Form { document, fields: Vec::new() };
    match page {
        Page::System => system(&mut form, lang),
        Page::Replication => replication(&mut form, o),
        Page::Failover => failover(&mut form, lang),
        Page::Balancer => pool_form::fields(&mut form, lang),
        Page::Router => router(&mut form, o),
        Page::Clients => clients(&mut form, lang),
        Page::Machines => machines(&mut form, o),
        Page::Failures => failures(&mut form, lang),
        Page::Timings | Page::Document => {}
    }
    form.fields
}

pub(super) fn setup(document: &Value) -> String {
    format!("/system/{}", variant(&document["system"]))
}

fn system(form: &mut Form, lang: Lang) {
    let (o, p) = (lang.options(), lang.pool_options());
    let setup = setup(form.document);
    form.choice(
        "/system",
        o.system,
        vec![
            tagged("master_standby", o.master_standby, to_value(&MasterStandby::default())),
            tagged("single_node", o.single, to_value(&SingleNode::default())),
            tagged("cluster", o.cluster, to_value(&Cluster::default())),
            tagged("pool", p.pool, to_value(&Pool::default())),
        ],
    );
    cluster_form::fields(form, lang);
    form.number(&format!("{setup}/nodes"), p.nodes, Unit::Count);
    form.number(&format!("{setup}/standbys"), o.standbys, Unit::Count);
    form.number(&format!("{setup}/standby/start_up_us"), o.start_up, Unit::Ms);
    form.flag(&format!("{setup}/standby/serves_reads"), o.serves_reads);
    form.flag(&format!("{setup}/cold_start"), o.cold_start);
    cluster_form::logs(form, lang);
    form.number(&format!("{setup}/write_us"), o.write_time, Unit::Ms);
    form.number(&format!("{setup}/read_us"), o.read_time, Unit::Ms);
    form.unless_managed(&format!("{setup}/backup"), o.backup, to_value(&Backup::default()));
    form.inner(
        &format!("{setup}/backup"),
        &[("every_us", o.backup_every, Unit::Seconds), ("restore_us", o.backup_restore, Unit::Seconds)],
    );
    form.number("/seed", o.seed, Unit::Count);
}

fn replication(form: &mut Form, o: &Options) {
    let setup = setup(form.document);
    let on_workers = "/system/cluster/data/workers/replication";
    let is_on_workers = form.document.pointer(on_workers).is_some();
    let base = if is_on_workers { on_workers.to_owned() } else { format!("{setup}/replication") };
    let mode = format!("{base}/mode");
    let mut modes = vec![
        plain("async", o.asynchronous),
        tagged("semi_sync", o.semi_sync, json!({ "standbys": 1 })),
        plain("sync", o.sync),
        plain("shared_storage", o.shared_storage),
    ];
    if is_on_workers || form.is_managed() {
        modes.pop();
    }
    form.choice(&mode, o.replication, modes);
    form.inner(&format!("{mode}/semi_sync"), &[("standbys", o.standbys_needed, Unit::Count)]);
    let durability = || vec![plain("received", o.received), plain("synced", o.synced)];
    form.choice(&format!("{base}/durability"), o.durability, durability());
    form.choice(&format!("{setup}/durability"), o.durability, durability());
    let fallback = format!("{base}/fallback");
    form.choice(
        &fallback,
        o.fallback,
        vec![plain("strict", o.strict), tagged("degrade", o.degrade, json!({ "after_us": 2_000_000 }))],
    );
    form.inner(&format!("{fallback}/degrade"), &[("after_us", o.degrade_after, Unit::Ms)]);
}

fn failover(form: &mut Form, lang: Lang) {
    let o = lang.options();
    let setup = setup(form.document);
    cluster_form::failover(form, lang);
    form.number(&format!("{setup}/detection/heartbeat_us"), o.heartbeat, Unit::Ms);
    let limit = format!("{setup}/detection/limit");
    form.choice(
        &limit,
        o.detection,
        vec![
            tagged("missed", o.missed, json!({ "heartbeats": 3 })),
            tagged("phi", o.phi, json!({ "threshold_milli": 8_000 })),
        ],
    );
    form.inner(&format!("{limit}/missed"), &[("heartbeats", o.missed, Unit::Count)]);
    form.inner(&format!("{limit}/phi"), &[("threshold_milli", o.phi_threshold, Unit::Milli)]);
    let decision = format!("{setup}/decision");
    form.choice(
        &decision,
        o.decision,
        vec![
            plain("majority", o.majority),
            tagged("alone", o.alone, json!({ "canvass_us": 1_000_000 })),
            tagged("operator", o.by_operator, json!({ "reaction_lo_us": 5_000_000, "reaction_hi_us": 15_000_000 })),
            cluster_form::manager_lease(o),
        ],
    );
    cluster_form::lease(form, lang);
    form.inner(&format!("{decision}/alone"), &[("canvass_us", o.canvass, Unit::Ms)]);
    form.inner(
        &format!("{decision}/operator"),
        &[("reaction_lo_us", o.reaction_lo, Unit::Seconds), ("reaction_hi_us", o.reaction_hi, Unit::Seconds)],
    );
    let fencing = format!("{setup}/fencing");
    form.flag(&format!("{fencing}/epochs"), o.epochs);
    form.unless_managed(&format!("{fencing}/lease"), o.lease, to_value(&Lease::default()));
    form.inner(
        &format!("{fencing}/lease"),
        &[("length_us", o.lease_length, Unit::Ms), ("drift_ppm", o.lease_drift, Unit::Ppm)],
    );
    let stonith = format!("{fencing}/stonith");
    form.unless_managed(&stonith, o.stonith, to_value(&Stonith::default()));
    form.inner(
        &stonith,
        &[
            ("delay_us", o.stonith_delay, Unit::Ms),
            ("success_ppm", o.stonith_success, Unit::Ppm),
            ("tries", o.stonith_tries, Unit::Count),
            ("stagger_us", o.stonith_stagger, Unit::Ms),
            ("operator_us", o.stonith_operator, Unit::Seconds),
        ],
    );
    form.add(&format!("{stonith}/reboot"), o.stonith_reboot, Control::Flag, true);
    form.number(&format!("{setup}/recovery_us"), o.recovery, Unit::Ms);
    let failback = format!("{setup}/failback_after_us");
    form.unless_managed(&failback, o.failback, json!(5_000_000));
    if form.document.pointer(&failback).is_some_and(|after| !after.is_null()) {
        form.add(&failback, o.failback_after, Control::Number(Unit::Seconds), true);
    }
}

fn router(form: &mut Form, o: &Options) {
    // Who has balancers has no router; one is only there to be put right.
    let has_balancers = variant(&form.document["system"]) == "pool"
        || form.document.pointer("/system/cluster/data/workers/balancers").is_some();
    if has_balancers && form.document["router"] == to_value(&Router::default()) {
        return;
    }
    form.choice(
        "/router",
        o.router,
        vec![
            tagged("proxy", o.proxy, to_value(&Proxy::default())),
            plain("vip", o.vip),
            tagged("dns", o.dns, to_value(&Dns::default())),
            plain("discovery", o.discovery),
        ],
    );
    form.inner(
        "/router/proxy",
        &[
            ("proxies", o.proxies, Unit::Count),
            ("check_us", o.check, Unit::Ms),
            ("check_timeout_us", o.check_timeout, Unit::Ms),
            ("fall", o.fall, Unit::Count),
            ("rise", o.rise, Unit::Count),
        ],
    );
    form.add("/router/proxy/deep", o.deep, Control::Flag, true);
    form.inner("/router/dns", &[("ttl_us", o.ttl, Unit::Seconds)]);
}

fn clients(form: &mut Form, lang: Lang) {
    let (o, p) = (lang.options(), lang.pool_options());
    form.number("/clients/sites", o.sites, Unit::Count);
    form.number("/clients/mean_gap_us", o.mean_gap, Unit::Ms);
    form.number("/clients/read_permille", o.read_share, Unit::Permille);
    form.flag("/clients/reads_anywhere", o.reads_anywhere);
    form.number("/clients/timeout_us", o.timeout, Unit::Ms);
    form.number("/clients/attempts", o.attempts, Unit::Count);
    form.number("/clients/backoff_us", o.backoff, Unit::Ms);
    form.present("/clients/retry_budget", p.client_budget, to_value(&RetryBudget::default()));
    form.inner(
        "/clients/retry_budget",
        &[("share_permille", p.budget_share, Unit::Permille), ("burst", p.budget_burst, Unit::Count)],
    );
    form.number("/clients/canary_us", o.canary, Unit::Ms);
}

fn machines(form: &mut Form, o: &Options) {
    let both = [("lo_us", o.latency_lo, Unit::Ms), ("hi_us", o.latency_hi, Unit::Ms)];
    for (base, whose) in [("/network/between_nodes", o.between_nodes), ("/network/to_clients", o.to_clients)] {
        for (name, label, unit) in both {
            // The explanation says between whom, the name says which bound.
            let label = Label { name: label.name, explain: whose.name };
            form.number(&format!("{base}/{name}"), label, unit);
        }
    }
    form.number("/network/loss_ppm", o.packet_loss, Unit::Ppm);
    form.number("/network/connection_timeout_us", o.connection_timeout, Unit::Seconds);
    form.number("/machines/boot_us", o.boot_time, Unit::Ms);
    form.number("/machines/start_us", o.process_start, Unit::Ms);
    form.number("/machines/sync_us", o.sync_time, Unit::Ms);
}

fn failures(form: &mut Form, lang: Lang) {
    let (o, a) = (lang.options(), lang.actions());
    form.present("/faults/random", o.random_failures, json!([to_value(&RandomFaults::default())]));
    for index in 0..form.document.pointer("/faults/random").and_then(Value::as_array).map_or(0, Vec::len) {
        let base = format!("/faults/random/{index}");
        let classes = vec![
            plain("data", o.data_nodes),
            plain("all", o.every_machine),
            plain("witness", o.witness),
            plain("proxies", o.proxies),
            plain("dns", o.dns),
            plain("fencer", o.stonith),
            plain("storage", o.shared_storage),
            plain("balancers", lang.pool_options().balancers),
            plain("members", o.members),
        ];
        let kinds = vec![
            plain("machine_crash", a.machine_crash),
            plain("process_crash", a.process_crash),
            plain("power_loss", a.power_loss),
            plain("freeze", a.freeze),
        ];
        let distributions = vec![plain("exponential", o.exponential), plain("fixed", o.fixed)];
        form.add(&format!("{base}/on"), o.fails, Control::Choice(classes), true);
        form.add(&format!("{base}/kind"), o.failure_kind, Control::Choice(kinds), true);
        form.inner(&base, &[("mttf_us", o.mttf, Unit::Seconds), ("mttr_us", o.mttr, Unit::Seconds)]);
        form.add(&format!("{base}/distribution"), o.distribution, Control::Choice(distributions), true);
        form.add(&base, o.remove_failure, Control::Remove, true);
    }
    if form.document.pointer("/faults/random/0").is_some() {
        form.add("/faults/random", o.add_failure, Control::Add(to_value(&RandomFaults::default())), false);
    }
    form.number("/objective/availability_ppm", o.objective, Unit::Ppm);
    form.number("/objective/rto_us", o.rto, Unit::Seconds);
    form.number("/objective/rpo_writes", o.rpo, Unit::Count);
}

#[cfg(test)]
mod tests;
