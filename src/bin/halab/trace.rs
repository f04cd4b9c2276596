//! A trace as JSON Lines: one object for each event, with `t_us`, `seq` and `kind`, and what belongs to the kind.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use ha_lab::ha::Ha;
use ha_lab::ha::message::{Brief, Command};
use ha_lab::i18n::{Lang, Names};
use ha_lab::sim::{Event, Fault, MachineId, SimTime, Sink};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Writes every event that it is told.
pub struct Writer<'a> {
    file: BufWriter<File>,
    names: &'a Names,
    /// The first error; nothing is written after it.
    error: Option<io::Error>,
}

impl<'a> Writer<'a> {
    pub fn new(file: BufWriter<File>, names: &'a Names) -> Self {
        Self { file, names, error: None }
    }

    pub fn finish(mut self) -> io::Result<()> {
        match self.error {
            Some(error) => Err(error),
            None => self.file.flush(),
        }
    }
}

impl Sink<Ha> for Writer<'_> {
    fn event(&mut self, at: SimTime, order: u64, event: &Event<Ha>) {
        if self.error.is_some() {
            return;
        }
        let line = format!("{{\"t_us\":{},\"seq\":{order},{}\n", at.us(), &body(event, self.names).to_string()[1..]);
        self.error = self.file.write_all(line.as_bytes()).err();
    }
}

/// Fields in the order in which one reads them.
fn body(event: &Event<Ha>, names: &Names) -> Value {
    let name = |machine: MachineId| json!(names.name(Lang::En, machine));
    let mut fields = Fields(Map::new());
    match event {
        Event::Sent { id, from, to, wire, arrives, brief } => {
            fields.kind("sent").put("id", id).put("from", name(*from)).put("to", name(*to)).put("wire", wire);
            fields.put("arrives_us", when(*arrives)).brief(brief);
        }
        Event::Arrived { id, from, to, brief } => {
            fields.kind("arrived").put("id", id).put("from", name(*from)).put("to", name(*to)).brief(brief);
        }
        Event::Lost { id, from, to, why } => {
            fields.kind("lost").put("id", id).put("from", name(*from)).put("to", name(*to)).put("why", why);
        }
        Event::Held { id, from, to } => {
            fields.kind("held").put("id", id).put("from", name(*from)).put("to", name(*to));
        }
        Event::Resent { id, from, to, arrives } => {
            fields.kind("resent").put("id", id).put("from", name(*from)).put("to", name(*to));
            fields.put("arrives_us", when(*arrives));
        }
        Event::Opened { machine, peer } => {
            fields.kind("opened").put("machine", name(*machine)).put("peer", name(*peer));
        }
        Event::Closed { machine, peer, reason } => {
            fields.kind("closed").put("machine", name(*machine)).put("peer", name(*peer)).put("reason", reason);
        }
        Event::Fired { machine, timer } => {
            fields.kind("fired").put("machine", name(*machine)).put("timer", timer);
        }
        Event::Synced { machine, ticket } => {
            fields.kind("synced").put("machine", name(*machine)).put("ticket", ticket.number());
        }
        Event::Machine { machine, status, lost_writes } => {
            fields.kind("machine").put("machine", name(*machine)).put("status", status);
            fields.put("lost_writes", lost_writes);
        }
        Event::Fault { origin, fault } => {
            fields.kind("fault").put("origin", origin).put("fault", fault_of(fault, names));
        }
        Event::Note { machine, note, .. } => {
            let mut note = serde_json::to_value(note).unwrap_or_default();
            name_machines(&mut note, names);
            fields.kind("note").put("machine", name(*machine)).put("note", note);
        }
    }
    Value::Object(fields.0)
}

/// An instant; null if nobody can tell it yet, as while a connection is being opened.
fn when(at: SimTime) -> Option<u64> {
    (at != SimTime::NEVER).then(|| at.us())
}

struct Fields(Map<String, Value>);

impl Fields {
    fn kind(&mut self, kind: &str) -> &mut Self {
        self.put("kind", kind)
    }

    fn put(&mut self, name: &str, value: impl Serialize) -> &mut Self {
        self.0.insert(name.to_owned(), serde_json::to_value(value).unwrap_or_default());
        self
    }

    fn brief(&mut self, brief: &Brief) {
        self.put("message", brief.kind).put("canary", brief.canary).put("epoch", brief.epoch);
        self.put("number", brief.number).put("count", brief.count);
    }
}

/// Fields of notes that hold a machine.
const MACHINES: [&str; 8] = ["to", "from", "node", "master", "candidate", "by", "target", "switchover"];

/// Puts names where notes have machine numbers.
fn name_machines(value: &mut Value, names: &Names) {
    let Value::Object(fields) = value else { return };
    for (key, field) in fields {
        let number = field.as_u64().filter(|_| MACHINES.contains(&key.as_str()));
        match number.and_then(|number| names.machines().nth(number as usize)) {
            Some(machine) => *field = json!(names.name(Lang::En, machine)),
            None => name_machines(field, names),
        }
    }
}

/// A fault, with names and units.
pub fn fault_of(fault: &Fault<Ha>, names: &Names) -> Value {
    let name = |machine: MachineId| names.name(Lang::En, machine);
    match *fault {
        Fault::ProcessCrash(m) => json!({"process_crash": {"on": name(m)}}),
        Fault::MachineCrash(m) => json!({"machine_crash": {"on": name(m)}}),
        Fault::PowerLoss(m) => json!({"power_loss": {"on": name(m)}}),
        Fault::Restart(m) => json!({"restart": {"on": name(m)}}),
        Fault::WipeDisk(m) => json!({"wipe_disk": {"on": name(m)}}),
        Fault::Freeze(m) => json!({"freeze": {"on": name(m)}}),
        Fault::Thaw(m) => json!({"thaw": {"on": name(m)}}),
        Fault::Slow(m, permille) => json!({"slow": {"on": name(m), "permille": permille}}),
        Fault::SlowDisk(m, permille) => json!({"slow_disk": {"on": name(m), "permille": permille}}),
        Fault::DiskFull(m, full) => json!({"disk_full": {"on": name(m), "full": full}}),
        Fault::Cut(from, to) => json!({"cut": {"from": name(from), "to": name(to)}}),
        Fault::Mend(from, to) => json!({"mend": {"from": name(from), "to": name(to)}}),
        Fault::Partition(bits) => {
            let group = |machine: MachineId| bits >> (2 * machine.index()) & 3;
            let members = |wanted| names.machines().filter(|m| group(*m) == wanted).map(name).collect::<Vec<_>>();
            let groups: Vec<_> = (0..4).map(members).filter(|group| !group.is_empty()).collect();
            json!({"partition": {"groups": groups}})
        }
        Fault::Heal => json!("heal"),
        Fault::Loss(a, b, ppm) => json!({"loss": {"between": [name(a), name(b)], "ppm": ppm}}),
        Fault::Delay(a, b, latency, jitter) => {
            json!({"delay": {"between": [name(a), name(b)], "latency_us": latency, "jitter_us": jitter}})
        }
        Fault::ClockJump(m, by) => json!({"clock_jump": {"on": name(m), "by_us": by}}),
        Fault::ClockRate(m, ppb) => json!({"clock_rate": {"on": name(m), "ppb": ppb}}),
        Fault::Command(m, command) => json!({"command": {"on": name(m), "what": command_of(command, names)}}),
    }
}

fn command_of(command: Command, names: &Names) -> Value {
    let mut value = serde_json::to_value(command).unwrap_or_default();
    name_machines(&mut value, names);
    value
}
