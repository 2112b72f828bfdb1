//! Where samples come from, and in which unit they arrive.

use heal_diagnostics::{Code, Diagnostic, TextRange};
use heal_expr::{Unit, article, signal_unit, unit_names, with_nearest};
use heal_program::{Dimension, Millis, Source};
use heal_syntax::tree::{self, Matcher, Name, Spanned};

use crate::{check::Checker, item::Item};

/// How long a step waits for samples that are pushed: they come when their sender likes. What is pulled is there when it
/// was asked for.
pub(super) const LATENESS_PUSHED: Millis = Millis::from_seconds(10);

/// A checked source of samples.
#[derive(Clone, Debug)]
pub(crate) struct SampleSource {
    /// The source; none where a part of it was reported.
    pub(crate) source: Option<Source>,
    /// How often it has a sample by itself, where it says so: `count per 1m`.
    pub(crate) per: Option<(Millis, TextRange)>,
}

/// How long after a step of the grid what is read from `source` is evaluated.
pub(crate) fn lateness(source: &Source) -> Millis {
    match source {
        Source::Prometheus { .. } => Millis::ZERO,
        Source::Metric { .. } | Source::Logs(_) => LATENESS_PUSHED,
    }
}

/// All of a source of samples, without its first word.
pub(crate) fn source_range(source: &tree::SampleSource) -> TextRange {
    match source {
        tree::SampleSource::Prometheus(query) => query.range,
        tree::SampleSource::Metric(name, matchers) => {
            matchers.last().map_or(name.range, |last| name.range.cover(last.value.range))
        }
        tree::SampleSource::Logs(log) => log.name.range,
    }
}

impl<'a> Checker<'a> {
    /// A source of the samples of something that has these key fields and measures `dimension`.
    pub(crate) fn sample_source(
        &mut self,
        item: &Item<'a>,
        written: &'a tree::SampleSource,
        keys: &[Name],
        measured: &Measured<'_>,
    ) -> SampleSource {
        match written {
            tree::SampleSource::Prometheus(query) => {
                let source = self.query(item, query);
                SampleSource { source, per: None }
            }
            tree::SampleSource::Metric(name, matchers) => {
                let source = self.metric(item, name, matchers);
                SampleSource { source, per: None }
            }
            tree::SampleSource::Logs(log) => self.log_samples(item, log, keys, measured),
        }
    }

    fn query(&mut self, item: &Item<'a>, query: &Spanned<String>) -> Option<Source> {
        if query.value.trim().is_empty() {
            self.error(item, Code::BAD_LITERAL, query.range, "the query is empty");
            return None;
        }
        Some(Source::Prometheus { query: query.value.clone() })
    }

    fn metric(&mut self, item: &Item<'a>, name: &Spanned<String>, matchers: &[Matcher]) -> Option<Source> {
        let matching = self.matching(item, matchers, "label");
        if name.value.trim().is_empty() {
            self.error(item, Code::BAD_LITERAL, name.range, "the name of the metric is empty");
            return None;
        }
        Some(Source::Metric { name: name.value.clone(), matching })
    }

    /// Labels that must be equal, sorted; `what` they are called here.
    pub(crate) fn matching(
        &mut self,
        item: &Item<'a>,
        matchers: &[Matcher],
        what: &str,
    ) -> Vec<(String, String)> {
        let names: Vec<Name> = matchers.iter().map(|matcher| matcher.name.clone()).collect();
        self.distinct(item, &names, what);
        let pair = |matcher: &Matcher| (matcher.name.value.clone(), matcher.value.value.clone());
        let mut matching: Vec<(String, String)> = matchers.iter().map(pair).collect();
        matching.sort();
        matching.dedup_by(|left, right| left.0 == right.0);
        matching
    }

    /// The unit after `in`, which `owner` measures `dimension` in.
    pub(crate) fn unit_after_in(
        &mut self,
        item: &Item<'a>,
        owner: &Name,
        name: &Name,
        dimension: Dimension,
    ) -> Option<Unit> {
        let Some(unit) = signal_unit(&name.value) else {
            let of_dimension: Vec<&str> = unit_names(Some(dimension)).collect();
            let message = format!("unknown unit `{}`", name.value);
            let mut diagnostic = Diagnostic::error(Code::UNKNOWN_UNIT, item.unit.file, name.range, message);
            if !of_dimension.is_empty() {
                let units = of_dimension.join(" ").replace('%', "percent");
                diagnostic = diagnostic.with_help(format!("the units of {} are {units}", article(dimension)));
            }
            diagnostic = with_nearest(diagnostic, &name.value, name.range, of_dimension);
            self.diagnostics.push(diagnostic);
            return None;
        };
        if unit.dimension == dimension {
            return Some(unit);
        }
        let message = format!(
            "`{}` is a unit of {}, and `{}` is {}",
            name.value,
            article(unit.dimension),
            owner.value,
            article(dimension)
        );
        self.error(item, Code::DIMENSION_MISMATCH, name.range, message);
        None
    }
}

/// What samples are read for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured<'t> {
    /// The name that they are read for.
    pub(crate) name: &'t Name,
    /// What they measure; none where that was reported.
    pub(crate) dimension: Option<Dimension>,
    /// Where its type stands.
    pub(crate) type_range: TextRange,
    /// Whether they only grow.
    pub(crate) counter: bool,
}
