//! Names that syntax errors hide.
//!
//! What could not be parsed is not in the tree, but its name is meant to exist: a reference to it is no second
//! mistake. The names are guessed from the text that no item covers.

use std::collections::BTreeSet;

use heal_syntax::ParsedFile;

const ITEM_WORDS: &[&str] =
    &["param", "entity", "signal", "counter", "detector", "action", "channel", "plan", "policy"];

/// The names that unparsed text of a file seems to define or to bring in.
pub(crate) fn lost_names(text: &str, tree: &ParsedFile) -> BTreeSet<String> {
    let mut lost = BTreeSet::new();
    let mut covered_until = 0;
    let ends = tree.items.iter().map(|item| (item.range.start as usize, item.range.end as usize));
    for (start, end) in ends.chain([(text.len(), text.len())]) {
        if let Some(gap) = text.get(covered_until..start) {
            gap.lines().for_each(|line| names_of_line(line, &mut lost));
        }
        covered_until = covered_until.max(end);
    }
    lost
}

fn names_of_line(line: &str, lost: &mut BTreeSet<String>) {
    let code = line.split("//").next().unwrap_or(line);
    let mut words = code
        .split(|character: char| !(character.is_alphanumeric() || character == '_'))
        .filter(|word| !word.is_empty())
        .skip_while(|word| *word == "pub");
    match words.next() {
        Some("use") => lost.extend(words.map(str::to_owned)),
        Some(word) if ITEM_WORDS.contains(&word) => lost.extend(words.next().map(str::to_owned)),
        Some(_) | None => {}
    }
}
