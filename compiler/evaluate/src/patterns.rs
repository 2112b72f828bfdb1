//! Patterns of `matches`, compiled once a thread.

use std::{cell::RefCell, collections::BTreeMap};

use regex::Regex;

/// Most patterns kept compiled a thread; a program has fewer, and one with more compiles again.
const PATTERNS_MAX: usize = 256;

thread_local! {
    /// `None` for a text that is no pattern.
    static PATTERNS: RefCell<BTreeMap<String, Option<Regex>>> = const { RefCell::new(BTreeMap::new()) };
}

/// Whether some part of `text` matches `pattern`, by the library and in the dialect of the CEL crate; `None` for what is
/// no pattern.
pub(crate) fn matches(text: &str, pattern: &str) -> Option<bool> {
    PATTERNS.with_borrow_mut(|patterns| {
        if let Some(known) = patterns.get(pattern) {
            return known.as_ref().map(|it| it.is_match(text));
        }
        if patterns.len() >= PATTERNS_MAX {
            patterns.clear();
        }
        let compiled = Regex::new(pattern).ok();
        patterns.entry(pattern.to_owned()).or_insert(compiled).as_ref().map(|it| it.is_match(text))
    })
}
