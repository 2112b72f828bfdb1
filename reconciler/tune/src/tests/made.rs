//! Proposals over recordings that are made for it.

use std::collections::BTreeMap;

use heal_driver::{SourceSet, TuneCost};
use heal_impact::Revision;
use heal_program::Timestamp;
use heal_report::Figures;
use heal_simulator::Options;
use heal_telemetry::{Incident, Labels, NewSeries, Quality, Recording, RecordingBuilder, Sample};

use crate::{Cost, Request, Shown, TuneError, Tuning, tune};

const MINUTE: i64 = 60_000;

/// Simulations that are allowed: too few for all values, so that these are searched.
const BUDGET: usize = 80;

/// Minutes from one incident to the next; each lasts for 60, from 300 on.
const BETWEEN: i64 = 500;

pub(super) const POLICY: &str = "use std.notify
use std.service

signal latency: duration in ms by (service) { from metric \"latency\" every 5m }

/// What is still fast.
param budget: duration in 40ms..200ms = 150ms

detector slow { when latency > budget for 10m }

plan restart(service: service.Service) { step restart = service.restart(service) }

policy heal_it {
  on slow
  try restart
  then escalate notify.page(\"x\")
  guard { limit 9 per 1d }
}
";

/// Answers of 30 to 40 ms; of 100 to 110 in incidents, and of `peak` for twenty minutes before each, which is none.
pub(super) fn latency(incidents: i64, peak: f64) -> Vec<f64> {
    (0..incidents * BETWEEN / 5)
        .map(|step| {
            let (minute, noise) = (step * 5 % BETWEEN, (step * 7_919 % 11) as f64);
            match minute {
                100..120 => peak,
                300..=360 => 100.0 + noise,
                _ => 30.0 + noise,
            }
        })
        .collect()
}

pub(super) fn recording(values: &[f64], incidents: i64) -> Recording {
    let labels: Labels = [("service".to_owned(), "cart".to_owned())].into();
    let sample = |(step, value): (i64, &f64)| Sample { at: Timestamp(step * 5 * MINUTE), value: *value };
    let series = NewSeries {
        name: "latency".to_owned(),
        labels: labels.clone(),
        unit: "ms".to_owned(),
        unit_declared: false,
        time_rule: String::new(),
        samples: (0..).zip(values).map(sample).collect(),
        quality: Quality::default(),
    };
    let incident = |at: i64| Incident {
        name: format!("outage {}", at + 1),
        start: Timestamp((at * BETWEEN + 300) * MINUTE),
        end: Timestamp((at * BETWEEN + 360) * MINUTE),
        labels: labels.clone(),
    };
    RecordingBuilder::new("made").series(series).incidents((0..incidents).map(incident)).build().unwrap()
}

pub(super) fn revision(text: &str) -> Revision {
    let files = BTreeMap::from([("shop.heal".to_owned(), text.to_owned())]);
    Revision { name: ".".to_owned(), sources: SourceSet::of(files), environment: None }
}

pub(super) fn tuned_with(
    text: &str,
    recording: &Recording,
    params: &[&str],
    cost: Cost,
    options: &Options<'_>,
) -> Result<Tuning, TuneError> {
    tuned_revision(&revision(text), recording, params, cost, options)
}

pub(super) fn tuned_revision(
    revision: &Revision,
    recording: &Recording,
    params: &[&str],
    cost: Cost,
    options: &Options<'_>,
) -> Result<Tuning, TuneError> {
    tuned_within(BUDGET, revision, recording, params, cost, options)
}

fn tuned_within(
    budget: usize,
    revision: &Revision,
    recording: &Recording,
    params: &[&str],
    cost: Cost,
    options: &Options<'_>,
) -> Result<Tuning, TuneError> {
    let params: Vec<String> = params.iter().map(|name| (*name).to_owned()).collect();
    let request = Request {
        revision,
        recording,
        environment: None,
        params: &params,
        cost,
        cost_from: Cost::settled(&TuneCost::default(), &TuneCost::default()).1,
        folds_max: 5,
        budget,
    };
    tune(&request, options)
}

pub(super) fn tuned(text: &str, recording: &Recording) -> Tuning {
    tuned_with(text, recording, &[], Cost::default(), &Options::default()).unwrap()
}

pub(super) fn text_of(tuning: &Tuning) -> String {
    tuning.to_text(Shown { path: &|file| file.to_owned(), next: "heal diff HEAD" })
}

#[test]
fn the_right_threshold_is_found_with_the_region_around_it() {
    let recording = recording(&latency(6, 80.0), 6);
    let tuning = tuned(POLICY, &recording);
    insta::assert_snapshot!(text_of(&tuning), @r"
    1 proposal, from 6 incidents in recording made, 1970-01-01 to 1970-01-03
    cost: missed incident 240, false alarm 30, action 5, minute 1, all by default
    71 simulations of at most 80, and 2 for the impact of what is proposed

    `budget`: 99ms instead of 150ms
      shop.heal:7
      - param budget: duration in 40ms..200ms = 150ms
      + param budget: duration in 40ms..200ms = 99ms
      any value from 80ms to 99ms costs the same
      tried all 71 values from 40ms to 200ms

      on time that it was not chosen on, block by block
      from              until             incidents  chosen before it  cost now  proposed
      1970-01-01 18:10  1970-01-02 02:20  1          99ms              300       20
      1970-01-02 02:30  1970-01-02 10:40  1          99ms              300       20
      1970-01-02 10:50  1970-01-02 19:00  1          99ms              300       20
      1970-01-02 19:10  1970-01-03 01:55  1          99ms              300       20
      saves 280 in each of 4 blocks: too few and too equal to say how much less it may be
      it rests on 6 incidents

      on the whole recording
                                   now     proposed
      incidents caught             0 of 6  6 of 6
      median time to detect        –       10m
      false alarms                 0       0
      plans started                0       6
      actions                      0       6
      withheld                     0       0
      approvals                    0       0
      pages                        0       6
      incidents unnoticed for      6h      1h
      fired outside incidents for  0s      30m
      cost                         1,800   120
      catches 6 more incidents, for 6 more runs of `restart` and 6 more pages in 2 days

    Nothing was edited. Apply what you agree with by hand, and see all that it changes:
      heal diff HEAD
    ");
}

#[test]
fn what_was_tried_is_what_was_run() {
    let recording = recording(&latency(6, 80.0), 6);
    let within = |budget| {
        let options = Options::default();
        tuned_within(budget, &revision(POLICY), &recording, &[], Cost::default(), &options).unwrap()
    };
    // One value besides the present one.
    let two = within(2);
    let change = &two.proposals[0].params[0];
    let tried = change.tried.each_ref().map(|it| it.text.as_str());
    assert_eq!(
        (two.simulations, tried, change.tried_count, change.values_count),
        (2, ["40ms", "150ms"], 2, 71)
    );
    assert!(text_of(&two).contains("tried 2 of 71 values from 40ms to 150ms"), "{}", text_of(&two));
    let one = within(1);
    assert_eq!(one.proposals, []);
    assert!(one.refused[0].why.contains("allows for no simulation"), "{}", one.refused[0].why);
}

#[test]
fn a_forecast_of_one_detector_excuses_no_other() {
    // Each incident is noticed ten minutes before it begins.
    let mut values = latency(6, 80.0);
    for at in 0..6 {
        let first = ((at * BETWEEN + 270) / 5) as usize;
        values[first..first + 6].fill(100.0);
    }
    let recording = recording(&values, 6);
    let soon =
        "detector soon { when latency.forecast(ahead: 4h, train: 1h).value > budget && latency > 900ms }
policy soon_it { on soon try restart then escalate notify.page(\"x\") guard { limit 9 per 1d } }
policy heal_it";
    let alone = tuned(POLICY, &recording);
    let beside = tuned(&POLICY.replace("policy heal_it", soon), &recording);
    let costs = |tuning: &Tuning| tuning.proposals[0].evidence.whole;
    assert_eq!(costs(&beside), costs(&alone));
    let read = POLICY.replace("> budget for 10m", "> budget && soon for 10m").replace(
        "detector slow",
        "detector soon { when latency.forecast(ahead: 4h, train: 1h).value > 0ms }\ndetector slow",
    );
    let (excused, alone) = (costs(&tuned(&read, &recording)).unwrap(), costs(&alone).unwrap());
    assert!(excused.proposed.cost < alone.proposed.cost, "{excused:?} {alone:?}");
}

#[test]
fn equal_requests_give_equal_bytes_on_any_threads() {
    let recording = recording(&latency(5, 80.0), 5);
    let made = |threads| {
        let options = Options { threads, ..Options::default() };
        tuned_with(POLICY, &recording, &[], Cost::default(), &options).unwrap()
    };
    let one = made(1);
    assert_eq!(one.to_json().unwrap(), made(3).to_json().unwrap());
    assert_eq!(text_of(&one), text_of(&made(1)));
}

#[test]
fn a_cost_of_its_own_leads_to_another_value() {
    // Each incident begins with half an hour at 90 ms, which a lower value notices; peaks of as much are alarms to it.
    let mut values = latency(6, 90.0);
    for at in 0..6 {
        let first = ((at * BETWEEN + 300) / 5) as usize;
        values[first..first + 6].fill(90.0);
    }
    let recording = recording(&values, 6);
    let proposed = |cost| {
        let tuning = tuned_with(POLICY, &recording, &[], cost, &Options::default()).unwrap();
        tuning.proposals[0].params[0].proposed.text.clone()
    };
    let careful = Cost { false_alarm: 200.0, ..Cost::default() };
    assert_eq!(proposed(careful), "100ms");
    let eager = Cost { false_alarm: 1.0, ..Cost::default() };
    assert_eq!(proposed(eager), "89ms");
}

#[test]
fn params_that_reach_one_detector_are_tuned_together_and_others_apart() {
    let text = POLICY
        .replace("latency > budget for 10m", "latency > budget && latency.avg(10m) > floor for 10m")
        .replace("detector slow", "param floor: duration in 20ms..41ms = 41ms\nparam other: duration in 40ms..200ms = 150ms\ndetector alike { when latency > other for 10m }\npolicy tell { on alike try escalate notify.page(\"y\") }\ndetector slow");
    let recording = recording(&latency(6, 80.0), 6);
    let tuning = tuned(&text, &recording);
    let moved: Vec<Vec<&str>> = tuning
        .proposals
        .iter()
        .map(|proposal| proposal.params.iter().map(|it| it.path.as_str()).collect())
        .collect();
    assert_eq!(moved, [vec!["budget"], vec!["other"]]);
}

#[test]
fn the_json_form_has_all_that_the_text_says() {
    let recording = recording(&latency(3, 80.0), 3);
    let mut tuning = tuned(POLICY, &recording);
    // Figures are those of reports, whose form is held elsewhere.
    tuning.proposals.iter_mut().for_each(|proposal| {
        proposal.impact.base = Figures::default();
        proposal.impact.head = Figures::default();
    });
    let json = tuning.to_json().unwrap();
    insta::assert_snapshot!(json, @r#"
    {
      "version": 1,
      "kind": "tune",
      "recording": {
        "name": "made",
        "start": 0,
        "end": 89700000,
        "incidents": 3
      },
      "cost": {
        "missed": 240.0,
        "false_alarm": 30.0,
        "action": 5.0,
        "minute": 1.0
      },
      "cost_from": {
        "missed": "default",
        "false_alarm": "default",
        "action": "default",
        "minute": "default"
      },
      "folds": 5,
      "budget": 80,
      "simulations": 71,
      "searches": 1,
      "proposals": [
        {
          "params": [
            {
              "path": "budget",
              "file": "shop.heal",
              "line": 7,
              "line_before": "param budget: duration in 40ms..200ms = 150ms",
              "line_after": "param budget: duration in 40ms..200ms = 99ms",
              "present": {
                "text": "150ms",
                "value": 0.15
              },
              "proposed": {
                "text": "99ms",
                "value": 0.099
              },
              "tried": [
                {
                  "text": "40ms",
                  "value": 0.04
                },
                {
                  "text": "200ms",
                  "value": 0.2
                }
              ],
              "tried_count": 71,
              "values_count": 71,
              "same_cost": [
                {
                  "text": "80ms",
                  "value": 0.08
                },
                {
                  "text": "99ms",
                  "value": 0.099
                }
              ],
              "same_cost_open": false
            }
          ],
          "evidence": {
            "incidents": [
              "outage 1",
              "outage 2",
              "outage 3"
            ],
            "held_out": [
              {
                "from": 35400000,
                "until": 64800000,
                "values": {
                  "budget": "99ms"
                },
                "now": {
                  "incidents": 1,
                  "missed": 1,
                  "unnoticed": 3600000,
                  "false_alarms": 0,
                  "misled": 0,
                  "actions_passing": 0,
                  "actions_failing": 0,
                  "cost_passing": 300.0,
                  "cost_failing": 300.0,
                  "cost": 300.0
                },
                "proposed": {
                  "incidents": 1,
                  "missed": 0,
                  "unnoticed": 600000,
                  "false_alarms": 0,
                  "misled": 300000,
                  "actions_passing": 1,
                  "actions_failing": 1,
                  "cost_passing": 20.0,
                  "cost_failing": 20.0,
                  "cost": 20.0
                }
              },
              {
                "from": 65400000,
                "until": 89700001,
                "values": {
                  "budget": "99ms"
                },
                "now": {
                  "incidents": 1,
                  "missed": 1,
                  "unnoticed": 3600000,
                  "false_alarms": 0,
                  "misled": 0,
                  "actions_passing": 0,
                  "actions_failing": 0,
                  "cost_passing": 300.0,
                  "cost_failing": 300.0,
                  "cost": 300.0
                },
                "proposed": {
                  "incidents": 1,
                  "missed": 0,
                  "unnoticed": 600000,
                  "false_alarms": 0,
                  "misled": 300000,
                  "actions_passing": 1,
                  "actions_failing": 1,
                  "cost_passing": 20.0,
                  "cost_failing": 20.0,
                  "cost": 20.0
                }
              }
            ],
            "saving": {
              "mean": 280.0,
              "standard_error": 0.0,
              "at_least": 280.0,
              "min": 280.0,
              "max": 280.0,
              "passing": 280.0,
              "failing": 280.0
            },
            "whole": {
              "now": {
                "incidents": 3,
                "missed": 3,
                "unnoticed": 10800000,
                "false_alarms": 0,
                "misled": 0,
                "actions_passing": 0,
                "actions_failing": 0,
                "cost_passing": 900.0,
                "cost_failing": 900.0,
                "cost": 900.0
              },
              "proposed": {
                "incidents": 3,
                "missed": 0,
                "unnoticed": 1800000,
                "false_alarms": 0,
                "misled": 900000,
                "actions_passing": 3,
                "actions_failing": 3,
                "cost_passing": 60.0,
                "cost_failing": 60.0,
                "cost": 60.0
              }
            }
          },
          "impact": {
            "headline": "catches 3 more incidents, for 3 more runs of `restart` and 3 more pages in 25 hours",
            "base": {
              "incidents": 0,
              "caught": 0,
              "median_time_to_detect": null,
              "firings": 0,
              "false_alarms": null,
              "flapping": 0,
              "runs": {
                "min": 0,
                "max": 0
              },
              "actions": {
                "min": 0,
                "max": 0
              },
              "actions_in_worst_minute": {
                "min": 0,
                "max": 0
              },
              "withheld": {},
              "withheld_in_all": {
                "min": 0,
                "max": 0
              },
              "approvals": {
                "min": 0,
                "max": 0
              },
              "escalations": {
                "min": 0,
                "max": 0
              },
              "median_time_to_repair": null,
              "median_time_recorded": null
            },
            "head": {
              "incidents": 0,
              "caught": 0,
              "median_time_to_detect": null,
              "firings": 0,
              "false_alarms": null,
              "flapping": 0,
              "runs": {
                "min": 0,
                "max": 0
              },
              "actions": {
                "min": 0,
                "max": 0
              },
              "actions_in_worst_minute": {
                "min": 0,
                "max": 0
              },
              "withheld": {},
              "withheld_in_all": {
                "min": 0,
                "max": 0
              },
              "approvals": {
                "min": 0,
                "max": 0
              },
              "escalations": {
                "min": 0,
                "max": 0
              },
              "median_time_to_repair": null,
              "median_time_recorded": null
            },
            "gates_broken": []
          },
          "notes": []
        }
      ],
      "refused": []
    }
    "#);
}
