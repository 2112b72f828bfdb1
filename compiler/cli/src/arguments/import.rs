//! The command line of `heal record` for files of other tools.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use heal_diagnostics::nearest;
use heal_import::{OutcomeColumn, Zone};
use heal_program::Timestamp;
use heal_telemetry::Verdict;

use super::{
    IntoArguments,
    values::{label, renamed, series_label, time, unit},
};

#[derive(Debug, Args)]
pub(crate) struct RecordOpenMetricsArguments {
    /// OpenMetrics, or Prometheus' text format, with timestamps
    pub(crate) file: PathBuf,
    /// A label that all series get, `name=value`; repeat for more
    #[arg(long = "label", value_name = "NAME=VALUE", value_parser = series_label)]
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
    #[arg(long = "label", value_name = "FROM=TO", value_parser = renamed)]
    pub(crate) labels: Vec<(String, String)>,
    /// Only issues of GitHub with this label; repeat for more, of which an issue needs all
    #[arg(long, value_name = "LABEL")]
    pub(crate) only: Vec<String>,
    /// The zone of times that do not state theirs, `Europe/Berlin` or `+01:00`
    #[arg(long, default_value = "UTC", allow_hyphen_values = true)]
    pub(crate) zone: Zone,
    #[command(flatten)]
    pub(crate) target: IntoArguments,
}

#[derive(Debug, Args)]
pub(crate) struct RecordInventoryArguments {
    /// CSV with a row for each entity, or a JSON object a line: `entity` says of which kind it is, `since` and `until` when
    /// it lived or was so, all else are its fields
    pub(crate) file: PathBuf,
    /// The package that declares the entities: it says which fields are their key, and what numbers are in
    pub(crate) package: Option<PathBuf>,
    /// The kind of all entities, such as `Pod`, where no column says it
    #[arg(long, value_name = "NAME")]
    pub(crate) entity: Option<String>,
    /// A column that is a field of another name, or one of `entity`, `since` and `until`, `from=to`, such as
    /// `metadata.namespace=namespace`; repeat for more
    #[arg(long = "label", value_name = "FROM=TO", value_parser = label)]
    pub(crate) labels: Vec<(String, String)>,
    /// A field that tells one entity from another, else those of its declaration, else all do; repeat for more
    #[arg(long = "key", value_name = "FIELD")]
    pub(crate) keys: Vec<String>,
    /// A field that is a number, and its unit, `field=unit`; repeat for more
    #[arg(long = "unit", value_name = "FIELD=UNIT", value_parser = label)]
    pub(crate) units: Vec<(String, String)>,
    /// Fields by which is counted, `namespace` or `namespace,zone`, beside over all; else by each field alone. Repeat for more
    #[arg(long, value_name = "FIELDS")]
    pub(crate) per: Vec<String>,
    /// The zone of times that do not state theirs, `Europe/Berlin` or `+01:00`
    #[arg(long, default_value = "UTC", allow_hyphen_values = true)]
    pub(crate) zone: Zone,
    #[command(flatten)]
    pub(crate) target: IntoArguments,
}

#[derive(Debug, Args)]
pub(crate) struct RecordOutcomesArguments {
    /// A CSV file with a column each for start, plan and outcome, and where there are any for end, note and id
    pub(crate) file: PathBuf,
    /// A plan or action, and what it is called in the file, `plan=name`: `--plan shop.recycle='Restart service'`; repeat for
    /// more. Rows of other names are left out. Without it the names in the file are those of plans and actions
    #[arg(long = "plan", value_name = "PLAN=NAME", value_parser = plan)]
    pub(crate) plans: Vec<(String, String)>,
    /// What a word in the column of outcomes stands for, `outcome=word`: `passed`, `failed`, `step_failed`, `done` (it was
    /// done, and nobody says whether it helped), `unknown`, or `skip` to leave its rows out; repeat for more
    #[arg(long = "outcome", value_name = "OUTCOME=WORD", value_parser = outcome)]
    pub(crate) outcomes: Vec<(Meant, String)>,
    /// A key field of what it was done to, and its column where that has another name, `field` or `field=column`; repeat for
    /// more. Without it all columns that are nothing else are key fields
    #[arg(long = "key", value_name = "FIELD[=COLUMN]", value_parser = key)]
    pub(crate) keys: Vec<(String, String)>,
    /// What the column of something is called, `start=column`; also `end`, `plan`, `outcome`, `note` and `id`
    #[arg(long = "column", value_name = "WHAT=COLUMN", value_parser = column)]
    pub(crate) columns: Vec<(OutcomeColumn, String)>,
    /// The zone of times that do not state theirs, `Europe/Berlin` or `+01:00`
    #[arg(long, default_value = "UTC", allow_hyphen_values = true)]
    pub(crate) zone: Zone,
    #[command(flatten)]
    pub(crate) target: IntoArguments,
}

/// What a word of another tool stands for; none: its rows are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meant(pub(crate) Option<Verdict>);

fn plan(text: &str) -> Result<(String, String), String> {
    label(text)
        .map_err(|_| "this is written `plan=name`, such as `shop.recycle='Restart service'`".to_owned())
}

fn outcome(text: &str) -> Result<(Meant, String), String> {
    let (name, word) =
        label(text).map_err(|_| "this is written `outcome=word`, such as `done=successful`".to_owned())?;
    if name == "skip" {
        return Ok((Meant(None), word));
    }
    let verdict = Verdict::of_word(&name).ok_or_else(|| {
        let words = Verdict::ALL.map(Verdict::word).into_iter().chain(["skip"]);
        let near = nearest(&name, words).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        format!("`{name}` is no outcome: they are `passed`, `failed`, `step_failed`, `done`, `unknown` and `skip`{near}")
    })?;
    Ok((Meant(Some(verdict)), word))
}

fn key(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        None if !text.is_empty() => Ok((text.to_owned(), text.to_owned())),
        Some((field, column)) if !field.is_empty() && !column.is_empty() => {
            Ok((field.to_owned(), column.to_owned()))
        }
        Some(_) | None => Err("a key field is written `field` or `field=column`".to_owned()),
    }
}

fn column(text: &str) -> Result<(OutcomeColumn, String), String> {
    let names = OutcomeColumn::ALL.map(OutcomeColumn::name).join("`, `");
    let (what, name) =
        label(text).map_err(|_| format!("this is written `what=column`; what there is: `{names}`"))?;
    let column = OutcomeColumn::named(&what);
    column.map(|column| (column, name)).ok_or_else(|| format!("there is no `{what}`; there is `{names}`"))
}

#[derive(Debug, Args)]
pub(crate) struct RecordOtlpArguments {
    /// A file of the OpenTelemetry collector's file exporter: a JSON object a line
    pub(crate) file: PathBuf,
    /// An attribute that becomes a label of another name, `from=to`, such as `service.name=service`; repeat for more
    #[arg(long = "label", value_name = "FROM=TO", value_parser = renamed)]
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
