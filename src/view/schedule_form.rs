//! The page of the settings that says what is done to the system, and when.
//!
//! Each entry says when (at a time, or at a random one of a stretch), what, and whom it is for. Another action keeps the
//! machine that the one before was for, if that makes sense.

use serde_json::{Value, json};

use super::form::{Choice, Control, Form, Item, Unit, plain, tagged, variant};
use super::machines_form::{distributions, name_of};
use super::who::Who;
use crate::i18n::{Cast, Label, Lang, about, length, within, zone_choice};
use crate::scenario::{RandomFaults, Target, to_value};

const ALL: &str = "/faults/scheduled";
/// What has no undo, or is one: it cannot come and go.
const FOR_GOOD: [&str; 15] = [
    "restart",
    "thaw",
    "mend",
    "heal",
    "zone_up",
    "recover",
    "roll_back",
    "poison_write",
    "restore_backup",
    "promote",
    "switchover",
    "ready",
    "join",
    "accept_loss",
    "add_member",
];
/// When the first entry happens, and how long after the last one the next.
const FIRST_US: u64 = 10_000_000;
const LATER_US: u64 = 5_000_000;

/// The fields.
#[inline(never)]
pub(super) fn fields(form: &mut Form, lang: Lang) {
    let who = Who::of(form.document(), lang);
    let scheduled = form.document().pointer(ALL).and_then(Value::as_array);
    let last = scheduled.into_iter().flatten().filter_map(|entry| times(entry).1.as_u64()).max();
    let at_us = last.map_or(FIRST_US, |last| last.saturating_add(LATER_US));
    let first = who.data().first().map(to_value).unwrap_or_default();
    let item = json!({ "at_us": at_us, "do": { "machine_crash": { "on": first } } });
    form.list(ALL, lang.options().schedule, item, &mut |form, at, _| entry(form, at, &who, lang));
}

/// What comes and goes at random.
#[inline(never)]
pub(super) fn recurring(form: &mut Form, lang: Lang) {
    let o = lang.options();
    let who = Who::of(form.document(), lang);
    let first = who.data().first().map(to_value).unwrap_or_default();
    let RandomFaults { mttf_us, mttr_us, distribution, .. } = RandomFaults::default();
    let item = json!({
        "do": { "slow": { "on": first, "permille": 10_000 } },
        "mttf_us": mttf_us, "mttr_us": mttr_us, "distribution": to_value(&distribution),
    });
    form.list("/faults/recurring", o.recurring, item, &mut |form, at, _| {
        let lead = form.value(&format!("{at}/mttf_us")).as_u64().map_or_else(String::new, |mttf| length(lang, mttf));
        let title = action(form, &format!("{at}/do"), &who, |tag| !FOR_GOOD.contains(&tag), lang);
        form.inner(at, &[("mttf_us", o.comes_after, Unit::Seconds), ("mttr_us", o.lasts, Unit::Seconds)]);
        form.add(&format!("{at}/distribution"), o.distribution, Control::Choice(distributions(lang)), true);
        Item { lead, title, folds: true }
    });
}

/// The first and the last instant of an entry; null where it says none.
fn times(entry: &Value) -> (&Value, &Value) {
    match &entry["between_us"] {
        Value::Null => (&entry["at_us"], &entry["at_us"]),
        between => (&between[0], &between[1]),
    }
}

fn entry(form: &mut Form, at: &str, who: &Who, lang: Lang) -> Item {
    let s = lang.schedule_options();
    let entry = form.value(at);
    let (lo, hi) = times(entry);
    let is_random = !entry["between_us"].is_null();
    // What is chosen stays as it is written, and the other way takes over its times.
    let when = |random: bool| match (random == is_random, random) {
        (true, _) => entry.clone(),
        (_, true) => json!({ "between_us": [lo, later(lo)], "do": entry["do"] }),
        (_, false) => json!({ "at_us": lo, "do": entry["do"] }),
    };
    let whens = vec![Choice::new(s.at_fixed, when(false)), Choice::new(s.at_random, when(true))];
    let shown = |us: &Value| us.as_u64().map_or_else(|| Unit::Seconds.show(us), |us| length(lang, us));
    let lead = if is_random { format!("{} – {}", shown(lo), shown(hi)) } else { shown(lo) };
    form.add(at, s.when, Control::Choice(whens), true);
    form.inner(at, &[("at_us", s.at, Unit::Seconds)]);
    form.inner(&format!("{at}/between_us"), &[("0", s.earliest, Unit::Seconds), ("1", s.latest, Unit::Seconds)]);
    let title = action(form, &format!("{at}/do"), who, |_| true, lang);
    Item { lead, title, folds: true }
}

/// The end of a stretch that begins there.
fn later(us: &Value) -> Value {
    us.as_u64().map_or_else(|| us.clone(), |us| json!(us.saturating_add(LATER_US)))
}

/// What is done, with all that belongs to it; says it in a line.
fn action(form: &mut Form, at: &str, who: &Who, may: impl Fn(&str) -> bool, lang: Lang) -> String {
    let s = lang.schedule_options();
    let now = form.value(at);
    let mut kinds = kinds(now, who, lang);
    kinds.retain(|kind| may(variant(&kind.contents)) || variant(&kind.contents) == variant(now));
    let (tag, kind) = (variant(now).to_owned(), name_of(&kinds, now));
    form.add(at, s.what, Control::Choice(kinds), true);
    let base = format!("{at}/{tag}");
    let mut says = Vec::new();
    let mut target = |form: &mut Form, field: &str, label: Label, whom: &[Target]| {
        let at = format!("{base}/{field}");
        let choices = who.choices(whom, form.value(&at));
        says.push(within(lang, &name_of(&choices, form.value(&at))));
        form.add(&at, label, Control::Choice(choices), true);
    };
    match tag.as_str() {
        "gray" | "recover" | "promote" | "restore_backup" | "drain" | "ready" | "join" | "leave" => {
            target(form, "on", s.on, &who.data());
        }
        "add_member" | "remove_member" => target(form, "on", s.on, &who.servers()),
        "cut" | "mend" => {
            target(form, "from", s.from, &who.anybody());
            target(form, "to", s.to, &who.anybody());
        }
        "loss" | "delay" => {
            target(form, "between/0", s.one_end, &who.anybody());
            target(form, "between/1", s.other_end, &who.anybody());
        }
        "switchover" => {
            heir(form, &format!("{base}/to"), who, lang);
            says.extend(
                form.document().pointer(&format!("{base}/to")).filter(|to| !to.is_null()).map(|to| who.name(to)),
            );
        }
        "partition" => says.push(partition(form, &format!("{base}/groups"), who, lang)),
        "zone_down" | "zone_up" => says.push(zone(form, &format!("{base}/zone"), who, lang)),
        "accept_loss" => says.push(shard(form, &format!("{base}/shard"), lang)),
        _ if form.document().pointer(&format!("{base}/on")).is_some() => target(form, "on", s.on, &who.anybody()),
        _ => {}
    }
    amounts(form, &base, &tag, lang);
    let is_one_way = form.value(&format!("{base}/both_ways")) == &json!(false);
    let link = if is_one_way { " → " } else { " ↔ " };
    let kind = if form.value(&format!("{base}/full")) == &json!(false) { lang.actions().disk_room.name } else { &kind };
    about(lang, kind, &says.join(link))
}

/// The numbers and switches of an action.
fn amounts(form: &mut Form, base: &str, tag: &str, lang: Lang) {
    let s = lang.schedule_options();
    let at = |field: &str| format!("{base}/{field}");
    let one_of_two = |no: Label, yes: Label| vec![Choice::new(no, json!(false)), Choice::new(yes, json!(true))];
    form.add(&at("both_ways"), s.both_ways, Control::Flag, true);
    form.add(&at("full"), s.disk, Control::Choice(one_of_two(s.has_room, s.is_full)), true);
    form.add(&at("hang"), s.requests, Control::Choice(one_of_two(s.requests_fail, s.requests_hang)), true);
    let permille = if tag == "load" { s.load } else { s.takes };
    form.inner(
        base,
        &[
            ("permille", permille, Unit::Times),
            ("ppm", s.lost, Unit::Ppm),
            ("latency_us", s.longer_by, Unit::Ms),
            ("jitter_us", s.jitter, Unit::Ms),
            ("by_us", s.jumps_by, Unit::Seconds),
            ("ppb", s.gains, Unit::Drift),
        ],
    );
}

/// To whom the master hands over.
fn heir(form: &mut Form, at: &str, who: &Who, lang: Lang) {
    let s = lang.schedule_options();
    let nodes: Vec<Target> = who.data().into_iter().filter(|target| target.is_place()).collect();
    let mut choices = vec![Choice::new(s.most_advanced, Value::Null)];
    choices.extend(who.choices(&nodes, form.value(at)));
    form.add(at, s.heir, Control::Choice(choices), true);
}

/// How many groups there are, and who is in which.
fn partition(form: &mut Form, at: &str, who: &Who, lang: Lang) -> String {
    let s = lang.schedule_options();
    let groups = form.value(at).as_array().cloned().unwrap_or_default();
    let so_many = |count: usize| resized(&groups, count, &who.places().iter().map(to_value).collect::<Vec<_>>());
    let counts = [s.two_groups, s.three_groups, s.four_groups];
    let counts = counts.iter().zip(2..).map(|(label, count)| Choice::new(*label, so_many(count))).collect();
    form.add(at, s.groups, Control::Choice(counts), true);
    let labels = [s.first_group, s.second_group, s.third_group, s.fourth_group];
    let mut sides = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        let choices = who.members(&who.anybody(), group);
        let label = labels[index.min(labels.len() - 1)];
        form.add(&format!("{at}/{index}"), label, Control::Set(choices, Some(at.to_owned())), true);
        let names: Vec<String> = who.names(group).iter().map(|name| within(lang, name)).collect();
        sides.push(names.join(" + "));
    }
    sides.join(" | ")
}

/// So many groups. A new one begins with somebody who is in none, or comes from the largest: empty ones are refused.
fn resized(groups: &[Value], count: usize, places: &[Value]) -> Value {
    let mut groups: Vec<Vec<Value>> =
        groups.iter().map(|group| group.as_array().cloned().unwrap_or_default()).collect();
    groups.truncate(count);
    while groups.len() < count {
        let free = places.iter().find(|place| groups.iter().all(|group| !group.contains(place))).cloned();
        let largest = groups.iter_mut().filter(|group| group.len() > 1).max_by_key(|group| group.len());
        let first = free.or_else(|| largest.and_then(Vec::pop));
        groups.push(first.into_iter().collect());
    }
    groups.into_iter().map(Value::Array).collect()
}

/// Which zone; says its name.
fn zone(form: &mut Form, at: &str, who: &Who, lang: Lang) -> String {
    let zones = &who.scenario.network.zones;
    let now = form.value(at);
    let named = |(index, zone): (usize, &Vec<Target>)| Choice {
        group: "",
        name: zone_choice(lang, index + 1, &who.names(&to_value(zone))).into(),
        explain: "",
        contents: json!(index),
    };
    let mut choices: Vec<Choice> = zones.iter().enumerate().map(named).collect();
    let number = now.as_u64().map_or(0, |zone| zone as usize);
    if number >= zones.len() {
        let name = crate::i18n::missing_choice(lang, &zone_choice(lang, number + 1, &[]));
        choices.push(Choice { group: "", name: name.into(), explain: "", contents: now.clone() });
    }
    let says = name_of(&choices, now);
    form.add(at, lang.schedule_options().zone, Control::Choice(choices), true);
    says
}

/// Which shard; says its name.
fn shard(form: &mut Form, at: &str, lang: Lang) -> String {
    let shards = form.value("/system/cluster/data/workers/shards").as_u64().unwrap_or(1) as u8;
    let now = form.value(at);
    let called = |shard| crate::i18n::cluster::shard(lang, shard);
    let choice = |name: String, contents| Choice { group: "", name: name.into(), explain: "", contents };
    let mut choices: Vec<Choice> = (0..shards).map(|number| choice(called(number), json!(number))).collect();
    if let Some(number) = now.as_u64().filter(|number| *number >= u64::from(shards)) {
        let name = called(u8::try_from(number).unwrap_or(u8::MAX - 1));
        choices.push(choice(crate::i18n::missing_choice(lang, &name), now.clone()));
    }
    let says = name_of(&choices, now);
    form.add(at, lang.schedule_options().shard, Control::Choice(choices), true);
    says
}

/// Whom an action is for, or the first of two.
fn whom(action: &Value) -> Option<&Value> {
    let options = action.as_object()?.values().next()?;
    [options.get("on"), options.get("from"), options.pointer("/between/0"), options.get("to")]
        .into_iter()
        .flatten()
        .find(|target| !target.is_null())
}

/// Every action that can be done to this system, each with what it begins with; the present one is always among them.
#[inline(never)]
fn kinds(now: &Value, who: &Who, lang: Lang) -> Vec<Choice> {
    let (a, t) = (lang.actions(), lang.schedule_texts());
    let keep = |among: &[Target]| {
        let kept = whom(now).filter(|now| among.iter().any(|target| to_value(target) == **now)).cloned();
        kept.unwrap_or_else(|| among.first().map(to_value).unwrap_or_default())
    };
    let (on, data, server) = (keep(&who.anybody()), keep(&who.data()), keep(&who.servers()));
    // The other end of a link: whoever comes first and is another machine.
    let places: Vec<Value> = who.places().iter().map(to_value).collect();
    let other = places.iter().rev().find(|place| **place != on).cloned().unwrap_or_default();
    let rest = places.iter().find(|place| **place != other).cloned().unwrap_or_default();
    let on_one = |tag, label| tagged(tag, label, json!({ "on": on }));
    let on_data = |tag, label| tagged(tag, label, json!({ "on": data }));
    let layout = &who.layout;
    let has_roles = who.cast != Cast::Pool;
    let several = layout.data.len() > 1;
    let is_led = has_roles && several && layout.balancers.is_empty();
    let has_balancers = !layout.balancers.is_empty();
    let has_zones = !who.scenario.network.zones.is_empty();
    let all = [
        (t.group_machines, true, on_one("process_crash", a.process_crash)),
        (t.group_machines, true, on_one("machine_crash", a.machine_crash)),
        (t.group_machines, true, on_one("power_loss", a.power_loss)),
        (t.group_machines, true, on_one("restart", a.restart)),
        (t.group_machines, true, on_one("freeze", a.freeze)),
        (t.group_machines, true, on_one("thaw", a.thaw)),
        (t.group_machines, true, tagged("slow", a.slow, json!({ "on": on, "permille": 10_000 }))),
        (t.group_machines, has_zones, tagged("zone_down", a.zone_down, json!({ "zone": 0 }))),
        (t.group_machines, has_zones, tagged("zone_up", a.zone_up, json!({ "zone": 0 }))),
        (t.group_disk, true, on_one("wipe_disk", a.wipe_disk)),
        (t.group_disk, true, tagged("slow_disk", a.slow_disk, json!({ "on": on, "permille": 10_000 }))),
        (t.group_disk, true, tagged("disk_full", a.disk_full, json!({ "on": on, "full": true }))),
        (t.group_network, true, tagged("cut", a.cut, json!({ "from": on, "to": other, "both_ways": true }))),
        (t.group_network, true, tagged("mend", a.mend, json!({ "from": on, "to": other, "both_ways": true }))),
        (t.group_network, true, tagged("partition", a.partition, json!({ "groups": [[other], [rest]] }))),
        (t.group_network, true, plain("heal", a.heal)),
        (t.group_network, true, tagged("loss", a.loss, json!({ "between": [on, other], "ppm": 300_000 }))),
        (
            t.group_network,
            true,
            tagged("delay", a.delay, json!({ "between": [on, other], "latency_us": 500_000, "jitter_us": 100_000 })),
        ),
        (t.group_clock, true, tagged("clock_jump", a.clock_jump, json!({ "on": on, "by_us": 5_000_000 }))),
        (t.group_clock, true, tagged("clock_rate", a.clock_rate, json!({ "on": on, "ppb": 10_000_000 }))),
        (t.group_service, true, tagged("gray", a.gray, json!({ "on": data, "hang": false }))),
        (t.group_service, true, on_data("recover", a.recover)),
        (t.group_service, true, plain("bad_release", a.bad_release)),
        (t.group_service, true, plain("roll_back", a.roll_back)),
        (t.group_service, has_roles, plain("poison_write", a.poison_write)),
        (t.group_service, true, tagged("load", a.load, json!({ "permille": 2_000 }))),
        (t.group_orders, who.scenario.has_backups(), on_data("restore_backup", a.restore_backup)),
        (t.group_orders, is_led && layout.members.is_empty(), on_data("promote", a.promote)),
        (t.group_orders, is_led, tagged("switchover", a.switchover, json!({ "to": null }))),
        (t.group_orders, has_balancers, on_data("drain", a.drain)),
        (t.group_orders, has_balancers, on_data("ready", a.ready)),
        (t.group_orders, who.cast == Cast::Workers, on_data("join", a.join)),
        (t.group_orders, who.cast == Cast::Workers, on_data("leave", a.leave)),
        (t.group_orders, who.cast == Cast::Workers, tagged("accept_loss", a.accept_loss, json!({ "shard": 0 }))),
        (t.group_orders, who.is_raft(), tagged("add_member", a.add_member, json!({ "on": server }))),
        (t.group_orders, who.is_raft(), tagged("remove_member", a.remove_member, json!({ "on": server }))),
    ];
    let is_now = |choice: &Choice| variant(&choice.contents) == variant(now);
    all.into_iter()
        .filter(|(_, is_offered, choice)| *is_offered || is_now(choice))
        .map(
            |(group, _, choice)| {
                if is_now(&choice) { (group, Choice { contents: now.clone(), ..choice }) } else { (group, choice) }
            },
        )
        .map(|(group, choice)| choice.under(group))
        .collect()
}
