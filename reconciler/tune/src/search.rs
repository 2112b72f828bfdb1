//! A search over the values of params that is the same in every run: all of them where that is affordable, else one param
//! at a time, from coarse steps to fine ones.

use std::collections::{BTreeMap, BTreeSet};

use crate::cost::{Outcome, same};

/// A choice of values: for each param the position in its grid.
pub(crate) type Point = Vec<usize>;

/// Positions of a line that are looked at first.
const FIRST_LOOKS: usize = 16;
/// A line is looked at more closely around this many of the lowest costs on it.
const LEVELS: usize = 3;
/// How often all params are gone through: each time nothing but an improvement leads to another.
const ROUNDS_MAX: usize = 4;

/// The choices that there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Space {
    /// How many values each param has.
    pub(crate) lengths: Vec<usize>,
    /// The present choice.
    pub(crate) present: Point,
}

impl Space {
    /// How many choices there are.
    pub(crate) fn size(&self) -> usize {
        self.lengths.iter().fold(1, |size: usize, length| size.saturating_mul(*length))
    }

    /// The choice at a position, in the order of digits.
    fn point(&self, mut at: usize) -> Point {
        let digit = |length: &usize| {
            let digit = at.checked_rem(*length).unwrap_or_default();
            at = at.checked_div(*length).unwrap_or_default();
            digit
        };
        self.lengths.iter().map(digit).collect()
    }

    /// How far a choice is from the present one: the sum of the shares of each param's range.
    fn distance(&self, point: &Point) -> f64 {
        let apart = |((at, present), length): ((&usize, &usize), &usize)| {
            at.abs_diff(*present) as f64 / (*length).max(1) as f64
        };
        point.iter().zip(&self.present).zip(&self.lengths).map(apart).sum()
    }
}

/// What was tried, each choice once, within a budget.
pub(crate) struct Tried<'t, E> {
    run: &'t mut dyn FnMut(&Point) -> Result<Option<Outcome>, E>,
    known: BTreeMap<Point, Option<Outcome>>,
    left: usize,
    refused: bool,
}

impl<'t, E> Tried<'t, E> {
    /// Nothing was tried yet. `run` says what comes of a choice; none where it does not compile.
    pub(crate) fn new(
        budget: usize,
        run: &'t mut dyn FnMut(&Point) -> Result<Option<Outcome>, E>,
    ) -> Tried<'t, E> {
        Tried { run, known: BTreeMap::new(), left: budget, refused: false }
    }

    /// What comes of a choice; none where it does not compile, or where the budget is used up.
    pub(crate) fn outcome(&mut self, point: &Point) -> Result<Option<&Outcome>, E> {
        if !self.known.contains_key(point) {
            if self.left == 0 {
                self.refused = true;
                return Ok(None);
            }
            self.left -= 1;
            let outcome = (self.run)(point)?;
            self.known.insert(point.clone(), outcome);
        }
        Ok(self.known.get(point).and_then(Option::as_ref))
    }

    /// How many choices were run.
    pub(crate) fn count(&self) -> usize {
        self.known.len()
    }

    /// How many more may be.
    pub(crate) fn left(&self) -> usize {
        self.left
    }

    /// Which values of a param were run and compiled, whatever the others were.
    pub(crate) fn looks(&self, dimension: usize) -> Looks {
        let compiled = self.known.iter().filter(|(_, outcome)| outcome.is_some());
        let at: BTreeSet<usize> = compiled.filter_map(|(point, _)| point.get(dimension)).copied().collect();
        let end = |end: Option<&usize>| end.copied().unwrap_or_default();
        Looks { low: end(at.first()), high: end(at.last()), count: at.len() }
    }

    /// Whether one was wanted that could not be run any more.
    pub(crate) fn was_refused(&self) -> bool {
        self.refused
    }
}

/// Which values of a param were looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Looks {
    /// The position of the lowest.
    pub(crate) low: usize,
    /// That of the highest.
    pub(crate) high: usize,
    /// How many: there may be others between.
    pub(crate) count: usize,
}

/// What a search came to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    /// The choice of the lowest cost; among equals that nearest to the present one.
    pub(crate) point: Point,
    /// What it costs.
    pub(crate) cost: f64,
    /// Whether any choice that was looked at costs something else than the present one.
    pub(crate) differs: bool,
}

/// Searches for the choice of the lowest cost. It is never worse than the present one.
pub(crate) fn search<E>(
    space: &Space,
    tried: &mut Tried<'_, E>,
    objective: &dyn Fn(&Outcome) -> f64,
) -> Result<Option<Found>, E> {
    let Some(present) = tried.outcome(&space.present)?.map(objective) else { return Ok(None) };
    let mut looked = Looked { space, costs: BTreeMap::new() };
    looked.costs.insert(space.present.clone(), present);
    if space.size() <= tried.left().saturating_add(tried.count()) {
        for at in 0..space.size() {
            looked.at(&space.point(at), tried, objective)?;
        }
    } else {
        let mut here = space.present.clone();
        for _ in 0..ROUNDS_MAX {
            let before = here.clone();
            for dimension in 0..space.lengths.len() {
                looked.along(&here, dimension, tried, objective)?;
                here = looked.best();
            }
            if here == before {
                break;
            }
        }
    }
    let point = looked.best();
    let cost = looked.costs.get(&point).copied().unwrap_or(present);
    let differs = looked.costs.values().any(|cost| !same(*cost, present));
    Ok(Some(Found { point, cost, differs }))
}

/// What one search has looked at: another may have tried more, of which this one must not know.
struct Looked<'s> {
    space: &'s Space,
    costs: BTreeMap<Point, f64>,
}

impl Looked<'_> {
    fn at<E>(
        &mut self,
        point: &Point,
        tried: &mut Tried<'_, E>,
        objective: &dyn Fn(&Outcome) -> f64,
    ) -> Result<Option<f64>, E> {
        if let Some(cost) = self.costs.get(point) {
            return Ok(Some(*cost));
        }
        let cost = tried.outcome(point)?.map(objective);
        if let Some(cost) = cost {
            self.costs.insert(point.clone(), cost);
        }
        Ok(cost)
    }

    fn best(&self) -> Point {
        let lowest = self.costs.values().copied().fold(f64::INFINITY, f64::min);
        let lowest = self.costs.iter().filter(|(_, cost)| same(**cost, lowest)).map(|(point, _)| point);
        let nearest = lowest.min_by(|left, right| {
            let distance = |point: &Point| self.space.distance(point);
            distance(left).total_cmp(&distance(right)).then_with(|| left.cmp(right))
        });
        nearest.unwrap_or(&self.space.present).clone()
    }

    /// Looks along one param from coarse steps to fine ones.
    fn along<E>(
        &mut self,
        here: &Point,
        dimension: usize,
        tried: &mut Tried<'_, E>,
        objective: &dyn Fn(&Outcome) -> f64,
    ) -> Result<(), E> {
        let length = self.space.lengths.get(dimension).copied().unwrap_or_default();
        let at = |position: usize| {
            let mut point = here.clone();
            point.iter_mut().skip(dimension).take(1).for_each(|it| *it = position);
            point
        };
        let mut stride = length.div_ceil(FIRST_LOOKS).max(1).next_power_of_two();
        let known = here.get(dimension).into_iter().chain(self.space.present.get(dimension)).copied();
        let mut wanted: BTreeSet<usize> =
            (0..length).step_by(stride).chain(length.checked_sub(1)).chain(known).collect();
        let mut line: BTreeMap<usize, f64> = BTreeMap::new();
        loop {
            for position in std::mem::take(&mut wanted) {
                if let Some(cost) = self.at(&at(position), tried, objective)? {
                    line.insert(position, cost);
                }
            }
            if stride == 1 {
                return Ok(());
            }
            stride /= 2;
            wanted = between(&line, stride);
        }
    }
}

/// Positions between neighbours of which one has one of the lowest costs and the other another one.
fn between(line: &BTreeMap<usize, f64>, stride: usize) -> BTreeSet<usize> {
    let mut costs: Vec<f64> = line.values().copied().collect();
    costs.sort_by(f64::total_cmp);
    costs.dedup_by(|next, kept| same(*next, *kept));
    let Some(bound) = costs.get(costs.len().min(LEVELS).saturating_sub(1)).copied() else {
        return BTreeSet::new();
    };
    let is_low = |cost: f64| cost <= bound || same(cost, bound);
    let mut wanted = BTreeSet::new();
    for ((left, left_cost), (right, right_cost)) in line.iter().zip(line.iter().skip(1)) {
        if right - left > 1 && (is_low(*left_cost) || is_low(*right_cost)) && !same(*left_cost, *right_cost) {
            let close: [Option<usize>; 2] = [left.checked_add(stride), right.checked_sub(stride)];
            wanted.extend(close.into_iter().flatten().filter(|it| left < it && it < right));
        }
    }
    wanted
}

/// How far one param can be moved from a choice without a change of cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flat {
    /// The lowest position that costs the same, over all between.
    pub(crate) low: usize,
    /// The highest.
    pub(crate) high: usize,
    /// Whether it may reach further: nobody looked.
    pub(crate) open: bool,
}

/// Looks how far a param can be moved from a choice: at most `looks_max` more choices are run for each side.
pub(crate) fn flat<E>(
    space: &Space,
    found: &Found,
    dimension: usize,
    looks_max: usize,
    tried: &mut Tried<'_, E>,
    objective: &dyn Fn(&Outcome) -> f64,
) -> Result<Flat, E> {
    let here = found.point.get(dimension).copied().unwrap_or_default();
    let length = space.lengths.get(dimension).copied().unwrap_or_default();
    let mut flat = Flat { low: here, high: here, open: false };
    for is_up in [false, true] {
        let limit = tried.count().saturating_add(looks_max);
        let mut position = here;
        loop {
            let next = if is_up { Some(position + 1) } else { position.checked_sub(1) };
            let Some(next) = next.filter(|next| *next < length) else { break };
            let mut point = found.point.clone();
            point.iter_mut().skip(dimension).take(1).for_each(|it| *it = next);
            if tried.count() >= limit && !tried.known.contains_key(&point) {
                flat.open = true;
                break;
            }
            let refused = tried.left() == 0 && !tried.known.contains_key(&point);
            let cost = tried.outcome(&point)?.map(objective);
            flat.open |= refused;
            if !cost.is_some_and(|cost| same(cost, found.cost)) {
                break;
            }
            position = next;
        }
        if is_up { flat.high = position } else { flat.low = position }
    }
    Ok(flat)
}

#[cfg(test)]
mod tests;
