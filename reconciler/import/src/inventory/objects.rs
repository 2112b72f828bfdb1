//! A JSON object with all of its values, those too that are called as another one is: a map would keep the last of them.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

/// A value of an object.
pub(super) enum Cell {
    /// `null`.
    Nothing,
    /// A text, number or truth as text.
    Text(String),
    /// A list, of whatever.
    List,
    /// Names with their values, as they stand there.
    Object(Vec<(String, Cell)>),
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Cell, D::Error> {
        deserializer.deserialize_any(OfAnything)
    }
}

/// Takes whatever stands there.
struct OfAnything;

impl<'de> Visitor<'de> for OfAnything {
    type Value = Cell;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Cell, E> {
        Ok(Cell::Nothing)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Cell, E> {
        Ok(Cell::Text(truth.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Cell, E> {
        Ok(Cell::Text(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Cell, E> {
        Ok(Cell::Text(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Cell, E> {
        Ok(Cell::Text(Number::from_f64(number).map_or_else(String::new, |number| number.to_string())))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cell, E> {
        Ok(Cell::Text(text.trim().to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Cell, A::Error> {
        while all.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Cell::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut all: A) -> Result<Cell, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = all.next_entry()? {
            pairs.push(pair);
        }
        Ok(Cell::Object(pairs))
    }
}
