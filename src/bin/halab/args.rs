//! What the user asks for.

use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use lexopt::prelude::*;

use super::Failure;
use super::predict::{MTTF_US, MTTR_US};
use super::years::{self, YearsOptions};

/// One task.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    Help(Topic),
    Version,
    List,
    Check { file: String },
    Run(RunOptions),
    Study(StudyOptions),
    Theory { file: String },
    Predict(PredictOptions),
    Years(YearsOptions),
    Merge { files: Vec<String>, json: bool },
    Diff { a: PathBuf, b: PathBuf },
}

/// What help is wanted about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    All,
    Run,
    Study,
    Theory,
    Predict,
    Years,
    Merge,
    List,
    Check,
    Diff,
}

/// Options of `halab run`.
#[derive(Debug, PartialEq, Eq)]
pub struct RunOptions {
    /// A file, a ready scenario's name, or `-`.
    pub scenario: String,
    pub seed: Option<u64>,
    pub until_us: Option<u64>,
    /// A real system, whose timings are laid over the scenario.
    pub timings: Option<String>,
    pub trace: Option<PathBuf>,
    pub json: bool,
}

/// Options of `halab study`.
#[derive(Debug, PartialEq, Eq)]
pub struct StudyOptions {
    /// A file, a ready scenario's name, or `-`.
    pub scenario: String,
    pub runs: u64,
    pub seed: Option<u64>,
    pub until_us: Option<u64>,
    pub timings: Option<String>,
    pub json: bool,
}

/// Options of `halab predict`.
#[derive(Debug, PartialEq, Eq)]
pub struct PredictOptions {
    /// A file, a ready scenario's name, or `-`.
    pub scenario: String,
    /// How long a node is up and down, where nothing fails by chance.
    pub mttf_us: u64,
    pub mttr_us: u64,
    pub timings: Option<String>,
    pub json: bool,
}

/// Runs of a study, if nobody says how many.
const RUNS: u64 = 100;

/// Greatest seed: 2⁵³ − 1.
const GREATEST_SEED: u64 = (1 << 53) - 1;

/// Reads the arguments, the program's name left out.
pub fn read(args: impl IntoIterator<Item = OsString>) -> Result<Command, Failure> {
    let mut parser = lexopt::Parser::from_args(args);
    let topic = match parser.next().map_err(usage)? {
        None => return Err(Failure::Usage("What shall it be?".to_owned())),
        Some(Short('h') | Long("help")) => return Ok(Command::Help(Topic::All)),
        Some(Short('V') | Long("version")) => return Ok(Command::Version),
        Some(Value(command)) => match command.to_str() {
            Some("run") => Topic::Run,
            Some("study") => Topic::Study,
            Some("theory") => Topic::Theory,
            Some("predict") => Topic::Predict,
            Some("years") => return years::years_options(&mut parser),
            Some("merge") => return years::merge_options(&mut parser),
            Some("list") => Topic::List,
            Some("check") => Topic::Check,
            Some("diff") => Topic::Diff,
            Some("help") => return Ok(Command::Help(Topic::All)),
            _ => {
                let commands = "run, study, theory, predict, years, merge, list, check or diff";
                return Err(Failure::Usage(format!("There is no command '{}'; take {commands}.", command.display())));
            }
        },
        Some(other) => return Err(usage(other.unexpected())),
    };
    let mut values = Vec::new();
    let mut options =
        RunOptions { scenario: String::new(), seed: None, until_us: None, timings: None, trace: None, json: false };
    let mut runs = RUNS;
    let (mut mttf_us, mut mttr_us) = (MTTF_US, MTTR_US);
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help(topic)),
            Value(value) => values.push(value),
            Long("runs") if topic == Topic::Study => runs = run_count(&text(&mut parser, "--runs")?)?,
            Long("seed") if matches!(topic, Topic::Run | Topic::Study) => {
                options.seed = Some(seed(&text(&mut parser, "--seed")?)?);
            }
            Long("until") if matches!(topic, Topic::Run | Topic::Study) => {
                options.until_us = Some(duration_us("--until", &text(&mut parser, "--until")?)?);
            }
            Long("mttf") if topic == Topic::Predict => mttf_us = duration_us("--mttf", &text(&mut parser, "--mttf")?)?,
            Long("mttr") if topic == Topic::Predict => mttr_us = duration_us("--mttr", &text(&mut parser, "--mttr")?)?,
            Long("timings") if matches!(topic, Topic::Run | Topic::Study | Topic::Predict) => {
                options.timings = Some(text(&mut parser, "--timings")?);
            }
            Long("trace") if topic == Topic::Run => options.trace = Some(parser.value().map_err(usage)?.into()),
            Long("json") if matches!(topic, Topic::Run | Topic::Study | Topic::Predict) => options.json = true,
            other => return Err(usage(other.unexpected())),
        }
    }
    match command(topic, options, runs, values)? {
        Command::Predict(predict) => Ok(Command::Predict(PredictOptions { mttf_us, mttr_us, ..predict })),
        command => Ok(command),
    }
}

fn command(topic: Topic, options: RunOptions, runs: u64, values: Vec<OsString>) -> Result<Command, Failure> {
    let (names, wanted): (&str, RangeInclusive<usize>) = match topic {
        Topic::All | Topic::List | Topic::Years | Topic::Merge => ("no argument", 0..=0),
        Topic::Run | Topic::Study | Topic::Predict => ("one SCENARIO: a file, a name of 'halab list', or -", 1..=1),
        Topic::Check => ("one FILE", 1..=1),
        Topic::Theory => ("one FILE, or none for standard input", 0..=1),
        Topic::Diff => ("two traces, A and B", 2..=2),
    };
    if !wanted.contains(&values.len()) {
        return Err(Failure::Usage(format!("This command takes {names}; {} given.", values.len())));
    }
    let mut values = values.into_iter();
    // Only theory may lack what it reads.
    let mut next = || values.next().unwrap_or_else(|| "-".into());
    let mut name = || -> Result<String, Failure> {
        next().into_string().map_err(|name| Failure::Usage(format!("{} is no name that can be read.", name.display())))
    };
    Ok(match topic {
        // Years and shards have read their own arguments.
        Topic::All | Topic::Years | Topic::Merge => Command::Help(topic),
        Topic::List => Command::List,
        Topic::Run => Command::Run(RunOptions { scenario: name()?, ..options }),
        Topic::Study => {
            let RunOptions { seed, until_us, timings, json, .. } = options;
            Command::Study(StudyOptions { scenario: name()?, runs, seed, until_us, timings, json })
        }
        Topic::Predict => {
            let RunOptions { timings, json, .. } = options;
            Command::Predict(PredictOptions { scenario: name()?, mttf_us: MTTF_US, mttr_us: MTTR_US, timings, json })
        }
        Topic::Check => Command::Check { file: name()? },
        Topic::Theory => Command::Theory { file: name()? },
        Topic::Diff => Command::Diff { a: next().into(), b: next().into() },
    })
}

#[expect(clippy::needless_pass_by_value, reason = "so that it goes into map_err")]
pub(super) fn usage(error: lexopt::Error) -> Failure {
    let mut said = error.to_string();
    if let Some(first) = said.get(..1) {
        said = first.to_uppercase() + &said[1..];
    }
    Failure::Usage(said + ".")
}

pub(super) fn text(parser: &mut lexopt::Parser, option: &str) -> Result<String, Failure> {
    let value = parser.value().map_err(usage)?;
    value.into_string().map_err(|value| Failure::Usage(format!("{option}: {} cannot be read.", value.display())))
}

pub(super) fn seed(text: &str) -> Result<u64, Failure> {
    text.parse().ok().filter(|seed| *seed <= GREATEST_SEED).ok_or_else(|| {
        Failure::Usage(format!("--seed: found '{text}'; expected a whole number from 0 to {GREATEST_SEED}."))
    })
}

fn run_count(text: &str) -> Result<u64, Failure> {
    let most = ha_lab::study::limits::RUNS;
    text.parse()
        .ok()
        .filter(|runs| (1..=most).contains(runs))
        .ok_or_else(|| Failure::Usage(format!("--runs: found '{text}'; expected a whole number from 1 to {most}.")))
}

/// Reads `500ms`, `30s`, `10m`, `1.5h` and the like.
pub fn duration_us(option: &str, text: &str) -> Result<u64, Failure> {
    let units = [("us", 1), ("µs", 1), ("ms", 1_000), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000_u64)];
    let longest = 1_000 * 3_600_000_000_u64;
    let read = || {
        let (number, unit) = text.split_at(text.find(|letter: char| letter.is_alphabetic())?);
        let unit = units.iter().find(|(name, _)| *name == unit)?.1;
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() || part.len() > 6 || !number.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            return None;
        }
        let part_millionths: u64 = format!("{part:0<6}").parse().ok()?;
        let whole_us = whole.parse::<u64>().ok()?.checked_mul(unit)?;
        let us = whole_us.checked_add(part_millionths.checked_mul(unit)? / 1_000_000)?;
        (1_000..=longest).contains(&us).then_some(us)
    };
    read().ok_or_else(|| {
        let right = "a time from 1ms to 1000h, such as 500ms, 30s, 10m or 2h";
        Failure::Usage(format!("{option}: found '{text}'; expected {right}."))
    })
}
