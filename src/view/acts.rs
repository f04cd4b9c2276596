//! Everything that can be done to a system by hand, as a list of buttons: which actions, on whom, how much.

use crate::ha::cluster::Protocol;
use crate::ha::{Config, Layout};
use crate::i18n::{Label, Lang, Names, length, ppm, times};
use crate::scenario::{Action, Target};
use crate::sim::MachineId;

/// One kind of action and the amounts to choose from.
#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    /// What it is called, and what it does.
    pub label: Label,
    /// Each amount with its name; a single one needs no choice.
    pub amounts: Vec<(String, Action)>,
}

fn one(label: Label, action: Action) -> Act {
    Act { label, amounts: vec![(String::new(), action)] }
}

/// What can be done to one machine.
pub fn on_machine(config: &Config, machine: MachineId, lang: Lang) -> Vec<Act> {
    let layout = &config.layout;
    let on = Target::of(layout, machine);
    let (a, t) = (lang.actions(), lang.texts());
    let several = |label: Label, amounts: Vec<(String, Action)>| Act { label, amounts };
    let clock = |by_us: i64| {
        let sign = if by_us < 0 { '−' } else { '+' };
        (format!("{sign}{}", length(lang, by_us.unsigned_abs())), Action::ClockJump { on, by_us })
    };
    let rate = |parts: i64| {
        let sign = if parts < 0 { '−' } else { '+' };
        let name = if parts == 0 {
            t.amount_normal.to_owned()
        } else {
            format!("{sign}{}", ppm(lang, parts.unsigned_abs() as u32))
        };
        (name, Action::ClockRate { on, ppb: parts * 1_000 })
    };
    let slow = |permille: u32| if permille == 1_000 { t.amount_normal.to_owned() } else { times(permille.into()) };
    let mut acts = vec![
        one(a.process_crash, Action::ProcessCrash { on }),
        one(a.machine_crash, Action::MachineCrash { on }),
        one(a.power_loss, Action::PowerLoss { on }),
        one(a.restart, Action::Restart { on }),
        one(a.freeze, Action::Freeze { on }),
        one(a.thaw, Action::Thaw { on }),
        one(a.wipe_disk, Action::WipeDisk { on }),
        several(
            a.disk_full,
            [(t.disk_full, true), (t.disk_has_room, false)]
                .map(|(name, full)| (name.to_owned(), Action::DiskFull { on, full }))
                .into(),
        ),
        several(
            a.slow,
            [5_000, 50_000, 500_000, 1_000].map(|permille| (slow(permille), Action::Slow { on, permille })).into(),
        ),
        several(
            a.slow_disk,
            [10_000, 100_000, 1_000_000, 1_000]
                .map(|permille| (slow(permille), Action::SlowDisk { on, permille }))
                .into(),
        ),
        several(a.clock_jump, vec![clock(5_000_000), clock(60_000_000), clock(-5_000_000)]),
        several(a.clock_rate, [10_000, 100_000, -10_000, -100_000, 0].map(rate).into()),
    ];
    if layout.data_index(machine).is_some() {
        acts.extend([
            several(
                a.gray,
                [(t.gray_fails, false), (t.gray_hangs, true)]
                    .map(|(name, hang)| (name.to_owned(), Action::Gray { on, hang }))
                    .into(),
            ),
            one(a.recover, Action::Recover { on }),
        ]);
    }
    let has_balancers = !layout.balancers.is_empty();
    if layout.data_index(machine).is_some() && has_balancers {
        acts.extend([one(a.drain, Action::Drain { on }), one(a.ready, Action::Ready { on })]);
        if !layout.members.is_empty() {
            acts.extend([one(a.join, Action::Join { on }), one(a.leave, Action::Leave { on })]);
            acts.push(accept_loss(config, lang));
        }
    } else if layout.data_index(machine).is_some() && !layout.members.is_empty() {
        acts.push(one(a.switchover, Action::Switchover { to: Some(on) }));
        acts.push(accept_loss(config, lang));
    } else if layout.data_index(machine).is_some() {
        acts.extend([
            one(a.restore_backup, Action::RestoreBackup { on }),
            one(a.promote, Action::Promote { on }),
            one(a.switchover, Action::Switchover { to: Some(on) }),
        ]);
    }
    // ZooKeeper's members are fixed here.
    let is_raft = config.ensemble().is_some_and(|ensemble| matches!(ensemble.protocol, Protocol::Raft(_)));
    if is_raft && config.members().contains(&machine) {
        acts.extend([one(a.add_member, Action::AddMember { on }), one(a.remove_member, Action::RemoveMember { on })]);
    }
    acts
}

/// One shard after the other; where there is only one, nothing is to be chosen.
fn accept_loss(config: &Config, lang: Lang) -> Act {
    let shards = 0..config.shards();
    let name = |shard: u8| if config.shards() > 1 { crate::i18n::cluster::shard(lang, shard) } else { String::new() };
    let amounts = shards.map(|shard| (name(shard), Action::AcceptLoss { shard })).collect();
    Act { label: lang.actions().accept_loss, amounts }
}

/// What can be done to the wires between two machines.
pub fn between(layout: &Layout, from: MachineId, to: MachineId, names: &Names, lang: Lang) -> Vec<Act> {
    let ends = (Target::of(layout, from), Target::of(layout, to));
    let (a, t) = (lang.actions(), lang.texts());
    let ways = |make: fn(Target, Target, bool) -> Action| {
        let one_way = |a: MachineId, b: MachineId| format!("{} → {}", names.name(lang, a), names.name(lang, b));
        vec![
            (t.both_ways.to_owned(), make(ends.0, ends.1, true)),
            (one_way(from, to), make(ends.0, ends.1, false)),
            (one_way(to, from), make(ends.1, ends.0, false)),
        ]
    };
    let lost = |parts: u32| (ppm(lang, parts), Action::Loss { between: ends, ppm: parts });
    let delayed = |latency_us: u32| {
        let name =
            if latency_us == 0 { t.amount_normal.to_owned() } else { format!("+{}", length(lang, latency_us.into())) };
        (name, Action::Delay { between: ends, latency_us, jitter_us: latency_us / 5 })
    };
    vec![
        Act { label: a.cut, amounts: ways(|from, to, both_ways| Action::Cut { from, to, both_ways }) },
        Act { label: a.mend, amounts: ways(|from, to, both_ways| Action::Mend { from, to, both_ways }) },
        Act { label: a.loss, amounts: [100_000, 300_000, 900_000, 0].map(lost).into() },
        Act { label: a.delay, amounts: [100_000, 500_000, 2_000_000, 0].map(delayed).into() },
    ]
}

/// What can be done to the system as a whole.
pub fn on_system(layout: &Layout, zones: usize, names: &Names, lang: Lang) -> Vec<Act> {
    let (a, t) = (lang.actions(), lang.texts());
    let mut acts = vec![];
    let sides = partitions(layout, names, lang);
    if !sides.is_empty() {
        acts.push(Act { label: a.partition, amounts: sides });
    }
    acts.push(one(a.heal, Action::Heal));
    if zones > 0 {
        let each = |make: fn(u8) -> Action| (0..zones).map(|zone| ((zone + 1).to_string(), make(zone as u8))).collect();
        acts.push(Act { label: a.zone_down, amounts: each(|zone| Action::ZoneDown { zone }) });
        acts.push(Act { label: a.zone_up, amounts: each(|zone| Action::ZoneUp { zone }) });
    }
    let load = |permille: u32| {
        let name = if permille == 1_000 { t.amount_normal.to_owned() } else { times(permille.into()) };
        (name, Action::Load { permille })
    };
    acts.push(Act { label: a.load, amounts: [2_000, 10_000, 100_000, 500, 0, 1_000].map(load).into() });
    if !layout.members.is_empty() {
        acts.push(one(a.leader_crash, Action::MachineCrash { on: Target::Leader }));
    }
    if layout.data.len() > 1 && layout.balancers.is_empty() {
        acts.push(one(a.switchover, Action::Switchover { to: None }));
    }
    acts.extend([one(a.bad_release, Action::BadRelease), one(a.roll_back, Action::RollBack)]);
    if !layout.is_pool() {
        acts.push(one(a.poison_write, Action::PoisonWrite));
    }
    acts
}

/// Partitions worth trying: the master alone, the master with half of the clients, each node alone.
fn partitions(layout: &Layout, names: &Names, lang: Lang) -> Vec<(String, Action)> {
    if layout.data.len() < 2 {
        return Vec::new();
    }
    let master = lang.texts().target_master;
    let rest = lang.texts().the_rest;
    let others = |but: &[Target]| -> Vec<Target> {
        let all = layout.parts().into_iter().map(|(machine, _)| Target::of(layout, machine));
        all.filter(|target| !but.contains(target)).collect()
    };
    let mut sides = Vec::new();
    // A role stands for a machine of the list, so the group of the others is left to who is not named.
    if !layout.members.is_empty() {
        let leader = crate::i18n::target(lang, Target::Leader);
        sides.push((format!("{leader} | {rest}"), vec![Target::Leader]));
    }
    if !layout.balancers.is_empty() {
        sides.extend(
            layout
                .clients
                .first()
                .map(|site| (format!("{} | {rest}", names.name(lang, *site)), vec![Target::of(layout, *site)])),
        );
    } else if let Some(site) = layout.clients.first() {
        let group = vec![Target::Master, Target::of(layout, *site)];
        let name = format!("{master} + {} | {rest}", names.name(lang, *site));
        sides.push((name, group));
    }
    if layout.balancers.is_empty() {
        sides.push((format!("{master} | {rest}"), vec![Target::Master]));
    }
    for node in &layout.data {
        sides.push((format!("{} | {rest}", names.name(lang, *node)), vec![Target::of(layout, *node)]));
    }
    sides
        .into_iter()
        .map(|(name, group)| {
            // Who is not named belongs to the first group, which must not be empty: a client or helper that is on
            // the other side anyway stands for all the rest.
            let anchor = others(&group).into_iter().rev().find(|target| !matches!(target, Target::Node(_)));
            let anchor = anchor.or_else(|| others(&group).into_iter().find(|target| !group.contains(target)));
            (name, Action::Partition { groups: vec![anchor.into_iter().collect(), group] })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::player::Player;
    use crate::scenario::{Backup, MasterStandby, Router, Scenario, Setup, Stonith, Unable};

    fn everything() -> Scenario {
        let mut setup = MasterStandby { backup: Some(Backup::default()), ..MasterStandby::default() };
        setup.fencing.stonith = Some(Stonith::default());
        let mut scenario = Scenario { system: Setup::MasterStandby(setup), ..Scenario::default() };
        scenario.network.zones = vec![vec![Target::Node(0)], vec![Target::Node(1)]];
        scenario
    }

    fn all(scenario: &Scenario) -> Vec<Act> {
        let config = scenario.config(1);
        let layout = &config.layout;
        let names = Names::new(layout);
        let mut acts = on_system(layout, scenario.network.zones.len(), &names, Lang::En);
        for (machine, _) in layout.parts() {
            acts.extend(on_machine(&config, machine, Lang::En));
            if machine.index() > 0 {
                acts.extend(between(layout, MachineId::from_index(0), machine, &names, Lang::En));
            }
        }
        acts
    }

    #[test]
    fn members_of_raft_come_and_go_by_a_button() {
        for (manager, can) in [("etcd", true), ("zookeeper", false)] {
            let text =
                format!(r#"{{ "version": 1, "system": {{ "cluster": {{ "manager": {{ "{manager}": {{}} }} }} }} }}"#);
            let scenario = crate::scenario::parse(&text).expect("it is valid");
            let added = all(&scenario).iter().filter(|act| act.label == Lang::En.actions().add_member).count();
            assert_eq!(added, if can { 3 } else { 0 }, "{manager}");
        }
    }

    #[test]
    fn every_action_has_a_button() {
        let labels: Vec<_> = all(&everything()).iter().map(|act| act.label.name).collect();
        let a = Lang::En.actions();
        for label in [
            a.process_crash,
            a.machine_crash,
            a.power_loss,
            a.restart,
            a.wipe_disk,
            a.freeze,
            a.thaw,
            a.slow,
            a.slow_disk,
            a.disk_full,
            a.cut,
            a.mend,
            a.partition,
            a.heal,
            a.loss,
            a.delay,
            a.zone_down,
            a.zone_up,
            a.clock_jump,
            a.clock_rate,
            a.gray,
            a.recover,
            a.bad_release,
            a.roll_back,
            a.poison_write,
            a.restore_backup,
            a.load,
            a.promote,
            a.switchover,
        ] {
            assert!(labels.contains(&label.name), "{}", label.name);
        }
    }

    #[test]
    fn every_button_does_something_that_can_be_done() {
        let of = |text: &str| crate::scenario::parse(&format!(r#"{{ "version": 1, "system": {text} }}"#)).unwrap();
        let cluster = of(r#"{ "cluster": { "data": { "workers": { "spares": 1 } } } }"#);
        let managed = of(r#"{ "master_standby": { "decision": { "manager": {} } } }"#);
        let pool = of(r#"{ "pool": {} }"#);
        for scenario in [everything(), Scenario { router: Router::Vip, ..everything() }, cluster, managed, pool] {
            let mut player = Player::new(scenario.clone());
            player.seek(crate::sim::SimTime::from_us(2_000_000));
            for act in all(&scenario) {
                for (name, action) in act.amounts {
                    let done = player.clone().act(action);
                    // Who belongs to an ensemble is known when the button is pressed, not when it is drawn.
                    // So is which shard has no owner.
                    let too_early = matches!(done, Err(Unable::IsAMember(_) | Unable::ShardHasOwner(_)));
                    assert!(done.is_ok() || too_early, "{} {name}: {done:?}", act.label.name);
                }
            }
        }
    }
}
