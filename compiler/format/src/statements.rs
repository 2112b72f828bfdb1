//! Statements to text, and blocks of statements to nodes.

use heal_diagnostics::TextRange;
use heal_syntax::tree::{
    ActionStatement, Call, DetectorStatement, Expression, GuardStatement, Limit, Name, Path, PlanStatement,
    PolicyStatement, RungWord, SignalStatement, Spanned, TypeName,
};

use crate::chain::broken;
use crate::expression::Spelling;
use crate::node::Node;

/// Blanks before a statement of an item.
const STATEMENT_INDENT: usize = 2;
/// Blanks before a statement of a guard.
const GUARD_INDENT: usize = 4;

impl Spelling<'_> {
    /// A field of an entity.
    pub(crate) fn field(self, name: &Name, type_: &TypeName) -> Node {
        let end = type_.per.as_ref().or(type_.path.parts.last()).map_or(name.range, |last| last.range);
        let text = format!("{}: {}", name.value, type_text(type_));
        Node::line(name.range.cover(end), text)
    }

    /// A statement of a signal.
    pub(crate) fn signal_statement(self, statement: &Spanned<SignalStatement>) -> Node {
        let text = match &statement.value {
            SignalStatement::FromPrometheus(query) => format!("from prometheus {}", self.text(query)),
            SignalStatement::FromMetric(name, matchers) => {
                let labels =
                    matchers.iter().map(|(name, value)| format!("{} == {}", name.value, self.text(value)));
                let labels = labels.collect::<Vec<_>>().join(" && ");
                let word = if labels.is_empty() { "" } else { " where " };
                format!("from metric {}{word}{labels}", self.text(name))
            }
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
            ActionStatement::Kubernetes(verb, object) => {
                format!("kubernetes {} {}", verb.value, object.value)
            }
            ActionStatement::Risk(name) => format!("risk {}", name.value),
            ActionStatement::Timeout(time) => format!("timeout {}", self.expression(time)),
            ActionStatement::Idempotent => "idempotent".to_owned(),
        };
        Node::line(statement.range, text)
    }

    /// The statement of a channel.
    pub(crate) fn channel_statement(self, url: &Spanned<String>) -> Node {
        Node::line(url.range, format!("http POST {}", self.text(url)))
    }

    /// A statement of a plan.
    pub(crate) fn plan_statement(self, statement: &Spanned<PlanStatement>) -> Node {
        let text = match &statement.value {
            PlanStatement::Risk(name) => format!("risk {}", name.value),
            PlanStatement::Require(condition) => broken(self, STATEMENT_INDENT, "require ", condition, ""),
            PlanStatement::Step(name, call, timeout) => {
                let options =
                    timeout.as_ref().map(|time| format!(" {{ timeout {} }}", self.expression(time)));
                format!("step {} = {}{}", name.value, self.call(call), options.unwrap_or_default())
            }
        };
        Node::line(statement.range, text)
    }

    /// A statement of a policy.
    pub(crate) fn policy_statement(self, statement: &Spanned<PolicyStatement>) -> Node {
        let text = match &statement.value {
            PolicyStatement::On(detector) => format!("on {}", path_text(detector)),
            PolicyStatement::Where(condition) => broken(self, STATEMENT_INDENT, "where ", condition, ""),
            PolicyStatement::Rung(word, call) => format!("{} {}", rung_word(*word), self.call(call)),
            PolicyStatement::Escalate(word, channel) => {
                let channel = channel.as_ref().map(|call| format!(" {}", self.call(call)));
                format!("{} escalate{}", rung_word(*word), channel.unwrap_or_default())
            }
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
            GuardStatement::Approval { team, when, timeout, otherwise } => {
                let otherwise = otherwise.as_ref().map(|name| format!(" else {}", name.value));
                let timeout = self.word_and(", timeout ", timeout.as_ref());
                let after = format!("{timeout}{}", otherwise.unwrap_or_default());
                let before = format!("approval {}", self.text(team));
                match when {
                    Some(when) => broken(self, GUARD_INDENT, &format!("{before} when "), when, &after),
                    None => before + &after,
                }
            }
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
