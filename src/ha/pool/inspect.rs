//! Looking at a pool from outside, for pictures and tests: what the balancers hold of a worker, and how near the whole
//! pool is to its limit.
//!
//! The load is what the balancers have sent in the last seconds, retries included, against what the workers that are in
//! can serve. What it would be with one worker less is told before one is missing: that is how a cascade is seen coming.

use super::balancer::{Balancer, WINDOW};
use super::config::PoolConfig;
use crate::ha::Ha;
use crate::ha::config::SystemKind;
use crate::ha::message::Timer;
use crate::sim::{LocalTime, MachineId, Micros, SimTime, World};

/// What a balancer holds of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It gets its share.
    In,
    /// It gets so many thousandths of its share: slow start.
    Warming(u32),
    /// Active checks fail.
    Out,
    /// Its answers failed, and it is out for so long.
    Ejected(Micros),
    /// It gets no new requests, by order; so many are under way.
    Draining(u32),
    /// No balancer runs.
    Unknown,
}

/// How near a pool is to its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// What is sent, in thousandths of what those who are in can serve.
    pub permille: u32,
    /// The same with one worker less; none if there is no other.
    pub one_less_permille: Option<u32>,
    /// Workers that are in.
    pub workers: usize,
}

/// How a load is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pressure {
    /// A worker can be lost.
    Calm,
    /// With one worker less, little or nothing would be left: queues grow without bound near the limit.
    Tight,
    /// More is sent than can be served.
    Over,
}

/// From this utilisation on, waiting takes longer than being served, and every retry makes it worse.
const TIGHT_PERMILLE: u32 = 850;

impl Load {
    /// How it is to be taken.
    pub fn pressure(&self) -> Pressure {
        match self.one_less_permille {
            _ if self.permille > 1_000 => Pressure::Over,
            // A lone worker cannot be lost in any case.
            None if self.workers == 1 && self.permille < TIGHT_PERMILLE => Pressure::Calm,
            Some(permille) if permille < TIGHT_PERMILLE => Pressure::Calm,
            _ => Pressure::Tight,
        }
    }
}

/// A pool's options; none in other systems.
pub fn options(world: &World<Ha>) -> Option<&PoolConfig> {
    match &world.config().system {
        SystemKind::Pool(pool) => Some(pool),
        _ => None,
    }
}

/// The balancers that run.
pub fn balancers(world: &World<Ha>) -> impl Iterator<Item = (MachineId, &Balancer)> {
    let all = world.config().layout.balancers.iter();
    all.filter_map(|id| Some((*id, world.machine(*id).process()?.balancer()?)))
}

/// What the first balancer that runs holds of a worker.
pub fn standing(world: &World<Ha>, index: usize) -> Standing {
    let Some((id, balancer)) = balancers(world).next() else { return Standing::Unknown };
    let machine = world.machine(id);
    let now: LocalTime = machine.local(world.now());
    let backend = &balancer.backends()[index];
    let slow_start_us = options(world).map_or(0, |options| options.balancer.slow_start_us);
    if backend.draining {
        return Standing::Draining(backend.active.iter().map(|active| u32::from(*active)).sum());
    }
    if !backend.checks.is_up() {
        return Standing::Out;
    }
    if backend.outlier.is_out() {
        let armed = machine.timers().iter().find(|armed| armed.timer == Timer::Ejection(index as u8));
        return Standing::Ejected(armed.map_or(0, |armed| armed.deadline.since(now)));
    }
    match backend.share_permille(now, slow_start_us) {
        1_000 => Standing::In,
        share => Standing::Warming(share),
    }
}

/// How near the pool is to its limit; none before it is known, or without a balancer.
#[inline(never)]
pub fn load(world: &World<Ha>) -> Option<Load> {
    let options = options(world)?;
    let window_us = WINDOW as Micros * 1_000_000;
    let (_, first) = balancers(world).next()?;
    if world.now() < SimTime::from_us(window_us) {
        return None;
    }
    let sent_milli = 1_000 * balancers(world).map(|(_, balancer)| u64::from(balancer.sent_lately())).sum::<u64>();
    let workers = first.backends().iter().filter(|backend| backend.is_in()).count();
    let of = |workers: usize| {
        let capacity_milli = options.capacity_milli(workers, window_us);
        (workers > 0).then(|| (sent_milli * 1_000 / capacity_milli.max(1)).min(99_999) as u32)
    };
    Some(Load { permille: of(workers).unwrap_or(0), one_less_permille: of(workers.saturating_sub(1)), workers })
}
