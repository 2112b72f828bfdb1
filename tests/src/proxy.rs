//! A proxy on loopback that can hold requests back, so that a test meets a client in the middle of something.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// How long one read or write may take.
const SOCKET_TIMEOUT: Duration = Duration::from_secs(120);

/// A proxy before a server. It forwards one request a connection, as it comes.
#[derive(Debug)]
pub struct HoldingProxy {
    port: u16,
    gate: Arc<Gate>,
}

#[derive(Debug, Default)]
struct Gate {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// What the first line of a request has that is held.
    what: Option<String>,
    /// How many are held.
    held: usize,
}

impl HoldingProxy {
    /// Starts one before the server at a port.
    pub fn before(server: u16) -> HoldingProxy {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("listen on loopback");
        let port = listener.local_addr().expect("a port").port();
        let gate: Arc<Gate> = Arc::default();
        let shared = gate.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let gate = shared.clone();
                // The client or the server may go, which is what some tests want.
                std::thread::spawn(move || pass(client, server, &gate));
            }
        });
        HoldingProxy { port, gate }
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on holds requests with this text in their first line. The server hears nothing of one that is held.
    pub fn hold(&self, what: &str) {
        self.gate.state.lock().unwrap().what = Some(what.to_owned());
    }

    /// How many requests are held.
    pub fn held(&self) -> usize {
        self.gate.state.lock().unwrap().held
    }

    /// From now on holds none. Those that are held are gone.
    pub fn let_go(&self) {
        *self.gate.state.lock().unwrap() = State::default();
        self.gate.moved.notify_all();
    }
}

impl Gate {
    /// Waits while a request is held; whether it may pass.
    fn may_pass(&self, line: &str) -> bool {
        let mut state = self.state.lock().unwrap();
        if !state.what.as_ref().is_some_and(|what| line.contains(what)) {
            return true;
        }
        state.held += 1;
        drop(self.moved.wait_while(state, |state| state.held > 0).unwrap());
        false
    }
}

/// One request and its answer; `None` when anybody went away.
fn pass(mut client: TcpStream, server: u16, gate: &Gate) -> Option<()> {
    client.set_read_timeout(Some(SOCKET_TIMEOUT)).ok()?;
    let (head, body) = read(&mut client)?;
    let (line, headers) = head.split_once("\r\n")?;
    if !gate.may_pass(line) {
        return None;
    }
    let mut server = TcpStream::connect(("127.0.0.1", server)).ok()?;
    server.set_read_timeout(Some(SOCKET_TIMEOUT)).ok()?;
    server.write_all(format!("{line}\r\nConnection: close\r\n{headers}").as_bytes()).ok()?;
    server.write_all(&body).ok()?;
    std::io::copy(&mut server, &mut client).ok()?;
    client.shutdown(Shutdown::Both).ok()
}

/// The head of a request with its empty line, and its body.
fn read(client: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut some = [0; 1 << 16];
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        let count = client.read(&mut some).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&some[..count]);
    };
    let body = bytes.split_off(end);
    let head = String::from_utf8(bytes).ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let mut body = body;
    while body.len() < length.unwrap_or(0) {
        let count = client.read(&mut some).ok().filter(|count| *count > 0)?;
        body.extend_from_slice(&some[..count]);
    }
    Some((head, body))
}
