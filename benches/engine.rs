//! How fast the engine runs, native: `./dev bench engine`. No test asserts these figures; they go into docs/performance.md.

fn main() {}
