//! `halab theory`: what the books say to questions in JSON.

use std::fs::File;
use std::io::{self, Read, Write};

use ha_lab::theory::{self, limits};

use super::Failure;

/// Answers the questions of a file, or of standard input.
pub fn theory(from: &str, out: &mut impl Write) -> Result<(), Failure> {
    let (text, name) = match from {
        "-" => (read(io::stdin().lock()), "standard input"),
        file => (File::open(file).and_then(read), file),
    };
    let text = text.map_err(|error| Failure::File(name.to_owned(), error))?;
    let answer = theory::answer(&text).map_err(|problems| {
        let problems: Vec<_> = problems.iter().map(|problem| format!("  {problem}")).collect();
        Failure::Theory { name: name.to_owned(), problems: problems.join("\n") }
    })?;
    writeln!(out, "{answer}")?;
    out.flush()?;
    Ok(())
}

/// No more than the largest document and a bit, so that a wrong file does not fill the memory.
fn read(from: impl Read) -> io::Result<String> {
    let mut bytes = Vec::new();
    from.take(limits::REQUEST_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
