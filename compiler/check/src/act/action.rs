//! Actions: what a plan's steps do.

use heal_diagnostics::{Code, Diagnostic};
use heal_expr::{Expected, SpanKind, with_nearest};
use heal_program::{Action, ActionIndex, Argument, FieldKind, Millis, Operation, Parameter, Risk};
use heal_syntax::tree::{
    self, ActionStatement, Call, CallArgument, Expression, ExpressionKind, ItemKind, Name, Object, Spanned,
};

use crate::{
    ItemKind as Kind, ReferenceKind,
    act::{call::Caller, request::WrittenRequest},
    check::{Checker, range_of},
    item::Item,
    known::{ActionShape, ParameterShape},
    scope::Locals,
    statements::Slot,
};

/// How long an action or a channel may take that does not say.
pub(super) const TIMEOUT_DEFAULT: Millis = Millis::from_seconds(60);

/// The risk that is assumed of an action whose own was reported.
const RISK_ASSUMED: Risk = Risk::Low;

/// What an action does, as written.
enum WrittenOperation<'t> {
    Command(&'t [Expression], Option<&'t Name>),
    Kubernetes(&'t Name, &'t Name, Option<&'t Object>),
    Http,
}

/// The statements of an action, each where it may stand.
struct Written<'t> {
    operation: Slot<WrittenOperation<'t>>,
    request: WrittenRequest<'t>,
    risk: Slot<&'t Name>,
    timeout: Slot<&'t Expression>,
    idempotent: Slot<()>,
    replaces: Vec<&'t Name>,
    undo: Slot<&'t Call>,
    affects: Slot<&'t tree::Affects>,
}

impl<'a> Checker<'a> {
    /// Makes the parameters of an action known, before any action is checked: an `undo` may call any other.
    pub(crate) fn declare_action(&mut self, item: &Item<'a>) {
        if let ItemKind::Action(action) = &item.tree.kind {
            self.parameters(item, &action.parameters);
        }
    }

    /// Checks an action.
    pub(crate) fn action(&mut self, item: &Item<'a>) -> Option<Action> {
        let ItemKind::Action(action) = &item.tree.kind else { return None };
        let shapes = self.known.parameters.get(&item.id).cloned().unwrap_or_default();
        let locals = Locals::of_parameters(&shapes);
        let written = self.action_statements(item, action);
        let operation = self.operation(item, &shapes, &locals, &written);
        let timeout = match written.timeout.value() {
            Some(span) => self.constant_span(item, span, SpanKind::Positive),
            None => Some(TIMEOUT_DEFAULT),
        };
        let idempotent = written.idempotent.value().is_some();
        let replaces = self.replaces(item, &shapes, &written.replaces);
        let undo = written.undo.value().map(|call| self.undo_call(item, &locals, call, &written.replaces));
        let affects = self.affects(item, &written.affects);
        let risk = written.risk.value().map(|word| (*word, self.risk_word(item, word)));
        if let Some((word, Some(risk))) = risk {
            self.action_risk(item, &shapes, word, risk, (idempotent, undo.is_some()));
        }
        let risk = risk.and_then(|(_, risk)| risk);
        let shape = ActionShape {
            risk: risk.unwrap_or(RISK_ASSUMED),
            timeout: timeout.unwrap_or(TIMEOUT_DEFAULT),
            idempotent: idempotent || item.tree.incomplete,
            replaces: written.replaces.iter().map(|name| name.value.clone()).collect(),
            undo: undo.as_ref().map(|undo| undo.as_ref().map(|(action, _)| action.0)),
            affects: affects.clone().flatten(),
            place: item.place(),
        };
        self.known.actions.insert(item.index, shape);
        let undo = match undo {
            Some(undo) => Some(undo?),
            None => None,
        };
        Some(Action {
            head: item.head(),
            parameters: finished(&shapes)?,
            operation: operation?,
            risk: risk?,
            idempotent,
            timeout: timeout?,
            replaces: replaces?,
            undo,
            affects: affects?,
        })
    }

    fn action_statements(&mut self, item: &Item<'a>, action: &'a tree::Action) -> Written<'a> {
        let mut written = Written {
            operation: Slot::new("operation"),
            request: WrittenRequest::default(),
            risk: Slot::new("risk"),
            timeout: Slot::new("timeout"),
            idempotent: Slot::new("idempotent"),
            replaces: Vec::new(),
            undo: Slot::new("undo"),
            affects: Slot::new("affects"),
        };
        for Spanned { value: statement, range } in &action.statements {
            let range = *range;
            match statement {
                ActionStatement::Command(arguments, on) => {
                    let command = WrittenOperation::Command(arguments, on.as_ref());
                    self.fill(item, &mut written.operation, command, range);
                }
                ActionStatement::Kubernetes(verb, target, options) => {
                    let request = WrittenOperation::Kubernetes(verb, target, options.as_ref());
                    self.fill(item, &mut written.operation, request, range);
                }
                ActionStatement::Http(method, url) => {
                    let is_first = written.operation.value().is_none();
                    self.fill(item, &mut written.operation, WrittenOperation::Http, range);
                    if is_first {
                        self.fill(item, &mut written.request.http, (method, url), range);
                    }
                }
                ActionStatement::Secret(secret) => written.request.secret(secret, range),
                ActionStatement::Header(name, value) => written.request.header(name, value, range),
                ActionStatement::Body(body) => self.fill(item, &mut written.request.body, body, range),
                ActionStatement::Success(condition) => {
                    self.fill(item, &mut written.request.success, condition, range);
                }
                ActionStatement::Risk(word) => self.fill(item, &mut written.risk, word, range),
                ActionStatement::Timeout(span) => self.fill(item, &mut written.timeout, span, range),
                ActionStatement::Idempotent => self.fill(item, &mut written.idempotent, (), range),
                ActionStatement::Replaces(name) => written.replaces.push(name),
                ActionStatement::Affects(affects) => self.fill(item, &mut written.affects, affects, range),
                ActionStatement::Undo(call) => self.fill(item, &mut written.undo, call, range),
            }
        }
        self.require(item, &written.operation, "command [\"systemctl\", \"restart\", unit] on host");
        self.require(item, &written.risk, "risk medium");
        written
    }

    fn operation(
        &mut self,
        item: &Item<'a>,
        parameters: &[ParameterShape],
        locals: &Locals,
        written: &Written<'_>,
    ) -> Option<Operation> {
        let operation = written.operation.value()?;
        if !matches!(operation, WrittenOperation::Http) {
            self.only_of_requests(item, &written.request);
        }
        match operation {
            WrittenOperation::Command(arguments, on) => {
                self.command(item, parameters, locals, arguments, *on)
            }
            WrittenOperation::Kubernetes(verb, target, options) => {
                let target = self.entity_parameter(item, parameters, target);
                let options = options.map(|options| self.object(item, locals, options));
                let options = match options {
                    Some(options) => options?,
                    None => Vec::new(),
                };
                Some(Operation::Kubernetes { verb: verb.value.clone(), target: target?, options })
            }
            WrittenOperation::Http => self.request(item, locals, &written.request).map(Operation::Http),
        }
    }

    /// An argument vector: each item is one argument, whatever its text.
    fn command(
        &mut self,
        item: &Item<'a>,
        parameters: &[ParameterShape],
        locals: &Locals,
        arguments: &[Expression],
        on: Option<&Name>,
    ) -> Option<Operation> {
        if arguments.is_empty() {
            self.lacks(item, "program to run", "command [\"systemctl\", \"restart\", unit] on host");
        }
        let typed: Vec<_> =
            arguments.iter().map(|it| self.expression(item, locals, it, &Expected::Text)).collect();
        let on = match on {
            Some(name) => Some(self.entity_parameter(item, parameters, name)?),
            None => None,
        };
        let arguments: Option<Vec<_>> = typed.into_iter().map(|it| it.map(|it| it.expression)).collect();
        arguments
            .filter(|arguments| !arguments.is_empty())
            .map(|arguments| Operation::Command { arguments, on })
    }

    /// `replaces pod`: parameters that are entities, each once.
    fn replaces(
        &mut self,
        item: &Item<'a>,
        parameters: &[ParameterShape],
        names: &[&Name],
    ) -> Option<Vec<String>> {
        let mut replaced: Vec<Option<String>> = Vec::new();
        for (at, name) in names.iter().enumerate() {
            let first = names.iter().take(at).find(|before| before.value == name.value);
            match first {
                Some(first) => self.duplicate(item, name, first.range, "replaced parameter"),
                None => replaced.push(self.entity_parameter(item, parameters, name)),
            }
        }
        replaced.into_iter().collect()
    }

    /// `undo scale_in(workload)`: another action, with arguments in terms of this one's parameters.
    fn undo_call(
        &mut self,
        item: &Item<'a>,
        locals: &Locals,
        call: &Call,
        replaced: &[&Name],
    ) -> Option<(ActionIndex, Vec<Argument>)> {
        let need = "`undo` needs";
        let called = self.item_of_kind(item, &call.target, Kind::Action, need, ReferenceKind::Uses)?;
        let arguments = self.bind(item, call, &called, Caller::Item(locals))?;
        for argument in &arguments {
            let Argument::Entity(name) = argument else { continue };
            let Some(by) = replaced.iter().find(|replaced| replaced.value == *name) else { continue };
            let message = format!("`{name}` is another one after `{}`, which replaces it", item.name.value);
            let is_it = |written: &&CallArgument| matches!(written.value.kind.as_ref(), ExpressionKind::Name(written) if written == name);
            let written = call.arguments.iter().flatten().find(is_it);
            let range = written.map_or(range_of(&call.target), |written| written.value.range);
            let diagnostic = Diagnostic::error(Code::REPLACED_ENTITY, item.unit.file, range, message)
                .with_secondary(item.unit.file, by.range, "it is replaced here")
                .with_help("what replaces an entity cannot be taken back on it: leave `undo` out");
            self.diagnostics.push(diagnostic);
            return None;
        }
        Some((ActionIndex(called.index), arguments))
    }

    /// The name of a parameter that is an entity.
    pub(super) fn entity_parameter(
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

/// The program's form of parameters; `None` when one was reported.
pub(crate) fn finished(shapes: &[ParameterShape]) -> Option<Vec<Parameter>> {
    let parameter = |it: &ParameterShape| Some(Parameter { name: it.name.clone(), kind: it.kind.clone()? });
    shapes.iter().map(parameter).collect()
}
