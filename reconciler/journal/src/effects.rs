//! What the engine asked for: written before it leaves, settled when its end is known.

use heal_program::{SemanticHash, Timestamp};
use rusqlite::{Row, Transaction, params};

use crate::journal::{loaded, stored};
use crate::{Journal, JournalError};

/// How many settled effects are kept once a restart does not need them.
pub const EFFECTS_MAX: u32 = 50_000;

/// What an effect is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EffectKind {
    /// A step of a plan.
    Act,
    /// A question about the world.
    Query,
    /// A request for approval.
    Ask,
    /// A message to people.
    Escalate,
}

/// An effect that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedEffect {
    /// Its id: a hash of its cause.
    pub id: SemanticHash,
    /// The input that led to it.
    pub seq: u64,
    /// The engine's `now`.
    pub asked_at: Timestamp,
    /// What it is.
    pub kind: EffectKind,
    /// The effect as JSON.
    pub json: String,
}

/// The end of an effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Which effect.
    pub effect: SemanticHash,
    /// When its end was known.
    pub at: Timestamp,
    /// How it ended, for people.
    pub outcome: String,
}

/// An effect with its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectRecord {
    /// The effect as it was asked for the first time.
    pub asked: AskedEffect,
    /// How it ended, for people; none while it is open.
    pub outcome: Option<String>,
    /// When its end was known.
    pub settled_at: Option<Timestamp>,
}

impl Journal {
    /// Effects whose end is not known, in the order in which they were asked for.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn open_effects(&self) -> Result<Vec<EffectRecord>, JournalError> {
        self.read_effects("WHERE outcome IS NULL ORDER BY number LIMIT ?1", u32::MAX)
    }

    /// The last `count_max` effects of one kind, newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn effects(&self, kind: EffectKind, count_max: u32) -> Result<Vec<EffectRecord>, JournalError> {
        let rest = format!("WHERE kind = '{}' ORDER BY number DESC LIMIT ?1", kind.name());
        self.read_effects(&rest, count_max)
    }

    /// Whether an effect was asked for before, and how it ended.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn effect(&self, id: SemanticHash) -> Result<Option<EffectRecord>, JournalError> {
        let rest = format!("WHERE id = '{id}' LIMIT ?1");
        Ok(self.read_effects(&rest, 1)?.pop())
    }

    /// How many effects of a kind are known.
    ///
    /// # Errors
    /// When they cannot be counted.
    pub fn effects_count(&self, kind: EffectKind) -> Result<u64, JournalError> {
        let query = "SELECT count(*) FROM effects WHERE kind = ?1";
        let count = self.connection.query_row(query, [kind.name()], |row| row.get(0));
        count.map(loaded).map_err(JournalError::sqlite("count effects"))
    }

    /// `rest` is written by this file only.
    fn read_effects(&self, rest: &str, count_max: u32) -> Result<Vec<EffectRecord>, JournalError> {
        let failed = JournalError::sqlite("read effects");
        let query = format!("SELECT id, seq, asked_at, kind, json, outcome, settled_at FROM effects {rest}");
        let mut statement = self.connection.prepare(&query).map_err(&failed)?;
        let rows = statement.query_map([count_max], |row| Ok(read(row)));
        let rows: Vec<rusqlite::Result<Option<EffectRecord>>> =
            rows.and_then(Iterator::collect).map_err(&failed)?;
        let damaged = || self.damaged("an effect has an id or a kind that does not exist");
        rows.into_iter().map(|row| row.map_err(&failed)?.ok_or_else(damaged)).collect()
    }
}

impl EffectKind {
    /// Its name in the journal.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            EffectKind::Act => "act",
            EffectKind::Query => "query",
            EffectKind::Ask => "ask",
            EffectKind::Escalate => "escalate",
        }
    }

    fn named(name: &str) -> Option<EffectKind> {
        let kinds = [EffectKind::Act, EffectKind::Query, EffectKind::Ask, EffectKind::Escalate];
        kinds.into_iter().find(|kind| kind.name() == name)
    }
}

/// `None` when an id or a kind is not one.
fn read(row: &Row<'_>) -> rusqlite::Result<Option<EffectRecord>> {
    let (id, kind): (String, String) = (row.get(0)?, row.get(3)?);
    let id: Option<SemanticHash> = serde_json::from_value(serde_json::Value::String(id)).ok();
    let (Some(id), Some(kind)) = (id, EffectKind::named(&kind)) else { return Ok(None) };
    let asked = AskedEffect {
        id,
        seq: loaded(row.get(1)?),
        asked_at: Timestamp(row.get(2)?),
        kind,
        json: row.get(4)?,
    };
    let settled_at: Option<i64> = row.get(6)?;
    Ok(Some(EffectRecord { asked, outcome: row.get(5)?, settled_at: settled_at.map(Timestamp) }))
}

pub(crate) fn insert(transaction: &Transaction<'_>, effects: &[AskedEffect]) -> rusqlite::Result<()> {
    // The first asking counts: the same id is the same effect.
    let sql = "INSERT OR IGNORE INTO effects (id, seq, asked_at, kind, json) VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut statement = transaction.prepare_cached(sql)?;
    for effect in effects {
        let id = effect.id.to_string();
        statement.execute(params![
            id,
            stored(effect.seq),
            effect.asked_at.0,
            effect.kind.name(),
            effect.json
        ])?;
    }
    Ok(())
}

/// The first end counts: a later one changes nothing.
pub(crate) fn settle(transaction: &Transaction<'_>, settled: &[Settled]) -> rusqlite::Result<()> {
    let sql = "UPDATE effects SET outcome = ?2, settled_at = ?3 WHERE id = ?1 AND outcome IS NULL";
    let mut statement = transaction.prepare_cached(sql)?;
    for Settled { effect, at, outcome } in settled {
        statement.execute(params![effect.to_string(), outcome, at.0])?;
    }
    Ok(())
}
