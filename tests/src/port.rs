//! Ports on loopback.

use std::net::TcpListener;

/// A port that was free a moment ago. Another process may take it meanwhile, so starters try again with a new one.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("bind a loopback port");
    listener.local_addr().expect("address of the port").port()
}
