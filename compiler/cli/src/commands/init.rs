//! `heal init`: a policy repository that compiles and simulates at once.

mod draft;

use std::{fs, path::Path};

use crate::{
    arguments::InitArguments,
    output::{Done, Exit, Failure, write_message},
    sources::unreadable,
};

/// A file of the example package, embedded in the binary.
pub(crate) struct Shipped {
    pub(crate) path: &'static str,
    pub(crate) bytes: &'static [u8],
}

macro_rules! shipped {
    ($($path:literal),* $(,)?) => {
        /// The example package: policies, and the recording that they are tried on.
        pub(crate) const SHIPPED: &[Shipped] = &[$(Shipped {
            path: $path,
            bytes: include_bytes!(concat!("../../../../policies/demo/", $path)),
        }),*];
    };
}

shipped![
    "heal.toml",
    "batch.heal",
    "checkout.heal",
    "press.heal",
    "tests.heal",
    "workers.heal",
    "recordings/nab/LICENSE.txt",
    "recordings/nab/events.parquet",
    "recordings/nab/inventory.parquet",
    "recordings/nab/recording.toml",
    "recordings/nab/samples.parquet",
    "recordings/nab/series.parquet",
];

/// The manifest among the shipped files.
const MANIFEST: &str = "heal.toml";

/// How the shipped manifest names its package.
const SHIPPED_NAME: &str = "name = \"demo\"";

pub(crate) fn run(arguments: &InitArguments) -> Done {
    let folder = &arguments.folder;
    if let Some(recording) = &arguments.from {
        return draft::run(recording, folder);
    }
    if let Some(there) = SHIPPED.iter().find(|shipped| folder.join(shipped.path).exists()) {
        let path = folder.join(there.path);
        return Err(Failure(format!("{} is there already; name a folder without a package", path.display())));
    }
    write_shipped(folder)?;
    write_message(&format!(
        "made a policy repository in {}\nnow try there: heal check, heal test, heal simulate; then commit it to Git, edit checkout.heal and see heal diff HEAD",
        folder.display()
    ));
    Ok(Exit::Nothing)
}

/// Writes the example package below a folder, and names it after the folder where that makes a name.
pub(crate) fn write_shipped(folder: &Path) -> Result<(), Failure> {
    let name = make_folder_and_name(folder)?;
    for shipped in SHIPPED {
        let path = folder.join(shipped.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|wrong| unreadable(parent, &wrong))?;
        }
        let bytes = match &name {
            Some(name) if shipped.path == MANIFEST => {
                let named = format!("name = \"{name}\"");
                String::from_utf8_lossy(shipped.bytes).replacen(SHIPPED_NAME, &named, 1).into_bytes()
            }
            Some(_) | None => shipped.bytes.to_vec(),
        };
        fs::write(&path, bytes).map_err(|wrong| unreadable(&path, &wrong))?;
    }
    Ok(())
}

/// Makes a folder. Its name as that of a package: in lower case, with `_` for what a name cannot hold.
fn make_folder_and_name(folder: &Path) -> Result<Option<String>, Failure> {
    fs::create_dir_all(folder).map_err(|wrong| unreadable(folder, &wrong))?;
    let full = fs::canonicalize(folder).map_err(|wrong| unreadable(folder, &wrong))?;
    let name = full.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let letter = |letter: char| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '_' };
    let name: String = name.chars().map(letter).collect();
    Ok(name.starts_with(|first: char| first.is_ascii_lowercase()).then_some(name))
}
