//! Statements of actions, channels and plans.

use heal_diagnostics::TextRange;
use heal_syntax::tree::{
    ActionStatement, Affects, ChannelStatement, HttpMethod, PlanStatement, Spanned, Step, StepOption,
};

use crate::doc::Doc;
use crate::expression::Spelling;
use crate::node::{Body, Node};
use crate::parts::{names_text, path_text};

impl Spelling<'_> {
    /// A statement of an action.
    pub(crate) fn action_statement(self, statement: &Spanned<ActionStatement>) -> Node {
        let doc = match &statement.value {
            ActionStatement::Command(words, host) => {
                let host = host.as_ref().map(|name| Doc::text(name.value.clone()));
                Doc::text("command ").and(self.list(words)).and_if(" on ", host)
            }
            ActionStatement::Kubernetes(verb, target, options) => {
                let head = Doc::text(format!("kubernetes {} {}", verb.value, target.value));
                match options {
                    Some(options) => return self.with_object(statement.range, head, options),
                    None => head,
                }
            }
            ActionStatement::Http(method, url) => self.http(method.value, url),
            ActionStatement::Secret(secret) => self.secret(secret),
            ActionStatement::Header(name, value) => {
                Doc::text("header ").then(self.text(name)).then(" ").and(self.expression(value))
            }
            ActionStatement::Body(object) => {
                return self.with_object(statement.range, Doc::text("body"), object);
            }
            ActionStatement::Success(condition) => self.word("success ", condition),
            ActionStatement::Risk(name) => Doc::text(format!("risk {}", name.value)),
            ActionStatement::Timeout(time) => self.word("timeout ", time),
            ActionStatement::Idempotent => Doc::text("idempotent"),
            ActionStatement::Replaces(name) => Doc::text(format!("replaces {}", name.value)),
            ActionStatement::Affects(affects) => affected(affects),
            ActionStatement::Undo(call) => Doc::text("undo ").and(self.call(call)),
        };
        Node::line(statement.range, doc)
    }

    /// A statement of a channel.
    pub(crate) fn channel_statement(self, statement: &Spanned<ChannelStatement>) -> Node {
        let doc = match &statement.value {
            ChannelStatement::Http(method, url) => self.http(method.value, url),
            ChannelStatement::Secret(secret) => self.secret(secret),
            ChannelStatement::Header(name, value) => {
                Doc::text("header ").then(self.text(name)).then(" ").and(self.expression(value))
            }
            ChannelStatement::Body(object) => {
                return self.with_object(statement.range, Doc::text("body"), object);
            }
            ChannelStatement::Success(condition) => self.word("success ", condition),
            ChannelStatement::Timeout(time) => self.word("timeout ", time),
        };
        Node::line(statement.range, doc)
    }

    fn http(self, method: HttpMethod, url: &Spanned<String>) -> Doc {
        Doc::text(format!("http {} ", method.word())).then(self.text(url))
    }

    /// A statement of a plan.
    pub(crate) fn plan_statement(self, statement: &Spanned<PlanStatement>) -> Node {
        let range = statement.range;
        let doc = match &statement.value {
            PlanStatement::Risk(name) => Doc::text(format!("risk {}", name.value)),
            PlanStatement::Require(condition) => self.word("require ", condition),
            PlanStatement::Disturbs(disturbs) => {
                let everywhere = if disturbs.everywhere { " everywhere" } else { "" };
                let head = format!("disturbs {}{everywhere} for ", path_text(&disturbs.signal));
                Doc::text(head).and(self.expression(&disturbs.span))
            }
            PlanStatement::Affects(affects) => affected(affects),
            PlanStatement::Step(step) => return self.step(range, step),
            PlanStatement::ForEach(each) => {
                let head = format!("for each {} in {}", each.variable.value, path_text(&each.entity));
                let head = Doc::text(head)
                    .and_if(" where ", self.maybe(each.condition.as_ref()))
                    .and_if(" at most ", self.maybe(each.at_most.as_ref()));
                return self.steps(range, head, &each.steps);
            }
            PlanStatement::Verify(condition, time) => {
                self.word("verify ", condition).then(" within ").and(self.expression(time))
            }
            PlanStatement::Undo(steps) => return self.steps(range, Doc::text("undo"), steps),
            PlanStatement::Always(steps) => return self.steps(range, Doc::text("always"), steps),
            PlanStatement::RevertAfter(time) => self.word("revert after ", time),
            PlanStatement::RevertOnClear => Doc::text("revert on clear"),
        };
        Node::line(range, doc)
    }

    fn steps(self, range: TextRange, head: Doc, steps: &[Spanned<Step>]) -> Node {
        self.block(range, head, steps.iter().map(|one| self.step(one.range, &one.value)).collect())
    }

    /// A step: its options on its line, or each on its own.
    fn step(self, range: TextRange, step: &Step) -> Node {
        let head = Doc::text(format!("step {} = ", step.name.value)).and(self.call(&step.call));
        if step.options.is_empty() {
            return Node::line(range, head);
        }
        let options = step.options.iter().map(|one| Node::line(one.range, self.step_option(&one.value)));
        let nodes: Vec<_> = options.collect();
        let inline = nodes.iter().enumerate().fold(head.clone().then(" { "), |all, (at, node)| {
            all.then(if at == 0 { "" } else { "  " }).and(node.doc.clone())
        });
        let open = self.bracket('{', range.start);
        let body = Body { open, braces: ("{", "}"), nodes, inline: Some(inline.then(" }")) };
        Node { range, doc: head, body: Some(body) }
    }

    fn step_option(self, option: &StepOption) -> Doc {
        match option {
            StepOption::Timeout(time) => self.word("timeout ", time),
            StepOption::Retry(count, pause) => {
                self.word("retry ", count).and_if(" every ", self.maybe(pause.as_ref()))
            }
            StepOption::After(names) => Doc::text(format!("after {}", names_text(names))),
        }
    }
}

/// `affects rss, hits`, `affects nothing`
fn affected(affects: &Affects) -> Doc {
    let names: Vec<String> = affects.names.iter().map(path_text).collect();
    let names = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    Doc::text(format!("affects {names}"))
}
