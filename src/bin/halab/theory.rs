//! `halab theory`: what the books say to questions in JSON.

use std::io::Write;

use ha_lab::theory::{self, limits};

use super::{Failure, input};

/// Answers the questions of a file, or of standard input.
pub fn theory(from: &str, out: &mut impl Write) -> Result<(), Failure> {
    let (text, name) = input::read(from, limits::REQUEST_BYTES)?;
    let answer = theory::answer(&text).map_err(|problems| {
        let problems: Vec<_> = problems.iter().map(|problem| format!("  {problem}")).collect();
        Failure::Theory { name, problems: problems.join("\n") }
    })?;
    writeln!(out, "{answer}")?;
    out.flush()?;
    Ok(())
}
