//! Values with the units of what they measure.

use heal_evaluate::Value;
use heal_program::Dimension;
use heal_report::{base_unit, quantity};

/// Longest text of a list that is shown.
const ITEMS_MAX: usize = 8;

/// A value, with the unit of what it measures; `unknown` for none.
#[must_use]
pub fn value_text(value: Option<&Value>, dimension: Option<Dimension>) -> String {
    match value {
        None => "unknown".to_owned(),
        Some(Value::Number(number)) => match dimension {
            Some(dimension) => quantity(*number, &base_unit(dimension)),
            None => quantity(*number, ""),
        },
        Some(Value::Integer(number)) => number.to_string(),
        Some(Value::Text(text)) => format!("{text:?}"),
        Some(Value::Bool(truth)) => truth.to_string(),
        Some(Value::List(items)) => {
            let mut shown: Vec<String> =
                items.iter().take(ITEMS_MAX).map(|item| value_text(Some(item), dimension)).collect();
            if items.len() > ITEMS_MAX {
                shown.push(format!("{} more", items.len() - ITEMS_MAX));
            }
            format!("[{}]", shown.join(", "))
        }
        Some(Value::Object(fields)) => {
            let fields: Vec<String> = fields
                .iter()
                .take(ITEMS_MAX)
                .map(|(name, value)| format!("{name}: {}", value_text(Some(value), None)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
    }
}
