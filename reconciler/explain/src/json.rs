//! Explanations for programs, as `docs/schema/explanation.v1.json` describes them.

use heal_report::Difference;
use serde::Serialize;

use crate::Explanation;

/// Version of the JSON form. A change that a reader of the version before would misread has the next one.
pub const JSON_VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'e> {
    version: u32,
    kind: &'static str,
    /// The difference that was asked about, where two sides were compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<&'e Difference>,
    explanations: &'e [Explanation],
}

/// Explanations as JSON: one, or one a side of a difference.
///
/// # Errors
/// Never in fact: it holds texts, counts and times alone.
pub fn to_json(
    explanations: &[Explanation],
    difference: Option<&Difference>,
) -> Result<String, serde_json::Error> {
    let document = Document { version: JSON_VERSION, kind: "explanation", difference, explanations };
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(text)
}
