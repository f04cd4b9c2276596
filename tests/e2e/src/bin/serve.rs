//! Serves the built page on this machine: `./dev serve`.

use std::error::Error;
use std::io::ErrorKind;
use std::{env, thread};

use ha_lab_e2e::lab::page_folder;
use ha_lab_e2e::server::{Encoding, Server};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let wanted = match args.as_slice() {
        [] => None,
        [flag, port] if flag == "--port" => Some(port.parse::<u16>().map_err(|_| format!("'{port}' is no port"))?),
        _ => return Err("usage: ./dev serve [--port N]".into()),
    };
    let server = match wanted {
        Some(port) => Server::start_on(port, &page_folder(), Encoding::Gzip)?,
        None => first_free()?,
    };
    println!("HA Lab: {}   (stop with Ctrl-C)", server.url());
    loop {
        thread::park();
    }
}

/// The first port from 8080 on that nobody uses.
fn first_free() -> Result<Server, Box<dyn Error>> {
    for port in 8080..8100 {
        match Server::start_on(port, &page_folder(), Encoding::Gzip) {
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            other => return Ok(other?),
        }
    }
    Err("all ports from 8080 to 8099 are taken: name another one with --port".into())
}
