//! `heal explain`: what a code means, offline; or why something happened over a recording, or did not.

mod blame;
mod happening;

use std::path::Path;

use heal_diagnostics::{CODES, near_codes, page, read_code};

use crate::{
    arguments::ExplainArguments,
    output::{Done, Exit, Failure, write_result},
};

/// Fewest digits of an id that is looked up where nothing else says that it is one.
const ID_DIGITS_MIN: usize = 5;

pub(crate) fn run(arguments: &ExplainArguments) -> Done {
    let Some(text) = &arguments.code else {
        let list: String = CODES.iter().map(|info| format!("{}  {}\n", info.code, info.title)).collect();
        write_result(&list)?;
        return Ok(Exit::Nothing);
    };
    let says_so = arguments.path.is_some()
        || arguments.recording.is_some()
        || arguments.environment.is_some()
        || arguments.at.is_some()
        || arguments.base.is_some();
    let is_id = text.len() >= ID_DIGITS_MIN && text.chars().all(|c| c.is_ascii_hexdigit());
    // In a package, what looks like no code is the name of something in it.
    let is_named =
        read_code(text).is_none() && near_codes(text).is_empty() && Path::new("heal.toml").is_file();
    if says_so || is_id || is_named {
        return happening::run(text, arguments);
    }
    match read_code(text).and_then(page) {
        Some(page) => {
            write_result(page)?;
            Ok(Exit::Nothing)
        }
        None => Err(Failure(unknown(text))),
    }
}

fn unknown(text: &str) -> String {
    let near: Vec<String> =
        near_codes(text).iter().map(|info| format!("\n  {}  {}", info.code, info.title)).collect();
    let what = match read_code(text) {
        Some(code) => format!("no diagnostic has the code {code}"),
        None => format!("`{text}` is not a code"),
    };
    if near.is_empty() {
        return format!(
            "{what}; `heal explain --list` lists all codes, and `--recording DIR` or `--at TIME` asks about what a \
             simulation did"
        );
    }
    format!("{what}; perhaps one of these is meant:{}", near.concat())
}
