//! Formatting loses no comment, adds none, and keeps their order.
#![no_main]

use heal_format::format;
use heal_fuzz::text;
use libfuzzer_sys::fuzz_target;

fn comments(text: &str) -> Vec<String> {
    // Documentation is put in order by the formatter, and blanks at the end of a line go.
    heal_syntax::comments(text).iter().map(|comment| comment.text.trim_end().to_owned()).collect()
}

fuzz_target!(|bytes: &[u8]| {
    let text = text(bytes);
    if let Ok(formatted) = format(&text) {
        assert_eq!(comments(&text), comments(&formatted), "{formatted}");
    }
});
