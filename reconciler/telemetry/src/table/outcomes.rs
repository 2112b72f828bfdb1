//! `outcomes.parquet`: what was really done, and how it ended.

use heal_program::Timestamp;
use parquet::data_type::{ByteArray, Int64Type};

use super::reader::TableReader;
use super::writer::{Column, GROUP_ROWS, TableWriter};
use super::{Encoded, OUTCOMES_FILE};
use crate::labels::{labels_from_json, labels_to_json};
use crate::source::Source;
use crate::{OUTCOMES_MAX, Outcome, RecordingError, Verdict};

const SCHEMA: &str = "message outcomes {
  REQUIRED INT64 start (TIMESTAMP(MILLIS, true));
  OPTIONAL INT64 end (TIMESTAMP(MILLIS, true));
  REQUIRED BYTE_ARRAY item (STRING);
  REQUIRED BYTE_ARRAY labels (STRING);
  REQUIRED BYTE_ARRAY outcome (STRING);
  REQUIRED BYTE_ARRAY note (STRING);
  REQUIRED BYTE_ARRAY source (STRING);
  REQUIRED BYTE_ARRAY file (STRING);
}";

/// Encodes outcomes.
pub(crate) fn write_outcomes(outcomes: &[Outcome]) -> Result<Encoded, RecordingError> {
    let mut writer = TableWriter::in_memory(OUTCOMES_FILE, SCHEMA)?;
    for outcomes in outcomes.chunks(GROUP_ROWS) {
        let texts = |text: fn(&Outcome) -> &str| -> Vec<ByteArray> {
            outcomes.iter().map(|outcome| text(outcome).into()).collect()
        };
        let starts: Vec<i64> = outcomes.iter().map(|outcome| outcome.start.0).collect();
        let ends: Vec<i64> = outcomes.iter().filter_map(|outcome| Some(outcome.end?.0)).collect();
        let has_end: Vec<i16> = outcomes.iter().map(|outcome| i16::from(outcome.end.is_some())).collect();
        let labels: Vec<ByteArray> =
            outcomes.iter().map(|outcome| labels_to_json(&outcome.labels).as_str().into()).collect();
        let columns = [
            Column::Integers(&starts),
            Column::OptionalIntegers(&ends, &has_end),
            Column::Texts(&texts(|outcome| &outcome.item)),
            Column::Texts(&labels),
            Column::Texts(&texts(|outcome| outcome.verdict.word())),
            Column::Texts(&texts(|outcome| &outcome.note)),
            Column::Texts(&texts(|outcome| &outcome.source)),
            Column::Texts(&texts(|outcome| &outcome.file)),
        ];
        writer.group(outcomes.len(), &columns)?;
    }
    writer.encoded()
}

/// Decodes outcomes.
pub(crate) fn read_outcomes(source: Source) -> Result<Vec<Outcome>, RecordingError> {
    let table = TableReader::open(OUTCOMES_FILE, source, SCHEMA, OUTCOMES_MAX)?;
    let mut outcomes = Vec::new();
    for group in table.groups() {
        let group = group?;
        let starts = group.column::<Int64Type>(0)?.values;
        let ends = group.column::<Int64Type>(1)?;
        let mut values = ends.values.into_iter();
        let ends = ends.present.into_iter().map(|present| if present == 1 { values.next() } else { None });
        let texts = group.texts(2)?.into_iter().zip(group.texts(3)?).zip(group.texts(4)?);
        let about = group.texts(5)?.into_iter().zip(group.texts(6)?).zip(group.texts(7)?);
        let rows = starts.into_iter().zip(ends).zip(texts).zip(about);
        for (((start, end), ((item, labels), word)), ((note, source), file)) in rows {
            let labels = labels_from_json(&labels)
                .ok_or_else(|| malformed(format!("has malformed labels of `{item}`")))?;
            let verdict = Verdict::ALL.into_iter().find(|verdict| verdict.word() == word);
            let verdict =
                verdict.ok_or_else(|| malformed(format!("has the outcome `{word}`, which there is not")))?;
            let (start, end) = (Timestamp(start), end.map(Timestamp));
            outcomes.push(Outcome { start, item, labels, end, verdict, note, source, file });
        }
    }
    Ok(outcomes)
}

fn malformed(reason: impl Into<String>) -> RecordingError {
    RecordingError::malformed(OUTCOMES_FILE, reason)
}
