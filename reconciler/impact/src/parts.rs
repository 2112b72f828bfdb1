//! A report of parts: what the groups of a program did, decided now or kept from before.

use std::collections::{BTreeMap, BTreeSet};

use heal_program::Program;
use heal_report::{Account, Drafts, Part, Report, Telemetry};
use heal_simulator::{Decided, Groups, Options, SimulationError, Unrecorded};
use heal_telemetry::Recording;

/// Parts by the names of their groups, which cover all that they hang on.
pub(crate) type KnownParts = BTreeMap<String, Part>;

/// The report of a program over a recording, and the parts that it is made of. Groups of `known` parts are not decided, nor
/// those whose parts are in the cache.
pub(crate) fn report_in_parts(
    (name, program): (&str, &Program),
    recording: &Recording,
    telemetry: &Telemetry,
    options: &Options<'_>,
    known: &KnownParts,
) -> Result<(Report, KnownParts), SimulationError> {
    let groups = Groups::of(program, recording);
    let mut parts = KnownParts::new();
    each_part(&groups, (program, telemetry), options, known, |at, part| {
        parts.extend(groups.names().get(at).map(|name| (name.clone(), part)));
    })?;
    let mut unrecorded = Unrecorded::default();
    parts.values().for_each(|part| unrecorded.extend(Unrecorded::of_words(part.unrecorded())));
    let beginning = groups.beginning(&unrecorded);
    let own = parts.values().cloned().collect();
    Ok((Report::assembled((name, program), telemetry, &beginning, own), parts))
}

/// Takes what each of a program's groups did, by the place of the group: as it is known or kept, else decided. What is kept
/// is held for no longer than it is taken.
pub(crate) fn each_part(
    groups: &Groups<'_>,
    (program, telemetry): (&Program, &Telemetry),
    options: &Options<'_>,
    known: &KnownParts,
    mut take: impl FnMut(usize, Part),
) -> Result<(), SimulationError> {
    let mut missing = Vec::new();
    for (at, name) in groups.names().iter().enumerate() {
        let kept = || options.cache?.get(name).and_then(Part::from_bytes);
        match known.get(name).cloned().or_else(kept) {
            Some(part) => take(at, part),
            None => missing.push(at),
        }
    }
    let drafts = Drafts::of(program, telemetry, options.threads);
    let decided = groups.decide(&missing, options, |group, decided: Decided<Account>| {
        let Decided { passing, failing, unrecorded } = decided;
        let own: (&BTreeSet<_>, &BTreeSet<_>) = (&group.detectors, &group.policies);
        drafts.draft(own, passing, failing, unrecorded.to_words())
    })?;
    let finished = drafts.finish(&decided)?;
    for (at, bytes) in missing.into_iter().zip(finished) {
        if let (Some(cache), Some(name)) = (options.cache, groups.names().get(at)) {
            cache.put(name, &bytes);
        }
        if let Some(part) = Part::from_bytes(bytes) {
            take(at, part);
        }
    }
    Ok(())
}
