//! `approval 2 of "sre" when EXPR, timeout 15m else escalate`: people who must agree.

use heal_diagnostics::{Code, Diagnostic, Safety};
use heal_expr::SpanKind;
use heal_program::{Approval, Asked, ChannelIndex, Millis, OnTimeout};
use heal_syntax::tree::{self, Call, Expression, Name};

use crate::{
    ItemKind, ReferenceKind,
    act::call::Caller,
    check::{Checker, range_of},
    decide::Firing,
    item::Item,
    names::Found,
};

/// How long an answer is waited for, unless an approval says so.
const TIMEOUT_DEFAULT: Millis = Millis::from_minutes(15);

/// An approval as written.
#[derive(Clone, Copy)]
pub(super) struct WrittenApproval<'t> {
    pub(super) quorum: Option<&'t Expression>,
    pub(super) asked: &'t tree::Asked,
    pub(super) when: Option<&'t Expression>,
    pub(super) timeout: Option<&'t Expression>,
    pub(super) otherwise: Option<&'t Name>,
}

/// Words that say that somebody is asked, and not who.
const NO_TEAMS: &[&str] = &["required", "needed", "manual", "always", "yes", "on"];

impl<'a> Checker<'a> {
    /// Checks an approval.
    pub(super) fn approval(
        &mut self,
        item: &Item<'a>,
        firing: &Firing,
        written: &WrittenApproval<'_>,
    ) -> Option<Approval> {
        let quorum = match written.quorum {
            Some(quorum) => self.constant_whole(item, quorum, 1),
            None => Some(1),
        };
        let asked = self.who_is_asked(item, firing, written.asked);
        let condition = written.when.map(|when| self.requirement_for(item, firing, when));
        let timeout = match written.timeout {
            Some(span) => self.constant_span(item, span, SpanKind::Positive),
            None => Some(TIMEOUT_DEFAULT),
        };
        let words = [("escalate", OnTimeout::Escalate), ("reject", OnTimeout::Reject)];
        let on_timeout = match written.otherwise {
            Some(word) => self.word(item, word, "answer", &words),
            None => Some(OnTimeout::Escalate),
        };
        let condition = match condition {
            Some(condition) => Some(condition?),
            None => None,
        };
        Some(Approval {
            asked: asked?,
            quorum: quorum?,
            condition,
            timeout: timeout?,
            on_timeout: on_timeout?,
        })
    }

    fn who_is_asked(&mut self, item: &Item<'a>, firing: &Firing, asked: &tree::Asked) -> Option<Asked> {
        match asked {
            tree::Asked::Team(team) if team.value.trim().is_empty() => {
                self.error(item, Code::BAD_LITERAL, team.range, "a team has a name");
                None
            }
            tree::Asked::Team(team) => Some(Asked::Team(team.value.clone())),
            tree::Asked::Channel(call) if self.is_team(item, call) => {
                let range = range_of(&call.target);
                let word = item.unit.source().line(range);
                let diagnostic =
                    Diagnostic::error(Code::UNKNOWN_NAME, item.unit.file, range, "a team is a text");
                let diagnostic = if NO_TEAMS.contains(&word.as_str()) {
                    diagnostic.with_help("say who is asked, such as `approval \"sre\"`")
                } else {
                    let team = format!("\"{word}\"");
                    diagnostic.with_fix(format!("write `{team}`"), Safety::Unsafe, range, team)
                };
                self.diagnostics.push(diagnostic);
                None
            }
            tree::Asked::Channel(call) => {
                let need = "`approval` needs a team in quotes or";
                let kind = ReferenceKind::Calls;
                let channel = self.item_of_kind(item, &call.target, ItemKind::Channel, need, kind)?;
                let arguments = self.bind(item, call, &channel, Caller::Policy(firing))?;
                Some(Asked::Channel { channel: ChannelIndex(channel.index), arguments })
            }
        }
    }

    /// Whether what is asked is a name without brackets that means nothing: that of a team.
    fn is_team(&mut self, item: &Item<'a>, call: &Call) -> bool {
        call.arguments.is_none()
            && call.target.parts.len() == 1
            && matches!(self.names.path(item, &call.target), Found::Missing)
            && self.names.known(item, &[ItemKind::Channel]).is_empty()
    }
}
