//! Evaluation by the CEL crate: the expression becomes that crate's tree, its facts become literals.
//!
//! What CEL has no word for is evaluated first and put in as what it came to: `.or()`, points in time and durations
//! (which are numbers of seconds here), and list macros that ask for more than their variable has.

use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedEntryExpr, IdedExpr, ListExpr, LiteralValue,
    MapEntryExpr, MapExpr, SelectExpr, operators,
};
use cel::objects::Key;
use cel::{Context, Value as CelValue};
use heal_program::{BinaryOperator, Comprehension, Expression, Function, UnaryOperator};

use crate::{Facts, Value, counts::compared_counts, evaluate, facts::fact, operators::items_of, times};

/// Deepest expression that is handed to the CEL crate: it recurses, and aborts the process where the stack ends. The
/// checker allows less.
pub const CEL_DEPTH_MAX: usize = 200;

/// A name that nothing defines: looking it up is the error that stands for unknown in CEL.
const UNKNOWN: &str = "@unknown";

/// What list macros gather their result in; nobody can write it.
const RESULT: &str = "@result";

/// The value of `expression` under `facts` as the CEL crate computes it; `None` when it is unknown, or deeper than
/// [`CEL_DEPTH_MAX`].
#[must_use]
pub fn evaluate_with_cel(expression: &Expression, facts: &dyn Facts) -> Option<Value> {
    if is_too_deep(expression) {
        return None;
    }
    run(&lower(expression, facts))
}

/// Does not recurse.
fn is_too_deep(expression: &Expression) -> bool {
    let mut pending = vec![(expression, 1)];
    while let Some((node, depth)) = pending.pop() {
        if depth > CEL_DEPTH_MAX {
            return true;
        }
        pending.extend(node.operands().into_iter().map(|operand| (operand, depth + 1)));
    }
    false
}

thread_local! {
    /// Making one takes longer than most expressions. It has no variables: they are in the trees.
    static CONTEXT: Context<'static, 'static> = Context::default();
}

fn run(tree: &IdedExpr) -> Option<Value> {
    CONTEXT.with(|context| from_cel(CelValue::resolve(tree, context).ok()?))
}

pub(crate) fn from_cel(value: CelValue) -> Option<Value> {
    match value {
        CelValue::Bool(truth) => Some(Value::Bool(truth)),
        CelValue::Float(number) => Some(Value::Number(number)),
        CelValue::String(text) => Some(Value::Text((*text).clone())),
        CelValue::Int(number) => Some(Value::Integer(number)),
        CelValue::List(items) => {
            items.iter().map(|item| from_cel(item.clone())).collect::<Option<Vec<_>>>().map(Value::List)
        }
        CelValue::Map(map) => {
            let entries = map.map.iter().map(|(key, value)| match key {
                Key::String(name) => Some(((**name).clone(), from_cel(value.clone())?)),
                Key::Int(_) | Key::Uint(_) | Key::Bool(_) => None,
            });
            entries.collect::<Option<_>>().map(Value::Object)
        }
        CelValue::Duration(span) => Some(seconds(span.num_seconds(), span.subsec_nanos())),
        CelValue::Timestamp(at) => Some(seconds(at.timestamp(), at.timestamp_subsec_nanos().cast_signed())),
        // Nothing that we lower makes a value of another kind.
        CelValue::Function(..)
        | CelValue::UInt(_)
        | CelValue::Bytes(_)
        | CelValue::Opaque(_)
        | CelValue::Struct(_)
        | CelValue::Null => None,
    }
}

fn seconds(whole: i64, nanoseconds: i32) -> Value {
    Value::Number(whole as f64 + f64::from(nanoseconds) / 1e9)
}

fn node(expr: Expr) -> IdedExpr {
    IdedExpr { id: 0, expr }
}

fn ident(name: &str) -> IdedExpr {
    node(Expr::Ident(name.to_owned()))
}

fn literal(value: Option<Value>) -> IdedExpr {
    node(match value {
        Some(Value::Number(number)) => Expr::Literal(LiteralValue::Double(number.into())),
        Some(Value::Integer(number)) => Expr::Literal(LiteralValue::Int(number.into())),
        Some(Value::Text(text)) => Expr::Literal(LiteralValue::String(text.into())),
        Some(Value::Bool(truth)) => Expr::Literal(LiteralValue::Boolean(truth.into())),
        Some(Value::List(items)) => {
            Expr::List(ListExpr::new(items.into_iter().map(|item| literal(Some(item))).collect()))
        }
        Some(Value::Object(fields)) => {
            let entry = |(name, value)| {
                let (key, value) = (literal(Some(Value::Text(name))), literal(Some(value)));
                IdedEntryExpr {
                    id: 0,
                    expr: EntryExpr::MapEntry(MapEntryExpr { key, value, optional: false }),
                }
            };
            Expr::Map(MapExpr { entries: fields.into_iter().map(entry).collect() })
        }
        None => Expr::Ident(UNKNOWN.to_owned()),
    })
}

fn lower(expression: &Expression, facts: &dyn Facts) -> IdedExpr {
    lower_within(expression, facts, &[])
}

/// `bound`: the variables of the list macros around it.
fn lower_within(expression: &Expression, facts: &dyn Facts, bound: &[&str]) -> IdedExpr {
    let within = |operand: &Expression| lower_within(operand, facts, bound);
    match expression {
        Expression::Number(number) => literal(Some(Value::Number(*number))),
        Expression::Integer(number) => literal(Some(Value::Integer(*number))),
        Expression::Bool(truth) => literal(Some(Value::Bool(*truth))),
        Expression::Text(text) => literal(Some(Value::Text(text.clone()))),
        Expression::List(items) => node(Expr::List(ListExpr::new(items.iter().map(within).collect()))),
        Expression::Unary(operator, operand) => {
            let name = match operator {
                UnaryOperator::Not => operators::LOGICAL_NOT,
                UnaryOperator::Negate => operators::NEGATE,
            };
            operation(name, vec![within(operand)])
        }
        Expression::Binary(operator, left, right) => {
            if let Some(truth) = compared_counts(*operator, (left, right), facts) {
                return literal(Some(Value::Bool(truth)));
            }
            operation(binary_name(*operator), vec![within(left), within(right)])
        }
        Expression::Conditional(condition, then, otherwise) => {
            operation(operators::CONDITIONAL, vec![within(condition), within(then), within(otherwise)])
        }
        Expression::Or(value, fallback) => {
            let value = run(&within(value));
            if value.is_some() { literal(value) } else { within(fallback) }
        }
        Expression::Call(function @ (Function::Duration | Function::Timestamp), arguments) => {
            literal(run(&call(*function, arguments.iter().map(within).collect())))
        }
        Expression::Call(function @ Function::TimePart(_), arguments) => {
            time_part(*function, arguments.iter().map(within).collect())
        }
        Expression::Call(function, arguments) => call(*function, arguments.iter().map(within).collect()),
        Expression::Variable(name) if bound.contains(&name.as_str()) => ident(name),
        Expression::Select(value, field) => select(within(value), field, false),
        Expression::Element(list, index) => operation(operators::INDEX, vec![within(list), within(index)]),
        Expression::Comprehension { kind, list, variable, body } => {
            let plain = !reads(list, bound) && is_plain(body, &[variable.as_str()]);
            if !plain {
                return literal(evaluate(expression, facts));
            }
            let items = run(&lower(list, facts)).and_then(|list| items_of(list).ok()).map(Value::List);
            let inner: Vec<&str> = bound.iter().copied().chain([variable.as_str()]).collect();
            comprehension(*kind, literal(items), variable, lower_within(body, facts, &inner))
        }
        // What a fact depends on is a value before the fact is asked for.
        Expression::TimeTo { .. } | Expression::ForKey { .. } => literal(evaluate(expression, facts)),
        Expression::Variable(_)
        | Expression::Param(_)
        | Expression::Signal(_)
        | Expression::Window { .. }
        | Expression::Learned { .. }
        | Expression::Absent { .. }
        | Expression::Aggregate { .. }
        | Expression::Firing(_)
        | Expression::EventWithin { .. }
        | Expression::EventCount { .. }
        | Expression::During(_)
        | Expression::KeyField(_)
        | Expression::EntityField { .. }
        | Expression::Episode(_)
        | Expression::Secret(_) => literal(fact(expression, facts)),
    }
}

/// Whether the body of a list macro has a meaning in CEL alone: nothing in it must be evaluated first with the variable
/// bound. `bound`: the variables of this macro and of those inside it.
fn is_plain(body: &Expression, bound: &[&str]) -> bool {
    match body {
        Expression::Or(..)
        | Expression::TimeTo { .. }
        | Expression::ForKey { .. }
        | Expression::Call(Function::Duration | Function::Timestamp | Function::TimePart(_), _) => false,
        Expression::EntityField { root, .. } => !bound.contains(&root.as_str()),
        Expression::Comprehension { list, variable, body, .. } => {
            let inner: Vec<&str> = bound.iter().copied().chain([variable.as_str()]).collect();
            !reads(list, bound) && is_plain(body, &inner)
        }
        Expression::Number(_)
        | Expression::Integer(_)
        | Expression::Text(_)
        | Expression::Bool(_)
        | Expression::List(_)
        | Expression::Param(_)
        | Expression::Signal(_)
        | Expression::Window { .. }
        | Expression::Learned { .. }
        | Expression::Absent { .. }
        | Expression::Aggregate { .. }
        | Expression::Firing(_)
        | Expression::EventWithin { .. }
        | Expression::EventCount { .. }
        | Expression::During(_)
        | Expression::KeyField(_)
        | Expression::Episode(_)
        | Expression::Secret(_)
        | Expression::Variable(_)
        | Expression::Select(..)
        | Expression::Element(..)
        | Expression::Unary(..)
        | Expression::Binary(..)
        | Expression::Conditional(..)
        | Expression::Call(..) => body.operands().into_iter().all(|operand| is_plain(operand, bound)),
    }
}

/// Whether an expression reads one of these variables.
fn reads(expression: &Expression, bound: &[&str]) -> bool {
    let mut reads = false;
    expression.walk(&mut |node| {
        if let Expression::Variable(name) | Expression::EntityField { root: name, .. } = node {
            reads |= bound.contains(&name.as_str());
        }
    });
    reads
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

fn select(operand: IdedExpr, field: &str, test: bool) -> IdedExpr {
    node(Expr::Select(SelectExpr { operand: Box::new(operand), field: field.to_owned(), test }))
}

fn call(function: Function, mut arguments: Vec<IdedExpr>) -> IdedExpr {
    let name = match function {
        Function::StartsWith => "startsWith",
        Function::EndsWith => "endsWith",
        Function::Contains => "contains",
        Function::Matches => "matches",
        Function::TimePart(part) => part.word(),
        Function::Size => return operation("size", arguments),
        Function::Int => return operation("int", arguments),
        Function::Double => return operation("double", arguments),
        Function::String => return operation("string", arguments),
        Function::Bool => return operation("bool", arguments),
        Function::Duration => return operation("duration", arguments),
        Function::Timestamp => return operation("timestamp", arguments),
        Function::Has => {
            let selected = arguments.pop().map(|argument| argument.expr);
            return match selected {
                Some(Expr::Select(chosen)) => select(*chosen.operand, &chosen.field, true),
                _ => literal(None),
            };
        }
    };
    if arguments.is_empty() {
        return literal(None);
    }
    let target = Some(Box::new(arguments.remove(0)));
    node(Expr::Call(CallExpr { func_name: name.to_owned(), target, args: arguments }))
}

/// `at.getHours(zone)`: the number of seconds that `at` came to is a point in time again.
fn time_part(function: Function, mut arguments: Vec<IdedExpr>) -> IdedExpr {
    let Some(first) = arguments.first_mut() else { return literal(None) };
    let Some(Value::Number(seconds)) = run(first) else { return literal(None) };
    let Some(at) = times::instant(seconds) else { return literal(None) };
    let text = at.to_rfc3339_opts(chrono::SecondsFormat::Nanos, true);
    *first = call(Function::Timestamp, vec![literal(Some(Value::Text(text)))]);
    call(function, arguments)
}

/// What the CEL crate's parser makes of its list macros.
fn comprehension(kind: Comprehension, iter_range: IdedExpr, variable: &str, body: IdedExpr) -> IdedExpr {
    let result = || ident(RESULT);
    let boolean = |truth: bool| literal(Some(Value::Bool(truth)));
    let integer = |number: i64| literal(Some(Value::Integer(number)));
    let list = |items: Vec<IdedExpr>| node(Expr::List(ListExpr::new(items)));
    let while_not_decided = |undecided: IdedExpr| operation(operators::NOT_STRICTLY_FALSE, vec![undecided]);
    let if_body =
        |body: IdedExpr, then: IdedExpr| operation(operators::CONDITIONAL, vec![body, then, result()]);
    let (accu_init, loop_cond, loop_step, end) = match kind {
        Comprehension::All => (
            boolean(true),
            while_not_decided(result()),
            operation(operators::LOGICAL_AND, vec![result(), body]),
            result(),
        ),
        Comprehension::Exists => (
            boolean(false),
            while_not_decided(operation(operators::LOGICAL_NOT, vec![result()])),
            operation(operators::LOGICAL_OR, vec![result(), body]),
            result(),
        ),
        Comprehension::ExistsOne => (
            integer(0),
            boolean(true),
            if_body(body, operation(operators::ADD, vec![result(), integer(1)])),
            operation(operators::EQUALS, vec![result(), integer(1)]),
        ),
        Comprehension::Filter => (
            list(Vec::new()),
            boolean(true),
            if_body(body, operation(operators::ADD, vec![result(), list(vec![ident(variable)])])),
            result(),
        ),
        Comprehension::Map => (
            list(Vec::new()),
            boolean(true),
            operation(operators::ADD, vec![result(), list(vec![body])]),
            result(),
        ),
    };
    node(Expr::Comprehension(Box::new(ComprehensionExpr {
        iter_range,
        iter_var: variable.to_owned(),
        iter_var2: None,
        accu_var: RESULT.to_owned(),
        accu_init,
        loop_cond,
        loop_step,
        result: end,
    })))
}

/// `duration(text)` and `timestamp(x)` by the CEL crate, in seconds.
pub(crate) fn converted(function: Function, value: &Value) -> Option<Value> {
    run(&call(function, vec![literal(Some(value.clone()))]))
}
