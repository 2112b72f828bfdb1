//! How tightly parts of an expression bind.

/// How tightly a part of an expression binds: what binds less than the place it stands in needs brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Binding(pub(crate) u8);

impl Binding {
    /// `a ? b : c`, the loosest: every expression may stand in its place.
    pub const CONDITIONAL: Binding = Binding(0);
    /// `!a`, `-a`
    pub const UNARY: Binding = Binding(6);
    /// A name, a literal, a list, a call, a field, an index: nothing binds tighter.
    pub const POSTFIX: Binding = Binding(7);

    /// What the right operand of an operator must have, as all bind to the left.
    #[must_use]
    pub fn tighter(self) -> Binding {
        Binding(self.0.saturating_add(1).min(Binding::POSTFIX.0))
    }
}
