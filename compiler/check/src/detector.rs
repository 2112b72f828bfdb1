//! Detectors: when something is wrong.

use heal_diagnostics::{Code, Diagnostic};
use heal_expr::{Expected, Key, SpanKind, Typed};
use heal_program::{Clear, Detector, Expression as Lowered, Millis, Severity};
use heal_syntax::tree::{self, DetectorStatement, Expression, ItemKind, Name, Spanned};

use crate::{
    check::Checker,
    item::Item,
    known::{Cadence, DetectorShape},
    scope::Locals,
    statements::Slot,
};

impl<'a> Checker<'a> {
    /// Checks a detector. Those that it reads have been checked before.
    pub(crate) fn detector(&mut self, item: &Item<'a>) -> Option<Detector> {
        let ItemKind::Detector(detector) = &item.tree.kind else { return None };
        let mut when: Slot<&Expression> = Slot::new("when");
        let mut hold: Slot<&Expression> = Slot::new("for");
        let mut clear: Slot<(&Expression, Option<&Expression>)> = Slot::new("clear when");
        let mut severity: Slot<&Name> = Slot::new("severity");
        for Spanned { value: statement, range } in &detector.statements {
            match statement {
                DetectorStatement::When(condition) => self.fill(item, &mut when, condition, *range),
                DetectorStatement::For(span) => self.fill(item, &mut hold, span, *range),
                DetectorStatement::Clear(condition, span) => {
                    self.fill(item, &mut clear, (condition, span.as_ref()), *range);
                }
                DetectorStatement::Severity(word) => self.fill(item, &mut severity, word, *range),
            }
        }
        self.require(item, &when, "when latency > 250ms");
        let hold = self.hold(item, hold.value().copied());
        let severity =
            severity.value().map_or(Some(Severity::Warning), |word| self.severity_word(item, word));
        let clear_hold = clear.value().map(|(_, span)| self.hold(item, *span));
        let when = when.value().map(|condition| (*condition, self.telemetry_condition(item, condition)));
        let clear =
            clear.value().map(|(condition, _)| (*condition, self.telemetry_condition(item, condition)));

        let (condition, Some(typed)) = when? else { return None };
        let (key, cadence) = self.reach(item, condition, &typed, clear.as_ref())?;
        self.known.detectors.insert(item.index, DetectorShape { key: key.clone(), cadence });
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
            when_text: item.unit.source().line(condition.range),
        })
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

    /// The fastest grid, and the longest wait, of all that an expression reads.
    fn cadence(&self, expression: &Lowered) -> Option<Cadence> {
        let mut cadence: Option<Cadence> = None;
        expression.walk(&mut |node| {
            let read = if let Lowered::Signal(signal) | Lowered::Window { signal, .. } = node {
                self.known.signals.get(&signal.0).map(|signal| signal.cadence)
            } else if let Lowered::Firing(detector) = node {
                self.known.detectors.get(&detector.0).map(|detector| detector.cadence)
            } else {
                None
            };
            cadence = cadence.into_iter().chain(read).reduce(Cadence::with);
        });
        cadence
    }
}
