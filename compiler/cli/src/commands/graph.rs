//! `heal graph`: how the items depend on each other.

use std::{collections::BTreeSet, path::Path};

use heal_driver::{SourceSet, compile};
use heal_impact::changed_paths;

use crate::{
    arguments::{GraphArguments, GraphFormat},
    commands::diff::read_revision,
    output::{Done, Exit, Failure, write_result},
    sources::Package,
};

pub(crate) fn run(arguments: &GraphArguments) -> Done {
    let Some(head) = Package::read(&arguments.path)?.compile_aloud() else {
        return Ok(Exit::Findings);
    };
    let mut marked = BTreeSet::new();
    let mut graph = head.graph;
    if let Some(name) = &arguments.changed {
        let base = compile(&base_sources(name)?);
        if base.has_errors() {
            return Err(Failure(format!("`{name}` does not compile, so nothing can be compared with it")));
        }
        if let (Some(base), Some(head)) = (&base.program, &head.program) {
            marked = changed_paths(base, head);
        }
        graph = graph.around(&marked);
    } else if !arguments.all {
        graph = graph.of_own();
    }
    write_result(&match arguments.format {
        GraphFormat::Mermaid => graph.to_mermaid(&marked),
        GraphFormat::Dot => graph.to_dot(&marked),
        GraphFormat::Json => graph.to_json_text(&marked),
        GraphFormat::Svg => graph.to_svg(&marked),
    })?;
    Ok(Exit::Nothing)
}

/// A folder, or else a revision of the repository that the current folder is in.
fn base_sources(text: &str) -> Result<SourceSet, Failure> {
    let folder = Path::new(text);
    if folder.is_dir() {
        return Ok(Package::read(folder)?.sources);
    }
    read_revision(text).map(|(sources, _)| sources)
}
