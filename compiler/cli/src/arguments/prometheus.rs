//! `heal record prometheus`, and how points in time and spans are written on the command line.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use heal_program::{Millis, Timestamp};
use heal_telemetry::csv::{TimeFormat, UtcOffset};

use super::unit;

/// Longest span that can be asked for, in milliseconds: a hundred years.
const SPAN_MAX: i64 = 36_525 * 86_400_000;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true).args(["package", "signals", "query", "alerts"]))]
#[command(group = ArgGroup::new("begin").required(true).args(["from", "since"]))]
pub(crate) struct RecordPrometheusArguments {
    /// Address of the server, up to the path before `/api/v1`
    pub(crate) url: String,
    /// The recording's folder
    #[arg(long, value_name = "DIR")]
    pub(crate) into: PathBuf,
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
    /// Name of the recording; else that of its folder
    #[arg(long, value_name = "NAME")]
    pub(crate) recording: Option<String>,
    /// What the recording shows, in a sentence
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// Where the data come from; else the server's address
    #[arg(long, value_name = "TEXT")]
    pub(crate) origin: Option<String>,
    /// Replace series that are there already
    #[arg(long)]
    pub(crate) replace: bool,
}

/// A point in time, UTC where no zone is written.
fn time(text: &str) -> Result<Timestamp, String> {
    let midnight = format!("{text} 00:00:00");
    let texts = [text, &midnight].into_iter();
    let mut found = texts.filter_map(|text| TimeFormat::detect(text)?.parse(text, UtcOffset::default()));
    found.next().filter(|time| (heal_telemetry::EARLIEST..=heal_telemetry::LATEST).contains(time)).ok_or_else(
        || "a point in time is written `2026-01-31`, `2026-01-31T12:00:00Z` or in Unix seconds".to_owned(),
    )
}

/// A span as the language writes it: `15s`, `7d`, `1d12h`.
fn span(text: &str) -> Result<Millis, String> {
    const UNITS: [(&str, i64); 6] =
        [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000)];
    let wrong = || "a span is written `15s`, `7d` or `1d12h`".to_owned();
    let mut total: i64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, after) = rest.split_at_checked(digits).ok_or_else(wrong)?;
        let letters = after.find(|character: char| !character.is_ascii_alphabetic()).unwrap_or(after.len());
        let (name, after) = after.split_at_checked(letters).ok_or_else(wrong)?;
        let unit = UNITS.iter().find(|(unit, _)| *unit == name).ok_or_else(wrong)?;
        let count: i64 = number.parse().map_err(|_| wrong())?;
        total = count.checked_mul(unit.1).and_then(|part| total.checked_add(part)).ok_or_else(wrong)?;
        rest = after;
    }
    match total {
        0 => Err(wrong()),
        total if total > SPAN_MAX => Err("a span is at most a hundred years".to_owned()),
        total => Ok(Millis(total)),
    }
}

#[cfg(test)]
mod tests {
    use heal_program::{Millis, Timestamp};

    use super::{span, time};

    #[test]
    fn spans_are_read_with_their_units() {
        let cases = [
            ("15s", 15_000),
            ("7d", 604_800_000),
            ("1d12h", 129_600_000),
            ("250ms", 250),
            ("2w", 1_209_600_000),
        ];
        for (text, milliseconds) in cases {
            assert_eq!(span(text), Ok(Millis(milliseconds)), "{text}");
        }
        for text in
            ["", "7", "d", "0s", "-1s", "1.5h", "7 d", "1y", "99999999999999999999s", "99999999d", "1é"]
        {
            assert!(span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_are_days_times_or_unix_seconds() {
        let day = Timestamp(1_767_225_600_000);
        for text in ["2026-01-01", "2026-01-01 00:00:00", "2026-01-01T01:00:00+01:00", "1767225600"] {
            assert_eq!(time(text), Ok(day), "{text}");
        }
        for text in ["", "yesterday", "2026-13-01", "99999-01-01"] {
            assert!(time(text).is_err(), "{text}");
        }
    }
}
