//! `halab study`: a scenario with many seeds.

use std::io::{self, Write};
use std::thread;

use ha_lab::i18n::{self, Lang};
use ha_lab::measure::{Election, Phases};
use ha_lab::sim::{Micros, SimTime};
use ha_lab::study::{QUANTILES, RunResult, Study, Summary};
use serde_json::{Value, json};

use super::Failure;
use super::args::StudyOptions;
use super::report::writes;
use super::run::{load, with_timings};

const EN: Lang = Lang::En;

pub fn study(options: &StudyOptions, out: &mut impl Write) -> Result<(), Failure> {
    let (scenario, name) = load(&options.scenario)?;
    let scenario = with_timings(scenario, options.timings.as_deref())?;
    let study = Study {
        seed: options.seed.unwrap_or(scenario.seed),
        runs: options.runs,
        until: SimTime::from_us(options.until_us.unwrap_or(scenario.until_us)),
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let runs = study.run(&scenario, cores);
    let outages = Summary::of(runs.iter().flat_map(|run| run.outages.iter().map(|outage| outage.length_us)));
    let elections = Summary::of(runs.iter().flat_map(|run| run.elections.iter().map(Election::length_us)));
    if options.json {
        let whole = json!({
            "engine_version": env!("CARGO_PKG_VERSION"),
            "scenario": name,
            "seed": study.seed,
            "until_us": study.until.us(),
            "runs": runs.iter().map(run_json).collect::<Vec<_>>(),
            "summary": {
                "outages": outages.as_ref().map(summary_json),
                "elections": elections.as_ref().map(summary_json),
            },
        });
        serde_json::to_writer_pretty(&mut *out, &whole).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        print(&name, &study, &runs, [("outages", outages), ("elections", elections)], out)?;
    }
    out.flush()?;
    Ok(())
}

fn run_json(run: &RunResult) -> Value {
    json!({
        "seed": run.seed,
        "outages_us": run.outages.iter().map(|outage| outage.length_us).collect::<Vec<_>>(),
        "phases_us": run.outages.iter().map(|outage| phases_json(&outage.phases)).collect::<Vec<_>>(),
        "open": run.open,
        "elections": run.elections.iter().map(|election| json!({
            "started_at_us": election.started.us(),
            "elected_at_us": election.elected.us(),
            "terms": election.terms,
        })).collect::<Vec<_>>(),
        "writes": writes(&run.writes),
        "trace_hash": format!("{:016x}", run.trace_hash),
    })
}

fn phases_json(phases: &Phases) -> Value {
    json!({
        "detect": phases.detect_us,
        "decide": phases.decide_us,
        "fence": phases.fence_us,
        "promote": phases.promote_us,
        "redirect": phases.redirect_us,
        "resume": phases.resume_us,
        "repair": phases.repair_us,
    })
}

fn summary_json(summary: &Summary) -> Value {
    let mut all = serde_json::Map::new();
    all.insert("count".to_owned(), json!(summary.count));
    all.insert("min_us".to_owned(), json!(summary.min_us));
    for ((name, _), us) in QUANTILES.iter().zip(summary.quantiles_us) {
        all.insert(format!("{name}_us"), json!(us));
    }
    all.insert("mean_us".to_owned(), json!(summary.mean_us));
    all.insert("max_us".to_owned(), json!(summary.max_us));
    Value::Object(all)
}

fn print(
    name: &str,
    study: &Study,
    runs: &[RunResult],
    summaries: [(&str, Option<Summary>); 2],
    out: &mut impl Write,
) -> io::Result<()> {
    let time = |us: Micros| i18n::duration(EN, us);
    let until = i18n::length(EN, study.until.us());
    match runs.len() {
        1 => writeln!(out, "{name}: one run of {until}, seed {}", study.seed)?,
        many => writeln!(out, "{name}: {many} runs of {until}, seeds {} and following", study.seed)?,
    }
    let sum = |count: fn(&RunResult) -> u64| runs.iter().map(count).sum::<u64>();
    let (acked, lost) = (sum(|run| run.writes.acked), sum(|run| run.writes.lost));
    let (unknown, conflicting) = (sum(|run| run.writes.unknown), sum(|run| run.writes.conflicting));
    writeln!(out, "writes        {acked} acknowledged, {unknown} unknown; {lost} lost, {conflicting} conflicting")?;
    let open = sum(|run| u64::from(run.open));
    if open > 0 {
        writeln!(out, "still open    {open} outages, not counted below")?;
    }
    for (what, summary) in summaries {
        let Some(summary) = summary else {
            writeln!(out, "{what:13} none")?;
            continue;
        };
        let quantiles: Vec<String> =
            QUANTILES.iter().zip(summary.quantiles_us).map(|((name, _), us)| format!("{name} {}", time(us))).collect();
        writeln!(
            out,
            "{what:13} {}: min {}, {}, max {}; mean {}",
            summary.count,
            time(summary.min_us),
            quantiles.join(", "),
            time(summary.max_us),
            time(summary.mean_us.round() as Micros),
        )?;
    }
    Ok(())
}
