//! A program that the compiler lets through is what every program is: positions in their tables, tables sorted, numbers
//! and spans that mean something.
#![no_main]

use heal_fuzz::{compiled, text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = text(bytes);
    if let Some(program) = compiled(&text).program {
        let invalid = program.validate();
        assert!(invalid.is_empty(), "{invalid:#?}\n{text}");
    }
});
