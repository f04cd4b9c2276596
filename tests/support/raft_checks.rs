//! What always holds in Raft (figure 3.2 of Ongaro's dissertation), checked at every step of every server.

#![allow(dead_code, missing_docs)]

use std::collections::BTreeMap;

use ha_lab::ha::cluster::raft::{Durable, Effect, Message, Note, Payload, Pos, Raft, Write};
use ha_lab::sim::MachineId;

use super::Word;

#[derive(Default)]
pub struct Checks {
    /// What went wrong first.
    pub wrong: Option<String>,
    /// Who led in each term.
    leaders: BTreeMap<u32, MachineId>,
    /// For whom each server voted in each term, crashes or not.
    votes: BTreeMap<(MachineId, u32), MachineId>,
    /// Every entry that was ever in a log, and the place before it.
    entries: BTreeMap<Pos, (Pos, Payload<Word>)>,
    /// What is committed, from index 1 on, and in which term that was first known.
    pub committed: Vec<(Pos, Payload<Word>, u32)>,
    /// What was committed when each read came.
    reads: BTreeMap<u64, u32>,
    /// The term and the end of the log of the leader that takes a step.
    leader_before: Option<(u32, Pos)>,
}

impl Checks {
    fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds && self.wrong.is_none() {
            self.wrong = Some(what());
        }
    }

    pub fn read_begins(&mut self, ctx: u64) {
        self.reads.insert(ctx, self.committed.len() as u32);
    }

    pub fn before(&mut self, server: &Raft<Word>) {
        self.leader_before = server.is_leader().then(|| (server.term(), server.log().last()));
    }

    /// Leader append-only: a leader never overwrites or deletes entries of its log.
    pub fn after(&mut self, server: &Raft<Word>) {
        if let Some((term, last)) = self.leader_before.take()
            && server.is_leader()
            && server.term() == term
        {
            let kept = server.log().has(last) || server.log().base() > last.index;
            self.expect(kept, || format!("leader append-only: {:?} lost {last:?} in term {term}", server.me()));
        }
    }

    pub fn effect(&mut self, server: &Raft<Word>, effect: &Effect<Word>) {
        let me = server.me();
        match effect {
            Effect::Note(Note::BecameLeader { term, last }) => self.elected(me, *term, *last, server),
            Effect::Send(candidate, Message::Vote { term, pre: false, granted: true }) => {
                let first = *self.votes.entry((me, *term)).or_insert(*candidate);
                self.expect(first == *candidate, || format!("{me:?} votes for two in term {term}"));
            }
            Effect::Persist(_, Write::Entries { after, entries }) => {
                let mut before = *after;
                for (index, entry) in (after.index + 1..).zip(entries.iter()) {
                    let pos = Pos { term: entry.term, index };
                    let known = self.entries.entry(pos).or_insert_with(|| (before, entry.payload.clone()));
                    let same = *known == (before, entry.payload.clone());
                    self.expect(same, || format!("log matching: {me:?} has another entry at {pos:?}"));
                    before = pos;
                }
            }
            Effect::Committed(pos, payload) => self.applied(me, *pos, payload, server.term()),
            Effect::Restore(snapshot) => {
                let upto = snapshot.pos.index as usize;
                let last = self.committed.get(upto - 1).map(|(pos, ..)| *pos);
                let words = self.words(upto);
                let same = last == Some(snapshot.pos) && *snapshot.state == words;
                self.expect(same, || format!("{me:?} restores a state that never was, at {:?}", snapshot.pos));
            }
            Effect::ReadReady { ctx, index } => {
                let needed = self.reads.get(ctx).copied().unwrap_or(u32::MAX);
                self.expect(*index >= needed && server.commit() >= *index, || {
                    format!("stale read: {me:?} reads at {index} what was committed up to {needed} when asked")
                });
            }
            _ => {}
        }
    }

    /// What a server finds on its disk is a log that somebody had, and no newer than its term.
    pub fn restarts(&mut self, me: MachineId, disk: &Durable<Word>) {
        let mut before = disk.log.snapshot().pos;
        for (index, entry) in disk.log.entries() {
            let pos = Pos { term: entry.term, index };
            let same = self.entries.get(&pos).is_some_and(|(prev, what)| *prev == before && *what == entry.payload);
            self.expect(same, || format!("log matching: {me:?} finds {pos:?} behind {before:?} on its disk"));
            before = pos;
        }
        self.expect(before.term <= disk.term, || format!("{me:?} finds {before:?} on its disk in term {}", disk.term));
    }

    /// Election safety: at most one leader in a term. Leader completeness: it has all that was committed before.
    fn elected(&mut self, me: MachineId, term: u32, last: Pos, server: &Raft<Word>) {
        let first = *self.leaders.entry(term).or_insert(me);
        self.expect(first == me, || format!("election safety: {first:?} and {me:?} lead in term {term}"));
        if let Some(pos) = self.committed.iter().rev().find(|(.., by)| *by < term).map(|(pos, ..)| *pos) {
            let has = last.index >= pos.index && (server.log().has(pos) || server.log().base() > pos.index);
            self.expect(has, || format!("leader completeness: {me:?} leads in term {term} without {pos:?}"));
        }
    }

    /// State machine safety: nobody applies another entry at the same index, or leaves one out.
    fn applied(&mut self, me: MachineId, pos: Pos, payload: &Payload<Word>, term: u32) {
        let at = pos.index as usize - 1;
        if at == self.committed.len() {
            self.committed.push((pos, payload.clone(), term));
        }
        let same = self.committed.get(at).is_some_and(|(known, what, _)| *known == pos && what == payload);
        let known = self.committed.get(at).map(|(known, ..)| *known);
        self.expect(same, || format!("state machine safety: {me:?} applies {pos:?} where {known:?} was applied"));
    }

    /// The words among what is committed up to an index.
    pub fn words(&self, upto: usize) -> Vec<u32> {
        let word = |payload: &Payload<Word>| match payload {
            Payload::Command(Word(word)) => Some(*word),
            _ => None,
        };
        self.committed.iter().take(upto).filter_map(|(_, payload, _)| word(payload)).collect()
    }
}
