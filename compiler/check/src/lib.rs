//! Names, modules, types, keys and effects: the typed program.
