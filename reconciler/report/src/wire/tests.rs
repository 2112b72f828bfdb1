//! The schema under `docs/` says what is written, no more and no less.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use serde_json::Value;

use crate::{BrokenGate, Gate, ImpactDiff, Report, testing::sample};

const SCHEMA: &str = include_str!("../../../../docs/schema/impact.v1.json");

/// The part of JSON Schema that the schema uses. Fields that the schema does not know are errors here, though readers
/// must ignore them: what is written must be described.
fn check(schema: &Value, root: &Value, value: &Value, place: &str) -> Result<(), String> {
    let fail = |why: String| Err(format!("{place}: {why}"));
    if let Some(Value::String(target)) = schema.get("$ref") {
        let name = target.strip_prefix("#/$defs/").unwrap();
        return check(&root["$defs"][name], root, value, place);
    }
    if let Some(Value::Array(options)) = schema.get("anyOf") {
        let errors: Vec<String> = options.iter().filter_map(|o| check(o, root, value, place).err()).collect();
        return if errors.len() < options.len() { Ok(()) } else { fail(errors.join("; or ")) };
    }
    if let Some(wanted) = schema.get("const") {
        return if wanted == value { Ok(()) } else { fail(format!("{value} is not {wanted}")) };
    }
    if let Some(Value::Array(options)) = schema.get("enum") {
        return if options.contains(value) {
            Ok(())
        } else {
            fail(format!("{value} is none of {options:?}"))
        };
    }
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        other => panic!("{place}: the schema has type {other:?}"),
    };
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let fits = types.contains(&found) || (found == "integer" && types.contains(&"number"));
    if !fits {
        return fail(format!("{found} is none of {types:?}"));
    }
    match value {
        Value::Array(items) => {
            let own = schema.get("items").unwrap();
            items
                .iter()
                .enumerate()
                .try_for_each(|(at, item)| check(own, root, item, &format!("{place}[{at}]")))
        }
        Value::Object(fields) => {
            let required: Vec<&str> =
                schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            if let Some(missing) = required.iter().find(|name| !fields.contains_key(**name)) {
                return fail(format!("{missing} is missing"));
            }
            fields.iter().try_for_each(|(name, field)| {
                let own = schema["properties"].get(name).or_else(|| schema.get("additionalProperties"));
                let Some(own) = own else { return fail(format!("{name} is not described")) };
                check(own, root, field, &format!("{place}.{name}"))
            })
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

#[test]
fn what_is_written_is_what_the_schema_describes() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let sample = sample();
    let mut diff = ImpactDiff::between(&sample.base(), &sample.head(), &sample.telemetry).unwrap();
    diff.gates_broken = vec![BrokenGate { gate: Gate::FalseAlarms, detail: "2, base 1".to_owned() }];
    let report = Report::of(&sample.head(), &sample.telemetry).unwrap();
    for (position, text) in [diff.to_json().unwrap(), report.to_json().unwrap()].iter().enumerate() {
        let value: Value = serde_json::from_str(text).unwrap();
        check(&schema["anyOf"][position], &schema, &value, "document").unwrap();
        let mut broken = value.clone();
        broken["version"] = Value::from(2);
        assert!(check(&schema, &schema, &broken, "document").is_err());
    }
}

#[test]
fn every_kind_of_difference_is_in_the_schema() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let kinds = schema["$defs"]["difference"]["properties"]["kind"]["enum"].as_array().unwrap();
    for kind in kinds {
        let read: Result<crate::DifferenceKind, _> = serde_json::from_value(kind.clone());
        assert!(read.is_ok(), "{kind}");
    }
    assert_eq!(kinds.len(), 25);
}
