//! SIGKILL at any moment between a push and its pull request, while a recording is replayed.

use std::time::Duration;

use super::replays::{REPLAY, done};
use super::world::World;

const KILLS: u64 = 12;

#[test]
fn killed_at_any_moment_it_leaves_one_pull_request_with_one_right_comment_and_does_nothing_twice() {
    let quiet = World::new(REPLAY);
    quiet.push_branch("heal/budget", "45ms");
    let _undisturbed = quiet.start();
    let assessed = |status: &heal_service::Status| {
        status.pass.as_ref().is_some_and(|pass| pass.pull_requests.iter().any(|request| request.assessed))
    };
    let expected = quiet.wait("undisturbed run", |status| status.telemetry.ended && assessed(status));

    let world = World::new(REPLAY);
    world.push_branch("heal/budget", "45ms");
    for kill in 0..KILLS {
        let mut heald = world.start();
        // From before the journal is there to after the comment is written.
        std::thread::sleep(Duration::from_millis(10 + kill * kill * 25));
        heald.kill();
    }
    let _heald = world.start();
    let status = world.wait("end after kills", |status| status.telemetry.ended && assessed(status));
    assert_eq!(world.pulls(), quiet.pulls());
    assert_eq!(world.pulls().len(), 1);
    assert_eq!(world.impact(1), quiet.impact(1));
    assert_eq!(done(&status), done(&expected));
    assert_eq!(status.engine.inputs, expected.engine.inputs);
    assert_eq!(status.policies.program, expected.policies.program);
}
