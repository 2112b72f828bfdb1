//! Items to nodes.

use heal_diagnostics::TextRange;
use heal_syntax::tree::{
    Function, Instance, InstanceKind, Item, ItemKind, Let, Param, Parameter, Signal, Spanned, Topology, Use,
};

use crate::doc::Doc;
use crate::expression::Spelling;
use crate::node::Node;
use crate::parts::{keys_text, names_text, path_text, type_text, unit_text};

/// An item without what stands before it.
pub(crate) fn item(spelling: Spelling<'_>, item: &Spanned<Item>) -> Node {
    let mut node = kind(spelling, item.range, &item.value.kind);
    if item.value.public {
        node.doc = Doc::text("pub ").and(node.doc);
    }
    node
}

fn kind(spelling: Spelling<'_>, range: TextRange, kind: &ItemKind) -> Node {
    match kind {
        ItemKind::Use(item) => Node::line(range, use_doc(item)),
        ItemKind::Param(item) => Node::line(range, param_doc(spelling, item)),
        ItemKind::Let(item) => Node::line(range, let_doc(spelling, item)),
        ItemKind::Function(item) => Node::line(range, function_doc(spelling, item)),
        ItemKind::Topology(item) => Node::line(range, topology_doc(item)),
        ItemKind::Instance(item) => Node::line(range, instance_doc(spelling, item)),
        ItemKind::Entity(item) => {
            let head = format!("entity {}{}", item.name.value, keys_text(&item.keys));
            spelling.statements(range, Doc::text(head), &item.statements, Spelling::entity_statement)
        }
        ItemKind::Signal(item) => {
            spelling.statements(range, signal_head(item), &item.statements, Spelling::signal_statement)
        }
        ItemKind::Event(item) => {
            let head = format!("event {}{}", item.name.value, keys_text(&item.keys));
            spelling.statements(range, Doc::text(head), &item.statements, Spelling::event_statement)
        }
        ItemKind::Source(item) => {
            let head = Doc::text(format!("source {}", item.name.value));
            spelling.statements(range, head, &item.statements, Spelling::source_statement)
        }
        ItemKind::Detector(item) => {
            let head = template_head(spelling, "detector", &item.name.value, item.parameters.as_deref());
            spelling.statements(range, head, &item.statements, Spelling::detector_statement)
        }
        ItemKind::Action(item) => {
            let head = called_head(spelling, "action", &item.name.value, &item.parameters);
            spelling.statements(range, head, &item.statements, Spelling::action_statement)
        }
        ItemKind::Channel(item) => {
            let head = called_head(spelling, "channel", &item.name.value, &item.parameters);
            spelling.statements(range, head, &item.statements, Spelling::channel_statement)
        }
        ItemKind::Plan(item) => {
            let head = called_head(spelling, "plan", &item.name.value, &item.parameters);
            spelling.statements(range, head, &item.statements, Spelling::plan_statement)
        }
        ItemKind::Policy(item) => {
            let head = template_head(spelling, "policy", &item.name.value, item.parameters.as_deref());
            spelling.statements(range, head, &item.statements, Spelling::policy_statement)
        }
        ItemKind::SharedGuard(item) => {
            let head = Doc::text(format!("guard shared {}", item.name.value));
            spelling.statements(range, head, &item.statements, Spelling::guard_statement)
        }
        ItemKind::Test(item) => {
            let head = Doc::text("test ").then(spelling.text(&item.name));
            spelling.statements(range, head, &item.statements, Spelling::test_statement)
        }
    }
}

fn use_doc(item: &Use) -> Doc {
    let names = item.names.as_ref().map(|names| {
        let names = names.iter().map(|name| Doc::text(name.value.clone()));
        Doc::bracketed("{", names.collect(), "}")
    });
    Doc::text(format!("use {}", path_text(&item.module))).and_if(".", names)
}

fn param_doc(spelling: Spelling<'_>, item: &Param) -> Doc {
    let range = item
        .range
        .as_ref()
        .map(|(low, high)| spelling.expression(low).then("..").and(spelling.expression(high)));
    let head = Doc::text(format!("param {}: {}", item.name.value, type_text(&item.type_)));
    head.and_if(" in ", range).then(" = ").and(spelling.expression(&item.value))
}

fn let_doc(spelling: Spelling<'_>, item: &Let) -> Doc {
    Doc::text(format!("let {} = ", item.name.value)).and(spelling.expression(&item.value))
}

fn function_doc(spelling: Spelling<'_>, item: &Function) -> Doc {
    let head = Doc::text(format!("fn {}", item.name.value)).and(spelling.parameters(&item.parameters));
    Doc::continued(head.then(" ="), [spelling.expression(&item.value)])
}

fn topology_doc(item: &Topology) -> Doc {
    Doc::text(format!("topology {} -> {}", item.from.value, names_text(&item.to)))
}

fn instance_doc(spelling: Spelling<'_>, item: &Instance) -> Doc {
    let word = match item.kind {
        InstanceKind::Detector => "detector",
        InstanceKind::Policy => "policy",
    };
    Doc::text(format!("{word} {} = ", item.name.value)).and(spelling.call(&item.template))
}

fn signal_head(item: &Signal) -> Doc {
    let word = if item.counter { "counter" } else { "signal" };
    let (type_, unit) = (type_text(&item.type_), unit_text(item.unit.as_ref()));
    Doc::text(format!("{word} {}: {type_}{unit}{}", item.name.value, keys_text(&item.keys)))
}

/// The head of an item that may do without its brackets.
fn called_head(spelling: Spelling<'_>, word: &str, name: &str, parameters: &[Parameter]) -> Doc {
    template_head(spelling, word, name, Some(parameters).filter(|all| !all.is_empty()))
}

fn template_head(spelling: Spelling<'_>, word: &str, name: &str, parameters: Option<&[Parameter]>) -> Doc {
    Doc::text(format!("{word} {name}")).and_if("", parameters.map(|all| spelling.parameters(all)))
}
