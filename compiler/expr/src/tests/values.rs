//! Values: whole numbers, texts, lists, values from outside, conversions, points in time.

use heal_program::{BinaryOperator, Comprehension, Expression as Lowered, Function, TimePart};

use super::world::*;
use crate::{Expected, Type};

#[test]
fn a_param_that_only_scales_is_proposed_as_a_ratio() {
    let help = |name: &str| {
        format!("a number that only scales others is a ratio: declare `{name}` as one, with `300%` for 3")
    };
    assert_eq!(helped("errors.rate(5m) > factor * errors.rate(1h)"), [help("factor")]);
    assert_eq!(helped("load > load * factor"), [help("factor")]);
    assert_eq!(helped("load > factor"), [""; 0]);
    assert_eq!(helped("latency > factor * latency * 1s"), [""; 0]);
}

#[test]
fn whole_numbers_stay_whole_among_themselves() {
    let whole = |value| Box::new(Lowered::Integer(value));
    assert_eq!(typed("5 / 5").expression, Lowered::Binary(BinaryOperator::Divide, whole(5), whole(5)));
    assert_eq!(typed("7 % 2 - 1").type_, Type::Integer);
    assert_eq!(typed("size([1, 2]) * 2").type_, Type::Integer);
    assert_eq!(typed("-9223372036854775808").expression, Lowered::Integer(i64::MIN));
    says(
        "9223372036854775808",
        "`9223372036854775808` 0005 `9223372036854775808` is too large a whole number",
    );
    assert_eq!(fixed("9223372036854775808"), "9223372036854775808.0");
    says(
        "9223372036854775807 + 1",
        "`9223372036854775807 + 1` 0211 `9223372036854775807 + 1` is too large a whole number",
    );
    says("1 % 0", "`1 % 0` 0211 `1 % 0` divides by zero");
    assert_eq!(typed("1.0 / 0.0").type_, Type::Number);
}

#[test]
fn digits_may_be_hexadecimal() {
    assert_eq!(typed("0x1F").expression, Lowered::Integer(31));
    assert_eq!(typed("-0x8000000000000000").expression, Lowered::Integer(i64::MIN));
    assert_eq!(number("0x10ms"), 0.016);
    assert_eq!(number("-0x10KiB"), -16_384.0);
    assert_eq!(number("0x10%"), 0.16);
    assert_eq!(typed("load > 0x10%").type_, Type::Bool);
    assert_eq!(typed("latency > 0x0").type_, Type::Bool);
    says("0x8000000000000000", "`0x8000000000000000` 0005 `0x8000000000000000` is too large a whole number");
    says(
        "0x10000000000000000ms > latency",
        "`0x10000000000000000ms` 0005 `0x10000000000000000ms` is too large a number",
    );
    says("rss > 0x1F", "`0x1F` 0203 `0x1F` needs a unit: `rss` is bytes");
    // `0x1FB` would be another number.
    assert_eq!(fixed("rss > 0x1F"), "rss > 0x1F * 1B");
    says("1u > 1", "`1u` 0204 unknown unit `u`");
}

#[test]
fn digits_stand_together_and_thousands_are_written_out() {
    says("10_000 > 1", "`10_000` 0005 the digits of a number stand together: `10_000`");
    assert_eq!(fixed("10_000 > 1"), "10000 > 1");
    assert_eq!(fixed("latency > 1_000ms"), "latency > 1000ms");
    says("10k > 1", "`10k` 0204 unknown unit `k`");
    assert_eq!(fixed("10k > 1"), "10000 > 1");
}

#[test]
fn a_whole_number_beside_a_quantity_is_a_double() {
    let right = |text: &str| {
        let Lowered::Binary(_, _, right) = typed(text).expression else { panic!("{text}") };
        *right
    };
    assert_eq!(right("load > 1"), Lowered::Number(1.0));
    assert_eq!(right("queue > 2 * 8"), Lowered::Number(16.0));
    assert_eq!(right("1.5 + 2"), Lowered::Number(2.0));
    let size = Lowered::Call(Function::Size, vec![Lowered::KeyField("zone".to_owned())]);
    assert_eq!(right("queue > size(zone)"), Lowered::Call(Function::Double, vec![size.clone()]));
    assert_eq!(right("3 > size(zone)"), size);
    assert_eq!(right("load in [1, 2]"), Lowered::List(vec![Lowered::Number(1.0), Lowered::Number(2.0)]));
    assert_eq!(right("1 in [1, 2]"), Lowered::List(vec![Lowered::Integer(1), Lowered::Integer(2)]));
    assert_eq!(typed("zone == \"a\" ? 1 : 2.5").type_, Type::Number);
    assert_eq!(
        typed("load.or(0)").expression,
        Lowered::Or(Box::new(typed("load").expression), Box::new(Lowered::Number(0.0)))
    );
}

#[test]
fn lists_of_whole_numbers_are_not_lists_of_doubles() {
    let doubles = Type::List(Box::new(Type::Number));
    assert_eq!(typed("[1, 2.5]").type_, doubles);
    assert_eq!(typed("true ? [1] : [2.5]").type_, doubles);
    assert_eq!(typed("[1] + [2.5]").type_, doubles);
    assert_eq!(typed("1 in [2.5] && 2.5 in [1]").type_, Type::Bool);
    says(
        "[1].map(x, x) + [2.5]",
        "`[2.5]` 0201 `[1].map(x, x)` is a list of whole numbers, and `[2.5]` is a list of numbers",
    );
}

#[test]
fn a_division_that_drops_its_rest_is_warned_of() {
    says("latency > 5 / 2 * 1s", "`5 / 2` 0940 `5 / 2` is 2: whole numbers divide without a rest");
    assert!(checked("latency > 5 / 2 * 1s").0.is_some());
    assert_eq!(fixed("latency > 5 / 2 * 1s"), "latency > 5.0 / 2 * 1s");
    assert_eq!(said("latency > 4 / 2 * 1s"), Vec::<String>::new());
}

#[test]
fn remainders_are_of_whole_numbers() {
    says("load % 2 > 1", "`load` 0201 `load` is a ratio, and only whole numbers have a remainder");
    says(
        "latency > 80 % budget",
        "`budget` 0201 `budget` is a duration, and only whole numbers have a remainder",
    );
    assert_eq!(
        helped("latency > 80 % budget"),
        ["a per cent is written without a blank before it: `80% * ...`"]
    );
    assert_eq!(typed("int(load) % 2 == 1").type_, Type::Bool);
}

#[test]
fn compound_durations_are_one_number() {
    assert_eq!(number("1h15m"), 4_500.0);
    assert_eq!(number("2d12h"), 216_000.0);
    assert_eq!(number("-1m30s"), -90.0);
    assert_eq!(number("1s500ms"), 1.5);
    says("15m1h", "`15m1h` 0005 in `15m1h`, `h` is not smaller than the unit before it");
    says("1h1h", "`1h1h` 0005 in `1h1h`, `h` is not smaller than the unit before it");
    says("1h15", "`1h15` 0005 `1h15` lacks a unit after `15`");
    says("1h15MiB", "`1h15MiB` 0005 `1h15MiB` has a part in `MiB`, which is no unit of time");
    says("1.5h30m", "`1.5h30m` 0005 `1.5h30m` has a point in one of its parts");
}

#[test]
fn texts_are_put_together_and_ordered() {
    assert_eq!(typed("zone + \"-a\"").type_, Type::Text);
    assert_eq!(typed("zone < \"b\" && true > false").type_, Type::Bool);
    assert_eq!(typed("zone + body.name").type_, Type::Text);
    says("zone + 5", "`5` 0201 `5` is a number without a unit, and only a text is added to a text");
    assert_eq!(fixed("zone + 5"), "zone + string(5)");
    says("latency + zone > 1s", "`latency` 0201 `latency` is a duration, and only a text is added to a text");
    assert_eq!(typed("zone.size() + size(zone)").type_, Type::Integer);
}

#[test]
fn patterns_are_checked_where_they_stand() {
    assert_eq!(typed("zone.matches('^eu-[0-9]+$')").type_, Type::Bool);
    says("zone.matches(`a(b`)", "`(` 0701 this is no regular expression: unclosed group");
    says("zone.matches(\"\\\\d(\")", "`\"\\\\d(\"` 0701 this is no regular expression: unclosed group");
    says(
        "zone.matches('a{1000}{1000}{1000}')",
        "`'a{1000}{1000}{1000}'` 0701 this is no regular expression: it is too large",
    );
    says("zone.matches(zone)", "`zone` 0105 `zone` is not a constant");
    assert_eq!(
        helped("zone.matches(`(?=a)`)"),
        ["patterns look neither ahead nor back: their time is linear in the text"]
    );
}

#[test]
fn conversions_are_between_what_has_no_unit() {
    for (text, type_) in [
        ("int(zone)", Type::Integer),
        ("int(load)", Type::Integer),
        ("double(size(zone))", Type::Number),
        ("double(body.x)", Type::Number),
        ("string(queue)", Type::Text),
        ("string(true)", Type::Text),
        ("bool(zone)", Type::Bool),
        ("timestamp(body.at)", Type::Timestamp),
        ("int(episode.started)", Type::Integer),
        ("timestamp(60)", Type::Timestamp),
    ] {
        assert_eq!(typed(text).type_, type_, "{text}");
    }
    assert_eq!(typed("double(1)").expression, Lowered::Number(1.0));
    assert_eq!(typed("duration(\"1h30m\")").expression, Lowered::Number(5_400.0));
    assert_eq!(typed("timestamp(\"1970-01-01T00:01:00.5Z\")").expression, Lowered::Number(60.5));
    says("int(latency)", "`latency` 0202 `latency` is a duration, and `int` makes nothing of that");
    assert_eq!(fixed("int(latency)"), "int(latency / 1s)");
    assert_eq!(fixed("double(rss + 1B)"), "double((rss + 1B) / 1B)");
    says("bool(1)", "`1` 0201 `1` is a number without a unit, and `bool` makes nothing of that");
    says("duration(\"long\")", "`\"long\"` 0005 `\"long\"` is no duration");
    says("timestamp(\"yesterday\")", "`\"yesterday\"` 0005 `\"yesterday\"` is no timestamp");
    says("int()", "`int` 0209 `int` needs `value`");
}

#[test]
fn points_in_time_differ_by_durations() {
    assert_eq!(typed("episode.started - timestamp(body.at) > 5m").type_, Type::Bool);
    assert_eq!(typed("episode.started + 5m < timestamp(body.at)").type_, Type::Bool);
    says("episode.started > 5m", "`5m` 0201 `episode.started` is a point in time, and `5m` is a duration");
    says(
        "episode.started * 2 > 5",
        "`episode.started` 0201 `episode.started` is a point in time and cannot be reckoned with",
    );
}

#[test]
fn values_from_outside_are_what_is_needed() {
    for text in [
        "body.firing && !body.done",
        "body.name == \"a\" || body.count > 3 || body.share < 5%",
        "body.name.startsWith(\"a\") && body.name in [\"a\", \"b\"]",
        "\"a\" in body.names && body.names[0] == body[\"name\"]",
        "has(body.alerts) && size(body.alerts) > 0",
        "body.alerts.exists(it, it.status == \"firing\")",
        "body.took * 1ms > latency",
        "status == 202 && status in [200, 201]",
        "-body.count < 3 && double(body.x) + double(body.y) > 2 && body.x - body.y > 1",
    ] {
        assert_eq!(typed(text).type_, Type::Bool, "{text}");
    }
    says("body.took > budget", "`body.took` 0203 `body.took` needs a unit: `budget` is a duration");
    assert_eq!(fixed("body.took > budget"), "body.took * 1s > budget");
    assert_eq!(fixed("latency < body.took + 1"), "latency < (body.took + 1) * 1ms");
    says(
        "body.x + body.y == 3",
        "`body.x + body.y` 0201 nothing says whether `body.x` and `body.y` are numbers or texts",
    );
    says(
        "body.x % 2 == 1",
        "`body.x` 0201 `body.x` is a value from outside, and only whole numbers have a remainder",
    );
    says("has(zone)", "`zone` 0209 `has` asks for a field, and `zone` is none");
    says("has(pod.size)", "`pod.size` 0201 `pod.size` is always there, though it may be unknown");
    says(
        "body[true] == 1",
        "`true` 0201 `true` is true or false, and an element is told by a whole number or a text",
    );
    says("[1, 2][\"a\"] == 1", "`\"a\"` 0201 `\"a\"` is text, and an element is told by a whole number");
    assert_eq!(typed("[[1], [2]][0][0]").type_, Type::Integer);
}

#[test]
fn what_is_expected_is_told() {
    let expect = |text: &str, expected: Expected| {
        let (typed, diagnostics) = checked_as(text, &expected);
        (typed.map(|it| it.type_), diagnostics.first().map(|it| it.message.clone()))
    };
    assert_eq!(expect("body.alerts", Expected::List), (Some(Type::Json), None));
    assert_eq!(expect("[1]", Expected::List).0, Some(Type::List(Box::new(Type::Integer))));
    assert_eq!(
        expect("zone", Expected::List).1.as_deref(),
        Some("`zone` is text, and a list is needed here")
    );
    assert_eq!(expect("status", Expected::Value(Type::Integer)).0, Some(Type::Integer));
    assert_eq!(
        expect("1.5", Expected::Value(Type::Integer)).1.as_deref(),
        Some("`1.5` is a number without a unit, and a whole number is needed here")
    );
    assert_eq!(expect("5", Expected::Value(Type::Json)).0, Some(Type::Json));
    assert_eq!(expect("episode.started", Expected::Value(Type::Timestamp)).0, Some(Type::Timestamp));
    assert_eq!(
        expect("99.9", Expected::Argument(Type::Quantity(heal_program::Dimension::RATIO))),
        (
            Some(Type::Quantity(heal_program::Dimension::RATIO)),
            Some("`99.9` is 9990%, and is probably meant in per cent".to_owned()),
        )
    );
    assert_eq!(expect("pod", Expected::Any).0, Some(Type::Text));
    assert_eq!(expect("service", Expected::Any).1.as_deref(), Some("unknown name `service`"));
}

#[test]
fn a_share_in_per_cent_is_probably_meant_so() {
    says("share > 95", "`95` 0941 `95` is 9500%, and is probably meant in per cent");
    assert_eq!(fixed("share > 95"), "share > 95%");
    assert!(checked("share > 95").0.is_some());
    says("load > 95", "`95` 0941 `95` is 9500%, and is probably meant in per cent");
    assert_eq!(said("load > 0.95 && share > 0.95"), Vec::<String>::new());
    // A multiple of its own past, and what is in per cent by its own count, are what they are.
    assert_eq!(said("load / load.lag(1d) > 2 && load * 100 > 95"), Vec::<String>::new());
    // So is how many of them are up.
    assert_eq!(said("load.sum(by: []) < 2"), Vec::<String>::new());
    says("load.max(by: []) > 95", "`95` 0941 `95` is 9500%, and is probably meant in per cent");
}

#[test]
fn list_macros_bind_a_name() {
    let lowered = typed("[1, 2].all(x, x > 0)").expression;
    let Lowered::Comprehension { kind, variable, body, .. } = lowered else { panic!("a macro") };
    assert_eq!((kind, variable.as_str()), (Comprehension::All, "@0"));
    let zero = Box::new(Lowered::Integer(0));
    assert_eq!(
        *body,
        Lowered::Binary(BinaryOperator::Greater, Box::new(Lowered::Variable("@0".to_owned())), zero)
    );
    assert_eq!(typed("[1, 2].all(x, x > 0)").expression, typed("[1, 2].all(other, other > 0)").expression);
    assert_eq!(typed("[1, 2].map(x, x * 1.5)").type_, Type::List(Box::new(Type::Number)));
    assert_eq!(typed("[1, 2].map(x, x > 1, string(x))").type_, Type::List(Box::new(Type::Text)));
    assert_eq!(typed("[1, 2].filter(x, x > 1)[0]").type_, Type::Integer);
    assert_eq!(typed("[latency, 1s].exists_one(x, x > 1s)").key.to_string(), "(service, region)");
    assert_eq!(typed("[[1], [2]].all(x, x.exists(y, y in x))").type_, Type::Bool);
    assert_eq!(typed("[].all(x, x == 1)").type_, Type::Bool);
    says("[1].all(x, y > 0)", "`y` 0101 unknown name `y`");
    says("[\"a\"].all(name, nmae == \"a\")", "`nmae` 0101 unknown name `nmae`");
    assert_eq!(fixed("[\"a\"].all(name, nmae == \"a\")"), "[\"a\"].all(name, name == \"a\")");
    says("[1].all(x)", "`all` 0209 `all` takes a name for an element, and what is asked of it");
    says("[1].all(1, true)", "`all` 0209 `all` takes a name for an element, and what is asked of it");
    says("[1].all(x, x)", "`x` 0212 `x` is a number without a unit, not a condition");
    says("load.exists(x, x > 1)", "`load` 0201 `load` is a ratio, and `exists` asks the elements of a list");
    assert_eq!(helped("load.exists(x, x > 1)"), ["over its keys, write `.any(by: [service])`"]);
    says(
        "[1].map(x, pod.service)",
        "`pod.service` 0201 `pod.service` is the entity `Service`, and only its fields have values",
    );
}

#[test]
fn list_macros_go_through_entities() {
    assert_eq!(
        typed("pod.service.depends_on.all(it, it.replicas > 1 && it.tier != \"x\")").type_,
        Type::Bool
    );
    let nested = typed("service.depends_on.all(s, s.pods.exists(p, p.size > 1B))").expression;
    let Lowered::Comprehension { body, .. } = nested else { panic!("a macro") };
    let Lowered::Comprehension { list, variable, .. } = *body else { panic!("a macro") };
    assert_eq!(variable, "@1");
    assert!(matches!(*list, Lowered::EntityField { root, .. } if root == "@0"));
    assert_eq!(typed("service.depends_on.all(s, deploy[s].within(10m))").type_, Type::Bool);
    assert_eq!(typed("size(service.depends_on) > 2").type_, Type::Bool);
    says("service.depends_on.all(s, s.teir == \"x\")", "`teir` 0210 `Service` has no field `teir`");
    says(
        "service.depends_on.tier == \"x\"",
        "`tier` 0210 a list of the entity `Service` has no field `tier`",
    );
    assert_eq!(
        helped("service.depends_on.tier == \"x\""),
        ["ask for it of each of them: `depends_on.all(it, it.tier ...)`"]
    );
    says(
        "service.depends_on[0].tier == \"x\"",
        "`service.depends_on` 0201 `service.depends_on` is a list of entities, which have no order",
    );
    says(
        "service.depends_on.all(s, latency.max(by: [service]) > 1s && s.replicas.max(by: []) > 1)",
        "`max` 0205 `s.replicas` has no key: there is one series of it",
    );
}

#[test]
fn points_in_time_have_parts_as_in_cel() {
    let hours = typed("timestamp(\"2024-01-01T12:00:00Z\").getHours()");
    assert_eq!(hours.type_, Type::Integer);
    let at = Lowered::Number(1_704_110_400.0);
    assert_eq!(hours.expression, Lowered::Call(Function::TimePart(TimePart::Hours), vec![at.clone()]));
    let zone = Lowered::Text("Europe/Berlin".to_owned());
    assert_eq!(
        typed("timestamp(\"2024-01-01T12:00:00Z\").getDayOfWeek(\"Europe/Berlin\")").expression,
        Lowered::Call(Function::TimePart(TimePart::DayOfWeek), vec![at, zone])
    );
    for part in TimePart::ALL {
        assert_eq!(typed(&format!("timestamp(body.at).{}(\"-08:30\") > 1", part.word())).type_, Type::Bool);
    }
    assert_eq!(typed("timestamp(body.at).getHours(zone) in [1, 2]").type_, Type::Bool);
}

#[test]
fn what_has_no_parts_of_a_point_in_time_is_told() {
    says("5m.getHours()", "`5m` 0201 `5m` is a duration, and only a point in time has a `getHours`");
    assert_eq!(fixed("duration(body.x).getMinutes()"), "int(duration(body.x) / 1m)");
    says(
        "body.at.getDate()",
        "`body.at` 0201 `body.at` is a value from outside, and only a point in time has a `getDate`",
    );
    assert_eq!(fixed("body.at.getDate()"), "timestamp(body.at).getDate()");
    says("true.getDate()", "`true` 0201 `true` is true or false, and only a point in time has a `getDate`");
    says("timestamp(body.at).getHours(\"Berlin\")", "`\"Berlin\"` 0005 `Berlin` is no time zone");
    assert_eq!(
        fixed("timestamp(body.at).getHours(\"Berlin\")"),
        "timestamp(body.at).getHours(\"Europe/Berlin\")"
    );
    says("timestamp(body.at).getHours(\"24:00\")", "`\"24:00\"` 0005 `24:00` is no time zone");
    says(
        "timestamp(body.at).getHours(1)",
        "`1` 0201 `1` is a number without a unit, and text is needed here",
    );
    says(
        "timestamp(body.at).getHours(\"UTC\", 1)",
        "`1` 0209 `getHours` takes 1 argument, and more are given",
    );
    says("timestamp(body.at).getHour()", "`getHour` 0208 unknown function `getHour`");
    assert_eq!(fixed("timestamp(body.at).getHour()"), "timestamp(body.at).getHours()");
}

#[test]
fn a_bare_word_beside_a_text_is_quoted() {
    says("zone == linux", "`linux` 0101 unknown name `linux`");
    assert_eq!(fixed("zone == linux"), "zone == \"linux\"");
    assert_eq!(fixes("zone in [linux, mac]"), ["zone in [\"linux\", mac]", "zone in [linux, \"mac\"]"]);
    // What is nearly a name is a mistake in it.
    assert_eq!(fixed("zone == budgte"), "zone == budget");
}

#[test]
fn spans_of_iso_8601_are_written_as_literals() {
    assert_eq!(fixed("latency > PT1H30M"), "latency > 1h30m");
    assert_eq!(fixed("latency > P1DT12H"), "latency > 1d12h");
    // A month is no span.
    assert_eq!(fixes("latency > P1M"), Vec::<String>::new());
}
