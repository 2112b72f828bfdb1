//! An engine written down and taken up again.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use heal_program::{Program, SemanticHash};
use serde::{Deserialize, Serialize};

use crate::{
    Effect, Engine, TraceEvent, agenda::Agenda, foretell::Prophecies, prepared::Prepared, state::State,
    swap::in_flight,
};

/// Version of the written form.
pub const SNAPSHOT_VERSION: u32 = 5;

/// All that an engine remembers, with what it has not handed out yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Snapshot {
    version: u32,
    /// Digest of the program that it was taken under.
    program: SemanticHash,
    state: State,
    effects: VecDeque<Effect>,
    trace: Vec<TraceEvent>,
}

/// Why a snapshot cannot be taken up.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Written by a newer Heal.
    #[error(
        "this snapshot has version {found}, and this Heal reads up to {SNAPSHOT_VERSION}: use a newer Heal"
    )]
    Newer {
        /// The version found.
        found: u32,
    },
    /// Written by a Heal from before the first release.
    #[error("this snapshot has version {found}, which no release of Heal wrote: start from an empty journal")]
    Older {
        /// The version found.
        found: u32,
    },
    /// Taken under another program.
    #[error("this snapshot was taken under program {found}, not {expected}: restore that one and swap")]
    OtherProgram {
        /// The program it was taken under.
        found: SemanticHash,
        /// The program at hand.
        expected: SemanticHash,
    },
    /// Not a snapshot.
    #[error("not a snapshot: {0}")]
    Malformed(#[from] serde_json::Error),
}

impl Snapshot {
    /// The written form.
    ///
    /// # Errors
    /// None that is known of: all numbers are written as their bits.
    pub fn to_json(&self) -> Result<String, SnapshotError> {
        Ok(serde_json::to_string(self)?)
    }

    /// Reads the written form.
    ///
    /// # Errors
    /// When the text is no snapshot, or one of a newer version.
    pub fn from_json(text: &str) -> Result<Snapshot, SnapshotError> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let found = serde_json::from_str::<Version>(text)?.version;
        if found > SNAPSHOT_VERSION {
            return Err(SnapshotError::Newer { found });
        }
        if found < SNAPSHOT_VERSION {
            return Err(SnapshotError::Older { found });
        }
        Ok(serde_json::from_str(text)?)
    }
}

impl Engine {
    /// Writes down all that the engine remembers.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            version: SNAPSHOT_VERSION,
            program: self.program.digest(),
            state: self.state.clone(),
            effects: self.effects.clone(),
            trace: self.trace.clone(),
        }
    }

    /// Takes up where a snapshot was taken: equal inputs from here on give an equal trace.
    ///
    /// # Errors
    /// When the snapshot is of another program; restore that program and tell the engine a swap.
    pub fn restore(program: Program, snapshot: Snapshot) -> Result<Engine, SnapshotError> {
        let expected = program.digest();
        if snapshot.program != expected {
            return Err(SnapshotError::OtherProgram { found: snapshot.program, expected });
        }
        let prepared = Prepared::of(&program, &in_flight(&snapshot.state));
        let mut engine = Engine {
            prepared: Arc::new(prepared),
            program: Arc::new(program),
            state: snapshot.state,
            agenda: Agenda::default(),
            prophecies: Prophecies::default(),
            aligned: BTreeMap::new(),
            hindered: None,
            claims_beside: None,
            effects: snapshot.effects,
            trace: snapshot.trace,
        };
        engine.make_agenda();
        Ok(engine)
    }
}
