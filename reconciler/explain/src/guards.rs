//! What held a rung back, with the counter behind it, the starts that counted, and what would have let it through.

use std::collections::{BTreeMap, BTreeSet};

use heal_engine::{CountedRun, GuardStanding, Labels, OpenedBy, WithheldReason};
use heal_evaluate::is_during;
use heal_program::{Calendar, Guard, Millis, SemanticHash, Timestamp};

use crate::times::{counted, date_and_clock, exact, instant, key_text};

/// Most starts that are listed.
const LISTED_MAX: usize = 8;
/// How far ahead the end of a freeze is looked for: no week is longer.
const CALENDAR_AHEAD: Millis = Millis(15 * 86_400_000);
/// Calendars change at whole minutes.
const MINUTE: Millis = Millis::from_minutes(1);

/// What is said of a withheld rung.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Withholding {
    /// The counter, what counted, what was read; a line each.
    pub(crate) because: Vec<String>,
    /// What would have let it through, each alone.
    pub(crate) differ: Vec<String>,
}

/// What is known when a rung is held back.
pub(crate) struct Held<'h> {
    pub(crate) at: Timestamp,
    /// The firing's key.
    pub(crate) labels: &'h Labels,
    /// The guards of its policy, with their paths, own first.
    pub(crate) guards: &'h [(String, Guard)],
    /// Whose guard it is; empty: of none.
    pub(crate) by: &'h str,
    /// What that guard had counted then.
    pub(crate) standing: &'h GuardStanding,
    /// What had opened its breaker, where that is what holds.
    pub(crate) opened: Option<OpenedBy>,
    /// When runs ended, also later than that.
    pub(crate) ends: &'h BTreeMap<SemanticHash, Timestamp>,
    /// The run that this is a target of: it stands in nobody's way.
    pub(crate) own: Option<SemanticHash>,
    /// How often it is decided.
    pub(crate) every: Millis,
    /// What the condition that is unknown had read, with units; empty: the engine's own words are taken.
    pub(crate) read: Vec<String>,
    /// Names a run: `restart for cart`.
    pub(crate) name: &'h dyn Fn(&CountedRun) -> String,
}

impl Held<'_> {
    /// What is said of it.
    #[allow(clippy::too_many_lines, reason = "a row for each reason")]
    pub(crate) fn told(&self, reason: &WithheldReason) -> Withholding {
        let mut told = Withholding::default();
        let at = self.at;
        match reason {
            WithheldReason::ConditionUnknown { condition, values, lacking } => {
                told.because = self.readings(values);
                told.because.extend(lacking.iter().map(ToString::to_string));
                told.differ.push(format!("`where {condition}` known and true"));
            }
            WithheldReason::ArgumentUnknown { what, lacking } => {
                told.because.extend(lacking.iter().map(ToString::to_string));
                told.differ.push(format!("{what} known"));
            }
            WithheldReason::RequireUnknown { condition, values, lacking, .. } => {
                told.because = self.readings(values);
                told.because.extend(lacking.iter().map(ToString::to_string));
                told.differ.push(format!("`require {condition}` known and true"));
            }
            WithheldReason::GroupUnknown { what, per } => {
                told.differ.push(format!("`{per}` known, which {what} counts apart by"));
            }
            WithheldReason::Limit { runs_max, window, per, used, opens } => {
                let open = at.minus(*window);
                let runs = self.runs(|run| run.at > open && run.belongs_to(per));
                told.because.push(format!("{used} of {runs_max} used{}", group(per)));
                told.because.extend(self.list(&runs));
                told.differ.push(format!("a limit of {} or more", used.saturating_add(1)));
                told.differ.push(later(at, *opens, "the oldest start leaves the window then"));
            }
            WithheldReason::Cooldown { span, until, per } => {
                let policy = self.guards.first().map_or("", |(path, _)| path.as_str());
                let is_key = |run: &CountedRun| self.labels.iter().all(|label| run.labels.contains(label));
                let own = |run: &CountedRun| run.policy == policy && is_key(run);
                let guard = self.guards.iter().find(|(path, _)| path == self.by);
                let by_key =
                    guard.and_then(|(_, it)| it.cooldown.as_ref()).is_some_and(|it| it.per.is_empty());
                let counts =
                    |run: &CountedRun| if by_key { run.shares_key(self.labels) } else { run.belongs_to(per) };
                let runs = self.runs(|run| run.at.plus(*span) > at && counts(run) && !own(run));
                told.because.extend(self.list(&runs));
                let latest = runs.iter().map(|run| run.at).max();
                if let Some(latest) = latest {
                    let since = at.since(latest);
                    told.differ.push(format!("a cooldown of {} or less", exact(since)));
                }
                // An event that is held back is not queued.
                told.differ.push(if self.by.is_empty() && !self.guards.is_empty() {
                    format!("an event of {} or later: the cooldown ends then", instant(*until))
                } else {
                    later(at, *until, "the cooldown ends then")
                });
            }
            WithheldReason::Concurrency { runs_max, per } => {
                let runs = self.in_flight(per);
                told.because.push(format!("{} in flight, {runs_max} may be{}", runs.len(), group(per)));
                told.because.extend(self.list(&runs));
                told.differ.push(format!("a concurrency of {} or more", runs.len().saturating_add(1)));
                told.differ.extend(self.first_end(&runs));
            }
            WithheldReason::BlastRadius { entity, most, acted, live, window, per } => {
                let live = live.map_or_else(String::new, |live| format!(" of {live} live"));
                told.because.push(format!("{acted} {entity} acted on{live}, {most} may be{}", group(per)));
                let open = at.minus(*window);
                let runs = self.runs(|run| {
                    run.belongs_to(per)
                        && (run.at > open || self.end_by_then(run).is_none_or(|end| end > open))
                        && run.targets.iter().any(|target| is_of_kind(target, entity))
                });
                told.because.extend(self.list(&runs));
                told.differ.push(format!("a blast radius of more than {} {entity}", acted.max(most)));
                told.differ.extend(self.first_leaves(&runs, entity, *window));
            }
            WithheldReason::LiveCountUnknown { entity, per } => {
                told.differ.push(format!("how many {entity} live{} known", group(per)));
            }
            WithheldReason::Breaker { failures, window, per, until } => {
                let (failed, is_test) = self.opened_by();
                let count = counted(failed.len(), "run", "runs");
                told.because.push(match is_test {
                    true => format!("open: the run that was let through to test it failed{}", group(per)),
                    false => format!(
                        "open: {count} failed within {}, and {failures} {} it{}",
                        exact(*window),
                        if *failures == 1 { "opens" } else { "open" },
                        group(per)
                    ),
                });
                told.because.extend(self.list(&failed));
                told.differ.push(match is_test {
                    true => "the run that tested it passed".to_owned(),
                    false => format!("a breaker of {} failures or more", failed.len().saturating_add(1)),
                });
                told.differ.push(match until {
                    Some(until) => later(at, *until, "one run is let through then"),
                    None => "the run that tests it passed".to_owned(),
                });
            }
            WithheldReason::Freeze { calendar } => {
                told.because.push(format!("it was {} then", instant(at)));
                told.differ.extend(self.opens(calendar, false));
            }
            WithheldReason::Only { calendars } => {
                told.because.push(format!("it was {} then", instant(at)));
                told.differ.extend(self.opens(calendars, true));
            }
            WithheldReason::CalendarUnknown { calendar } => {
                told.differ.push(format!("the time zone of `{calendar}` known"));
            }
            WithheldReason::Canary { wave, waves, started, passed, until } => {
                told.because.push(format!("wave {wave} of {waves}: {started} started, {passed} passed"));
                told.differ.push(match until {
                    Some(until) => later(at, *until, "the wave has settled then"),
                    None => "every run of the wave passed, and settled".to_owned(),
                });
            }
            WithheldReason::CanaryStopped { wave } => {
                let of_wave = |run: &CountedRun| self.standing.wave.contains(&run.run);
                let failed =
                    self.runs(|run| of_wave(run) && run.failed && run.ended.is_some_and(|end| end <= at));
                told.because.extend(self.list(&failed));
                told.differ.push(format!("every run of wave {wave} passed"));
            }
            WithheldReason::Storm { firings, window, until } => {
                let inside = self.storm_firings(*until, *window);
                let began = counted(inside, "firing", "firings");
                told.because.push(format!("{began} began within {}", exact(*window)));
                told.differ.push(format!("fewer than {firings} firings within {}", exact(*window)));
                told.differ.push(later(at, *until, "the storm is over then, if no more begin"));
            }
            WithheldReason::Disturbed { policy, until, .. } => told.differ.push(match until {
                Some(until) => later(at, *until, "what the run disturbs has settled then"),
                None => format!("the run of {policy} over, and settled"),
            }),
            WithheldReason::DisturbBudget { used, budget, .. } => {
                told.because.push(format!(
                    "disturbed for {} of the last hour, {} may be",
                    exact(*used),
                    exact(*budget)
                ));
                told.differ.push(format!("less than {} of disturbance in that hour", exact(*used)));
            }
            WithheldReason::Topology { upstream, detector, until } => told.differ.push(match until {
                Some(until) => later(at, *until, "it is waited for no longer then"),
                None => format!("{detector} not firing for {upstream}"),
            }),
            WithheldReason::Approval { team } => told.differ.push(format!("{team} agreed")),
            WithheldReason::Busy { policy } => {
                told.differ.push(format!("the run of {policy} on the same entity over"));
            }
            WithheldReason::NotRunnable { item, why } => {
                told.differ.push(format!("a Heal that runs {item}: {why}"));
            }
            WithheldReason::Paused => told.differ.push("starts not stopped by a person".to_owned()),
        }
        told
    }

    /// The starts up to now that a guard counts. One that ended at this very time was still on its way when it was asked.
    fn runs(&self, counts: impl Fn(&CountedRun) -> bool) -> Vec<CountedRun> {
        self.standing.runs.iter().filter(|run| run.at <= self.at && counts(run)).cloned().collect()
    }

    fn in_flight(&self, per: &Labels) -> Vec<CountedRun> {
        self.runs(|run| {
            self.end_by_then(run).is_none()
                && !(run.released && Some(run.whole) == self.own)
                && Some(run.run) != self.own
                && run.belongs_to(per)
        })
    }

    /// When a run had ended by the time at which it was asked; one that ended at that very time had not yet.
    fn end_by_then(&self, run: &CountedRun) -> Option<Timestamp> {
        run.ended.filter(|end| *end < self.at)
    }

    /// The runs that opened the breaker, and whether that was the one that tested it.
    fn opened_by(&self) -> (Vec<CountedRun>, bool) {
        let (wanted, is_test): (BTreeSet<SemanticHash>, bool) = match &self.opened {
            Some(OpenedBy::Failures(runs)) => (runs.iter().copied().collect(), false),
            Some(OpenedBy::Test(run)) => ([*run].into(), true),
            None => (BTreeSet::new(), false),
        };
        (self.runs(|run| wanted.contains(&run.run)), is_test)
    }

    /// The firings of the window that a storm began with, or was last seen full in.
    fn storm_firings(&self, until: Timestamp, window: Millis) -> usize {
        let own = self.guards.iter().find(|(path, _)| path == self.by).and_then(|(_, it)| it.storm.as_ref());
        let full = own.map_or(self.at, |storm| until.minus(storm.open_for));
        let open = full.minus(window);
        self.standing.firings.iter().filter(|at| **at > open && **at <= full).count()
    }

    /// When the first of the entities that were acted on counts no longer.
    fn first_leaves(&self, runs: &[CountedRun], entity: &str, window: Millis) -> Option<String> {
        // None: a run on it is in flight, and nobody knows until when.
        let mut leaves: BTreeMap<&str, Option<Timestamp>> = BTreeMap::new();
        for run in runs {
            let end = run.ended.or_else(|| self.ends.get(&run.run).copied());
            let leave = end.map(|end| end.max(run.at).plus(window));
            for target in run.targets.iter().filter(|target| is_of_kind(target, entity)) {
                let known = leaves.entry(target.as_str()).or_insert(leave);
                *known = known.zip(leave).map(|(known, leave)| known.max(leave));
            }
        }
        let first = leaves.into_values().flatten().min()?;
        Some(later(self.at, first, "the first of them counts no longer then"))
    }

    fn readings(&self, values: &heal_engine::Readings) -> Vec<String> {
        if self.read.is_empty() { readings_of(values) } else { self.read.clone() }
    }

    fn list(&self, runs: &[CountedRun]) -> Vec<String> {
        let mut lines: Vec<String> = runs
            .iter()
            .take(LISTED_MAX)
            .map(|run| {
                format!("counted: {} at {} ({})", (self.name)(run), date_and_clock(run.at), run.run.short())
            })
            .collect();
        if let Some(more) = runs.len().checked_sub(LISTED_MAX).filter(|more| *more > 0) {
            lines.push(format!("counted: {more} more"));
        }
        lines
    }

    /// The first step after the first of these has ended: at the step of its end itself it is still in the way.
    fn first_end(&self, runs: &[CountedRun]) -> Option<String> {
        let ends = runs.iter().filter_map(|run| run.ended.or_else(|| self.ends.get(&run.run).copied()));
        let next = ends.min()?.plus(Millis(1)).align_up(Millis(self.every.0.max(1)));
        Some(later(self.at, next, "the first of them has ended by then"))
    }

    /// When starts are let go on again: outside of a frozen calendar, or inside of one of those that allow it.
    fn opens(&self, text: &str, allowed: bool) -> Option<String> {
        let calendars: Vec<&Calendar> = self
            .guards
            .iter()
            .filter(|(path, _)| self.by.is_empty() || path == self.by)
            .flat_map(|(_, guard)| if allowed { &guard.only } else { &guard.freeze })
            .filter(|calendar| allowed || calendar.text == text)
            .collect();
        let is_open = |at: Timestamp| {
            let inside = calendars.iter().any(|calendar| is_during(calendar, at) == Some(true));
            inside == allowed
        };
        let mut next = self.at.plus(Millis(1)).align_up(MINUTE);
        let last = self.at.plus(CALENDAR_AHEAD);
        while next <= last {
            if is_open(next) {
                let why = if allowed { "starts are allowed from then on" } else { "the freeze ends then" };
                return Some(later(self.at, next, why));
            }
            next = next.plus(MINUTE);
        }
        None
    }
}

/// What was read, a line each.
pub(crate) fn readings_of(values: &heal_engine::Readings) -> Vec<String> {
    let line = |(part, value): &(String, Option<f64>)| match value {
        Some(value) => format!("`{part}` was {value}"),
        None => format!("`{part}` was unknown"),
    };
    values.iter().map(line).collect()
}

/// Whether a target, as text, is an entity of a kind that is named without its module.
fn is_of_kind(target: &str, entity: &str) -> bool {
    let kind = target.split(' ').next().unwrap_or_default();
    heal_program::short_name(kind) == entity
}

fn later(at: Timestamp, then: Timestamp, why: &str) -> String {
    if then <= at {
        return why.replace(" then", "");
    }
    format!("{} later, at {}: {why}", exact(then.since(at)), instant(then))
}

fn group(per: &Labels) -> String {
    if per.is_empty() {
        return String::new();
    }
    let parts: Vec<String> = per.iter().map(|(label, value)| format!("{label} {value}")).collect();
    format!(" for {}", parts.join(", "))
}

/// `restart for cart`, for people who read who was counted.
pub(crate) fn of_run(plan: Option<&str>, run: &CountedRun, key: &Labels) -> String {
    let own: Labels = if key.is_empty() { run.labels.clone() } else { key.clone() };
    let name = plan.unwrap_or("a run");
    let key = key_text(&own);
    if key.is_empty() { name.to_owned() } else { format!("{name} for {key}") }
}
