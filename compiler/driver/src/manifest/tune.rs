//! `[tune.cost]`: what `heal tune` takes things to cost.

use super::{Reader, Section};

/// What a missed incident, a false alarm, an action and an unnoticed minute of an incident cost, as far as it is said.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TuneCost {
    /// An incident that nothing noticed, besides its minutes.
    pub missed: Option<f64>,
    /// A firing in no incident.
    pub false_alarm: Option<f64>,
    /// An action that is asked for.
    pub action: Option<f64>,
    /// A minute of an incident before it is noticed.
    pub minute: Option<f64>,
}

impl TuneCost {
    /// The most that anything may cost: far beyond every meaning, and no sum of so much ends.
    pub const MAX: f64 = 1e12;
}

impl Reader {
    pub(super) fn tune_cost(&mut self, whole: Section<'_>) -> TuneCost {
        let Some(tune) = self.section(whole, "tune", "tune") else { return TuneCost::default() };
        self.keys(tune, &["cost"]);
        let Some(cost) = self.section(tune, "cost", "tune.cost") else { return TuneCost::default() };
        self.keys(cost, &["missed", "false_alarm", "action", "minute"]);
        TuneCost {
            missed: self.number(cost, "missed", TuneCost::MAX),
            false_alarm: self.number(cost, "false_alarm", TuneCost::MAX),
            action: self.number(cost, "action", TuneCost::MAX),
            minute: self.number(cost, "minute", TuneCost::MAX),
        }
    }
}
