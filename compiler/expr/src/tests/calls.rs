//! Functions of the language and of users: which is meant, what they are given, what is said.

use heal_program::{BinaryOperator, Comprehension, Expression as Lowered, SignalIndex, WindowFunction};

use super::world::*;
use crate::Type;

#[test]
fn functions_are_put_in() {
    let twice = typed("twice(load)");
    let load = Box::new(Lowered::Signal(SignalIndex(1)));
    assert_eq!(
        twice.expression,
        Lowered::Binary(BinaryOperator::Multiply, Box::new(Lowered::Number(2.0)), load)
    );
    assert_eq!(twice.key.to_string(), "(service)");
    assert_eq!(typed("lib.twice(budget) > 1s").type_, Type::Bool);
    let Lowered::Window { function, .. } = typed("failing(errors)").expression else { panic!("a window") };
    assert_eq!(function, WindowFunction::Rate);
    assert_eq!(typed("failing(lib.errors) > 1/s").type_, Type::Bool);
    assert_eq!(typed("latency > window").type_, Type::Bool);
}

#[test]
fn a_mistake_in_an_argument_is_told_once() {
    says("twice(lod)", "`lod` 0101 unknown name `lod`");
    says("twice(latency + 1)", "`1` 0203 `1` needs a unit: `latency` is a duration");
    says("twice(errors)", "`errors` 0209 `x` of `twice` is another thing");
    says("twice(deploy)", "`deploy` 0209 `x` of `twice` is another thing");
    assert_eq!(said("twice(lost)"), Vec::<String>::new());
    says("twice(pod.onwer)", "`onwer` 0210 `Pod` has no field `onwer`");
}

#[test]
fn what_a_macro_binds_is_not_caught_by_another() {
    // `above` calls what it binds `it`, and so does its caller.
    let text = "[5].all(it, above(it))";
    let Lowered::Comprehension { variable: outer, body, .. } = typed(text).expression else {
        panic!("a macro")
    };
    let Lowered::Comprehension { kind, variable: inner, body, .. } = *body else { panic!("a macro") };
    assert_eq!((kind, outer.as_str(), inner.as_str()), (Comprehension::Exists, "@0", "@1"));
    let variable = |name: &str| Box::new(Lowered::Variable(name.to_owned()));
    assert_eq!(*body, Lowered::Binary(BinaryOperator::Greater, variable("@1"), variable("@0")));
}

#[test]
fn unknown_functions_have_suggestions_of_all_kinds() {
    says("latency.agv(5m) > 1s", "`agv` 0208 unknown function `agv`");
    assert_eq!(fixed("latency.agv(5m) > 1s"), "latency.avg(5m) > 1s");
    assert_eq!(fixed("twcie(load) > 1"), "twice(load) > 1");
    assert_eq!(fixed("sise(zone) > 1"), "size(zone) > 1");
    assert_eq!(fixed("zone.startswith(\"a\")"), "zone.startsWith(\"a\")");
    assert_eq!(fixed("latency.basline().score > 1"), "latency.baseline().score > 1");
    says("lib.twcie(load) > 1", "`twcie` 0208 `lib` has no function `twcie`");
    assert_eq!(fixed("lib.twcie(load) > 1"), "lib.twice(load) > 1");
    says("episode.id(5) == 1", "`id` 0105 `episode.id` is a value, not a function");
    says("twic > 1", "`twic` 0101 unknown name `twic`");
    assert_eq!(helped("twic > 1"), ["did you mean to call `twice(...)`?"]);
    // A counter that is not read is no second mistake.
    says("errors.foo(5m)", "`foo` 0208 unknown function `foo`");
    says("foo(errors, latncy)", "`latncy` 0101 unknown name `latncy`");
}

#[test]
fn functions_are_told_from_fields() {
    says("zone.size == 3", "`size` 0210 `zone` is text and has no fields");
    assert_eq!(helped("zone.size == 3"), ["`size` is a function: write it with brackets"]);
    says("pod.size.foo == 1", "`foo` 0210 bytes has no field `foo`");
    says("[1].foo == 1", "`foo` 0210 `[1]` is a list of whole numbers and has no fields");
}

#[test]
fn names_of_other_kinds_are_told() {
    says("plan", "`plan` 0105 `plan` is a plan and has no value");
    says("latncy > 1s", "`latncy` 0101 unknown name `latncy`");
    assert_eq!(fixed("dploy.within(5m)"), "deploy.within(5m)");
    says(
        "latency == pod.service",
        "`pod.service` 0201 `pod.service` is the entity `Service`, and only its fields have values",
    );
}
