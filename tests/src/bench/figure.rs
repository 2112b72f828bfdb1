//! What a benchmark says.

use std::fmt::Write;

use serde_json::{Value, json};

/// A number that was measured.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What it is: `check.cold.total`.
    pub name: String,
    /// The number.
    pub value: f64,
    /// Its unit: `s`, `MiB`.
    pub unit: &'static str,
    /// What it should be.
    pub target: Option<Target>,
    /// What somebody else needs for the same, with who it is.
    pub peer: Option<(String, f64)>,
}

/// What a figure should be.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
}

impl Target {
    fn is_met_by(self, value: f64) -> bool {
        match self {
            Target::AtMost(most) => value <= most,
            Target::AtLeast(least) => value >= least,
        }
    }

    fn number(self) -> f64 {
        match self {
            Target::AtMost(number) | Target::AtLeast(number) => number,
        }
    }
}

impl Figure {
    /// A figure without target or peer.
    pub fn new(name: &str, value: f64, unit: &'static str) -> Figure {
        Figure { name: name.to_owned(), value, unit, target: None, peer: None }
    }

    /// The same with what it should be at most.
    #[must_use]
    pub fn at_most(self, target: f64) -> Figure {
        Figure { target: Some(Target::AtMost(target)), ..self }
    }

    /// The same with what it should be at least.
    #[must_use]
    pub fn at_least(self, target: f64) -> Figure {
        Figure { target: Some(Target::AtLeast(target)), ..self }
    }

    /// The same with a peer's number, if there is one.
    #[must_use]
    pub fn beside(self, peer: Option<(String, f64)>) -> Figure {
        Figure { peer, ..self }
    }

    /// One line of JSON.
    pub fn json(&self) -> Value {
        let peer = self
            .peer
            .as_ref()
            .map_or_else(|| json!({}), |(name, value)| json!({"name": name, "value": value}));
        json!({"figure": self.name, "value": self.value, "unit": self.unit, "target": self.target.map(Target::number), "peer": peer})
    }
}

/// All that a benchmark says.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What it was measured on, and how.
    pub protocol: Vec<String>,
    /// The figures.
    pub figures: Vec<Figure>,
    /// What could not be measured, and why.
    pub left_out: Vec<String>,
}

impl Report {
    /// For people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.protocol {
            let _ = writeln!(text, "{line}");
        }
        let width = self.figures.iter().map(|figure| figure.name.len()).max().unwrap_or(0);
        for figure in &self.figures {
            let Figure { name, value, unit, target, peer } = figure;
            let _ = write!(text, "{name:width$}  {value:>10.3} {unit}");
            if let Some(target) = target {
                let verdict = if target.is_met_by(*value) { "met" } else { "MISSED" };
                let side = if matches!(target, Target::AtLeast(_)) { "at least " } else { "" };
                let _ = write!(text, "  (target {side}{} {unit}: {verdict})", target.number());
            }
            if let Some((name, value)) = peer {
                let _ = write!(text, "  ({name}: {value:.3} {unit})");
            }
            let _ = writeln!(text);
        }
        for line in &self.left_out {
            let _ = writeln!(text, "not measured: {line}");
        }
        text
    }
}
