//! Names, modules, types, keys and effects: the typed program.
//!
//! [`check`] takes the parsed files of a package, and those of the packages that it uses, and goes over them in passes:
//! `collect` finds the items, `imports` what `use` brings into each file, and then each kind of item is checked after
//! those that it can refer to, by the file of its name.
//!
//! One mistake gives one diagnostic: what cannot be known because of it is left out of what is `known`, and a
//! reference to something left out stays silent.

mod act;
mod again;
mod check;
mod collect;
mod decide;
mod imports;
mod indexes;
mod item;
mod known;
mod let_;
mod names;
mod observe;
mod order;
mod param;
mod part;
mod scenario;
mod scope;
mod secret;
mod statements;
mod template;
mod type_name;
mod typed;
mod unit;

#[cfg(test)]
mod tests;

pub use again::{Checked, Checks, PerFile, TakenOver};
pub use check::check;
pub use heal_expr::with_nearest;
pub use indexes::{Visit, VisitIndexes, VisitIndexesMut, renumber};
pub use typed::{
    ItemId, ItemInfo, ItemKind, Reference, ReferenceKind, StatementKind, StatementPlace, TypedProgram,
    UnusedImport,
};
pub use unit::{Package, PackageRole, STANDARD_MODULES, SourceUnit};
