//! The world's machines: starting, crashing, freezing, and every fault that can be done to them.

use super::{Due, World};
use crate::sim::MachineId;
use crate::sim::connection::{CloseReason, Pair};
use crate::sim::fault::{Fault, Origin};
use crate::sim::machine::{Machine, Status, Waiting};
use crate::sim::system::{Input, System};
use crate::sim::trace::{Event, Sink};

impl<S: System> World<S> {
    pub(super) fn set_status(&mut self, id: MachineId, status: Status, lost_writes: usize, sink: &mut impl Sink<S>) {
        self.machines[id.index()].status = status;
        let lost_writes = u32::try_from(lost_writes).expect("the disk queue has a limit");
        self.emit(sink, Event::Machine { machine: id, status, lost_writes });
    }

    pub(super) fn start_process(&mut self, id: MachineId, first: bool, sink: &mut impl Sink<S>) {
        let machine = &mut self.machines[id.index()];
        machine.process = Some(S::boot(&self.config, id, machine.disk.image(), first));
        self.set_status(id, Status::Up, 0, sink);
        self.put(id, Waiting::Input(Input::Start), sink);
    }

    pub(super) fn start_goes_on(&mut self, id: MachineId, life: u32, sink: &mut impl Sink<S>) {
        let machine = &self.machines[id.index()];
        if machine.life != life {
            return;
        }
        let start_us = machine.spec.start_us;
        match machine.status {
            Status::Booting if start_us > 0 => {
                self.set_status(id, Status::Starting, 0, sink);
                self.queue.push(self.now.after(start_us), Due::Starts { machine: id, life });
            }
            Status::Booting | Status::Starting => self.start_process(id, false, sink),
            _ => {}
        }
    }

    pub(super) fn restart(&mut self, id: MachineId, sink: &mut impl Sink<S>) {
        let machine = &self.machines[id.index()];
        let life = machine.life;
        let (status, wait) = match machine.status {
            Status::Crashed => (Status::Starting, machine.spec.start_us),
            Status::Down => (Status::Booting, machine.spec.boot_us),
            _ => return,
        };
        self.set_status(id, status, 0, sink);
        if wait == 0 {
            self.start_goes_on(id, life, sink);
        } else {
            self.queue.push(self.now.after(wait), Due::Starts { machine: id, life });
        }
    }

    /// Every connection of a machine: (pair, connection id).
    pub(super) fn connections_of(&self, id: MachineId) -> Vec<(Pair, u64)> {
        self.connections.of(id).map(|(pair, connection)| (pair, connection.id)).collect()
    }

    pub(super) fn crash_process(&mut self, id: MachineId, sink: &mut impl Sink<S>) {
        if !self.machines[id.index()].status.has_process() {
            return;
        }
        for (pair, connection) in self.connections_of(id) {
            self.send_hangup(connection, id, pair.other(id), CloseReason::Reset);
            self.end_gone(pair, pair.side(id), sink);
        }
        let machine = &mut self.machines[id.index()];
        machine.disk.flush();
        machine.lose_memory();
        self.set_status(id, Status::Crashed, 0, sink);
    }

    pub(super) fn crash_machine(
        &mut self,
        id: MachineId,
        lose: impl Fn(&mut Machine<S>) -> usize,
        sink: &mut impl Sink<S>,
    ) {
        if self.machines[id.index()].status == Status::Down {
            lose(&mut self.machines[id.index()]);
            return;
        }
        for (pair, _) in self.connections_of(id) {
            self.end_gone(pair, pair.side(id), sink);
        }
        let machine = &mut self.machines[id.index()];
        let lost = lose(machine);
        machine.lose_memory();
        self.set_status(id, Status::Down, lost, sink);
    }

    /// Does a fault, or undoes one. A fault that changes nothing (killing the dead) is only noted.
    pub fn apply(&mut self, origin: Origin, fault: &Fault<S>, sink: &mut impl Sink<S>) {
        self.emit(sink, Event::Fault { origin, fault: *fault });
        match *fault {
            Fault::ProcessCrash(m) => self.crash_process(m, sink),
            Fault::MachineCrash(m) => self.crash_machine(m, |machine| machine.disk.crash(), sink),
            Fault::PowerLoss(m) => self.crash_machine(m, |machine| machine.disk.power_loss(), sink),
            Fault::WipeDisk(m) => {
                let wipe = |machine: &mut Machine<S>| {
                    let unsynced = machine.disk.unsynced();
                    machine.disk.wipe();
                    unsynced
                };
                self.crash_machine(m, wipe, sink);
            }
            Fault::Restart(m) => self.restart(m, sink),
            Fault::Freeze(m) => {
                if self.machines[m.index()].status == Status::Up {
                    self.set_status(m, Status::Frozen, 0, sink);
                }
            }
            Fault::Thaw(m) => self.thaw(m, sink),
            Fault::Slow(m, permille) => self.machines[m.index()].slow_permille = permille.max(1),
            Fault::SlowDisk(m, permille) => self.machines[m.index()].disk.set_slow(permille),
            Fault::DiskFull(m, full) => self.machines[m.index()].disk.set_full(full),
            Fault::Cut(from, to) => self.network.link_mut(from, to).cut = true,
            Fault::Mend(from, to) => self.network.link_mut(from, to).cut = false,
            Fault::Partition(groups) => self.network.partition(groups),
            Fault::Heal => self.network.heal(),
            Fault::Loss(a, b, ppm) => {
                self.network.link_mut(a, b).extra_loss_ppm = ppm;
                self.network.link_mut(b, a).extra_loss_ppm = ppm;
            }
            Fault::Delay(a, b, latency_us, jitter_us) => {
                for (from, to) in [(a, b), (b, a)] {
                    let link = self.network.link_mut(from, to);
                    link.extra_us = latency_us.into();
                    link.jitter_us = jitter_us.into();
                }
            }
            Fault::ClockJump(m, by_us) => {
                self.machines[m.index()].clock.jump(self.now, by_us);
                self.reschedule_timers(m);
            }
            Fault::ClockRate(m, ppb) => {
                self.machines[m.index()].clock.set_rate(self.now, ppb);
                self.reschedule_timers(m);
            }
            Fault::Command(m, command) => {
                if self.machines[m.index()].status.has_process() {
                    self.put(m, Waiting::Input(Input::Command(command)), sink);
                } else {
                    S::command_offline(self.machines[m.index()].disk.image_mut(), &command);
                }
            }
        }
    }

    pub(super) fn thaw(&mut self, id: MachineId, sink: &mut impl Sink<S>) {
        if self.machines[id.index()].status != Status::Frozen {
            return;
        }
        self.set_status(id, Status::Up, 0, sink);
        let life = self.machines[id.index()].life;
        match self.machines[id.index()].held {
            // It was frozen in mid-step: what it had decided then leaves now.
            Some((ends, _)) if ends <= self.now => self.step_ends(id, life, sink),
            Some(_) => {}
            None => self.work(id, sink),
        }
    }
}
