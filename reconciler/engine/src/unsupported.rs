//! What a program may say and this engine cannot run yet. Never a stand-in: what hangs on it is not simulated, and live
//! its policies start nothing.

use heal_program::{Expression, ForecastMethod, Learned, Program};

use crate::{
    observe::KernelSpec,
    prepared::{conditions, of_policy},
};

/// Something of an item that cannot be run yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unsupported {
    /// The item's path.
    pub item: String,
    /// What of it.
    pub reason: String,
}

/// What this engine cannot run of a program: the items that say it themselves, sorted, each once. What hangs on them is
/// for whoever asks to find.
#[must_use]
pub fn unsupported(program: &Program) -> Vec<Unsupported> {
    let mut all = Vec::new();
    let mut add = |item: &str, reason: Option<String>| {
        all.extend(reason.map(|reason| Unsupported { item: item.to_owned(), reason }));
    };
    for detector in &program.detectors {
        add(&detector.head.path, conditions(detector).find_map(in_expression));
    }
    for policy in &program.policies {
        add(&policy.head.path, of_policy(program, policy).into_iter().find_map(in_expression));
    }
    all.sort();
    all.dedup_by(|left, right| left.item == right.item);
    all
}

/// What is done otherwise than one might read it, and still as it is documented: by item, sorted.
#[must_use]
pub fn approximations(program: &Program) -> Vec<Unsupported> {
    let is_auto = |expression: &Expression| {
        let mut found = false;
        expression.walk(&mut |part| {
            #[expect(clippy::wildcard_enum_match_arm, reason = "only these two have a method")]
            match part {
                Expression::Learned { model, .. } | Expression::TimeTo { model, .. } => {
                    found |= matches!(model, Learned::Forecast { method: ForecastMethod::Auto, .. });
                }
                _ => {}
            }
        });
        found
    };
    let detectors = program.detectors.iter().filter(|node| conditions(node).any(is_auto));
    let policies =
        program.policies.iter().filter(|policy| of_policy(program, policy).into_iter().any(is_auto));
    let paths = detectors.map(|node| &node.head.path).chain(policies.map(|policy| &policy.head.path));
    let reason = "the forecast is a straight line: there is no other method to choose yet";
    let mut all: Vec<Unsupported> =
        paths.map(|path| Unsupported { item: path.clone(), reason: reason.to_owned() }).collect();
    all.sort();
    all
}

fn in_expression(expression: &Expression) -> Option<String> {
    let mut found = None;
    expression.walk(&mut |part| {
        #[expect(clippy::wildcard_enum_match_arm, reason = "all else is evaluated")]
        let reason = match part {
            Expression::Learned { model, .. } | Expression::TimeTo { model, .. } => in_model(model),
            _ => None,
        };
        if found.is_none() {
            found = reason;
        }
    });
    found
}

fn in_model(model: &Learned) -> Option<String> {
    if KernelSpec::of_learned(model, heal_program::Millis::ZERO).is_some() {
        return None;
    }
    let what = match model {
        Learned::Baseline { .. } => "`baseline`",
        Learned::Forecast { method: ForecastMethod::HoltWinters, .. } => {
            "a forecast with `method: \"holt_winters\"`"
        }
        Learned::Forecast { method: ForecastMethod::Mstl, .. } => "a forecast with `method: \"mstl\"`",
        Learned::Forecast { method: ForecastMethod::Auto | ForecastMethod::Linear, .. } => "`forecast`",
        Learned::Outlier { .. } => "`outlier`",
        Learned::Changepoint { .. } => "`changepoint`",
        Learned::Anomaly { .. } => "`anomaly`",
        Learned::Model { .. } => "`model`",
    };
    Some(format!("{what} cannot be computed yet"))
}
