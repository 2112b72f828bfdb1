//! What was foretold before.
//!
//! A prophecy hangs on the meaning of its detector and on the recording alone, so it is kept under a hash of both:
//! simulating a change computes what the change touches, and finds the rest.

use std::collections::BTreeSet;

use heal_program::{DetectorIndex, Expression, Program, Read, SemanticHash};

/// Raised whenever equal programs and recordings would be foretold otherwise.
const CACHE_VERSION: u32 = 7;

/// A place that keeps bytes under names, and may lose them.
pub trait Cache: Sync {
    /// What is kept under a name, if it still is.
    fn get(&self, name: &str) -> Option<Vec<u8>>;
    /// Keeps something under a name. Failing to costs time later and no result.
    fn put(&self, name: &str, bytes: &[u8]);
}

/// The name under which the prophecy of a detector over a recording is kept. It covers what all that the detector reads
/// is called, because readings say that, and whether it matters when it is unknown (`is_read`); none where the program lacks something that it names.
pub(crate) fn cache_name(
    program: &Program,
    (detector, is_read): (DetectorIndex, bool),
    recording_digest: &str,
) -> Option<String> {
    let mut texts: Vec<String> = vec![
        CACHE_VERSION.to_string(),
        env!("CARGO_PKG_VERSION").to_owned(),
        recording_digest.to_owned(),
        is_read.to_string(),
    ];
    // Many may read one, and that one others: each is told once.
    let (mut told, mut open) = (BTreeSet::from([detector]), vec![detector]);
    while let Some(next) = open.pop() {
        for other in add_meaning(program, next, &mut texts)? {
            texts.extend(program.detector(other).map(|it| it.head.path.clone()));
            if told.insert(other) {
                open.push(other);
            }
        }
    }
    Some(SemanticHash::of(texts.iter().map(String::as_bytes)).to_string())
}

/// Adds what a detector says of itself, and gives the detectors that it reads.
fn add_meaning(
    program: &Program,
    detector: DetectorIndex,
    texts: &mut Vec<String>,
) -> Option<Vec<DetectorIndex>> {
    let node = program.detector(detector)?;
    texts.extend([node.head.hash.to_string(), node.keys.join("\n")]);
    let conditions = std::iter::once(&node.when).chain(node.clear.iter().map(|clear| &clear.when));
    let mut others = Vec::new();
    for condition in conditions {
        condition.walk(&mut |part| {
            if let Expression::Param(index) = part {
                texts.extend(program.param(*index).map(|param| param.head.path.clone()));
            }
            // Where a zone has its hours is known otherwise in another year.
            if let Expression::During(calendar) = part {
                texts.push(calendar.zone_data.clone());
            }
            match part.read() {
                Some(Read::Signal(signal, _)) => {
                    texts.extend(program.signal(signal).map(|signal| {
                        format!("{} {} {}", signal.head.path, signal.head.hash, signal.keys_max)
                    }))
                }
                Some(Read::Detector(other)) => others.push(other),
                Some(Read::Event(..) | Read::Entity(_)) | None => {}
            }
        });
    }
    Some(others)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use heal_driver::{SourceSet, compile};

    use super::*;

    #[test]
    fn what_is_foretold_by_the_hours_of_a_zone_is_kept_for_what_is_known_of_the_zone() {
        let named = |when: &str, zone_data: &str| {
            let text = format!(
                "signal load: ratio by (host) {{ from metric \"load\" every 1m }}\ndetector it {{ when {when} }}\n"
            );
            let mut program = compile(&SourceSet::of([("a.heal".to_owned(), text)].into())).program.unwrap();
            for detector in &mut program.detectors {
                if let Expression::Binary(_, _, right) = &mut detector.when
                    && let Expression::During(calendar) = right.as_mut()
                {
                    zone_data.clone_into(&mut calendar.zone_data);
                }
            }
            cache_name(&program, (DetectorIndex(0), false), "recording").unwrap()
        };
        let at_work = "load > 50% && during(\"Mon..Fri 09:00..17:00 Europe/Berlin\")";
        assert_eq!(named(at_work, "2025a"), named(at_work, "2025a"));
        assert_ne!(named(at_work, "2025a"), named(at_work, "2026b"));
        assert_eq!(named("load > 50%", "2025a"), named("load > 50%", "2026b"));
    }
}
