//! A pool as its cards show it: what each worker carries, and what the balancers hold of it.

use crate::ha::Ha;
use crate::ha::master_standby::Trouble;
use crate::ha::pool::inspect::{Standing, balancers, options, standing};
use crate::ha::pool::{Balancer, Worker};
use crate::sim::{MachineId, World};

use super::card::CELLS;
use super::node::Health;

/// A worker's card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkerView {
    /// Which machine.
    pub machine: MachineId,
    /// Whether it runs.
    pub health: Health,
    /// Servers at work for users.
    pub busy: u8,
    /// All its servers.
    pub servers: u8,
    /// Users' requests that wait.
    pub queued: u16,
    /// How many may.
    pub queue: u16,
    /// It refuses what comes on top.
    pub overflows: bool,
    /// It fails or hangs requests although it answers shallow checks.
    pub gray: bool,
    /// Thousandths of the usual service time: above 1000 it has only just been started.
    pub cold_permille: u32,
    /// What the balancer holds of it.
    pub standing: Standing,
    /// An order to drain it stands.
    pub draining: bool,
}

/// One place of a worker's bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A server at work.
    Busy,
    /// A server that waits.
    Idle,
    /// A part of the queue that is taken.
    Taken,
    /// A part of the queue that is free.
    Free,
}

/// All workers, as their cards show them.
#[inline(never)]
pub fn workers(world: &World<Ha>) -> Vec<WorkerView> {
    let Some(options) = options(world) else { return Vec::new() };
    let data = world.config().layout.data.iter().enumerate();
    data.map(|(index, id)| {
        let machine = world.machine(*id);
        let worker = machine.process().and_then(|process| process.worker());
        let standing = standing(world, index);
        WorkerView {
            machine: *id,
            health: Health::of(machine.status()),
            busy: worker.map_or(0, Worker::busy),
            servers: options.worker.servers,
            queued: worker.map_or(0, Worker::queued),
            queue: options.worker.queue,
            overflows: worker.is_some_and(Worker::overflows),
            gray: worker.is_some_and(|worker| worker.trouble() != Trouble::None),
            cold_permille: worker.map_or(1_000, |worker| worker.cold_permille(machine.local(world.now()))),
            standing,
            draining: balancers(world).any(|(_, balancer)| balancer.backends()[index].draining),
        }
    })
    .collect()
}

/// The cells of a worker's bar: its servers in front, the queue behind them.
pub fn places(worker: &WorkerView) -> [Place; CELLS] {
    let servers = usize::from(worker.servers).min(CELLS / 3);
    let busy = share(worker.busy.into(), worker.servers.into(), servers);
    let queue = CELLS - servers;
    let taken = share(worker.queued.into(), worker.queue.into(), queue);
    let mut places = [Place::Free; CELLS];
    for (index, place) in places.iter_mut().enumerate() {
        *place = match index.checked_sub(servers) {
            None if index < busy => Place::Busy,
            None => Place::Idle,
            Some(index) if index < taken => Place::Taken,
            Some(_) => Place::Free,
        };
    }
    places
}

/// Cells for a part of a whole: none for nothing, all for everything, at least one for something.
fn share(part: usize, whole: usize, cells: usize) -> usize {
    if whole == 0 { 0 } else { (part * cells).div_ceil(whole).min(cells) }
}

/// Where the balancers send requests: each with every worker that is in.
#[inline(never)]
pub fn ways(world: &World<Ha>) -> Vec<(MachineId, Option<MachineId>)> {
    let data = &world.config().layout.data;
    let of = |(id, balancer): (MachineId, &Balancer)| {
        let targets = balancer.backends().iter().zip(data).filter(|(backend, _)| backend.is_in());
        targets.map(|(_, node)| (id, Some(*node))).collect::<Vec<_>>()
    };
    balancers(world).flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ha::pool::inspect::{Pressure, load};
    use crate::player::Player;
    use crate::scenario::{Action, Target, parse, preset};
    use crate::sim::SimTime;

    fn player(name: &str) -> Player {
        Player::new(parse(preset(name).unwrap().json).unwrap())
    }

    #[test]
    fn a_cascade_is_seen_coming_before_anything_breaks() {
        let mut player = player("overload-cascade");
        player.seek(SimTime::from_us(9_900_000));
        let before = load(player.world()).unwrap();
        assert!((550..800).contains(&before.permille), "{before:?}");
        assert_eq!(before.pressure(), Pressure::Tight, "{before:?}");
        assert!(player.ledger().incidents().is_empty());
        player.seek(SimTime::from_us(60_000_000));
        assert_eq!(self::load(player.world()).unwrap().pressure(), Pressure::Over);
        let workers = workers(player.world());
        assert!(workers.iter().all(|worker| worker.busy == worker.servers && worker.queued > 0), "{workers:?}");
    }

    #[test]
    fn an_outage_that_lasts_is_detection_and_then_repair() {
        let mut player = player("overload-cascade");
        player.seek(SimTime::from_us(40_000_000));
        let incident = player.ledger().incidents().last().unwrap().clone();
        let phases = crate::view::phases_so_far(&incident, player.now(), player.story(), player.world().config());
        assert_eq!(phases.detect_us, incident.noticed.unwrap().since(incident.started));
        assert!(incident.open() && phases.repair_us > 20_000_000, "{phases:?}");
        assert_eq!(phases.sum_us(), incident.outage_us(player.now()));
    }

    #[test]
    fn a_card_says_what_the_balancer_holds_of_its_node() {
        let mut player = player("passive-ejection");
        player.seek(SimTime::from_us(15_000_000));
        let standing = |player: &Player, index: usize| workers(player.world())[index].standing;
        assert!(matches!(standing(&player, 0), Standing::Ejected(1..=10_000_000)), "{:?}", standing(&player, 0));
        assert_eq!(standing(&player, 1), Standing::In);
        assert_eq!(ways(player.world()).len(), 2);
        player.act(Action::Drain { on: Target::Node(1) }).unwrap();
        player.seek(SimTime::from_us(17_500_000));
        assert_eq!(standing(&player, 1), Standing::Draining(0));
        player.act(Action::MachineCrash { on: Target::Balancer(0) }).unwrap();
        player.seek(SimTime::from_us(18_000_000));
        assert_eq!(standing(&player, 1), Standing::Unknown);
        assert!(load(player.world()).is_none());
    }

    #[test]
    fn a_bar_shows_servers_in_front_and_the_queue_behind() {
        use Place::{Busy as B, Free as F, Idle as I, Taken as T};
        let mut player = player("pool-crash");
        player.seek(SimTime::from_us(1_000_000));
        let mut worker = workers(player.world())[0];
        (worker.busy, worker.servers, worker.queued, worker.queue) = (1, 2, 1, 40);
        assert_eq!(places(&worker), [B, I, T, F, F, F, F, F, F, F, F, F]);
        (worker.busy, worker.servers, worker.queued) = (8, 8, 40);
        assert_eq!(places(&worker), [B, B, B, B, T, T, T, T, T, T, T, T]);
        worker.queue = 0;
        assert_eq!(places(&worker)[4..], [F; 8]);
    }
}
