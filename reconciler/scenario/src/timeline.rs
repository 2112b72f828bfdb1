//! What happened in a test, side by side.

use std::collections::{BTreeMap, BTreeSet};

use heal_engine::{Key, Labels};
use heal_program::{DetectorIndex, Program, Timestamp, scenario::Sampled};
use heal_report::{base_unit, quantity};

use crate::{
    Lane, LaneKind, Mark, Timeline,
    lanes::Truths,
    occurrences::{Kind, Occurrence},
    times::key_text,
    world::Told,
};

/// Most lines of one timeline.
const LANES_MAX: usize = 24;

/// Everything that a timeline shows.
pub(crate) struct Story<'s> {
    pub(crate) program: &'s Program,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    pub(crate) told: &'s Told,
    pub(crate) truths: &'s BTreeMap<(DetectorIndex, Key), Truths>,
    pub(crate) occurrences: &'s [Occurrence],
}

impl Story<'_> {
    /// The timeline: samples, then firings, then what was done and said about them.
    pub(crate) fn timeline(&self) -> Timeline {
        let mut lanes = self.sample_lanes();
        lanes.extend(self.detector_lanes());
        lanes.extend(self.other_lanes());
        let left_out = lanes.len().saturating_sub(LANES_MAX);
        lanes.truncate(LANES_MAX);
        Timeline { start: self.start, end: self.end, lanes, left_out }
    }

    fn sample_lanes(&self) -> Vec<Lane> {
        let lanes = self.told.iter().map(|((of, key), samples)| {
            let (name, unit) = match of {
                Sampled::Signal(signal) => match self.program.signal(*signal) {
                    Some(node) => (node.head.path.clone(), base_unit(node.dimension)),
                    None => ("?".to_owned(), String::new()),
                },
                Sampled::Field(entity, field) => {
                    let entity = self.program.entity(*entity).map_or("?", |it| it.head.path.as_str());
                    (format!("{entity}.{field}"), String::new())
                }
            };
            let values = || samples.iter().map(|(_, value)| *value).filter(|value| value.is_finite());
            let low = values().reduce(f64::min);
            let high = values().reduce(f64::max);
            let range = low.zip(high).map(|(low, high)| (quantity(low, &unit), quantity(high, &unit)));
            Lane {
                name: named(&name, &key.join("/")),
                kind: LaneKind::Samples { samples: samples.clone(), range },
            }
        });
        lanes.collect()
    }

    fn detector_lanes(&self) -> Vec<Lane> {
        let mut lanes: BTreeMap<(String, String), Vec<Mark>> = BTreeMap::new();
        for ((detector, key), truths) in self.truths {
            let Some(node) = self.program.detector(*detector) else { continue };
            let marks = lanes.entry((node.head.path.clone(), key.join("/"))).or_default();
            let ends = truths.iter().skip(1).map(|(at, _)| *at).chain(std::iter::once(self.end));
            for ((from, truth), to) in truths.iter().zip(ends) {
                let (character, meaning) = match truth {
                    Some(true) => ('-', "true"),
                    None => ('?', "unknown"),
                    Some(false) => continue,
                };
                marks.push(Mark { from: *from, to, character, meaning });
            }
        }
        for occurrence in self.occurrences {
            if let Kind::Firing { detector } = &occurrence.kind {
                let marks = lanes.entry((detector.clone(), key_text(&occurrence.labels))).or_default();
                let to = occurrence.end.unwrap_or(self.end);
                marks.push(Mark { from: occurrence.begin, to, character: '#', meaning: "fires" });
            }
        }
        lanes
            .into_iter()
            .map(|((name, key), marks)| Lane { name: named(&name, &key), kind: LaneKind::Marks(marks) })
            .collect()
    }

    fn other_lanes(&self) -> Vec<Lane> {
        let mut lanes: BTreeMap<(u8, String, String), Vec<Mark>> = BTreeMap::new();
        let mut add = |rank: u8, name: &str, labels: &Labels, mark: Mark| {
            lanes.entry((rank, name.to_owned(), key_text(labels))).or_default().push(mark);
        };
        for occurrence in self.occurrences {
            let (from, labels) = (occurrence.begin, &occurrence.labels);
            let to = occurrence.end.unwrap_or(self.end);
            match &occurrence.kind {
                Kind::Run { plan, .. } => {
                    add(1, plan, labels, Mark { from, to, character: '=', meaning: "runs" });
                    if occurrence.ended.starts_with("failed") {
                        add(1, plan, labels, Mark { from: to, to, character: 'x', meaning: "fails" });
                    }
                }
                Kind::Withheld { plan, .. } => {
                    add(1, plan, labels, Mark { from, to: from, character: 'w', meaning: "withheld" });
                }
                Kind::Approval { plan, .. } => {
                    add(1, plan, labels, Mark { from, to, character: 'a', meaning: "asks" });
                }
                Kind::Escalation { policy, .. } => {
                    add(2, policy, labels, Mark { from, to: from, character: '!', meaning: "escalates" });
                }
                Kind::Untold { policy, .. } => {
                    add(2, policy, labels, Mark { from, to: from, character: 'w', meaning: "withheld" });
                }
                Kind::Event { event } => {
                    add(0, event, labels, Mark { from, to: from, character: 'e', meaning: "happens" });
                }
                Kind::Firing { .. } | Kind::Action { .. } => {}
            }
        }
        lanes
            .into_iter()
            .map(|((_, name, key), marks)| Lane { name: named(&name, &key), kind: LaneKind::Marks(marks) })
            .collect()
    }
}

/// The detectors that a timeline of these occurrences should show beside those that are asked about.
pub(crate) fn fired(program: &Program, occurrences: &[Occurrence]) -> BTreeSet<DetectorIndex> {
    let paths: BTreeSet<&str> = occurrences
        .iter()
        .filter_map(|it| match &it.kind {
            Kind::Firing { detector } => Some(detector.as_str()),
            Kind::Run { .. }
            | Kind::Withheld { .. }
            | Kind::Action { .. }
            | Kind::Escalation { .. }
            | Kind::Untold { .. }
            | Kind::Approval { .. }
            | Kind::Event { .. } => None,
        })
        .collect();
    (0..)
        .zip(&program.detectors)
        .filter(|(_, it)| paths.contains(it.head.path.as_str()))
        .map(|(at, _)| DetectorIndex(at))
        .collect()
}

fn named(name: &str, key: &str) -> String {
    if key.is_empty() { name.to_owned() } else { format!("{name} {key}") }
}
