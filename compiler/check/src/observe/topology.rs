//! Topology: which service depends on which.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use heal_diagnostics::{Code, Diagnostic, FileId, Safety, TextRange};
use heal_program::Dependency;
use heal_syntax::tree::{self, ItemKind, Name};

use crate::{ItemKind as Kind, SourceUnit, check::Checker, names::Found};

/// The entity whose keys the names of a topology are.
const SERVICE: &str = "Service";

/// An edge as it is written.
#[derive(Clone, Copy, Debug)]
struct Written<'a> {
    from: &'a Name,
    to: &'a Name,
    file: FileId,
}

impl<'a> Checker<'a> {
    /// The dependencies that the package's files write; `None` where something is wrong with them.
    pub(crate) fn topology(&mut self, units: &'a [SourceUnit<'a>]) -> Option<Vec<Dependency>> {
        let mut edges: BTreeMap<(&str, &str), Written<'a>> = BTreeMap::new();
        let mut fine = true;
        for unit in units.iter().filter(|unit| !unit.is_external()) {
            for item in &unit.tree.items {
                let ItemKind::Topology(topology) = &item.value.kind else { continue };
                self.names.checking = &unit.module;
                fine &= !item.value.incomplete && self.service_in_scope(unit, topology, item.range);
                for to in &topology.to {
                    let edge = Written { from: &topology.from, to, file: unit.file };
                    fine &= self.edge(&mut edges, edge);
                }
            }
        }
        self.circles(&edges);
        let dependency = |(from, to): (&str, &str)| Dependency { from: from.to_owned(), to: to.to_owned() };
        fine.then(|| edges.into_keys().map(dependency).collect())
    }

    /// Takes an edge up; whether it is one.
    fn edge(&mut self, edges: &mut BTreeMap<(&'a str, &'a str), Written<'a>>, edge: Written<'a>) -> bool {
        let Written { from, to, file } = edge;
        if from.value == to.value {
            let message = format!("`{}` depends on itself", to.value);
            let diagnostic = Diagnostic::error(Code::SELF_DEPENDENCY, file, to.range, message)
                .with_help("leave it out: what a service does to itself is no dependency");
            self.diagnostics.push(diagnostic);
            return false;
        }
        if let Some(first) = edges.get(&(from.value.as_str(), to.value.as_str())) {
            let message = format!("`{}` already depends on `{}`", from.value, to.value);
            let diagnostic = Diagnostic::warning(Code::REPEATED_DEPENDENCY, file, to.range, message)
                .with_secondary(first.file, first.to.range, "the first time")
                .with_help("leave one of them out");
            self.diagnostics.push(diagnostic);
            return true;
        }
        edges.insert((&from.value, &to.value), edge);
        true
    }

    /// Whether the file knows the entity that the names are keys of.
    fn service_in_scope(
        &mut self,
        unit: &'a SourceUnit<'a>,
        topology: &tree::Topology,
        range: TextRange,
    ) -> bool {
        let place = topology.from.range;
        let problem = match self.names.plain_in(unit, SERVICE) {
            Found::Item(item) if item.kind == Kind::Entity => {
                let Some(shape) = self.known.entities.get(&item.index) else { return false };
                if shape.keys.len() == 1 {
                    return true;
                }
                let message = format!(
                    "a service is named by one text here, and `{SERVICE}` has {} key fields",
                    shape.keys.len()
                );
                let diagnostic = Diagnostic::error(Code::KEY_MISMATCH, unit.file, place, message);
                diagnostic.with_secondary(item.unit.file, item.name.range, "its key is defined here")
            }
            Found::Item(item) => {
                let message =
                    format!("`{SERVICE}` is {}, and a topology needs the entity", item.kind.phrase());
                Diagnostic::error(Code::WRONG_KIND, unit.file, place, message)
            }
            Found::Reported => return false,
            Found::Module | Found::Private(_) | Found::Missing => {
                let message = format!("the entity `{SERVICE}` is not in scope, whose keys these names are");
                Diagnostic::error(Code::UNKNOWN_NAME, unit.file, place, message)
                    .with_help("bring it in with `use std.service.{Service}`")
                    .with_fix(
                        "add `use std.service.{Service}`",
                        Safety::Safe,
                        first_place(unit, range),
                        "use std.service.{Service}\n",
                    )
            }
        };
        self.diagnostics.push(problem);
        false
    }

    /// Circles are allowed, and hold nothing back: that is said once for each.
    fn circles(&mut self, edges: &BTreeMap<(&'a str, &'a str), Written<'a>>) {
        let mut below: Below<'_> = BTreeMap::new();
        for (from, to) in edges.keys() {
            below.entry(from).or_default().push(to);
        }
        let groups = groups(&below);
        let mut said = BTreeSet::new();
        for ((from, to), edge) in edges {
            let (Some(group), Some(other)) = (groups.get(from), groups.get(to)) else { continue };
            if group != other || !said.insert(*group) {
                continue;
            }
            let Some(way) = way(&below, to, from) else { continue };
            let names: Vec<String> =
                std::iter::once(from).chain(&way).map(|name| format!("`{name}`")).collect();
            let message = format!("these services depend on each other: {}", names.join(" -> "));
            let diagnostic = Diagnostic::warning(Code::TOPOLOGY_CYCLE, edge.file, edge.to.range, message)
                .with_help("inside a circle no outage holds back the plans of what depends on it");
            self.diagnostics.push(diagnostic);
        }
    }
}

/// What each service depends on.
type Below<'n> = BTreeMap<&'n str, Vec<&'n str>>;

/// A number for each service; those that depend on each other have the same.
fn groups<'n>(below: &Below<'n>) -> BTreeMap<&'n str, usize> {
    let mut above: Below<'n> = BTreeMap::new();
    for (from, to) in below.iter().flat_map(|(from, to)| to.iter().map(move |to| (*from, *to))) {
        above.entry(to).or_default().push(from);
    }
    let mut finished = Vec::new();
    let mut seen = BTreeSet::new();
    for start in below.keys() {
        visit(below, start, &mut seen, &mut finished);
    }
    let mut groups = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for (number, start) in finished.iter().rev().enumerate() {
        let mut group = Vec::new();
        visit(&above, start, &mut seen, &mut group);
        groups.extend(group.into_iter().map(|name| (name, number)));
    }
    groups
}

/// Notes what can be reached from `start` and was not seen before, each after what it reaches.
fn visit<'n>(edges: &Below<'n>, start: &'n str, seen: &mut BTreeSet<&'n str>, finished: &mut Vec<&'n str>) {
    let mut pending = vec![(start, false)];
    while let Some((at, leaving)) = pending.pop() {
        if leaving {
            finished.push(at);
        } else if seen.insert(at) {
            pending.push((at, true));
            pending.extend(edges.get(at).into_iter().flatten().map(|next| (*next, false)));
        }
    }
}

/// The shortest way along the edges from one service to another, both included.
fn way<'n>(below: &Below<'n>, from: &'n str, to: &'n str) -> Option<Vec<&'n str>> {
    let mut came: BTreeMap<&str, &str> = BTreeMap::new();
    let mut pending = VecDeque::from([from]);
    while let Some(at) = pending.pop_front() {
        if at == to {
            let mut way = vec![at];
            let mut last = at;
            while last != from {
                last = came.get(last).copied()?;
                way.push(last);
            }
            way.reverse();
            return Some(way);
        }
        for next in below.get(at).into_iter().flatten() {
            if *next != from && !came.contains_key(next) {
                came.insert(next, at);
                pending.push_back(next);
            }
        }
    }
    None
}

/// Where a `use` can be put: before the first of the file's items.
fn first_place(unit: &SourceUnit<'_>, fallback: TextRange) -> TextRange {
    let first = unit.tree.items.first().map_or(fallback, |item| item.range);
    TextRange::new(first.start, first.start)
}
