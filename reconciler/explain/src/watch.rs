//! What a detector saw step by step: the readings behind an explanation.

use heal_engine::{Engine, Key, Labels};
use heal_evaluate::{Facts, evaluate, truth};
use heal_program::{Detector, DetectorIndex, Expression, Learned, LearnedPart, Millis, Program, Timestamp};
use heal_report::expression_text;
use heal_simulator::{GroupLife, SimulationError};

use crate::{
    Reading,
    flips::{Alternative, Need, Sides, alternatives, comparisons, sides},
    readings::{blamed, readings},
};

/// One step of a detector for one key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) at: Timestamp,
    /// What the condition came to.
    pub(crate) truth: Option<bool>,
    /// The sides of its comparisons, where they are numbers.
    pub(crate) sides: Vec<Option<Sides>>,
    /// How far the nearest way to being true was, as it can be compared with other steps.
    pub(crate) distance: f64,
}

/// All that can be said of one step.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Moment {
    pub(crate) at: Timestamp,
    pub(crate) truth: Option<bool>,
    pub(crate) values: Vec<Reading>,
    pub(crate) learned: Vec<Reading>,
    /// How it could have come out otherwise.
    pub(crate) alternatives: Vec<Alternative>,
    /// The parts for which it is unknown.
    pub(crate) unknown: Vec<Expression>,
}

/// What is looked at.
pub(crate) struct Watched<'w> {
    /// The group of the detector.
    pub(crate) life: &'w GroupLife<'w, 'w>,
    pub(crate) program: &'w Program,
    pub(crate) detector: DetectorIndex,
    /// One key; none: all that no label contradicts.
    pub(crate) key: Option<&'w Key>,
    /// What a key may not contradict.
    pub(crate) labels: &'w Labels,
}

impl Watched<'_> {
    /// Looks at every step of a stretch of time, of each key that is seen there.
    pub(crate) fn each(
        &self,
        from: Timestamp,
        to: Timestamp,
        mut look: impl FnMut(&Program, &Detector, &Key, Timestamp, &dyn Facts),
    ) -> Result<(), SimulationError> {
        let mut last = None;
        let visit = |engine: &Engine, now: Timestamp| {
            let Some(node) = engine.program().detector(self.detector) else { return };
            let is_step = now.align_up(Millis(node.every.0.max(1))) == now;
            if !is_step || now < from || last.is_some_and(|last| last >= now) {
                return;
            }
            last = Some(now);
            for key in engine.keys(self.detector) {
                if self.key.is_none_or(|wanted| *wanted == key) {
                    let facts = engine.facts(self.detector, &key, now);
                    look(engine.program(), node, &key, now, &facts);
                }
            }
        };
        let names = self.program.detector(self.detector).map(|node| node.keys.as_slice()).unwrap_or_default();
        let labels: Labels = match self.key {
            Some(key) => names.iter().cloned().zip(key.iter().cloned()).collect(),
            None => self.labels.clone(),
        };
        self.life.observe((self.detector, &labels), to, visit)
    }

    /// The steps of one key, and all that can be said of one of them.
    pub(crate) fn steps(
        &self,
        from: Timestamp,
        to: Timestamp,
        moment: Timestamp,
    ) -> Result<(Vec<Seen>, Option<Moment>), SimulationError> {
        let mut steps = Vec::new();
        let mut found = None;
        self.each(from, to, |program, node, _, at, facts| {
            steps.push(seen(program, node, at, facts));
            if at == moment {
                found = Some(moment_of(program, node, at, facts));
            }
        })?;
        Ok((steps, found))
    }
}

pub(crate) fn seen(program: &Program, node: &Detector, at: Timestamp, facts: &dyn Facts) -> Seen {
    let truth = truth(evaluate(&node.when, facts));
    let sides = comparisons(&node.when).into_iter().map(|it| sides(it, facts)).collect();
    let ways = if truth == Some(true) { Vec::new() } else { alternatives(program, &node.when, true, facts) };
    // Of one comparison the steps are told apart by how far it was; of several, which may measure different things, by shares.
    let is_one = comparisons(&node.when).len() == 1;
    let far = |need: &Need| if is_one { need.gap } else { need.distance };
    let nearest = ways.first().map(|way| way.iter().map(far).fold(0.0, f64::max));
    Seen { at, truth, sides, distance: nearest.unwrap_or(0.0) }
}

pub(crate) fn moment_of(program: &Program, node: &Detector, at: Timestamp, facts: &dyn Facts) -> Moment {
    let truth = truth(evaluate(&node.when, facts));
    let unknown =
        if truth.is_none() { blamed(&node.when, facts).into_iter().cloned().collect() } else { Vec::new() };
    Moment {
        at,
        truth,
        values: as_written(node, readings(program, &node.when, facts)),
        learned: learned(program, &node.when, facts),
        alternatives: alternatives(program, &node.when, truth != Some(true), facts),
        unknown,
    }
}

/// The condition as a whole is shown as people wrote it.
fn as_written(node: &Detector, mut values: Vec<Reading>) -> Vec<Reading> {
    if let Some(whole) = values.first_mut()
        && !node.when_text.is_empty()
    {
        whole.text.clone_from(&node.when_text);
    }
    values
}

/// Value, band and score of everything learned that a condition reads.
fn learned(program: &Program, condition: &Expression, facts: &dyn Facts) -> Vec<Reading> {
    let mut models = Vec::new();
    condition.walk(&mut |part| {
        if let Expression::Learned { signal, model, .. } = part
            && !models.contains(&(*signal, model.clone()))
        {
            models.push((*signal, model.clone()));
        }
    });
    let mut found: Vec<Reading> = Vec::new();
    for (signal, model) in models {
        let parts: &[LearnedPart] = match model {
            Learned::Baseline { .. } => {
                &[LearnedPart::Value, LearnedPart::Lower, LearnedPart::Upper, LearnedPart::Score]
            }
            Learned::Forecast { .. } => &[LearnedPart::Value, LearnedPart::Lower, LearnedPart::Upper],
            Learned::Outlier { .. }
            | Learned::Changepoint { .. }
            | Learned::Anomaly { .. }
            | Learned::Model { .. } => &[LearnedPart::Score],
        };
        for part in parts {
            let expression = Expression::Learned { signal, model: model.clone(), part: *part };
            let text = expression_text(program, &expression);
            let shown = readings(program, &expression, facts);
            found.extend(shown.into_iter().filter(|it| it.text == text && it.depth == 0));
        }
    }
    found
}
