//! What a run comes to: as JSON for programs, as lines for people.

use std::io::{self, Write};

use ha_lab::i18n::{self, Lang, Names};
use ha_lab::measure::{Cause, Failover, Figures, Incident, Ledger, Share, SplitBrain, Writes};
use ha_lab::scenario::{Run, Scenario};
use ha_lab::sim::{MachineId, Micros, SimTime};
use serde_json::{Value, json};

use super::predict::Beside;
use super::trace::fault_of;

const EN: Lang = Lang::En;

/// A run that is over, and all that was written down about it.
pub struct Report<'a> {
    pub name: &'a str,
    pub scenario: &'a Scenario,
    pub run: &'a Run,
    pub names: &'a Names,
    pub seed: u64,
    pub until: SimTime,
    pub hash: u64,
    pub events: u64,
    pub ledger: &'a Ledger,
    pub beside: &'a Beside,
}

/// The phases of an outage with their names, in order. They add up to the outage, also while it is open: what is
/// not yet known to be something else is repair.
fn phases(incident: &Incident, now: SimTime) -> [(&'static str, Micros); 7] {
    let phases = incident.phases;
    let known = phases.sum_us();
    let rest = incident.outage_us(now).saturating_sub(known);
    [
        ("detect", phases.detect_us),
        ("decide", phases.decide_us),
        ("fence", phases.fence_us),
        ("promote", phases.promote_us),
        ("redirect", phases.redirect_us),
        ("resume", phases.resume_us),
        ("repair", phases.repair_us + rest),
    ]
}

fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Fault => "fault",
        Cause::Planned => "planned",
        Cause::Overload => "overload",
        Cause::FalseAlarm => "false_alarm",
        Cause::Unknown => "unknown",
    }
}

/// What became of the writes.
pub fn writes(writes: &Writes) -> Value {
    json!({
        "acked": writes.acked,
        "failed": writes.failed,
        "unknown": writes.unknown,
        "lost": writes.lost,
        "conflicting": writes.conflicting,
        "repeated": writes.repeated,
    })
}

impl Report<'_> {
    fn machine(&self, machine: MachineId) -> String {
        self.names.name(EN, machine)
    }

    // ---- for programs --------------------------------------------------------------------------------

    pub fn json(&self) -> Value {
        let figures = self.ledger.figures(self.until);
        let share = |share: Option<Share>| share.map(Share::fraction);
        let availability = figures.availability;
        let objective = &self.scenario.objective;
        let mut report = json!({
            "engine_version": env!("CARGO_PKG_VERSION"),
            "scenario": self.name,
            "title": self.scenario.title,
            "seed": self.seed,
            "until_us": self.until.us(),
            "trace_hash": format!("{:016x}", self.hash),
            "events": self.events,
            "availability": {
                "time": share(availability.time),
                "time_reads": share(availability.time_reads),
                "requests": share(availability.requests),
                "reads": share(availability.reads),
                "writes": share(availability.writes),
            },
            "nines": figures.nines(),
            "downtime_us": figures.downtime_us,
            "downtime_reads_us": figures.downtime_reads_us,
            "partial_us": figures.partial_us,
            "incidents": self.ledger.incidents().iter().map(|incident| self.incident(incident)).collect::<Vec<_>>(),
            "failovers": self.ledger.failovers().iter().map(|failover| self.failover(failover)).collect::<Vec<_>>(),
            "split_brains": self.ledger.split_brains().iter().map(|split| self.split(split)).collect::<Vec<_>>(),
            "split_brain_us": figures.split_brain_us,
            "writes": writes(&figures.writes),
            "reads": {
                "served": figures.reads.served,
                "failed": figures.reads.failed,
                "stale": figures.reads.stale,
            },
            "mttf_us": figures.mttf_us,
            "mttr_us": figures.mttr_us,
            "mttd_us": figures.mttd_us,
            "achieved_recovery_us": figures.achieved_recovery_us,
            "achieved_loss": figures.achieved_loss,
            "objective": {
                "availability_ppm": objective.availability_ppm,
                "rto_us": objective.rto_us,
                "rpo_writes": objective.rpo_writes,
            },
            "predicted": self.beside.json(),
            "nodes": self.nodes(&figures),
            "skipped": self.run.skipped().iter().map(|skipped| json!({
                "at_us": skipped.at.us(),
                "action": skipped.action,
                "why": skipped.why.to_string(),
            })).collect::<Vec<_>>(),
        });
        if self.run.world().config().cluster().is_some() {
            report["shards"] = json!(self.ledger.shards());
            report["any_down_us"] = json!(figures.any_down_us);
            report["stale_holders"] = json!(figures.stale_holders);
            report["writes"]["by_stale_holders"] = json!(figures.writes.by_stale_holders);
        }
        report
    }

    /// The entry of a list says of which shard it is, where there are several.
    fn of_shard(&self, shard: u8, mut entry: Value) -> Value {
        if self.ledger.shards() > 1 {
            entry["shard"] = json!(shard);
        }
        entry
    }

    /// The same for people.
    fn shard(&self, shard: u8) -> String {
        if self.ledger.shards() > 1 { format!("; shard {}", shard + 1) } else { String::new() }
    }

    fn incident(&self, incident: &Incident) -> Value {
        let phases: serde_json::Map<_, _> =
            phases(incident, self.until).iter().map(|(name, us)| ((*name).to_owned(), json!(us))).collect();
        let faults: Vec<_> = incident
            .faults
            .iter()
            .map(|fault| {
                json!({
                    "at_us": fault.at.us(),
                    "origin": fault.origin,
                    "fault": fault_of(&fault.fault, self.names),
                })
            })
            .collect();
        let entry = json!({
            "cause": cause(incident.cause),
            "faults": faults,
            "fault_at_us": incident.fault_at.map(SimTime::us),
            "notice_us": incident.notice_us(),
            "started_us": incident.started.us(),
            "ended_us": incident.ended.map(SimTime::us),
            "outage_us": incident.outage_us(self.until),
            "open": incident.open(),
            "promoted": incident.promoted.map(|(node, epoch)| json!({"node": self.machine(node), "epoch": epoch})),
            "phases_us": phases,
        });
        self.of_shard(incident.shard, entry)
    }

    fn failover(&self, failover: &Failover) -> Value {
        let entry = json!({
            "at_us": failover.at.us(),
            "epoch": failover.epoch,
            "from": failover.from.map(|node| self.machine(node)),
            "to": self.machine(failover.to),
            "planned": failover.planned,
            "incident": failover.outage,
            "lost": failover.lost,
        });
        self.of_shard(failover.shard, entry)
    }

    fn split(&self, split: &SplitBrain) -> Value {
        let entry = json!({
            "from_us": split.from.us(),
            "until_us": split.until.map(SimTime::us),
            "nodes": split.nodes.map(|node| self.machine(node)),
            "epochs": split.epochs,
        });
        self.of_shard(split.shard, entry)
    }

    fn nodes(&self, figures: &Figures) -> Value {
        let nodes = self.names.machines().zip(&figures.per_node).map(|(machine, node)| {
            json!({
                "name": self.machine(machine),
                "up_us": node.up_us,
                "down_us": node.down_us,
                "failures": node.failures,
                "mttf_us": node.mttf_us,
                "mttr_us": node.mttr_us,
            })
        });
        nodes.collect()
    }

    // ---- for people ----------------------------------------------------------------------------------

    pub fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let figures = self.ledger.figures(self.until);
        let title = if self.scenario.title.en.is_empty() { self.name } else { &self.scenario.title.en };
        let time = |us| i18n::duration(EN, us);
        let share = |share: Option<Share>| share.map_or("–".to_owned(), |s| i18n::percent(EN, s.good, s.all));
        let mean = |us: Option<Micros>| us.map_or("–".to_owned(), time);
        // Whoever wrote the file shall not write to the terminal.
        writeln!(out, "{}", title.replace(char::is_control, " "))?;
        writeln!(
            out,
            "seed {}, {} simulated, {} events, trace {:016x}",
            self.seed,
            i18n::length(EN, self.until.us()),
            i18n::count(self.events),
            self.hash
        )?;
        writeln!(out)?;
        let available = figures.availability;
        writeln!(
            out,
            "availability  {} of the time ({}), reads {}; {} of the requests",
            share(available.time),
            i18n::nines(EN, figures.nines()),
            share(available.time_reads),
            share(available.requests),
        )?;
        writeln!(
            out,
            "downtime      {} in {} {}; to failure {}, to repair {} on average",
            time(figures.downtime_us),
            figures.outages,
            if figures.outages == 1 { "outage" } else { "outages" },
            mean(figures.mttf_us),
            mean(figures.mttr_us),
        )?;
        let writes = figures.writes;
        writeln!(
            out,
            "writes        {} acknowledged, {} failed, {} unknown; {} lost, {} conflicting",
            writes.acked, writes.failed, writes.unknown, writes.lost, writes.conflicting
        )?;
        if writes.repeated > 0 {
            writeln!(out, "              {} applied twice", writes.repeated)?;
        }
        if figures.stale_holders > 0 {
            let (count, acked) = (figures.stale_holders, writes.by_stale_holders);
            writeln!(out, "stale holders {count}; {acked} writes acknowledged by them")?;
        }
        let reads = figures.reads;
        writeln!(out, "reads         {} served, {} failed; {} stale", reads.served, reads.failed, reads.stale)?;
        self.print_objective(&figures, out)?;
        self.beside.print(out)?;
        self.print_lists(out)
    }

    fn print_objective(&self, figures: &Figures, out: &mut impl Write) -> io::Result<()> {
        let objective = &self.scenario.objective;
        let verdict = |kept: bool| if kept { "kept" } else { "missed" };
        let available = figures.availability.time.is_none_or(|time| {
            u128::from(time.good) * 1_000_000 >= u128::from(time.all) * u128::from(objective.availability_ppm)
        });
        let recovery = figures.achieved_recovery_us.unwrap_or(0);
        writeln!(
            out,
            "objective     {} available: {}; recovery within {}: {}; at most {} writes lost: {}",
            i18n::ppm(EN, objective.availability_ppm),
            verdict(available),
            i18n::length(EN, objective.rto_us),
            verdict(recovery <= objective.rto_us),
            objective.rpo_writes,
            verdict(figures.achieved_loss <= u64::from(objective.rpo_writes)),
        )
    }

    fn print_lists(&self, out: &mut impl Write) -> io::Result<()> {
        let clock = |at: SimTime| i18n::clock_fine(at.us());
        let time = |us| i18n::duration(EN, us);
        for incident in self.ledger.incidents() {
            let open = if incident.open() { ", still open" } else { "" };
            writeln!(
                out,
                "\noutage        {} for {}{open}; cause: {}{}",
                clock(incident.started),
                time(incident.outage_us(self.until)),
                cause(incident.cause).replace('_', " "),
                self.shard(incident.shard)
            )?;
            for fault in &incident.faults {
                let said = i18n::fault(EN, fault.origin, &fault.fault, self.names);
                writeln!(out, "              {} {said}", clock(fault.at))?;
            }
            let parts: Vec<_> = phases(incident, self.until)
                .iter()
                .filter(|(_, us)| *us > 0)
                .map(|(name, us)| format!("{name} {}", time(*us)))
                .collect();
            writeln!(out, "              {}", parts.join(" + "))?;
        }
        if !self.ledger.failovers().is_empty() {
            writeln!(out)?;
        }
        for failover in self.ledger.failovers() {
            let from = failover.from.map_or("–".to_owned(), |node| self.machine(node));
            let kind = if failover.planned { "switchover  " } else { "failover    " };
            writeln!(
                out,
                "{kind}  {} {from} → {} in epoch {}; {} acknowledged writes lost{}",
                clock(failover.at),
                self.machine(failover.to),
                failover.epoch,
                failover.lost,
                self.shard(failover.shard)
            )?;
        }
        for split in self.ledger.split_brains() {
            let until = split.until.map_or("the end".to_owned(), clock);
            let [a, b] = split.nodes.map(|node| self.machine(node));
            let shard = self.shard(split.shard);
            writeln!(out, "split brain   {} to {until}: {a} and {b}{shard}", clock(split.from))?;
        }
        for skipped in self.run.skipped() {
            let (action, why) = (i18n::action(EN, &skipped.action), i18n::unable(EN, &skipped.why));
            writeln!(out, "not done      {} {action}. {why}", clock(skipped.at))?;
        }
        Ok(())
    }
}
