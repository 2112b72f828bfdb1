//! Names that list macros bind stay whose they are: in `xs.all(it, over(it))` the argument is not what a macro inside of
//! `over` calls `it`.

use std::collections::BTreeSet;

use heal_program::Expression;

/// What marks a name of a caller while the body of a function is put together: no name has it.
const MARK: char = '\'';

/// The names of callers' macros that are among the arguments of a call.
#[derive(Clone, Debug, Default)]
pub(super) struct Hidden(BTreeSet<String>);

/// Marks the names that an argument has from a macro around the call.
pub(super) fn hide(argument: &mut Expression, hidden: &mut Hidden) {
    let mut names = BTreeSet::new();
    argument.walk(&mut |node| {
        if let Expression::Variable(name) = node {
            names.insert(name.clone());
        }
    });
    if names.is_empty() {
        return;
    }
    rename(argument, &|name| format!("{name}{MARK}"));
    hidden.0.extend(names);
}

/// Takes the marks away again, after the macros of the body that bind such a name have got another one.
pub(super) fn reveal(body: &mut Expression, hidden: &Hidden) {
    if hidden.0.is_empty() {
        return;
    }
    let mut taken = hidden.0.clone();
    body.walk(&mut |node| {
        if let Expression::Variable(name) = node {
            taken.insert(name.clone());
        }
    });
    part(body, hidden, &mut taken);
    rename(body, &|name| name.strip_suffix(MARK).unwrap_or(name).to_owned());
}

/// Gives the macros of a body that bind a hidden name another one.
fn part(body: &mut Expression, hidden: &Hidden, taken: &mut BTreeSet<String>) {
    if let Expression::Comprehension { variable, body: inner, .. } = body
        && hidden.0.contains(variable)
    {
        let fresh = fresh(variable, taken);
        let old = std::mem::replace(variable, fresh.clone());
        rename(inner, &|name| if name == old { fresh.clone() } else { name.to_owned() });
    }
    body.operands_mut(&mut |child| part(child, hidden, taken));
}

/// A name like `name` that nothing has.
fn fresh(name: &str, taken: &mut BTreeSet<String>) -> String {
    // INVARIANT: more names are tried than are taken.
    let candidates = (1..=taken.len() + 1).map(|at| format!("{name}_{at}"));
    let fresh = candidates.into_iter().find(|it| !taken.contains(it)).unwrap_or_default();
    taken.insert(fresh.clone());
    fresh
}

/// Renames all variables of an expression, bound ones with what binds them.
fn rename(expression: &mut Expression, new: &dyn Fn(&str) -> String) {
    if let Expression::Variable(name) | Expression::Comprehension { variable: name, .. } = expression {
        *name = new(name);
    }
    expression.operands_mut(&mut |child| rename(child, new));
}
