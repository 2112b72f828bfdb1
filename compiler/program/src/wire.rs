//! The versioned wire form of a program: JSON with a version in front. A newer version is refused, never guessed at.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::Program;

/// Version of the wire form that this code writes. Raised when an older reader would misread a program.
pub const WIRE_VERSION: u32 = 1;

/// Deepest nesting that is read: more than two levels for each of the deepest expression that the compiler lets through,
/// and few enough for any thread's stack.
const DEPTH_MAX: usize = 600;

/// Why a program could not be read.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// Written by a newer Heal.
    #[error(
        "this program has wire version {found}, and this Heal reads up to {WIRE_VERSION}: use a newer Heal"
    )]
    Newer {
        /// The version found.
        found: u32,
    },
    /// Not a program.
    #[error("not a program in wire form: {0}")]
    Malformed(#[from] serde_json::Error),
}

#[derive(Serialize)]
struct Written<'a> {
    heal_program_version: u32,
    program: &'a Program,
}

#[derive(Deserialize)]
struct Version {
    heal_program_version: u32,
}

#[derive(Deserialize)]
struct Read {
    program: Program,
}

impl Program {
    /// The wire form.
    ///
    /// # Errors
    /// When a number is not finite: JSON has no form for it, and the compiler lets none through.
    pub fn to_wire(&self) -> Result<String, WireError> {
        Ok(serde_json::to_string(&Written { heal_program_version: WIRE_VERSION, program: self })?)
    }

    /// Reads the wire form.
    ///
    /// # Errors
    /// When the text is not a program, or one of a newer version.
    pub fn from_wire(text: &str) -> Result<Program, WireError> {
        let version: Version = read_json(text)?;
        if version.heal_program_version > WIRE_VERSION {
            return Err(WireError::Newer { found: version.heal_program_version });
        }
        Ok(read_json::<Read>(text)?.program)
    }
}

/// Reads JSON that holds a program, whose expressions nest deeper than a reader of JSON takes unasked.
///
/// # Errors
/// When the text is not JSON of this type, or nests deeper than any program.
pub fn read_json<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    if depth_of(text) > DEPTH_MAX {
        return Err(serde::de::Error::custom("it nests deeper than any program"));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.disable_recursion_limit();
    let value = T::deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// Most brackets that are open at one place, outside of texts.
fn depth_of(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_text, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::{DEPTH_MAX, depth_of, read_json};
    use crate::{Expression, UnaryOperator};

    #[test]
    fn depth_counts_brackets_outside_of_texts() {
        assert_eq!(depth_of(r#"{"a":["]]\"[[[",{}]}"#), 3);
        assert_eq!(depth_of("]]]["), 1);
    }

    #[test]
    fn the_deepest_expression_comes_back_and_deeper_text_is_refused() {
        let nested = |levels: usize| {
            (0..levels).fold(Expression::Bool(true), |inner, _| {
                Expression::Unary(UnaryOperator::Not, Box::new(inner))
            })
        };
        let deepest = nested(256);
        let text = serde_json::to_string(&deepest).unwrap();
        assert_eq!(read_json::<Expression>(&text).unwrap(), deepest);
        let hostile = "[".repeat(1_000_000);
        let error = read_json::<Expression>(&hostile).unwrap_err().to_string();
        assert!(error.contains("deeper than any program"), "{error}");
        assert!(read_json::<Expression>(&"[".repeat(DEPTH_MAX)).is_err());
        assert!(read_json::<Expression>("{\"bool\":true} x").is_err(), "nothing may follow");
    }
}
