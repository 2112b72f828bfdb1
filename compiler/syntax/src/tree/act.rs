//! What is done: actions, channels, plans.

use super::{Call, Expression, Name, Object, Parameter, Path, Secret, Spanned};

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
    /// `kubernetes evict pod`, `kubernetes scale workload {by: share}`
    Kubernetes(Name, Name, Option<Object>),
    /// `http POST "https://..."`
    Http(Spanned<HttpMethod>, Spanned<String>),
    /// `secret key = env("NAME")`
    Secret(Secret),
    /// `header "Authorization" key`
    Header(Spanned<String>, Expression),
    /// `body {...}`
    Body(Object),
    /// `success status == 202`
    Success(Expression),
    /// `risk low`
    Risk(Name),
    /// `timeout 30s`
    Timeout(Expression),
    /// `idempotent`
    Idempotent,
    /// `replaces pod`: after it that entity is another one.
    Replaces(Name),
    /// `affects rss, hits`, `affects nothing`
    Affects(Affects),
    /// `undo scale_in(workload)`: what takes it back, which makes it reversible.
    Undo(Call),
}

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpMethod {
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

impl HttpMethod {
    /// As it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            HttpMethod::Post => "POST",
            HttpMethod::Put => "PUT",
            HttpMethod::Patch => "PATCH",
            HttpMethod::Delete => "DELETE",
        }
    }
}

/// `channel NAME(PARAMETERS) { ... }`
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    /// Its name.
    pub name: Name,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// The statements in its braces.
    pub statements: Vec<Spanned<ChannelStatement>>,
}

/// A statement of a channel.
#[derive(Clone, Debug, PartialEq)]
pub enum ChannelStatement {
    /// `http POST "https://..."`
    Http(Spanned<HttpMethod>, Spanned<String>),
    /// `secret key = env("NAME")`
    Secret(Secret),
    /// `header "Authorization" key`
    Header(Spanned<String>, Expression),
    /// `body {...}`
    Body(Object),
    /// `success status == 202`
    Success(Expression),
    /// `timeout 10s`
    Timeout(Expression),
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
    /// `disturbs latency_p99 for 90s`, `disturbs latency_p99 everywhere for 90s`
    Disturbs(Disturbs),
    /// `affects rss, hits`, `affects nothing`
    Affects(Affects),
    /// `step NAME = CALL { ... }`
    Step(Step),
    /// `for each w in Workload where EXPR at most 50 { step ... }`
    ForEach(ForEach),
    /// `verify EXPR within 5m`
    Verify(Expression, Expression),
    /// `undo { step ... }`
    Undo(Vec<Spanned<Step>>),
    /// `always { step ... }`
    Always(Vec<Spanned<Step>>),
    /// `revert after 1h`
    RevertAfter(Expression),
    /// `revert on clear`
    RevertOnClear,
}

/// `affects rss, hits`: what an action or a plan changes, and nothing else.
#[derive(Clone, Debug, PartialEq)]
pub struct Affects {
    /// The signals and events; none where `nothing` was written.
    pub names: Vec<Path>,
}

/// `disturbs SIGNAL everywhere for 90s`
#[derive(Clone, Debug, PartialEq)]
pub struct Disturbs {
    /// The signal.
    pub signal: Path,
    /// Whether `everywhere` was written.
    pub everywhere: bool,
    /// How long after the last step.
    pub span: Expression,
}

/// `step NAME = CALL { timeout 60s  retry 2 every 10s  after drain }`
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its name.
    pub name: Name,
    /// What it calls.
    pub call: Call,
    /// What is in its braces.
    pub options: Vec<Spanned<StepOption>>,
}

/// An option of a step.
#[derive(Clone, Debug, PartialEq)]
pub enum StepOption {
    /// `timeout 60s`
    Timeout(Expression),
    /// `retry 2`, `retry 2 every 10s`
    Retry(Expression, Option<Expression>),
    /// `after drain, cordon`
    After(Vec<Name>),
}

/// `for each NAME in ENTITY where EXPR at most N { step ... }`
#[derive(Clone, Debug, PartialEq)]
pub struct ForEach {
    /// What one of them is called.
    pub variable: Name,
    /// The entity.
    pub entity: Path,
    /// Which of them.
    pub condition: Option<Expression>,
    /// Most of them.
    pub at_most: Option<Expression>,
    /// What is done with each.
    pub steps: Vec<Spanned<Step>>,
}
