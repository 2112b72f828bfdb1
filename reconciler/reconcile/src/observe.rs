//! Gathering an observation through the ports, with as few calls to the forge as the decision needs.

use std::collections::BTreeMap;

use crate::{
    Assessor, Branch, CommitId, Config, Forge, ImpactComment, Marker, Observation, PortError, PullRequest,
    PullRequestState, Repository, marker,
};

/// Looks at repository, forge and engine. Does not [`Repository::refresh`].
///
/// # Errors
/// The first error of a port, with what was being done.
pub fn observe(
    config: &Config,
    repository: &dyn Repository,
    forge: &mut dyn Forge,
    assessor: &dyn Assessor,
) -> Result<Observation, PortError> {
    let main = repository.tip(&config.main)?;
    let branches = match &main {
        Some(main) => branches(config, repository, main)?,
        None => BTreeMap::new(),
    };
    let pull_requests = pull_requests(config, forge, &branches)?;
    Ok(Observation { main, engine: assessor.engine(), ground: assessor.ground(), branches, pull_requests })
}

fn branches(
    config: &Config,
    repository: &dyn Repository,
    main: &CommitId,
) -> Result<BTreeMap<String, Branch>, PortError> {
    let mut branches = BTreeMap::new();
    for (name, head) in repository.branches(&config.branches)? {
        if !config.covers(&name) {
            continue;
        }
        let merge_base = repository.merge_base(main, &head)?;
        let changed_policies = match &merge_base {
            Some(merge_base) if *merge_base != head => repository.changed_policies(merge_base, &head)?,
            Some(_) | None => Vec::new(),
        };
        let subject = if changed_policies.is_empty() { String::new() } else { repository.subject(&head)? };
        branches.insert(name, Branch { head, merge_base, changed_policies, subject });
    }
    Ok(branches)
}

/// Pull requests of these branches: open ones with our comments, closed ones only where a new one may be due.
fn pull_requests(
    config: &Config,
    forge: &mut dyn Forge,
    branches: &BTreeMap<String, Branch>,
) -> Result<Vec<PullRequest>, PortError> {
    if branches.is_empty() {
        return Ok(Vec::new());
    }
    let mut requests = forge.open_pull_requests()?;
    requests.retain(|request| branches.contains_key(&request.branch));
    for (name, branch) in branches {
        let has_open = requests.iter().any(|request| {
            request.branch == *name && !request.from_fork && request.state == PullRequestState::Open
        });
        if !has_open && !branch.changed_policies.is_empty() {
            requests.extend(forge.closed_pull_requests(name)?);
        }
    }
    for request in &mut requests {
        let is_tended =
            request.state == PullRequestState::Open && !request.from_fork && request.into == config.main;
        if is_tended {
            let comments = forge.impact_comments(request.number)?;
            request.comments = comments.iter().map(|(id, body)| comment(*id, body)).collect();
        }
    }
    requests.sort_by_key(|request| request.number);
    requests.dedup_by_key(|request| request.number);
    Ok(requests)
}

fn comment(id: u64, body: &str) -> ImpactComment {
    ImpactComment { id, marker: Marker::read(body), body_digest: marker::digest(marker::text_below(body)) }
}
