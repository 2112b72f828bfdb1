//! Did you mean?

use heal_diagnostics::{Diagnostic, Safety, TextRange};

/// Adds the candidate nearest to `name`, if there is one, as help and as a fix of `range`.
#[must_use]
pub fn with_nearest<'a>(
    diagnostic: Diagnostic,
    name: &str,
    range: TextRange,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Diagnostic {
    match nearest(name, candidates) {
        Some(meant) => diagnostic.with_help(format!("did you mean `{meant}`?")).with_fix(
            format!("write `{meant}`"),
            Safety::Unsafe,
            range,
            meant,
        ),
        None => diagnostic,
    }
}

/// The candidate nearest to `name`, if one is near enough to have been meant: at most one edit in three characters,
/// a swap of neighbours counting as one, and capitals aside. Of equally near ones the first in the alphabet.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name_lower = name.to_lowercase();
    let distance_max = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| *candidate != name)
        .map(|candidate| (strsim::osa_distance(&name_lower, &candidate.to_lowercase()), candidate))
        // Of a name of one or two letters everything is near.
        .filter(|(distance, candidate)| *distance <= distance_max && *distance < candidate.chars().count())
        .min()
        .map(|(_, candidate)| candidate)
}
