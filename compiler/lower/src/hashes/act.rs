//! The hashes of actions, channels and plans.

use heal_program::{
    Action, Affects, Channel, Expression, HttpRequest, Operation, Parameter, Plan, Revert, Risk,
    SemanticHash, Step, Value,
};

use super::{Hashes, leaves::secrets, position, reference};
use crate::canonical::Canonical;

impl Hashes {
    pub(super) fn action(&self, action: &Action) -> SemanticHash {
        let Action { head: _, parameters, operation, risk, idempotent, timeout, replaces, undo, affects } =
            action;
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
            Operation::Kubernetes { verb, target, options } => {
                form.text("kubernetes");
                form.text(verb);
                position(&mut form, target, parameters);
                self.entries(&mut form, options, parameters);
            }
            Operation::Http(request) => {
                form.text("http");
                self.request(&mut form, request, parameters);
            }
        }
        form.text(risk_word(*risk));
        form.flag(*idempotent);
        form.span(*timeout);
        form.length(replaces.len());
        replaces.iter().for_each(|name| position(&mut form, name, parameters));
        form.flag(undo.is_some());
        if let Some((action, arguments)) = undo {
            reference(&mut form, &self.actions, action.at());
            self.arguments(&mut form, arguments, parameters);
        }
        self.affects(&mut form, affects.as_ref());
        form.finish()
    }

    /// What is said to be changed; nothing where nothing is said, so that what does not say it means what it did.
    fn affects(&self, form: &mut Canonical, affects: Option<&Affects>) {
        let Some(Affects { signals, events }) = affects else { return };
        form.text("affects");
        let signals: Vec<usize> = signals.iter().map(|signal| signal.at()).collect();
        let events: Vec<usize> = events.iter().map(|event| event.at()).collect();
        for (table, places) in [(&self.signals, signals), (&self.events, events)] {
            // In which order they are declared means nothing.
            let mut hashes: Vec<SemanticHash> =
                places.iter().filter_map(|at| table.get(*at).copied()).collect();
            hashes.sort_unstable();
            form.length(hashes.len());
            hashes.into_iter().for_each(|hash| form.hash(hash));
        }
    }

    pub(super) fn channel(&self, channel: &Channel) -> SemanticHash {
        let Channel { head: _, parameters, request, timeout } = channel;
        let mut form = Canonical::of("channel");
        self.parameters(&mut form, parameters);
        self.request(&mut form, request, parameters);
        form.span(*timeout);
        form.finish()
    }

    fn request(&self, form: &mut Canonical, request: &HttpRequest, parameters: &[Parameter]) {
        let HttpRequest { method, url, placeholders, secrets: named, headers, body, success } = request;
        form.text(method);
        self.url(form, url, placeholders, parameters);
        secrets(form, named);
        form.length(headers.len());
        for (name, value) in headers {
            form.text(name);
            self.expression(form, value, parameters);
        }
        form.flag(body.is_some());
        body.iter().for_each(|body| self.value(form, body, parameters));
        form.flag(success.is_some());
        success.iter().for_each(|success| self.expression(form, success, parameters));
    }

    /// An address without the names in its placeholders, and what these stand for.
    fn url(
        &self,
        form: &mut Canonical,
        url: &str,
        placeholders: &[(String, Expression)],
        parameters: &[Parameter],
    ) {
        let mut parts = url.split(['{', '}']);
        form.text(parts.next().unwrap_or_default());
        while let Some(name) = parts.next() {
            match placeholders.iter().find(|(placeholder, _)| placeholder == name) {
                Some((_, value)) => self.expression(form, value, parameters),
                None => form.text(name),
            }
            form.text(parts.next().unwrap_or_default());
        }
    }

    fn value(&self, form: &mut Canonical, value: &Value, parameters: &[Parameter]) {
        match value {
            Value::Expression(expression) => self.expression(form, expression, parameters),
            Value::Object(entries) => {
                form.text("object");
                self.entries(form, entries, parameters);
            }
            Value::List(items) => {
                form.text("list");
                form.length(items.len());
                items.iter().for_each(|item| self.value(form, item, parameters));
            }
        }
    }

    fn entries(&self, form: &mut Canonical, entries: &[(String, Value)], parameters: &[Parameter]) {
        form.length(entries.len());
        for (name, value) in entries {
            form.text(name);
            self.value(form, value, parameters);
        }
    }

    pub(super) fn plan(&self, plan: &Plan) -> SemanticHash {
        let Plan {
            head: _,
            parameters,
            risk,
            requires,
            disturbs,
            fans,
            steps,
            verifies,
            undo,
            always,
            revert,
            affects,
        } = plan;
        let mut form = Canonical::of("plan");
        self.parameters(&mut form, parameters);
        form.text(risk_word(*risk));
        form.length(requires.len());
        requires.iter().for_each(|require| self.expression(&mut form, &require.condition, parameters));
        form.length(disturbs.len());
        for disturbed in disturbs {
            reference(&mut form, &self.signals, disturbed.signal.at());
            form.flag(disturbed.everywhere);
            form.length(disturbed.reached.len());
            disturbed.reached.iter().for_each(|way| self.way(&mut form, way, parameters));
            form.span(disturbed.span);
        }
        form.length(fans.len());
        for fan in fans {
            form.text(&fan.variable);
            reference(&mut form, &self.entities, fan.entity.at());
            self.requirement(&mut form, fan.condition.as_ref(), parameters);
            form.whole(fan.targets_max);
        }
        for list in [steps, undo, always] {
            self.steps(&mut form, list, parameters);
        }
        form.length(verifies.len());
        for verify in verifies {
            self.expression(&mut form, &verify.condition, parameters);
            form.span(verify.within);
        }
        match revert {
            None => form.text("keep"),
            Some(Revert::OnClear) => form.text("revert on clear"),
            Some(Revert::After(span)) => {
                form.text("revert after");
                form.span(*span);
            }
        }
        self.affects(&mut form, affects.as_ref());
        form.finish()
    }

    fn steps(&self, form: &mut Canonical, steps: &[Step], parameters: &[Parameter]) {
        form.length(steps.len());
        for step in steps {
            let Step { name: _, action, arguments, timeout, retries_max, retry_every, after, fan } = step;
            reference(form, &self.actions, action.at());
            self.arguments(form, arguments, parameters);
            form.span(*timeout);
            form.whole(*retries_max);
            form.span(*retry_every);
            form.length(after.len());
            after.iter().for_each(|at| form.whole(*at));
            form.flag(fan.is_some());
            fan.iter().for_each(|at| form.whole(*at));
        }
    }
}

fn risk_word(risk: Risk) -> &'static str {
    match risk {
        Risk::Low => "low",
        Risk::Medium => "medium",
        Risk::High => "high",
    }
}
