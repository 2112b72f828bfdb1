//! The files of a commit that matter to policies.

use std::collections::BTreeMap;

/// The policy-relevant files of a commit by path: `**/heal.toml`, `**/heal.lock`, `**/*.heal` and everything below
/// `recordings/`.
/// Paths are relative, separated by `/`, and have no `..`.
pub type Tree = BTreeMap<String, Vec<u8>>;

/// Most files in a [`Tree`].
pub const TREE_FILES_MAX: usize = 10_000;
/// Most bytes in a [`Tree`], over all files.
pub const TREE_BYTES_MAX: usize = 512 << 20;
/// Most bytes in a file of a [`Tree`].
pub const FILE_BYTES_MAX: usize = 128 << 20;

/// Whether a change of this file is a change of policies: `heal.toml`, `heal.lock` or `*.heal` in any folder, because a
/// package may depend on others in its repository.
#[must_use]
pub fn is_policy(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    is_plain(path) && (matches!(name, "heal.toml" | "heal.lock") || name.ends_with(".heal"))
}

/// Whether this file belongs in a [`Tree`].
#[must_use]
pub fn is_relevant(path: &str) -> bool {
    is_policy(path) || (is_plain(path) && path.starts_with("recordings/"))
}

/// Whether a path stays where it is: relative, with no empty, `.` or `..` segment, no backslash and no control character.
fn is_plain(path: &str) -> bool {
    !path.contains('\\')
        && !path.chars().any(char::is_control)
        && path.split('/').all(|segment| !matches!(segment, "" | "." | ".." | ".git"))
}

#[cfg(test)]
mod tests {
    use super::{is_policy, is_relevant};

    #[test]
    fn policies_are_heal_files_and_the_manifest() {
        for path in
            ["heal.toml", "heal.lock", "sub/heal.toml", "a.heal", "deep/er/b.heal", "recordings/x/c.heal"]
        {
            assert!(is_policy(path) && is_relevant(path), "{path}");
        }
        for path in ["README.md", "sub/my.heal.toml", "a.healx", "recordings/x/recording.toml"] {
            assert!(!is_policy(path), "{path}");
        }
        assert!(is_relevant("recordings/x/samples.parquet"));
        assert!(!is_relevant("src/recordings/x"));
    }

    #[test]
    fn paths_that_could_leave_the_folder_are_none_of_ours() {
        for path in [
            "../a.heal",
            "/a.heal",
            "x/../a.heal",
            "a\\b.heal",
            "recordings/../heal.toml",
            "x//a.heal",
            "a\n.heal",
        ] {
            assert!(!is_relevant(path), "{path}");
        }
    }
}
