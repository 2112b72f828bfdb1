//! What is observed comes in: samples, events, entities.

use std::collections::BTreeMap;

use heal_program::{DetectorIndex, EntityIndex, EventSource, SignalIndex, Timestamp, short_name};

use crate::{
    Engine, FieldValue, Key, TraceKind,
    observe::{Counted, Heard, Repeats, SignalState},
};

impl Engine {
    pub(crate) fn take_sample(&mut self, signal: SignalIndex, key: &Key, at: Timestamp, value: f64) {
        let program = self.program.clone();
        let prepared = self.prepared.clone();
        let Some(node) = program.signal(signal) else { return };
        if !value.is_finite() {
            // Not-a-number is how sources say "nothing here".
            return;
        }
        let lanes = prepared.lanes_of.get(signal.at()).map(Vec::as_slice).unwrap_or_default();
        for (which, lane) in lanes.iter().enumerate() {
            let (Some(state), Some(derived)) = (self.state.lanes.get_mut(*lane), prepared.lanes.get(*lane))
            else {
                continue;
            };
            // All lanes of a signal drop the same samples: they are counted once.
            let mut uncounted = SignalState::default();
            let counts = match self.state.signals.get_mut(signal.at()) {
                Some(counts) if which == 0 => counts,
                Some(_) | None => &mut uncounted,
            };
            if state.take(node, &derived.kernels, key, (at, value), counts) {
                self.aligned.clear();
                for (detector, positions) in &derived.keyed {
                    self.add_key(*detector, key, positions);
                }
            }
        }
        for detector in prepared.driven_by.get(signal.at()).into_iter().flatten() {
            self.schedule(*detector, at);
        }
    }

    /// A key of something that a detector reads is a key of the detector.
    fn add_key(&mut self, detector: DetectorIndex, key: &Key, positions: &[usize]) {
        if self.prophecies.has(detector) {
            return;
        }
        self.aligned.remove(&detector);
        let projected: Key = positions.iter().filter_map(|position| key.get(*position).cloned()).collect();
        if let Some(state) = self.state.detectors.get_mut(detector.at()) {
            state.keys.entry(projected).or_default();
        }
    }

    /// A sample of `at` enters the detector's steps from its own on.
    fn schedule(&mut self, detector: DetectorIndex, at: Timestamp) {
        if self.prophecies.has(detector) {
            return;
        }
        let Some(state) = self.state.detectors.get_mut(detector.at()) else { return };
        // Most samples are of the step that is waited for.
        if state.next_step.is_some_and(|next| next <= at) {
            return;
        }
        let Some(node) = self.program.detector(detector) else { return };
        let step = at.align_up(node.every);
        let next = match state.next_step {
            None => step,
            // A first sample of another series may lie before the first step.
            Some(next) if step < next && step > self.state.watermark => step,
            Some(_) => return,
        };
        if let Some(before) = state.next_step.replace(next) {
            self.agenda.remove_detector(before.plus(node.lateness), before, detector);
        }
        self.agenda.add_detector(next.plus(node.lateness), next, detector);
    }

    pub(crate) fn take_event(&mut self, name: &str, labels: &BTreeMap<String, String>, at: Timestamp) {
        let (program, prepared) = (self.program.clone(), self.prepared.clone());
        for event in prepared.events_named.get(name).into_iter().flatten() {
            let Some(node) = program.event(*event) else { continue };
            let key: Option<Key> = node.keys.iter().map(|field| labels.get(field).cloned()).collect();
            let matches = |(field, value): &(String, String)| labels.get(field) == Some(value);
            let (Some(key), true) = (key, node.source.matching().iter().all(matches)) else { continue };
            let Some(state) = self.state.events.get_mut(event.at()) else { continue };
            let repeats = match node.source {
                // Each line and each row is one.
                EventSource::Named { .. } | EventSource::Logs(_) => Repeats::Count,
                // What is delivered twice happened once.
                EventSource::Source { .. } => Repeats::Drop,
            };
            match state.take(&key, at, prepared.events_reach, (node.keys_max, repeats)) {
                Heard::News => {}
                // A policy works on what happened to a key at a time, however often.
                Heard::Again | Heard::Dropped => continue,
            }
            for (detector, positions) in prepared.keyed_by_event.get(event.at()).into_iter().flatten() {
                self.add_key(*detector, &key, positions);
                self.schedule(*detector, at);
            }
            self.event_happened(*event, &key, at);
        }
    }

    pub(crate) fn take_entity(
        &mut self,
        entity: EntityIndex,
        key: Key,
        at: Timestamp,
        fields: BTreeMap<String, FieldValue>,
        lives: bool,
    ) {
        let is_number = |value: &FieldValue| match value {
            FieldValue::Number(number) => number.is_finite(),
            FieldValue::Text(_) | FieldValue::Texts(_) => true,
        };
        if let (Some(node), Some(state), true) = (
            self.program.entity(entity),
            self.state.entities.get_mut(entity.at()),
            fields.values().all(is_number),
        ) {
            state.take(node, key, at, fields, lives);
        }
    }

    pub(crate) fn take_inventory(
        &mut self,
        name: &str,
        group: BTreeMap<String, String>,
        live: u64,
        at: Timestamp,
    ) {
        let is_meant = |path: &str| path == name || short_name(path) == name;
        for (node, state) in self.program.entities.iter().zip(&mut self.state.entities) {
            if is_meant(&node.head.path) {
                let known = state.inventory.entry(group.clone().into_iter().collect()).or_insert((at, live));
                if known.0 <= at {
                    *known = (at, live);
                }
            }
        }
    }

    pub(crate) fn report_dropped_samples(&mut self) {
        let mut events = Vec::new();
        let beyond = |keys_max: u32| format!("their keys are beyond the cap of {keys_max}");
        for (node, state) in self.program.signals.iter().zip(&mut self.state.signals) {
            let late = "they came after a later sample had been used".to_owned();
            for (count, reason) in
                [(&mut state.capped_count, beyond(node.keys_max)), (&mut state.late_count, late)]
            {
                if *count > 0 {
                    let count = std::mem::take(count);
                    events.push(TraceKind::SamplesDropped { signal: node.head.path.clone(), count, reason });
                }
            }
            let behind = std::mem::take(&mut state.behind_count);
            if behind > 0 {
                let what = if behind == 1 { "a sample".to_owned() } else { format!("{behind} samples") };
                let note = format!("{what} came after the step they belong to: only later steps see them");
                events.push(TraceKind::Noted { item: node.head.path.clone(), note });
            }
        }
        for (node, state) in self.program.events.iter().zip(&mut self.state.events) {
            if state.capped_count > 0 {
                let (count, reason) = (std::mem::take(&mut state.capped_count), beyond(node.keys_max));
                events.push(TraceKind::SamplesDropped { signal: node.head.path.clone(), count, reason });
            }
        }
        for event in events {
            self.record(event);
        }
    }

    /// Moves the samples of these signals up to a time into last values and kernels, as those of a lateness see them.
    pub(crate) fn advance_lanes(
        &mut self,
        signals: impl IntoIterator<Item = SignalIndex>,
        lateness: heal_program::Millis,
        at: Timestamp,
    ) {
        let prepared = self.prepared.clone();
        let program = self.program.clone();
        for signal in signals {
            let Some(lane) = prepared.lane(signal, lateness) else { continue };
            let (Some(node), Some(state)) = (program.signal(signal), self.state.lanes.get_mut(lane)) else {
                continue;
            };
            let disturbances: Vec<_> =
                self.state.disturbances.iter().filter(|it| it.hash == node.head.hash).collect();
            let counted = prepared.lanes.get(lane).and_then(|derived| {
                let name = derived.counted.as_ref().filter(|name| !self.state.down.contains(*name))?;
                let since = self.state.back.get(name).copied().unwrap_or(Timestamp::MIN);
                Some(Counted { every: node.every, since, reach: derived.reach })
            });
            state.advance(at, counted, |key, sampled| {
                let labels = crate::facts::labels(&node.keys, key);
                disturbances.iter().any(|it| it.covers(&labels, sampled))
            });
            let Some(derived) = prepared.lanes.get(lane) else { continue };
            if !derived.is_remembered && state.sweep(at, derived.reach) {
                self.aligned.clear();
                for (detector, _) in &derived.keyed {
                    self.forget_keys(*detector);
                }
            }
        }
    }

    /// Keys that nothing brings any more, and of which nothing is remembered, are none.
    fn forget_keys(&mut self, detector: DetectorIndex) {
        let prepared = self.prepared.clone();
        let mut brought: std::collections::BTreeSet<Key> = std::collections::BTreeSet::new();
        let project = |key: &Key, positions: &[usize]| -> Key {
            positions.iter().filter_map(|position| key.get(*position).cloned()).collect()
        };
        for (lane, derived) in self.state.lanes.iter().zip(&prepared.lanes) {
            for (_, positions) in derived.keyed.iter().filter(|(other, _)| *other == detector) {
                brought.extend(lane.series.keys().map(|key| project(key, positions)));
            }
        }
        for (event, keyed) in self.state.events.iter().zip(&prepared.keyed_by_event) {
            for (_, positions) in keyed.iter().filter(|(other, _)| *other == detector) {
                brought.extend(event.times.keys().map(|key| project(key, positions)));
            }
        }
        if let Some(state) = self.state.detectors.get_mut(detector.at()) {
            state.keys.retain(|key, state| !state.is_at_rest() || brought.contains(key));
        }
    }
}
