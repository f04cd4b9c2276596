//! The smallest system: machines that greet each other. It documents and tests the simulator.

use super::disk::Ticket;
use super::system::{Input, MessageBrief, Outbox, Process, System, Words};
use super::time::{LocalTime, Micros};
use super::world::{MachineId, WorldSpec};
use super::{Dice, LinkSpec, MachineSpec};

/// The system of greeters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Echo;

/// Counts the greetings that it has heard; its durable count lags by one disk sync.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Greeter {
    peer: MachineId,
    /// Greetings heard since it was started.
    pub heard: u64,
    config: EchoConfig,
}

/// What all greeters know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EchoConfig {
    /// Pause between two greetings.
    pub period_us: Micros,
    /// Service time of a greeting.
    pub cost_us: Micros,
    /// Greet on a connection instead of by datagram.
    pub connected: bool,
}

/// A number that is also its own brief.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Greeting(pub u64);

impl Words for Greeting {
    fn words(&self, sink: &mut impl FnMut(u64)) {
        sink(self.0);
    }
}

impl MessageBrief<Self> for Greeting {
    fn brief(&self) -> Self {
        *self
    }
}

impl System for Echo {
    type Config = EchoConfig;
    type Process = Greeter;
    type Message = Greeting;
    type Brief = Greeting;
    type Timer = Greeting;
    type Command = Greeting;
    type Durable = u64;
    type Write = u64;
    type Note = Greeting;

    fn boot(config: &EchoConfig, machine: MachineId, _: &u64, _: bool) -> Greeter {
        Greeter { peer: MachineId::from_index(1 - machine.index()), heard: 0, config: *config }
    }

    fn provision(_: &EchoConfig, _: MachineId) -> u64 {
        0
    }

    fn wipe(_: &u64) -> u64 {
        0
    }

    fn write(durable: &mut u64, write: u64) {
        *durable = write;
    }

    fn cost_us(process: &Greeter, input: &Input<Self>) -> Micros {
        if matches!(input, Input::Message { .. }) { process.config.cost_us } else { 0 }
    }

    fn is_story(_: &Greeting) -> bool {
        true
    }
}

impl Process<Echo> for Greeter {
    fn step(&mut self, now: LocalTime, input: Input<Echo>, _: &mut Dice, out: &mut Outbox<Echo>) {
        match input {
            Input::Start => out.set_timer(Greeting(0), self.config.period_us, self.config.period_us * 2),
            Input::Timer(timer) => {
                if self.config.connected {
                    out.stream(self.peer, Greeting(now.us()));
                } else {
                    out.datagram(self.peer, Greeting(now.us()));
                }
                out.set_timer(timer, self.config.period_us, self.config.period_us * 2);
            }
            Input::Message { .. } => {
                self.heard += 1;
                out.persist(self.heard);
                out.note(Greeting(self.heard));
            }
            Input::Synced(Ticket { .. })
            | Input::WriteFailed(_)
            | Input::Opened { .. }
            | Input::Closed { .. }
            | Input::Command(_) => {}
        }
    }
}

/// Two greeters, 1 to 5 ms apart, that greet each other every one to two seconds.
pub fn two_machines() -> WorldSpec<Echo> {
    let config = EchoConfig { period_us: 1_000_000, cost_us: 0, connected: false };
    two_machines_with(config, 0)
}

/// Two greeters with this configuration and this loss.
pub fn two_machines_with(config: EchoConfig, loss_ppm: u32) -> WorldSpec<Echo> {
    WorldSpec {
        config,
        machines: vec![MachineSpec { sync_us: 2_000, ..MachineSpec::default() }; 2],
        links: vec![LinkSpec { latency_lo_us: 1_000, latency_hi_us: 5_000, loss_ppm }; 4],
        connection_timeout_us: 5_000_000,
    }
}
