//! Every sentence that the reconciler writes to a forge.

use std::fmt::Write as _;

use crate::{Assessed, Marker, Outcome, Side, escape, marker};

/// Most characters in a comment; GitHub takes no more.
pub const COMMENT_CHARS_MAX: usize = 65_536;
/// Most characters of an impact that are sure to fit into a comment together with what stands around them.
pub const IMPACT_CHARS_MAX: usize = COMMENT_CHARS_MAX - 4_096;

/// Room for the marker's line, whose ids have at most 64 digits.
const MARKER_CHARS_MAX: usize = 512;
const TITLE_CHARS_MAX: usize = 120;
const NAME_CHARS_MAX: usize = 200;
const FILES_LISTED_MAX: usize = 20;
const PLAIN_CHARS_MAX: usize = 56_000;
const CUT: &str = "*The rest did not fit into a comment and was cut.*";

/// The title of a pull request: what the author wrote, or else which branch it is.
pub(crate) fn title(branch: &str, subject: &str) -> String {
    let subject = escape::one_line(subject, TITLE_CHARS_MAX);
    if subject.is_empty() {
        format!("Policies of {}", escape::one_line(branch, TITLE_CHARS_MAX))
    } else {
        subject
    }
}

/// The description of a pull request. It holds no impact: from here on it belongs to people.
pub(crate) fn description(branch: &str, changed_policies: &[String]) -> String {
    let count = changed_policies.len();
    let files = if count == 1 { "policy file" } else { "policy files" };
    let branch = escape::code_span(branch, NAME_CHARS_MAX);
    format!(
        "The branch {branch} changes {count} {files}:\n\n{}\n\
         What this change would have done stands in a comment below. Heal keeps that comment up to date with every push \
         to this branch and to the branch it merges into. This description is yours: Heal does not touch it again.\n",
        file_list(changed_policies)
    )
}

/// The one comment: marker, then what the assessment says.
pub(crate) fn comment(assessed: &Assessed, ground: &str, report_link: Option<&str>) -> String {
    let mut text = match &assessed.assessment.outcome {
        Outcome::Impact { markdown } => shortened_markdown(&without_marker(markdown), IMPACT_CHARS_MAX),
        Outcome::DoesNotCompile { side, diagnostics } => does_not_compile(*side, diagnostics),
        Outcome::Unknown { reason } => unknown(reason),
    };
    let conflicts = &assessed.conflicts;
    if !conflicts.is_empty() {
        let _ = write!(
            text,
            "\n\n**This branch conflicts with the branch it merges into.** What is shown is the branch as it stands, not the \
             merge. Resolve these files to see the merge:\n\n{}",
            file_list(conflicts)
        );
    }
    if let Some(link) = report_link {
        let _ = write!(text, "\n\n[Report with pictures]({link})");
    }
    let (base, head) = (assessed.request.base.short(), assessed.request.head.short());
    let merged = if conflicts.is_empty() { " merged into it" } else { "" };
    let _ = write!(text, "\n\n<sub>Compared {base} with {head}{merged}.</sub>\n");
    let text = bounded(text);
    let marker = Marker::new(&assessed.request.base, &assessed.request.head, ground, &text);
    format!("{}\n{text}", marker.line())
}

fn does_not_compile(side: Side, diagnostics: &str) -> String {
    let (headline, consequence) = match side {
        Side::Head => (
            "this change does not compile, so its impact is unknown",
            "If it were merged like this, the policies that run now would go on running.",
        ),
        Side::Base => (
            "the branch it merges into does not compile, so there is nothing to compare with",
            "The last policies that compiled go on running. The impact appears here once that branch compiles again.",
        ),
    };
    format!("### Heal: {headline}\n\n{}\n\n{consequence}", fenced_within(diagnostics))
}

fn unknown(reason: &str) -> String {
    format!("### Heal: the impact of this change is unknown\n\n{}", fenced_within(reason))
}

/// Plain text in a fence, cut at a line's end where it is too long.
fn fenced_within(text: &str) -> String {
    let (kept, was_cut) = first_lines(text, PLAIN_CHARS_MAX);
    let fenced = escape::fenced(kept, "text");
    if was_cut { format!("{fenced}\n\n{CUT}") } else { fenced }
}

fn file_list(files: &[String]) -> String {
    let mut list = String::new();
    for file in files.iter().take(FILES_LISTED_MAX) {
        let _ = writeln!(list, "- {}", escape::code_span(file, NAME_CHARS_MAX));
    }
    if let Some(more) = files.len().checked_sub(FILES_LISTED_MAX).filter(|more| *more > 0) {
        let _ = writeln!(list, "- and {more} more");
    }
    list
}

/// The text with no marker of its own, neither as its first line nor further down where it could only confuse.
fn without_marker(markdown: &str) -> String {
    let text = match markdown.split_once('\n') {
        Some((first, rest)) if marker::is_ours(first) => rest,
        Some(_) | None => markdown,
    };
    text.replace(marker::MARKER_START, "<!-- heal:").trim_end().to_owned()
}

/// Markdown that fits, cut at a line's end with open fences and folded parts closed.
fn shortened_markdown(markdown: &str, chars_max: usize) -> String {
    let (kept, was_cut) = first_lines(markdown, chars_max);
    if !was_cut {
        return kept.to_owned();
    }
    let mut fence: Option<&str> = None;
    let mut folded = 0_usize;
    for line in kept.lines() {
        let ticks = line.trim_start();
        let run = ticks.get(..ticks.len() - ticks.trim_start_matches('`').len()).unwrap_or("");
        match fence {
            Some(open) if run.len() >= open.len() && ticks.trim() == run => fence = None,
            None if run.len() >= 3 => fence = Some(run),
            Some(_) => {}
            None => {
                folded += line.matches("<details").count();
                folded = folded.saturating_sub(line.matches("</details>").count());
            }
        }
    }
    let mut text = kept.trim_end().to_owned();
    if let Some(open) = fence {
        let _ = write!(text, "\n{open}");
    }
    for _ in 0..folded {
        text.push_str("\n\n</details>");
    }
    let _ = write!(text, "\n\n{CUT}");
    text
}

/// What surely fits below a marker. What is cut short here was not written to be a comment, so in doubt it becomes plain.
fn bounded(text: String) -> String {
    let fits = |text: &str| text.chars().count() <= COMMENT_CHARS_MAX - MARKER_CHARS_MAX;
    if fits(&text) {
        return text;
    }
    let short = shortened_markdown(&text, IMPACT_CHARS_MAX);
    if fits(&short) {
        short
    } else {
        format!("{}\n\n{CUT}\n", escape::fenced(first_lines(&text, PLAIN_CHARS_MAX).0, "text"))
    }
}

/// As many whole lines as fit (a first line that is too long is cut within), and whether something was left out.
fn first_lines(text: &str, chars_max: usize) -> (&str, bool) {
    let Some((end, _)) = text.char_indices().nth(chars_max) else { return (text, false) };
    let head = text.get(..end).unwrap_or(text);
    let kept = head.rfind('\n').and_then(|line_end| head.get(..line_end)).unwrap_or(head);
    (kept, true)
}

#[cfg(test)]
mod tests;
