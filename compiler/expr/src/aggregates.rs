//! Aggregation over keys: `rss.sum(by: [namespace])`.

use heal_diagnostics::Code;
use heal_program::{AggregateFunction, Dimension, Expression as Lowered};
use heal_syntax::tree::{CallArgument, Expression, Name};

use crate::{
    Expected, Key, Type,
    arguments::{Parameter, required},
    checker::{Checker, Typed},
    mismatch::Operand,
    variables::reads_variable,
};

/// The functions over keys that take the fields to group by, and nothing else.
pub(crate) const AGGREGATES: &[(&str, AggregateFunction)] = &[
    ("avg", AggregateFunction::Avg),
    ("min", AggregateFunction::Min),
    ("max", AggregateFunction::Max),
    ("sum", AggregateFunction::Sum),
    ("count", AggregateFunction::Count),
    ("stddev", AggregateFunction::Stddev),
    ("any", AggregateFunction::Any),
    ("all", AggregateFunction::All),
];

impl Checker<'_> {
    /// `x.sum(by: [service])`
    pub(crate) fn aggregate(
        &mut self,
        receiver: &Expression,
        function: &Name,
        aggregate: AggregateFunction,
        arguments: &[CallArgument],
    ) -> Typed {
        let typed = self.expression(receiver);
        let usage = format!("x.{}(by: [service])", function.value);
        let parameters: [Parameter; 1] = [required("by")];
        let given = self.bind(function, arguments, parameters, &usage);
        let Some([Some(by)]) = given else { return Typed::unknown() };
        self.aggregated(typed, receiver, function, aggregate, by)
    }

    /// `x.quantile(0.9, by: [service])`
    pub(crate) fn aggregated_quantile(
        &mut self,
        receiver: &Expression,
        function: &Name,
        arguments: &[CallArgument],
    ) -> Typed {
        let typed = self.expression(receiver);
        let usage = "x.quantile(0.9, by: [service])";
        let given = self.bind(function, arguments, [required("quantile"), required("by")], usage);
        let Some([Some(share), Some(by)]) = given else { return Typed::unknown() };
        let parts = self.ten_thousandths(share);
        let Some(parts) = parts else { return Typed::unknown() };
        self.aggregated(typed, receiver, function, AggregateFunction::Quantile(parts), by)
    }

    fn aggregated(
        &mut self,
        typed: Typed,
        receiver: &Expression,
        function: &Name,
        aggregate: AggregateFunction,
        by: &Expression,
    ) -> Typed {
        if typed.type_ == Type::Unknown {
            return Typed::unknown();
        }
        let conditions = matches!(aggregate, AggregateFunction::Any | AggregateFunction::All);
        let typed = match (conditions, aggregate == AggregateFunction::Count && typed.type_ == Type::Bool) {
            (true, _) => self.expect(typed, receiver, &Expected::Condition),
            (false, true) => typed,
            (false, false) => {
                let operand = Operand { written: receiver, typed: &typed };
                if self.is_quantity(operand, "put together over keys") {
                    typed.into_double()
                } else {
                    Typed::unknown()
                }
            }
        };
        if typed.type_ == Type::Unknown {
            return Typed::unknown();
        }
        if typed.key.fields().is_empty() {
            let message = format!("{} has no key: there is one series of it", self.quoted(receiver.range));
            let diagnostic = self.error(Code::KEY_MISMATCH, function.range, message);
            let help = format!("read it as it is: `{}`", self.source.line(receiver.range));
            self.diagnostics.push(diagnostic.with_help(help));
            return Typed::unknown();
        }
        if reads_variable(&typed.expression, &self.variables) {
            let message = format!(
                "{} reads what a list macro binds, and cannot be put together over keys",
                self.quoted(receiver.range)
            );
            self.report(Code::TYPE_MISMATCH, receiver.range, message);
            return Typed::unknown();
        }
        let Some(by) = self.key_fields(function, by, &typed.key) else { return Typed::unknown() };
        let (type_, ground) = match aggregate {
            AggregateFunction::Count => (Type::Quantity(Dimension::COUNT), None),
            AggregateFunction::Any | AggregateFunction::All => (Type::Bool, None),
            AggregateFunction::Avg
            | AggregateFunction::Min
            | AggregateFunction::Max
            | AggregateFunction::Sum
            | AggregateFunction::Stddev
            | AggregateFunction::Quantile(_) => (typed.type_, typed.ground),
        };
        let expression = Lowered::Aggregate {
            function: aggregate,
            by: by.clone(),
            keys: typed.key.fields().to_vec(),
            operand: Box::new(typed.expression),
        };
        Typed { expression, type_, key: Key::new(by), ground }
    }
}
