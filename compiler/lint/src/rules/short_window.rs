//! A window in which there is one sample: it says no more than the sample does. That one without any is mostly unknown is
//! proved by the graph.

use heal_diagnostics::{Code, Diagnostic};
use heal_program::{Expression, Learned, Millis, SignalIndex, WindowFunction};
use heal_syntax::tree::{self, DetectorStatement, ExpressionKind};

use crate::{
    found::Found,
    linted::{Linted, WrittenDetector, aligned, places},
};

pub(crate) fn check(linted: &Linted<'_>, detector: &WrittenDetector<'_>, found: &mut Found) {
    for statement in &detector.tree.statements {
        let (written, condition) = match &statement.value {
            DetectorStatement::When(written) => (written, Some(&detector.node.when)),
            DetectorStatement::Clear(written, _) => {
                (written, detector.node.clear.as_ref().map(|clear| &clear.when))
            }
            DetectorStatement::For(_) | DetectorStatement::Severity(_) => continue,
        };
        let mut windows = Vec::new();
        condition.into_iter().for_each(|it| it.walk(&mut |node| windows.extend(Window::of(node))));
        let places = aligned(places(written, &is_window), windows.len(), written.range);
        for (window, range) in windows.into_iter().zip(places) {
            let Some((why, help)) = window.too_short(linted) else { continue };
            let message = format!("{} {why}", detector.quoted(range));
            found
                .push(Diagnostic::warning(Code::SHORT_WINDOW, detector.file, range, message).with_help(help));
        }
    }
}

/// Fewest samples of a season: what is usual at one time is told of it and of its two neighbours.
const SEASON_SAMPLES_MIN: i64 = 4;

/// A read of more than one sample.
enum Window {
    Samples(WindowFunction, SignalIndex, Millis),
    Absent(SignalIndex, Millis),
    Seasons(SignalIndex, Millis),
    Other,
}

impl Window {
    fn of(node: &Expression) -> Option<Window> {
        if let Expression::Window { function, signal, span } = node {
            Some(Window::Samples(*function, *signal, *span))
        } else if let Expression::Absent { signal, span } = node {
            Some(Window::Absent(*signal, *span))
        } else if let Expression::Learned { signal, model, .. } | Expression::TimeTo { signal, model, .. } =
            node
        {
            match model {
                Learned::Baseline { season, .. } => Some(Window::Seasons(*signal, *season)),
                Learned::Forecast { .. }
                | Learned::Outlier { .. }
                | Learned::Changepoint { .. }
                | Learned::Anomaly { .. }
                | Learned::Model { .. } => Some(Window::Other),
            }
        } else {
            None
        }
    }

    /// Why it is too short, and what to do about it; none when it is not.
    fn too_short(&self, linted: &Linted<'_>) -> Option<(String, &'static str)> {
        let longer = "take a window of several samples, or read the signal more often";
        let every = |signal: SignalIndex| linted.program.signal(signal).map(|signal| signal.every);
        match self {
            // Looks at one sample, or weighs all there ever were; or is unknown with one, which the graph says.
            Window::Samples(
                WindowFunction::Lag
                | WindowFunction::Ewma
                | WindowFunction::Rate
                | WindowFunction::Increase
                | WindowFunction::Delta
                | WindowFunction::Slope,
                ..,
            )
            | Window::Other => None,
            Window::Samples(_, signal, span) => {
                let every = every(*signal)?;
                let is_short = *span >= every && span.0 < every.0.saturating_mul(2);
                let why = || format!("holds fewer than two samples: one comes every {}", every.written());
                is_short.then(|| (why(), longer))
            }
            Window::Absent(signal, span) => {
                let every = every(*signal)?;
                let why = || format!("is true between two samples: one comes every {}", every.written());
                (*span <= every).then(|| (why(), longer))
            }
            // How many seasons it learns from is the checker's to ask.
            Window::Seasons(signal, season) => {
                let every = every(*signal)?;
                let is_short = season.0 < every.0.saturating_mul(SEASON_SAMPLES_MIN);
                let (season, every) = (season.written(), every.written());
                let why = format!(
                    "has hardly a sample in each part of a season of {season}: one comes every {every}"
                );
                is_short.then_some((why, "take a longer season, or read the signal more often"))
            }
        }
    }
}

/// Whether a tree's node is what [`Window::of`] is made of.
fn is_window(kind: &ExpressionKind) -> bool {
    const WORDS: [&str; 21] = [
        "avg",
        "min",
        "max",
        "sum",
        "count",
        "stddev",
        "median",
        "quantile",
        "rate",
        "increase",
        "delta",
        "slope",
        "lag",
        "ewma",
        "absent",
        "baseline",
        "forecast",
        "outlier",
        "changepoint",
        "anomaly",
        "model",
    ];
    match kind {
        ExpressionKind::Call { receiver, function, arguments } => {
            let aggregates =
                arguments.iter().any(|it| it.name.as_ref().is_some_and(|name| name.value == "by"));
            let is_read = receiver.is_some() || function.value == "model";
            is_read
                && WORDS.contains(&function.value.as_str())
                && (!aggregates || function.value == "outlier")
                && receiver.as_ref().is_none_or(reads_signal)
        }
        ExpressionKind::Number { .. }
        | ExpressionKind::Text(_)
        | ExpressionKind::Bool(_)
        | ExpressionKind::List(_)
        | ExpressionKind::Name(_)
        | ExpressionKind::Field(..)
        | ExpressionKind::Index(..)
        | ExpressionKind::Unary(..)
        | ExpressionKind::Binary(..)
        | ExpressionKind::Conditional(..) => false,
    }
}

/// Whether an expression can be the name of a signal: `rss`, `service.latency`, `rss[pod]`.
fn reads_signal(expression: &tree::Expression) -> bool {
    match expression.kind.as_ref() {
        ExpressionKind::Name(_) => true,
        ExpressionKind::Field(receiver, _) | ExpressionKind::Index(receiver, _) => reads_signal(receiver),
        ExpressionKind::Number { .. }
        | ExpressionKind::Text(_)
        | ExpressionKind::Bool(_)
        | ExpressionKind::List(_)
        | ExpressionKind::Call { .. }
        | ExpressionKind::Unary(..)
        | ExpressionKind::Binary(..)
        | ExpressionKind::Conditional(..) => false,
    }
}
