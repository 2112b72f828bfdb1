//! What the items of one side of a change are called on the other.

use std::collections::BTreeMap;

/// What items are called in head that have another name in the program at hand.
#[derive(Debug, Default)]
pub(crate) struct Names(BTreeMap<String, String>);

/// What items of head are called in head.
pub(crate) static AS_THEY_ARE: Names = Names(BTreeMap::new());

impl Names {
    /// What head calls the item with this path.
    pub(crate) fn of<'a>(&'a self, path: &'a str) -> &'a str {
        self.0.get(path).map_or(path, String::as_str)
    }

    /// Whether everything is called as in head.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts what head calls an item in the place of its path.
    pub(crate) fn rename(&self, path: &mut String) {
        if let Some(now) = self.0.get(path.as_str()) {
            path.clone_from(now);
        }
    }
}

/// Of paths and what head calls them.
impl FromIterator<(String, String)> for Names {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(names: I) -> Names {
        Names(names.into_iter().collect())
    }
}
