//! Which lanes there are: each signal that something reads, for each lateness at which it is read.

use std::collections::{BTreeMap, BTreeSet};

use heal_program::{
    Argument, DetectorIndex, Expression, Millis, Plan, Policy, Program, Read, Rung, SignalIndex,
};

use super::{Prepared, Timed, conditions, lateness_of, positions_of};
use crate::observe::KernelSpec;

/// A signal as those see it who look at one lateness.
#[derive(Clone, Debug)]
pub(crate) struct PreparedLane {
    pub(crate) signal: SignalIndex,
    pub(crate) lateness: Millis,
    /// What is computed over its series, sorted.
    pub(crate) kernels: Vec<KernelSpec>,
    /// How far back anything looks.
    pub(crate) reach: Millis,
    /// Whether a key that went silent must be remembered: `absent` is true of it.
    pub(crate) is_remembered: bool,
    /// The name of its source, where what is counted of a log is 0 for a known key while the log lives.
    pub(crate) counted: Option<String>,
    /// The detectors whose keys its series bring, with the positions of their fields.
    pub(crate) keyed: Vec<(DetectorIndex, Vec<usize>)>,
}

impl Prepared {
    pub(super) fn add_lanes(&mut self, program: &Program, in_flight: &[Timed<'_>]) {
        let mut kernels: BTreeMap<(SignalIndex, Millis), (BTreeSet<KernelSpec>, bool)> = BTreeMap::new();
        for (expression, lateness) in expressions(program).into_iter().chain(in_flight.iter().copied()) {
            expression.walk(&mut |part| {
                let Some(Read::Signal(signal, _)) = part.read() else { return };
                let Some(node) = program.signal(signal) else { return };
                let (specs, is_remembered) = kernels.entry((signal, lateness)).or_default();
                specs.extend(KernelSpec::of(part, node.every));
                *is_remembered |= matches!(part, Expression::Absent { .. });
            });
        }
        // A detector that reads another one sees keys by the signals of that one.
        for (detector, node) in self.detectors.iter().zip(&program.detectors) {
            for signal in &detector.signals {
                kernels.entry((*signal, node.lateness)).or_default();
            }
        }
        self.lanes_of = vec![Vec::new(); program.signals.len()];
        for ((signal, lateness), (specs, is_remembered)) in kernels {
            let lane = self.lanes.len();
            let by_signal =
                self.by_lateness.entry(lateness).or_insert_with(|| vec![None; program.signals.len()]);
            if let (Some(slot), Some(lanes)) =
                (by_signal.get_mut(signal.at()), self.lanes_of.get_mut(signal.at()))
            {
                *slot = Some(lane);
                lanes.push(lane);
            }
            let stale = program.signal(signal).map(|node| node.stale_after).unwrap_or_default();
            let reach = specs.iter().map(|spec| spec.span()).max().unwrap_or_default().max(stale);
            let keyed = self.keyed_by(program, signal, lateness);
            let kernels = specs.into_iter().collect();
            let counted = program.signal(signal).filter(|node| node.counts_lines());
            let counted = counted.map(|node| node.source_hash().to_string());
            self.lanes.push(PreparedLane { signal, lateness, kernels, reach, is_remembered, counted, keyed });
        }
    }

    /// Only a signal with the whole key of a detector says which keys there are; the others are joined to them.
    fn keyed_by(
        &self,
        program: &Program,
        signal: SignalIndex,
        lateness: Millis,
    ) -> Vec<(DetectorIndex, Vec<usize>)> {
        let keys = program.signal(signal).map(|node| node.keys.as_slice()).unwrap_or_default();
        let detectors = (0..).zip(self.detectors.iter().zip(&program.detectors));
        detectors
            .filter(|(_, (prepared, node))| node.lateness == lateness && prepared.signals.contains(&signal))
            .filter_map(|(at, (_, node))| Some((DetectorIndex(at), positions_of(&node.keys, keys)?)))
            .collect()
    }
}

/// Every expression that is evaluated against what is observed, with the lateness at which it is.
pub(super) fn expressions(program: &Program) -> Vec<Timed<'_>> {
    let mut all: Vec<Timed<'_>> = Vec::new();
    for detector in &program.detectors {
        all.extend(conditions(detector).map(|condition| (condition, detector.lateness)));
    }
    for policy in &program.policies {
        let lateness = lateness_of(program, policy);
        all.extend(of_policy(program, policy).into_iter().map(|expression| (expression, lateness)));
    }
    all
}

/// What a policy evaluates: its conditions, and all that its plans and channels are called with.
pub(crate) fn of_policy<'a>(program: &'a Program, policy: &'a Policy) -> Vec<&'a Expression> {
    let plans = policy.ladder.iter().flat_map(Rung::plans).filter_map(|plan| program.plan(plan));
    let verified = plans.flat_map(|plan| plan.verifies.iter().map(|verify| &verify.condition));
    of_decisions(program, policy).into_iter().chain(verified).collect()
}

/// The same without what its plans verify.
pub(crate) fn of_decisions<'a>(program: &'a Program, policy: &'a Policy) -> Vec<&'a Expression> {
    let mut all: Vec<&Expression> = policy.condition.iter().map(|it| &it.condition).collect();
    let shared = policy.guard.shared.iter().filter_map(|shared| program.shared_guard(*shared));
    for guard in std::iter::once(&policy.guard).chain(shared.map(|shared| &shared.guard)) {
        all.extend(guard.approval.iter().filter_map(|it| it.condition.as_ref()).map(|it| &it.condition));
    }
    for rung in &policy.ladder {
        match rung {
            Rung::Plan { arguments, .. } | Rung::Escalate { arguments, .. } => all.extend(values(arguments)),
            Rung::Choose { among, .. } => {
                all.extend(among.iter().flat_map(|(_, arguments)| values(arguments)));
            }
        }
        for plan in rung.plans().filter_map(|plan| program.plan(plan)) {
            all.extend(of_plan(plan));
        }
    }
    all
}

/// What a plan evaluates before and while it runs.
fn of_plan(plan: &Plan) -> impl Iterator<Item = &Expression> {
    let requires = plan.requires.iter().chain(plan.fans.iter().filter_map(|fan| fan.condition.as_ref()));
    let steps = plan.steps.iter().chain(&plan.undo).chain(&plan.always);
    requires.map(|it| &it.condition).chain(steps.flat_map(|step| values(&step.arguments)))
}

fn values(arguments: &[Argument]) -> impl Iterator<Item = &Expression> {
    arguments.iter().filter_map(|argument| match argument {
        Argument::Value(expression) => Some(expression),
        Argument::Entity(_) | Argument::EntityFromKey(..) => None,
    })
}
