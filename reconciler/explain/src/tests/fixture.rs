//! A package, a recording of minutes, and the explanation as text.

use heal_driver::{SourceSet, compile};
use heal_engine::TraceKind;
use heal_program::{Program, SemanticHash, Timestamp};
use heal_report::{Account, Drafts, Part, Report, SignalSamples, Telemetry};
use heal_simulator::{Decided, Groups, Options, Simulation, feeds, simulate};
use heal_telemetry::{Incident, Labels, NewSeries, Quality, Recording, RecordingBuilder, Sample};

use crate::{Explanation, NoAnswer, Question, Side, Sought, explain};

pub(super) const MINUTE_MS: i64 = 60_000;

pub(super) fn at(minute: i64) -> Timestamp {
    Timestamp(minute * MINUTE_MS)
}

/// A load of services, one plan that restarts them, and a detector.
pub(super) const PACKAGE: &str = "
use std.service
use std.service.{Service}

param ceiling: count in 5..15 = 10

signal load: count by (service) { from metric \"load\" every 1m }

detector busy { when load > ceiling for 2m }

plan restart(service: Service) {
  step restart = service.restart(service)
  verify load[service] < ceiling within 5m
}
";

/// A policy on `busy` with this guard.
pub(super) fn guarded(guard: &str) -> String {
    format!(
        "{PACKAGE}\npolicy heal {{ on busy try restart then escalate guard {{ limit 9 per 1d {guard} }} }}\n"
    )
}

/// `count` minutes of a value, and then of others.
pub(super) fn values(parts: &[(usize, f64)]) -> Vec<f64> {
    parts.iter().flat_map(|(count, value)| vec![*value; *count]).collect()
}

pub(super) fn series(name: &str, service: &str, from: i64, values: &[f64]) -> NewSeries {
    let sample = |(minute, value): (i64, &f64)| Sample { at: at(minute), value: *value };
    let labels: Labels = [("service".to_owned(), service.to_owned())].into();
    NewSeries {
        name: name.to_owned(),
        labels,
        unit: "1".to_owned(),
        unit_declared: false,
        time_rule: String::new(),
        samples: (from..).zip(values).map(sample).collect(),
        quality: Quality::default(),
    }
}

pub(super) fn incident(name: &str, from: i64, to: i64) -> Incident {
    Incident { name: name.to_owned(), start: at(from), end: at(to), labels: Labels::new() }
}

/// A package that was simulated.
pub(super) struct Ran {
    pub(super) program: Program,
    pub(super) recording: Recording,
    pub(super) simulation: Simulation,
}

pub(super) fn ran(text: &str, all: Vec<NewSeries>, incidents: Vec<Incident>) -> Ran {
    let compilation = compile(&SourceSet::of([("a.heal".to_owned(), text.to_owned())].into()));
    let program = compilation.program.unwrap_or_else(|| panic!("{:?}", compilation.diagnostics));
    let builder = RecordingBuilder::new("small").incidents(incidents);
    let recording = all.into_iter().fold(builder, RecordingBuilder::series).build().unwrap();
    let simulation = simulate(&program, &recording, &Options::default()).unwrap();
    Ran { program, recording, simulation }
}

impl Ran {
    pub(super) fn answer(&self, question: &Question<'_>) -> Result<Explanation, NoAnswer> {
        let (groups, options) = (Groups::of(&self.program, &self.recording), Options::default());
        let side = Side {
            revision: "here",
            program: &self.program,
            groups: &groups,
            recording: &self.recording,
            options: &options,
        };
        explain(&side, question)
    }

    /// An id that is looked for in what all groups did.
    pub(super) fn sought(&self, id: &str) -> Sought {
        let mut sought = Sought::of(id);
        let (groups, telemetry) = (Groups::of(&self.program, &self.recording), Telemetry::default());
        let places: Vec<usize> = (0..groups.all().len()).collect();
        let drafts = Drafts::of(&self.program, &telemetry, 1);
        let decided = groups.decide(&places, &Options::default(), |group, decided: Decided<Account>| {
            let own = (&group.detectors, &group.policies);
            drafts.draft(own, decided.passing, decided.failing, Vec::new())
        });
        for (place, bytes) in drafts.finish(&decided.unwrap()).unwrap().into_iter().enumerate() {
            sought.look(place, &Part::from_bytes(bytes).unwrap());
        }
        sought
    }

    pub(super) fn told_of_id(&self, id: &str) -> String {
        self.told(&Question::Id(&self.sought(id)))
    }

    /// The text without where things are written, and without what every explanation has.
    pub(super) fn told(&self, question: &Question<'_>) -> String {
        let explanation = self.answer(question).unwrap();
        let text = Explanation { places: Vec::new(), notes: Vec::new(), ..explanation }.to_text();
        text.lines().filter(|line| !line.starts_with("here (program")).collect::<Vec<_>>().join("\n")
    }

    pub(super) fn told_at(&self, what: &str, minute: i64) -> String {
        self.told(&Question::At(what, at(minute)))
    }

    /// What is said about the first event of a trace of which `id` gives an id.
    pub(super) fn told_of(&self, failing: bool, id: impl Fn(&TraceKind) -> Option<SemanticHash>) -> String {
        let trace = match failing {
            true => self.simulation.failing.as_ref().unwrap(),
            false => &self.simulation.trace,
        };
        let id = trace.events.iter().find_map(|event| id(&event.kind)).expect("no such event");
        self.told_of_id(&id.to_string())
    }
}

impl Ran {
    /// What is said about an incident, over a report on the same side.
    pub(super) fn told_of_incident(&self, name: &str) -> String {
        let signals = feeds(&self.program, &self.recording).into_iter().map(|feed| {
            let signal = self.program.signal(feed.signal).unwrap();
            SignalSamples {
                signal: signal.head.path.clone(),
                labels: signal.keys.iter().cloned().zip(feed.key.clone()).collect(),
                unit: String::new(),
                samples: feed.samples().unwrap().into_iter().collect(),
            }
        });
        let telemetry = Telemetry {
            recording: "small".to_owned(),
            start: self.recording.start(),
            end: self.recording.end(),
            incidents_labelled: true,
            incidents: self.recording.incidents.clone(),
            signals: signals.collect(),
            ..Telemetry::default()
        };
        let side = heal_report::Side {
            revision: "here",
            program: &self.program,
            trace: &self.simulation.trace,
            failing: self.simulation.failing.as_ref(),
            sources: &[],
        };
        let report = Report::of(&side, &telemetry).unwrap();
        self.told(&Question::Incident(name, &report))
    }
}

/// The id of a firing.
pub(super) fn firing(kind: &TraceKind) -> Option<SemanticHash> {
    match kind {
        TraceKind::FiringStarted { firing, .. } => Some(*firing),
        _ => None,
    }
}

/// The id of a withheld rung.
pub(super) fn withheld(kind: &TraceKind) -> Option<SemanticHash> {
    match kind {
        TraceKind::Withheld { policy, firing, rung, reason, .. } => {
            Some(heal_report::withheld_id(policy, *firing, *rung, reason))
        }
        _ => None,
    }
}
