//! Strips show what happened where it happened, and stay small.
