//! Expressions to documents.

use heal_diagnostics::TextRange;
use heal_syntax::tree::{BinaryOperator, Binding, CallArgument, Expression, ExpressionKind, Spanned};
use heal_syntax::{ITEM_KEYWORDS, STATEMENT_KEYWORDS};

use crate::doc::Doc;
use crate::literals::{quoted, requoted};

/// The canonical text of an expression, on one line, with no more brackets than it needs. Its texts are written in double
/// quotes.
#[must_use]
pub fn expression_text(expression: &Expression) -> String {
    Spelling { source: None, careful: false }.expression(expression).flat()
}

/// How things are written.
#[derive(Clone, Copy)]
pub(crate) struct Spelling<'a> {
    /// The text that the tree was read from, if that is known: raw texts and escapes are not in the tree.
    pub(crate) source: Option<&'a str>,
    /// Whether a name that is a keyword gets brackets.
    pub(crate) careful: bool,
}

impl Spelling<'_> {
    /// An expression.
    pub(crate) fn expression(self, expression: &Expression) -> Doc {
        self.operand(expression, Binding::CONDITIONAL)
    }

    /// A text.
    pub(crate) fn text(self, text: &Spanned<String>) -> String {
        self.literal(&text.value, text.range)
    }

    /// Arguments in round brackets.
    pub(crate) fn arguments(self, arguments: &[CallArgument]) -> Doc {
        let arguments = arguments.iter().map(|argument| {
            let name = argument.name.as_ref().map(|name| format!("{}: ", name.value));
            Doc::text(name.unwrap_or_default()).and(self.expression(&argument.value))
        });
        Doc::bracketed("(", arguments.collect(), ")")
    }

    /// Expressions in square brackets.
    pub(crate) fn list(self, elements: &[Expression]) -> Doc {
        Doc::bracketed("[", elements.iter().map(|one| self.expression(one)).collect(), "]")
    }

    fn literal(self, value: &str, range: TextRange) -> String {
        let written = self.source.and_then(|text| text.get(range.start as usize..range.end as usize));
        written.map_or_else(|| quoted(value), requoted)
    }

    /// An operand of an operator, in brackets if it binds less than `least`.
    fn operand(self, expression: &Expression, least: Binding) -> Doc {
        let kind = expression.kind.as_ref();
        if binding(kind) < least || self.is_risky(kind) {
            return Doc::text("(").and(self.bare(expression)).then(")");
        }
        self.bare(expression)
    }

    fn bare(self, expression: &Expression) -> Doc {
        match expression.kind.as_ref() {
            ExpressionKind::Number { digits, unit } => {
                Doc::text(format!("{digits}{}", unit.as_deref().unwrap_or("")))
            }
            ExpressionKind::Text(value) => Doc::text(self.literal(value, expression.range)),
            ExpressionKind::Bool(value) => Doc::text(if *value { "true" } else { "false" }),
            ExpressionKind::List(elements) => self.list(elements),
            ExpressionKind::Name(name) => Doc::text(name.clone()),
            ExpressionKind::Field(receiver, name) => {
                self.operand(receiver, Binding::POSTFIX).then(format!(".{}", name.value))
            }
            ExpressionKind::Call { receiver, function, arguments } => {
                let receiver = receiver.as_ref().map(|one| self.operand(one, Binding::POSTFIX).then("."));
                receiver.unwrap_or_default().then(function.value.clone()).and(self.arguments(arguments))
            }
            ExpressionKind::Index(receiver, index) => {
                self.operand(receiver, Binding::POSTFIX).then("[").and(self.expression(index)).then("]")
            }
            ExpressionKind::Unary(operator, operand) => {
                Doc::text(operator.value.sign()).and(self.operand(operand, Binding::UNARY))
            }
            ExpressionKind::Binary(left, operator, right) => match operator.value {
                BinaryOperator::Or | BinaryOperator::And => self.chain(expression, operator.value),
                BinaryOperator::Equal
                | BinaryOperator::NotEqual
                | BinaryOperator::Less
                | BinaryOperator::LessOrEqual
                | BinaryOperator::Greater
                | BinaryOperator::GreaterOrEqual
                | BinaryOperator::In
                | BinaryOperator::Add
                | BinaryOperator::Subtract
                | BinaryOperator::Multiply
                | BinaryOperator::Divide
                | BinaryOperator::Remainder => {
                    // All operators bind to the left.
                    let own = operator.value.binding();
                    let operator = format!(" {} ", operator.value.sign());
                    self.operand(left, own).then(operator).and(self.operand(right, own.tighter()))
                }
            },
            ExpressionKind::Conditional(condition, positive, negative) => {
                let positive = Doc::text("? ").and(self.operand(positive, Binding::CONDITIONAL.tighter()));
                let negative = Doc::text(": ").and(self.operand(negative, Binding::CONDITIONAL));
                Doc::continued(self.operand(condition, Binding::CONDITIONAL.tighter()), [positive, negative])
            }
        }
    }

    /// A chain of `&&` or `||`, which is broken before its operators.
    fn chain(self, expression: &Expression, operator: BinaryOperator) -> Doc {
        let own = operator.binding();
        let mut operands = operands(expression, operator).into_iter();
        let first = operands.next().map(|first| self.operand(first, own)).unwrap_or_default();
        let others = operands
            .map(|operand| Doc::text(operator.sign()).then(" ").and(self.operand(operand, own.tighter())));
        Doc::continued(first, others)
    }

    /// Whether an expression may be taken for the beginning of a statement or an item.
    fn is_risky(self, kind: &ExpressionKind) -> bool {
        matches!(kind, ExpressionKind::Name(name) if self.careful && is_keyword(name))
    }
}

/// The operands of a chain of one operator, which binds to the left.
fn operands(mut chain: &Expression, operator: BinaryOperator) -> Vec<&Expression> {
    let mut found = Vec::new();
    while let ExpressionKind::Binary(left, own, right) = chain.kind.as_ref()
        && own.value == operator
    {
        found.push(right);
        chain = left;
    }
    found.push(chain);
    found.reverse();
    found
}

fn binding(kind: &ExpressionKind) -> Binding {
    match kind {
        ExpressionKind::Conditional(..) => Binding::CONDITIONAL,
        ExpressionKind::Binary(_, operator, _) => operator.value.binding(),
        ExpressionKind::Unary(..) => Binding::UNARY,
        ExpressionKind::Number { .. }
        | ExpressionKind::Text(_)
        | ExpressionKind::Bool(_)
        | ExpressionKind::List(_)
        | ExpressionKind::Name(_)
        | ExpressionKind::Field(..)
        | ExpressionKind::Call { .. }
        | ExpressionKind::Index(..) => Binding::POSTFIX,
    }
}

/// Whether a name is a word that begins an item, a statement or a part of a series.
fn is_keyword(name: &str) -> bool {
    const SEGMENTS: &[&str] = &["rising", "falling", "to", "wave", "missing", "values"];
    let statements = STATEMENT_KEYWORDS.iter().flat_map(|(_, words)| words.iter());
    let words = ITEM_KEYWORDS.iter().chain(statements).chain(SEGMENTS);
    words.into_iter().any(|words| words.split(' ').next() == Some(name))
}
