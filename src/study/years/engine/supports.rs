//! What the service leans on beside its nodes: supports that fail and come back, and what the service does without them.

use super::{Cause, Chunk, Micros, NEVER, Running};
use crate::study::years::plant::Plant;
use crate::study::years::support::{Support, SupportKind};
use crate::study::years::times::Dice;

/// One support in the course of a chunk.
#[derive(Debug)]
pub(super) struct Supporting<'a> {
    plan: &'a Support,
    /// Whether each machine is up, and when that is over.
    machines: Vec<(bool, Micros)>,
    leader: Option<usize>,
    takeover: Micros,
    common: Micros,
    /// When the service has gone on without it for too long.
    limit: Micros,
}

impl<'a> Supporting<'a> {
    /// All of a plant, before anything is drawn.
    pub(super) fn all(plant: &'a Plant) -> Vec<Self> {
        let one = |plan: &'a Support| Self {
            plan,
            machines: vec![(true, NEVER); usize::from(plan.nodes)],
            leader: Some(0),
            takeover: NEVER,
            common: NEVER,
            limit: NEVER,
        };
        plant.supports.iter().map(one).collect()
    }

    fn begin(&mut self, now: Micros, dice: &mut Dice) {
        for (_, timer) in &mut self.machines {
            *timer = now + dice.draw(&self.plan.up);
        }
        self.next_common(now, dice);
    }

    fn next_common(&mut self, now: Micros, dice: &mut Dice) {
        if let Some(times) = &self.plan.common_cause {
            self.common = now + dice.draw(times);
        }
    }

    /// When the first of its timers goes off.
    pub(super) fn next(&self) -> Micros {
        let machines = self.machines.iter().map(|(_, timer)| *timer);
        machines.chain([self.takeover, self.common, self.limit]).min().unwrap_or(NEVER)
    }

    pub(super) fn is_there(&self) -> bool {
        self.leader.is_some()
    }

    /// As at first: all its machines are up, and one leads.
    pub(super) fn is_well(&self) -> bool {
        self.is_there() && self.machines.iter().all(|(up, _)| *up)
    }

    fn up(&self) -> usize {
        self.machines.iter().filter(|(up, _)| *up).count()
    }

    fn has_enough(&self) -> bool {
        self.up() >= usize::from(self.plan.needed)
    }

    /// One of its timers goes off; whether it was that of the service, which has gone on for too long.
    fn goes_off(&mut self, now: Micros, dice: &mut Dice) -> bool {
        if self.limit == now {
            self.limit = NEVER;
            return true;
        }
        let (was_there, had_enough) = (self.is_there(), self.has_enough());
        if self.takeover == now {
            self.lead();
        } else if self.common == now {
            for machine in self.machines.iter_mut().filter(|(up, _)| *up) {
                *machine = (false, now + dice.draw(&self.plan.repair));
            }
            self.next_common(now, dice);
        } else if let Some(machine) = self.machines.iter_mut().find(|(_, timer)| *timer == now) {
            machine.0 = !machine.0;
            machine.1 = now + dice.draw(if machine.0 { &self.plan.up } else { &self.plan.repair });
        }
        let lost = self.leader.is_some_and(|leader| !self.machines[leader].0);
        if lost || !self.has_enough() {
            self.leader = None;
        }
        if !self.has_enough() {
            self.takeover = NEVER;
        } else if lost || !had_enough {
            self.takeover = now + dice.draw(&self.plan.takeover);
            if self.takeover == now {
                self.lead();
            }
        }
        match (was_there, self.is_there()) {
            (true, false) => self.limit = self.plan.goes_on.as_ref().map_or(NEVER, |times| now + dice.draw(times)),
            (false, true) => self.limit = NEVER,
            _ => {}
        }
        false
    }

    /// Somebody who is up leads.
    fn lead(&mut self) {
        self.takeover = NEVER;
        self.leader = self.machines.iter().position(|(up, _)| *up);
    }
}

impl Chunk<'_> {
    pub(super) fn watch_supports(&mut self) {
        for support in &mut self.supports {
            support.begin(self.now, &mut self.dice);
        }
        self.next_of_supports();
    }

    fn next_of_supports(&mut self) {
        self.support_timer = self.supports.iter().map(Supporting::next).min().unwrap_or(NEVER);
    }

    /// Whose timer goes off now.
    pub(super) fn supports_who(&self) -> u8 {
        self.supports.iter().position(|support| support.next() == self.now).unwrap_or(0) as u8
    }

    pub(super) fn support_timer(&mut self, number: usize) {
        let froze = self.is_frozen();
        let too_long = self.supports[number].goes_off(self.now, &mut self.dice);
        if too_long && self.leader.is_some() {
            self.depose();
            self.wait_for_manager();
        } else if froze && !self.is_frozen() {
            self.manager_is_back();
        }
        self.next_of_supports();
    }

    /// Whether nobody can take over, because a support is away without which the service can only go on as it is.
    pub(super) fn is_frozen(&self) -> bool {
        self.supports.iter().any(|support| support.plan.goes_on.is_some() && !support.is_there())
    }

    /// Somebody could lead, and is not made to.
    pub(super) fn wait_for_manager(&mut self) {
        if self.running == Running::Nothing {
            self.running = Running::Restart;
        }
        self.service_timer = NEVER;
    }

    /// What was waited for is done from the beginning: who was missing is missed anew.
    fn manager_is_back(&mut self) {
        let Some(takeover) = self.takeover.filter(|_| self.service_timer == NEVER) else { return };
        match self.running {
            Running::Automatic => self.start(Running::Automatic, &takeover.automatic),
            Running::ByHand => self.start(Running::ByHand, &takeover.by_hand),
            Running::Restart => {
                let again = takeover.restart.as_ref().unwrap_or(&takeover.automatic);
                self.start(Running::Restart, again);
            }
            _ => {}
        }
    }

    /// Without which support the service is down, though its nodes are well.
    pub(super) fn missing_support(&self) -> Option<Cause> {
        let missing = self.supports.iter().find(|support| support.plan.goes_on.is_none() && !support.is_there());
        missing.map(|support| cause(support.plan.what))
    }

    /// Whether a takeover waits for a support.
    pub(super) fn waits_for_support(&self) -> Option<Cause> {
        let away = self.supports.iter().find(|support| support.plan.goes_on.is_some() && !support.is_there());
        away.filter(|_| self.service_timer == NEVER).map(|support| cause(support.plan.what))
    }

    /// Which supports are there.
    pub(in crate::study::years) fn supports_there(&self) -> impl Iterator<Item = bool> {
        self.supports.iter().map(Supporting::is_there)
    }
}

fn cause(what: SupportKind) -> Cause {
    match what {
        SupportKind::Router => Cause::Router,
        SupportKind::Storage => Cause::Storage,
        SupportKind::Manager => Cause::Manager,
    }
}
