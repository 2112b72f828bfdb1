//! What timelines of failed tests show.

use heal_driver::{SourceSet, compile};
use heal_program::Timestamp;
use heal_telemetry::{NewSeries, Quality, RecordingBuilder, Sample};

use super::{SHOP, results};
use crate::{LaneKind, Timeline, render_human, run};

/// The lines of marks, each with its characters.
fn marks(timeline: &Timeline) -> Vec<(String, String)> {
    let lane = |lane: &crate::Lane| match &lane.kind {
        LaneKind::Marks(marks) => {
            Some((lane.name.clone(), marks.iter().map(|mark| mark.character).collect()))
        }
        LaneKind::Samples { .. } => None,
    };
    timeline.lanes.iter().filter_map(lane).collect()
}

#[test]
fn a_run_that_was_skipped_is_drawn_as_one_that_never_ran() {
    let shop = SHOP.replace("{ step once", "{ require latency[target] < 1ms step once");
    let test = r#"
test "fails" {
  given latency{service: "cart"} = 200ms for 20m
  expect restart_it exactly 1 passed
}
"#;
    let (files, results) = results(&shop, test);
    let timeline = results[0].timeline.as_ref().unwrap();
    let drawn = marks(timeline);
    assert!(drawn.contains(&("restart_it cart".to_owned(), "s".to_owned())), "{drawn:?}");
    let text = render_human(&files, &results, false);
    assert!(text.contains("s skipped") && !text.contains("= runs"), "{text}");
}

#[test]
fn a_replay_of_very_many_series_shows_what_was_done_before_series_that_tell_little() {
    let minute = |at: i64| Timestamp(at * 60_000);
    let series = |name: &str, service: &str, value: f64| NewSeries {
        name: name.to_owned(),
        labels: [("service".to_owned(), service.to_owned())].into(),
        unit: "ms".to_owned(),
        unit_declared: false,
        time_rule: String::new(),
        samples: (0..30).map(|at| Sample { at: minute(at), value }).collect(),
        quality: Quality::default(),
    };
    let quiet = (0..40).map(|at| series("latency", &format!("a{at:02}"), 20.0));
    let all = quiet.chain([series("latency", "zebra", 200.0)]);
    let recording = all.fold(RecordingBuilder::new("many"), RecordingBuilder::series).build().unwrap();
    let text = format!(
        "{SHOP}\ntest \"fails\" {{ replay \"many\" given restart on {{service: \"zebra\"}} succeeds expect page exactly 5 }}"
    );
    let text = text.replace(" given restart on {service: \"zebra\"} succeeds", "");
    let compilation = compile(&SourceSet::of([("shop.heal".to_owned(), text)].into()));
    let said = heal_diagnostics::render_human(&compilation.files, &compilation.diagnostics, false);
    let tests = compilation.tests.unwrap_or_else(|| panic!("{said}"));
    let result = run(&tests.program, &tests.scenarios[0], Some(&recording));
    let timeline = result.timeline.unwrap();
    let names: Vec<&str> = timeline.lanes.iter().map(|lane| lane.name.as_str()).collect();
    assert!(names.contains(&"restart_it zebra") && names.contains(&"slow zebra"), "{names:?}");
    assert!(names.contains(&"latency zebra") && timeline.left_out > 0, "{names:?}");
}

#[test]
fn a_value_beside_its_bound_is_shown_on_its_side() {
    let package = r#"
signal cert_left: duration in d by (host) { from metric "cert_left" every 1h }
detector expiring { when cert_left < 14d }
channel page { http POST "https://example.com" }
policy tell { on expiring try escalate page }
"#;
    let test = r#"
test "fails" {
  given cert_left{host: "a"} = 13.9999d for 5h
  expect no expiring
}
"#;
    let (files, results) = results(package, test);
    let text = render_human(&files, &results, false);
    let line = text.lines().find(|line| line.trim_start().starts_with("cert_left ") && line.contains(" d"));
    assert_eq!(line.map(|line| line.split_whitespace().nth(1).unwrap()), Some("13.9999"), "{text}");
}
