//! Wiring: the engine's task, the reconciler's thread, the socket and the signals.

use std::io;
use std::sync::mpsc as blocking;
use std::time::Duration;

use heal_telemetry::Recording;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};

use crate::config::{Config, RecordingChoice};
use crate::log::{self, Level};
use crate::reconciler::reconcile;
use crate::request::REQUESTS_MAX;
use crate::service::{Mode, Service, ServiceError};
use crate::socket;
use crate::status::PassStatus;

/// How long the reconciler's thread may take to see that it is over. It is safe to leave it where it is.
const FAREWELL: Duration = Duration::from_secs(5);

/// Runs the service, and returns its last pass.
///
/// # Errors
/// When it cannot start, or has to end because its journal cannot be written.
pub fn run(config: &Config, mode: Mode) -> Result<Option<PassStatus>, ServiceError> {
    let failed = |doing: &str| {
        let doing = doing.to_owned();
        move |source: io::Error| ServiceError::Io { doing, source }
    };
    let recording = match &config.recording {
        RecordingChoice::At(folder) => Some(Recording::open(folder)?),
        RecordingChoice::OfPolicies | RecordingChoice::Named(_) => None,
    };
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed("start"))?;
    let service = Service::open(config, mode)?;
    log::event(
        Level::Info,
        "started",
        &[("state", &config.state.display()), ("socket", &config.socket.display())],
    );
    let (requests, inbox) = mpsc::channel(REQUESTS_MAX);
    let (stop, stopped) = blocking::channel();
    let worker = {
        let (config, requests) = (config.clone(), requests.clone());
        let thread = std::thread::Builder::new().name("reconciler".to_owned());
        thread
            .spawn(move || reconcile(&config, recording, requests, &stopped))
            .map_err(failed("start a thread"))?
    };
    let pass = runtime.block_on(async {
        let end = end_of_process().map_err(failed("listen to signals"))?;
        if mode == Mode::Forever {
            let path = &config.socket;
            let listener =
                socket::listen(path).map_err(failed(&format!("make the socket {}", path.display())))?;
            tokio::spawn(socket::serve(listener, requests));
        }
        service.run(inbox, end).await
    });
    drop(stop);
    runtime.shutdown_background();
    if mode == Mode::Forever {
        // It would say that somebody listens.
        let _ = std::fs::remove_file(&config.socket);
    }
    let farewell = std::time::Instant::now();
    while !worker.is_finished() && farewell.elapsed() < FAREWELL {
        std::thread::sleep(Duration::from_millis(10));
    }
    pass
}

/// Becomes true when the process is asked to end: by SIGTERM, or by SIGINT from a terminal.
fn end_of_process() -> io::Result<watch::Receiver<bool>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        log::event(Level::Info, "stopping", &[]);
        let _ = sender.send(true);
        // The receiver's side sees a change that stays; a dropped sender would wake it for ever.
        std::future::pending::<()>().await;
    });
    Ok(receiver)
}
