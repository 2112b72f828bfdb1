//! `heald run` over a recording at full pace.

use std::time::Duration;

use heal_service::Status;
use heal_tests::{git, run};

use super::world::World;

pub(super) const REPLAY: &str = "recording = { path = \"policies/recordings/nab\", pace = \"max\" }";

/// What the engine has done, without what differs between two processes.
pub(super) fn done(status: &Status) -> (Vec<String>, Vec<String>, u64) {
    let shown = |actions: &[heal_service::ShadowAction]| {
        actions
            .iter()
            .map(|action| format!("{} {} {} {:?}", action.at, action.id, action.what, action.outcome))
            .collect()
    };
    let engine = &status.engine;
    (shown(&engine.shadow_actions), shown(&engine.shadow_messages), engine.shadow_actions_count)
}

#[test]
fn a_recording_is_replayed_shown_and_taken_up_again() {
    let world = World::new(REPLAY);
    let main = git(&world.policies(), &["rev-parse", "HEAD"]);
    let mut heald = world.start();
    let status = world.wait("end of the recording", |status| status.telemetry.ended);
    assert_eq!(status.policies.commit.as_deref(), Some(main.as_str()));
    assert_eq!(status.policies.package, "demo");
    assert!(status.policies.program.as_ref().is_some_and(|digest| digest.len() == 32));
    assert!(status.engine.shadow_actions_count > 0);
    let action = &status.engine.shadow_actions[0];
    assert!(action.outcome.as_deref().is_some_and(|outcome| outcome.contains("as a shadow")), "{action:?}");
    assert!(status.errors.is_empty(), "{:?}", status.errors);
    assert!(world.log().contains(" info firing_started engine_time="), "{}", world.log());

    let text = run(&mut world.heald(&["status"]));
    assert_eq!(text.code(), 0, "{}", text.stderr);
    assert!(text.stdout.starts_with(&format!("commit           {main}\n")), "{}", text.stdout);
    for part in ["program  ", "shadow actions", "telemetry        recording nab", "replayed to its end"] {
        assert!(text.stdout.contains(part), "no `{part}` in\n{}", text.stdout);
    }
    let json = run(&mut world.heald(&["status", "--json"]));
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["heald_status_version"], 1);
    assert_eq!(json["policies"]["commit"], main.as_str());

    let ended = heald.terminate(Duration::from_secs(30));
    assert!(ended.success(), "{ended}: {}", world.log());
    assert!(!world.folder.join("state/heald.sock").exists());

    let _heald = world.start();
    let again = world.wait("the service again", |status| status.telemetry.ended && status.pass.is_some());
    assert_eq!(done(&again), done(&status));
    assert_eq!((again.engine.inputs, again.engine.inputs_since_start), (status.engine.inputs, 0));
    assert_eq!(again.policies, status.policies);
}

#[test]
fn a_merge_swaps_the_running_engine_and_a_bad_one_leaves_the_last_good() {
    let world = World::new("recording = { path = \"policies/recordings/nab\", pace = \"1000000x\" }");
    let _heald = world.start();
    let first = world.wait("first program", |status| status.policies.commit.is_some());
    world.push_branch("heal/budget", "45ms");
    let open = world.wait("the pull request with its impact", |status| {
        status.pass.as_ref().is_some_and(|pass| pass.pull_requests.iter().any(|request| request.assessed))
    });
    assert_eq!(open.pass.unwrap().pull_requests[0].branch, "heal/budget");
    git(&world.policies(), &["merge", "--quiet", "--no-edit", "heal/budget"]);
    let merged = git(&world.policies(), &["rev-parse", "HEAD"]);
    let swapped =
        world.wait("the merged program", |status| status.policies.commit.as_deref() == Some(&merged));
    assert_ne!(swapped.policies.program, first.policies.program);

    world.edit("press.heal", "detector", "detecter");
    let bad = world.commit("Break it");
    let refused = world.wait("the refusal", |status| {
        status.policies.refused.as_ref().is_some_and(|refused| refused.commit == bad)
    });
    assert_eq!(refused.policies.commit, swapped.policies.commit, "the last good one goes on");
    assert!(refused.policies.refused.unwrap().diagnostics.contains("press.heal"));
    let ended = world.wait("end of the recording", |status| status.telemetry.ended);
    assert_eq!(ended.policies.program, swapped.policies.program);
}

#[test]
fn a_second_service_on_the_same_state_is_refused() {
    let world = World::new("");
    let _heald = world.start();
    world.wait("first service", |status| status.pass.is_some());
    let second = world.once();
    assert_eq!(second.code(), 2);
    assert!(second.stderr.contains("is in use by another process"), "{}", second.stderr);
    world.wait("first service, still", |status| status.pass.is_some());
}
