//! Cross-validation over time: what is found on the past is judged by what came later, and an improvement that is no
//! larger than its own noise is none.

use heal_program::{Millis, Timestamp};

use crate::{
    cost::{Cost, Course, Outcome, Span, Tally, same},
    folds::{Fold, folds},
    search::{Flat, Found, Point, Space, Tried, flat, search},
};

/// Fewest incidents that a proposal may rest on.
pub const INCIDENTS_MIN: usize = 3;

/// Fewest blocks: one that is only learned from, and two that judge, because of one alone no spread can be told.
pub const FOLDS_MIN: usize = 3;

/// What chance alone exceeds in one of ten: the 90 % quantile of Student's distribution, by degrees of freedom from 1.
const STUDENT: [f64; 19] = [
    3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397, 1.383, 1.372, 1.363, 1.356, 1.350, 1.345, 1.341,
    1.337, 1.333, 1.330, 1.328,
];

/// Most blocks: as many as the quantiles are for.
pub const FOLDS_MAX: usize = STUDENT.len() + 1;

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
    /// What chance alone would not exceed in nine of ten, less: an improvement that is more than noise is above zero.
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
    /// The present choice cannot be run.
    NotRun,
    /// No value changes anything that counts.
    NothingDiffers,
    /// No value is better than the present one.
    PresentIsBest,
    /// The lowest cost is to notice no incident at all.
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
}

impl Validated {
    fn doubt(doubt: Doubt) -> Validated {
        let (held_out, flats) = (Vec::new(), Vec::new());
        Validated { doubt: Some(doubt), found: None, flats, held_out, saving: None, whole: None }
    }
}

/// Searches on the whole recording, and says what the same search on the past alone would have been worth later.
pub(crate) fn validate<E>(
    ground: &Ground<'_>,
    space: &Space,
    tried: &mut Tried<'_, E>,
) -> Result<Validated, E> {
    let Ground { cost, recording, incidents, folds_max, look_back } = *ground;
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
    let saving = saving(cost, &held_out);
    let now = tried.outcome(&space.present)?.map(|outcome| outcome.tally(recording));
    let then = tried.outcome(&found.point)?.map(|outcome| outcome.tally(recording));
    // Who never raises an alarm never raises a false one.
    let is_silent = then.is_some_and(|then| then.missed == then.incidents);
    let doubt = doubt(space, &found, is_silent, saving);
    Ok(Validated { doubt, flats, held_out, saving, whole: now.zip(then), found: Some(found) })
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

fn saving(cost: &Cost, held_out: &[HeldOut]) -> Option<Saving> {
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
    let quantile = STUDENT.get(count - 2).or(STUDENT.last()).copied().unwrap_or(f64::INFINITY);
    Some(Saving {
        mean,
        error,
        at_least: mean - quantile * error,
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
