//! The follower's side of the log (§3.5): it takes over what the leader has, and says so when its disk has it.

use super::Raft;
use super::io::Outbox;
use super::log::{Command, Entry, Pos};
use super::message::Message;
use crate::sim::MachineId;

impl<C: Command> Raft<C> {
    /// Takes over entries, if its log agrees with the leader's at the place before them.
    pub(super) fn append_entries(
        &mut self,
        from: MachineId,
        prev: Pos,
        entries: &[Entry<C>],
        commit: u32,
        out: &mut Outbox<C>,
    ) {
        let term = self.term;
        if prev.index < self.commit {
            // Late. What is committed is the same in both logs.
            return self.promise(from, Message::Appended { term, matched: self.commit }, out);
        }
        if !self.log.has(prev) {
            let index = self.log.last_up_to(prev.index, prev.term);
            let hint = self.log.pos(index).unwrap_or_default();
            return self.promise(from, Message::AppendRefused { term, prev: prev.index, hint }, out);
        }
        // Only a real difference cuts the log: the message may be an old one, and what is behind it acknowledged.
        let place =
            |(offset, entry): (usize, &Entry<C>)| Pos { term: entry.term, index: prev.index + 1 + offset as u32 };
        let known = entries.iter().enumerate().map(place).take_while(|pos| self.log.has(*pos)).count();
        if known < entries.len() {
            self.append_behind(prev.index + known as u32, &entries[known..], out);
        }
        let matched = prev.index + entries.len() as u32;
        self.commit_to(commit.min(matched), out);
        self.promise(from, Message::Appended { term, matched }, out);
    }

    /// The leader lives. It names only what this server has acknowledged.
    pub(super) fn heartbeat(&mut self, from: MachineId, commit: u32, round: u32, out: &mut Outbox<C>) {
        self.commit_to(commit.min(self.log.last_index()), out);
        out.send(from, Message::HeartbeatReply { term: self.term, round });
    }
}
