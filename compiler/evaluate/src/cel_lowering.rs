//! Evaluation by the CEL crate: the expression becomes that crate's tree, its facts become literals.

use cel::common::ast::{CallExpr, Expr, IdedExpr, ListExpr, LiteralValue, operators};
use cel::{Context, Value as CelValue};
use heal_program::{BinaryOperator, Expression, Function, UnaryOperator};

use crate::{Facts, Value, facts::leaf};

/// A name that nothing defines: looking it up is the error that stands for unknown in CEL.
const UNKNOWN: &str = "@unknown";

/// The value of `expression` under `facts` as the CEL crate computes it; `None` when it is unknown.
///
/// A number from `size` is a double here, as everywhere in Heal.
#[must_use]
pub fn evaluate_with_cel(expression: &Expression, facts: &dyn Facts) -> Option<Value> {
    let tree = lower(expression, facts);
    run(&tree)
}

fn run(tree: &IdedExpr) -> Option<Value> {
    from_cel(CelValue::resolve(tree, &Context::default()).ok()?)
}

fn from_cel(value: CelValue) -> Option<Value> {
    match value {
        CelValue::Bool(truth) => Some(Value::Bool(truth)),
        CelValue::Float(number) => Some(Value::Number(number)),
        CelValue::String(text) => Some(Value::Text((*text).clone())),
        CelValue::Int(number) => Some(Value::Number(number as f64)),
        CelValue::List(items) => {
            items.iter().map(|item| from_cel(item.clone())).collect::<Option<Vec<_>>>().map(Value::List)
        }
        // Nothing that we lower makes a value of another kind.
        CelValue::Map(_)
        | CelValue::Function(..)
        | CelValue::UInt(_)
        | CelValue::Bytes(_)
        | CelValue::Duration(_)
        | CelValue::Timestamp(_)
        | CelValue::Opaque(_)
        | CelValue::Struct(_)
        | CelValue::Null => None,
    }
}

fn node(expr: Expr) -> IdedExpr {
    IdedExpr { id: 0, expr }
}

fn literal(value: Option<Value>) -> IdedExpr {
    node(match value {
        Some(Value::Number(number)) => Expr::Literal(LiteralValue::Double(number.into())),
        Some(Value::Text(text)) => Expr::Literal(LiteralValue::String(text.into())),
        Some(Value::Bool(truth)) => Expr::Literal(LiteralValue::Boolean(truth.into())),
        Some(Value::List(items)) => {
            Expr::List(ListExpr::new(items.into_iter().map(|item| literal(Some(item))).collect()))
        }
        Some(Value::Integer(_) | Value::Object(_)) | None => Expr::Ident(UNKNOWN.to_owned()),
    })
}

fn lower(expression: &Expression, facts: &dyn Facts) -> IdedExpr {
    match expression {
        Expression::List(items) => {
            node(Expr::List(ListExpr::new(items.iter().map(|item| lower(item, facts)).collect())))
        }
        Expression::Unary(operator, operand) => {
            let name = match operator {
                UnaryOperator::Not => operators::LOGICAL_NOT,
                UnaryOperator::Negate => operators::NEGATE,
            };
            operation(name, vec![lower(operand, facts)])
        }
        Expression::Binary(operator, left, right) => {
            operation(binary_name(*operator), vec![lower(left, facts), lower(right, facts)])
        }
        Expression::Conditional(condition, then, otherwise) => operation(
            operators::CONDITIONAL,
            vec![lower(condition, facts), lower(then, facts), lower(otherwise, facts)],
        ),
        // CEL has no word for "if unknown": the value is computed first and put in as what it came to.
        Expression::Or(value, fallback) => {
            let value = run(&lower(value, facts));
            if value.is_some() { literal(value) } else { lower(fallback, facts) }
        }
        Expression::Call(function, arguments) => {
            call(*function, arguments.iter().map(|item| lower(item, facts)).collect())
        }
        Expression::Learned { .. }
        | Expression::TimeTo { .. }
        | Expression::Absent { .. }
        | Expression::Aggregate { .. }
        | Expression::ForKey { .. }
        | Expression::EventWithin { .. }
        | Expression::EventCount { .. }
        | Expression::During(_)
        | Expression::Episode(_)
        | Expression::Secret(_)
        | Expression::Variable(_)
        | Expression::Select(..)
        | Expression::Element(..)
        | Expression::Comprehension { .. }
        | Expression::Number(_)
        | Expression::Integer(_)
        | Expression::Text(_)
        | Expression::Bool(_)
        | Expression::Param(_)
        | Expression::Signal(_)
        | Expression::Window { .. }
        | Expression::Firing(_)
        | Expression::KeyField(_)
        | Expression::EntityField { .. } => literal(leaf(expression, facts)),
    }
}

fn binary_name(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Or => operators::LOGICAL_OR,
        BinaryOperator::And => operators::LOGICAL_AND,
        BinaryOperator::Equal => operators::EQUALS,
        BinaryOperator::NotEqual => operators::NOT_EQUALS,
        BinaryOperator::Less => operators::LESS,
        BinaryOperator::LessOrEqual => operators::LESS_EQUALS,
        BinaryOperator::Greater => operators::GREATER,
        BinaryOperator::GreaterOrEqual => operators::GREATER_EQUALS,
        BinaryOperator::In => operators::IN,
        BinaryOperator::Add => operators::ADD,
        BinaryOperator::Subtract => operators::SUBSTRACT,
        BinaryOperator::Multiply => operators::MULTIPLY,
        BinaryOperator::Divide => operators::DIVIDE,
        BinaryOperator::Remainder => operators::MODULO,
    }
}

fn operation(name: &str, args: Vec<IdedExpr>) -> IdedExpr {
    node(Expr::Call(CallExpr { func_name: name.to_owned(), target: None, args }))
}

fn call(function: Function, mut arguments: Vec<IdedExpr>) -> IdedExpr {
    let name = match function {
        Function::StartsWith => "startsWith",
        Function::EndsWith => "endsWith",
        Function::Contains => "contains",
        Function::Matches => "matches",
        Function::Size => return operation("size", arguments),
        Function::Has
        | Function::Int
        | Function::Double
        | Function::String
        | Function::Bool
        | Function::Duration
        | Function::Timestamp => return literal(None),
    };
    if arguments.is_empty() {
        return literal(None);
    }
    let target = Some(Box::new(arguments.remove(0)));
    node(Expr::Call(CallExpr { func_name: name.to_owned(), target, args: arguments }))
}

/// `text.matches(pattern)` by the CEL crate, so that both evaluators have one dialect of patterns.
pub(crate) fn matches(text: &str, pattern: &str) -> Option<Value> {
    let pattern = literal(Some(Value::Text(pattern.to_owned())));
    run(&call(Function::Matches, vec![literal(Some(Value::Text(text.to_owned()))), pattern]))
}

/// `size(text)` by the CEL crate.
pub(crate) fn size_of_text(text: &str) -> Option<Value> {
    run(&call(Function::Size, vec![literal(Some(Value::Text(text.to_owned())))]))
}
