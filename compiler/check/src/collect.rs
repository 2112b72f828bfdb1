//! The first pass: which items there are, and which names each module has.

use std::collections::BTreeMap;

use heal_diagnostics::{Code, Diagnostic};
use heal_syntax::tree;

use crate::{
    ItemKind, SourceUnit,
    item::{Entry, Item, ItemId, Items},
    part::Part,
};

/// Most definitions of one name that are told of, besides the first: the last of them says how many follow.
const DUPLICATES_MAX: usize = 3;

/// Finds the items of all files, numbers them, and reports names that a module has twice.
pub(crate) fn collect<'a>(
    units: &'a [SourceUnit<'a>],
    part: Part<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Items<'a> {
    let mut items = Items::default();
    let mut by_module: BTreeMap<&str, Vec<&'a SourceUnit<'a>>> = BTreeMap::new();
    for unit in units {
        let module = unit.module.as_str();
        items.modules_of.insert(module, unit.package);
        let names = items.modules.entry(module).or_default();
        names.extend(unit.tree.unread.iter().map(|word| (word.as_str(), Entry::Lost)));
        by_module.entry(module).or_default().push(unit);
    }
    let mut all: Vec<Item<'a>> = Vec::with_capacity(units.iter().map(|unit| unit.tree.items.len()).sum());
    for units in by_module.into_values() {
        let first = all.len();
        units.into_iter().for_each(|unit| items_of(unit, part.holds(unit), &mut all));
        all.get_mut(first..).into_iter().for_each(|found| found.sort_unstable_by(Item::order));
    }
    // What a module has may come after the first items of one below it; what is in order already costs next to nothing.
    all.sort_by(Item::order);
    for (at, item) in all.iter_mut().enumerate() {
        let table = items.tables.entry(item.kind).or_default();
        item.id = ItemId(position(at));
        item.index = position(table.len());
        table.push(item.id);
    }
    items.all = all;
    enter_names(&mut items, part, diagnostics);
    items
}

fn position(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// The items of a file that have a name, not numbered yet.
fn items_of<'a>(unit: &'a SourceUnit<'a>, checked: bool, items: &mut Vec<Item<'a>>) {
    let (mut line, mut counted_until) = (u32::from(checked), 0);
    for tree::Spanned { value: tree, range } in &unit.tree.items {
        let Some((name, kind)) = tree.kind.name().zip(kind_of(&tree.kind)) else { continue };
        if checked {
            let before = unit.text.get(counted_until..name.range.start as usize).unwrap_or("");
            line += before.bytes().fold(0, |count, byte| count + u32::from(byte == b'\n'));
            counted_until = name.range.start as usize;
        }
        items.push(Item {
            unit,
            tree,
            range: *range,
            name,
            line,
            kind,
            index: 0,
            id: ItemId(0),
            bound: None,
        });
    }
}

/// Puts every item under its name into its module, if that is in the part that is checked: nobody asks for other names.
fn enter_names<'a>(items: &mut Items<'a>, part: Part<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let Items { all, modules, entities, .. } = items;
    for run in all.chunk_by(|left, right| left.unit.module == right.unit.module) {
        let unit = run.first().map(|item| item.unit).filter(|unit| part.holds(unit));
        let Some(module) = unit.map(|unit| unit.module.as_str()) else { continue };
        let names: &mut BTreeMap<&'a str, Entry> = modules.entry(module).or_default();
        for named in run.chunk_by(|left, right| left.name.value == right.name.value) {
            let Some((first, again)) = named.split_first() else { continue };
            names.insert(&first.name.value, Entry::Item(first.id));
            if first.kind == ItemKind::Entity {
                entities.entry(module).or_default().push(first.id);
            }
            let told = again.iter().take(DUPLICATES_MAX).map(|item| defined_twice(item, first));
            let mut told: Vec<Diagnostic> = told.collect();
            if let Some(last) = told.last_mut() {
                let text = format!("more definitions of `{}` follow", first.name.value);
                last.add_more(&text, again.len().saturating_sub(DUPLICATES_MAX));
            }
            diagnostics.append(&mut told);
        }
    }
}

fn defined_twice(item: &Item<'_>, first: &Item<'_>) -> Diagnostic {
    let message = format!("`{}` is defined twice", item.name.value);
    Diagnostic::error(Code::DUPLICATE_NAME, item.unit.file, item.name.range, message)
        .with_secondary(first.unit.file, first.name.range, "first defined here")
        .with_help("the files of a folder share their names: choose another one")
}

/// The kind of what has a name.
fn kind_of(kind: &tree::ItemKind) -> Option<ItemKind> {
    Some(match kind {
        tree::ItemKind::Use(_) | tree::ItemKind::Topology(_) | tree::ItemKind::Test(_) => return None,
        tree::ItemKind::Param(_) => ItemKind::Param,
        tree::ItemKind::Entity(_) => ItemKind::Entity,
        tree::ItemKind::Signal(_) => ItemKind::Signal,
        tree::ItemKind::Let(_) => ItemKind::Let,
        tree::ItemKind::Function(_) => ItemKind::Function,
        tree::ItemKind::Event(_) => ItemKind::Event,
        tree::ItemKind::Source(_) => ItemKind::Source,
        tree::ItemKind::SharedGuard(_) => ItemKind::SharedGuard,
        tree::ItemKind::Instance(instance) => match instance.kind {
            tree::InstanceKind::Detector => ItemKind::Detector,
            tree::InstanceKind::Policy => ItemKind::Policy,
        },
        tree::ItemKind::Detector(tree::Detector { parameters: Some(_), .. }) => ItemKind::DetectorTemplate,
        tree::ItemKind::Policy(tree::Policy { parameters: Some(_), .. }) => ItemKind::PolicyTemplate,
        tree::ItemKind::Detector(_) => ItemKind::Detector,
        tree::ItemKind::Action(_) => ItemKind::Action,
        tree::ItemKind::Channel(_) => ItemKind::Channel,
        tree::ItemKind::Plan(_) => ItemKind::Plan,
        tree::ItemKind::Policy(_) => ItemKind::Policy,
    })
}
