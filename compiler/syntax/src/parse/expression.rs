//! Expressions.

use heal_diagnostics::{Code, Diagnostic, TextRange};
use pest::iterators::Pair;

use super::children::Children;
use super::grammar::Rule;
use super::precedence::{Built, EXPRESSION_DEPTH_MAX, Row};
use super::reader::Reader;
use crate::tree::{BinaryOperator, CallArgument, Expression, ExpressionKind, Spanned, UnaryOperator};

impl<'text> Reader<'text> {
    /// The next child, which is an expression.
    pub(super) fn next_expression(&mut self, children: &mut Children<'text>) -> Option<Expression> {
        let pair = children.one(Rule::expression)?;
        self.expression(pair).map(|built| built.expression)
    }

    /// The next child if there is one, which then is an expression.
    pub(super) fn optional_expression(
        &mut self,
        children: &mut Children<'text>,
    ) -> Option<Option<Expression>> {
        match children.one(Rule::expression) {
            Some(pair) => self.expression(pair).map(|built| Some(built.expression)),
            None => Some(None),
        }
    }

    /// An expression.
    pub(super) fn whole_expression(&mut self, pair: Pair<'text, Rule>) -> Option<Expression> {
        self.expression(pair).map(|built| built.expression)
    }

    /// A number alone.
    pub(super) fn number(&mut self, pair: &Pair<'text, Rule>) -> Option<Expression> {
        let range = self.exact_range(pair);
        self.over(0, number(pair.as_str()), range).map(|built| built.expression)
    }

    /// The elements of a list.
    pub(super) fn list(&mut self, pair: Pair<'text, Rule>) -> Option<Vec<Expression>> {
        self.elements(pair).map(|(elements, _)| elements)
    }

    /// The arguments in brackets.
    pub(super) fn arguments(&mut self, pair: Pair<'text, Rule>) -> Option<Vec<CallArgument>> {
        self.argument_list(pair).map(|(arguments, _)| arguments)
    }

    fn expression(&mut self, pair: Pair<'text, Rule>) -> Option<Built> {
        let mut children = Children::of(pair);
        let first = self.operand(children.one(Rule::operand)?)?;
        // As most expressions are.
        if children.is_empty() {
            return Some(first);
        }
        let mut parts = Vec::new();
        let mut row = Row::default();
        row.operand(first);
        for child in children {
            #[expect(
                clippy::wildcard_enum_match_arm,
                reason = "an expression is a row of a few rules out of all"
            )]
            match child.as_rule() {
                Rule::operand => row.operand(self.operand(child)?),
                Rule::operator => {
                    let operator = Spanned {
                        value: BinaryOperator::of_sign(child.as_str())?,
                        range: self.exact_range(&child),
                    };
                    row.operator(operator).map_err(|place| self.too_deep(place)).ok()?;
                }
                _ => parts.push(self.finish(std::mem::take(&mut row))?),
            }
        }
        let mut last = self.finish(row)?;
        while let (Some(positive), Some(condition)) = (parts.pop(), parts.pop()) {
            let range = condition.outer.cover(last.outer);
            let depth = condition.depth.max(positive.depth).max(last.depth);
            let kind =
                ExpressionKind::Conditional(condition.expression, positive.expression, last.expression);
            last = self.over(depth, kind, range)?;
        }
        Some(last)
    }

    fn finish(&mut self, row: Row) -> Option<Built> {
        row.finish().map_err(|place| self.too_deep(place)).ok()?
    }

    fn operand(&mut self, pair: Pair<'text, Rule>) -> Option<Built> {
        let mut children = Children::of(pair);
        let mut prefixes = Vec::new();
        while let Some(prefix) = children.one(Rule::prefix) {
            let value =
                if prefix.as_str().starts_with('!') { UnaryOperator::Not } else { UnaryOperator::Negate };
            prefixes.push(Spanned { value, range: self.range(&prefix) });
        }
        let mut built = self.primary(children.next()?)?;
        for suffix in children {
            built = self.suffix(built, suffix)?;
        }
        for prefix in prefixes.into_iter().rev() {
            let range = prefix.range.cover(built.outer);
            built = self.over(built.depth, ExpressionKind::Unary(prefix, built.expression), range)?;
        }
        Some(built)
    }

    fn primary(&mut self, pair: Pair<'text, Rule>) -> Option<Built> {
        let range = self.range(&pair);
        #[expect(clippy::wildcard_enum_match_arm, reason = "an operand is one of a few rules out of all")]
        let (depth, kind) = match pair.as_rule() {
            Rule::number => (0, number(pair.as_str())),
            Rule::text => (0, ExpressionKind::Text(self.text(&pair).value)),
            Rule::nothing => {
                let message = "there is no `null` in Heal";
                let diagnostic = Diagnostic::error(Code::BAD_LITERAL, self.file, range, message);
                self.report(diagnostic.with_help("`x.or(0)` replaces what is unknown"));
                return None;
            }
            Rule::map => {
                self.misplaced_object(range);
                return None;
            }
            Rule::boolean => (0, ExpressionKind::Bool(pair.as_str() == "true")),
            Rule::list => {
                let (elements, depth) = self.elements(pair)?;
                (depth, ExpressionKind::List(elements))
            }
            Rule::group => {
                let inner = Children::of(pair).one(Rule::expression)?;
                return self.expression(inner).map(|built| Built { outer: range, ..built });
            }
            Rule::reference => {
                let mut children = Children::of(pair);
                let function = self.next_name(&mut children)?;
                match children.one(Rule::arguments) {
                    Some(list) => {
                        let (arguments, depth) = self.argument_list(list)?;
                        (depth, ExpressionKind::Call { receiver: None, function, arguments })
                    }
                    None => (0, ExpressionKind::Name(function.value)),
                }
            }
            _ => return None,
        };
        self.over(depth, kind, range)
    }

    fn suffix(&mut self, receiver: Built, pair: Pair<'text, Rule>) -> Option<Built> {
        let range = receiver.outer.cover(self.range(&pair));
        let is_index = pair.as_rule() == Rule::index;
        let mut children = Children::of(pair);
        if is_index {
            let inner = children.one(Rule::expression)?;
            let index = self.expression(inner)?;
            let depth = receiver.depth.max(index.depth);
            return self.over(depth, ExpressionKind::Index(receiver.expression, index.expression), range);
        }
        let name = self.next_name(&mut children)?;
        match children.one(Rule::arguments) {
            Some(list) => {
                let (arguments, depth) = self.argument_list(list)?;
                let depth = depth.max(receiver.depth);
                let receiver = Some(receiver.expression);
                self.over(depth, ExpressionKind::Call { receiver, function: name, arguments }, range)
            }
            None => self.over(receiver.depth, ExpressionKind::Field(receiver.expression, name), range),
        }
    }

    /// Elements, and the depth of the deepest.
    fn elements(&mut self, pair: Pair<'text, Rule>) -> Option<(Vec<Expression>, usize)> {
        let mut deepest = 0;
        let children = Children::of(pair);
        let mut elements = Vec::with_capacity(children.listed_max());
        for element in children {
            if element.as_rule() == Rule::object {
                self.misplaced_object(self.range(&element));
                return None;
            }
            let built = self.expression(element)?;
            deepest = deepest.max(built.depth);
            elements.push(built.expression);
        }
        Some((elements, deepest))
    }

    /// Arguments, and the depth of the deepest.
    fn argument_list(&mut self, pair: Pair<'text, Rule>) -> Option<(Vec<CallArgument>, usize)> {
        let mut deepest = 0;
        let list = Children::of(pair);
        let mut arguments = Vec::with_capacity(list.listed_max());
        for argument in list {
            let mut children = Children::of(argument);
            let name = self.next_name(&mut children.inside(Rule::argument_name));
            let value = children.one(Rule::expression)?;
            let built = self.expression(value)?;
            deepest = deepest.max(built.depth);
            arguments.push(CallArgument { name, value: built.expression });
        }
        Some((arguments, deepest))
    }

    fn misplaced_object(&mut self, place: TextRange) {
        let message = "`{...}` is not a value in an expression";
        let diagnostic = Diagnostic::error(Code::BAD_LITERAL, self.file, place, message);
        self.report(diagnostic.with_help("there are no map literals; compare or pass its values one by one"));
    }

    fn over(&mut self, depth: usize, kind: ExpressionKind, range: TextRange) -> Option<Built> {
        Built::over(depth, kind, range).map_err(|place| self.too_deep(place)).ok()
    }

    fn too_deep(&mut self, place: TextRange) {
        let message = format!("the expression is more than {EXPRESSION_DEPTH_MAX} levels deep here");
        self.error(Code::TOO_DEEP, place, message);
    }
}

/// A number with the unit glued to it: `1.5e3ms` is `1.5e3` and `ms`.
fn number(text: &str) -> ExpressionKind {
    let is_digit = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let digits_from = |mut at: usize| {
        while is_digit(at) {
            at += 1;
        }
        at
    };
    let mut end = digits_from(0);
    if let Some(hex) = text.strip_prefix("0x") {
        let length = hex.find(|one: char| !one.is_ascii_hexdigit()).unwrap_or(hex.len());
        end = if length > 0 { 2 + length } else { end };
    }
    if text.as_bytes().get(end) == Some(&b'.') && is_digit(end + 1) {
        end = digits_from(end + 1);
    }
    if matches!(text.as_bytes().get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.as_bytes().get(end + 1), Some(b'+' | b'-')));
        if is_digit(end + 1 + sign) {
            end = digits_from(end + 1 + sign);
        }
    }
    let (digits, unit) = text.split_at_checked(end).unwrap_or((text, ""));
    let unit = if unit.is_empty() { None } else { Some(unit.to_owned()) };
    ExpressionKind::Number { digits: digits.to_owned(), unit }
}
