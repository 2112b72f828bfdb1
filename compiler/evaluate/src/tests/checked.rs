//! What the checker lets through never meets a value of a kind that it cannot have.

use heal_expr::Type;
use proptest::prelude::*;

use super::written::{Choices, Everything, typed};
use crate::{Missing, Value, evaluate_with_cel, value_or_why};

const LEAVES: &[&str] = &[
    "latency",
    "load",
    "queue",
    "slow",
    "zone",
    "budget",
    "pod.replicas",
    "service.depends_on",
    "pod.service.tier",
    "episode.id",
    "episode.started",
    "i",
    "d",
    "s",
    "b",
    "li",
    "lt",
    "1",
    "0",
    "2.5",
    "250ms",
    "95%",
    "1h15m",
    "\"a\"",
    "true",
    "[1, 2]",
    "[\"a\"]",
    "[]",
    "deploy.within(5m)",
    "deploy.count(1h)",
    "errors.rate(5m)",
    "latency.baseline().score",
    "latency.forecast(ahead: 1h)",
    "load[\"cart\"]",
    "latency.absent(5m)",
    "during(\"Sat..Sun UTC\")",
    "timestamp(\"2024-01-01T00:00:00Z\")",
];

const OPERATORS: &[&str] = &["+", "-", "*", "/", " % ", "==", "!=", "<", ">=", "&&", "||", " in "];

const METHODS: &[&str] = &[
    "avg(5m)",
    "quantile(0.9, 5m)",
    "sum(by: [service])",
    "max(by: [])",
    "any(by: [])",
    "count(by: [service])",
    "or(0)",
    "or(1s)",
    "or(\"a\")",
    "or(false)",
    "size()",
    "matches(\"a\")",
    "startsWith(zone)",
    "contains(s)",
    "all(x, x > 1)",
    "exists(x, x == \"a\")",
    "map(x, x)",
    "map(x, [x])",
    "filter(x, x != 1)",
    "all(x, x.tier == zone)",
    "exists_one(x, x.replicas > 1)",
    "value",
    "time_to(1s)",
];

const FUNCTIONS: &[&str] = &["size", "int", "double", "string", "bool", "timestamp"];

fn make(choices: &mut Choices<'_>, depth: u32) -> String {
    if depth == 0 {
        return choices.one(LEAVES).to_owned();
    }
    let depth = depth - 1;
    match choices.pick(10) {
        0..4 => {
            let left = make(choices, depth);
            let operator = choices.one(OPERATORS);
            format!("({left} {operator} {})", make(choices, depth))
        }
        4 | 5 => format!("{}.{}", make(choices, depth), choices.one(METHODS)),
        6 => format!("{}({})", choices.one(FUNCTIONS), make(choices, depth)),
        7 => {
            let condition = make(choices, depth);
            let then = make(choices, depth);
            format!("({condition} ? {then} : {})", make(choices, depth))
        }
        8 => {
            let list = make(choices, depth);
            format!("{list}[{}]", make(choices, 0))
        }
        _ => format!("{}({})", choices.one(&["!", "-"]), make(choices, depth)),
    }
}

/// Whether a value is of a type.
fn is_of(value: &Value, type_: &Type) -> bool {
    match (value, type_) {
        (Value::Bool(_), Type::Bool)
        | (Value::Text(_), Type::Text)
        | (Value::Integer(_), Type::Integer)
        | (Value::Number(_), Type::Number | Type::Quantity(_) | Type::Timestamp)
        | (_, Type::Json) => true,
        (Value::List(items), Type::List(item)) => {
            **item == Type::Unknown
                || matches!(**item, Type::Entity(_))
                || items.iter().all(|value| is_of(value, item))
        }
        _ => false,
    }
}

fn holds(text: &str) -> Result<bool, TestCaseError> {
    let Some(typed) = typed(text).0 else { return Ok(false) };
    match value_or_why(&typed.expression, &Everything) {
        Ok(value) => prop_assert!(is_of(&value, &typed.type_), "{text}: {value:?} is not {}", typed.type_),
        Err(why) => prop_assert_eq!(why, Missing::Unknown, "{}", text),
    }
    if let Some(value) = evaluate_with_cel(&typed.expression, &Everything) {
        prop_assert!(is_of(&value, &typed.type_), "{text}: {value:?} is not {}", typed.type_);
    }
    Ok(true)
}

#[test]
fn enough_of_what_is_made_is_let_through() {
    let mut let_through = 0;
    for seed in 0..1_000_u32 {
        let bytes: Vec<u8> = (0..60).map(|at: u32| (seed * 31 + at * (seed + 7) * 13) as u8).collect();
        let text = make(&mut Choices(bytes.iter()), 2);
        let_through += u32::from(holds(&text).unwrap());
    }
    assert!(let_through > 60, "only {let_through} of 1000 are let through");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn checked_never_type_errors(bytes in proptest::collection::vec(any::<u8>(), 0..60), depth in 0_u32..4) {
        holds(&make(&mut Choices(bytes.iter()), depth))?;
    }
}
