//! Reading a TOML file with a place for everything that is wrong with it: what is not known is said, never passed over.

use std::ops::Range;

use heal_check::with_nearest;
use heal_diagnostics::{Code, Diagnostic, FileId, TextRange};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A table of the file.
#[derive(Clone, Copy)]
pub(super) struct Section<'t> {
    /// Its name as headers have it: `gates.floors`; empty for the file itself.
    pub(super) name: &'t str,
    /// What to look at when it lacks something.
    pub(super) range: TextRange,
    pub(super) entries: &'t DeTable<'t>,
}

/// A text of the file.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) text: String,
    pub(super) range: TextRange,
}

/// The worker.
pub(super) struct Reader {
    pub(super) file: FileId,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Reader {
    pub(super) fn error(&self, range: TextRange, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(Code::BAD_MANIFEST, self.file, range, message)
    }

    pub(super) fn report(&mut self, range: TextRange, message: impl Into<String>, help: impl Into<String>) {
        let diagnostic = self.error(range, message).with_help(help);
        self.diagnostics.push(diagnostic);
    }

    /// Reports the keys of a section that are none of those that it may have.
    pub(super) fn keys(&mut self, section: Section<'_>, known: &[&str]) {
        for key in section.entries.keys() {
            let name: &str = key.get_ref();
            if known.contains(&name) {
                continue;
            }
            let range = text_range(key.span());
            let message = match section.name {
                "" => format!("`heal.toml` has no table `[{name}]`"),
                section => format!("`[{section}]` has no key `{name}`"),
            };
            let diagnostic = with_nearest(self.error(range, message), name, range, known.iter().copied());
            let diagnostic = match diagnostic.help.is_empty() {
                true => diagnostic.with_help(format!("it may have {}", known.join(", "))),
                false => diagnostic,
            };
            self.diagnostics.push(diagnostic);
        }
    }

    /// A text that has to be there.
    pub(super) fn required(&mut self, section: Section<'_>, key: &str, example: &str) -> Option<Written> {
        if !section.entries.contains_key(key) {
            let message = format!("`[{}]` has no `{key}`", section.name);
            self.report(section.range, message, format!("write `{key} = \"{example}\"`"));
        }
        self.text(section, key)
    }

    pub(super) fn text(&mut self, section: Section<'_>, key: &str) -> Option<Written> {
        self.text_of(section.entries.get(key)?, key)
    }

    fn text_of(&mut self, value: &Spanned<DeValue<'_>>, key: &str) -> Option<Written> {
        let range = text_range(value.span());
        let text = value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            self.report(range, format!("`{key}` is a text"), format!("write `{key} = \"...\"`"));
        }
        Some(Written { text: text?, range })
    }

    pub(super) fn texts(&mut self, section: Section<'_>, key: &str) -> Vec<Written> {
        let Some(value) = section.entries.get(key) else { return Vec::new() };
        let Some(values) = value.get_ref().as_array() else {
            let help = format!("write `{key} = [\"...\"]`");
            self.report(text_range(value.span()), format!("`{key}` is a list of texts"), help);
            return Vec::new();
        };
        values.iter().filter_map(|value| self.text_of(value, key)).collect()
    }

    pub(super) fn count(&mut self, section: Section<'_>, key: &str) -> Option<u32> {
        let value = section.entries.get(key)?;
        let number = value.get_ref().as_integer();
        let count = number.and_then(|it| u32::from_str_radix(it.as_str(), it.radix()).ok());
        if count.is_none() {
            let message = format!("`{key}` is a whole number that is not negative");
            self.report(text_range(value.span()), message, format!("write `{key} = 0`"));
        }
        count
    }

    /// A number that is not negative, and at most so large.
    pub(super) fn number(&mut self, section: Section<'_>, key: &str, most: f64) -> Option<f64> {
        let value = section.entries.get(key)?;
        let text = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str()),
            DeValue::Float(number) => Some(number.as_str()),
            DeValue::Integer(_)
            | DeValue::String(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => None,
        };
        let number = text.and_then(|text| text.parse::<f64>().ok());
        let message = match number {
            Some(number) if (0.0..=most).contains(&number) => return Some(number),
            Some(number) if number > most => format!("`{key}` is at most {most:e}"),
            Some(_) | None => format!("`{key}` is a number that is not negative"),
        };
        self.report(text_range(value.span()), message, format!("write `{key} = 1`"));
        None
    }

    /// The tables of a section by their names; what is no table is reported.
    pub(super) fn sections<'t>(&mut self, section: Section<'t>) -> Vec<(Written, &'t DeTable<'t>)> {
        let mut found = Vec::new();
        for (key, value) in section.entries {
            let name = Written { text: key.get_ref().to_string(), range: text_range(key.span()) };
            match value.get_ref().as_table() {
                Some(entries) => found.push((name, entries)),
                None => {
                    let message = format!("`{}` is a table", name.text);
                    let help = format!("write `[{}.{}]`", section.name, name.text);
                    self.report(text_range(value.span()), message, help);
                }
            }
        }
        found
    }

    /// A table of a section; `name` is what headers call it.
    pub(super) fn section<'t>(
        &mut self,
        section: Section<'t>,
        key: &str,
        name: &'t str,
    ) -> Option<Section<'t>> {
        let (written, value) = section.entries.get_key_value(key)?;
        let range = text_range(written.span());
        let Some(entries) = value.get_ref().as_table() else {
            self.report(range, format!("`{key}` is a table"), format!("write `[{name}]`"));
            return None;
        };
        Some(Section { name, range, entries })
    }
}

/// A range of a file as diagnostics have it.
pub(crate) fn text_range(range: Range<usize>) -> TextRange {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    TextRange::new(offset(range.start), offset(range.end))
}
