//! Guards: how far a policy may go.

use heal_diagnostics::{Code, Diagnostic, TextRange};
use heal_expr::{SpanKind, with_nearest};
use heal_program::{Approval, Cooldown, Guard, Limit, Millis, OnTimeout, Per};
use heal_syntax::tree::{self, Asked, Expression, GuardStatement, Name, Path, Spanned};

use crate::{
    arguments::Firing,
    check::{Checker, range_of},
    item::Item,
    statements::Slot,
};

/// How long an answer is waited for, unless an approval says so.
const APPROVAL_TIMEOUT_DEFAULT: Millis = Millis::from_minutes(15);

/// How long a ladder may be withheld before it escalates, unless the guard says so.
const WITHHELD_DEFAULT: Millis = Millis::from_minutes(15);

/// A checked guard.
#[derive(Clone, Debug)]
pub(crate) struct Guarded {
    /// The guard; none where a statement was reported.
    pub(crate) guard: Option<Guard>,
    /// Whether there is a limit without `per`, right or wrong.
    pub(crate) unkeyed_limit: bool,
    /// Whether a person is always asked.
    pub(crate) always_approved: bool,
    /// Whether a person is asked when some condition holds.
    pub(crate) approved_sometimes: bool,
}

/// An approval as written.
struct WrittenApproval<'t> {
    team: &'t Spanned<String>,
    when: Option<&'t Expression>,
    timeout: Option<&'t Expression>,
    otherwise: Option<&'t Name>,
}

impl<'a> Checker<'a> {
    /// Checks the statements of a guard; a policy without one has the guard with none.
    pub(crate) fn guard(
        &mut self,
        item: &Item<'a>,
        firing: &Firing,
        statements: &[Spanned<GuardStatement>],
    ) -> Guarded {
        let mut limits: Vec<Option<Limit>> = Vec::new();
        let mut unkeyed_limit = false;
        let mut cooldown: Slot<(&Expression, &[Path])> = Slot::new("cooldown");
        let mut approval: Slot<WrittenApproval<'_>> = Slot::new("approval");
        let mut withheld: Slot<&Expression> = Slot::new("escalate when withheld for");
        for Spanned { value: statement, range } in statements {
            match statement {
                GuardStatement::Limit(written) => {
                    unkeyed_limit |= written.iter().any(|limit| limit.value.per.is_empty());
                    limits.extend(written.iter().map(|limit| self.limit(item, firing, &limit.value)));
                }
                GuardStatement::Cooldown(span, per) => self.fill(item, &mut cooldown, (span, per), *range),
                GuardStatement::Approval { asked: Asked::Team(team), when, timeout, otherwise, .. } => {
                    let (when, timeout, otherwise) = (when.as_ref(), timeout.as_ref(), otherwise.as_ref());
                    self.fill(
                        item,
                        &mut approval,
                        WrittenApproval { team, when, timeout, otherwise },
                        *range,
                    );
                }
                GuardStatement::Approval { .. }
                | GuardStatement::Shared(_)
                | GuardStatement::BlastRadius { .. }
                | GuardStatement::Concurrency(..)
                | GuardStatement::Breaker { .. }
                | GuardStatement::Canary(..)
                | GuardStatement::Freeze(_)
                | GuardStatement::Only(_)
                | GuardStatement::Storm { .. } => {}
                GuardStatement::EscalateWithheld(span) => self.fill(item, &mut withheld, span, *range),
            }
        }
        let always_approved = approval.value().is_some_and(|approval| approval.when.is_none());
        let approved_sometimes = approval.value().is_some();
        let cooldown = cooldown.value().map(|(span, per)| self.cooldown(item, firing, span, per));
        let approval = approval.value().map(|approval| self.approval(item, firing, approval));
        let withheld = self.span(item, withheld.value().copied(), WITHHELD_DEFAULT);
        let guard = || {
            Some(Guard {
                limits: limits.into_iter().collect::<Option<Vec<Limit>>>()?,
                cooldown: match cooldown {
                    Some(cooldown) => Some(cooldown?),
                    None => None,
                },
                approval: match approval {
                    Some(approval) => Some(approval?),
                    None => None,
                },
                withheld_escalates_after: Some(withheld?),
                ..Guard::default()
            })
        };
        Guarded { guard: guard(), unkeyed_limit, always_approved, approved_sometimes }
    }

    fn limit(&mut self, item: &Item<'a>, firing: &Firing, limit: &tree::Limit) -> Option<Limit> {
        let runs_max = self.constant_whole(item, &limit.runs, 1);
        let window = self.constant_span(item, &limit.window, SpanKind::Positive);
        let per = self.key_fields(item, firing, &limit.per);
        Some(Limit { runs_max: runs_max?, window: window?, per: per? })
    }

    fn cooldown(
        &mut self,
        item: &Item<'a>,
        firing: &Firing,
        span: &Expression,
        per: &[Path],
    ) -> Option<Cooldown> {
        let span = self.constant_span(item, span, SpanKind::Positive);
        let per = self.key_fields(item, firing, per);
        Some(Cooldown { span: span?, per: per? })
    }

    fn approval(
        &mut self,
        item: &Item<'a>,
        firing: &Firing,
        written: &WrittenApproval<'_>,
    ) -> Option<Approval> {
        let condition = written.when.map(|when| self.requirement_for(item, firing, when));
        let timeout = self.span(item, written.timeout, APPROVAL_TIMEOUT_DEFAULT);
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
            asked: heal_program::Asked::Team(written.team.value.clone()),
            quorum: 1,
            condition,
            timeout: timeout?,
            on_timeout: on_timeout?,
        })
    }

    fn span(&mut self, item: &Item<'a>, written: Option<&Expression>, default: Millis) -> Option<Millis> {
        match written {
            Some(span) => self.constant_span(item, span, SpanKind::Positive),
            None => Some(default),
        }
    }

    /// The fields after `per`: fields of the firing's key.
    fn key_fields(&mut self, item: &Item<'a>, firing: &Firing, per: &[Path]) -> Option<Vec<Per>> {
        let fields: Vec<Option<Per>> = per.iter().map(|path| self.key_field(item, firing, path)).collect();
        fields.into_iter().collect()
    }

    fn key_field(&mut self, item: &Item<'a>, firing: &Firing, path: &Path) -> Option<Per> {
        let key = firing.key.as_ref()?;
        let range: TextRange = range_of(path);
        let written = item.unit.source().line(range);
        let fields = || key.fields().iter().map(String::as_str);
        let message = match path.parts.as_slice() {
            [field] if key.fields().contains(&field.value) => return Some(Per::Key(field.value.clone())),
            [_] => format!("`{}` fires by {key}, which has no field `{written}`", firing.detector),
            _ => format!("`{written}` is not a key field, and `per` counts by key fields only"),
        };
        let diagnostic = Diagnostic::error(Code::UNKNOWN_FIELD, item.unit.file, range, message);
        let mut diagnostic = with_nearest(diagnostic, &written, range, fields());
        if diagnostic.help.is_empty() {
            let fields: Vec<&str> = fields().collect();
            diagnostic = diagnostic.with_help(format!("the key fields are {}", fields.join(", ")));
        }
        self.diagnostics.push(diagnostic);
        None
    }
}
