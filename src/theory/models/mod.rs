//! The models, one file for each kind, and the list of them.

mod composite;
mod coverage;
mod detection;
mod failover;
mod nines;
mod pair;
mod quorum;
mod reliability;
mod rpo;
mod scatter;
mod series;
mod single;
mod succession;

pub use composite::Composite;
pub use coverage::{Coverage, Failback, Latent, TwoProcessors};
pub use detection::{FalseAlarm, HeartbeatPush, Poll, RaftSplitVote, Vrrp};
pub use failover::{Delay, DuringFailover, Failover, Timed, TwoStage};
pub use nines::Nines;
pub use pair::{Pair, Standby, Unequal};
pub use quorum::{Alike, Different, KOfN, LoadShared, QuorumLeader};
pub(super) use quorum::{exactly, how_many_up};
pub use reliability::{Reliability, System};
pub use rpo::{Backlog, Batch, ConstantLag};
pub use scatter::{NoOutage, Run, Scatter};
pub use series::{Series, WhileDown};
pub use single::{Constant, Distribution, Lognormal, Mean, MtbfNaming, Renewal, Single, Weibull};
pub use succession::Succession;

use super::article::Article;
use super::chain::Chain;
use super::fields::{Fields, HasFields};
use super::outputs::{Outputs, Value, YEAR_HOURS};
use super::problem::{Problem, Wrong};
use super::steady::Steady;

/// A model, with its parameters.
pub trait Theory: HasFields {
    /// Its answer. The parameters have been checked.
    fn outputs(&self) -> Outputs;

    /// Its Markov chain, if it is one: what can be asked at any time, not only in the long run.
    fn chain(&self) -> Option<Chain> {
        None
    }
}

/// Writes the list of the models out: as an enum, with the name and the family of each, and what one starts from.
macro_rules! models {
    ($($(#[$doc:meta])* $variant:ident($type:ty) = $name:literal in $family:literal from $empty:expr;)*) => {
        /// One of the models.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Model {
            $($(#[$doc])* $variant($type),)*
        }

        impl Model {
            /// All models: name and family.
            pub const ALL: &[(&str, &str)] = &[$(($name, $family)),*];

            /// The model of that name, without its parameters.
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant($empty)),)*
                    _ => None,
                }
            }

            /// What the model is called.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name,)*
                }
            }

            /// The family it belongs to.
            pub fn family(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $family,)*
                }
            }

            /// Its Markov chain, if it is one.
            pub fn chain(&self) -> Option<Chain> {
                match self {
                    $(Self::$variant(model) => model.chain(),)*
                }
            }

            /// Visits its parameters.
            pub(super) fn fields(&mut self, at: &mut Fields) {
                match self {
                    $(Self::$variant(model) => model.fields(at),)*
                }
            }

            fn outputs(&self) -> Outputs {
                match self {
                    $(Self::$variant(model) => model.outputs(),)*
                }
            }
        }
    };
}

models! {
    /// One node.
    Single(Single) = "single" in "single" from Single::default();
    /// Two readings of MTBF.
    MtbfNaming(MtbfNaming) = "mtbf-naming" in "single" from MtbfNaming::default();
    /// One node with any distributions.
    Renewal(Renewal) = "renewal" in "single" from Renewal::default();
    /// Components in series.
    Series(Series) = "series" in "series" from Series::default();
    /// A pair with a running standby and a perfect failover.
    PairHot(Pair) = "pair-hot" in "hot_standby_perfect" from Pair::with(Standby::Hot);
    /// Two different nodes and a perfect failover.
    PairUnequal(Unequal) = "pair-hot-unequal" in "hot_standby_perfect" from Unequal::default();
    /// A pair whose standby is switched off.
    PairCold(Pair) = "pair-cold" in "cold_standby" from Pair::with(Standby::Cold);
    /// A pair whose standby fails less often.
    PairWarm(Pair) = "pair-warm" in "warm_standby" from Pair::with(Standby::Warm);
    /// A pair whose failover takes time.
    PairFailover(Failover) = "pair-failover" in "failover" from Failover::default();
    /// Detection, then promotion.
    PairTwoStage(TwoStage) = "pair-failover-two-stage" in "failover" from TwoStage::default();
    /// A failover that always takes as long.
    PairConstant(Timed) = "pair-failover-constant" in "failover_nonexp" from Timed::constant();
    /// A failover that begins when a heartbeat is missed.
    PairHeartbeat(Timed) = "pair-failover-heartbeat" in "failover_nonexp" from Timed::heartbeat();
    /// A failover that works by itself only sometimes.
    PairCoverage(Coverage) = "pair-coverage" in "coverage" from Coverage::default();
    /// The textbooks' two processors.
    TwoProcessors(TwoProcessors) = "two-processors-coverage" in "coverage" from TwoProcessors::default();
    /// A standby that fails unseen.
    PairLatent(Latent) = "pair-latent-standby" in "latent_standby" from Latent::default();
    /// A pair with a preferred master.
    PairFailback(Failback) = "pair-failback" in "failback" from Failback::default();
    /// So many of so many.
    KOfN(KOfN) = "k-of-n" in "k_of_n" from KOfN::default();
    /// A majority with a leader.
    QuorumLeader(QuorumLeader) = "quorum-leader" in "quorum_leader" from QuorumLeader::default();
    /// Nodes that share the load.
    LoadShared(LoadShared) = "load-shared" in "load_shared" from LoadShared::default();
    /// A block diagram.
    Composite(Composite) = "blocks" in "composite" from Composite::default();
    /// How far one run is off.
    Scatter(Scatter) = "interval-availability-scatter" in "monte_carlo_error" from Scatter::default();
    /// A run without a failure.
    NoOutage(NoOutage) = "no-outage-probability" in "monte_carlo_error" from NoOutage::default();
    /// How long one node lasts.
    LastsSingle(Reliability) = "reliability-single" in "mission_reliability" from Reliability::of(System::Single);
    /// How long two nodes last.
    LastsParallel(Reliability) = "reliability-parallel-2" in "mission_reliability" from Reliability::of(System::Parallel);
    /// How long a node with a cold standby lasts.
    LastsCold(Reliability) = "reliability-cold-2" in "mission_reliability" from Reliability::of(System::Cold);
    /// How long so many of so many last.
    LastsKOfN(Reliability) = "reliability-k-of-n" in "mission_reliability"
        from Reliability::of(System::KOfN { n: 0, k: 0 });
    /// How long two nodes last if not every failure is covered.
    LastsCoverage(Reliability) = "reliability-coverage-2" in "mission_reliability"
        from Reliability::of(System::Coverage { coverage: 0.0 });
    /// Missed heartbeats.
    HeartbeatPush(HeartbeatPush) = "heartbeat-push" in "detection" from HeartbeatPush::default();
    /// Failed probes.
    Poll(Poll) = "poll" in "detection" from Poll::default();
    /// Heartbeats lost in a row.
    FalseAlarm(FalseAlarm) = "false-alarm" in "detection" from FalseAlarm::default();
    /// Writes lost to a constant lag.
    RpoConstantLag(ConstantLag) = "rpo-constant-lag" in "rpo" from ConstantLag::default();
    /// Writes lost between two batches.
    RpoBatch(Batch) = "rpo-batch" in "rpo" from Batch::default();
    /// Writes that wait to be applied.
    RpoBacklog(Backlog) = "rpo-mm1" in "rpo" from Backlog::default();
    /// When a VRRP backup takes over.
    Vrrp(Vrrp) = "vrrp-master-down" in "timing" from Vrrp::default();
    /// How long Raft elects.
    RaftSplitVote(RaftSplitVote) = "raft-split-vote" in "raft_election" from RaftSplitVote::default();
    /// Downtime allowed.
    Nines(Nines) = "nines" in "nines" from Nines::default();
    /// The article's formula beside the truth.
    Article(Article) = "article-formula" in "critique" from Article::default();
}

impl Model {
    /// Checks the parameters and answers: in the long run, or as the model defines it.
    pub fn solve(&mut self) -> Result<Outputs, Vec<Problem>> {
        let mut at = Fields::checking("");
        self.fields(&mut at);
        let problems = at.problems();
        if problems.is_empty() { self.answer() } else { Err(problems) }
    }

    /// The answer to parameters that have been checked, if its digits hold.
    pub(super) fn answer(&self) -> Result<Outputs, Vec<Problem>> {
        held(self.outputs())
    }
}

/// An answer whose digits hold.
pub(super) fn held(outputs: Outputs) -> Result<Outputs, Vec<Problem>> {
    if outputs.holds() { Ok(outputs) } else { Err(vec![Problem { field: String::new(), wrong: Wrong::Digits }]) }
}

/// What every chain tells of the long run.
fn steady_outputs(chain: &Chain) -> Outputs {
    summary(chain, &Steady::of(chain))
}

fn summary(chain: &Chain, steady: &Steady) -> Outputs {
    let availability = steady.availability();
    let states = (0..chain.len()).map(|state| (chain.name(state).clone(), Value::Number(steady.probability(state))));
    let mut outputs = Outputs::new()
        .share("availability", availability)
        .number("unavailability", availability.down)
        .number("downtime_minutes_per_year_365d", availability.down * YEAR_HOURS * 60.0)
        .number("outages_per_year_365d", steady.outages_per_hour() * YEAR_HOURS)
        .number("mean_up_time_hours", steady.mean_up_hours())
        .number("mean_down_time_hours", steady.mean_down_hours());
    outputs.push("state_probabilities", Value::Group(Outputs(states.collect())));
    outputs
}
