//! What the forms for programs share: places by line and column, all words of a diagnostic, fingerprints.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{Code, Diagnostic, FileId, Files, Position, TextRange};

/// Lines and columns of a range. Those of an unknown file are the first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    /// Its first character.
    pub(super) start: Position,
    /// After its last.
    pub(super) end: Position,
}

/// The name of a file; empty for one that is not there.
pub(super) fn name(files: &Files, file: FileId) -> &str {
    files.get(file).map_or("", |file| file.name())
}

/// Lines and columns in characters.
pub(super) fn span(files: &Files, file: FileId, range: TextRange) -> Span {
    span_by(range, |offset| files.get(file).map(|file| file.position(offset)))
}

/// Lines and columns in bytes.
pub(super) fn byte_span(files: &Files, file: FileId, range: TextRange) -> Span {
    span_by(range, |offset| files.get(file).map(|file| file.byte_position(offset)))
}

fn span_by(range: TextRange, position: impl Fn(u32) -> Option<Position>) -> Span {
    let point = |offset| position(offset).unwrap_or(Position { line: 1, column: 1 });
    let start = point(range.start);
    Span { start, end: point(range.end).max(start) }
}

/// All that a diagnostic says, a line a piece: the message, the words on its place, what helps and what fixes do.
pub(super) fn words(diagnostic: &Diagnostic) -> String {
    let label = (!diagnostic.primary.text.is_empty()).then(|| format!("here: {}", diagnostic.primary.text));
    let help = diagnostic.help.iter().map(|help| format!("help: {help}"));
    let fixes = diagnostic.fixes.iter().map(|fix| format!("fix: {}", fix.title));
    let lines: Vec<String> =
        std::iter::once(diagnostic.message.clone()).chain(label).chain(help).chain(fixes).collect();
    lines.join("\n")
}

/// A fingerprint for each diagnostic, in order: of its file, code and message, and of which one it is among those that
/// agree in all three. A line that moves keeps it.
pub(super) fn fingerprints<'a>(files: &'a Files, diagnostics: &[&'a Diagnostic]) -> Vec<String> {
    let mut seen: BTreeMap<(&str, Code, &str), u32> = BTreeMap::new();
    let mut fingerprint = |diagnostic: &&'a Diagnostic| {
        let (name, message) = (name(files, diagnostic.primary.file), diagnostic.message.as_str());
        let count = seen.entry((name, diagnostic.code, message)).or_default();
        *count += 1;
        let (code, count) = (diagnostic.code.to_string(), count.to_string());
        let parts = [name, &code, message, &count];
        format!("{:016x}{:016x}", hash(FNV_OFFSET, parts), hash(!FNV_OFFSET, parts))
    };
    diagnostics.iter().map(&mut fingerprint).collect()
}

/// Where the 64-bit FNV-1a hash begins, and by what it multiplies.
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

/// FNV-1a: nobody gains by making two findings look alike, and it is the same in every release.
fn hash(seed: u64, parts: [&str; 4]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain(std::iter::once(0)));
    bytes.fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME))
}

/// JSON with line breaks.
pub(super) fn json_text(document: &impl Serialize) -> String {
    // Texts and whole numbers only: there is nothing in it that JSON cannot write.
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}

/// A path as a relative reference of RFC 3986: what is not allowed in one is percent-encoded.
pub(super) fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}
