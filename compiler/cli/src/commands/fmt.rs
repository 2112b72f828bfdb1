//! `heal fmt`: one way to write what is meant.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use heal_diagnostics::{Files, render_human};
use heal_format::{FormatError, format};

use crate::{
    arguments::FmtArguments,
    output::{Done, Exit, Failure, colour, write_message, write_rendered, write_result},
    sources::{MANIFEST_FILE, heal_files, packages_below, read_text, unreadable},
    write::{difference, replace},
};

/// What a file comes to.
enum Formatted {
    /// It is as it should be.
    Unchanged,
    /// It should be this.
    Changed(String),
    /// It has syntax errors, which have been said; it is left alone.
    Broken,
}

pub(crate) fn run(arguments: &FmtArguments) -> Done {
    if arguments.paths == [PathBuf::from("-")] {
        return from_standard_input(arguments);
    }
    let mut files = Vec::new();
    for path in &arguments.paths {
        let metadata = fs::metadata(path).map_err(|wrong| unreadable(path, &wrong))?;
        if !metadata.is_dir() {
            files.push(path.clone());
            continue;
        }
        files.extend(heal_files(path)?);
        if !path.join(MANIFEST_FILE).is_file() {
            for package in packages_below(path)? {
                files.extend(heal_files(&package)?);
            }
        }
    }
    let (mut changed, mut broken) = (0, false);
    for file in &files {
        let text = read_text(file)?;
        match format_aloud(&file.display().to_string(), &text)? {
            Formatted::Unchanged => {}
            Formatted::Broken => broken = true,
            Formatted::Changed(formatted) => {
                changed += 1;
                if arguments.diff {
                    write_result(&difference(file, &text, &formatted))?;
                } else if arguments.check {
                    write_message(&format!("{} is not formatted", file.display()));
                } else {
                    replace(file, &formatted)?;
                    write_message(&format!("formatted {}", file.display()));
                }
            }
        }
    }
    let only_looks = arguments.check || arguments.diff;
    Ok(if broken || (only_looks && changed > 0) { Exit::Findings } else { Exit::Nothing })
}

fn from_standard_input(arguments: &FmtArguments) -> Done {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let name = Path::new("standard-input.heal");
    let formatted = match format_aloud(&name.display().to_string(), &text)? {
        Formatted::Broken => return Ok(Exit::Findings),
        Formatted::Unchanged => None,
        Formatted::Changed(formatted) => Some(formatted),
    };
    match formatted {
        Some(formatted) if arguments.diff => write_result(&difference(name, &text, &formatted))?,
        Some(_) | None if arguments.check || arguments.diff => {}
        Some(formatted) => write_result(&formatted)?,
        None => write_result(&text)?,
    }
    let differs = matches!(format(&text), Ok(again) if again != text);
    Ok(if differs && (arguments.check || arguments.diff) { Exit::Findings } else { Exit::Nothing })
}

fn format_aloud(name: &str, text: &str) -> Result<Formatted, Failure> {
    match format(text) {
        Ok(formatted) if formatted == text => Ok(Formatted::Unchanged),
        Ok(formatted) => Ok(Formatted::Changed(formatted)),
        Err(FormatError::Syntax(diagnostics)) => {
            let mut files = Files::default();
            files.add(name, text);
            write_rendered(&render_human(&files, &diagnostics, colour()));
            Ok(Formatted::Broken)
        }
        // Nothing is written: the text that is there is worth more than ours.
        Err(defect @ FormatError::Defect { .. }) => Err(Failure(format!("{name}: left as it is: {defect}"))),
    }
}
