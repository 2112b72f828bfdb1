//! Requests over HTTP: what an action does with one, and what a channel tells with one.

use heal_diagnostics::{Code, Diagnostic, TextRange};
use heal_expr::{Expected, Type, Typed, Value as Named};
use heal_program::{Expression as Lowered, HttpRequest, Secret, Value};
use heal_syntax::tree::{self, Expression, HttpMethod, Object, ObjectValue, Spanned};

use crate::{
    act::url::WrittenUrl, check::Checker, item::Item, known::Binding, scope::Locals, statements::Slot,
};

/// The statements of a request, each where it may stand.
pub(super) struct WrittenRequest<'t> {
    pub(super) http: Slot<(&'t Spanned<HttpMethod>, &'t Spanned<String>)>,
    pub(super) body: Slot<&'t Object>,
    pub(super) success: Slot<&'t Expression>,
    secrets: Vec<(&'t tree::Secret, TextRange)>,
    headers: Vec<(&'t Spanned<String>, &'t Expression, TextRange)>,
}

impl Default for WrittenRequest<'_> {
    fn default() -> Self {
        WrittenRequest {
            http: Slot::new("http"),
            body: Slot::new("body"),
            success: Slot::new("success"),
            secrets: Vec::new(),
            headers: Vec::new(),
        }
    }
}

impl<'t> WrittenRequest<'t> {
    pub(super) fn secret(&mut self, secret: &'t tree::Secret, range: TextRange) {
        self.secrets.push((secret, range));
    }

    pub(super) fn header(&mut self, name: &'t Spanned<String>, value: &'t Expression, range: TextRange) {
        self.headers.push((name, value, range));
    }
}

impl<'a> Checker<'a> {
    /// Reports statements that only a request has, in an action that makes none.
    pub(super) fn only_of_requests(&mut self, item: &Item<'a>, written: &WrittenRequest<'_>) {
        let secrets = written.secrets.iter().map(|(_, range)| ("secret", *range));
        let headers = written.headers.iter().map(|(_, _, range)| ("header", *range));
        let body = written.body.range().map(|range| ("body", range));
        let success = written.success.range().map(|range| ("success", range));
        let misplaced: Vec<_> = secrets.chain(headers).chain(body).chain(success).collect();
        for (word, range) in misplaced {
            let message = format!("`{word}` belongs to a request, and `{}` makes none", item.name.value);
            let diagnostic = Diagnostic::error(Code::MISPLACED_STATEMENT, item.unit.file, range, message)
                .with_help("leave it out, or let the action be `http POST \"https://...\"`");
            self.diagnostics.push(diagnostic);
        }
    }

    /// Checks a request; `locals` are what its parts can name, secrets aside.
    pub(super) fn request(
        &mut self,
        item: &Item<'a>,
        locals: &Locals,
        written: &WrittenRequest<'_>,
    ) -> Option<HttpRequest> {
        let (method, url) = *written.http.value()?;
        let secrets = self.free_secrets(item, locals, &written.secrets);
        let mut sending = locals.clone();
        // Also those that are wrong: one mistake is told once.
        for (secret, _) in &written.secrets {
            let name = secret.name.value.clone();
            sending.bound.insert(name.clone(), bound(Lowered::Secret(name), Type::Text));
        }
        let url = self.url(item, &sending, url, !written.secrets.is_empty());
        let headers = self.headers(item, &sending, &written.headers);
        let body = written.body.value().map(|body| self.object(item, &sending, body));
        let success = written.success.value().map(|written| self.success(item, locals, written));
        let body = match body {
            Some(body) => Some(Value::Object(body?)),
            None => None,
        };
        let success = match success {
            Some(success) => Some(success?),
            None => None,
        };
        let WrittenUrl { url, placeholders } = url?;
        let request = HttpRequest {
            method: method.value.word().to_owned(),
            url,
            placeholders,
            secrets: secrets?,
            headers: headers?,
            body,
            success,
        };
        self.unused_secrets(item, &written.secrets, &request);
        Some(request)
    }

    /// Secrets whose names are not taken.
    fn free_secrets(
        &mut self,
        item: &Item<'a>,
        locals: &Locals,
        written: &[(&tree::Secret, TextRange)],
    ) -> Option<Vec<Secret>> {
        let secrets: Vec<&tree::Secret> = written.iter().map(|(secret, _)| *secret).collect();
        let mut are_free = true;
        for secret in &secrets {
            let name = &secret.name;
            if locals.values.contains_key(&name.value) {
                are_free = false;
                let message = format!("`{}` is a parameter of `{}` already", name.value, item.name.value);
                self.error(item, Code::DUPLICATE_NAME, name.range, message);
            }
        }
        self.secrets(item, &secrets).filter(|_| are_free)
    }

    /// A secret that nothing sends.
    fn unused_secrets(
        &mut self,
        item: &Item<'a>,
        written: &[(&tree::Secret, TextRange)],
        request: &HttpRequest,
    ) {
        for (secret, _) in written {
            let mut used = false;
            let mut look = |expression: &Lowered| {
                used |= matches!(expression, Lowered::Secret(name) if *name == secret.name.value);
            };
            request.placeholders.iter().for_each(|(_, value)| value.walk(&mut look));
            request.headers.iter().for_each(|(_, value)| value.walk(&mut look));
            request.body.iter().for_each(|body| body.walk(&mut look));
            if !used {
                let message = format!("the secret `{}` is not used", secret.name.value);
                let diagnostic =
                    Diagnostic::warning(Code::UNUSED_ITEM, item.unit.file, secret.name.range, message)
                        .with_help("put it into a header or the body, or leave it out");
                self.diagnostics.push(diagnostic);
            }
        }
    }

    fn headers(
        &mut self,
        item: &Item<'a>,
        locals: &Locals,
        written: &[(&Spanned<String>, &Expression, TextRange)],
    ) -> Option<Vec<(String, Lowered)>> {
        let mut headers: Vec<Option<(String, Lowered)>> = Vec::new();
        for (at, (name, value, _)) in written.iter().enumerate() {
            let value = self.expression(item, locals, value, &Expected::Text);
            let first =
                written.iter().take(at).find(|(before, ..)| before.value.eq_ignore_ascii_case(&name.value));
            if let Some((first, ..)) = first {
                self.duplicate(item, name, first.range, "header");
                continue;
            }
            let name = self.header_name(item, name);
            headers.push(name.zip(value).map(|(name, value)| (name, value.expression)));
        }
        headers.into_iter().collect()
    }

    /// `success status == 202 && body.ok == true`, in terms of the answer.
    fn success(&mut self, item: &Item<'a>, locals: &Locals, written: &Expression) -> Option<Lowered> {
        let mut answer = locals.clone();
        answer.members.clear();
        for (name, type_) in [("status", Type::Integer), ("body", Type::Json)] {
            answer.bound.insert(name.to_owned(), bound(Lowered::Variable(name.to_owned()), type_));
        }
        self.expression(item, &answer, written, &Expected::Condition).map(|typed| typed.expression)
    }

    /// The entries of an object, whose names are distinct.
    pub(super) fn object(
        &mut self,
        item: &Item<'a>,
        locals: &Locals,
        object: &Object,
    ) -> Option<Vec<(String, Value)>> {
        let mut entries: Vec<Option<(String, Value)>> = Vec::new();
        for (at, entry) in object.entries.iter().enumerate() {
            let value = self.value(item, locals, &entry.value);
            let first = object.entries.iter().take(at).find(|before| before.name.value == entry.name.value);
            match first {
                Some(first) => self.duplicate(item, &entry.name, first.name.range, "entry"),
                None => entries.push(value.map(|value| (entry.name.value.clone(), value))),
            }
        }
        entries.into_iter().collect()
    }

    /// Nests as deep as brackets may in a file.
    fn value(&mut self, item: &Item<'a>, locals: &Locals, value: &ObjectValue) -> Option<Value> {
        match value {
            ObjectValue::Expression(written) => {
                let typed = self.expression(item, locals, written, &Expected::Any)?;
                Some(Value::Expression(typed.expression))
            }
            ObjectValue::Object(object) => self.object(item, locals, object).map(Value::Object),
            ObjectValue::List(items) => {
                let values: Vec<_> = items.iter().map(|value| self.value(item, locals, value)).collect();
                values.into_iter().collect::<Option<Vec<Value>>>().map(Value::List)
            }
        }
    }
}

/// What a name stands for that only the program has a word for.
fn bound(expression: Lowered, type_: Type) -> Binding {
    Binding::Value(Named::Bound(Typed::new(expression, type_)))
}
