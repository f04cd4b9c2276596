//! Histories of clients, and the judge over them: `stateright`'s `LinearizabilityTester`, key by key.

#![allow(dead_code, missing_docs)]

use std::collections::BTreeMap;
use std::fmt::Write;

use stateright::semantics::register::{Register, RegisterOp, RegisterRet};
use stateright::semantics::{ConsistencyTester, LinearizabilityTester};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Write(u32),
    Read,
}

/// One line of a history.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    pub at_us: u64,
    pub client: usize,
    pub server: usize,
    pub key: u32,
    pub what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Call(Op),
    Written,
    Read(u32),
    /// No answer, and there will be none.
    GaveUp,
}

/// The histories of the keys, each by itself: linearizability is local (Herlihy and Wing 1990).
pub fn by_key(events: &[Event]) -> BTreeMap<u32, Vec<Event>> {
    let mut keys = BTreeMap::<u32, Vec<Event>>::new();
    for event in events {
        keys.entry(event.key).or_default().push(*event);
    }
    keys
}

/// Whether the history of one key is linearizable.
pub fn is_linearizable(events: &[Event]) -> bool {
    // A read without an answer says nothing. A write without one that nobody ever read is left out: as one that
    // takes effect after everything else, it would fit any history; and the judge would try it everywhere.
    let seen: Vec<u32> =
        events.iter().filter_map(|e| if let What::Read(v) = e.what { Some(v) } else { None }).collect();
    let gave_up: Vec<usize> = events.iter().filter(|e| e.what == What::GaveUp).map(|e| e.client).collect();
    let mut tester = LinearizabilityTester::new(Register(0_u32));
    let mut skipped: Vec<usize> = Vec::new();
    for (at, Event { client, what, .. }) in events.iter().enumerate() {
        let last_of_client = !events[at + 1..].iter().any(|e| e.client == *client && matches!(e.what, What::Call(_)));
        let open = last_of_client && gave_up.contains(client);
        let done = match what {
            What::Call(Op::Read) if open => {
                skipped.push(*client);
                Ok(&mut tester)
            }
            What::Call(Op::Write(word)) if open && !seen.contains(word) => {
                skipped.push(*client);
                Ok(&mut tester)
            }
            What::Call(Op::Write(word)) => tester.on_invoke(*client, RegisterOp::Write(*word)),
            What::Call(Op::Read) => tester.on_invoke(*client, RegisterOp::Read),
            What::Written => tester.on_return(*client, RegisterRet::WriteOk),
            What::Read(value) => tester.on_return(*client, RegisterRet::ReadOk(*value)),
            What::GaveUp => Ok(&mut tester),
        };
        done.expect("a client does one thing at a time");
    }
    tester.is_consistent()
}

pub fn tell(events: &[Event]) -> String {
    let mut text = String::new();
    for Event { at_us, client, server, what, .. } in events {
        let _ = writeln!(text, "  {at_us:>9} µs  client {client:<3} at server {server}  {what:?}");
    }
    text
}
