//! Keys of operands, and the aggregation that brings two together.

use heal_diagnostics::{Code, Diagnostic, Edit, Fix, Safety, TextRange};
use heal_program::Dimension;
use heal_syntax::tree::Expression;

use crate::{
    Key, Source, Type,
    checker::{Checker, Typed},
    mismatch::{Operand, Tightness, needs_brackets},
};

impl Checker<'_> {
    /// The key of two operands, or what is wrong with theirs.
    pub(crate) fn join(&mut self, left: Operand<'_>, right: Operand<'_>) -> Option<Key> {
        let key = left.typed.key.join(&right.typed.key);
        if key.is_some() {
            return key;
        }
        let say = |operand: Operand<'_>| {
            format!("{} has the key {}", self.quoted(operand.range()), operand.typed.key)
        };
        let message = format!("{}, and {}: neither contains the other", say(left), say(right));
        let mut diagnostic = self
            .error(Code::KEY_MISMATCH, right.range(), message)
            .with_label(format!("by {}", right.typed.key))
            .with_secondary(self.source.file, left.range(), format!("by {}", left.typed.key));
        let (only_left, only_right) =
            (left.typed.key.without(&right.typed.key), right.typed.key.without(&left.typed.key));
        if let ([one], [other]) = (only_left.fields(), only_right.fields()) {
            diagnostic = diagnostic.with_help(format!(
                "do `{one}` and `{other}` name the same? then give them one name, in `by`"
            ));
        }
        let common = left.typed.key.common(&right.typed.key);
        if common.fields().is_empty() {
            let apart = "their keys have no field in common, so nothing says which value belongs to which";
            diagnostic = diagnostic.with_help(format!(
                "{apart}; as a last choice, take all of one of them together: `{}`",
                aggregated(right.written, right.typed, &common, self.source)
            ));
        } else {
            diagnostic = diagnostic
                .with_help("aggregate one of them over its keys, so that its key is a part of the other's");
            for operand in [right, left] {
                let brackets = needs_brackets(operand.written, Tightness::Receiver);
                let fix = aggregation_fix(operand.typed, operand.range(), brackets, &common, self.source);
                diagnostic.fixes.push(fix);
            }
        }
        self.diagnostics.push(diagnostic);
        None
    }
}

/// An expression, aggregated so that its key is `by`.
fn aggregated(written: &Expression, typed: &Typed, by: &Key, source: Source<'_>) -> String {
    let (text, call) = (source.line(written.range), typed.aggregation(by));
    if needs_brackets(written, Tightness::Receiver) {
        format!("({text}){call}")
    } else {
        format!("{text}{call}")
    }
}

/// The rewrite that aggregates an expression so that its key is `by`.
fn aggregation_fix(typed: &Typed, range: TextRange, brackets: bool, by: &Key, source: Source<'_>) -> Fix {
    let call = typed.aggregation(by);
    let at = |offset: u32| TextRange { start: offset, end: offset };
    let edit = |offset: u32, text: String| Edit { file: source.file, range: at(offset), text };
    let text = source.line(range);
    let (title, edits) = if brackets {
        let after = format!("){call}");
        (format!("write `({text}){call}`"), vec![edit(range.start, "(".to_owned()), edit(range.end, after)])
    } else {
        (format!("write `{text}{call}`"), vec![edit(range.end, call)])
    };
    Fix { title, safety: Safety::Unsafe, edits }
}

impl Typed {
    /// What to write behind this expression so that its key is `by`, such as `.sum(by: [service])`: whether any of them
    /// is true, the sum of what adds up, the largest of what does not.
    #[must_use]
    pub fn aggregation(&self, by: &Key) -> String {
        let adds_up = |dimension: Dimension| dimension.count > 0 || dimension.data > 0;
        let function = match &self.type_ {
            Type::Bool => "any",
            Type::Quantity(dimension) if adds_up(*dimension) => "sum",
            Type::Quantity(_)
            | Type::Number
            | Type::Integer
            | Type::Text
            | Type::Timestamp
            | Type::List(_)
            | Type::Entity(_)
            | Type::Learned(_)
            | Type::Json
            | Type::Unknown => "max",
        };
        format!(".{function}(by: [{}])", by.fields().join(", "))
    }
}

/// Adds the aggregation of `written`, whose key is not part of the one at hand, as a rewrite: what a caller offers that
/// refuses the key of an expression itself.
#[must_use]
pub fn with_aggregation(
    mut diagnostic: Diagnostic,
    typed: &Typed,
    written: &Expression,
    by: &Key,
    source: Source<'_>,
) -> Diagnostic {
    let brackets = needs_brackets(written, Tightness::Receiver);
    let fix = aggregation_fix(typed, written.range, brackets, &typed.key.common(by), source);
    diagnostic.fixes.push(fix);
    diagnostic
}
