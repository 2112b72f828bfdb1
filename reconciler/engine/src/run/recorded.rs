//! Runs that were really done while a recording was made, and what came of them.
//!
//! A recording does not answer to actions, so a simulation takes a verify for true in one course and for false in the other.
//! Where the same was really done, to the same target and at about that time, what came of that is known: whoever knows
//! the recording tells it as an input, and it decides the verify in both courses. An engine that looks at the world does
//! not listen to it.

use heal_program::{SemanticHash, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    DecidedBy, Engine, Labels, Readings, RunEnd, TraceKind,
    claims::Claims,
    state::{Run, RunVerify, Stage},
};

/// Something that was really done, as a recording tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedRun {
    /// Path of the plan, or of the action, that it was.
    pub item: String,
    /// What it was done to: key fields with their values.
    pub labels: Labels,
    /// When it began.
    pub start: Timestamp,
    /// When it ended; none: nobody recorded it.
    #[serde(default)]
    pub end: Option<Timestamp>,
    /// What came of it.
    pub verdict: RecordedVerdict,
    /// What people wrote about it.
    #[serde(default)]
    pub note: String,
    /// What it is called where it comes from: the number of a job.
    #[serde(default)]
    pub source: String,
    /// The name of the file that it was read from.
    #[serde(default)]
    pub file: String,
}

/// What came of something that was really done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordedVerdict {
    /// It helped.
    Passed,
    /// It was done, and did not help.
    Failed,
    /// A step of it failed.
    StepFailed,
    /// It was done, and nobody wrote down whether it helped: what was recorded afterwards tells.
    Done,
    /// Nobody knows what came of it.
    Unknown,
}

impl RecordedVerdict {
    /// As people write it.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            RecordedVerdict::Passed => "passed",
            RecordedVerdict::Failed => "failed",
            RecordedVerdict::StepFailed => "step failed",
            RecordedVerdict::Done => "done",
            RecordedVerdict::Unknown => "unknown",
        }
    }

    /// Whether it says by itself how a verify comes out.
    #[must_use]
    pub fn is_told(self) -> bool {
        self != RecordedVerdict::Done
    }
}

/// What a run in flight knows of the same run as it was recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Recalled {
    pub(crate) recorded: RecordedRun,
    /// How the run would have been judged without it, where what was recorded afterwards judges it.
    pub(crate) instead: Option<Box<Instead>>,
}

/// How a run is judged: what it claims, its conditions, and since when they are looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Instead {
    claims: Option<Claims>,
    verifies: Vec<RunVerify>,
    since: Timestamp,
}

impl Run {
    /// What the same run came to when it was really done, where that says how its verify comes out.
    pub(crate) fn told_verdict(&self) -> Option<&RecordedRun> {
        self.recalled.as_ref().map(|it| &it.recorded).filter(|recorded| recorded.verdict.is_told())
    }

    /// What decides its verify where both courses come to the same.
    pub(super) fn decided_by(&self, affects: &[String]) -> DecidedBy {
        match &self.recalled {
            Some(recalled) => DecidedBy::Recorded(recalled.recorded.clone()),
            None => DecidedBy::Declared { affects: affects.to_vec() },
        }
    }
}

impl Engine {
    /// The same run was really done while the recording was made.
    pub(crate) fn take_recorded(&mut self, unit: SemanticHash, recorded: RecordedRun) {
        if self.state.assumed_verify.is_none() {
            return;
        }
        let mut runs = self.state.runs.values_mut();
        let run = runs.find(|run| run.units.iter().any(|own| own.id == unit && own.started.is_some()));
        let Some(run) = run.filter(|run| matches!(run.stage, Stage::Steps) && !run.verifies.is_empty())
        else {
            return;
        };
        run.recalled = Some(Recalled { recorded, instead: None });
    }

    /// The steps of a run are done: what it verifies is looked at from now on, or from the end of the same run as it was
    /// recorded, where what was recorded after that judges it.
    pub(super) fn begin_verifying(&mut self, id: SemanticHash) {
        let now = self.state.now;
        let Some(mut run) = self.state.runs.remove(&id) else { return };
        let mut since = now;
        if let Some(Recalled { recorded, instead }) = &mut run.recalled
            && !recorded.verdict.is_told()
        {
            let mut verifies = run.verifies.clone();
            match self.claims_of_recorded((&run.policy, run.claims.as_ref()), &mut verifies) {
                Some(claims) => {
                    since = now.max(recorded.end.unwrap_or(recorded.start));
                    let claims = run.claims.replace(claims);
                    let verifies = std::mem::replace(&mut run.verifies, verifies);
                    *instead = Some(Box::new(Instead { claims, verifies, since: now }));
                }
                // Nothing that could judge it was recorded.
                None => run.recalled = None,
            }
        }
        run.stage = Stage::Verifying(since);
        self.state.runs.insert(id, run);
        self.plan_verify(id, since);
    }

    /// What a run was for is over before the same was really done: that was done for something else. What it verifies is looked
    /// at from now on, if it is looked at: nobody did meanwhile.
    pub(crate) fn forget_recorded(&mut self, id: SemanticHash) {
        let now = self.state.now;
        let Some(run) = self.state.runs.get_mut(&id) else { return };
        let Some(recalled) = run.recalled.take_if(|it| it.recorded.start > now) else { return };
        let Stage::Verifying(mut since) = run.stage else { return };
        let looks_as_planned = recalled.instead.is_none() && run.claims.is_none();
        if let Some(instead) = recalled.instead {
            let Instead { claims, verifies, since: own } = *instead;
            (run.claims, run.verifies, since) = (claims, verifies, own);
        }
        if run.claims.is_some() {
            since = now;
        }
        run.stage = Stage::Verifying(since);
        if !looks_as_planned {
            self.plan_verify(id, now);
        }
    }

    /// The verdict on a run that is known from when it was really done, at the time at which it would be judged: as soon as it
    /// could pass, or when its time is over.
    pub(super) fn recall_verdict(&mut self, id: SemanticHash, (begin, at): (Timestamp, Timestamp)) {
        let Some(run) = self.state.runs.get(&id) else { return };
        let Some(recorded) = run.told_verdict() else { return };
        let passed = recorded.verdict == RecordedVerdict::Passed;
        let Some(over) = Engine::time_to_assume(run, begin, passed) else { return };
        // It cannot have helped before it began.
        let over = if passed { over.max(recorded.start) } else { over };
        if at < over {
            self.plan_verify(id, at);
            return;
        }
        let when = recorded.start;
        let end = match recorded.verdict {
            RecordedVerdict::Passed | RecordedVerdict::Done => RunEnd::Passed,
            RecordedVerdict::Failed => {
                RunEnd::Failed { reason: format!("its verify failed when it was really run, at {when}") }
            }
            RecordedVerdict::StepFailed => {
                RunEnd::Failed { reason: format!("a step failed when it was really run, at {when}") }
            }
            RecordedVerdict::Unknown => RunEnd::Inconclusive {
                reason: format!("nobody knows what came of it when it was really run, at {when}"),
            },
        };
        let by = run.decided_by(&[]);
        let started = run.units.iter().filter(|unit| unit.started.is_some() && !unit.ended);
        for run in started.map(|unit| unit.id).collect::<Vec<_>>() {
            self.record(TraceKind::VerifyDecided { run, by: by.clone(), values: Readings::new() });
        }
        self.conclude(id, end);
    }
}
