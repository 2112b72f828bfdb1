//! Stretches come whole and equal, whatever happens on the way.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod failing;
mod mapping;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;

use heal_program::{Millis, Timestamp};
use proptest::prelude::*;

use super::piece::{Piece, pieces};
use super::{History, HistoryError, Progress, Stretch, WorkFolder};
use crate::QueryAnswer;
use crate::tests::fixture::{client, http, serve_with};

const STEP: Millis = Millis(15_000);

fn stretch(query: &str, points: i64) -> Stretch {
    let start = Timestamp(1_704_067_200_000);
    Stretch::on_grid(query, (start, start.plus(Millis(STEP.0 * (points - 1)))), STEP).unwrap()
}

/// What a Prometheus would answer that has two series everywhere, one of them not at every third step.
fn answer(request: &str) -> Vec<u8> {
    let parameter = |name: &str| -> Option<i64> {
        let text =
            request.split(['?', '&', ' ']).find_map(|part| part.strip_prefix(name)?.strip_prefix('='))?;
        Some((text.parse::<f64>().unwrap() * 1_000.0).round() as i64)
    };
    let start = parameter("start").or_else(|| parameter("time")).unwrap();
    let (end, step) = (parameter("end").unwrap_or(start), parameter("step").unwrap_or(1));
    let values = |skipped: i64| {
        let steps = (0..).map(|point| start + point * step).take_while(|at| *at <= end);
        let steps = steps.filter(|at| skipped == 0 || at / STEP.0 % skipped != 0);
        let values: Vec<String> =
            steps.map(|at| format!("[{}.{:03},\"{}\"]", at / 1_000, at % 1_000, at / 1_000 % 977)).collect();
        values.join(",")
    };
    let series = [("a", values(0)), ("b", values(3))].map(|(pod, values)| {
        format!("{{\"metric\":{{\"__name__\":\"x\",\"pod\":\"{pod}\"}},\"values\":[{values}]}}")
    });
    let body =
        format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{}]}}}}"#, series.join(","));
    http("200 OK", "", &body).into_bytes()
}

struct Run {
    work: WorkFolder,
    history: History,
    requests: Receiver<String>,
}

impl Run {
    fn new(
        folder: &std::path::Path,
        (retries, points): (u32, u64),
        answer: impl FnMut(&str) -> Vec<u8> + Send + 'static,
    ) -> Run {
        let (url, requests) = serve_with(answer);
        let history = History::new(client(&url), retries, points).unwrap();
        let work = WorkFolder::open(&folder.join("it"), "request", Timestamp(7), false).unwrap();
        Run { work, history, requests }
    }

    fn fetch(&self, stretch: &Stretch) -> (Result<QueryAnswer, HistoryError>, Vec<String>) {
        let mut seen = Vec::new();
        let answer = self.history.fetch(stretch, &self.work, &mut |progress| {
            seen.push(match progress {
                Progress::Arrived { points, points_all, kept, .. } => format!("{points}/{points_all} {kept}"),
                Progress::Waiting { pause, failures, .. } => format!("{failures}: {pause:?}"),
            });
        });
        (answer, seen)
    }

    fn ranges_asked(&self) -> usize {
        self.requests.try_iter().filter(|request| request.contains("query_range")).count()
    }
}

#[test]
fn where_pieces_end_changes_nothing() {
    let whole = |points| {
        let folder = tempfile::tempdir().unwrap();
        let run = Run::new(folder.path(), (0, points), answer);
        let (found, seen) = run.fetch(&stretch("x", 100));
        (found.unwrap(), seen.len())
    };
    let (expected, once) = whole(10_000);
    assert_eq!((once, expected.series.len(), expected.series[0].samples.len()), (1, 2, 100));
    for (points, pieces) in [(1, 100), (7, 15), (99, 2), (100, 1)] {
        assert_eq!(whole(points), (expected.clone(), pieces), "{points}");
    }
}

#[test]
fn what_is_too_much_at_once_is_asked_for_in_halves() {
    let folder = tempfile::tempdir().unwrap();
    let too_much =
        http("422 Unprocessable", "", r#"{"error":"query would load too many samples into memory"}"#);
    let run = Run::new(folder.path(), (3, 10_000), move |request| {
        // Of sixteen steps and more, in milliseconds between start and end.
        let is_long = answer(request).len() > 1_000 && request.contains("query_range");
        if is_long { too_much.clone().into_bytes() } else { answer(request) }
    });
    let (found, seen) = run.fetch(&stretch("x", 100));
    let samples: Vec<usize> = found.unwrap().series.iter().map(|series| series.samples.len()).collect();
    assert_eq!(samples[0], 100);
    assert!(seen.len() > 4 && seen.last().unwrap() == "100/100 false", "{seen:?}");
    let asked = run.ranges_asked();
    assert!(
        asked <= seen.len() + 4,
        "a size that was too much is not tried again: {asked} for {}",
        seen.len()
    );
}

#[test]
fn a_second_run_asks_only_for_what_did_not_arrive() {
    let folder = tempfile::tempdir().unwrap();
    let undisturbed = Run::new(&folder.path().join("undisturbed"), (0, 10), answer);
    let expected = undisturbed.fetch(&stretch("x", 100)).0.unwrap();

    // Three requests that look for series, four pieces, and then it is down.
    let is_repaired = Arc::new(AtomicBool::new(false));
    let (repaired, mut count) = (Arc::clone(&is_repaired), 0);
    let first = Run::new(folder.path(), (0, 10), move |request| {
        count += 1;
        let is_up = count <= 7 || repaired.load(Ordering::SeqCst);
        if is_up { answer(request) } else { http("503 Busy", "", "").into_bytes() }
    });
    let error = first.fetch(&stretch("x", 100)).0.unwrap_err();
    assert!(matches!(error, HistoryError::Interrupted { .. }), "{error}");
    assert!(error.to_string().contains("what has arrived is kept"), "{error}");
    assert_eq!(first.ranges_asked(), 5);
    let Run { work, history, requests } = first;
    drop(work);

    let work = WorkFolder::open(&folder.path().join("it"), "request", Timestamp(8), false).unwrap();
    assert!(work.is_resumed() && work.begun() == Timestamp(7));
    // One piece was only half written when the power went.
    let piece =
        std::fs::read_dir(folder.path().join(".it.heal-record")).unwrap().map(|entry| entry.unwrap().path());
    let piece = piece.max_by_key(|path| std::fs::metadata(path).unwrap().len()).unwrap();
    let bytes = std::fs::read(&piece).unwrap();
    std::fs::write(&piece, &bytes[..bytes.len() - 9]).unwrap();
    is_repaired.store(true, Ordering::SeqCst);
    let second = Run { work, history, requests };
    let (found, seen) = second.fetch(&stretch("x", 100));
    assert_eq!(found.unwrap(), expected);
    assert_eq!(seen.iter().filter(|seen| seen.ends_with("true")).count(), 3, "{seen:?}");
    assert_eq!(second.ranges_asked(), 7);
}

#[test]
fn another_request_has_its_own_now_and_restarting_forgets_all() {
    let folder = tempfile::tempdir().unwrap();
    let open = |request: &str, now, restart| {
        WorkFolder::open(&folder.path().join("it"), request, Timestamp(now), restart)
    };
    let work = open("a", 1, false).unwrap();
    work.keep("reply", b"x").unwrap();
    let busy = open("a", 2, false).unwrap_err();
    assert!(matches!(busy, HistoryError::Busy { .. }), "{busy}");
    drop(work);
    assert_eq!(open("b", 2, false).unwrap().begun(), Timestamp(2));
    let work = open("a", 3, false).unwrap();
    assert_eq!((work.begun(), work.read("reply")), (Timestamp(1), Some(b"x".to_vec())));
    drop(work);
    let work = open("a", 4, true).unwrap();
    assert_eq!((work.begun(), work.read("reply")), (Timestamp(4), None));
    drop(work);
    assert!(
        !folder.path().join(".it.heal-record").exists(),
        "nothing has arrived, so nothing is left behind"
    );
}

proptest! {
    #[test]
    fn pieces_and_their_halves_hold_every_step_once(points in 1_i64..300, points_max in 1_u64..400) {
        let stretch = stretch("x", points);
        let mut waiting = pieces(&stretch, points_max);
        let mut next = stretch.start;
        let mut halve = true;
        while let Some(piece) = waiting.pop() {
            prop_assert!(piece.points(STEP) <= points_max);
            if let Some((earlier, later)) = piece.halves(STEP).filter(|_| halve) {
                waiting.extend([later, earlier]);
            } else {
                let Piece { start, end } = piece;
                prop_assert_eq!(start, next);
                next = end.plus(STEP);
            }
            halve = !halve;
        }
        prop_assert_eq!(next, stretch.end.plus(STEP));
    }

    #[test]
    fn a_stretch_lies_on_the_grid_inside_of_what_was_asked_for(from in -100_000_i64..100_000, length in 0_i64..100_000) {
        let (from, to) = (Timestamp(from), Timestamp(from + length));
        match Stretch::on_grid("x", (from, to), STEP) {
            Some(it) => {
                prop_assert!(it.start >= from && it.end <= to);
                prop_assert_eq!((it.start.0.rem_euclid(STEP.0), it.end.0.rem_euclid(STEP.0)), (0, 0));
                prop_assert!(it.start.0 - from.0 < STEP.0 && to.0 - it.end.0 < STEP.0);
            }
            None => prop_assert!(from.align_up(STEP) > to),
        }
    }

    #[test]
    fn any_text_is_looked_through_for_modifiers(query in ".*") {
        let _ = super::query::bound_to_the_range(&query);
    }
}
