//! The names that list macros bind.

use heal_program::Expression as Lowered;

use crate::Type;

/// What a list macro binds.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    /// As it was written.
    pub(crate) name: String,
    /// What it is called in the lowered expression. It holds the place it was written at: what is put in for a name
    /// elsewhere, such as an argument in the body of a function, cannot be caught by another macro's variable of this
    /// name.
    pub(crate) lowered: String,
    /// The type of an element.
    pub(crate) type_: Type,
}

/// Calls each variable by how many macros are around its own, so that renamed variables change no hash.
pub(crate) fn canonical(expression: &mut Lowered) {
    let mut any = false;
    expression.walk(&mut |node| any |= matches!(node, Lowered::Comprehension { .. }));
    if any {
        rename(expression, &mut Vec::new());
    }
}

/// `bound`: the names as they were, outermost first.
fn rename(expression: &mut Lowered, bound: &mut Vec<String>) {
    match expression {
        Lowered::Variable(name) | Lowered::EntityField { root: name, .. } => {
            if let Some(level) = bound.iter().rposition(|bound| bound == name) {
                *name = canonical_name(level);
            }
        }
        Lowered::Comprehension { list, variable, body, .. } => {
            rename(list, bound);
            let name = canonical_name(bound.len());
            bound.push(std::mem::replace(variable, name));
            rename(body, bound);
            bound.pop();
        }
        Lowered::TimeTo { threshold: operand, .. }
        | Lowered::Aggregate { operand, .. }
        | Lowered::Select(operand, _)
        | Lowered::Unary(_, operand) => rename(operand, bound),
        Lowered::ForKey { operand, key } => {
            rename(operand, bound);
            for (_, value) in key {
                rename(value, bound);
            }
        }
        Lowered::Element(left, right) | Lowered::Binary(_, left, right) | Lowered::Or(left, right) => {
            rename(left, bound);
            rename(right, bound);
        }
        Lowered::Conditional(condition, then, otherwise) => {
            rename(condition, bound);
            rename(then, bound);
            rename(otherwise, bound);
        }
        Lowered::List(items) | Lowered::Call(_, items) => {
            for item in items {
                rename(item, bound);
            }
        }
        Lowered::Number(_)
        | Lowered::Integer(_)
        | Lowered::Text(_)
        | Lowered::Bool(_)
        | Lowered::Param(_)
        | Lowered::Signal(_)
        | Lowered::Window { .. }
        | Lowered::Learned { .. }
        | Lowered::Absent { .. }
        | Lowered::Firing(_)
        | Lowered::EventWithin { .. }
        | Lowered::EventCount { .. }
        | Lowered::During(_)
        | Lowered::KeyField(_)
        | Lowered::Episode(_)
        | Lowered::Secret(_) => {}
    }
}

fn canonical_name(level: usize) -> String {
    format!("@{level}")
}

/// Whether an expression reads a variable of a macro around it.
pub(crate) fn reads_variable(expression: &Lowered, variables: &[Variable]) -> bool {
    let mut reads = false;
    expression.walk(&mut |node| {
        if let Lowered::Variable(name) | Lowered::EntityField { root: name, .. } = node {
            reads |= variables.iter().any(|variable| variable.lowered == *name);
        }
    });
    reads
}
