//! The lab on the command line. Everything worth testing is in the library.

fn main() {}
