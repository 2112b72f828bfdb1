//! Pure step: observation in, commands out; pull request texts.
