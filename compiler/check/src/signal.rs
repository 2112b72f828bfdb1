//! Signals and counters: telemetry with a unit and a key.

use heal_diagnostics::{Code, Diagnostic};
use heal_expr::{Key, SpanKind, Unit, article, signal_unit, unit_names, with_nearest};
use heal_program::{Dimension, Millis, Signal, Source};
use heal_syntax::tree::{self, Expression, ItemKind, Matcher, Name, SampleSource, SignalStatement, Spanned};

use crate::{
    check::Checker,
    item::Item,
    known::{Cadence, SignalShape},
    metric_name::unit_warning,
    statements::Slot,
};

/// Most keys of a signal that does not say.
const KEYS_MAX_DEFAULT: u32 = 10_000;

/// How many samples may be missing before the last one is stale, for a signal that does not say.
const STALE_SAMPLES_DEFAULT: i64 = 3;

/// The cadence that is assumed of a signal whose own was reported.
const CADENCE_ASSUMED: Cadence = Cadence { every: Millis::from_seconds(15), lateness: Millis::ZERO };

impl<'a> Checker<'a> {
    /// Checks a signal.
    pub(crate) fn signal(&mut self, item: &Item<'a>) -> Option<Signal> {
        let ItemKind::Signal(signal) = &item.tree.kind else { return None };
        let keys = self.distinct(item, &signal.keys, "key field");
        let statements = self.signal_statements(item, signal);
        let dimension = self.dimension(item, &signal.type_)?;
        let unit = match &signal.unit {
            Some(name) => self.signal_unit(item, name, dimension).map(Some),
            None => Some(None),
        };
        self.known.signals.insert(
            item.index,
            SignalShape {
                dimension,
                counter: signal.counter,
                key: Key::new(keys.clone()),
                unit: signal.unit.as_ref().map(|name| name.value.clone()),
                cadence: statements
                    .every
                    .map_or(CADENCE_ASSUMED, |every| Cadence { every, ..CADENCE_ASSUMED }),
            },
        );
        let unit = unit?;
        if let Some(warning) = unit_warning(item, signal, dimension, unit) {
            self.diagnostics.push(warning);
        }
        let every = statements.every?;
        Some(Signal {
            head: item.head(),
            dimension,
            counter: signal.counter,
            scale: unit.map_or(1.0, Unit::scale),
            offset: unit.map_or(0.0, Unit::offset),
            unit: signal.unit.as_ref().map(|name| name.value.clone()),
            keys,
            source: statements.source?,
            every,
            stale_after: statements
                .stale_after
                .unwrap_or(Millis(every.0.saturating_mul(STALE_SAMPLES_DEFAULT))),
            lateness: CADENCE_ASSUMED.lateness,
            keys_max: statements.keys_max.unwrap_or(KEYS_MAX_DEFAULT),
        })
    }

    fn signal_statements(&mut self, item: &Item<'a>, signal: &'a tree::Signal) -> Statements {
        let mut source: Slot<Source> = Slot::new("from");
        let mut every: Slot<&Expression> = Slot::new("every");
        let mut stale: Slot<&Expression> = Slot::new("stale after");
        let mut keys_max: Slot<&Expression> = Slot::new("at most");
        for Spanned { value: statement, range } in &signal.statements {
            match statement {
                SignalStatement::From(SampleSource::Prometheus(query)) => {
                    let query = query.value.clone();
                    self.fill(item, &mut source, Source::Prometheus { query }, *range);
                }
                SignalStatement::From(SampleSource::Metric(name, labels)) => {
                    let metric = self.metric(item, name, labels);
                    self.fill(item, &mut source, metric, *range);
                }
                SignalStatement::From(SampleSource::Logs(_)) => {}
                SignalStatement::Every(span) => self.fill(item, &mut every, span, *range),
                SignalStatement::StaleAfter(span) => self.fill(item, &mut stale, span, *range),
                SignalStatement::AtMost(count) => self.fill(item, &mut keys_max, count, *range),
            }
        }
        self.require(item, &source, "from prometheus `up`");
        self.require(item, &every, "every 15s");
        let mut span = |slot: &Slot<&Expression>| {
            let written = slot.value()?;
            self.constant_span(item, written, SpanKind::Positive)
        };
        let (every, stale_after) = (span(&every), span(&stale));
        let keys_max = keys_max.value().and_then(|count| self.constant_whole(item, count, 1));
        Statements { source: source.value().cloned(), every, stale_after, keys_max }
    }

    fn metric(&mut self, item: &Item<'a>, name: &Spanned<String>, labels: &[Matcher]) -> Source {
        let names: Vec<Name> = labels.iter().map(|label| label.name.clone()).collect();
        self.distinct(item, &names, "label");
        let mut matching: Vec<(String, String)> =
            labels.iter().map(|label| (label.name.value.clone(), label.value.value.clone())).collect();
        matching.sort();
        Source::Metric { name: name.value.clone(), matching }
    }

    fn signal_unit(&mut self, item: &Item<'a>, name: &Name, dimension: Dimension) -> Option<Unit> {
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
            item.name.value,
            article(dimension)
        );
        self.error(item, Code::DIMENSION_MISMATCH, name.range, message);
        None
    }
}

/// What a signal's statements say; none where one is missing or was reported.
struct Statements {
    source: Option<Source>,
    every: Option<Millis>,
    stale_after: Option<Millis>,
    keys_max: Option<u32>,
}
