//! One leads, the others may follow: what a pair with a failover and a quorum with its elections have in common.
//!
//! States name how many nodes are up and what they do: `L` one leads, `E` another takes over, `S` writes wait for a standby
//! that has died, `J` for one that has just come back; `R` a leader is looked for after there were too few to choose one, `N`
//! there are too few. With two nodes and one voter it is a pair with its failover; with a majority to choose and to write,
//! leaders that step down, and one length for `E` and `R`, it is [`QuorumLeader`](super::QuorumLeader).
//!
//! What a failover lasts is taken for exponential, although it hardly scatters: as long as failures are rarer than that, only
//! its mean counts. A node that comes back while another takes over does not stop it.

use super::super::chain::{Chain, State};
use super::failover::HOUR_S;

/// A leader and those who may succeed it.
#[derive(Clone, Debug, PartialEq)]
pub struct Succession {
    /// How many nodes hold the data.
    pub nodes: u32,
    /// How many of them must be up to choose a leader.
    pub choose: u32,
    /// How many of them must be up for writes.
    pub write: u32,
    /// A leader steps down when fewer are up than could choose one.
    pub steps_down: bool,
    /// A failed leader is back as soon as another has taken over: it was switched off and on again.
    pub revives: bool,
    /// Mean up time of a node, in hours.
    pub mttf_hours: f64,
    /// Mean down time of a node, in hours; each is repaired by itself.
    pub mttr_hours: f64,
    /// From the leader's failure until another serves, in seconds.
    pub takeover_seconds: f64,
    /// From the moment when enough are up again to choose a leader until one serves, in seconds.
    pub again_seconds: f64,
    /// From the moment when enough are up again for a leader's writes until they are served, in seconds.
    pub rejoin_seconds: f64,
    /// When a standby dies and fewer than so many are left, writes wait so many seconds before they do without it.
    pub stall: Option<(u32, f64)>,
}

/// Where the states of one number of nodes are; those that cannot be are none.
#[derive(Clone, Copy, Default)]
struct Places {
    leads: Option<State>,
    takes_over: Option<State>,
    stalls: Option<State>,
    rejoins: Option<State>,
    again: Option<State>,
    too_few: Option<State>,
}

impl Succession {
    /// Whether there can be a leader with so many nodes up.
    fn may_lead(&self, up: u32) -> bool {
        up >= 1 && (!self.steps_down || up >= self.choose)
    }

    fn places(&self, chain: &mut Chain) -> Vec<Places> {
        let mut places = vec![Places::default(); self.nodes as usize + 1];
        for up in (0..=self.nodes).rev() {
            let place = &mut places[up as usize];
            let name = |what: &str| format!("({up}, '{what}')");
            let chooses = up >= self.choose.max(1);
            place.leads = self.may_lead(up).then(|| chain.state(name("L").into(), up >= self.write));
            // All nodes are up again only while somebody still takes over.
            place.takes_over = chooses.then(|| chain.down(name("E")));
            let stalls = self.stall.is_some_and(|(below, _)| up < below) && self.may_lead(up) && up >= self.write;
            place.stalls = stalls.then(|| chain.down(name("S")));
            let waited = self.write > 1 && self.may_lead(self.write - 1);
            place.rejoins = (waited && up >= self.write).then(|| chain.down(name("J")));
            place.again = chooses.then(|| chain.down(name("R")));
            place.too_few = (!chooses).then(|| chain.down(name("N")));
        }
        places
    }

    /// By how many are up and what they do.
    pub fn chain(&self) -> Chain {
        let mut chain = Chain::new();
        let places = self.places(&mut chain);
        let at = |up: u32| places[up as usize];
        let (fails, repair) = (1.0 / self.mttf_hours, 1.0 / self.mttr_hours);
        let mut arc = |from: Option<State>, to: Option<State>, per_hour: f64| {
            if let (Some(from), Some(to)) = (from, to)
                && from != to
            {
                chain.arc(from, to, per_hour);
            }
        };
        for up in 0..=self.nodes {
            let here = at(up);
            let repairs = f64::from(self.nodes - up) * repair;
            // Somebody takes over and serves, or has to wait for those who are missing first.
            let serves = |up: u32| at(up).stalls.or(at(up).leads);
            let back = (up + (u32::from(self.revives && up < self.nodes))).min(self.nodes);
            let ends = |seconds: f64| HOUR_S / seconds.max(1e-6);
            arc(here.takes_over, serves(back), ends(self.takeover_seconds));
            arc(here.again, serves(up), ends(self.again_seconds));
            arc(here.rejoins, here.leads, ends(self.rejoin_seconds));
            if let Some((_, stall_seconds)) = self.stall {
                arc(here.stalls, here.leads, ends(stall_seconds));
            }
            if up > 0 {
                let below = at(up - 1);
                let leaderless = below.takes_over.or(below.too_few);
                let others = f64::from(up - 1) * fails;
                // The leader dies, or one of the others does.
                for led in [here.leads, here.stalls, here.rejoins] {
                    arc(led, leaderless, fails);
                }
                arc(here.leads, below.stalls.or(below.leads).or(below.too_few), others);
                arc(here.stalls, below.stalls.or(below.leads).or(below.too_few), others);
                arc(here.rejoins, below.rejoins.or(below.leads).or(below.too_few), others);
                let all = f64::from(up) * fails;
                arc(here.takes_over, leaderless, all);
                arc(here.again, below.again.or(below.too_few), all);
                arc(here.too_few, below.too_few, all);
            }
            if up < self.nodes {
                let above = at(up + 1);
                let joins = if up + 1 == self.write { above.rejoins.or(above.leads) } else { above.leads };
                arc(here.leads, joins, repairs);
                arc(here.stalls, above.stalls.or(above.leads), repairs);
                arc(here.rejoins, above.rejoins, repairs);
                arc(here.takes_over, above.takes_over, repairs);
                arc(here.again, above.again, repairs);
                arc(here.too_few, above.again.or(above.too_few), repairs);
            }
        }
        reachable(&chain)
    }
}

/// The chain without the states that nobody ever comes to: the solver wants each of them to lead back to the first, and a
/// state without a way in has no share of the time anyway.
fn reachable(chain: &Chain) -> Chain {
    let mut known = vec![false; chain.len()];
    let mut open = vec![0];
    while let Some(state) = open.pop() {
        if !std::mem::replace(&mut known[state], true) {
            open.extend(chain.arcs().iter().filter(|(from, ..)| *from == state).map(|(_, to, _)| *to));
        }
    }
    let mut kept = Chain::new();
    let mut place = vec![0; chain.len()];
    for state in (0..chain.len()).filter(|state| known[*state]) {
        place[state] = kept.state(chain.name(state).clone(), chain.is_up(state));
    }
    for (from, to, per_hour) in chain.arcs().iter().filter(|(from, ..)| known[*from]) {
        kept.arc(place[*from], place[*to], *per_hour);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::super::super::steady::Steady;
    use super::super::{QuorumLeader, Theory};
    use super::*;

    fn quorum(nodes: u32) -> Succession {
        let majority = nodes / 2 + 1;
        Succession {
            nodes,
            choose: majority,
            write: majority,
            steps_down: true,
            revives: false,
            mttf_hours: 1_000.0,
            mttr_hours: 10.0,
            takeover_seconds: 30.0,
            again_seconds: 30.0,
            rejoin_seconds: 1.0,
            stall: None,
        }
    }

    fn down(chain: &Chain) -> f64 {
        Steady::of(chain).availability().down
    }

    #[test]
    fn with_majorities_it_is_a_quorum_with_a_leader() {
        for n in [1, 3, 4, 5, 7] {
            let ours = quorum(n);
            let books = QuorumLeader {
                n,
                k: ours.choose,
                mttf_hours: 1_000.0,
                mttr_hours: 10.0,
                election_mean_seconds: 30.0,
                crews: n,
            };
            let (ours, books) = (down(&ours.chain()), down(&books.chain().unwrap()));
            assert!((ours / books - 1.0).abs() < 1e-12, "{n}: {ours} {books}");
        }
    }

    #[test]
    fn with_two_nodes_and_one_voter_it_is_a_pair_whose_failover_nothing_stops() {
        let pair = Succession { choose: 1, write: 1, steps_down: false, again_seconds: 1e-6, ..quorum(2) };
        // UU, FO, FO with both up, U1, DD by hand: the failover's mean is what it is, whoever comes back meanwhile.
        let mut chain = Chain::new();
        let (fails, repair, ends) = (1e-3, 0.1, 120.0);
        let [both, over] = [chain.up("UU"), chain.down("FO")];
        let [over_both, one, none] = [chain.down("FO2"), chain.up("U1"), chain.down("DD")];
        for (from, to, rate) in [
            (both, over, fails),
            (both, one, fails),
            (over, one, ends),
            (over, over_both, repair),
            (over, none, fails),
            (over_both, both, ends),
            (over_both, over, 2.0 * fails),
            (one, both, repair),
            (one, none, fails),
            (none, one, 2.0 * repair),
        ] {
            chain.arc(from, to, rate);
        }
        let (ours, books) = (down(&pair.chain()), down(&chain));
        assert!((ours / books - 1.0).abs() < 1e-6, "{ours} {books}");
    }

    #[test]
    fn waiting_for_standbys_costs_time() {
        let free = Succession { choose: 1, write: 1, steps_down: false, ..quorum(3) };
        let stalls = Succession { stall: Some((3, 5.0)), ..free.clone() };
        let strict = Succession { write: 2, ..free.clone() };
        assert!(down(&stalls.chain()) > 1.2 * down(&free.chain()));
        assert!(down(&strict.chain()) > 1.01 * down(&free.chain()));
    }
}
