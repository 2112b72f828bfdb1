//! A program that is written and read back is the same, to the byte.
#![no_main]

use heal_fuzz::{compiled, text};
use heal_program::Program;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(program) = compiled(&text(bytes)).program {
        let wire = program.to_wire().expect("a program can be written");
        let read = Program::from_wire(&wire).expect("what was written can be read");
        assert_eq!(program, read);
        assert_eq!(program.digest(), read.digest());
        assert_eq!(wire, read.to_wire().expect("it can be written again"));
    }
});
