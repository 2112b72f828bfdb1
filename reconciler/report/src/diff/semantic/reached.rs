//! Through what an item means something else whose own words are the same.

use std::collections::BTreeSet;

use heal_program::{Argument, Expression, Head, Plan, Policy, Program, Rung};

use super::Side;

/// What differs of all that an item reads or calls: `` through `slow`, `restart` ``.
pub(super) fn through(kind: &str, side: &Side<'_>, changed: &BTreeSet<&str>) -> Option<String> {
    let mut reached = Reached { program: side.program, paths: BTreeSet::new() };
    match kind {
        "policy" => reached.policy(side.program.policies.iter().find(|it| it.head.path == side.path)?),
        "plan" => reached.plan(side.program.plans.iter().find(|it| it.head.path == side.path)?),
        "detector" => {
            let detector = side.program.detectors.iter().find(|it| it.head.path == side.path)?;
            reached.expression(&detector.when);
            if let Some(clear) = &detector.clear {
                reached.expression(&clear.when);
            }
        }
        _ => {}
    }
    let names: Vec<String> =
        reached.paths.iter().filter(|path| changed.contains(*path)).map(|path| format!("`{path}`")).collect();
    (!names.is_empty()).then(|| format!("through {}", names.join(", ")))
}

struct Reached<'a> {
    program: &'a Program,
    paths: BTreeSet<&'a str>,
}

impl<'a> Reached<'a> {
    fn head(&mut self, head: Option<&'a Head>) {
        self.paths.extend(head.map(|head| head.path.as_str()));
    }

    fn policy(&mut self, policy: &'a Policy) {
        let program = self.program;
        self.head(program.trigger(policy.on));
        for rung in &policy.ladder {
            if let Rung::Escalate { channel, arguments } = rung {
                self.head(channel.and_then(|it| program.channel(it)).map(|it| &it.head));
                self.arguments(arguments);
            }
            for plan in rung.plans() {
                self.head(program.plan(plan).map(|it| &it.head));
            }
        }
        for shared in &policy.guard.shared {
            self.head(program.shared_guard(*shared).map(|it| &it.head));
        }
        let conditions = policy.condition.iter();
        for condition in conditions.chain(policy.guard.approval.iter().flat_map(|it| &it.condition)) {
            self.expression(&condition.condition);
        }
    }

    fn plan(&mut self, plan: &'a Plan) {
        for step in plan.steps.iter().chain(&plan.undo).chain(&plan.always) {
            self.head(self.program.action(step.action).map(|it| &it.head));
            self.arguments(&step.arguments);
        }
        plan.requires.iter().for_each(|it| self.expression(&it.condition));
        plan.verifies.iter().for_each(|it| self.expression(&it.condition));
    }

    fn arguments(&mut self, arguments: &'a [Argument]) {
        for argument in arguments {
            if let Argument::Value(expression) = argument {
                self.expression(expression);
            }
        }
    }

    fn expression(&mut self, expression: &'a Expression) {
        let program = self.program;
        expression.walk(&mut |part| {
            self.head(part.read().and_then(|read| program.read_head(read)));
            if let Expression::Param(param) = part {
                self.head(program.param(*param).map(|it| &it.head));
            }
        });
    }
}
