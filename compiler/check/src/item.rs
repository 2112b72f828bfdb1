//! Items, each with its place in the tables of its kind.

use std::collections::BTreeMap;

use heal_diagnostics::{Code, Diagnostic, FileId, TextRange};
use heal_expr::Place;
use heal_program::{Head, Origin, SemanticHash};
use heal_syntax::tree;

use crate::{ItemInfo, ItemKind, Package, SourceUnit, known::BindingsId};

/// Position of an item among all of them, in the order of their paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId(pub u32);

impl ItemId {
    /// The position, to look it up.
    #[must_use]
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

/// An item that has a name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item<'a> {
    /// The file it stands in.
    pub(crate) unit: &'a SourceUnit<'a>,
    /// The item in that file's tree.
    pub(crate) tree: &'a tree::Item,
    /// All of it.
    pub(crate) range: TextRange,
    /// Its name.
    pub(crate) name: &'a tree::Name,
    /// The line of its name, from 1; 0 where it is not checked.
    pub(crate) line: u32,
    /// Its kind.
    pub(crate) kind: ItemKind,
    /// Its position in the program's table of its kind.
    pub(crate) index: u32,
    /// Its position among all items.
    pub(crate) id: ItemId,
    /// What its parameters are, where a template is checked for one use of it.
    pub(crate) bound: Option<BindingsId>,
}

impl Item<'_> {
    /// The template with parameters.
    pub(crate) fn bound(&self, bindings: BindingsId) -> Self {
        Item { bound: Some(bindings), ..*self }
    }

    pub(crate) fn path(&self) -> String {
        if self.kind == ItemKind::Test {
            // No item has such a path, whatever the test is called.
            return self.unit.path_of(&format!("test \"{}\"", self.name.value));
        }
        self.unit.path_of(&self.name.value)
    }

    /// Whether it is in the part of the files that is checked.
    pub(crate) fn is_checked(&self) -> bool {
        self.line > 0
    }

    /// What it is called with its module, compared as its path is.
    // INVARIANT: in this order the items of a module, and those of one name among them, follow each other.
    pub(crate) fn order(&self, other: &Item<'_>) -> std::cmp::Ordering {
        let (left, right) = (self.unit.module.as_str(), other.unit.module.as_str());
        let by_path = if left == right {
            self.name.value.cmp(&other.name.value)
        } else {
            path_bytes(left, &self.name.value).cmp(path_bytes(right, &other.name.value))
        };
        // The file's path decides between two of one name, so that the order of files cannot be seen.
        by_path
            .then_with(|| self.unit.path.cmp(&other.unit.path))
            .then_with(|| self.range.start.cmp(&other.range.start))
    }

    pub(crate) fn place(&self) -> Place {
        Place { file: self.unit.file, range: self.name.range }
    }

    /// The head of its node; the hash is computed by the pass that knows all nodes.
    pub(crate) fn head(&self) -> Head {
        Head {
            path: self.path(),
            hash: SemanticHash::default(),
            documentation: self.tree.documentation.join("\n"),
            origin: Origin { file: self.unit.path.clone(), line: self.line },
        }
    }

    pub(crate) fn info(&self) -> ItemInfo {
        ItemInfo {
            path: self.path(),
            kind: self.kind,
            file: self.unit.file,
            name_range: self.name.range,
            range: self.range,
            public: self.tree.public,
            external: self.unit.is_external(),
        }
    }

    /// Whether a file may name it: it is of the same package, or `pub`.
    pub(crate) fn is_visible_in(&self, unit: &SourceUnit<'_>) -> bool {
        self.tree.public || self.unit.package.name == unit.package.name
    }

    /// The error for a file that names it, written `name`, and may not.
    pub(crate) fn private(&self, name: &str, file: FileId, range: TextRange) -> Diagnostic {
        let message = format!("`{name}` is private to the package `{}`", self.unit.package.name);
        Diagnostic::error(Code::PRIVATE_ITEM, file, range, message).with_secondary(
            self.unit.file,
            self.name.range,
            "without `pub`, only its own package can use it",
        )
    }
}

/// A path, without making it.
fn path_bytes<'n>(module: &'n str, name: &'n str) -> impl Iterator<Item = u8> + 'n {
    let dot = if module.is_empty() { "" } else { "." };
    module.bytes().chain(dot.bytes()).chain(name.bytes())
}

/// What a name of a module stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// An item.
    Item(ItemId),
    /// Perhaps something in text that could not be parsed, which has been reported.
    Lost,
}

/// All items, and the names of each module.
#[derive(Debug, Default)]
pub(crate) struct Items<'a> {
    /// Sorted by path; of two with one path the one in the earlier file first.
    pub(crate) all: Vec<Item<'a>>,
    /// By module and name.
    pub(crate) modules: BTreeMap<&'a str, BTreeMap<&'a str, Entry>>,
    /// The package of each module.
    pub(crate) modules_of: BTreeMap<&'a str, &'a Package>,
    /// The entities of each module, few among many names.
    pub(crate) entities: BTreeMap<&'a str, Vec<ItemId>>,
    /// Ids by kind and position in the kind's table.
    pub(crate) tables: BTreeMap<ItemKind, Vec<ItemId>>,
}

impl<'a> Items<'a> {
    pub(crate) fn get(&self, id: ItemId) -> Option<&Item<'a>> {
        self.all.get(id.at())
    }

    /// The items of a kind that are checked, in the order of its table.
    pub(crate) fn of_kind(&self, kind: ItemKind) -> impl Iterator<Item = Item<'a>> {
        self.all.iter().filter(move |item| item.kind == kind && item.is_checked()).copied()
    }

    /// The item at a position of a kind's table.
    pub(crate) fn at(&self, kind: ItemKind, index: u32) -> Option<&Item<'a>> {
        let id = self.tables.get(&kind)?.get(index as usize)?;
        self.get(*id)
    }
}
