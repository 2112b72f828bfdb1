//! The command line of `heal record prometheus`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use heal_program::{Millis, Timestamp};

use super::{
    IntoArguments,
    values::{span, time, unit},
};

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true).args(["package", "signals", "query", "alerts"]))]
#[command(group = ArgGroup::new("begin").required(true).args(["from", "since"]))]
pub(crate) struct RecordPrometheusArguments {
    /// Address of the server, up to the path before `/api/v1`
    pub(crate) url: String,
    /// Record what the signals of this package ask Prometheus for
    #[arg(long = "for", value_name = "PACKAGE")]
    pub(crate) package: Option<PathBuf>,
    /// Record only this signal, of the package here unless `--for` names another; repeat for more
    #[arg(long = "signal", value_name = "SIGNAL")]
    pub(crate) signals: Vec<String>,
    /// Record the values of this PromQL query
    #[arg(long, value_name = "PROMQL", requires_all = ["name", "unit"])]
    pub(crate) query: Option<String>,
    /// What the query's series are recorded as
    #[arg(long, requires = "query")]
    pub(crate) name: Option<String>,
    /// Unit of the query's values, as the language writes it: `ms`, `percent`, `MiB`
    #[arg(long, requires = "query", value_parser = unit)]
    pub(crate) unit: Option<String>,
    /// Record which of Prometheus' alerts fired, as events `alert`
    #[arg(long)]
    pub(crate) alerts: bool,
    /// The first point in time: `2026-01-31`, `2026-01-31T12:00:00Z` or Unix seconds; UTC unless it says otherwise
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) from: Option<Timestamp>,
    /// How far back from the last point in time, such as `7d`, in place of `--from`
    #[arg(long, value_name = "SPAN", value_parser = span)]
    pub(crate) since: Option<Millis>,
    /// The last point in time; else now
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) to: Option<Timestamp>,
    /// How far the samples are apart; else what `every` of the signal says, and `1m` for queries and alerts
    #[arg(long, value_name = "SPAN", value_parser = span)]
    pub(crate) step: Option<Millis>,
    /// Leave out signals and queries that Prometheus has no values of, instead of recording nothing
    #[arg(long)]
    pub(crate) allow_empty: bool,
    /// Begin anew, without what an earlier run of the same command has fetched
    #[arg(long)]
    pub(crate) restart: bool,
    /// Most steps that are asked for at once
    #[arg(long, value_name = "COUNT", default_value = "10000", value_parser = clap::value_parser!(u64).range(1..=11_000))]
    pub(crate) points: u64,
    /// How often a request that fails is made again, after pauses of 250ms, doubled up to 30s
    #[arg(long, value_name = "COUNT", default_value = "10", value_parser = clap::value_parser!(u32).range(..=1_000))]
    pub(crate) retries: u32,
    /// How long to wait for an answer
    #[arg(long, value_name = "SPAN", default_value = "60s", value_parser = span)]
    pub(crate) timeout: Millis,
    /// File with a bearer token
    #[arg(long, value_name = "FILE", conflicts_with_all = ["token_env", "user"])]
    pub(crate) token_file: Option<PathBuf>,
    /// Environment variable with a bearer token
    #[arg(long, value_name = "NAME", conflicts_with = "user")]
    pub(crate) token_env: Option<String>,
    /// User, for servers that ask for a password
    #[arg(long, value_name = "NAME", requires = "password_file")]
    pub(crate) user: Option<String>,
    /// File with the user's password
    #[arg(long, value_name = "FILE", requires = "user")]
    pub(crate) password_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) target: IntoArguments,
}
