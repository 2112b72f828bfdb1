//! The facade: a set of sources in, a compilation out; embeds the standard library; no IO.
