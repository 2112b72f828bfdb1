//! The params of a package as they are written: where a person would change a value.

use std::ops::Range;

use heal_diagnostics::{FileId, TextRange};
use heal_syntax::{parse, tree::ItemKind};

use crate::SourceSet;

/// A `param` of the package's own files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenParam {
    /// Its name.
    pub name: String,
    /// Path of the file from the package's root.
    pub file: String,
    /// The line of its value, from 1.
    pub line: usize,
    /// Where its value stands in the file, in bytes.
    pub value: Range<usize>,
    /// The text of its value: `250ms`.
    pub value_text: String,
    /// The texts of the ends of its range.
    pub range_texts: Option<(String, String)>,
}

impl WrittenParam {
    /// The line of its value, without blanks around it.
    #[must_use]
    pub fn line_text<'s>(&self, sources: &'s SourceSet) -> &'s str {
        let text = sources.files.get(&self.file).map_or("", String::as_str);
        text.lines().nth(self.line.saturating_sub(1)).unwrap_or_default().trim()
    }
}

/// The params of a package's own files, by file and place. Those of its dependencies are not its own to change.
#[must_use]
pub fn written_params(sources: &SourceSet) -> Vec<WrittenParam> {
    let files = sources.files.iter().filter(|(path, text)| path.ends_with(".heal") && text.contains("param"));
    files.flat_map(|(path, text)| params_of(path, text)).collect()
}

fn params_of(path: &str, text: &str) -> Vec<WrittenParam> {
    let (tree, _) = parse(FileId::default(), text);
    let mut params = Vec::new();
    for item in &tree.items {
        if let ItemKind::Param(param) = &item.value.kind {
            let value = bytes(param.value.range);
            let before = text.get(..value.start).unwrap_or_default();
            let slice = |range: TextRange| text.get(bytes(range)).unwrap_or_default().to_owned();
            params.push(WrittenParam {
                name: param.name.value.clone(),
                file: path.to_owned(),
                line: 1 + before.matches('\n').count(),
                value_text: slice(param.value.range),
                range_texts: param.range.as_ref().map(|(low, high)| (slice(low.range), slice(high.range))),
                value,
            });
        }
    }
    params
}

fn bytes(range: TextRange) -> Range<usize> {
    range.start as usize..range.end as usize
}
