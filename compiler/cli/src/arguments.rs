//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Policy as code for self-healing systems.
#[derive(Debug, Parser)]
#[command(name = "heal", version, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a policy repository that compiles and simulates at once
    Init(InitArguments),
    /// Parse, type-check and prove what can be proved
    Check(CheckArguments),
    /// Format `.heal` files
    Fmt(FmtArguments),
    /// Print the dependency graph
    Graph(GraphArguments),
    /// Make and look at recordings
    Record(RecordArguments),
    /// Run policies over a recording
    Simulate(SimulateArguments),
    /// Say what HEAD would have done differently from BASE
    Diff(DiffArguments),
    /// Show the whole way on shipped telemetry, in a temporary folder
    Demo(DemoArguments),
}

#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    /// The folder to make
    #[arg(default_value = ".")]
    pub(crate) folder: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    Human,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// Packages or single files
    #[arg(default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// How to print diagnostics
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: CheckFormat,
}

#[derive(Debug, Args)]
pub(crate) struct FmtArguments {
    /// Files or folders; `-` for standard input
    #[arg(default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// Change nothing; exit 1 if something would change
    #[arg(long)]
    pub(crate) check: bool,
    /// Change nothing; show what would change
    #[arg(long)]
    pub(crate) diff: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    Mermaid,
    Dot,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct GraphArguments {
    /// The package
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// How to print it
    #[arg(long, value_enum, default_value = "mermaid")]
    pub(crate) format: GraphFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    Text,
    Json,
    Markdown,
    Html,
}

#[derive(Debug, Args)]
pub(crate) struct SimulateArguments {
    /// The package
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// Folder of the recording; else the default of `heal.toml`
    #[arg(long, value_name = "DIR")]
    pub(crate) recording: Option<PathBuf>,
    /// How to print the report
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: ReportFormat,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArguments {
    /// What is compared with: a folder, or a Git revision of the repository here
    pub(crate) base: String,
    /// What is looked at: a folder, or a Git revision; `.` is the working tree
    #[arg(default_value = ".")]
    pub(crate) head: String,
    /// Folder of the recording; else the default of BASE's `heal.toml`
    #[arg(long, value_name = "DIR")]
    pub(crate) recording: Option<PathBuf>,
    /// How to print the difference
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: ReportFormat,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Work in this folder, which must not exist, instead of a temporary one
    #[arg(long, value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RecordArguments {
    #[command(subcommand)]
    pub(crate) command: RecordCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RecordCommand {
    /// Add series from a CSV file to a recording, which is made if it is not there
    Csv(Box<RecordCsvArguments>),
    /// List the recordings in a folder
    Ls {
        /// The folder
        #[arg(default_value = "recordings")]
        folder: PathBuf,
    },
    /// Show what a recording holds
    Show {
        /// The recording's folder
        folder: PathBuf,
    },
    /// Check a recording's files against its manifest
    Verify {
        /// The recording's folder
        folder: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RecordCsvArguments {
    /// The CSV file: a header, a column of times, columns of values
    pub(crate) file: PathBuf,
    /// The recording's folder
    #[arg(long, value_name = "DIR")]
    pub(crate) into: PathBuf,
    /// Name of the series, such as `app.request_latency`
    #[arg(long)]
    pub(crate) name: String,
    /// Unit of the values, as the language writes it: `ms`, `percent`, `MiB`
    #[arg(long)]
    pub(crate) unit: String,
    /// The source does not state the unit: it is declared here, and marked so
    #[arg(long)]
    pub(crate) unit_declared: bool,
    /// A label of the series, `name=value`; repeat for more
    #[arg(long = "label", value_name = "NAME=VALUE", value_parser = label)]
    pub(crate) labels: Vec<(String, String)>,
    /// Labelled incidents: CSV `name,start,end[,label=value...]`, or windows as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) incidents: Option<PathBuf>,
    /// The column of times; else `timestamp`, or the first
    #[arg(long, value_name = "COLUMN")]
    pub(crate) time_column: Option<String>,
    /// A column of values; repeat for more; else all others
    #[arg(long = "value-column", value_name = "COLUMN")]
    pub(crate) value_columns: Vec<String>,
    /// How far local times without a zone are ahead of UTC, such as `+01:00`
    #[arg(long, value_name = "OFFSET")]
    pub(crate) utc_offset: Option<String>,
    /// Name of the recording; else that of its folder
    #[arg(long, value_name = "NAME")]
    pub(crate) recording: Option<String>,
    /// What the recording shows, in a sentence
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// Where the data come from, with their licence
    #[arg(long, value_name = "TEXT")]
    pub(crate) origin: Option<String>,
    /// Replace series and incidents that are there already
    #[arg(long)]
    pub(crate) replace: bool,
}

fn label(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        Some(_) | None => Err("a label is written `name=value`".to_owned()),
    }
}
