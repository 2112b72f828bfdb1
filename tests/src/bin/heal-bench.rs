//! Figures of Heal, measured on this machine: `cargo run --release -p heal-tests --bin heal-bench -- NAME [--json]`.
//!
//! Each benchmark makes its own input, says what it was measured on and how, and runs the peers that are installed in the
//! same run. With `--json` it prints one object a figure.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark speaks on its standard output")]

use std::process::ExitCode;

use heal_tests::bench;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    let names: Vec<&String> = arguments.iter().filter(|argument| *argument != "--json").collect();
    let report = match names.as_slice() {
        [name] if *name == "check" => bench::check::run(),
        _ => {
            eprintln!("usage: heal-bench NAME [--json]\n\nnames: check");
            return ExitCode::from(2);
        }
    };
    if json {
        for figure in &report.figures {
            println!("{}", figure.json());
        }
    } else {
        print!("{}", report.text());
    }
    ExitCode::SUCCESS
}
