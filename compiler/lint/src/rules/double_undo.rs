//! A plan that takes back by hand what an action of its takes back by itself: it is done twice.

use heal_diagnostics::{Code, Diagnostic};
use heal_program::{Argument, Program, Step};
use heal_syntax::tree::PlanStatement;

use crate::{
    found::Found,
    linted::{Linted, WrittenPlan},
};

pub(crate) fn check(linted: &Linted<'_>, plan: &WrittenPlan<'_>, found: &mut Found) {
    let written = plan.tree.statements.iter().filter_map(|statement| match &statement.value {
        PlanStatement::Undo(steps) => Some(steps),
        PlanStatement::Risk(_)
        | PlanStatement::Require(_)
        | PlanStatement::Affects(_)
        | PlanStatement::Disturbs(_)
        | PlanStatement::Step(_)
        | PlanStatement::ForEach(_)
        | PlanStatement::Verify(..)
        | PlanStatement::Always(_)
        | PlanStatement::RevertAfter(_)
        | PlanStatement::RevertOnClear => None,
    });
    for (tree, step) in written.flatten().zip(&plan.node.undo) {
        let twice = plan.node.steps.iter().find(|done| takes_back(linted.program, done, step));
        let Some(done) = twice else { continue };
        let action = |at: &Step| {
            linted.program.action(at.action).map_or("", |action| action.head.path.as_str()).to_owned()
        };
        let message = format!(
            "`{}` is done twice when the plan fails: step `{}` is taken back by it already, because `{}` says so",
            action(step),
            done.name,
            action(done)
        );
        found.push(
            Diagnostic::warning(Code::DOUBLE_UNDO, plan.file, tree.value.name.range, message).with_help(
                "leave it out here; what takes back actions runs by itself, before the plan's own `undo`",
            ),
        );
    }
}

/// Whether a step of a plan's `undo` is what the action of one of its steps says for itself, with the same arguments.
fn takes_back(program: &Program, done: &Step, undo: &Step) -> bool {
    let Some(action) = program.action(done.action) else { return false };
    let Some((by, arguments)) = &action.undo else { return false };
    // What the action passes on is what the step has passed to it.
    let passed = |argument: &Argument| match argument {
        Argument::Entity(name) => {
            let place = action.parameters.iter().position(|parameter| parameter.name == *name)?;
            done.arguments.get(place).cloned()
        }
        Argument::EntityFromKey(..) | Argument::Value(_) => Some(argument.clone()),
    };
    *by == undo.action
        && arguments.len() == undo.arguments.len()
        && arguments.iter().zip(&undo.arguments).all(|(own, written)| passed(own).as_ref() == Some(written))
}
