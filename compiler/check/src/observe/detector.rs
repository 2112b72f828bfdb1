//! Detectors: when something is wrong.

use heal_diagnostics::{Code, Diagnostic};
use heal_expr::{Expected, Key, SpanKind, Typed};
use heal_program::{Clear, Detector, Expression as Lowered, Millis, Read, Severity};
use heal_syntax::tree::{self, DetectorStatement, Expression, ItemKind, Name, Spanned};

use super::sample_source::LATENESS_PUSHED;
use crate::{
    StatementKind,
    check::Checker,
    item::Item,
    known::{Cadence, DetectorShape},
    scope::Locals,
    statements::Slot,
};

/// When a detector is evaluated that reads no signal: events come when they happen, and are waited for as what is
/// pushed.
const CADENCE_OF_EVENTS: Cadence = Cadence { every: Millis::from_seconds(15), lateness: LATENESS_PUSHED };

impl<'a> Checker<'a> {
    /// Checks a detector, or makes one from its template. Those that it reads have been checked before.
    pub(crate) fn detector(&mut self, item: &Item<'a>) -> Option<Detector> {
        let (shape, detector) = if let ItemKind::Instance(instance) = &item.tree.kind {
            self.instance(item, instance, |checker, template| {
                let ItemKind::Detector(detector) = &template.tree.kind else { return None };
                checker.detector_body(item, template, detector)
            })?
        } else {
            let ItemKind::Detector(detector) = &item.tree.kind else { return None };
            self.detector_body(item, item, detector)?
        };
        self.known.detectors.insert(item.index, shape);
        detector
    }

    /// Checks a detector that has parameters.
    pub(crate) fn detector_template(&mut self, item: &Item<'a>) {
        let ItemKind::Detector(detector) = &item.tree.kind else { return };
        let parameters = detector.parameters.as_deref().unwrap_or_default();
        self.template(item, parameters, |checker, template| {
            checker.detector_body(item, template, detector);
        });
    }

    /// The statements of a detector in `body`, which are its own or those of its template: what others see of it, and
    /// its node where nothing is wrong with it.
    fn detector_body(
        &mut self,
        item: &Item<'a>,
        body: &Item<'a>,
        detector: &'a tree::Detector,
    ) -> Option<(DetectorShape, Option<Detector>)> {
        let written = self.detector_statements(body, detector);
        let hold = self.hold(body, written.hold.value().copied());
        let severity =
            written.severity.value().map_or(Some(Severity::Warning), |word| self.severity_word(body, word));
        let clear_hold = written.clear.value().map(|(_, span)| self.hold(body, *span));
        let when =
            written.when.value().map(|condition| (*condition, self.telemetry_condition(body, condition)));
        let clear = written
            .clear
            .value()
            .map(|(condition, _)| (*condition, self.telemetry_condition(body, condition)));

        let (condition, Some(typed)) = when? else { return None };
        let (key, cadence) = self.reach(body, condition, &typed, clear.as_ref())?;
        let shape = DetectorShape { key: key.clone(), cadence };
        let node = || {
            let clear = match (clear, clear_hold) {
                (Some((_, clear)), Some(hold)) => Some(Clear { when: clear?.expression, hold: hold? }),
                (None, _) | (_, None) => None,
            };
            Some(Detector {
                head: item.head(),
                when: typed.expression,
                hold: hold?,
                clear,
                severity: severity?,
                keys: key.fields().to_vec(),
                every: cadence.every,
                lateness: cadence.lateness,
                when_text: body.unit.source().line(condition.range),
            })
        };
        Some((shape, node()))
    }

    fn detector_statements(&mut self, item: &Item<'a>, detector: &'a tree::Detector) -> Written<'a> {
        let mut written = Written {
            when: Slot::new("when"),
            hold: Slot::new("for"),
            clear: Slot::new("clear when"),
            severity: Slot::new("severity"),
        };
        for Spanned { value: statement, range } in &detector.statements {
            match statement {
                DetectorStatement::When(condition) => {
                    self.note_place(item, StatementKind::When, 0, condition.range);
                    self.fill(item, &mut written.when, condition, *range);
                }
                DetectorStatement::For(span) => {
                    self.note_place(item, StatementKind::For, 0, span.range);
                    self.fill(item, &mut written.hold, span, *range);
                }
                DetectorStatement::Clear(condition, span) => {
                    self.note_place(item, StatementKind::Clear, 0, condition.range);
                    self.fill(item, &mut written.clear, (condition, span.as_ref()), *range);
                }
                DetectorStatement::Severity(word) => self.fill(item, &mut written.severity, word, *range),
            }
        }
        self.require(item, &written.when, "when latency > 250ms");
        written
    }

    fn hold(&mut self, item: &Item<'a>, span: Option<&Expression>) -> Option<Millis> {
        match span {
            Some(span) => self.constant_span(item, span, SpanKind::ZeroOrMore),
            None => Some(Millis::ZERO),
        }
    }

    /// A condition that can change as time goes by.
    fn telemetry_condition(&mut self, item: &Item<'a>, condition: &Expression) -> Option<Typed> {
        let typed = self.expression(item, &Locals::of_telemetry(), condition, &Expected::Condition)?;
        if typed.reads_telemetry() {
            return Some(typed);
        }
        let message =
            format!("`{}` reads no signal, and never changes", item.unit.source().line(condition.range));
        let diagnostic =
            Diagnostic::error(Code::CONSTANT_CONDITION, item.unit.file, condition.range, message)
                .with_help("compare a signal with something, such as `latency > 250ms`");
        self.diagnostics.push(diagnostic);
        None
    }

    /// The key and the cadence of a detector: the larger key of its conditions, and the fastest grid of all they read.
    fn reach(
        &mut self,
        item: &Item<'a>,
        condition: &Expression,
        when: &Typed,
        clear: Option<&(&'a tree::Expression, Option<Typed>)>,
    ) -> Option<(Key, Cadence)> {
        let mut key = when.key.clone();
        let mut cadence = self.cadence(&when.expression);
        if let Some((written, Some(clear))) = clear {
            let Some(joined) = key.join(&clear.key) else {
                let message = format!(
                    "this has the key {}, and `when` has {key}: neither contains the other",
                    clear.key
                );
                let diagnostic =
                    Diagnostic::error(Code::KEY_MISMATCH, item.unit.file, written.range, message)
                        .with_secondary(item.unit.file, condition.range, format!("by {key}"));
                self.diagnostics.push(diagnostic);
                return None;
            };
            key = joined;
            cadence = cadence.into_iter().chain(self.cadence(&clear.expression)).reduce(Cadence::with);
        }
        Some((key, cadence?))
    }

    /// The fastest grid, and the longest wait, of all that an expression reads. Events and entities are read when a
    /// signal is; where there is none, there is a grid for them.
    fn cadence(&self, expression: &Lowered) -> Option<Cadence> {
        let mut cadence: Option<Cadence> = None;
        let mut beside = None;
        expression.walk(&mut |node| {
            let read = match node.read() {
                Some(Read::Signal(signal, _)) => {
                    self.known.signals.get(&signal.0).map(|signal| signal.cadence)
                }
                Some(Read::Detector(detector)) => {
                    self.known.detectors.get(&detector.0).map(|detector| detector.cadence)
                }
                Some(Read::Event(..) | Read::Entity(_)) => {
                    beside = Some(CADENCE_OF_EVENTS);
                    None
                }
                None => None,
            };
            cadence = cadence.into_iter().chain(read).reduce(Cadence::with);
        });
        cadence.or(beside)
    }
}

/// The statements of a detector.
struct Written<'t> {
    when: Slot<&'t Expression>,
    hold: Slot<&'t Expression>,
    clear: Slot<(&'t Expression, Option<&'t Expression>)>,
    severity: Slot<&'t Name>,
}
