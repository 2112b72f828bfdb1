//! What the targets share.

use heal_driver::{Compilation, SourceSet, compile};

/// Bytes as a text: what is not UTF-8 is replaced, so that no input is wasted.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Compiles a text as a package of one file.
pub fn compiled(text: &str) -> Compilation {
    compile(&SourceSet::of([("main.heal".to_owned(), text.to_owned())].into()))
}
