//! `heal fmt`.

use crate::{arguments::FmtArguments, output::Done};

pub(crate) fn run(_arguments: &FmtArguments) -> Done {
    Ok(crate::output::Exit::Nothing)
}
