//! `heal graph`: how the items depend on each other.

use std::{collections::BTreeSet, path::Path};

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
    if let Some(base) = &arguments.changed {
        let Some(base) = base_package(base)?.compile_aloud() else { return Ok(Exit::Findings) };
        if let (Some(base), Some(head)) = (&base.program, &head.program) {
            marked = changed_paths(base, head);
        }
        graph = graph.around(&marked);
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
fn base_package(text: &str) -> Result<Package, Failure> {
    let folder = Path::new(text);
    if folder.is_dir() {
        return Package::read(folder);
    }
    let (sources, _) = read_revision(text)?;
    Ok(Package { root: text.into(), sources, only: None })
}
