//! A text with braces around a name, which is sent as it stands.

use heal_diagnostics::{Code, Diagnostic, FileId, Safety, TextRange};
use heal_syntax::tree::{
    Call, Expression, ExpressionKind, Parameter, PlanStatement, PolicyStatement, RungKind,
};

use crate::{
    found::Found,
    linted::{Linted, WrittenAction, WrittenPlan, WrittenPolicy, command_of, places, statements},
};

pub(crate) fn in_policy(linted: &Linted<'_>, policy: &WrittenPolicy<'_>, found: &mut Found) {
    let keys = linted.program.trigger_keys(policy.node.on).unwrap_or_default();
    let names: Vec<&str> = keys.iter().map(String::as_str).collect();
    let texts = Texts { file: policy.file, text: policy.text, names };
    for statement in &policy.tree.statements {
        let PolicyStatement::Rung(rung) = &statement.value else { continue };
        match &rung.kind {
            RungKind::Plan(call) | RungKind::Escalate(Some(call)) => texts.call(call, found),
            RungKind::Choose(calls) => calls.iter().for_each(|call| texts.call(call, found)),
            RungKind::Escalate(None) => {}
        }
    }
}

pub(crate) fn in_plan(_: &Linted<'_>, plan: &WrittenPlan<'_>, found: &mut Found) {
    let mut texts = Texts { file: plan.file, text: plan.text, names: named(&plan.tree.parameters) };
    for statement in &plan.tree.statements {
        if let PlanStatement::Step(step) = &statement.value {
            texts.call(&step.call, found);
        } else if let PlanStatement::ForEach(each) = &statement.value {
            texts.names.push(&each.variable.value);
            each.steps.iter().for_each(|step| texts.call(&step.value.call, found));
            texts.names.pop();
        } else if let PlanStatement::Undo(steps) | PlanStatement::Always(steps) = &statement.value {
            steps.iter().for_each(|step| texts.call(&step.value.call, found));
        }
    }
}

pub(crate) fn in_action(_: &Linted<'_>, action: &WrittenAction<'_>, found: &mut Found) {
    let texts = Texts { file: action.file, text: action.text, names: named(&action.tree.parameters) };
    for arguments in statements(&action.tree.statements, command_of) {
        arguments.iter().for_each(|argument| texts.expression(argument, found));
    }
}

fn named(parameters: &[Parameter]) -> Vec<&str> {
    parameters.iter().map(|parameter| parameter.name.value.as_str()).collect()
}

/// The texts of an item, and what is in scope there.
struct Texts<'a> {
    file: FileId,
    text: &'a str,
    names: Vec<&'a str>,
}

impl Texts<'_> {
    fn call(&self, call: &Call, found: &mut Found) {
        call.arguments.iter().flatten().for_each(|argument| self.expression(&argument.value, found));
    }

    fn expression(&self, expression: &Expression, found: &mut Found) {
        for range in places(expression, &|kind| matches!(kind, ExpressionKind::Text(_))) {
            let written = self.text.get(range.start as usize..range.end as usize).unwrap_or("");
            found.extend(self.hole(written, range));
        }
    }

    /// The first hole with a name that is in scope.
    fn hole(&self, written: &str, range: TextRange) -> Option<Diagnostic> {
        let mut from = 0;
        while let Some(at) = written.get(from..)?.find('{').map(|at| from + at) {
            let name = written.get(at + 1..)?.split('}').next()?;
            let end = at + name.len() + 2;
            let start = if written.get(..at)?.ends_with('$') { at - 1 } else { at };
            let root = name.split('.').next().unwrap_or(name);
            if end <= written.len() && self.names.contains(&root) {
                let message =
                    format!("`{}` is sent as it stands: a text has no holes", written.get(start..end)?);
                let diagnostic = Diagnostic::warning(Code::TEXT_WITH_HOLES, self.file, range, message);
                return Some(match joined(written, start, end, name) {
                    Some(text) => {
                        let title = format!("write `{text}`");
                        diagnostic.with_help("texts are joined with `+`").with_fix(
                            title,
                            Safety::Unsafe,
                            range,
                            text,
                        )
                    }
                    None => diagnostic.with_help("texts are joined with `+`, such as `\"team-\" + service`"),
                });
            }
            from = at + 1;
        }
        None
    }
}

/// `"team-" + service` of `"team-{service}"`; none where the text is not as simple.
fn joined(written: &str, start: usize, end: usize, name: &str) -> Option<String> {
    let inner = written.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains(['"', '\\']) {
        return None;
    }
    let (before, after) = (written.get(1..start)?, written.get(end..written.len() - 1)?);
    let quoted = |part: &str| (!part.is_empty()).then(|| format!("\"{part}\""));
    let parts = [quoted(before), Some(name.to_owned()), quoted(after)];
    Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" + "))
}
