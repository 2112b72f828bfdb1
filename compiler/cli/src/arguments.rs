//! The command line.

pub(crate) mod import;
pub(crate) mod logs;
mod prometheus;
mod tune;
mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use heal_driver::Day;
use heal_import::Zone;
use heal_program::Timestamp;

pub(crate) use prometheus::RecordPrometheusArguments;
pub(crate) use tune::{TuneArguments, TuneFormat};
use values::{day, key_column, series_label, time, unit};

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
    /// Say what a code means; or why something fired, ran, was withheld or did not happen
    Explain(Box<ExplainArguments>),
    /// Show what the standard library offers: its modules, or the items of one
    Doc(DocArguments),
    /// Apply the exact rewrites that diagnostics offer
    Fix(FixArguments),
    /// Format `.heal` files
    Fmt(FmtArguments),
    /// Run `test` items
    Test(TestArguments),
    /// Print the dependency graph
    Graph(GraphArguments),
    /// Write down in `heal.lock` what the dependencies hold, and fetch those from repositories into `vendor/`
    Lock(LockArguments),
    /// Make and look at recordings
    Record(RecordArguments),
    /// Run policies over a recording
    Simulate(SimulateArguments),
    /// Say what HEAD would have done differently from BASE
    Diff(DiffArguments),
    /// Propose values for params, with their impact; nothing is edited
    Tune(TuneArguments),
    /// Measure compiling, for `heal-bench`
    #[command(hide = true)]
    Measure(MeasureArguments),
    /// Show the whole way on shipped telemetry, in a temporary folder
    Demo(DemoArguments),
}

#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    /// The folder to make
    #[arg(default_value = ".")]
    pub(crate) folder: PathBuf,
    /// Draft policies for what recurs most in this recording, in shadow
    #[arg(long, value_name = "RECORDING")]
    pub(crate) from: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people, on standard error
    Human,
    /// For scripts: `docs/schema/diagnostics.v1.json`
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// GitLab's code quality report
    Gitlab,
    /// JUnit XML
    Junit,
    /// Reviewdog's diagnostic format
    Rdjson,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// Packages or single files
    #[arg(default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// Print the most that each policy can do in an hour, whatever telemetry says
    #[arg(long)]
    pub(crate) bounds: bool,
    /// How to print diagnostics
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: CheckFormat,
    /// The day by which allowances expire; else that of the clock, in UTC
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub(crate) today: Option<Day>,
}

#[derive(Debug, Args)]
pub(crate) struct DocArguments {
    /// A module, `std.slo`, or one of its items, `std.slo.burn_rate`; else all modules are listed
    pub(crate) name: Option<String>,
}

#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct ExplainArguments {
    /// A code, such as `HEAL0203`; or what a simulation or difference shows: an id or its beginning, an incident; or with
    /// `--at` a policy or detector, with its key as `heal_leaks[cart/a]`
    #[arg(value_name = "WHAT", required_unless_present = "list")]
    pub(crate) code: Option<String>,
    /// The package that is simulated
    #[arg(conflicts_with = "list")]
    pub(crate) path: Option<PathBuf>,
    /// List all codes
    #[arg(long, conflicts_with = "code")]
    pub(crate) list: bool,
    /// Folder of the recording; else the default of `heal.toml`
    #[arg(long, value_name = "DIR")]
    pub(crate) recording: Option<PathBuf>,
    /// An environment of `heal.toml`, whose recording is used in place of the default
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,
    /// Why a policy or detector did not act, or did, at this time: `2026-01-31T12:00:00Z`, UTC unless it says otherwise
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) at: Option<Timestamp>,
    /// Explain a difference from this folder or Git revision, by the id that `heal diff BASE` shows
    #[arg(long, value_name = "BASE", conflicts_with = "at")]
    pub(crate) base: Option<String>,
    /// How to print it
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: ExplainFormat,
    #[command(flatten)]
    pub(crate) simulation: SimulationArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExplainFormat {
    /// For people
    Text,
    /// For scripts: `docs/schema/explanation.v1.json`
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct FixArguments {
    /// Packages or single files
    #[arg(default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// Apply those rewrites too that a person must look at
    #[arg(long = "unsafe")]
    pub(crate) also_unsafe: bool,
    /// Change nothing; show what would change
    #[arg(long)]
    pub(crate) diff: bool,
    /// The day by which allowances expire; else that of the clock, in UTC
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub(crate) today: Option<Day>,
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
pub(crate) enum TestFormat {
    Human,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct TestArguments {
    /// Packages or single files
    #[arg(default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// Only tests with this text in their name
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
    /// How to print results
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: TestFormat,
    /// Write results as JUnit XML to this file too
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    Mermaid,
    Dot,
    Json,
    Svg,
}

#[derive(Debug, Args)]
pub(crate) struct GraphArguments {
    /// The package
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// Show only what differs from this folder or Git revision, what that can reach, and what it stands on
    #[arg(long, value_name = "BASE")]
    pub(crate) changed: Option<String>,
    /// Show the items of the modules that it uses too which nothing of the package stands on
    #[arg(long, conflicts_with = "changed")]
    pub(crate) all: bool,
    /// How to print it
    #[arg(long, value_enum, default_value = "mermaid")]
    pub(crate) format: GraphFormat,
}

#[derive(Debug, Args)]
pub(crate) struct LockArguments {
    /// The package
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// Look again at which commits the revisions of repositories name; else what is locked stays
    #[arg(long)]
    pub(crate) update: bool,
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
    /// An environment of `heal.toml`, whose recording is used in place of the default
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,
    /// How to print the report
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: ReportFormat,
    #[command(flatten)]
    pub(crate) simulation: SimulationArguments,
}

#[derive(Debug, Args)]
pub(crate) struct SimulationArguments {
    /// How many threads compute firings; the result is the same
    #[arg(long, value_name = "COUNT")]
    pub(crate) threads: Option<usize>,
    /// Where what was computed before is kept; else `heal` in the user's cache folder
    #[arg(long, value_name = "DIR", conflicts_with = "no_cache")]
    pub(crate) cache: Option<PathBuf>,
    /// Computes everything anew, and keeps nothing
    #[arg(long)]
    pub(crate) no_cache: bool,
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
    /// An environment of BASE's `heal.toml`, whose recording is used in place of the default
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,
    /// End with 1 when the change breaks a gate of BASE's `heal.toml`
    #[arg(long)]
    pub(crate) gate: bool,
    /// How to print the difference
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: ReportFormat,
    #[command(flatten)]
    pub(crate) simulation: SimulationArguments,
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
    /// Add a stretch of Prometheus' past to a recording: what signals read, a query, alerts
    Prometheus(Box<RecordPrometheusArguments>),
    /// Add all series of an OpenMetrics file, or one in Prometheus' text format, to a recording
    #[command(name = "openmetrics")]
    OpenMetrics(Box<import::RecordOpenMetricsArguments>),
    /// Add events, counts or values from the lines of a log to a recording
    Logs(Box<logs::RecordLogsArguments>),
    /// Add incidents from a CSV file or the export of another tool to a recording
    Incidents(Box<import::RecordIncidentsArguments>),
    /// Add which entities lived when, for guards that say how many of them may be acted on
    Inventory(Box<import::RecordInventoryArguments>),
    /// Add what was really done, and how it ended, from a CSV file or another tool's list of jobs to a recording
    Outcomes(Box<import::RecordOutcomesArguments>),
    /// Add the metrics in a file of OpenTelemetry's file exporter to a recording
    Otlp(Box<import::RecordOtlpArguments>),
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
        /// How to print it
        #[arg(long, value_enum, default_value = "text")]
        format: import::ShowFormat,
    },
    /// Put several recordings together as one
    Merge(Box<import::RecordMergeArguments>),
    /// Write a part of a recording as another one
    Slice(Box<import::RecordSliceArguments>),
    /// Check a recording's files against its manifest
    Verify {
        /// The recording's folder
        folder: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RecordCsvArguments {
    /// The CSV file: a header, a column of times, columns of values. `--key` reads the long form, a row for each series
    /// and time
    pub(crate) file: PathBuf,
    /// The package that declares the signal
    #[arg(default_value = ".", value_name = "PACKAGE")]
    pub(crate) package: PathBuf,
    /// Record it as what this signal reads: name, unit and query are those of the signal; `--label` says its key
    #[arg(long, value_name = "SIGNAL", required_unless_present_all = ["name", "unit"], conflicts_with_all = ["name", "unit", "unit_declared"])]
    pub(crate) signal: Option<String>,
    /// Name of the series, such as `app.request_latency`; with `--unit`, in place of `--signal`
    #[arg(long, requires = "unit")]
    pub(crate) name: Option<String>,
    /// Unit of the values, as the language writes it: `ms`, `percent`, `MiB`
    #[arg(long, requires = "name", value_parser = unit)]
    pub(crate) unit: Option<String>,
    /// Mark the unit in the recording as your reading: neither the file nor where it comes from says what the numbers
    /// are in
    #[arg(long)]
    pub(crate) unit_declared: bool,
    /// A label of the series, `name=value`; repeat for more
    #[arg(long = "label", value_name = "NAME=VALUE", value_parser = series_label)]
    pub(crate) labels: Vec<(String, String)>,
    /// A column whose cells are a label of its name, or of another, `from=to`, such as `interface-name=interface`: each
    /// combination of them is a series; repeat for more
    #[arg(long = "key", value_name = "FROM[=TO]", value_parser = key_column)]
    pub(crate) keys: Vec<(String, Option<String>)>,
    /// Labelled incidents: CSV with a header and the cells `name,start,end[,label=value...]` in this order, or windows as
    /// JSON. Those of a CSV file have the labels that they say and no others
    #[arg(long, value_name = "FILE")]
    pub(crate) incidents: Option<PathBuf>,
    /// Give incidents that say no label those of the series
    #[arg(long, requires = "incidents")]
    pub(crate) label_incidents: bool,
    /// The column of times; else `timestamp`, or the first
    #[arg(long, value_name = "COLUMN")]
    pub(crate) time_column: Option<String>,
    /// A column of values; repeat for more; else all others
    #[arg(long = "value-column", value_name = "COLUMN")]
    pub(crate) value_columns: Vec<String>,
    /// The zone of times that do not state theirs, `Europe/Berlin` or `+01:00`
    #[arg(long, default_value = "UTC", conflicts_with = "utc_offset", allow_hyphen_values = true)]
    pub(crate) zone: Zone,
    /// How far local times without a zone are ahead of UTC all year, such as `+01:00`; `--zone` says it too
    #[arg(long, value_name = "OFFSET", allow_hyphen_values = true)]
    pub(crate) utc_offset: Option<String>,
    #[command(flatten)]
    pub(crate) target: IntoArguments,
}

/// Where what is read is recorded.
#[derive(Debug, Args)]
pub(crate) struct IntoArguments {
    /// The recording's folder
    #[arg(long, value_name = "DIR")]
    pub(crate) into: PathBuf,
    /// Name of the recording; else that of its folder
    #[arg(long, value_name = "NAME")]
    pub(crate) recording: Option<String>,
    /// What the recording shows, in a sentence
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// Where the data come from, with their licence
    #[arg(long, value_name = "TEXT")]
    pub(crate) origin: Option<String>,
    /// Put what is read in the place of what is there already and says something else: series, incidents and outcomes of the
    /// same name, the inventory of the same entities
    #[arg(long)]
    pub(crate) replace: bool,
}

#[derive(Debug, Args)]
pub(crate) struct MeasureArguments {
    /// The package
    pub(crate) path: PathBuf,
    /// A file of the package that changes before it is compiled again
    #[arg(long, requires = "becomes")]
    pub(crate) name: Option<String>,
    /// Where its new text is
    #[arg(long, requires = "name")]
    pub(crate) becomes: Option<PathBuf>,
}
