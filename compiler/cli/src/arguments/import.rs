//! The command line of `heal record` for files of other tools.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use heal_import::Zone;
use heal_program::Timestamp;

use super::{
    IntoArguments,
    values::{label, time, unit},
};

#[derive(Debug, Args)]
pub(crate) struct RecordOpenMetricsArguments {
    /// OpenMetrics, or Prometheus' text format, with timestamps
    pub(crate) file: PathBuf,
    /// A label that all series get, `name=value`; repeat for more
    #[arg(long = "label", value_name = "NAME=VALUE", value_parser = label)]
    pub(crate) labels: Vec<(String, String)>,
    /// The unit of a metric, `name=unit`, where the file does not state it; repeat for more
    #[arg(long = "unit", value_name = "METRIC=UNIT", value_parser = metric_unit)]
    pub(crate) units: Vec<(String, String)>,
    #[command(flatten)]
    pub(crate) target: IntoArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum IncidentFormat {
    /// `name,start,end` and any number of cells `label=value`
    Csv,
    /// Incidents of PagerDuty: CSV, or JSON of its REST API
    Pagerduty,
    /// The table of incidents of ServiceNow, as CSV
    Servicenow,
    /// Issues of GitHub: JSON of its REST API, or of `gh issue list --json number,title,labels,createdAt,closedAt`
    Github,
}

#[derive(Debug, Args)]
pub(crate) struct RecordIncidentsArguments {
    /// The file
    pub(crate) file: PathBuf,
    /// What the file is
    #[arg(long, value_enum)]
    pub(crate) format: IncidentFormat,
    /// A column or field that becomes a label, `from=to`; of GitHub the beginning of issues' labels: with
    /// `service=service`, `service:checkout` gives the label `service`. Repeat for more
    #[arg(long = "label", value_name = "FROM=TO", value_parser = label)]
    pub(crate) labels: Vec<(String, String)>,
    /// Only issues of GitHub with this label; repeat for more, of which an issue needs all
    #[arg(long, value_name = "LABEL")]
    pub(crate) only: Vec<String>,
    /// The zone of times that do not state theirs, `Europe/Berlin` or `+01:00`
    #[arg(long, default_value = "UTC")]
    pub(crate) zone: Zone,
    #[command(flatten)]
    pub(crate) target: IntoArguments,
}

#[derive(Debug, Args)]
pub(crate) struct RecordInventoryArguments {
    /// CSV with a row for each entity, or a JSON object a line: `entity` says of which kind it is, `since` and `until` when
    /// it lived, all else are its fields
    pub(crate) file: PathBuf,
    /// The kind of all entities, such as `Pod`, where no column says it
    #[arg(long, value_name = "NAME")]
    pub(crate) entity: Option<String>,
    /// A column that is a field of another name, or one of `entity`, `since` and `until`, `from=to`, such as
    /// `metadata.namespace=namespace`; repeat for more
    #[arg(long = "label", value_name = "FROM=TO", value_parser = label)]
    pub(crate) labels: Vec<(String, String)>,
    /// A field that tells one entity from another, else all do; repeat for more
    #[arg(long = "key", value_name = "FIELD")]
    pub(crate) keys: Vec<String>,
    /// Fields by which is counted, `namespace` or `namespace,zone`, beside over all; else by each field alone. Repeat for more
    #[arg(long, value_name = "FIELDS")]
    pub(crate) per: Vec<String>,
    /// The zone of times that do not state theirs, `Europe/Berlin` or `+01:00`
    #[arg(long, default_value = "UTC")]
    pub(crate) zone: Zone,
    #[command(flatten)]
    pub(crate) target: IntoArguments,
}

#[derive(Debug, Args)]
pub(crate) struct RecordOtlpArguments {
    /// A file of the OpenTelemetry collector's file exporter: a JSON object a line
    pub(crate) file: PathBuf,
    /// An attribute that becomes a label of another name, `from=to`, such as `service.name=service`; repeat for more
    #[arg(long = "label", value_name = "FROM=TO", value_parser = label)]
    pub(crate) labels: Vec<(String, String)>,
    #[command(flatten)]
    pub(crate) target: IntoArguments,
}

fn metric_unit(text: &str) -> Result<(String, String), String> {
    let (name, text) = label(text).map_err(|_| "a unit is written `metric=ms`".to_owned())?;
    Ok((name, unit(&text)?))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShowFormat {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct RecordMergeArguments {
    /// The recordings' folders; where two differ, the first wins
    #[arg(required = true, num_args = 2..)]
    pub(crate) folders: Vec<PathBuf>,
    /// The new recording's folder
    #[arg(long, value_name = "DIR")]
    pub(crate) into: PathBuf,
    /// Replace the recording that is there
    #[arg(long)]
    pub(crate) replace: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RecordSliceArguments {
    /// The recording's folder
    pub(crate) folder: PathBuf,
    /// From here on, inclusive: `2026-01-31`, `2026-01-31 12:00:00` in UTC, or RFC 3339
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) from: Option<Timestamp>,
    /// Up to here, exclusive
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) to: Option<Timestamp>,
    /// The name of a series, `*` at its end for any more; repeat for more; else all
    #[arg(long, value_name = "NAME")]
    pub(crate) series: Vec<String>,
    /// The new recording's folder
    #[arg(long, value_name = "DIR")]
    pub(crate) into: PathBuf,
    /// Replace the recording that is there
    #[arg(long)]
    pub(crate) replace: bool,
}
