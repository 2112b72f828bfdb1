//! Our parser, checker and lowering against the CEL crate's own parser, on text that is both languages.

use cel::{Context, Env, Value as CelValue};
use heal_diagnostics::Code;
use heal_program::TimePart;
use proptest::prelude::*;

use super::written::{Choices, Everything, typed, variables};
use crate::{Value, cel_lowering::from_cel, evaluate, evaluate_with_cel};

/// Makes CEL text that the checker allows, mostly without the brackets that precedence makes needless.
struct Cel<'b> {
    choices: Choices<'b>,
    bound: usize,
}

const DEPTH: u32 = 4;

impl Cel<'_> {
    fn pick(&mut self, count: usize) -> usize {
        self.choices.pick(count)
    }

    /// Two of a kind with one of these operators between them.
    fn between(&mut self, operators: &[&str], depth: u32, make: fn(&mut Self, u32) -> String) -> String {
        let left = make(self, depth);
        let operator = self.choices.one(operators);
        format!("{left} {operator} {}", make(self, depth))
    }

    fn whole(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.choices.one(&["i", "j", "0", "1", "2", "9", "-4", "9223372036854775807"]).to_owned();
        }
        let depth = depth - 1;
        match self.pick(10) {
            0..3 => self.between(&["+", "-", "*"], depth, Self::whole),
            3 => self.between(&["/", "%"], depth, Self::whole),
            4 => format!("({})", self.whole(depth)),
            5 => format!("-({})", self.whole(depth)),
            6 => format!("size({})", self.list(depth)),
            7 => format!("{}[{}]", self.list(0), self.whole(depth)),
            8 => self.time_part(),
            _ => format!("int({})", self.choices.one(&["\"12\"", "s", "d", "1.9", "i", "-2.5"])),
        }
    }

    /// A part of a point in time. Without a zone the text says UTC: the CEL crate would keep another offset of it, where
    /// the specification, and we, go by UTC.
    fn time_part(&mut self) -> String {
        let zones = [
            "",
            "'Europe/Berlin'",
            "'America/Los_Angeles'",
            "'+05:30'",
            "'-08:00'",
            "'05:30'",
            "''",
            "'UTC'",
        ];
        let zone = self.choices.one(&zones);
        let local = if zone.is_empty() { "Z" } else { self.choices.one(&["Z", "+01:00", "-03:30"]) };
        let times = [
            "2024-02-29T23:59:59.999",
            "2024-03-31T00:59:59",
            "2024-03-31T01:00:00",
            "2024-12-31T23:30:00.5",
            "1969-12-31T23:59:59.25",
            "0001-01-02T00:00:00",
            "9999-12-30T12:00:00.123",
        ];
        let part = self.choices.one(&TimePart::ALL.map(TimePart::word));
        format!("timestamp('{}{local}').{part}({zone})", self.choices.one(&times))
    }

    fn double(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.choices.one(&["d", "0.0", "1.5", "-2.25", "1e3", "2.5e-3", "100.0"]).to_owned();
        }
        let depth = depth - 1;
        match self.pick(5) {
            0..3 => self.between(&["+", "-", "*", "/"], depth, Self::double),
            3 => format!("({})", self.double(depth)),
            _ => format!("double({})", self.whole(depth)),
        }
    }

    fn text(&mut self, depth: u32) -> String {
        if depth == 0 {
            let literals = [
                "s",
                "\"\"",
                "'cart'",
                "\"é\"",
                "\"a\\nb\"",
                "'it\\'s'",
                "\"\\u00e9\\x41\\101\"",
                "\"\\\\d\"",
            ];
            return self.choices.one(&literals).to_owned();
        }
        let depth = depth - 1;
        match self.pick(3) {
            0 => self.between(&["+"], depth, Self::text),
            1 => {
                format!("string({})", if self.pick(2) == 0 { self.whole(depth) } else { self.double(depth) })
            }
            _ => format!("({} ? {} : {})", self.condition(depth), self.text(depth), self.text(depth)),
        }
    }

    /// A list of whole numbers.
    fn list(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.choices.one(&["li", "[1]", "[3, 1, 2]"]).to_owned();
        }
        let depth = depth - 1;
        match self.pick(5) {
            0 => format!("[{}, {}]", self.whole(depth), self.whole(depth)),
            1 => self.over("map", depth, Self::whole),
            2 => self.over("filter", depth, Self::condition),
            3 => format!("({} + {})", self.list(depth), self.list(depth)),
            _ => "li".to_owned(),
        }
    }

    fn over(&mut self, name: &str, depth: u32, body: fn(&mut Self, u32) -> String) -> String {
        let list = self.list(depth);
        let variable = format!("v{}", self.bound);
        self.bound += 1;
        let body = body(self, depth);
        self.bound -= 1;
        // The variable is read, so that what it is bound to matters.
        let body = match name {
            "map" => format!("{variable} + {body}"),
            _ => format!("{variable} > 1 && ({body})"),
        };
        format!("{list}.{name}({variable}, {body})")
    }

    fn condition(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.choices.one(&["b", "true", "false", "!b"]).to_owned();
        }
        let depth = depth - 1;
        let compare = ["<", "<=", ">", ">=", "==", "!="];
        match self.pick(13) {
            0..3 => self.between(&["&&", "||"], depth, Self::condition),
            3 => format!("!({})", self.condition(depth)),
            4 => self.between(&compare, depth, Self::whole),
            5 => self.between(&compare, depth, Self::double),
            6 => self.between(&compare, depth, Self::text),
            7 => {
                let operator = self.choices.one(&compare);
                format!("{} {operator} {}", self.whole(depth), self.double(depth))
            }
            8 => format!("{} in {}", self.whole(depth), self.list(depth)),
            9 => {
                let name = self.choices.one(&["all", "exists", "exists_one"]);
                self.over(name, depth, Self::condition)
            }
            10 => {
                let function = self.choices.one(&["startsWith", "endsWith", "contains"]);
                format!("{}.{function}({})", self.choices.one(&["s", "\"cart\""]), self.text(depth))
            }
            11 => {
                let pattern = self.choices.one(&["'^c'", "\"[0-9]+\"", "'é|t$'"]);
                format!("s.matches({pattern})")
            }
            _ => self.time(),
        }
    }

    /// Points in time and durations, compared: their values differ in kind between us and CEL, what is said of them not.
    fn time(&mut self) -> String {
        let compare = self.choices.one(&["<", "<=", ">", ">=", "==", "!="]);
        let spans = ["duration(\"1h30m\")", "duration('90m')", "duration('-1.5s')", "duration('0')"];
        let times = ["timestamp(\"2024-01-01T00:00:00Z\")", "timestamp('2024-01-01T01:30:00+01:00')"];
        match self.pick(3) {
            0 => format!("{} {compare} {}", self.choices.one(&spans), self.choices.one(&spans)),
            1 => {
                let (from, to) = (self.choices.one(&times), self.choices.one(&times));
                format!("{from} - {to} {compare} {}", self.choices.one(&spans))
            }
            _ => {
                let (from, to) = (self.choices.one(&times), self.choices.one(&times));
                format!("{from} + {} {compare} {to}", self.choices.one(&spans))
            }
        }
    }
}

fn cel_value(value: Value) -> CelValue {
    match value {
        Value::Number(number) => CelValue::Float(number),
        Value::Integer(number) => CelValue::Int(number),
        Value::Text(text) => CelValue::String(text.into()),
        Value::Bool(truth) => CelValue::Bool(truth),
        Value::List(items) => CelValue::List(items.into_iter().map(cel_value).collect::<Vec<_>>().into()),
        Value::Object(_) => CelValue::Null,
    }
}

/// What the CEL crate makes of a text from beginning to end.
fn by_cel(text: &str) -> Option<Value> {
    let tree = Env::stdlib().parser().parse(text).unwrap_or_else(|errors| panic!("{text}: {errors}"));
    let mut context = Context::default();
    for (name, _, value) in variables() {
        context.add_variable_from_value(name, cel_value(value));
    }
    from_cel(CelValue::resolve(&tree, &context).ok()?)
}

fn same(left: &Option<Value>, right: &Option<Value>) -> bool {
    match (left, right) {
        (Some(Value::Number(left)), Some(Value::Number(right))) => {
            left == right || (left.is_nan() && right.is_nan())
        }
        _ => left == right,
    }
}

/// What is wrong before anything runs here is an error when it runs there: an overflow, a division by zero.
fn agree(text: &str) -> Result<(), TestCaseError> {
    let (typed, diagnostics) = typed(text);
    let cel = by_cel(text);
    let Some(typed) = typed else {
        let folded = diagnostics.iter().any(|it| {
            it.message.contains("divides by zero")
                || it.message.contains("too large a whole number")
                // Nor does what may cost too much run here; CEL has no such bound.
                || it.code == Code::TOO_COSTLY
        });
        prop_assert!(folded, "{text}: {diagnostics:?}");
        return Ok(());
    };
    let (ours, lowered) =
        (evaluate(&typed.expression, &Everything), evaluate_with_cel(&typed.expression, &Everything));
    prop_assert!(same(&ours, &cel), "{text}: ours {ours:?}, CEL {cel:?}");
    prop_assert!(same(&lowered, &cel), "{text}: lowered {lowered:?}, CEL {cel:?}");
    Ok(())
}

#[test]
fn precedence_and_literals_are_those_of_cel() {
    for text in [
        "1 + 2 * 3 - 4 / 2 % 3",
        "-2 * -3 - -4",
        "- -i",
        "!!b",
        "1 < 2 == true",
        "true || false && false",
        "b ? 1 : b ? 2 : 3",
        "(b ? 1 : 2) + 1",
        "i in li == b",
        "li[0] + li[2]",
        "[[1], [2, 3]][1][0]",
        "size(\"né\") + size(li)",
        "s + 'x' + string(1.0) + string(1e21) + string(-0.5)",
        "\"\\u00e9\\x41\\101\\t\" == 'éAA\\t'",
        "li.map(x, x > 1, x * 2)",
        "li.exists(x, 1 / (x - 1) > 0) || true",
        "li.all(x, 1 / (x - 1) > 0)",
        "9223372036854775807 - 1 < 9223372036854775807",
        "int(-1.9) == -1 && int('-12') == -12",
        "bool('true') && !bool('0')",
        "1.5 == 3.0 / 2.0 && 1 == 1.0",
        "timestamp('2024-03-31T01:00:00Z').getHours('Europe/Berlin') - timestamp('2024-03-31T00:59:00Z').getHours('Europe/Berlin')",
        "timestamp('2024-12-31T23:30:00.5Z').getDayOfYear() + timestamp('2024-12-31T23:30:00Z').getFullYear('+01:00')",
        "timestamp('2023-05-28T00:00:42.123Z').getMilliseconds() + timestamp('1969-12-31T23:59:59.999Z').getMilliseconds()",
        "timestamp('2023-05-28T23:00:00Z').getDayOfWeek('+05:30') + timestamp('2023-05-28T23:00:00Z').getMonth()",
    ] {
        let (typed, diagnostics) = typed(text);
        let typed = typed.unwrap_or_else(|| panic!("{text}: {diagnostics:?}"));
        let cel = by_cel(text);
        assert!(cel.is_some(), "CEL has no value for {text}");
        assert_eq!(evaluate(&typed.expression, &Everything), cel, "{text}");
        assert_eq!(evaluate_with_cel(&typed.expression, &Everything), cel, "{text}");
    }
}

#[test]
fn most_of_the_text_that_is_compared_has_a_value() {
    let mut with_value = 0;
    for seed in 0..200_u32 {
        let bytes: Vec<u8> = (0..200).map(|at: u32| (seed * 31 + at * (seed + 7) * 13) as u8).collect();
        let mut cel = Cel { choices: Choices(bytes.iter()), bound: 0 };
        let text = cel.condition(DEPTH);
        with_value += u32::from(typed(&text).0.is_some() && by_cel(&text).is_some());
    }
    assert!(with_value > 120, "only {with_value} of 200 have a value");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn our_parser_and_lowering_agree_with_the_cel_parser(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut cel = Cel { choices: Choices(bytes.iter()), bound: 0 };
        let text = match cel.pick(5) {
            0 => cel.whole(DEPTH),
            1 => cel.double(DEPTH),
            2 => cel.text(DEPTH),
            3 => cel.list(DEPTH),
            _ => cel.condition(DEPTH),
        };
        agree(&text)?;
    }
}
