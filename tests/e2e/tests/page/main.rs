//! HA Lab's page, used as a person uses it. `./dev e2e` runs all of it, `./dev e2e keyboard` what has that in its name.

mod access;
mod blocks;
mod cluster;
mod files;
mod languages;
mod layout;
mod loading;
mod machines;
mod numbers;
mod pool;
mod settings;
mod story;
mod theory;
mod time_travel;
mod years;
