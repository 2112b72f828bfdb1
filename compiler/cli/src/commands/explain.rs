//! `heal explain`: what a code means, offline.

use heal_diagnostics::{CODES, near_codes, page, read_code};

use crate::{
    arguments::ExplainArguments,
    output::{Done, Exit, Failure, write_result},
};

pub(crate) fn run(arguments: &ExplainArguments) -> Done {
    let Some(text) = &arguments.code else {
        let list: String = CODES.iter().map(|info| format!("{}  {}\n", info.code, info.title)).collect();
        write_result(&list)?;
        return Ok(Exit::Nothing);
    };
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
        return format!("{what}; `heal explain --list` lists all codes");
    }
    format!("{what}; perhaps one of these is meant:{}", near.concat())
}
