//! Times that are too short for what they wait for.

use heal_check::StatementKind;
use heal_diagnostics::{Code, Diagnostic};
use heal_program::{Detector, Expression, Learned, Millis, Plan, Read, Rung, Verify, WindowFunction};

use super::{
    facts::{Acting, Facts},
    places,
};

/// How many steps of its slowest signal a `verify` must hold for.
const VERIFY_STEPS: i64 = 2;

/// `for` and windows that are shorter than a step.
pub(super) fn of_detector(facts: &Facts<'_>, detector: &Detector, found: &mut Vec<Diagnostic>) {
    short_hold(facts, detector, found);
    short_span(facts, detector, found);
}

/// `verify` shorter than two steps.
pub(super) fn of_plan(facts: &Facts<'_>, plan: &Plan, found: &mut Vec<Diagnostic>) {
    for (at, verify) in plan.verifies.iter().enumerate() {
        short_verify(facts, plan, (at, verify), found);
    }
}

/// `for 5s` where there is a step every 15s: it asks for no step but the first.
fn short_hold(facts: &Facts<'_>, detector: &Detector, found: &mut Vec<Diagnostic>) {
    let every = detector.every;
    let clear = detector.clear.as_ref().map_or(Millis::ZERO, |clear| clear.hold);
    let holds = [(StatementKind::For, detector.hold, "fires"), (StatementKind::Clear, clear, "clears")];
    for (kind, hold, does) in holds {
        if hold == Millis::ZERO || hold >= every {
            continue;
        }
        let Some((file, range)) = facts.place(&detector.head, kind, 0) else { continue };
        let message = format!(
            "`for {hold}` of `{}` is shorter than a step of what it reads, {every}: it {does} at once",
            detector.head.path
        );
        found.push(
            Diagnostic::warning(Code::WINDOW_TOO_SHORT, file, range, message)
                .with_help(format!("write `for {every}` or longer, or leave it out")),
        );
    }
}

/// A window in which there is no sample, or one where two are needed.
fn short_span(facts: &Facts<'_>, detector: &Detector, found: &mut Vec<Diagnostic>) {
    let clear = detector.clear.as_ref().map(|clear| (StatementKind::Clear, &clear.when));
    for (kind, condition) in std::iter::once((StatementKind::When, &detector.when)).chain(clear) {
        let mut worst: Option<(String, Millis)> = None;
        condition.walk(&mut |node| worst = worst.take().or_else(|| mostly_unknown(facts, node)));
        let Some((shown, every)) = worst else { continue };
        let Some((file, range)) = facts.place(&detector.head, kind, 0) else { continue };
        let message = format!("`{shown}` is mostly unknown: a sample comes every {every}");
        // One sample makes it known and no more: with two it says something that the sample does not.
        let enough = Millis(every.0.saturating_mul(2));
        found.push(
            Diagnostic::warning(Code::WINDOW_TOO_SHORT, file, range, message)
                .with_help(format!("look back {enough} or longer")),
        );
    }
}

/// What looks back too short a while to be known, and how often there is a sample; none where it is long enough.
fn mostly_unknown(facts: &Facts<'_>, node: &Expression) -> Option<(String, Millis)> {
    let (signal, span, needed, word) = if let Expression::Window { function, signal, span } = node {
        (*signal, *span, samples_needed(*function), format!("{}({span})", function.word()))
    } else if let Expression::Learned { signal, model: Learned::Forecast { train, .. }, .. }
    | Expression::TimeTo { signal, model: Learned::Forecast { train, .. }, .. } = node
    {
        // No line goes through one point.
        (*signal, *train, 2, format!("forecast(train: {train})"))
    } else {
        return None;
    };
    let signal = facts.program.signal(signal)?;
    let is_short = span.0 < signal.every.0.saturating_mul(needed);
    is_short.then(|| (format!("{}.{word}", signal.head.path), signal.every))
}

/// How many samples a window function needs to be known.
fn samples_needed(function: WindowFunction) -> i64 {
    match function {
        WindowFunction::Rate | WindowFunction::Increase | WindowFunction::Delta | WindowFunction::Slope => 2,
        WindowFunction::Avg
        | WindowFunction::Min
        | WindowFunction::Max
        | WindowFunction::Sum
        | WindowFunction::Count
        | WindowFunction::Stddev
        | WindowFunction::Median
        | WindowFunction::Quantile(_) => 1,
        // They look at a point, or fade: any span has a meaning.
        WindowFunction::Lag | WindowFunction::Ewma => 0,
    }
}

/// A `verify` that has no time for the two steps that it must hold for.
fn short_verify(facts: &Facts<'_>, plan: &Plan, (at, verify): (usize, &Verify), found: &mut Vec<Diagnostic>) {
    let Some((slowest, every)) = slowest(facts, &verify.condition) else { return };
    let needed = Millis(every.0.saturating_mul(VERIFY_STEPS));
    if verify.within >= needed {
        return;
    }
    let Some((file, range)) = facts.place(&plan.head, StatementKind::Verify, at) else { return };
    let message = format!(
        "this never holds within {}: `{slowest}` has a step every {every}, and two must be true",
        verify.within
    );
    found.push(
        Diagnostic::error(Code::WINDOW_TOO_SHORT, file, range, message)
            .with_help(format!("write `within {needed}` or longer")),
    );
}

/// What a condition reads that has the fewest samples, and how often it has one.
fn slowest(facts: &Facts<'_>, condition: &Expression) -> Option<(String, Millis)> {
    let mut slowest: Option<(String, Millis)> = None;
    condition.walk(&mut |node| {
        let read = match facts.program.sampled(node) {
            Some(Read::Signal(signal, _)) => {
                facts.program.signal(signal).map(|it| (it.head.path.clone(), it.every))
            }
            Some(Read::Detector(detector)) => {
                facts.program.detector(detector).map(|it| (it.head.path.clone(), it.every))
            }
            Some(Read::Entity(entity)) => facts
                .program
                .entity(entity)
                .and_then(|it| it.feed.as_ref().map(|feed| (it.head.path.clone(), feed.every))),
            Some(Read::Event(..)) | None => None,
        };
        if let Some((name, every)) = read
            && slowest.as_ref().is_none_or(|(_, before)| every > *before)
        {
            slowest = Some((name, every));
        }
    });
    slowest
}

/// A time after which a policy takes it that a plan did not help, before its detector could have cleared.
pub(super) fn of_policy(facts: &Facts<'_>, acting: &Acting<'_>, found: &mut Vec<Diagnostic>) {
    let policy = acting.policy;
    let Some(settling) = facts.settling(policy.on) else { return };
    let Some(trigger) = facts.program.trigger(policy.on).map(|head| &head.path) else { return };
    let mut report = |place: Option<places::Place>, what: String, help: String| {
        let Some((file, range)) = place else { return };
        let message = format!("{what} is shorter than the {settling} that `{trigger}` may take to clear");
        found.push(Diagnostic::warning(Code::WINDOW_TOO_SHORT, file, range, message).with_help(help));
    };
    let is_last = |at: usize| at + 1 == policy.ladder.len();
    if let Some(cooldown) = &policy.guard.cooldown
        && cooldown.span < settling
        && acting.plans.iter().any(|(rung, ..)| !is_last(*rung))
    {
        let place = facts.place(&policy.head, StatementKind::Cooldown, 0);
        let help =
            format!("write `cooldown {settling}` or longer, or the next rung is tried while the first works");
        report(place, format!("the cooldown of `{}`, {},", policy.head.path, cooldown.span), help);
    }
    for (at, rung) in policy.ladder.iter().enumerate() {
        let again = match rung {
            Rung::Plan { again, .. } | Rung::Choose { again, .. } => *again,
            Rung::Escalate { .. } => None,
        };
        if let Some(again) = again.filter(|again| *again < settling) {
            let place = facts.place(&policy.head, StatementKind::Rung, at);
            let help = format!("write `again every {settling}` or longer");
            report(place, format!("`again every {again}`"), help);
        }
    }
    for (rung, _, plan, _) in &acting.plans {
        let within = plan.verifies.iter().map(|verify| verify.within).max();
        let Some(within) = within.filter(|within| *within < settling) else { continue };
        let place = facts.place(&policy.head, StatementKind::Rung, *rung);
        let what = format!("the time that `{}` has to verify, {within},", plan.head.path);
        let help = "a plan has failed when the detector still fires at its end: give `verify` more time, or let the detector clear sooner";
        report(place, what, help.to_owned());
    }
}
