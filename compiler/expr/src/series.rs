//! Series: what functions over time read, and reading anything for another key than the one at hand.

use heal_diagnostics::{Code, Safety, TextRange};
use heal_program::{Dimension, EventIndex, Expression as Lowered, FieldKind, SignalIndex, literal_unit};
use heal_syntax::tree::{Expression, ExpressionKind};

use crate::{
    Key, Place, Type, Value, article,
    checker::{Checker, Ground, Typed},
    mismatch::Tightness,
};

/// A signal, counter or event, maybe for another key: what has a past.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub(crate) kind: SeriesKind,
    /// As it was written.
    pub(crate) name: String,
    pub(crate) place: Place,
    /// Its own key.
    pub(crate) key: Key,
    /// The key it is read for, if that is not the one at hand.
    pub(crate) at: Option<ForKey>,
}

/// What a series consists of.
#[derive(Clone, Debug)]
pub(crate) enum SeriesKind {
    Signal { index: SignalIndex, dimension: Dimension, counter: bool, unit: Option<String> },
    Event(EventIndex),
}

/// Another key than the one at hand.
#[derive(Clone, Debug)]
pub(crate) struct ForKey {
    /// A value for each field.
    pub(crate) fields: Vec<(String, Lowered)>,
    /// The key of those values.
    pub(crate) key: Key,
}

/// What is read for another key.
#[derive(Clone, Copy)]
enum Read<'t> {
    /// What has a past.
    Series(&'t Series),
    /// Anything else.
    Value(&'t Typed),
}

impl Series {
    /// What is read of it.
    pub(crate) fn typed(self, expression: Lowered, type_: Type, ground: Option<Ground>) -> Typed {
        let typed = Typed { expression, type_, key: self.key, ground };
        match self.at {
            Some(at) => typed.for_key(at),
            None => typed,
        }
    }

    /// That its numbers have their dimension from it.
    pub(crate) fn ground(&self, dimension: Dimension) -> Option<Ground> {
        let SeriesKind::Signal { unit, .. } = &self.kind else { return None };
        Some(Ground { name: self.name.clone(), dimension, unit: unit.clone(), place: self.place })
    }
}

impl Typed {
    /// The same for another key.
    fn for_key(self, at: ForKey) -> Typed {
        let expression = Lowered::ForKey { operand: Box::new(self.expression), key: at.fields };
        Typed { expression, key: at.key, ..self }
    }
}

impl Checker<'_> {
    /// The series that an expression names: `latency`, `lib.latency`, `latency[service]`. `None` for what names none;
    /// the inner `None` means that it is wrong, and reported.
    pub(crate) fn series(&mut self, expression: &Expression) -> Option<Option<Series>> {
        if let ExpressionKind::Index(receiver, index) = expression.kind.as_ref() {
            let Some(series) = self.named_series(receiver)? else { return Some(None) };
            if self.range_of_time(receiver, index, Some(&series)) {
                return Some(None);
            }
            let at = self.other_key(receiver, index, &series.key, Read::Series(&series));
            return Some(at.map(|at| Series { at: Some(at), ..series }));
        }
        self.named_series(expression)
    }

    fn named_series(&mut self, expression: &Expression) -> Option<Option<Series>> {
        let Some(value) = self.reference(expression)? else { return Some(None) };
        let name = self.source.line(expression.range);
        match value {
            Value::Signal { index, dimension, counter, key, unit, place } => {
                let kind = SeriesKind::Signal { index, dimension, counter, unit };
                Some(Some(Series { kind, name, place, key, at: None }))
            }
            Value::Event { index, key, place } => {
                Some(Some(Series { kind: SeriesKind::Event(index), name, place, key, at: None }))
            }
            Value::Param { .. } | Value::Detector { .. } | Value::Local(_) | Value::Bound(_) => None,
        }
    }

    /// `receiver[index]`: an element of a list, or what is read for another key.
    pub(crate) fn index(
        &mut self,
        expression: &Expression,
        receiver: &Expression,
        index: &Expression,
    ) -> Typed {
        if let Some(series) = self.series(expression) {
            let Some(series) = series else { return Typed::unknown() };
            let name = self.source.line(receiver.range);
            return match &series.kind {
                SeriesKind::Event(_) => {
                    self.event_without_question(&name, expression.range, series.place);
                    Typed::unknown()
                }
                SeriesKind::Signal { counter: true, .. } => {
                    self.counter_without_rate(&name, expression.range, series.place);
                    Typed::unknown()
                }
                SeriesKind::Signal { index, dimension, .. } => {
                    let (index, dimension) = (*index, *dimension);
                    let ground = series.ground(dimension);
                    series.typed(Lowered::Signal(index), Type::Quantity(dimension), ground)
                }
            };
        }
        let typed = self.expression(receiver);
        match typed.type_.clone() {
            Type::Unknown => {
                self.expression(index);
                Typed::unknown()
            }
            Type::List(item) => {
                // Nothing is known of the elements of an empty list.
                let item = if *item == Type::Unknown { Type::Json } else { *item };
                self.element(typed, receiver, index, item)
            }
            Type::Json => self.element(typed, receiver, index, Type::Json),
            Type::Bool
            | Type::Text
            | Type::Quantity(_)
            | Type::Number
            | Type::Integer
            | Type::Timestamp
            | Type::Entity(_)
            | Type::Learned(_) => {
                if self.range_of_time(receiver, index, None) {
                    return Typed::unknown();
                }
                if typed.key.fields().is_empty() {
                    self.without_elements(&typed, receiver);
                    self.expression(index);
                    return Typed::unknown();
                }
                match self.other_key(receiver, index, &typed.key.clone(), Read::Value(&typed)) {
                    Some(at) => typed.for_key(at),
                    None => Typed::unknown(),
                }
            }
        }
    }

    fn without_elements(&mut self, typed: &Typed, receiver: &Expression) {
        let message =
            format!("{} is {} and has no elements", self.quoted(receiver.range), self.describe(&typed.type_));
        self.report(Code::TYPE_MISMATCH, receiver.range, message);
    }

    fn element(&mut self, list: Typed, receiver: &Expression, index: &Expression, item: Type) -> Typed {
        let typed = self.expression(index);
        let from_outside = list.type_ == Type::Json;
        let fits = match &typed.type_ {
            Type::Integer | Type::Json => true,
            Type::Text => from_outside,
            Type::Unknown => return Typed::unknown(),
            Type::Bool
            | Type::Quantity(_)
            | Type::Number
            | Type::Timestamp
            | Type::List(_)
            | Type::Entity(_)
            | Type::Learned(_) => false,
        };
        if !fits {
            let needed = if from_outside { "a whole number or a text" } else { "a whole number" };
            let message = format!(
                "{} is {}, and an element is told by {needed}",
                self.quoted(index.range),
                self.describe(&typed.type_)
            );
            self.report(Code::TYPE_MISMATCH, index.range, message);
            return Typed::unknown();
        }
        if matches!(item, Type::Entity(_)) {
            let message =
                format!("{} is a list of entities, which have no order", self.quoted(receiver.range));
            let help = "ask all or any of them: `.all(it, ...)`, `.exists(it, ...)`";
            let diagnostic = self.error(Code::TYPE_MISMATCH, receiver.range, message).with_help(help);
            self.diagnostics.push(diagnostic);
            return Typed::unknown();
        }
        let left = crate::mismatch::Operand { written: receiver, typed: &list };
        let right = crate::mismatch::Operand { written: index, typed: &typed };
        let Some(key) = self.join(left, right) else { return Typed::unknown() };
        let expression = Lowered::Element(Box::new(list.expression), Box::new(typed.expression));
        Typed { expression, type_: item, key, ground: None }
    }

    /// The key that `index` tells, for what has the key `key`.
    fn other_key(
        &mut self,
        receiver: &Expression,
        index: &Expression,
        key: &Key,
        read: Read<'_>,
    ) -> Option<ForKey> {
        if key.fields().is_empty() {
            let message = format!("{} has no key: there is one series of it", self.quoted(receiver.range));
            let text = self.source.line(receiver.range);
            let whole = receiver.range.cover(index.range);
            let diagnostic = self.error(Code::KEY_MISMATCH, whole, message);
            self.diagnostics.push(diagnostic.with_help(format!("read it as it is: `{text}`")));
            return None;
        }
        let Some(path) = self.entity_path(index) else { return self.key_of_text(receiver, index, key) };
        let path = path?;
        let FieldKind::Entity(entity) = path.end else {
            if path.end == FieldKind::Text {
                return self.key_of_text(receiver, index, key);
            }
            let described = self.describe(&Type::of_field(&path.end));
            self.not_a_key(index, key, &described);
            return None;
        };
        let known = self.environment.entity_keys(entity);
        if known.is_empty() {
            return None;
        }
        let lacking: Vec<&String> = key.fields().iter().filter(|field| !known.contains(field)).collect();
        if lacking.is_empty() {
            let fields = key.fields().iter().map(|field| (field.clone(), path.field(field))).collect();
            return Some(ForKey { fields, key: Key::default() });
        }
        let known = Key::new(known);
        let name = self.environment.entity_name(entity);
        let lacking: Vec<String> = lacking.into_iter().map(|field| format!("`{field}`")).collect();
        let message = format!(
            "{} has the key {key}, and `{name}` is told by {known}, without {}",
            self.quoted(receiver.range),
            lacking.join(" and ")
        );
        let mut diagnostic = self.error(Code::KEY_MISMATCH, index.range, message);
        let by = key.common(&known);
        let (place, text) = match read {
            Read::Value(typed) => {
                let receiver_text = self.bracketed(receiver, Tightness::Receiver);
                (receiver.range, format!("{receiver_text}{}", typed.aggregation(&by)))
            }
            Read::Series(series) => self.put_together(receiver, index, series, &by),
        };
        diagnostic = diagnostic.with_fix(format!("write `{text}`"), Safety::Unsafe, place, text);
        self.diagnostics.push(diagnostic);
        None
    }

    /// A text tells a key of one field.
    fn key_of_text(&mut self, receiver: &Expression, index: &Expression, key: &Key) -> Option<ForKey> {
        let typed = self.expression(index);
        match (&typed.type_, key.fields()) {
            (Type::Unknown, _) => None,
            (Type::Text | Type::Json, [field]) => {
                Some(ForKey { fields: vec![(field.clone(), typed.expression)], key: typed.key })
            }
            (Type::Text | Type::Json, _) => {
                let message = format!(
                    "{} has the key {key}, which one text does not tell",
                    self.quoted(receiver.range)
                );
                let diagnostic = self.error(Code::KEY_MISMATCH, index.range, message);
                self.diagnostics.push(diagnostic.with_help("give an entity that has these key fields"));
                None
            }
            (found, _) => {
                let described = self.describe(found);
                self.not_a_key(index, key, &described);
                None
            }
        }
    }

    fn not_a_key(&mut self, index: &Expression, key: &Key, described: &str) {
        let message =
            format!("{} is {described}, and the key {key} is needed here", self.quoted(index.range));
        let diagnostic = self.error(Code::TYPE_MISMATCH, index.range, message);
        self.diagnostics.push(diagnostic.with_help("give an entity, such as `[pod.service]`, or a text"));
    }

    /// Reports `latency[5m]`, which is how other languages write a window; whether it is one.
    fn range_of_time(&mut self, receiver: &Expression, index: &Expression, series: Option<&Series>) -> bool {
        let ExpressionKind::Number { unit: Some(unit), .. } = index.kind.as_ref() else { return false };
        let compound = unit.bytes().any(|byte| byte.is_ascii_digit());
        let is_time = compound || literal_unit(unit).is_some_and(|it| it.dimension == Dimension::DURATION);
        if !is_time {
            return false;
        }
        let function = match series.map(|series| &series.kind) {
            Some(SeriesKind::Signal { counter: true, .. }) => "rate",
            Some(SeriesKind::Event(_)) => "within",
            Some(SeriesKind::Signal { .. }) | None => "avg",
        };
        let (subject, span) = (self.source.line(receiver.range), self.source.line(index.range));
        let text = format!("{subject}.{function}({span})");
        let message = format!("`{span}` is no key: a window is written as a function");
        let mut diagnostic = self.error(Code::TYPE_MISMATCH, index.range, message);
        if series.is_some() {
            // The closing bracket is behind the index.
            let whole = receiver.range.cover(index.range);
            let whole = TextRange { end: self.bracket_after(whole.end), ..whole };
            diagnostic = diagnostic.with_fix(format!("write `{text}`"), Safety::Unsafe, whole, text.clone());
        }
        self.diagnostics.push(diagnostic.with_help(format!("write it like `{text}`")));
        true
    }

    /// The end of the closing bracket behind an index.
    fn bracket_after(&self, end: u32) -> u32 {
        let rest = self.source.text.get(end as usize..).unwrap_or("");
        let bracket = rest.find(']').and_then(|at| u32::try_from(at + 1).ok());
        end.saturating_add(bracket.unwrap_or(0))
    }

    /// The end of the call that follows a receiver which ends at `end`: `.slope(2m)`.
    fn call_after(&self, end: u32) -> u32 {
        let rest = self.source.text.get(end as usize..).unwrap_or("");
        let mut depth = 0_u32;
        for (at, one) in rest.char_indices() {
            match one {
                '(' => depth += 1,
                ')' if depth <= 1 => return end.saturating_add(u32::try_from(at + 1).unwrap_or(0)),
                ')' => depth -= 1,
                _ => {}
            }
        }
        end
    }

    /// What to write where an entity does not tell all of a series' key: its keys put together, behind the function
    /// over time where one follows.
    fn put_together(
        &self,
        receiver: &Expression,
        index: &Expression,
        series: &Series,
        by: &Key,
    ) -> (TextRange, String) {
        let end = self.bracket_after(index.range.end);
        let rest = self.source.text.get(end as usize..).unwrap_or("");
        let is_call = rest.strip_prefix('.').is_some_and(|rest| {
            let name = rest.find(|one: char| !one.is_ascii_alphanumeric() && one != '_');
            name.is_some_and(|at| at > 0 && rest.get(at..).is_some_and(|rest| rest.starts_with('(')))
        });
        let whole = if is_call { self.call_after(end) } else { end };
        let call = self.source.slice(TextRange { start: end, end: whole });
        let type_ = match &series.kind {
            SeriesKind::Signal { dimension, .. } => Type::Quantity(*dimension),
            SeriesKind::Event(_) if call.starts_with(".within") => Type::Bool,
            SeriesKind::Event(_) => Type::Quantity(Dimension::COUNT),
        };
        let together = Typed::new(Lowered::Bool(true), type_).aggregation(by);
        let (receiver_text, index) = (self.source.line(receiver.range), self.source.line(index.range));
        let text = format!("{receiver_text}{call}{together}[{index}]");
        (TextRange { end: whole, ..receiver.range }, text)
    }

    /// The series that a function over time reads; says so when there is none.
    pub(crate) fn series_of(&mut self, receiver: &Expression, function: &str) -> Option<Series> {
        if let Some(series) = self.series(receiver) {
            return series;
        }
        let typed = self.expression(receiver);
        if typed.type_ == Type::Unknown {
            return None;
        }
        let quoted = self.quoted(receiver.range);
        let message = format!("`{function}` reads a signal, and {quoted} is not one");
        let mut diagnostic = self.error(Code::TYPE_MISMATCH, receiver.range, message);
        if let Some(base) = aggregated_base(receiver) {
            let place = TextRange { end: self.call_after(receiver.range.end), ..receiver.range };
            let after = |from: u32, to: u32| self.source.slice(TextRange { start: from, end: to });
            let call = after(receiver.range.end, place.end);
            let text = format!(
                "{}{call}{}",
                self.source.slice(base.range),
                after(base.range.end, receiver.range.end)
            );
            diagnostic = diagnostic
                .with_help("a function over time comes first, and then its keys are put together")
                .with_fix(format!("write `{text}`"), Safety::Unsafe, place, text);
        } else if !typed.key.fields().is_empty() {
            let help = format!(
                "only a signal has a past; over the keys of an expression, write `.max(by: {})`",
                format_args!("[{}]", typed.key.fields().first().map_or("", String::as_str))
            );
            diagnostic = diagnostic.with_help(help);
        }
        self.diagnostics.push(diagnostic);
        None
    }

    /// What a series is, for messages: `a duration`, `a counter`, `an event`.
    pub(crate) fn described_series(series: &Series) -> String {
        match &series.kind {
            SeriesKind::Event(_) => "an event".to_owned(),
            SeriesKind::Signal { counter: true, .. } => "a counter".to_owned(),
            SeriesKind::Signal { dimension, .. } => format!("a signal of {}", article(*dimension)),
        }
    }
}

/// What an aggregation over keys stands on, where that is a name: `ready` of `ready.sum(by: [workload])[workload]`.
fn aggregated_base(expression: &Expression) -> Option<&Expression> {
    let inner =
        if let ExpressionKind::Index(receiver, _) = expression.kind.as_ref() { receiver } else { expression };
    let ExpressionKind::Call { receiver: Some(base), arguments, .. } = inner.kind.as_ref() else {
        return None;
    };
    let is_by = |name: &Option<heal_syntax::tree::Name>| name.as_ref().is_some_and(|name| name.value == "by");
    let is_name = matches!(base.kind.as_ref(), ExpressionKind::Name(_) | ExpressionKind::Field(..));
    (is_name && arguments.iter().any(|argument| is_by(&argument.name))).then_some(base)
}
