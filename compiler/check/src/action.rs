//! Actions and channels: what a plan's steps do, and how people are told.

use heal_diagnostics::{Code, Diagnostic};
use heal_expr::{Expected, SpanKind, with_nearest};
use heal_program::{Action, Channel, FieldKind, HttpRequest, Millis, Operation, Parameter, Risk};
use heal_syntax::tree::{self, ActionStatement, Expression, ItemKind, Name, Spanned};

use crate::{
    check::Checker,
    item::Item,
    known::{ActionShape, ParameterShape},
    scope::Locals,
    statements::Slot,
};

/// How long an action may take that does not say.
const TIMEOUT_DEFAULT: Millis = Millis::from_seconds(60);

/// The risk that is assumed of an action whose own was reported.
const RISK_ASSUMED: Risk = Risk::Low;

impl<'a> Checker<'a> {
    /// Checks an action.
    pub(crate) fn action(&mut self, item: &Item<'a>) -> Option<Action> {
        let ItemKind::Action(action) = &item.tree.kind else { return None };
        let shapes = self.parameters(item, &action.parameters);
        let statements = self.action_statements(item, action, &shapes);
        let shape = ActionShape {
            risk: statements.risk.unwrap_or(RISK_ASSUMED),
            timeout: statements.timeout.unwrap_or(TIMEOUT_DEFAULT),
        };
        self.known.actions.insert(item.index, shape);
        Some(Action {
            head: item.head(),
            parameters: finished(&shapes)?,
            operation: statements.operation?,
            risk: statements.risk?,
            idempotent: statements.idempotent,
            timeout: statements.timeout?,
            replaces: Vec::new(),
            undo: None,
        })
    }

    /// Checks a channel.
    pub(crate) fn channel(&mut self, item: &Item<'a>) -> Option<Channel> {
        let ItemKind::Channel(channel) = &item.tree.kind else { return None };
        let shapes = self.parameters(item, &channel.parameters);
        let url = channel.statements.iter().find_map(|statement| match &statement.value {
            tree::ChannelStatement::Http(_, url) => Some(url),
            tree::ChannelStatement::Secret(_)
            | tree::ChannelStatement::Header(..)
            | tree::ChannelStatement::Body(_)
            | tree::ChannelStatement::Success(_)
            | tree::ChannelStatement::Timeout(_) => None,
        })?;
        if !url.value.starts_with("https://") && !url.value.starts_with("http://") {
            let message = format!("`{}` is not an address", url.value);
            let diagnostic = Diagnostic::error(Code::BAD_LITERAL, item.unit.file, url.range, message)
                .with_help("an address begins with `https://` or `http://`");
            self.diagnostics.push(diagnostic);
            return None;
        }
        let request = HttpRequest {
            method: "POST".to_owned(),
            url: url.value.clone(),
            secrets: Vec::new(),
            headers: Vec::new(),
            body: None,
            success: None,
        };
        Some(Channel { head: item.head(), parameters: finished(&shapes)?, request, timeout: TIMEOUT_DEFAULT })
    }

    fn action_statements(
        &mut self,
        item: &Item<'a>,
        action: &'a tree::Action,
        parameters: &[ParameterShape],
    ) -> Statements {
        let mut operation: Slot<&ActionStatement> = Slot::new("operation");
        let mut risk: Slot<&Name> = Slot::new("risk");
        let mut timeout: Slot<&Expression> = Slot::new("timeout");
        let mut idempotent: Slot<()> = Slot::new("idempotent");
        for Spanned { value: statement, range } in &action.statements {
            match statement {
                ActionStatement::Command(..) | ActionStatement::Kubernetes(..) => {
                    self.fill(item, &mut operation, statement, *range);
                }
                ActionStatement::Risk(word) => self.fill(item, &mut risk, word, *range),
                ActionStatement::Timeout(span) => self.fill(item, &mut timeout, span, *range),
                ActionStatement::Idempotent => self.fill(item, &mut idempotent, (), *range),
                ActionStatement::Http(..)
                | ActionStatement::Secret(_)
                | ActionStatement::Header(..)
                | ActionStatement::Body(_)
                | ActionStatement::Success(_)
                | ActionStatement::Replaces(_)
                | ActionStatement::Undo(_) => {}
            }
        }
        self.require(item, &operation, "command [\"systemctl\", \"restart\", unit] on host");
        self.require(item, &risk, "risk low");
        let operation = match operation.value() {
            Some(ActionStatement::Command(arguments, on)) => {
                self.command(item, parameters, arguments, on.as_ref())
            }
            Some(ActionStatement::Kubernetes(verb, target, _)) => {
                let target = self.entity_parameter(item, parameters, target);
                target.map(|target| Operation::Kubernetes {
                    verb: verb.value.clone(),
                    target,
                    options: Vec::new(),
                })
            }
            Some(_) | None => None,
        };
        let risk = risk.value().and_then(|word| self.risk_word(item, word));
        let timeout = match timeout.value() {
            Some(span) => self.constant_span(item, span, SpanKind::Positive),
            None => Some(TIMEOUT_DEFAULT),
        };
        Statements { operation, risk, timeout, idempotent: idempotent.value().is_some() }
    }

    /// An argument vector: each item is one argument, whatever its text.
    fn command(
        &mut self,
        item: &Item<'a>,
        parameters: &[ParameterShape],
        arguments: &[Expression],
        on: Option<&Name>,
    ) -> Option<Operation> {
        let locals = Locals::of_parameters(parameters);
        if arguments.is_empty() {
            self.lacks(item, "program to run", "command [\"systemctl\", \"restart\", unit] on host");
        }
        let typed: Vec<_> =
            arguments.iter().map(|it| self.expression(item, &locals, it, &Expected::Text)).collect();
        let on = match on {
            Some(name) => Some(self.entity_parameter(item, parameters, name)?),
            None => None,
        };
        let arguments: Option<Vec<_>> = typed.into_iter().map(|it| it.map(|it| it.expression)).collect();
        arguments
            .filter(|arguments| !arguments.is_empty())
            .map(|arguments| Operation::Command { arguments, on })
    }

    /// The name of a parameter that is an entity.
    fn entity_parameter(
        &mut self,
        item: &Item<'a>,
        parameters: &[ParameterShape],
        name: &Name,
    ) -> Option<String> {
        let Some(parameter) = parameters.iter().find(|parameter| parameter.name == name.value) else {
            let message = format!("`{}` has no parameter `{}`", item.name.value, name.value);
            let diagnostic = Diagnostic::error(Code::UNKNOWN_NAME, item.unit.file, name.range, message);
            let known = parameters.iter().map(|parameter| parameter.name.as_str());
            self.diagnostics.push(with_nearest(diagnostic, &name.value, name.range, known));
            return None;
        };
        match parameter.kind.as_ref()? {
            FieldKind::Entity(_) => Some(parameter.name.clone()),
            FieldKind::Text | FieldKind::Quantity(_) | FieldKind::Entities(_) => {
                let message = format!("`{}` is not an entity", name.value);
                self.error(item, Code::TYPE_MISMATCH, name.range, message);
                None
            }
        }
    }
}

/// What an action's statements say; none where one is missing or was reported.
struct Statements {
    operation: Option<Operation>,
    risk: Option<Risk>,
    timeout: Option<Millis>,
    idempotent: bool,
}

/// The program's form of parameters; `None` when one was reported.
pub(crate) fn finished(shapes: &[ParameterShape]) -> Option<Vec<Parameter>> {
    let parameter = |it: &ParameterShape| Some(Parameter { name: it.name.clone(), kind: it.kind.clone()? });
    shapes.iter().map(parameter).collect()
}
