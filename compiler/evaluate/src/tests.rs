//! The two evaluators against each other and against the language's table of unknowns.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use heal_program::*;
use proptest::prelude::*;

use crate::{Facts, Value, evaluate, evaluate_with_cel};

/// Signal 0 is 2.5, signal 1 is unknown, signal 2 is -1; detector 0 fires, 1 does not, 2 is unknown.
struct Example;

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
        (path == ["node"]).then(|| Value::Text("n1".to_owned()))
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
    check(&Expression::Call(Function::Size, vec![service()]), Some(Value::Number(4.0)));
    let list = Expression::List(vec![text("cart"), text("checkout")]);
    let member = |item, list| Expression::Binary(BinaryOperator::In, Box::new(item), Box::new(list));
    check(&member(service(), list), Some(Value::Bool(true)));
    let with_unknown = Expression::List(vec![text("cart"), Expression::KeyField("zone".to_owned())]);
    check(&member(service(), with_unknown), None);
}

fn numbers() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        prop_oneof![Just(0.0), Just(1.5), Just(-3.0), Just(1e300), any::<f64>()].prop_map(Expression::Number),
        (0u32..3).prop_map(|at| Expression::Signal(SignalIndex(at))),
        Just(Expression::Param(ParamIndex(0))),
        (0u32..3).prop_map(|at| Expression::Window {
            function: if at == 2 { WindowFunction::Rate } else { WindowFunction::Max },
            signal: SignalIndex(at),
            span: Millis(60_000),
        }),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        use BinaryOperator::*;
        let operator = prop_oneof![Just(Add), Just(Subtract), Just(Multiply), Just(Divide), Just(Remainder)];
        prop_oneof![
            (operator, inner.clone(), inner.clone()).prop_map(|(op, a, b)| Expression::Binary(
                op,
                Box::new(a),
                Box::new(b)
            )),
            inner.clone().prop_map(|a| Expression::Unary(UnaryOperator::Negate, Box::new(a))),
            (inner.clone(), inner).prop_map(|(a, b)| Expression::Or(Box::new(a), Box::new(b))),
        ]
    })
}

fn conditions() -> impl Strategy<Value = Expression> {
    use BinaryOperator::*;
    let compare = prop_oneof![
        Just(Equal),
        Just(NotEqual),
        Just(Less),
        Just(LessOrEqual),
        Just(Greater),
        Just(GreaterOrEqual)
    ];
    let leaf = prop_oneof![
        (0u32..3).prop_map(|at| Expression::Firing(DetectorIndex(at))),
        (compare, numbers(), numbers()).prop_map(|(op, a, b)| Expression::Binary(
            op,
            Box::new(a),
            Box::new(b)
        )),
        any::<bool>().prop_map(Expression::Bool),
        (numbers(), proptest::collection::vec(numbers(), 0..3)).prop_map(|(a, list)| Expression::Binary(
            In,
            Box::new(a),
            Box::new(Expression::List(list))
        )),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (prop_oneof![Just(And), Just(Or), Just(Equal)], inner.clone(), inner.clone())
                .prop_map(|(op, a, b)| Expression::Binary(op, Box::new(a), Box::new(b))),
            inner.clone().prop_map(|a| Expression::Unary(UnaryOperator::Not, Box::new(a))),
            (inner.clone(), inner.clone(), inner).prop_map(|(c, a, b)| Expression::Conditional(
                Box::new(c),
                Box::new(a),
                Box::new(b)
            )),
        ]
    })
}

fn same(left: &Option<Value>, right: &Option<Value>) -> bool {
    match (left, right) {
        (Some(Value::Number(a)), Some(Value::Number(b))) => a == b || (a.is_nan() && b.is_nan()),
        _ => left == right,
    }
}

proptest! {
    #[test]
    fn walking_and_cel_agree_on_any_condition(condition in conditions()) {
        let (ours, cel) = (evaluate(&condition, &Example), evaluate_with_cel(&condition, &Example));
        prop_assert!(same(&ours, &cel), "ours {ours:?}, CEL {cel:?}");
    }

    #[test]
    fn walking_and_cel_agree_on_any_number(number in numbers()) {
        let (ours, cel) = (evaluate(&number, &Example), evaluate_with_cel(&number, &Example));
        prop_assert!(same(&ours, &cel), "ours {ours:?}, CEL {cel:?}");
    }
}
