//! Items to nodes.

use heal_diagnostics::TextRange;
use heal_syntax::tree::{Entity, Item, ItemKind, Name, Param, Parameter, Signal, Spanned, Use};

use crate::expression::Spelling;
use crate::node::Node;
use crate::statements::{parameter_type_text, path_text, type_text};

/// An item without what stands before it.
pub(crate) fn item(spelling: Spelling<'_>, item: &Spanned<Item>) -> Node {
    let mut node = kind(spelling, item.range, &item.value.kind);
    if item.value.public {
        node.text.insert_str(0, "pub ");
    }
    node
}

fn kind(spelling: Spelling<'_>, range: TextRange, kind: &ItemKind) -> Node {
    match kind {
        ItemKind::Use(item) => Node::line(range, use_text(item)),
        ItemKind::Param(item) => Node::line(range, param_text(spelling, item)),
        ItemKind::Entity(item) => {
            let body = item.statements.iter().map(|one| spelling.entity_statement(one)).collect();
            Node::block(range, entity_head(item), body)
        }
        ItemKind::Signal(item) => {
            let body = item.statements.iter().map(|one| spelling.signal_statement(one)).collect();
            Node::block(range, signal_head(item), body)
        }
        ItemKind::Detector(item) => {
            let body = item.statements.iter().map(|one| spelling.detector_statement(one)).collect();
            Node::block(range, format!("detector {}", item.name.value), body)
        }
        ItemKind::Action(item) => {
            let body = item.statements.iter().map(|one| spelling.action_statement(one)).collect();
            Node::block(range, called_head("action", &item.name, &item.parameters), body)
        }
        ItemKind::Channel(item) => {
            let body = item.statements.iter().map(|one| spelling.channel_statement(one)).collect();
            Node::block(range, called_head("channel", &item.name, &item.parameters), body)
        }
        ItemKind::Plan(item) => {
            let body = item.statements.iter().map(|one| spelling.plan_statement(one)).collect();
            Node::block(range, called_head("plan", &item.name, &item.parameters), body)
        }
        ItemKind::Policy(item) => {
            let body = item.statements.iter().map(|one| spelling.policy_statement(one)).collect();
            Node::block(range, format!("policy {}", item.name.value), body)
        }
        ItemKind::Let(_)
        | ItemKind::Function(_)
        | ItemKind::Event(_)
        | ItemKind::Source(_)
        | ItemKind::Topology(_)
        | ItemKind::SharedGuard(_)
        | ItemKind::Instance(_)
        | ItemKind::Test(_) => Node::line(range, String::new()),
    }
}

fn use_text(item: &Use) -> String {
    let names = item.names.as_ref().map(|names| format!(".{{{}}}", names_text(names)));
    format!("use {}{}", path_text(&item.module), names.unwrap_or_default())
}

fn param_text(spelling: Spelling<'_>, item: &Param) -> String {
    let range = item.range.as_ref();
    let range =
        range.map(|(low, high)| format!(" in {}..{}", spelling.expression(low), spelling.expression(high)));
    let value = spelling.expression(&item.value);
    format!("param {}: {}{} = {value}", item.name.value, type_text(&item.type_), range.unwrap_or_default())
}

fn entity_head(item: &Entity) -> String {
    format!("entity {}{}", item.name.value, keys_text(&item.keys))
}

fn signal_head(item: &Signal) -> String {
    let word = if item.counter { "counter" } else { "signal" };
    let unit = item.unit.as_ref().map(|unit| format!(" in {}", unit.value)).unwrap_or_default();
    format!("{word} {}: {}{unit}{}", item.name.value, type_text(&item.type_), keys_text(&item.keys))
}

fn called_head(word: &str, name: &Name, parameters: &[Parameter]) -> String {
    let list =
        parameters.iter().map(|one| format!("{}: {}", one.name.value, parameter_type_text(&one.type_)));
    let list = list.collect::<Vec<_>>().join(", ");
    if list.is_empty() { format!("{word} {}", name.value) } else { format!("{word} {}({list})", name.value) }
}

fn keys_text(keys: &[Name]) -> String {
    if keys.is_empty() { String::new() } else { format!(" by ({})", names_text(keys)) }
}

fn names_text(names: &[Name]) -> String {
    names.iter().map(|name| name.value.as_str()).collect::<Vec<_>>().join(", ")
}
