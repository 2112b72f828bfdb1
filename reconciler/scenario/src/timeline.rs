//! What happened in a test, side by side.

use std::collections::{BTreeMap, BTreeSet};

use heal_engine::{Key, Labels};
use heal_program::{DetectorIndex, Program, SignalIndex, Timestamp, scenario::Sampled};
use heal_report::{base_unit, quantity};
use heal_simulator::signals_behind;

use crate::{
    Lane, LaneKind, Mark, Timeline,
    lanes::Truths,
    occurrences::{Kind, Occurrence, RunWord},
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
        let [mut samples, mut detectors, mut others] =
            [self.sample_lanes(), self.detector_lanes(), self.other_lanes()];
        let all = samples.len() + detectors.len() + others.len();
        // What was done says most, and then what fired. A replay may be told very many series.
        keep_most_telling(&mut others, LANES_MAX);
        let room = LANES_MAX - others.len();
        keep_most_telling(&mut detectors, (room / 2).max(room.saturating_sub(samples.len())));
        keep_most_telling(&mut samples, room - detectors.len());
        let lanes = [samples, detectors, others].into_iter().flatten().map(|(_, lane)| lane);
        let lanes: Vec<Lane> = lanes.collect();
        Timeline { start: self.start, end: self.end, left_out: all - lanes.len(), lanes }
    }

    /// Whether something with these labels may be about what happened.
    fn is_concerned(&self, labels: &Labels) -> bool {
        let agrees = |theirs: &Labels| {
            labels.iter().all(|(name, value)| theirs.iter().all(|(other, it)| other != name || it == value))
        };
        let happened = self.occurrences.iter().filter(|it| !matches!(it.kind, Kind::Event { .. }));
        happened.into_iter().any(|it| agrees(&it.labels))
    }

    fn sample_lanes(&self) -> Vec<Ranked> {
        let read: BTreeSet<SignalIndex> =
            self.truths.keys().flat_map(|(detector, _)| signals_behind(self.program, *detector)).collect();
        let lanes = self.told.iter().map(|((of, key), samples)| {
            let (is_read, names) = match of {
                Sampled::Signal(signal) => {
                    (read.contains(signal), self.program.signal(*signal).map(|node| &node.keys))
                }
                Sampled::Field(entity, _) => (true, self.program.entity(*entity).map(|node| &node.keys)),
            };
            let labels = names.into_iter().flatten().cloned().zip(key.iter().cloned()).collect();
            let rank = match (is_read, self.is_concerned(&labels)) {
                (true, true) => 0,
                (true, false) => 1,
                (false, _) => 2,
            };
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
            let name = named(&name, &key.join("/"));
            (rank, Lane { name, kind: LaneKind::Samples { samples: samples.clone(), range } })
        });
        lanes.collect()
    }

    fn detector_lanes(&self) -> Vec<Ranked> {
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
        let lane = |((name, key), marks): ((String, String), Vec<Mark>)| {
            // What fired, then what was true, then what was unknown, then the rest.
            let rank = ['#', '-', '?'].iter().position(|it| marks.iter().any(|mark| mark.character == *it));
            let lane = Lane { name: named(&name, &key), kind: LaneKind::Marks(marks) };
            (rank.unwrap_or(usize::MAX), lane)
        };
        lanes.into_iter().map(lane).collect()
    }

    fn other_lanes(&self) -> Vec<Ranked> {
        let mut lanes: BTreeMap<(u8, String, String), Vec<Mark>> = BTreeMap::new();
        let mut add = |rank: u8, name: &str, labels: &Labels, mark: Mark| {
            lanes.entry((rank, name.to_owned(), key_text(labels))).or_default().push(mark);
        };
        for occurrence in self.occurrences {
            let (from, labels) = (occurrence.begin, &occurrence.labels);
            let to = occurrence.end.unwrap_or(self.end);
            match &occurrence.kind {
                // What never began does not run.
                Kind::Run { plan, end: Some(RunWord::Skipped), .. } => {
                    add(1, plan, labels, Mark { from, to: from, character: 's', meaning: "skipped" });
                }
                Kind::Run { plan, end: Some(RunWord::Rejected), .. } => {
                    add(1, plan, labels, Mark { from: to, to, character: 'r', meaning: "rejected" });
                }
                Kind::Run { plan, end, .. } => {
                    add(1, plan, labels, Mark { from, to, character: '=', meaning: "runs" });
                    match end {
                        Some(RunWord::Failed) => {
                            add(1, plan, labels, Mark { from: to, to, character: 'x', meaning: "fails" });
                        }
                        Some(RunWord::Inconclusive) => {
                            add(
                                1,
                                plan,
                                labels,
                                Mark { from: to, to, character: 'i', meaning: "inconclusive" },
                            );
                        }
                        Some(RunWord::Passed | RunWord::Skipped | RunWord::Rejected) | None => {}
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
        let lane = |((rank, name, key), marks): ((u8, String, String), Vec<Mark>)| {
            let lane = Lane { name: named(&name, &key), kind: LaneKind::Marks(marks) };
            // Of all that is given events say least.
            (usize::from(rank == 0), lane)
        };
        lanes.into_iter().map(lane).collect()
    }
}

/// A line, and how much it tells: the lower the more.
type Ranked = (usize, Lane);

/// Keeps as many lines as there is room for, the most telling ones, in their order.
fn keep_most_telling(lanes: &mut Vec<Ranked>, room: usize) {
    let mut ranks: Vec<(usize, usize)> =
        lanes.iter().enumerate().map(|(at, (rank, _))| (*rank, at)).collect();
    ranks.sort_unstable();
    let kept: BTreeSet<usize> = ranks.into_iter().take(room).map(|(_, at)| at).collect();
    let mut at = 0..;
    lanes.retain(|_| at.next().is_some_and(|at| kept.contains(&at)));
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
