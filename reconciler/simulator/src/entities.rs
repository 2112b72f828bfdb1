//! What a recording tells of the entities of a program: which lived, and what they were.

use std::collections::{BTreeMap, BTreeSet};

use heal_engine::{FieldValue, Input, Key};
use heal_program::{
    Conversion, Dimension, Entity, EntityIndex, Field, FieldKind, Program, Timestamp, recorded_unit,
    short_name,
};
use heal_telemetry::{LivedEntity, Recording};

/// What a recording tells of the entities of a program, and why it tells nothing of others.
#[derive(Clone, Debug, Default)]
pub struct RecordedEntities {
    /// By kind: what is told, in order of time.
    told: BTreeMap<EntityIndex, Vec<(Timestamp, Input)>>,
    /// Of the kinds that are told of: the fields that are.
    fields: BTreeMap<EntityIndex, BTreeSet<String>>,
    /// By path of the kind.
    of_path: BTreeMap<String, EntityIndex>,
    /// Why a field cannot be told that is recorded, or a kind as a whole: by path and field, which is then empty.
    wrong: BTreeMap<(String, String), String>,
    /// Kinds of which it is only known how many lived.
    counted: BTreeSet<String>,
    /// Kinds of which some rows lack a field of the key: how many, and the field.
    keyless: BTreeMap<String, (usize, String)>,
}

/// Rows of one kind by key, in order of time.
type ByKey<'r> = BTreeMap<Key, Vec<&'r LivedEntity>>;

impl RecordedEntities {
    /// What a recording tells of the entities of a program.
    #[must_use]
    pub fn of(program: &Program, recording: &Recording) -> RecordedEntities {
        let mut all = RecordedEntities::default();
        for (index, node) in (0..).map(EntityIndex).zip(&program.entities) {
            let path = &node.head.path;
            let is_meant = |name: &str| name == path || name == short_name(path);
            if recording.inventory.iter().any(|row| is_meant(&row.entity)) {
                all.counted.insert(path.clone());
            }
            let rows: Vec<&LivedEntity> =
                recording.entities.iter().filter(|row| is_meant(&row.entity)).collect();
            if !rows.is_empty()
                && let Err(reason) = all.add((index, node), &rows, recording.start())
            {
                all.wrong.insert((path.clone(), String::new()), reason);
            }
        }
        all
    }

    /// The fields that are told of the kinds that are told of.
    #[must_use]
    pub fn fields(&self) -> &BTreeMap<EntityIndex, BTreeSet<String>> {
        &self.fields
    }

    /// The same without some kinds: of them nothing is told.
    #[must_use]
    pub fn without(mut self, kinds: &BTreeSet<EntityIndex>) -> RecordedEntities {
        self.told.retain(|kind, _| !kinds.contains(kind));
        self.fields.retain(|kind, _| !kinds.contains(kind));
        self
    }

    /// What is told of each kind, in order of time.
    pub fn told(&self) -> impl Iterator<Item = (EntityIndex, &[(Timestamp, Input)])> {
        self.told.iter().map(|(index, told)| (*index, told.as_slice()))
    }

    /// Rows of kinds that lack a field of their key: path, how many, the field.
    pub(crate) fn keyless(&self) -> impl Iterator<Item = (&String, usize, &String)> {
        self.keyless.iter().map(|(path, (count, field))| (path, *count, field))
    }

    /// Why the recording tells nothing of a field of a kind, whichever entity it is; none where it does. Without a field: of
    /// the kind as a whole.
    #[must_use]
    pub(crate) fn why_not(&self, path: &str, field: &str) -> Option<String> {
        const RECORDS: &str = "`heal record inventory FILE --into DIR` records";
        let name = short_name(path);
        let reason = |of: &str| self.wrong.get(&(path.to_owned(), of.to_owned())).cloned();
        let Some(fields) = self.of_path.get(path).and_then(|index| self.fields.get(index)) else {
            return Some(reason("").unwrap_or_else(|| {
                if self.counted.contains(path) {
                    format!(
                        "the recording holds how many {name} lived and not what they were; {RECORDS} that too"
                    )
                } else {
                    format!("the recording has no inventory of {name}; {RECORDS} it")
                }
            }));
        };
        if field.is_empty() || fields.contains(field) {
            return None;
        }
        Some(reason(field).unwrap_or_else(|| {
            format!("the recording has no `{field}` of {name}; {RECORDS} it from a file that has it, with `--replace`")
        }))
    }

    fn add(
        &mut self,
        (index, node): (EntityIndex, &Entity),
        rows: &[&LivedEntity],
        start: Timestamp,
    ) -> Result<(), String> {
        let path = &node.head.path;
        let (by_key, keyless) = by_key(node, rows)?;
        if let Some(field) = keyless {
            let count = rows.len() - by_key.values().map(Vec::len).sum::<usize>();
            self.keyless.insert(path.clone(), (count, field));
        }
        let mut fields = BTreeSet::new();
        for field in node.fields.iter().filter(|field| !node.keys.contains(&field.name)) {
            let mut values = rows.iter().filter_map(|row| value_of(field, row));
            match values.find(Result::is_err) {
                Some(Err(reason)) => {
                    self.wrong.insert((path.clone(), field.name.clone()), reason);
                }
                Some(Ok(_)) | None if rows.iter().any(|row| row.field(&field.name).is_some()) => {
                    fields.insert(field.name.clone());
                }
                Some(Ok(_)) | None => {}
            }
        }
        let told_fields: Vec<&Field> =
            node.fields.iter().filter(|field| fields.contains(&field.name)).collect();
        let mut told = Vec::new();
        for (key, rows) in by_key {
            told.extend(told_of(index, &key, &rows, &told_fields, start));
        }
        told.sort_by_key(|(at, _)| *at);
        self.told.insert(index, told);
        self.fields.insert(index, fields);
        self.of_path.insert(path.clone(), index);
        Ok(())
    }
}

/// Rows by the key of the kind, and a field of it that some rows lack.
fn by_key<'r>(node: &Entity, rows: &[&'r LivedEntity]) -> Result<(ByKey<'r>, Option<String>), String> {
    let name = short_name(&node.head.path);
    let (mut by_key, mut lacking) = (ByKey::new(), None);
    for row in rows {
        let key: Result<Key, &String> =
            node.keys.iter().map(|field| row.field(field).map(str::to_owned).ok_or(field)).collect();
        match key {
            Ok(key) => by_key.entry(key).or_default().push(row),
            Err(field) => lacking = Some(field.clone()),
        }
    }
    if let (true, Some(field)) = (by_key.is_empty(), &lacking) {
        return Err(format!(
            "the {name} of the recording have no `{field}`, which is of their key; `heal record inventory FILE --into DIR \
             --replace` with `--label COLUMN={field}` records it"
        ));
    }
    for (key, rows) in &by_key {
        let pairs = rows.iter().zip(rows.iter().skip(1));
        let twice = pairs.into_iter().find(|(one, next)| one.until.is_none_or(|until| until > next.since));
        if let Some((one, next)) = twice {
            return Err(format!(
                "the recording has {} and {} at one time, which both are {name} {}: `heal record inventory FILE --key {}` says \
                 what tells one from another",
                one.text(),
                next.text(),
                key.join("/"),
                node.keys.join(" --key ")
            ));
        }
    }
    Ok((by_key, lacking))
}

/// What is told of one entity.
fn told_of(
    entity: EntityIndex,
    key: &Key,
    rows: &[&LivedEntity],
    fields: &[&Field],
    start: Timestamp,
) -> Vec<(Timestamp, Input)> {
    let mut told = Vec::new();
    let gone = |at: Timestamp| (at, Input::Gone { entity, key: key.clone(), at });
    let mut before: Option<&LivedEntity> = None;
    for row in rows {
        let at = row.since.max(start);
        if let Some(before) = before {
            let ended = before.until.unwrap_or(at).max(start);
            // Of what is not said any more nothing is known.
            let is_less = fields
                .iter()
                .any(|field| before.field(&field.name).is_some() && row.field(&field.name).is_none());
            if ended < at || is_less {
                told.push(gone(ended));
            }
        }
        let value = |field: &&Field| Some((field.name.clone(), value_of(field, row)?.ok()?));
        let fields = fields.iter().filter_map(value).collect();
        told.push((at, Input::Entity { entity, key: key.clone(), at, fields }));
        before = Some(row);
    }
    told.extend(before.and_then(|last| last.until).map(|until| gone(until.max(start))));
    told
}

/// The value that a row has for a field, as the engine is told it; none where it has none.
fn value_of(field: &Field, row: &LivedEntity) -> Option<Result<FieldValue, String>> {
    let text = row.field(&field.name)?;
    Some(match field.kind {
        FieldKind::Text | FieldKind::Entity(_) => Ok(FieldValue::Text(text.to_owned())),
        FieldKind::Entities(_) => Ok(FieldValue::Texts(texts(text))),
        FieldKind::Quantity(dimension) => number(field, dimension, row, text).map(FieldValue::Number),
    })
}

fn number(field: &Field, dimension: Dimension, row: &LivedEntity, text: &str) -> Result<f64, String> {
    let name = &field.name;
    let unit = row.units.get(name).map_or("1", String::as_str);
    let plain = unit == "1" && [Dimension::RATIO, Dimension::COUNT].contains(&dimension);
    let read = recorded_unit(unit).filter(|read| plain || read.dimension == dimension);
    let Some(read) = read else {
        let kind = short_name(&row.entity);
        return Err(match row.units.get(name) {
            Some(unit) => {
                format!("the recording has `{name}` of {kind} in `{unit}`, which is no unit of what it is")
            }
            None => format!(
                "the recording has `{name}` of {kind} without a unit; `heal record inventory FILE --into DIR --replace` with \
                 `--unit {name}=UNIT`, or with the package, records it"
            ),
        });
    };
    let raw: Option<f64> = text.parse().ok().filter(|raw: &f64| raw.is_finite());
    let raw = raw.ok_or_else(|| {
        format!(
            "the recording has {text:?} for `{name}` of `{}` from {} on, and it is a number",
            row.text(),
            row.since
        )
    })?;
    Ok(Conversion::new(read.scale(), read.offset()).apply(raw))
}

/// Several relations in one text, with commas between them.
fn texts(text: &str) -> Vec<String> {
    text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}
