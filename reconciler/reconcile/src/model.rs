//! A repository, a forge and an engine in memory, which can die between any two of their effects.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::{
    ApplyOutcome, Assessment, Assessor, BranchPattern, CommitId, EngineState, Forge, Merged, Outcome,
    PortError, PullRequest, PullRequestState, Repository, Side, Tree, is_ours, is_policy,
};

/// All that lasts when a process dies.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    commits: BTreeMap<CommitId, (Vec<CommitId>, Tree)>,
    pub(crate) branches: BTreeMap<String, CommitId>,
    pub(crate) requests: Vec<PullRequest>,
    /// Comments by pull request: id, whether it is ours, text.
    pub(crate) comments: BTreeMap<u64, Vec<(u64, bool, String)>>,
    pub(crate) engine: EngineState,
    /// Every commit handed to the engine, in order.
    pub(crate) applied: Vec<CommitId>,
    /// How often somebody asked for an assessment.
    pub(crate) assessments: usize,
    /// How often a comment was written or rewritten.
    pub(crate) writes: usize,
    /// Moments (before or after an effect on the forge) until the process dies; `None` for never.
    pub(crate) fuse: Option<u32>,
    /// What the next call to change the forge answers, once, in place of doing it.
    pub(crate) refusal: Option<PortError>,
    pub(crate) ground: String,
    pub(crate) tree_too_large: bool,
    next_id: u64,
}

/// A handle to a world.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model(pub(crate) Rc<RefCell<World>>);

impl World {
    pub(crate) fn commit(&mut self, branch: &str, from: &[CommitId], files: &[(&str, &str)]) -> CommitId {
        let mut tree = from.first().map_or_else(Tree::new, |parent| self.commits[parent].1.clone());
        for (path, text) in files {
            tree.insert((*path).to_owned(), text.as_bytes().to_vec());
        }
        self.store(branch, from.to_vec(), tree)
    }

    pub(crate) fn merge_into_main(&mut self, branch: &str) -> bool {
        let (main, head) = (self.branches["main"].clone(), self.branches[branch].clone());
        let Ok(tree) = self.merged(&main, &head) else { return false };
        self.store("main", vec![main, head.clone()], tree);
        for request in self.requests.iter_mut().filter(|request| request.branch == branch) {
            if request.state == PullRequestState::Open {
                request.state = PullRequestState::Merged;
                request.head = head.clone();
            }
        }
        true
    }

    fn store(&mut self, branch: &str, parents: Vec<CommitId>, tree: Tree) -> CommitId {
        let id = CommitId::parse(&format!("{:040x}", self.commits.len() + 1)).unwrap();
        self.commits.insert(id.clone(), (parents, tree));
        self.branches.insert(branch.to_owned(), id.clone());
        for request in self.requests.iter_mut().filter(|request| request.branch == branch) {
            if request.state == PullRequestState::Open {
                request.head = id.clone();
            }
        }
        id
    }

    pub(crate) fn tree(&self, commit: &CommitId) -> Tree {
        self.commits[commit].1.clone()
    }

    fn ancestors(&self, commit: &CommitId) -> BTreeSet<CommitId> {
        let mut found = BTreeSet::new();
        let mut waiting = vec![commit.clone()];
        while let Some(next) = waiting.pop() {
            if found.insert(next.clone()) {
                waiting.extend(self.commits[&next].0.iter().cloned());
            }
        }
        found
    }

    /// Ids grow with time, so the largest common ancestor is a best one.
    pub(crate) fn merge_base_of(&self, one: &CommitId, other: &CommitId) -> Option<CommitId> {
        self.ancestors(one).intersection(&self.ancestors(other)).last().cloned()
    }

    pub(crate) fn merged(&self, base: &CommitId, head: &CommitId) -> Result<Tree, Vec<String>> {
        let origin = self.merge_base_of(base, head).map(|commit| self.tree(&commit)).unwrap_or_default();
        let (ours, theirs) = (self.tree(base), self.tree(head));
        let (mut tree, mut conflicts) = (ours.clone(), Vec::new());
        for (path, text) in &theirs {
            if origin.get(path) == Some(text) || ours.get(path) == Some(text) {
                continue;
            }
            if ours.get(path) == origin.get(path) {
                tree.insert(path.clone(), text.clone());
            } else {
                conflicts.push(path.clone());
            }
        }
        if conflicts.is_empty() { Ok(tree) } else { Err(conflicts) }
    }

    pub(crate) fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// A moment at which the process may die.
    fn burn(&mut self) -> Result<(), PortError> {
        match self.fuse {
            Some(0) => Err(PortError::temporary("killed")),
            Some(left) => {
                self.fuse = Some(left - 1);
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn effect<T>(&mut self, effect: impl FnOnce(&mut World) -> T) -> Result<T, PortError> {
        self.burn()?;
        if let Some(refusal) = self.refusal.take() {
            return Err(refusal);
        }
        let result = effect(self);
        self.burn()?;
        Ok(result)
    }
}

impl Repository for Model {
    fn refresh(&mut self) -> Result<(), PortError> {
        Ok(())
    }

    fn tip(&self, branch: &str) -> Result<Option<CommitId>, PortError> {
        Ok(self.0.borrow().branches.get(branch).cloned())
    }

    fn branches(&self, pattern: &BranchPattern) -> Result<BTreeMap<String, CommitId>, PortError> {
        let world = self.0.borrow();
        Ok(world.branches.clone().into_iter().filter(|(name, _)| pattern.matches(name)).collect())
    }

    fn merge_base(&self, one: &CommitId, other: &CommitId) -> Result<Option<CommitId>, PortError> {
        Ok(self.0.borrow().merge_base_of(one, other))
    }

    fn changed_policies(&self, from: &CommitId, to: &CommitId) -> Result<Vec<String>, PortError> {
        let (from, to) = (self.0.borrow().tree(from), self.0.borrow().tree(to));
        let paths: BTreeSet<&String> = from.keys().chain(to.keys()).filter(|path| is_policy(path)).collect();
        Ok(paths.into_iter().filter(|path| from.get(*path) != to.get(*path)).cloned().collect())
    }

    fn subject(&self, commit: &CommitId) -> Result<String, PortError> {
        Ok(format!("change {}", commit.as_str().trim_start_matches('0')))
    }

    fn tree(&self, commit: &CommitId) -> Result<Tree, PortError> {
        if self.0.borrow().tree_too_large {
            return Err(PortError::too_large("the tree is beyond the limit: remove files"));
        }
        Ok(self.0.borrow().tree(commit))
    }

    fn merge(&self, base: &CommitId, head: &CommitId) -> Result<Merged, PortError> {
        Ok(match self.0.borrow().merged(base, head) {
            Ok(tree) => Merged::Tree(tree),
            Err(files) => Merged::Conflict(files),
        })
    }
}

impl Forge for Model {
    fn open_pull_requests(&mut self) -> Result<Vec<PullRequest>, PortError> {
        let requests = self.0.borrow().requests.clone();
        Ok(requests.into_iter().filter(|request| request.state == PullRequestState::Open).collect())
    }

    fn closed_pull_requests(&mut self, branch: &str) -> Result<Vec<PullRequest>, PortError> {
        let requests = self.0.borrow().requests.clone();
        let closed =
            |request: &PullRequest| request.branch == branch && request.state != PullRequestState::Open;
        Ok(requests.into_iter().filter(closed).collect())
    }

    fn impact_comments(&mut self, pull_request: u64) -> Result<Vec<(u64, String)>, PortError> {
        let world = self.0.borrow();
        let all = world.comments.get(&pull_request).into_iter().flatten();
        Ok(all
            .filter(|(_, ours, body)| *ours && is_ours(body))
            .map(|(id, _, body)| (*id, body.clone()))
            .collect())
    }

    fn open_pull_request(&mut self, branch: &str, into: &str, _: &str, _: &str) -> Result<u64, PortError> {
        self.0.borrow_mut().effect(|world| {
            let is_it = |request: &&PullRequest| {
                request.branch == branch && request.state == PullRequestState::Open && !request.from_fork
            };
            if let Some(existing) = world.requests.iter().find(is_it) {
                return existing.number;
            }
            let head = world.branches[branch].clone();
            let known = world.requests.iter().any(|request| request.branch == branch && request.head == head);
            assert!(!known, "what a person closed, or what was merged, is not opened again");
            let number = world.id();
            world.requests.push(PullRequest {
                number,
                branch: branch.to_owned(),
                into: into.to_owned(),
                head,
                state: PullRequestState::Open,
                from_fork: false,
                report_link: Some("report.html".to_owned()),
                comments: Vec::new(),
            });
            number
        })
    }

    fn keep_report(&mut self, _: u64, _: &[u8]) -> Result<(), PortError> {
        self.0.borrow_mut().effect(|_| ())
    }

    fn create_comment(&mut self, pull_request: u64, body: &str) -> Result<u64, PortError> {
        self.0.borrow_mut().effect(|world| {
            let id = world.id();
            world.writes += 1;
            world.comments.entry(pull_request).or_default().push((id, true, body.to_owned()));
            id
        })
    }

    fn update_comment(&mut self, pull_request: u64, comment: u64, body: &str) -> Result<(), PortError> {
        self.0.borrow_mut().effect(|world| {
            world.writes += 1;
            for (id, ours, text) in world.comments.get_mut(&pull_request).into_iter().flatten() {
                if *id == comment {
                    assert!(*ours, "never touches what a person wrote");
                    body.clone_into(text);
                }
            }
        })
    }

    fn delete_comment(&mut self, pull_request: u64, comment: u64) -> Result<(), PortError> {
        self.0.borrow_mut().effect(|world| {
            let comments = world.comments.get_mut(&pull_request).unwrap();
            comments.retain(|(id, ours, _)| *id != comment || !*ours);
        })
    }
}

impl Assessor for Model {
    fn assess(&mut self, base: &Tree, head: &Tree) -> Assessment {
        self.0.borrow_mut().assessments += 1;
        let outcome = if compiles(head) {
            Outcome::Impact { markdown: said(base, head) }
        } else {
            Outcome::DoesNotCompile { side: Side::Head, diagnostics: "a.heal:1:1: bad".to_owned() }
        };
        Assessment { headline: "assessed".to_owned(), outcome, report_html: b"<html>".to_vec() }
    }

    fn apply(&mut self, commit: &CommitId, tree: &Tree) -> ApplyOutcome {
        let mut world = self.0.borrow_mut();
        world.applied.push(commit.clone());
        if compiles(tree) {
            world.engine.applied = Some(commit.clone());
            ApplyOutcome::Applied
        } else {
            world.engine.refused = Some(commit.clone());
            ApplyOutcome::Refused { diagnostics: "a.heal:1:1: bad".to_owned() }
        }
    }

    fn engine(&self) -> EngineState {
        self.0.borrow().engine.clone()
    }

    fn ground(&self) -> String {
        self.0.borrow().ground.clone()
    }
}

pub(crate) fn compiles(tree: &Tree) -> bool {
    !tree.values().any(|text| text.starts_with(b"bad"))
}

/// What the model's assessment says: the two trees themselves.
pub(crate) fn said(base: &Tree, head: &Tree) -> String {
    let show = |tree: &Tree| -> String {
        tree.iter().map(|(path, text)| format!("{path}={};", String::from_utf8_lossy(text))).collect()
    };
    format!("### Heal: said\nbase: {}\nhead: {}", show(base), show(head))
}
