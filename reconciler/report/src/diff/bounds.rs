//! What bounds a policy and its plans, each bound by itself, and when one of head holds at least what one of base does.

use std::collections::BTreeSet;

use heal_program::{
    BlastRadius, Breaker, Canary, Concurrency, Cooldown, Guard, Limit, Per, Plan, Policy, Program, Share,
    Storm,
};

use super::guards::{implies as limit_implies, per_text as per};
use crate::names::Names;

/// One bound.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    /// The shared guard that it stands in; empty: its own.
    shared: String,
    held: Held,
}

/// What is bounded.
#[derive(Clone, Debug)]
enum Held {
    BlastRadius {
        entity: String,
        bound: BlastRadius,
    },
    Concurrency(Concurrency),
    Breaker(Breaker),
    Canary(Canary),
    Storm(Storm),
    Quorum(u32),
    Limit(Limit),
    Cooldown(Cooldown),
    /// `for each pod in Pod where ...`, at most so many.
    Fan {
        over: String,
        targets_max: u32,
    },
    /// What it changes of telemetry, as it says; none: anything. A simulation takes its word for it.
    Affects(Option<BTreeSet<String>>),
    /// Compared by what it says: nothing is proved of it.
    Text {
        about: About,
        says: String,
    },
}

/// What a bound is about that is compared by what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum About {
    Shadow,
    Undo,
    Always,
    /// The signal that a plan disturbs.
    Disturbs(String),
    Revert,
    Freeze,
    Only,
}

impl About {
    /// As the language begins it.
    fn word(&self) -> &'static str {
        match self {
            About::Shadow => "shadow",
            About::Undo => "undo",
            About::Always => "always",
            About::Disturbs(_) => "disturbs",
            About::Revert => "revert",
            About::Freeze => "freeze",
            About::Only => "only",
        }
    }
}

impl Bound {
    /// Whether this one never lets anything through that `wanted` holds back.
    pub(super) fn implies(&self, wanted: &Bound) -> bool {
        if self.shared != wanted.shared {
            return false;
        }
        match (&self.held, &wanted.held) {
            (
                Held::BlastRadius { entity, bound },
                Held::BlastRadius { entity: wanted_entity, bound: wanted },
            ) => entity == wanted_entity && blast_implies(bound, wanted),
            (Held::Concurrency(bound), Held::Concurrency(wanted)) => {
                bound.runs_max <= wanted.runs_max && is_as_coarse(&bound.per, &wanted.per)
            }
            (Held::Breaker(bound), Held::Breaker(wanted)) => {
                bound.failures <= wanted.failures
                    && bound.window >= wanted.window
                    && bound.open_for >= wanted.open_for
                    && is_as_coarse(&bound.per, &wanted.per)
            }
            (Held::Canary(bound), Held::Canary(wanted)) => canary_implies(bound, wanted),
            (Held::Storm(bound), Held::Storm(wanted)) => {
                bound.firings <= wanted.firings
                    && bound.window >= wanted.window
                    && bound.open_for >= wanted.open_for
            }
            (Held::Quorum(bound), Held::Quorum(wanted)) => bound >= wanted,
            (Held::Limit(bound), Held::Limit(wanted)) => limit_implies(bound, wanted),
            // Without `per` each key cools down by itself, and the keys of two detectors need not be the same.
            (Held::Cooldown(bound), Held::Cooldown(wanted)) => {
                bound.span >= wanted.span && bound.per == wanted.per
            }
            (
                Held::Fan { over, targets_max },
                Held::Fan { over: wanted_over, targets_max: wanted_targets },
            ) => over == wanted_over && targets_max <= wanted_targets,
            (Held::Affects(affects), Held::Affects(wanted)) => match (affects, wanted) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(affects), Some(wanted)) => affects.is_superset(wanted),
            },
            (Held::Text { about, says }, Held::Text { about: wanted_about, says: wanted_says }) => {
                about == wanted_about && says == wanted_says
            }
            (
                Held::BlastRadius { .. }
                | Held::Concurrency(_)
                | Held::Breaker(_)
                | Held::Canary(_)
                | Held::Storm(_)
                | Held::Quorum(_)
                | Held::Limit(_)
                | Held::Cooldown(_)
                | Held::Fan { .. }
                | Held::Affects(_)
                | Held::Text { .. },
                _,
            ) => false,
        }
    }

    /// Whether people would take the two for versions of one bound.
    pub(super) fn is_version_of(&self, other: &Bound) -> bool {
        let subject = |bound: &'_ Bound| match &bound.held {
            Held::BlastRadius { entity, .. } => Some(entity.clone()),
            Held::Fan { over, .. } => Some(over.clone()),
            Held::Text { about: About::Disturbs(signal), .. } => Some(signal.clone()),
            Held::Concurrency(_)
            | Held::Breaker(_)
            | Held::Canary(_)
            | Held::Storm(_)
            | Held::Quorum(_)
            | Held::Limit(_)
            | Held::Cooldown(_)
            | Held::Affects(_)
            | Held::Text { .. } => None,
        };
        self.shared == other.shared && self.word() == other.word() && subject(self) == subject(other)
    }

    /// As the language begins it.
    pub(super) fn word(&self) -> &'static str {
        match &self.held {
            Held::BlastRadius { .. } => "blast_radius",
            Held::Concurrency(_) => "concurrency",
            Held::Breaker(_) => "breaker",
            Held::Canary(_) => "canary",
            Held::Storm(_) => "storm",
            Held::Quorum(_) => "approval",
            Held::Limit(_) => "limit",
            Held::Cooldown(_) => "cooldown",
            Held::Fan { .. } => "for each",
            Held::Affects(_) => "affects",
            Held::Text { about, .. } => about.word(),
        }
    }

    /// Whether it is how many must agree to an approval.
    pub(super) fn is_quorum(&self) -> bool {
        matches!(self.held, Held::Quorum(_))
    }

    /// Whether it is the steps that undo a plan, or that always follow.
    pub(super) fn is_of_steps(&self) -> bool {
        matches!(self.held, Held::Text { about: About::Undo | About::Always, .. })
    }

    /// What is said where it is gone.
    pub(super) fn text_of_removal(&self) -> String {
        match &self.held {
            // The approval itself may still be there: one person is enough then.
            Held::Quorum(quorum) => format!("approval by {quorum} no longer needed"),
            Held::BlastRadius { .. }
            | Held::Concurrency(_)
            | Held::Breaker(_)
            | Held::Canary(_)
            | Held::Storm(_)
            | Held::Limit(_)
            | Held::Cooldown(_)
            | Held::Fan { .. }
            | Held::Affects(_)
            | Held::Text { .. } => format!("{} removed", self.text()),
        }
    }

    /// As it is written, behind its shared guard if it has one.
    pub(super) fn text(&self) -> String {
        let text = match &self.held {
            Held::BlastRadius { entity, bound } => {
                format!(
                    "blast_radius {} of {entity}{} within {}",
                    share(bound.most),
                    per(&bound.per),
                    bound.within
                )
            }
            Held::Concurrency(it) => format!("concurrency {}{}", it.runs_max, per(&it.per)),
            Held::Breaker(it) => {
                let group = per(&it.per);
                format!("breaker {} failures in {}{group}, open for {}", it.failures, it.window, it.open_for)
            }
            Held::Canary(it) => {
                let waves: Vec<String> = it.waves.iter().map(|wave| share(*wave)).collect();
                format!("canary {} settle {}", waves.join(" then "), it.settle)
            }
            Held::Storm(it) => {
                format!("storm {} firings in {}, open for {}", it.firings, it.window, it.open_for)
            }
            Held::Quorum(quorum) => format!("approval by {quorum}"),
            Held::Limit(it) => format!("limit {} per {}{}", it.runs_max, it.window, per(&it.per)),
            Held::Cooldown(it) => format!("cooldown {}{}", it.span, per(&it.per)),
            Held::Fan { over, targets_max } => format!("{over} at most {targets_max}"),
            Held::Affects(None) => "affects anything".to_owned(),
            Held::Affects(Some(affects)) if affects.is_empty() => "affects nothing".to_owned(),
            Held::Affects(Some(affects)) => {
                format!("affects {}", affects.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
            }
            Held::Text { about: About::Disturbs(signal), says } => format!("disturbs {signal} {says}"),
            Held::Text { about: About::Shadow, .. } => About::Shadow.word().to_owned(),
            Held::Text { about, says } => format!("{} {says}", about.word()),
        };
        match self.shared.as_str() {
            "" => text,
            shared => format!("{text} of shared guard {shared}"),
        }
    }
}

/// What the guard of a policy says besides its own limits, cooldown and team, and that it only decides.
pub(super) fn of_policy(program: &Program, policy: &Policy, names: &Names) -> Vec<Bound> {
    let mut bounds = of_guard((program, names), "", &policy.guard);
    if policy.shadow {
        bounds.push(text("", About::Shadow, ""));
    }
    for shared in policy.guard.shared.iter().filter_map(|index| program.shared_guard(*index)) {
        let (path, guard) = (names.of(&shared.head.path), &shared.guard);
        let bound = |held| Bound { shared: path.to_owned(), held };
        bounds.extend(of_guard((program, names), path, guard));
        bounds.extend(guard.limits.iter().cloned().map(Held::Limit).map(bound));
        bounds.extend(guard.cooldown.iter().cloned().map(Held::Cooldown).map(bound));
    }
    bounds
}

/// What a plan promises about its own harm, besides what it verifies.
pub(super) fn of_plan(program: &Program, plan: &Plan, names: &Names) -> Vec<Bound> {
    let action = |index| program.action(index).map_or("", |action| names.of(&action.head.path));
    let undo = plan.undo.iter().map(|step| text("", About::Undo, &format!("by {}", action(step.action))));
    let always = plan.always.iter().map(|step| text("", About::Always, action(step.action)));
    let disturbs = plan.disturbs.iter().map(|it| {
        let signal = program.signal(it.signal).map_or("", |signal| names.of(&signal.head.path));
        let everywhere = if it.everywhere { "everywhere " } else { "" };
        text("", About::Disturbs(signal.to_owned()), &format!("{everywhere}for {}", it.span))
    });
    let fans = plan.fans.iter().map(|fan| {
        let entity = program.entity(fan.entity).map_or("", |entity| names.of(&entity.head.path));
        let which = fan.condition.as_ref().map_or_else(String::new, |it| format!(" where {}", it.text));
        let over = format!("for each {} in {entity}{which}", fan.variable);
        Bound { shared: String::new(), held: Held::Fan { over, targets_max: fan.targets_max } }
    });
    let revert = plan.revert.map(|revert| text("", About::Revert, &format!("{revert:?}").to_lowercase()));
    let affected =
        affected(program, plan).map(|it| it.iter().map(|path| names.of(path).to_owned()).collect());
    let affects = Bound { shared: String::new(), held: Held::Affects(affected) };
    undo.chain(always).chain(disturbs).chain(fans).chain(revert).chain([affects]).collect()
}

/// Paths of all that a plan says that it changes.
fn affected(program: &Program, plan: &Plan) -> Option<BTreeSet<String>> {
    let affected = program.affected_by(plan)?;
    let signals = affected.signals.iter().filter_map(|it| Some(program.signal(*it)?.head.path.clone()));
    let events = affected.events.iter().filter_map(|it| Some(program.event(*it)?.head.path.clone()));
    Some(signals.chain(events).collect())
}

pub(super) fn of_guard((program, names): (&Program, &Names), shared: &str, guard: &Guard) -> Vec<Bound> {
    let bound = |held| Bound { shared: shared.to_owned(), held };
    let mut bounds: Vec<Bound> = guard
        .blast_radius
        .iter()
        .map(|it| {
            let entity = program.entity(it.entity).map_or("", |entity| names.of(&entity.head.path));
            bound(Held::BlastRadius { entity: entity.to_owned(), bound: it.clone() })
        })
        .collect();
    bounds.extend(guard.concurrency.iter().cloned().map(Held::Concurrency).map(bound));
    bounds.extend(guard.breakers.iter().cloned().map(Held::Breaker).map(bound));
    bounds.extend(guard.canary.iter().cloned().map(Held::Canary).map(bound));
    bounds.extend(guard.freeze.iter().map(|it| text(shared, About::Freeze, &format!("\"{}\"", it.text))));
    // Plans start in any of them, so one that is added opens more: all of them are one bound.
    let only: Vec<&str> = guard.only.iter().map(|it| it.text.as_str()).collect();
    bounds.extend(
        (!only.is_empty()).then(|| text(shared, About::Only, &format!("\"{}\"", only.join("\", \"")))),
    );
    bounds.extend(guard.storm.iter().cloned().map(Held::Storm).map(bound));
    let quorum = guard.approval.iter().filter(|it| it.quorum > 1);
    bounds.extend(quorum.map(|it| bound(Held::Quorum(it.quorum))));
    bounds
}

fn text(shared: &str, about: About, says: &str) -> Bound {
    let held = Held::Text { about, says: says.to_owned() };
    Bound { shared: shared.to_owned(), held }
}

/// A number for all together bounds each group of them. A share of all does not: it may all be in one group.
fn blast_implies(bound: &BlastRadius, wanted: &BlastRadius) -> bool {
    let has_as_few = match (bound.most, wanted.most) {
        (Share::Part(part), Share::Part(wanted_part)) => part <= wanted_part && bound.per == wanted.per,
        (Share::Count(count), Share::Count(wanted_count)) => {
            count <= wanted_count && is_as_coarse(&bound.per, &wanted.per)
        }
        (Share::Part(_), Share::Count(_)) | (Share::Count(_), Share::Part(_)) => false,
    };
    has_as_few && bound.within >= wanted.within
}

/// Every wave of `wanted` has its match that reaches no more, and what comes after them only takes longer.
fn canary_implies(bound: &Canary, wanted: &Canary) -> bool {
    let reaches_no_more = |(wave, wanted): (&Share, &Share)| match (*wave, *wanted) {
        (Share::Part(part), Share::Part(wanted)) => part <= wanted,
        (Share::Count(count), Share::Count(wanted)) => count <= wanted,
        (Share::Part(_), Share::Count(_)) | (Share::Count(_), Share::Part(_)) => false,
    };
    bound.settle >= wanted.settle
        && bound.waves.len() >= wanted.waves.len()
        && bound.waves.iter().zip(&wanted.waves).all(reaches_no_more)
}

/// Whether what one counter of the first counts together holds all that a counter of the second does.
fn is_as_coarse(per: &[Per], than: &[Per]) -> bool {
    per.iter().all(|field| than.contains(field))
}

fn share(share: Share) -> String {
    match share {
        Share::Part(part) => format!("{}%", part * 100.0),
        Share::Count(count) => count.to_string(),
    }
}
