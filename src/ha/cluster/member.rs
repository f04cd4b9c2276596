//! One member of the ensemble: a protocol core, the state that the agreed log makes, and the clients that wait.

use std::rc::Rc;

use crate::ha::config::Config;
use crate::ha::message::{Answer, Message};
use crate::ha::system::Ha;
use crate::sim::{Input, MachineId, Outbox};

/// A member of the ensemble.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Member {
    config: Rc<Config>,
    me: MachineId,
}

impl Member {
    pub(in crate::ha) fn new(config: Rc<Config>, me: MachineId) -> Self {
        Self { config, me }
    }

    #[inline(never)]
    pub(in crate::ha) fn step(&mut self, input: &Input<Ha>, out: &mut Outbox<Ha>) {
        if let Input::Message { from, body: Message::Request { id, attempt, .. }, .. } = *input {
            let hint = self.config.layout.data.first().copied().filter(|first| *first != self.me);
            out.stream(from, Message::Response { id, attempt, answer: Answer::NotMaster(hint), epoch: 0 });
        }
    }

    /// What it knew from the start.
    pub fn config(&self) -> &Config {
        &self.config
    }
}
