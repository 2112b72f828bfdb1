//! An explanation as text for a terminal.

use heal_program::Timestamp;

use crate::{
    Assumption, Commit, Conduct, CourseTold, Detection, EventTold, Explanation, Place, Reading,
    times::{counted, date_and_clock, for_key},
};

/// Columns that a terminal is taken to have.
const COLUMNS_MAX: usize = 100;
/// The widest that a column of expressions becomes.
const EXPRESSION_MAX: usize = 76;
/// As much of a line of the sources is shown.
const LINE_CHARS_MAX: usize = 48;

impl Explanation {
    /// The explanation as text that ends in a line break.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        wrap(&mut text, &self.sentence, "", "");
        let about = format!(
            "{} (program {}), over {}; all times are UTC",
            self.revision,
            self.program.short(),
            self.recording
        );
        wrap(&mut text, &about, "", "");
        self.detections.iter().for_each(|detection| push_detection(&mut text, detection));
        let several = self.detections.len() > 1;
        self.policies.iter().for_each(|conduct| push_conduct(&mut text, conduct, several));
        if !self.places.is_empty() {
            text.push_str("\nWhere it is written\n");
            push_places(&mut text, &self.places);
        }
        if !self.notes.is_empty() {
            text.push('\n');
        }
        self.notes.iter().for_each(|note| wrap(&mut text, note, "", ""));
        clean(&text)
    }
}

fn push_detection(text: &mut String, told: &Detection) {
    let id = told.firing.map(|id| format!("  {}", id.short())).unwrap_or_default();
    text.push_str(&format!("\n{}{id}\n", for_key(&told.detector, &told.labels)));
    if !told.condition.is_empty() {
        wrap(text, &format!("when {}", told.condition), "  ", "    ");
    }
    told.why.iter().for_each(|line| wrap(text, line, "  ", "    "));
    if let Some(at) = told.at.filter(|_| !told.values.is_empty()) {
        text.push_str(&format!("\n  Values at {}\n", date_and_clock(at)));
        push_values(text, &told.values);
    }
    if !told.learned.is_empty() {
        text.push_str("\n  What was learned\n");
        push_values(text, &told.learned);
    }
    if let Some(end) = told.end.filter(|_| !told.values_at_end.is_empty()) {
        text.push_str(&format!("\n  Values at its end, {}\n", date_and_clock(end)));
        push_values(text, &told.values_at_end);
    }
    push_differ(text, &told.differ, "  ");
}

fn push_values(text: &mut String, values: &[Reading]) {
    let indented = |reading: &Reading| format!("{}{}", "  ".repeat(reading.depth as usize), reading.text);
    let length = |reading: &Reading| indented(reading).chars().count();
    let width = values.iter().map(length).filter(|length| *length <= EXPRESSION_MAX).max().unwrap_or(0);
    for reading in values {
        let mut left = indented(reading);
        // The value of one that is too long stands below it, in the column of the others.
        if length(reading) > width {
            text.push_str(&format!("    {left}\n"));
            left.clear();
        }
        let blanks = width.saturating_sub(left.chars().count());
        text.push_str(&format!("    {left}{}  {}\n", " ".repeat(blanks), reading.value));
    }
}

fn push_differ(text: &mut String, differ: &[String], indent: &str) {
    if differ.is_empty() {
        return;
    }
    let heading = if differ.len() == 1 {
        "What would have had to differ"
    } else {
        "What would have had to differ, each alone"
    };
    text.push_str(&format!("\n{indent}{heading}\n"));
    let (first, rest) = (format!("{indent}- "), format!("{indent}  "));
    differ.iter().for_each(|line| wrap(text, line, &first, &rest));
}

/// What a policy did. Where `several` keys are told of, it is named with its own.
fn push_conduct(text: &mut String, conduct: &Conduct, several: bool) {
    let name = if several { for_key(&conduct.policy, &conduct.labels) } else { conduct.policy.clone() };
    for course in &conduct.courses {
        let shadow = if conduct.shadow { ", in shadow" } else { "" };
        let assuming = match course.assuming {
            Assumption::Whatever => "",
            Assumption::Passing => ", as if every verification passed",
            Assumption::Failing => ", as if every verification failed",
        };
        text.push_str(&format!("\n{name}{shadow}{assuming}\n"));
        push_course(text, course);
    }
}

fn push_course(text: &mut String, course: &CourseTold) {
    let mut day = String::new();
    for event in &course.events {
        push_event(text, event, &mut day);
    }
    if course.events.is_empty() && course.standing.is_empty() {
        text.push_str("  did nothing about it\n");
    }
    course.standing.iter().for_each(|line| wrap(text, line, "  ", "    "));
}

fn push_event(text: &mut String, event: &EventTold, day: &mut String) {
    let (date, clock) = split(event.at);
    if *day != date {
        text.push_str(&format!("  {date}\n"));
        *day = date;
    }
    let mark = if event.asked { ">" } else { " " };
    let id = event.id.map(|id| id.short()).unwrap_or_default();
    let first = format!("{mark} {clock:<8}  {id:<8}  ");
    let rest = " ".repeat(first.chars().count());
    wrap(text, &event.text, &first, &rest);
    push_ground(text, (&event.because, &event.differ), "to differ", &rest);
    for also in &event.also {
        wrap(text, &format!("also: {}", also.text), &format!("{rest}  "), &format!("{rest}    "));
        push_ground(text, (&also.because, &also.differ), "to differ as well", &format!("{rest}  "));
    }
}

fn push_ground(text: &mut String, (because, differ): (&[String], &[String]), to: &str, indent: &str) {
    let (first, rest) = (format!("{indent}  "), format!("{indent}    "));
    because.iter().for_each(|line| wrap(text, line, &first, &rest));
    let or = differ.join("; or ");
    if !or.is_empty() {
        wrap(text, &format!("{to}: {or}"), &first, &rest);
    }
}

fn split(at: Timestamp) -> (String, String) {
    let text = date_and_clock(at);
    text.split_once(' ').map_or_else(|| (text.clone(), String::new()), |(a, b)| (a.to_owned(), b.to_owned()))
}

fn push_places(text: &mut String, places: &[Place]) {
    let rows: Vec<[String; 3]> = places.iter().flat_map(place_rows).collect();
    let widest = |of: fn(&[String; 3]) -> &String| rows.iter().map(|row| of(row).chars().count()).max();
    let first = widest(|[left, _, _]| left).unwrap_or_default();
    let second = widest(|[_, middle, _]| middle).unwrap_or_default();
    for [left, middle, right] in &rows {
        let line = format!("  {left:<first$}  {middle:<second$}  {right}");
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

/// An item with its line and commit, and below it the lines that are younger.
fn place_rows(place: &Place) -> Vec<[String; 3]> {
    let line = |line: u32| format!("{}:{line}", place.file);
    let commit = place.commit.as_ref().map_or_else(|| place.note.clone(), commit_text);
    let mut rows = vec![[format!("{} {}", place.kind, place.item), line(place.line), commit]];
    rows.extend(place.lines.iter().map(|told| {
        let commit = told.commit.as_ref().map_or_else(|| "not committed".to_owned(), commit_text);
        [format!("  {}", clipped(&told.text)), line(told.line), commit]
    }));
    if place.more_lines > 0 {
        let lines = counted(place.more_lines as usize, "line", "lines");
        rows.push([format!("  {lines} more that changed since"), String::new(), String::new()]);
    }
    rows
}

fn commit_text(commit: &Commit) -> String {
    let id: String = commit.id.chars().take(8).collect();
    format!("{id} {} {}", split(commit.at).0, commit.author)
}

/// As much of a line as stands beside its commit.
fn clipped(line: &str) -> String {
    if line.chars().count() <= LINE_CHARS_MAX {
        return line.to_owned();
    }
    let kept: String = line.chars().take(LINE_CHARS_MAX - 1).collect();
    format!("{}…", kept.trim_end())
}

/// Writes words in lines that fit; of a word that does not, the whole.
fn wrap(text: &mut String, content: &str, first: &str, rest: &str) {
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in content.split_whitespace() {
        let length = line.chars().count() + word.chars().count();
        if !is_empty && length + 1 > COLUMNS_MAX {
            text.push_str(line.trim_end());
            text.push('\n');
            line = rest.to_owned();
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    text.push_str(line.trim_end());
    text.push('\n');
}

/// What people wrote may hold marks that move a terminal's cursor or hide what follows.
fn clean(text: &str) -> String {
    let deceives = |c: char| {
        c != '\n'
            && (c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'))
    };
    text.chars().map(|c| if deceives(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_in_one_column_and_below_what_is_too_long_for_it() {
        let reading = |depth, text: &str, value: &str| Reading {
            depth,
            text: text.to_owned(),
            value: value.to_owned(),
            is_known: true,
        };
        let long = "queue_depth.avg(15m) > ceiling && all_workers.sum(by: [service]) < least_workers";
        let values = [reading(0, long, "true"), reading(1, "queue_depth", "7"), reading(1, "least", "12")];
        let mut text = String::new();
        push_values(&mut text, &values);
        insta::assert_snapshot!(text, @r"
            queue_depth.avg(15m) > ceiling && all_workers.sum(by: [service]) < least_workers
                           true
              queue_depth  7
              least        12
        ");
    }
}
