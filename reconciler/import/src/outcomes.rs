//! Outcomes of what was really done, from the job lists of other tools: a CSV with a column for each thing, whatever it is
//! called there.

mod columns;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Trim};
use heal_program::Timestamp;
use heal_telemetry::csv::{foreign, other_delimiter, place};
use heal_telemetry::{EARLIEST, LATEST, Labels, Outcome, Verdict};

use crate::logs::{time_after, time_of};
use crate::tables::{check_quotes, read_whole, unreadable};
use crate::{ImportError, Imported, Zone};
use columns::Columns;
pub use columns::OutcomeColumn;

/// So many names that were left out are told by name.
const NAMES_SHOWN_MAX: usize = 5;

/// How a list of jobs becomes outcomes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutcomeImport {
    /// What columns are called in the file, where that is not what they are called by default.
    pub columns: Vec<(OutcomeColumn, String)>,
    /// Plans and actions by path, each with a name that it has in the file. Empty: names in the file are paths, and all count.
    pub plans: Vec<(String, String)>,
    /// What words in the file stand for; none: their rows are left out.
    pub words: Vec<(Option<Verdict>, String)>,
    /// Key fields of the target, each with its column. Empty: all columns that are nothing else.
    pub keys: Vec<(String, String)>,
    /// The zone of times that do not state theirs.
    pub zone: Zone,
}

/// What is read of a file, and what was left out.
#[derive(Default)]
struct List {
    /// Each with the place of its row in the file, from which its line is counted when somebody needs to know it.
    outcomes: BTreeMap<(Timestamp, String, Labels), (u64, Outcome)>,
    /// Names that were not asked for, with how often they are there.
    others: BTreeMap<String, u64>,
    seen: BTreeSet<String>,
    open: u64,
    skipped: u64,
}

impl OutcomeImport {
    /// Reads a file.
    ///
    /// # Errors
    /// When the file cannot be read, or as [`OutcomeImport::read`].
    pub fn read_file(&self, path: &Path) -> Result<Imported, ImportError> {
        self.read(&path.display().to_string(), &read_whole(path, ": export a shorter stretch")?)
    }

    /// Reads the bytes of a file, which errors call `file`. What is not over is left out and counted, and so is what has other
    /// names than those that were asked for.
    ///
    /// # Errors
    /// When a column is not there, or a row is no outcome, with its line and column; when nothing is left.
    pub fn read(&self, file: &str, bytes: &[u8]) -> Result<Imported, ImportError> {
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        let whole = |reason: String| ImportError::of_file(file, reason);
        if let Some(reason) = foreign(file, bytes).or_else(|| other_delimiter(file, bytes)) {
            return Err(whole(reason));
        }
        check_quotes(file, bytes)?;
        let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(bytes);
        let header = reader.headers().map_err(|wrong| unreadable(file, bytes, &wrong))?.clone();
        if header.is_empty() {
            return Err(whole("is empty: the first row must name the columns".to_owned()));
        }
        let columns = Columns::find(self, &header).map_err(whole)?;
        let name = Path::new(file).file_name().map(|name| name.to_string_lossy().into_owned());
        let name = one_line(&name.unwrap_or_default());
        let mut list = List::default();
        for record in reader.records() {
            let record = record.map_err(|wrong| unreadable(file, bytes, &wrong))?;
            let offset = record.position().map_or(0, csv::Position::byte);
            let at = |(field, reason): (Option<usize>, String)| {
                let place = place(bytes, offset, field);
                ImportError {
                    file: file.to_owned(),
                    line: place.line as u64,
                    column: place.column as u64,
                    reason,
                }
            };
            let line = |offset: u64| place(bytes, offset, None).line;
            self.take(&columns, &record, (&name, offset, &line), &mut list).map_err(at)?;
        }
        self.check_names(file, &list)?;
        let notes = list.notes();
        if list.outcomes.is_empty() {
            let left_out = if notes.is_empty() { String::new() } else { format!(": {}", notes.join("; ")) };
            return Err(whole(format!("has no outcome{left_out}")));
        }
        let outcomes = list.outcomes.into_values().map(|(_, outcome)| outcome).collect();
        Ok(Imported { outcomes, notes, ..Imported::default() })
    }

    /// Takes a row; an error names the field, where it is one.
    fn take(
        &self,
        columns: &Columns,
        record: &StringRecord,
        (file, offset, line): (&str, u64, &dyn Fn(u64) -> usize),
        list: &mut List,
    ) -> Result<(), (Option<usize>, String)> {
        let cell = |at: Option<usize>| at.and_then(|at| record.get(at)).unwrap_or_default();
        let name = cell(Some(columns.plan));
        list.seen.insert(name.to_owned());
        let Some(item) = self.item(name).map_err(|reason| (Some(columns.plan), reason))? else {
            *list.others.entry(one_line(name)).or_default() += 1;
            return Ok(());
        };
        let word = cell(Some(columns.outcome));
        let end = cell(columns.end);
        if word.is_empty() && end.is_empty() {
            list.open += 1;
            return Ok(());
        }
        let verdict = self.verdict(word).map_err(|reason| (Some(columns.outcome), reason))?;
        let Some(verdict) = verdict else {
            list.skipped += 1;
            return Ok(());
        };
        let start = self.time("start", cell(Some(columns.start)));
        let start = start.map_err(|reason| (Some(columns.start), reason))?;
        let end = if end.is_empty() {
            None
        } else {
            let read = self.time_of("end", end, |text| time_after(start, text, self.zone));
            Some(read.map_err(|reason| (columns.end, reason))?)
        };
        if end.is_some_and(|end| end < start) {
            return Err((columns.end, format!("this run of `{item}` ends before it starts")));
        }
        let labels = columns.keys.iter().map(|(field, at)| (field.clone(), one_line(cell(Some(*at)))));
        let outcome = Outcome {
            start,
            item,
            labels: labels.filter(|(_, value)| !value.is_empty()).collect(),
            end,
            verdict,
            note: one_line(cell(columns.note)),
            source: one_line(cell(columns.id)),
            file: file.to_owned(),
        };
        let key = (start, outcome.item.clone(), outcome.labels.clone());
        match list.outcomes.get(&key) {
            Some((_, same)) if same.says_the_same(&outcome) => {}
            Some((other, _)) => {
                let other = line(*other);
                let reason = format!(
                    "line {other} has another run of `{}` on the same target that began at {start}, too: leave one of \
                     them out",
                    outcome.item
                );
                return Err((None, reason));
            }
            None => {
                list.outcomes.insert(key, (offset, outcome));
            }
        }
        Ok(())
    }

    /// The path of what has a name in the file; none: nobody asked for it.
    fn item(&self, name: &str) -> Result<Option<String>, String> {
        if !self.plans.is_empty() {
            let found = self.plans.iter().find(|(_, theirs)| theirs == name);
            return Ok(found.map(|(ours, _)| ours.clone()));
        }
        if is_path(name) {
            return Ok(Some(name.to_owned()));
        }
        Err(match name {
            "" => "it does not say which plan or action was run".to_owned(),
            name => format!(
                "`{name}` is no name of a plan or action: say which it is, as `--plan PLAN='{name}'`; rows of other names \
                 are left out then"
            ),
        })
    }

    fn verdict(&self, word: &str) -> Result<Option<Verdict>, String> {
        if let Some((verdict, _)) = self.words.iter().find(|(_, theirs)| theirs == word) {
            return Ok(*verdict);
        }
        if let Some(verdict) = Verdict::of_word(word) {
            return Ok(Some(verdict));
        }
        Err(match word {
            "" => {
                "it is over and has no outcome: write `passed`, `failed`, `step failed`, `done` or `unknown`"
                    .to_owned()
            }
            word => format!(
                "`{word}` is no outcome: say what it stands for, as `--outcome done='{word}'` where its steps were done and \
                 nobody says whether that helped, else `passed`, `failed`, `step_failed`, `unknown`, or `skip` to leave it out"
            ),
        })
    }

    fn time(&self, what: &str, text: &str) -> Result<Timestamp, String> {
        self.time_of(what, text, |text| time_of(text, self.zone))
    }

    fn time_of(
        &self,
        what: &str,
        text: &str,
        read: impl Fn(&str) -> Option<Timestamp>,
    ) -> Result<Timestamp, String> {
        if text.is_empty() {
            return Err(format!("it has no {what}"));
        }
        let time = read(text).filter(|time| (EARLIEST..=LATEST).contains(time));
        time.ok_or_else(|| {
            format!("its {what} `{text}` is not a time: write it as `2014-03-14 03:31:00` or in RFC 3339")
        })
    }

    /// Refuses a name that was asked for and is in no row: more likely than not it is misspelt.
    fn check_names(&self, file: &str, list: &List) -> Result<(), ImportError> {
        let Some((ours, theirs)) = self.plans.iter().find(|(_, theirs)| !list.seen.contains(theirs)) else {
            return Ok(());
        };
        let names: Vec<String> = list.others.keys().take(NAMES_SHOWN_MAX * 4).cloned().collect();
        let has = match names.is_empty() {
            true => String::new(),
            false => format!("; other names there are `{}`", names.join("`, `")),
        };
        Err(ImportError::of_file(file, format!("`--plan {ours}={theirs}`: no row has that name{has}")))
    }
}

impl List {
    /// What was left out, a line each.
    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let rows = |count: u64| if count == 1 { "1 row".to_owned() } else { format!("{count} rows") };
        let was = |count: u64| if count == 1 { "was" } else { "were" };
        if self.open > 0 {
            let verb = if self.open == 1 { "is" } else { "are" };
            notes.push(format!("{} {verb} not over and {} left out", rows(self.open), was(self.open)));
        }
        if self.skipped > 0 {
            let whose = if self.skipped == 1 { "its" } else { "their" };
            notes.push(format!("{} {} skipped for {whose} outcome", rows(self.skipped), was(self.skipped)));
        }
        let count: u64 = self.others.values().sum();
        if count > 0 {
            let shown: Vec<&str> = self.others.keys().take(NAMES_SHOWN_MAX).map(String::as_str).collect();
            let more = self.others.len().saturating_sub(NAMES_SHOWN_MAX);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            notes.push(format!(
                "{} of other names {} left out: `{}`{more}",
                rows(count),
                was(count),
                shown.join("`, `")
            ));
        }
        notes
    }
}

/// Whether a name can be the path of a plan or action.
fn is_path(name: &str) -> bool {
    let is_word = |word: &str| {
        word.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_')
            && word.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
    };
    name.split('.').all(is_word)
}

/// A text without breaks and control characters.
fn one_line(text: &str) -> String {
    let letters: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    letters.split_whitespace().collect::<Vec<_>>().join(" ")
}
