//! A service that is killed anywhere between a push and its comment does nothing twice.

use std::thread::sleep;
use std::time::{Duration, Instant};

use heal_tests::skip;

use super::scene::{Scene, body};

/// How often the service is killed.
const KILLS: u64 = 10;

/// Kills are spread over this many times the length of an undisturbed run, so that some come after the comment.
const SPREAD: f64 = 1.2;

/// A number in 0..1 that differs for every round and is equal in every run (a Weyl sequence).
fn spread(round: u64) -> f64 {
    (round as f64 * 0.618_033_988_749_895 + 0.05).fract()
}

#[test]
fn ten_kills_between_push_and_comment_leave_one_pull_request_with_one_right_comment_each() {
    let Some(scene) = Scene::start() else { skip!("kills", "the emulator or lighttpd is not installed") };

    // Undisturbed: how long it takes, and what is right.
    let push = |name: &str| {
        scene.branch(name, "checkout.heal", "= 60ms", "= 52ms");
        scene.push(name);
        scene.head()
    };
    let head = push("heal/undisturbed");
    let start = Instant::now();
    let mut service = scene.run_service();
    let (_, comment) = scene.wait_for_comment("heal/undisturbed", &head, |body| body.contains("### Heal:"));
    let run_length = start.elapsed();
    service.kill();
    let right = without_marker_and_commits(body(&comment)).to_owned();

    for round in 0..KILLS {
        let name = format!("heal/killed-{round}");
        let head = push(&name);
        let mut service = scene.run_service();
        sleep(run_length.mul_f64(SPREAD * spread(round)).max(Duration::from_millis(5)));
        service.kill();
        let restarted = scene.run_service();
        let (number, comment) = scene.wait_for_comment(&name, &head, |body| body.contains("### Heal:"));
        drop(restarted);
        assert_eq!(scene.pulls_of(&name).len(), 1, "{name}");
        let comments = scene.github.comments(&scene.repository, number);
        assert_eq!(comments.len(), 1, "{name}: {comments:#?}");
        assert_eq!(without_marker_and_commits(body(&comment)), right, "{name}");
    }

    // One more pass over everything finds nothing to do.
    let before = scene.github.pull_requests(&scene.repository).len();
    let output = scene.heald_ends(&["once"]);
    assert_eq!(output.code(), 0, "{}", output.stderr);
    assert_eq!(scene.github.pull_requests(&scene.repository).len(), before);
    assert_eq!(before, usize::try_from(KILLS).unwrap() + 1);
}

/// What every branch's comment says alike.
fn without_marker_and_commits(body: &str) -> &str {
    let start = body.find("### Heal:").expect("a headline");
    let end = body.find("<details>").unwrap_or(body.len());
    &body[start..end]
}
