//! Pieces of a stretch: how it is cut, and when one is cut again.

use heal_program::{Millis, Timestamp};

use super::Stretch;
use crate::PrometheusError;

/// Steps that are asked for at once, both ends inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
}

impl Piece {
    /// How many steps it has.
    pub(super) fn points(self, step: Millis) -> u64 {
        (self.end.since(self.start).0 / step.0.max(1)).unsigned_abs() + 1
    }

    /// Its earlier and its later half; none of a single step.
    pub(super) fn halves(self, step: Millis) -> Option<(Piece, Piece)> {
        let points = i64::try_from(self.points(step)).ok()?;
        let middle = self.start.plus(Millis(step.0.saturating_mul((points - 1) / 2)));
        let later = Piece { start: middle.plus(step), end: self.end };
        (points > 1).then_some((Piece { start: self.start, end: middle }, later))
    }
}

/// A stretch in pieces of at most `points_max` steps, the last one first.
pub(super) fn pieces(stretch: &Stretch, points_max: u64) -> Vec<Piece> {
    let steps = i64::try_from(points_max.max(1)).unwrap_or(i64::MAX);
    let length = Millis(stretch.step.0.saturating_mul(steps - 1));
    let mut pieces = Vec::new();
    let mut start = stretch.start;
    while start <= stretch.end {
        let end = start.plus(length).min(stretch.end);
        pieces.push(Piece { start, end });
        start = end.plus(stretch.step);
    }
    pieces.reverse();
    pieces
}

/// Whether less at once may go well: too many bytes, too many samples for the server, or too much to compute in time.
pub(super) fn is_too_much(error: &PrometheusError) -> bool {
    match error {
        PrometheusError::TooLarge { .. } | PrometheusError::TimedOut { .. } => true,
        PrometheusError::Refused { message, .. } | PrometheusError::Unavailable { message, .. } => {
            ["too many samples", "exceeded maximum resolution", "query timed out"]
                .iter()
                .any(|text| message.contains(text))
        }
        PrometheusError::Address { .. }
        | PrometheusError::Unreachable { .. }
        | PrometheusError::Denied { .. }
        | PrometheusError::Moved { .. }
        | PrometheusError::Malformed { .. }
        | PrometheusError::Secret(_)
        | PrometheusError::UnusableSecret => false,
    }
}
