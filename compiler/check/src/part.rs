//! The part of the files that is checked: all of them, or some modules with all that these use.

use std::collections::BTreeSet;

use crate::SourceUnit;

/// What is checked. The rest is only known by its names.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part<'p> {
    /// All files.
    All,
    /// Those of these modules; nothing that they use is missing.
    Modules {
        /// Their names.
        modules: &'p BTreeSet<&'p str>,
        /// Whether all that has to do with the topology is among them.
        topology: bool,
    },
}

impl Part<'_> {
    /// Whether a file is in it.
    pub(crate) fn holds(self, unit: &SourceUnit<'_>) -> bool {
        match self {
            Part::All => true,
            Part::Modules { modules, .. } => modules.contains(unit.module.as_str()),
        }
    }

    /// Whether the topology is checked.
    pub(crate) fn has_topology(self) -> bool {
        match self {
            Part::All => true,
            Part::Modules { topology, .. } => topology,
        }
    }
}
