//! A document for a pull request: never longer than a comment may be, cut from the bottom, and saying what was cut.

mod escape;
mod fold;

use crate::{
    document::{Cell, Document, Line, Table},
    units,
};

pub(super) use escape::inline;
use escape::{code_span, text};

/// Most bytes of a comment. Forges count characters of some kind; none of them counts more than there are bytes.
pub const MARKDOWN_BYTES_MAX: usize = 65_536;

/// Share of a comment that stands above the folds, at most.
const TOP_SHARE: usize = 2;
/// Bytes that a fold leaves to each one below it, where that needs as many.
const FOLD_BYTES_RESERVED: usize = 4_000;
/// Bytes kept for saying what was cut.
const CUT_BYTES_RESERVED: usize = 1_000;
/// A title that takes more is cut: text of people can be that long, ours cannot.
const TITLE_BYTES_MAX: usize = 4_000;

/// What a caller adds to a comment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarkdownOptions {
    /// Stands in the hidden marker of the first line after its name: `base=5f2c head=91ab`.
    pub marker: String,
    /// A Mermaid picture of what the change can reach.
    pub graph: Option<String>,
    /// Where the report is.
    pub report_link: Option<String>,
    /// The command that makes this diff again.
    pub reproduce: Option<String>,
    /// The command that says why something in it is so, with `ID` where its id stands.
    pub explain: Option<String>,
    /// Commands that a reader may answer with: `/heal approve 91ab`.
    pub commands: Vec<String>,
    /// Most bytes, where a place takes fewer than [`MARKDOWN_BYTES_MAX`].
    pub bytes_max: Option<usize>,
}

/// The document as Markdown.
pub(super) fn render(kind: &str, document: &Document, options: &MarkdownOptions) -> String {
    let limit = options.bytes_max.unwrap_or(MARKDOWN_BYTES_MAX).min(MARKDOWN_BYTES_MAX);
    let footer = footer(options);
    let room = limit.saturating_sub(footer.len() + CUT_BYTES_RESERVED);
    let mut page = Page { text: head(kind, document, options), cut: Vec::new() };
    page.top(document, room / TOP_SHARE);

    for (position, part) in document.folds.iter().enumerate() {
        let below: usize = document
            .folds
            .iter()
            .skip(position + 1)
            .map(|part| fold::render(part, usize::MAX).text.len().min(FOLD_BYTES_RESERVED))
            .sum();
        let room = room.saturating_sub(page.text.len() + below);
        let folded = fold::render(part, room);
        page.text.push_str(&folded.text);
        page.cut.extend(folded.cut);
    }
    let mut said = page.said(CUT_BYTES_RESERVED);
    said.push_str(&footer);
    page.text.push_str(&said);
    fitted(page.text, limit)
}

struct Page {
    text: String,
    /// What was left out, a phrase each.
    cut: Vec<String>,
}

impl Page {
    /// Everything above the folds.
    fn top(&mut self, document: &Document, room: usize) {
        let notices: Vec<String> =
            document.notices.iter().map(|line| format!("{}\n", inline(line, false))).collect();
        self.lines(&notices, room, "notice", "notices");
        self.text.push('\n');
        let (rows, left) = table(&document.table, room.saturating_sub(self.text.len()));
        self.text.push_str(&rows);
        if left > 0 {
            self.cut.push(units::counted(left, "policy", "policies"));
        }
        self.text.push('\n');
        let notes: Vec<String> =
            document.footnotes.iter().map(|line| format!("{}\n\n", inline(line, false))).collect();
        self.lines(&notes, room, "footnote", "footnotes");
        // Two blanks keep each on a line of its own wherever Markdown is read.
        let lines: Vec<String> =
            document.highlights.iter().map(|line| format!("{}  \n", inline(line, false))).collect();
        self.lines(&lines, room, "highlight", "highlights");
        self.text.push('\n');
    }

    fn lines(&mut self, lines: &[String], room: usize, one: &str, many: &str) {
        for (position, line) in lines.iter().enumerate() {
            if self.text.len() + line.len() > room {
                let left = crate::report::size(lines.len() - position);
                self.cut.push(units::counted(left, one, many));
                return;
            }
            self.text.push_str(line);
        }
    }

    fn said(&self, room: usize) -> String {
        if self.cut.is_empty() {
            return String::new();
        }
        let said = format!("\nLeft out for length: {}. The report has all of it.\n", self.cut.join(", "));
        if said.len() > room {
            "\nMuch was left out for length. The report has all of it.\n".to_owned()
        } else {
            said
        }
    }
}

fn head(kind: &str, document: &Document, options: &MarkdownOptions) -> String {
    let title = format!("### {}: {}\n", text(document.subject), inline(&document.headline, false));
    let title = if title.len() > TITLE_BYTES_MAX {
        let short: String = document.headline.plain().chars().take(TITLE_BYTES_MAX / 16).collect();
        format!("### {}: {}…\n", text(document.subject), text(&short))
    } else {
        title
    };
    format!("{}\n{title}", marker(kind, &options.marker))
}

/// A comment of HTML, which nothing in it can end early.
fn marker(kind: &str, payload: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || " =:._/+,".contains(c);
    let payload: String = payload.chars().map(|c| if allowed(c) { c } else { '_' }).take(400).collect();
    let payload = payload.trim();
    if payload.is_empty() {
        format!("<!-- heal:{kind}:v1 -->")
    } else {
        format!("<!-- heal:{kind}:v1 {payload} -->")
    }
}

fn footer(options: &MarkdownOptions) -> String {
    let mut parts = Vec::new();
    if let Some(link) = &options.report_link {
        parts.push(format!("[Report](<{}>)", escape::link(link)));
    }
    if let Some(command) = &options.reproduce {
        parts.push(format!("reproduce: {}", code_span(&crate::document::clean(command))));
    }
    if let Some(command) = &options.explain {
        parts.push(format!("why: {}", code_span(&crate::document::clean(command))));
    }
    parts.extend(options.commands.iter().take(8).map(|command| code_span(&crate::document::clean(command))));
    if parts.is_empty() { String::new() } else { format!("\n{}\n", parts.join(" · ")) }
}

/// The table up to `room` bytes, and how many rows were left out.
fn table(table: &Table, room: usize) -> (String, u64) {
    let mut written = String::new();
    if table.rows.is_empty() {
        return (written, 0);
    }
    written.push_str(&format!("| {} |\n", table.columns.join(" | ")));
    written.push_str(&format!("|{}\n", "---|".repeat(table.columns.len())));
    for (position, row) in table.rows.iter().enumerate() {
        let cells: Vec<String> = row.cells.iter().map(cell).collect();
        let line = format!("| {} | {} |\n", inline(&row.name, true), cells.join(" | "));
        if written.len() + line.len() > room {
            // Headings of nothing are nothing.
            let shown = if position == 0 { String::new() } else { written };
            return (shown, crate::report::size(table.rows.len() - position));
        }
        written.push_str(&line);
    }
    (written, 0)
}

/// `4 → **5** of 6`
fn cell(cell: &Cell) -> String {
    let after = text(&cell.after);
    match &cell.base {
        Some(base) => format!("{} → **{}**{after}", text(base), text(&cell.head)),
        None => format!("{}{after}", text(&cell.head)),
    }
}

/// The last line of defence: whatever was counted wrongly, a comment is not refused for its length.
fn fitted(mut page: String, limit: usize) -> String {
    if page.len() > limit {
        let mut end = limit;
        while !page.is_char_boundary(end) {
            end -= 1;
        }
        page.truncate(end);
    }
    page
}

/// A line as an entry of a list.
fn entry(id: Option<&str>, line: &Line) -> String {
    match id {
        Some(id) => format!("- {} {}\n", code_span(id), inline(line, false)),
        None => format!("- {}\n", inline(line, false)),
    }
}
