//! The hashes of nodes that rest on no other node's hash.

use heal_program::{Entity, FieldKind, Param, Program, SemanticHash, Signal, Source};

use crate::canonical::Canonical;

/// What those that read a param rest on: its value, not its range.
pub(super) fn param_value(param: &Param) -> SemanticHash {
    let Param { head: _, dimension, value, range: _ } = param;
    let mut form = Canonical::of("param");
    form.dimension(*dimension);
    form.number(*value);
    form.finish()
}

/// A param with the range that a reviewer may move it in.
pub(super) fn param(param: &Param) -> SemanticHash {
    let mut form = Canonical::of("param with range");
    form.hash(param_value(param));
    form.flag(param.range.is_some());
    if let Some((low, high)) = param.range {
        form.number(low);
        form.number(high);
    }
    form.finish()
}

/// Of another entity only the key counts: entities may refer to each other in a circle.
pub(super) fn entity(entity: &Entity, program: &Program) -> SemanticHash {
    let Entity { head: _, keys, fields } = entity;
    let mut form = Canonical::of("entity");
    form.texts(keys);
    form.length(fields.len());
    for field in fields {
        form.text(&field.name);
        match &field.kind {
            FieldKind::Text => form.text("text"),
            FieldKind::Quantity(dimension) => form.dimension(*dimension),
            FieldKind::Entity(other) => form.texts(program.entity(*other).map_or(&[], |other| &other.keys)),
        }
    }
    form.finish()
}

/// Where samples come from, when, and what they measure.
pub(super) fn signal(signal: &Signal) -> SemanticHash {
    let Signal {
        head: _,
        dimension,
        counter,
        scale,
        offset,
        unit: _,
        keys,
        source,
        every,
        stale_after,
        lateness,
        keys_max,
    } = signal;
    let mut form = Canonical::of("signal");
    form.dimension(*dimension);
    form.flag(*counter);
    form.number(*scale);
    form.number(*offset);
    form.texts(keys);
    match source {
        Source::Prometheus { query } => {
            form.text("prometheus");
            form.text(query);
        }
        Source::Metric { name, matching } => {
            form.text("metric");
            form.text(name);
            form.length(matching.len());
            for (label, value) in matching {
                form.text(label);
                form.text(value);
            }
        }
    }
    form.span(*every);
    form.span(*stale_after);
    form.span(*lateness);
    form.whole(*keys_max);
    form.finish()
}
