//! Drafts as they are written.

use std::collections::{BTreeMap, BTreeSet};

use heal_explain::exact;
use heal_program::Millis;

use super::{
    candidates::Candidate,
    judge::{Best, Draft, Fared, Lack},
    series::{Form, Group, dimension_word},
};

/// Why there is no draft, in words.
pub(super) fn why_not(lack: &Lack) -> String {
    match lack {
        Lack::NotRecorded => "nothing was recorded then of what has its labels".to_owned(),
        Lack::Unread(why) => why.clone(),
        Lack::NothingTells => "no series alone tells its times from all others".to_owned(),
        Lack::NothingCaught => {
            "no condition on one series that was tried over the recording fired in it".to_owned()
        }
        Lack::CostsMore { condition, fared, missing } => format!(
            "the cheapest condition on one series that was tried over the recording, `{condition}`, costs {:.0} minutes ({}), \
             and to miss it {missing:.0}",
            fared.cost(),
            false_alarms(fared)
        ),
    }
}

/// So many that were missed are named.
const MISSED_MAX: usize = 3;

/// The drafts as a file.
pub(super) fn file(recording: &str, drafts: &[Draft<'_>]) -> String {
    let mut text = format!(
        "//! Drafts for what recurs most in the recording `{}`. All are in shadow: they decide and do nothing.\n\
         //! What each says that it caught is of a simulation over that recording.\n",
        line(recording)
    );
    let mut names = BTreeSet::new();
    let mut signals: BTreeMap<(&str, bool), String> = BTreeMap::new();
    let mut detectors: BTreeMap<String, String> = BTreeMap::new();
    for draft in drafts {
        let one = draft.of;
        let minutes = one.length().0 / 60_000;
        let what = format!("`{}`: {}, {minutes} min in all", line(&one.name), times(one.occurrences.len()));
        let Best { group, candidate, fared } = match &draft.best {
            Ok(best) => best,
            Err(lack) => {
                text.push_str(&format!("\n// {what}. Not drafted: {}.\n", why_not(lack)));
                continue;
            }
        };
        let is_counter = matches!(candidate.form, Form::Counter(_));
        let signal_name = signals.entry((group.name, is_counter)).or_insert_with(|| {
            let name = unique(&mut names, "", group.name);
            text.push_str(&signal(&name, group, candidate.form));
            name
        });
        let condition = condition(signal_name, group, candidate);
        let came = came(fared);
        if let Some(known) = detectors.get(&condition) {
            text.push_str(&format!("\n// {what}. `{known}` is for it too: over the recording {came}.\n"));
            continue;
        }
        let detector = unique(&mut names, "is_", &one.name);
        let policy = unique(&mut names, "heal_", &one.name);
        let lines = condition.replacen(" for ", "\n  for ", 1);
        text.push_str(&format!(
            "\n/// {what}.\n/// Over the recording {came}.\n\
             detector {detector} {{\n  when {lines}\n}}\n\n\
             policy {policy} {{\n  on {detector}\n  shadow\n  try escalate\n}}\n",
        ));
        detectors.insert(condition, detector);
    }
    text
}

/// `it caught 3 of 4, in the middle after 2m and at most after 5m; 1 false alarm`
fn came(fared: &Fared) -> String {
    let Fared { after, missed, .. } = fared;
    let count = after.len() + missed.len();
    let when = match after.as_slice() {
        [] => String::new(),
        [one] => format!(" after {}", exact(*one)),
        several => {
            let middle = several.get(several.len() / 2).copied().unwrap_or_default();
            let last = several.last().copied().unwrap_or_default();
            format!(", in the middle after {} and at most after {}", exact(middle), exact(last))
        }
    };
    let caught = if count == 1 { "it".to_owned() } else { format!("{} of {count}", after.len()) };
    let lacks = match missed.as_slice() {
        [] => String::new(),
        missed => {
            let named: Vec<String> = missed.iter().take(MISSED_MAX).map(ToString::to_string).collect();
            let more = missed.len().saturating_sub(MISSED_MAX);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("; it missed that of {}{more}", named.join(", "))
        }
    };
    format!("it caught {caught}{when}{lacks}; {}", false_alarms(fared))
}

fn false_alarms(fared: &Fared) -> String {
    match fared.false_alarms {
        0 => "no false alarm".to_owned(),
        1 => "1 false alarm".to_owned(),
        count => format!("{count} false alarms"),
    }
}

fn times(count: usize) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

/// The item that reads a signal.
pub(super) fn signal(name: &str, group: &Group<'_>, form: Form) -> String {
    let by = if group.keys.is_empty() { String::new() } else { format!(" by ({})", group.keys.join(", ")) };
    let dimension = dimension_word(group.unit).unwrap_or("count");
    let unit = if group.unit == "1" { String::new() } else { format!(" in {}", group.unit) };
    let item = if matches!(form, Form::Counter(_)) { "counter" } else { "signal" };
    let (series, every) = (group.name, group.every.written());
    format!("\n{item} {name}: {dimension}{unit}{by} {{\n  from metric {series:?}\n  every {every}\n}}\n")
}

/// `app_took > 71ms for 3m`
pub(super) fn condition(name: &str, group: &Group<'_>, candidate: &Candidate) -> String {
    let sign = if candidate.bound.is_above { ">" } else { "<" };
    let unit = match group.unit {
        "percent" => "%",
        "1" => "",
        unit => unit,
    };
    let read = match candidate.form {
        Form::Gauge => name.to_owned(),
        Form::Counter(window) => format!("{name}.increase({})", window.written()),
    };
    let hold = match candidate.hold {
        Millis::ZERO => String::new(),
        hold => format!(" for {}", hold.written()),
    };
    format!("{read} {sign} {}{unit}{hold}", candidate.bound.value)
}

/// A name of the language that was not taken yet.
fn unique(names: &mut BTreeSet<String>, prefix: &str, text: &str) -> String {
    let letter =
        |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' };
    let plain: String = text.chars().map(letter).take(48).collect();
    let words: Vec<&str> = plain.split('_').filter(|word| !word.is_empty()).collect();
    let mut name = format!("{prefix}{}", words.join("_"));
    // No word of the language has an underscore where it could stand for a name.
    if !name.starts_with(|letter: char| letter.is_ascii_lowercase()) || !name.contains('_') {
        name = format!("recorded_{name}");
    }
    let mut unique = name.trim_end_matches('_').to_owned();
    let mut number = 2;
    while !names.insert(unique.clone()) {
        unique = format!("{name}_{number}");
        number += 1;
    }
    unique
}

/// A text in one line, for comments.
fn line(text: &str) -> String {
    text.replace(char::is_control, " ")
}
