//! The canonical form of expressions.

use heal_program::{BinaryOperator, Expression, Function, Parameter, UnaryOperator, WindowFunction};

use super::{Hashes, position, reference};
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
                form.text(window_word(*function));
                reference(form, &self.signals, signal.at());
                form.span(*span);
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
                form.text(operator_word(*operator));
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

fn window_word(function: WindowFunction) -> &'static str {
    match function {
        WindowFunction::Avg => "avg",
        WindowFunction::Min => "min",
        WindowFunction::Max => "max",
        WindowFunction::Sum => "sum",
        WindowFunction::Count => "count",
        WindowFunction::Rate => "rate",
    }
}

fn function_word(function: Function) -> &'static str {
    match function {
        Function::StartsWith => "starts with",
        Function::EndsWith => "ends with",
        Function::Contains => "contains",
        Function::Matches => "matches",
        Function::Size => "size",
    }
}

fn operator_word(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Or => "||",
        BinaryOperator::And => "&&",
        BinaryOperator::Equal => "==",
        BinaryOperator::NotEqual => "!=",
        BinaryOperator::Less => "<",
        BinaryOperator::LessOrEqual => "<=",
        BinaryOperator::Greater => ">",
        BinaryOperator::GreaterOrEqual => ">=",
        BinaryOperator::In => "in",
        BinaryOperator::Add => "+",
        BinaryOperator::Subtract => "-",
        BinaryOperator::Multiply => "*",
        BinaryOperator::Divide => "/",
        BinaryOperator::Remainder => "%",
    }
}
