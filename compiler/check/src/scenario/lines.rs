//! Lines of a text by offset.

/// Counts lines as it goes forward; going back starts anew.
pub(crate) struct Lines<'t> {
    text: &'t str,
    offset: usize,
    line: u32,
}

impl<'t> Lines<'t> {
    pub(crate) fn new(text: &'t str) -> Lines<'t> {
        Lines { text, offset: 0, line: 1 }
    }

    /// The line of an offset, from 1.
    pub(crate) fn at(&mut self, offset: u32) -> u32 {
        let offset = offset as usize;
        if offset < self.offset {
            (self.offset, self.line) = (0, 1);
        }
        let between = self.text.as_bytes().get(self.offset..offset).unwrap_or_default();
        self.line += between.iter().fold(0, |count, byte| count + u32::from(*byte == b'\n'));
        self.offset = offset;
        self.line
    }
}
