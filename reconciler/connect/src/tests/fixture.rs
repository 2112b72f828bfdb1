//! Signals, programs, and a server of one answer.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use heal_program::{
    Detector, Dimension, Expression, Head, Millis, Origin, Program, SemanticHash, Severity, Signal,
    SignalIndex, Source, WindowFunction,
};

use crate::{Authentication, Prometheus};

pub(super) const TIMEOUT: Duration = Duration::from_secs(10);

pub(super) fn head(path: &str) -> Head {
    let hash = SemanticHash::of([path.as_bytes()]);
    Head { path: path.to_owned(), hash, documentation: String::new(), origin: Origin::default() }
}

pub(crate) fn signal(path: &str, query: &str, keys: &[&str], every_seconds: i64) -> Signal {
    Signal {
        head: head(path),
        dimension: Dimension::RATIO,
        counter: false,
        scale: 1.0,
        offset: 0.0,
        unit: None,
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        source: Source::Prometheus { query: query.to_owned() },
        every: Millis::from_seconds(every_seconds),
        stale_after: Millis::from_seconds(3 * every_seconds),
        lateness: Millis::ZERO,
        keys_max: 10_000,
    }
}

/// A program of these signals; a detector reads a window over the first.
pub(super) fn program(signals: Vec<Signal>, window: Millis) -> Program {
    let read = Expression::Window { function: WindowFunction::Avg, signal: SignalIndex(0), span: window };
    let detector = Detector {
        head: head("p.detector"),
        when: read,
        hold: Millis::ZERO,
        clear: None,
        severity: Severity::Info,
        keys: Vec::new(),
        every: Millis::from_seconds(15),
        lateness: Millis::ZERO,
        when_text: String::new(),
    };
    Program {
        package: "p".to_owned(),
        signals: signals.into(),
        detectors: vec![detector].into(),
        ..Program::default()
    }
}

/// Serves `answer`, raw, to every connection, and passes on what was asked.
pub(super) fn serve(answer: impl Into<Vec<u8>>) -> (String, Receiver<String>) {
    let answer = answer.into();
    serve_with(move |_| answer.clone())
}

/// Serves what `answer` makes of the head of each request, one after another, and passes on what was asked.
pub(crate) fn serve_with(
    mut answer: impl FnMut(&str) -> Vec<u8> + Send + 'static,
) -> (String, Receiver<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
            let request: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let request = request.join("\n");
            let answer = answer(&request);
            let _ = sender.send(request);
            // The client may have gone, which is what some tests want.
            let _ = stream.write_all(&answer);
        }
    });
    (url, receiver)
}

/// An HTTP answer.
pub(crate) fn http(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}", body.len())
}

pub(crate) fn client(url: &str) -> Prometheus {
    Prometheus::new(url, Authentication::Nothing, TIMEOUT).unwrap()
}

pub(super) fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}
