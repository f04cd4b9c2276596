//! Synchronisation: how the leader brings a follower to its history.
//!
//! | the follower's last transaction | it is sent |
//! | --- | --- |
//! | is the leader's last committed one | DIFF, with nothing |
//! | is behind that, and kept by the leader | DIFF, and what comes behind it |
//! | is beyond it: an old leader's proposal | TRUNC back to it |
//! | is older than all that the leader keeps | SNAP, and what comes behind the snapshot |
//! | is not in the leader's history, which has gone on in a newer epoch | SNAP, too: as in ZooKeeper, a log is not
//!   truncated across the border of an epoch |
//!
//! Then come the proposals that are under way, as if they were new, and NEWLEADER. From here on everything that the
//! leader broadcasts goes to this follower, too. Before the leader is established, all of its history counts as
//! committed here: it will be, or the leader will fail.

use super::io::Outbox;
use super::leader::{LeaderPhase, Leading, LearnerPhase};
use super::log::{Record, TxnLog};
use super::message::Message;
use super::note::{Note, SyncMode};
use super::zxid::Zxid;
use super::{Core, Service};
use crate::ha::limits;
use crate::sim::MachineId;

/// How a follower whose history ends with `theirs` is brought to `upto`.
pub(super) fn mode<A: Service>(log: &TxnLog<A>, upto: Zxid, theirs: Zxid) -> SyncMode {
    if theirs > upto {
        SyncMode::Trunc
    } else if log.contains(theirs) {
        SyncMode::Diff
    } else {
        SyncMode::Snap
    }
}

impl Leading {
    /// Sends a follower the leader's history, and NEWLEADER behind it.
    pub(super) fn synchronise<A: Service>(&mut self, core: &Core<A>, id: MachineId, theirs: Zxid, out: &mut Outbox<A>) {
        let Some(learner) = self.learners.get_mut(&id) else { return };
        let log = core.storage.history();
        let upto = if self.phase == LeaderPhase::Broadcasting { core.delivered } else { log.last() };
        let mode = mode(log, upto, theirs);
        out.note(Note::Synchronising { follower: id, mode, from: theirs });
        match mode {
            SyncMode::Diff => {
                out.send(id, Message::Diff { upto });
                send_history(log, theirs, upto, id, out);
            }
            SyncMode::Trunc => out.send(id, Message::Trunc { upto }),
            SyncMode::Snap => {
                let snapshot = log.snapshot().clone();
                let from = snapshot.zxid;
                out.send(id, Message::Snap { snapshot, upto });
                send_history(log, from, upto, id, out);
            }
        }
        for record in log.after(upto) {
            out.send(id, Message::Propose(record.clone()));
        }
        out.send(id, Message::NewLeader { epoch: self.epoch });
        learner.phase = LearnerPhase::Synchronising;
        learner.acked = upto;
        learner.owes = log.last();
    }
}

fn send_history<A: Service>(log: &TxnLog<A>, from: Zxid, upto: Zxid, to: MachineId, out: &mut Outbox<A>) {
    let records: Vec<Record<A>> = log.after(from).take_while(|record| record.zxid <= upto).cloned().collect();
    for batch in records.chunks(limits::HISTORY_BATCH) {
        out.send(to, Message::History(batch.into()));
    }
}
