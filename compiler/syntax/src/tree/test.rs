//! Tests in the language, and objects: `{name: value, ...}`.

use heal_diagnostics::TextRange;

use super::{Expression, Name, Path, Spanned};

/// `{name: value, "name": [value, {…}]}`. Not an expression: keys are names, not values.
#[derive(Clone, Debug, Default)]
pub struct Object {
    /// Its entries in order.
    pub entries: Vec<Entry>,
    /// Where it stands, with its braces.
    pub range: TextRange,
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

/// `name: value`
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The name; written as a text where it is no name.
    pub name: Name,
    /// The value.
    pub value: ObjectValue,
}

/// A value in an object.
#[derive(Clone, Debug, PartialEq)]
pub enum ObjectValue {
    /// An expression.
    Expression(Expression),
    /// `{...}`
    Object(Object),
    /// `[{...}, ...]`, of which at least one is an object; a list of expressions is an expression.
    List(Vec<ObjectValue>),
}

/// `test "NAME" { ... }`
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// What it shows.
    pub name: Spanned<String>,
    /// The statements in its braces.
    pub statements: Vec<Spanned<TestStatement>>,
}

/// A statement of a test.
#[derive(Clone, Debug, PartialEq)]
pub enum TestStatement {
    /// `start "2024-03-31T00:00:00Z"`
    Start(Spanned<String>),
    /// `run for 4h`: how long at least, where what is given ends earlier.
    RunFor(Expression),
    /// `given rss{namespace: "cart", pod: "a"} = 200MiB for 1h then rising 4MiB/m for 3h`
    GivenSeries(Selected, Series),
    /// `given Pod{namespace: "cart", pod: "a"} = {workload: "cart", node: "n1"}`
    GivenEntity(Selected, Object),
    /// `given deploy{service: "cart"} at 10m, 2h`
    GivenEvent(Selected, Vec<Expression>),
    /// `on recycle: rss = 200MiB`, `on recycle step evict: hangs`
    On(Answer),
    /// `stop rss at 1h`, `stop rss{pod: "a"} at 1h for 10m`: telemetry does not arrive.
    Stop(Selected, Expression, Option<Expression>),
    /// `approve "sre" after 5m`, `reject "sre" after 5m`
    Decide(Decision, Spanned<String>, Expression),
    /// `replay "checkout-2026-09"`
    Replay(Spanned<String>),
    /// `expect leaking at 1h15m..2h15m`
    Expect(Expect),
}

/// An item with the key at hand: `rss{namespace: "cart", pod: "a"}`; without braces every key.
#[derive(Clone, Debug, PartialEq)]
pub struct Selected {
    /// The item.
    pub path: Path,
    /// Key fields with their values.
    pub key: Option<Object>,
}

/// Samples over time: segments one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its segments, at least one.
    pub segments: Vec<Spanned<Segment>>,
}

/// A stretch of a series. The last may lack `for`: it lasts to the end of the test.
#[derive(Clone, Debug, PartialEq)]
pub enum Segment {
    /// `200MiB for 1h`
    Steady(Expression, Option<Expression>),
    /// `rising 4MiB/m for 3h`, from where the series is
    Rising(Expression, Option<Expression>),
    /// `falling 4MiB/m for 3h`
    Falling(Expression, Option<Expression>),
    /// `to 1GiB for 3h`: in a straight line from where the series is
    To(Expression, Option<Expression>),
    /// `wave 10%..30% every 1d for 14d`: a sine between two values
    Wave(Expression, Expression, Expression, Option<Expression>),
    /// `missing for 10m`: no samples
    Missing(Option<Expression>),
    /// `` values `1+2x5 _x3 stale` ``: promtool's notation, a sample each `every` of the signal
    Values(Spanned<String>),
}

/// How the world answers to a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The plan.
    pub plan: Path,
    /// One step of it; none: all of it.
    pub step: Option<Name>,
    /// What happens.
    pub effect: Effect,
}

/// What comes of a plan or step.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// `rss = 200MiB for 1h then …`: the samples of the run's keys from the end of its last step on
    Becomes(Selected, Series),
    /// `succeeds after 30s`
    SucceedsAfter(Expression),
    /// `fails`, `fails "no such pod"`
    Fails(Option<Spanned<String>>),
    /// `hangs`: no outcome ever comes
    Hangs,
    /// `lies`: it says it succeeded, and nothing in the world changes
    Lies,
    /// `half`: what it does is done, and then it fails
    Half,
}

/// What a person says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// `approve`
    Approve,
    /// `reject`
    Reject,
}

/// `expect no recycle{pod: "a"} at 1h..2h`
#[derive(Clone, Debug, PartialEq)]
pub struct Expect {
    /// Whether `no` was written.
    pub negated: bool,
    /// What is expected.
    pub subject: Subject,
    /// How.
    pub qualifiers: Vec<Spanned<Qualifier>>,
}

/// What an expectation is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// A detector, a plan, an action, a policy or a channel.
    Item(Selected),
    /// `firing`: of any detector
    AnyFiring,
    /// `plan`: of any name
    AnyPlan,
    /// `action`: of any name
    AnyAction,
    /// `escalate`: through any channel
    Escalate,
    /// `approval`, `approval "sre"`
    Approval(Option<Spanned<String>>),
}

/// A part of an expectation.
#[derive(Clone, Debug, PartialEq)]
pub enum Qualifier {
    /// `at 1h15m..2h15m`, `at 1h`: when it begins
    At(Expression, Option<Expression>),
    /// `until 3h..4h`: when it ends
    Until(Expression, Option<Expression>),
    /// `exactly 2`
    Exactly(Expression),
    /// `at least 2`
    AtLeast(Expression),
    /// `at most 2`
    AtMost(Expression),
    /// `withheld`, `withheld by cooldown`
    Withheld(Option<Name>),
    /// `passed`, `failed`, `inconclusive`, `skipped`, `rejected`: how its run ends
    Ends(Name),
    /// `within 3m of every incident`
    WithinOfIncidents(Expression),
    /// `outside incidents`
    OutsideIncidents,
    /// `because "limit"`: its explanation contains this text
    Because(Spanned<String>),
}
