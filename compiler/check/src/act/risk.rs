//! Risk: what an action's own words say about how much it can harm, at least.
//!
//! Two things raise the least risk of an action by a level each: that it can neither be taken back (`undo`) nor be done
//! again without harm (`idempotent`), so that one mistake or one lost answer stays; and that what it reaches is not one
//! entity which its caller names, so that no guard can count it. An author may say a higher risk, and never a lower one.
//! A plan has the highest risk of the actions that it may run, and at least a medium one where it runs a step `for each`
//! of a set.

use heal_diagnostics::{Code, Diagnostic, Safety};
use heal_expr::Place;
use heal_program::{FieldKind, Risk};
use heal_syntax::tree::Name;

use crate::{
    check::Checker,
    item::Item,
    known::{ActionShape, ParameterShape},
};

impl<'a> Checker<'a> {
    /// Reports an action that says a lower risk than it has.
    pub(super) fn action_risk(
        &mut self,
        item: &Item<'a>,
        parameters: &[ParameterShape],
        word: &Name,
        risk: Risk,
        (idempotent, reversible): (bool, bool),
    ) {
        // What would lower it may stand where a syntax error is, or may be a parameter that was reported.
        if item.tree.incomplete || parameters.iter().any(|parameter| parameter.kind.is_none()) {
            return;
        }
        let stays = !idempotent && !reversible;
        let wide = !parameters.iter().any(|it| matches!(it.kind, Some(FieldKind::Entity(_))))
            || parameters.iter().any(|it| matches!(it.kind, Some(FieldKind::Entities(_))));
        let (least, why) = match (stays, wide) {
            (false, false) => return,
            (true, false) => (Risk::Medium, "it can neither be taken back nor safely done twice"),
            (false, true) => (Risk::Medium, "what it reaches is not one entity that its caller names"),
            (true, true) => (
                Risk::High,
                "it can neither be taken back nor safely done twice, and what it reaches is not one entity",
            ),
        };
        if risk >= least {
            return;
        }
        let needed = risk_name(least);
        let message = format!("`{}` says risk `{}`, and {why}", item.name.value, word.value);
        let mut diagnostic = Diagnostic::error(Code::RISK_LOWERED, item.unit.file, word.range, message)
            .with_help(format!("the least risk of such an action is `{needed}`"));
        if stays {
            diagnostic = diagnostic.with_help(
                "say `idempotent` if doing it twice is as good as once, or `undo ACTION` if it can be taken back",
            );
        }
        if wide {
            diagnostic = diagnostic.with_help("give it a parameter that is the entity it works on");
        }
        self.diagnostics.push(diagnostic.with_fix(
            format!("write `{needed}`"),
            Safety::Unsafe,
            word.range,
            needed,
        ));
    }

    /// The risk of running an action: its own, or that of what takes it back when it fails.
    pub(super) fn risk_of(&self, action: &ActionShape) -> Risk {
        let undo = action.undo.flatten().and_then(|undo| self.known.actions.get(&undo));
        undo.map_or(action.risk, |undo| undo.risk.max(action.risk))
    }

    /// The risk of a plan, and what gives it that risk: what it does, or its own word when that is higher.
    pub(super) fn plan_risk(
        &mut self,
        item: &Item<'a>,
        word: Option<&Name>,
        riskiest: Option<Riskiest>,
    ) -> (Risk, Place) {
        let why = riskiest.as_ref().map_or("it does nothing", |riskiest| riskiest.why);
        let of_steps = riskiest.map_or((Risk::Low, item.place()), |riskiest| (riskiest.risk, riskiest.place));
        let Some(word) = word else { return of_steps };
        let Some(written) = self.risk_word(item, word) else { return of_steps };
        if written >= of_steps.0 {
            let place = Place { file: item.unit.file, range: word.range };
            return if written == of_steps.0 { of_steps } else { (written, place) };
        }
        let needed = risk_name(of_steps.0);
        let message =
            format!("`{}` says risk `{}`, and a step of it has risk `{needed}`", item.name.value, word.value);
        let diagnostic = Diagnostic::error(Code::RISK_LOWERED, item.unit.file, word.range, message)
            .with_secondary(of_steps.1.file, of_steps.1.range, format!("{why} risk `{needed}`"))
            .with_help("a plan may raise the risk of its actions, and never lower it")
            .with_fix(format!("write `{needed}`"), Safety::Safe, word.range, needed);
        self.diagnostics.push(diagnostic);
        of_steps
    }
}

/// What a plan does that has the highest risk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Riskiest {
    pub(super) risk: Risk,
    pub(super) place: Place,
    /// "this action has", to be followed by the risk.
    pub(super) why: &'static str,
}

impl Riskiest {
    /// The riskier one; of two alike the first.
    pub(super) fn with(before: Option<Riskiest>, other: Riskiest) -> Option<Riskiest> {
        Some(before.filter(|before| before.risk >= other.risk).unwrap_or(other))
    }
}

fn risk_name(risk: Risk) -> &'static str {
    match risk {
        Risk::Low => "low",
        Risk::Medium => "medium",
        Risk::High => "high",
    }
}
