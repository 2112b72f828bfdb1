//! An approval that asks a team without a name.

use heal_diagnostics::{Code, Diagnostic};
use heal_syntax::tree::{Asked, GuardStatement, PolicyStatement};

use crate::linted::{Linted, statements};

pub(crate) fn check(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    for policy in linted.policies() {
        let guards = statements(&policy.tree.statements, |statement| match statement {
            PolicyStatement::Guard(guard) => Some(guard),
            PolicyStatement::On(_)
            | PolicyStatement::Where(_)
            | PolicyStatement::Rung(_)
            | PolicyStatement::Shadow => None,
        });
        let asked = guards.flatten().filter_map(|statement| {
            if let GuardStatement::Approval { asked: Asked::Team(team), .. } = &statement.value {
                Some(team)
            } else {
                None
            }
        });
        for team in asked.filter(|team| team.value.trim().is_empty()) {
            let message = format!("the approval of `{}` asks nobody", policy.name.value);
            found.push(
                Diagnostic::warning(Code::APPROVAL_BY_NOBODY, policy.file, team.range, message)
                    .with_help("name the team that decides, such as `approval \"sre\"`"),
            );
        }
    }
}
