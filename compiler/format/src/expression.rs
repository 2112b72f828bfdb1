//! Expressions to text.

use heal_diagnostics::TextRange;
use heal_syntax::tree::{BinaryOperator, CallArgument, Expression, ExpressionKind, Spanned, UnaryOperator};
use heal_syntax::{ITEM_KEYWORDS, STATEMENT_KEYWORDS};

use crate::literals::{quoted, requoted};

/// Every operand binds tighter than the loosest, a conditional.
const CONDITIONAL: u8 = 0;
const UNARY: u8 = 6;
const POSTFIX: u8 = 7;

/// The canonical text of an expression, on one line, with no more brackets than it needs. Its texts are written in double
/// quotes.
#[must_use]
pub fn expression_text(expression: &Expression) -> String {
    Spelling { source: None, careful: false }.expression(expression)
}

/// How things on a line are written.
#[derive(Clone, Copy)]
pub(crate) struct Spelling<'a> {
    /// The text that the tree was read from, if that is known: raw texts and escapes are not in the tree.
    pub(crate) source: Option<&'a str>,
    /// Whether a name that is a keyword gets brackets.
    pub(crate) careful: bool,
}

impl Spelling<'_> {
    /// An expression on one line.
    pub(crate) fn expression(self, expression: &Expression) -> String {
        let mut text = String::new();
        self.write(&mut text, expression, CONDITIONAL);
        text
    }

    /// An operand of an operator, in brackets if it binds less than `least`.
    pub(crate) fn operand(self, expression: &Expression, least: u8) -> String {
        let mut text = String::new();
        self.write(&mut text, expression, least);
        text
    }

    /// A text.
    pub(crate) fn text(self, text: &Spanned<String>) -> String {
        self.literal(&text.value, text.range)
    }

    /// Arguments in round brackets.
    pub(crate) fn arguments(self, arguments: &[CallArgument]) -> String {
        let mut text = String::new();
        self.write_arguments(&mut text, arguments);
        text
    }

    /// Expressions in square brackets.
    pub(crate) fn list(self, elements: &[Expression]) -> String {
        let mut text = String::new();
        self.write_list(&mut text, elements);
        text
    }

    fn literal(self, value: &str, range: TextRange) -> String {
        let written = self.source.and_then(|text| text.get(range.start as usize..range.end as usize));
        written.map_or_else(|| quoted(value), requoted)
    }

    fn write(self, out: &mut String, expression: &Expression, least: u8) {
        let has_brackets = binding(&expression.kind) < least || self.is_risky(&expression.kind);
        if has_brackets {
            out.push('(');
        }
        match expression.kind.as_ref() {
            ExpressionKind::Number { digits, unit } => {
                out.push_str(digits);
                out.push_str(unit.as_deref().unwrap_or(""));
            }
            ExpressionKind::Text(value) => out.push_str(&self.literal(value, expression.range)),
            ExpressionKind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            ExpressionKind::List(elements) => self.write_list(out, elements),
            ExpressionKind::Name(name) => out.push_str(name),
            ExpressionKind::Field(receiver, name) => {
                self.write(out, receiver, POSTFIX);
                out.push('.');
                out.push_str(&name.value);
            }
            ExpressionKind::Call { receiver, function, arguments } => {
                if let Some(receiver) = receiver {
                    self.write(out, receiver, POSTFIX);
                    out.push('.');
                }
                out.push_str(&function.value);
                self.write_arguments(out, arguments);
            }
            ExpressionKind::Index(receiver, index) => {
                self.write(out, receiver, POSTFIX);
                out.push('[');
                self.write(out, index, CONDITIONAL);
                out.push(']');
            }
            ExpressionKind::Unary(operator, operand) => {
                out.push(match operator.value {
                    UnaryOperator::Not => '!',
                    UnaryOperator::Negate => '-',
                });
                self.write(out, operand, UNARY);
            }
            ExpressionKind::Binary(left, operator, right) => {
                // All operators bind to the left.
                let own = operator_binding(operator.value);
                self.write(out, left, own);
                out.push_str(operator_text(operator.value));
                self.write(out, right, own + 1);
            }
            ExpressionKind::Conditional(condition, positive, negative) => {
                self.write(out, condition, CONDITIONAL + 1);
                out.push_str(" ? ");
                self.write(out, positive, CONDITIONAL + 1);
                out.push_str(" : ");
                self.write(out, negative, CONDITIONAL);
            }
        }
        if has_brackets {
            out.push(')');
        }
    }

    fn write_arguments(self, out: &mut String, arguments: &[CallArgument]) {
        out.push('(');
        for (at, argument) in arguments.iter().enumerate() {
            out.push_str(if at == 0 { "" } else { ", " });
            if let Some(name) = &argument.name {
                out.push_str(&name.value);
                out.push_str(": ");
            }
            self.write(out, &argument.value, CONDITIONAL);
        }
        out.push(')');
    }

    fn write_list(self, out: &mut String, elements: &[Expression]) {
        out.push('[');
        for (at, element) in elements.iter().enumerate() {
            out.push_str(if at == 0 { "" } else { ", " });
            self.write(out, element, CONDITIONAL);
        }
        out.push(']');
    }

    /// Whether an expression may be taken for the beginning of a statement or an item.
    fn is_risky(self, kind: &ExpressionKind) -> bool {
        matches!(kind, ExpressionKind::Name(name) if self.careful && is_keyword(name))
    }
}

/// How tightly an operator binds. The order is the parser's.
pub(crate) fn operator_binding(operator: BinaryOperator) -> u8 {
    match operator {
        BinaryOperator::Or => 1,
        BinaryOperator::And => 2,
        BinaryOperator::Equal
        | BinaryOperator::NotEqual
        | BinaryOperator::Less
        | BinaryOperator::LessOrEqual
        | BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual
        | BinaryOperator::In => 3,
        BinaryOperator::Add | BinaryOperator::Subtract => 4,
        BinaryOperator::Multiply | BinaryOperator::Divide | BinaryOperator::Remainder => 5,
    }
}

/// An operator with a blank on each side.
fn operator_text(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Or => " || ",
        BinaryOperator::And => " && ",
        BinaryOperator::Equal => " == ",
        BinaryOperator::NotEqual => " != ",
        BinaryOperator::Less => " < ",
        BinaryOperator::LessOrEqual => " <= ",
        BinaryOperator::Greater => " > ",
        BinaryOperator::GreaterOrEqual => " >= ",
        BinaryOperator::In => " in ",
        BinaryOperator::Add => " + ",
        BinaryOperator::Subtract => " - ",
        BinaryOperator::Multiply => " * ",
        BinaryOperator::Divide => " / ",
        BinaryOperator::Remainder => " % ",
    }
}

fn binding(kind: &ExpressionKind) -> u8 {
    match kind {
        ExpressionKind::Conditional(..) => CONDITIONAL,
        ExpressionKind::Binary(_, operator, _) => operator_binding(operator.value),
        ExpressionKind::Unary(..) => UNARY,
        ExpressionKind::Number { .. }
        | ExpressionKind::Text(_)
        | ExpressionKind::Bool(_)
        | ExpressionKind::List(_)
        | ExpressionKind::Name(_)
        | ExpressionKind::Field(..)
        | ExpressionKind::Call { .. }
        | ExpressionKind::Index(..) => POSTFIX,
    }
}

fn is_keyword(name: &str) -> bool {
    let mut statements = STATEMENT_KEYWORDS.iter().flat_map(|(_, words)| words.iter());
    ITEM_KEYWORDS.contains(&name) || statements.any(|words| words.split(' ').next() == Some(name))
}
