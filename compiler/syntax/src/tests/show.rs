//! A tree as text for tests: one line a node, brackets around every operation, no ranges.

use crate::tree::*;

/// A whole file.
pub(super) fn file(tree: &ParsedFile) -> String {
    let mut out = String::new();
    for line in &tree.documentation {
        out += &format!("//! {line}\n");
    }
    for one in &tree.items {
        out += &item(&one.value);
    }
    out
}

fn item(item: &Item) -> String {
    let mut out: String = item.documentation.iter().map(|line| format!("/// {line}\n")).collect();
    out += if item.public { "pub " } else { "" };
    out += &match &item.kind {
        ItemKind::Use(one) => {
            let names =
                one.names.as_ref().map(|names| format!(" {{{}}}", list(names, |name| name.value.clone())));
            format!("use {}{}\n", path(&one.module), names.unwrap_or_default())
        }
        ItemKind::Param(one) => {
            let range = one
                .range
                .as_ref()
                .map(|(low, high)| format!(" in {}..{}", expression(low), expression(high)));
            let type_ = type_name(&one.type_);
            format!(
                "param {}: {type_}{} = {}\n",
                one.name.value,
                range.unwrap_or_default(),
                expression(&one.value)
            )
        }
        ItemKind::Entity(one) => {
            let fields =
                one.fields.iter().map(|(name, type_)| format!("  {}: {}\n", name.value, type_name(type_)));
            format!("entity {}{}\n{}", one.name.value, keys(&one.keys), fields.collect::<String>())
        }
        ItemKind::Signal(one) => {
            let word = if one.counter { "counter" } else { "signal" };
            let unit = one.unit.as_ref().map(|unit| format!(" in {}", unit.value)).unwrap_or_default();
            let head =
                format!("{word} {}: {}{unit}{}\n", one.name.value, type_name(&one.type_), keys(&one.keys));
            head + &statements(&one.statements, signal_statement)
        }
        ItemKind::Detector(one) => {
            format!("detector {}\n{}", one.name.value, statements(&one.statements, detector_statement))
        }
        ItemKind::Action(one) => {
            let head = format!("action {}({})\n", one.name.value, list(&one.parameters, parameter));
            head + &statements(&one.statements, action_statement)
        }
        ItemKind::Channel(one) => {
            format!("channel {}({}) {:?}\n", one.name.value, list(&one.parameters, parameter), one.url.value)
        }
        ItemKind::Plan(one) => {
            let head = format!("plan {}({})\n", one.name.value, list(&one.parameters, parameter));
            head + &statements(&one.statements, plan_statement)
        }
        ItemKind::Policy(one) => {
            format!("policy {}\n{}", one.name.value, statements(&one.statements, policy_statement))
        }
    };
    if item.incomplete {
        out += "  incomplete\n";
    }
    out
}

fn statements<T>(all: &[Spanned<T>], show: fn(&T) -> String) -> String {
    all.iter().map(|one| format!("  {}\n", show(&one.value))).collect()
}

fn signal_statement(one: &SignalStatement) -> String {
    match one {
        SignalStatement::FromPrometheus(query) => format!("from prometheus {:?}", query.value),
        SignalStatement::FromMetric(name, matchers) => {
            let matchers =
                matchers.iter().map(|(label, value)| format!(" {}={:?}", label.value, value.value));
            format!("from metric {:?}{}", name.value, matchers.collect::<String>())
        }
        SignalStatement::Every(time) => format!("every {}", expression(time)),
        SignalStatement::StaleAfter(time) => format!("stale after {}", expression(time)),
        SignalStatement::AtMost(count) => format!("at most {}", expression(count)),
    }
}

fn detector_statement(one: &DetectorStatement) -> String {
    match one {
        DetectorStatement::When(condition) => format!("when {}", expression(condition)),
        DetectorStatement::For(time) => format!("for {}", expression(time)),
        DetectorStatement::Clear(condition, time) => {
            let time = time.as_ref().map(|time| format!(" for {}", expression(time))).unwrap_or_default();
            format!("clear when {}{time}", expression(condition))
        }
        DetectorStatement::Severity(name) => format!("severity {}", name.value),
    }
}

fn action_statement(one: &ActionStatement) -> String {
    match one {
        ActionStatement::Command(words, host) => {
            let host = host.as_ref().map(|host| format!(" on {}", host.value)).unwrap_or_default();
            format!("command [{}]{host}", list(words, expression))
        }
        ActionStatement::Kubernetes(verb, target) => format!("kubernetes {} {}", verb.value, target.value),
        ActionStatement::Risk(risk) => format!("risk {}", risk.value),
        ActionStatement::Timeout(time) => format!("timeout {}", expression(time)),
        ActionStatement::Idempotent => "idempotent".to_owned(),
    }
}

fn plan_statement(one: &PlanStatement) -> String {
    match one {
        PlanStatement::Risk(risk) => format!("risk {}", risk.value),
        PlanStatement::Require(condition) => format!("require {}", expression(condition)),
        PlanStatement::Step(name, target, timeout) => {
            let timeout =
                timeout.as_ref().map(|time| format!(" timeout {}", expression(time))).unwrap_or_default();
            format!("step {} = {}{timeout}", name.value, call(target))
        }
    }
}

fn policy_statement(one: &PolicyStatement) -> String {
    match one {
        PolicyStatement::On(detector) => format!("on {}", path(detector)),
        PolicyStatement::Where(condition) => format!("where {}", expression(condition)),
        PolicyStatement::Rung(word, target) => format!("{word:?} {}", call(target)),
        PolicyStatement::Escalate(word, channel) => {
            format!(
                "{word:?} escalate{}",
                channel.as_ref().map(|one| format!(" {}", call(one))).unwrap_or_default()
            )
        }
        PolicyStatement::Guard(guards) => {
            format!("guard {{{}}}", list(guards, |one| guard_statement(&one.value)))
        }
    }
}

fn guard_statement(one: &GuardStatement) -> String {
    let per =
        |paths: &[Path]| if paths.is_empty() { String::new() } else { format!(" per {}", list(paths, path)) };
    match one {
        GuardStatement::Limit(limits) => {
            let limit = |one: &Spanned<Limit>| {
                let one = &one.value;
                format!("{} per {}{}", expression(&one.runs), expression(&one.window), per(&one.per))
            };
            format!("limit {}", list(limits, limit))
        }
        GuardStatement::Cooldown(time, paths) => format!("cooldown {}{}", expression(time), per(paths)),
        GuardStatement::Approval { team, when, timeout, otherwise } => {
            let mut out = format!("approval {:?}", team.value);
            out += &when.as_ref().map(|when| format!(" when {}", expression(when))).unwrap_or_default();
            out += &timeout.as_ref().map(|time| format!(" timeout {}", expression(time))).unwrap_or_default();
            out + &otherwise.as_ref().map(|word| format!(" else {}", word.value)).unwrap_or_default()
        }
        GuardStatement::EscalateWithheld(time) => format!("withheld {}", expression(time)),
    }
}

fn call(one: &Call) -> String {
    let arguments = one.arguments.as_ref().map(|all| format!("({})", list(all, argument)));
    format!("{}{}", path(&one.target), arguments.unwrap_or_default())
}

fn argument(one: &CallArgument) -> String {
    let name = one.name.as_ref().map(|name| format!("{}: ", name.value)).unwrap_or_default();
    format!("{name}{}", expression(&one.value))
}

/// An expression with brackets around every operation.
pub(super) fn expression(one: &Expression) -> String {
    match one.kind.as_ref() {
        ExpressionKind::Number { digits, unit } => match unit {
            Some(unit) => format!("{digits}'{unit}"),
            None => digits.clone(),
        },
        ExpressionKind::Text(text) => format!("{text:?}"),
        ExpressionKind::Bool(value) => value.to_string(),
        ExpressionKind::List(elements) => format!("[{}]", list(elements, expression)),
        ExpressionKind::Name(name) => name.clone(),
        ExpressionKind::Field(receiver, name) => format!("{}.{}", expression(receiver), name.value),
        ExpressionKind::Call { receiver, function, arguments } => {
            let receiver = receiver.as_ref().map(|one| format!("{}.", expression(one))).unwrap_or_default();
            format!("{receiver}{}({})", function.value, list(arguments, argument))
        }
        ExpressionKind::Index(receiver, index) => format!("{}[{}]", expression(receiver), expression(index)),
        ExpressionKind::Unary(operator, operand) => format!("({:?} {})", operator.value, expression(operand)),
        ExpressionKind::Binary(left, operator, right) => {
            format!("({} {:?} {})", expression(left), operator.value, expression(right))
        }
        ExpressionKind::Conditional(condition, positive, negative) => {
            format!("({} ? {} : {})", expression(condition), expression(positive), expression(negative))
        }
    }
}

fn parameter(one: &Parameter) -> String {
    format!("{}: {}", one.name.value, type_name(&one.type_))
}

fn type_name(one: &TypeName) -> String {
    path(&one.path) + &one.per.as_ref().map(|per| format!("/{}", per.value)).unwrap_or_default()
}

fn path(one: &Path) -> String {
    one.parts.iter().map(|part| part.value.as_str()).collect::<Vec<_>>().join(".")
}

fn keys(keys: &[Name]) -> String {
    if keys.is_empty() { String::new() } else { format!(" by ({})", list(keys, |key| key.value.clone())) }
}

fn list<T>(all: &[T], show: impl Fn(&T) -> String) -> String {
    all.iter().map(show).collect::<Vec<_>>().join(", ")
}
