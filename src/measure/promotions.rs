//! Promotions and the milestones on the way to them.

use std::collections::VecDeque;

use super::limits;
use crate::ha::limits::{BALANCERS, SEATS, SITES};
use crate::ha::note::FencedBy;
use crate::sim::{MachineId, SimTime};

/// What a data node has behind it on its way to become master.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Attempt {
    suspected: Option<SimTime>,
    false_alarm: bool,
    decided: Option<SimTime>,
    fenced: Option<SimTime>,
    handed_over: bool,
    /// When its machine came up last.
    up: Option<SimTime>,
}

/// A node became master.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Promotion {
    pub(super) at: SimTime,
    pub(super) epoch: u32,
    pub(super) to: MachineId,
    pub(super) from: Option<MachineId>,
    pub(super) suspected: Option<SimTime>,
    pub(super) false_alarm: bool,
    pub(super) decided: Option<SimTime>,
    pub(super) fenced: Option<SimTime>,
    pub(super) routed: Option<SimTime>,
    pub(super) planned: bool,
    /// When the machine had come up last.
    pub(super) up: Option<SimTime>,
    /// Bit *i*: site *i* is sent to it.
    sites: u8,
}

/// Whether a set of sites is at least half of all.
fn is_half(set: u8, sites: u32) -> bool {
    set != 0 && 2 * set.count_ones() >= sites
}

/// Who became master when, and who is about to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Promotions {
    attempts: [Attempt; SEATS],
    recent: VecDeque<Promotion>,
    suspicions: VecDeque<SimTime>,
    newest: Option<(MachineId, u32)>,
    /// Where each site sends.
    routes: [Option<MachineId>; SITES],
    /// Where each balancer leads the requests.
    led_to: [Option<MachineId>; BALANCERS],
    /// The manager found the lease of this master run out, and whether it was a false alarm.
    expired: Option<(SimTime, MachineId, bool)>,
    /// The master hands over to this node.
    handing_over: Option<MachineId>,
    /// When somebody last asked for a change of master: an order by hand, or a switchover begun.
    asked_for: Option<SimTime>,
}

impl Promotions {
    /// The master of the newest epoch, dead or alive.
    pub(super) fn newest(&self) -> Option<(MachineId, u32)> {
        self.newest
    }

    pub(super) fn suspected(&mut self, at: SimTime, node: usize, false_alarm: bool) {
        let attempt = &mut self.attempts[node];
        if attempt.suspected.is_none() {
            attempt.suspected = Some(at);
            attempt.false_alarm = false_alarm;
        }
        self.noticed(at);
    }

    /// The manager finds that the master's lease has run out: whoever is decided on next takes over because of that.
    pub(super) fn lease_expired(&mut self, at: SimTime, master: MachineId, false_alarm: bool) {
        if self.expired.is_none_or(|(_, whose, _)| whose != master) {
            self.expired = Some((at, master, false_alarm));
        }
        self.noticed(at);
    }

    /// Somebody has seen that something is wrong.
    pub(super) fn noticed(&mut self, at: SimTime) {
        if self.suspicions.len() == limits::SUSPICIONS {
            self.suspicions.pop_front();
        }
        self.suspicions.push_back(at);
    }

    /// The node hears its master, or another one: what it had prepared is void.
    pub(super) fn given_up(&mut self, node: usize) {
        let up = self.attempts[node].up;
        self.attempts[node] = Attempt { up, ..Attempt::default() };
    }

    pub(super) fn decided(&mut self, at: SimTime, node: usize) {
        let attempt = &mut self.attempts[node];
        attempt.decided = Some(at);
        if let (Some((expired, whose, false_alarm)), Some((master, _))) = (self.expired, self.newest)
            && whose == master
        {
            (attempt.suspected, attempt.false_alarm) = (Some(expired), false_alarm);
        }
    }

    pub(super) fn fenced(&mut self, at: SimTime, node: usize, by: FencedBy) {
        self.attempts[node].fenced = Some(at);
        self.attempts[node].handed_over = by == FencedBy::Handover;
    }

    pub(super) fn machine_up(&mut self, at: SimTime, node: usize) {
        self.attempts[node].up = Some(at);
    }

    pub(super) fn asked_for(&mut self, at: SimTime) {
        self.asked_for = Some(at);
    }

    pub(super) fn switchover(&mut self, at: SimTime, to: MachineId) {
        self.asked_for = Some(at);
        self.handing_over = Some(to);
    }

    pub(super) fn switchover_failed(&mut self) {
        self.handing_over = None;
    }

    /// A node becomes master; tells what led to it.
    pub(super) fn became_master(
        &mut self,
        at: SimTime,
        node: usize,
        to: MachineId,
        epoch: u32,
        sites: u32,
    ) -> Promotion {
        let attempt = self.attempts[node];
        self.given_up(node);
        let from = self.newest.map(|(master, _)| master);
        let planned = attempt.handed_over || self.handing_over == Some(to);
        self.handing_over = None;
        self.expired = None;
        let is_led_to = self.led_to.contains(&Some(to));
        // Sites that look for the master may have been sending to this node before it was.
        let there = (0..SITES).filter(|site| self.routes[*site] == Some(to)).fold(0, |there, site| there | 1 << site);
        let promotion = Promotion {
            at,
            epoch,
            to,
            from,
            suspected: attempt.suspected,
            false_alarm: attempt.false_alarm,
            decided: attempt.decided,
            fenced: attempt.fenced,
            routed: (is_led_to || is_half(there, sites)).then_some(at),
            planned,
            up: attempt.up,
            sites: there,
        };
        if self.newest.is_none_or(|(_, newest)| epoch >= newest) {
            self.newest = Some((to, epoch));
        }
        if self.recent.len() == limits::PROMOTIONS {
            self.recent.pop_front();
        }
        self.recent.push_back(promotion);
        promotion
    }

    fn latest_of(&mut self, to: MachineId) -> Option<&mut Promotion> {
        self.recent.iter_mut().rfind(|promotion| promotion.to == to)
    }

    /// A proxy sends to `to` from now on: so do all who go through it.
    pub(super) fn routed_by_proxy(&mut self, at: SimTime, to: MachineId) {
        if let Some(promotion) = self.latest_of(to) {
            promotion.routed.get_or_insert(at);
        }
    }

    /// A balancer leads the requests to `to` from now on; it may hear of the manager's decision before `to` does.
    pub(super) fn routed_by_balancer(&mut self, at: SimTime, to: MachineId, balancer: u8) {
        self.led_to[usize::from(balancer)] = Some(to);
        self.routed_by_proxy(at, to);
    }

    /// A client site sends to `to` from now on; the one that completes half of the sites counts.
    pub(super) fn routed_by_site(&mut self, at: SimTime, to: MachineId, site: u8, sites: u32) {
        self.routes[usize::from(site)] = Some(to);
        if let Some(promotion) = self.latest_of(to) {
            promotion.sites |= 1 << site;
            if is_half(promotion.sites, sites) {
                promotion.routed.get_or_insert(at);
            }
        }
    }

    /// The last promotion in a span of time, if it was one of the node that served at the end.
    pub(super) fn that_ended(&self, from: SimTime, to: SimTime, served_by: Option<MachineId>) -> Option<Promotion> {
        let within = |promotion: &&Promotion| from <= promotion.at && promotion.at <= to;
        let serves = |promotion: &&Promotion| served_by.is_none_or(|by| by == promotion.to);
        self.recent.iter().filter(within).rfind(serves).copied()
    }

    /// Whether a planned change of master, or one by order, falls into a span of time.
    pub(super) fn any_asked_for(&self, from: SimTime, to: SimTime) -> bool {
        self.asked_for.is_some_and(|at| from <= at && at <= to)
            || self.recent.iter().any(|promotion| promotion.planned && from <= promotion.at && promotion.at <= to)
    }

    /// Whether a span of time has a promotion that began with a false alarm.
    pub(super) fn any_false_alarm(&self, from: SimTime, to: SimTime) -> bool {
        self.recent.iter().any(|promotion| promotion.false_alarm && from <= promotion.at && promotion.at <= to)
    }

    /// The first suspicion of anybody in a span of time.
    pub(super) fn first_suspicion(&self, from: SimTime, to: SimTime) -> Option<SimTime> {
        self.suspicions.iter().copied().find(|at| from <= *at && *at <= to)
    }
}
