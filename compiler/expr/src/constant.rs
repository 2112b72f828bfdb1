//! Constants: values that are known before anything runs, such as the time after `for`.

use heal_diagnostics::{Code, Diagnostic};
use heal_program::{Dimension, EntityIndex, Expression as Lowered, Millis, UnaryOperator};
use heal_syntax::{
    long_unit,
    tree::{Expression, Name},
};

use crate::{
    Environment, Expected, FieldResolution, Given, Reported, Resolution, Source, Typed, Value, check,
    numbers::folded_whole,
};

/// Longest time that can be written: ten years.
pub const SPAN_MAX: Millis = Millis(3_650 * 86_400_000);

/// Which spans of time make sense somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanKind {
    /// Any but negative ones.
    ZeroOrMore,
    /// Only such as last.
    Positive,
}

/// The value of a constant quantity, in the base unit.
pub fn constant_quantity(
    expression: &Expression,
    dimension: Dimension,
    source: Source<'_>,
    environment: &mut dyn Environment,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<f64> {
    let typed =
        check(expression, &Expected::Quantity(dimension), source, &mut Constants(environment), diagnostics)?;
    let value = folded(&typed.expression).filter(|value| value.is_finite());
    if value.is_none() {
        let message = format!("`{}` has no value", source.line(expression.range));
        diagnostics.push(Diagnostic::error(Code::OUT_OF_RANGE, source.file, expression.range, message));
    }
    value
}

/// A constant span of time in whole milliseconds.
pub fn constant_span(
    expression: &Expression,
    kind: SpanKind,
    source: Source<'_>,
    environment: &mut dyn Environment,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Millis> {
    let seconds = constant_quantity(expression, Dimension::DURATION, source, environment, diagnostics)?;
    let millis = seconds * 1_000.0;
    let problem = if millis < 0.0 {
        "is before it began"
    } else if millis == 0.0 && kind == SpanKind::Positive {
        "is no time at all"
    } else if millis > SPAN_MAX.0 as f64 {
        "is longer than ten years"
    } else if (millis - millis.round()).abs() > 1e-6 {
        "is not a whole number of milliseconds"
    } else {
        return Some(Millis(millis.round() as i64));
    };
    let message = format!("`{}` {problem}", source.line(expression.range));
    diagnostics.push(Diagnostic::error(Code::OUT_OF_RANGE, source.file, expression.range, message));
    None
}

/// A constant whole number from `least` up.
pub fn constant_whole(
    expression: &Expression,
    least: u32,
    source: Source<'_>,
    environment: &mut dyn Environment,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<u32> {
    let value = constant_quantity(expression, Dimension::COUNT, source, environment, diagnostics)?;
    if value.fract() == 0.0 && value >= f64::from(least) && value <= f64::from(u32::MAX) {
        return Some(value as u32);
    }
    let message =
        format!("`{}` is not a whole number from {least} to {}", source.line(expression.range), u32::MAX);
    diagnostics.push(Diagnostic::error(Code::OUT_OF_RANGE, source.file, expression.range, message));
    None
}

/// A constant text, such as a calendar's.
pub fn constant_text(
    expression: &Expression,
    source: Source<'_>,
    environment: &mut dyn Environment,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<String> {
    let typed = check(expression, &Expected::Text, source, &mut Constants(environment), diagnostics)?;
    if let Lowered::Text(text) = typed.expression {
        return Some(text);
    }
    let message = format!("`{}` is not a constant", source.line(expression.range));
    diagnostics.push(Diagnostic::error(Code::WRONG_KIND, source.file, expression.range, message));
    None
}

/// Whether an expression has a value before anything runs.
fn is_constant(expression: &Lowered) -> bool {
    let mut constant = true;
    expression.walk(&mut |node| {
        constant &= matches!(
            node,
            Lowered::Number(_)
                | Lowered::Integer(_)
                | Lowered::Text(_)
                | Lowered::Bool(_)
                | Lowered::List(_)
                | Lowered::Unary(..)
                | Lowered::Binary(..)
        );
    });
    constant
}

/// The value of an expression that reads nothing; `None` for what is not arithmetic.
fn folded(expression: &Lowered) -> Option<f64> {
    if let Some(whole) = folded_whole(expression) {
        return Some(whole as f64);
    }
    if let Lowered::Number(value) = expression {
        return Some(*value);
    }
    if let Lowered::Unary(UnaryOperator::Negate, operand) = expression {
        return folded(operand).map(|value| -value);
    }
    let Lowered::Binary(operator, left, right) = expression else { return None };
    let (left, right) = (folded(left)?, folded(right)?);
    operator.of_numbers(left, right)
}

/// What names mean where a constant stands: only what stands for a constant itself, such as a `let` or a parameter of
/// a template, has a meaning.
pub(crate) struct Constants<'e>(&'e mut dyn Environment);

impl<'e> Constants<'e> {
    pub(crate) fn of(environment: &'e mut dyn Environment) -> Constants<'e> {
        Constants(environment)
    }
    fn constant(resolution: Resolution, name: &Name) -> Resolution {
        let what = match &resolution {
            Resolution::Value(Value::Bound(typed)) if is_constant(&typed.expression) => {
                return resolution;
            }
            Resolution::Value(Value::Param { .. }) => " but a `param`, which a reviewer may move",
            Resolution::Value(
                Value::Signal { .. }
                | Value::Detector { .. }
                | Value::Event { .. }
                | Value::Local(_)
                | Value::Bound(_),
            )
            | Resolution::Missing => "",
            Resolution::Reported | Resolution::WrongKind(_) | Resolution::Refused { .. } => {
                return resolution;
            }
        };
        Resolution::Refused {
            code: Code::WRONG_KIND,
            message: format!("`{}` is not a constant{what}", name.value),
            help: match long_unit(&name.value) {
                Some(unit) => format!("say how many: `1{unit}`"),
                None => "write a number with its unit here, such as `5m`".to_owned(),
            },
        }
    }
}

impl Environment for Constants<'_> {
    fn value(&mut self, name: &Name) -> Resolution {
        let resolution = self.0.value(name);
        Constants::constant(resolution, name)
    }

    fn member(&mut self, module: &str, name: &Name) -> Option<Resolution> {
        self.0.member(module, name).map(|resolution| Constants::constant(resolution, name))
    }

    fn entity(&mut self, _name: &Name) -> Option<EntityIndex> {
        None
    }

    fn field(&self, entity: EntityIndex, field: &str) -> FieldResolution {
        self.0.field(entity, field)
    }

    fn entity_name(&self, entity: EntityIndex) -> String {
        self.0.entity_name(entity)
    }

    fn entity_keys(&self, entity: EntityIndex) -> Vec<String> {
        self.0.entity_keys(entity)
    }

    fn names(&self) -> Vec<String> {
        self.0.names()
    }

    fn has_function(&mut self, module: Option<&Name>, function: &Name) -> bool {
        self.0.has_function(module, function)
    }

    fn call(
        &mut self,
        module: Option<&Name>,
        function: &Name,
        arguments: Vec<Given<'_>>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Result<Typed, Reported>> {
        self.0.call(module, function, arguments, diagnostics)
    }

    fn functions(&self, module: Option<&str>) -> Vec<String> {
        self.0.functions(module)
    }
}
