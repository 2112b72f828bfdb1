//! Documents: pieces of a line with the places where it may be broken, and how they become lines.

use std::borrow::Cow;

use crate::format::COLUMNS_MAX;

/// The blanks before a line that goes on with a statement, beyond the statement's own.
pub(crate) const CONTINUATION: usize = 4;

/// The blanks that what stands in brackets or braces is indented by.
pub(crate) const INDENT: usize = 2;

/// Pieces one after the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Doc {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
enum Piece {
    /// As it is. It may have line breaks of its own, which are part of a text in the language.
    Text(Cow<'static, str>),
    /// A blank, or a line break if the group around it is broken.
    Line,
    /// Nothing, or a line break if the group around it is broken.
    Soft,
    /// Nothing, or this if the group around it is broken.
    IfBroken(&'static str),
    /// Further lines are indented by so much more.
    Nest(usize, Doc),
    /// On one line if it fits there, else broken at all its places.
    Group(Doc),
}

impl Doc {
    /// A text.
    pub(crate) fn text(text: impl Into<Cow<'static, str>>) -> Doc {
        Doc::default().then(text)
    }

    /// With a text after it.
    pub(crate) fn then(mut self, text: impl Into<Cow<'static, str>>) -> Doc {
        self.pieces.push(Piece::Text(text.into()));
        self
    }

    /// With another after it.
    pub(crate) fn and(mut self, other: Doc) -> Doc {
        self.pieces.extend(other.pieces);
        self
    }

    /// With a word and another after it, if there is another.
    pub(crate) fn and_if(self, word: &'static str, other: Option<Doc>) -> Doc {
        match other {
            Some(other) => self.then(word).and(other),
            None => self,
        }
    }

    /// With a place after it that is a blank or a line break.
    pub(crate) fn line(mut self) -> Doc {
        self.pieces.push(Piece::Line);
        self
    }

    /// As a group of its own.
    pub(crate) fn group(self) -> Doc {
        Doc { pieces: vec![Piece::Group(self)] }
    }

    /// With its further lines indented.
    pub(crate) fn nest(self, columns: usize) -> Doc {
        Doc { pieces: vec![Piece::Nest(columns, self)] }
    }

    /// Items between brackets: on one line, or each on its own.
    pub(crate) fn bracketed(open: &'static str, items: Vec<Doc>, close: &'static str) -> Doc {
        if items.is_empty() {
            return Doc::text(open).then(close);
        }
        let mut inner = Doc { pieces: vec![Piece::Soft] };
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                inner = inner.then(",").line();
            }
            inner = inner.and(item);
        }
        inner.pieces.push(Piece::IfBroken(","));
        let mut all = Doc::text(open).and(inner.nest(INDENT));
        all.pieces.push(Piece::Soft);
        all.then(close).group()
    }

    /// A beginning and its continuations: on one line, or each continuation on its own.
    pub(crate) fn continued(first: Doc, others: impl IntoIterator<Item = Doc>) -> Doc {
        let others = others.into_iter().fold(Doc::default(), |all, one| all.line().and(one));
        first.and(others.nest(CONTINUATION)).group()
    }

    /// The text on one line.
    pub(crate) fn flat(&self) -> String {
        self.lines(usize::MAX / 2, 0, 0)
    }

    /// The text of something that begins after `indent` blanks and is followed by `after` more columns, without the
    /// blanks before its first line.
    pub(crate) fn render(&self, indent: usize, after: usize) -> String {
        self.lines(COLUMNS_MAX, indent, after)
    }

    fn lines(&self, columns: usize, indent: usize, after: usize) -> String {
        let mut out = String::new();
        let mut column = indent;
        let mut rest: Vec<Command<'_>> = Vec::new();
        Command::push_all(&mut rest, self, indent, true);
        // The outermost pieces are not in a group; nothing in them may be broken by itself.
        while let Some(command) = rest.pop() {
            match command.piece {
                Piece::Text(text) => {
                    out.push_str(text);
                    column = match text.rsplit_once('\n') {
                        Some((_, last)) => width(last),
                        None => column + width(text),
                    };
                }
                Piece::Line | Piece::Soft if command.is_broken => {
                    out.push('\n');
                    out.push_str(&" ".repeat(command.indent));
                    column = command.indent;
                }
                Piece::Line => {
                    out.push(' ');
                    column += 1;
                }
                Piece::Soft => {}
                Piece::IfBroken(text) if command.is_broken => {
                    out.push_str(text);
                    column += width(text);
                }
                Piece::IfBroken(_) => {}
                Piece::Nest(blanks, inner) => {
                    Command::push_all(&mut rest, inner, command.indent + blanks, command.is_broken);
                }
                Piece::Group(inner) => {
                    let is_broken = !fits(columns, column, after, inner, &rest);
                    Command::push_all(&mut rest, inner, command.indent, is_broken);
                }
            }
        }
        out
    }
}

#[derive(Clone, Copy)]
struct Command<'a> {
    piece: &'a Piece,
    indent: usize,
    is_broken: bool,
}

impl<'a> Command<'a> {
    fn push_all(stack: &mut Vec<Command<'a>>, doc: &'a Doc, indent: usize, is_broken: bool) {
        stack.extend(doc.pieces.iter().rev().map(|piece| Command { piece, indent, is_broken }));
    }
}

/// Whether a group, and what follows it up to the next line break, fits on the present line.
fn fits(columns: usize, mut column: usize, after: usize, group: &Doc, rest: &[Command<'_>]) -> bool {
    let mut stack = Vec::new();
    Command::push_all(&mut stack, group, 0, false);
    let mut waiting = rest.iter().rev();
    while column <= columns {
        let Some(command) = stack.pop().or_else(|| waiting.next().copied()) else {
            return column + after <= columns;
        };
        match command.piece {
            Piece::Text(text) => match text.split_once('\n') {
                Some((first, _)) => return column + width(first) <= columns,
                None => column += width(text),
            },
            Piece::Line | Piece::Soft if command.is_broken => return true,
            Piece::Line => column += 1,
            Piece::Soft | Piece::IfBroken(_) => {}
            Piece::Nest(_, inner) | Piece::Group(inner) => {
                Command::push_all(&mut stack, inner, 0, command.is_broken);
            }
        }
    }
    false
}

fn width(text: &str) -> usize {
    text.chars().count()
}
