//! The built program, run with real arguments.

use std::process::{Command, Output};

pub fn halab(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_halab")).args(arguments).output().expect("halab runs")
}

/// What it prints when all goes well.
#[track_caller]
pub fn prints(arguments: &[&str]) -> String {
    let output = halab(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "halab {arguments:?} ended with {}: {said}", output.status);
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// What it says when it refuses.
#[track_caller]
pub fn refuses(arguments: &[&str]) -> String {
    let output = halab(arguments);
    assert_eq!(output.status.code(), Some(2), "halab {arguments:?}");
    assert!(output.stdout.is_empty(), "nothing on the standard output");
    String::from_utf8(output.stderr).expect("UTF-8")
}
