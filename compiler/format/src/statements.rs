//! Statements to text, and blocks of statements to nodes.

use heal_diagnostics::TextRange;
use heal_syntax::tree::{
    ActionStatement, Asked, Call, ChannelStatement, DetectorStatement, EntityStatement, Expression,
    GuardStatement, Limit, ParameterType, Path, PlanStatement, PolicyStatement, RungKind, RungWord,
    SampleSource, SignalStatement, Spanned, StepOption, TypeName,
};

use crate::chain::broken;
use crate::expression::Spelling;
use crate::node::Node;

/// Blanks before a statement of an item.
const STATEMENT_INDENT: usize = 2;
/// Blanks before a statement of a guard.
const GUARD_INDENT: usize = 4;

impl Spelling<'_> {
    /// A statement of an entity.
    pub(crate) fn entity_statement(self, statement: &Spanned<EntityStatement>) -> Node {
        let text = match &statement.value {
            EntityStatement::Field(field) => format!("{}: {}", field.name.value, type_text(&field.type_)),
            EntityStatement::From(_)
            | EntityStatement::Every(_)
            | EntityStatement::StaleAfter(_)
            | EntityStatement::AtMost(_) => String::new(),
        };
        Node::line(statement.range, text)
    }

    /// A statement of a signal.
    pub(crate) fn signal_statement(self, statement: &Spanned<SignalStatement>) -> Node {
        let text = match &statement.value {
            SignalStatement::From(SampleSource::Prometheus(query)) => {
                format!("from prometheus {}", self.text(query))
            }
            SignalStatement::From(SampleSource::Metric(name, matchers)) => {
                let labels =
                    matchers.iter().map(|one| format!("{} == {}", one.name.value, self.text(&one.value)));
                let labels = labels.collect::<Vec<_>>().join(" && ");
                let word = if labels.is_empty() { "" } else { " where " };
                format!("from metric {}{word}{labels}", self.text(name))
            }
            SignalStatement::From(SampleSource::Logs(_)) => String::new(),
            SignalStatement::Every(time) => format!("every {}", self.expression(time)),
            SignalStatement::StaleAfter(time) => format!("stale after {}", self.expression(time)),
            SignalStatement::AtMost(count) => format!("at most {} keys", self.expression(count)),
        };
        Node::line(statement.range, text)
    }

    /// A statement of a detector.
    pub(crate) fn detector_statement(self, statement: &Spanned<DetectorStatement>) -> Node {
        let text = match &statement.value {
            DetectorStatement::When(condition) => broken(self, STATEMENT_INDENT, "when ", condition, ""),
            DetectorStatement::For(time) => format!("for {}", self.expression(time)),
            DetectorStatement::Clear(condition, time) => {
                let after = self.word_and(" for ", time.as_ref());
                broken(self, STATEMENT_INDENT, "clear when ", condition, &after)
            }
            DetectorStatement::Severity(name) => format!("severity {}", name.value),
        };
        Node::line(statement.range, text)
    }

    /// A statement of an action.
    pub(crate) fn action_statement(self, statement: &Spanned<ActionStatement>) -> Node {
        let text = match &statement.value {
            ActionStatement::Command(words, host) => {
                let host = host.as_ref().map(|name| format!(" on {}", name.value));
                format!("command {}{}", self.list(words), host.unwrap_or_default())
            }
            ActionStatement::Kubernetes(verb, object, _) => {
                format!("kubernetes {} {}", verb.value, object.value)
            }
            ActionStatement::Risk(name) => format!("risk {}", name.value),
            ActionStatement::Timeout(time) => format!("timeout {}", self.expression(time)),
            ActionStatement::Idempotent => "idempotent".to_owned(),
            ActionStatement::Http(..)
            | ActionStatement::Secret(_)
            | ActionStatement::Header(..)
            | ActionStatement::Body(_)
            | ActionStatement::Success(_)
            | ActionStatement::Replaces(_)
            | ActionStatement::Undo(_) => String::new(),
        };
        Node::line(statement.range, text)
    }

    /// The statement of a channel.
    pub(crate) fn channel_statement(self, statement: &Spanned<ChannelStatement>) -> Node {
        let text = match &statement.value {
            ChannelStatement::Http(method, url) => format!("http {} {}", method.value.word(), self.text(url)),
            ChannelStatement::Secret(_)
            | ChannelStatement::Header(..)
            | ChannelStatement::Body(_)
            | ChannelStatement::Success(_)
            | ChannelStatement::Timeout(_) => String::new(),
        };
        Node::line(statement.range, text)
    }

    /// A statement of a plan.
    pub(crate) fn plan_statement(self, statement: &Spanned<PlanStatement>) -> Node {
        let text = match &statement.value {
            PlanStatement::Risk(name) => format!("risk {}", name.value),
            PlanStatement::Require(condition) => broken(self, STATEMENT_INDENT, "require ", condition, ""),
            PlanStatement::Step(step) => {
                let options = step.options.iter().map(|option| match &option.value {
                    StepOption::Timeout(time) => format!(" {{ timeout {} }}", self.expression(time)),
                    StepOption::Retry(..) | StepOption::After(_) => String::new(),
                });
                format!("step {} = {}{}", step.name.value, self.call(&step.call), options.collect::<String>())
            }
            PlanStatement::Disturbs(_)
            | PlanStatement::ForEach(_)
            | PlanStatement::Verify(..)
            | PlanStatement::Undo(_)
            | PlanStatement::Always(_)
            | PlanStatement::RevertAfter(_)
            | PlanStatement::RevertOnClear => String::new(),
        };
        Node::line(statement.range, text)
    }

    /// A statement of a policy.
    pub(crate) fn policy_statement(self, statement: &Spanned<PolicyStatement>) -> Node {
        let text = match &statement.value {
            PolicyStatement::On(detector) => format!("on {}", path_text(detector)),
            PolicyStatement::Where(condition) => broken(self, STATEMENT_INDENT, "where ", condition, ""),
            PolicyStatement::Rung(rung) => match &rung.kind {
                RungKind::Plan(call) => format!("{} {}", rung_word(rung.word), self.call(call)),
                RungKind::Choose(_) => String::new(),
                RungKind::Escalate(channel) => {
                    let channel = channel.as_ref().map(|call| format!(" {}", self.call(call)));
                    format!("{} escalate{}", rung_word(rung.word), channel.unwrap_or_default())
                }
            },
            PolicyStatement::Shadow => "shadow".to_owned(),
            PolicyStatement::Guard(statements) => {
                let body = statements.iter().map(|one| self.guard_statement(one.range, &one.value)).collect();
                return Node::block(statement.range, "guard".to_owned(), body);
            }
        };
        Node::line(statement.range, text)
    }

    fn guard_statement(self, range: TextRange, statement: &GuardStatement) -> Node {
        let text = match statement {
            GuardStatement::Limit(limits) => {
                let limits: Vec<_> = limits.iter().map(|one| self.limit(&one.value)).collect();
                format!("limit {}", limits.join(", "))
            }
            GuardStatement::Cooldown(time, per) => {
                format!("cooldown {}{}", self.expression(time), per_text(per))
            }
            GuardStatement::Approval { quorum: _, asked, when, timeout, otherwise } => {
                let otherwise = otherwise.as_ref().map(|name| format!(" else {}", name.value));
                let timeout = self.word_and(", timeout ", timeout.as_ref());
                let after = format!("{timeout}{}", otherwise.unwrap_or_default());
                let before = match asked {
                    Asked::Team(team) => format!("approval {}", self.text(team)),
                    Asked::Channel(call) => format!("approval {}", self.call(call)),
                };
                match when {
                    Some(when) => broken(self, GUARD_INDENT, &format!("{before} when "), when, &after),
                    None => before + &after,
                }
            }
            GuardStatement::Shared(_)
            | GuardStatement::BlastRadius { .. }
            | GuardStatement::Concurrency(..)
            | GuardStatement::Breaker { .. }
            | GuardStatement::Canary(..)
            | GuardStatement::Freeze(_)
            | GuardStatement::Only(_)
            | GuardStatement::Storm { .. } => String::new(),
            GuardStatement::EscalateWithheld(time) => {
                format!("escalate when withheld for {}", self.expression(time))
            }
        };
        Node::line(range, text)
    }

    fn limit(self, limit: &Limit) -> String {
        let (runs, window) = (self.expression(&limit.runs), self.expression(&limit.window));
        format!("{runs} per {window}{}", per_text(&limit.per))
    }

    fn call(self, call: &Call) -> String {
        let arguments = call.arguments.as_ref().map(|arguments| self.arguments(arguments));
        path_text(&call.target) + &arguments.unwrap_or_default()
    }

    /// A word and what follows it; nothing if nothing does.
    fn word_and(self, word: &str, expression: Option<&Expression>) -> String {
        expression.map(|one| format!("{word}{}", self.expression(one))).unwrap_or_default()
    }
}

/// A type.
pub(crate) fn type_text(type_: &TypeName) -> String {
    let per = type_.per.as_ref().map(|unit| format!("/{}", unit.value));
    path_text(&type_.path) + &per.unwrap_or_default()
}

/// The type of a parameter.
pub(crate) fn parameter_type_text(type_: &ParameterType) -> String {
    match type_ {
        ParameterType::Value(type_) => type_text(type_),
        ParameterType::Series { .. } | ParameterType::Detector(_) => String::new(),
    }
}

/// A path.
pub(crate) fn path_text(path: &Path) -> String {
    let parts: Vec<_> = path.parts.iter().map(|part| part.value.as_str()).collect();
    parts.join(".")
}

fn per_text(paths: &[Path]) -> String {
    match paths {
        [] => String::new(),
        [path] => format!(" per {}", path_text(path)),
        _ => format!(" per ({})", paths.iter().map(path_text).collect::<Vec<_>>().join(", ")),
    }
}

fn rung_word(word: RungWord) -> &'static str {
    match word {
        RungWord::Try => "try",
        RungWord::Then => "then",
    }
}
