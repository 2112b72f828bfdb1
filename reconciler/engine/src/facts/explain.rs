//! What expressions read, for people: the ground of every decision.

use heal_evaluate::{Facts, Value, evaluate};
use heal_program::{Expression, Learned, LearnedPart, Program};

use super::StepFacts;
use crate::{Readings, arguments::literal_text};

/// Most parts of one expression that are said.
const READINGS_MAX: usize = 32;

impl StepFacts<'_> {
    /// What `expression` reads, in the order it stands, as text and value; each thing once.
    pub(crate) fn values(&self, expression: &Expression) -> Readings {
        self.values_of([expression])
    }

    /// What several expressions read.
    pub(crate) fn values_of<'e>(&self, expressions: impl IntoIterator<Item = &'e Expression>) -> Readings {
        readings(self.program, self, expressions)
    }

    /// Whether an expression that is unknown reads a field of which nothing was ever told.
    pub(crate) fn reads_what_was_never_told(&self, expression: &Expression) -> bool {
        let mut never = false;
        expression.walk(&mut |part| {
            if let Expression::EntityField { entity, path, .. } = part {
                never |= !self.was_ever_told(*entity, path);
            }
        });
        never
    }
}

/// What expressions read under some facts, in the order they stand, as text and value; each thing once.
pub(crate) fn readings<'e>(
    program: &Program,
    facts: &dyn Facts,
    expressions: impl IntoIterator<Item = &'e Expression>,
) -> Readings {
    let parts = parts(program, Some(facts), expressions);
    parts.into_iter().map(|(text, part)| (text, reading(part, facts))).collect()
}

/// The parts of expressions that read something, with what each is called. Without facts, for what is not read for another
/// key: what that one is called hangs on them.
pub(crate) fn parts<'e>(
    program: &Program,
    facts: Option<&dyn Facts>,
    expressions: impl IntoIterator<Item = &'e Expression>,
) -> Vec<(String, &'e Expression)> {
    let mut parts = Vec::new();
    let reader = Reader { program, facts };
    for expression in expressions {
        reader.add_parts(expression, &mut parts);
    }
    parts
}

/// What such a part comes to.
pub(crate) fn reading(part: &Expression, facts: &dyn Facts) -> Option<f64> {
    evaluate(part, facts).as_ref().and_then(number)
}

/// Reads expressions for people.
struct Reader<'r> {
    program: &'r Program,
    facts: Option<&'r dyn Facts>,
}

impl Reader<'_> {
    fn add_parts<'e>(&self, expression: &'e Expression, parts: &mut Vec<(String, &'e Expression)>) {
        if let Some(text) = self.text_of_reading(expression) {
            if parts.len() < READINGS_MAX && !parts.iter().any(|(other, _)| *other == text) {
                parts.push((text, expression));
            }
            // What is inside belongs to other keys, or was just said.
            return;
        }
        for operand in expression.operands() {
            self.add_parts(operand, parts);
        }
    }

    /// What a part that reads something is called; none for what only computes.
    fn text_of_reading(&self, expression: &Expression) -> Option<String> {
        let signal = |index| self.program.signal(index).map(|found| found.head.path.as_str());
        #[expect(clippy::wildcard_enum_match_arm, reason = "only what reads something is shown")]
        match expression {
            Expression::Signal(index) => signal(*index).map(str::to_owned),
            Expression::Window { function, signal: index, span } => {
                Some(format!("{}.{}", signal(*index)?, function.call(&compact(*span))))
            }
            Expression::Learned { signal: index, model, part } => {
                let part = match part {
                    LearnedPart::Value => "value",
                    LearnedPart::Lower => "lower",
                    LearnedPart::Upper => "upper",
                    LearnedPart::Score => "score",
                };
                Some(format!("{}.{}.{part}", signal(*index)?, model_text(model)))
            }
            Expression::TimeTo { signal: index, model, .. } => {
                Some(format!("{}.{}.time_to(..)", signal(*index)?, model_text(model)))
            }
            Expression::Absent { signal: index, span } => {
                Some(format!("{}.absent({})", signal(*index)?, compact(*span)))
            }
            Expression::Param(index) => self.program.param(*index).map(|found| found.head.path.clone()),
            Expression::Firing(index) => self.program.detector(*index).map(|found| found.head.path.clone()),
            Expression::EventWithin { event, span } => {
                let found = self.program.event(*event)?;
                Some(format!("{}.within({})", found.head.path, compact(*span)))
            }
            Expression::EventCount { event, span } => {
                let found = self.program.event(*event)?;
                Some(format!("{}.count({})", found.head.path, compact(*span)))
            }
            Expression::EntityField { root, path, .. } => Some(format!("{root}.{}", path.join("."))),
            Expression::During(calendar) => Some(format!("during({:?})", calendar.text)),
            Expression::Aggregate { function, by, operand, .. } => {
                let by = if by.is_empty() { String::new() } else { format!("by: [{}]", by.join(", ")) };
                let operand = self.text_of_reading(operand).unwrap_or_else(|| "(..)".to_owned());
                Some(format!("{operand}.{}", function.call(&by)))
            }
            Expression::ForKey { operand, key } => {
                let operand = self.text_of_reading(operand).unwrap_or_else(|| "(..)".to_owned());
                let of_key = |value: &Expression| evaluate(value, self.facts?).as_ref().map(literal_text);
                let key: Option<Vec<String>> = key.iter().map(|(_, value)| of_key(value)).collect();
                Some(format!("{operand}[{}]", key.map_or_else(|| "unknown".to_owned(), |key| key.join(", "))))
            }
            _ => None,
        }
    }
}

/// `1h30m`, as it is written.
pub(crate) fn compact(span: heal_program::Millis) -> String {
    span.written()
}

fn model_text(model: &Learned) -> String {
    match model {
        Learned::Baseline { season, train } => {
            format!("baseline(season: {}, train: {})", compact(*season), compact(*train))
        }
        Learned::Forecast { ahead, train, .. } => {
            format!("forecast(ahead: {}, train: {})", compact(*ahead), compact(*train))
        }
        Learned::Outlier { by, train } => {
            format!("outlier(by: [{}], train: {})", by.join(", "), compact(*train))
        }
        Learned::Changepoint { train } => format!("changepoint(train: {})", compact(*train)),
        Learned::Anomaly { train } => format!("anomaly(train: {})", compact(*train)),
        Learned::Model { path, .. } => format!("model({path:?})"),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        Value::Integer(number) => Some(*number as f64),
        Value::Bool(truth) => Some(f64::from(u8::from(*truth))),
        Value::Text(_) | Value::List(_) | Value::Object(_) => None,
    }
}
