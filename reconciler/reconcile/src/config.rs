//! What a pass needs to know beside what it observes.

use crate::BranchPattern;

/// Settings of the reconciler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Name of the branch that runs, without `refs/heads/`.
    pub main: String,
    /// Branches that get pull requests.
    pub branches: BranchPattern,
}

impl Default for Config {
    fn default() -> Config {
        Config { main: "main".to_owned(), branches: BranchPattern::default() }
    }
}

impl Config {
    /// Whether `branch` is one that the reconciler cares for: under the pattern and not the main branch itself.
    #[must_use]
    pub fn covers(&self, branch: &str) -> bool {
        branch != self.main && self.branches.matches(branch)
    }
}
