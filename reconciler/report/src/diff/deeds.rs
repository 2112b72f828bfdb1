//! What actions ask the world to do, and channels send, in the words of the language. Two actions of one name that say it
//! otherwise do something else, whatever a call of them looks like.

use std::collections::{BTreeMap, BTreeSet};

use heal_program::{Action, Argument, Channel, Expression, HttpRequest, Operation, Program, Value};

use super::same::{Same, pairs_of};
use crate::{
    expression_text::renamed_text,
    names::{AS_THEY_ARE, Names},
    units,
};

/// What is done otherwise than in base: by path in head, what it is and what it was.
pub(super) type Deeds = BTreeMap<String, (String, String)>;

/// The actions that ask for something else.
pub(super) fn actions(base: &Program, head: &Program, same: &Same) -> Deeds {
    let in_head = |path: &str| same.in_head("action", path).map(str::to_owned);
    let pairs = pairs_of(&base.actions, &head.actions, |it: &Action| &it.head, in_head);
    let pairs = pairs.into_iter().filter(|(before, after)| before.head.hash != after.head.hash);
    let of = |(before, after): (&Action, &Action)| {
        let (was, is) = (operation(base, before, same.renamed()), operation(head, after, &AS_THEY_ARE));
        (was != is).then(|| (after.head.path.clone(), (is, was)))
    };
    pairs.filter_map(of).collect()
}

/// The channels that send something else, or elsewhere.
pub(super) fn channels(base: &Program, head: &Program, same: &Same) -> Deeds {
    let in_head = |path: &str| same.in_head("channel", path).map(str::to_owned);
    let pairs = pairs_of(&base.channels, &head.channels, |it: &Channel| &it.head, in_head);
    let pairs = pairs.into_iter().filter(|(before, after)| before.head.hash != after.head.hash);
    let of = |(before, after): (&Channel, &Channel)| {
        let names = same.renamed();
        let (was, is) = (http(base, &before.request, names), http(head, &after.request, &AS_THEY_ARE));
        (was != is).then(|| (after.head.path.clone(), (is, was)))
    };
    pairs.filter_map(of).collect()
}

/// `command ["systemctl", "restart", service.service] on host`
pub(super) fn operation(program: &Program, action: &Action, names: &Names) -> String {
    match &action.operation {
        Operation::Command { arguments, on } => {
            let arguments: Vec<String> = arguments.iter().map(|it| written(program, it, names)).collect();
            let on = on.as_ref().map_or_else(String::new, |on| format!(" on {on}"));
            format!("command [{}]{on}", arguments.join(", "))
        }
        Operation::Kubernetes { verb, target, options } => {
            let options = options.iter().map(|(name, it)| format!(" {name}: {}", value(program, it, names)));
            format!("kubernetes {verb} {target}{}", options.collect::<String>())
        }
        Operation::Http(request) => http(program, request, names),
    }
}

pub(super) fn http(program: &Program, request: &HttpRequest, names: &Names) -> String {
    let mut text = format!("http {} {:?}", request.method, request.url);
    for (name, it) in &request.placeholders {
        text.push_str(&format!(" {{{name}}} = {}", written(program, it, names)));
    }
    for (name, it) in &request.headers {
        text.push_str(&format!(" header {name:?} = {}", written(program, it, names)));
    }
    if let Some(body) = &request.body {
        text.push_str(&format!(" body {}", value(program, body, names)));
    }
    if let Some(success) = &request.success {
        text.push_str(&format!(" success {}", written(program, success, names)));
    }
    for secret in &request.secrets {
        text.push_str(&format!(" secret {} = {:?}({:?})", secret.name, secret.store, secret.reference));
    }
    text
}

fn value(program: &Program, value: &Value, names: &Names) -> String {
    match value {
        Value::Expression(expression) => written(program, expression, names),
        Value::Object(entries) => {
            let entries =
                entries.iter().map(|(name, it)| format!("{name}: {}", self::value(program, it, names)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::List(items) => {
            let items = items.iter().map(|it| self::value(program, it, names));
            format!("[{}]", items.collect::<Vec<_>>().join(", "))
        }
    }
}

/// An expression with the values of its params behind it: another value is another deed.
pub(super) fn written(program: &Program, expression: &Expression, names: &Names) -> String {
    let mut params: BTreeSet<String> = BTreeSet::new();
    expression.walk(&mut |part| {
        if let Expression::Param(index) = part
            && let Some(param) = program.param(*index)
        {
            let name = names.of(&param.head.path);
            let value = units::constant_quantity(param.value, &units::base_unit(param.dimension));
            params.insert(format!("{name} {value}"));
        }
    });
    let text = renamed_text(program, expression, names);
    if params.is_empty() {
        return text;
    }
    format!("{text} ({})", params.into_iter().collect::<Vec<_>>().join(", "))
}

/// `("sre", service.service)`; empty where nothing is given.
pub(super) fn call(program: &Program, arguments: &[Argument], names: &Names) -> String {
    let text = |argument: &Argument| match argument {
        Argument::Value(expression) => written(program, expression, names),
        Argument::Entity(name) => name.clone(),
        Argument::EntityFromKey(entity, fields) => {
            let entity = program.entity(*entity).map_or("?", |entity| names.of(&entity.head.path));
            format!("{entity}({})", fields.join(", "))
        }
    };
    let arguments: Vec<String> = arguments.iter().map(text).collect();
    if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) }
}
