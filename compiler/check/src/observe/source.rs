//! Sources: what a webhook brings, and the events that are made of it.

use std::collections::{BTreeMap, BTreeSet};

use heal_diagnostics::{Code, Diagnostic, TextRange};
use heal_expr::Expected;
use heal_program::WebhookSource;
use heal_syntax::tree::{self, Expression, ItemKind, Name, Object, ObjectValue, SourceStatement, Spanned};

use crate::{check::Checker, item::Item, scope::Locals, statements::Slot};

/// What the path of a webhook begins with.
const WEBHOOKS: &str = "/hooks/";

/// What a delivery is called in a source's expressions.
const BODY: &str = "body";

/// What one event's part of it is called.
const ELEMENT: &str = "it";

impl<'a> Checker<'a> {
    /// Checks a source.
    pub(crate) fn webhook_source(&mut self, item: &Item<'a>) -> Option<WebhookSource> {
        let ItemKind::Source(source) = &item.tree.kind else { return None };
        let written = self.source_statements(item, source);
        self.require(item, &written.webhook, "webhook \"/hooks/alertmanager\"");
        self.require(item, &written.event, "event by (service) {service: it.service}");
        let webhook = written.webhook.value().and_then(|path| self.webhook_path(item, path));
        let secrets = self.secrets(item, &written.secrets);
        let signature = written.signature.value();
        let signature = signature.map(|(header, key)| self.signature(item, header, key, &written.secrets));
        let whole = Locals::from_outside(&[BODY]);
        let element = Locals::from_outside(&[BODY, ELEMENT]);
        let each = written.each.value().map(|each| self.expression(item, &whole, each, &Expected::List));
        let condition = written.condition.value();
        let condition = condition.map(|it| self.expression(item, &element, it, &Expected::Condition));
        let event =
            written.event.value().map(|(keys, object)| self.event_fields(item, &element, keys, object));
        let (keys, fields) = event?;
        Some(WebhookSource {
            head: item.head(),
            webhook: webhook?,
            secrets: secrets?,
            signature: transposed(signature)?,
            each: transposed(each)?.map(|each| each.expression),
            condition: transposed(condition)?.map(|condition| condition.expression),
            keys,
            fields: fields?,
        })
    }

    fn source_statements(&mut self, item: &Item<'a>, source: &'a tree::Source) -> Written<'a> {
        let mut written = Written {
            webhook: Slot::new("webhook"),
            secrets: Vec::new(),
            signature: Slot::new("signature"),
            each: Slot::new("each"),
            condition: Slot::new("where"),
            event: Slot::new("event"),
        };
        for Spanned { value: statement, range } in &source.statements {
            match statement {
                SourceStatement::Webhook(path) => self.fill(item, &mut written.webhook, path, *range),
                SourceStatement::Secret(secret) => written.secrets.push(secret),
                SourceStatement::Signature(header, key) => {
                    self.fill(item, &mut written.signature, (header, key), *range);
                }
                SourceStatement::Each(each) => self.fill(item, &mut written.each, each, *range),
                SourceStatement::Where(condition) => {
                    self.fill(item, &mut written.condition, condition, *range);
                }
                SourceStatement::Event(keys, object) => {
                    self.fill(item, &mut written.event, (keys.as_slice(), object), *range);
                }
            }
        }
        written
    }

    fn webhook_path(&mut self, item: &Item<'a>, path: &Spanned<String>) -> Option<String> {
        let rest = path.value.strip_prefix(WEBHOOKS);
        let plain = |rest: &&str| {
            !rest.is_empty()
                && rest.split('/').all(|part| !matches!(part, "" | "." | ".."))
                && rest.chars().all(|it| it.is_ascii_alphanumeric() || "-_./".contains(it))
        };
        if rest.filter(plain).is_some() {
            return Some(path.value.clone());
        }
        let message = format!("`{}` is no path of a webhook", path.value);
        let diagnostic = Diagnostic::error(Code::BAD_LITERAL, item.unit.file, path.range, message).with_help(
            format!("a webhook begins with `{WEBHOOKS}`, and goes on in letters, digits, `-`, `_` and `/`"),
        );
        self.diagnostics.push(diagnostic);
        None
    }

    fn signature(
        &mut self,
        item: &Item<'a>,
        header: &Spanned<String>,
        key: &Name,
        secrets: &[&tree::Secret],
    ) -> Option<(String, String)> {
        let known = secrets.iter().map(|secret| secret.name.value.as_str());
        let key = self.secret_named(item, key, known);
        let header = self.header_name(item, header);
        Some((header?, key?))
    }

    /// The fields of the events that a source brings, and which of them are the key.
    fn event_fields(
        &mut self,
        item: &Item<'a>,
        locals: &Locals,
        keys: &[Name],
        object: &'a Object,
    ) -> (Vec<String>, Option<Vec<(String, heal_program::Expression)>>) {
        let key = self.distinct(item, keys, "key field");
        let mut fields = Some(BTreeMap::new());
        let mut places: BTreeMap<&str, TextRange> = BTreeMap::new();
        for entry in &object.entries {
            if let Some(first) = places.get(entry.name.value.as_str()) {
                self.duplicate(item, &entry.name, *first, "field");
                fields = None;
                continue;
            }
            places.insert(&entry.name.value, entry.name.range);
            let value = match &entry.value {
                ObjectValue::Expression(value) => self.event_field(item, locals, value),
                ObjectValue::Object(_) | ObjectValue::List(_) => {
                    let message = format!("the field `{}` is more than one value", entry.name.value);
                    let diagnostic =
                        Diagnostic::error(Code::TYPE_MISMATCH, item.unit.file, entry.name.range, message)
                            .with_help("a field of an event is a text, a number, or true or false");
                    self.diagnostics.push(diagnostic);
                    None
                }
            };
            fields = fields.zip(value).map(|(mut fields, value)| {
                fields.insert(entry.name.value.clone(), value);
                fields
            });
        }
        for name in keys.iter().filter(|name| !places.contains_key(name.value.as_str())) {
            fields = None;
            let message = format!("the key field `{}` is not among the fields of the event", name.value);
            let diagnostic = Diagnostic::error(Code::MISSING_STATEMENT, item.unit.file, name.range, message);
            let known = places.keys().copied();
            let diagnostic = heal_expr::with_nearest(diagnostic, &name.value, name.range, known);
            self.diagnostics.push(if diagnostic.help.is_empty() {
                diagnostic.with_help(format!("say where it is found: `{{{0}: it.{0}}}`", name.value))
            } else {
                diagnostic
            });
        }
        let names: BTreeSet<String> = places.into_keys().map(str::to_owned).collect();
        self.known.sources.insert(item.index, names);
        (key, fields.map(|fields| fields.into_iter().collect()))
    }

    fn event_field(
        &mut self,
        item: &Item<'a>,
        locals: &Locals,
        value: &Expression,
    ) -> Option<heal_program::Expression> {
        self.expression(item, locals, value, &Expected::Any).map(|typed| typed.expression)
    }
}

/// The statements of a source.
struct Written<'t> {
    webhook: Slot<&'t Spanned<String>>,
    secrets: Vec<&'t tree::Secret>,
    signature: Slot<(&'t Spanned<String>, &'t Name)>,
    each: Slot<&'t Expression>,
    condition: Slot<&'t Expression>,
    event: Slot<(&'t [Name], &'t Object)>,
}

/// Nothing written, or what was written and is right; `None` where it was reported.
#[allow(clippy::option_option, reason = "the two say different things")]
fn transposed<T>(written: Option<Option<T>>) -> Option<Option<T>> {
    match written {
        None => Some(None),
        Some(None) => None,
        Some(value) => Some(value),
    }
}
