//! The settings as a form: which fields there are, with which names, units and choices.
//!
//! The form works on the scenario's JSON document: a field is a JSON pointer (RFC 6901), so that what the reader of
//! scenarios complains about can be shown at the field that it is about, and a draft may be wrong for a while.
//!
//! What stands in a list has a head with which items are added, and each item a line that says what it is; its fields
//! follow it. Nothing of a document is changed by showing it, and what it holds can always be chosen again, even if the
//! system has no such thing any more.

mod lists;
mod unit;

use std::borrow::Cow;

use serde_json::{Value, json};

use super::{cluster_form, machines_form, pool_form, schedule_form};
use crate::i18n::{Label, Lang, Options, Texts};
use crate::scenario::{
    Backup, Clients, Cluster, Dns, LENGTHS, Lease, MasterStandby, Pool, Proxy, RetryBudget, Router, SingleNode,
    Stonith, to_value,
};

pub use lists::{change_list, field_of, toggled};
pub use unit::Unit;

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
    /// What is done, and when.
    Schedule,
    /// What the scenario is about.
    About,
    /// Defaults of real systems, to lay over all that.
    Timings,
    /// The whole document.
    Document,
}

impl Page {
    /// All of them, in order.
    pub const ALL: [Self; 12] = [
        Self::System,
        Self::Replication,
        Self::Failover,
        Self::Balancer,
        Self::Router,
        Self::Clients,
        Self::Machines,
        Self::Failures,
        Self::Schedule,
        Self::About,
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
            Self::Schedule => t.tab_schedule,
            Self::About => t.tab_about,
            Self::Timings => t.tab_timings,
            Self::Document => "JSON",
        }
    }
}

/// How a field is filled in.
#[derive(Clone, Debug, PartialEq)]
pub enum Control {
    /// A number.
    Number(Unit),
    /// Yes or no.
    Flag,
    /// A text: a long one, or one line.
    Text(bool),
    /// Present with these contents, or null.
    Present(Value),
    /// One of several.
    Choice(Vec<Choice>),
    /// Any of several machines, as a list. With the list of such lists in which a machine may stand once, if there is one.
    Set(Vec<Choice>, Option<String>),
    /// The head of a list, to which one more item like this can be added; none if it is as long as it may be.
    List(Option<Value>),
    /// An item of a list, which can be removed. The inner fields that follow belong to it.
    Item(Item),
}

/// What can be chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The heading under which it stands; empty: under none.
    pub group: &'static str,
    /// What it is called.
    pub name: Cow<'static, str>,
    /// What it means, in a sentence.
    pub explain: &'static str,
    /// The field's contents when it is chosen anew.
    pub contents: Value,
}

/// An item of a list in a line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item {
    /// What the list is in order of, such as a time; may be empty.
    pub lead: String,
    /// What it says.
    pub title: String,
    /// Its fields are shown when it is opened, not always.
    pub folds: bool,
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

/// Collects the fields of a page, as far as the document has them at the moment.
pub(super) struct Form<'a> {
    document: &'a Value,
    fields: Vec<Field>,
}

impl<'a> Form<'a> {
    pub(super) fn document(&self) -> &'a Value {
        self.document
    }

    /// What stands there; null if nothing does.
    pub(super) fn value(&self, pointer: &str) -> &'a Value {
        self.document.pointer(pointer).unwrap_or(&Value::Null)
    }

    pub(super) fn add(&mut self, pointer: &str, label: Label, control: Control, inner: bool) {
        if self.document.pointer(pointer).is_some() {
            self.fields.push(Field { pointer: pointer.to_owned(), label, control, inner });
        }
    }

    pub(super) fn number(&mut self, pointer: &str, label: Label, unit: Unit) {
        self.add(pointer, label, Control::Number(unit), false);
    }

    /// The number of what may be absent, below the switch for it.
    fn number_if_any(&mut self, pointer: &str, label: Label, unit: Unit) {
        if !self.value(pointer).is_null() {
            self.add(pointer, label, Control::Number(unit), true);
        }
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

    pub(super) fn choice(&mut self, pointer: &str, label: Label, choices: Vec<Choice>) {
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

    /// A list with its items; `each` adds the fields of one and says what the item is in a line.
    #[inline(never)]
    pub(super) fn list(
        &mut self,
        pointer: &str,
        label: Label,
        item: Value,
        each: &mut dyn FnMut(&mut Self, &str, usize) -> Item,
    ) {
        let Some(items) = self.document.pointer(pointer).and_then(Value::as_array) else { return };
        let item = (items.len() < most_items(pointer)).then_some(item);
        self.add(pointer, label, Control::List(item), false);
        for index in 0..items.len() {
            let (at, place) = (format!("{pointer}/{index}"), self.fields.len());
            self.add(&at, label, Control::Item(Item::default()), false);
            let said = each(self, &at, index);
            self.fields[place].control = Control::Item(said);
        }
    }

    pub(super) fn present(&mut self, pointer: &str, label: Label, contents: Value) {
        self.add(pointer, label, Control::Present(contents), false);
    }
}

impl Choice {
    /// One with a fixed name.
    pub(super) fn new(label: Label, contents: Value) -> Self {
        Self { group: "", name: Cow::Borrowed(label.name), explain: label.explain, contents }
    }

    /// The same under a heading.
    pub(super) fn under(self, group: &'static str) -> Self {
        Self { group, ..self }
    }
}

/// How long a list may be.
fn most_items(pointer: &str) -> usize {
    let is_it = |path: &str| path.len() + 1 == pointer.len() && pointer[1..].split('/').eq(path.split('.'));
    LENGTHS.iter().find(|length| is_it(length.path)).map_or(usize::MAX, |length| length.max)
}

/// Which of these is chosen while a field holds this value: the very same one, or else the one of its variant.
pub fn chosen(choices: &[Choice], value: &Value) -> Option<usize> {
    let is_same_kind = |choice: &Choice| variant(&choice.contents) == variant(value);
    choices
        .iter()
        .position(|choice| choice.contents == *value)
        .or_else(|| choices.iter().position(is_same_kind).filter(|_| !variant(value).is_empty()))
}

/// A variant without options.
pub(super) fn plain(name: &'static str, label: Label) -> Choice {
    Choice::new(label, json!(name))
}

/// A variant with options.
pub(super) fn tagged(name: &'static str, label: Label, contents: Value) -> Choice {
    Choice::new(label, Value::from_iter([(name, contents)]))
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
        Page::Machines => machines_form::fields(&mut form, lang),
        Page::Failures => failures(&mut form, lang),
        Page::Schedule => schedule_form::fields(&mut form, lang),
        Page::About => about(&mut form, lang),
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
    form.number_if_any(&failback, o.failback_after, Unit::Seconds);
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
    let default = to_value(&Clients::default());
    form.present("/clients/mean_gap_us", o.requests, default["mean_gap_us"].clone());
    form.number_if_any("/clients/mean_gap_us", o.mean_gap, Unit::Ms);
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
    form.present("/clients/canary_us", o.probe, default["canary_us"].clone());
    form.number_if_any("/clients/canary_us", o.canary, Unit::Ms);
}

fn failures(form: &mut Form, lang: Lang) {
    let o = lang.options();
    machines_form::random_failures(form, lang);
    schedule_form::recurring(form, lang);
    form.number("/objective/availability_ppm", o.objective, Unit::Ppm);
    form.number("/objective/rto_us", o.rto, Unit::Seconds);
    form.number("/objective/rpo_writes", o.rpo, Unit::Count);
}

#[inline(never)]
fn about(form: &mut Form, lang: Lang) {
    let s = lang.schedule_options();
    form.add("/title/en", s.title_en, Control::Text(false), false);
    form.add("/title/zh", s.title_zh, Control::Text(false), false);
    form.add("/story/en", s.story_en, Control::Text(true), false);
    form.add("/story/zh", s.story_zh, Control::Text(true), false);
    form.number("/until_us", s.until, Unit::Seconds);
    form.number("/view/speed_permille", s.speed, Unit::Times);
    form.flag("/view/eye_times", s.eye_times);
}

#[cfg(test)]
mod tests;
