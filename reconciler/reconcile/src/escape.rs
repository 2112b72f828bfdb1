//! Untrusted text inside Markdown and titles: nothing in it may call a person, become HTML or leave its place.

/// An invisible character that stops a forge from taking `@name` for a person.
const BREAK: char = '\u{200b}';

/// Longest run of backticks that untrusted text keeps: what encloses it has to be longer still.
const BACKTICKS_MAX: usize = 16;

/// One line of plain text of at most `chars_max` characters, with blanks folded and mentions broken.
#[must_use]
pub fn one_line(text: &str, chars_max: usize) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        let word: String = word.chars().filter(|character| is_visible(*character)).collect();
        if !line.is_empty() && !word.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    break_mentions(&shortened(&line, chars_max))
}

/// Plain text as Markdown that shows it, on one line.
#[must_use]
pub fn inline(text: &str, chars_max: usize) -> String {
    let mut escaped = String::new();
    for character in one_line(text, chars_max).chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            other => {
                if other.is_ascii_punctuation() && !matches!(other, '.' | ',' | ':' | ';' | '/' | '@') {
                    escaped.push('\\');
                }
                escaped.push(other);
            }
        }
    }
    escaped
}

/// Plain text between backticks, on one line.
#[must_use]
pub fn code_span(text: &str, chars_max: usize) -> String {
    let line = with_short_runs(&one_line(text, chars_max).replace(BREAK, ""));
    let ticks = "`".repeat(longest_run_of_backticks(&line) + 1);
    let pad = if line.starts_with('`') || line.ends_with('`') || line.is_empty() { " " } else { "" };
    format!("{ticks}{pad}{line}{pad}{ticks}")
}

/// Plain text of many lines in a fenced block, with no line break at the end.
#[must_use]
pub fn fenced(text: &str, language: &str) -> String {
    let text: String = without_escape_sequences(text)
        .chars()
        .filter(|character| matches!(character, '\n' | '\t') || is_visible(*character))
        .collect();
    let text = with_short_runs(&text);
    let fence = "`".repeat((longest_run_of_backticks(&text) + 1).max(3));
    format!("{fence}{language}\n{}\n{fence}", text.trim_end())
}

/// At most `chars_max` characters, with an ellipsis for the last one when something was cut.
fn shortened(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(chars_max.saturating_sub(1)).collect();
    short.push('…');
    short
}

fn break_mentions(text: &str) -> String {
    let mut broken = String::new();
    for character in text.chars() {
        broken.push(character);
        if character == '@' {
            broken.push(BREAK);
        }
    }
    broken
}

/// Not a control character, nor one of those that reorder or hide text.
fn is_visible(character: char) -> bool {
    !character.is_control()
        && !matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{061c}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

fn longest_run_of_backticks(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}

fn with_short_runs(text: &str) -> String {
    let mut short = String::new();
    let mut run = 0_usize;
    for character in text.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        if run <= BACKTICKS_MAX {
            short.push(character);
        }
    }
    short
}

/// Terminal colours removed: `ESC [ … letter`.
fn without_escape_sequences(text: &str) -> String {
    let mut plain = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' && characters.peek() == Some(&'[') {
            characters.next();
            for inner in characters.by_ref() {
                if inner.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            plain.push(character);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{code_span, fenced, inline, one_line};

    #[test]
    fn one_line_folds_blanks_breaks_mentions_and_cuts() {
        assert_eq!(one_line("  fix\n\tleaks \u{202e} for @ops\r\n", 80), "fix leaks for @\u{200b}ops");
        assert_eq!(one_line("abcdef", 4), "abc…");
        assert_eq!(one_line("", 4), "");
    }

    #[test]
    fn inline_text_is_neither_html_nor_markdown() {
        assert_eq!(
            inline("<b>&[a](b) *c* `d` #1 | e", 80),
            "&lt;b&gt;&amp;\\[a\\]\\(b\\) \\*c\\* \\`d\\` \\#1 \\| e"
        );
        assert_eq!(inline("@team", 80), "@\u{200b}team");
    }

    #[test]
    fn code_spans_hold_any_backticks() {
        assert_eq!(code_span("a.heal", 80), "`a.heal`");
        assert_eq!(code_span("a`b``c", 80), "```a`b``c```");
        assert_eq!(code_span("`x`", 80), "`` `x` ``");
        assert_eq!(code_span("@all", 80), "`@all`");
    }

    #[test]
    fn endless_backticks_do_not_make_endless_fences() {
        assert!(fenced(&"`".repeat(50_000), "").len() < 100);
        assert!(code_span(&"`".repeat(200), 200).len() < 100);
    }

    #[test]
    fn a_fence_is_longer_than_any_in_its_text_and_colours_go() {
        assert_eq!(fenced("a\n````\nb\n", "text"), "`````text\na\n````\nb\n`````");
        assert_eq!(fenced("\u{1b}[1;31merror\u{1b}[0m: x\u{7}", ""), "```\nerror: x\n```");
    }
}
