//! The command line of `heal record logs`.

use std::path::PathBuf;

use clap::Args;
use heal_import::Zone;
use heal_program::Millis;

use super::{
    IntoArguments,
    values::{label, series_label, span, unit},
};

#[derive(Debug, Args)]
pub(crate) struct RecordLogsArguments {
    /// The log
    pub(crate) file: PathBuf,
    /// The package that declares the signal or event
    #[arg(default_value = ".", value_name = "PACKAGE")]
    pub(crate) package: PathBuf,
    /// Record what this signal counts or reads: pattern, keys, span and unit are those of the signal
    #[arg(long, value_name = "SIGNAL", conflicts_with_all = ["event", "pattern", "json", "name", "per", "value", "unit", "matching", "by"])]
    pub(crate) signal: Option<String>,
    /// Record the lines that are this event: pattern and keys are those of the event
    #[arg(long, value_name = "EVENT", conflicts_with_all = ["pattern", "json", "name", "per", "value", "unit", "matching", "by"])]
    pub(crate) event: Option<String>,
    /// A regular expression that finds a line; its named groups `(?<name>…)` are fields
    #[arg(long = "match", value_name = "REGEX", conflicts_with = "json", required_unless_present_any = ["signal", "event", "json"])]
    pub(crate) pattern: Option<String>,
    /// Each line is a JSON object; a field in an object is written `outer.inner`
    #[arg(long)]
    pub(crate) json: bool,
    /// What the events or the series are called
    #[arg(long, required_unless_present_any = ["signal", "event"])]
    pub(crate) name: Option<String>,
    /// Count the lines in each span, such as `1m`, in place of events
    #[arg(long, value_name = "SPAN", value_parser = span, conflicts_with = "value")]
    pub(crate) per: Option<Millis>,
    /// Record the number in this group or field, in place of events
    #[arg(long, value_name = "FIELD", requires = "unit")]
    pub(crate) value: Option<String>,
    /// The unit of the numbers
    #[arg(long, requires = "value", value_parser = unit)]
    pub(crate) unit: Option<String>,
    /// Only lines whose field is equal to a text, `field=text`; repeat for more
    #[arg(long = "where", value_name = "FIELD=TEXT", value_parser = label)]
    pub(crate) matching: Vec<(String, String)>,
    /// A field that is a label, `field` or `label=field`; repeat for more; else all named groups
    #[arg(long = "by", value_name = "[LABEL=]FIELD", value_parser = by)]
    pub(crate) by: Vec<(String, String)>,
    /// A label that is always there, `name=value`; repeat for more
    #[arg(long = "label", value_name = "NAME=VALUE", value_parser = series_label)]
    pub(crate) labels: Vec<(String, String)>,
    /// The group or field of the time; else `time`, `timestamp`, `ts`, `@timestamp`, or the beginning of the line
    #[arg(long, value_name = "FIELD")]
    pub(crate) time: Option<String>,
    /// How times are written: `rfc3339`, `unix`, `unix_ms`, or such as `%b %e %H:%M:%S`; else as in the first line
    #[arg(long, value_name = "FORMAT")]
    pub(crate) time_format: Option<String>,
    /// The year of the first line, where times have none
    #[arg(long, value_parser = clap::value_parser!(i32).range(1..=9999))]
    pub(crate) year: Option<i32>,
    /// The zone of times that do not state theirs, `Europe/Berlin` or `+01:00`
    #[arg(long, default_value = "UTC", allow_hyphen_values = true)]
    pub(crate) zone: Zone,
    /// What the first line of an entry matches; lines that do not belong to the entry before
    #[arg(long, value_name = "REGEX")]
    pub(crate) multiline: Option<String>,
    #[command(flatten)]
    pub(crate) target: IntoArguments,
}

fn by(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((label, field)) if !label.is_empty() && !field.is_empty() => {
            Ok((label.to_owned(), field.to_owned()))
        }
        Some(_) => Err("write `field`, or `label=field`".to_owned()),
        None => Ok((text.to_owned(), text.to_owned())),
    }
}
