//! `heald once`, `heald status` and `heald check-config`.

use heal_tests::{git, run};

use super::world::{World, demo};

#[test]
fn once_opens_a_pull_request_with_its_impact_and_a_second_time_does_nothing() {
    let world = World::new("");
    world.push_branch("heal/budget", "45ms");
    let first = world.once();
    assert_eq!(first.code(), 0, "{}", first.stderr);
    assert!(first.stderr.contains("opened pull request 1 for heal/budget"), "{}", first.stderr);
    assert!(first.stdout.is_empty(), "{}", first.stdout);
    let pulls = world.pulls();
    assert_eq!(pulls.len(), 1, "{pulls:?}");
    let impact = world.impact(1);
    assert!(impact.starts_with("<!-- heal:impact:v1"), "{impact}");

    let second = world.once();
    assert_eq!(second.code(), 0, "{}", second.stderr);
    assert!(!second.stderr.contains("reconciled"), "nothing is left to do: {}", second.stderr);
    assert_eq!((world.pulls(), world.impact(1)), (pulls, impact));
}

#[test]
fn a_merge_that_does_not_compile_is_a_finding_and_the_next_good_one_is_not() {
    let world = World::new("");
    assert_eq!(world.once().code(), 0);
    world.edit("checkout.heal", "> budget", "> 3 bananas");
    let bad = world.commit("Break it");
    let refused = world.once();
    assert_eq!(refused.code(), 1, "{}", refused.stderr);
    assert!(refused.stderr.contains(&format!("refused commit={bad}")), "{}", refused.stderr);
    assert!(refused.stderr.contains("checkout.heal:"), "with its place: {}", refused.stderr);
    let again = world.once();
    assert_eq!(again.code(), 1, "still a finding, and not tried again: {}", again.stderr);
    assert!(!again.stderr.contains("refused commit="), "{}", again.stderr);
    git(&world.policies(), &["revert", "--no-edit", "HEAD"]);
    let good = world.once();
    assert_eq!(good.code(), 0, "{}", good.stderr);
    assert!(good.stderr.contains("applied commit="), "{}", good.stderr);
}

#[test]
fn wrong_usage_is_two_and_says_what_to_do() {
    let world = World::new("");
    let status = run(&mut world.heald(&["status"]));
    assert_eq!(status.code(), 2);
    assert!(
        status.stderr.contains("no heald answers at") && status.stderr.contains("start it with"),
        "{}",
        status.stderr
    );
    let check = run(&mut world.heald(&["check-config"]));
    assert_eq!((check.code(), check.stderr.as_str()), (0, ""));
    assert!(check.stdout.contains("can be used"), "{}", check.stdout);

    world.folder.write("heald.toml", "[repository]\npath = \"policies\"\npool = \"30s\"\n");
    let check = run(&mut world.heald(&["check-config"]));
    assert_eq!(check.code(), 2);
    assert!(check.stderr.contains("heald.toml:3: unknown field `pool`, expected one of"), "{}", check.stderr);

    world.folder.write("heald.toml", "state = \"state\"\n[repository]\npath = \"nowhere\"\n");
    let once = world.once();
    assert_eq!(once.code(), 2, "{}", once.stderr);
    assert!(once.stderr.contains("nowhere"), "{}", once.stderr);
}

#[test]
fn a_repository_whose_recording_is_not_there_is_assessed_as_unknown() {
    let world = World::new("");
    let config = world.folder.read("heald.toml");
    world.folder.write("heald.toml", format!("{config}[recording]\nname = \"september\"\n"));
    world.push_branch("heal/budget", "45ms");
    assert_eq!(world.once().code(), 0);
    let impact = world.impact(1);
    assert!(impact.contains("recordings/september"), "{impact}");

    let elsewhere = demo().join("recordings/nab");
    world.folder.write("heald.toml", format!("{config}[recording]\npath = \"{}\"\n", elsewhere.display()));
    let once = world.once();
    assert_eq!(once.code(), 0, "{}", once.stderr);
    assert!(once.stderr.contains("wrote the impact of pull request 1"), "another ground: {}", once.stderr);
    assert!(!world.impact(1).contains("recordings/september"));
    assert_eq!(world.pulls().len(), 1);
}
