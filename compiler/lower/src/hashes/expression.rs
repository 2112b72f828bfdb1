//! The canonical form of expressions.

use heal_program::{
    AggregateFunction, Comprehension, EpisodeField, Expression, ForecastMethod, Function, Learned,
    LearnedPart, Parameter, UnaryOperator, WindowFunction,
};

use super::{Hashes, policy::calendar, position, reference};
use crate::canonical::Canonical;

impl Hashes {
    /// Writes an expression in prefix form. Its depth is bounded by the check.
    #[allow(clippy::too_many_lines, reason = "a table with a row for each kind of expression")]
    pub(super) fn expression(&self, form: &mut Canonical, expression: &Expression, parameters: &[Parameter]) {
        match expression {
            Expression::Number(value) => {
                form.text("number");
                form.number(*value);
            }
            Expression::Text(text) => {
                form.text("text");
                form.text(text);
            }
            Expression::Bool(value) => {
                form.text("bool");
                form.flag(*value);
            }
            Expression::List(items) => {
                form.text("list");
                self.expressions(form, items, parameters);
            }
            Expression::Param(index) => reference(form, &self.param_values, index.at()),
            Expression::Signal(index) => {
                form.text("last");
                reference(form, &self.signals, index.at());
            }
            Expression::Window { function, signal, span } => {
                form.text(function.word());
                if let WindowFunction::Quantile(quantile) = function {
                    form.whole(*quantile);
                }
                reference(form, &self.signals, signal.at());
                form.span(*span);
            }
            Expression::Integer(number) => {
                form.text("integer");
                form.text(&number.to_string());
            }
            Expression::Learned { signal, model, part } => {
                learned(form, model);
                form.text(part_word(*part));
                reference(form, &self.signals, signal.at());
            }
            Expression::TimeTo { signal, model, threshold } => {
                form.text("time to");
                learned(form, model);
                reference(form, &self.signals, signal.at());
                self.expression(form, threshold, parameters);
            }
            Expression::Absent { signal, span } => {
                form.text("absent");
                reference(form, &self.signals, signal.at());
                form.span(*span);
            }
            Expression::Aggregate { function, by, keys, operand } => {
                form.text("aggregate");
                aggregate(form, *function);
                form.texts(by);
                form.texts(keys);
                self.expression(form, operand, parameters);
            }
            Expression::ForKey { operand, key } => {
                form.text("for key");
                self.expression(form, operand, parameters);
                form.length(key.len());
                for (field, value) in key {
                    form.text(field);
                    self.expression(form, value, parameters);
                }
            }
            Expression::EventWithin { event, span } => {
                form.text("within");
                reference(form, &self.events, event.at());
                form.span(*span);
            }
            Expression::EventCount { event, span } => {
                form.text("events");
                reference(form, &self.events, event.at());
                form.span(*span);
            }
            Expression::During(during) => {
                form.text("during");
                calendar(form, during);
            }
            Expression::Episode(field) => {
                form.text("episode");
                form.text(episode_word(*field));
            }
            Expression::Secret(name) => {
                form.text("secret");
                form.text(name);
            }
            Expression::Variable(name) => {
                form.text("variable");
                form.text(name);
            }
            Expression::Select(value, field) => {
                form.text("select");
                self.expression(form, value, parameters);
                form.text(field);
            }
            Expression::Element(list, index) => {
                form.text("element");
                self.expression(form, list, parameters);
                self.expression(form, index, parameters);
            }
            Expression::Comprehension { kind, list, variable, body } => {
                form.text(comprehension_word(*kind));
                self.expression(form, list, parameters);
                form.text(variable);
                self.expression(form, body, parameters);
            }
            Expression::Firing(index) => {
                form.text("firing");
                reference(form, &self.detectors, index.at());
            }
            Expression::KeyField(name) => {
                form.text("field");
                position(form, name, parameters);
            }
            Expression::EntityField { root, entity, path } => {
                form.text("entity field");
                // Under which name a policy has the entity follows from the entity.
                if parameters.iter().any(|parameter| parameter.name == *root) {
                    position(form, root, parameters);
                }
                reference(form, &self.entities, entity.at());
                form.texts(path);
            }
            Expression::Unary(operator, operand) => {
                form.text(match operator {
                    UnaryOperator::Not => "!",
                    UnaryOperator::Negate => "negate",
                });
                self.expression(form, operand, parameters);
            }
            Expression::Binary(operator, left, right) => {
                form.text(operator.sign());
                self.expression(form, left, parameters);
                self.expression(form, right, parameters);
            }
            Expression::Conditional(condition, then, otherwise) => {
                form.text("?:");
                self.expression(form, condition, parameters);
                self.expression(form, then, parameters);
                self.expression(form, otherwise, parameters);
            }
            Expression::Or(value, fallback) => {
                form.text("or");
                self.expression(form, value, parameters);
                self.expression(form, fallback, parameters);
            }
            Expression::Call(function, arguments) => {
                form.text(function_word(*function));
                self.expressions(form, arguments, parameters);
            }
        }
    }

    fn expressions(&self, form: &mut Canonical, expressions: &[Expression], parameters: &[Parameter]) {
        form.length(expressions.len());
        expressions.iter().for_each(|expression| self.expression(form, expression, parameters));
    }
}

/// `Function` in words that differ from each other.
fn function_word(function: Function) -> &'static str {
    match function {
        Function::StartsWith => "starts with",
        Function::EndsWith => "ends with",
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
    }
}

fn aggregate(form: &mut Canonical, function: AggregateFunction) {
    form.text(match function {
        AggregateFunction::Avg => "avg",
        AggregateFunction::Min => "min",
        AggregateFunction::Max => "max",
        AggregateFunction::Sum => "sum",
        AggregateFunction::Count => "count",
        AggregateFunction::Stddev => "stddev",
        AggregateFunction::Quantile(_) => "quantile",
        AggregateFunction::Any => "any",
        AggregateFunction::All => "all",
    });
    if let AggregateFunction::Quantile(quantile) = function {
        form.whole(quantile);
    }
}

fn learned(form: &mut Canonical, model: &Learned) {
    match model {
        Learned::Baseline { season, train } => {
            form.text("baseline");
            form.span(*season);
            form.span(*train);
        }
        Learned::Forecast { ahead, train, method } => {
            form.text(match method {
                ForecastMethod::Auto => "forecast",
                ForecastMethod::Linear => "linear forecast",
                ForecastMethod::HoltWinters => "holt-winters forecast",
                ForecastMethod::Mstl => "mstl forecast",
            });
            form.span(*ahead);
            form.span(*train);
        }
        Learned::Outlier { by, train } => {
            form.text("outlier");
            form.texts(by);
            form.span(*train);
        }
        Learned::Changepoint { train } => {
            form.text("changepoint");
            form.span(*train);
        }
        Learned::Anomaly { train } => {
            form.text("anomaly");
            form.span(*train);
        }
        Learned::Model { path, samples } => {
            form.text("model");
            form.text(path);
            form.whole(*samples);
        }
    }
}

fn part_word(part: LearnedPart) -> &'static str {
    match part {
        LearnedPart::Value => "value",
        LearnedPart::Lower => "lower",
        LearnedPart::Upper => "upper",
        LearnedPart::Score => "score",
    }
}

fn episode_word(field: EpisodeField) -> &'static str {
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

fn comprehension_word(kind: Comprehension) -> &'static str {
    match kind {
        Comprehension::All => "all",
        Comprehension::Exists => "exists",
        Comprehension::ExistsOne => "exists one",
        Comprehension::Filter => "filter",
        Comprehension::Map => "map",
    }
}
