//! Functions as they are called in PromQL, and how each is written here.

use heal_program::{Dimension, Millis, literal_unit};
use heal_syntax::tree::{BinaryOperator, CallArgument, Expression, ExpressionKind, Name};

use crate::{aggregates::AGGREGATES, calls::is_method, checker::Checker, mismatch::Tightness};

/// What functions of PromQL are called here, where that is not their name without `_over_time`.
const RENAMED: &[(&str, &str)] = &[("irate", "rate"), ("deriv", "slope"), ("absent_over_time", "absent")];

/// What functions are called elsewhere that are called on what they read there, too, and how they are written here.
const METHODS: &[(&str, &str)] = &[
    ("mean", "avg(5m)"),
    ("average", "avg(5m)"),
    ("std", "stddev(5m)"),
    ("percentile", "quantile(0.99, 5m)"),
    ("p50", "quantile(0.5, 5m)"),
    ("p90", "quantile(0.9, 5m)"),
    ("p95", "quantile(0.95, 5m)"),
    ("p99", "quantile(0.99, 5m)"),
    ("p999", "quantile(0.999, 5m)"),
    ("predict", "forecast(ahead: 4h, train: 1h).value"),
    ("predict_linear", "forecast(ahead: 4h, train: 1h, method: \"linear\").value"),
    ("derivative", "slope(1h)"),
    ("offset", "lag(1h)"),
    ("zscore", "baseline(season: 1d, train: 14d).score"),
];

/// Functions of PromQL that have no like here, and what to do instead.
const WITHOUT_LIKE: &[(&str, &str)] = &[
    (
        "histogram_quantile",
        "there are no buckets here: ask for the quantile in the query of the source, \
         or read a signal of single values with `x.quantile(0.99, 5m)`",
    ),
    ("topk", RANKED),
    ("bottomk", RANKED),
    ("label_replace", IN_THE_QUERY),
    ("label_join", IN_THE_QUERY),
];

const RANKED: &str = "each key is judged by itself: compare with a limit, or with the others by \
                      `x.outlier(by: [zone], train: 1h).score > 3`";
const IN_THE_QUERY: &str = "labels are renamed in the query of the source";

/// What to write in place of a call.
pub(crate) struct Meant {
    /// What is said about it.
    pub(crate) help: String,
    /// The call as it is written here.
    pub(crate) rewrite: Option<String>,
}

/// How a function that is called on what it reads is written here, as an example.
pub(crate) fn method_elsewhere(name: &str) -> Option<&'static str> {
    METHODS.iter().find(|(elsewhere, _)| *elsewhere == name).map(|(_, here)| *here)
}

impl Checker<'_> {
    /// What is meant by a function that there is elsewhere, or that is called on what it reads here.
    pub(crate) fn function_elsewhere(&self, function: &Name, arguments: &[CallArgument]) -> Option<Meant> {
        let name = function.value.as_str();
        if let Some((_, help)) = WITHOUT_LIKE.iter().find(|(elsewhere, _)| *elsewhere == name) {
            return Some(Meant { help: (*help).to_owned(), rewrite: None });
        }
        if name == "predict_linear" {
            return self.forecast_elsewhere(arguments);
        }
        let renamed = RENAMED.iter().find(|(elsewhere, _)| *elsewhere == name).map(|(_, here)| *here);
        let here = renamed.or_else(|| name.strip_suffix("_over_time")).unwrap_or(name);
        let is_number = |it: &CallArgument| matches!(it.value.kind.as_ref(), ExpressionKind::Number { .. });
        // `quantile_over_time(0.9, x[5m])` has what it reads in the second place.
        let text = match arguments {
            [share, subject] if here == "quantile" && is_number(share) => {
                let mut parts = self.parts(subject);
                parts.arguments.insert(0, self.source.line(share.value.range));
                parts.call(here)
            }
            [subject, rest @ ..] if is_method(here) && !is_number(subject) => {
                self.as_method(here, subject, rest)
            }
            [] | [_, ..] => return None,
        };
        Some(Meant { help: format!("`{here}` is called on what it reads: `{text}`"), rewrite: Some(text) })
    }

    /// `avg(latency, 5m)` and `rate(errors[5m])` as they are written here.
    fn as_method(&self, function: &str, subject: &CallArgument, rest: &[CallArgument]) -> String {
        let mut parts = self.parts(subject);
        parts.arguments.extend(rest.iter().map(|argument| {
            let value = self.source.line(argument.value.range);
            argument.name.as_ref().map_or(value.clone(), |name| format!("{}: {value}", name.value))
        }));
        if parts.arguments.is_empty() {
            if function == "absent" {
                // PromQL looks five minutes back by itself; here that is written.
                parts.arguments.push("5m".to_owned());
            } else if AGGREGATES.iter().any(|(aggregate, _)| *aggregate == function) {
                // Without a window, PromQL means all keys.
                parts.arguments.push("by: []".to_owned());
            }
        }
        parts.call(function)
    }

    /// `predict_linear(rss[1h], 4 * 3600)`
    fn forecast_elsewhere(&self, arguments: &[CallArgument]) -> Option<Meant> {
        let [subject, ahead] = arguments else { return None };
        let mut parts = self.parts(subject);
        let train = parts.arguments.pop().map(|span| format!("train: {span}"));
        let seconds = seconds(&ahead.value);
        let ahead = seconds.map_or_else(|| "4h".to_owned(), |seconds| Millis(seconds * 1_000).written());
        parts.arguments.push(format!("ahead: {ahead}"));
        parts.arguments.extend(train);
        parts.arguments.push("method: \"linear\"".to_owned());
        let text = format!("{}.value", parts.call("forecast"));
        let help = format!("what is to come is read with `forecast`: `{text}`");
        Some(Meant { help, rewrite: seconds.is_some().then_some(text) })
    }

    /// What a call reads, and the window behind it.
    fn parts(&self, subject: &CallArgument) -> Parts {
        let mut receiver = &subject.value;
        let mut arguments = Vec::new();
        if let ExpressionKind::Index(series, index) = receiver.kind.as_ref()
            && let ExpressionKind::Number { unit: Some(unit), .. } = index.kind.as_ref()
            && literal_unit(unit).is_some_and(|unit| unit.dimension == Dimension::DURATION)
        {
            arguments.push(self.source.line(index.range));
            receiver = series;
        }
        Parts { receiver: self.bracketed(receiver, Tightness::Receiver), arguments }
    }
}

/// A call as it is written here.
struct Parts {
    receiver: String,
    arguments: Vec<String>,
}

impl Parts {
    fn call(&self, function: &str) -> String {
        format!("{}.{function}({})", self.receiver, self.arguments.join(", "))
    }
}

/// Seconds that are written as a number or a product of numbers.
fn seconds(written: &Expression) -> Option<i64> {
    factor(written).filter(|seconds| seconds.checked_mul(1_000).is_some())
}

fn factor(written: &Expression) -> Option<i64> {
    if let ExpressionKind::Number { digits, unit: None } = written.kind.as_ref() {
        return digits.parse().ok();
    }
    if let ExpressionKind::Binary(left, operator, right) = written.kind.as_ref()
        && operator.value == BinaryOperator::Multiply
    {
        return factor(left)?.checked_mul(factor(right)?);
    }
    None
}
