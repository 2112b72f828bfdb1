//! Evaluation by walking the expression: what detectors use at every step.

use heal_program::{BinaryOperator, Comprehension, EntityIndex, Expression, Function, Learned, SignalIndex};

use crate::{
    Facts, Missing, Value,
    counts::compared_counts,
    facts::{fact, truth},
    operators::{binary, call, element, has, items_of, select, unary},
};

/// The value of `expression` under `facts`; `None` when it is unknown.
#[must_use]
pub fn evaluate(expression: &Expression, facts: &dyn Facts) -> Option<Value> {
    value_or_why(expression, facts).ok()
}

/// The value of `expression` under `facts`, or why it has none.
///
/// # Errors
/// [`Missing`]; of several reasons the first that was met.
pub fn value_or_why(expression: &Expression, facts: &dyn Facts) -> Result<Value, Missing> {
    Walk { facts, bound: None }.value(expression)
}

/// A name that a list macro binds, and those around it.
struct Bound<'w> {
    name: &'w str,
    value: &'w Value,
    outer: Option<&'w Bound<'w>>,
}

/// The worker: what there is to ask, and what is bound.
#[derive(Clone, Copy)]
struct Walk<'w> {
    facts: &'w dyn Facts,
    bound: Option<&'w Bound<'w>>,
}

impl Walk<'_> {
    fn value(&self, expression: &Expression) -> Result<Value, Missing> {
        match expression {
            Expression::Number(number) => Ok(Value::Number(*number)),
            Expression::Integer(number) => Ok(Value::Integer(*number)),
            Expression::Bool(truth) => Ok(Value::Bool(*truth)),
            Expression::Text(text) => Ok(Value::Text(text.clone())),
            Expression::List(items) => self.list(items),
            Expression::Unary(operator, operand) => unary(*operator, self.value(operand)?),
            Expression::Binary(BinaryOperator::And, left, right) => {
                logic(false, self.truth(left), || self.truth(right)).map(Value::Bool)
            }
            Expression::Binary(BinaryOperator::Or, left, right) => {
                logic(true, self.truth(left), || self.truth(right)).map(Value::Bool)
            }
            Expression::Binary(operator, left, right) => {
                let whole = self.value(left).and_then(|left| binary(*operator, left, self.value(right)?));
                whole.or_else(|why| {
                    compared_counts(*operator, (left, right), self.facts).map(Value::Bool).ok_or(why)
                })
            }
            Expression::Conditional(condition, then, otherwise) => {
                self.value(if self.truth(condition)? { then } else { otherwise })
            }
            Expression::Or(value, fallback) => self.value(value).or_else(|_| self.value(fallback)),
            Expression::Call(Function::Has, arguments) => self.has(arguments),
            Expression::Call(function, arguments) => {
                let arguments: Result<Vec<Value>, Missing> =
                    arguments.iter().map(|argument| self.value(argument)).collect();
                call(*function, &arguments?)
            }
            Expression::Variable(name) => match self.bound_to(name) {
                Some(value) => Ok(value.clone()),
                None => self.facts.variable(name).ok_or(Missing::Unknown),
            },
            Expression::Select(value, field) => select(self.value(value)?, field),
            Expression::Element(list, index) => element(self.value(list)?, &self.value(index)?),
            Expression::Comprehension { kind, list, variable, body } => {
                self.comprehension(*kind, list, variable, body)
            }
            Expression::EntityField { root, entity, path } => self.entity_field(root, *entity, path),
            Expression::TimeTo { signal, model, threshold } => self.time_to(*signal, model, threshold),
            Expression::ForKey { operand, key } => self.for_key(operand, key),
            Expression::Param(_)
            | Expression::Signal(_)
            | Expression::Window { .. }
            | Expression::Learned { .. }
            | Expression::Absent { .. }
            | Expression::Aggregate { .. }
            | Expression::Firing(_)
            | Expression::EventWithin { .. }
            | Expression::EventCount { .. }
            | Expression::During(_)
            | Expression::KeyField(_)
            | Expression::Episode(_)
            | Expression::Secret(_) => fact(expression, self.facts).ok_or(Missing::Unknown),
        }
    }

    /// A field of an element of a list, or of an entity that is at hand.
    fn entity_field(&self, root: &str, entity: EntityIndex, path: &[String]) -> Result<Value, Missing> {
        let Some(element) = self.bound_to(root) else {
            return self.facts.entity_field(root, entity, path).ok_or(Missing::Unknown);
        };
        let own = path.iter().try_fold(element, |value, field| {
            if let Value::Object(fields) = value { fields.get(field) } else { None }
        });
        let field = own.cloned().or_else(|| self.facts.element_field(entity, element, path));
        field.ok_or(Missing::Unknown)
    }

    fn time_to(
        &self,
        signal: SignalIndex,
        model: &Learned,
        threshold: &Expression,
    ) -> Result<Value, Missing> {
        let Value::Number(threshold) = self.value(threshold)? else { return Err(Missing::Mistyped) };
        self.facts.time_to(signal, model, threshold).map(Value::Number).ok_or(Missing::Unknown)
    }

    fn for_key(&self, operand: &Expression, key: &[(String, Expression)]) -> Result<Value, Missing> {
        let mut fields = Vec::with_capacity(key.len());
        for (field, value) in key {
            fields.push((field.clone(), self.value(value)?));
        }
        self.facts.for_key(operand, &fields).ok_or(Missing::Unknown)
    }

    fn truth(&self, expression: &Expression) -> Result<bool, Missing> {
        truth(Some(self.value(expression)?)).ok_or(Missing::Mistyped)
    }

    fn list(&self, items: &[Expression]) -> Result<Value, Missing> {
        let items: Result<Vec<Value>, Missing> = items.iter().map(|item| self.value(item)).collect();
        items.map(Value::List)
    }

    fn has(&self, arguments: &[Expression]) -> Result<Value, Missing> {
        let [Expression::Select(value, field)] = arguments else { return Err(Missing::Mistyped) };
        has(self.value(value)?, field)
    }

    fn comprehension(
        &self,
        kind: Comprehension,
        list: &Expression,
        variable: &str,
        body: &Expression,
    ) -> Result<Value, Missing> {
        let items = items_of(self.value(list)?)?;
        let of = |item: &Value| {
            let bound = Bound { name: variable, value: item, outer: self.bound };
            Walk { facts: self.facts, bound: Some(&bound) }.value(body)
        };
        let test = |item: &Value| truth(Some(of(item)?)).ok_or(Missing::Mistyped);
        match kind {
            Comprehension::All => fold(false, &items, test),
            Comprehension::Exists => fold(true, &items, test),
            Comprehension::ExistsOne => {
                let mut found = 0;
                for item in &items {
                    found += usize::from(test(item)?);
                }
                Ok(Value::Bool(found == 1))
            }
            Comprehension::Filter => {
                let mut kept = Vec::new();
                for item in items {
                    if test(&item)? {
                        kept.push(item);
                    }
                }
                Ok(Value::List(kept))
            }
            Comprehension::Map => {
                let made: Result<Vec<Value>, Missing> = items.iter().map(of).collect();
                made.map(Value::List)
            }
        }
    }

    fn bound_to(&self, name: &str) -> Option<&Value> {
        let mut at = self.bound;
        while let Some(bound) = at {
            if bound.name == name {
                return Some(bound.value);
            }
            at = bound.outer;
        }
        None
    }
}

/// `&&` (`absorbing` false) or `||` (`absorbing` true): the absorbing value wins over unknown on either side.
fn logic(
    absorbing: bool,
    left: Result<bool, Missing>,
    right: impl FnOnce() -> Result<bool, Missing>,
) -> Result<bool, Missing> {
    if left == Ok(absorbing) {
        return left;
    }
    match right() {
        Ok(right) if right == absorbing => Ok(right),
        right => left.and(right),
    }
}

/// `all` and `exists`: `&&` and `||` over the items.
fn fold(
    absorbing: bool,
    items: &[Value],
    test: impl Fn(&Value) -> Result<bool, Missing>,
) -> Result<Value, Missing> {
    let mut result = Ok(!absorbing);
    for item in items {
        result = logic(absorbing, result, || test(item));
        if result == Ok(absorbing) {
            break;
        }
    }
    result.map(Value::Bool)
}
