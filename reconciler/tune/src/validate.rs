//! Cross-validation over time: what is found on the past is judged by what came later, and an improvement that is no
//! larger than its own noise is none.

use std::collections::BTreeSet;

use heal_program::{Millis, Timestamp};

use crate::{
    cost::{Cost, Course, Outcome, Span, Tally, same},
    folds::{Fold, folds},
    search::{Flat, Found, Looks, Point, Space, Tried, flat, search},
    student::quantile,
};

/// Fewest incidents that a proposal may rest on.
pub const INCIDENTS_MIN: usize = 3;

/// Fewest blocks: one that is only learned from, and two that judge, because of one alone no spread can be told.
pub const FOLDS_MIN: usize = 3;

/// Most blocks.
pub const FOLDS_MAX: usize = 20;

/// Choices that are run to see how far a param can be moved from what was found, on each side.
const FLAT_LOOKS_MAX: usize = 24;

/// What values are judged by.
pub(crate) struct Ground<'g> {
    /// What things cost.
    pub(crate) cost: &'g Cost,
    /// The recording's time.
    pub(crate) recording: Span,
    /// Start and end of each incident that what is tuned can notice.
    pub(crate) incidents: &'g [(Timestamp, Timestamp)],
    /// Most blocks.
    pub(crate) folds_max: usize,
    /// How far back the windows of what is tuned look.
    pub(crate) look_back: Millis,
    /// How many searches are made at once, each of which chance may favour.
    pub(crate) searches: usize,
}

/// A block of time, judged by values that were found on the blocks before it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HeldOut {
    /// What was judged: the block from where it judges on.
    pub(crate) span: Span,
    /// The choice that was found on all before the block.
    pub(crate) point: Point,
    /// What the present choice comes to in it.
    pub(crate) now: Tally,
    /// What the choice that was found comes to in it.
    pub(crate) found: Tally,
}

impl HeldOut {
    /// What the choice saves.
    pub(crate) fn saving(&self, cost: &Cost) -> f64 {
        self.now.mean_cost(cost) - self.found.mean_cost(cost)
    }
}

/// What the blocks that judge say of an improvement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Saving {
    /// What is saved in a block, on average.
    pub(crate) mean: f64,
    /// The standard error of that average.
    pub(crate) error: f64,
    /// What chance alone would not exceed in nine of ten, over all searches, less: an improvement that is more than noise is
    /// above zero. Where all blocks save the same that is the average, and no claim.
    pub(crate) at_least: f64,
    /// The block in which the least is saved.
    pub(crate) min: f64,
    /// The block in which the most is.
    pub(crate) max: f64,
    /// The average, were every verification true.
    pub(crate) passing: f64,
    /// The average, were every verification false.
    pub(crate) failing: f64,
}

/// Why nothing is proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// Fewer than [`INCIDENTS_MIN`] incidents.
    TooFewIncidents,
    /// The incidents make fewer than [`FOLDS_MIN`] blocks.
    TooFewFolds,
    /// Nothing but the present choice was run, or not even that.
    NotRun,
    /// No value changes anything that counts.
    NothingDiffers,
    /// No value is better than the present one.
    PresentIsBest,
    /// The lowest cost is that what is tuned, or one detector of it, notices no incident any more.
    NothingCaught,
    /// What was found on the past was no better on what came later.
    NoneHeldOut,
    /// It was better, by no more than chance makes it now and then.
    WithinNoise,
    /// It was better in one course and worse in the other.
    HangsOnVerify,
}

/// What came of the search.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Validated {
    /// Why nothing is proposed; none: what was found is.
    pub(crate) doubt: Option<Doubt>,
    /// What was found on the whole recording.
    pub(crate) found: Option<Found>,
    /// How far each param can be moved from there.
    pub(crate) flats: Vec<Flat>,
    /// The blocks that judge, in order.
    pub(crate) held_out: Vec<HeldOut>,
    /// What they say.
    pub(crate) saving: Option<Saving>,
    /// The whole recording at present and with what was found.
    pub(crate) whole: Option<(Tally, Tally)>,
    /// Which values of each param were looked at.
    pub(crate) looks: Vec<Looks>,
    /// Detectors that notice an incident at present, and none with what was found.
    pub(crate) silenced: BTreeSet<String>,
}

impl Validated {
    fn doubt(doubt: Doubt) -> Validated {
        Validated {
            doubt: Some(doubt),
            found: None,
            flats: Vec::new(),
            held_out: Vec::new(),
            saving: None,
            whole: None,
            looks: Vec::new(),
            silenced: BTreeSet::new(),
        }
    }
}

/// Searches on the whole recording, and says what the same search on the past alone would have been worth later.
pub(crate) fn validate<E>(
    ground: &Ground<'_>,
    space: &Space,
    tried: &mut Tried<'_, E>,
) -> Result<Validated, E> {
    let Ground { cost, recording, incidents, folds_max, look_back, searches } = *ground;
    if incidents.len() < INCIDENTS_MIN {
        return Ok(Validated::doubt(Doubt::TooFewIncidents));
    }
    let folds = folds(incidents, recording, folds_max, look_back);
    if folds.len() < FOLDS_MIN {
        return Ok(Validated::doubt(Doubt::TooFewFolds));
    }
    let mut held_out = Vec::new();
    // The past first: what is looked at later must not lead the search where it would not have gone.
    for fold in folds.iter().skip(1) {
        match judged(fold, ground, space, tried)? {
            Some(judged) => held_out.push(judged),
            None => return Ok(Validated::doubt(Doubt::NotRun)),
        }
    }
    let objective = |outcome: &Outcome| outcome.tally(recording).mean_cost(cost);
    let Some(found) = search(space, tried, &objective)? else {
        return Ok(Validated::doubt(Doubt::NotRun));
    };
    let mut flats = Vec::new();
    for dimension in 0..space.lengths.len() {
        flats.push(flat(space, &found, dimension, FLAT_LOOKS_MAX, tried, &objective)?);
    }
    if tried.count() <= 1 {
        return Ok(Validated::doubt(Doubt::NotRun));
    }
    let saving = saving(cost, &held_out, searches);
    let of = |outcome: &Outcome| (outcome.tally(recording), outcome.noticed_by.clone());
    let now = tried.outcome(&space.present)?.map(of);
    let then = tried.outcome(&found.point)?.map(of);
    let Some(((now, noticed_now), (then, noticed_then))) = now.zip(then) else {
        return Ok(Validated::doubt(Doubt::NotRun));
    };
    let silenced: BTreeSet<String> = noticed_now.difference(&noticed_then).cloned().collect();
    // Who never raises an alarm never raises a false one: what others notice is not to the credit of what is tuned.
    let is_silent = noticed_then.is_empty() || !silenced.is_empty();
    let doubt = doubt(space, &found, is_silent, saving).or_else(|| {
        let is_less = |course| {
            let (now, then) = (now.cost(cost, course), then.cost(cost, course));
            then < now && !same(then, now)
        };
        let is_better = is_less(Course::Passing) && is_less(Course::Failing);
        (!is_better).then_some(Doubt::HangsOnVerify)
    });
    let looks = (0..space.lengths.len()).map(|dimension| tried.looks(dimension)).collect();
    let whole = Some((now, then));
    Ok(Validated { doubt, flats, held_out, saving, whole, found: Some(found), looks, silenced })
}

fn judged<E>(
    fold: &Fold,
    ground: &Ground<'_>,
    space: &Space,
    tried: &mut Tried<'_, E>,
) -> Result<Option<HeldOut>, E> {
    let past = Span { from: ground.recording.from, until: fold.span.from };
    let objective = |outcome: &Outcome| outcome.tally(past).mean_cost(ground.cost);
    let Some(Found { point, .. }) = search(space, tried, &objective)? else { return Ok(None) };
    let span = Span { from: fold.judged_from, until: fold.span.until };
    let Some(now) = tried.outcome(&space.present)?.map(|outcome| outcome.tally(span)) else {
        return Ok(None);
    };
    let Some(found) = tried.outcome(&point)?.map(|outcome| outcome.tally(span)) else { return Ok(None) };
    Ok(Some(HeldOut { span, point, now, found }))
}

fn saving(cost: &Cost, held_out: &[HeldOut], searches: usize) -> Option<Saving> {
    let savings: Vec<f64> = held_out.iter().map(|fold| fold.saving(cost)).collect();
    let count = savings.len();
    if count < 2 {
        return None;
    }
    let mean_of = |of: &dyn Fn(&HeldOut) -> f64| held_out.iter().map(of).sum::<f64>() / count as f64;
    let mean = mean_of(&|fold| fold.saving(cost));
    let squares: f64 = savings.iter().map(|saving| (saving - mean) * (saving - mean)).sum();
    let of =
        |course: Course| move |fold: &HeldOut| fold.now.cost(cost, course) - fold.found.cost(cost, course);
    let error = (squares / (count - 1) as f64 / count as f64).sqrt();
    Some(Saving {
        mean,
        error,
        at_least: mean - quantile(count - 1, searches) * error,
        min: savings.iter().copied().fold(f64::INFINITY, f64::min),
        max: savings.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        passing: mean_of(&of(Course::Passing)),
        failing: mean_of(&of(Course::Failing)),
    })
}

/// Whether what was found may be proposed.
fn doubt(space: &Space, found: &Found, is_silent: bool, saving: Option<Saving>) -> Option<Doubt> {
    if !found.differs {
        return Some(Doubt::NothingDiffers);
    }
    if found.point == space.present {
        return Some(Doubt::PresentIsBest);
    }
    if is_silent {
        return Some(Doubt::NothingCaught);
    }
    let Some(saving) = saving else { return Some(Doubt::TooFewFolds) };
    if saving.mean <= 0.0 || same(saving.mean, 0.0) {
        return Some(Doubt::NoneHeldOut);
    }
    if saving.at_least <= 0.0 || same(saving.at_least, 0.0) {
        return Some(Doubt::WithinNoise);
    }
    let hangs_on_verify = saving.passing <= 0.0 || saving.failing <= 0.0;
    hangs_on_verify.then_some(Doubt::HangsOnVerify)
}

#[cfg(test)]
mod tests;
