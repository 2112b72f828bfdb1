//! Words that must not stay behind in the repository.

use super::assert_none;
use super::repository::text_files;

#[test]
fn nothing_is_left_behind() {
    // Written in two halves, so that this file does not hold them.
    let banned = [
        ["todo", "!("].concat(),
        ["unimplemented", "!("].concat(),
        ["FIX", "ME"].concat(),
        ["#[ign", "ore"].concat(),
        ["/wo", "rk/"].concat(),
        ["/tmp/", "bash"].concat(),
    ];
    let mut problems = Vec::new();
    for file in text_files().iter().filter(|file| file.path != "Cargo.lock") {
        for (number, line) in file.text.lines().enumerate() {
            for word in banned.iter().filter(|word| line.contains(word.as_str())) {
                problems.push(format!("{}:{}: {word}", file.path, number + 1));
            }
        }
    }
    assert_none("left behind:", &problems);
}

#[test]
fn every_text_ends_with_a_line_end() {
    let endings = [".rs", ".md", ".toml", ".heal", ".pest"];
    let files = text_files();
    let files = files.iter().filter(|file| endings.iter().any(|ending| file.path.ends_with(ending)));
    let open = files.filter(|file| !file.text.is_empty() && !file.text.ends_with('\n'));
    let open: Vec<String> = open.map(|file| file.path.clone()).collect();
    assert_none("these files do not end with a line end:", &open);
}
