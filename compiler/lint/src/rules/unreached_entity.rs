//! An action with an entity that nothing it does has to do with, such as a command without its `on host`.

use std::collections::BTreeSet;

use heal_diagnostics::{Code, Diagnostic};
use heal_program::{Action, Argument, Expression, FieldKind, Operation};

use crate::{
    found::Found,
    linted::{Linted, WrittenAction},
};

pub(crate) fn check(_: &Linted<'_>, action: &WrittenAction<'_>, found: &mut Found) {
    let named = named(action.node);
    for (parameter, written) in action.node.parameters.iter().zip(&action.tree.parameters) {
        let is_entity = match parameter.kind {
            FieldKind::Entity(_) | FieldKind::Entities(_) => true,
            FieldKind::Text | FieldKind::Quantity(_) => false,
        };
        if !is_entity || named.contains(parameter.name.as_str()) {
            continue;
        }
        let name = &parameter.name;
        let message = format!("whatever `{name}` is, `{}` does the same", action.name.value);
        let help = match action.node.operation {
            Operation::Command { on: None, .. } => format!(
                "a command without `on` runs where the service runs: write `on {name}` behind it, or a text of `{name}` among its arguments"
            ),
            Operation::Command { .. } | Operation::Kubernetes { .. } | Operation::Http(_) => {
                format!("use a text of `{name}` in what it does, or leave the parameter out")
            }
        };
        found.push(
            Diagnostic::warning(Code::UNREACHED_ENTITY, action.file, written.name.range, message)
                .with_help(help),
        );
    }
}

/// The parameters that what an action does has to do with.
fn named(action: &Action) -> BTreeSet<&str> {
    let mut named: BTreeSet<&str> = BTreeSet::new();
    let mut expressions: Vec<&Expression> = Vec::new();
    match &action.operation {
        Operation::Command { arguments, on } => {
            expressions.extend(arguments);
            named.extend(on.as_deref());
        }
        Operation::Kubernetes { target, options, .. } => {
            named.insert(target);
            options.iter().for_each(|(_, value)| value.walk(&mut |part| expressions.push(part)));
        }
        Operation::Http(request) => {
            expressions.extend(request.placeholders.iter().map(|(_, part)| part));
            expressions.extend(request.headers.iter().map(|(_, part)| part));
            request.body.iter().for_each(|body| body.walk(&mut |part| expressions.push(part)));
        }
    }
    for argument in action.undo.iter().flat_map(|(_, arguments)| arguments) {
        match argument {
            Argument::Entity(name) => named.extend([name.as_str()]),
            Argument::EntityFromKey(_, names) => named.extend(names.iter().map(String::as_str)),
            Argument::Value(value) => expressions.push(value),
        }
    }
    for expression in expressions {
        expression.walk(&mut |part| {
            if let Expression::EntityField { root, .. } = part {
                named.insert(root);
            }
        });
    }
    named
}
