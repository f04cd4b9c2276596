//! A trace as a text that can be read: one line for each event of the story, in words that do not change when the
//! interface does.

#![allow(dead_code, missing_docs)]

use std::fmt::Write;

use ha_lab::ha::message::{Command, Pos, Refusal};
use ha_lab::ha::note::{FencedBy, Note, Stale, StepDown};
use ha_lab::ha::{Ha, Layout, inspect};
use ha_lab::sim::{Event, Fault, MachineId, Origin, SimTime, Sink, Status, Tier, TraceHash};

/// Listens to a run and tells its story.
pub struct Teller {
    layout: Layout,
    hash: TraceHash,
    pub text: String,
    /// Writes done, failed and unknown since the last line, canaries not counted.
    requests: [u32; 3],
}

impl Teller {
    pub fn new(layout: &Layout, seed: u64) -> Self {
        Self { layout: layout.clone(), hash: TraceHash::new(seed), text: String::new(), requests: [0; 3] }
    }

    /// The hash of everything that was told, and of all the rest.
    pub fn hash(&self) -> u64 {
        self.hash.value()
    }

    fn name(&self, machine: MachineId) -> String {
        inspect::short_name(self.layout.part(machine))
    }

    fn line(&mut self, at: SimTime, who: &str, what: &str) {
        self.flush();
        let us = at.us();
        let _ = writeln!(self.text, "{:>7}.{:06}  {who:<4} {what}", us / 1_000_000, us % 1_000_000);
    }

    /// What became of the requests since the last line.
    pub fn flush(&mut self) {
        let [done, failed, unknown] = std::mem::take(&mut self.requests);
        if done + failed + unknown > 0 {
            let _ =
                writeln!(self.text, "                ... requests: {done} done, {failed} failed, {unknown} unknown");
        }
    }
}

fn at(pos: Pos) -> String {
    format!("{}.{}", pos.epoch, pos.index)
}

impl Sink<Ha> for Teller {
    fn event(&mut self, now: SimTime, order: u64, event: &Event<Ha>) {
        self.hash.event(now, order, event);
        if let Event::Note { note: Note::Finished { id, outcome, .. }, .. } = event
            && !id.canary
        {
            self.requests[*outcome as usize - 1] += 1;
        }
        if event.tier() != Tier::Story {
            return;
        }
        match *event {
            Event::Machine { machine, status, lost_writes } => {
                let what = match status {
                    Status::Up => "is up",
                    Status::Frozen => "is frozen",
                    Status::Crashed => "process has crashed",
                    Status::Starting => "process starts",
                    Status::Down => "is down",
                    Status::Booting => "boots",
                };
                let lost =
                    if lost_writes > 0 { format!(", {lost_writes} unsynced writes lost") } else { String::new() };
                self.line(now, &self.name(machine), &format!("{what}{lost}"));
            }
            Event::Fault { origin, fault } => {
                let by = match origin {
                    Origin::Hand => "hand",
                    Origin::Schedule => "plan",
                    Origin::Random => "fate",
                    Origin::Process => "dev",
                };
                self.line(now, &format!("[{by}]"), &self.fault(&fault));
            }
            Event::Note { machine, note, .. } => self.line(now, &self.name(machine), &self.note(&note)),
            _ => {}
        }
    }
}

impl Teller {
    fn fault(&self, fault: &Fault<Ha>) -> String {
        let n = |m: MachineId| self.name(m);
        match *fault {
            Fault::ProcessCrash(m) => format!("process crash of {}", n(m)),
            Fault::MachineCrash(m) => format!("crash of {}", n(m)),
            Fault::PowerLoss(m) => format!("power loss of {}", n(m)),
            Fault::Restart(m) => format!("start {}", n(m)),
            Fault::WipeDisk(m) => format!("wipe the disk of {}", n(m)),
            Fault::Freeze(m) => format!("freeze {}", n(m)),
            Fault::Thaw(m) => format!("thaw {}", n(m)),
            Fault::Slow(m, permille) => format!("{} takes {permille} ‰ of its time", n(m)),
            Fault::SlowDisk(m, permille) => format!("disk of {} takes {permille} ‰ of its time", n(m)),
            Fault::DiskFull(m, full) => format!("disk of {} {}", n(m), if full { "is full" } else { "has room" }),
            Fault::Cut(a, b) => format!("cut {} -> {}", n(a), n(b)),
            Fault::Mend(a, b) => format!("mend {} -> {}", n(a), n(b)),
            Fault::Partition(groups) => {
                let mut sides = vec![String::new(); 4];
                for (machine, _) in self.layout.parts() {
                    let side = &mut sides[(groups >> (2 * machine.index()) & 3) as usize];
                    let _ = write!(side, "{}{}", if side.is_empty() { "" } else { " " }, n(machine));
                }
                sides.retain(|side| !side.is_empty());
                format!("partition {}", sides.join(" | "))
            }
            Fault::Heal => "heal every cut and partition".to_owned(),
            Fault::Loss(a, b, ppm) => format!("lose {ppm} in a million between {} and {}", n(a), n(b)),
            Fault::Delay(a, b, us, jitter) => {
                format!("delay of {us} µs, jitter {jitter} µs between {} and {}", n(a), n(b))
            }
            Fault::ClockJump(m, us) => format!("clock of {} jumps by {us} µs", n(m)),
            Fault::ClockRate(m, ppb) => format!("clock of {} is {ppb} ppb off", n(m)),
            Fault::Command(m, command) => match command {
                Command::Promote => format!("promote {}", n(m)),
                Command::Switchover(None) => format!("{} is to hand over", n(m)),
                Command::Switchover(Some(to)) => format!("{} is to hand over to {}", n(m), n(to)),
                Command::Gray { hang: true } => format!("{} turns gray: requests hang", n(m)),
                Command::Gray { hang: false } => format!("{} turns gray: requests fail", n(m)),
                Command::Recover => format!("{} is repaired", n(m)),
                Command::BadRelease => format!("a bad release on {}", n(m)),
                Command::Restore => format!("restore the backup on {}", n(m)),
                Command::SendPoison => format!("{} sends a poison write", n(m)),
                Command::Load(permille) => format!("load of {} is {permille} ‰", n(m)),
                Command::AddMember(node) => format!("{} is to add {}", n(m), n(node)),
                Command::RemoveMember(node) => format!("{} is to remove {}", n(m), n(node)),
                Command::AcceptLoss(shard) => format!("{} is to accept the loss of shard {}", n(m), shard + 1),
                Command::Join => format!("{} is to join", n(m)),
                Command::Leave => format!("{} is to leave", n(m)),
                Command::Drain(node) => format!("{} is to drain {}", n(m), n(node)),
                Command::Ready(node) => format!("{} is to use {} again", n(m), n(node)),
            },
        }
    }

    /// Machines by their names: `MachineId(2)` is C.
    fn by_name(&self, text: &str) -> String {
        let machines = self.layout.parts().into_iter().map(|(machine, _)| machine);
        machines.fold(text.to_owned(), |text, machine| text.replace(&format!("{machine:?}"), &self.name(machine)))
    }

    fn note(&self, note: &Note) -> String {
        let n = |m: MachineId| self.name(m);
        match *note {
            Note::Issued { .. } | Note::Finished { .. } | Note::Acknowledged { .. } => String::new(),
            Note::Routed { to, epoch } => format!("sends writes to {} (epoch {epoch})", n(to)),
            Note::StaleRefused { from, epoch, newest, what } => {
                let what = match what {
                    Stale::Append => "entries",
                    Stale::Response => "an answer",
                    Stale::Route => "the address",
                    Stale::Heartbeat => "a heartbeat",
                    Stale::Storage => "a write",
                };
                format!("refuses {what} of {}: epoch {epoch} < {newest}", n(from))
            }
            Note::Health { node, up } => format!("takes {} {}", n(node), if up { "in" } else { "out" }),
            Note::Suspected { master, silent_us } => format!("suspects {}: silent for {silent_us} µs", n(master)),
            Note::NoMaster { silent_us } => format!("finds no master: silence for {silent_us} µs"),
            Note::Trusted { master } => format!("hears {} again", n(master)),
            Note::Canvassing { epoch, last } => format!("asks for epoch {epoch}, log ends at {}", at(last)),
            Note::Voted { candidate, epoch, why } => {
                let why = match why {
                    Refusal::None => return format!("votes for {} in epoch {epoch}", n(candidate)),
                    Refusal::HearsMaster => "there is a master, or one was chosen",
                    Refusal::AlreadyVoted => "has voted already",
                    Refusal::BehindMe => "its log is behind",
                    Refusal::NotInSync => "it is not in sync",
                    Refusal::Amnesia => "does not remember its promises",
                };
                format!("does not vote for {} in epoch {epoch}: {why}", n(candidate))
            }
            Note::Decided { epoch, votes, needed, logs_read } => {
                format!("is to be master in epoch {epoch}: {votes} votes of {needed} needed, {logs_read} logs read")
            }
            Note::CanvassFailed { epoch, votes, needed } => {
                format!("is not chosen for epoch {epoch}: {votes} votes of {needed} needed")
            }
            Note::OperatorCalled { by, fencing: true } => format!("is called by {}: the power could not be cut", n(by)),
            Note::OperatorCalled { by, .. } => format!("is called by {}", n(by)),
            Note::OperatorActs { node, epoch } => {
                format!("orders {} to take over from the master of epoch {epoch}", n(node))
            }
            Note::FenceOrdered { target, order } => format!("has the power of {} cut, order {order}", n(target)),
            Note::FenceFailed { target, order } => format!("order {order} to cut the power of {} failed", n(target)),
            Note::Fenced { epoch, by } => {
                let by = match by {
                    FencedBy::Nothing => "nothing",
                    FencedBy::PowerCut => "power cut",
                    FencedBy::Lease => "lease run out",
                    FencedBy::Epoch => "newer epoch",
                    FencedBy::Operator => "the operator's word",
                    FencedBy::Handover => "handover",
                };
                format!("old master fenced for epoch {epoch}: {by}")
            }
            Note::Promoting { epoch, last, takes_us } => {
                format!("replays its log up to {} for epoch {epoch}: {takes_us} µs", at(last))
            }
            Note::BecameMaster { epoch, base, .. } => format!("IS MASTER of epoch {epoch}, log ends at {}", at(base)),
            Note::SteppedDown { epoch, why } => {
                let why = match why {
                    StepDown::NewerEpoch => "there is a newer epoch",
                    StepDown::LeaseLost => "its lease has run out",
                    StepDown::Handover => "it hands over",
                    StepDown::Outranked => "another is preferred",
                    StepDown::Restore => "a backup is restored",
                    StepDown::NoQuorum => "it hears no majority",
                    StepDown::DiskFailed => "its disk has failed",
                    StepDown::Removed => "it belongs to the ensemble no more",
                };
                format!("steps down from epoch {epoch}: {why}")
            }
            Note::Follows { master, epoch } => format!("follows {} in epoch {epoch}", n(master)),
            Note::InSyncSet { set } => {
                let members: Vec<_> = self.layout.data.iter().enumerate().filter(|(i, _)| set.has(*i)).collect();
                let members: Vec<_> = members.into_iter().map(|(_, id)| n(*id)).collect();
                format!("in-sync set: {}", members.join(" "))
            }
            Note::Degraded { on: true, needed } => format!("goes on with fewer than {needed} standbys"),
            Note::Degraded { on: false, needed } => format!("has {needed} standbys again"),
            Note::Rewound { to, dropped } => format!("throws {dropped} entries away, log ends at {}", at(to)),
            Note::Copied { pos } => format!("has copied all data up to {}", at(pos)),
            Note::CaughtUp { pos } => format!("has caught up at {}", at(pos)),
            Note::Reserved { node, epoch } => format!("takes only {} and epochs from {epoch} on", n(node)),
            Note::Mounted { pos } => format!("has read the shared storage, log ends at {}", at(pos)),
            Note::Overwritten { by, epoch, dropped } => {
                format!("is overwritten by {} of epoch {epoch}: {dropped} entries of others are gone", n(by))
            }
            Note::Unreadable { from, end } => {
                format!("takes what {} writes behind a gap: the log ends at {}", n(from), at(end))
            }
            Note::DiskFailed => "cannot write to its disk".to_owned(),
            Note::Poisoned { pos } => format!("is poisoned by {}", at(pos)),
            Note::BackedUp { pos } => format!("takes a backup at {}", at(pos)),
            Note::Restoring { pos, takes_us } => format!("restores the backup of {}: {takes_us} µs", at(pos)),
            Note::SwitchoverBegan { to } => format!("stops taking writes, to hand over to {}", n(to)),
            Note::SwitchoverFailed { to } => format!("cannot hand over to {}, goes on", n(to)),
            Note::TurnedGray { hang } => format!("is gray: requests {}", if hang { "hang" } else { "fail" }),
            Note::Recovered => "serves well again".to_owned(),
            Note::Repeated { id, first, pos, twice } => {
                let what = if twice { "applies" } else { "does not apply" };
                format!("{what} S{} {} again at {}: it stands at {}", id.site + 1, id.ordinal, at(pos), at(first))
            }
            Note::Registry(said) => format!("(registry) {}", self.by_name(&format!("{said:?}"))),
            Note::Failsafe { epoch } => format!("has lost its claim and goes on in epoch {epoch} (failsafe)"),
            Note::Outside => "has lost its disk and takes no part".to_owned(),
            Note::Raft(said) => format!("(raft) {}", self.by_name(&format!("{said:?}"))),
            Note::Zab(said) => format!("(zab) {}", self.by_name(&format!("{said:?}"))),
            Note::Ejected { node, failures, for_us } => {
                format!("ejects {} for {for_us} µs: {failures} failures in a row", n(node))
            }
            Note::Reinstated { node } => format!("gives {} another chance", n(node)),
            Note::Draining { node } => format!("drains {}", n(node)),
            Note::Drained { node } => format!("has nothing under way at {} any more", n(node)),
            Note::Ready { node } => format!("uses {} again", n(node)),
            Note::NobodyIn => "has nobody to send requests to".to_owned(),
            Note::RetriesStopped { on: true } => "STOPS RETRYING: its budget is used up".to_owned(),
            Note::RetriesStopped { on: false } => "may retry again".to_owned(),
            Note::QueueFull { waiting } => format!("OVERFLOWS: {waiting} wait"),
            Note::QueueEased { waiting } => format!("is eased: {waiting} wait"),
        }
    }
}
