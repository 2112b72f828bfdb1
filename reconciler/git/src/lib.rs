//! git2 behind the reconciler's ports.
