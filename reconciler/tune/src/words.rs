//! Why nothing is proposed, in words.

use heal_report::quantity;

use crate::{
    BeforeAfter, Evidence, RefusedReason,
    candidates::{Candidate, quoted},
    validate::{Doubt, FOLDS_MIN, INCIDENTS_MIN, Validated},
};

/// The reason for a doubt, and what it says of some params; so many searches were made at once.
pub(crate) fn why(
    doubt: Doubt,
    group: &[Candidate],
    validated: &Validated,
    evidence: &Evidence,
    searches: usize,
) -> (RefusedReason, String) {
    let incidents = evidence.incidents.len();
    match doubt {
        Doubt::TooFewIncidents => {
            let concern = match incidents {
                0 => "no incident concerns".to_owned(),
                1 => "one incident alone concerns".to_owned(),
                more => format!("{more} incidents alone concern"),
            };
            let why = format!(
                "{concern} what reads it, and fewer than {INCIDENTS_MIN} prove nothing: `heal record incidents` adds more"
            );
            (RefusedReason::TooFewIncidents, why)
        }
        Doubt::TooFewFolds => {
            let why = format!(
                "its {incidents} incidents make fewer than {FOLDS_MIN} blocks of time, because they overlap: nothing could be learned from the past and judged by what came later"
            );
            (RefusedReason::TooFewBlocks, why)
        }
        Doubt::NotRun => {
            let why = "the budget allows for no simulation: `--budget` says how many".to_owned();
            (RefusedReason::NothingJudged, why)
        }
        Doubt::NothingDiffers => {
            let why = match validated.looks.iter().all(|looks| looks.count <= 1) {
                true => "no other value that was tried compiles".to_owned(),
                false => format!(
                    "no other value that was tried ({}) changes anything that costs",
                    tried(group, validated)
                ),
            };
            (RefusedReason::NothingDiffers, why)
        }
        Doubt::PresentIsBest => {
            let why = format!(
                "no other value that was tried ({}) costs less on the whole recording{}",
                tried(group, validated),
                as_good(group, validated)
            );
            (RefusedReason::PresentIsBest, why)
        }
        Doubt::NothingCaught => (RefusedReason::NothingCaught, nothing_caught(group, validated, incidents)),
        Doubt::NoneHeldOut | Doubt::WithinNoise | Doubt::HangsOnVerify => {
            held_out(doubt, group, validated, evidence, searches)
        }
    }
}

/// The lowest cost is to be silent.
fn nothing_caught(group: &[Candidate], validated: &Validated, incidents: usize) -> String {
    let found = found(group, validated);
    if validated.whole.is_some_and(|(_, then)| then.missed == then.incidents) {
        return format!(
            "the lowest cost is to notice none of the {incidents} incidents, and so to raise no alarm ({found}): what reads it does not tell incidents from other times"
        );
    }
    if validated.silenced.is_empty() {
        return format!(
            "at the lowest cost ({found}) what reads it notices none of the {incidents} incidents: others do, and they do not judge its value"
        );
    }
    let silenced = quoted(validated.silenced.iter().map(String::as_str));
    format!(
        "the lowest cost ({found}) is that {silenced} would notice none of the {incidents} incidents any more: to silence what others notice too is a person's to decide"
    )
}

/// What is better on the whole and was not on what came later.
fn held_out(
    doubt: Doubt,
    group: &[Candidate],
    validated: &Validated,
    evidence: &Evidence,
    searches: usize,
) -> (RefusedReason, String) {
    let better = evidence.whole.map(|whole| {
        let (now, then) = (number(whole.now.cost), number(whole.proposed.cost));
        format!("{} costs less on the whole recording ({then} in place of {now})", found(group, validated))
    });
    let better = better.unwrap_or_default();
    let Some(saving) = evidence.saving else { return (RefusedReason::TooFewBlocks, better) };
    let (mean, error) = (number(saving.mean), number(saving.standard_error));
    match doubt {
        Doubt::WithinNoise => {
            let among = match searches {
                0 | 1 => String::new(),
                more => format!(" where {more} searches are made at once"),
            };
            let why = format!(
                "{better}, but what the past proposed saved {mean} a block later, with a standard error of {error}: that may be chance{among}"
            );
            (RefusedReason::WithinNoise, why)
        }
        Doubt::HangsOnVerify => {
            let why = match evidence.whole.filter(|_| saving.passing > 0.0 && saving.failing > 0.0) {
                Some(BeforeAfter { now, proposed }) => format!(
                    "{better}, but that hangs on verifications: {} in place of {} if all pass, {} in place of {} if none does",
                    number(proposed.cost_passing),
                    number(now.cost_passing),
                    number(proposed.cost_failing),
                    number(now.cost_failing)
                ),
                None => format!(
                    "{better}, but whether it saves anything hangs on verifications: {} a block if all pass, {} if none does",
                    number(saving.passing),
                    number(saving.failing)
                ),
            };
            (RefusedReason::HangsOnVerify, why)
        }
        Doubt::NoneHeldOut
        | Doubt::TooFewIncidents
        | Doubt::TooFewFolds
        | Doubt::NotRun
        | Doubt::NothingDiffers
        | Doubt::NothingCaught
        | Doubt::PresentIsBest => {
            let why = format!(
                "{better}, but what the past proposed saved nothing later ({mean} a block on average)"
            );
            (RefusedReason::NotConfirmed, why)
        }
    }
}

fn number(value: f64) -> String {
    quantity(value, "")
}

/// `45ms..100ms`
fn tried(group: &[Candidate], validated: &Validated) -> String {
    let ends = group.iter().zip(&validated.looks).filter_map(|(candidate, looks)| {
        let values = &candidate.grid.values;
        let (first, last) = (values.get(looks.low)?, values.get(looks.high)?);
        let all = values.len();
        let count =
            if looks.count == all { String::new() } else { format!(", {} of {all} values", looks.count) };
        let range = format!("{}..{}{count}", first.text, last.text);
        Some(if group.len() == 1 { range } else { format!("`{}` in {range}", candidate.path) })
    });
    ends.collect::<Vec<_>>().join(", ")
}

/// `52ms`, or `` `budget` 52ms with `hold` 3 ``.
fn found(group: &[Candidate], validated: &Validated) -> String {
    let point = validated.found.iter().flat_map(|found| &found.point);
    let moved = group.iter().zip(point).filter(|(candidate, at)| candidate.grid.present != **at);
    let texts = moved.filter_map(|(candidate, at)| {
        let text = &candidate.grid.values.get(*at)?.text;
        Some(if group.len() == 1 { text.clone() } else { format!("`{}` at {text}", candidate.path) })
    });
    texts.collect::<Vec<_>>().join(" with ")
}

/// `; any value from 45ms to 62ms does as well`
fn as_good(group: &[Candidate], validated: &Validated) -> String {
    let ([candidate], [flat]) = (group, validated.flats.as_slice()) else { return String::new() };
    let text = |at: usize| candidate.grid.values.get(at).map(|it| it.text.as_str()).unwrap_or_default();
    match flat.low == flat.high {
        true => String::new(),
        false => format!("; any value from {} to {} does as well", text(flat.low), text(flat.high)),
    }
}
