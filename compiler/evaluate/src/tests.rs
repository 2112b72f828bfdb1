//! The two evaluators against each other and against the language's table of unknowns.
#![allow(clippy::wildcard_enum_match_arm, reason = "tests")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod agreement;
mod cel_parser;
mod checked;
mod written;

use std::collections::BTreeMap;

use heal_program::*;

use crate::{CEL_DEPTH_MAX, Facts, Missing, Value, evaluate, evaluate_with_cel, value_or_why};

/// Signal 0 is 2.5, signal 1 is unknown, signal 2 is -1; detector 0 fires, 1 does not, 2 is unknown; so it is with
/// absence and events. `body` is `{"alerts": [{"name": "a", "count": 2, "labels": {}}, {"name": "b"}]}`, and `it` the
/// first alert. `Workload`s are told by name, and `ready` as their names say.
struct Example;

fn object(fields: &[(&str, Value)]) -> Value {
    Value::Object(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

fn alert() -> Value {
    let name = Value::Text("a".to_owned());
    object(&[("name", name), ("count", Value::Number(2.0)), ("labels", Value::Object(BTreeMap::new()))])
}

impl Facts for Example {
    fn param(&self, _: ParamIndex) -> Option<f64> {
        Some(250.0)
    }
    fn signal(&self, signal: SignalIndex) -> Option<f64> {
        [Some(2.5), None, Some(-1.0)][signal.at() % 3]
    }
    fn window(&self, function: WindowFunction, signal: SignalIndex, _: Millis) -> Option<f64> {
        if function == WindowFunction::Rate { None } else { self.signal(signal) }
    }
    fn firing(&self, detector: DetectorIndex) -> Option<bool> {
        [Some(true), Some(false), None][detector.at() % 3]
    }
    fn key_field(&self, name: &str) -> Option<String> {
        (name == "service").then(|| "cart".to_owned())
    }
    fn entity_field(&self, _: &str, _: EntityIndex, path: &[String]) -> Option<Value> {
        let workload = |name: &str| object(&[("workload", Value::Text(name.to_owned()))]);
        match path.last()?.as_str() {
            "node" => Some(Value::Text("n1".to_owned())),
            "workloads" => Some(Value::List(["yes", "no", "maybe"].map(workload).to_vec())),
            _ => None,
        }
    }
    fn element_field(&self, _: EntityIndex, element: &Value, path: &[String]) -> Option<Value> {
        let Value::Object(fields) = element else { return None };
        match (path.first()?.as_str(), fields.get("workload")?) {
            ("ready", Value::Text(name)) if name == "maybe" => None,
            ("ready", Value::Text(name)) => Some(Value::Bool(name == "yes")),
            _ => None,
        }
    }
    fn learned(&self, signal: SignalIndex, _: &Learned, _: LearnedPart) -> Option<f64> {
        self.signal(signal)
    }
    fn time_to(&self, _: SignalIndex, _: &Learned, threshold: f64) -> Option<f64> {
        (threshold > 0.0).then_some(60.0)
    }
    fn absent(&self, signal: SignalIndex, _: Millis) -> Option<bool> {
        self.firing(DetectorIndex(signal.0))
    }
    fn event_within(&self, event: EventIndex, _: Millis) -> Option<bool> {
        self.firing(DetectorIndex(event.0))
    }
    fn event_count(&self, event: EventIndex, _: Millis) -> Option<f64> {
        self.signal(SignalIndex(event.0))
    }
    fn during(&self, calendar: &Calendar) -> Option<bool> {
        Some(calendar.zone == "UTC")
    }
    fn episode(&self, field: EpisodeField) -> Option<Value> {
        let started = field == EpisodeField::Started;
        Some(if started { Value::Number(1_700_000_000.0) } else { Value::Text("leaking".to_owned()) })
    }
    fn variable(&self, name: &str) -> Option<Value> {
        let other = object(&[("name", Value::Text("b".to_owned()))]);
        match name {
            "it" => Some(alert()),
            "body" => Some(object(&[("alerts", Value::List(vec![alert(), other]))])),
            _ => None,
        }
    }
    fn aggregate(
        &self,
        function: AggregateFunction,
        _: &[String],
        _: &[String],
        operand: &Expression,
    ) -> Option<Value> {
        crate::aggregated(function, &[evaluate(operand, self), None, Some(Value::Number(1.0))])
    }
    fn for_key(&self, operand: &Expression, key: &[(String, Value)]) -> Option<Value> {
        (key == [("service".to_owned(), Value::Text("cart".to_owned()))]).then(|| evaluate(operand, self))?
    }
}

fn firing(index: u32) -> Box<Expression> {
    Box::new(Expression::Firing(DetectorIndex(index)))
}

#[track_caller]
fn check(expression: &Expression, expected: Option<Value>) {
    assert_eq!(evaluate(expression, &Example), expected, "walking {expression:?}");
    assert_eq!(evaluate_with_cel(expression, &Example), expected, "CEL on {expression:?}");
}

#[test]
fn logic_absorbs_unknown_on_either_side() {
    let (yes, no, unknown) = (0, 1, 2);
    for (operator, left, right, expected) in [
        (BinaryOperator::And, no, unknown, Some(false)),
        (BinaryOperator::And, unknown, no, Some(false)),
        (BinaryOperator::And, yes, unknown, None),
        (BinaryOperator::And, unknown, yes, None),
        (BinaryOperator::Or, yes, unknown, Some(true)),
        (BinaryOperator::Or, unknown, yes, Some(true)),
        (BinaryOperator::Or, no, unknown, None),
        (BinaryOperator::Or, unknown, unknown, None),
        (BinaryOperator::And, yes, yes, Some(true)),
        (BinaryOperator::Or, no, no, Some(false)),
    ] {
        check(&Expression::Binary(operator, firing(left), firing(right)), expected.map(Value::Bool));
    }
}

#[test]
fn a_conditional_needs_only_the_branch_it_takes() {
    let number = |value| Box::new(Expression::Number(value));
    let unknown = Box::new(Expression::Signal(SignalIndex(1)));
    let takes = |condition, then, otherwise| Expression::Conditional(condition, then, otherwise);
    check(&takes(firing(0), number(1.0), unknown.clone()), Some(Value::Number(1.0)));
    check(&takes(firing(1), number(1.0), unknown.clone()), None);
    check(&takes(firing(2), number(1.0), number(1.0)), None);
}

#[test]
fn or_replaces_unknown_and_nothing_else() {
    let or = |signal, fallback| {
        Expression::Or(
            Box::new(Expression::Signal(SignalIndex(signal))),
            Box::new(Expression::Number(fallback)),
        )
    };
    check(&or(1, 7.0), Some(Value::Number(7.0)));
    check(&or(0, 7.0), Some(Value::Number(2.5)));
}

#[test]
fn text_functions_and_membership() {
    let service = || Expression::KeyField("service".to_owned());
    let text = |text: &str| Expression::Text(text.to_owned());
    check(&Expression::Call(Function::StartsWith, vec![service(), text("ca")]), Some(Value::Bool(true)));
    check(&Expression::Call(Function::EndsWith, vec![service(), text("ca")]), Some(Value::Bool(false)));
    check(&Expression::Call(Function::Contains, vec![service(), text("ar")]), Some(Value::Bool(true)));
    check(&Expression::Call(Function::Matches, vec![service(), text("^c.*t$")]), Some(Value::Bool(true)));
    check(&Expression::Call(Function::Matches, vec![service(), text("(")]), None);
    check(&Expression::Call(Function::Size, vec![service()]), Some(Value::Integer(4)));
    let list = Expression::List(vec![text("cart"), text("checkout")]);
    let member = |item, list| Expression::Binary(BinaryOperator::In, Box::new(item), Box::new(list));
    check(&member(service(), list), Some(Value::Bool(true)));
    let with_unknown = Expression::List(vec![text("cart"), Expression::KeyField("zone".to_owned())]);
    check(&member(service(), with_unknown), None);
}

fn integer(value: i64) -> Box<Expression> {
    Box::new(Expression::Integer(value))
}

#[test]
fn whole_numbers_overflow_and_divide_as_cel_says() {
    use BinaryOperator::*;
    for (operator, left, right, expected) in [
        (Divide, 7, 2, Some(3)),
        (Divide, -7, 2, Some(-3)),
        (Divide, 1, 0, None),
        (Remainder, 7, 2, Some(1)),
        (Remainder, -7, 2, Some(-1)),
        (Remainder, 7, 0, None),
        (Add, i64::MAX, 1, None),
        (Subtract, i64::MIN, 1, None),
        (Multiply, i64::MAX, 2, None),
        (Divide, i64::MIN, -1, None),
        (Multiply, 6, 7, Some(42)),
    ] {
        check(&Expression::Binary(operator, integer(left), integer(right)), expected.map(Value::Integer));
    }
    let negated = Expression::Unary(UnaryOperator::Negate, integer(i64::MIN));
    check(&negated, None);
    assert_eq!(value_or_why(&negated, &Example), Err(Missing::Unknown));
}

#[test]
fn whole_numbers_and_doubles_compare_but_do_not_add() {
    let one_and_a_half = || Box::new(Expression::Number(1.5));
    let binary = |operator, right| Expression::Binary(operator, integer(1), right);
    check(&binary(BinaryOperator::Less, one_and_a_half()), Some(Value::Bool(true)));
    check(&binary(BinaryOperator::Equal, Box::new(Expression::Number(1.0))), Some(Value::Bool(true)));
    let sum = binary(BinaryOperator::Add, one_and_a_half());
    check(&sum, None);
    assert_eq!(value_or_why(&sum, &Example), Err(Missing::Mistyped));
}

#[test]
fn conversions() {
    let call = |function, argument| Expression::Call(function, vec![argument]);
    let text = |text: &str| Expression::Text(text.to_owned());
    let cases = [
        (Function::Int, Expression::Number(-2.9), Some(Value::Integer(-2))),
        (Function::Int, Expression::Number(1e19), None),
        (Function::Int, Expression::Number(f64::NAN), None),
        (Function::Int, text("12"), Some(Value::Integer(12))),
        (Function::Int, text("a dozen"), None),
        (Function::Double, Expression::Integer(3), Some(Value::Number(3.0))),
        (Function::Double, text("1e3"), Some(Value::Number(1_000.0))),
        (Function::String, Expression::Number(2.0), Some(Value::Text("2".to_owned()))),
        (Function::String, Expression::Bool(true), Some(Value::Text("true".to_owned()))),
        (Function::Bool, text("false"), Some(Value::Bool(false))),
        (Function::Bool, text("maybe"), None),
        (Function::Duration, text("1h30m"), Some(Value::Number(5_400.0))),
        (Function::Duration, text("1.5s"), Some(Value::Number(1.5))),
        (Function::Duration, text("long"), None),
        (Function::Timestamp, text("1970-01-02T00:00:00.5Z"), Some(Value::Number(86_400.5))),
        (Function::Timestamp, text("yesterday"), None),
        (Function::Timestamp, Expression::Integer(60), Some(Value::Number(60.0))),
    ];
    for (function, argument, expected) in cases {
        check(&call(function, argument), expected);
    }
}

fn variable(name: &str) -> Box<Expression> {
    Box::new(Expression::Variable(name.to_owned()))
}

fn selected(value: Box<Expression>, field: &str) -> Box<Expression> {
    Box::new(Expression::Select(value, field.to_owned()))
}

fn over(kind: Comprehension, list: Box<Expression>, body: Expression) -> Expression {
    Expression::Comprehension { kind, list, variable: "x".to_owned(), body: Box::new(body) }
}

#[test]
fn values_from_outside_are_selected_and_tested() {
    let alerts = || selected(variable("body"), "alerts");
    let first = Expression::Element(alerts(), integer(0));
    check(&Expression::Select(Box::new(first.clone()), "count".to_owned()), Some(Value::Number(2.0)));
    check(&Expression::Element(alerts(), integer(2)), None);
    check(&Expression::Element(alerts(), integer(-1)), None);
    let has = |value, field| Expression::Call(Function::Has, vec![*selected(value, field)]);
    check(&has(Box::new(first), "count"), Some(Value::Bool(true)));
    check(&has(variable("it"), "owner"), Some(Value::Bool(false)));
    check(&has(selected(variable("it"), "owner"), "name"), None);
    check(&Expression::Call(Function::Size, vec![*alerts()]), Some(Value::Integer(2)));
    let named =
        Expression::Binary(BinaryOperator::In, Box::new(Expression::Text("name".to_owned())), variable("it"));
    check(&named, Some(Value::Bool(true)));
}

#[test]
fn list_macros_absorb_unknown_as_logic_does() {
    let alerts = || selected(variable("body"), "alerts");
    let count_over = |least: f64| {
        let count = selected(variable("x"), "count");
        Expression::Binary(BinaryOperator::Greater, count, Box::new(Expression::Number(least)))
    };
    // The second alert has no count.
    check(&over(Comprehension::Exists, alerts(), count_over(1.0)), Some(Value::Bool(true)));
    check(&over(Comprehension::Exists, alerts(), count_over(2.0)), None);
    check(&over(Comprehension::All, alerts(), count_over(2.0)), Some(Value::Bool(false)));
    check(&over(Comprehension::All, alerts(), count_over(1.0)), None);
    check(&over(Comprehension::ExistsOne, alerts(), count_over(1.0)), None);
    check(&over(Comprehension::Filter, alerts(), count_over(1.0)), None);
    let names = over(Comprehension::Map, alerts(), *selected(variable("x"), "name"));
    check(&names, Some(Value::List(vec![Value::Text("a".to_owned()), Value::Text("b".to_owned())])));
}

#[test]
fn list_macros_over_entities_ask_for_their_fields() {
    let workloads = || {
        Box::new(Expression::EntityField {
            root: "service".to_owned(),
            entity: EntityIndex(0),
            path: vec!["workloads".to_owned()],
        })
    };
    let field = |name: &str| Expression::EntityField {
        root: "x".to_owned(),
        entity: EntityIndex(1),
        path: vec![name.to_owned()],
    };
    check(&over(Comprehension::Exists, workloads(), field("ready")), Some(Value::Bool(true)));
    check(&over(Comprehension::All, workloads(), field("ready")), Some(Value::Bool(false)));
    check(&over(Comprehension::ExistsOne, workloads(), field("ready")), None);
    let names = ["yes", "no", "maybe"].map(|name| Value::Text(name.to_owned()));
    check(&over(Comprehension::Map, workloads(), field("workload")), Some(Value::List(names.to_vec())));
    // An inner macro sees the variable of the outer one.
    let inner = Expression::Comprehension {
        kind: Comprehension::Exists,
        list: Box::new(Expression::List(vec![Expression::Text("no".to_owned())])),
        variable: "y".to_owned(),
        body: Box::new(Expression::Binary(BinaryOperator::Equal, Box::new(field("workload")), variable("y"))),
    };
    check(&over(Comprehension::ExistsOne, workloads(), inner), Some(Value::Bool(true)));
}

#[test]
fn a_list_longer_than_its_bound_is_unknown() {
    let list = |length| Box::new(Expression::List(vec![Expression::Integer(1); length]));
    let all = |length| over(Comprehension::All, list(length), Expression::Bool(true));
    check(&all(LIST_MAX), Some(Value::Bool(true)));
    check(&all(LIST_MAX + 1), None);
}

#[test]
fn a_fact_for_another_key_is_asked_with_the_value_of_that_key() {
    let for_key = |value: Expression| Expression::ForKey {
        operand: firing(0),
        key: vec![("service".to_owned(), value)],
    };
    check(&for_key(Expression::KeyField("service".to_owned())), Some(Value::Bool(true)));
    check(&for_key(Expression::Text("checkout".to_owned())), None);
    check(&for_key(Expression::KeyField("zone".to_owned())), None);
}

#[test]
fn the_deepest_expression_that_cel_is_given_does_not_abort() {
    let nested = |depth: usize| {
        (1..depth)
            .fold(Expression::Bool(true), |inner, _| Expression::Unary(UnaryOperator::Not, Box::new(inner)))
    };
    assert_eq!(evaluate_with_cel(&nested(CEL_DEPTH_MAX + 1), &Example), None);
    check(&nested(CEL_DEPTH_MAX), Some(Value::Bool(CEL_DEPTH_MAX % 2 == 1)));
    let lists = |depth: usize| {
        (1..depth / 2).fold(Expression::Bool(true), |inner, _| {
            over(Comprehension::All, Box::new(Expression::List(vec![Expression::Integer(1)])), inner)
        })
    };
    check(&lists(CEL_DEPTH_MAX), Some(Value::Bool(true)));
}

/// A count of keys of which two are known and three are not, though their samples come.
struct Filling;

impl Facts for Filling {
    fn param(&self, _: ParamIndex) -> Option<f64> {
        None
    }
    fn signal(&self, _: SignalIndex) -> Option<f64> {
        None
    }
    fn window(&self, _: WindowFunction, _: SignalIndex, _: Millis) -> Option<f64> {
        None
    }
    fn firing(&self, _: DetectorIndex) -> Option<bool> {
        None
    }
    fn key_field(&self, _: &str) -> Option<String> {
        None
    }
    fn entity_field(&self, _: &str, _: EntityIndex, _: &[String]) -> Option<Value> {
        None
    }
    fn count_range(&self, _: &[String], _: &[String], _: &Expression) -> Option<(f64, f64)> {
        Some((2.0, 5.0))
    }
}

#[test]
fn a_count_that_is_not_known_to_the_last_key_decides_what_it_can() {
    use BinaryOperator::*;
    let count = || {
        let operand = Box::new(Expression::Signal(SignalIndex(0)));
        Expression::Aggregate { function: AggregateFunction::Count, by: vec![], keys: vec![], operand }
    };
    for (operator, number, expected) in [
        (Less, 2.0, Some(false)),
        (Less, 5.0, None),
        (Less, 6.0, Some(true)),
        (LessOrEqual, 1.0, Some(false)),
        (LessOrEqual, 2.0, None),
        (LessOrEqual, 5.0, Some(true)),
        (Greater, 1.0, Some(true)),
        (Greater, 2.0, None),
        (Greater, 5.0, Some(false)),
        (GreaterOrEqual, 2.0, Some(true)),
        (GreaterOrEqual, 5.0, None),
        (GreaterOrEqual, 6.0, Some(false)),
        (Equal, 3.0, None),
        (Equal, 2.0, None),
        (Equal, 6.0, Some(false)),
        (NotEqual, 1.0, Some(true)),
        (NotEqual, 3.0, None),
    ] {
        let compared = Expression::Binary(operator, count().into(), Expression::Number(number).into());
        let expected = expected.map(Value::Bool);
        assert_eq!(evaluate(&compared, &Filling), expected, "{operator:?} {number}");
        assert_eq!(evaluate_with_cel(&compared, &Filling), expected, "{operator:?} {number}, with CEL");
        let turned = match operator {
            Less => Greater,
            LessOrEqual => GreaterOrEqual,
            Greater => Less,
            GreaterOrEqual => LessOrEqual,
            other => other,
        };
        let turned = Expression::Binary(turned, Expression::Number(number).into(), count().into());
        assert_eq!(evaluate(&turned, &Filling), expected, "{number} and {operator:?} turned");
    }
    assert_eq!(evaluate(&count(), &Filling), None);
}
