//! Where ladders go on whose rungs a new program has moved: a rung is known by what it does, not by its place.

use std::collections::{BTreeMap, BTreeSet};

use heal_program::{Argument, PlanIndex, Policy, Program, Rung, SemanticHash};

use crate::{
    Engine,
    state::{Ladder, Status},
};

/// What a rung does: the paths and meanings of its plans or of its channel, and with what.
struct Known<'p> {
    is_plan: bool,
    items: Vec<(&'p str, SemanticHash)>,
    arguments: Vec<&'p [Argument]>,
}

impl<'p> Known<'p> {
    fn of(program: &'p Program, rung: &'p Rung) -> Known<'p> {
        let plan =
            |plan: &PlanIndex| program.plan(*plan).map(|plan| (plan.head.path.as_str(), plan.head.hash));
        match rung {
            Rung::Plan { plan: index, arguments, again: _ } => {
                Known { is_plan: true, items: plan(index).into_iter().collect(), arguments: vec![arguments] }
            }
            Rung::Choose { among, again: _ } => Known {
                is_plan: true,
                items: among.iter().filter_map(|(index, _)| plan(index)).collect(),
                arguments: among.iter().map(|(_, arguments)| arguments.as_slice()).collect(),
            },
            Rung::Escalate { channel, arguments } => {
                let channel = channel.and_then(|channel| program.channel(channel));
                let items = channel.map(|node| (node.head.path.as_str(), node.head.hash));
                Known { is_plan: false, items: items.into_iter().collect(), arguments: vec![arguments] }
            }
        }
    }

    /// Whether both do the same, under whatever names. People who are told in other words are others.
    fn is_like(&self, other: &Known<'_>, is_exact: bool) -> bool {
        let same = |(left, right): (&(&str, SemanticHash), &(&str, SemanticHash))| {
            left.0 == right.0 || left.1 == right.1
        };
        self.is_plan == other.is_plan
            && self.items.len() == other.items.len()
            && self.items.iter().zip(&other.items).all(same)
            && (self.arguments == other.arguments || self.is_plan && !is_exact)
    }
}

/// Where each rung of a ladder is in the new one.
struct Moved {
    places: BTreeMap<usize, usize>,
    /// The new rungs that tell people.
    pages: BTreeSet<usize>,
    is_same: bool,
}

impl Moved {
    fn of((old, before): (&Program, &Policy), (new, after): (&Program, &Policy)) -> Moved {
        let was: Vec<Known<'_>> = before.ladder.iter().map(|rung| Known::of(old, rung)).collect();
        let is: Vec<Known<'_>> = after.ladder.iter().map(|rung| Known::of(new, rung)).collect();
        let mut places = BTreeMap::new();
        let mut taken = BTreeSet::new();
        for is_exact in [true, false] {
            for (from, rung) in was.iter().enumerate() {
                let mut free = is.iter().enumerate().filter(|(at, _)| !taken.contains(at));
                let found = free.find(|(_, other)| rung.is_like(other, is_exact)).map(|(at, _)| at);
                if let Some(at) = found.filter(|_| !places.contains_key(&from)) {
                    places.insert(from, at);
                    taken.insert(at);
                }
            }
        }
        let pages = is.iter().enumerate().filter(|(_, rung)| !rung.is_plan).map(|(at, _)| at).collect();
        let is_same =
            was.len() == is.len() && places.iter().all(|(from, to)| from == to) && places.len() == is.len();
        Moved { places, pages, is_same }
    }

    /// The rung that goes on after so many of the old ones, and those behind it that were tried before: behind the last one that
    /// is still there, but for people who were to be told before that and were not.
    fn next_after(&self, tried: impl Iterator<Item = usize>) -> (usize, BTreeSet<usize>) {
        let tried: BTreeSet<usize> = tried.filter_map(|from| self.places.get(&from).copied()).collect();
        let behind = tried.last().map_or(0, |last| last + 1);
        let untold = self.pages.range(..behind).copied().find(|page| !tried.contains(page));
        let next = untold.unwrap_or(behind);
        (next, tried.into_iter().filter(|at| *at > next).collect())
    }

    /// Moves a ladder; gives whether the rung that it runs is there no more.
    fn carry(&self, ladder: &mut Ladder) -> bool {
        let place = self.places.get(&ladder.rung).copied();
        let (rung, earlier) = (ladder.rung, std::mem::take(&mut ladder.tried));
        ladder.moved = ladder.moved.saturating_add(1);
        if matches!(ladder.status, Status::Running(_)) {
            // It was gone before, where the one that goes on stands for it.
            let was_gone = ladder.next == Some(rung);
            let before = 0..ladder.next.unwrap_or(rung).min(rung);
            let (next, tried) = self.next_after(before.chain(earlier).chain((!was_gone).then_some(rung)));
            let place = place.filter(|_| !was_gone);
            (ladder.rung, ladder.next, ladder.tried) = (place.unwrap_or(next), Some(next), tried);
            return place.is_none();
        }
        let before = (0..rung).chain(earlier);
        let (next, tried) = self.next_after(before);
        // One that repeats itself goes on with that.
        let next = place.filter(|_| ladder.repeats > 0).unwrap_or(next);
        let goes_on = place == Some(next);
        (ladder.rung, ladder.tried) = (next, tried);
        if !goes_on {
            ladder.repeats = 0;
            (ladder.approved, ladder.chosen, ladder.withheld) = (None, None, None);
        }
        false
    }
}

impl Engine {
    /// Ladders go on behind the last of their rungs that is still there, so that nothing is tried twice in an episode and who is
    /// to be told is told. `heirs` are the policies that have a ladder of another name.
    pub(super) fn carry_rungs(&mut self, (old, new): (&Program, &Program), heirs: &BTreeMap<String, String>) {
        let mut lapsed = Vec::new();
        for after in &new.policies {
            let path = &after.head.path;
            let was = heirs.get(path).unwrap_or(path);
            let Some(before) = old.policies.iter().find(|policy| policy.head.path == *was) else { continue };
            let moved = Moved::of((old, before), (new, after));
            let Some(state) = self.state.policies.get_mut(path).filter(|_| !moved.is_same) else { continue };
            for ladder in state.ladders.values_mut() {
                let rung = ladder.rung;
                let is_gone = moved.carry(ladder);
                match ladder.status {
                    Status::Running(run) => {
                        if let Some(run) = self.state.runs.get_mut(&run) {
                            run.rung = ladder.rung;
                            run.is_off_ladder = is_gone;
                        }
                    }
                    Status::AwaitingApproval(id) if moved.places.get(&rung) != Some(&ladder.rung) => {
                        ladder.status = Status::Ready;
                        lapsed.push(id);
                    }
                    Status::Ready | Status::AwaitingApproval(_) | Status::Healed | Status::Ended => {}
                }
            }
        }
        for id in lapsed {
            self.lapse(id);
        }
    }
}
