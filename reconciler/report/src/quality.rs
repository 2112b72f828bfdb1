//! How well what signals read was recorded, and which policies rely on it.

use heal_program::{Millis, Program, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{DetectorReport, Telemetry, times, units};

/// So many jumps of the unit are told of a signal.
const JUMPS_SHOWN_MAX: usize = 3;

/// How well was recorded what a signal reads: what to know before believing a number made from it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SignalQuality {
    /// The signal's path.
    pub signal: String,
    /// How many of the recording's series it reads.
    pub series: u64,
    /// How many of them something is wrong with.
    pub series_in_trouble: u64,
    /// Steps longer than one and a half times the median one.
    pub gaps: u64,
    /// The longest of them.
    pub longest_gap: Option<Millis>,
    /// Rows at the time of an earlier one; they were left out.
    pub repeated: u64,
    /// Rows that stood after a later one; they were sorted.
    pub out_of_order: u64,
    /// Rows without a value.
    pub missing: u64,
    /// Values that were no finite numbers; they were left out.
    pub non_finite: u64,
    /// Series that have one value only.
    pub constant: u64,
    /// Stretches of equal samples in series that usually change.
    pub flat: u64,
    /// The longest of them.
    pub longest_flat: Option<Millis>,
    /// Where values change for good by a factor by which units differ, by time.
    pub unit_jumps: Vec<UnitJump>,
    /// The policies whose detectors read the signal, sorted.
    pub policies: Vec<String>,
}

/// A lasting change by a factor by which units differ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnitJump {
    /// The first sample after it.
    pub at: Timestamp,
    /// 10, 100, 1000 or 1024, or one of them below 1.
    pub factor: f64,
}

impl SignalQuality {
    /// Whether a reader should look twice at what rests on it. A series with one value only may be a limit.
    #[must_use]
    pub fn is_in_trouble(&self) -> bool {
        let counts = [self.gaps, self.repeated, self.out_of_order, self.missing, self.non_finite, self.flat];
        counts.iter().any(|count| *count > 0) || !self.unit_jumps.is_empty()
    }

    /// What there is to say; nothing where it is complete.
    pub(crate) fn text(&self) -> String {
        let mut parts = Vec::new();
        let longest = |count: u64, one: &str, many: &str, longest: Option<Millis>| match longest {
            Some(longest) if count == 1 => format!("1 {one} of {longest}"),
            Some(longest) => format!("{} {many}, the longest {longest}", units::count(count)),
            None => units::counted(count, one, many),
        };
        if self.gaps > 0 {
            parts.push(longest(self.gaps, "gap", "gaps", self.longest_gap));
        }
        for (count, one, many) in [
            (self.repeated, "row at a repeated time, left out", "rows at a repeated time, left out"),
            (self.out_of_order, "row out of order, sorted", "rows out of order, sorted"),
            (self.missing, "row without a value", "rows without a value"),
            (
                self.non_finite,
                "value that is no finite number, left out",
                "values that are no finite numbers, left out",
            ),
        ] {
            if count > 0 {
                parts.push(units::counted(count, one, many));
            }
        }
        if self.flat > 0 {
            parts.push(longest(self.flat, "flat stretch", "flat stretches", self.longest_flat));
        }
        parts.extend(self.unit_jumps.iter().take(JUMPS_SHOWN_MAX).map(UnitJump::text));
        if let Some(more) = self.unit_jumps.len().checked_sub(JUMPS_SHOWN_MAX).filter(|more| *more > 0) {
            parts.push(format!("{more} more such jumps"));
        }
        match (self.constant, self.series) {
            (0, _) => {}
            (_, 1) => parts.push("it never changes".to_owned()),
            (1, _) => parts.push("1 series never changes".to_owned()),
            (constant, _) => {
                parts.push(format!("{} never change", units::counted(constant, "series", "series")))
            }
        }
        let text = parts.join("; ");
        if self.series > 1 && !text.is_empty() {
            let troubled = units::count(self.series_in_trouble);
            format!("{text} (in {troubled} of {} series)", units::count(self.series))
        } else {
            text
        }
    }
}

impl UnitJump {
    fn text(&self) -> String {
        let by = if self.factor > 1.0 {
            format!("{} times", self.factor)
        } else {
            format!("1/{}", (1.0 / self.factor).round())
        };
        format!("from {} on {by} as much: another unit?", times::instant(self.at))
    }
}

/// What is to be said of the signals that these detectors read, and which policies act on those.
pub(crate) fn quality_of(
    program: &Program,
    telemetry: &Telemetry,
    detectors: &[DetectorReport],
) -> Vec<SignalQuality> {
    let mut all = Vec::new();
    let told = telemetry.quality.iter().cloned().map(|quality| without_resets(program, quality));
    for quality in told.filter(|quality| !quality.text().is_empty()) {
        let readers = detectors.iter().filter(|detector| detector.signals.contains(&quality.signal));
        let mut policies: Vec<String> =
            readers.flat_map(|detector| detector.policies.iter().cloned()).collect();
        policies.sort();
        policies.dedup();
        all.push(SignalQuality { policies, ..quality });
    }
    all
}

/// A counter that begins anew, as one does whose process restarts, is in no other unit for that.
fn without_resets(program: &Program, mut quality: SignalQuality) -> SignalQuality {
    let is_counter =
        program.signals.iter().any(|signal| signal.counter && signal.head.path == quality.signal);
    quality.unit_jumps.retain(|jump| !(is_counter && jump.factor < 1.0));
    quality
}

#[cfg(test)]
mod tests {
    use heal_program::{Dimension, Millis, Timestamp};

    use super::{SignalQuality, UnitJump};

    #[test]
    fn each_trouble_is_said_in_words_and_none_where_there_is_none() {
        assert_eq!(SignalQuality { series: 3, ..SignalQuality::default() }.text(), "");
        let quality = SignalQuality {
            series: 3,
            series_in_trouble: 2,
            gaps: 2,
            longest_gap: Some(Millis::from_minutes(90)),
            repeated: 1,
            out_of_order: 4,
            flat: 1,
            longest_flat: Some(Millis::from_minutes(30)),
            constant: 1,
            unit_jumps: vec![UnitJump { at: Timestamp(1_767_225_600_000), factor: 0.001 }],
            ..SignalQuality::default()
        };
        insta::assert_snapshot!(
            quality.text(),
            @"2 gaps, the longest 1h 30m; 1 row at a repeated time, left out; 4 rows out of order, sorted; 1 flat stretch of 30m; from 2026-01-01 00:00 UTC on 1/1000 as much: another unit?; 1 series never changes (in 2 of 3 series)"
        );
        let limit = SignalQuality { series: 1, constant: 1, ..SignalQuality::default() };
        assert_eq!((limit.text().as_str(), limit.is_in_trouble()), ("it never changes", false));
    }

    #[test]
    fn a_counter_that_begins_anew_is_in_no_other_unit() {
        let program = |counter: bool| {
            let mut program =
                crate::testing::Source::default().signal("reqs", Dimension::COUNT, &["service"]).0;
            program.signals.get_mut(0).into_iter().for_each(|signal| signal.counter = counter);
            program
        };
        let jump = |factor: f64| UnitJump { at: Timestamp(1_767_225_600_000), factor };
        let told = |counter: bool| {
            let unit_jumps = vec![jump(0.1), jump(10.0)];
            let quality = SignalQuality { signal: "reqs".to_owned(), unit_jumps, ..SignalQuality::default() };
            super::without_resets(&program(counter), quality).unit_jumps
        };
        assert_eq!(told(true), [jump(10.0)]);
        assert_eq!(told(false), [jump(0.1), jump(10.0)]);
    }
}
