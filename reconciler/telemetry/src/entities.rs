//! What entities were while a recording was made: their fields from a time to another.

use std::collections::BTreeMap;

use heal_program::Timestamp;

use crate::labels::series_text;
use crate::{Labels, Recording, RecordingError};

/// An entity as it was for a while. One that changes has several, each with all that is known of it then.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LivedEntity {
    /// Since when it was so.
    pub since: Timestamp,
    /// Of which kind it is, as policies call it.
    pub entity: String,
    /// The fields that tell it from others.
    pub key: Labels,
    /// Its other fields: texts, numbers as they are written, relations by the last key field of the other entity.
    pub fields: Labels,
    /// The units of those fields that are numbers.
    pub units: Labels,
    /// From when on it was so no longer; none: it was so to the end of what is recorded.
    pub until: Option<Timestamp>,
}

impl LivedEntity {
    /// The value of a field, one of its key or another.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.key.get(name).or_else(|| self.fields.get(name)).map(String::as_str)
    }

    /// Which one it is, for people: `Pod{pod="a"}`.
    #[must_use]
    pub fn text(&self) -> String {
        series_text(&self.entity, &self.key)
    }

    /// What of it lies from `from` on and before `to`.
    pub(crate) fn within(&self, from: Timestamp, to: Option<Timestamp>) -> Option<LivedEntity> {
        let since = self.since.max(from);
        // Where it goes on to the end of the part, nothing more is known.
        let until = self.until.filter(|until| to.is_none_or(|to| *until <= to));
        let is_inside = to.is_none_or(|to| since < to) && until.is_none_or(|until| since < until);
        is_inside.then(|| LivedEntity { since, until, ..self.clone() })
    }

    fn says_the_same(&self, other: &LivedEntity) -> bool {
        (&self.entity, &self.key, &self.fields, &self.units)
            == (&other.entity, &other.key, &other.fields, &other.units)
    }
}

/// What entities were, where one that goes on as it was is said once.
#[must_use]
pub fn without_repeats(rows: impl IntoIterator<Item = LivedEntity>) -> Vec<LivedEntity> {
    let mut rows: Vec<LivedEntity> = rows.into_iter().collect();
    rows.sort_by(|a, b| (&a.entity, &a.key, a.since).cmp(&(&b.entity, &b.key, b.since)));
    let mut kept: Vec<LivedEntity> = Vec::with_capacity(rows.len());
    for row in rows {
        match kept.last_mut() {
            Some(last) if last.says_the_same(&row) && last.until == Some(row.since) => last.until = row.until,
            Some(_) | None => kept.push(row),
        }
    }
    kept.sort();
    kept
}

/// What entities were in several recordings: each says what its kinds were until the next begins that tells of them.
///
/// # Errors
/// When two of them say otherwise of a time that both hold.
pub(crate) fn joined(recordings: &[Recording]) -> Result<Vec<LivedEntity>, RecordingError> {
    let mut by_kind: BTreeMap<&str, Vec<&Recording>> = BTreeMap::new();
    for recording in recordings {
        for row in &recording.entities {
            let told = by_kind.entry(&row.entity).or_default();
            if !told.last().is_some_and(|last| std::ptr::eq(*last, recording)) {
                told.push(recording);
            }
        }
    }
    let mut all = Vec::new();
    for (kind, mut told) in by_kind {
        told.sort_by_key(|recording| (recording.start(), recording.end()));
        for (at, recording) in told.iter().enumerate() {
            let rows = recording.entities.iter().filter(|row| row.entity == kind);
            let Some(next) = told.get(at + 1) else {
                all.extend(rows.cloned());
                continue;
            };
            let (from, to) = (next.start(), recording.end().min(next.end()));
            let of_both = |recording: &Recording| -> Vec<LivedEntity> {
                let rows = recording.entities.iter().filter(|row| row.entity == kind);
                let end = Timestamp(to.0.saturating_add(1));
                without_repeats(rows.filter_map(|row| row.within(from, Some(end))))
            };
            if from <= to && of_both(recording) != of_both(next) {
                return Err(RecordingError::invalid(format!(
                    "the recordings say otherwise what the entities `{kind}` were from {from} to {to}: cut one of them with \
                     `heal record slice` first"
                )));
            }
            let before = rows.filter(|row| row.since < from).map(|row| {
                // What the next one does not tell of any more has ended when it begins.
                let until = row.until.map_or(from, |until| until.min(from));
                LivedEntity { until: Some(until), ..row.clone() }
            });
            all.extend(before);
        }
    }
    Ok(without_repeats(all))
}
