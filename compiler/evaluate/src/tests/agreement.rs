//! The two evaluators against each other, on expressions made from bytes.

use heal_program::*;
use proptest::prelude::*;

use crate::{Facts, Value, evaluate, evaluate_with_cel, tests::Example};

/// Makes expressions that the checker would allow, each choice from the next byte; when there are none left, leaves.
struct Maker<'b> {
    bytes: std::slice::Iter<'b, u8>,
    /// The variables bound so far, each with whether it is a text.
    bound: Vec<String>,
}

/// Deepest expression made.
const DEPTH: u32 = 6;

impl Maker<'_> {
    fn pick(&mut self, choices: u8) -> u8 {
        self.bytes.next().copied().unwrap_or(0) % choices
    }

    fn boxed(expression: Expression) -> Box<Expression> {
        Box::new(expression)
    }

    fn pair(
        &mut self,
        depth: u32,
        make: fn(&mut Self, u32) -> Expression,
    ) -> (Box<Expression>, Box<Expression>) {
        let left = make(self, depth);
        (Self::boxed(left), Self::boxed(make(self, depth)))
    }

    fn number(&mut self, depth: u32) -> Expression {
        use BinaryOperator::*;
        if depth == 0 {
            let index = u32::from(self.pick(3));
            return match self.pick(6) {
                0 => Expression::Number(
                    [0.0, 1.5, -3.0, 1e300, f64::NAN, f64::INFINITY][self.pick(6) as usize],
                ),
                1 => Expression::Signal(SignalIndex(index)),
                2 => Expression::Param(ParamIndex(0)),
                3 => Expression::EventCount { event: EventIndex(index), span: Millis(1) },
                4 => Expression::Learned {
                    signal: SignalIndex(index),
                    model: Learned::Changepoint { train: Millis(1) },
                    part: LearnedPart::Score,
                },
                _ => Expression::Window {
                    function: if index == 2 { WindowFunction::Rate } else { WindowFunction::Max },
                    signal: SignalIndex(index),
                    span: Millis(60_000),
                },
            };
        }
        let depth = depth - 1;
        match self.pick(8) {
            choice @ 0..4 => {
                let operator = [Add, Subtract, Multiply, Divide][choice as usize];
                let (left, right) = self.pair(depth, Self::number);
                Expression::Binary(operator, left, right)
            }
            4 => Expression::Unary(UnaryOperator::Negate, Self::boxed(self.number(depth))),
            5 => {
                let (value, fallback) = self.pair(depth, Self::number);
                Expression::Or(value, fallback)
            }
            6 => Expression::Call(Function::Double, vec![self.anything(depth)]),
            _ => Expression::TimeTo {
                signal: SignalIndex(0),
                model: Learned::Changepoint { train: Millis(1) },
                threshold: Self::boxed(self.number(depth)),
            },
        }
    }

    fn whole(&mut self, depth: u32) -> Expression {
        use BinaryOperator::*;
        if depth == 0 {
            return Expression::Integer([0, 1, 2, -7, i64::MAX, i64::MIN][self.pick(6) as usize]);
        }
        let depth = depth - 1;
        match self.pick(9) {
            choice @ 0..5 => {
                let operator = [Add, Subtract, Multiply, Divide, Remainder][choice as usize];
                let (left, right) = self.pair(depth, Self::whole);
                Expression::Binary(operator, left, right)
            }
            5 => Expression::Unary(UnaryOperator::Negate, Self::boxed(self.whole(depth))),
            6 => Expression::Call(Function::Int, vec![self.anything(depth)]),
            7 => self.time_part(depth),
            _ => Expression::Call(Function::Size, vec![self.list(depth)]),
        }
    }

    fn time_part(&mut self, depth: u32) -> Expression {
        let part = TimePart::ALL[self.pick(10) as usize];
        let at = match self.pick(4) {
            0 => self.number(depth),
            1 => Expression::Call(Function::Timestamp, vec![self.whole(depth)]),
            _ => Expression::Number(
                [0.0, -0.25, 1_710_036_000.123, 1_711_846_799.999, 253_402_300_799.5, 1e12]
                    [self.pick(6) as usize],
            ),
        };
        let zones =
            ["", "UTC", "Europe/Berlin", "America/New_York", "+05:30", "-00:30", "05:30", "24:00", "Mars"];
        let mut operands = vec![at];
        match self.pick(4) {
            0 => {}
            1 => operands.push(self.text(depth)),
            _ => operands.push(Expression::Text(zones[self.pick(9) as usize].to_owned())),
        }
        Expression::Call(Function::TimePart(part), operands)
    }

    fn text(&mut self, depth: u32) -> Expression {
        if depth == 0 {
            return match self.pick(4) {
                0 => Expression::KeyField("service".to_owned()),
                1 => Expression::KeyField("zone".to_owned()),
                2 => {
                    Expression::Text(["", "cart", "12", "true", "1.5", "é"][self.pick(6) as usize].to_owned())
                }
                _ => self.json(0),
            };
        }
        let depth = depth - 1;
        match self.pick(4) {
            0 => {
                let (left, right) = self.pair(depth, Self::text);
                // Only one side is a value from outside: two of them do not add.
                let left = Expression::Call(Function::String, vec![*left]);
                Expression::Binary(BinaryOperator::Add, Self::boxed(left), right)
            }
            1 => Expression::Call(Function::String, vec![self.anything(depth)]),
            2 => self.conditional(depth, Self::text),
            _ => self.text(0),
        }
    }

    fn conditional(&mut self, depth: u32, make: fn(&mut Self, u32) -> Expression) -> Expression {
        let condition = self.condition(depth);
        let (then, otherwise) = self.pair(depth, make);
        Expression::Conditional(Self::boxed(condition), then, otherwise)
    }

    /// A value from outside, or a variable.
    fn json(&mut self, depth: u32) -> Expression {
        if depth == 0 {
            let at = self.pick(8) as usize;
            let name = self.bound.get(at).cloned();
            return Expression::Variable(
                name.unwrap_or_else(|| ["body", "it", "nothing"][at % 3].to_owned()),
            );
        }
        let depth = depth - 1;
        let value = Self::boxed(self.json(depth));
        let field = ["alerts", "name", "count", "labels", "none"][self.pick(5) as usize].to_owned();
        match self.pick(3) {
            0 => Expression::Element(value, Self::boxed(self.whole(depth))),
            1 => Expression::Element(value, Self::boxed(Expression::Text(field))),
            _ => Expression::Select(value, field),
        }
    }

    fn list(&mut self, depth: u32) -> Expression {
        if depth == 0 {
            return if self.pick(2) == 0 { self.json(0) } else { Expression::List(Vec::new()) };
        }
        let depth = depth - 1;
        match self.pick(5) {
            0 => Expression::List((0..self.pick(4)).map(|_| self.number(depth)).collect()),
            1 => Expression::List((0..self.pick(4)).map(|_| self.text(depth)).collect()),
            2 => self.comprehension(Comprehension::Filter, depth, Self::condition),
            3 => self.comprehension(Comprehension::Map, depth, Self::anything),
            _ => self.json(depth),
        }
    }

    fn comprehension(
        &mut self,
        kind: Comprehension,
        depth: u32,
        body: fn(&mut Self, u32) -> Expression,
    ) -> Expression {
        let list = Self::boxed(self.list(depth));
        let variable = format!("@{}", self.bound.len());
        self.bound.push(variable.clone());
        let body = Self::boxed(body(self, depth));
        self.bound.pop();
        Expression::Comprehension { kind, list, variable, body }
    }

    fn anything(&mut self, depth: u32) -> Expression {
        match self.pick(6) {
            0 => self.number(depth),
            1 => self.whole(depth),
            2 => self.text(depth),
            3 => self.condition(depth),
            4 => self.list(depth),
            _ => self.json(depth),
        }
    }

    fn condition(&mut self, depth: u32) -> Expression {
        use BinaryOperator::*;
        let index = u32::from(self.pick(3));
        if depth == 0 {
            return match self.pick(5) {
                0 => Expression::Bool(index == 0),
                1 => Expression::Absent { signal: SignalIndex(index), span: Millis(1) },
                2 => Expression::EventWithin { event: EventIndex(index), span: Millis(1) },
                3 => self.json(0),
                _ => Expression::Firing(DetectorIndex(index)),
            };
        }
        let depth = depth - 1;
        match self.pick(12) {
            choice @ 0..2 => {
                let (left, right) = self.pair(depth, Self::condition);
                Expression::Binary([And, Or][choice as usize], left, right)
            }
            2 => Expression::Unary(UnaryOperator::Not, Self::boxed(self.condition(depth))),
            3 => self.conditional(depth, Self::condition),
            4 => {
                let (left, right) = self.pair(depth, Self::anything);
                Expression::Binary([Equal, NotEqual][index as usize % 2], left, right)
            }
            5 => {
                let make = [Self::number, Self::whole, Self::text, Self::condition][self.pick(4) as usize];
                let (left, right) = self.pair(depth, make);
                let operator = [Less, LessOrEqual, Greater, GreaterOrEqual][self.pick(4) as usize];
                Expression::Binary(operator, left, right)
            }
            6 => {
                let item = Self::boxed(self.anything(depth));
                Expression::Binary(In, item, Self::boxed(self.list(depth)))
            }
            7 => self.comprehension(
                [Comprehension::All, Comprehension::Exists, Comprehension::ExistsOne][index as usize],
                depth,
                Self::condition,
            ),
            8 => {
                let functions = [Function::StartsWith, Function::EndsWith, Function::Contains];
                let (text, part) = self.pair(depth, Self::text);
                Expression::Call(functions[index as usize], vec![*text, *part])
            }
            9 => {
                let pattern = ["^c", "[0-9]+", "("][index as usize];
                let text = self.text(depth);
                Expression::Call(Function::Matches, vec![text, Expression::Text(pattern.to_owned())])
            }
            10 => {
                let value = Self::boxed(self.json(depth));
                Expression::Call(Function::Has, vec![Expression::Select(value, "name".to_owned())])
            }
            _ => Expression::Call(Function::Bool, vec![self.anything(depth)]),
        }
    }
}

fn same(left: &Option<Value>, right: &Option<Value>) -> bool {
    match (left, right) {
        (Some(Value::Number(a)), Some(Value::Number(b))) => a == b || (a.is_nan() && b.is_nan()),
        (Some(Value::List(a)), Some(Value::List(b))) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(&Some(a.clone()), &Some(b.clone())))
        }
        _ => left == right,
    }
}

fn agree<'b>(bytes: &'b [u8], make: fn(&mut Maker<'b>, u32) -> Expression) -> Result<(), TestCaseError> {
    let mut maker = Maker { bytes: bytes.iter(), bound: Vec::new() };
    let expression = make(&mut maker, DEPTH);
    let (ours, cel) = (evaluate(&expression, &Example), evaluate_with_cel(&expression, &Example));
    prop_assert!(same(&ours, &cel), "ours {ours:?}, CEL {cel:?} of {expression:?}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn walking_and_cel_agree_on_any_condition(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        agree(&bytes, Maker::condition)?;
    }

    #[test]
    fn walking_and_cel_agree_on_any_part_of_a_time(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        agree(&bytes, Maker::time_part)?;
    }

    #[test]
    fn walking_and_cel_agree_on_any_number(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        agree(&bytes, Maker::number)?;
    }

    #[test]
    fn walking_and_cel_agree_on_any_list(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        agree(&bytes, Maker::list)?;
    }

    #[test]
    fn facts_that_are_left_out_are_unknown(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        struct Nothing;
        impl Facts for Nothing {
            fn param(&self, _: ParamIndex) -> Option<f64> {
                None
            }
            fn signal(&self, _: SignalIndex) -> Option<f64> {
                None
            }
            fn window(&self, _: WindowFunction, _: SignalIndex, _: Millis) -> Option<f64> {
                None
            }
            fn firing(&self, _: DetectorIndex) -> Option<bool> {
                None
            }
            fn key_field(&self, _: &str) -> Option<String> {
                None
            }
            fn entity_field(&self, _: &str, _: EntityIndex, _: &[String]) -> Option<Value> {
                None
            }
        }
        let mut maker = Maker { bytes: bytes.iter(), bound: Vec::new() };
        let condition = maker.condition(DEPTH);
        let (ours, cel) = (evaluate(&condition, &Nothing), evaluate_with_cel(&condition, &Nothing));
        prop_assert!(same(&ours, &cel), "ours {ours:?}, CEL {cel:?} of {condition:?}");
    }
}
