//! Which params can be tuned, and why the others cannot.

use std::collections::BTreeMap;

use heal_diagnostics::nearest;
use heal_driver::{SourceSet, WrittenParam, written_params};
use heal_program::{Param, ParamIndex, Program, short_name};

use crate::{
    Refused, RefusedReason, TuneError,
    bench::Run,
    grid::Grid,
    reach::{Reach, reach},
};

/// A param that can be tuned.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) path: String,
    pub(crate) written: WrittenParam,
    pub(crate) reach: Reach,
    pub(crate) grid: Grid,
}

/// A param as it stands in a program and, if it is the package's own, in its sources.
pub(crate) struct Known<'p> {
    pub(crate) index: ParamIndex,
    pub(crate) param: &'p Param,
    pub(crate) written: Option<WrittenParam>,
}

/// The params of a program, or those of them that are named.
pub(crate) fn wanted<'p>(
    program: &'p Program,
    sources: &SourceSet,
    names: &[String],
) -> Result<Vec<Known<'p>>, TuneError> {
    let written = written_params(sources);
    let mut all: BTreeMap<&str, Known<'p>> = BTreeMap::new();
    for (at, param) in (0..).zip(&program.params) {
        let (path, file) = (param.head.path.as_str(), &param.head.origin.file);
        let own = written.iter().find(|it| it.file == *file && it.name == short_name(path)).cloned();
        all.insert(path, Known { index: ParamIndex(at), param, written: own });
    }
    if names.is_empty() {
        return Ok(all.into_values().collect());
    }
    let mut found: BTreeMap<&str, Known<'p>> = BTreeMap::new();
    for name in names {
        let exact = all.keys().copied().find(|path| path == name);
        let meant: Vec<&str> = match exact {
            Some(path) => vec![path],
            None => all.keys().copied().filter(|path| short_name(path) == name).collect(),
        };
        match meant.as_slice() {
            [path] => {
                if let Some(known) = all.get(path) {
                    let Known { index, param, written } = known;
                    found.insert(path, Known { index: *index, param, written: written.clone() });
                }
            }
            [] => return Err(unknown(name, all.keys().copied())),
            [_, ..] => {
                let paths = quoted(meant.iter().copied());
                return Err(TuneError::AmbiguousParam { name: name.clone(), paths });
            }
        }
    }
    // Who names a param wants to hear what to write; where all are looked at it is only listed.
    match found.values().find(|known| known.param.range.is_none() && known.written.is_some()) {
        Some(known) => Err(no_range(known, sources)),
        None => Ok(found.into_values().collect()),
    }
}

pub(crate) fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn unknown<'a>(name: &str, all: impl Iterator<Item = &'a str> + Clone) -> TuneError {
    let near = nearest(name, all.clone().map(short_name)).map(|near| format!(": did you mean `{near}`?"));
    let help = near.unwrap_or_else(|| match quoted(all) {
        none if none.is_empty() => ", nor any other".to_owned(),
        names => format!("; there are {names}"),
    });
    TuneError::UnknownParam { name: name.to_owned(), help }
}

fn no_range(known: &Known<'_>, sources: &SourceSet) -> TuneError {
    let (place, line) = match &known.written {
        Some(written) => (format!("{}:{}", written.file, written.line), written.line_text(sources)),
        None => (String::new(), ""),
    };
    let example = line.replacen(" =", " in LOW..HIGH =", 1);
    TuneError::NoRange { name: known.param.head.path.clone(), place, example }
}

/// Sorts a param to those that can be tuned, or says why it cannot.
pub(crate) fn candidate(known: &Known<'_>, base: &Run) -> Result<Candidate, Box<Refused>> {
    let path = &known.param.head.path;
    let refuse = |reason, why: String| Box::new(refused(path, reason, why));
    let Some(written) = &known.written else {
        let file = &known.param.head.origin.file;
        let why = format!("it is declared in `{file}`, which is another package: tune it there");
        return Err(refuse(RefusedReason::OtherPackage, why));
    };
    let Some((low, high)) = &written.range_texts else {
        let why = "it has no range: `in LOW..HIGH` after its type says which values may be chosen".to_owned();
        return Err(refuse(RefusedReason::NoRange, why));
    };
    let reach = reach(&base.program, known.index);
    if let Some((reason, why)) = reach.barred.clone() {
        return Err(refuse(reason, why));
    }
    let used = base.used(&reach.detectors);
    if used.is_empty() {
        let names = quoted(reach.detectors.keys().map(String::as_str));
        let why = match reach.detectors.is_empty() {
            true => "no detector reads it, so no incident judges it".to_owned(),
            false => format!("no policy acts on what reads it ({names}), so nothing of it costs anything"),
        };
        return Err(refuse(RefusedReason::NothingJudged, why));
    }
    let unknown = used.iter().find_map(|it| Some((it, it.unknown.as_ref()?)));
    if let Some((detector, reason)) = unknown {
        let why = format!("`{}` reads it, and that cannot be told: {reason}", detector.path);
        return Err(refuse(RefusedReason::NotSimulated, why));
    }
    let grid = Grid::of(known.param, &written.value_text, (low, high), reach.held);
    let Some(grid) = grid else {
        let held = reach.held_by.as_ref().map(|by| format!(" at which {by} would hold no more readily"));
        let why = format!("its range has no other value{}", held.unwrap_or_default());
        return Err(refuse(RefusedReason::NoOtherValue, why));
    };
    Ok(Candidate { path: path.clone(), written: written.clone(), reach, grid })
}

/// A param that nothing was looked at for.
fn refused(path: &str, reason: RefusedReason, why: String) -> Refused {
    let params = vec![path.to_owned()];
    Refused { params, reason, why, found: BTreeMap::new(), evidence: None, notes: Vec::new() }
}

/// Candidates that reach a common detector or policy are tuned together: what is best of one hangs on the other.
pub(crate) fn groups(candidates: Vec<Candidate>) -> Vec<Vec<Candidate>> {
    let mut groups: Vec<Vec<Candidate>> = Vec::new();
    for candidate in candidates {
        let touches = |group: &Vec<Candidate>| {
            group.iter().any(|other| {
                other.reach.detectors.keys().any(|path| candidate.reach.detectors.contains_key(path))
                    || !other.reach.policies.is_disjoint(&candidate.reach.policies)
            })
        };
        let (touched, mut apart): (Vec<_>, Vec<_>) = groups.into_iter().partition(touches);
        let mut joined: Vec<Candidate> = touched.into_iter().flatten().collect();
        joined.push(candidate);
        apart.push(joined);
        groups = apart;
    }
    groups.iter_mut().for_each(|group| group.sort_by(|left, right| left.path.cmp(&right.path)));
    groups.sort_by(|left, right| left.first().map(|it| &it.path).cmp(&right.first().map(|it| &it.path)));
    groups
}

/// The sources with other values, as a person would write them.
pub(crate) fn rewritten(sources: &SourceSet, values: &[(&WrittenParam, &str)]) -> SourceSet {
    let mut sources = sources.clone();
    let mut values = values.to_vec();
    // From the end of a file to its beginning, so that places stay where they are.
    values.sort_by_key(|(written, _)| std::cmp::Reverse(written.value.start));
    for (written, value) in values {
        if let Some(text) = sources.files.get_mut(&written.file)
            && text.get(written.value.clone()).is_some()
        {
            text.replace_range(written.value.clone(), value);
        }
    }
    sources
}
