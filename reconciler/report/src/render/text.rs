//! A document for a terminal.

use crate::document::{Block, Document, Fold, Line, Row, Table};

/// Columns that a terminal is taken to have.
const COLUMNS_MAX: usize = 100;
/// The narrowest that a table's column is squeezed to.
const COLUMN_MIN: usize = 6;
/// Blanks between columns.
const GAP: usize = 2;
/// Entries of a list or rows of a table that are shown.
pub(super) const ITEMS_MAX: usize = 60;
/// Lines of a text diff that are shown.
const CODE_LINES_MAX: usize = 120;

/// The document as text that ends in a line break.
pub(super) fn render(document: &Document) -> String {
    let mut text = String::new();
    let title = Line::of(format!("{}: ", document.subject)).join(document.headline.clone());
    wrap(&mut text, &title.plain(), "", "");
    wrap(&mut text, &document.about.plain(), "", "");
    for notice in &document.notices {
        text.push('\n');
        wrap(&mut text, &notice.plain(), "! ", "  ");
    }
    if !document.table.rows.is_empty() {
        text.push('\n');
        table(&mut text, &document.table);
    }
    for note in &document.footnotes {
        wrap(&mut text, &note.plain(), "", "  ");
    }
    if !document.highlights.is_empty() {
        text.push('\n');
    }
    for line in &document.highlights {
        wrap(&mut text, &line.plain(), "", "  ");
    }
    for part in &document.folds {
        fold(&mut text, part);
    }
    text
}

fn fold(text: &mut String, part: &Fold) {
    text.push('\n');
    text.push_str(&part.summary);
    text.push('\n');
    for block in &part.blocks {
        match block {
            Block::Items { items, more: left } => {
                for item in items.iter().take(ITEMS_MAX) {
                    let first = item.id.as_ref().map_or_else(|| "  ".to_owned(), |id| format!("  {id}  "));
                    let rest = " ".repeat(first.chars().count());
                    wrap(text, &item.line.plain(), &first, &rest);
                }
                let count = items.len() + left;
                more(text, count.saturating_sub(ITEMS_MAX), "", count <= super::html::ITEMS_MAX);
            }
            Block::Table(rows) => table(text, rows),
            Block::Code { language: "mermaid", .. } => {}
            Block::Code { text: code, .. } => {
                for line in code.lines().take(CODE_LINES_MAX) {
                    text.push_str("    ");
                    text.push_str(&shortened(&line.replace('\t', "    "), COLUMNS_MAX - 4));
                    text.push('\n');
                }
                more(text, code.lines().count().saturating_sub(CODE_LINES_MAX), " lines", true);
            }
        }
    }
}

/// Says how many are not shown, and which forms have them: a page has an end, too.
fn more(text: &mut String, left: usize, what: &str, is_on_page: bool) {
    if left > 0 {
        let page = if is_on_page { " or `--format html`" } else { "" };
        text.push_str(&format!("  and {left} more{what}: `--format json`{page} has them all\n"));
    }
}

/// Words up to the edge; a longer word is broken.
fn wrap(text: &mut String, content: &str, first: &str, rest: &str) {
    let width = COLUMNS_MAX.saturating_sub(rest.chars().count()).max(COLUMN_MIN);
    for (position, line) in lines_of(content, width).iter().enumerate() {
        text.push_str(if position == 0 { first } else { rest });
        text.push_str(line);
        text.push('\n');
    }
}

fn lines_of(content: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut length = 0;
    for word in content.split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        if length > 0 && length + 1 + word.len() > width {
            lines.push(std::mem::take(&mut line));
            length = 0;
        }
        while word.len() > width {
            let rest = word.split_off(broken_at(&word, width));
            lines.push(word.iter().collect());
            word = rest;
        }
        if length > 0 {
            line.push(' ');
            length += 1;
        }
        length += word.len();
        line.extend(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Where a word that is too long is broken: behind a sign that parts names, where one stands in its second half.
fn broken_at(word: &[char], width: usize) -> usize {
    let parts = |at: &usize| matches!(word.get(at - 1), Some('.' | '_' | '-' | '/' | ','));
    (width / 2 + 1..=width).rev().find(parts).unwrap_or(width)
}

fn shortened(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.trim_end().to_owned();
    }
    let mut short: String = line.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}

fn table(text: &mut String, table: &Table) {
    let heading = table.columns.iter().map(|column| (*column).to_owned()).collect();
    let mut rows: Vec<Vec<String>> = vec![heading];
    rows.extend(table.rows.iter().take(ITEMS_MAX).map(cells));
    let widths = widths(&rows);
    for (position, row) in rows.iter().enumerate() {
        push_row(text, row, &widths);
        if position == 0 {
            let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
            text.push_str(&rule.join(&" ".repeat(GAP)));
            text.push('\n');
        }
    }
    let count = table.rows.len();
    more(text, count.saturating_sub(ITEMS_MAX), "", count <= super::html::ITEMS_MAX);
}

fn cells(row: &Row) -> Vec<String> {
    // A backquote says nothing in a column of names.
    let name = row.name.plain().replace('`', "");
    std::iter::once(name).chain(row.cells.iter().map(|cell| cell.plain())).collect()
}

/// Natural widths, the widest squeezed until all fit; a word is broken only where that is not enough.
fn widths(rows: &[Vec<String>]) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let mut widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let room = COLUMNS_MAX.saturating_sub(GAP * columns.saturating_sub(1));
    let longest_word = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.flat_map(|cell| cell.split_whitespace()).map(|word| word.chars().count()).max().unwrap_or(0)
    };
    let words: Vec<usize> = (0..columns).map(longest_word).collect();
    squeeze(&mut widths, &words, room);
    squeeze(&mut widths, &vec![COLUMN_MIN; columns], room);
    widths
}

/// Takes from the widest column until all fit, or none is wider than its least width.
fn squeeze(widths: &mut [usize], least: &[usize], room: usize) {
    while widths.iter().sum::<usize>() > room {
        let wider = widths.iter_mut().zip(least).filter(|(width, least)| **width > **least);
        match wider.max_by_key(|(width, _)| **width) {
            Some((widest, _)) => *widest -= 1,
            None => break,
        }
    }
}

fn push_row(text: &mut String, row: &[String], widths: &[usize]) {
    let cells: Vec<Vec<String>> =
        row.iter().zip(widths).map(|(cell, width)| lines_of(cell, *width)).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or_default().max(1);
    for line in 0..height {
        let mut written = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            let part = cell.get(line).map_or("", String::as_str);
            written.push_str(part);
            written.push_str(&" ".repeat(width.saturating_sub(part.chars().count()) + GAP));
        }
        text.push_str(written.trim_end());
        text.push('\n');
    }
}
