//! From a push to a pull request with its impact, over a real remote and a GitHub that we did not write.

use heal_tests::{git, skip};

use super::scene::{Scene, body, program_digest};

const BRANCH: &str = "heal/tighter";

#[test]
fn a_branch_becomes_one_pull_request_whose_one_comment_follows_every_push() {
    let Some(scene) = Scene::start() else {
        skip!("GitHub end to end", "the emulator or lighttpd is not installed")
    };
    let mut service = scene.run_service();

    scene.branch(BRANCH, "checkout.heal", "= 60ms", "= 52ms");
    scene.push(BRANCH);
    let (number, first) = scene.wait_for_comment(BRANCH, &scene.head(), |body| body.contains("### Heal:"));
    assert!(body(&first).starts_with("<!-- heal:impact:v1"), "{}", body(&first));
    assert!(body(&first).contains("`heal_checkout`") && body(&first).len() <= 65_536);
    let pull = &scene.pulls_of(BRANCH)[0];
    assert!(
        !pull["body"].as_str().unwrap_or_default().contains("heal:impact"),
        "the description is a person's"
    );

    scene.edit("checkout.heal", "limit 2 per 1d", "limit 8 per 1d");
    scene.push(BRANCH);
    let (_, second) =
        scene.wait_for_comment(BRANCH, &scene.head(), |body| body.contains("raised to 8 per 1d"));
    assert_eq!(first["id"], second["id"], "a new push updates the comment in place");

    scene.edit("checkout.heal", "> budget", "> bugdet");
    scene.push(BRANCH);
    let (_, broken) = scene.wait_for_comment(BRANCH, &scene.head(), |body| body.contains("HEAL0101"));
    assert!(body(&broken).contains("checkout.heal:16:35"), "{}", body(&broken));

    assert_eq!(scene.pulls_of(BRANCH).len(), 1);
    assert_eq!(scene.github.comments(&scene.repository, number).len(), 1);
    assert_eq!(service.terminate(std::time::Duration::from_secs(30)).code(), Some(0), "{}", service.log());
    assert!(!service.log().contains(heal_tests::GithubEmulator::TOKEN), "the token is in the log");
}

#[test]
fn a_merge_is_applied_and_what_does_not_compile_leaves_the_last_good_policies_running() {
    let Some(scene) = Scene::start() else {
        skip!("GitHub end to end", "the emulator or lighttpd is not installed")
    };
    let _service = scene.run_service();
    let (first, digest) = (scene.head(), program_digest(&scene.work));
    let status = scene.wait_for_status("the first commit", |it| it["policies"]["commit"] == first.as_str());
    assert_eq!(status["policies"]["program"], digest.as_str());

    scene.branch(BRANCH, "checkout.heal", "= 60ms", "= 52ms");
    scene.push(BRANCH);
    scene.wait_for_comment(BRANCH, &scene.head(), |body| body.contains("### Heal:"));
    git(&scene.work, &["switch", "--quiet", "main"]);
    git(&scene.work, &["merge", "--quiet", "--no-ff", "-m", "merge", BRANCH]);
    scene.push("main");
    let (merged, digest) = (scene.head(), program_digest(&scene.work));
    let status = scene.wait_for_status("the merge", |it| it["policies"]["commit"] == merged.as_str());
    assert_eq!(status["policies"]["program"], digest.as_str());

    scene.edit("checkout.heal", "> budget", "> bugdet");
    scene.push("main");
    let broken = scene.head();
    let status =
        scene.wait_for_status("the refusal", |it| it["policies"]["refused"]["commit"] == broken.as_str());
    assert_eq!(status["policies"]["commit"], merged.as_str());
    assert_eq!(status["policies"]["program"], digest.as_str());
    let said = status["policies"]["refused"]["diagnostics"].as_str().unwrap();
    assert!(said.contains("HEAL0101"), "{said}");
}
