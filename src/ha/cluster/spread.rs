//! How a balancer of a cluster spreads the reads that any holder of a shard may answer.
//!
//! 1. Of the holders that live, in the manager's eyes, it leaves out those that it has ejected, unless all are.
//! 2. One of them is picked by the strategies of a pool; users' reads and canaries take turns of their own.
//! 3. A read that fails counts against its holder: an answer that is none, a connection that closes, none within the
//!    balancer's patience, or a client that asks again without having got one. Too many in a row, and the holder
//!    gets no reads for a while, as in a pool.
//!
//! Writes, and reads that must miss nothing, have one place to go to: the owner. Nothing of this concerns them.
//! There are no active checks either: whether a worker lives the balancer has from the manager, and ejection bridges the
//! time until its claim has run out.

use super::config::Spread;
use crate::ha::config::Config;
use crate::ha::limits::KEYS;
use crate::ha::message::{Op, RequestId, Timer};
use crate::ha::note::Note;
use crate::ha::pool::{Candidate, Outlier, Picker, most_ejected, try_dice};
use crate::ha::system::Ha;
use crate::sim::Outbox;

/// What a balancer knows of the holders as readers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Readers {
    options: Spread,
    /// By shard: for users' reads, and for canaries.
    pickers: Vec<[Picker; 2]>,
    /// By worker: requests under way there, of users and canaries, whatever they ask for.
    active: Vec<[u16; 2]>,
    /// By worker: how its reads fared.
    outliers: Vec<Outlier>,
}

impl Readers {
    pub(super) fn new(config: &Config, options: Spread) -> Self {
        let workers = config.layout.data.len();
        let picker = Picker::new(options.strategy, workers);
        let pickers = vec![[picker.clone(), picker]; usize::from(config.shards())];
        Self { options, pickers, active: vec![[0; 2]; workers], outliers: vec![Outlier::default(); workers] }
    }

    /// How its reads fared.
    pub(super) fn outlier(&self, worker: usize) -> Option<Outlier> {
        self.outliers.get(worker).copied()
    }

    /// One of these holders for a read, by index.
    pub(super) fn pick(
        &mut self,
        config: &Config,
        (shard, living): (u8, &[u8]),
        (id, attempt, op): (RequestId, u8, Op),
    ) -> Option<u8> {
        let is_in = |worker: &&u8| !self.outliers[usize::from(**worker)].is_out();
        let nobody = !living.iter().any(|worker| is_in(&worker));
        let candidate = |worker: &u8| {
            let active = self.active[usize::from(*worker)][0];
            Candidate { index: *worker, weight_milli: 1_000, active }
        };
        let candidates: Vec<_> = living.iter().filter(|worker| nobody || is_in(worker)).map(candidate).collect();
        let key = if id.canary { u64::from(id.ordinal) % (KEYS as u64 - 1) } else { op.key.into() };
        let mut dice = try_dice(config.seed, id, attempt, 0);
        self.pickers[usize::from(shard)][usize::from(id.canary)].pick(&candidates, key, &mut dice)
    }

    /// A request is under way to a worker.
    pub(super) fn sent(&mut self, worker: usize, canary: bool) {
        self.active[worker][usize::from(canary)] += 1;
    }

    /// It is not any more.
    pub(super) fn ended(&mut self, worker: usize, canary: bool) {
        let active = &mut self.active[worker][usize::from(canary)];
        *active = active.saturating_sub(1);
    }

    /// A user's read has ended: enough that failed in a row have its holder ejected, if the share allows.
    pub(super) fn judge(&mut self, config: &Config, worker: usize, done: bool, out: &mut Outbox<Ha>) {
        let Some(ejection) = self.options.ejection else { return };
        let out_already = self.outliers.iter().filter(|outlier| outlier.is_out()).count();
        let has_room = out_already < most_ejected(self.outliers.len(), ejection);
        if let Some((failures, for_us)) = self.outliers[worker].judge(done, has_room, ejection) {
            out.note(Note::Ejected { node: config.layout.data[worker], failures, for_us });
            out.set_timer(Timer::Ejection(worker as u8), for_us, for_us);
        }
    }

    /// The time of an ejection is up, or that of the probation after it.
    pub(super) fn time_is_up(&mut self, config: &Config, worker: usize, out: &mut Outbox<Ha>) {
        let Some(ejection) = self.options.ejection else { return };
        if self.outliers[worker].time_is_up() {
            out.note(Note::Reinstated { node: config.layout.data[worker] });
        }
        let probation_us = self.outliers[worker].pause_us(ejection);
        if probation_us > 0 {
            out.set_timer(Timer::Ejection(worker as u8), probation_us, probation_us);
        }
    }
}
