//! Tables of nodes that share them with their copies.

use std::{fmt, iter::FusedIterator, ops::Index, slice, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Nodes one after the other. A copy of a table shares them: only a node that is changed in one of the two is copied, and
/// what two tables have in common can be told without looking at it.
///
/// A compiler that compiles a package again gives its last program with a few nodes in other nodes' places, and whoever
/// changes a few numbers of a program pays for these alone.
#[derive(Clone, PartialEq)]
pub struct Table<T> {
    nodes: Vec<Arc<T>>,
}

impl<T> Table<T> {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The node at a position.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<&T> {
        self.nodes.get(at).map(Arc::as_ref)
    }

    /// The first one.
    #[must_use]
    pub fn first(&self) -> Option<&T> {
        self.get(0)
    }

    /// In their order.
    #[must_use]
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { nodes: self.nodes.iter() }
    }

    /// The nodes as they are shared, to be put into other tables without being copied.
    #[must_use]
    pub fn as_slice(&self) -> &[Arc<T>] {
        &self.nodes
    }

    /// Adds one at the end.
    pub fn push(&mut self, node: impl Into<Arc<T>>) {
        self.nodes.push(node.into());
    }

    /// Adds one at a position, which is not beyond the end.
    pub fn insert(&mut self, at: usize, node: impl Into<Arc<T>>) {
        self.nodes.insert(at, node.into());
    }

    /// Puts another node in the place of one, if there is one at the position.
    pub fn set(&mut self, at: usize, node: impl Into<Arc<T>>) {
        if let Some(slot) = self.nodes.get_mut(at) {
            *slot = node.into();
        }
    }

    /// Takes all away.
    pub fn clear(&mut self) {
        self.nodes.clear();
    }

    /// Whether a position has the same node as in another table: not only an equal one.
    #[must_use]
    pub fn shares(&self, other: &Table<T>, at: usize) -> bool {
        match (self.nodes.get(at), other.nodes.get(at)) {
            (Some(own), Some(others)) => Arc::ptr_eq(own, others),
            (Some(_) | None, _) => false,
        }
    }

    /// Where [`Table::binary_search_by`] of a slice finds a node.
    ///
    /// # Errors
    /// When there is none; with where it would have to stand.
    pub fn binary_search_by(&self, mut order: impl FnMut(&T) -> std::cmp::Ordering) -> Result<usize, usize> {
        self.nodes.binary_search_by(|node| order(node))
    }
}

impl<T: Clone> Table<T> {
    /// The node at a position, to be changed. It is copied if other tables have it too.
    pub fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        self.nodes.get_mut(at).map(Arc::make_mut)
    }

    /// The last one, to be changed as by [`Table::get_mut`].
    pub fn last_mut(&mut self) -> Option<&mut T> {
        self.nodes.last_mut().map(Arc::make_mut)
    }

    /// In their order, to be changed. Those that other tables have too are copied.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = &mut T> {
        self.nodes.iter_mut().map(Arc::make_mut)
    }
}

impl<T> Default for Table<T> {
    fn default() -> Table<T> {
        Table { nodes: Vec::new() }
    }
}

impl<T: fmt::Debug> fmt::Debug for Table<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

impl<T> Index<usize> for Table<T> {
    type Output = T;

    #[allow(clippy::indexing_slicing, reason = "as of a slice: whoever writes it knows that there is one")]
    fn index(&self, at: usize) -> &T {
        &self.nodes[at]
    }
}

impl<T: Clone> std::ops::IndexMut<usize> for Table<T> {
    #[allow(clippy::indexing_slicing, reason = "as of a slice: whoever writes it knows that there is one")]
    fn index_mut(&mut self, at: usize) -> &mut T {
        Arc::make_mut(&mut self.nodes[at])
    }
}

impl<T> From<Vec<T>> for Table<T> {
    fn from(nodes: Vec<T>) -> Table<T> {
        nodes.into_iter().collect()
    }
}

impl<T> FromIterator<T> for Table<T> {
    fn from_iter<I: IntoIterator<Item = T>>(nodes: I) -> Table<T> {
        Table { nodes: nodes.into_iter().map(Arc::new).collect() }
    }
}

impl<T> FromIterator<Arc<T>> for Table<T> {
    fn from_iter<I: IntoIterator<Item = Arc<T>>>(nodes: I) -> Table<T> {
        Table { nodes: nodes.into_iter().collect() }
    }
}

/// The nodes of a table, which may be shared with others.
impl<T> IntoIterator for Table<T> {
    type Item = Arc<T>;
    type IntoIter = std::vec::IntoIter<Arc<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.nodes.into_iter()
    }
}

impl<'t, T> IntoIterator for &'t Table<T> {
    type Item = &'t T;
    type IntoIter = Iter<'t, T>;

    fn into_iter(self) -> Iter<'t, T> {
        self.iter()
    }
}

impl<'t, T: Clone> IntoIterator for &'t mut Table<T> {
    type Item = &'t mut T;
    type IntoIter = std::iter::Map<slice::IterMut<'t, Arc<T>>, fn(&'t mut Arc<T>) -> &'t mut T>;

    fn into_iter(self) -> Self::IntoIter {
        self.nodes.iter_mut().map(Arc::make_mut)
    }
}

/// The nodes of a table, in their order.
#[derive(Debug)]
pub struct Iter<'t, T> {
    nodes: slice::Iter<'t, Arc<T>>,
}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Iter { nodes: self.nodes.clone() }
    }
}

impl<'t, T> Iterator for Iter<'t, T> {
    type Item = &'t T;

    fn next(&mut self) -> Option<&'t T> {
        self.nodes.next().map(Arc::as_ref)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.nodes.size_hint()
    }

    fn nth(&mut self, at: usize) -> Option<&'t T> {
        self.nodes.nth(at).map(Arc::as_ref)
    }
}

impl<T> DoubleEndedIterator for Iter<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.nodes.next_back().map(Arc::as_ref)
    }
}

impl<T> ExactSizeIterator for Iter<'_, T> {}

impl<T> FusedIterator for Iter<'_, T> {}

impl<T: Serialize> Serialize for Table<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Table<T>, D::Error> {
        Vec::deserialize(deserializer).map(Table::from)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::Table;

    #[test]
    fn a_copy_shares_its_nodes_until_one_is_changed() {
        let first: Table<String> = vec!["a".to_owned(), "b".to_owned()].into();
        let mut second = first.clone();
        second.get_mut(1).unwrap().push('!');
        assert_eq!((first.shares(&second, 0), first.shares(&second, 1)), (true, false));
        assert_eq!((&first[1], &second[1]), (&"b".to_owned(), &"b!".to_owned()));
    }

    #[test]
    fn equal_nodes_are_not_shared_for_that() {
        let table = || -> Table<u32> { vec![1].into() };
        assert_eq!((table() == table(), table().shares(&table(), 0)), (true, false));
        assert!(!table().shares(&table(), 1));
    }

    #[test]
    fn its_wire_form_is_that_of_a_list() {
        let table: Table<u32> = vec![3, 1, 2].into();
        let text = serde_json::to_string(&table).unwrap();
        assert_eq!(text, "[3,1,2]");
        assert_eq!(serde_json::from_str::<Table<u32>>(&text).unwrap(), table);
    }
}
