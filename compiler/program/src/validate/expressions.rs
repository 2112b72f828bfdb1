//! What every expression of a program is.

use super::Validator;
use crate::{AggregateFunction, Expression, Learned, Millis, Read, WindowFunction};

/// Deepest nesting of an expression in a program: what the compiler lets through, and room for what it adds.
const DEPTH_MAX: usize = 512;

/// A quantile in ten-thousandths.
const QUANTILE_MAX: u32 = 10_000;

/// Where an expression stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Where only list macros bind names.
    Inside,
    /// In a source or a request, where names of what comes from outside are bound too.
    Outside,
}

impl Validator<'_> {
    /// An expression and all below it.
    pub(super) fn expression(&mut self, expression: &Expression, place: Place) {
        // Found without recursion: one from elsewhere may be deeper than a stack.
        let depth = expression.size().depth;
        self.require(depth <= DEPTH_MAX, || format!("an expression nests {depth} deep"));
        if depth <= DEPTH_MAX {
            expression.walk(&mut |node| self.expression_node(node));
            if place == Place::Inside {
                self.bound(expression, &mut Vec::new());
            }
        }
    }

    /// One node of an expression.
    pub(super) fn expression_node(&mut self, node: &Expression) {
        if let Some(read) = node.read() {
            self.read(read);
        }
        match node {
            Expression::Number(number) => {
                self.require(number.is_finite(), || "it holds a number that is none".to_owned());
            }
            Expression::Param(param) => {
                let is_there = self.program.param(*param).is_some();
                self.require(is_there, || "it reads a param that is not there".to_owned());
            }
            Expression::Window { function, span, .. } => {
                self.positive(*span, function.word());
                if let WindowFunction::Quantile(quantile) = function {
                    self.quantile(*quantile);
                }
            }
            Expression::Absent { span, .. } => self.positive(*span, "absent"),
            Expression::EventWithin { span, .. } | Expression::EventCount { span, .. } => {
                self.positive(*span, "within");
            }
            Expression::Learned { model, .. } | Expression::TimeTo { model, .. } => self.learned(model),
            Expression::Aggregate { function, by, keys, .. } => {
                let is_part = by.iter().all(|field| keys.contains(field));
                self.require(is_part, || "it groups by a field that its operand lacks".to_owned());
                if let AggregateFunction::Quantile(quantile) = function {
                    self.quantile(*quantile);
                }
            }
            Expression::EntityField { path, .. } => {
                self.require(!path.is_empty(), || "a way to a field is empty".to_owned());
            }
            Expression::During(calendar) => self.calendar(calendar),
            Expression::Integer(_)
            | Expression::Text(_)
            | Expression::Bool(_)
            | Expression::List(_)
            | Expression::Signal(_)
            | Expression::ForKey { .. }
            | Expression::Firing(_)
            | Expression::KeyField(_)
            | Expression::Episode(_)
            | Expression::Secret(_)
            | Expression::Variable(_)
            | Expression::Select(..)
            | Expression::Element(..)
            | Expression::Comprehension { .. }
            | Expression::Unary(..)
            | Expression::Binary(..)
            | Expression::Conditional(..)
            | Expression::Or(..)
            | Expression::Call(..) => {}
        }
    }

    fn read(&mut self, read: Read) {
        let (is_there, what) = match read {
            Read::Signal(signal, _) => (self.program.signal(signal).is_some(), "signal"),
            Read::Detector(detector) => (self.program.detector(detector).is_some(), "detector"),
            Read::Event(event, _) => (self.program.event(event).is_some(), "event"),
            Read::Entity(entity) => (self.program.entity(entity).is_some(), "entity"),
        };
        self.require(is_there, || format!("it reads a {what} that is not there"));
    }

    fn learned(&mut self, model: &Learned) {
        match model {
            Learned::Baseline { season, train } => {
                self.positive(*season, "season");
                self.positive(*train, "train");
            }
            Learned::Forecast { ahead, train, .. } => {
                self.positive(*ahead, "ahead");
                self.positive(*train, "train");
            }
            Learned::Outlier { train, .. } | Learned::Changepoint { train } | Learned::Anomaly { train } => {
                self.positive(*train, "train");
            }
            Learned::Model { samples, .. } => {
                self.require(*samples > 0, || "a model is given no samples".to_owned());
            }
        }
        self.require(model.train() >= Millis::ZERO, || "`train` is negative".to_owned());
    }

    fn quantile(&mut self, quantile: u32) {
        self.require(quantile <= QUANTILE_MAX, || "a quantile is beyond one".to_owned());
    }

    /// Whether every name is bound by a list macro around it.
    fn bound<'e>(&mut self, expression: &'e Expression, names: &mut Vec<&'e str>) {
        if let Expression::Variable(name) = expression {
            let is_bound = names.contains(&name.as_str());
            self.require(is_bound, || format!("nothing binds `{name}`"));
        }
        if let Expression::Comprehension { list, variable, body, .. } = expression {
            self.bound(list, names);
            names.push(variable);
            self.bound(body, names);
            names.pop();
            return;
        }
        for part in expression.operands() {
            self.bound(part, names);
        }
    }
}
