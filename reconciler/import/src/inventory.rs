//! Which entities lived when and what they were, from CSV or JSON lines; and counted by groups, as guards need to know.

mod declared;
mod lives;
mod objects;
mod rows;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use heal_telemetry::csv::foreign;

use crate::tables::read_whole;
use crate::{ImportError, Zone};
pub use lives::{Counted, Life, Lives};

/// How a file of entities is read: a row or a JSON object for each.
///
/// The columns `entity`, `since` and `until` say of which kind an entity is, since when it lived, and from when on no longer.
/// All others are its fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InventoryImport {
    /// The kind of all entities; none: the column `entity` says it.
    pub entity: Option<String>,
    /// Fields that are called otherwise than their columns, each with the column.
    pub fields_from: Vec<(String, String)>,
    /// The fields that tell one entity from another; empty: those of its declaration, else all.
    pub keys: Vec<String>,
    /// Fields that are numbers, with their units.
    pub units: Vec<(String, String)>,
    /// All entities of a package in the order of its program, where one says what they are; else none.
    pub declared: Vec<heal_program::Entity>,
    /// The fields by which is counted; empty: by each field alone. Over all is always counted.
    pub per: Vec<Vec<String>>,
    /// The zone of times that do not state theirs.
    pub zone: Zone,
}

impl InventoryImport {
    /// Reads a file.
    ///
    /// # Errors
    /// When the file cannot be read, or as [`InventoryImport::read`].
    pub fn read_file(&self, path: &Path) -> Result<Lives, ImportError> {
        self.read(&path.display().to_string(), &read_whole(path, "")?)
    }

    /// Reads the bytes of a file, which errors call `file`: JSON lines if it begins with `{`, else CSV.
    ///
    /// # Errors
    /// When it is neither, an entity in it has no kind or no field, a time is none, an entity lives twice at one time, or it is
    /// another than is declared; with the line.
    pub fn read(&self, file: &str, bytes: &[u8]) -> Result<Lives, ImportError> {
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        if let Some(reason) = foreign(file, bytes) {
            return Err(ImportError::of_file(file, reason));
        }
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        let mut lives = match first {
            None => return Err(ImportError::of_file(file, "is empty")),
            Some(b'{') => rows::of_objects(self, file, bytes)?,
            Some(_) => rows::of_table(self, file, bytes)?,
        };
        if lives.is_empty() {
            return Err(ImportError::of_file(file, "has no entity"));
        }
        let known: BTreeSet<&String> = lives.iter().flat_map(|life| life.fields.keys()).collect();
        let units = self.units.iter().map(|(field, _)| field);
        for field in self.keys.iter().chain(self.per.iter().flatten()).chain(units) {
            if !known.contains(field) {
                let fields: Vec<&str> = known.iter().map(|field| field.as_str()).collect();
                let reason = format!("no entity has a field `{field}`; they have `{}`", fields.join("`, `"));
                return Err(ImportError::of_file(file, reason));
            }
        }
        let in_file = |wrong: ImportError| ImportError { file: file.to_owned(), ..wrong };
        declared::typed(self, &mut lives).map_err(in_file)?;
        let declared = |kind: &str| self.declared(kind).map(|node| node.keys.as_slice());
        let keys = |kind: &str| Some(self.keys.as_slice()).filter(|keys| !keys.is_empty()).or(declared(kind));
        Lives::of(lives, &keys, &self.per).map_err(in_file)
    }

    /// The fields of columns that are called otherwise.
    fn renamed(&self) -> BTreeMap<&str, &str> {
        self.fields_from.iter().map(|(field, from)| (from.as_str(), field.as_str())).collect()
    }
}
