//! Signals and counters: telemetry with a unit and a key.

use heal_diagnostics::{Code, Diagnostic, TextRange};
use heal_expr::{Key, SpanKind, Unit};
use heal_program::{Millis, Signal};
use heal_syntax::tree::{self, Expression, ItemKind, SignalStatement, Spanned};

use super::{
    metric_name::{Named, unit_warning},
    sample_source::{Measured, SampleSource, lateness},
};
use crate::{
    check::Checker,
    item::Item,
    known::{Cadence, SignalShape},
    statements::Slot,
    type_name::type_range,
};

/// Most keys of a signal, entity or event that does not say.
pub(super) const KEYS_MAX_DEFAULT: u32 = 10_000;

/// How many samples may be missing before the last one is stale, where it is not said.
const STALE_SAMPLES_DEFAULT: i64 = 3;

/// The cadence that is assumed of a signal whose own was reported.
const CADENCE_ASSUMED: Cadence = Cadence { every: Millis::from_seconds(15), lateness: Millis::ZERO };

impl<'a> Checker<'a> {
    /// Checks a signal.
    pub(crate) fn signal(&mut self, item: &Item<'a>) -> Option<Signal> {
        let ItemKind::Signal(signal) = &item.tree.kind else { return None };
        let keys = self.distinct(item, &signal.keys, "key field");
        let dimension = self.dimension(item, &signal.type_);
        let measured = Measured {
            name: &signal.name,
            dimension,
            type_range: type_range(&signal.type_),
            counter: signal.counter,
        };
        let (source, rhythm) = self.signal_statements(item, signal, &measured);
        let dimension = dimension?;
        let unit = match &signal.unit {
            Some(name) => self.unit_after_in(item, &signal.name, name, dimension).map(Some),
            None => Some(None),
        };
        let lateness = source.as_ref().map_or(CADENCE_ASSUMED.lateness, lateness);
        self.known.signals.insert(
            item.index,
            SignalShape {
                dimension,
                counter: signal.counter,
                key: Key::new(keys.clone()),
                unit: signal.unit.as_ref().map(|name| name.value.clone()),
                cadence: Cadence { every: rhythm.every.unwrap_or(CADENCE_ASSUMED.every), lateness },
            },
        );
        let unit = unit?;
        let from = signal.statements.iter().find_map(|statement| match &statement.value {
            SignalStatement::From(source) => Some(source),
            SignalStatement::Every(_) | SignalStatement::StaleAfter(_) | SignalStatement::AtMost(_) => None,
        });
        if let Some(from) = from {
            let named = Named { name: &signal.name, type_: &signal.type_, unit: signal.unit.as_ref() };
            self.diagnostics.extend(unit_warning(item, named, from, dimension, unit));
        }
        let every = rhythm.every?;
        Some(Signal {
            head: item.head(),
            dimension,
            counter: signal.counter,
            scale: unit.map_or(1.0, Unit::scale),
            offset: unit.map_or(0.0, Unit::offset),
            unit: signal.unit.as_ref().map(|name| name.value.clone()),
            keys,
            source: source?,
            every,
            stale_after: rhythm.stale_after(every),
            lateness,
            keys_max: rhythm.keys_max(),
        })
    }

    fn signal_statements(
        &mut self,
        item: &Item<'a>,
        signal: &'a tree::Signal,
        measured: &Measured<'_>,
    ) -> (Option<heal_program::Source>, Rhythm) {
        let mut from: Slot<&tree::SampleSource> = Slot::new("from");
        let mut rhythm = WrittenRhythm::default();
        for Spanned { value: statement, range } in &signal.statements {
            match statement {
                SignalStatement::From(source) => self.fill(item, &mut from, source, *range),
                SignalStatement::Every(span) => self.fill(item, &mut rhythm.every, span, *range),
                SignalStatement::StaleAfter(span) => self.fill(item, &mut rhythm.stale, span, *range),
                SignalStatement::AtMost(count) => self.fill(item, &mut rhythm.keys_max, count, *range),
            }
        }
        self.require(item, &from, "from prometheus `up`");
        let from = from.value().map(|written| self.sample_source(item, written, &signal.keys, measured));
        let counts_lines = matches!(&from, Some(SampleSource { per: Some(_), .. }));
        if !counts_lines && from.as_ref().is_none_or(|it| it.source.is_some()) {
            self.require(item, &rhythm.every, "every 15s");
        }
        let rhythm = self.rhythm(item, &rhythm, from.as_ref().and_then(|from| from.per));
        (from.and_then(|from| from.source), rhythm)
    }

    /// How often, for how long, and of how many keys.
    pub(super) fn rhythm(
        &mut self,
        item: &Item<'a>,
        written: &WrittenRhythm<'_>,
        per: Option<(Millis, TextRange)>,
    ) -> Rhythm {
        let every = self.optional_span(item, written.every.value().copied());
        let stale_after = self.optional_span(item, written.stale.value().copied());
        let keys_max = written.keys_max.value().and_then(|count| self.constant_whole(item, count, 1));
        if let (Some(every), Some((per, range)), Some(place)) = (every, per, written.every.value())
            && every != per
        {
            let message = "its lines are counted in other spans than it has samples";
            let diagnostic = Diagnostic::error(Code::WRONG_READING, item.unit.file, place.range, message)
                .with_secondary(item.unit.file, range, "the span in which they are counted")
                .with_help("leave `every` out: there is one sample for each span");
            self.diagnostics.push(diagnostic);
        }
        let every = per.map(|(per, _)| per).or(every);
        if let (Some(every), Some(stale_after), Some(place)) = (every, stale_after, written.stale.value())
            && stale_after < every
        {
            let source = item.unit.source();
            let message = format!("`{}` is over before the next sample is there", source.line(place.range));
            let mut diagnostic =
                Diagnostic::warning(Code::STALE_BEFORE_NEXT, item.unit.file, place.range, message)
                    .with_help("between them the value is unknown, and detectors neither fire nor clear: leave `stale after` out for three times `every`");
            if let Some(every) = written.every.value() {
                let text = "how often a sample is expected";
                diagnostic = diagnostic.with_secondary(item.unit.file, every.range, text);
            }
            self.diagnostics.push(diagnostic);
        }
        Rhythm { every, stale_after, keys_max }
    }

    fn optional_span(&mut self, item: &Item<'a>, written: Option<&Expression>) -> Option<Millis> {
        self.constant_span(item, written?, SpanKind::Positive)
    }
}

/// The statements about how often something is read.
pub(super) struct WrittenRhythm<'t> {
    pub(super) every: Slot<&'t Expression>,
    pub(super) stale: Slot<&'t Expression>,
    pub(super) keys_max: Slot<&'t Expression>,
}

impl Default for WrittenRhythm<'_> {
    fn default() -> Self {
        WrittenRhythm {
            every: Slot::new("every"),
            stale: Slot::new("stale after"),
            keys_max: Slot::new("at most"),
        }
    }
}

/// How often something is read; none where that is not said or was reported.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rhythm {
    pub(super) every: Option<Millis>,
    stale_after: Option<Millis>,
    keys_max: Option<u32>,
}

impl Rhythm {
    /// How long a reading counts as the current one.
    pub(super) fn stale_after(self, every: Millis) -> Millis {
        self.stale_after.unwrap_or(Millis(every.0.saturating_mul(STALE_SAMPLES_DEFAULT)))
    }

    /// Most keys kept.
    pub(super) fn keys_max(self) -> u32 {
        self.keys_max.unwrap_or(KEYS_MAX_DEFAULT)
    }
}
