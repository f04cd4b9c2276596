//! A static host on the loopback interface: the files of one folder, read once, handed out until the value is dropped.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// How the files go over the wire.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Plain,
    /// Each file through `gzip -9`, as a good host does it: for measurements.
    Gzip,
}

struct File {
    mime: &'static str,
    body: Vec<u8>,
}

struct Site {
    files: BTreeMap<String, File>,
    encoding: Encoding,
    closing: AtomicBool,
}

pub struct Server {
    address: SocketAddr,
    site: Arc<Site>,
}

impl Server {
    /// Serves `folder` on a free port.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read.
    pub fn start(folder: &Path, encoding: Encoding) -> io::Result<Self> {
        Self::start_on(0, folder, encoding)
    }

    /// Serves `folder` on `port` (0: a free one).
    ///
    /// # Errors
    ///
    /// If the folder cannot be read or the port is taken.
    pub fn start_on(port: u16, folder: &Path, encoding: Encoding) -> io::Result<Self> {
        let mut files = BTreeMap::new();
        read_folder(folder, "", encoding, &mut files)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let site = Arc::new(Site { files, encoding, closing: AtomicBool::new(false) });
        let shared = Arc::clone(&site);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.closing.load(Ordering::Relaxed) {
                    return;
                }
                let site = Arc::clone(&shared);
                // A visitor that goes away in the middle is no concern of the host.
                thread::spawn(move || drop(answer(&stream, &site)));
            }
        });
        Ok(Self { address, site })
    }

    /// Where the page is, with a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.site.closing.store(true, Ordering::Relaxed);
        // Wakes the listener, so that it sees the word.
        drop(TcpStream::connect(self.address));
    }
}

fn read_folder(folder: &Path, prefix: &str, encoding: Encoding, files: &mut BTreeMap<String, File>) -> io::Result<()> {
    for entry in folder.read_dir()? {
        let entry = entry?;
        let name = format!("{prefix}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            read_folder(&entry.path(), &name, encoding, files)?;
        } else {
            let body = match encoding {
                Encoding::Plain => std::fs::read(entry.path())?,
                Encoding::Gzip => Command::new("gzip").args(["-9", "-c"]).arg(entry.path()).output()?.stdout,
            };
            files.insert(name.clone(), File { mime: mime(&name), body });
        }
    }
    Ok(())
}

fn mime(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}

fn answer(mut stream: &TcpStream, site: &Site) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut request = String::new();
        if reader.read_line(&mut request)? == 0 {
            return Ok(());
        }
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            if header.trim().is_empty() {
                break;
            }
        }
        let mut words = request.split_whitespace();
        let (method, address) = (words.next(), words.next().unwrap_or("/"));
        let path = address.split(['?', '#']).next().unwrap_or("/");
        let path = if path.ends_with('/') { format!("{path}index.html") } else { path.to_owned() };
        let found = site.files.get(&path).filter(|_| matches!(method, Some("GET" | "HEAD")));
        let (status, mime, body) = match found {
            Some(file) => ("200 OK", file.mime, file.body.as_slice()),
            None => ("404 Not Found", "text/plain", b"There is no such file.".as_slice()),
        };
        let mut head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {mime}\r\nContent-Length: {}\r\nCache-Control: no-cache\r\n",
            body.len()
        );
        if site.encoding == Encoding::Gzip && found.is_some() {
            head.push_str("Content-Encoding: gzip\r\n");
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes())?;
        if method != Some("HEAD") {
            stream.write_all(body)?;
        }
    }
}
