//! Expressions as written.

use heal_diagnostics::TextRange;
pub use heal_operators::{BinaryOperator, Binding, UnaryOperator};

use super::{CallArgument, Name, Spanned};

/// An expression: CEL with unit literals.
#[derive(Clone, Debug)]
pub struct Expression {
    /// What it is.
    pub kind: Box<ExpressionKind>,
    /// Where it stands, brackets around it not included.
    pub range: TextRange,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Expression {
    /// Calls `visit` on the expressions directly below this one, from left to right.
    pub fn each_operand<'t>(&'t self, visit: &mut dyn FnMut(&'t Expression)) {
        match self.kind.as_ref() {
            ExpressionKind::Number { .. }
            | ExpressionKind::Text(_)
            | ExpressionKind::Bool(_)
            | ExpressionKind::Name(_) => {}
            ExpressionKind::List(items) => items.iter().for_each(visit),
            ExpressionKind::Call { receiver, arguments, .. } => {
                receiver.iter().chain(arguments.iter().map(|argument| &argument.value)).for_each(visit);
            }
            ExpressionKind::Field(operand, _) | ExpressionKind::Unary(_, operand) => visit(operand),
            ExpressionKind::Index(left, right) | ExpressionKind::Binary(left, _, right) => {
                visit(left);
                visit(right);
            }
            ExpressionKind::Conditional(condition, then, otherwise) => {
                visit(condition);
                visit(then);
                visit(otherwise);
            }
        }
    }
}

/// The kinds of expressions. Brackets that only group are not in the tree; the formatter puts back those needed.
#[derive(Clone, Debug, PartialEq)]
pub enum ExpressionKind {
    /// `12`, `0.5`, `250ms`, `95%`, `100/s`: digits as written, and the unit glued to them, if any.
    Number {
        /// The digits, with point and exponent, as written.
        digits: String,
        /// `ms`, `%`, `MiB`, `/s`; `h15m` of the compound `1h15m`; none for a bare number.
        unit: Option<String>,
    },
    /// `"text"` or `'text'` or `` `text` `` (no escapes in the last), unescaped.
    Text(String),
    /// `true`, `false`
    Bool(bool),
    /// `[a, b]`
    List(Vec<Expression>),
    /// `name`
    Name(String),
    /// `receiver.field`
    Field(Expression, Name),
    /// `function(arguments)` or `receiver.function(arguments)`
    Call {
        /// What stands before the dot.
        receiver: Option<Expression>,
        /// The function's name.
        function: Name,
        /// The arguments.
        arguments: Vec<CallArgument>,
    },
    /// `receiver[index]`
    Index(Expression, Expression),
    /// `!x`, `-x`
    Unary(Spanned<UnaryOperator>, Expression),
    /// `a + b`
    Binary(Expression, Spanned<BinaryOperator>, Expression),
    /// `a ? b : c`
    Conditional(Expression, Expression, Expression),
}
