//! [`Ha`]: names the types of the lab's systems for the simulator, and boots their processes.

use super::config::Config;
use super::message::{Brief, Command, Message, Timer};
use super::note::Note;
use crate::sim::{Dice, Input, LocalTime, MachineId, Micros, Outbox, Process, System};

/// The lab's family of processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ha;

/// One process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {}

impl System for Ha {
    type Config = std::rc::Rc<Config>;
    type Process = Node;
    type Message = Message;
    type Brief = Brief;
    type Timer = Timer;
    type Command = Command;
    type Durable = ();
    type Write = ();
    type Note = Note;

    fn boot(_: &Self::Config, _: MachineId, (): &()) -> Node {
        unimplemented!()
    }
    fn provision(_: &Self::Config, _: MachineId) {}
    fn write((): &mut (), (): ()) {}
    fn cost_us(_: &Node, _: &Input<Self>) -> Micros {
        0
    }
    fn is_story(note: &Note) -> bool {
        note.is_story()
    }
}

impl Process<Ha> for Node {
    fn step(&mut self, _: LocalTime, _: Input<Ha>, _: &mut Dice, _: &mut Outbox<Ha>) {}
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_event_fits_in_64_bytes() {
        assert!(size_of::<crate::sim::Event<super::Ha>>() <= 64, "{}", size_of::<crate::sim::Event<super::Ha>>());
    }
}
