//! The command line of `heal record` for files of other tools.

use std::path::PathBuf;

use clap::Args;

use super::{label, unit};

/// Where what a file holds is recorded.
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
    /// Replace series and incidents that are there already
    #[arg(long)]
    pub(crate) replace: bool,
}

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

fn metric_unit(text: &str) -> Result<(String, String), String> {
    let (name, text) = label(text).map_err(|_| "a unit is written `metric=ms`".to_owned())?;
    Ok((name, unit(&text)?))
}
