//! [`Ha`]: names the types of the lab's systems for the simulator, and boots their processes.

use std::rc::Rc;

use super::client::Client;
use super::cluster::{self, Gateway, Member, MemberDisk};
use super::config::{Config, Part, SystemKind};
use super::durable::{Durable, Write};
use super::fencing::{Fencer, Operator};
use super::master_standby::DataNode;
use super::message::{Brief, Command, InSync, Message, OpKind, Timer};
use super::note::Note;
use super::pool::{Balancer, Worker};
use super::router::{Dns, Proxy};
use super::storage::Storage;
use super::witness::Witness;
use crate::sim::{Dice, Input, LocalTime, MachineId, Micros, Outbox, Process, System};

/// The lab's family of processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ha;

/// One process, and whether this is its first life.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    first: bool,
}

/// The kinds of processes.
#[derive(Debug, PartialEq, Eq, Hash)]
pub enum NodeKind {
    /// A master or standby.
    Data(Box<DataNode>),
    /// A member of a manager ensemble.
    Member(Box<Member>),
    /// Votes, holds no data.
    Witness(Witness),
    /// Forwards requests.
    Proxy(Proxy),
    /// Name server.
    Dns(Dns),
    /// Cuts power.
    Fencer(Fencer),
    /// The human on duty.
    Operator(Operator),
    /// Sends requests.
    Client(Client),
    /// Holds the data of all data nodes.
    Storage(Storage),
    /// A worker of a pool.
    Worker(Box<Worker>),
    /// Spreads requests over a pool.
    Balancer(Box<Balancer>),
    /// A worker of a cluster, which holds shards.
    Holder(Box<cluster::Worker>),
    /// Leads the requests of a cluster to the owners of their shards.
    Gateway(Box<Gateway>),
}

impl Clone for NodeKind {
    fn clone(&self) -> Self {
        match self {
            Self::Data(node) => Self::Data(node.clone()),
            Self::Proxy(proxy) => Self::Proxy(proxy.clone()),
            Self::Client(client) => Self::Client(client.clone()),
            _ => self.clone_rare(),
        }
    }
}

impl NodeKind {
    /// Those that the first visit does not need: so it does not have to wait for their code.
    #[inline(never)]
    fn clone_rare(&self) -> Self {
        match self {
            Self::Member(member) => Self::Member(member.clone()),
            Self::Witness(witness) => Self::Witness(witness.clone()),
            Self::Dns(dns) => Self::Dns(dns.clone()),
            Self::Fencer(fencer) => Self::Fencer(fencer.clone()),
            Self::Operator(operator) => Self::Operator(operator.clone()),
            Self::Storage(storage) => Self::Storage(storage.clone()),
            Self::Worker(worker) => Self::Worker(worker.clone()),
            Self::Balancer(balancer) => Self::Balancer(balancer.clone()),
            Self::Holder(holder) => Self::Holder(holder.clone()),
            Self::Gateway(gateway) => Self::Gateway(gateway.clone()),
            Self::Data(_) | Self::Proxy(_) | Self::Client(_) => unreachable!("these are cloned where they are"),
        }
    }
}

impl System for Ha {
    type Config = Rc<Config>;
    type Process = Node;
    type Message = Message;
    type Brief = Brief;
    type Timer = Timer;
    type Command = Command;
    type Durable = Durable;
    type Write = Write;
    type Note = Note;

    fn boot(config: &Rc<Config>, machine: MachineId, durable: &Durable, first: bool) -> Node {
        let shared = Rc::clone(config);
        let kind = match config.layout.part(machine) {
            Part::Data(index) => match config.system {
                SystemKind::MasterStandby => {
                    NodeKind::Data(Box::new(DataNode::new(shared, machine, index.into(), durable)))
                }
                SystemKind::Ensemble(_) => NodeKind::Member(Box::new(Member::new(shared, machine, durable))),
                SystemKind::Cluster(_) => {
                    NodeKind::Holder(Box::new(cluster::Worker::new(shared, machine, index, durable)))
                }
                SystemKind::Pool(_) => NodeKind::Worker(Box::new(Worker::new(shared, durable))),
            },
            Part::Member(_) => NodeKind::Member(Box::new(Member::new(shared, machine, durable))),
            Part::Witness => NodeKind::Witness(Witness::new(shared, durable)),
            Part::Proxy(_) => NodeKind::Proxy(Proxy::new(shared)),
            Part::Dns => NodeKind::Dns(Dns::new(shared, durable)),
            Part::Fencer => NodeKind::Fencer(Fencer::new(shared, machine)),
            Part::Operator => NodeKind::Operator(Operator::new(shared, durable)),
            Part::Client(site) => NodeKind::Client(Client::new(shared, site)),
            Part::Storage => NodeKind::Storage(Storage::new(shared, durable)),
            Part::Balancer(_) if config.cluster().is_some() => {
                NodeKind::Gateway(Box::new(Gateway::new(shared, machine)))
            }
            Part::Balancer(_) => NodeKind::Balancer(Box::new(Balancer::new(shared))),
        };
        Node { kind, first }
    }

    fn provision(config: &Rc<Config>, machine: MachineId) -> Durable {
        let member = config.ensemble().and_then(|options| {
            let index = config.members().iter().position(|member| *member == machine)?;
            Some(Box::new(MemberDisk::provision(config, options, index)))
        });
        let all = ((1_u16 << config.layout.data.len()) - 1) as u8;
        let votes = matches!(config.layout.part(machine), Part::Data(_) | Part::Witness);
        Durable {
            provisioned: true,
            // The cluster was set up with its first data node as master of epoch 1.
            epoch: u32::from(!config.cold_start),
            voted_for: config.layout.data.first().copied().filter(|_| votes && !config.cold_start),
            in_sync: InSync { epoch: 1, version: 0, members: all },
            member,
            shards: config.cluster().map_or(Vec::new(), |cluster| cluster::provision(config, cluster, machine)),
            ..Durable::default()
        }
    }

    fn wipe(durable: &Durable) -> Durable {
        // A new disk is a new member: it never uses again an epoch of the one that it replaces.
        let Durable { epoch, backup, bad_release, shards, .. } = durable.clone();
        let shards = shards.iter().map(Self::wipe).collect();
        Durable { epoch, backup, bad_release, shards, ..Durable::default() }
    }

    fn write(durable: &mut Durable, write: Write) {
        durable.apply(write);
    }

    fn command_offline(durable: &mut Durable, command: &Command) {
        match command {
            // It is rolled out to every disk, and a node that is down starts with it.
            Command::BadRelease => durable.bad_release = true,
            Command::Recover => durable.bad_release = false,
            _ => {}
        }
    }

    fn cost_us(process: &Node, input: &Input<Self>) -> Micros {
        match (&process.kind, input) {
            (NodeKind::Data(node), Input::Message { body: Message::Request { op, .. }, .. }) => {
                cost_us(node.config(), op.kind)
            }
            (NodeKind::Member(member), Input::Message { body: Message::Request { op, .. }, .. }) => {
                cost_us(member.config(), op.kind)
            }
            (NodeKind::Holder(worker), Input::Message { body: Message::Request { op, .. }, .. }) => {
                cost_us(worker.config(), op.kind)
            }
            (NodeKind::Storage(storage), Input::Message { body: Message::Append { .. }, .. }) => storage.cost_us(),
            _ => 0,
        }
    }

    fn is_story(note: &Note) -> bool {
        note.is_story()
    }
}

fn cost_us(config: &Config, kind: OpKind) -> Micros {
    if kind == OpKind::Read { config.nodes.read_us } else { config.nodes.write_us }
}

impl Process<Ha> for Node {
    fn step(&mut self, now: LocalTime, input: Input<Ha>, _: &mut Dice, out: &mut Outbox<Ha>) {
        let first = self.first;
        match &mut self.kind {
            NodeKind::Data(node) => node.step(now, input, first, out),
            NodeKind::Member(member) => member.step(now, input, first, out),
            NodeKind::Witness(witness) => witness.step(now, input, first, out),
            NodeKind::Proxy(proxy) => proxy.step(now, input, first, out),
            NodeKind::Dns(dns) => dns.step(&input, out),
            NodeKind::Fencer(fencer) => fencer.step(&input, out),
            NodeKind::Operator(operator) => operator.step(&input, out),
            NodeKind::Client(client) => client.step(now, input, first, out),
            NodeKind::Storage(storage) => storage.step(input, out),
            NodeKind::Worker(worker) => worker.step(now, &input, first, out),
            NodeKind::Balancer(balancer) => balancer.step(now, &input, out),
            NodeKind::Holder(worker) => worker.step(now, input, first, out),
            NodeKind::Gateway(gateway) => gateway.step(now, &input, first, out),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_event_fits_in_64_bytes() {
        let bytes = size_of::<crate::sim::Event<super::Ha>>();
        assert!(bytes <= 64, "{bytes}");
    }
}
