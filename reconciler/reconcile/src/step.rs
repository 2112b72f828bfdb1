//! The decision: what to do next. Pure, and idempotent: what an observation shows as done is not asked for again.

use crate::{
    Assess, Assessed, Branch, Command, CommitId, Config, ImpactComment, Observation, PullRequest,
    PullRequestState, marker, texts,
};

/// What to do next. No commands: all is as it should be.
#[must_use]
pub fn step(config: &Config, observation: &Observation) -> Vec<Command> {
    let Some(main) = &observation.main else { return Vec::new() };
    let mut commands = Vec::new();
    commands.extend(apply(observation, main));
    for (name, branch) in observation.branches.iter().filter(|(name, _)| config.covers(name)) {
        let own = || {
            observation.pull_requests.iter().filter(|request| request.branch == *name && !request.from_fork)
        };
        let open: Vec<&PullRequest> =
            own().filter(|request| request.state == PullRequestState::Open).collect();
        if open.is_empty() && wants_pull_request(branch) && !own().any(|request| request.head == branch.head)
        {
            commands.push(Command::OpenPullRequest {
                branch: name.clone(),
                title: texts::title(name, &branch.subject),
                body: texts::description(name, &branch.changed_policies),
            });
        }
        for request in open.into_iter().filter(|request| request.into == config.main) {
            commands.extend(tend(observation, main, branch, request));
        }
    }
    commands
}

/// The commands that bring an assessment to its pull request. Empty when the observation no longer has that request.
#[must_use]
pub fn publish(observation: &Observation, assessed: &Assessed) -> Vec<Command> {
    let number = assessed.request.pull_request;
    let Some(request) = observation.pull_requests.iter().find(|request| request.number == number) else {
        return Vec::new();
    };
    let html = &assessed.assessment.report_html;
    let link = request.report_link.as_deref().filter(|_| !html.is_empty());
    let body = texts::comment(assessed, &observation.ground, link);
    let mut commands = Vec::new();
    if link.is_some() {
        commands.push(Command::KeepReport { pull_request: number, html: html.clone() });
    }
    commands.push(match oldest(request) {
        Some(comment) => Command::UpdateComment { pull_request: number, comment: comment.id, body },
        None => Command::CreateComment { pull_request: number, body },
    });
    commands
}

/// A commit that is neither running nor refused goes to the engine, once.
fn apply(observation: &Observation, main: &CommitId) -> Option<Command> {
    let engine = &observation.engine;
    let known = engine.applied.as_ref() == Some(main) || engine.refused.as_ref() == Some(main);
    (!known).then(|| Command::Apply { commit: main.clone() })
}

/// There is something to merge, and it concerns policies.
fn wants_pull_request(branch: &Branch) -> bool {
    !branch.changed_policies.is_empty()
        && branch.merge_base.as_ref().is_some_and(|merge_base| *merge_base != branch.head)
}

/// Brings an open pull request to exactly one comment that is about the present tips.
fn tend(observation: &Observation, main: &CommitId, branch: &Branch, request: &PullRequest) -> Vec<Command> {
    let kept = oldest(request);
    let mut commands = Vec::new();
    for comment in request.comments.iter().filter(|comment| kept.is_some_and(|kept| kept.id != comment.id)) {
        commands.push(Command::DeleteComment { pull_request: request.number, comment: comment.id });
    }
    let concerns_us = kept.is_some() || !branch.changed_policies.is_empty();
    let is_right = kept.is_some_and(|comment| is_right(comment, observation, main, branch));
    if concerns_us && !is_right && branch.merge_base.is_some() {
        commands.push(Command::Assess(Assess {
            pull_request: request.number,
            branch: request.branch.clone(),
            base: main.clone(),
            head: branch.head.clone(),
        }));
    }
    commands
}

fn oldest(request: &PullRequest) -> Option<&ImpactComment> {
    request.comments.iter().min_by_key(|comment| comment.id)
}

/// Whether a comment is about what is there now, and stands as it was written.
fn is_right(comment: &ImpactComment, observation: &Observation, main: &CommitId, branch: &Branch) -> bool {
    comment.marker.as_ref().is_some_and(|marker| {
        marker.base == *main
            && marker.head == branch.head
            && marker.ground_digest == marker::digest(&observation.ground)
            && marker.body_digest == comment.body_digest
    })
}

#[cfg(test)]
mod tests;
