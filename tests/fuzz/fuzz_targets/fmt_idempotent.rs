//! What is formatted is its own form, whatever was written.
#![no_main]

use heal_format::{FormatError, format};
use heal_fuzz::text;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match format(&text(bytes)) {
        Ok(formatted) => match format(&formatted) {
            Ok(again) => assert_eq!(formatted, again),
            Err(error) => panic!("{error}\n{formatted}"),
        },
        Err(FormatError::Syntax(_)) => {}
        Err(defect @ FormatError::Defect { .. }) => panic!("{defect}"),
    }
});
