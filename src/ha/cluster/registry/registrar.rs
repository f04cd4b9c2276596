//! The manager's client inside a worker or balancer: registers, keeps the claim alive, watches the registry.
//!
//! It talks to one member of the ensemble at a time, and to the next one when that is silent.

use std::rc::Rc;

use super::{Order, Registry};
use crate::ha::config::Config;
use crate::ha::system::Ha;
use crate::sim::{Input, LocalTime, MachineId, Outbox};

/// The manager's client inside a worker or balancer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Registrar {
    config: Rc<Config>,
    map: Rc<Registry>,
}

/// What a step of the registrar has brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// The map is newer.
    pub map: bool,
    /// The claim was renewed: [`Registrar::claimed_until`] is later.
    pub renewed: bool,
    /// The claim is lost: its time ran out on the own clock (if that is checked), or the manager has said so.
    pub lost: bool,
}

impl Registrar {
    /// The registrar of a worker, by index, or of somebody who only watches.
    pub fn new(config: Rc<Config>, me: MachineId, worker: Option<u8>) -> Self {
        let _ = (me, worker);
        let map = Rc::new(Registry::provision(&config));
        Self { config, map }
    }

    /// Everything that happens to its machine is shown to it; what is not its business it leaves alone.
    pub fn step(&mut self, now: LocalTime, input: &Input<Ha>, first: bool, out: &mut Outbox<Ha>) -> News {
        let _ = (now, input, first, out);
        todo!()
    }

    /// Asks the manager for a change. It may get lost: whoever needs it asks again until the map shows it.
    pub fn ask(&mut self, order: Order, out: &mut Outbox<Ha>) {
        let _ = (order, out);
        todo!()
    }

    /// A spare joins the cluster.
    pub fn join(&mut self, out: &mut Outbox<Ha>) {
        let _ = out;
        todo!()
    }

    /// It gives its claim back, and does not renew it any more.
    pub fn leave(&mut self, out: &mut Outbox<Ha>) {
        let _ = out;
        todo!()
    }

    /// The newest registry that it has seen.
    pub fn map(&self) -> &Rc<Registry> {
        &self.map
    }

    /// The worker's claim: which lease, and until when it holds by its own clock.
    pub fn claim(&self) -> Option<(super::Revision, LocalTime)> {
        let _ = &self.config;
        todo!()
    }
}
