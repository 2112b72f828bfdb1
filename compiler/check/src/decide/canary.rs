//! `canary 1 then 25% then 100% settle 5m`: waves of targets.

use heal_diagnostics::{Code, Diagnostic, Safety, TextRange};
use heal_expr::SpanKind;
use heal_program::{Canary, Millis, Share};
use heal_syntax::tree::Expression;

use crate::{check::Checker, item::Item};

/// How long a wave must have passed, unless a canary says so.
const SETTLE_DEFAULT: Millis = Millis::from_minutes(5);

impl<'a> Checker<'a> {
    /// Waves that grow, and end with all.
    pub(super) fn canary(
        &mut self,
        item: &Item<'a>,
        waves: &[Expression],
        settle: Option<&Expression>,
    ) -> Option<Canary> {
        let settle = match settle {
            Some(span) => self.constant_span(item, span, SpanKind::ZeroOrMore),
            None => Some(SETTLE_DEFAULT),
        };
        let shares: Vec<Option<Share>> = waves.iter().map(|wave| self.share(item, wave)).collect();
        let shares = shares.into_iter().collect::<Option<Vec<Share>>>()?;
        for ((before, wave), (first, second)) in
            shares.iter().zip(shares.iter().skip(1)).zip(waves.iter().zip(waves.iter().skip(1)))
        {
            if !grows(*before, *wave) {
                let (small, large) =
                    (item.unit.source().line(first.range), item.unit.source().line(second.range));
                let message = format!("a wave of `{large}` does not reach more than one of `{small}`");
                let diagnostic = Diagnostic::error(Code::CANARY_ORDER, item.unit.file, second.range, message)
                    .with_secondary(item.unit.file, first.range, "the wave before")
                    .with_help("numbers come first and shares after them, each larger than the one before");
                self.diagnostics.push(diagnostic);
                return None;
            }
        }
        let last = waves.last()?;
        if shares.last() != Some(&Share::Part(1.0)) {
            let shown = item.unit.source().line(last.range);
            let message = format!("the last wave is `{shown}`, and does not reach all");
            let at = TextRange::new(last.range.end, last.range.end);
            let diagnostic = Diagnostic::error(Code::CANARY_ORDER, item.unit.file, last.range, message)
                .with_help("end with `then 100%`")
                .with_fix("add `then 100%`", Safety::Unsafe, at, " then 100%");
            self.diagnostics.push(diagnostic);
            return None;
        }
        if shares.len() < 2 {
            let message = "one wave that reaches all tries nothing out";
            let diagnostic = Diagnostic::error(Code::CANARY_ORDER, item.unit.file, last.range, message)
                .with_help("begin with a few: `canary 1 then 25% then 100%`");
            self.diagnostics.push(diagnostic);
            return None;
        }
        Some(Canary { waves: shares, settle: settle? })
    }
}

/// Whether a wave reaches more than the one before. A number may be more than a share of a small whole, so a number
/// never follows a share.
fn grows(before: Share, wave: Share) -> bool {
    match (before, wave) {
        (Share::Count(before), Share::Count(wave)) => wave > before,
        (Share::Part(before), Share::Part(wave)) => wave > before,
        (Share::Count(_), Share::Part(_)) => true,
        (Share::Part(_), Share::Count(_)) => false,
    }
}
