//! The lab on the command line: runs a scenario headless and prints what the page would show.

mod args;
mod diff;
mod input;
mod predict;
mod report;
mod run;
mod study;
mod theory;
mod trace;
mod years;

use std::io::{self, Write};
use std::process::ExitCode;

use args::{Command, Topic};
use ha_lab::scenario;
use ha_lab::study::years::Unmergeable;

/// What went wrong, in words for the user. Ends the program with status 2.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}\nTry 'halab --help'.")]
    Usage(String),
    #[error("{0}: {1}")]
    File(String, io::Error),
    #[error("{name} is not a valid scenario.\n{problems}")]
    Scenario { name: String, problems: scenario::Problems },
    #[error("{name} asks what cannot be answered.\n{problems}")]
    Theory { name: String, problems: String },
    #[error("{name} is no plant that can be simulated.\n{problems}")]
    Plant { name: String, problems: String },
    #[error("{name} cannot be merged.\n{wrong}")]
    Shard { name: String, wrong: Unmergeable },
    #[error("{0}")]
    Trace(String),
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
}

fn main() -> ExitCode {
    let answer = args::read(std::env::args_os().skip(1)).and_then(|command| {
        let out = io::stdout().lock();
        act(command, out)
    });
    match answer {
        Ok(code) => code,
        // Whoever read our output has seen enough, as in `halab list | head`.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("halab: {failure}");
            ExitCode::from(2)
        }
    }
}

fn act(command: Command, mut out: impl Write) -> Result<ExitCode, Failure> {
    match command {
        Command::Help(topic) => out.write_all(help(topic).as_bytes())?,
        Command::Version => writeln!(out, "halab {}", env!("CARGO_PKG_VERSION"))?,
        Command::List => list(&mut out)?,
        Command::Check { file } => {
            let (_, name) = run::load(&file)?;
            writeln!(out, "{name} is a valid scenario.")?;
        }
        Command::Run(options) => run::run(&options, &mut out)?,
        Command::Study(options) => study::study(&options, &mut out)?,
        Command::Theory { file } => theory::theory(&file, &mut out)?,
        Command::Predict(options) => predict::predict(&options, &mut out)?,
        Command::Years(options) => years::years(&options, &mut out)?,
        Command::Merge { files, json } => years::merge_files(&files, json, &mut out)?,
        Command::Diff { a, b } => {
            if diff::diff(&a, &b, &mut out)? == diff::Answer::Different {
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(out: &mut impl Write) -> io::Result<()> {
    let width = scenario::presets().iter().map(|preset| preset.name.len()).max().unwrap_or(0);
    for preset in scenario::presets() {
        let title = scenario::parse(preset.json).map(|scenario| scenario.title.en).unwrap_or_default();
        writeln!(out, "{:width$}  {title}", preset.name)?;
    }
    Ok(())
}

fn help(topic: Topic) -> &'static str {
    match topic {
        Topic::All => {
            "\
halab: a laboratory for high availability, on the command line

  halab run SCENARIO [--seed N] [--until 10m] [--trace FILE] [--json]
                     run a scenario and print its figures
  halab study SCENARIO --runs N [--seed S] [--until 10m] [--json]
                     run it with N seeds on all cores, and sum up its outages and elections
  halab theory [FILE]
                     availability by closed forms and Markov chains: questions in JSON, answers in JSON
  halab predict SCENARIO [--mttf 720h] [--mttr 10m] [--json]
                     what theory says of a scenario, and which of its assumptions are broken
  halab years [FILE or SCENARIO] [--years 1e6] [--seed N] [--threads N] [--json] [--shard I/N]
                     simulate a plant or a scenario for so many years: its availability, with its interval
  halab merge FILE...
                     put the shards of such a study together
  halab list         the ready scenarios, one a line, name first
  halab check FILE   say whether a scenario file is valid, and if not, all that is wrong
  halab diff A B     the first event in which two traces differ, with its surroundings
  halab --version    the engine's version

SCENARIO is a file, a ready scenario's name, or - for standard input.
'halab COMMAND --help' says more. Exit status: 0 if all is well, 1 if traces differ, 2 for bad input.
"
        }
        Topic::Run => {
            "\
halab run SCENARIO [--seed N] [--until TIME] [--timings SYSTEM] [--trace FILE] [--json]

Runs a scenario and prints its figures. The same scenario and seed give the same run, bit for bit.

  SCENARIO       a file, a ready scenario's name (halab list), or - for standard input
  --seed N       another seed than the scenario's, from 0 to 9007199254740991
  --until TIME   how much simulated time: 500ms, 30s, 10m, 2h, 1.5h; the scenario's until_us otherwise
  --timings SYSTEM
                 lay the defaults of a real system over the scenario, such as patroni or redis-sentinel
  --trace FILE   write every event as JSON Lines: t_us, seq, kind, and what belongs to the kind
  --json         print the figures as JSON
"
        }
        Topic::Study => {
            "\
halab study SCENARIO --runs N [--seed S] [--until TIME] [--timings SYSTEM] [--json]

Runs a scenario with N seeds on all cores, and prints how long its outages and its elections took: smallest, largest,
mean, and quantiles by nearest rank. Outages that are still open at the end of a run are counted apart. An election
takes from the loss of the leader (or the start without one) until the next is decided on.

  SCENARIO       a file, a ready scenario's name (halab list), or - for standard input
  --runs N       how many runs, from 1 to 1000000; 100 otherwise
  --seed S       seed of the first run; the others follow. The scenario's otherwise
  --until TIME   how much simulated time each: 500ms, 30s, 10m, 2h; the scenario's until_us otherwise
  --timings SYSTEM
                 lay the defaults of a real system over the scenario, such as patroni or redis-sentinel
  --json         print every run and the summary as JSON
"
        }
        Topic::Theory => {
            "\
halab theory [FILE]

Answers questions about availability by closed forms and Markov chains. FILE, or standard input, holds one question or a
list of them:

  {\"family\": \"failover\",
   \"params\": {\"model\": \"pair-failover\", \"mttf_hours\": 1000, \"mttr_hours\": 10, \"failover_mean_seconds\": 30, \"crews\": 2}}

The answer has the same form, with {\"outputs\": ...} for each. MTTF is the mean up time. What is next to 1 is written with
all the digits of what is missing: read it as a decimal number, not as a float. Other things beside family and params are
not looked at. Families, and their models (docs/models.md describes them):

  single               single, mtbf-naming, renewal
  series               series
  hot_standby_perfect  pair-hot, pair-hot-unequal
  cold_standby         pair-cold
  warm_standby         pair-warm
  failover             pair-failover, pair-failover-two-stage
  failover_nonexp      pair-failover-constant, pair-failover-heartbeat
  coverage             pair-coverage, two-processors-coverage
  latent_standby       pair-latent-standby
  failback             pair-failback
  k_of_n               k-of-n
  quorum_leader        quorum-leader
  load_shared          load-shared
  transient            any of the above that is a chain, with t_hours: a list of hours to look at
  monte_carlo_error    interval-availability-scatter, no-outage-probability
  mission_reliability  reliability-single, reliability-parallel-2, reliability-cold-2, reliability-k-of-n,
                       reliability-coverage-2
  detection            heartbeat-push, poll, false-alarm
  rpo                  rpo-constant-lag, rpo-batch, rpo-mm1
  timing               vrrp-master-down
  raft_election        raft-split-vote
  composite            blocks
  nines                nines
  critique             article-formula
"
        }
        Topic::Predict => predict::PREDICT_HELP,
        Topic::Years => years::YEARS_HELP,
        Topic::Merge => years::MERGE_HELP,
        Topic::List => "halab list\n\nPrints the ready scenarios, one a line, name first.\n",
        Topic::Check => {
            "\
halab check FILE

Says whether a scenario is valid. If not, names every field that is wrong: what it was, and what would be right.
FILE may also be a ready scenario's name, or - for standard input.
"
        }
        Topic::Diff => {
            "\
halab diff A B

Compares two traces that 'halab run --trace' has written, and prints the first event in which they differ with
the events around it. Exit status: 0 if they are equal, 1 if they differ.
"
        }
    }
}
