//! The facts of one key at one step, as expressions ask for them.

use heal_evaluate::{Facts, Value};
use heal_program::{
    DetectorIndex, EntityIndex, Expression, Millis, ParamIndex, Program, Signal, SignalIndex, Timestamp,
    WindowFunction,
};

use crate::{Key, Labels, series::SeriesState, state::State};

/// The facts at `at` for the key whose fields are `names` with the values `key`.
pub(crate) struct StepFacts<'a> {
    pub(crate) program: &'a Program,
    pub(crate) state: &'a State,
    pub(crate) names: &'a [String],
    pub(crate) key: &'a Key,
    pub(crate) at: Timestamp,
}

impl StepFacts<'_> {
    fn series(&self, index: SignalIndex) -> Option<(&Signal, &SeriesState)> {
        let signal = self.program.signal(index)?;
        let all = &self.state.signals.get(index.at())?.series;
        let series =
            if signal.keys == self.names { all.get(self.key) } else { all.get(&self.project(&signal.keys)?) };
        Some((signal, series?))
    }

    /// The part of the key that has these fields.
    fn project(&self, fields: &[String]) -> Option<Key> {
        fields.iter().map(|field| self.key_field(field)).collect()
    }

    /// What `expression` reads, in the order it stands, as text and value; each thing once.
    pub(crate) fn values(&self, expression: &Expression) -> Vec<(String, Option<f64>)> {
        let mut values: Vec<(String, Option<f64>)> = Vec::new();
        expression.walk(&mut |node| {
            #[expect(clippy::wildcard_enum_match_arm, reason = "only what has a number is shown")]
            let value = match node {
                Expression::Signal(signal) => {
                    self.program.signal(*signal).map(|found| (found.head.path.clone(), self.signal(*signal)))
                }
                Expression::Window { function, signal, span } => self.program.signal(*signal).map(|found| {
                    let text = format!("{}.{}({span})", found.head.path, function.word());
                    (text, self.window(*function, *signal, *span))
                }),
                Expression::Param(param) => {
                    self.program.param(*param).map(|found| (found.head.path.clone(), Some(found.value)))
                }
                _ => None,
            };
            if let Some(value) = value.filter(|value| !values.iter().any(|(text, _)| *text == value.0)) {
                values.push(value);
            }
        });
        values
    }
}

impl Facts for StepFacts<'_> {
    fn param(&self, param: ParamIndex) -> Option<f64> {
        self.program.param(param).map(|param| param.value)
    }

    fn signal(&self, signal: SignalIndex) -> Option<f64> {
        let (signal, series) = self.series(signal)?;
        series.value(self.at, signal.stale_after)
    }

    fn window(&self, function: WindowFunction, signal: SignalIndex, span: Millis) -> Option<f64> {
        self.series(signal)?.1.window(function, span, self.at)
    }

    fn firing(&self, detector: DetectorIndex) -> Option<bool> {
        let node = self.program.detector(detector)?;
        let key = self.project(&node.keys)?;
        let state = self.state.detectors.get(detector.at())?.keys.get(&key);
        Some(state.is_some_and(|state| state.firing.is_some()))
    }

    fn key_field(&self, name: &str) -> Option<String> {
        let position = self.names.iter().position(|field| field == name)?;
        self.key.get(position).cloned()
    }

    fn entity_field(&self, _root: &str, _entity: EntityIndex, _path: &[String]) -> Option<Value> {
        // Entities have no source of facts yet: unknown, so that conditions on them fail closed.
        None
    }
}

/// A key with the names of its fields.
pub(crate) fn labels(names: &[String], key: &Key) -> Labels {
    names.iter().cloned().zip(key.iter().cloned()).collect()
}
