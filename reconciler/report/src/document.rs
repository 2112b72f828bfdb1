//! What every rendering shows, in order: one shape for reports and diffs, and for every format.
//!
//! Text of people stands in spans and is escaped by the renderer; nothing else of a document can hold any.

mod happening;
mod highlights;
mod of_diff;
mod of_report;
mod tables;
#[cfg(test)]
mod tests;
mod wording;

pub use wording::difference_text;
pub(crate) use wording::{Told, difference_line};

/// Characters kept of a text that people wrote. Longer ones are cut: a name of a page is no name.
const TEXT_CHARS_MAX: usize = 240;

/// A document.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Document {
    /// `Heal`, before the headline.
    pub(crate) subject: &'static str,
    /// The sentence.
    pub(crate) headline: Line,
    /// What was compared over what, for renderings that stand alone.
    pub(crate) about: Line,
    /// What must not be overlooked.
    pub(crate) notices: Vec<Line>,
    /// A policy a row.
    pub(crate) table: Table,
    /// What the table's marks mean.
    pub(crate) footnotes: Vec<Line>,
    /// What a reader with one minute should see.
    pub(crate) highlights: Vec<Line>,
    /// The rest, most important first.
    pub(crate) folds: Vec<Fold>,
}

/// A part that is folded away at first.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fold {
    /// Name of the part, for links.
    pub(crate) id: &'static str,
    /// What stands on it. Ours, with numbers: no text of people.
    pub(crate) summary: String,
    /// What is in it.
    pub(crate) blocks: Vec<Block>,
}

/// Something in a fold.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Block {
    /// A list, and how many more there are than stand in it.
    Items { items: Vec<Item>, more: usize },
    /// A table.
    Table(Table),
    /// A text that is shown as it stands.
    Code { title: Line, language: &'static str, text: String },
}

impl Block {
    /// A whole list.
    fn items(items: Vec<Item>) -> Block {
        Block::Items { items, more: 0 }
    }
}

/// An entry of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Item {
    /// Its id, where it can be asked about. Hexadecimal digits.
    pub(crate) id: Option<String>,
    /// The entry.
    pub(crate) line: Line,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Table {
    /// Headings. Ours.
    pub(crate) columns: Vec<&'static str>,
    /// A cell for each column, the first one a name.
    pub(crate) rows: Vec<Row>,
}

/// A row of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Row {
    /// The first column.
    pub(crate) name: Line,
    /// The other columns.
    pub(crate) cells: Vec<Cell>,
}

/// A value on both sides.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cell {
    /// Base, only where it differs.
    pub(crate) base: Option<String>,
    /// Head.
    pub(crate) head: String,
    /// What follows on both sides.
    pub(crate) after: String,
}

impl Cell {
    /// A cell that shows base only where it differs.
    pub(crate) fn compared(base: String, head: String, after: impl Into<String>) -> Cell {
        Cell { base: Some(base).filter(|base| *base != head), head, after: after.into() }
    }

    /// A cell of one side.
    pub(crate) fn single(text: impl Into<String>) -> Cell {
        Cell { base: None, head: text.into(), after: String::new() }
    }

    /// Without any marks: `4 → 5 of 6`.
    pub(crate) fn plain(&self) -> String {
        match &self.base {
            Some(base) => format!("{base} → {}{}", self.head, self.after),
            None => format!("{}{}", self.head, self.after),
        }
    }
}

/// A line of text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Line(pub(crate) Vec<Span>);

/// A part of a line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Span {
    /// As it stands.
    Text(String),
    /// A name or expression.
    Code(String),
    /// What matters.
    Strong(String),
    /// A name of an incident.
    Emphasis(String),
}

impl Line {
    /// A line of plain text.
    pub(crate) fn of(text: impl AsRef<str>) -> Line {
        Line::default().text(text)
    }

    /// Adds plain text.
    pub(crate) fn text(mut self, text: impl AsRef<str>) -> Line {
        self.push(Span::Text(clean(text.as_ref())));
        self
    }

    /// Adds a name or expression; of an empty one nothing.
    pub(crate) fn code(mut self, text: impl AsRef<str>) -> Line {
        self.push(Span::Code(clean(text.as_ref())));
        self
    }

    /// Adds what matters.
    pub(crate) fn strong(mut self, text: impl AsRef<str>) -> Line {
        self.push(Span::Strong(clean(text.as_ref())));
        self
    }

    /// Adds the name of an incident.
    pub(crate) fn emphasis(mut self, text: impl AsRef<str>) -> Line {
        self.push(Span::Emphasis(clean(text.as_ref())));
        self
    }

    /// Adds another line.
    pub(crate) fn join(mut self, other: Line) -> Line {
        self.0.extend(other.0);
        self
    }

    /// Adds text with names in backquotes, as details of differences have it.
    pub(crate) fn phrase(mut self, text: &str) -> Line {
        for (position, part) in clean(text).split('`').enumerate() {
            let part = part.to_owned();
            self.push(if position % 2 == 0 { Span::Text(part) } else { Span::Code(part) });
        }
        self
    }

    /// Whether nothing stands in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Without any marks but backquotes around names.
    pub(crate) fn plain(&self) -> String {
        let mut text = String::new();
        for span in &self.0 {
            match span {
                Span::Text(part) | Span::Strong(part) | Span::Emphasis(part) => text.push_str(part),
                Span::Code(part) => {
                    text.push('`');
                    text.push_str(part);
                    text.push('`');
                }
            }
        }
        text
    }

    fn push(&mut self, span: Span) {
        let (Span::Text(text) | Span::Code(text) | Span::Strong(text) | Span::Emphasis(text)) = &span;
        if !text.is_empty() {
            self.0.push(span);
        }
    }
}

/// One line, of printable characters, of bounded length. What changes the direction of text or hides in it is shown
/// as a replacement mark, so that no name looks like another one.
pub(crate) fn clean(text: &str) -> String {
    let mut cleaned = String::new();
    for (position, character) in text.chars().enumerate() {
        if position == TEXT_CHARS_MAX {
            cleaned.push('…');
            break;
        }
        cleaned.push(match character {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
            character if deceives(character) => '\u{fffd}',
            character => character,
        });
    }
    cleaned
}

/// Lines and tabs are kept, everything else as in [`clean`].
pub(crate) fn clean_block(text: &str) -> String {
    let kept = |c: char| if c != '\n' && c != '\t' && deceives(c) { '\u{fffd}' } else { c };
    text.replace("\r\n", "\n").chars().map(kept).collect()
}

/// Control characters, and marks that reorder or hide what follows.
fn deceives(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
