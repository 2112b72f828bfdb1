//! `heal init --from RECORDING`: drafts of policies for what recurs most in a recording, in shadow.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use heal_program::{dimension_named, dimension_words, recorded_unit};
use heal_store::Address;
use heal_telemetry::{Labels, Occurrence, Overwrite, Recording, Recurring, Series, SeriesEntry, recurring};

use super::separate::{Threshold, threshold};
use super::{make_folder_and_name, unreadable};
use crate::output::{Done, Exit, Failure, write_message};
use crate::recordings::open_recording;
use crate::sources::MANIFEST_FILE;

/// For so many of what recurs a policy is drafted.
const DRAFTS_MAX: usize = 5;

/// So many values of a signal are enough to judge a threshold by.
const REST_MAX: u64 = 1_000_000;

/// The file that drafts are written to.
const DRAFTS_FILE: &str = "drafts.heal";

pub(super) fn run(from: &Path, folder: &Path) -> Done {
    let recording = open_recording(from)?;
    let ranked = recurring(&recording);
    if ranked.is_empty() {
        return Err(Failure(format!(
            "{}: there is no incident and no alert in it; add some with `heal record incidents`",
            from.display()
        )));
    }
    let text = drafts(&recording, ranked.get(..DRAFTS_MAX).unwrap_or(&ranked))?;
    let path = folder.join(DRAFTS_FILE);
    if path.exists() {
        return Err(Failure(format!(
            "{} is there already: move it away, or name another folder",
            path.display()
        )));
    }
    let name = make_folder_and_name(folder)?;
    let manifest = folder.join(MANIFEST_FILE);
    let mut next = "heal check, heal simulate --recording RECORDING";
    if !manifest.exists() {
        let inside = kept_inside(&recording, from, folder)?;
        let name = name.unwrap_or_else(|| "drafts".to_owned());
        let inside = inside.display().to_string().replace('\\', "/");
        let text = format!(
            "[package]\nname = \"{name}\"\nedition = \"2026\"\n\n[recordings]\ndefault = {inside:?}\n"
        );
        fs::write(&manifest, text).map_err(|wrong| unreadable(&manifest, &wrong))?;
        next = "heal check, heal simulate";
    }
    fs::write(&path, text).map_err(|wrong| unreadable(&path, &wrong))?;
    write_message(&format!(
        "drafted policies in {}, all in shadow: they decide and do nothing\nnow read them, and try there: {next}",
        path.display()
    ));
    Ok(Exit::Nothing)
}

/// Where the recording is in the folder: where it is, if it is in there, else a copy of it.
fn kept_inside(recording: &Recording, from: &Path, folder: &Path) -> Result<PathBuf, Failure> {
    let whole = |path: &Path| fs::canonicalize(path).map_err(|wrong| unreadable(path, &wrong));
    let folder = whole(folder)?;
    // What is in a store stays there, and is found there.
    if Address::is_meant(&from.to_string_lossy()) {
        return Ok(from.to_owned());
    }
    let from = whole(from)?;
    if let Ok(inside) = from.strip_prefix(&folder) {
        return Ok(inside.to_owned());
    }
    let inside = Path::new("recordings").join(from.file_name().unwrap_or_default());
    recording.write(&folder.join(&inside), Overwrite::Refuse)?;
    Ok(inside)
}

/// All series of one name and the same labels: a signal.
struct Group<'a> {
    name: &'a str,
    unit: &'a str,
    every: String,
    keys: Vec<&'a str>,
    series: Vec<&'a Series>,
}

/// The text of the drafts.
fn drafts(recording: &Recording, ranked: &[Recurring]) -> Result<String, Failure> {
    let groups = groups(recording);
    let mut best: Vec<Option<(&Group<'_>, Threshold)>> = ranked.iter().map(|_| None).collect();
    for group in &groups {
        for (one, best) in ranked.iter().zip(&mut best) {
            let (extremes, rest) = values_at(group, one)?;
            let Some(found) = threshold(&extremes, &rest) else { continue };
            let count = one.occurrences.len();
            if best.as_ref().is_none_or(|(_, known)| found.score(count) > known.score(count)) {
                *best = Some((group, found));
            }
        }
    }
    Ok(written(&recording.manifest.name, ranked, best))
}

/// The drafts as a file.
fn written(recording: &str, ranked: &[Recurring], best: Vec<Option<(&Group<'_>, Threshold)>>) -> String {
    let mut text = format!(
        "//! Drafts for what recurs most in the recording `{}`. All are in shadow: they decide and do nothing.\n",
        line(recording)
    );
    let mut names = BTreeSet::new();
    let mut signals: BTreeMap<&str, String> = BTreeMap::new();
    let mut detectors: BTreeMap<String, String> = BTreeMap::new();
    for (one, best) in ranked.iter().zip(best) {
        let minutes = one.length().0 / 60_000;
        let what = format!("`{}`: {}, {minutes} min in all", line(&one.name), times(one.occurrences.len()));
        let Some((group, found)) = best else {
            text.push_str(&format!("\n// {what}. No series alone tells its times from all others.\n"));
            continue;
        };
        let signal = signals.entry(group.name).or_insert_with(|| {
            let name = unique(&mut names, "", group.name);
            text.push_str(&signal_text(&name, group));
            name
        });
        let (beyond, sign) = if found.is_above { ("above", ">") } else { ("below", "<") };
        let unit = match group.unit {
            "percent" => "%",
            "1" => "",
            unit => unit,
        };
        let limit = format!("{}{unit}", found.value);
        let condition = format!("{signal} {sign} {limit}");
        if let Some(known) = detectors.get(&condition) {
            text.push_str(&format!("\n// {what}. It shows in the recording as `{known}` does.\n"));
            continue;
        }
        let detector = unique(&mut names, "is_", &one.name);
        let policy = unique(&mut names, "heal_", &one.name);
        text.push_str(&format!(
            "\n/// {what}.\n/// Of these, {} had `{}` {beyond} {limit}; of its samples at other times, {:.2}% are.\n\
             detector {detector} {{\n  when {condition}\n}}\n\n\
             policy {policy} {{\n  on {detector}\n  shadow\n  try escalate\n}}\n",
            found.caught,
            line(group.name),
            found.rest * 100.0,
        ));
        detectors.insert(condition, detector);
    }
    text
}

fn times(count: usize) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

fn signal_text(name: &str, group: &Group<'_>) -> String {
    let by = if group.keys.is_empty() { String::new() } else { format!(" by ({})", group.keys.join(", ")) };
    let dimension = dimension_word(group.unit).unwrap_or("count");
    let unit = if group.unit == "1" { String::new() } else { format!(" in {}", group.unit) };
    let (series, every) = (group.name, &group.every);
    format!("\nsignal {name}: {dimension}{unit}{by} {{\n  from metric {series:?}\n  every {every}\n}}\n")
}

/// The word for what a unit measures, if there is one.
fn dimension_word(unit: &str) -> Option<&'static str> {
    let dimension = recorded_unit(unit)?.dimension;
    dimension_words().find(|word| dimension_named(word) == Some(dimension))
}

/// The signals that a recording has series for. What the language cannot name is no signal.
fn groups(recording: &Recording) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (entry, series) in recording.manifest.series.iter().zip(&recording.series) {
        let is_named = |name: &String| {
            name.starts_with(|letter: char| letter.is_ascii_lowercase())
                && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        };
        let can_be_read = dimension_word(&entry.unit).is_some() && entry.labels.keys().all(is_named);
        let Some(every) = every(entry).filter(|_| can_be_read) else { continue };
        let keys: Vec<&str> = entry.labels.keys().map(String::as_str).collect();
        match groups.last_mut() {
            Some(group) if group.name == entry.name && group.unit == entry.unit && group.keys == keys => {
                group.series.push(series);
            }
            Some(group) if group.name == entry.name => {}
            Some(_) | None => {
                groups.push(Group {
                    name: &entry.name,
                    unit: &entry.unit,
                    every,
                    keys,
                    series: vec![series],
                });
            }
        }
    }
    groups
}

/// How often a series has a sample, in whole seconds.
fn every(entry: &SeriesEntry) -> Option<String> {
    let seconds = entry.interval?.0.saturating_add(999).div_euclid(1_000).max(1);
    Some(if seconds % 60 == 0 { format!("{}m", seconds / 60) } else { format!("{seconds}s") })
}

/// The least and the greatest value at an occurrence.
type Extremes = (f64, f64);

/// The least and greatest value at each occurrence, and the values at all other times.
fn values_at(group: &Group<'_>, one: &Recurring) -> Result<(Vec<Extremes>, Vec<f64>), Failure> {
    let mut extremes: Vec<Option<Extremes>> = one.occurrences.iter().map(|_| None).collect();
    let mut rest = Vec::new();
    let all: u64 = group.series.iter().map(|series| series.len()).sum();
    let stride = usize::try_from(all / REST_MAX + 1).unwrap_or(usize::MAX);
    for series in &group.series {
        let concerned: Vec<usize> = (0..)
            .zip(&one.occurrences)
            .filter(|(_, occurrence)| concerns(&occurrence.labels, group.name, &series.labels))
            .map(|(at, _)| at)
            .collect();
        if concerned.is_empty() {
            continue;
        }
        for (count, sample) in series.samples()?.into_iter().enumerate() {
            let is_in =
                |occurrence: &Occurrence| occurrence.start <= sample.at && sample.at <= occurrence.end;
            let mut is_other = true;
            for at in &concerned {
                let Some((occurrence, extreme)) = one.occurrences.get(*at).zip(extremes.get_mut(*at)) else {
                    continue;
                };
                if is_in(occurrence) {
                    is_other = false;
                    let (least, most) = extreme.unwrap_or((sample.value, sample.value));
                    *extreme = Some((least.min(sample.value), most.max(sample.value)));
                }
            }
            if is_other && count % stride == 0 {
                rest.push(sample.value);
            }
        }
    }
    Ok((extremes.into_iter().flatten().collect(), rest))
}

/// Whether an incident may show in a series: none of its labels contradicts the series'.
fn concerns(labels: &Labels, name: &str, series: &Labels) -> bool {
    labels.iter().all(|(label, value)| match label.as_str() {
        "metric" if !series.contains_key(label) => value == name,
        _ => series.get(label).is_none_or(|other| other == value),
    })
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
