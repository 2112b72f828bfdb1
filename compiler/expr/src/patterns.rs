//! Regular expressions, checked when the program is written.

use heal_diagnostics::{Code, Diagnostic, TextRange};

use crate::Source;

/// What is wrong with a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternProblem {
    /// What, as the end of a sentence: "unclosed group".
    pub message: String,
    /// Where in the pattern, in bytes; none where the whole of it is meant.
    pub range: Option<TextRange>,
}

/// The names of the groups of a pattern, in order, in the dialect of `matches`.
///
/// # Errors
/// [`PatternProblem`] where it is no pattern, or too large a one.
pub fn pattern_groups(pattern: &str) -> Result<Vec<String>, PatternProblem> {
    if let Err(error) = regex_syntax::Parser::new().parse(pattern) {
        let (message, span) = match &error {
            regex_syntax::Error::Parse(error) => (error.kind().to_string(), Some(*error.span())),
            regex_syntax::Error::Translate(error) => (error.kind().to_string(), Some(*error.span())),
            _ => (error.to_string(), None),
        };
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let range =
            span.map(|span| TextRange { start: offset(span.start.offset), end: offset(span.end.offset) });
        return Err(PatternProblem { message, range });
    }
    match regex::Regex::new(pattern) {
        Ok(compiled) => Ok(compiled.capture_names().flatten().map(str::to_owned).collect()),
        Err(_) => Err(PatternProblem { message: "it is too large".to_owned(), range: None }),
    }
}

/// Says what is wrong with a pattern that was written as the text literal at `range`.
pub fn pattern_problem(pattern: &str, range: TextRange, source: Source<'_>) -> Option<Diagnostic> {
    let problem = pattern_groups(pattern).err()?;
    let range = problem.range.and_then(|inner| source.inside(range, pattern, inner)).unwrap_or(range);
    let message = format!("this is no regular expression: {}", problem.message);
    let diagnostic = Diagnostic::error(Code::BAD_PATTERN, source.file, range, message);
    let looks_around = ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|it| pattern.contains(it));
    Some(if looks_around {
        diagnostic.with_help("patterns look neither ahead nor back: their time is linear in the text")
    } else {
        diagnostic
    })
}
