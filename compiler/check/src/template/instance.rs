//! Instances: detectors and policies that are made from a template.

use heal_diagnostics::{Code, Diagnostic, TextRange};
use heal_expr::{Expected, Place, Type, Value};
use heal_program::FieldKind;
use heal_syntax::tree::{self, Expression, Instance, InstanceKind, Parameter};

use super::{Binder, Spec, Takes, binder::Written};
use crate::{
    ItemKind, ReferenceKind,
    check::{Checker, range_of},
    item::Item,
    known::{Binding, Bindings, BindingsId, TemplateShape},
    scope::Locals,
};

impl<'a> Checker<'a> {
    /// Checks the body of a template with stand-ins for its parameters: `body` checks an item's statements, its
    /// parameters bound. Nothing comes of it but what is said.
    pub(crate) fn template(
        &mut self,
        item: &Item<'a>,
        parameters: &'a [Parameter],
        body: impl FnOnce(&mut Checker<'a>, &Item<'a>),
    ) {
        let before = self.diagnostics.len();
        let specs = self.specs(item, parameters);
        let bound = self.stand_ins(item, &specs);
        let start = self.diagnostics.len();
        body(self, &item.bound(bound));
        self.forget_stand_ins(&specs, start);
        let broken = self.has_errors_since(before) || item.tree.incomplete;
        self.known.templates.insert(item.id, TemplateShape { specs, broken });
    }

    /// Makes an item from a template: `body` checks the template's statements with their parameters bound. `None` when
    /// something is wrong, or was wrong with the template.
    pub(crate) fn instance<T>(
        &mut self,
        item: &Item<'a>,
        instance: &'a Instance,
        body: impl FnOnce(&mut Checker<'a>, &Item<'a>) -> Option<T>,
    ) -> Option<T> {
        let (wanted, need) = match instance.kind {
            InstanceKind::Detector => (ItemKind::DetectorTemplate, "a detector is made from"),
            InstanceKind::Policy => (ItemKind::PolicyTemplate, "a policy is made from"),
        };
        let target = &instance.template.target;
        let template = self.item_of_kind(item, target, wanted, need, ReferenceKind::Reads)?;
        let shape = self.known.templates.get(&template.id)?.clone();
        let bound = self.instance_bindings(item, instance, &template, &shape);
        if shape.broken {
            return None;
        }
        let start = self.diagnostics.len();
        let made = body(self, &template.bound(bound?));
        self.blame_instance(item, instance, &template, &shape.specs, start);
        made
    }

    /// What is given for each parameter.
    fn instance_bindings(
        &mut self,
        item: &Item<'a>,
        instance: &'a Instance,
        template: &Item<'a>,
        TemplateShape { specs, broken }: &TemplateShape<'a>,
    ) -> Option<BindingsId> {
        let place = Place { file: item.unit.file, range: range_of(&instance.template.target) };
        let mut binder = Binder::new(place, *template);
        let arguments: &'a [tree::CallArgument] = instance.template.arguments.as_deref().unwrap_or_default();
        let written: Vec<Written<'_>> = arguments
            .iter()
            .map(|argument| Written { name: argument.name.as_ref(), range: argument.value.range })
            .collect();
        let given = binder.assign(specs, &written, &mut self.diagnostics)?;
        let id = self.known.bind(Bindings::new());
        let mut all = true;
        for (spec, position) in specs.iter().zip(given) {
            let argument = position.and_then(|at| arguments.get(at)).map(|argument| &argument.value);
            let binding = match (&spec.takes, argument) {
                (None, _) => None,
                (Some(takes), Some(argument)) => self.given(item, &mut binder, spec, takes, argument),
                // What is wrong with a default was said where it stands.
                (Some(Takes::Value(_)), None) if *broken => None,
                (Some(Takes::Value(kind)), None) => self.default_of(template, id, spec, kind),
                (Some(Takes::Series { .. } | Takes::Detector(_)), None) => None,
            };
            all &= binding.is_some();
            let binding = binding.map_or(Binding::Reported, Binding::Value);
            self.known.add_binding(id, &spec.name.value, binding);
        }
        all.then_some(id)
    }

    fn given(
        &mut self,
        item: &Item<'a>,
        binder: &mut Binder<'_>,
        spec: &Spec<'a>,
        takes: &Takes,
        argument: &Expression,
    ) -> Option<Value> {
        let locals = Locals::of_telemetry();
        if let Takes::Value(kind) = takes {
            let expected = Expected::Argument(Type::of_field(kind));
            return self.expression(item, &locals, argument, &expected).map(Value::Bound);
        }
        if binder.is_trigger(spec) {
            self.names.reading = ReferenceKind::Triggers;
        }
        let value = self.named_value(item, &locals, argument);
        self.names.reading = ReferenceKind::Reads;
        let value = match value {
            Some(value) => Some(value?),
            None => None,
        };
        let text = item.unit.source().line(argument.range);
        binder.by_name(spec, takes, value.as_ref(), &text, argument.range, &mut self.diagnostics)
    }

    /// The value of a default: it may read the parameters before its own.
    fn default_of(
        &mut self,
        template: &Item<'a>,
        id: BindingsId,
        spec: &Spec<'a>,
        kind: &FieldKind,
    ) -> Option<Value> {
        let expected = Expected::Argument(Type::of_field(kind));
        let inner = template.bound(id);
        self.expression(&inner, &Locals::of_telemetry(), spec.default?, &expected).map(Value::Bound)
    }

    /// Says at an instance what is wrong in its template because of it. What a template's own check has said is not
    /// among that: it comes before, and leaves the template broken.
    fn blame_instance(
        &mut self,
        item: &Item<'a>,
        instance: &Instance,
        template: &Item<'a>,
        specs: &[Spec<'a>],
        start: usize,
    ) {
        let caused = self.diagnostics.split_off(start);
        let Some(first) = caused.into_iter().find(Diagnostic::is_error) else { return };
        let target = range_of(&instance.template.target);
        let range = culprit(instance, template, specs, &first).unwrap_or(target);
        let diagnostic = blamed(item, template, first, range);
        self.diagnostics.push(diagnostic);
    }

    /// Whether an error is among the diagnostics from a position on.
    pub(super) fn has_errors_since(&self, before: usize) -> bool {
        self.diagnostics.iter().skip(before).any(Diagnostic::is_error)
    }
}

/// The argument that a mistake in a template comes from: that of the only parameter which is read at its place.
fn culprit(
    instance: &Instance,
    template: &Item<'_>,
    specs: &[Spec<'_>],
    wrong: &Diagnostic,
) -> Option<TextRange> {
    if wrong.primary.file != template.unit.file {
        return None;
    }
    let text = template.unit.source().line(wrong.primary.range);
    let words = || text.split(|one: char| !one.is_alphanumeric() && one != '_');
    let mut read = specs.iter().enumerate().filter(|(_, spec)| words().any(|word| word == spec.name.value));
    let (Some((at, spec)), None) = (read.next(), read.next()) else { return None };
    let arguments = instance.template.arguments.as_deref().unwrap_or_default();
    let is_named = |argument: &&tree::CallArgument| {
        argument.name.as_ref().is_some_and(|name| name.value == spec.name.value)
    };
    let by_name = arguments.iter().find(is_named);
    // What is given by position comes before all that is given by name.
    let by_position = arguments.iter().take_while(|argument| argument.name.is_none()).nth(at);
    by_name.or(by_position).map(|argument| argument.value.range)
}

/// A diagnostic of a body, told at a use of it.
pub(super) fn blamed(item: &Item<'_>, callee: &Item<'_>, inner: Diagnostic, range: TextRange) -> Diagnostic {
    let message = format!("`{}` does not work with what is given: {}", callee.name.value, inner.message);
    let code: Code = inner.code;
    let place = &inner.primary;
    let mut diagnostic = Diagnostic::error(code, item.unit.file, range, message).with_secondary(
        place.file,
        place.range,
        format!("here in `{}`", callee.name.value),
    );
    diagnostic.help = inner.help;
    diagnostic
}
