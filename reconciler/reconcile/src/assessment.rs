//! What came of comparing what runs with what would run.

use crate::Assess;

/// The result of compiling and simulating both sides of a change, made by the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// One sentence without Markdown, for logs and terminals.
    pub headline: String,
    /// What there is to say.
    pub outcome: Outcome,
    /// The self-contained page with the pictures; empty when there is none.
    pub report_html: Vec<u8>,
}

/// What there is to say about a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Both sides compile.
    Impact {
        /// The impact diff in Markdown with its headline, at most [`crate::IMPACT_CHARS_MAX`] characters: more is cut.
        /// It needs no marker and no link to the report; both are added.
        markdown: String,
    },
    /// One side does not compile.
    DoesNotCompile {
        /// Which.
        side: Side,
        /// Diagnostics with their places, as plain text.
        diagnostics: String,
    },
    /// The impact cannot be known, for example because there is no recording.
    Unknown {
        /// Why, as plain text.
        reason: String,
    },
}

/// A side of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What runs: the main branch.
    Base,
    /// What would run after the merge.
    Head,
}

/// An assessment with what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessed {
    /// What was asked for.
    pub request: Assess,
    /// Policy-relevant files in which the branch conflicts with the main branch. When there are any, the head that was
    /// assessed is the branch as it stands and not the merge.
    pub conflicts: Vec<String>,
    /// The result.
    pub assessment: Assessment,
}
