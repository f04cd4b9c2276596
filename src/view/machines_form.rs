//! The settings of machines and wires, with their lists: zones, clocks, who is down at first, and random failures.

use serde_json::{Value, json};

use super::form::{Choice, Control, Form, Item, Unit, chosen, plain};
use super::who::Who;
use crate::i18n::{Label, Lang, about, length, zone_choice};
use crate::scenario::{Class, RandomFaults, to_value};

/// Machines and wires.
#[inline(never)]
pub(super) fn fields(form: &mut Form, lang: Lang) {
    let o = lang.options();
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
    let who = Who::of(form.document(), lang);
    zones(form, &who, lang);
    clocks(form, &who, lang);
    let down = "/machines/down";
    let choices = who.members(&who.places(), form.value(down));
    form.add(down, lang.schedule_options().down, Control::Set(choices, None), false);
}

fn zones(form: &mut Form, who: &Who, lang: Lang) {
    let s = lang.schedule_options();
    let all = "/network/zones";
    form.list(all, s.zones, json!([]), &mut |form, at, index| {
        let choices = who.members(&who.places(), form.value(at));
        form.add(at, s.zone_of, Control::Set(choices, Some(all.to_owned())), true);
        Item { title: zone_choice(lang, index + 1, &[]), ..Item::default() }
    });
}

fn clocks(form: &mut Form, who: &Who, lang: Lang) {
    let s = lang.schedule_options();
    let all = "/machines/clocks";
    let places: Vec<Value> = who.places().iter().map(to_value).collect();
    let listed = |place: &&Value| {
        form.document()
            .pointer(all)
            .and_then(Value::as_array)
            .is_some_and(|all| all.iter().any(|one| one["on"] == **place))
    };
    let next = places.iter().find(|place| !listed(place)).or(places.first()).cloned().unwrap_or_default();
    let item = json!({ "on": next, "offset_us": 0, "rate_ppb": 0 });
    form.list(all, s.clocks, item, &mut |form, at, _| {
        let on = format!("{at}/on");
        let choices = who.choices(&who.places(), form.value(&on));
        let title = name_of(&choices, form.value(&on));
        form.add(&on, s.clock_of, Control::Choice(choices), true);
        form.inner(at, &[("offset_us", s.ahead_by, Unit::Seconds), ("rate_ppb", s.gains, Unit::Drift)]);
        let shown = |field: &str, unit: Unit| {
            let value = form.value(&format!("{at}/{field}"));
            (value != &json!(0)).then(|| format!("{} {}", unit.show(value), unit.name(lang.texts())))
        };
        let says = [shown("offset_us", Unit::Seconds), shown("rate_ppb", Unit::Drift)];
        let says: Vec<String> = says.into_iter().flatten().collect();
        Item { title: about(lang, &title, &says.join(" · ")), folds: true, ..Item::default() }
    });
}

/// Random failures.
#[inline(never)]
pub(super) fn random_failures(form: &mut Form, lang: Lang) {
    let (o, a) = (lang.options(), lang.actions());
    let who = Who::of(form.document(), lang);
    form.list("/faults/random", o.random_failures, to_value(&RandomFaults::default()), &mut |form, at, _| {
        let classes = [
            (Class::Data, o.data_nodes),
            (Class::All, o.every_machine),
            (Class::Witness, o.witness),
            (Class::Proxies, o.proxies),
            (Class::Dns, o.dns),
            (Class::Fencer, o.stonith),
            (Class::Storage, o.shared_storage),
            (Class::Balancers, lang.pool_options().balancers),
            (Class::Members, o.members),
        ];
        let on = format!("{at}/on");
        let is_there = |class: Class| who.has(class) || form.value(&on) == &to_value(&class);
        let classes: Vec<Choice> = classes
            .into_iter()
            .filter(|(class, _)| is_there(*class))
            .map(|(class, label)| Choice::new(label, to_value(&class)))
            .collect();
        let kinds = vec![
            plain("machine_crash", a.machine_crash),
            plain("process_crash", a.process_crash),
            plain("power_loss", a.power_loss),
            plain("freeze", a.freeze),
        ];
        let kind = format!("{at}/kind");
        let title = about(lang, &name_of(&kinds, form.value(&kind)), &name_of(&classes, form.value(&on)));
        let lead = form.value(&format!("{at}/mttf_us")).as_u64().map_or_else(String::new, |mttf| length(lang, mttf));
        form.add(&on, o.fails, Control::Choice(classes), true);
        form.add(&kind, o.failure_kind, Control::Choice(kinds), true);
        form.inner(at, &[("mttf_us", o.mttf, Unit::Seconds), ("mttr_us", o.mttr, Unit::Seconds)]);
        form.add(&format!("{at}/distribution"), o.distribution, Control::Choice(distributions(lang)), true);
        Item { lead, title, folds: true }
    });
}

/// How random times scatter.
pub(super) fn distributions(lang: Lang) -> Vec<Choice> {
    let o = lang.options();
    vec![plain("exponential", o.exponential), plain("fixed", o.fixed)]
}

/// What is chosen, by its name.
pub(super) fn name_of(choices: &[Choice], value: &Value) -> String {
    chosen(choices, value).map_or_else(String::new, |place| choices[place].name.clone().into_owned())
}
