//! What groups of policies did is kept: a change decides what it reaches, and nothing that is kept shows in a report.

use std::{collections::BTreeMap, sync::Mutex};

use heal_driver::SourceSet;
use heal_program::Timestamp;
use heal_report::{Report, Side};
use heal_simulator::{Cache, Options, simulate};
use heal_telemetry::{Labels, NewSeries, Quality, Recording, RecordingBuilder, Sample};

use crate::{Revision, compare, report_revision, telemetry_of};

/// Three detectors, each with a policy that nothing ties to the others; more firings than stand at the beginning of a list.
const POLICIES: &str = "
use std.notify
signal load: ratio in percent by (host) { from metric \"load\" every 1m }
detector high { when load > 90% }
detector higher { when load > 95% }
detector low { when load < 20% }
action again(name: text) { command [\"again\", name] risk medium idempotent }
plan rest(name: text) {
  step again = again(name)
  verify load[name] < 80% within 3m
}
policy tell_high { on high try escalate notify.page(\"team\") }
policy tell_higher { on higher try rest(host) then escalate notify.page(\"team\") guard { limit 3 per 1h } }
policy tell_low { on low try escalate notify.page(\"others\") }
";

/// A cache in memory.
#[derive(Default)]
struct Shelf(Mutex<BTreeMap<String, Vec<u8>>>);

impl Cache for Shelf {
    fn get(&self, name: &str) -> Option<Vec<u8>> {
        self.0.lock().unwrap().get(name).cloned()
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        self.0.lock().unwrap().insert(name.to_owned(), bytes.to_vec());
    }
}

impl Shelf {
    fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    fn damage(&self, damage: impl Fn(&mut Vec<u8>)) {
        self.0.lock().unwrap().values_mut().for_each(damage);
    }
}

fn recording() -> Recording {
    let series = |host: &str, length: usize| {
        let value = |minute: usize| [10.0, 50.0, 93.0, 97.0, 60.0][minute * length % 5];
        let sample = |minute: usize| Sample { at: Timestamp(minute as i64 * 60_000), value: value(minute) };
        let labels: Labels = [("host".to_owned(), host.to_owned())].into();
        NewSeries {
            name: "load".to_owned(),
            labels,
            unit: "percent".to_owned(),
            unit_declared: false,
            time_rule: String::new(),
            samples: (0..400).map(sample).collect(),
            quality: Quality::default(),
        }
    };
    RecordingBuilder::new("small").series(series("a", 3)).series(series("b", 7)).build().unwrap()
}

fn revision(text: &str) -> Revision {
    let sources = SourceSet::of([("a.heal".to_owned(), text.to_owned())].into());
    Revision { name: "here".to_owned(), sources, environment: None }
}

fn json(text: &str, options: &Options<'_>) -> String {
    report_revision(&revision(text), &recording(), options).unwrap().report.to_json().unwrap()
}

fn with(shelf: &Shelf) -> Options<'_> {
    Options { cache: Some(shelf), ..Options::default() }
}

#[test]
fn a_change_decides_its_own_group_and_no_other_one() {
    let shelf = Shelf::default();
    let first = json(POLICIES, &with(&shelf));
    // Of each detector its firings, and of each group what it did.
    assert_eq!(shelf.len(), 6);
    assert_eq!(json(POLICIES, &with(&shelf)), first);
    assert_eq!(shelf.len(), 6);
    let changed = POLICIES.replace("load > 95%", "load > 96%");
    let alone = json(&changed, &Options::default());
    assert_eq!(json(&changed, &with(&shelf)), alone);
    assert_eq!(shelf.len(), 8);
    // A policy by itself leaves what its detector sees as it is.
    let changed = POLICIES.replace("limit 3 per 1h", "limit 2 per 1h");
    assert_eq!(json(&changed, &with(&shelf)), json(&changed, &Options::default()));
    assert_eq!(shelf.len(), 9);
}

#[test]
fn a_report_is_the_same_whatever_is_kept_and_on_however_many_threads() {
    let alone = json(POLICIES, &Options::default());
    for threads in [0, 2, 3] {
        let shelf = Shelf::default();
        let options = Options { threads, ..with(&shelf) };
        assert_eq!(json(POLICIES, &options), alone);
        assert_eq!(json(POLICIES, &options), alone);
        shelf.damage(|bytes| bytes.truncate(bytes.len() / 2));
        assert_eq!(json(POLICIES, &options), alone, "what was cut off is decided again");
        shelf.damage(|bytes| bytes.iter_mut().rev().take(1).for_each(|byte| *byte ^= 1));
        assert_eq!(json(POLICIES, &options), alone, "what was overwritten is decided again");
        shelf.damage(|bytes| *bytes = b"something else".to_vec());
        assert_eq!(json(POLICIES, &options), alone);
    }
}

#[test]
fn the_report_of_parts_is_that_of_whole_traces() {
    let (recorded, here) = (recording(), revision(POLICIES));
    let program = heal_driver::compile(&here.sources).program.unwrap();
    let simulation = simulate(&program, &recorded, &Options::default()).unwrap();
    let side = Side {
        revision: "here",
        program: &program,
        trace: &simulation.trace,
        failing: simulation.failing.as_ref(),
        sources: &[],
    };
    let whole = Report::of(&side, &telemetry_of(&recorded, None, &[&program])).unwrap();
    let parts = report_revision(&here, &recorded, &Options::default()).unwrap().report;
    assert!(
        whole.detectors.iter().any(|detector| detector.firings.len() > 60),
        "longer than what is at hand"
    );
    assert_eq!(whole.to_json().unwrap(), parts.to_json().unwrap());
    assert_eq!(whole.to_text(), parts.to_text());
}

#[test]
fn a_difference_is_the_same_whatever_is_kept() {
    let changed = POLICIES.replace("load > 95%", "load > 96%").replace("\"others\"", "\"team\"");
    let (base, head) = (revision(POLICIES), revision(&changed));
    let diff = |options: &Options<'_>| {
        let comparison = compare(&base, &head, &recording(), options).unwrap();
        (comparison.diff.to_json().unwrap(), comparison.diff.to_text())
    };
    let shelf = Shelf::default();
    let alone = diff(&Options::default());
    assert_eq!(diff(&with(&shelf)), alone);
    assert_eq!(diff(&with(&shelf)), alone);
    assert!(compare(&base, &base, &recording(), &with(&shelf)).unwrap().diff.differences.is_empty());
}
