//! Statements that may stand once, and those that must; words that a statement may hold.

use heal_diagnostics::{Code, Diagnostic, TextRange};
use heal_expr::with_nearest;
use heal_program::{Risk, Severity};
use heal_syntax::tree::Name;

use crate::{check::Checker, item::Item};

/// A statement that stands at most once.
#[derive(Debug)]
pub(crate) struct Slot<T> {
    word: &'static str,
    filled: Option<(T, TextRange)>,
}

impl<T> Slot<T> {
    /// An empty one, for statements that begin with `word`.
    pub(crate) fn new(word: &'static str) -> Slot<T> {
        Slot { word, filled: None }
    }

    /// Where the statement stands, if it does.
    pub(crate) fn range(&self) -> Option<TextRange> {
        self.filled.as_ref().map(|(_, range)| *range)
    }

    /// Its value, if the statement stands there.
    pub(crate) fn value(&self) -> Option<&T> {
        self.filled.as_ref().map(|(value, _)| value)
    }
}

impl<'a> Checker<'a> {
    /// Puts a statement into its slot; a second one is reported and left out.
    pub(crate) fn fill<T>(&mut self, item: &Item<'_>, slot: &mut Slot<T>, value: T, range: TextRange) {
        let Some((_, first)) = &slot.filled else {
            slot.filled = Some((value, range));
            return;
        };
        let message = format!("`{}` stands twice in `{}`", slot.word, item.name.value);
        let diagnostic = Diagnostic::error(Code::DUPLICATE_STATEMENT, item.unit.file, range, message)
            .with_secondary(item.unit.file, *first, "the first one")
            .with_help("keep one of them");
        self.diagnostics.push(diagnostic);
    }

    /// Reports that a slot which must be filled is not. `example` is such a statement.
    pub(crate) fn require<T>(&mut self, item: &Item<'_>, slot: &Slot<T>, example: &str) {
        if slot.filled.is_none() {
            self.lacks(item, slot.word, example);
        }
    }

    /// Reports that an item has no statement of a kind, unless it may stand where a syntax error is.
    pub(crate) fn lacks(&mut self, item: &Item<'_>, what: &str, example: &str) {
        if item.tree.incomplete {
            return;
        }
        let message = format!("the {} `{}` has no `{what}`", item.kind.word(), item.name.value);
        let diagnostic = Diagnostic::error(Code::MISSING_STATEMENT, item.unit.file, item.name.range, message)
            .with_help(format!("add a statement such as `{example}`"));
        self.diagnostics.push(diagnostic);
    }

    /// A risk by its word.
    pub(crate) fn risk_word(&mut self, item: &Item<'_>, word: &Name) -> Option<Risk> {
        self.word(item, word, "risk", &[("low", Risk::Low), ("medium", Risk::Medium), ("high", Risk::High)])
    }

    /// A severity by its word.
    pub(crate) fn severity_word(&mut self, item: &Item<'_>, word: &Name) -> Option<Severity> {
        let words =
            [("info", Severity::Info), ("warning", Severity::Warning), ("critical", Severity::Critical)];
        self.word(item, word, "severity", &words)
    }

    /// The meaning of one of a few words.
    pub(crate) fn word<T: Copy>(
        &mut self,
        item: &Item<'_>,
        word: &Name,
        what: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        if let Some((_, value)) = words.iter().find(|(name, _)| *name == word.value) {
            return Some(*value);
        }
        let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
        let message = format!("unknown {what} `{}`", word.value);
        let diagnostic = Diagnostic::error(Code::UNKNOWN_NAME, item.unit.file, word.range, message)
            .with_help(format!("write one of {}", names.join(", ")));
        self.diagnostics.push(with_nearest(diagnostic, &word.value, word.range, names));
        None
    }

    /// Reports names that stand twice in a list of `what`, and gives them without those.
    pub(crate) fn distinct(&mut self, item: &Item<'_>, names: &[Name], what: &str) -> Vec<String> {
        let mut kept: Vec<&Name> = Vec::new();
        for name in names {
            match kept.iter().find(|before| before.value == name.value) {
                Some(first) => self.duplicate(item, name, first.range, what),
                None => kept.push(name),
            }
        }
        kept.into_iter().map(|name| name.value.clone()).collect()
    }

    /// Reports a name that is taken.
    pub(crate) fn duplicate(&mut self, item: &Item<'_>, name: &Name, first: TextRange, what: &str) {
        let message = format!("the {what} `{}` stands twice in `{}`", name.value, item.name.value);
        let diagnostic = Diagnostic::error(Code::DUPLICATE_NAME, item.unit.file, name.range, message)
            .with_secondary(item.unit.file, first, "the first one");
        self.diagnostics.push(diagnostic);
    }
}
