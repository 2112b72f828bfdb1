//! What would have had to differ for a condition to come out otherwise: from its tree, where that is comparisons joined
//! by `&&`, `||`, `!`, `?:`; of anything else it is said that nothing nearer can be.

use heal_evaluate::{Facts, Value, evaluate, truth};
use heal_program::{BinaryOperator, Expression, ParamIndex, Program, UnaryOperator};
use heal_report::{constant_with, expression_text};

use crate::{
    expression_values::Scale,
    readings::{blamed, children},
};

/// Most ways in which a condition could come out otherwise that are told.
const ALTERNATIVES_MAX: usize = 8;
/// Most things that would have to differ together.
const TOGETHER_MAX: usize = 6;

/// Something that would have had to differ.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Need {
    /// In words: ``request_latency.avg(15m)` at most 60 ms: it was 62.3 ms`.
    pub(crate) text: String,
    /// How far it was from that, as a share of what it was; infinite where that cannot be said. Tells which of several is
    /// nearest at one step.
    pub(crate) distance: f64,
    /// How far it was from that, in the base unit; infinite where that cannot be said. Tells at which of several steps
    /// one and the same comparison was nearest.
    pub(crate) gap: f64,
    /// The comparison that it is about, by its place among [`comparisons`].
    pub(crate) comparison: Option<usize>,
    /// How many needs it is: more than one where they are only counted.
    pub(crate) stands_for: usize,
}

/// Things that would have had to differ together.
pub(crate) type Alternative = Vec<Need>;

/// The two sides of a comparison at one step.
pub(crate) type Sides = (f64, f64);

/// The comparisons that a condition is made of, in the order they stand: those not inside anything but logic.
pub(crate) fn comparisons(condition: &Expression) -> Vec<&Expression> {
    let mut found = Vec::new();
    collect(condition, &mut found);
    found
}

fn collect<'e>(condition: &'e Expression, found: &mut Vec<&'e Expression>) {
    if is_comparison(condition) {
        found.push(condition);
    } else if is_logic(condition) {
        condition.operands().into_iter().for_each(|operand| collect(operand, found));
    }
}

/// Whether a condition is true only if this one of its comparisons is: nothing but `&&` stands above it.
pub(crate) fn is_necessary(condition: &Expression, comparison: &Expression) -> bool {
    std::ptr::eq(condition, comparison)
        || matches!(condition, Expression::Binary(BinaryOperator::And, left, right)
            if is_necessary(left, comparison) || is_necessary(right, comparison))
}

/// The values of a comparison's two sides.
pub(crate) fn sides(comparison: &Expression, facts: &dyn Facts) -> Option<Sides> {
    let Expression::Binary(_, left, right) = comparison else { return None };
    Some((number(evaluate(left, facts)?)?, number(evaluate(right, facts)?)?))
}

fn is_logic(expression: &Expression) -> bool {
    matches!(
        expression,
        Expression::Binary(BinaryOperator::And | BinaryOperator::Or, ..)
            | Expression::Unary(UnaryOperator::Not, _)
            | Expression::Conditional(..)
    )
}

pub(crate) fn is_comparison(expression: &Expression) -> bool {
    matches!(expression, Expression::Binary(operator, ..) if relation(*operator, true).is_some())
}

fn number(value: Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(number),
        Value::Integer(number) => Some(number as f64),
        Value::Bool(_) | Value::Text(_) | Value::List(_) | Value::Object(_) => None,
    }
}

/// What a condition would have needed to come out as `wanted`, nearest first. Empty: it does.
pub(crate) fn alternatives(
    program: &Program,
    condition: &Expression,
    wanted: bool,
    facts: &dyn Facts,
) -> Vec<Alternative> {
    let flips = Flips { program, facts, comparisons: comparisons(condition) };
    let mut found = flips.of(condition, wanted);
    found.retain(|alternative| !alternative.is_empty());
    nearest_first(found)
}

/// The nearest of some alternatives.
fn nearest_first(mut found: Vec<Alternative>) -> Vec<Alternative> {
    let farthest = |of: fn(&Need) -> f64, way: &Alternative| way.iter().map(of).fold(0.0_f64, f64::max);
    let distance = |way: &Alternative| farthest(|need| need.distance, way);
    let gap = |way: &Alternative| farthest(|need| need.gap, way);
    // A stable sort: what is equally far stays in the order it stands.
    found.sort_by(|left, right| {
        distance(left)
            .total_cmp(&distance(right))
            .then_with(|| left.len().cmp(&right.len()))
            .then_with(|| gap(left).total_cmp(&gap(right)))
    });
    found.truncate(ALTERNATIVES_MAX);
    found
}

/// What a comparison would have needed to come out as `wanted`, when its sides were these.
pub(crate) fn need_of(
    program: &Program,
    comparison: &Expression,
    wanted: bool,
    (left, right): Sides,
    place: Option<usize>,
) -> Option<Need> {
    let Expression::Binary(operator, left_side, right_side) = comparison else { return None };
    let is_mirrored = is_constant(left_side) && !is_constant(right_side);
    let (operator, measured, bound) = if is_mirrored {
        (operator.mirrored(), right_side, left_side)
    } else {
        (*operator, left_side, right_side)
    };
    let (value, limit) = if is_mirrored { (right, left) } else { (left, right) };
    let relation = relation(operator, wanted)?;
    let scale = Scale::of(program, measured);
    let up = matches!(relation, "above" | "at least");
    let (limit_text, value_text) = scale.bound_and_value((limit, up), value);
    let named = expression_text(program, measured);
    let bound_text = expression_text(program, bound);
    let of_bound = if matches!(**bound, Expression::Number(_) | Expression::Integer(_)) {
        String::new()
    } else {
        format!(" (`{bound_text}`)")
    };
    let mut text = format!("`{named}` {relation} {limit_text}{of_bound}: it was {value_text}");
    if let Some(other) = of_the_bound(program, bound, operator, wanted, value) {
        text.push_str(&other);
    }
    let gap = (value - limit).abs();
    // Of two bounds of one value the nearer one has the smaller share of it, whatever their signs are.
    let size = if value == 0.0 { limit.abs() } else { value.abs() };
    let distance = if gap > 0.0 { gap / size } else { 0.0 };
    Some(Need { text, distance, gap, comparison: place, stands_for: 1 })
}

/// What the other side would have had to be: a literal, or the param that it is made of.
fn of_the_bound(
    program: &Program,
    bound: &Expression,
    operator: BinaryOperator,
    wanted: bool,
    value: f64,
) -> Option<String> {
    // The bound must be on the other side of the value: `>` that must fail wants one that is the value or more.
    let words = match (operator, wanted) {
        (BinaryOperator::Greater, false) => ("or more", "or less"),
        (BinaryOperator::GreaterOrEqual, false) => ("and more", "and less"),
        (BinaryOperator::Less, false) => ("or less", "or more"),
        (BinaryOperator::LessOrEqual, false) => ("and less", "and more"),
        (BinaryOperator::Greater, true) => ("and less", "and more"),
        (BinaryOperator::GreaterOrEqual, true) => ("or less", "or more"),
        (BinaryOperator::Less, true) => ("and more", "and less"),
        (BinaryOperator::LessOrEqual, true) => ("or more", "or less"),
        (
            BinaryOperator::Equal
            | BinaryOperator::NotEqual
            | BinaryOperator::And
            | BinaryOperator::Or
            | BinaryOperator::In
            | BinaryOperator::Add
            | BinaryOperator::Subtract
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Remainder,
            _,
        ) => return None,
    };
    if matches!(bound, Expression::Number(_) | Expression::Integer(_)) {
        return None;
    }
    let (param, rise, start) = only_param(program, bound)?;
    let node = program.param(param)?;
    let scale = Scale::of(program, &Expression::Param(param));
    let needed = (value - start) / rise;
    if !needed.is_finite() {
        return None;
    }
    let rises = rise > 0.0;
    let end = if rises { words.0 } else { words.1 };
    let up = matches!(end, "or more" | "and more");
    let (needed_text, is_text) = scale.bound_and_value((needed, up), node.value);
    let outside = match node.range {
        Some((low, high)) if needed < low || needed > high => {
            format!(", outside its range {}..{}", scale.text(low), scale.text(high))
        }
        Some(_) | None => String::new(),
    };
    let bound = match end {
        "and more" => format!("above {needed_text}"),
        "and less" => format!("below {needed_text}"),
        other => format!("at {needed_text} {other}"),
    };
    Some(format!("; or `{}` {bound} (it is {is_text}){outside}", node.head.path))
}

/// The one param that a constant is made of, when it is linear in it: how it rises with it, and where it starts.
fn only_param(program: &Program, bound: &Expression) -> Option<(ParamIndex, f64, f64)> {
    let mut params = Vec::new();
    bound.walk(&mut |part| {
        if let Expression::Param(param) = part
            && !params.contains(param)
        {
            params.push(*param);
        }
    });
    let [param] = params.as_slice() else { return None };
    let value_of = |index, value| {
        if index == *param { Some(value) } else { program.param(index).map(|node| node.value) }
    };
    let at = |value: f64| constant_with(bound, &|index| value_of(index, value));
    let (zero, one, two) = (at(0.0)?, at(1.0)?, at(2.0)?);
    let rise = one - zero;
    let is_linear = (two - one - rise).abs() <= 1e-9 * (rise.abs() + one.abs());
    (is_linear && rise != 0.0).then_some((*param, rise, zero))
}

fn is_constant(expression: &Expression) -> bool {
    let mut reads = false;
    expression.walk(&mut |part| {
        reads |= part.read().is_some()
            || matches!(
                part,
                Expression::KeyField(_) | Expression::Variable(_) | Expression::Aggregate { .. }
            );
    });
    !reads
}

/// How the left side of a comparison stands to the right one when it is true, or when it is not.
fn relation(operator: BinaryOperator, holds: bool) -> Option<&'static str> {
    Some(match (operator, holds) {
        (BinaryOperator::Greater, true) | (BinaryOperator::LessOrEqual, false) => "above",
        (BinaryOperator::Greater, false) | (BinaryOperator::LessOrEqual, true) => "at most",
        (BinaryOperator::Less, true) | (BinaryOperator::GreaterOrEqual, false) => "below",
        (BinaryOperator::Less, false) | (BinaryOperator::GreaterOrEqual, true) => "at least",
        (BinaryOperator::Equal, true) | (BinaryOperator::NotEqual, false) => "equal to",
        (BinaryOperator::Equal, false) | (BinaryOperator::NotEqual, true) => "other than",
        (
            BinaryOperator::And
            | BinaryOperator::Or
            | BinaryOperator::In
            | BinaryOperator::Add
            | BinaryOperator::Subtract
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Remainder,
            _,
        ) => return None,
    })
}

struct Flips<'f> {
    program: &'f Program,
    facts: &'f dyn Facts,
    comparisons: Vec<&'f Expression>,
}

impl Flips<'_> {
    /// How a part could have come out as wanted; one empty way where it did.
    fn of(&self, part: &Expression, wanted: bool) -> Vec<Alternative> {
        if truth(evaluate(part, self.facts)) == Some(wanted) {
            return vec![Vec::new()];
        }
        #[expect(clippy::wildcard_enum_match_arm, reason = "all that is no logic is told as it is")]
        match part {
            Expression::Unary(UnaryOperator::Not, inner) => self.of(inner, !wanted),
            Expression::Binary(BinaryOperator::And, left, right) => self.join(left, right, wanted, wanted),
            Expression::Binary(BinaryOperator::Or, left, right) => self.join(left, right, wanted, !wanted),
            Expression::Conditional(condition, then, otherwise) => {
                match truth(evaluate(condition, self.facts)) {
                    Some(true) => self.of(then, wanted),
                    Some(false) => self.of(otherwise, wanted),
                    None => vec![vec![self.unknown(condition, part, wanted)]],
                }
            }
            _ => vec![vec![self.leaf(part, wanted)]],
        }
    }

    /// Both sides as wanted, or either of them.
    fn join(&self, left: &Expression, right: &Expression, wanted: bool, both: bool) -> Vec<Alternative> {
        let (left, right) = (self.of(left, wanted), self.of(right, wanted));
        if !both {
            return nearest_first(left.into_iter().chain(right).collect());
        }
        let mut joined = Vec::new();
        for one in &left {
            for other in &right {
                let together: Alternative = one.iter().chain(other).cloned().collect();
                joined.push(if together.len() > TOGETHER_MAX { in_short(&together) } else { together });
            }
        }
        nearest_first(joined)
    }

    fn leaf(&self, part: &Expression, wanted: bool) -> Need {
        let place = self.comparisons.iter().position(|other| std::ptr::eq(*other, part));
        if let Some(sides) = sides(part, self.facts)
            && let Some(need) = need_of(self.program, part, wanted, sides, place)
        {
            return need;
        }
        match truth(evaluate(part, self.facts)) {
            None => self.unknown(part, part, wanted),
            Some(was) => {
                let text = expression_text(self.program, part);
                let hangs = if children(part).len() < part.operands().len() || is_opaque(part) {
                    "; it hangs on other keys, so nothing nearer can be said"
                } else {
                    ""
                };
                let text = format!("`{text}` {wanted}: it was {was}{hangs}");
                Need { text, distance: f64::INFINITY, gap: f64::INFINITY, comparison: None, stands_for: 1 }
            }
        }
    }

    /// What is unknown must be known, and then come out right.
    fn unknown(&self, part: &Expression, whole: &Expression, wanted: bool) -> Need {
        let parts = blamed(part, self.facts);
        let names: Vec<String> =
            parts.iter().map(|part| format!("`{}`", expression_text(self.program, part))).collect();
        let are = if names.len() == 1 { "it was" } else { "they were" };
        let whole = expression_text(self.program, whole);
        let so = if names.iter().any(|name| *name == format!("`{whole}`")) {
            format!("and {wanted}")
        } else {
            format!("and `{whole}` {wanted}")
        };
        let text = format!("{} known, {so}: {are} unknown", names.join(" and "));
        Need { text, distance: f64::INFINITY, gap: f64::INFINITY, comparison: None, stands_for: 1 }
    }
}

/// More than anybody reads in one sentence: the parts are counted.
fn in_short(together: &Alternative) -> Alternative {
    let shown = together.iter().take(TOGETHER_MAX - 1).cloned();
    let more = together.iter().skip(TOGETHER_MAX - 1);
    let (distance, gap) = more
        .clone()
        .fold((0.0_f64, 0.0_f64), |(distance, gap), need| (distance.max(need.distance), gap.max(need.gap)));
    // What was shortened before stands for several already.
    let count: usize = more.map(|need| need.stands_for).sum();
    let text = format!("{count} more together");
    shown.chain([Need { text, distance, gap, comparison: None, stands_for: count }]).collect()
}

fn is_opaque(part: &Expression) -> bool {
    matches!(part, Expression::Aggregate { .. } | Expression::ForKey { .. })
}
