//! The hashes of nodes that rest on no other node's hash.

use heal_program::{
    Entity, Feed, Field, FieldKind, LogReading, LogSource, Param, Program, Secret, SecretStore, SemanticHash,
    Signal, Source,
};

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
    let Entity { head: _, keys, fields, feed } = entity;
    let mut form = Canonical::of("entity");
    form.texts(keys);
    form.length(fields.len());
    for Field { name, kind, source: from, scale, offset } in fields {
        form.text(name);
        let keys = |other| program.entity(other).map_or([].as_slice(), |other| &other.keys);
        match kind {
            FieldKind::Text => form.text("text"),
            FieldKind::Quantity(dimension) => form.dimension(*dimension),
            FieldKind::Entity(other) => form.texts(keys(*other)),
            FieldKind::Entities(other) => {
                form.text("many");
                form.texts(keys(*other));
            }
        }
        form.flag(from.is_some());
        from.iter().for_each(|from| source(&mut form, from));
        form.number(*scale);
        form.number(*offset);
    }
    form.flag(feed.is_some());
    if let Some(Feed { source: from, every, stale_after, keys_max }) = feed {
        form.flag(from.is_some());
        from.iter().for_each(|from| source(&mut form, from));
        form.span(*every);
        form.span(*stale_after);
        form.whole(*keys_max);
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
    self::source(&mut form, source);
    form.span(*every);
    form.span(*stale_after);
    form.span(*lateness);
    form.whole(*keys_max);
    form.finish()
}

/// Where samples come from.
fn source(form: &mut Canonical, source: &Source) {
    match source {
        Source::Prometheus { query } => {
            form.text("prometheus");
            form.text(query);
        }
        Source::Metric { name, matching } => {
            form.text("metric");
            form.text(name);
            form.pairs(matching);
        }
        Source::Logs(lines) => log(form, lines),
    }
}

/// Lines of a log, and what is made of them.
pub(super) fn log(form: &mut Canonical, lines: &LogSource) {
    let LogSource { name, pattern, matching, reading } = lines;
    form.text("logs");
    form.text(name);
    form.flag(pattern.is_some());
    pattern.iter().for_each(|pattern| form.text(pattern));
    form.pairs(matching);
    match reading {
        LogReading::Count { per } => {
            form.text("count");
            form.span(*per);
        }
        LogReading::Value { field } => {
            form.text("value");
            form.text(field);
        }
        LogReading::Event => form.text("event"),
    }
}

/// Where secrets are found.
pub(super) fn secrets(form: &mut Canonical, secrets: &[Secret]) {
    form.length(secrets.len());
    for Secret { name, store, reference } in secrets {
        form.text(name);
        form.text(match store {
            SecretStore::Env => "env",
            SecretStore::File => "file",
        });
        form.text(reference);
    }
}
