//! `heal graph`: how the items depend on each other.

use std::collections::BTreeSet;

use crate::{
    arguments::{GraphArguments, GraphFormat},
    output::{Done, Exit, write_result},
    sources::Package,
};

pub(crate) fn run(arguments: &GraphArguments) -> Done {
    let Some(compilation) = Package::read(&arguments.path)?.compile_aloud() else {
        return Ok(Exit::Findings);
    };
    let graph = &compilation.graph;
    write_result(&match arguments.format {
        GraphFormat::Mermaid => graph.to_mermaid(&BTreeSet::new()),
        GraphFormat::Dot => graph.to_dot(&BTreeSet::new()),
        GraphFormat::Json => graph.to_json_text(&BTreeSet::new()),
    })?;
    Ok(Exit::Nothing)
}
