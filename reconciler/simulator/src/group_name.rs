//! Under which names what groups did is kept: a hash of all that it hangs on.
//!
//! A node is taken in whole, texts and all, with every node that it names, however far. Where it stands in its file, what
//! is said about it, and where it stands in its table is left out: what is added beside it changes nothing.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fmt,
    rc::Rc,
};

use heal_engine::{Engine, Group};
use heal_program::{EntityIndex, Head, Program, SemanticHash};
use heal_telemetry::Recording;

use crate::recalled::{Done, known_text};

/// Raised whenever equal programs and recordings would be decided otherwise, or what is kept of it is written otherwise.
const GROUPS_VERSION: u32 = 11;

/// The names of a program's groups over a recording.
pub(crate) struct Names<'n> {
    program: &'n Program,
    done: Done<'n>,
    recording: String,
    /// What is known of nodes: by table and position.
    nodes: RefCell<BTreeMap<(String, usize), Rc<Node>>>,
}

/// A node as text, and the nodes that it names.
struct Node {
    text: String,
    reads: Vec<(String, usize)>,
}

impl<'n> Names<'n> {
    pub(crate) fn of(program: &'n Program, recorded: &'n Recording) -> Names<'n> {
        let recording = recorded;
        let parts = [
            GROUPS_VERSION.to_string(),
            env!("CARGO_PKG_VERSION").to_owned(),
            recording.digest_without_outcomes(),
            recording.manifest.name.clone(),
            format!("{:?} {:?}", recording.start(), recording.end()),
            format!("{:?}", recording.incidents),
        ];
        let recording = SemanticHash::of(parts.iter().map(String::as_bytes)).to_string();
        let done = Done::of(recorded);
        Names { program, done, recording, nodes: RefCell::default() }
    }

    /// A name for each group, of an engine that knows nothing yet.
    pub(crate) fn of_all(&self, groups: &[Group], engine: &Engine) -> Vec<String> {
        // Ways lead over whatever entities there are, and what depends on what is told of all services.
        let entities = (0..self.program.entities.len()).map(|at| ("Entity".to_owned(), at)).collect();
        let everywhere = self.reached(entities, &BTreeSet::new());
        let places: BTreeSet<(String, usize)> = everywhere.keys().cloned().collect();
        let topology = format!("{:?}", self.program.topology);
        let texts = everywhere.values().map(|node| node.text.as_bytes());
        let ground = [self.recording.as_bytes(), topology.as_bytes()].into_iter().chain(texts);
        let ground = SemanticHash::of(ground).to_string();
        groups.iter().map(|group| self.of_group(group, &ground, &places, engine)).collect()
    }

    /// All nodes that can be reached from some, but for those that are reached from everywhere.
    fn reached(
        &self,
        mut open: Vec<(String, usize)>,
        everywhere: &BTreeSet<(String, usize)>,
    ) -> BTreeMap<(String, usize), Rc<Node>> {
        let mut reached: BTreeMap<(String, usize), Rc<Node>> = BTreeMap::new();
        while let Some(place) = open.pop() {
            if reached.contains_key(&place) || everywhere.contains(&place) {
                continue;
            }
            let node = self.node(&place);
            open.extend(node.reads.iter().cloned());
            reached.insert(place, node);
        }
        reached
    }

    /// The kinds of entities that may decide what a group does.
    pub(crate) fn kinds_of(&self, group: &Group) -> BTreeSet<EntityIndex> {
        if !self.program.topology.is_empty() {
            // What depends on what leads over whatever entities there are.
            return (0..).take(self.program.entities.len()).map(EntityIndex).collect();
        }
        let reached = self.reached(open(group), &BTreeSet::new());
        let kinds = reached.keys().filter(|(table, _)| table == "Entity");
        kinds.filter_map(|(_, at)| u32::try_from(*at).ok()).map(EntityIndex).collect()
    }

    fn of_group(
        &self,
        group: &Group,
        ground: &str,
        everywhere: &BTreeSet<(String, usize)>,
        engine: &Engine,
    ) -> String {
        let reached = self.reached(open(group), everywhere);
        let mut texts = vec![ground.to_owned(), self.named(&engine.ground_of_group(group)).text];
        // Which of them the group decides, and which it only reads.
        let paths = |table: &str, at: usize| self.path(table, at).unwrap_or_default().to_owned();
        texts.extend(group.policies.iter().map(|it| paths("Policy", it.at())));
        texts.extend(group.detectors.iter().map(|it| paths("Detector", it.at())));
        texts.extend(group.events.iter().map(|it| paths("Event", it.at())));
        texts.extend(group.told.iter().map(|it| paths("Signal", it.at())));
        // What was really done decides for those plans only that may be the same.
        let policies = group.policies.iter().filter_map(|policy| self.program.policy(*policy));
        texts.push(known_text(&self.done, self.program, policies));
        let mut nodes: Vec<&str> = reached.values().map(|node| node.text.as_str()).collect();
        nodes.sort_unstable();
        let parts = texts.iter().map(String::as_bytes).chain(nodes.into_iter().map(str::as_bytes));
        SemanticHash::of(parts).to_string()
    }

    fn node(&self, place: &(String, usize)) -> Rc<Node> {
        if let Some(node) = self.nodes.borrow().get(place) {
            return node.clone();
        }
        let node = Rc::new(self.named(&self.written(&place.0, place.1)));
        self.nodes.borrow_mut().insert(place.clone(), node.clone());
        node
    }

    /// A node as it is, but for what is said about it and where it was written.
    fn written(&self, table: &str, at: usize) -> String {
        macro_rules! node {
            ($field:ident) => {
                self.program.$field.get(at).map(|node| {
                    let mut node = node.clone();
                    let Head { path, hash, .. } = std::mem::take(&mut node.head);
                    format!("{table} {path} {hash:?} {node:?}")
                })
            };
        }
        let text = match table {
            "Param" => node!(params),
            "Entity" => node!(entities),
            "Signal" => node!(signals),
            "Source" => node!(sources),
            "Event" => node!(events),
            "Detector" => node!(detectors),
            "Action" => node!(actions),
            "Channel" => node!(channels),
            "Plan" => node!(plans),
            "Policy" => node!(policies),
            "SharedGuard" => node!(shared_guards),
            _ => None,
        };
        text.unwrap_or_default()
    }

    fn path(&self, table: &str, at: usize) -> Option<&str> {
        let tables = &self.program;
        let head = match table {
            "Param" => tables.params.get(at).map(|it| &it.head),
            "Entity" => tables.entities.get(at).map(|it| &it.head),
            "Signal" => tables.signals.get(at).map(|it| &it.head),
            "Source" => tables.sources.get(at).map(|it| &it.head),
            "Event" => tables.events.get(at).map(|it| &it.head),
            "Detector" => tables.detectors.get(at).map(|it| &it.head),
            "Action" => tables.actions.get(at).map(|it| &it.head),
            "Channel" => tables.channels.get(at).map(|it| &it.head),
            "Plan" => tables.plans.get(at).map(|it| &it.head),
            "Policy" => tables.policies.get(at).map(|it| &it.head),
            "SharedGuard" => tables.shared_guards.get(at).map(|it| &it.head),
            _ => None,
        };
        head.map(|head| head.path.as_str())
    }

    /// A text with paths in place of positions: `SignalIndex(3)` is `SignalIndex(load)`; and the positions that stood there.
    fn named(&self, text: &str) -> Node {
        let (mut named, mut reads) = (String::with_capacity(text.len()), Vec::new());
        let mut rest = text;
        while let Some(quote) = next_index(rest) {
            let Found { before, table, at, after } = quote;
            named.push_str(before);
            match self.path(table, at) {
                Some(path) => named.push_str(path),
                // It is of no table: then the position speaks for itself.
                None => named.push_str(&at.to_string()),
            }
            reads.push((table.to_owned(), at));
            rest = after;
        }
        named.push_str(rest);
        Node { text: named, reads }
    }
}

/// Where what a group decides by begins.
fn open(group: &Group) -> Vec<(String, usize)> {
    let mut open: Vec<(String, usize)> = Vec::new();
    open.extend(group.policies.iter().map(|it| ("Policy".to_owned(), it.at())));
    open.extend(group.detectors.iter().map(|it| ("Detector".to_owned(), it.at())));
    open.extend(group.events.iter().map(|it| ("Event".to_owned(), it.at())));
    open
}

/// A position in a text.
struct Found<'t> {
    /// The text up to the position.
    before: &'t str,
    table: &'t str,
    at: usize,
    after: &'t str,
}

/// The first position in what is written of a node, outside of texts that people wrote.
fn next_index(text: &str) -> Option<Found<'_>> {
    const MARK: &str = "Index(";
    let (mut in_text, mut escaped, mut word) = (false, false, 0);
    for (place, sign) in text.char_indices() {
        match sign {
            _ if escaped => escaped = false,
            '\\' if in_text => escaped = true,
            '"' => in_text = !in_text,
            _ if in_text => {}
            _ if sign.is_ascii_alphanumeric() => continue,
            '(' => {
                let name = text.get(word..=place).unwrap_or_default();
                let found = name.strip_suffix(MARK).and_then(|table| {
                    let (before, rest) = text.split_at_checked(place + 1)?;
                    let (number, _) = rest.split_once(')')?;
                    let at = number.parse().ok()?;
                    Some(Found { before, table, at, after: rest.get(number.len()..)? })
                });
                if found.is_some() {
                    return found;
                }
            }
            _ => {}
        }
        word = place + sign.len_utf8();
    }
    None
}

impl fmt::Debug for Names<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Names").field("recording", &self.recording).finish_non_exhaustive()
    }
}
