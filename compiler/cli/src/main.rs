//! The `heal` binary: arguments, files, exit codes and progress.

mod arguments;
mod commands;
mod interrupt;
mod output;
mod recordings;
mod simulation;
mod sources;
mod verifying;
mod write;

use std::{panic::catch_unwind, process::ExitCode};

use clap::Parser;

use arguments::{Arguments, Command};
use output::{Exit, report_failure};

/// Compiling and deciding make many small things, and this allocator takes less time for them than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Parsing and checking recurse as deep as a source may nest; the limits fit this stack with room to spare.
const STACK_BYTES: usize = 64 * 1024 * 1024;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(wrong) => {
            let _ = wrong.print();
            return if wrong.use_stderr() { Exit::Usage.into() } else { Exit::Nothing.into() };
        }
    };
    interrupt::watch();
    let worker =
        std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || catch_unwind(|| run(arguments)));
    match worker.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok(exit))) => exit.into(),
        // The panic's own message is on standard error already.
        Ok(Ok(Err(_)) | Err(_)) => {
            report_failure(
                "this is a defect of Heal: please report it with the command and the message above",
            );
            Exit::Defect.into()
        }
        Err(wrong) => {
            report_failure(&format!("no thread could be started: {wrong}"));
            Exit::Usage.into()
        }
    }
}

fn run(arguments: Arguments) -> Exit {
    let done = match arguments.command {
        Command::Init(arguments) => commands::init::run(&arguments),
        Command::Check(arguments) => commands::check::run(&arguments),
        Command::Explain(arguments) => commands::explain::run(&arguments),
        Command::Fix(arguments) => commands::fix::run(&arguments),
        Command::Fmt(arguments) => commands::fmt::run(&arguments),
        Command::Test(arguments) => commands::test::run(&arguments),
        Command::Graph(arguments) => commands::graph::run(&arguments),
        Command::Lock(arguments) => commands::lock::run(&arguments),
        Command::Measure(arguments) => commands::measure::run(&arguments),
        Command::Record(arguments) => commands::record::run(arguments),
        Command::Simulate(arguments) => commands::simulate::run(&arguments),
        Command::Diff(arguments) => commands::diff::run(&arguments),
        Command::Doc(arguments) => commands::doc::run(&arguments),
        Command::Tune(arguments) => commands::tune::run(&arguments),
        Command::Demo(arguments) => commands::demo::run(&arguments),
    };
    match done {
        Ok(exit) => exit,
        Err(failure) => {
            interrupt::end_if_interrupted();
            report_failure(&failure.to_string());
            Exit::Usage
        }
    }
}
