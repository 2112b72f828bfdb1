//! The command line.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Config;
use crate::journalled_engine::EngineError;
use crate::log::{self, Level};
use crate::run::run;
use crate::service::{Mode, ServiceError};
use crate::socket;
use crate::status::{PassStatus, render};

/// Something was found: a pass left problems, or the policies do not compile.
const FOUND: u8 = 1;
/// Wrong usage, or something that cannot be read or reached.
const UNUSABLE: u8 = 2;
/// A defect of Heal.
const DEFECT: u8 = 3;

/// Runs policies from a repository, and writes into pull requests what changes of them would do.
#[derive(Debug, Parser)]
#[command(name = "heald", version)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs until it is asked to end
    Run(ConfigPath),
    /// Goes over the repository once: opens and updates pull requests, and takes the policies of the main branch
    Once(ConfigPath),
    /// Says how a running service stands
    Status {
        #[command(flatten)]
        config: ConfigPath,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Checks a configuration without starting anything
    CheckConfig(ConfigPath),
}

#[derive(Debug, clap::Args)]
struct ConfigPath {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "heald.toml")]
    config: PathBuf,
}

impl Arguments {
    /// Does what the arguments say. Results go to standard output, all else to standard error.
    #[must_use]
    pub fn execute(self) -> ExitCode {
        let (Command::Run(path)
        | Command::Once(path)
        | Command::CheckConfig(path)
        | Command::Status { config: path, .. }) = &self.command;
        let config = match Config::open(&path.config) {
            Ok(config) => config,
            Err(error) => return complain(UNUSABLE, &error),
        };
        match self.command {
            Command::Run(_) => match run(&config, Mode::Forever) {
                Ok(_) => ExitCode::SUCCESS,
                Err(error) => complain(code_of(&error), &error),
            },
            Command::Once(_) => match run(&config, Mode::OnePass) {
                Ok(pass) => ExitCode::from(pass.as_ref().map_or(UNUSABLE, code_of_pass)),
                Err(error) => complain(code_of(&error), &error),
            },
            Command::Status { json, .. } => status(&config, json),
            Command::CheckConfig(_) => {
                say(&format!("{} can be used\n", path_text(&config)));
                ExitCode::SUCCESS
            }
        }
    }
}

fn status(config: &Config, json: bool) -> ExitCode {
    let status = match socket::ask(&config.socket) {
        Ok(status) => status,
        Err(error) => return complain(UNUSABLE, &error),
    };
    if json {
        match serde_json::to_string_pretty(&status) {
            Ok(text) => say(&format!("{text}\n")),
            Err(error) => return complain(DEFECT, &error),
        }
    } else {
        say(&render(&status));
    }
    ExitCode::SUCCESS
}

fn code_of_pass(pass: &PassStatus) -> u8 {
    match (&pass.error, pass.problems.is_empty()) {
        (Some(_), _) => UNUSABLE,
        (None, false) => FOUND,
        (None, true) => 0,
    }
}

fn code_of(error: &ServiceError) -> u8 {
    match error {
        ServiceError::Engine(EngineError::Halted(_)) => DEFECT,
        ServiceError::Engine(
            EngineError::Journal(_)
            | EngineError::Snapshot(_)
            | EngineError::Program(_)
            | EngineError::Json(_),
        )
        | ServiceError::Prometheus(_)
        | ServiceError::Recording(_)
        | ServiceError::Io { .. } => UNUSABLE,
    }
}

fn path_text(config: &Config) -> String {
    format!("the configuration with state in {}", config.state.display())
}

fn complain(code: u8, error: &dyn std::fmt::Display) -> ExitCode {
    log::event(Level::Error, "failed", &[("what", &error)]);
    ExitCode::from(code)
}

/// A reader that has gone away is not our concern.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
