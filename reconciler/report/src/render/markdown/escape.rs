//! Text of people in Markdown: it shows as it is and does nothing else. It cannot end a table cell, a fold or a code
//! block, call people, or link issues.

use crate::document::{Line, Span};

/// A space of no width after a mark that forges act on; they then see no name behind it.
const BREAK: &str = "&#8203;";

/// A line. In a table no part may hold a bar as it is.
pub(in crate::render) fn inline(line: &Line, in_table: bool) -> String {
    line.0
        .iter()
        .map(|span| match span {
            Span::Text(part) => text(part),
            Span::Code(part) if in_table && part.contains(['|', '`', '\\']) => text(part),
            Span::Code(part) => code_span(part),
            Span::Strong(part) => marked(part, "**"),
            Span::Emphasis(part) => marked(part, "*"),
        })
        .collect()
}

/// Plain text.
pub(super) fn text(part: &str) -> String {
    let mut escaped = String::with_capacity(part.len());
    let mut rest = part.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '|' => escaped.push_str("&#124;"),
            '@' => {
                escaped.push('@');
                escaped.push_str(BREAK);
            }
            '#' => {
                escaped.push_str("\\#");
                escaped.push_str(BREAK);
            }
            // `https://` and `www.` become links by themselves, and links to issues leave a trace there.
            ':' if rest.peek() == Some(&'/') => {
                escaped.push(':');
                escaped.push_str(BREAK);
            }
            '.' if ends_with(&escaped, "www") => {
                escaped.push_str(BREAK);
                escaped.push('.');
            }
            // `GH-12` is an issue.
            '-' if ends_with(&escaped, "gh") => {
                escaped.push_str(BREAK);
                escaped.push('-');
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '$' => {
                escaped.push('\\');
                escaped.push(character);
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

/// A name or expression. Its fence is longer than any run of backquotes in it.
pub(super) fn code_span(part: &str) -> String {
    let fence = "`".repeat(longest_run(part) + 1);
    let padded =
        part.starts_with('`') || part.ends_with('`') || (part.starts_with(' ') && part.ends_with(' '));
    if padded { format!("{fence} {part} {fence}") } else { format!("{fence}{part}{fence}") }
}

/// A block of code. Its fence is longer than any run of backquotes in it.
pub(super) fn code_block(language: &str, code: &str) -> String {
    let fence = "`".repeat(longest_run(code).max(2) + 1);
    let end = if code.is_empty() || code.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{language}\n{code}{end}{fence}\n")
}

/// The target of a link between angle brackets.
pub(super) fn link(target: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    let mut escaped = String::new();
    for character in target.chars().take(2_000) {
        if allowed(character) {
            escaped.push(character);
        } else {
            let mut bytes = [0; 4];
            escaped.extend(character.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")));
        }
    }
    escaped
}

/// Marks bind only to what is not blank.
fn marked(part: &str, mark: &str) -> String {
    let inner = part.trim();
    if inner.is_empty() { String::new() } else { format!("{mark}{}{mark}", text(inner)) }
}

fn ends_with(text: &str, ending: &str) -> bool {
    let start = text.len().checked_sub(ending.len());
    start.and_then(|start| text.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(ending))
}

fn longest_run(part: &str) -> usize {
    part.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}
