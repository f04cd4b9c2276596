//! Who leads: nodes take over from those who are lost, and hand over when they should.

use super::{Chunk, NEVER, Node, PREFERRED, Running, Times};

impl Chunk<'_> {
    /// Nodes have gone, a bit for each: whom did the service lose?
    pub(super) fn lost(&mut self, gone: u32) {
        let Some(takeover) = self.takeover else { return };
        let is_gone = |node: u8| gone & (1 << node) != 0;
        if self.running == Running::Failback {
            // Who is left of the two serves.
            let old_is_gone = is_gone(self.handing_over);
            if old_is_gone {
                self.put_to_sleep(self.handing_over);
            }
            match (is_gone(PREFERRED), old_is_gone) {
                (true, false) => return self.lead(self.handing_over),
                (false, true) => return self.lead(PREFERRED),
                (false, false) => return,
                (true, true) => {}
            }
        }
        let leaderless = self.running == Running::Failback || self.leader.is_some_and(is_gone);
        if leaderless || (self.leader.is_some() && self.up < self.plant.needed) {
            self.depose();
            if self.candidates() >= self.plant.needed {
                if self.is_covered(takeover.covered_ppm) {
                    self.start(Running::Automatic, &takeover.automatic);
                } else {
                    self.start(Running::ByHand, &takeover.by_hand);
                }
            } else {
                self.stop_takeover();
            }
        } else if (self.running == Running::FailbackWait && is_gone(PREFERRED))
            || (self.leader.is_none() && self.candidates() < self.plant.needed)
        {
            if self.running == Running::Switchover {
                self.put_to_sleep(self.handing_over);
            }
            self.stop_takeover();
        }
    }

    /// A node is up again, and others with it; before, there were so many candidates.
    pub(super) fn returned(&mut self, node: u8, before: u8) {
        let Some(takeover) = self.takeover else { return };
        if self.leader.is_some() {
            return self.wait_for_failback();
        }
        let regained = before < self.plant.needed && self.candidates() >= self.plant.needed;
        match &takeover.restart {
            _ if self.is_frozen() => {
                if self.candidates() >= self.plant.needed && self.running == Running::Nothing {
                    self.wait_for_manager();
                }
            }
            Some(restart) if regained => self.start(Running::Restart, restart),
            None if regained => self.lead(node),
            _ if !takeover.repaired_serves => {}
            _ if matches!(self.running, Running::Nothing | Running::Failback | Running::Switchover) => {}
            _ => self.lead(node),
        }
    }

    /// The takeover is over: somebody who is up leads, or it is found that nobody is.
    pub(super) fn taken_over(&mut self) {
        match self.running {
            Running::FailbackWait => return self.hand_over(),
            Running::Failback => {
                self.put_to_sleep(self.handing_over);
                return self.lead(PREFERRED);
            }
            Running::Switchover => return self.switched_over(),
            _ if self.is_frozen() => return self.wait_for_manager(),
            _ => self.stop_takeover(),
        }
        if let Some(node) = (0..self.plant.nodes).find(|node| self.is_up(*node)) {
            self.tally.takeovers += 1;
            self.lead(node);
            return;
        }
        for node in 0..self.plant.nodes {
            if self.nodes[usize::from(node)] == Node::Unseen {
                self.unseen -= 1;
                self.send_to_repair(node);
            }
        }
    }

    pub(super) fn lead(&mut self, node: u8) {
        self.stop_takeover();
        self.leader = Some(node);
        self.wake(node);
        self.wait_for_failback();
        if self.unseen > 0 {
            for other in 0..self.plant.nodes {
                let place = usize::from(other);
                if self.nodes[place] == Node::Unseen && self.timers[place] == NEVER {
                    self.test_later(other);
                }
            }
        }
    }

    /// Nobody leads any more.
    pub(super) fn depose(&mut self) {
        if let Some(leader) = self.leader.take() {
            self.put_to_sleep(leader);
        }
    }

    /// If a node leads that is not preferred while the preferred one is up, the service will go back.
    fn wait_for_failback(&mut self) {
        let Some(failback) = self.takeover.and_then(|takeover| takeover.failback.as_ref()) else { return };
        let is_away = self.leader.is_some_and(|leader| leader != PREFERRED);
        if is_away && self.running == Running::Nothing && self.is_up(PREFERRED) {
            self.start(Running::FailbackWait, &failback.wait);
        }
    }

    fn hand_over(&mut self) {
        let Some(failback) = self.takeover.and_then(|takeover| takeover.failback.as_ref()) else { return };
        self.handing_over = self.leader.take().unwrap_or(PREFERRED);
        self.start(Running::Failback, &failback.takes);
    }

    /// The leader hands over before it is maintained.
    pub(super) fn switch_over(&mut self, times: &Times) {
        self.handing_over = self.leader.take().unwrap_or(PREFERRED);
        self.start(Running::Switchover, times);
    }

    /// Somebody else leads now, if anybody else is left.
    fn switched_over(&mut self) {
        let old = self.handing_over;
        let Some(node) = (0..self.plant.nodes).find(|node| *node != old && self.is_up(*node)) else {
            return self.lead(old);
        };
        self.put_to_sleep(old);
        self.tally.takeovers += 1;
        self.lead(node);
    }

    pub(super) fn start(&mut self, running: Running, times: &Times) {
        self.running = running;
        let takes = self.dice.draw(times);
        if takes == 0 {
            // Nobody notices: it is no outage.
            return self.taken_over();
        }
        self.service_timer = self.now + takes;
    }

    pub(super) fn stop_takeover(&mut self) {
        self.running = Running::Nothing;
        self.service_timer = NEVER;
        if let Some(node) = self.held.take() {
            self.send_to_repair(node);
        }
    }
}
