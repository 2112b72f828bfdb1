//! Types, parameters, and what names a value: `param`, `let`, `fn`.

use super::{Expression, Name, Path};

/// `param NAME: TYPE in LOW..HIGH = VALUE`
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub type_: TypeName,
    /// The range after `in`.
    pub range: Option<(Expression, Expression)>,
    /// The value.
    pub value: Expression,
}

/// `let NAME = EXPR`
#[derive(Clone, Debug, PartialEq)]
pub struct Let {
    /// Its name.
    pub name: Name,
    /// What it stands for.
    pub value: Expression,
}

/// `fn NAME(PARAMETERS) = EXPR`
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its name.
    pub name: Name,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// What it stands for.
    pub value: Expression,
}

/// A type: a word, maybe over a unit of time: `duration`, `bytes/s`, `Pod`, `text`; or many of an entity: `[Service]`.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeName {
    /// The word, or the path of an entity.
    pub path: Path,
    /// The unit after `/`.
    pub per: Option<Name>,
    /// Whether it stands in square brackets.
    pub many: bool,
}

/// `NAME: TYPE`, with a value for when it is not given: `objective: ratio = 99.9%`
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub type_: ParameterType,
    /// The value after `=`.
    pub default: Option<Expression>,
}

/// What may be given for a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum ParameterType {
    /// A value or an entity: `duration`, `text`, `Pod`.
    Value(TypeName),
    /// A signal or counter: `signal duration by (service)`, `counter count by K`. Only templates and functions have these.
    Series {
        /// Whether it was written `counter`.
        counter: bool,
        /// What its samples measure.
        type_: TypeName,
        /// Its key.
        keys: KeyPattern,
    },
    /// A detector: `detector by (service)`. Only templates have these.
    Detector(KeyPattern),
}

/// The key of a parameter that has one.
#[derive(Clone, Debug, PartialEq)]
pub enum KeyPattern {
    /// No `by`: one series.
    None,
    /// `by K`: any key; equal names stand for equal keys.
    Variable(Name),
    /// `by (namespace, pod)`
    Fields(Vec<Name>),
}
