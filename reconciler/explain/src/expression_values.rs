//! Numbers in the unit in which people know what they are of.

use heal_program::{Expression, Program, Read, Signal, SignalIndex};
use heal_report::{base_unit, dimension_of, display_unit, quantity, quantity_beside, quantity_towards};

/// Writes the numbers that an expression gives, and what it is compared with.
pub(crate) struct Scale {
    unit: String,
    scale: f64,
    offset: f64,
}

impl Scale {
    /// The scale of an expression: that of its one signal where it measures the same, else the base unit.
    pub(crate) fn of(program: &Program, expression: &Expression) -> Scale {
        let dimension = dimension_of(program, expression);
        let mut signals: Vec<SignalIndex> = Vec::new();
        expression.walk(&mut |part| {
            if let Some(Read::Signal(signal, _)) = part.read()
                && !signals.contains(&signal)
            {
                signals.push(signal);
            }
        });
        let one = match signals.as_slice() {
            [signal] => program.signal(*signal),
            _ => None,
        };
        let is_own = |signal: &&Signal| {
            Some(signal.dimension) == dimension && signal.unit.is_some() && signal.scale != 0.0
        };
        // A difference of two temperatures is none itself.
        let is_level = |signal: &&Signal| signal.offset == 0.0 || reads_levels_only(expression);
        match one.filter(is_own).filter(is_level) {
            Some(signal) => Scale { unit: display_unit(signal), scale: signal.scale, offset: signal.offset },
            None => Scale { unit: dimension.map(base_unit).unwrap_or_default(), scale: 1.0, offset: 0.0 },
        }
    }

    /// A number in the base unit, as people read it.
    pub(crate) fn text(&self, number: f64) -> String {
        quantity((number - self.offset) / self.scale, &self.unit)
    }

    /// The same beside a number that it is compared with: rounding does not move it to the other side.
    pub(crate) fn text_beside(&self, number: f64, other: Option<f64>) -> String {
        let shown = |number: f64| (number - self.offset) / self.scale;
        match other {
            Some(other) => quantity_beside(shown(number), shown(other), &self.unit),
            None => self.text(number),
        }
    }
}

impl Scale {
    /// A bound in the base unit, rounded so that what is beyond the text is beyond the bound: up where it must be exceeded.
    pub(crate) fn bound(&self, number: f64, up: bool) -> String {
        // A scale that turns the order around would turn the side; no unit has one.
        quantity_towards((number - self.offset) / self.scale, &self.unit, up)
    }

    /// A bound and the value that is compared with it, with as many digits as tell them apart.
    pub(crate) fn bound_and_value(&self, (bound, up): (f64, bool), value: f64) -> (String, String) {
        let texts = (self.bound(bound, up), self.text(value));
        if texts.0 != texts.1 || bound == value {
            return texts;
        }
        (self.digits(bound), self.digits(value))
    }
}

/// Whether an expression gives a value on its signal's own scale, and no difference of two.
fn reads_levels_only(expression: &Expression) -> bool {
    use heal_program::WindowFunction as W;
    let mut levels = true;
    expression.walk(&mut |part| {
        if let Expression::Window { function, .. } = part {
            levels &= match function {
                W::Avg | W::Min | W::Max | W::Median | W::Quantile(_) | W::Lag | W::Ewma => true,
                W::Sum | W::Count | W::Stddev | W::Rate | W::Increase | W::Delta | W::Slope => false,
            };
        }
        levels &= !matches!(part, Expression::Binary(..) | Expression::Unary(..));
    });
    levels
}

impl Scale {
    /// A number with all its digits.
    fn digits(&self, number: f64) -> String {
        let number = (number - self.offset) / self.scale;
        match self.unit.as_str() {
            "" => number.to_string(),
            "ratio" => format!("{}%", number * 100.0),
            "%" | "percent" => format!("{number}%"),
            unit => format!("{number} {unit}"),
        }
    }
}
