//! Semantic hashes: of what a node means, with what it refers to, and of nothing else.
//!
//! A reference counts as the hash of its target, and a parameter as its position, so no name of an item, a parameter
//! or a step is part of any hash. Fields, labels and key fields are: they name things of the world outside.

use heal_program::{
    Action, Argument, Detector, DetectorIndex, Event, EventSource, Expression, FieldKind, Head, Parameter,
    Program, Require, SemanticHash, Severity, Way, WebhookSource,
};

use crate::canonical::Canonical;

mod act;
mod expression;
mod leaves;
mod policy;

use leaves::{entity, log, param, param_value, secrets, signal};

/// The hashes of a program's nodes, by position in its tables.
#[derive(Debug, Default)]
pub(crate) struct Hashes {
    params: Vec<SemanticHash>,
    /// What a param means to those that read it: its value, not the range that a reviewer may move it in.
    param_values: Vec<SemanticHash>,
    entities: Vec<SemanticHash>,
    signals: Vec<SemanticHash>,
    sources: Vec<SemanticHash>,
    events: Vec<SemanticHash>,
    detectors: Vec<SemanticHash>,
    actions: Vec<SemanticHash>,
    channels: Vec<SemanticHash>,
    plans: Vec<SemanticHash>,
    policies: Vec<SemanticHash>,
    shared_guards: Vec<SemanticHash>,
}

impl Hashes {
    /// Hashes the nodes of `program`; `order` has each detector after those that it reads. A hash that stands in the
    /// head of a node already is right.
    pub(crate) fn of(program: &Program, order: &[DetectorIndex]) -> Hashes {
        let known = |head: &Head| (head.hash != SemanticHash::default()).then_some(head.hash);
        let hash = |head: &Head, hash: &dyn Fn() -> SemanticHash| known(head).unwrap_or_else(hash);
        let mut hashes = Hashes {
            params: program.params.iter().map(|it| hash(&it.head, &|| param(it))).collect(),
            param_values: program.params.iter().map(param_value).collect(),
            entities: program.entities.iter().map(|it| hash(&it.head, &|| entity(it, program))).collect(),
            signals: program.signals.iter().map(|it| hash(&it.head, &|| signal(it))).collect(),
            detectors: program.detectors.iter().map(|it| known(&it.head).unwrap_or_default()).collect(),
            ..Hashes::default()
        };
        hashes.sources = program.sources.iter().map(|it| hash(&it.head, &|| hashes.source(it))).collect();
        hashes.events = program.events.iter().map(|it| hash(&it.head, &|| hashes.event(it))).collect();
        for index in order {
            let detector = program.detector(*index).filter(|detector| known(&detector.head).is_none());
            let hash = detector.map(|detector| hashes.detector(detector));
            if let (Some(slot), Some(hash)) = (hashes.detectors.get_mut(index.at()), hash) {
                *slot = hash;
            }
        }
        if program.actions.iter().all(|action| known(&action.head).is_some()) {
            hashes.actions = program.actions.iter().map(|action| action.head.hash).collect();
        } else {
            // An action's undo is another action, maybe one that the first takes back: there it counts without its own
            // undo, which never runs.
            let alone = |action: &Action| hashes.action(&Action { undo: None, ..action.clone() });
            hashes.actions = program.actions.iter().map(alone).collect();
            hashes.actions = program.actions.iter().map(|action| hashes.action(action)).collect();
        }
        hashes.channels = program.channels.iter().map(|it| hash(&it.head, &|| hashes.channel(it))).collect();
        hashes.plans = program.plans.iter().map(|it| hash(&it.head, &|| hashes.plan(it))).collect();
        hashes.shared_guards =
            program.shared_guards.iter().map(|it| hash(&it.head, &|| hashes.shared_guard(it))).collect();
        hashes.policies = program.policies.iter().map(|it| hash(&it.head, &|| hashes.policy(it))).collect();
        hashes
    }

    /// Puts the hashes into the heads of a program's nodes. A node that has its hash stays as it is.
    pub(crate) fn write_into(&self, program: &mut Program) {
        macro_rules! tables {
            ($($table:ident),*) => {$(
                for (at, hash) in self.$table.iter().enumerate() {
                    if program.$table.get(at).is_some_and(|node| node.head.hash != *hash)
                        && let Some(node) = program.$table.get_mut(at)
                    {
                        node.head.hash = *hash;
                    }
                }
            )*};
        }
        tables!(params, entities, signals, sources, events, detectors, actions, channels, plans);
        tables!(policies, shared_guards);
    }

    fn source(&self, source: &WebhookSource) -> SemanticHash {
        let WebhookSource { head: _, webhook, secrets: named, signature, each, condition, keys, fields } =
            source;
        let mut form = Canonical::of("source");
        form.text(webhook);
        secrets(&mut form, named);
        form.flag(signature.is_some());
        if let Some((header, key)) = signature {
            form.text(header);
            form.text(key);
        }
        self.optional(&mut form, each.as_ref());
        self.optional(&mut form, condition.as_ref());
        form.texts(keys);
        form.length(fields.len());
        for (name, value) in fields {
            form.text(name);
            self.expression(&mut form, value, &[]);
        }
        form.finish()
    }

    fn event(&self, event: &Event) -> SemanticHash {
        let Event { head: _, keys, source, keys_max } = event;
        let mut form = Canonical::of("event");
        form.texts(keys);
        match source {
            EventSource::Named { name, matching } => {
                form.text("named");
                form.text(name);
                form.pairs(matching);
            }
            EventSource::Source { source, matching } => {
                form.text("source");
                reference(&mut form, &self.sources, source.at());
                form.pairs(matching);
            }
            EventSource::Logs(lines) => log(&mut form, lines),
        }
        form.whole(*keys_max);
        form.finish()
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

    fn requirement(&self, form: &mut Canonical, require: Option<&Require>, parameters: &[Parameter]) {
        form.flag(require.is_some());
        require.into_iter().for_each(|require| self.expression(form, &require.condition, parameters));
    }

    fn optional(&self, form: &mut Canonical, expression: Option<&Expression>) {
        form.flag(expression.is_some());
        expression.into_iter().for_each(|expression| self.expression(form, expression, &[]));
    }

    fn parameters(&self, form: &mut Canonical, parameters: &[Parameter]) {
        form.length(parameters.len());
        for parameter in parameters {
            match &parameter.kind {
                FieldKind::Text => form.text("text"),
                FieldKind::Quantity(dimension) => form.dimension(*dimension),
                FieldKind::Entity(entity) => reference(form, &self.entities, entity.at()),
                FieldKind::Entities(entity) => {
                    form.text("many");
                    reference(form, &self.entities, entity.at());
                }
            }
        }
    }

    fn way(&self, form: &mut Canonical, way: &Way, parameters: &[Parameter]) {
        let Way { root, entity, path } = way;
        form.text("way");
        // Under which name a policy has the entity follows from the entity.
        if parameters.iter().any(|parameter| parameter.name == *root) {
            position(form, root, parameters);
        }
        reference(form, &self.entities, entity.at());
        form.texts(path);
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
