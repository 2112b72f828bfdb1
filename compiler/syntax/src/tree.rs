//! The tree of a file, as written: nothing is resolved, nothing is judged.
//!
//! Every node knows its range of bytes. Comments are kept beside the tree, by offset ([`ParsedFile::comments`]).

mod act;
mod expression;
mod observe;
mod policy;
mod test;
mod types;

use std::collections::BTreeSet;

use heal_diagnostics::TextRange;

pub use act::*;
pub use expression::*;
pub use observe::*;
pub use policy::*;
pub use test::*;
pub use types::*;

/// A value with the range it was written at. Two are equal when their values are.
#[derive(Clone, Debug)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub range: TextRange,
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

/// A name as written.
pub type Name = Spanned<String>;

/// A name with dots: `pod.workload`, `k8s.evict`.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Its parts, at least one.
    pub parts: Vec<Name>,
}

/// A comment: `// text`, without its line break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The text with its slashes.
    pub text: String,
    /// Where it stands.
    pub range: TextRange,
}

/// A parsed file.
#[derive(Clone, Debug, Default)]
pub struct ParsedFile {
    /// The `//!` lines, without slashes and one leading blank.
    pub documentation: Vec<String>,
    /// The items that could be read, in order.
    pub items: Vec<Spanned<Item>>,
    /// All `//` comments that are not documentation, in order.
    pub comments: Vec<Comment>,
    /// The words of what could not be read outside of items, or in an item's head. A name that seems to be unknown may
    /// be defined there, so nothing should be said about it.
    pub unread: BTreeSet<String>,
}

impl ParsedFile {
    /// What it brings in of other modules.
    pub fn uses(&self) -> impl Iterator<Item = &Use> {
        self.items.iter().filter_map(|item| match &item.value.kind {
            ItemKind::Use(brought) => Some(brought),
            ItemKind::Param(_)
            | ItemKind::Entity(_)
            | ItemKind::Signal(_)
            | ItemKind::Detector(_)
            | ItemKind::Action(_)
            | ItemKind::Channel(_)
            | ItemKind::Plan(_)
            | ItemKind::Policy(_)
            | ItemKind::Let(_)
            | ItemKind::Function(_)
            | ItemKind::Event(_)
            | ItemKind::Source(_)
            | ItemKind::Topology(_)
            | ItemKind::SharedGuard(_)
            | ItemKind::Instance(_)
            | ItemKind::Test(_) => None,
        })
    }
}

/// An item with what stands before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Its `///` lines, without slashes and one leading blank.
    pub documentation: Vec<String>,
    /// Whether other packages may use it.
    pub public: bool,
    /// Whether a part of it could not be read: what seems to be missing may stand there.
    pub incomplete: bool,
    /// What it is.
    pub kind: ItemKind,
}

/// The kinds of items.
#[derive(Clone, Debug, PartialEq)]
pub enum ItemKind {
    /// `use std.k8s.{Pod, Workload}`
    Use(Use),
    /// `param budget: duration in 100ms..2s = 250ms`
    Param(Param),
    /// `let failing = errors.rate(5m) / requests.rate(5m)`
    Let(Let),
    /// `fn share(part: counter count by K, whole: counter count by K) = part.rate(5m) / whole.rate(5m)`
    Function(Function),
    /// `entity Pod by (namespace, pod) { ... }`
    Entity(Entity),
    /// `signal ...` or `counter ...`
    Signal(Signal),
    /// `event deploy by (service) { ... }`
    Event(Event),
    /// `source alertmanager { ... }`
    Source(Source),
    /// `detector slow { ... }`
    Detector(Detector),
    /// `topology checkout -> payments, redis`
    Topology(Topology),
    /// `action restart(host: Host) { ... }`
    Action(Action),
    /// `channel page(team: text) { ... }`
    Channel(Channel),
    /// `plan recycle(pod: Pod) { ... }`
    Plan(Plan),
    /// `policy heal_leaks { ... }`
    Policy(Policy),
    /// `guard shared fleet { ... }`
    SharedGuard(SharedGuard),
    /// `detector burn = slo.burn_rate(errors, requests, objective: 99.9%)`, or a policy made so
    Instance(Instance),
    /// `test "recycles a leaking pod once" { ... }`
    Test(Test),
}

impl ItemKind {
    /// What an item is called; none for what has no name.
    #[must_use]
    pub fn name(&self) -> Option<&Name> {
        Some(match self {
            ItemKind::Use(_) | ItemKind::Topology(_) | ItemKind::Test(_) => return None,
            ItemKind::Param(param) => &param.name,
            ItemKind::Let(named) => &named.name,
            ItemKind::Function(function) => &function.name,
            ItemKind::Entity(entity) => &entity.name,
            ItemKind::Signal(signal) => &signal.name,
            ItemKind::Event(event) => &event.name,
            ItemKind::Source(source) => &source.name,
            ItemKind::Detector(detector) => &detector.name,
            ItemKind::Action(action) => &action.name,
            ItemKind::Channel(channel) => &channel.name,
            ItemKind::Plan(plan) => &plan.name,
            ItemKind::Policy(policy) => &policy.name,
            ItemKind::SharedGuard(guard) => &guard.name,
            ItemKind::Instance(instance) => &instance.name,
        })
    }
}

/// `use std.k8s` or `use std.k8s.{Pod, Workload}`
#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    /// The module.
    pub module: Path,
    /// The names in braces; none: the module itself is brought in under its last name.
    pub names: Option<Vec<Name>>,
}

/// `k8s.evict(pod)`, `recycle`, `recycle(pod: it)`: what is called, and the arguments when there are brackets.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// What is called.
    pub target: Path,
    /// The arguments; none when no brackets were written.
    pub arguments: Option<Vec<CallArgument>>,
}

/// `name: value` or `value`
#[derive(Clone, Debug, PartialEq)]
pub struct CallArgument {
    /// The name before the colon.
    pub name: Option<Name>,
    /// The value.
    pub value: Expression,
}

/// The kinds of items that can be made from a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstanceKind {
    /// `detector NAME = ...`
    Detector,
    /// `policy NAME = ...`
    Policy,
}

/// An item that is made from a template by giving its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// The word before the name.
    pub kind: InstanceKind,
    /// Its name.
    pub name: Name,
    /// The template and its arguments.
    pub template: Call,
}
