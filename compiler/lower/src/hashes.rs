//! Semantic hashes: of what a node means, with what it refers to, and of nothing else.
//!
//! A reference counts as the hash of its target, and a parameter as its position, so no name of an item, a parameter
//! or a step is part of any hash. Fields, labels and key fields are: they name things of the world outside.

use heal_program::{
    Action, Approval, Argument, Channel, Detector, DetectorIndex, Expression, FieldKind, Guard, OnTimeout,
    Operation, Parameter, Plan, Policy, Program, Risk, Rung, SemanticHash, Severity,
};

use crate::canonical::Canonical;

mod expression;
mod leaves;

use leaves::{entity, param, param_value, signal};

/// The hashes of a program's nodes, by position in its tables.
#[derive(Debug, Default)]
pub(crate) struct Hashes {
    params: Vec<SemanticHash>,
    /// What a param means to those that read it: its value, not the range that a reviewer may move it in.
    param_values: Vec<SemanticHash>,
    entities: Vec<SemanticHash>,
    signals: Vec<SemanticHash>,
    detectors: Vec<SemanticHash>,
    actions: Vec<SemanticHash>,
    channels: Vec<SemanticHash>,
    plans: Vec<SemanticHash>,
    policies: Vec<SemanticHash>,
}

impl Hashes {
    /// Hashes the nodes of `program`; `order` has each detector after those that it reads.
    pub(crate) fn of(program: &Program, order: &[DetectorIndex]) -> Hashes {
        let mut hashes = Hashes {
            params: program.params.iter().map(param).collect(),
            param_values: program.params.iter().map(param_value).collect(),
            entities: program.entities.iter().map(|it| entity(it, program)).collect(),
            signals: program.signals.iter().map(signal).collect(),
            detectors: vec![SemanticHash::default(); program.detectors.len()],
            ..Hashes::default()
        };
        for index in order {
            let hash = program.detector(*index).map(|detector| hashes.detector(detector));
            if let (Some(slot), Some(hash)) = (hashes.detectors.get_mut(index.at()), hash) {
                *slot = hash;
            }
        }
        hashes.actions = program.actions.iter().map(|it| hashes.action(it)).collect();
        hashes.channels = program.channels.iter().map(|it| hashes.channel(it)).collect();
        hashes.plans = program.plans.iter().map(|it| hashes.plan(it)).collect();
        hashes.policies = program.policies.iter().map(|it| hashes.policy(it)).collect();
        hashes
    }

    /// Puts the hashes into the heads of a program's nodes.
    pub(crate) fn write_into(&self, program: &mut Program) {
        program.params.iter_mut().zip(&self.params).for_each(|(it, hash)| it.head.hash = *hash);
        program.entities.iter_mut().zip(&self.entities).for_each(|(it, hash)| it.head.hash = *hash);
        program.signals.iter_mut().zip(&self.signals).for_each(|(it, hash)| it.head.hash = *hash);
        program.detectors.iter_mut().zip(&self.detectors).for_each(|(it, hash)| it.head.hash = *hash);
        program.actions.iter_mut().zip(&self.actions).for_each(|(it, hash)| it.head.hash = *hash);
        program.channels.iter_mut().zip(&self.channels).for_each(|(it, hash)| it.head.hash = *hash);
        program.plans.iter_mut().zip(&self.plans).for_each(|(it, hash)| it.head.hash = *hash);
        program.policies.iter_mut().zip(&self.policies).for_each(|(it, hash)| it.head.hash = *hash);
    }

    fn detector(&self, detector: &Detector) -> SemanticHash {
        let Detector { head: _, when, hold, clear, severity, keys, every, lateness, when_text: _ } = detector;
        let mut form = Canonical::of("detector");
        self.expression(&mut form, when, &[]);
        form.span(*hold);
        form.flag(clear.is_some());
        if let Some(clear) = clear {
            self.expression(&mut form, &clear.when, &[]);
            form.span(clear.hold);
        }
        form.text(severity_word(*severity));
        form.texts(keys);
        form.span(*every);
        form.span(*lateness);
        form.finish()
    }

    fn action(&self, action: &Action) -> SemanticHash {
        let Action { head: _, parameters, operation, risk, idempotent, timeout } = action;
        let mut form = Canonical::of("action");
        self.parameters(&mut form, parameters);
        match operation {
            Operation::Command { arguments, on } => {
                form.text("command");
                form.length(arguments.len());
                arguments.iter().for_each(|argument| self.expression(&mut form, argument, parameters));
                form.flag(on.is_some());
                on.iter().for_each(|name| position(&mut form, name, parameters));
            }
            Operation::Kubernetes { verb, target } => {
                form.text("kubernetes");
                form.text(verb);
                position(&mut form, target, parameters);
            }
        }
        form.text(risk_word(*risk));
        form.flag(*idempotent);
        form.span(*timeout);
        form.finish()
    }

    fn channel(&self, channel: &Channel) -> SemanticHash {
        let Channel { head: _, parameters, url } = channel;
        let mut form = Canonical::of("channel");
        self.parameters(&mut form, parameters);
        form.text(url);
        form.finish()
    }

    fn plan(&self, plan: &Plan) -> SemanticHash {
        let Plan { head: _, parameters, risk, requires, steps } = plan;
        let mut form = Canonical::of("plan");
        self.parameters(&mut form, parameters);
        form.text(risk_word(*risk));
        form.length(requires.len());
        requires.iter().for_each(|require| self.expression(&mut form, &require.condition, parameters));
        form.length(steps.len());
        for step in steps {
            reference(&mut form, &self.actions, step.action.at());
            self.arguments(&mut form, &step.arguments, parameters);
            form.span(step.timeout);
        }
        form.finish()
    }

    fn policy(&self, policy: &Policy) -> SemanticHash {
        let Policy { head: _, on, condition, ladder, guard } = policy;
        let mut form = Canonical::of("policy");
        reference(&mut form, &self.detectors, on.at());
        self.condition(&mut form, condition.as_ref().map(|require| &require.condition));
        form.length(ladder.len());
        for rung in ladder {
            match rung {
                Rung::Plan { plan, arguments } => {
                    form.text("plan");
                    reference(&mut form, &self.plans, plan.at());
                    self.arguments(&mut form, arguments, &[]);
                }
                Rung::Escalate { channel, arguments } => {
                    form.text("escalate");
                    form.flag(channel.is_some());
                    channel.iter().for_each(|channel| reference(&mut form, &self.channels, channel.at()));
                    self.arguments(&mut form, arguments, &[]);
                }
            }
        }
        self.guard(&mut form, guard);
        form.finish()
    }

    fn guard(&self, form: &mut Canonical, guard: &Guard) {
        let Guard { limits, cooldown, approval, withheld_escalates_after } = guard;
        form.length(limits.len());
        for limit in limits {
            form.whole(limit.runs_max);
            form.span(limit.window);
            form.texts(&limit.per);
        }
        form.flag(cooldown.is_some());
        if let Some(cooldown) = cooldown {
            form.span(cooldown.span);
            form.texts(&cooldown.per);
        }
        form.flag(approval.is_some());
        if let Some(Approval { team, condition, timeout, on_timeout }) = approval {
            form.text(team);
            self.condition(form, condition.as_ref().map(|require| &require.condition));
            form.span(*timeout);
            form.text(match on_timeout {
                OnTimeout::Escalate => "escalate",
                OnTimeout::Reject => "reject",
            });
        }
        form.span(*withheld_escalates_after);
    }

    fn condition(&self, form: &mut Canonical, condition: Option<&Expression>) {
        form.flag(condition.is_some());
        condition.into_iter().for_each(|condition| self.expression(form, condition, &[]));
    }

    fn parameters(&self, form: &mut Canonical, parameters: &[Parameter]) {
        form.length(parameters.len());
        for parameter in parameters {
            match &parameter.kind {
                FieldKind::Text => form.text("text"),
                FieldKind::Quantity(dimension) => form.dimension(*dimension),
                FieldKind::Entity(entity) => reference(form, &self.entities, entity.at()),
            }
        }
    }

    fn arguments(&self, form: &mut Canonical, arguments: &[Argument], parameters: &[Parameter]) {
        form.length(arguments.len());
        for argument in arguments {
            match argument {
                Argument::Entity(name) => {
                    form.text("entity");
                    position(form, name, parameters);
                }
                Argument::EntityFromKey(entity, fields) => {
                    form.text("key");
                    reference(form, &self.entities, entity.at());
                    form.texts(fields);
                }
                Argument::Value(expression) => {
                    form.text("value");
                    self.expression(form, expression, parameters);
                }
            }
        }
    }
}

fn reference(form: &mut Canonical, hashes: &[SemanticHash], at: usize) {
    form.hash(hashes.get(at).copied().unwrap_or_default());
}

/// A name as the position of the parameter that it is; another name as itself.
fn position(form: &mut Canonical, name: &str, parameters: &[Parameter]) {
    match parameters.iter().position(|parameter| parameter.name == name) {
        Some(at) => {
            form.text("parameter");
            form.length(at);
        }
        None => {
            form.text("name");
            form.text(name);
        }
    }
}

fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Critical => "critical",
    }
}

fn risk_word(risk: Risk) -> &'static str {
    match risk {
        Risk::Low => "low",
        Risk::Medium => "medium",
        Risk::High => "high",
    }
}
