//! Expressions made of others: with names filled in, or for the tables of another program.

use heal_evaluate::{Facts, evaluate};
use heal_program::{Expression, HttpRequest, Program, Value as Json};

use crate::{arguments::literal, facts::StepFacts};

/// The expression with each part for which `other` has one put in its place, outermost first.
pub(crate) fn rewrite(
    expression: &Expression,
    other: &mut impl FnMut(&Expression) -> Option<Expression>,
) -> Expression {
    let mut rewritten = expression.clone();
    rewritten.replace(other);
    rewritten
}

/// A condition that stands by itself: params are their values, and texts and numbers that the plan was called with are
/// written out.
pub(crate) fn with_values(expression: &Expression, facts: &StepFacts<'_>) -> Expression {
    rewrite(expression, &mut |part| {
        #[expect(clippy::wildcard_enum_match_arm, reason = "all else stays as it is")]
        match part {
            Expression::Param(param) => facts.param(*param).map(Expression::Number),
            Expression::KeyField(name) => literal(&facts.local(name)?),
            _ => None,
        }
    })
}

/// The same condition over the tables of another program. What that one does not have is unknown there.
pub(crate) fn reindexed(expression: &Expression, old: &Program, new: &Program) -> Expression {
    let gone = || Expression::Variable("@gone".to_owned());
    rewrite(expression, &mut |part| {
        let moved = moved(part, old, new)?;
        Some(moved.unwrap_or_else(gone))
    })
}

/// `None` for what names no table; `Some(None)` for what the new program does not have.
#[expect(clippy::option_option, reason = "not concerned, and gone, are two things")]
fn moved(part: &Expression, old: &Program, new: &Program) -> Option<Option<Expression>> {
    let signal = |index| {
        let hash = old.signal(index)?.head.hash;
        let at = new.signals.iter().position(|node| node.head.hash == hash)?;
        Some(heal_program::SignalIndex(u32::try_from(at).ok()?))
    };
    let detector = |index| {
        let hash = old.detector(index)?.head.hash;
        let at = new.detectors.iter().position(|node| node.head.hash == hash)?;
        Some(heal_program::DetectorIndex(u32::try_from(at).ok()?))
    };
    let event = |index| {
        let hash = old.event(index)?.head.hash;
        let at = new.events.iter().position(|node| node.head.hash == hash)?;
        Some(heal_program::EventIndex(u32::try_from(at).ok()?))
    };
    let entity = |index| {
        let path = &old.entity(index)?.head.path;
        let at = new.entities.iter().position(|node| node.head.path == *path)?;
        Some(heal_program::EntityIndex(u32::try_from(at).ok()?))
    };
    #[expect(clippy::wildcard_enum_match_arm, reason = "all else names no table")]
    match part {
        Expression::Signal(index) => Some(signal(*index).map(Expression::Signal)),
        Expression::Window { function, signal: index, span } => {
            let (function, span) = (*function, *span);
            Some(signal(*index).map(|signal| Expression::Window { function, signal, span }))
        }
        Expression::Learned { signal: index, model, part } => {
            let (model, part) = (model.clone(), *part);
            Some(signal(*index).map(|signal| Expression::Learned { signal, model, part }))
        }
        Expression::TimeTo { signal: index, model, threshold } => {
            let (model, threshold) = (model.clone(), Box::new(reindexed(threshold, old, new)));
            Some(signal(*index).map(|signal| Expression::TimeTo { signal, model, threshold }))
        }
        Expression::Absent { signal: index, span } => {
            let span = *span;
            Some(signal(*index).map(|signal| Expression::Absent { signal, span }))
        }
        Expression::Firing(index) => Some(detector(*index).map(Expression::Firing)),
        Expression::EventWithin { event: index, span } => {
            let span = *span;
            Some(event(*index).map(|event| Expression::EventWithin { event, span }))
        }
        Expression::EventCount { event: index, span } => {
            let span = *span;
            Some(event(*index).map(|event| Expression::EventCount { event, span }))
        }
        Expression::EntityField { root, entity: index, path } => {
            let (root, path) = (root.clone(), path.clone());
            Some(entity(*index).map(|entity| Expression::EntityField { root, entity, path }))
        }
        _ => None,
    }
}

/// An expression with everything computed but what only the sender knows: secrets, and the answer; and what people are told
/// of, where that is not known yet. `Err` when something else is unknown.
fn folded(expression: &Expression, facts: &StepFacts<'_>) -> Result<Expression, ()> {
    if let Some(value) = evaluate(expression, facts) {
        return literal(&value).ok_or(());
    }
    let mut is_unknown = false;
    let folded = rewrite(expression, &mut |part| {
        let is_told_later = facts.episode.is_none() && matches!(part, Expression::Episode(_));
        if is_told_later || matches!(part, Expression::Secret(_) | Expression::Variable(_)) {
            return Some(part.clone());
        }
        if let Some(value) = evaluate(part, facts) {
            return literal(&value);
        }
        is_unknown |=
            part.operands().is_empty() && !matches!(part, Expression::Call(..) | Expression::List(_));
        None
    });
    if is_unknown { Err(()) } else { Ok(folded) }
}

/// A JSON value with everything computed but secrets.
pub(crate) fn folded_value(value: &Json, facts: &StepFacts<'_>) -> Result<Json, ()> {
    Ok(match value {
        Json::Expression(expression) => Json::Expression(folded(expression, facts)?),
        Json::Object(entries) => Json::Object(
            entries
                .iter()
                .map(|(name, value)| Ok((name.clone(), folded_value(value, facts)?)))
                .collect::<Result<_, ()>>()?,
        ),
        Json::List(items) => {
            Json::List(items.iter().map(|item| folded_value(item, facts)).collect::<Result<_, ()>>()?)
        }
    })
}

/// A request with everything computed but secrets, and what is asked of the answer.
pub(crate) fn folded_request(request: &HttpRequest, facts: &StepFacts<'_>) -> Result<HttpRequest, ()> {
    let pair = |(name, value): &(String, Expression)| Ok((name.clone(), folded(value, facts)?));
    Ok(HttpRequest {
        placeholders: request.placeholders.iter().map(pair).collect::<Result<_, ()>>()?,
        headers: request.headers.iter().map(pair).collect::<Result<_, ()>>()?,
        body: request.body.as_ref().map(|body| folded_value(body, facts)).transpose()?,
        ..request.clone()
    })
}
