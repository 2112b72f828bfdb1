//! What comes out: the typed program.

use std::{collections::BTreeMap, sync::Arc};

use heal_diagnostics::{FileId, TextRange};
use heal_program::{DetectorIndex, ItemPath, Program, Table, scenario::Scenario};

pub use crate::item::ItemId;

/// A checked package with what it uses of the standard library.
#[derive(Clone, Debug, Default)]
pub struct TypedProgram {
    /// The package's name.
    pub package: String,
    /// The nodes of all items, those of the standard library too, in tables sorted by path. Their hashes are computed
    /// by whoever lowers them. Empty when the check found an error, when a syntax error hides a part of a file, and when
    /// detectors read each other in a circle.
    pub nodes: Program,
    /// The detectors of `nodes`, each after those that it reads.
    pub detector_order: Vec<DetectorIndex>,
    /// The tests of the package's files, in the order of files and places; empty when `nodes` is.
    pub scenarios: Vec<Scenario>,
    /// All items, sorted by path. One that a syntax error hides is not among them.
    pub items: Table<ItemInfo>,
    /// Which item refers to which, sorted. Also those of items with errors.
    pub references: Arc<Vec<Reference>>,
    /// Names that a `use` brings in and nothing in its file uses.
    pub unused_imports: Vec<UnusedImport>,
    /// Where the statements stand that something may be proved about, sorted.
    pub statements: Arc<Vec<StatementPlace>>,
}

impl TypedProgram {
    /// Items that nothing refers to and that do nothing by themselves: no policies, and no public items or those of
    /// other packages.
    pub fn unused_items(&self) -> impl Iterator<Item = &ItemInfo> {
        let items = self.items.iter().zip(self.named());
        let unused = items.filter(|(item, named)| {
            let starts = item.public || item.external || item.kind == ItemKind::Policy;
            !starts && !named
        });
        unused.map(|(item, _)| item)
    }

    /// Of each item whether another one names it, tests aside.
    #[must_use]
    pub fn named(&self) -> Vec<bool> {
        let mut named = vec![false; self.items.len()];
        for reference in self.references.iter() {
            let is_use = !matches!(reference.kind, ReferenceKind::Tests | ReferenceKind::Affects);
            let counts = reference.from != Some(reference.to) && is_use;
            if let Some(slot) = named.get_mut(reference.to.at()) {
                *slot |= counts;
            }
        }
        named
    }

    /// All items, each with its position in the table of its kind.
    pub fn placed(&self) -> impl Iterator<Item = (&ItemInfo, usize)> {
        let mut counts: BTreeMap<ItemKind, usize> = BTreeMap::new();
        self.items.iter().map(move |item| {
            let count = counts.entry(item.kind).or_default();
            *count += 1;
            (item, *count - 1)
        })
    }

    /// The items of a kind, in the order of the table of that kind.
    pub fn of_kind(&self, kind: ItemKind) -> impl Iterator<Item = &ItemInfo> {
        self.items.iter().filter(move |item| item.kind == kind)
    }

    /// The item at a path.
    #[must_use]
    pub fn item(&self, path: &str) -> Option<(ItemId, &ItemInfo)> {
        let at = self.items.binary_search_by(|item| item.path.as_str().cmp(path)).ok()?;
        Some((ItemId(u32::try_from(at).ok()?), self.items.get(at)?))
    }

    /// Where an item stands in its package.
    #[must_use]
    pub fn path(&self, item: ItemId) -> &str {
        self.items.get(item.at()).map_or("", |item| &item.path)
    }

    /// Where a statement of an item stands; `at` is its position among those of its kind.
    #[must_use]
    pub fn statement(&self, item: ItemId, kind: StatementKind, at: usize) -> Option<(FileId, TextRange)> {
        let wanted = (item, kind, u32::try_from(at).ok()?);
        let places = &self.statements;
        let found =
            places.binary_search_by(|place| (place.item, place.kind, place.index).cmp(&wanted)).ok()?;
        places.get(found).map(|place| (place.file, place.range))
    }
}

/// What an item is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemInfo {
    /// Where it stands in its package.
    pub path: ItemPath,
    /// What kind of item it is.
    pub kind: ItemKind,
    /// The file it is written in.
    pub file: FileId,
    /// Its name there.
    pub name_range: TextRange,
    /// All of it.
    pub range: TextRange,
    /// Whether it is `pub`.
    pub public: bool,
    /// Whether it is another package's: of a dependency, or the standard library.
    pub external: bool,
}

impl ItemInfo {
    /// Its name: the last part of its path.
    #[must_use]
    pub fn name(&self) -> &str {
        heal_program::short_name(&self.path)
    }
}

/// The kinds of items that have a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemKind {
    /// `param`
    Param,
    /// `entity`
    Entity,
    /// `signal` and `counter`
    Signal,
    /// `detector`
    Detector,
    /// `action`
    Action,
    /// `channel`
    Channel,
    /// `plan`
    Plan,
    /// `policy`
    Policy,
    /// `let`
    Let,
    /// `fn`
    Function,
    /// `event`
    Event,
    /// `source`
    Source,
    /// `guard shared`
    SharedGuard,
    /// A `detector` with parameters.
    DetectorTemplate,
    /// A `policy` with parameters.
    PolicyTemplate,
    /// A `test`. It has no path, so it is in no list of items.
    Test,
}

impl ItemKind {
    /// The word that begins such an item.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            ItemKind::Param => "param",
            ItemKind::Entity => "entity",
            ItemKind::Signal => "signal",
            ItemKind::Detector => "detector",
            ItemKind::Action => "action",
            ItemKind::Channel => "channel",
            ItemKind::Plan => "plan",
            ItemKind::Policy => "policy",
            ItemKind::Let => "let",
            ItemKind::Function => "fn",
            ItemKind::Event => "event",
            ItemKind::Source => "source",
            ItemKind::SharedGuard => "guard shared",
            ItemKind::DetectorTemplate => "detector",
            ItemKind::PolicyTemplate => "policy",
            ItemKind::Test => "test",
        }
    }

    /// The word with its article, as it stands in a sentence.
    #[must_use]
    pub fn phrase(self) -> &'static str {
        match self {
            ItemKind::Param => "a param",
            ItemKind::Entity => "an entity",
            ItemKind::Signal => "a signal",
            ItemKind::Detector => "a detector",
            ItemKind::Action => "an action",
            ItemKind::Channel => "a channel",
            ItemKind::Plan => "a plan",
            ItemKind::Policy => "a policy",
            ItemKind::Let => "a `let`",
            ItemKind::Function => "a function",
            ItemKind::Event => "an event",
            ItemKind::Source => "a source",
            ItemKind::SharedGuard => "a shared guard",
            ItemKind::DetectorTemplate => "a template of detectors",
            ItemKind::PolicyTemplate => "a template of policies",
            ItemKind::Test => "a test",
        }
    }
}

/// That one item names another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// The item whose text names the other; none where that is a test, which is no item.
    pub from: Option<ItemId>,
    /// The item that is named.
    pub to: ItemId,
    /// What for.
    pub kind: ReferenceKind,
    /// The file of the text.
    pub file: FileId,
    /// The name in it.
    pub range: TextRange,
}

/// What one item names another for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReferenceKind {
    /// An expression of `from` reads `to`: a signal, a detector or a param.
    Reads,
    /// The policy `from` acts on firings of the detector `to`.
    Triggers,
    /// `from` runs `to`: a policy a plan, a plan an action; or tells people through it: a policy a channel.
    Calls,
    /// A type in `from` is the entity `to`, or an entity in scope of a policy is read; `from` counts by the shared guard
    /// `to`; `to` takes the action `from` back.
    Uses,
    /// The plan `from` shakes the signal `to`.
    Disturbs,
    /// The action or plan `from` says that it changes `to`. No use that keeps an item from being unused.
    Affects,
    /// The plan `from` asks `to` whether it has helped.
    Verifies,
    /// A test gives or expects something of `to`. No use that keeps an item from being
    /// unused.
    Tests,
}

/// Where a statement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StatementPlace {
    /// The item that it is a statement of.
    pub item: ItemId,
    /// What it says.
    pub kind: StatementKind,
    /// Its position among those of the same kind, as in the item's node.
    pub index: u32,
    /// The file.
    pub file: FileId,
    /// Where in it.
    pub range: TextRange,
}

/// What a statement says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatementKind {
    /// The condition after `when` of a detector.
    When,
    /// The time after `for` of a detector.
    For,
    /// The condition after `clear when` of a detector.
    Clear,
    /// `disturbs` of a plan.
    Disturbs,
    /// `affects` of an action or a plan.
    Affects,
    /// `verify` of a plan.
    Verify,
    /// The condition after `where` of a policy.
    Where,
    /// A rung of a policy.
    Rung,
    /// The time after `cooldown` of a guard.
    Cooldown,
    /// `blast_radius` of a guard.
    BlastRadius,
    /// The calendar after `freeze` of a guard.
    Freeze,
    /// The calendar after `only` of a guard.
    Only,
}

/// A name that is brought in for nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnusedImport {
    /// The file of the `use`.
    pub file: FileId,
    /// The name in it.
    pub range: TextRange,
    /// The name.
    pub name: String,
}
