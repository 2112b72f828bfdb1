//! Which column of a list of jobs is what.

use std::collections::BTreeMap;

use csv::StringRecord;

use super::OutcomeImport;

/// What a column of a list says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OutcomeColumn {
    /// When it began.
    Start,
    /// When it ended.
    End,
    /// What was run.
    Plan,
    /// How it ended.
    Outcome,
    /// What people wrote about it.
    Note,
    /// What it is called there.
    Id,
}

impl OutcomeColumn {
    /// All of them.
    pub const ALL: [OutcomeColumn; 6] = [
        OutcomeColumn::Start,
        OutcomeColumn::End,
        OutcomeColumn::Plan,
        OutcomeColumn::Outcome,
        OutcomeColumn::Note,
        OutcomeColumn::Id,
    ];

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            OutcomeColumn::Start => "start",
            OutcomeColumn::End => "end",
            OutcomeColumn::Plan => "plan",
            OutcomeColumn::Outcome => "outcome",
            OutcomeColumn::Note => "note",
            OutcomeColumn::Id => "id",
        }
    }

    /// The one that is called so.
    #[must_use]
    pub fn named(name: &str) -> Option<OutcomeColumn> {
        OutcomeColumn::ALL.into_iter().find(|column| column.name() == name)
    }

    /// What it may be called in a file that says nothing else, the better name first; compared without case, blanks,
    /// underscores and dashes.
    fn names(self) -> &'static [&'static str] {
        match self {
            OutcomeColumn::Start => {
                &["start", "started", "startedat", "starttime", "starttimestamp", "datestarted"]
            }
            OutcomeColumn::End => {
                &["end", "ended", "endedat", "finished", "finishedat", "endtime", "endtimestamp", "dateended"]
            }
            OutcomeColumn::Plan => &["plan", "action", "jobtemplate", "jobname", "job", "name"],
            OutcomeColumn::Outcome => &["outcome", "status", "result"],
            OutcomeColumn::Note => &["note", "comment"],
            OutcomeColumn::Id => &["id", "jobid", "executionid"],
        }
    }
}

/// Where in a row each thing is.
pub(super) struct Columns {
    pub(super) start: usize,
    pub(super) end: Option<usize>,
    pub(super) plan: usize,
    pub(super) outcome: usize,
    pub(super) note: Option<usize>,
    pub(super) id: Option<usize>,
    /// Key fields of the target.
    pub(super) keys: Vec<(String, usize)>,
}

impl Columns {
    /// Finds them in a header; else what is wrong with it.
    pub(super) fn find(import: &OutcomeImport, header: &StringRecord) -> Result<Columns, String> {
        let found = || {
            let cells: Vec<&str> = header.iter().take(20).collect();
            cells.join("`, `").replace(char::is_control, " ")
        };
        let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, name) in header.iter().enumerate() {
            places.entry(name).or_default().push(at);
        }
        let exactly = |wanted: &str| match places.get(wanted).map(Vec::as_slice) {
            Some([at]) => Ok(*at),
            Some(_) => Err(format!("has two columns `{wanted}`")),
            None => Err(format!("has no column `{wanted}`; it has `{}`", found())),
        };
        let find = |column: OutcomeColumn| -> Result<Option<usize>, String> {
            if let Some((_, name)) = import.columns.iter().find(|(of, _)| *of == column) {
                return exactly(name).map(Some);
            }
            let is_key = |at: &usize| import.keys.iter().any(|(_, name)| header.get(*at) == Some(name));
            let place = |name: &&'static str| header.iter().position(|cell| plain(cell) == **name);
            Ok(column.names().iter().filter_map(place).find(|at| !is_key(at)))
        };
        let needed = |column: OutcomeColumn, what: &str| {
            find(column)?.ok_or_else(|| {
                format!(
                    "has no column for {what}: name it with `--column {}=NAME`; it has `{}`",
                    column.name(),
                    found()
                )
            })
        };
        let mut columns = Columns {
            start: needed(OutcomeColumn::Start, "the start")?,
            end: find(OutcomeColumn::End)?,
            plan: needed(OutcomeColumn::Plan, "the plan or action")?,
            outcome: needed(OutcomeColumn::Outcome, "the outcome")?,
            note: find(OutcomeColumn::Note)?,
            id: find(OutcomeColumn::Id)?,
            keys: Vec::new(),
        };
        for (field, name) in &import.keys {
            columns.keys.push((field.clone(), exactly(name)?));
        }
        if import.keys.is_empty() {
            let others = header.iter().enumerate().filter(|(at, name)| !columns.has(*at) && !name.is_empty());
            let others: Vec<(String, usize)> = others.map(|(at, name)| (name.to_owned(), at)).collect();
            for (name, at) in others {
                exactly(&name)?;
                columns.keys.push((name, at));
            }
        }
        Ok(columns)
    }

    fn has(&self, at: usize) -> bool {
        let Columns { start, end, plan, outcome, note, id, keys: _ } = self;
        [*start, *plan, *outcome].contains(&at) || [*end, *note, *id].contains(&Some(at))
    }
}

fn plain(name: &str) -> String {
    let letters = name.chars().filter(|letter| !letter.is_whitespace() && !matches!(letter, '_' | '-'));
    letters.flat_map(char::to_lowercase).collect()
}
