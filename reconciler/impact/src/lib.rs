//! Two sets of sources and a recording in, an impact diff out: compiles, simulates, compares; no IO.
