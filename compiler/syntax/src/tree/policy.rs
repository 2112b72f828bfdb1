//! How far the machine may go: policies and guards.

use super::{Call, Expression, Name, Parameter, Path, Spanned};

/// `policy NAME { ... }`, `policy NAME(PARAMETERS) { ... }`
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Its name.
    pub name: Name,
    /// Its parameters, which make it a template.
    pub parameters: Option<Vec<Parameter>>,
    /// The statements in its braces.
    pub statements: Vec<Spanned<PolicyStatement>>,
}

/// A statement of a policy.
#[derive(Clone, Debug, PartialEq)]
pub enum PolicyStatement {
    /// `on DETECTOR` or `on EVENT`
    On(Path),
    /// `where EXPR`
    Where(Expression),
    /// `try PLAN`, `then PLAN`, `try choose [a, b]`, `then escalate CHANNEL(...)`; the first of a policy is written `try`.
    Rung(Rung),
    /// `guard { ... }`
    Guard(Vec<Spanned<GuardStatement>>),
    /// `shadow`: it decides, and does nothing.
    Shadow,
}

/// A rung of a ladder.
#[derive(Clone, Debug, PartialEq)]
pub struct Rung {
    /// `try` or `then`.
    pub word: RungWord,
    /// What it does.
    pub kind: RungKind,
    /// The time after `again every`.
    pub again: Option<Expression>,
}

/// What a rung does.
#[derive(Clone, Debug, PartialEq)]
pub enum RungKind {
    /// `recycle(pod: pod)`
    Plan(Call),
    /// `choose [recycle, restart]`
    Choose(Vec<Call>),
    /// `escalate` or `escalate page("sre")`
    Escalate(Option<Call>),
}

/// The word a rung begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RungWord {
    /// `try`
    Try,
    /// `then`
    Then,
}

/// `guard shared NAME { ... }`
#[derive(Clone, Debug, PartialEq)]
pub struct SharedGuard {
    /// Its name.
    pub name: Name,
    /// The statements in its braces.
    pub statements: Vec<Spanned<GuardStatement>>,
}

/// A statement of a guard.
#[derive(Clone, Debug, PartialEq)]
pub enum GuardStatement {
    /// `shared fleet`: what a shared guard says holds too, with one count for all.
    Shared(Path),
    /// `limit 20 per 1h, 3 per 1h per namespace`
    Limit(Vec<Spanned<Limit>>),
    /// `cooldown 30m per (namespace, pod)`
    Cooldown(Expression, Vec<Path>),
    /// `blast_radius 10% of Pod per namespace within 1h`
    BlastRadius {
        /// Most of them, as a share or a count.
        share: Expression,
        /// The entity.
        entity: Path,
        /// Counted apart for each value of these.
        per: Vec<Path>,
        /// The window.
        within: Expression,
    },
    /// `concurrency 1 per pod.service`
    Concurrency(Expression, Vec<Path>),
    /// `breaker 2 failures in 1h per namespace, open for 1h`
    Breaker {
        /// How many failed runs open it.
        failures: Expression,
        /// In which window.
        window: Expression,
        /// Counted apart for each value of these.
        per: Vec<Path>,
        /// How long it stays open.
        open_for: Expression,
    },
    /// `approval 2 of "sre" when EXPR, timeout 15m else escalate`
    Approval {
        /// How many must agree; none: one.
        quorum: Option<Expression>,
        /// Who is asked.
        asked: Asked,
        /// The condition after `when`.
        when: Option<Expression>,
        /// The time after `timeout`.
        timeout: Option<Expression>,
        /// The word after `else`.
        otherwise: Option<Name>,
    },
    /// `canary 1 then 25% then 100% settle 5m`
    Canary(Vec<Expression>, Option<Expression>),
    /// `freeze "Fri 17:00..Mon 07:00 Europe/Berlin"`
    Freeze(Spanned<String>),
    /// `only "Mon..Fri 09:00..17:00 Europe/Berlin"`
    Only(Spanned<String>),
    /// `storm 20 firings in 5m, open for 30m`: so many new firings of any detector hold the plans back.
    Storm {
        /// How many firings.
        firings: Expression,
        /// In which window.
        window: Expression,
        /// How long it holds after the last.
        open_for: Expression,
    },
    /// `escalate when withheld for 15m`
    EscalateWithheld(Expression),
}

/// Who is asked for an approval.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// A team: `"sre"`
    Team(Spanned<String>),
    /// A channel that brings the answer: `servicenow.change("restart")`
    Channel(Call),
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
