//! Tree to text; checks its own output.
