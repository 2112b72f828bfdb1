//! Text to tree. The only module that knows pest.
//!
//! The grammar reads any text, with error nodes where something is wrong ([`grammar`]). A [`reader::Reader`] turns its
//! pairs into the tree; at an error node it reads the place again by the strict rules, to learn where exactly it went
//! wrong and what was expected there ([`errors`]).

mod actions;
mod blocks;
mod children;
mod documentation;
mod elsewhere;
mod errors;
mod expression;
mod forms;
mod grammar;
mod guards;
mod hints;
mod items;
mod marks;
mod objects;
mod observations;
mod plans;
mod policies;
mod precedence;
mod promql;
mod reader;
mod scenarios;
mod sources;
mod suggest;
mod synonyms;
mod text;
mod types;
mod words;

use heal_diagnostics::{Code, Diagnostic, FileId};

use crate::scan::{BRACKET_DEPTH_MAX, FILE_BYTES_MAX, blanked, range, scan};
use crate::tree::ParsedFile;
#[cfg(test)]
pub(crate) use grammar::{Grammar, Rule};
use reader::Reader;

pub use precedence::EXPRESSION_DEPTH_MAX;

/// Most syntax errors that are told of one file; the last one says how many follow.
pub const SYNTAX_ERRORS_MAX: usize = 64;

/// Parses a file. Total: any text gives a tree of what could be read and the diagnostics of the rest.
///
/// The diagnostics are in the order of their places, and none is there because of another. A file beyond
/// [`FILE_BYTES_MAX`] or [`BRACKET_DEPTH_MAX`] gives one diagnostic and an empty tree.
#[must_use]
pub fn parse(file: FileId, text: &str) -> (ParsedFile, Vec<Diagnostic>) {
    if text.len() > FILE_BYTES_MAX {
        let message = format!("the file has {} bytes, and may have at most {FILE_BYTES_MAX}", text.len());
        return refused(Diagnostic::error(Code::TOO_DEEP, file, range(0, 0), message).with_help("split it"));
    }
    let scan = scan(text);
    if let Some(place) = scan.too_deep {
        let message = format!("more than {BRACKET_DEPTH_MAX} brackets are open here");
        return refused(Diagnostic::error(Code::TOO_DEEP, file, place, message));
    }
    // What was meant for a comment says nothing else: it is one mistake, and its words are none.
    let readable = blanked(text, &scan.comments_elsewhere);
    let mut reader = Reader::new(file, &readable, &scan.comments);
    // Told along with the errors around them: of many mistakes the first in the file are shown.
    let mut elsewhere = scan.comments_elsewhere.as_slice();
    let mut report_until = |reader: &mut Reader<'_>, end: u32| {
        let count = elsewhere.partition_point(|place| place.start < end);
        let (before, after) = elsewhere.split_at(count);
        for place in before {
            reader.report_if_shown(|| marks::comment_elsewhere(file, text, *place));
        }
        elsewhere = after;
    };
    let tree = reader.file(&mut report_until);
    report_until(&mut reader, u32::MAX);
    (tree, finish(reader.diagnostics, reader.error_count))
}

fn refused(diagnostic: Diagnostic) -> (ParsedFile, Vec<Diagnostic>) {
    (ParsedFile::default(), vec![diagnostic])
}

/// Sorts the diagnostics, keeps one for a place, and says how many were left out.
fn finish(mut diagnostics: Vec<Diagnostic>, error_count: usize) -> Vec<Diagnostic> {
    let beyond = error_count.saturating_sub(SYNTAX_ERRORS_MAX);
    diagnostics.sort_by_key(|one| (one.primary.range, one.code));
    diagnostics.dedup_by_key(|one| one.primary.range.start);
    if let Some(last) = diagnostics.last_mut() {
        last.add_more("more errors follow in this file", beyond);
    }
    diagnostics
}
