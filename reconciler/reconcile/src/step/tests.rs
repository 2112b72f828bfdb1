#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
//! The table: a situation in, commands out.

use std::collections::BTreeMap;

use insta::assert_snapshot;

use super::{publish, step};
use crate::{
    Assess, Assessed, Assessment, Branch, Command, CommitId, Config, EngineState, ImpactComment, Marker,
    Observation, Outcome, PullRequest, PullRequestState, marker,
};

fn commit(letter: char) -> CommitId {
    CommitId::parse(&letter.to_string().repeat(40)).unwrap()
}

/// Main at `a`, running `a`; branch `heal/x` left it at `a` and is at `b` with a changed policy.
fn settled_but_for_the_branch() -> Observation {
    let branch = Branch {
        head: commit('b'),
        merge_base: Some(commit('a')),
        changed_policies: vec!["x.heal".to_owned()],
        subject: "Catch leaks earlier".to_owned(),
    };
    Observation {
        main: Some(commit('a')),
        engine: EngineState { applied: Some(commit('a')), refused: None },
        ground: "engine 1".to_owned(),
        branches: BTreeMap::from([("heal/x".to_owned(), branch)]),
        pull_requests: Vec::new(),
    }
}

fn request(state: PullRequestState, head: char) -> PullRequest {
    PullRequest {
        number: 7,
        branch: "heal/x".to_owned(),
        into: "main".to_owned(),
        head: commit(head),
        state,
        from_fork: false,
        report_link: None,
        comments: Vec::new(),
    }
}

fn comment(id: u64, base: char, head: char) -> ImpactComment {
    let marker = Marker::new(&commit(base), &commit(head), "engine 1", "text");
    ImpactComment { id, marker: Some(marker), body_digest: marker::digest("text") }
}

fn with(requests: Vec<PullRequest>) -> Observation {
    Observation { pull_requests: requests, ..settled_but_for_the_branch() }
}

fn open_with(comments: Vec<ImpactComment>) -> Observation {
    with(vec![PullRequest { comments, ..request(PullRequestState::Open, 'b') }])
}

fn change_branch(mut observation: Observation, change: impl FnOnce(&mut Branch)) -> Observation {
    if let Some(branch) = observation.branches.get_mut("heal/x") {
        change(branch);
    }
    observation
}

fn shown(observation: &Observation) -> String {
    let line = |command: &Command| match command {
        Command::Apply { commit } => format!("apply {}", commit.short()),
        Command::OpenPullRequest { branch, title, .. } => format!("open {branch}: {title}"),
        Command::DeleteComment { pull_request, comment } => format!("delete #{pull_request}/{comment}"),
        Command::Assess(Assess { pull_request, branch, base, head }) => {
            format!("assess #{pull_request} {branch} {}..{}", base.short(), head.short())
        }
        Command::KeepReport { pull_request, .. } => format!("keep report #{pull_request}"),
        Command::CreateComment { pull_request, .. } => format!("create #{pull_request}"),
        Command::UpdateComment { pull_request, comment, .. } => format!("update #{pull_request}/{comment}"),
    };
    step(&Config::default(), observation).iter().map(line).collect::<Vec<_>>().join("; ")
}

#[test]
fn a_branch_that_changes_policies_gets_a_pull_request_once() {
    assert_snapshot!(shown(&settled_but_for_the_branch()), @"open heal/x: Catch leaks earlier");
    assert_snapshot!(shown(&with(vec![request(PullRequestState::Closed, 'b')])), @"");
    assert_snapshot!(shown(&with(vec![request(PullRequestState::Merged, 'b')])), @"");
    assert_snapshot!(shown(&with(vec![request(PullRequestState::Closed, 'c')])), @"open heal/x: Catch leaks earlier");
    assert_snapshot!(shown(&with(vec![request(PullRequestState::Merged, 'c')])), @"open heal/x: Catch leaks earlier");
}

#[test]
fn a_branch_without_something_to_merge_gets_none() {
    let base = settled_but_for_the_branch;
    assert_snapshot!(shown(&change_branch(base(), |branch| branch.changed_policies.clear())), @"");
    assert_snapshot!(shown(&change_branch(base(), |branch| branch.merge_base = None)), @"");
    assert_snapshot!(shown(&change_branch(base(), |branch| branch.merge_base = Some(commit('b')))), @"");
}

#[test]
fn branches_beside_the_pattern_and_the_main_branch_are_left_alone() {
    let mut observation = settled_but_for_the_branch();
    let branch = observation.branches["heal/x"].clone();
    observation.branches =
        BTreeMap::from([("feature/y".to_owned(), branch.clone()), ("main".to_owned(), branch)]);
    assert_snapshot!(shown(&observation), @"");
}

#[test]
fn an_open_pull_request_gets_exactly_one_comment_about_the_present_tips() {
    assert_snapshot!(shown(&open_with(Vec::new())), @"assess #7 heal/x aaaaaaaaaa..bbbbbbbbbb");
    assert_snapshot!(shown(&open_with(vec![comment(1, 'a', 'b')])), @"");
    // A new push, and a moved main branch.
    assert_snapshot!(shown(&open_with(vec![comment(1, 'a', 'c')])), @"assess #7 heal/x aaaaaaaaaa..bbbbbbbbbb");
    assert_snapshot!(shown(&open_with(vec![comment(1, 'c', 'b')])), @"assess #7 heal/x aaaaaaaaaa..bbbbbbbbbb");
    // The forge has not seen the push yet.
    let lagging = PullRequest { head: commit('c'), ..request(PullRequestState::Open, 'b') };
    assert_snapshot!(shown(&with(vec![lagging])), @"assess #7 heal/x aaaaaaaaaa..bbbbbbbbbb");
}

#[test]
fn of_several_comments_the_oldest_stays() {
    let right = || comment(1, 'a', 'b');
    assert_snapshot!(shown(&open_with(vec![comment(2, 'a', 'b'), right()])), @"delete #7/2");
    assert_snapshot!(
        shown(&open_with(vec![comment(1, 'a', 'c'), comment(2, 'a', 'b'), comment(3, 'a', 'b')])),
        @"delete #7/2; delete #7/3; assess #7 heal/x aaaaaaaaaa..bbbbbbbbbb"
    );
}

#[test]
fn a_comment_that_was_edited_or_rests_on_something_else_is_made_anew() {
    let edited = ImpactComment { body_digest: marker::digest("nonsense"), ..comment(1, 'a', 'b') };
    assert_snapshot!(shown(&open_with(vec![edited])), @"assess #7 heal/x aaaaaaaaaa..bbbbbbbbbb");
    let unreadable = ImpactComment { marker: None, ..comment(1, 'a', 'b') };
    assert_snapshot!(shown(&open_with(vec![unreadable])), @"assess #7 heal/x aaaaaaaaaa..bbbbbbbbbb");
    let newer = Observation { ground: "engine 2".to_owned(), ..open_with(vec![comment(1, 'a', 'b')]) };
    assert_snapshot!(shown(&newer), @"assess #7 heal/x aaaaaaaaaa..bbbbbbbbbb");
}

#[test]
fn a_change_taken_back_still_brings_its_comment_up_to_date() {
    let reverted = |observation| change_branch(observation, |branch| branch.changed_policies.clear());
    assert_snapshot!(
        shown(&reverted(open_with(vec![comment(1, 'a', 'c')]))),
        @"assess #7 heal/x aaaaaaaaaa..bbbbbbbbbb"
    );
    assert_snapshot!(shown(&reverted(open_with(Vec::new()))), @"");
}

#[test]
fn pull_requests_from_forks_run_nothing_and_count_for_nothing() {
    let fork = || PullRequest { from_fork: true, ..request(PullRequestState::Open, 'b') };
    let observation = with(vec![fork()]);
    assert_snapshot!(shown(&observation), @"open heal/x: Catch leaks earlier");
    let own = PullRequest {
        number: 8,
        comments: vec![comment(1, 'a', 'b')],
        ..request(PullRequestState::Open, 'b')
    };
    assert_snapshot!(shown(&with(vec![fork(), own])), @"");
}

#[test]
fn a_pull_request_into_another_branch_is_a_persons_affair() {
    let elsewhere = PullRequest { into: "release".to_owned(), ..request(PullRequestState::Open, 'b') };
    assert_snapshot!(shown(&with(vec![elsewhere])), @"");
}

#[test]
fn a_new_tip_of_main_is_applied_once_whether_taken_or_refused() {
    let engine = |applied: Option<char>, refused: Option<char>| Observation {
        engine: EngineState { applied: applied.map(commit), refused: refused.map(commit) },
        ..open_with(vec![comment(1, 'a', 'b')])
    };
    assert_snapshot!(shown(&engine(None, None)), @"apply aaaaaaaaaa");
    assert_snapshot!(shown(&engine(Some('c'), None)), @"apply aaaaaaaaaa");
    assert_snapshot!(shown(&engine(Some('a'), Some('c'))), @"");
    assert_snapshot!(shown(&engine(Some('c'), Some('a'))), @"");
}

#[test]
fn without_a_main_branch_there_is_nothing_to_do() {
    assert_snapshot!(shown(&Observation { main: None, ..settled_but_for_the_branch() }), @"");
}

fn assessed(html: &[u8]) -> Assessed {
    let request =
        Assess { pull_request: 7, branch: "heal/x".to_owned(), base: commit('a'), head: commit('b') };
    let outcome = Outcome::Impact { markdown: "### Heal: nothing\n".to_owned() };
    let assessment = Assessment { headline: "nothing".to_owned(), outcome, report_html: html.to_vec() };
    Assessed { request, conflicts: Vec::new(), assessment }
}

#[test]
fn a_published_comment_is_right_by_the_next_observation() {
    for (present, creates) in [(Vec::new(), true), (vec![comment(4, 'a', 'c')], false)] {
        let observation = open_with(present);
        let commands = publish(&observation, &assessed(b""));
        let body = match commands.as_slice() {
            [Command::CreateComment { pull_request: 7, body }] if creates => body,
            [Command::UpdateComment { pull_request: 7, comment: 4, body }] if !creates => body,
            other => unreachable!("{other:?}"),
        };
        let digest = marker::digest(marker::text_below(body));
        let written = ImpactComment { id: 4, marker: Marker::read(body), body_digest: digest };
        assert_eq!(shown(&open_with(vec![written])), "");
    }
}

#[test]
fn a_report_is_kept_before_the_comment_that_links_to_it() {
    let mut observation = open_with(Vec::new());
    observation.pull_requests[0].report_link = Some("report.html".to_owned());
    let commands = publish(&observation, &assessed(b"<html>"));
    assert!(matches!(
        commands.as_slice(),
        [Command::KeepReport { pull_request: 7, .. }, Command::CreateComment { body, .. }] if body.contains("(report.html)")
    ));
    assert_eq!(publish(&observation, &assessed(b"")).len(), 1, "no page, no link");
}

#[test]
fn nothing_is_published_to_a_pull_request_that_is_gone() {
    assert_eq!(publish(&with(Vec::new()), &assessed(b"")), Vec::new());
}
