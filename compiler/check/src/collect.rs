//! The first pass: which items there are, and which names each module has.

use heal_diagnostics::{Code, Diagnostic};
use heal_syntax::tree::{self, Name};

use crate::{
    ItemKind, SourceUnit,
    item::{Entry, Item, ItemId, Items},
};

/// Finds the items of all files, numbers them, and reports names that a module has twice.
pub(crate) fn collect<'a>(units: &'a [SourceUnit<'a>], diagnostics: &mut Vec<Diagnostic>) -> Items<'a> {
    let mut found: Vec<Item<'a>> = units.iter().flat_map(items_of).collect();
    // The file's path decides between two of one name, so that the order of files cannot be seen.
    found.sort_by_cached_key(|item| (item.path(), &item.unit.path, item.range.start));

    let mut items = Items::default();
    for unit in units {
        items.modules_of.insert(unit.module.as_str(), unit.package);
        let names = items.modules.entry(unit.module.as_str()).or_default();
        names.extend(unit.tree.unread.iter().map(|word| (word.clone(), Entry::Lost)));
    }
    for item in found {
        let id = ItemId(items.all.len());
        let table = items.tables.entry(item.kind).or_default();
        let index = u32::try_from(table.len()).unwrap_or(u32::MAX);
        table.push(id);
        items.all.push(Item { index, id, ..item });
    }
    enter_names(&mut items, diagnostics);
    items
}

/// The items of a file that have a name, not numbered yet.
fn items_of<'a>(unit: &'a SourceUnit<'a>) -> Vec<Item<'a>> {
    let mut items = Vec::new();
    let (mut line, mut counted_until) = (1, 0);
    for tree::Spanned { value: tree, range } in &unit.tree.items {
        let Some((name, kind)) = name_and_kind(&tree.kind) else { continue };
        let before = unit.text.get(counted_until..name.range.start as usize).unwrap_or("");
        line += before.bytes().fold(0, |count, byte| count + u32::from(byte == b'\n'));
        counted_until = name.range.start as usize;
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
    items
}

/// Puts every item under its name into its module.
fn enter_names<'a>(items: &mut Items<'a>, diagnostics: &mut Vec<Diagnostic>) {
    for item in &items.all {
        let module = item.unit.module.as_str();
        let names = items.modules.entry(module).or_default();
        let before = match names.get(&item.name.value) {
            Some(Entry::Item(id)) => items.all.get(id.0),
            Some(Entry::Lost) | None => None,
        };
        if let Some(first) = before {
            let message = format!("`{}` is defined twice", item.name.value);
            let diagnostic =
                Diagnostic::error(Code::DUPLICATE_NAME, item.unit.file, item.name.range, message)
                    .with_secondary(first.unit.file, first.name.range, "first defined here")
                    .with_help("the files of a folder share their names: choose another one");
            diagnostics.push(diagnostic);
            continue;
        }
        names.insert(item.name.value.clone(), Entry::Item(item.id));
        if item.kind == ItemKind::Entity {
            items.entities.entry(module).or_default().push(item.id);
        }
    }
}

fn name_and_kind(kind: &tree::ItemKind) -> Option<(&Name, ItemKind)> {
    Some(match kind {
        tree::ItemKind::Use(_) => return None,
        tree::ItemKind::Param(param) => (&param.name, ItemKind::Param),
        tree::ItemKind::Entity(entity) => (&entity.name, ItemKind::Entity),
        tree::ItemKind::Signal(signal) => (&signal.name, ItemKind::Signal),
        tree::ItemKind::Let(named) => (&named.name, ItemKind::Let),
        tree::ItemKind::Function(function) => (&function.name, ItemKind::Function),
        tree::ItemKind::Event(event) => (&event.name, ItemKind::Event),
        tree::ItemKind::Source(source) => (&source.name, ItemKind::Source),
        tree::ItemKind::SharedGuard(guard) => (&guard.name, ItemKind::SharedGuard),
        tree::ItemKind::Instance(instance) => {
            let kind = match instance.kind {
                tree::InstanceKind::Detector => ItemKind::Detector,
                tree::InstanceKind::Policy => ItemKind::Policy,
            };
            (&instance.name, kind)
        }
        tree::ItemKind::Topology(_) | tree::ItemKind::Test(_) => return None,
        tree::ItemKind::Detector(tree::Detector { name, parameters: Some(_), .. }) => {
            (name, ItemKind::DetectorTemplate)
        }
        tree::ItemKind::Policy(tree::Policy { name, parameters: Some(_), .. }) => {
            (name, ItemKind::PolicyTemplate)
        }
        tree::ItemKind::Detector(detector) => (&detector.name, ItemKind::Detector),
        tree::ItemKind::Action(action) => (&action.name, ItemKind::Action),
        tree::ItemKind::Channel(channel) => (&channel.name, ItemKind::Channel),
        tree::ItemKind::Plan(plan) => (&plan.name, ItemKind::Plan),
        tree::ItemKind::Policy(policy) => (&policy.name, ItemKind::Policy),
    })
}
