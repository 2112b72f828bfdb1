//! Figures of Heal, measured on this machine: `cargo run --release -p heal-tests --bin heal-bench -- NAME [--json]`.
//!
//! Each benchmark makes its own input, says what it was measured on and how, and runs the peers that are installed in the
//! same run. With `--json` it prints one object a figure.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark speaks on its standard output")]

use std::process::ExitCode;

use heal_tests::bench;

/// Compiling and deciding make many small things, and this allocator takes less time for them than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    let rest: Vec<&str> = arguments.iter().map(String::as_str).filter(|it| *it != "--json").collect();
    let report = match rest.split_first() {
        Some((&"check", [])) => bench::check::run(),
        Some((&"replay", rest)) => match bench::replay::Arguments::of(rest) {
            Ok(arguments) => bench::replay::run(&arguments),
            Err(wrong) => return usage(&wrong),
        },
        Some((name, _)) => return usage(&format!("there is no benchmark `{name}` with these arguments")),
        None => return usage("no benchmark is named"),
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

fn usage(wrong: &str) -> ExitCode {
    eprintln!(
        "heal-bench: {wrong}\nusage: heal-bench check [--json]\n       heal-bench replay [--json] [--series COUNT] [--days COUNT] [--only three|hundred|many] [--peers]"
    );
    ExitCode::from(2)
}
