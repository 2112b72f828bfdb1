//! `[gates]`: what a change may do without one of its owners.

use heal_program::{Millis, Risk};

use super::{Reader, Section, Written};

/// What a change may do without one of its owners. What is not said bounds nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gates {
    /// Who may let a change through that breaks a gate or loosens a guard.
    pub owners: Vec<String>,
    /// Most incidents that it may no longer catch.
    pub missed_incidents: Option<u32>,
    /// Most false alarms that it may add.
    pub false_alarms: Option<u32>,
    /// Most runs of plans that it may add.
    pub plans_started: Option<u32>,
    /// How much later it may detect any incident.
    pub slower_detection: Option<Millis>,
    /// Most policies that it may touch of which it cannot be told what they would have done.
    pub unknown_impact: Option<u32>,
    /// What no policy's guard may be looser than.
    pub floors: Floors,
}

/// What no policy's guard may be looser than.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Floors {
    /// Most run starts of a policy in a window.
    pub limit: Option<LimitFloor>,
    /// The shortest cooldown.
    pub cooldown: Option<Millis>,
    /// Policies with plans of this risk, or of a higher one, always ask for an approval.
    pub approval: Option<Risk>,
}

/// `limit = "20 per 1h"`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitFloor {
    /// Most run starts.
    pub runs_max: u32,
    /// In which window.
    pub window: Millis,
}

impl Reader {
    pub(super) fn gates(&mut self, whole: Section<'_>) -> Gates {
        let Some(gates) = self.section(whole, "gates", "gates") else { return Gates::default() };
        self.keys(
            gates,
            &[
                "owners",
                "missed_incidents",
                "false_alarms",
                "plans_started",
                "slower_detection",
                "unknown_impact",
                "floors",
            ],
        );
        Gates {
            owners: self.owners(gates),
            missed_incidents: self.count(gates, "missed_incidents"),
            false_alarms: self.count(gates, "false_alarms"),
            plans_started: self.count(gates, "plans_started"),
            slower_detection: self.text(gates, "slower_detection").and_then(|span| self.span(span)),
            unknown_impact: self.count(gates, "unknown_impact"),
            floors: self.floors(gates),
        }
    }

    fn owners(&mut self, gates: Section<'_>) -> Vec<String> {
        let mut owners: Vec<String> = Vec::new();
        for Written { text, range } in self.texts(gates, "owners") {
            let name = text.trim();
            if name.is_empty() {
                self.report(range, "an owner has a name", "write who it is, such as `\"sre\"`");
            } else if owners.iter().any(|before| before == name) {
                self.report(range, format!("the owner `{name}` stands twice"), "leave one of them out");
            } else {
                owners.push(name.to_owned());
            }
        }
        owners
    }

    fn floors(&mut self, gates: Section<'_>) -> Floors {
        let Some(floors) = self.section(gates, "floors", "gates.floors") else { return Floors::default() };
        self.keys(floors, &["limit", "cooldown", "approval"]);
        Floors {
            limit: self.text(floors, "limit").and_then(|limit| self.limit(limit)),
            cooldown: self.text(floors, "cooldown").and_then(|span| self.span(span)),
            approval: self.text(floors, "approval").and_then(|risk| self.risk(risk)),
        }
    }

    fn limit(&mut self, Written { text, range }: Written) -> Option<LimitFloor> {
        let parts: Vec<&str> = text.split_whitespace().collect();
        if let [runs, "per", window] = parts.as_slice()
            && let (Ok(runs_max), Some(window)) = (runs.parse(), super::span::parsed(window))
        {
            return Some(LimitFloor { runs_max, window });
        }
        self.report(range, format!("`{text}` is no limit"), "write it as `20 per 1h`");
        None
    }

    fn risk(&mut self, Written { text, range }: Written) -> Option<Risk> {
        match text.as_str() {
            "low" => Some(Risk::Low),
            "medium" => Some(Risk::Medium),
            "high" => Some(Risk::High),
            other => {
                self.report(range, format!("`{other}` is no risk"), "write `low`, `medium` or `high`");
                None
            }
        }
    }
}
