//! What machines are called.

use std::borrow::Cow;

use super::{Dialect, Lang};
use crate::ha::cluster::Protocol;
use crate::ha::config::{Decision, Durability, ReplicationMode, SystemKind};
use crate::ha::{Config, Layout, Part};
use crate::sim::MachineId;

/// The names of a layout's machines, and what else a sentence wants to know about the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    parts: Vec<Part>,
    /// How many may vote on a promotion.
    pub voters: usize,
    /// Whether all data nodes share one storage.
    pub shared_storage: bool,
    /// Whether a master that goes on alone has it recorded with who decides that nobody else may be promoted, and
    /// acknowledges only what is on its disk.
    pub alone_is_recorded: bool,
    /// The words for master, standby and epoch.
    pub dialect: Dialect,
    /// Whether nothing is stored: any node answers any request.
    pub stateless: bool,
    /// Whether a worker's claim is a session (ZooKeeper), not a lease.
    pub sessions: bool,
    /// How many shards the data are cut into.
    pub shards: u8,
    /// The words of the manager, where it is not the manager that clients talk to, and how many members it has.
    pub manager: Option<(Dialect, usize)>,
}

impl Names {
    /// The names of these machines.
    pub fn new(layout: &Layout) -> Self {
        Self {
            parts: layout.parts().into_iter().map(|(_, part)| part).collect(),
            voters: layout.voters().count(),
            shared_storage: layout.storage.is_some(),
            alone_is_recorded: false,
            dialect: Dialect::Pair,
            stateless: layout.is_pool(),
            sessions: false,
            shards: 1,
            manager: None,
        }
    }

    /// The names of a system's machines, and its words.
    pub fn of(config: &Config) -> Self {
        let words = |protocol: &Protocol| match protocol {
            Protocol::Raft(_) => Dialect::Raft,
            Protocol::Zab(_) => Dialect::Zab,
        };
        let dialect = match &config.system {
            SystemKind::MasterStandby | SystemKind::Pool(_) | SystemKind::Cluster(_) => Dialect::Pair,
            SystemKind::Ensemble(ensemble) => words(&ensemble.protocol),
        };
        let manager = config.cluster().map(|cluster| (words(&cluster.manager.protocol), config.layout.members.len()));
        let sessions = manager.is_some_and(|(dialect, _)| dialect == Dialect::Zab);
        let nodes = &config.nodes;
        let alone_is_recorded = nodes.replication.mode == ReplicationMode::Sync
            && nodes.replication.durability == Durability::Synced
            && !matches!(nodes.decision, Decision::Alone { .. });
        let shards = config.shards();
        Self { alone_is_recorded, dialect, sessions, shards, manager, ..Self::new(&config.layout) }
    }

    /// The words that a machine has for what it does: a member of the manager has those of its protocol.
    #[inline(never)]
    pub fn spoken_by(&self, machine: MachineId) -> Cow<'_, Self> {
        match (self.manager, self.part(machine)) {
            (Some((dialect, voters)), Some(Part::Member(_))) => Cow::Owned(Self { voters, dialect, ..self.clone() }),
            _ => Cow::Borrowed(self),
        }
    }

    /// The number of the shard that a message between these two, or a note of the first, is about, if there are several.
    pub fn shard(&self, lane: u8, from: MachineId, to: MachineId) -> Option<u32> {
        let holds = |machine| matches!(self.part(machine), Some(Part::Data(_)));
        (self.shards > 1 && holds(from) && holds(to)).then_some(u32::from(lane) + 1)
    }

    /// Every machine.
    pub fn machines(&self) -> impl Iterator<Item = MachineId> {
        (0..self.parts.len()).map(MachineId::from_index)
    }

    /// What a machine is for.
    pub fn part(&self, machine: MachineId) -> Option<Part> {
        self.parts.get(machine.index()).copied()
    }

    /// A machine's name within a sentence: "B", "site 1", "the operator".
    pub fn name(&self, lang: Lang, machine: MachineId) -> String {
        if let Some(part) = self.part(machine) {
            part_name(lang, part)
        } else {
            let number = machine.number();
            say!(lang, "machine {number}", "机器 {number}")
        }
    }

    /// A machine's name as a heading: "B", "Site 1", "Operator".
    pub fn heading(&self, lang: Lang, machine: MachineId) -> String {
        let name = self.name(lang, machine);
        finish(lang, name.strip_prefix("the ").unwrap_or(&name).to_owned())
    }

    /// A data node's or member's name by its index: A, B, C and so on.
    pub fn data(index: u8) -> char {
        char::from(b'A' + index)
    }

    /// Several names in a row.
    pub fn list(&self, lang: Lang, machines: impl Iterator<Item = MachineId>) -> String {
        let names: Vec<String> = machines.map(|machine| self.name(lang, machine)).collect();
        names.join(words!(lang, ", ", "、"))
    }

    /// The data nodes of a bit set, such as an in-sync set.
    pub fn members(&self, lang: Lang, bits: u8) -> String {
        let is_member = |machine: &MachineId| matches!(self.part(*machine), Some(Part::Data(i)) if bits >> i & 1 == 1);
        self.list(lang, self.machines().filter(is_member))
    }
}

fn part_name(lang: Lang, part: Part) -> String {
    match part {
        Part::Data(index) => Names::data(index).into(),
        Part::Witness => "W".into(),
        Part::Proxy(index) => format!("P{}", index + 1),
        Part::Dns => words!(lang, "the name server", "域名服务器").into(),
        Part::Fencer => words!(lang, "the fencing device", "隔离设备").into(),
        Part::Operator => words!(lang, "the operator", "值班人员").into(),
        Part::Balancer(index) => format!("L{}", index + 1),
        Part::Member(index) => format!("M{}", index + 1),
        Part::Storage => words!(lang, "the shared storage", "共享存储").into(),
        Part::Client(index) => {
            let number = index + 1;
            say!(lang, "site {number}", "站点 {number}")
        }
    }
}

/// Finishes a sentence that was put together with names: it begins with a capital in English, and in Chinese
/// no space is left between two Han characters ("收到 站点 1 的" becomes "收到站点 1 的").
pub(super) fn finish(lang: Lang, mut text: String) -> String {
    match lang {
        Lang::En => {
            if let Some(first) = text.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            text
        }
        Lang::Zh => {
            let is_wide = |c: &char| *c >= '\u{3000}';
            let mut tidy = String::with_capacity(text.len());
            let mut chars = text.chars().peekable();
            while let Some(c) = chars.next() {
                let between =
                    tidy.chars().next_back().is_some_and(|c| is_wide(&c)) && chars.peek().is_some_and(is_wide);
                if c != ' ' || !between {
                    tidy.push(c);
                }
            }
            tidy
        }
    }
}
