//! The form in which parts are kept: what is shown at once, and long lists behind it.

use std::{collections::BTreeMap, sync::Arc};

use heal_program::{SemanticHash, Timestamp};

use super::{DetectorPart, Part, PolicyPart, Unlisted};
use crate::{
    ApprovalRequest, Course, Escalation, Figures, Firing, Listed, Run, Score, Withheld,
    kept::{Kept, Reader, Writer, checksum},
    timeline::Conduct,
};

/// An item in the form in which it is kept, behind its path.
pub(super) type Block = (String, Vec<u8>);

/// How many samples were dropped, by signal and why.
type Dropped = BTreeMap<(String, String), u64>;

/// What a detector saw: so many firings.
pub(super) fn detector(score: &Score, count: usize, firings: impl Iterator<Item = Firing>) -> Vec<u8> {
    let mut out = headed(|writer| score.write(writer));
    Listed::<Firing>::pack(count, firings, &mut out);
    out
}

/// What a policy did.
pub(super) fn policy(figures: &Figures, own: &Conduct, besides: &Conduct) -> Vec<u8> {
    let mut out = headed(|writer| {
        figures.write(writer);
        writer.bool(besides.is_empty());
    });
    course(own, &mut out);
    if !besides.is_empty() {
        course(besides, &mut out);
    }
    out
}

fn course(conduct: &Conduct, out: &mut Vec<u8>) {
    let Conduct { runs, withheld, approvals, escalations } = conduct;
    Listed::<Run>::pack(runs.len(), runs.iter(), out);
    Listed::<Withheld>::pack(withheld.len(), withheld.iter(), out);
    Listed::<ApprovalRequest>::pack(approvals.len(), approvals.iter(), out);
    Listed::<Escalation>::pack(escalations.len(), escalations.iter(), out);
}

/// Something with its length before it.
fn headed(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let (mut length, mut head) = (Writer::default(), Writer::default());
    write(&mut head);
    let head = head.finish();
    length.number(head.len() as u64);
    let mut out = length.finish();
    out.extend(head);
    out
}

/// A part, behind its checksum.
pub(super) fn part(
    (detectors, policies): (&[Block], &[Block]),
    (notes, dropped): (&[(Timestamp, String)], &Dropped),
    unrecorded: &[Vec<String>],
    unlisted: &[Unlisted],
) -> Vec<u8> {
    let head = headed(|writer| {
        for items in [detectors, policies] {
            writer.number(items.len() as u64);
            for (path, block) in items {
                writer.text(path);
                writer.hash(SemanticHash::of([block.as_slice()]));
                writer.number(block.len() as u64);
            }
        }
        writer.number(notes.len() as u64);
        for (at, note) in notes {
            writer.time(*at);
            writer.text(note);
        }
        writer.number(dropped.len() as u64);
        for ((signal, reason), count) in dropped {
            writer.text(signal);
            writer.text(reason);
            writer.number(*count);
        }
        writer.number(unrecorded.len() as u64);
        unrecorded.iter().for_each(|words| writer.all(words));
    });
    let length = detectors.iter().chain(policies).map(|(_, block)| block.len()).sum::<usize>();
    let mut out = Vec::with_capacity(8 + head.len() + length);
    out.extend([0; 8]);
    out.extend(head);
    detectors.iter().chain(policies).for_each(|(_, block)| out.extend(block));
    Listed::<Unlisted>::pack(unlisted.len(), unlisted.iter(), &mut out);
    let sum = out.get(8..).map(checksum).unwrap_or_default().to_le_bytes();
    out.iter_mut().zip(sum).for_each(|(byte, sum)| *byte = sum);
    out
}

impl Part {
    /// Reads the form in which parts are kept; none where that was cut off, edited or is of something else. Long lists are
    /// read when somebody asks for them.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Option<Part> {
        let (sum, rest) = bytes.split_first_chunk::<8>()?;
        if checksum(rest).to_le_bytes() != *sum {
            return None;
        }
        read(&Arc::new(bytes))
    }
}

fn read(bytes: &Arc<Vec<u8>>) -> Option<Part> {
    let mut at = 8;
    let mut reader = head(bytes, &mut at)?;
    let mut of_kind = || -> Option<Vec<(String, SemanticHash, usize)>> {
        let item = |reader: &mut Reader<'_>| {
            Some((reader.text()?, reader.hash()?, usize::try_from(reader.number()?).ok()?))
        };
        (0..reader.count()?).map(|_| item(&mut reader)).collect()
    };
    let (of_detectors, of_policies) = (of_kind()?, of_kind()?);
    let notes =
        (0..reader.count()?).map(|_| Some((reader.time()?, reader.text()?))).collect::<Option<_>>()?;
    let dropped = (0..reader.count()?)
        .map(|_| Some(((reader.text()?, reader.text()?), reader.number()?)))
        .collect::<Option<_>>()?;
    let unrecorded = (0..reader.count()?).map(|_| reader.all()).collect::<Option<_>>()?;
    let (detectors, policies, unlisted) = (BTreeMap::new(), BTreeMap::new(), Listed::default());
    let mut part = Part { detectors, policies, notes, dropped, unrecorded, unlisted };
    for (path, hash, length) in of_detectors {
        let end = at.checked_add(length)?;
        let score = Score::read(&mut head(bytes, &mut at)?)?;
        let firings = Listed::unpack(bytes, &mut at)?;
        part.detectors.insert(path, DetectorPart { hash, score, firings });
        (at == end).then_some(())?;
    }
    for (path, hash, length) in of_policies {
        let end = at.checked_add(length)?;
        let mut reader = head(bytes, &mut at)?;
        let (figures, is_same) = (Figures::read(&mut reader)?, reader.bool()?);
        let course = take_course(bytes, &mut at)?;
        let only_if_failing = if is_same { Course::default() } else { take_course(bytes, &mut at)? };
        part.policies.insert(path, PolicyPart { hash, figures, course, only_if_failing });
        (at == end).then_some(())?;
    }
    part.unlisted = Listed::unpack(bytes, &mut at)?;
    (at == bytes.len()).then_some(part)
}

/// What stands behind its length at a place, which moves behind it.
fn head<'b>(bytes: &'b Arc<Vec<u8>>, at: &mut usize) -> Option<Reader<'b>> {
    let mut reader = Reader::of(bytes.get(*at..)?);
    let length = reader.count()?;
    let begin = bytes.len().checked_sub(reader.left())?;
    *at = begin.checked_add(length)?;
    Some(Reader::of(bytes.get(begin..*at)?))
}

fn take_course(bytes: &Arc<Vec<u8>>, at: &mut usize) -> Option<Course> {
    Some(Course {
        runs: Listed::unpack(bytes, at)?,
        withheld: Listed::unpack(bytes, at)?,
        approvals: Listed::unpack(bytes, at)?,
        escalations: Listed::unpack(bytes, at)?,
    })
}
