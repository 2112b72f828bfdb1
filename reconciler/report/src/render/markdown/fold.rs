//! A folded part, cut to the room there is.

use super::{entry, escape, inline, table};
use crate::{
    document::{Block, Fold, Item},
    report::size,
    units,
};

/// Bytes kept in a fold for saying what is missing.
const MORE_BYTES: usize = 120;

/// A fold as it fits.
pub(super) struct Folded {
    /// Markdown; empty where nothing of it fits.
    pub(super) text: String,
    /// What was left out.
    pub(super) cut: Vec<String>,
}

/// The fold in at most `room` bytes.
pub(super) fn render(fold: &Fold, room: usize) -> Folded {
    let open = format!("<details><summary>{}</summary>\n\n", escape::text(&fold.summary));
    let close = "\n</details>\n";
    let Some(inner) = room.checked_sub(open.len() + close.len()) else {
        return Folded { text: String::new(), cut: vec![part_name(fold)] };
    };
    let mut body = Body { text: String::new(), cut: Vec::new() };
    for block in &fold.blocks {
        body.block(block, inner);
    }
    if body.text.is_empty() {
        let cut = if body.cut.is_empty() { Vec::new() } else { vec![part_name(fold)] };
        return Folded { text: String::new(), cut };
    }
    Folded { text: format!("{open}{}{close}", body.text), cut: body.cut }
}

fn part_name(fold: &Fold) -> String {
    format!("“{}”", escape::text(&fold.summary))
}

struct Body {
    text: String,
    cut: Vec<String>,
}

impl Body {
    fn block(&mut self, block: &Block, room: usize) {
        let left = room.saturating_sub(self.text.len());
        match block {
            Block::Items { items, .. } => self.items(items, left),
            Block::Table(rows) => {
                let whole = table(rows, left);
                let (written, missing) =
                    if whole.1 == 0 { whole } else { table(rows, left.saturating_sub(MORE_BYTES)) };
                self.text.push_str(&written);
                if missing > 0 {
                    self.missing(missing, "row", "rows");
                }
            }
            Block::Code { title, language, text } => {
                let heading =
                    if title.is_empty() { String::new() } else { format!("\n{}\n", inline(title, false)) };
                let whole = format!("{heading}\n{}", escape::code_block(language, text));
                if whole.len() <= left {
                    self.text.push_str(&whole);
                } else if *language == "diff" {
                    self.part_of_code(&heading, language, text, left);
                } else {
                    // A part of a picture is not a picture.
                    self.cut.push("the graph".to_owned());
                }
            }
        }
    }

    fn items(&mut self, items: &[Item], room: usize) {
        let start = self.text.len();
        if start > 0 && room > 0 {
            // A list that begins right below a table is a part of it for some.
            self.text.push('\n');
        }
        for (position, item) in items.iter().enumerate() {
            let line = entry(item.id.as_deref(), &item.line);
            let last = position + 1 == items.len();
            let reserved = if last { 0 } else { MORE_BYTES };
            if self.text.len() - start + line.len() + reserved > room {
                let one = if item.id.is_some() { "difference" } else { "entry" };
                let many = if item.id.is_some() { "differences" } else { "entries" };
                self.missing(size(items.len() - position), one, many);
                return;
            }
            self.text.push_str(&line);
        }
    }

    fn part_of_code(&mut self, heading: &str, language: &str, code: &str, room: usize) {
        // The fences and the words below take what is kept; each line is counted with its break.
        let fences = 2 * escape::code_block("", code).lines().next().map_or(3, str::len) + language.len() + 4;
        let Some(room) = room.checked_sub(heading.len() + fences + MORE_BYTES) else {
            self.cut.push("a source file".to_owned());
            return;
        };
        let mut kept = String::new();
        let mut missing = 0;
        for line in code.lines() {
            if missing == 0 && kept.len() + line.len() < room {
                kept.push_str(line);
                kept.push('\n');
            } else {
                missing += 1;
            }
        }
        if !kept.is_empty() {
            self.text.push_str(&format!("{heading}\n{}", escape::code_block(language, &kept)));
        }
        self.missing(missing, "line of the text diff", "lines of the text diff");
    }

    fn missing(&mut self, count: u64, one: &str, many: &str) {
        let said = units::counted(count, one, many);
        if !self.text.is_empty() {
            self.text.push_str(&format!("\n… and {} more in the report\n", units::count(count)));
        }
        self.cut.push(said);
    }
}
