//! Addresses: what stands in their placeholders, and what may choose the host.

use heal_diagnostics::{Code, Diagnostic, Safety, TextRange};
use heal_expr::Expected;
use heal_program::Expression as Lowered;
use heal_syntax::tree::{Expression, ExpressionKind, Name, Spanned};

use crate::{check::Checker, item::Item, scope::Locals};

/// Most names in a placeholder.
const PATH_LENGTH_MAX: usize = 8;

/// A checked address.
pub(super) struct WrittenUrl {
    /// As it was written.
    pub(super) url: String,
    /// What its placeholders stand for, by what stands between their braces, sorted.
    pub(super) placeholders: Vec<(String, Lowered)>,
}

/// `{service}` in an address.
struct Placeholder<'t> {
    /// What stands between the braces.
    text: &'t str,
    /// Where it stands in the file, braces not included.
    range: TextRange,
    /// Whether it is part of the host.
    in_host: bool,
}

impl<'a> Checker<'a> {
    /// An address that begins with its scheme and a host, with texts in braces that are percent-encoded when it is sent.
    pub(super) fn url(
        &mut self,
        item: &Item<'a>,
        locals: &Locals,
        written: &Spanned<String>,
        has_secrets: bool,
    ) -> Option<WrittenUrl> {
        let url = &written.value;
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let Some(rest) = rest.filter(|rest| !rest.starts_with(['/', '?', '#']) && !rest.is_empty()) else {
            let message = format!("`{url}` is not an address");
            let mut diagnostic = Diagnostic::error(Code::BAD_LITERAL, item.unit.file, written.range, message)
                .with_help("an address begins with `https://` or `http://`");
            if !url.contains("://") && !url.is_empty() && !url.starts_with('/') {
                let meant = format!("\"https://{url}\"");
                let title = format!("write `{meant}`");
                diagnostic = diagnostic.with_fix(title, Safety::Unsafe, written.range, meant);
            }
            self.diagnostics.push(diagnostic);
            return None;
        };
        if let Some(wrong) = rest.chars().find(|it| it.is_whitespace() || it.is_control()) {
            let message = format!("there is no {wrong:?} in an address");
            self.error(item, Code::BAD_LITERAL, written.range, message);
            return None;
        }
        let placeholders = self.placeholders(item, written)?;
        if let Some(host) = placeholders.iter().find(|it| it.in_host).filter(|_| has_secrets) {
            let message = format!("`{}` chooses the host that the secrets are sent to", host.text);
            let diagnostic = Diagnostic::error(Code::BAD_LITERAL, item.unit.file, host.range, message)
                .with_help("telemetry can hold any name: write the host out, or send no secret");
            self.diagnostics.push(diagnostic);
            return None;
        }
        let mut values: Vec<Option<(String, Lowered)>> = Vec::new();
        for placeholder in &placeholders {
            let value = self.placeholder(item, locals, placeholder);
            values.push(value.map(|value| (placeholder.text.to_owned(), value)));
        }
        let mut placeholders = values.into_iter().collect::<Option<Vec<_>>>()?;
        placeholders.sort_by(|left, right| left.0.cmp(&right.0));
        placeholders.dedup_by(|left, right| left.0 == right.0);
        Some(WrittenUrl { url: url.clone(), placeholders })
    }

    /// Finds the placeholders in the text as it stands in the file.
    fn placeholders(&mut self, item: &Item<'a>, written: &Spanned<String>) -> Option<Vec<Placeholder<'a>>> {
        let raw: &'a str = item.unit.source().slice(written.range);
        let host_start = raw.find("://").map_or(0, |at| at + 3);
        let host_end = raw.get(host_start..).and_then(|rest| rest.find(['/', '?', '#']));
        let host_end = host_end.map_or(raw.len(), |at| at + host_start);
        let mut found = Vec::new();
        let mut open: Option<usize> = None;
        let mut wrong = None;
        for (at, character) in raw.char_indices() {
            match (character, open) {
                ('{', None) => open = Some(at + 1),
                ('{', Some(_)) | ('}', None) => wrong = wrong.or(Some(at)),
                ('}', Some(start)) => {
                    open = None;
                    let range = part(written.range, start, at);
                    let text = raw.get(start..at).unwrap_or("");
                    if let Some(sign) =
                        start.checked_sub(2).filter(|sign| raw.as_bytes().get(*sign) == Some(&b'$'))
                    {
                        self.dollar(item, part(written.range, sign, sign + 1), text);
                    }
                    found.push(Placeholder { text, range, in_host: start < host_end });
                }
                (_, _) => {}
            }
        }
        let Some(at) = wrong.or(open.map(|start| start - 1)) else { return Some(found) };
        let diagnostic = Diagnostic::error(
            Code::BAD_LITERAL,
            item.unit.file,
            part(written.range, at, at + 1),
            "this brace has no partner",
        )
        .with_help(
            "a placeholder is a name in braces, such as `{service}`; a brace itself is `%7B` or `%7D`",
        );
        self.diagnostics.push(diagnostic);
        None
    }

    /// Reports `${service}`, which would put a `$` before what the placeholder stands for.
    fn dollar(&mut self, item: &Item<'a>, sign: TextRange, name: &str) {
        let message = format!("a placeholder is written `{{{name}}}`, without a `$`");
        let diagnostic = Diagnostic::error(Code::BAD_LITERAL, item.unit.file, sign, message)
            .with_help("a `$` itself is `%24`")
            .with_fix("leave the `$` out", Safety::Unsafe, sign, "");
        self.diagnostics.push(diagnostic);
    }

    /// The text that a placeholder stands for: a parameter, a secret, or a field such as `service.service`.
    fn placeholder(
        &mut self,
        item: &Item<'a>,
        locals: &Locals,
        written: &Placeholder<'_>,
    ) -> Option<Lowered> {
        let Some(path) = path_expression(written.text, written.range) else {
            let message = format!("`{}` is not a name", written.text);
            let diagnostic = Diagnostic::error(Code::BAD_LITERAL, item.unit.file, written.range, message)
                .with_help(
                    "a placeholder names a parameter or one of its fields, such as `{service.service}`",
                );
            self.diagnostics.push(diagnostic);
            return None;
        };
        self.expression(item, locals, &path, &Expected::Text).map(|typed| typed.expression)
    }
}

/// Bytes `start..end` of the text at `range`.
fn part(range: TextRange, start: usize, end: usize) -> TextRange {
    let at =
        |offset: usize| range.start.saturating_add(u32::try_from(offset).unwrap_or(u32::MAX)).min(range.end);
    TextRange::new(at(start), at(end))
}

/// `service.service` as an expression; none when it is no path of names.
fn path_expression(text: &str, range: TextRange) -> Option<Expression> {
    if text.split('.').count() > PATH_LENGTH_MAX {
        return None;
    }
    let mut path: Option<Expression> = None;
    let mut start = 0;
    for name in text.split('.') {
        let mut characters = name.chars();
        let starts_well = characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
        if !starts_well || !characters.all(|it| it.is_ascii_alphanumeric() || it == '_') {
            return None;
        }
        let place = part(range, start, start + name.len());
        start += name.len() + 1;
        path = Some(match path {
            None => Expression { kind: Box::new(ExpressionKind::Name(name.to_owned())), range: place },
            Some(receiver) => Expression {
                range: receiver.range.cover(place),
                kind: Box::new(ExpressionKind::Field(
                    receiver,
                    Name { value: name.to_owned(), range: place },
                )),
            },
        });
    }
    path
}
