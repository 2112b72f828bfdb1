//! The JSON form of what tuning comes to: versioned, described by `docs/schema/tune.v1.json`.

use serde::Serialize;

use crate::Tuning;

/// Version of the JSON form that this code writes. Raised when an older reader would misread a document; fields may be
/// added without.
pub const JSON_VERSION: u32 = 1;

#[derive(Serialize)]
struct Written<'t> {
    version: u32,
    kind: &'static str,
    #[serde(flatten)]
    tuning: &'t Tuning,
}

impl Tuning {
    /// The JSON form.
    ///
    /// A number that is not finite would be `null` in it. What [`tune`](crate::tune) gives holds none, as long as costs are
    /// at most [`TuneCost::MAX`](heal_driver::TuneCost::MAX).
    ///
    /// # Errors
    /// None that this form can have: all of its keys are texts.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let written = Written { version: JSON_VERSION, kind: "tune", tuning: self };
        Ok(format!("{}\n", serde_json::to_string_pretty(&written)?))
    }
}
