//! What is asked about, by its name.

use std::collections::BTreeSet;

use heal_program::{DetectorIndex, Policy, PolicyIndex};

use super::{NoAnswer, policies_on};
use crate::{Side, detection::detector_named, key_asked::Asking};

/// What `POLICY[KEY]` names.
pub(super) struct Wanted<'p> {
    pub(super) detector: DetectorIndex,
    pub(super) policies: Vec<(PolicyIndex, &'p Policy)>,
    pub(super) key: Option<Asking>,
    pub(super) name: String,
}

pub(super) fn wanted<'p>(side: &Side<'p>, text: &str) -> Result<Wanted<'p>, NoAnswer> {
    let program = side.program;
    let (name, key) = match text.find(['[', '{']) {
        Some(at) => {
            let (name, rest) = text.split_at(at);
            let inside = |open, close| rest.trim().strip_prefix(open)?.strip_suffix(close);
            (name.trim(), Some(inside('[', ']').or_else(|| inside('{', '}')).unwrap_or(rest)))
        }
        None => (text.trim(), None),
    };
    let policies = || (0..).map(PolicyIndex).zip(&program.policies);
    let detectors = || program.detectors.iter().map(|it| it.head.path.as_str());
    let paths: Vec<&str> = policies().map(|(_, it)| it.head.path.as_str()).chain(detectors()).collect();
    let path = match paths.iter().find(|path| **path == name) {
        Some(path) => Some(*path),
        // A name without its module, where only one module has it.
        None => {
            let ends = paths.iter().filter(|path| path.rsplit('.').next() == Some(name));
            match ends.copied().collect::<Vec<_>>().as_slice() {
                [] => None,
                [one] => Some(*one),
                several => {
                    let said = format!("`{name}` may be any of {}", several.join(", "));
                    return Err(NoAnswer::Unknown { said, near: Vec::new(), names: Vec::new() });
                }
            }
        }
    };
    let policy = policies().find(|(_, it)| Some(it.head.path.as_str()) == path);
    let detector = match &policy {
        Some((_, policy)) => policy.on.detector(),
        None => path.and_then(|path| detector_named(program, path)),
    };
    let Some((detector, node)) = detector.and_then(|index| Some((index, program.detector(index)?))) else {
        let (said, names) = match policy {
            // A time tells nothing of it.
            Some((_, policy)) => {
                (format!("`{}` is on an event: ask about the event by its id", policy.head.path), Vec::new())
            }
            None => (format!("there is no policy and no detector `{name}`"), names(side)),
        };
        return Err(NoAnswer::Unknown { said, near: Vec::new(), names });
    };
    let policies = match policy {
        Some(policy) => vec![policy],
        None => policies_on(program, &node.head.path),
    };
    let key = match key.map(|written| Asking::of(written, &node.keys)) {
        Some(None) => {
            let said = format!(
                "`{name}` has the key `{}`: write `{name}[{}]`",
                node.keys.join(", "),
                node.keys.join("/").to_uppercase()
            );
            return Err(NoAnswer::Unknown { said, near: Vec::new(), names: Vec::new() });
        }
        key => key.flatten(),
    };
    Ok(Wanted { detector, policies, key, name: name.to_owned() })
}

/// What can be asked about by name.
pub(super) fn names(side: &Side<'_>) -> Vec<String> {
    let policies = side.program.policies.iter().map(|it| it.head.path.clone());
    let detectors = side.program.detectors.iter().map(|it| it.head.path.clone());
    let incidents = side.recording.incidents.iter().map(|it| it.name.clone());
    let all: BTreeSet<String> = policies.chain(detectors).chain(incidents).collect();
    all.into_iter().collect()
}
