//! Expressions of a program as people would write them, and what they measure.

use heal_program::{
    AggregateFunction, BinaryOperator, Binding, Comprehension, Dimension, EntityIndex, EpisodeField,
    Expression, FieldKind, ForecastMethod, Function, Head, Learned, LearnedPart, Millis, Program,
    UnaryOperator, WindowFunction,
};

use crate::{
    base_unit, constant_quantity,
    names::{AS_THEY_ARE, Names},
};

/// An expression as it would be written.
#[must_use]
pub fn expression_text(program: &Program, expression: &Expression) -> String {
    renamed_text(program, expression, &AS_THEY_ARE)
}

/// The same with items under other names: those that they have on the other side of a change.
pub(crate) fn renamed_text(program: &Program, expression: &Expression, names: &Names) -> String {
    Printer { program, names }.text(expression, Binding::CONDITIONAL, None)
}

/// What a number measures that an expression gives; none where it gives no number, or nobody can tell.
#[must_use]
#[allow(clippy::too_many_lines, reason = "a row for each kind")]
pub fn dimension_of(program: &Program, expression: &Expression) -> Option<Dimension> {
    use Expression as E;
    match expression {
        E::Param(param) => program.param(*param).map(|it| it.dimension),
        E::Signal(signal) => program.signal(*signal).map(|it| it.dimension),
        E::Window { function, signal, .. } => {
            let dimension = program.signal(*signal)?.dimension;
            Some(match function {
                WindowFunction::Count => Dimension::COUNT,
                WindowFunction::Rate | WindowFunction::Slope => dimension.over(Dimension::DURATION),
                WindowFunction::Avg
                | WindowFunction::Min
                | WindowFunction::Max
                | WindowFunction::Sum
                | WindowFunction::Stddev
                | WindowFunction::Median
                | WindowFunction::Quantile(_)
                | WindowFunction::Increase
                | WindowFunction::Delta
                | WindowFunction::Lag
                | WindowFunction::Ewma => dimension,
            })
        }
        E::Learned { signal, part, .. } => match part {
            LearnedPart::Value | LearnedPart::Lower | LearnedPart::Upper => {
                program.signal(*signal).map(|it| it.dimension)
            }
            LearnedPart::Score => None,
        },
        E::TimeTo { .. } => Some(Dimension::DURATION),
        E::EventCount { .. } => Some(Dimension::COUNT),
        E::EntityField { entity, path, .. } => field_dimension(program, *entity, path),
        E::Aggregate { function, operand, .. } => match function {
            AggregateFunction::Count => Some(Dimension::COUNT),
            AggregateFunction::Any | AggregateFunction::All => None,
            AggregateFunction::Avg
            | AggregateFunction::Min
            | AggregateFunction::Max
            | AggregateFunction::Sum
            | AggregateFunction::Stddev
            | AggregateFunction::Quantile(_) => dimension_of(program, operand),
        },
        E::ForKey { operand, .. } | E::Unary(UnaryOperator::Negate, operand) => {
            dimension_of(program, operand)
        }
        E::Binary(operator, left, right) => match operator {
            BinaryOperator::Add | BinaryOperator::Subtract | BinaryOperator::Remainder => {
                dimension_of(program, left).or_else(|| dimension_of(program, right))
            }
            BinaryOperator::Multiply => product(program, left, right, Dimension::times),
            BinaryOperator::Divide => product(program, left, right, Dimension::over),
            BinaryOperator::Or
            | BinaryOperator::And
            | BinaryOperator::Equal
            | BinaryOperator::NotEqual
            | BinaryOperator::Less
            | BinaryOperator::LessOrEqual
            | BinaryOperator::Greater
            | BinaryOperator::GreaterOrEqual
            | BinaryOperator::In => None,
        },
        E::Conditional(_, then, otherwise) => {
            dimension_of(program, then).or_else(|| dimension_of(program, otherwise))
        }
        E::Or(value, fallback) => dimension_of(program, value).or_else(|| dimension_of(program, fallback)),
        E::Number(_)
        | E::Integer(_)
        | E::Text(_)
        | E::Bool(_)
        | E::List(_)
        | E::Absent { .. }
        | E::Firing(_)
        | E::EventWithin { .. }
        | E::During(_)
        | E::KeyField(_)
        | E::Episode(_)
        | E::Secret(_)
        | E::Variable(_)
        | E::Select(..)
        | E::Element(..)
        | E::Comprehension { .. }
        | E::Unary(UnaryOperator::Not, _)
        | E::Call(..) => None,
    }
}

/// Of a product or quotient: a factor of unknown dimension is a plain number, unless both are.
fn product(
    program: &Program,
    left: &Expression,
    right: &Expression,
    join: impl Fn(Dimension, Dimension) -> Dimension,
) -> Option<Dimension> {
    match (dimension_of(program, left), dimension_of(program, right)) {
        (None, None) => None,
        (left, right) => Some(join(left.unwrap_or(Dimension::RATIO), right.unwrap_or(Dimension::RATIO))),
    }
}

fn field_dimension(program: &Program, entity: EntityIndex, path: &[String]) -> Option<Dimension> {
    let (first, rest) = path.split_first()?;
    let field = program.entity(entity)?.fields.iter().find(|field| field.name == *first)?;
    match &field.kind {
        FieldKind::Quantity(dimension) if rest.is_empty() => Some(*dimension),
        FieldKind::Entity(next) => field_dimension(program, *next, rest),
        FieldKind::Quantity(_) | FieldKind::Text | FieldKind::Entities(_) => None,
    }
}

/// A span as it is written: `1h30m`.
fn span(span: Millis) -> String {
    span.written()
}

struct Printer<'p> {
    program: &'p Program,
    /// What items are called, where that is not what they are called in the program.
    names: &'p Names,
}

impl Printer<'_> {
    /// The text of an expression that stands where `outer` binds; a bare number measures `beside`.
    fn text(&self, expression: &Expression, outer: Binding, beside: Option<Dimension>) -> String {
        let (text, own) = self.bound(expression, beside);
        if own < outer { format!("({text})") } else { text }
    }

    #[allow(clippy::too_many_lines, reason = "a row for each kind")]
    fn bound(&self, expression: &Expression, beside: Option<Dimension>) -> (String, Binding) {
        use Expression as E;
        let plain = |text: String| (text, Binding::POSTFIX);
        match expression {
            E::Number(number) => plain(match beside {
                Some(dimension) => constant_quantity(*number, &base_unit(dimension)).replace(' ', ""),
                None => number.to_string(),
            }),
            E::Integer(number) => plain(number.to_string()),
            E::Text(text) => plain(format!("{text:?}")),
            E::Bool(truth) => plain(truth.to_string()),
            E::List(items) => plain(format!("[{}]", self.list(items))),
            E::Param(index) => plain(self.path(self.program.param(*index).map(|it| &it.head))),
            E::Signal(index) => plain(self.signal(*index)),
            E::Window { function, signal, span: window } => {
                plain(format!("{}.{}", self.signal(*signal), function.call(&span(*window))))
            }
            E::Learned { signal, model, part } => {
                let part = match part {
                    LearnedPart::Value => "value",
                    LearnedPart::Lower => "lower",
                    LearnedPart::Upper => "upper",
                    LearnedPart::Score => "score",
                };
                plain(format!("{}.{part}", self.learned(*signal, model)))
            }
            E::TimeTo { signal, model, threshold } => {
                let beside = self.program.signal(*signal).map(|it| it.dimension);
                let threshold = self.text(threshold, Binding::CONDITIONAL, beside);
                plain(format!("{}.time_to({threshold})", self.learned(*signal, model)))
            }
            E::Absent { signal, span: window } => {
                plain(format!("{}.absent({})", self.signal(*signal), span(*window)))
            }
            E::Aggregate { function, by, operand, .. } => {
                let by = if by.is_empty() { String::new() } else { format!("by: [{}]", by.join(", ")) };
                let operand = self.text(operand, Binding::POSTFIX, None);
                plain(format!("{operand}.{}", function.call(&by)))
            }
            E::ForKey { operand, key } => {
                let values: Vec<String> =
                    key.iter().map(|(_, value)| self.text(value, Binding::CONDITIONAL, None)).collect();
                plain(format!("{}[{}]", self.text(operand, Binding::POSTFIX, None), values.join(", ")))
            }
            E::Firing(index) => plain(self.path(self.program.detector(*index).map(|it| &it.head))),
            E::EventWithin { event, span: window } => {
                plain(format!("{}.within({})", self.event(*event), span(*window)))
            }
            E::EventCount { event, span: window } => {
                plain(format!("{}.count({})", self.event(*event), span(*window)))
            }
            E::During(calendar) => plain(format!("during({:?})", calendar.text)),
            E::KeyField(name) | E::Secret(name) | E::Variable(name) => plain(name.clone()),
            E::EntityField { root, path, .. } => plain(format!("{root}.{}", path.join("."))),
            E::Episode(field) => plain(format!("episode.{}", episode_field(*field))),
            E::Select(value, field) => plain(format!("{}.{field}", self.text(value, Binding::POSTFIX, None))),
            E::Element(list, at) => plain(format!(
                "{}[{}]",
                self.text(list, Binding::POSTFIX, None),
                self.text(at, Binding::CONDITIONAL, None)
            )),
            E::Comprehension { kind, list, variable, body } => {
                let list = self.text(list, Binding::POSTFIX, None);
                plain(format!(
                    "{list}.{}({variable}, {})",
                    comprehension(*kind),
                    self.text(body, Binding::CONDITIONAL, None)
                ))
            }
            E::Unary(UnaryOperator::Not, operand) => {
                (format!("!{}", self.text(operand, Binding::UNARY, None)), Binding::UNARY)
            }
            E::Unary(UnaryOperator::Negate, operand) => {
                (format!("-{}", self.text(operand, Binding::UNARY, beside)), Binding::UNARY)
            }
            E::Binary(operator, left, right) => self.binary(*operator, left, right, beside),
            E::Conditional(condition, then, otherwise) => {
                let (condition, then) = (
                    self.text(condition, Binding::CONDITIONAL.tighter(), None),
                    self.text(then, Binding::CONDITIONAL, beside),
                );
                (
                    format!("{condition} ? {then} : {}", self.text(otherwise, Binding::CONDITIONAL, beside)),
                    Binding::CONDITIONAL,
                )
            }
            E::Or(value, fallback) => {
                let beside = dimension_of(self.program, value);
                plain(format!(
                    "{}.or({})",
                    self.text(value, Binding::POSTFIX, None),
                    self.text(fallback, Binding::CONDITIONAL, beside)
                ))
            }
            E::Call(function, arguments) => plain(self.call(*function, arguments)),
        }
    }

    fn binary(
        &self,
        operator: BinaryOperator,
        left: &Expression,
        right: &Expression,
        beside: Option<Dimension>,
    ) -> (String, Binding) {
        let own = operator.binding();
        let dimension = |side: &Expression| dimension_of(self.program, side);
        // A number beside a quantity is of its dimension; a factor beside one is a plain number or a share.
        let (of_left, of_right) = match operator {
            BinaryOperator::Multiply | BinaryOperator::Divide => (None, None),
            BinaryOperator::Or
            | BinaryOperator::And
            | BinaryOperator::Equal
            | BinaryOperator::NotEqual
            | BinaryOperator::Less
            | BinaryOperator::LessOrEqual
            | BinaryOperator::Greater
            | BinaryOperator::GreaterOrEqual
            | BinaryOperator::In
            | BinaryOperator::Add
            | BinaryOperator::Subtract
            | BinaryOperator::Remainder => (dimension(right).or(beside), dimension(left).or(beside)),
        };
        let left = self.text(left, own, of_left);
        (format!("{left} {} {}", operator.sign(), self.text(right, own.tighter(), of_right)), own)
    }

    fn call(&self, function: Function, arguments: &[Expression]) -> String {
        let name = match function {
            Function::StartsWith => "startsWith",
            Function::EndsWith => "endsWith",
            Function::Contains => "contains",
            Function::Matches => "matches",
            Function::Size => "size",
            Function::Has => "has",
            Function::Int => "int",
            Function::Double => "double",
            Function::String => "string",
            Function::Bool => "bool",
            Function::Duration => "duration",
            Function::Timestamp => "timestamp",
            Function::TimePart(part) => part.word(),
        };
        match (function, arguments) {
            (
                Function::StartsWith
                | Function::EndsWith
                | Function::Contains
                | Function::Matches
                | Function::TimePart(_),
                [receiver, rest @ ..],
            ) => format!("{}.{name}({})", self.text(receiver, Binding::POSTFIX, None), self.list(rest)),
            (_, arguments) => format!("{name}({})", self.list(arguments)),
        }
    }

    fn list(&self, items: &[Expression]) -> String {
        items.iter().map(|item| self.text(item, Binding::CONDITIONAL, None)).collect::<Vec<_>>().join(", ")
    }

    fn learned(&self, signal: heal_program::SignalIndex, model: &Learned) -> String {
        let signal = self.signal(signal);
        match model {
            Learned::Baseline { season, train } => {
                format!("{signal}.baseline(season: {}, train: {})", span(*season), span(*train))
            }
            Learned::Forecast { ahead, train, method } => {
                let method = match method {
                    ForecastMethod::Auto => "",
                    ForecastMethod::Linear => ", method: \"linear\"",
                    ForecastMethod::HoltWinters => ", method: \"holt_winters\"",
                    ForecastMethod::Mstl => ", method: \"mstl\"",
                };
                format!("{signal}.forecast(ahead: {}, train: {}{method})", span(*ahead), span(*train))
            }
            Learned::Outlier { by, train } => {
                format!("{signal}.outlier(by: [{}], train: {})", by.join(", "), span(*train))
            }
            Learned::Changepoint { train } => format!("{signal}.changepoint(train: {})", span(*train)),
            Learned::Anomaly { train } => format!("{signal}.anomaly(train: {})", span(*train)),
            Learned::Model { path, samples } => format!("model({path:?}, {signal}, samples: {samples})"),
        }
    }

    fn signal(&self, index: heal_program::SignalIndex) -> String {
        self.path(self.program.signal(index).map(|it| &it.head))
    }

    fn event(&self, index: heal_program::EventIndex) -> String {
        self.path(self.program.event(index).map(|it| &it.head))
    }

    fn path(&self, head: Option<&Head>) -> String {
        head.map_or("?".to_owned(), |head| self.names.of(&head.path).to_owned())
    }
}

fn episode_field(field: EpisodeField) -> &'static str {
    match field {
        EpisodeField::Id => "id",
        EpisodeField::Summary => "summary",
        EpisodeField::Severity => "severity",
        EpisodeField::Detector => "detector",
        EpisodeField::Policy => "policy",
        EpisodeField::Reason => "reason",
        EpisodeField::Started => "started",
    }
}

fn comprehension(kind: Comprehension) -> &'static str {
    match kind {
        Comprehension::All => "all",
        Comprehension::Exists => "exists",
        Comprehension::ExistsOne => "exists_one",
        Comprehension::Filter => "filter",
        Comprehension::Map => "map",
    }
}
