//! Requests over HTTP: what an action does with one, and what a channel tells with one.

use heal_diagnostics::{Code, Diagnostic, TextRange};
use heal_expr::{Expected, Type, Typed};
use heal_program::{Expression as Lowered, HttpRequest, Secret, SecretStore, Value};
use heal_syntax::tree::{self, Expression, HttpMethod, Object, ObjectValue, Spanned};

use crate::{act::url::WrittenUrl, check::Checker, item::Item, scope::Locals, statements::Slot};

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
        let secrets = self.secrets(item, locals, &written.secrets);
        let mut sending = locals.clone();
        for secret in secrets.iter().flatten() {
            let value = Typed::new(Lowered::Secret(secret.name.clone()), Type::Text);
            sending.bound.insert(secret.name.clone(), value);
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

    /// `secret key = env("NAME")`: names that are not taken, in stores that exist.
    fn secrets(
        &mut self,
        item: &Item<'a>,
        locals: &Locals,
        written: &[(&tree::Secret, TextRange)],
    ) -> Option<Vec<Secret>> {
        let mut secrets: Vec<Option<Secret>> = Vec::new();
        for (at, (secret, _)) in written.iter().enumerate() {
            let name = &secret.name;
            let first = written.iter().take(at).find(|(before, _)| before.name.value == name.value);
            if let Some((first, _)) = first {
                self.duplicate(item, name, first.name.range, "secret");
                continue;
            }
            let is_taken = locals.values.contains_key(&name.value);
            if is_taken {
                let message = format!("`{}` is a parameter of `{}` already", name.value, item.name.value);
                self.error(item, Code::DUPLICATE_NAME, name.range, message);
            }
            let stores = [("env", SecretStore::Env), ("file", SecretStore::File)];
            let store = self.word(item, &secret.store, "store of secrets", &stores);
            let reference = store.and_then(|store| self.secret_reference(item, store, &secret.reference));
            secrets.push(store.zip(reference).filter(|_| !is_taken).map(|(store, reference)| Secret {
                name: name.value.clone(),
                store,
                reference,
            }));
        }
        secrets.into_iter().collect()
    }

    /// The name of a variable, or a path: where the secret is found, and never the secret itself.
    fn secret_reference(
        &mut self,
        item: &Item<'a>,
        store: SecretStore,
        reference: &Spanned<String>,
    ) -> Option<String> {
        let text = &reference.value;
        let is_variable = text.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
            && !text.starts_with(|it: char| it.is_ascii_digit());
        let (is_right, what, help) = match store {
            SecretStore::Env => {
                (is_variable, "the name of a variable", "write a name such as `env(\"PAGERDUTY_KEY\")`")
            }
            SecretStore::File => {
                (!text.contains('\0'), "a path", "write a path such as `file(\"/run/secrets/key\")`")
            }
        };
        if is_right && !text.is_empty() {
            return Some(text.clone());
        }
        // The text is not repeated: a person may have written the secret itself.
        let message = format!("this is not {what}");
        let diagnostic = Diagnostic::error(Code::BAD_LITERAL, item.unit.file, reference.range, message)
            .with_help(help);
        self.diagnostics.push(diagnostic);
        None
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
            let is_token = |it: char| it.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(it);
            let is_name = !name.value.is_empty() && name.value.chars().all(is_token);
            if !is_name {
                let message = format!("`{}` is not the name of a header", name.value);
                let diagnostic = Diagnostic::error(Code::BAD_LITERAL, item.unit.file, name.range, message)
                    .with_help("a name is made of letters, digits and `-`, such as `\"Authorization\"`");
                self.diagnostics.push(diagnostic);
            }
            headers.push(value.filter(|_| is_name).map(|value| (name.value.clone(), value.expression)));
        }
        headers.into_iter().collect()
    }

    /// `success status == 202 && body.ok == true`, in terms of the answer.
    fn success(&mut self, item: &Item<'a>, locals: &Locals, written: &Expression) -> Option<Lowered> {
        let mut answer = locals.clone();
        answer.members.clear();
        for (name, type_) in [("status", Type::Integer), ("body", Type::Json)] {
            answer.bound.insert(name.to_owned(), Typed::new(Lowered::Variable(name.to_owned()), type_));
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
