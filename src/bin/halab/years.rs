//! `halab years` and `halab merge`: decades of a plant, in one piece or in shards.

use std::io::{self, Write};
use std::thread;

use ha_lab::i18n::{self, Lang};
use ha_lab::scenario;
use ha_lab::sim::Micros;
use ha_lab::study::failover::{FIRST_SEED, RUNS, measure_all};
use ha_lab::study::upscale::{Assumed, plant_of, shape, usual_times};
use ha_lab::study::years::{Cause, Impossible, Part, Plant, Report, Shard, Study, Unmergeable, merge, read_plant};
use ha_lab::study::{Summary, limits};
use ha_lab::theory::Share;
use lexopt::prelude::*;
use serde_json::Value as Json;

use super::args::{Command, SHORTEST, Topic, mean_us, seed, text, usage};
use super::run::with_timings;
use super::{Failure, input};

/// Years, if nobody says how many.
const YEARS: u64 = 1_000_000;

/// Options of `halab years`.
#[derive(Debug, PartialEq, Eq)]
pub struct YearsOptions {
    /// A file, a ready scenario's name, or `-`.
    pub file: String,
    /// How long a machine of a scenario is up and down, if somebody says so.
    pub mttf_us: Option<Micros>,
    pub mttr_us: Option<Micros>,
    /// How many of a million failures take all machines of a kind down at once.
    pub common_cause_ppm: u32,
    /// Routers, storage and manager do not fail.
    pub nodes_only: bool,
    pub timings: Option<String>,
    pub years: u64,
    pub seed: u64,
    pub threads: Option<usize>,
    pub shard: Option<Shard>,
    pub rare: bool,
    pub json: bool,
}

pub const YEARS_HELP: &str = "\
halab years [FILE] [--years N] [--seed N] [--threads N] [--rare] [--json]
halab years [FILE] [--years N] [--seed N] [--threads N] [--rare] --shard I/N
halab years SCENARIO [--mttf TIME] [--mttr TIME] [--common-cause PERCENT] [--nodes-only] [--timings SYSTEM] [...]

Simulates a plant of nodes, failures, repairs and takeovers for N years, and prints what they show: availability with its
interval, downtime per year, outages, causes; and beside them what theory says exactly, where it knows the plant.
The same plant, years and seed give the same bytes on any number of threads and shards.

  FILE           a plant in JSON, or a question of 'halab theory' whose model can be simulated; - or nothing for
                 standard input. docs/years.md describes both
  SCENARIO       a scenario in a file, or a ready scenario's name (halab list): its master is crashed 200 times at message
                 level, and the plant's failovers take as long as those. A cluster with workers is seen from one of its shards.
                 What it makes of it goes to standard error
  --years N      how many years, from 1 to 1000000000; 1e6 can be written for a million, which it is otherwise
  --seed N       from 0 to 9007199254740991; 1 otherwise
  --threads N    from 1 to 1024; as many as there are cores otherwise
  --rare         sample rare states more often, and weigh them (importance sampling); done anyway where the first 10000
                 years show hardly an outage that matters. Only where all times are exponential
  --mttf TIME    of a scenario: mean up time of a node, from 1m to 10000000h; that of its random failures, or 1000h otherwise
  --mttr TIME    of a scenario: mean down time of a node; that of its random failures, or 10h otherwise
  --common-cause PERCENT
                 of a scenario: how many of a hundred failures take all machines of a kind down at once; 0 otherwise
  --nodes-only   of a scenario: routers, storage and manager do not fail; they do otherwise, as often as the nodes
  --timings SYSTEM
                 of a scenario: lay the defaults of a real system over it, such as patroni or redis-sentinel
  --json         print the figures as JSON
  --shard I/N    run the Ith of N parts only, and print what it came to for 'halab merge', as JSON
";

pub const MERGE_HELP: &str = "\
halab merge FILE... [--json]

Adds the shards of a study that 'halab years --shard' has written, and prints the same report as 'halab years' in one
piece, byte for byte. Shards of another plant, seed or number of years are refused, and so are doubled or missing ones.

  FILE...        all shards, in any order
  --json         print the figures as JSON
";

/// Reads the arguments of `halab years`.
pub fn years_options(parser: &mut lexopt::Parser) -> Result<Command, Failure> {
    let mut options = YearsOptions {
        file: "-".to_owned(),
        mttf_us: None,
        mttr_us: None,
        common_cause_ppm: 0,
        nodes_only: false,
        timings: None,
        years: YEARS,
        seed: 1,
        threads: None,
        shard: None,
        rare: false,
        json: false,
    };
    let mut files = Vec::new();
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help(Topic::Years)),
            Value(value) => files.push(name(value)?),
            Long("common-cause") => options.common_cause_ppm = percent_ppm(&text(parser, "--common-cause")?)?,
            Long("nodes-only") => options.nodes_only = true,
            Long("years") => options.years = year_count(&text(parser, "--years")?)?,
            Long("seed") => options.seed = seed(&text(parser, "--seed")?)?,
            Long("threads") => options.threads = Some(thread_count(&text(parser, "--threads")?)?),
            Long("shard") => options.shard = Some(shard(&text(parser, "--shard")?)?),
            Long("mttf") => options.mttf_us = Some(mean_us("--mttf", parser, ("1m", 60_000_000))?),
            Long("mttr") => options.mttr_us = Some(mean_us("--mttr", parser, SHORTEST)?),
            Long("timings") => options.timings = Some(text(parser, "--timings")?),
            Long("rare") => options.rare = true,
            Long("json") => options.json = true,
            other => return Err(usage(other.unexpected())),
        }
    }
    if files.len() > 1 {
        return Err(Failure::Usage(format!("This command takes one FILE, or none; {} given.", files.len())));
    }
    if let Some(file) = files.pop() {
        options.file = file;
    }
    Ok(Command::Years(options))
}

/// Reads the arguments of `halab merge`.
pub fn merge_options(parser: &mut lexopt::Parser) -> Result<Command, Failure> {
    let (mut files, mut json) = (Vec::new(), false);
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help(Topic::Merge)),
            Value(value) => files.push(name(value)?),
            Long("json") => json = true,
            other => return Err(usage(other.unexpected())),
        }
    }
    if files.is_empty() {
        return Err(Failure::Usage("This command takes at least one FILE; 0 given.".to_owned()));
    }
    Ok(Command::Merge { files, json })
}

/// Runs a study, or one shard of it.
pub fn years(options: &YearsOptions, out: &mut impl Write) -> Result<(), Failure> {
    let (text, name) = input::read_or_preset(&options.file, limits::PLANT_BYTES)?;
    let refused = |problems: String| Failure::Plant { name: name.clone(), problems };
    let threads = options.threads.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
    let plant = if is_scenario(&text) {
        plant_of_scenario(options, &text, &name, threads)?
    } else {
        let given = [
            ("--mttf", options.mttf_us.is_some()),
            ("--mttr", options.mttr_us.is_some()),
            ("--common-cause", options.common_cause_ppm > 0),
            ("--nodes-only", options.nodes_only),
            ("--timings", options.timings.is_some()),
        ];
        if let Some((option, _)) = given.into_iter().find(|(_, is_given)| *is_given) {
            return Err(Failure::Usage(format!("{option}: {name} is no scenario, and has times of its own.")));
        }
        read_plant(&text).map_err(|problems| refused(problems.to_string()))?
    };
    let study = Study { plant: &plant, seed: options.seed, years: options.years };
    if options.rare && !plant.is_markovian() {
        return Err(Failure::Usage(format!("--rare: {name}: {}.", Impossible::Memory)));
    }
    let shard = options.shard.unwrap_or(Shard::WHOLE);
    let part = Part::run(&study, shard, threads, options.rare).map_err(|wrong| refused(wrong.to_string()))?;
    if options.shard.is_some() {
        out.write_all(part.to_json().as_bytes())?;
        out.flush()?;
        return Ok(());
    }
    report(Report::of(study, part.tally).map(|report| report.with_rare(part.rare)), options.json, out)
}

/// Whether it is a scenario: only those have a version.
fn is_scenario(text: &str) -> bool {
    serde_json::from_str::<Json>(text).is_ok_and(|json| json.get("version").is_some())
}

/// From message level to years, as in the lab: what a crash of the master costs is measured.
fn plant_of_scenario(options: &YearsOptions, text: &str, name: &str, threads: usize) -> Result<Plant, Failure> {
    let scenario = scenario::parse(text).map_err(|problems| Failure::Scenario { name: name.to_owned(), problems })?;
    let scenario = with_timings(scenario, options.timings.as_deref())?;
    let shape = shape(&scenario);
    let (mttf_us, mttr_us) = usual_times(&scenario);
    let (mttf_us, mttr_us) = (options.mttf_us.unwrap_or(mttf_us), options.mttr_us.unwrap_or(mttr_us));
    let measured = measure_all(&scenario, FIRST_SEED..FIRST_SEED + RUNS, threads);
    let time = |us: Micros| i18n::duration(Lang::En, us);
    // Not among the figures: shards and their sum print the same bytes as one piece.
    eprintln!(
        "halab: {name} as a plant: {} nodes, {} of them needed, up for {} and down for {} on average",
        shape.nodes,
        shape.needed,
        time(mttf_us),
        time(mttr_us)
    );
    let over = Summary::of(measured.iter().filter_map(|run| run.outage_us));
    let alone = measured.iter().filter(|run| run.outage_us.is_none()).count();
    if let Some(over) = over {
        let [least, median, most] = [over.min_us, over.quantiles_us[2], over.max_us].map(time);
        eprintln!(
            "halab: {} crashes of the master: {least} to {most} of outage, half of them up to {median}",
            over.count
        );
    }
    if alone > 0 {
        eprintln!("halab: after {alone} of {} crashes the service was not back within an hour", measured.len());
    }
    let (all_fail, common_cause_ppm) = (!options.nodes_only, options.common_cause_ppm);
    let plant =
        plant_of(&scenario, &measured, Assumed { mttf_us, mttr_us, needed: shape.needed, all_fail, common_cause_ppm });
    plant.check().map_err(|wrong| Failure::Plant { name: name.to_owned(), problems: wrong.to_string() })?;
    Ok(plant)
}

/// Adds shards.
pub fn merge_files(files: &[String], json: bool, out: &mut impl Write) -> Result<(), Failure> {
    let mut parts = Vec::new();
    for file in files {
        let (text, name) = input::read(file, limits::SHARD_BYTES)?;
        parts.push(Part::read(&text).map_err(|wrong| Failure::Shard { name, wrong })?);
    }
    let (tally, rare) = merge(&parts).map_err(|wrong| {
        let name = match wrong {
            Unmergeable::Other { which, .. } | Unmergeable::Doubled { which, .. } => files[which].clone(),
            _ if files.len() == 1 => files[0].clone(),
            _ => format!("{} files", files.len()),
        };
        Failure::Shard { name, wrong }
    })?;
    let Some(first) = parts.first() else { return Ok(()) };
    report(Report::of(first.study(), tally).map(|report| report.with_rare(rare)), json, out)
}

fn report(report: Option<Report>, json: bool, out: &mut impl Write) -> Result<(), Failure> {
    let Some(report) = report else { return Ok(()) };
    if json {
        serde_json::to_writer_pretty(&mut *out, &report.with_history().to_json()).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        print(&report, out)?;
    }
    out.flush()?;
    Ok(())
}

fn print(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let Report { study, tally, estimate, theory, .. } = report;
    let time = |us: Micros| i18n::duration(Lang::En, us);
    let years = if tally.years == 1 { "year" } else { "years" };
    writeln!(out, "plant {}: {} {years}, seed {}", study.plant.digest(), tally.years, study.seed)?;
    let seen = estimate.unavailability;
    if let (Some((low, high)), Some(error)) = (report.interval(), estimate.standard_error) {
        let [seen, low, high] = [seen, low, high].map(|share| rounded(share, error));
        let up = |down: &str| Share::but(down.parse().unwrap_or_default()).text();
        let [mean, least, most] = [up(&seen), up(&high), up(&low)];
        let by = match report.found_by() {
            "importance_sampling" => {
                let cycles = report.rare.as_ref().map_or(0, |rare| 2 * rare.cycles);
                format!("by importance sampling, {cycles} cycles")
            }
            "regenerative_cycles" => format!("by {} regenerative cycles", tally.cycles.count),
            _ => format!("by {} years taken for independent", tally.years),
        };
        writeln!(out, "availability    {mean}, 95 %: {least} to {most}, {by}")?;
        writeln!(out, "unavailability  {seen}, 95 %: {low} to {high}")?;
    } else {
        let matter = estimate.effective_outages;
        let why = match (study.plant.is_markovian(), &report.rare) {
            (false, _) => "; no importance sampling, for not all times are exponential",
            (true, Some(_)) => "; importance sampling found too few as well",
            (true, None) => "; --rare samples them more often",
        };
        writeln!(out, "availability    too few to tell: {matter:.1} outages that matter, below 30{why}")?;
        writeln!(out, "unavailability  {} was seen", rounded(seen, seen))?;
    }
    if let Some(theory) = theory {
        let down = format!("{:.6e}", theory.availability.down);
        let up = Share::but(down.parse().unwrap_or_default()).text();
        writeln!(out, "exactly         {up}, unavailability {down} ({}, by the solver)", theory.model)?;
    }
    let nines = (seen > 0.0).then(|| Share::but(seen).nines());
    let exact_nines = theory.as_ref().map(|theory| theory.availability.nines());
    let beside = |text: String| format!("; exactly {text}");
    let exactly = exact_nines.map(|nines| beside(i18n::nines(Lang::En, Some(nines)))).unwrap_or_default();
    writeln!(out, "nines           {}{exactly}", i18n::nines(Lang::En, nines))?;
    let quantiles = [("p50", 500), ("p90", 900), ("p99", 990)]
        .map(|(name, permille)| format!("{name} {}", time(report.quantile_us(permille))));
    writeln!(
        out,
        "downtime        mean {} a year; {}, worst {}",
        time(report.mean_us().round() as Micros),
        quantiles.join(", "),
        time(tally.worst_year_us)
    )?;
    let (low, high) = report.outages_per_year_bounds();
    let by = if report.outages_found_by() == "poisson" { " by Poisson" } else { "" };
    let exactly = theory.as_ref().and_then(|theory| theory.outages_per_year);
    writeln!(
        out,
        "outages         {} a year, 95 %: {} to {}{by}, {} in all{}",
        figures(estimate.outages_per_year),
        figures(low),
        figures(high),
        tally.outages,
        exactly.map(|outages| beside(format!("{} a year", figures(outages)))).unwrap_or_default()
    )?;
    writeln!(out, "longest outage  {}", if tally.longest_us() > 0 { time(tally.longest_us()) } else { "none".into() })?;
    let causes: Vec<_> =
        report.causes().into_iter().map(|(cause, share)| format!("{} {:.2} %", words(cause), 100.0 * share)).collect();
    writeln!(out, "causes          {}", if causes.is_empty() { "none".into() } else { causes.join(", ") })
}

/// A share with as many digits as its standard error leaves standing: two of those that are in doubt.
fn rounded(share: f64, error: f64) -> String {
    if share <= 0.0 || error <= 0.0 {
        return format!("{share:.1e}");
    }
    let digits = libm::log10(share).floor() - libm::log10(error).floor() + 1.0;
    format!("{share:.0$e}", digits.clamp(0.0, 15.0) as usize)
}

/// A number with four figures.
fn figures(value: f64) -> String {
    let digits = if value > 0.0 { 3.0 - libm::log10(value).floor() } else { 0.0 };
    if digits > 6.0 { format!("{value:.3e}") } else { format!("{value:.0$}", digits.max(0.0) as usize) }
}

fn words(cause: Cause) -> &'static str {
    match cause {
        Cause::Automatic => "takeovers",
        Cause::ByHand => "takeovers by hand",
        Cause::InVain => "takeovers in vain",
        Cause::Restart => "restarts",
        Cause::TooFew => "too few nodes",
        Cause::Failback => "failbacks",
        Cause::Maintenance => "maintenance",
        Cause::Zone => "zones",
        Cause::Router => "routers",
        Cause::Storage => "storage",
        Cause::Manager => "manager away",
    }
}

fn name(value: std::ffi::OsString) -> Result<String, Failure> {
    value.into_string().map_err(|name| Failure::Usage(format!("{} is no name that can be read.", name.display())))
}

fn percent_ppm(text: &str) -> Result<u32, Failure> {
    let share = text.parse::<f64>().ok().filter(|percent| (0.0..100.0).contains(percent));
    share.map(|percent| (percent * 10_000.0).round() as u32).ok_or_else(|| {
        Failure::Usage(format!("--common-cause: found '{text}'; expected a percentage from 0 to below 100."))
    })
}

fn year_count(text: &str) -> Result<u64, Failure> {
    let most = limits::YEARS;
    let whole = |years: &f64| years.fract() <= 0.0 && (1.0..=most as f64).contains(years);
    let years = text.parse::<f64>().ok().filter(whole).map(|years| years as u64);
    years.ok_or_else(|| {
        Failure::Usage(format!(
            "--years: found '{text}'; expected a whole number from 1 to {most}, such as 20000 or 1e6."
        ))
    })
}

fn thread_count(text: &str) -> Result<usize, Failure> {
    let most = limits::THREADS;
    let threads = text.parse().ok().filter(|threads| (1..=most).contains(threads));
    threads
        .ok_or_else(|| Failure::Usage(format!("--threads: found '{text}'; expected a whole number from 1 to {most}.")))
}

fn shard(text: &str) -> Result<Shard, Failure> {
    let read = || {
        let (number, of) = text.split_once('/')?;
        Shard::new(number.parse().ok()?, of.parse().ok()?)
    };
    read().ok_or_else(|| {
        let most = limits::SHARDS;
        Failure::Usage(format!(
            "--shard: found '{text}'; expected I/N, such as 1/8, with I from 1 to N, N up to {most}."
        ))
    })
}
