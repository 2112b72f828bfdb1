//! Detectors that never fire though no two parts of their condition exclude each other: their calendar is over before their
//! `for`, or a signal must have been silent so long that it has no value.

use heal_check::StatementKind;
use heal_diagnostics::{Code, Diagnostic};
use heal_program::{BinaryOperator, Detector, Expression, Millis, Program, SignalIndex, UnaryOperator};

use super::{
    conditions::{conjuncts, is_never},
    facts::Facts,
    never::{MINUTES_OF_DAY, close, is_date, minutes},
};

/// By this minute of the day clocks have been set back wherever they are.
const NIGHT_ENDS: u32 = 4 * 60;

/// So many minutes come twice in the night in which a clock is set back.
const SET_BACK_MINUTES: i64 = 60;

/// A warning for such a detector.
pub(super) fn without_time(facts: &Facts<'_>, detector: &Detector, found: &mut Vec<Diagnostic>) {
    // That is said already.
    if !is_never(&detector.when) {
        found.extend(without_value(facts, detector).or_else(|| over_too_soon(facts, detector)));
    }
}

fn without_value(facts: &Facts<'_>, detector: &Detector) -> Option<Diagnostic> {
    let (signal, span) = silent_and_known(facts.program, &detector.when)?;
    let path = &detector.head.path;
    let (file, range) = facts.place(&detector.head, StatementKind::When, 0)?;
    let message = format!(
        "`{path}` never fires: when `{signal}` has been absent for {span}, it has no value to compare"
    );
    let help = "say `||` if one is enough, or leave one out";
    Some(Diagnostic::warning(Code::NEVER_HAPPENS, file, range, message).with_help(help))
}

fn over_too_soon(facts: &Facts<'_>, detector: &Detector) -> Option<Diagnostic> {
    let longest = longest_stretch(detector).filter(|longest| *longest <= detector.hold)?;
    let path = &detector.head.path;
    let (kind, message, help) = if longest == Millis::ZERO {
        let message = format!("`{path}` never fires: its calendars have no minute in common");
        (StatementKind::When, message, "say `||` if one is enough, or leave one out")
    } else {
        let message = format!(
            "`{path}` never fires: `for {}` is not shorter than its calendar, which lasts {longest}",
            detector.hold
        );
        (StatementKind::For, message, "write a shorter `for`, or a calendar in which there is time for it")
    };
    let (file, range) = facts.place(&detector.head, kind, 0)?;
    Some(Diagnostic::warning(Code::NEVER_HAPPENS, file, range, message).with_help(help))
}

/// The signal that a condition asks to be silent, and for a value that it does not have by then; and for how long.
fn silent_and_known<'p>(program: &'p Program, condition: &Expression) -> Option<(&'p str, Millis)> {
    let mut parts = Vec::new();
    conjuncts(condition, &mut parts);
    parts.iter().find_map(|part| {
        let Expression::Absent { signal, span } = part else { return None };
        let node = program.signal(*signal).filter(|node| node.stale_after < *span)?;
        parts.iter().any(|other| needs(other, *signal)).then_some((node.head.path.as_str(), *span))
    })
}

/// Whether an expression is unknown where a signal is.
fn needs(expression: &Expression, signal: SignalIndex) -> bool {
    if let Expression::Unary(UnaryOperator::Not | UnaryOperator::Negate, operand) = expression {
        return needs(operand, signal);
    }
    let Expression::Binary(operator, left, right) = expression else {
        return matches!(expression, Expression::Signal(other) if *other == signal);
    };
    match operator {
        // One side may decide them.
        BinaryOperator::Or | BinaryOperator::And => false,
        BinaryOperator::Equal
        | BinaryOperator::NotEqual
        | BinaryOperator::Less
        | BinaryOperator::LessOrEqual
        | BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual
        | BinaryOperator::In
        | BinaryOperator::Add
        | BinaryOperator::Subtract
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Remainder => needs(left, signal) || needs(right, signal),
    }
}

/// How long a condition can be true at a stretch by its calendars; none where it has none, or where nothing is certain.
fn longest_stretch(detector: &Detector) -> Option<Millis> {
    let mut parts = Vec::new();
    conjuncts(&detector.when, &mut parts);
    let mut calendars =
        parts.iter().filter_map(|part| if let Expression::During(it) = part { Some(it) } else { None });
    let first = calendars.next()?;
    let mut open = minutes(first);
    for other in calendars.clone().filter(|other| other.zone == first.zone) {
        close(&mut open, &minutes(other), false);
    }
    let has_dates = std::iter::once(first).chain(calendars).any(|it| it.spans.iter().any(is_date));
    if has_dates || open.iter().all(|open| *open) {
        return None;
    }
    // Begun at a closed minute, no stretch runs over the end of the week.
    let closed = open.iter().position(|open| !open).unwrap_or_default();
    let (mut longest, mut length) = (0_i64, 0_i64);
    for minute in 0..open.len() {
        let is_open = open.get((closed + minute) % open.len()).is_some_and(|open| *open);
        length = if is_open { length + 1 } else { 0 };
        longest = longest.max(length);
    }
    // A clock that is set back makes a stretch of that night longer.
    let may_be_longer = first.zone != "UTC" && touches_a_night(&open);
    Some(Millis::from_minutes(longest + if may_be_longer { SET_BACK_MINUTES } else { 0 }))
}

/// Whether there is an open minute in the hours in which clocks are set back.
fn touches_a_night(open: &[bool]) -> bool {
    let minutes = (0..MINUTES_OF_DAY).cycle().zip(open);
    minutes.filter(|(_, open)| **open).any(|(minute, _)| minute < NIGHT_ENDS)
}
