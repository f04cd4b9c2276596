//! `halab years` and `halab merge`: decades of a plant, in one piece or in shards.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::thread;

use ha_lab::i18n::{self, Lang};
use ha_lab::scenario::{self, Class, Scenario};
use ha_lab::sim::Micros;
use ha_lab::study::failover::{Measured, victim};
use ha_lab::study::limits;
use ha_lab::study::upscale::{Assumed, plant_of, shape};
use ha_lab::study::years::{Cause, Impossible, Part, Plant, Report, Shard, Study, Unmergeable, merge, read_plant};
use ha_lab::theory::Share;
use lexopt::prelude::*;

use super::Failure;
use super::args::{Command, Topic, duration_us, seed, text, usage};
use super::run::load;

/// Years, if nobody says how many.
const YEARS: u64 = 1_000_000;

/// How many crashes are measured of a scenario, if nobody says how many.
const RUNS: u64 = 200;
/// A node fails once in a thousand hours and is repaired in ten, where nobody says how often.
const MTTF_US: Micros = 1_000 * 3_600_000_000;
const MTTR_US: Micros = 10 * 3_600_000_000;

/// What is assumed of a scenario's machines.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Machines {
    pub mttf_us: Option<Micros>,
    pub mttr_us: Option<Micros>,
    pub common_cause_ppm: u32,
    pub nodes_only: bool,
    pub runs: Option<u64>,
}

/// Options of `halab years`.
#[derive(Debug, PartialEq, Eq)]
pub struct YearsOptions {
    /// A file, or `-`.
    pub file: String,
    pub years: u64,
    pub seed: u64,
    pub threads: Option<usize>,
    pub shard: Option<Shard>,
    pub rare: bool,
    pub json: bool,
    pub machines: Machines,
}

pub const YEARS_HELP: &str = "\
halab years [FILE] [--years N] [--seed N] [--threads N] [--rare] [--json]
halab years [FILE] [--years N] [--seed N] [--threads N] [--rare] --shard I/N
halab years SCENARIO [--mttf TIME] [--mttr TIME] [--common-cause PERCENT] [--nodes-only] [--runs N] [the same options]

Simulates a plant of nodes, failures, repairs and takeovers for N years, and prints what they show: availability with its
interval, downtime per year, outages, causes; and beside them what theory says exactly, where it knows the plant.
The same plant, years and seed give the same bytes on any number of threads and shards.

  FILE           a plant in JSON, or a question of 'halab theory' whose model can be simulated; - or nothing for
                 standard input. docs/years.md describes both
  SCENARIO       a scenario's file, or a ready scenario's name (halab list): its master is crashed at message level first,
                 and years are made of what that costs. A cluster with workers is seen from one of its shards
  --mttf TIME    mean up time of each machine of a scenario: 10m, 720h; as its random faults have it, or 1000h otherwise
  --mttr TIME    mean time of a repair; as its random faults have it, or 10h otherwise
  --common-cause PERCENT
                 how many of a hundred failures take all machines of a kind down at once; 0 otherwise
  --nodes-only   routers, storage and manager do not fail; they do otherwise, as often as the nodes
  --runs N       how many crashes are measured, from 1 to 10000; 200 otherwise
  --years N      how many years, from 1 to 1000000000; 1e6 can be written for a million, which it is otherwise
  --seed N       from 0 to 9007199254740991; 1 otherwise
  --threads N    from 1 to 1024; as many as there are cores otherwise
  --rare         sample rare states more often, and weigh them (importance sampling); done anyway where the first 10000
                 years show hardly an outage that matters. Only where all times are exponential
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
        years: YEARS,
        seed: 1,
        threads: None,
        shard: None,
        rare: false,
        json: false,
        machines: Machines::default(),
    };
    let mut files = Vec::new();
    while let Some(argument) = parser.next().map_err(usage)? {
        let machines = &mut options.machines;
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help(Topic::Years)),
            Value(value) => files.push(name(value)?),
            Long("mttf") => machines.mttf_us = Some(duration_us("--mttf", &text(parser, "--mttf")?)?),
            Long("mttr") => machines.mttr_us = Some(duration_us("--mttr", &text(parser, "--mttr")?)?),
            Long("common-cause") => machines.common_cause_ppm = percent_ppm(&text(parser, "--common-cause")?)?,
            Long("nodes-only") => machines.nodes_only = true,
            Long("runs") => machines.runs = Some(run_count(&text(parser, "--runs")?)?),
            Long("years") => options.years = year_count(&text(parser, "--years")?)?,
            Long("seed") => options.seed = seed(&text(parser, "--seed")?)?,
            Long("threads") => options.threads = Some(thread_count(&text(parser, "--threads")?)?),
            Long("shard") => options.shard = Some(shard(&text(parser, "--shard")?)?),
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
    if options.machines != Machines::default() && options.file == "-" {
        return Err(Failure::Usage(
            "--mttf, --mttr, --common-cause, --nodes-only and --runs need a SCENARIO.".to_owned(),
        ));
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
    let threads = options.threads.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
    let (plant, name) = plant(options, threads)?;
    let refused = |problems: String| Failure::Plant { name: name.clone(), problems };
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

/// The plant in a file, or that of a scenario.
fn plant(options: &YearsOptions, threads: usize) -> Result<(Plant, String), Failure> {
    let file = &options.file;
    let is_file = file == "-" || Path::new(file).exists();
    let (text, name) = if is_file || scenario::preset(file).is_none() {
        read(file, limits::PLANT_BYTES)?
    } else {
        (String::new(), file.clone())
    };
    // Only a scenario says which system it is.
    let says = || serde_json::from_str::<serde_json::Value>(&text).ok().filter(|json| json.get("system").is_some());
    if !is_file || says().is_some() {
        let (scenario, name) = if is_file && file == "-" {
            let problems = |problems| Failure::Scenario { name: name.clone(), problems };
            (scenario::parse(&text).map_err(problems)?, name)
        } else {
            load(file)?
        };
        let plant = of_scenario(&scenario, &options.machines, threads);
        let problems = |wrong: Impossible| Failure::Plant { name: name.clone(), problems: wrong.to_string() };
        plant.check().map_err(problems)?;
        return Ok((plant, name));
    }
    if options.machines != Machines::default() {
        return Err(Failure::Usage(format!("{name} is a plant: what its machines do stands in it.")));
    }
    let problems = |problems: ha_lab::study::years::Unreadable| Failure::Plant {
        name: name.clone(),
        problems: problems.to_string(),
    };
    Ok((read_plant(&text).map_err(problems)?, name))
}

/// Measures what its failovers cost, and makes a plant of it.
fn of_scenario(scenario: &Scenario, machines: &Machines, threads: usize) -> Plant {
    let random = scenario.faults.random.iter().find(|random| matches!(random.on, Class::Data | Class::All));
    let runs = if victim(scenario).is_some() { machines.runs.unwrap_or(RUNS) } else { 0 };
    let measured: Vec<Measured> = ha_lab::study::failover::measure_all(scenario, 1, runs, threads);
    let assumed = Assumed {
        mttf_us: machines.mttf_us.or(random.map(|random| random.mttf_us)).unwrap_or(MTTF_US),
        mttr_us: machines.mttr_us.or(random.map(|random| random.mttr_us)).unwrap_or(MTTR_US),
        needed: shape(scenario).needed,
        all_fail: !machines.nodes_only,
        common_cause_ppm: machines.common_cause_ppm,
    };
    plant_of(scenario, &measured, assumed)
}

fn percent_ppm(text: &str) -> Result<u32, Failure> {
    let share = text.parse::<f64>().ok().filter(|percent| (0.0..100.0).contains(percent));
    share.map(|percent| (percent * 10_000.0).round() as u32).ok_or_else(|| {
        Failure::Usage(format!("--common-cause: found '{text}'; expected a percentage from 0 to below 100."))
    })
}

fn run_count(text: &str) -> Result<u64, Failure> {
    let most = limits::TIMES as u64;
    let runs = text.parse().ok().filter(|runs| (1..=most).contains(runs));
    runs.ok_or_else(|| Failure::Usage(format!("--runs: found '{text}'; expected a whole number from 1 to {most}.")))
}

/// Adds shards.
pub fn merge_files(files: &[String], json: bool, out: &mut impl Write) -> Result<(), Failure> {
    let mut parts = Vec::new();
    for file in files {
        let (text, name) = read(file, limits::SHARD_BYTES)?;
        parts.push(Part::read(&text).map_err(|wrong| Failure::Shard { name, wrong })?);
    }
    let (tally, rare) = merge(&parts).map_err(|wrong| {
        let name = match wrong {
            Unmergeable::Other { which, .. } | Unmergeable::Doubled { which, .. } => files[which].clone(),
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
    writeln!(out, "plant {}: {} years, seed {}", study.plant.digest(), tally.years, study.seed)?;
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

/// The text of a file or of standard input, and what to call it. No more than the largest document and a bit.
fn read(from: &str, largest: usize) -> Result<(String, String), Failure> {
    let text = |from: &mut dyn Read| {
        let mut bytes = Vec::new();
        from.take(largest as u64 + 1).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let (text, name) = match from {
        "-" => (text(&mut io::stdin().lock()), "standard input"),
        file => (File::open(file).and_then(|mut file| text(&mut file)), file),
    };
    let text = text.map_err(|error| Failure::File(name.to_owned(), error))?;
    Ok((text, name.to_owned()))
}

fn name(value: std::ffi::OsString) -> Result<String, Failure> {
    value.into_string().map_err(|name| Failure::Usage(format!("{} is no name that can be read.", name.display())))
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
