//! The canonical form of what a node means: a list of parts that is hashed, and never read back.

use heal_program::{Dimension, Millis, Parts, SemanticHash};

/// How many bytes the form of most nodes has at most.
const BYTES_MOSTLY: usize = 1024;

/// Parts of a canonical form. Lists are preceded by their length and choices by a word, so that two forms are equal
/// only when they say the same.
#[derive(Debug)]
pub(crate) struct Canonical {
    parts: Parts,
}

impl Canonical {
    /// A form that begins with a word.
    pub(crate) fn of(kind: &str) -> Canonical {
        let mut canonical = Canonical { parts: Parts::with_capacity(BYTES_MOSTLY) };
        canonical.text(kind);
        canonical
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.part(text.as_bytes());
    }

    pub(crate) fn texts(&mut self, texts: &[String]) {
        self.length(texts.len());
        texts.iter().for_each(|text| self.text(text));
    }

    pub(crate) fn pairs(&mut self, pairs: &[(String, String)]) {
        self.length(pairs.len());
        for (name, value) in pairs {
            self.text(name);
            self.text(value);
        }
    }

    pub(crate) fn number(&mut self, number: f64) {
        // The two zeros are one number.
        let number = if number == 0.0 { 0.0 } else { number };
        self.part(&number.to_bits().to_le_bytes());
    }

    pub(crate) fn whole(&mut self, number: u32) {
        self.part(&number.to_le_bytes());
    }

    pub(crate) fn length(&mut self, length: usize) {
        self.part(&(length as u64).to_le_bytes());
    }

    pub(crate) fn flag(&mut self, flag: bool) {
        self.part(&[u8::from(flag)]);
    }

    pub(crate) fn span(&mut self, span: Millis) {
        self.part(&span.0.to_le_bytes());
    }

    pub(crate) fn dimension(&mut self, dimension: Dimension) {
        let Dimension { time, data, count, temperature } = dimension;
        self.part(&[time, data, count, temperature].map(|it| it.to_le_bytes()).concat());
    }

    pub(crate) fn hash(&mut self, hash: SemanticHash) {
        self.part(&hash.0);
    }

    /// The hash of all parts.
    pub(crate) fn finish(&self) -> SemanticHash {
        self.parts.hash()
    }

    fn part(&mut self, bytes: &[u8]) {
        self.parts.push(bytes);
    }
}
