//! What can be done to a running system: one type for what a scenario schedules and what is done by hand.
//!
//! An [`Action`] names its victims by [`Target`]: a place that never changes ("data node 1") or a role ("the
//! master"), which is looked up at the moment when the action happens.

use serde::{Deserialize, Serialize};

/// Whom an action is for. In JSON: `"master"`, or `{"node": 1}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Target {
    /// The node that believes to be master in the newest epoch, up or not.
    Master,
    /// The most advanced standby that is up.
    Standby,
    /// The node that was master before the present one.
    OldMaster,
    /// A data node, by its place; 0 is the preferred master.
    Node(u8),
    /// The voter without data.
    Witness,
    /// A proxy, by its place.
    Proxy(u8),
    /// The name server.
    Dns,
    /// The device that cuts power.
    Fencer,
    /// The human on duty.
    Operator,
    /// A client site, by its place.
    Site(u8),
    /// The storage that all data nodes share.
    Storage,
    /// A balancer of a pool, by its place.
    Balancer(u8),
    /// A member of a cluster's manager, by place.
    Member(u8),
    /// Who leads the manager ensemble at that moment.
    Leader,
}

/// One thing that is done: a fault, its undoing, or an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// The process dies; its connections are closed at once.
    ProcessCrash {
        /// Where.
        on: Target,
    },
    /// The machine dies silently.
    MachineCrash {
        /// Which.
        on: Target,
    },
    /// The machine loses power, and every unsynced write with it.
    PowerLoss {
        /// Which.
        on: Target,
    },
    /// The machine boots, or the process is started again.
    Restart {
        /// Which.
        on: Target,
    },
    /// The disk is lost with all that was on it.
    WipeDisk {
        /// Whose.
        on: Target,
    },
    /// The machine stops in mid-step and keeps what it believes.
    Freeze {
        /// Which.
        on: Target,
    },
    /// The frozen machine goes on.
    Thaw {
        /// Which.
        on: Target,
    },
    /// Every step takes this many thousandths of its time; 1000 is normal.
    Slow {
        /// Which machine.
        on: Target,
        /// Thousandths of the usual time.
        permille: u32,
    },
    /// Every disk sync takes this many thousandths of its time; 1000 is normal.
    SlowDisk {
        /// Whose disk.
        on: Target,
        /// Thousandths of the usual time.
        permille: u32,
    },
    /// Writes to the disk fail (`"full": true`) or work again.
    DiskFull {
        /// Whose disk.
        on: Target,
        /// Full, or with room again.
        full: bool,
    },
    /// Nothing passes between two machines.
    Cut {
        /// Sender.
        from: Target,
        /// Receiver.
        to: Target,
        /// The other way too.
        #[serde(default = "yes")]
        both_ways: bool,
    },
    /// It passes again.
    Mend {
        /// Sender.
        from: Target,
        /// Receiver.
        to: Target,
        /// The other way too.
        #[serde(default = "yes")]
        both_ways: bool,
    },
    /// Machines of different groups cannot hear each other. Who is not named belongs to the first group.
    Partition {
        /// Two to four groups.
        groups: Vec<Vec<Target>>,
    },
    /// Every cut and every partition is over.
    Heal,
    /// So many datagrams in a million are lost between two machines; 0 ends it.
    Loss {
        /// Between these two, both ways.
        between: (Target, Target),
        /// Lost in a million, on top of the usual.
        ppm: u32,
    },
    /// Messages between two machines take longer; 0 and 0 ends it.
    Delay {
        /// Between these two, both ways.
        between: (Target, Target),
        /// On top of the usual.
        latency_us: u32,
        /// Uniform between nothing and this, on top of that.
        #[serde(default)]
        jitter_us: u32,
    },
    /// Every machine in the zone loses power.
    ZoneDown {
        /// Which, in the order of `network.zones`.
        zone: u8,
    },
    /// Every machine in the zone boots.
    ZoneUp {
        /// Which, in the order of `network.zones`.
        zone: u8,
    },
    /// The local clock jumps.
    ClockJump {
        /// Whose.
        on: Target,
        /// Forwards, or (negative) backwards.
        by_us: i64,
    },
    /// The local clock runs fast (positive) or slow; 0 ends it.
    ClockRate {
        /// Whose.
        on: Target,
        /// Parts in a billion.
        ppb: i64,
    },
    /// Heartbeats and shallow checks are answered, requests fail.
    Gray {
        /// Which data node.
        on: Target,
        /// Requests hang instead of failing.
        #[serde(default)]
        hang: bool,
    },
    /// The gray node serves well again.
    Recover {
        /// Which data node.
        on: Target,
    },
    /// A release that fails every request reaches all data nodes.
    BadRelease,
    /// The bad release is taken back everywhere.
    RollBack,
    /// A client writes bad data, which every standby repeats.
    PoisonWrite,
    /// The last good backup is restored.
    RestoreBackup {
        /// On which data node.
        on: Target,
    },
    /// Clients send so many thousandths of their usual number of requests; 1000 is normal.
    Load {
        /// Thousandths of the usual number.
        permille: u32,
    },
    /// The operator's button: become master now.
    Promote {
        /// Which data node.
        on: Target,
    },
    /// The master hands its role over.
    Switchover {
        /// To this node, or to the most advanced standby.
        #[serde(default)]
        to: Option<Target>,
    },
    /// The balancers send a worker no new requests; what is under way there may end.
    Drain {
        /// Which worker.
        on: Target,
    },
    /// The balancers send it requests again.
    Ready {
        /// Which worker.
        on: Target,
    },
    /// A spare worker joins the cluster, and gets shards.
    Join {
        /// Which worker.
        on: Target,
    },
    /// A worker gives its claim back at once: its shards go to others.
    Leave {
        /// Which worker.
        on: Target,
    },
    /// The operator accepts that a shard without owner has lost what nobody has who lives: it begins anew with what is left.
    AcceptLoss {
        /// Which shard; 0 is the first.
        shard: u8,
    },
    /// A server is added to the ensemble of an etcd-like manager: a spare one, or one that was removed.
    AddMember {
        /// Which server.
        on: Target,
    },
    /// A server is removed from the ensemble of an etcd-like manager.
    RemoveMember {
        /// Which server.
        on: Target,
    },
}

/// Thousandths of what is usual.
const USUAL: u32 = 1_000;

impl Action {
    /// What takes it back, done to the same machines. `None` for what cannot be taken back, for orders, and for what is an
    /// undo itself.
    pub fn undo(&self) -> Option<Self> {
        Some(match self {
            Self::ProcessCrash { on } | Self::MachineCrash { on } | Self::PowerLoss { on } | Self::WipeDisk { on } => {
                Self::Restart { on: *on }
            }
            Self::Freeze { on } => Self::Thaw { on: *on },
            Self::Slow { on, .. } => Self::Slow { on: *on, permille: USUAL },
            Self::SlowDisk { on, .. } => Self::SlowDisk { on: *on, permille: USUAL },
            Self::DiskFull { on, full: true } => Self::DiskFull { on: *on, full: false },
            Self::Cut { from, to, both_ways } => Self::Mend { from: *from, to: *to, both_ways: *both_ways },
            Self::Partition { .. } => Self::Heal,
            Self::Loss { between, .. } => Self::Loss { between: *between, ppm: 0 },
            Self::Delay { between, .. } => Self::Delay { between: *between, latency_us: 0, jitter_us: 0 },
            Self::ZoneDown { zone } => Self::ZoneUp { zone: *zone },
            Self::ClockJump { on, by_us } => Self::ClockJump { on: *on, by_us: by_us.checked_neg()? },
            Self::ClockRate { on, .. } => Self::ClockRate { on: *on, ppb: 0 },
            Self::Gray { on, .. } => Self::Recover { on: *on },
            Self::BadRelease => Self::RollBack,
            Self::Load { .. } => Self::Load { permille: USUAL },
            Self::Drain { on } => Self::Ready { on: *on },
            Self::Leave { on } => Self::Join { on: *on },
            Self::RemoveMember { on } => Self::AddMember { on: *on },
            Self::Restart { .. }
            | Self::Thaw { .. }
            | Self::DiskFull { full: false, .. }
            | Self::Mend { .. }
            | Self::Heal
            | Self::ZoneUp { .. }
            | Self::Recover { .. }
            | Self::RollBack
            | Self::PoisonWrite
            | Self::RestoreBackup { .. }
            | Self::Promote { .. }
            | Self::Switchover { .. }
            | Self::Ready { .. }
            | Self::Join { .. }
            | Self::AcceptLoss { .. }
            | Self::AddMember { .. } => return None,
        })
    }

    /// Everybody whom it names.
    pub(super) fn targets_mut(&mut self) -> Vec<&mut Target> {
        match self {
            Self::ProcessCrash { on }
            | Self::MachineCrash { on }
            | Self::PowerLoss { on }
            | Self::Restart { on }
            | Self::WipeDisk { on }
            | Self::Freeze { on }
            | Self::Thaw { on }
            | Self::Slow { on, .. }
            | Self::SlowDisk { on, .. }
            | Self::DiskFull { on, .. }
            | Self::ClockJump { on, .. }
            | Self::ClockRate { on, .. }
            | Self::Gray { on, .. }
            | Self::Recover { on }
            | Self::RestoreBackup { on }
            | Self::Promote { on }
            | Self::Drain { on }
            | Self::Ready { on }
            | Self::Join { on }
            | Self::Leave { on }
            | Self::AddMember { on }
            | Self::RemoveMember { on } => vec![on],
            Self::Cut { from, to, .. } | Self::Mend { from, to, .. } => vec![from, to],
            Self::Loss { between: (one, other), .. } | Self::Delay { between: (one, other), .. } => vec![one, other],
            Self::Partition { groups } => groups.iter_mut().flatten().collect(),
            Self::Switchover { to } => to.iter_mut().collect(),
            Self::Heal
            | Self::ZoneDown { .. }
            | Self::ZoneUp { .. }
            | Self::BadRelease
            | Self::RollBack
            | Self::PoisonWrite
            | Self::Load { .. }
            | Self::AcceptLoss { .. } => Vec::new(),
        }
    }
}

const fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_undoes_is_not_undone() {
        let on = Target::Node(1);
        let cut = Action::Cut { from: on, to: Target::Master, both_ways: false };
        let mend = Action::Mend { from: on, to: Target::Master, both_ways: false };
        assert_eq!((cut.undo(), mend.undo()), (Some(mend), None));
        assert_eq!(Action::WipeDisk { on }.undo(), Some(Action::Restart { on }));
        assert_eq!(Action::ClockJump { on, by_us: i64::MIN }.undo(), None, "there is no such jump back");
    }

    #[test]
    fn an_action_reads_like_a_sentence() {
        let read = |text: &str| serde_json::from_str::<Action>(text).unwrap();
        assert_eq!(read(r#"{"process_crash": {"on": "master"}}"#), Action::ProcessCrash { on: Target::Master });
        assert_eq!(read(r#""heal""#), Action::Heal);
        assert_eq!(
            read(r#"{"cut": {"from": {"node": 0}, "to": {"site": 1}}}"#),
            Action::Cut { from: Target::Node(0), to: Target::Site(1), both_ways: true },
        );
        assert_eq!(read(r#"{"switchover": {}}"#), Action::Switchover { to: None });
    }
}
