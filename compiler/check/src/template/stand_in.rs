//! Stand-ins: what parameters are while a body is checked where it is defined.

use heal_diagnostics::{Code, Diagnostic};
use heal_expr::{EntityPath, Expected, Key, Type, Typed, Value};
use heal_program::{DetectorIndex, Dimension, Expression as Lowered, FieldKind, SignalIndex};

use super::{Spec, Takes};
use crate::{
    check::Checker,
    item::Item,
    known::{Binding, Bindings, BindingsId},
    scope::Locals,
};

/// Stand-ins are in no table: they count down from the end of what an index can be.
const LAST_INDEX: u32 = u32::MAX;

/// The span that stands for one that is not given: longer than most, so that less is said of it in vain.
const SPAN_SECONDS: f64 = 3_600.0;

impl<'a> Checker<'a> {
    /// Binds stand-ins to parameters: the default where there is one.
    pub(super) fn stand_ins(&mut self, item: &Item<'a>, specs: &[Spec<'a>]) -> BindingsId {
        let id = self.known.bind(Bindings::new());
        let inner = item.bound(id);
        for (at, spec) in (0..).zip(specs) {
            let binding = match &spec.takes {
                None => Binding::Reported,
                Some(takes) => self.stand_in(&inner, spec, takes, LAST_INDEX - at),
            };
            self.known.add_binding(id, &spec.name.value, binding);
        }
        id
    }

    fn stand_in(&mut self, item: &Item<'a>, spec: &Spec<'a>, takes: &Takes, index: u32) -> Binding {
        match takes {
            Takes::Series { counter, dimension, key } => Binding::Value(Value::Signal {
                index: SignalIndex(index),
                dimension: *dimension,
                counter: *counter,
                key: Key::new(key.fields()),
                unit: None,
                place: heal_expr::Place { file: item.unit.file, range: spec.name.range },
            }),
            Takes::Detector(key) => {
                Binding::Value(Value::Detector { index: DetectorIndex(index), key: Key::new(key.fields()) })
            }
            Takes::Value(kind) => {
                if let Some(default) = spec.default {
                    let expected = Expected::Argument(Type::of_field(kind));
                    let typed = self.expression(item, &Locals::of_telemetry(), default, &expected);
                    return typed.map_or(Binding::Reported, |typed| Binding::Value(Value::Bound(typed)));
                }
                match kind {
                    FieldKind::Entity(entity) => {
                        Binding::Entity(EntityPath::root(spec.name.value.clone(), *entity))
                    }
                    FieldKind::Text => bound(Lowered::Text(String::new()), Type::Text),
                    FieldKind::Quantity(dimension) => {
                        let number = if *dimension == Dimension::DURATION { SPAN_SECONDS } else { 1.0 };
                        bound(Lowered::Number(number), Type::Quantity(*dimension))
                    }
                    FieldKind::Entities(_) => Binding::Value(Value::Local(Type::of_field(kind))),
                }
            }
        }
    }

    /// Leaves out what a stand-in, and no one else, made wrong: a value that is none of the user's may be out of range,
    /// and a condition on it may read nothing.
    pub(super) fn forget_stand_ins(&mut self, specs: &[Spec<'a>], before: usize) {
        let guessed = specs
            .iter()
            .any(|spec| spec.default.is_none() && matches!(&spec.takes, Some(Takes::Value(_)) | None));
        let of_body = self.diagnostics.split_off(before);
        let kept = |diagnostic: &Diagnostic| {
            !guessed || ![Code::OUT_OF_RANGE, Code::CONSTANT_CONDITION].contains(&diagnostic.code)
        };
        self.diagnostics.extend(of_body.into_iter().filter(kept));
    }
}

fn bound(expression: Lowered, type_: Type) -> Binding {
    Binding::Value(Value::Bound(Typed::new(expression, type_)))
}
