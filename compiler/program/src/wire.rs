//! The versioned wire form of a program: JSON with a version in front. A newer version is refused, never guessed at.

use serde::{Deserialize, Serialize};

use crate::Program;

/// Version of the wire form that this code writes. Raised when an older reader would misread a program.
pub const WIRE_VERSION: u32 = 1;

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
        let version: Version = serde_json::from_str(text)?;
        if version.heal_program_version > WIRE_VERSION {
            return Err(WireError::Newer { found: version.heal_program_version });
        }
        Ok(serde_json::from_str::<Read>(text)?.program)
    }
}
