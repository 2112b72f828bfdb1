//! Events of a report in the form in which they are kept.

use heal_engine::{FiringEnd, RecordedRun, RecordedVerdict};
use heal_program::{Millis, SemanticHash, Severity};

use super::{Kept, Reader, Writer};
use crate::{
    ActionRun, ApprovalRequest, Catch, Escalation, Figures, Firing, Peak, Range, Reading, Run, Score,
    VerifiedBy, Withheld, Withholding, parts::Unlisted,
};

/// A table of the values of a type that has few, and the numbers that stand for them.
macro_rules! numbered {
    ($type:ty { $($number:literal: $value:path),+ $(,)? }) => {
        impl Kept for $type {
            fn write(&self, writer: &mut Writer) {
                writer.number(match self { $($value => $number),+ });
            }

            fn read(reader: &mut Reader<'_>) -> Option<$type> {
                match reader.number()? {
                    $($number => Some($value),)+
                    _ => None,
                }
            }
        }
    };
}

numbered!(Severity { 0: Severity::Info, 1: Severity::Warning, 2: Severity::Critical });
numbered!(FiringEnd { 0: FiringEnd::Cleared, 1: FiringEnd::Lost, 2: FiringEnd::Replaced });
numbered!(Withholding {
    0: Withholding::Limit,
    1: Withholding::Cooldown,
    2: Withholding::Approval,
    3: Withholding::Busy,
    4: Withholding::ConditionUnknown,
    5: Withholding::RequireUnknown,
    6: Withholding::RequireNotRecorded,
    7: Withholding::Paused,
    8: Withholding::GroupUnknown,
    9: Withholding::Concurrency,
    10: Withholding::BlastRadius,
    11: Withholding::LiveCountUnknown,
    12: Withholding::Breaker,
    13: Withholding::Freeze,
    14: Withholding::Only,
    15: Withholding::CalendarUnknown,
    16: Withholding::Canary,
    17: Withholding::Storm,
    18: Withholding::Disturbed,
    19: Withholding::Topology,
    20: Withholding::NotRunnable,
});

/// A type whose fields are written one after the other, each in its own way.
macro_rules! fields {
    ($type:ident { $($field:ident: $way:ident),+ $(,)? }) => {
        impl Kept for $type {
            fn write(&self, writer: &mut Writer) {
                let $type { $($field),+ } = self;
                $(fields!(write writer $field $way);)+
            }

            fn read(reader: &mut Reader<'_>) -> Option<$type> {
                $(let $field = fields!(read reader $way);)+
                Some($type { $($field),+ })
            }
        }
    };
    (write $writer:ident $field:ident hash) => { $writer.hash(*$field) };
    (write $writer:ident $field:ident text) => { $writer.text($field) };
    (write $writer:ident $field:ident labels) => { $writer.labels($field) };
    (write $writer:ident $field:ident time) => { $writer.time(*$field) };
    (write $writer:ident $field:ident float) => { $writer.float(*$field) };
    (write $writer:ident $field:ident bool) => { $writer.bool(*$field) };
    (write $writer:ident $field:ident number) => { $writer.number(u64::from(*$field)) };
    (write $writer:ident $field:ident kept) => { $field.write($writer) };
    (write $writer:ident $field:ident all) => { $writer.all($field) };
    (write $writer:ident $field:ident maybe_text) => { $writer.option($field.as_deref(), Writer::text) };
    (write $writer:ident $field:ident maybe_time) => { $writer.option(*$field, Writer::time) };
    (write $writer:ident $field:ident maybe_float) => { $writer.option(*$field, Writer::float) };
    (write $writer:ident $field:ident maybe_number) => { $writer.option(*$field, Writer::number) };
    (write $writer:ident $field:ident maybe) => {
        $writer.option($field.as_ref(), |writer, value| value.write(writer))
    };
    (read $reader:ident hash) => { $reader.hash()? };
    (read $reader:ident text) => { $reader.text()? };
    (read $reader:ident labels) => { $reader.labels()? };
    (read $reader:ident time) => { $reader.time()? };
    (read $reader:ident float) => { $reader.float()? };
    (read $reader:ident bool) => { $reader.bool()? };
    (read $reader:ident number) => { $reader.number()?.try_into().ok()? };
    (read $reader:ident kept) => { Kept::read($reader)? };
    (read $reader:ident all) => { $reader.all()? };
    (read $reader:ident maybe_text) => { $reader.option(Reader::text)? };
    (read $reader:ident maybe_time) => { $reader.option(Reader::time)? };
    (read $reader:ident maybe_float) => { $reader.option(Reader::float)? };
    (read $reader:ident maybe_number) => { $reader.option(Reader::number)? };
    (read $reader:ident maybe) => { $reader.option(Kept::read)? };
}

fields!(Firing {
    id: hash,
    labels: labels,
    severity: kept,
    pending_since: time,
    start: time,
    end: maybe_time,
    ended: maybe,
    readings: all,
    peaks: all,
    incidents: all,
});
fields!(Reading { expression: text, value: maybe_float, text: text, counted: bool });
fields!(Peak {
    signal: text,
    at: time,
    value: float,
    text: text,
    falling: bool,
    labels: labels,
    series_count: number,
});
fields!(Run {
    id: hash,
    firing: hash,
    plan: text,
    rung: number,
    labels: labels,
    start: time,
    end: maybe_time,
    outcome: maybe_text,
    verified_by: maybe,
    is_revert: bool,
    actions: all,
});
fields!(ActionRun { id: hash, item: text, step: text, summary: text, at: time, outcome: maybe_text });
fields!(Withheld {
    id: hash,
    firing: hash,
    plan: text,
    rung: number,
    labels: labels,
    at: time,
    guard: kept,
    reason: text,
});
fields!(ApprovalRequest {
    id: hash,
    firing: hash,
    plan: text,
    team: text,
    labels: labels,
    at: time,
    until: time,
    ended_at: maybe_time,
    outcome: maybe_text,
});
fields!(Unlisted { id: hash, firing: hash, what: text, labels: labels, at: time });
fields!(Escalation { id: hash, firing: hash, channel: maybe_text, labels: labels, at: time, reason: text });
fields!(Score {
    incidents: number,
    caught: all,
    missed: all,
    median_time_to_detect: maybe,
    false_alarms: all,
});
fields!(Catch { incident: text, firing: hash, time_to_detect: kept });
fields!(Range { min: number, max: number });
fields!(Figures {
    incidents: number,
    caught: number,
    median_time_to_detect: maybe,
    firings: number,
    false_alarms: maybe_number,
    flapping: number,
    runs: kept,
    actions: kept,
    actions_in_worst_minute: kept,
    withheld: kept,
    withheld_in_all: kept,
    approvals: kept,
    escalations: kept,
    median_time_to_repair: maybe,
    median_time_recorded: maybe,
});

fields!(RecordedRun {
    item: text,
    labels: labels,
    start: time,
    end: maybe_time,
    verdict: kept,
    note: text,
    source: text,
    file: text,
});

/// The verdicts, in the order of their numbers.
const VERDICTS: [RecordedVerdict; 5] = [
    RecordedVerdict::Passed,
    RecordedVerdict::Failed,
    RecordedVerdict::StepFailed,
    RecordedVerdict::Done,
    RecordedVerdict::Unknown,
];

impl Kept for RecordedVerdict {
    fn write(&self, writer: &mut Writer) {
        let at = VERDICTS.iter().position(|verdict| verdict == self);
        writer.number(at.map_or(u64::MAX, |at| at as u64));
    }

    fn read(reader: &mut Reader<'_>) -> Option<RecordedVerdict> {
        VERDICTS.get(usize::try_from(reader.number()?).ok()?).copied()
    }
}

impl Kept for VerifiedBy {
    fn write(&self, writer: &mut Writer) {
        match self {
            VerifiedBy::Course => writer.number(0),
            VerifiedBy::Declared { affects } => {
                writer.number(1);
                writer.all(affects);
            }
            VerifiedBy::Recorded(recorded) => {
                writer.number(2);
                recorded.write(writer);
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> Option<VerifiedBy> {
        Some(match reader.number()? {
            0 => VerifiedBy::Course,
            1 => VerifiedBy::Declared { affects: reader.all()? },
            2 => VerifiedBy::Recorded(Kept::read(reader)?),
            _ => return None,
        })
    }
}

impl Kept for String {
    fn write(&self, writer: &mut Writer) {
        writer.text(self);
    }

    fn read(reader: &mut Reader<'_>) -> Option<String> {
        reader.text()
    }
}

impl Kept for SemanticHash {
    fn write(&self, writer: &mut Writer) {
        writer.hash(*self);
    }

    fn read(reader: &mut Reader<'_>) -> Option<SemanticHash> {
        reader.hash()
    }
}

impl Kept for Millis {
    fn write(&self, writer: &mut Writer) {
        writer.number(self.0.cast_unsigned());
    }

    fn read(reader: &mut Reader<'_>) -> Option<Millis> {
        Some(Millis(reader.number()?.cast_signed()))
    }
}

impl Kept for std::collections::BTreeMap<Withholding, Range> {
    fn write(&self, writer: &mut Writer) {
        writer.number(self.len() as u64);
        for (guard, count) in self {
            guard.write(writer);
            count.write(writer);
        }
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let count = reader.count()?;
        (0..count).map(|_| Some((Kept::read(reader)?, Kept::read(reader)?))).collect()
    }
}
