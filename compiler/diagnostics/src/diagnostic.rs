//! What a pass has to say.

use crate::{Code, FileId, TextRange};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The program does not compile.
    Error,
    /// It compiles, and is probably not what was meant.
    Warning,
}

/// A place with a few words on it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// The file.
    pub file: FileId,
    /// Where in it.
    pub range: TextRange,
    /// What is there; may be empty for the primary place.
    pub text: String,
}

/// Whether a fix may be applied without a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Safety {
    /// Keeps the meaning, or there is just one meaning it can have had.
    Safe,
    /// A person must look.
    Unsafe,
}

/// A replacement of a range by a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// The file.
    pub file: FileId,
    /// What is replaced; empty to insert.
    pub range: TextRange,
    /// By what.
    pub text: String,
}

/// A rewrite that mends the problem.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fix {
    /// What it does, in the imperative: "write `64MiB`".
    pub title: String,
    /// Whether it may be applied without a look.
    pub safety: Safety,
    /// The edits, not overlapping.
    pub edits: Vec<Edit>,
}

/// A problem at a place, with a code that has a page.
///
/// The message is lowercase, without a final period, names of the user's in backticks; it stands alone. What to
/// write instead goes into `help` and `fixes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which problem.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// The one place to look at first.
    pub primary: Label,
    /// Places that explain it.
    pub secondary: Vec<Label>,
    /// What to do.
    pub help: Vec<String>,
    /// Exact rewrites.
    pub fixes: Vec<Fix>,
    /// How many more there are of its kind which nothing is told of, because there are too many.
    pub more: usize,
}

impl Diagnostic {
    /// An error at a place.
    #[must_use]
    pub fn error(code: Code, file: FileId, range: TextRange, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: message.into(),
            primary: Label { file, range, text: String::new() },
            secondary: Vec::new(),
            help: Vec::new(),
            fixes: Vec::new(),
            more: 0,
        }
    }

    /// A warning at a place.
    #[must_use]
    pub fn warning(code: Code, file: FileId, range: TextRange, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, file, range, message) }
    }

    /// Puts words on the primary place.
    #[must_use]
    pub fn with_label(mut self, text: impl Into<String>) -> Diagnostic {
        self.primary.text = text.into();
        self
    }

    /// Adds a place that explains.
    #[must_use]
    pub fn with_secondary(mut self, file: FileId, range: TextRange, text: impl Into<String>) -> Diagnostic {
        self.secondary.push(Label { file, range, text: text.into() });
        self
    }

    /// Adds a line of help.
    #[must_use]
    pub fn with_help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help.push(text.into());
        self
    }

    /// Says how many more there are which nothing is told of: `more errors follow in this file: 36`.
    pub fn add_more(&mut self, text: &str, more: usize) {
        if more > 0 {
            self.help.push(format!("{text}: {more}"));
            self.more += more;
        }
    }

    /// Adds a rewrite of one range in the primary file.
    #[must_use]
    pub fn with_fix(
        mut self,
        title: impl Into<String>,
        safety: Safety,
        range: TextRange,
        text: impl Into<String>,
    ) -> Diagnostic {
        let edit = Edit { file: self.primary.file, range, text: text.into() };
        self.fixes.push(Fix { title: title.into(), safety, edits: vec![edit] });
        self
    }

    /// The same about another file, to which all its places then belong.
    #[must_use]
    pub fn in_file(mut self, file: FileId) -> Diagnostic {
        self.files_mut().for_each(|place| *place = file);
        self
    }

    /// Gives the file of every place in it another id.
    pub fn move_files(&mut self, mut moved: impl FnMut(FileId) -> FileId) {
        self.files_mut().for_each(|file| *file = moved(*file));
    }

    /// The file of every place in it.
    pub(crate) fn files_mut(&mut self) -> impl Iterator<Item = &mut FileId> {
        let labels = self.secondary.iter_mut().chain(std::iter::once(&mut self.primary));
        let edits = self.fixes.iter_mut().flat_map(|fix| fix.edits.iter_mut());
        labels.map(|label| &mut label.file).chain(edits.map(|edit| &mut edit.file))
    }

    /// Whether it keeps the program from compiling.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
