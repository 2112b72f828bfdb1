//! Checking again: what a change cannot reach is taken over from the last check.
//!
//! What a module comes to follows from its own files and from those of the modules that it uses, directly or not. So only
//! modules that have changed, and those that use them, are checked again; what they use is checked beside them, to be
//! known. A result with an error in it is never gone on from: then all is checked, so that what is said is the same.

mod merge;
mod modules;
mod moved;
mod taken;

use heal_diagnostics::{Diagnostic, FileId};

use crate::{
    SourceUnit, TypedProgram,
    check::{Checking, Outcome},
    part::Part,
};

pub use taken::{PerFile, TakenOver};

use merge::Sound;
use modules::{Modules, Reached};

/// The checks of a package, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Checks {
    /// The last one without errors.
    sound: Option<Sound>,
    /// What the last one with errors came to.
    unsound: TypedProgram,
    /// How many there were.
    count: u64,
}

/// What a check came to: what [`check`](crate::check()) of the same files gives.
#[derive(Debug)]
pub struct Checked<'c> {
    /// The typed program. Nodes that were taken over keep the hashes that were written into them.
    pub typed: &'c mut TypedProgram,
    /// What there is to say, by place.
    pub diagnostics: Vec<Diagnostic>,
    /// What was not checked again.
    pub taken: TakenOver,
}

impl Checks {
    /// Checks a package, as [`check`](crate::check()) does. `stamps` has a number for each unit: equal ones have an equal
    /// text, whichever check they were given to.
    pub fn check(&mut self, package: &str, units: &[SourceUnit<'_>], stamps: &[u64]) -> Checked<'_> {
        let modules = Modules::of(units, stamps);
        self.count += 1;
        let again = self.sound.take().map(|sound| again(sound, package, units, modules.clone()));
        match again {
            Some(Again::Done(sound, files)) => {
                let sound = self.sound.insert(*sound);
                let taken = TakenOver { check: self.count, from: Some(sound.check), files };
                sound.check = self.count;
                let diagnostics = sound.warnings.clone();
                return Checked { typed: &mut sound.typed, diagnostics, taken };
            }
            Some(Again::Kept(sound)) => self.sound = Some(*sound),
            Some(Again::Lost) | None => {}
        }
        let (mut checking, nodes) = Checking::begin(package, units, Part::All);
        let scenarios = checking.scenarios(units, Part::All, &nodes);
        let outcome = checking.finish(nodes, scenarios);
        let taken = TakenOver { check: self.count, ..TakenOver::default() };
        if outcome.is_sound {
            let sound = self.sound.insert(Sound::of(self.count, package, outcome, modules));
            let diagnostics = sound.warnings.clone();
            return Checked { typed: &mut sound.typed, diagnostics, taken };
        }
        let (typed, diagnostics) = outcome.whole(package);
        self.unsound = typed;
        Checked { typed: &mut self.unsound, diagnostics, taken }
    }
}

/// How far checking again has come.
enum Again {
    /// All the way; with where the files are that were taken over.
    Done(Box<Sound>, Vec<Option<FileId>>),
    /// Something is wrong, or too much has changed; nothing was touched.
    Kept(Box<Sound>),
    /// Something is wrong, and what was remembered is no more.
    Lost,
}

fn again(mut sound: Sound, package: &str, units: &[SourceUnit<'_>], modules: Modules) -> Again {
    if sound.typed.package != package {
        return Again::Kept(Box::new(sound));
    }
    let mut reached = Reached::between(&sound.modules, &modules);
    loop {
        if reached.is_most_of(&modules) {
            return Again::Kept(Box::new(sound));
        }
        let used = reached.with_used(&modules);
        let part =
            Part::Modules { modules: &used.iter().map(String::as_str).collect(), topology: reached.topology };
        let (mut checking, mut nodes) = Checking::begin(package, units, part);
        if !checking.is_sound() {
            return Again::Kept(Box::new(sound));
        }
        let Some(moved) = sound.moved(&modules, &reached, checking.items()) else { return Again::Lost };
        // What tests may expect follows from what all policies do.
        if reached.leaves_tests(&modules) && !moved.keeps_deeds(&sound.typed.nodes, &nodes) {
            reached.add_tests(&modules);
            continue;
        }
        sound.take_nodes(&moved, checking.items(), &mut nodes);
        let tested = reached.beside();
        let scenarios = checking.scenarios(units, tested.part(), &sound.typed.nodes);
        let outcome: Outcome<'_> = checking.finish(nodes, scenarios);
        if !outcome.is_sound {
            return Again::Lost;
        }
        let files = sound.take(moved, outcome, &modules, &reached);
        sound.modules = modules;
        return Again::Done(Box::new(sound), files);
    }
}
