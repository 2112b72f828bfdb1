//! Whole passes against a model of the world.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::time::Duration;

use proptest::prelude::*;

use super::{Action, PassError, PassReport, run_pass};
use crate::model::{Model, World, compiles, said};
use crate::{ApplyOutcome, Config, Marker, PortError, PullRequestState, is_policy};

fn pass(model: &Model) -> Result<PassReport, PassError> {
    run_pass(&Config::default(), &mut model.clone(), &mut model.clone(), &mut model.clone())
}

/// Main with one policy, and `heal/x` that changes it.
fn model_with_a_branch() -> Model {
    let model = Model::default();
    let mut world = model.0.borrow_mut();
    let main = world.commit("main", &[], &[("a.heal", "one")]);
    world.commit("heal/x", &[main], &[("a.heal", "two")]);
    drop(world);
    model
}

fn only_comment(world: &World) -> &str {
    match world.comments.values().flatten().collect::<Vec<_>>().as_slice() {
        [(_, _, body)] => body,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_first_pass_applies_opens_and_comments_and_a_second_does_nothing() {
    let model = model_with_a_branch();
    let report = pass(&model).unwrap();
    assert!(matches!(
        report.actions.as_slice(),
        [
            Action::Applied { outcome: ApplyOutcome::Applied, .. },
            Action::Opened { .. },
            Action::Commented { .. }
        ]
    ));
    assert_eq!(report.problems, Vec::new());
    assert!(only_comment(&model.0.borrow()).contains("base: a.heal=one;\nhead: a.heal=two;"));
    assert_eq!(pass(&model).unwrap().actions, Vec::new());
    assert_eq!(model.0.borrow().assessments, 1);
}

#[test]
fn a_push_and_a_moved_main_update_the_same_comment() {
    let model = model_with_a_branch();
    pass(&model).unwrap();
    let first_id = model.0.borrow().comments.values().flatten().next().unwrap().0;
    let head = model.0.borrow().branches["heal/x"].clone();
    model.0.borrow_mut().commit("heal/x", &[head], &[("a.heal", "three")]);
    pass(&model).unwrap();
    let main = model.0.borrow().branches["main"].clone();
    model.0.borrow_mut().commit("main", &[main], &[("b.heal", "new")]);
    pass(&model).unwrap();
    let world = model.0.borrow();
    assert!(only_comment(&world).contains("head: a.heal=three;b.heal=new;"), "the merge is assessed");
    assert_eq!(world.comments.values().flatten().next().unwrap().0, first_id);
}

#[test]
fn what_a_person_closes_stays_closed_until_the_next_push() {
    let model = model_with_a_branch();
    pass(&model).unwrap();
    model.0.borrow_mut().requests[0].state = PullRequestState::Closed;
    assert_eq!(pass(&model).unwrap().actions, Vec::new());
    let head = model.0.borrow().branches["heal/x"].clone();
    model.0.borrow_mut().commit("heal/x", &[head], &[("a.heal", "three")]);
    pass(&model).unwrap();
    assert_eq!(model.0.borrow().requests.len(), 2);
}

#[test]
fn a_conflict_shows_the_branch_as_it_stands_and_says_so() {
    let model = model_with_a_branch();
    let main = model.0.borrow().branches["main"].clone();
    model.0.borrow_mut().commit("main", &[main], &[("a.heal", "other")]);
    pass(&model).unwrap();
    let world = model.0.borrow();
    let comment = only_comment(&world);
    assert!(
        comment.contains("head: a.heal=two;") && comment.contains("conflicts with the branch"),
        "{comment}"
    );
}

#[test]
fn a_main_branch_that_does_not_compile_is_refused_once() {
    let model = model_with_a_branch();
    pass(&model).unwrap();
    let main = model.0.borrow().branches["main"].clone();
    model.0.borrow_mut().commit("main", std::slice::from_ref(&main), &[("z.heal", "bad")]);
    let report = pass(&model).unwrap();
    assert!(matches!(
        report.actions.first(),
        Some(Action::Applied { outcome: ApplyOutcome::Refused { .. }, .. })
    ));
    assert_eq!(model.0.borrow().engine.applied, Some(main), "the last good policies go on");
    assert_eq!(pass(&model).unwrap().actions, Vec::new());
}

#[test]
fn a_tree_beyond_a_limit_is_told_in_the_comment() {
    let model = model_with_a_branch();
    model.0.borrow_mut().tree_too_large = true;
    let report = pass(&model).unwrap();
    assert_eq!(report.problems.len(), 1, "main cannot be applied either: {:?}", report.problems);
    assert!(only_comment(&model.0.borrow()).contains("the tree is beyond the limit: remove files"));
}

#[test]
fn what_concerns_one_command_leaves_the_others_and_is_tried_again_next_time() {
    let model = model_with_a_branch();
    let main = model.0.borrow().branches["main"].clone();
    model.0.borrow_mut().commit("heal/y", &[main], &[("a.heal", "three")]);
    model.0.borrow_mut().refusal = Some(PortError::rejected("no commits between"));
    let report = pass(&model).unwrap();
    assert_eq!(report.problems[0].doing, "open a pull request for heal/x");
    assert_eq!(model.0.borrow().requests.len(), 1);
    assert_eq!(pass(&model).unwrap().problems, Vec::new());
    assert_eq!(model.0.borrow().requests.len(), 2);
}

#[test]
fn a_limit_of_the_forge_ends_the_pass_and_says_when_to_look_again() {
    let model = model_with_a_branch();
    let wait = Duration::from_secs(61);
    model.0.borrow_mut().refusal =
        Some(PortError::Temporary { message: "rate limit".to_owned(), retry_after: Some(wait) });
    let error = pass(&model).unwrap_err();
    assert_eq!(error.retry_after(), Some(wait));
    assert!(error.is_temporary());
    assert_eq!(error.to_string(), "could not open a pull request for heal/x: rate limit");
    let PassError::Port { report, .. } = error else { panic!() };
    assert_eq!(report.actions.len(), 1, "what was done before is told");
    assert!(pass(&model).is_ok());
}

#[test]
fn a_forge_that_keeps_something_else_than_was_written_does_not_make_the_pass_spin() {
    let model = model_with_a_branch();
    pass(&model).unwrap();
    let world = || model.0.borrow_mut();
    for (_, _, body) in world().comments.values_mut().flatten() {
        body.push_str("\nedited by hand");
    }
    pass(&model).unwrap();
    assert!(!only_comment(&model.0.borrow()).contains("edited by hand"));
    assert_eq!(model.0.borrow().writes, 2);
}

#[derive(Clone, Debug)]
enum Event {
    Push { branch: usize, text: u8, from_main: bool },
    PushMain { text: u8, other_file: bool },
    Merge { branch: usize },
    Close { branch: usize },
    Delete { branch: usize },
    SecondComment { branch: usize },
    Edit { branch: usize },
    PersonComments { branch: usize },
    Pass { fuse: u32 },
}

const BRANCHES: [&str; 3] = ["heal/x", "heal/y", "heal/deep/z"];
const TEXTS: [&str; 4] = ["one", "two", "three", "bad"];

fn event() -> impl Strategy<Value = Event> {
    let branch = 0..BRANCHES.len();
    prop_oneof![
        4 => (branch.clone(), 0_u8..4, prop::bool::weighted(0.2))
            .prop_map(|(branch, text, from_main)| Event::Push { branch, text, from_main }),
        2 => (0_u8..4, any::<bool>()).prop_map(|(text, other_file)| Event::PushMain { text, other_file }),
        1 => branch.clone().prop_map(|branch| Event::Merge { branch }),
        1 => branch.clone().prop_map(|branch| Event::Close { branch }),
        1 => branch.clone().prop_map(|branch| Event::Delete { branch }),
        1 => branch.clone().prop_map(|branch| Event::SecondComment { branch }),
        1 => branch.clone().prop_map(|branch| Event::Edit { branch }),
        1 => branch.prop_map(|branch| Event::PersonComments { branch }),
        8 => (0_u32..20).prop_map(|fuse| Event::Pass { fuse }),
    ]
}

fn happen(model: &Model, event: &Event) {
    if let Event::Pass { fuse } = event {
        model.0.borrow_mut().fuse = Some(*fuse);
        let _ = pass(model);
        model.0.borrow_mut().fuse = None;
        return;
    }
    let mut world = model.0.borrow_mut();
    let main = world.branches["main"].clone();
    let open = |world: &World, branch: usize| {
        let is_it = |request: &&crate::PullRequest| {
            request.branch == BRANCHES[branch] && request.state == PullRequestState::Open
        };
        world.requests.iter().find(is_it).map(|request| request.number)
    };
    match event {
        Event::Push { branch, text, from_main } => {
            let tip = world.branches.get(BRANCHES[*branch]).filter(|_| !from_main).unwrap_or(&main).clone();
            world.commit(BRANCHES[*branch], &[tip], &[("a.heal", TEXTS[usize::from(*text)])]);
        }
        Event::PushMain { text, other_file } => {
            let file = if *other_file { "b.heal" } else { "a.heal" };
            world.commit("main", &[main], &[(file, TEXTS[usize::from(*text)])]);
        }
        Event::Merge { branch } => {
            if world.branches.contains_key(BRANCHES[*branch]) {
                world.merge_into_main(BRANCHES[*branch]);
            }
        }
        Event::Close { branch } => {
            let number = open(&world, *branch);
            for request in world.requests.iter_mut().filter(|request| Some(request.number) == number) {
                request.state = PullRequestState::Closed;
            }
        }
        Event::Delete { branch } => {
            world.branches.remove(BRANCHES[*branch]);
            for request in world.requests.iter_mut().filter(|request| request.branch == BRANCHES[*branch]) {
                if request.state == PullRequestState::Open {
                    request.state = PullRequestState::Closed;
                }
            }
        }
        Event::SecondComment { branch } | Event::PersonComments { branch } => {
            if let Some(number) = open(&world, *branch) {
                let id = world.id();
                let ours = matches!(event, Event::SecondComment { .. });
                let text = "<!-- heal:impact:v1 base=0 head=0 -->\ncopied".to_owned();
                world.comments.entry(number).or_default().push((id, ours, text));
            }
        }
        Event::Edit { branch } => {
            if let Some(number) = open(&world, *branch) {
                for (_, _, body) in
                    world.comments.get_mut(&number).into_iter().flatten().filter(|(_, ours, _)| *ours)
                {
                    body.push_str(" edited");
                }
            }
        }
        Event::Pass { .. } => {}
    }
}

/// What has to hold once a pass came to its end.
fn assert_right(world: &World, people_wrote: usize) {
    let main = &world.branches["main"];
    for (name, head) in world.branches.iter().filter(|(name, _)| *name != "main") {
        let requests = world.requests.iter().filter(|request| request.branch == *name);
        let open: Vec<_> =
            requests.clone().filter(|request| request.state == PullRequestState::Open).collect();
        let base = world.merge_base_of(main, head).unwrap();
        let (before, after) = (world.tree(&base), world.tree(head));
        let changes = after.iter().any(|(path, text)| is_policy(path) && before.get(path) != Some(text));
        let had_one = requests.clone().any(|request| request.head == *head);
        assert!(open.len() <= 1, "{name}: {open:?}");
        assert!(!changes || had_one, "{name} changes policies and has no pull request");
        for request in &open {
            let comments: Vec<&str> = world
                .comments
                .get(&request.number)
                .into_iter()
                .flatten()
                .filter(|(_, ours, _)| *ours)
                .map(|(_, _, body)| body.as_str())
                .collect();
            assert!(comments.len() <= 1, "{comments:?}");
            assert!(!changes || comments.len() == 1, "{name} has no comment");
            for comment in comments {
                let marker = Marker::read(comment).unwrap();
                assert_eq!((&marker.base, &marker.head), (main, head));
                let merged = world.merged(main, head).unwrap_or_else(|_| after.clone());
                let expected = if compiles(&merged) {
                    said(&world.tree(main), &merged)
                } else {
                    "does not compile".to_owned()
                };
                assert!(comment.contains(expected.trim()), "{comment} should hold {expected}");
            }
        }
    }
    let theirs = world.comments.values().flatten().filter(|(_, ours, _)| !*ours).count();
    assert_eq!(theirs, people_wrote, "what people wrote stays");
    let mut applied = world.applied.clone();
    applied.dedup();
    assert_eq!(applied, world.applied, "nothing is applied twice");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_and_wherever_it_dies_it_ends_with_one_request_and_one_right_comment(
        events in prop::collection::vec(event(), 1..40),
    ) {
        let model = Model::default();
        model.0.borrow_mut().commit("main", &[], &[("a.heal", "zero"), ("b.heal", "zero")]);
        for event in &events {
            happen(&model, event);
        }
        let people_wrote = model.0.borrow().comments.values().flatten().filter(|(_, ours, _)| !*ours).count();
        pass(&model).unwrap();
        assert_right(&model.0.borrow(), people_wrote);
        let (requests, writes) = (model.0.borrow().requests.len(), model.0.borrow().writes);
        prop_assert_eq!(pass(&model).unwrap().actions, Vec::new(), "a settled world stays as it is");
        prop_assert_eq!((model.0.borrow().requests.len(), model.0.borrow().writes), (requests, writes));
    }
}
