//! Units in the names of metrics: `http_request_duration_seconds` is in seconds, whatever the signal says.

use heal_diagnostics::{Code, Diagnostic, Safety, TextRange};
use heal_expr::{Unit, signal_unit};
use heal_program::Dimension;
use heal_syntax::tree::{Name, SampleSource, TypeName};

use crate::{item::Item, type_name::type_range};

/// What a metric's name may end in, and the unit that means.
const SUFFIXES: &[(&str, &str)] = &[
    ("nanoseconds", "ns"),
    ("microseconds", "us"),
    ("milliseconds", "ms"),
    ("ms", "ms"),
    ("seconds", "s"),
    ("minutes", "m"),
    ("hours", "h"),
    ("days", "d"),
    ("bytes", "B"),
    ("kilobytes", "KB"),
    ("megabytes", "MB"),
    ("bits", "bit"),
    ("percent", "percent"),
    ("celsius", "degC"),
    ("fahrenheit", "degF"),
];

/// What samples are read for, as it is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named<'t> {
    pub(super) name: &'t Name,
    pub(super) type_: &'t TypeName,
    pub(super) unit: Option<&'t Name>,
}

/// A warning when the name of the metric that samples come from ends in another unit than is said.
pub(super) fn unit_warning(
    item: &Item<'_>,
    named: Named<'_>,
    source: &SampleSource,
    dimension: Dimension,
    unit: Option<Unit>,
) -> Option<Diagnostic> {
    let (metric, place) = match source {
        SampleSource::Prometheus(query) => (metric_of_query(&query.value)?, query.range),
        SampleSource::Metric(name, _) => (name.value.as_str(), name.range),
        SampleSource::Logs(_) => return None,
    };
    let word = metric.strip_suffix("_total").unwrap_or(metric).rsplit(['_', '.']).next()?;
    let (_, name) = SUFFIXES.iter().find(|(suffix, _)| *suffix == word)?;
    let implied = signal_unit(name)?;
    let (scale, offset) = unit.map_or((1.0, 0.0), |unit| (unit.scale(), unit.offset()));
    let agrees = implied.dimension == dimension && implied.scale() == scale && implied.offset() == offset;
    if agrees {
        return None;
    }
    let message = format!(
        "the metric `{metric}` ends in `{word}`, and `{}` is {}",
        named.name.value,
        said(named, dimension)
    );
    let diagnostic = Diagnostic::warning(Code::UNIT_SUFFIX, item.unit.file, place, message);
    if implied.dimension != dimension {
        return Some(diagnostic.with_help("its type may be meant to be another one"));
    }
    let help = format!("samples that arrive in another unit than the base unit say so: `in {name}`");
    let diagnostic = diagnostic.with_help(help);
    Some(match named.unit {
        Some(written) => diagnostic.with_fix(format!("write `{name}`"), Safety::Unsafe, written.range, *name),
        None => {
            let end = type_range(named.type_).end;
            let text = format!(" in {name}");
            diagnostic.with_fix(format!("add `in {name}`"), Safety::Unsafe, TextRange::new(end, end), text)
        }
    })
}

/// What is said of the unit.
fn said(named: Named<'_>, dimension: Dimension) -> String {
    match named.unit {
        Some(unit) => format!("in `{}`", unit.value),
        None => format!("{} in its base unit", heal_expr::article(dimension)),
    }
}

/// The metric of a query that is just a metric with labels. What a longer query computes may have any unit.
fn metric_of_query(query: &str) -> Option<&str> {
    let query = query.trim();
    let (name, labels) = query.split_at(query.find('{').unwrap_or(query.len()));
    let is_name = name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_' || it == ':');
    (is_name && (labels.is_empty() || labels.ends_with('}'))).then_some(name)
}
