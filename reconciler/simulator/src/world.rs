//! The port between an engine in virtual time and the world around it: what the engine is told, and what comes of what it
//! asks for.

use heal_engine::{Effect, Engine, Halt, Input, TraceEvent};
use heal_program::{Millis, Timestamp};

/// A world that an engine lives in.
///
/// It is a queue of inputs in order of time. Some are known from the beginning, such as the samples of a recording;
/// others come of what the engine does: an action that is asked for now leads to its result in a minute, and to other
/// samples from then on. How it answers is all that makes one world differ from another.
///
/// A world has no clock and no chance of its own: it learns the time from what it is asked, and equal calls get equal
/// answers.
pub trait World {
    /// When the next input is due; none: nothing more happens by itself. It may lie before what was asked last: then it
    /// is told at once.
    fn upcoming(&self) -> Option<Timestamp>;

    /// Takes the next input, in the order in which they are due.
    fn next_input(&mut self) -> Option<Input>;

    /// The engine asks for something. What comes of it are inputs, now or later, or none where the world stays silent:
    /// [`Input::EffectResult`] for an action, [`Input::Approval`] for a request for one. Being told asks for no answer.
    fn ask(&mut self, now: Timestamp, effect: &Effect);

    /// Something happened in the engine. Told before [`World::ask`] of what it leads to.
    fn see(&mut self, event: &TraceEvent) {
        let _ = event;
    }
}

/// Lets an engine live in a world up to and including `end`, and gives what happened.
///
/// At one time the world speaks first and the engine looks after it: a step sees all samples of its time.
///
/// # Errors
/// When the engine finds its contract broken: a defect of Heal, or a world that tells samples of another program.
pub fn live(engine: &mut Engine, world: &mut impl World, end: Timestamp) -> Result<Vec<TraceEvent>, Halt> {
    live_watched(engine, world, end, |_, _| {})
}

/// The same, with `look` called after each time that the engine had to look by itself: with every step of a detector.
///
/// # Errors
/// As [`live`].
pub fn live_watched(
    engine: &mut Engine,
    world: &mut impl World,
    end: Timestamp,
    look: impl FnMut(&Engine, Timestamp),
) -> Result<Vec<TraceEvent>, Halt> {
    // What was foretold comes to pass, and a list that grows into very many is moved again and again.
    let mut events = Vec::with_capacity(engine.foretold_count());
    live_told(engine, world, end, &mut events, look)?;
    Ok(events)
}

/// The same, where somebody is told what happens as it happens, and keeps of it what is wanted.
pub(crate) fn live_told(
    engine: &mut Engine,
    world: &mut impl World,
    end: Timestamp,
    events: &mut impl Extend<TraceEvent>,
    mut look: impl FnMut(&Engine, Timestamp),
) -> Result<(), Halt> {
    let mut now = Timestamp::MIN;
    loop {
        let told = world.upcoming().filter(|at| *at <= end);
        let due = engine.poll_deadline().filter(|at| *at <= end);
        let input = match (told, due) {
            (None, None) => return Ok(()),
            (Some(at), due) if due.is_none_or(|due| at <= due) => {
                now = now.max(at);
                world.next_input()
            }
            (_, due) => {
                now = now.max(due.unwrap_or(now));
                Some(Input::Watermark { until: now })
            }
        };
        let Some(input) = input else { return Ok(()) };
        let is_step = matches!(input, Input::Watermark { .. });
        if is_decided_on(&input) {
            // All samples before it have been told, whether a step came after them or not.
            engine.handle(now, Input::Watermark { until: now.minus(Millis(1)) })?;
        }
        engine.handle(now, input)?;
        if is_step {
            look(engine, now);
        }
        events.extend(engine.drain_trace().into_iter().inspect(|event| world.see(event)));
        while let Some(effect) = engine.poll_effect() {
            world.ask(now, &effect);
        }
    }
}

/// Whether something may be decided as soon as it is told: by what is known then, and not at the last step of a detector.
fn is_decided_on(input: &Input) -> bool {
    match input {
        Input::Event { .. }
        | Input::EffectResult { .. }
        | Input::Approval { .. }
        | Input::Pause { .. }
        | Input::Source { .. }
        | Input::Inventory { .. }
        | Input::ProgramSwap(_) => true,
        Input::Sample { .. }
        | Input::Entity { .. }
        | Input::Gone { .. }
        | Input::Field { .. }
        | Input::Watermark { .. }
        | Input::QueryResult { .. }
        | Input::Recorded { .. } => false,
    }
}
