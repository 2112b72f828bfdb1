//! Statements of entities, signals, events, sources and detectors.

use heal_syntax::tree::{
    DetectorStatement, EntityStatement, EventStatement, Field, LogReading, LogSource, Matcher, SampleSource,
    Secret, SignalStatement, SourceStatement, Spanned,
};

use crate::doc::Doc;
use crate::expression::Spelling;
use crate::node::Node;
use crate::parts::{keys_text, path_text, type_text, unit_text};

impl Spelling<'_> {
    /// A statement of an entity.
    pub(crate) fn entity_statement(self, statement: &Spanned<EntityStatement>) -> Node {
        let doc = match &statement.value {
            EntityStatement::Field(field) => self.field(field),
            EntityStatement::From(source) => self.from("from ", source),
            EntityStatement::Every(time) => self.word("every ", time),
            EntityStatement::StaleAfter(time) => self.word("stale after ", time),
            EntityStatement::AtMost(count) => self.word("at most ", count).then(" keys"),
        };
        Node::line(statement.range, doc)
    }

    fn field(self, field: &Field) -> Doc {
        let (type_, unit) = (type_text(&field.type_), unit_text(field.unit.as_ref()));
        let doc = Doc::text(format!("{}: {type_}{unit}", field.name.value));
        doc.and_if("", field.source.as_ref().map(|source| self.from(" from ", source)))
    }

    /// A statement of a signal.
    pub(crate) fn signal_statement(self, statement: &Spanned<SignalStatement>) -> Node {
        let doc = match &statement.value {
            SignalStatement::From(source) => self.from("from ", source),
            SignalStatement::Every(time) => self.word("every ", time),
            SignalStatement::StaleAfter(time) => self.word("stale after ", time),
            SignalStatement::AtMost(count) => self.word("at most ", count).then(" keys"),
        };
        Node::line(statement.range, doc)
    }

    fn from(self, word: &'static str, source: &SampleSource) -> Doc {
        let doc = Doc::text(word);
        match source {
            SampleSource::Prometheus(query) => doc.then("prometheus ").then(self.text(query)),
            SampleSource::Metric(name, matchers) => {
                let doc = doc.then("metric ").then(self.text(name));
                Doc::continued(doc, self.matchers(matchers))
            }
            SampleSource::Logs(logs) => self.logs(doc, logs),
        }
    }

    fn logs(self, before: Doc, logs: &LogSource) -> Doc {
        let mut others = Vec::new();
        others.extend(logs.pattern.as_ref().map(|pattern| Doc::text("match ").then(self.text(pattern))));
        others.extend(self.matchers(&logs.matchers));
        match &logs.reading {
            LogReading::CountPer(time) => others.push(self.word("count per ", time)),
            LogReading::Value(name) => others.push(Doc::text(format!("value {}", name.value))),
            LogReading::Line => {}
        }
        Doc::continued(before.then("logs ").then(self.text(&logs.name)), others)
    }

    fn matchers(self, matchers: &[Matcher]) -> Option<Doc> {
        let mut matchers =
            matchers.iter().map(|one| format!("{} == {}", one.name.value, self.text(&one.value)));
        let first = matchers.next()?;
        Some(Doc::continued(Doc::text("where ").then(first), matchers.map(|one| Doc::text("&& ").then(one))))
    }

    /// A statement of an event.
    pub(crate) fn event_statement(self, statement: &Spanned<EventStatement>) -> Node {
        let doc = match &statement.value {
            EventStatement::From(path, matchers) => {
                Doc::continued(Doc::text(format!("from {}", path_text(path))), self.matchers(matchers))
            }
            EventStatement::FromNamed(name, matchers) => {
                Doc::continued(Doc::text("from event ").then(self.text(name)), self.matchers(matchers))
            }
            EventStatement::FromLogs(logs) => self.logs(Doc::text("from "), logs),
            EventStatement::AtMost(count) => self.word("at most ", count).then(" keys"),
        };
        Node::line(statement.range, doc)
    }

    /// A statement of a source.
    pub(crate) fn source_statement(self, statement: &Spanned<SourceStatement>) -> Node {
        let doc = match &statement.value {
            SourceStatement::Webhook(place) => Doc::text("webhook ").then(self.text(place)),
            SourceStatement::Secret(secret) => self.secret(secret),
            SourceStatement::Signature(header, key) => {
                Doc::text("signature ").then(self.text(header)).then(format!(" {}", key.value))
            }
            SourceStatement::Each(list) => self.word("each ", list),
            SourceStatement::Where(condition) => self.word("where ", condition),
            SourceStatement::Event(keys, object) => {
                let head = Doc::text(format!("event{}", keys_text(keys)));
                return self.with_object(statement.range, head, object);
            }
        };
        Node::line(statement.range, doc)
    }

    /// A secret.
    pub(crate) fn secret(self, secret: &Secret) -> Doc {
        let head = format!("secret {} = {}(", secret.name.value, secret.store.value);
        Doc::text(head).then(self.text(&secret.reference)).then(")")
    }

    /// A statement of a detector.
    pub(crate) fn detector_statement(self, statement: &Spanned<DetectorStatement>) -> Node {
        let doc = match &statement.value {
            DetectorStatement::When(condition) => self.word("when ", condition),
            DetectorStatement::For(time) => self.word("for ", time),
            DetectorStatement::Clear(condition, time) => {
                self.word("clear when ", condition).and_if(" for ", self.maybe(time.as_ref()))
            }
            DetectorStatement::Severity(name) => Doc::text(format!("severity {}", name.value)),
        };
        Node::line(statement.range, doc)
    }
}
