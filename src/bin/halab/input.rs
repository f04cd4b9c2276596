//! What the commands read: a file, a ready scenario, or standard input; always text in UTF-8.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use ha_lab::scenario;

use super::Failure;

/// The text of a file, or with `-` of standard input, and what to call it. No more than `largest` bytes and a bit, so that a
/// wrong file does not fill the memory: whoever reads the text refuses what is longer.
pub fn read(from: &str, largest: usize) -> Result<(String, String), Failure> {
    let (text, name) = match from {
        "-" => (text(io::stdin().lock(), largest), "standard input"),
        file => (File::open(file).and_then(|file| text(file, largest)), file),
    };
    Ok((text.map_err(|error| Failure::File(name.to_owned(), error))?, name.to_owned()))
}

/// The same, where the name of a ready scenario will do too. A file of that name comes first.
pub fn read_or_preset(from: &str, largest: usize) -> Result<(String, String), Failure> {
    match scenario::preset(from) {
        Some(preset) if !Path::new(from).exists() => Ok((preset.json.to_owned(), from.to_owned())),
        _ => read(from, largest).map_err(|failure| match failure {
            Failure::File(name, error) if error.kind() == io::ErrorKind::NotFound => Failure::Usage(format!(
                "{name}: there is no such file, and 'halab list' knows no scenario of that name."
            )),
            other => other,
        }),
    }
}

fn text(from: impl Read, largest: usize) -> io::Result<String> {
    let mut bytes = Vec::new();
    from.take(largest as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > largest {
        // It is refused for its length; what is cut may end in half a letter.
        return Ok(String::from_utf8_lossy(&bytes).into_owned());
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        io::Error::new(io::ErrorKind::InvalidData, format!("byte {place} is no UTF-8, in which JSON is written"))
    })?;
    // Some editors begin a file with a byte order mark.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
