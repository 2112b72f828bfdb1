//! What every program is that the compiler makes: positions that lie in their tables, tables that are sorted, numbers and
//! spans that mean something. A program that comes from elsewhere may be anything.

mod expressions;

use std::fmt;

use crate::{
    Argument, Asked, BlastRadius, Calendar, CalendarSpan, FieldKind, Guard, Head, HttpRequest, Millis,
    Operation, Per, Plan, Policy, Program, Require, Rung, Share, Source, Step, Trigger, Value, Way, index::*,
};

use expressions::Place;

/// Something that a program must not be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Invalid {
    /// The item's path.
    pub path: String,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Invalid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.path, self.what)
    }
}

impl Program {
    /// All that is wrong with a program, in table order; nothing for one that the compiler made.
    #[must_use]
    pub fn validate(&self) -> Vec<Invalid> {
        let mut validator = Validator { program: self, path: "", invalid: Vec::new() };
        validator.tables();
        validator.observations();
        validator.actions();
        for plan in &self.plans {
            validator.of(&plan.head).plan(plan);
        }
        for policy in &self.policies {
            validator.of(&policy.head).policy(policy);
        }
        for shared in &self.shared_guards {
            validator.of(&shared.head).guard(&shared.guard);
        }
        validator.invalid
    }
}

/// The worker: what is looked at, and what was found.
struct Validator<'p> {
    program: &'p Program,
    path: &'p str,
    invalid: Vec<Invalid>,
}

impl<'p> Validator<'p> {
    /// The same, about another item.
    fn of(&mut self, head: &'p Head) -> &mut Validator<'p> {
        self.path = &head.path;
        self
    }

    fn require(&mut self, is_valid: bool, what: impl FnOnce() -> String) {
        if !is_valid {
            self.invalid.push(Invalid { path: self.path.to_owned(), what: what() });
        }
    }

    /// Whether each table is sorted by path, each path once.
    fn tables(&mut self) {
        let mut before: Option<(&str, &str)> = None;
        for (kind, head) in self.program.heads() {
            let is_after =
                before.is_none_or(|(last_kind, last)| last_kind != kind || last < head.path.as_str());
            self.of(head).require(is_after, || format!("the {kind} is not sorted by path"));
            before = Some((kind, &head.path));
        }
        let topology = &self.program.topology;
        self.path = "topology";
        self.require(topology.is_sorted(), || "it is not sorted".to_owned());
    }

    fn observations(&mut self) {
        let program = self.program;
        for param in &program.params {
            let is_number = param.value.is_finite()
                && param.range.is_none_or(|(low, high)| low.is_finite() && high.is_finite() && low <= high);
            self.of(&param.head).require(is_number, || "its value or range is no number".to_owned());
        }
        for entity in &program.entities {
            let validator = self.of(&entity.head);
            validator.require(!entity.keys.is_empty(), || "it has no key".to_owned());
            for field in &entity.fields {
                validator.kind(&field.kind);
                validator.scale(field.scale, field.offset);
            }
            if let Some(feed) = &entity.feed {
                validator.positive(feed.every, "every");
                validator.positive(feed.stale_after, "stale after");
            }
        }
        for signal in &program.signals {
            let validator = self.of(&signal.head);
            validator.positive(signal.every, "every");
            validator.positive(signal.stale_after, "stale after");
            validator.require(signal.lateness.0 >= 0, || "its lateness is negative".to_owned());
            validator.require(signal.keys_max > 0, || "it may have no key".to_owned());
            validator.scale(signal.scale, signal.offset);
            validator.source(&signal.source);
        }
        for source in &program.sources {
            let validator = self.of(&source.head);
            let expressions = source.each.iter().chain(&source.condition);
            expressions.for_each(|it| validator.expression(it, Place::Outside));
            source.fields.iter().for_each(|(_, it)| validator.expression(it, Place::Outside));
        }
        for event in &program.events {
            let validator = self.of(&event.head);
            match &event.source {
                crate::EventSource::Source { source, .. } => {
                    validator
                        .require(program.source(*source).is_some(), || "its source is not there".to_owned());
                }
                crate::EventSource::Named { .. } | crate::EventSource::Logs(_) => {}
            }
        }
        for detector in &program.detectors {
            let validator = self.of(&detector.head);
            validator.expression(&detector.when, Place::Inside);
            validator.not_negative(detector.hold, "for");
            if let Some(clear) = &detector.clear {
                validator.expression(&clear.when, Place::Inside);
                validator.not_negative(clear.hold, "clear");
            }
            validator.positive(detector.every, "every");
        }
    }

    fn actions(&mut self) {
        let program = self.program;
        for action in &program.actions {
            let validator = self.of(&action.head);
            action.parameters.iter().for_each(|parameter| validator.kind(&parameter.kind));
            validator.positive(action.timeout, "timeout");
            let has = |name: &str| action.parameters.iter().any(|parameter| parameter.name == name);
            match &action.operation {
                Operation::Command { arguments, on } => {
                    validator.require(!arguments.is_empty(), || "its command is empty".to_owned());
                    arguments.iter().for_each(|it| validator.expression(it, Place::Inside));
                    let is_there = on.as_deref().is_none_or(has);
                    validator.require(is_there, || "its command is on no parameter".to_owned());
                }
                Operation::Kubernetes { target, options, .. } => {
                    validator.require(has(target), || "its target is no parameter".to_owned());
                    options.iter().for_each(|(_, value)| validator.value(value));
                }
                Operation::Http(request) => validator.request(request),
            }
            validator.affects(action.affects.as_ref());
            let replaced = action.replaces.iter().all(|name| has(name));
            validator.require(replaced, || "what it replaces is no parameter".to_owned());
            if let Some((undo, arguments)) = &action.undo {
                validator.call(program.action(*undo).map(|it| it.parameters.len()), arguments);
            }
        }
        for channel in &program.channels {
            let validator = self.of(&channel.head);
            channel.parameters.iter().for_each(|parameter| validator.kind(&parameter.kind));
            validator.positive(channel.timeout, "timeout");
            validator.request(&channel.request);
        }
    }

    fn plan(&mut self, plan: &Plan) {
        plan.parameters.iter().for_each(|parameter| self.kind(&parameter.kind));
        plan.requires.iter().for_each(|it| self.requirement(it));
        for disturbs in &plan.disturbs {
            let is_there = self.program.signal(disturbs.signal).is_some();
            self.require(is_there, || "it disturbs a signal that is not there".to_owned());
            self.not_negative(disturbs.span, "disturbs");
            disturbs.reached.iter().for_each(|way| self.way(way));
        }
        self.affects(plan.affects.as_ref());
        for fan in &plan.fans {
            self.entity(fan.entity);
            fan.condition.iter().for_each(|it| self.requirement(it));
            self.require(fan.targets_max > 0, || "its `for each` has no target".to_owned());
        }
        for verify in &plan.verifies {
            self.expression(&verify.condition, Place::Inside);
            self.positive(verify.within, "within");
        }
        for steps in [&plan.steps, &plan.undo, &plan.always] {
            for (at, step) in steps.iter().enumerate() {
                self.step(step, at, steps.len(), plan.fans.len());
            }
        }
        match plan.revert {
            Some(crate::Revert::After(span)) => self.positive(span, "revert after"),
            Some(crate::Revert::OnClear) | None => {}
        }
    }

    fn affects(&mut self, affects: Option<&crate::Affects>) {
        let Some(affects) = affects else { return };
        let signals = affects.signals.iter().all(|signal| self.program.signal(*signal).is_some());
        let events = affects.events.iter().all(|event| self.program.event(*event).is_some());
        self.require(signals && events, || "it affects what is not there".to_owned());
    }

    fn step(&mut self, step: &Step, at: usize, steps: usize, fans: usize) {
        self.call(self.program.action(step.action).map(|it| it.parameters.len()), &step.arguments);
        self.positive(step.timeout, "timeout");
        self.not_negative(step.retry_every, "retry every");
        let comes_later =
            step.after.iter().all(|before| (*before as usize) < steps && *before as usize != at);
        self.require(comes_later, || format!("step `{}` is after none of the others", step.name));
        let is_there = step.fan.is_none_or(|fan| (fan as usize) < fans);
        self.require(is_there, || format!("step `{}` is of no `for each`", step.name));
    }

    fn policy(&mut self, policy: &Policy) {
        let is_there = match policy.on {
            Trigger::Detector(detector) => self.program.detector(detector).is_some(),
            Trigger::Event(event) => self.program.event(event).is_some(),
        };
        self.require(is_there, || "what it is `on` is not there".to_owned());
        policy.condition.iter().for_each(|it| self.requirement(it));
        self.require(!policy.ladder.is_empty(), || "its ladder is empty".to_owned());
        for rung in &policy.ladder {
            let plan = |index: PlanIndex| self.program.plan(index).map(|it| it.parameters.len());
            match rung {
                Rung::Plan { plan: index, arguments, .. } => self.call(plan(*index), arguments),
                Rung::Choose { among, .. } => {
                    let calls: Vec<_> =
                        among.iter().map(|(index, arguments)| (plan(*index), arguments)).collect();
                    calls.into_iter().for_each(|(parameters, arguments)| self.call(parameters, arguments));
                }
                Rung::Escalate { channel: Some(channel), arguments } => {
                    self.call(self.program.channel(*channel).map(|it| it.parameters.len()), arguments);
                }
                Rung::Escalate { channel: None, .. } => {}
            }
        }
        self.guard(&policy.guard);
        let acts = policy.ladder.iter().any(|rung| rung.plans().next().is_some());
        let shared = policy.guard.shared.iter().filter_map(|index| self.program.shared_guard(*index));
        let mut guards = std::iter::once(&policy.guard).chain(shared.map(|it| &it.guard));
        let is_bounded = guards.any(|guard| guard.limits.iter().any(|limit| limit.per.is_empty()));
        self.require(!acts || is_bounded, || "it acts and nothing bounds it".to_owned());
    }

    fn guard(&mut self, guard: &Guard) {
        let is_there = guard.shared.iter().all(|index| self.program.shared_guard(*index).is_some());
        self.require(is_there, || "a shared guard is not there".to_owned());
        for limit in &guard.limits {
            self.positive(limit.window, "limit");
            self.require(limit.runs_max > 0, || "a limit lets nothing through".to_owned());
            self.per(&limit.per);
        }
        if let Some(cooldown) = &guard.cooldown {
            self.not_negative(cooldown.span, "cooldown");
            self.per(&cooldown.per);
        }
        for BlastRadius { most, entity, per, within } in &guard.blast_radius {
            self.entity(*entity);
            self.share(*most);
            self.per(per);
            self.positive(*within, "blast_radius");
        }
        guard.concurrency.iter().for_each(|it| self.per(&it.per));
        for breaker in &guard.breakers {
            self.positive(breaker.window, "breaker");
            self.positive(breaker.open_for, "open for");
            self.per(&breaker.per);
        }
        if let Some(approval) = &guard.approval {
            approval.condition.iter().for_each(|it| self.requirement(it));
            self.positive(approval.timeout, "approval");
            self.require(approval.quorum > 0, || "nobody has to agree".to_owned());
            match &approval.asked {
                Asked::Team(_) => {}
                Asked::Channel { channel, arguments } => {
                    self.call(self.program.channel(*channel).map(|it| it.parameters.len()), arguments);
                }
            }
        }
        if let Some(canary) = &guard.canary {
            canary.waves.iter().for_each(|wave| self.share(*wave));
            self.not_negative(canary.settle, "settle");
        }
        guard.freeze.iter().chain(&guard.only).for_each(|calendar| self.calendar(calendar));
        if let Some(storm) = &guard.storm {
            self.positive(storm.window, "storm");
            self.positive(storm.open_for, "open for");
        }
    }

    fn request(&mut self, request: &HttpRequest) {
        request.headers.iter().for_each(|(_, value)| self.expression(value, Place::Outside));
        request.body.iter().for_each(|body| self.value(body));
        request.success.iter().for_each(|it| self.expression(it, Place::Outside));
    }

    fn value(&mut self, value: &Value) {
        value.walk(&mut |it| self.expression_node(it));
    }

    fn requirement(&mut self, require: &Require) {
        self.expression(&require.condition, Place::Inside);
    }

    /// A call with as many arguments as the callee has parameters; none where it is not there.
    fn call(&mut self, parameters: Option<usize>, arguments: &[Argument]) {
        match parameters {
            None => self.require(false, || "what it calls is not there".to_owned()),
            Some(count) => {
                let given = arguments.len();
                self.require(given == count, || format!("it gives {given} arguments to {count} parameters"));
            }
        }
        for argument in arguments {
            match argument {
                Argument::Entity(_) => {}
                Argument::EntityFromKey(entity, fields) => {
                    let keys = self.program.entity(*entity).map(|it| it.keys.len());
                    self.require(keys == Some(fields.len()), || {
                        "a key has other fields than its entity".to_owned()
                    });
                }
                Argument::Value(expression) => self.expression(expression, Place::Inside),
            }
        }
    }

    fn kind(&mut self, kind: &FieldKind) {
        match kind {
            FieldKind::Entity(entity) | FieldKind::Entities(entity) => self.entity(*entity),
            FieldKind::Text | FieldKind::Quantity(_) => {}
        }
    }

    fn entity(&mut self, entity: EntityIndex) {
        let is_there = self.program.entity(entity).is_some();
        self.require(is_there, || "an entity is not there".to_owned());
    }

    fn per(&mut self, per: &[Per]) {
        for one in per {
            match one {
                Per::Key(_) => {}
                Per::Way(way) => self.way(way),
            }
        }
    }

    fn way(&mut self, way: &Way) {
        self.entity(way.entity);
    }

    fn source(&mut self, source: &Source) {
        match source {
            Source::Logs(logs) => match logs.reading {
                crate::LogReading::Count { per } => self.positive(per, "count per"),
                crate::LogReading::Value { .. } | crate::LogReading::Event => {}
            },
            Source::Prometheus { .. } | Source::Metric { .. } => {}
        }
    }

    fn scale(&mut self, scale: f64, offset: f64) {
        let is_number = scale.is_finite() && scale != 0.0 && offset.is_finite();
        self.require(is_number, || "its unit has no scale".to_owned());
    }

    fn share(&mut self, share: Share) {
        let is_valid = match share {
            Share::Part(part) => part > 0.0 && part <= 1.0,
            Share::Count(count) => count > 0,
        };
        self.require(is_valid, || "a share is none".to_owned());
    }

    fn calendar(&mut self, calendar: &Calendar) {
        const WEEK: u32 = 7 * 24 * 60;
        const DAY: u32 = 24 * 60;
        let is_valid = |span: &CalendarSpan| match *span {
            CalendarSpan::Weekly { from, to } => from < WEEK && to <= WEEK,
            CalendarSpan::Daily { days, from, to } => days > 0 && days < 128 && from < DAY && to <= DAY,
            CalendarSpan::Dates { from, to } => from < to,
        };
        let all = !calendar.spans.is_empty() && calendar.spans.iter().all(is_valid);
        self.require(all, || format!("the calendar {:?} has a stretch that is none", calendar.text));
    }

    fn positive(&mut self, span: Millis, what: &str) {
        self.require(span > Millis::ZERO, || format!("`{what}` is no time"));
    }

    fn not_negative(&mut self, span: Millis, what: &str) {
        self.require(span >= Millis::ZERO, || format!("`{what}` is negative"));
    }
}

#[cfg(test)]
mod tests {
    use super::Invalid;
    use crate::{Head, Millis, Param, Program, Signal, SignalIndex, Source};

    fn signal(path: &str) -> Signal {
        Signal {
            head: Head { path: path.to_owned(), ..Head::default() },
            dimension: crate::Dimension::RATIO,
            counter: false,
            scale: 1.0,
            offset: 0.0,
            unit: None,
            keys: Vec::new(),
            source: Source::Metric { name: "x".to_owned(), matching: Vec::new() },
            every: Millis(1_000),
            stale_after: Millis(3_000),
            lateness: Millis::ZERO,
            keys_max: 1,
        }
    }

    fn check(program: &Program, expected: &[&str]) {
        let invalid: Vec<String> = program.validate().iter().map(Invalid::to_string).collect();
        assert_eq!(invalid, expected);
    }

    #[test]
    fn tables_are_sorted_and_spans_are_times() {
        check(&Program { signals: vec![signal("a"), signal("b")].into(), ..Program::default() }, &[]);
        let still = Signal { every: Millis::ZERO, ..signal("a") };
        check(
            &Program { signals: vec![signal("b"), still].into(), ..Program::default() },
            &["a: the signal is not sorted by path", "a: `every` is no time"],
        );
        let param = Param {
            head: Head { path: "p".to_owned(), ..Head::default() },
            dimension: crate::Dimension::RATIO,
            value: f64::NAN,
            range: None,
        };
        check(
            &Program { params: vec![param].into(), ..Program::default() },
            &["p: its value or range is no number"],
        );
    }

    #[test]
    fn positions_lie_in_their_tables() {
        let mut validator = super::Validator { program: &Program::default(), path: "d", invalid: Vec::new() };
        let comparison = crate::Expression::Binary(
            crate::BinaryOperator::Greater,
            Box::new(crate::Expression::Signal(SignalIndex(3))),
            Box::new(crate::Expression::Number(f64::INFINITY)),
        );
        validator.expression(&comparison, super::Place::Inside);
        let found: Vec<String> = validator.invalid.iter().map(Invalid::to_string).collect();
        assert_eq!(found, ["d: it reads a signal that is not there", "d: it holds a number that is none"]);
    }
}
