//! The tree of a file, as written: nothing is resolved, nothing is judged.
//!
//! Every node knows its range of bytes. Comments are kept beside the tree, by offset ([`ParsedFile::comments`]).

use std::collections::BTreeSet;

use heal_diagnostics::TextRange;

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
    /// `entity Pod by (namespace, pod) { ... }`
    Entity(Entity),
    /// `signal ...` or `counter ...`
    Signal(Signal),
    /// `detector slow { ... }`
    Detector(Detector),
    /// `action restart(host: Host) { ... }`
    Action(Action),
    /// `channel page(team: text) { ... }`
    Channel(Channel),
    /// `plan recycle(pod: Pod) { ... }`
    Plan(Plan),
    /// `policy heal_leaks { ... }`
    Policy(Policy),
}

/// `use std.k8s` or `use std.k8s.{Pod, Workload}`
#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    /// The module.
    pub module: Path,
    /// The names in braces; none: the module itself is brought in under its last name.
    pub names: Option<Vec<Name>>,
}

/// `param NAME: TYPE in LOW..HIGH = VALUE`
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub type_: TypeName,
    /// The range after `in`.
    pub range: Option<(Expression, Expression)>,
    /// The value.
    pub value: Expression,
}

/// A type: a word, maybe over a unit of time: `duration`, `bytes/s`, `Pod`, `text`.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeName {
    /// The word, or the path of an entity.
    pub path: Path,
    /// The unit after `/`.
    pub per: Option<Name>,
}

/// `entity NAME by (KEYS) { FIELD: TYPE ... }`
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    /// Its name.
    pub name: Name,
    /// Its key fields.
    pub keys: Vec<Name>,
    /// Its fields.
    pub fields: Vec<(Name, TypeName)>,
}

/// `signal NAME: TYPE in UNIT by (KEYS) { ... }`
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Whether it was written `counter`.
    pub counter: bool,
    /// Its name.
    pub name: Name,
    /// Its type.
    pub type_: TypeName,
    /// The unit after `in`.
    pub unit: Option<Name>,
    /// Its key fields.
    pub keys: Vec<Name>,
    /// The statements in its braces, in order, with their ranges.
    pub statements: Vec<Spanned<SignalStatement>>,
}

/// A statement of a signal.
#[derive(Clone, Debug, PartialEq)]
pub enum SignalStatement {
    /// ``from prometheus `query` ``
    FromPrometheus(Spanned<String>),
    /// `from metric "name" where a == "x" && b == "y"`
    FromMetric(Spanned<String>, Vec<(Name, Spanned<String>)>),
    /// `every 15s`
    Every(Expression),
    /// `stale after 2m`
    StaleAfter(Expression),
    /// `at most 10000 keys`
    AtMost(Expression),
}

/// `detector NAME { ... }`
#[derive(Clone, Debug, PartialEq)]
pub struct Detector {
    /// Its name.
    pub name: Name,
    /// The statements in its braces.
    pub statements: Vec<Spanned<DetectorStatement>>,
}

/// A statement of a detector.
#[derive(Clone, Debug, PartialEq)]
pub enum DetectorStatement {
    /// `when EXPR`
    When(Expression),
    /// `for 2m`
    For(Expression),
    /// `clear when EXPR`, `clear when EXPR for 5m`
    Clear(Expression, Option<Expression>),
    /// `severity critical`
    Severity(Name),
}

/// `NAME: TYPE`
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub type_: TypeName,
}

/// `action NAME(PARAMETERS) { ... }`
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// Its name.
    pub name: Name,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// The statements in its braces.
    pub statements: Vec<Spanned<ActionStatement>>,
}

/// A statement of an action.
#[derive(Clone, Debug, PartialEq)]
pub enum ActionStatement {
    /// `command ["systemctl", "restart", unit] on host`
    Command(Vec<Expression>, Option<Name>),
    /// `kubernetes evict pod`
    Kubernetes(Name, Name),
    /// `risk low`
    Risk(Name),
    /// `timeout 30s`
    Timeout(Expression),
    /// `idempotent`
    Idempotent,
}

/// `channel NAME(PARAMETERS) { http POST "https://..." }`
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    /// Its name.
    pub name: Name,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// The address after `http POST`.
    pub url: Spanned<String>,
}

/// `plan NAME(PARAMETERS) { ... }`
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Its name.
    pub name: Name,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// The statements in its braces.
    pub statements: Vec<Spanned<PlanStatement>>,
}

/// A statement of a plan.
#[derive(Clone, Debug, PartialEq)]
pub enum PlanStatement {
    /// `risk high`
    Risk(Name),
    /// `require EXPR`
    Require(Expression),
    /// `step NAME = CALL { timeout 60s }`
    Step(Name, Call, Option<Expression>),
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

/// `policy NAME { ... }`
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Its name.
    pub name: Name,
    /// The statements in its braces.
    pub statements: Vec<Spanned<PolicyStatement>>,
}

/// A statement of a policy.
#[derive(Clone, Debug, PartialEq)]
pub enum PolicyStatement {
    /// `on DETECTOR`
    On(Path),
    /// `where EXPR`
    Where(Expression),
    /// `try PLAN` or `then PLAN`; the first of a policy is written `try`.
    Rung(RungWord, Call),
    /// `then escalate CHANNEL(...)`, `escalate` alone, or `try escalate ...`
    Escalate(RungWord, Option<Call>),
    /// `guard { ... }`
    Guard(Vec<Spanned<GuardStatement>>),
}

/// The word a rung begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RungWord {
    /// `try`
    Try,
    /// `then`
    Then,
}

/// A statement of a guard.
#[derive(Clone, Debug, PartialEq)]
pub enum GuardStatement {
    /// `limit 20 per 1h, 3 per 1h per namespace`
    Limit(Vec<Spanned<Limit>>),
    /// `cooldown 30m per (namespace, pod)`
    Cooldown(Expression, Vec<Path>),
    /// `approval "sre" when EXPR, timeout 15m else escalate`
    Approval {
        /// The team.
        team: Spanned<String>,
        /// The condition after `when`.
        when: Option<Expression>,
        /// The time after `timeout`.
        timeout: Option<Expression>,
        /// The word after `else`.
        otherwise: Option<Name>,
    },
    /// `escalate when withheld for 15m`
    EscalateWithheld(Expression),
}

/// `3 per 1h per namespace`
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// Most run starts.
    pub runs: Expression,
    /// In which window.
    pub window: Expression,
    /// Counted apart for each value of these.
    pub per: Vec<Path>,
}

/// An expression: CEL with unit literals.
#[derive(Clone, Debug)]
pub struct Expression {
    /// What it is.
    pub kind: Box<ExpressionKind>,
    /// Where it stands, brackets around it not included.
    pub range: TextRange,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

/// The kinds of expressions. Brackets that only group are not in the tree; the formatter puts back those needed.
#[derive(Clone, Debug, PartialEq)]
pub enum ExpressionKind {
    /// `12`, `0.5`, `250ms`, `95%`, `100/s`: digits as written, and the unit glued to them, if any.
    Number {
        /// The digits, with point and exponent, as written.
        digits: String,
        /// `ms`, `%`, `MiB`, `/s`; none for a bare number.
        unit: Option<String>,
    },
    /// `"text"` or `'text'` or `` `text` `` (no escapes in the last), unescaped.
    Text(String),
    /// `true`, `false`
    Bool(bool),
    /// `[a, b]`
    List(Vec<Expression>),
    /// `name`
    Name(String),
    /// `receiver.field`
    Field(Expression, Name),
    /// `function(arguments)` or `receiver.function(arguments)`
    Call {
        /// What stands before the dot.
        receiver: Option<Expression>,
        /// The function's name.
        function: Name,
        /// The arguments.
        arguments: Vec<CallArgument>,
    },
    /// `receiver[index]`
    Index(Expression, Expression),
    /// `!x`, `-x`
    Unary(Spanned<UnaryOperator>, Expression),
    /// `a + b`
    Binary(Expression, Spanned<BinaryOperator>, Expression),
    /// `a ? b : c`
    Conditional(Expression, Expression, Expression),
}

/// An operator before its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    /// `!`
    Not,
    /// `-`
    Negate,
}

/// An operator between its operands, weakest binding first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `in`
    In,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%` with a blank before it
    Remainder,
}
