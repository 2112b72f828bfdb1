//! The thread that goes over the repository: Git and forges block, so they have one of their own.

use std::sync::mpsc as blocking;
use std::time::{Duration, Instant};

use heal_reconcile::{Action, ApplyOutcome, Observation, PassError, PassReport, PullRequestState, run_pass};
use heal_telemetry::Recording;
use tokio::sync::mpsc;

use crate::assessor::ServiceAssessor;
use crate::clock::wall_now;
use crate::config::Config;
use crate::ports::Ports;
use crate::request::Request;
use crate::status::{PassStatus, PullRequestStatus};

/// Longest wait after failures.
const WAIT_MAX: Duration = Duration::from_secs(15 * 60);

/// Goes over the repository again and again until nobody listens any more: to its requests, or at the other end of
/// `stop`.
pub(crate) fn reconcile(
    config: &Config,
    recording: Option<Recording>,
    requests: mpsc::Sender<Request>,
    stop: &blocking::Receiver<()>,
) {
    let main = config.repository.branch.as_str();
    let Some(mut assessor) = ServiceAssessor::new(&config.recording, recording, main, requests.clone())
    else {
        return;
    };
    let mut ports = None;
    let mut failures_count = 0;
    loop {
        let start = Instant::now();
        let (mut status, retry_after) = pass(config, &mut ports, &mut assessor);
        status.took_milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        failures_count = if status.error.is_some() { failures_count + 1 } else { 0 };
        if requests.blocking_send(Request::PassEnded(Box::new(status))).is_err() {
            return;
        }
        let wait = wait_after(config.repository.poll, failures_count, retry_after);
        match stop.recv_timeout(wait) {
            Err(blocking::RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(blocking::RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// One pass, and how long the other side wants us to wait.
fn pass(
    config: &Config,
    ports: &mut Option<Ports>,
    assessor: &mut ServiceAssessor,
) -> (PassStatus, Option<Duration>) {
    let settings = heal_reconcile::Config {
        main: config.repository.branch.clone(),
        branches: config.repository.pattern.clone(),
    };
    let opened = match ports.take().map_or_else(|| Ports::open(config), Ok) {
        Ok(opened) => ports.insert(opened),
        Err(error) => {
            let failed = |error: &dyn std::fmt::Display, temporary| PassStatus {
                ended_at: wall_now(),
                error: Some(error.to_string()),
                error_is_temporary: temporary,
                ..PassStatus::default()
            };
            let is_temporary = matches!(error, heal_reconcile::PortError::Temporary { .. });
            return (failed(&error, is_temporary), None);
        }
    };
    let result = run_pass(&settings, &mut opened.repository, opened.forge.as_mut(), assessor);
    let (report, error) = match result {
        Ok(report) => (report, None),
        Err(error) => {
            let (PassError::Port { report, .. } | PassError::Unsettled { report }) = &error;
            (report.as_ref().clone(), Some(error))
        }
    };
    if error.as_ref().is_some_and(|error| !error.is_temporary()) {
        // Access was denied, say: the next pass reads the secrets again.
        *ports = None;
    }
    let retry_after = error.as_ref().and_then(PassError::retry_after);
    (status_of(&report, error.as_ref(), assessor), retry_after)
}

fn status_of(report: &PassReport, error: Option<&PassError>, assessor: &ServiceAssessor) -> PassStatus {
    let mut problems: Vec<String> = report
        .problems
        .iter()
        .map(|problem| format!("could not {}: {}", problem.doing, problem.message))
        .collect();
    let main = report.observation.main.as_ref();
    if let Some(commit) = main.filter(|_| assessor.is_refused(main)) {
        problems.push(format!("the policies of {} do not compile: the last good ones go on", commit.short()));
    }
    PassStatus {
        ended_at: wall_now(),
        took_milliseconds: 0,
        actions: report.actions.iter().map(said).collect(),
        problems,
        error: error.map(ToString::to_string),
        error_is_temporary: error.is_some_and(PassError::is_temporary),
        main: main.map(ToString::to_string),
        pull_requests: open_pull_requests(&report.observation),
    }
}

fn said(action: &Action) -> String {
    match action {
        Action::Applied { commit, outcome: ApplyOutcome::Applied } => format!("applied {commit}"),
        Action::Applied { commit, outcome: ApplyOutcome::Refused { .. } } => format!("refused {commit}"),
        Action::Opened { pull_request, branch } => format!("opened pull request {pull_request} for {branch}"),
        Action::Commented { pull_request, headline, .. } => {
            format!("wrote the impact of pull request {pull_request}: {headline}")
        }
        Action::RemovedDuplicate { pull_request } => {
            format!("removed a second comment on pull request {pull_request}")
        }
    }
}

fn open_pull_requests(observation: &Observation) -> Vec<PullRequestStatus> {
    let open = observation.pull_requests.iter().filter(|request| request.state == PullRequestState::Open);
    open.map(|request| PullRequestStatus {
        number: request.number,
        branch: request.branch.clone(),
        head: request.head.to_string(),
        assessed: request.comments.iter().any(|comment| {
            let branch = observation.branches.get(&request.branch);
            let tip = branch.map_or(&request.head, |branch| &branch.head);
            comment.marker.as_ref().is_some_and(|marker| marker.head == *tip)
        }),
    })
    .collect()
}

/// The usual time between passes, twice as long after each failure, and at least as long as the other side asks for.
fn wait_after(poll: Duration, failures_count: u32, retry_after: Option<Duration>) -> Duration {
    let doubled = poll.saturating_mul(2_u32.saturating_pow(failures_count.min(10)));
    let wait = if failures_count == 0 { poll } else { doubled.min(WAIT_MAX).max(poll) };
    wait.max(retry_after.unwrap_or_default().min(WAIT_MAX))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{WAIT_MAX, wait_after};

    #[test]
    fn failures_make_the_passes_rarer_up_to_a_limit() {
        let seconds = Duration::from_secs;
        assert_eq!(wait_after(seconds(30), 0, None), seconds(30));
        assert_eq!(wait_after(seconds(30), 2, None), seconds(120));
        assert_eq!(wait_after(seconds(30), 50, None), WAIT_MAX);
        assert_eq!(
            wait_after(seconds(3_600), 3, None),
            seconds(3_600),
            "never more often than without failures"
        );
        assert_eq!(wait_after(seconds(30), 1, Some(seconds(300))), seconds(300));
        assert_eq!(wait_after(seconds(30), 1, Some(seconds(1))), seconds(60));
        assert_eq!(wait_after(seconds(30), 0, Some(Duration::MAX)), WAIT_MAX);
    }
}
