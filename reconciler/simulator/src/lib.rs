//! The engine over recordings, in virtual time.
