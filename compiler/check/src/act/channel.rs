//! Channels: how people are told, and asked.

use heal_expr::{SpanKind, Type, Typed};
use heal_program::{Channel, EpisodeField, Expression as Lowered};
use heal_syntax::tree::{ChannelStatement, Expression, ItemKind, Spanned};

use crate::{
    act::{
        action::{TIMEOUT_DEFAULT, finished},
        request::WrittenRequest,
    },
    check::Checker,
    item::Item,
    scope::Locals,
    statements::Slot,
};

/// What a channel can say about the episode that it tells of.
const EPISODE: [(&str, EpisodeField, Type); 7] = [
    ("detector", EpisodeField::Detector, Type::Text),
    ("id", EpisodeField::Id, Type::Text),
    ("policy", EpisodeField::Policy, Type::Text),
    ("reason", EpisodeField::Reason, Type::Text),
    ("severity", EpisodeField::Severity, Type::Text),
    ("started", EpisodeField::Started, Type::Timestamp),
    ("summary", EpisodeField::Summary, Type::Text),
];

impl<'a> Checker<'a> {
    /// Checks a channel.
    pub(crate) fn channel(&mut self, item: &Item<'a>) -> Option<Channel> {
        let ItemKind::Channel(channel) = &item.tree.kind else { return None };
        let shapes = self.parameters(item, &channel.parameters);
        let mut request = WrittenRequest::default();
        let mut timeout: Slot<&Expression> = Slot::new("timeout");
        for Spanned { value: statement, range } in &channel.statements {
            let range = *range;
            match statement {
                ChannelStatement::Http(method, url) => {
                    self.fill(item, &mut request.http, (method, url), range);
                }
                ChannelStatement::Secret(secret) => request.secret(secret, range),
                ChannelStatement::Header(name, value) => request.header(name, value, range),
                ChannelStatement::Body(body) => self.fill(item, &mut request.body, body, range),
                ChannelStatement::Success(condition) => {
                    self.fill(item, &mut request.success, condition, range);
                }
                ChannelStatement::Timeout(span) => self.fill(item, &mut timeout, span, range),
            }
        }
        self.require(item, &request.http, "http POST \"https://example.com/hook\"");
        let mut locals = Locals::of_parameters(&shapes);
        let episode = EPISODE
            .into_iter()
            .map(|(name, field, type_)| (name.to_owned(), Typed::new(Lowered::Episode(field), type_)));
        locals.members.insert("episode".to_owned(), episode.collect());
        let checked = self.request(item, &locals, &request);
        let timeout = match timeout.value() {
            Some(span) => self.constant_span(item, span, SpanKind::Positive),
            None => Some(TIMEOUT_DEFAULT),
        };
        Some(Channel {
            head: item.head(),
            parameters: finished(&shapes)?,
            request: checked?,
            timeout: timeout?,
        })
    }
}
