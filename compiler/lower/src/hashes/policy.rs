//! The hashes of policies and shared guards.

use heal_program::{
    Approval, Asked, Calendar, CalendarSpan, Guard, Millis, OnTimeout, Per, Policy, Rung, SemanticHash,
    Share, SharedGuard, Trigger,
};

use super::{Hashes, reference};
use crate::canonical::Canonical;

impl Hashes {
    pub(super) fn policy(&self, policy: &Policy) -> SemanticHash {
        let Policy { head: _, on, condition, ladder, guard, shadow } = policy;
        let mut form = Canonical::of("policy");
        match on {
            Trigger::Detector(detector) => reference(&mut form, &self.detectors, detector.at()),
            Trigger::Event(event) => {
                form.text("event");
                reference(&mut form, &self.events, event.at());
            }
        }
        self.requirement(&mut form, condition.as_ref(), &[]);
        form.length(ladder.len());
        ladder.iter().for_each(|rung| self.rung(&mut form, rung));
        self.guard(&mut form, guard);
        form.flag(*shadow);
        form.finish()
    }

    fn rung(&self, form: &mut Canonical, rung: &Rung) {
        match rung {
            Rung::Plan { plan, arguments, again } => {
                form.text("plan");
                reference(form, &self.plans, plan.at());
                self.arguments(form, arguments, &[]);
                optional_span(form, *again);
            }
            Rung::Choose { among, again } => {
                form.text("choose");
                form.length(among.len());
                for (plan, arguments) in among {
                    reference(form, &self.plans, plan.at());
                    self.arguments(form, arguments, &[]);
                }
                optional_span(form, *again);
            }
            Rung::Escalate { channel, arguments } => {
                form.text("escalate");
                form.flag(channel.is_some());
                channel.iter().for_each(|channel| reference(form, &self.channels, channel.at()));
                self.arguments(form, arguments, &[]);
            }
        }
    }

    pub(super) fn shared_guard(&self, shared: &SharedGuard) -> SemanticHash {
        let mut form = Canonical::of("shared guard");
        self.guard(&mut form, &shared.guard);
        form.finish()
    }

    #[allow(clippy::too_many_lines, reason = "a row for each kind of guard")]
    fn guard(&self, form: &mut Canonical, guard: &Guard) {
        let Guard {
            shared,
            limits,
            cooldown,
            blast_radius,
            concurrency,
            breakers,
            approval,
            canary,
            freeze,
            only,
            storm,
            withheld_escalates_after: _,
        } = guard;
        form.length(shared.len());
        shared.iter().for_each(|shared| reference(form, &self.shared_guards, shared.at()));
        form.length(limits.len());
        for limit in limits {
            form.whole(limit.runs_max);
            form.span(limit.window);
            self.per(form, &limit.per);
        }
        form.flag(cooldown.is_some());
        if let Some(cooldown) = cooldown {
            form.span(cooldown.span);
            self.per(form, &cooldown.per);
        }
        form.length(blast_radius.len());
        for blast in blast_radius {
            share(form, blast.most);
            reference(form, &self.entities, blast.entity.at());
            self.per(form, &blast.per);
            form.span(blast.within);
        }
        form.length(concurrency.len());
        for concurrency in concurrency {
            form.whole(concurrency.runs_max);
            self.per(form, &concurrency.per);
        }
        form.length(breakers.len());
        for breaker in breakers {
            form.whole(breaker.failures);
            form.span(breaker.window);
            self.per(form, &breaker.per);
            form.span(breaker.open_for);
        }
        form.flag(approval.is_some());
        approval.iter().for_each(|approval| self.approval(form, approval));
        form.flag(canary.is_some());
        if let Some(canary) = canary {
            form.length(canary.waves.len());
            canary.waves.iter().for_each(|wave| share(form, *wave));
            form.span(canary.settle);
        }
        for calendars in [freeze, only] {
            form.length(calendars.len());
            calendars.iter().for_each(|it| calendar(form, it));
        }
        form.flag(storm.is_some());
        if let Some(storm) = storm {
            form.whole(storm.firings);
            form.span(storm.window);
            form.span(storm.open_for);
        }
        form.span(guard.withheld_escalates_after());
    }

    fn per(&self, form: &mut Canonical, per: &[Per]) {
        form.length(per.len());
        for per in per {
            match per {
                Per::Key(field) => form.text(field),
                Per::Way(way) => self.way(form, way, &[]),
            }
        }
    }

    fn approval(&self, form: &mut Canonical, approval: &Approval) {
        let Approval { asked, quorum, condition, timeout, on_timeout } = approval;
        match asked {
            Asked::Team(team) => form.text(team),
            Asked::Channel { channel, arguments } => {
                form.text("channel");
                reference(form, &self.channels, channel.at());
                self.arguments(form, arguments, &[]);
            }
        }
        form.whole(*quorum);
        self.requirement(form, condition.as_ref(), &[]);
        form.span(*timeout);
        form.text(match on_timeout {
            OnTimeout::Escalate => "escalate",
            OnTimeout::Reject => "reject",
        });
    }
}

fn optional_span(form: &mut Canonical, span: Option<Millis>) {
    form.flag(span.is_some());
    span.into_iter().for_each(|span| form.span(span));
}

fn share(form: &mut Canonical, share: Share) {
    match share {
        Share::Part(part) => form.number(part),
        Share::Count(count) => form.whole(count),
    }
}

/// What a calendar means, whatever version of the time zone database the compiler knew.
pub(super) fn calendar(form: &mut Canonical, calendar: &Calendar) {
    let Calendar { text: _, zone, zone_data: _, spans } = calendar;
    form.text(zone);
    form.length(spans.len());
    for span in spans {
        match span {
            CalendarSpan::Weekly { from, to } => {
                form.text("weekly");
                form.whole(*from);
                form.whole(*to);
            }
            CalendarSpan::Daily { days, from, to } => {
                form.text("daily");
                form.whole(u32::from(*days));
                form.whole(*from);
                form.whole(*to);
            }
            CalendarSpan::Dates { from, to } => {
                form.text("dates");
                form.whole(from.cast_unsigned());
                form.whole(to.cast_unsigned());
            }
        }
    }
}
