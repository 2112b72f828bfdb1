//! A server that answers what a test tells it to, one request a connection.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request as it came.
#[derive(Clone, Debug)]
pub(super) struct Request {
    /// `GET /path?query`
    pub(super) line: String,
    /// `name: value`, names in lower case.
    pub(super) headers: Vec<String>,
}

/// What to answer.
pub(super) struct Reply {
    status: u16,
    headers: String,
    body: String,
    hangs: bool,
}

pub(super) struct Server {
    port: u16,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Reply {
    pub(super) fn new(status: u16, body: &str) -> Reply {
        Reply { status, headers: String::new(), body: body.to_owned(), hangs: false }
    }

    /// Says nothing for longer than anybody waits.
    pub(super) fn hang() -> Reply {
        Reply { hangs: true, ..Reply::new(200, "") }
    }

    pub(super) fn with(mut self, headers: &[(&str, &str)]) -> Reply {
        for (name, value) in headers {
            self.headers.push_str(&format!("{name}: {value}\r\n"));
        }
        self
    }
}

impl Server {
    /// Answers on a free port until the test process ends.
    pub(super) fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (Arc::clone(&seen), Arc::new(answer));
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                std::thread::spawn(move || serve(&connection, &log, answer.as_ref()));
            }
        });
        Server { port, seen }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// All requests so far, in their order.
    pub(super) fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(connection: &TcpStream, log: &Mutex<Vec<Request>>, answer: &dyn Fn(&Request) -> Reply) {
    let Some(request) = read(connection) else { return };
    log.lock().unwrap().push(request.clone());
    let reply = answer(&request);
    if reply.hangs {
        std::thread::sleep(Duration::from_secs(30));
        return;
    }
    let Reply { status, headers, body, .. } = reply;
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    let mut connection = connection;
    let _ = connection.write_all(text.as_bytes());
}

fn read(connection: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(connection);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let line = first.rsplit_once(' ')?.0.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        match header.trim_end().split_once(": ") {
            Some((name, value)) => headers.push(format!("{}: {value}", name.to_ascii_lowercase())),
            None => break,
        }
    }
    let length =
        headers.iter().find_map(|header| header.strip_prefix("content-length: ")?.parse::<u64>().ok());
    let mut body = Vec::new();
    reader.take(length.unwrap_or(0)).read_to_end(&mut body).ok()?;
    Some(Request { line, headers })
}
