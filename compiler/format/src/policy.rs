//! Statements of policies and guards.

use heal_syntax::tree::{
    Asked, Expression, GuardStatement, Limit, Name, Path, PolicyStatement, Rung, RungKind, RungWord, Spanned,
};

use crate::doc::Doc;
use crate::expression::Spelling;
use crate::node::Node;
use crate::parts::path_text;

impl Spelling<'_> {
    /// A statement of a policy.
    pub(crate) fn policy_statement(self, statement: &Spanned<PolicyStatement>) -> Node {
        let doc = match &statement.value {
            PolicyStatement::On(detector) => Doc::text(format!("on {}", path_text(detector))),
            PolicyStatement::Where(condition) => self.word("where ", condition),
            PolicyStatement::Rung(rung) => self.rung(rung),
            PolicyStatement::Shadow => Doc::text("shadow"),
            PolicyStatement::Guard(statements) => {
                let head = Doc::text("guard");
                return self.statements(statement.range, head, statements, Spelling::guard_statement);
            }
        };
        Node::line(statement.range, doc)
    }

    fn rung(self, rung: &Rung) -> Doc {
        let word = Doc::text(match rung.word {
            RungWord::Try => "try ",
            RungWord::Then => "then ",
        });
        let doc = match &rung.kind {
            RungKind::Plan(call) => word.and(self.call(call)),
            RungKind::Choose(calls) => {
                let calls = calls.iter().map(|call| self.call(call)).collect();
                word.then("choose ").and(Doc::bracketed("[", calls, "]"))
            }
            RungKind::Escalate(channel) => {
                word.then("escalate").and_if(" ", channel.as_ref().map(|call| self.call(call)))
            }
        };
        doc.and_if(" again every ", self.maybe(rung.again.as_ref()))
    }

    /// A statement of a guard.
    pub(crate) fn guard_statement(self, statement: &Spanned<GuardStatement>) -> Node {
        let doc = match &statement.value {
            GuardStatement::Shared(path) => Doc::text(format!("shared {}", path_text(path))),
            GuardStatement::Limit(limits) => self.limits(limits),
            GuardStatement::Cooldown(time, per) => self.word("cooldown ", time).then(per_text(per)),
            GuardStatement::BlastRadius { share, entity, per, within } => {
                let entity = format!(" of {}{} within ", path_text(entity), per_text(per));
                self.word("blast_radius ", share).then(entity).and(self.expression(within))
            }
            GuardStatement::Concurrency(runs, per) => self.word("concurrency ", runs).then(per_text(per)),
            GuardStatement::Breaker { failures, window, per, open_for } => {
                let doc = self.word("breaker ", failures).then(" failures in ").and(self.expression(window));
                doc.then(per_text(per)).then(", open for ").and(self.expression(open_for))
            }
            GuardStatement::Approval { quorum, asked, when, timeout, otherwise } => {
                let asked = self.asked(quorum.as_ref(), asked);
                let asked = asked.and_if(" when ", self.maybe(when.as_ref()));
                let asked = asked.and_if(", timeout ", self.maybe(timeout.as_ref()));
                asked.and_if(" else ", otherwise.as_ref().map(name))
            }
            GuardStatement::Canary(waves, settle) => {
                let settle = settle.as_ref().map(|time| self.word("settle ", time));
                let mut waves = waves.iter();
                let first = waves.next().map(|first| self.expression(first)).unwrap_or_default();
                let others = waves.map(|wave| self.word("then ", wave)).chain(settle);
                Doc::continued(Doc::text("canary ").and(first), others)
            }
            GuardStatement::Freeze(calendar) => Doc::text("freeze ").then(self.text(calendar)),
            GuardStatement::Only(calendar) => Doc::text("only ").then(self.text(calendar)),
            GuardStatement::Storm { firings, window, open_for } => {
                let doc = self.word("storm ", firings).then(" firings in ").and(self.expression(window));
                doc.then(", open for ").and(self.expression(open_for))
            }
            GuardStatement::EscalateWithheld(time) => self.word("escalate when withheld for ", time),
        };
        Node::line(statement.range, doc)
    }

    fn asked(self, quorum: Option<&Expression>, asked: &Asked) -> Doc {
        let quorum = quorum.map(|one| self.expression(one).then(" of ")).unwrap_or_default();
        let asked = match asked {
            Asked::Team(team) => Doc::text(self.text(team)),
            Asked::Channel(call) => self.call(call),
        };
        Doc::text("approval ").and(quorum).and(asked)
    }

    fn limits(self, limits: &[Spanned<Limit>]) -> Doc {
        let last = limits.len().saturating_sub(1);
        let mut limits = limits
            .iter()
            .enumerate()
            .map(|(at, one)| self.limit(&one.value).then(if at == last { "" } else { "," }));
        let first = limits.next().unwrap_or_default();
        Doc::continued(Doc::text("limit ").and(first), limits)
    }

    fn limit(self, limit: &Limit) -> Doc {
        let window = self.expression(&limit.window);
        self.expression(&limit.runs).then(" per ").and(window).then(per_text(&limit.per))
    }
}

fn name(name: &Name) -> Doc {
    Doc::text(name.value.clone())
}

fn per_text(paths: &[Path]) -> String {
    match paths {
        [] => String::new(),
        [path] => format!(" per {}", path_text(path)),
        _ => format!(" per ({})", paths.iter().map(path_text).collect::<Vec<_>>().join(", ")),
    }
}
