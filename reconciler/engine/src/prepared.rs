//! What the engine derives from a program once: which windows a signal needs, in which order detectors are asked.

use std::collections::{BTreeMap, BTreeSet};

use heal_program::{
    DetectorIndex, Expression, Millis, PolicyIndex, Program, Read, SignalIndex, WindowFunction,
};

/// Derived tables, by index.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prepared {
    /// By signal: spans of the windows over its values, ascending.
    pub(crate) moment_spans: Vec<Vec<Millis>>,
    /// By signal: spans of the windows over its steps as a counter, ascending.
    pub(crate) counter_spans: Vec<Vec<Millis>>,
    /// By detector.
    pub(crate) detectors: Vec<PreparedDetector>,
    /// Detectors, those that others read first.
    pub(crate) order: Vec<DetectorIndex>,
    /// By detector: the policies on it.
    pub(crate) policies_on: Vec<Vec<PolicyIndex>>,
}

/// What is derived for a detector.
#[derive(Clone, Debug, Default)]
pub(crate) struct PreparedDetector {
    /// Signals that it reads, itself or through other detectors.
    pub(crate) signals: BTreeSet<SignalIndex>,
    /// How long it stays unknown before it is lost: the longest `stale` among its signals.
    pub(crate) stale_after: Millis,
}

impl Prepared {
    pub(crate) fn of(program: &Program) -> Prepared {
        let mut spans: [Vec<BTreeSet<Millis>>; 2] =
            [vec![BTreeSet::new(); program.signals.len()], vec![BTreeSet::new(); program.signals.len()]];
        for expression in expressions(program) {
            expression.walk(&mut |node| {
                if let Expression::Window { function, signal, span } = node {
                    let [moments, counters] = &mut spans;
                    let table = if *function == WindowFunction::Rate { counters } else { moments };
                    if let Some(set) = table.get_mut(signal.at()) {
                        set.insert(*span);
                    }
                }
            });
        }
        let [moments, counters] = spans.map(|table| {
            table.into_iter().map(|set| set.into_iter().collect()).collect::<Vec<Vec<Millis>>>()
        });
        let order = dependency_order(program);
        let detectors = prepare_detectors(program, &order);
        let mut policies_on = vec![Vec::new(); program.detectors.len()];
        for (at, policy) in program.policies.iter().enumerate() {
            if let (Some(policies), Ok(at)) = (
                policy.on.detector().and_then(|detector| policies_on.get_mut(detector.at())),
                u32::try_from(at),
            ) {
                policies.push(PolicyIndex(at));
            }
        }
        Prepared { moment_spans: moments, counter_spans: counters, detectors, order, policies_on }
    }
}

/// Every expression that is evaluated against signals.
fn expressions(program: &Program) -> impl Iterator<Item = &Expression> {
    let detectors = program.detectors.iter().flat_map(|detector| {
        std::iter::once(&detector.when).chain(detector.clear.iter().map(|clear| &clear.when))
    });
    let policies = program.policies.iter().flat_map(|policy| {
        let approval = policy.guard.approval.iter().filter_map(|approval| approval.condition.as_ref());
        policy.condition.iter().chain(approval).map(|condition| &condition.condition)
    });
    detectors.chain(policies)
}

/// What a detector's two conditions read.
fn reads(program: &Program, detector: DetectorIndex) -> (BTreeSet<SignalIndex>, BTreeSet<DetectorIndex>) {
    let (mut signals, mut detectors) = (BTreeSet::new(), BTreeSet::new());
    let Some(node) = program.detector(detector) else { return (signals, detectors) };
    for expression in std::iter::once(&node.when).chain(node.clear.iter().map(|clear| &clear.when)) {
        expression.walk(&mut |part| match part.read() {
            Some(Read::Signal(signal, _)) => {
                signals.insert(signal);
            }
            Some(Read::Detector(other)) => {
                detectors.insert(other);
            }
            Some(Read::Event(..) | Read::Entity(_)) | None => {}
        });
    }
    (signals, detectors)
}

/// Depth-first, so that a detector stands after those that it reads. The compiler lets no circle through; were there
/// one, its members would stand in table order.
fn dependency_order(program: &Program) -> Vec<DetectorIndex> {
    let mut order = Vec::new();
    let mut seen = BTreeSet::new();
    for at in 0..program.detectors.len() {
        let Ok(at) = u32::try_from(at) else { break };
        let mut stack = vec![(DetectorIndex(at), false)];
        while let Some((detector, dependencies_done)) = stack.pop() {
            if dependencies_done {
                order.push(detector);
            } else if seen.insert(detector) {
                stack.push((detector, true));
                stack.extend(reads(program, detector).1.into_iter().map(|other| (other, false)));
            }
        }
    }
    order
}

fn prepare_detectors(program: &Program, order: &[DetectorIndex]) -> Vec<PreparedDetector> {
    let mut prepared: BTreeMap<DetectorIndex, PreparedDetector> = BTreeMap::new();
    for detector in order {
        let (mut signals, others) = reads(program, *detector);
        for other in others {
            signals.extend(prepared.get(&other).iter().flat_map(|other| other.signals.iter().copied()));
        }
        let stale =
            signals.iter().filter_map(|signal| program.signal(*signal)).map(|signal| signal.stale_after);
        let stale_after = stale.max().unwrap_or_default();
        prepared.insert(*detector, PreparedDetector { signals, stale_after });
    }
    (0..program.detectors.len())
        .map(|at| {
            u32::try_from(at).ok().and_then(|at| prepared.remove(&DetectorIndex(at))).unwrap_or_default()
        })
        .collect()
}
