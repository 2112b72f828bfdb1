//! Functions: an expression with parameters, put in where it is called.

use heal_diagnostics::{Code, Diagnostic};
use heal_expr::{
    DEPTH_MAX, EntityPath, Environment, Expected, Given, NODES_MAX, Place, Reported, Type, Typed, Value,
    check_entity, fit, with_nearest,
};
use heal_program::FieldKind;
use heal_syntax::tree::{Expression, ExpressionKind, ItemKind as TreeKind, Name};

use super::{
    Binder, Spec, Takes,
    binder::Written,
    hygiene::{Hidden, hide, reveal},
    instance::blamed,
};
use crate::{
    ItemKind, ReferenceKind,
    check::Checker,
    item::Item,
    known::{Binding, FunctionShape},
    names::Found,
    order::{depth_of, named_by},
    scope::{Locals, Scope},
};

impl<'a> Checker<'a> {
    /// Checks a function with stand-ins for its parameters. The functions that it calls have been checked before.
    pub(crate) fn function(&mut self, item: &Item<'a>) {
        let TreeKind::Function(function) = &item.tree.kind else { return };
        let before = self.diagnostics.len();
        let specs = self.specs(item, &function.parameters);
        let below = self.tallest_callee(item);
        let height = depth_of(&function.value) + below;
        if below > DEPTH_MAX {
            // What it calls is too deep already, which has been reported.
            self.known
                .functions
                .insert(item.index, FunctionShape { item: *item, specs, height, broken: true });
            return;
        }
        if height > DEPTH_MAX {
            let message = format!("with what it calls, `{}` nests deeper than {DEPTH_MAX}", item.name.value);
            let diagnostic = Diagnostic::error(Code::TOO_DEEP, item.unit.file, item.name.range, message)
                .with_help("split it: let a detector read another one, which has its own expression");
            self.diagnostics.push(diagnostic);
        } else {
            let bound = self.stand_ins(item, &specs);
            let start = self.diagnostics.len();
            let locals = Locals::of_telemetry();
            let typed = self.expression(&item.bound(bound), &locals, &function.value, &Expected::Any);
            self.forget_stand_ins(&specs, start);
            if typed.is_none() && self.diagnostics.len() == start {
                // What it rests on was reported elsewhere.
                self.known
                    .functions
                    .insert(item.index, FunctionShape { item: *item, specs, height, broken: true });
                return;
            }
        }
        let broken = self.has_errors_since(before) || item.tree.incomplete;
        self.known.functions.insert(item.index, FunctionShape { item: *item, specs, height, broken });
    }

    fn tallest_callee(&mut self, item: &Item<'a>) -> usize {
        let named = named_by(item, &mut self.names);
        let functions = named.iter().filter(|callee| callee.kind == ItemKind::Function);
        functions.filter_map(|it| self.known.functions.get(&it.index)).map(|it| it.height).max().unwrap_or(0)
    }
}

impl<'c, 'a> Scope<'c, 'a> {
    /// What a called name is here; `None` when it is no item.
    pub(crate) fn callee(&mut self, module: Option<&Name>, function: &Name) -> Option<Found<'a>> {
        match module {
            Some(module) if self.is_local(&module.value) => None,
            Some(module) => self.names.member(&self.item, &module.value, &function.value),
            None => match self.names.plain(&self.item, &function.value) {
                Found::Missing => None,
                found @ (Found::Item(_) | Found::Reported | Found::Module | Found::Private(_)) => Some(found),
            },
        }
    }

    /// Calls a function with these arguments.
    pub(crate) fn called(
        &mut self,
        module: Option<&Name>,
        function: &Name,
        arguments: &[Given<'_>],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Result<Typed, Reported>> {
        let found = match self.callee(module, function)? {
            Found::Item(found) if found.kind == ItemKind::Function => found,
            Found::Item(found) => {
                self.names.note(&self.item, &found, ReferenceKind::Uses, function.range);
                diagnostics.push(self.not_called(&found, function));
                return Some(Err(Reported));
            }
            Found::Private(found) => {
                diagnostics.push(found.private(&function.value, self.item.unit.file, function.range));
                return Some(Err(Reported));
            }
            Found::Missing => {
                diagnostics.push(self.unknown_function(module, function));
                return Some(Err(Reported));
            }
            Found::Reported => return Some(Err(Reported)),
            Found::Module => return None,
        };
        self.names.note(&self.item, &found, ReferenceKind::Reads, function.range);
        let known = self.known;
        let shape = known.functions.get(&found.index).filter(|shape| !shape.broken);
        let Some(shape) = shape else { return Some(Err(Reported)) };
        Some(self.inlined(shape, function, arguments, diagnostics).ok_or(Reported))
    }

    fn inlined(
        &mut self,
        shape: &'c FunctionShape<'a>,
        function: &Name,
        arguments: &[Given<'_>],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Typed> {
        let TreeKind::Function(tree) = &shape.item.tree.kind else { return None };
        let mut hidden = Hidden::default();
        let locals = self.call_locals(shape, function, arguments, &mut hidden, diagnostics)?;
        let mut inner = Vec::new();
        let mut scope =
            Scope { spent: self.spent, ..Scope::new(shape.item, &mut *self.names, self.known, &locals) };
        let source = shape.item.unit.source();
        let typed = heal_expr::check(&tree.value, &Expected::Any, source, &mut scope, &mut inner);
        self.spent = scope.spent;
        if let Some(first) = inner.into_iter().find(Diagnostic::is_error) {
            diagnostics.push(blamed(&self.item, &shape.item, first, function.range));
            return None;
        }
        let mut typed = typed?;
        reveal(&mut typed.expression, &hidden);
        let size = typed.expression.size();
        self.spent += size.nodes;
        if size.nodes > NODES_MAX || size.depth > DEPTH_MAX {
            let message = format!("with what it stands for, `{}` is too large here", function.value);
            let diagnostic = Diagnostic::error(Code::TOO_DEEP, self.item.unit.file, function.range, message)
                .with_help(format!(
                    "at most {NODES_MAX} operators and operands are put in, nested {DEPTH_MAX} deep"
                ));
            diagnostics.push(diagnostic);
            return None;
        }
        Some(typed)
    }

    /// What the parameters of a function are in a call of it.
    fn call_locals(
        &mut self,
        shape: &'c FunctionShape<'a>,
        function: &Name,
        arguments: &[Given<'_>],
        hidden: &mut Hidden,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Locals> {
        let place = Place { file: self.item.unit.file, range: function.range };
        let mut binder = Binder::new(place, shape.item);
        let written: Vec<Written<'_>> =
            arguments.iter().map(|it| Written { name: it.name, range: it.written.range }).collect();
        let given = binder.assign(&shape.specs, &written, diagnostics)?;
        let mut locals = Locals { telemetry: self.locals.telemetry, ..Locals::default() };
        let mut all = true;
        for (spec, position) in shape.specs.iter().zip(given) {
            let argument = position.and_then(|at| arguments.get(at));
            let binding = match (&spec.takes, argument) {
                (None, _) => None,
                (Some(takes), Some(given)) => {
                    self.given(&mut binder, spec, takes, given, hidden, diagnostics)
                }
                (Some(Takes::Value(kind)), None) => {
                    self.default_of(shape, &locals, spec, kind, function, diagnostics)
                }
                (Some(Takes::Series { .. } | Takes::Detector(_)), None) => None,
            };
            all &= binding.is_some();
            locals.bound.insert(spec.name.value.clone(), binding.unwrap_or(Binding::Reported));
        }
        all.then_some(locals)
    }

    fn given(
        &mut self,
        binder: &mut Binder<'_>,
        spec: &Spec<'a>,
        takes: &Takes,
        given: &Given<'_>,
        hidden: &mut Hidden,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Binding> {
        if given.reported {
            return None;
        }
        let Takes::Value(kind) = takes else {
            let text = given.source.line(given.written.range);
            let range = given.written.range;
            let value = binder.by_name(spec, takes, given.value.as_ref(), &text, range, diagnostics)?;
            return Some(Binding::Value(value));
        };
        if let FieldKind::Entity(entity) = kind
            && let Some(root) = root_of(given.written)
            && self.entity_path(&root).is_some()
        {
            let path: EntityPath = check_entity(given.written, *entity, given.source, self, diagnostics)?;
            return Some(Binding::Entity(path));
        }
        let typed = given.typed.clone()?;
        let expected = Expected::Argument(Type::of_field(kind));
        let mut typed = fit(typed, given.written, &expected, given.source, self, diagnostics)?;
        hide(&mut typed.expression, hidden);
        Some(Binding::Value(Value::Bound(typed)))
    }

    /// The value of a default: it may read the parameters before its own.
    fn default_of(
        &mut self,
        shape: &'c FunctionShape<'a>,
        locals: &Locals,
        spec: &Spec<'a>,
        kind: &FieldKind,
        function: &Name,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Binding> {
        let expected = Expected::Argument(Type::of_field(kind));
        let mut inner = Vec::new();
        let mut scope = Scope::new(shape.item, &mut *self.names, self.known, locals);
        let source = shape.item.unit.source();
        let typed = heal_expr::check(spec.default?, &expected, source, &mut scope, &mut inner);
        if let Some(first) = inner.into_iter().find(Diagnostic::is_error) {
            diagnostics.push(blamed(&self.item, &shape.item, first, function.range));
            return None;
        }
        typed.map(|typed| Binding::Value(Value::Bound(typed)))
    }

    fn not_called(&self, found: &Item<'_>, function: &Name) -> Diagnostic {
        let message =
            format!("`{}` is {}, and cannot be called in an expression", function.value, found.kind.phrase());
        let diagnostic = Diagnostic::error(Code::WRONG_KIND, self.item.unit.file, function.range, message);
        match found.kind {
            ItemKind::DetectorTemplate => diagnostic.with_help(format!(
                "make a detector from it and read that one: `detector NAME = {}(...)`",
                function.value
            )),
            ItemKind::Param | ItemKind::Let | ItemKind::Detector => {
                diagnostic.with_help("read it without brackets")
            }
            ItemKind::Entity
            | ItemKind::Signal
            | ItemKind::Action
            | ItemKind::Channel
            | ItemKind::Plan
            | ItemKind::Policy
            | ItemKind::Function
            | ItemKind::Event
            | ItemKind::Source
            | ItemKind::SharedGuard
            | ItemKind::PolicyTemplate
            | ItemKind::Test => diagnostic,
        }
    }

    fn unknown_function(&self, module: Option<&Name>, function: &Name) -> Diagnostic {
        let module = module.map(|module| module.value.as_str()).unwrap_or_default();
        let message = format!("`{module}` has no function `{}`", function.value);
        let diagnostic = Diagnostic::error(Code::UNKNOWN_NAME, self.item.unit.file, function.range, message);
        let known = self.functions(Some(module));
        let diagnostic =
            with_nearest(diagnostic, &function.value, function.range, known.iter().map(String::as_str));
        if diagnostic.help.is_empty() && !known.is_empty() {
            diagnostic.with_help(format!("its functions are {}", known.join(", ")))
        } else {
            diagnostic
        }
    }
}

/// The name that a chain of fields starts from.
fn root_of(expression: &Expression) -> Option<Name> {
    let mut at = expression;
    while let ExpressionKind::Field(receiver, _) = at.kind.as_ref() {
        at = receiver;
    }
    let ExpressionKind::Name(name) = at.kind.as_ref() else { return None };
    Some(Name { value: name.clone(), range: at.range })
}
