//! `halab diff`: where two traces part.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

use serde_json::Value;

use super::Failure;

/// Events shown before and after the first difference.
const AROUND: usize = 5;

/// Longest line that is read, in bytes: no event comes near it, and a wrong file does not fill the memory.
const LONGEST: usize = 1 << 20;

/// Whether the traces are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Equal,
    Different,
}

/// One trace file, read line by line.
struct Trace<'a> {
    path: &'a Path,
    file: BufReader<File>,
    number: usize,
}

impl<'a> Trace<'a> {
    fn open(path: &'a Path) -> Result<Self, Failure> {
        let file = File::open(path).map_err(|error| Failure::File(path.display().to_string(), error))?;
        Ok(Self { path, file: BufReader::new(file), number: 0 })
    }

    /// The next event; none at the end.
    fn next(&mut self) -> Result<Option<String>, Failure> {
        self.number += 1;
        let at = || format!("{}, line {}", self.path.display(), self.number);
        let mut line = String::new();
        let mut file = (&mut self.file).take(LONGEST as u64 + 1);
        let bytes = file.read_line(&mut line).map_err(|error| Failure::File(at(), error))?;
        if bytes == 0 {
            return Ok(None);
        }
        line.truncate(line.trim_end_matches(['\r', '\n']).len());
        let is_event = bytes <= LONGEST
            && serde_json::from_str::<Value>(&line)
                .is_ok_and(|event| event["t_us"].is_u64() && event["seq"].is_u64() && event["kind"].is_string());
        if is_event {
            Ok(Some(line))
        } else {
            let right = "an event with t_us, seq and kind, as 'halab run --trace' writes it";
            let found: String = line.chars().filter(|letter| !letter.is_control()).take(60).collect();
            Err(Failure::Trace(format!("{}: found {found}; expected {right}.", at())))
        }
    }
}

pub fn diff(a: &Path, b: &Path, out: &mut impl Write) -> Result<Answer, Failure> {
    let (mut first, mut second) = (Trace::open(a)?, Trace::open(b)?);
    let mut before = VecDeque::new();
    loop {
        let (ours, theirs) = (first.next()?, second.next()?);
        match (&ours, &theirs) {
            (None, None) => {
                writeln!(out, "The traces are equal: {} events.", first.number - 1)?;
                return Ok(Answer::Equal);
            }
            (Some(ours), Some(theirs)) if ours == theirs => {
                if before.len() == AROUND {
                    before.pop_front();
                }
                before.push_back(ours.clone());
            }
            _ => {
                writeln!(out, "The traces differ from event {} on.", first.number - 1)?;
                for line in before {
                    writeln!(out, "  {line}")?;
                }
                show(&mut first, ours, '-', out)?;
                show(&mut second, theirs, '+', out)?;
                return Ok(Answer::Different);
            }
        }
    }
}

/// The first event of one trace that the other does not have, and what comes after it.
fn show(trace: &mut Trace, mut line: Option<String>, mark: char, out: &mut impl Write) -> Result<(), Failure> {
    writeln!(out, "{mark} {}", trace.path.display())?;
    for _ in 0..=AROUND {
        let Some(event) = line else {
            writeln!(out, "{mark} (the trace ends here)")?;
            break;
        };
        writeln!(out, "{mark} {event}")?;
        line = trace.next()?;
    }
    Ok(())
}
