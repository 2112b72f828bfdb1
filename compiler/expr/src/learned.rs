//! Learned functions: what they are given, and what can be asked of them.

use heal_diagnostics::{Code, Safety};
use heal_program::{Dimension, Expression as Lowered, ForecastMethod, Learned, LearnedPart, Millis};
use heal_syntax::tree::{CallArgument, Expression, Name};

use crate::{
    Expected, Key, Type,
    arguments::{optional, required},
    checker::{Checker, Typed},
    mismatch::Operand,
    series::{Series, SeriesKind},
    with_nearest,
};

/// The functions of a signal that learn.
pub(crate) const LEARNED: &[&str] = &["baseline", "forecast", "outlier", "changepoint", "anomaly"];

const HOUR: Millis = Millis(3_600_000);
const DAY: Millis = Millis(86_400_000);
const BASELINE_TRAIN_DEFAULT: Millis = Millis(14 * 86_400_000);
/// Most seasons that are learned from: more than a year of days, or two weeks of hours. What is usual is the middle of what
/// all of them say, each time anew.
const SEASONS_MAX: i64 = 500;
const MODEL_SAMPLES_DEFAULT: u32 = 60;
/// Most samples that a model is given: as many as fit in a day of one every 15 s.
const MODEL_SAMPLES_MAX: u32 = 5_760;

const METHODS: &[(&str, ForecastMethod)] = &[
    ("auto", ForecastMethod::Auto),
    ("linear", ForecastMethod::Linear),
    ("holt_winters", ForecastMethod::HoltWinters),
    ("mstl", ForecastMethod::Mstl),
];

const PARTS: &[(&str, LearnedPart)] = &[
    ("value", LearnedPart::Value),
    ("lower", LearnedPart::Lower),
    ("upper", LearnedPart::Upper),
    ("score", LearnedPart::Score),
];

impl Checker<'_> {
    /// `latency.baseline(season: 1d, train: 14d)` and its relatives. Only parts of the result are values.
    pub(crate) fn learned(
        &mut self,
        expression: &Expression,
        receiver: &Expression,
        function: &Name,
        arguments: &[CallArgument],
    ) -> Typed {
        let series = self.series_of(receiver, &function.value);
        let key = series.as_ref().map(|series| series.key.clone()).unwrap_or_default();
        let model = match function.value.as_str() {
            "baseline" => self.baseline(function, arguments),
            "forecast" => self.forecast(function, arguments),
            "outlier" => self.outlier(function, arguments, series.is_some().then_some(&key)),
            "changepoint" => self
                .train_only(function, arguments, "x.changepoint(train: 1d)")
                .map(|train| Learned::Changepoint { train }),
            _ => self
                .train_only(function, arguments, "x.anomaly(train: 1d)")
                .map(|train| Learned::Anomaly { train }),
        };
        match (series, model) {
            (Some(series), Some(model)) => self.learned_of(expression, function, series, model),
            (None, _) | (_, None) => Typed::unknown(),
        }
    }

    fn learned_of(
        &mut self,
        expression: &Expression,
        function: &Name,
        series: Series,
        model: Learned,
    ) -> Typed {
        let SeriesKind::Signal { index, dimension, counter, .. } = &series.kind else {
            self.not_of_an_event(function, &series);
            return Typed::unknown();
        };
        let (index, dimension) = (*index, *dimension);
        if *counter {
            let message =
                format!("`{}` is a counter, and `{}` learns from signals", series.name, function.value);
            let diagnostic = self
                .error(Code::COUNTER_WITHOUT_RATE, expression.range, message)
                .with_secondary(series.place.file, series.place.range, "declared as a counter here")
                .with_help("a counter only grows: make a signal of its rate in a query, and learn from that");
            self.diagnostics.push(diagnostic);
            return Typed::unknown();
        }
        let ground = series.ground(dimension);
        let part = default_part(&model);
        let expression = Lowered::Learned { signal: index, model, part };
        series.typed(expression, Type::Learned(dimension), ground)
    }

    fn baseline(&mut self, function: &Name, arguments: &[CallArgument]) -> Option<Learned> {
        let usage = "x.baseline(season: 1d, train: 14d)";
        let [season, train] =
            self.bind(function, arguments, [optional("season"), optional("train")], usage)?;
        let length = self.span_or(season, DAY);
        let past = self.span_or(train, BASELINE_TRAIN_DEFAULT);
        let (length, past) = (length?, past?);
        if past.0 < length.0.saturating_mul(2) {
            let range = train.or(season).map_or(function.range, |written| written.range);
            let message = format!("in {past} there are less than two seasons of {length}");
            let help = "the usual value of a time is learned from the same time in earlier seasons: train on at least two";
            let diagnostic = self.error(Code::OUT_OF_RANGE, range, message).with_help(help);
            self.diagnostics.push(diagnostic);
            return None;
        }
        if past.0 / length.0.max(1) > SEASONS_MAX {
            let range = train.or(season).map_or(function.range, |written| written.range);
            let message = format!("in {past} there are more than {SEASONS_MAX} seasons of {length}");
            let longest = Millis(length.0.saturating_mul(SEASONS_MAX));
            let help = format!(
                "train on at most {}, or take a longer season, such as `season: 1d`",
                longest.written()
            );
            let diagnostic = self.error(Code::OUT_OF_RANGE, range, message).with_help(help);
            self.diagnostics.push(diagnostic);
            return None;
        }
        Some(Learned::Baseline { season: length, train: past })
    }

    fn forecast(&mut self, function: &Name, arguments: &[CallArgument]) -> Option<Learned> {
        let usage = "x.forecast(ahead: 4h, train: 1h)";
        let parameters = [required("ahead"), optional("train"), optional("method")];
        let [ahead, train, method] = self.bind(function, arguments, parameters, usage)?;
        let ahead = self.span(ahead?);
        // As far back as ahead, where nothing else is said.
        let train = match train {
            Some(train) => self.span(train),
            None => ahead,
        };
        let method = match method {
            Some(method) => self.forecast_method(method),
            None => Some(ForecastMethod::Auto),
        };
        Some(Learned::Forecast { ahead: ahead?, train: train?, method: method? })
    }

    fn forecast_method(&mut self, written: &Expression) -> Option<ForecastMethod> {
        let name = self.constant_text(written, "a method is chosen when the program is written")?;
        let found = METHODS.iter().find(|(word, _)| *word == name).map(|(_, method)| *method);
        if found.is_none() {
            let message = format!("`{name}` is no method of a forecast");
            let words: Vec<&str> = METHODS.iter().map(|(word, _)| *word).collect();
            let mut diagnostic = self
                .error(Code::WRONG_ARGUMENTS, written.range, message)
                .with_help(format!("the methods are {}", words.join(", ")));
            if let Some(meant) = crate::nearest(&name, words.iter().copied()) {
                let text = format!("\"{meant}\"");
                diagnostic =
                    diagnostic.with_fix(format!("write `{text}`"), Safety::Unsafe, written.range, text);
            }
            self.diagnostics.push(diagnostic);
        }
        found
    }

    fn outlier(&mut self, function: &Name, arguments: &[CallArgument], key: Option<&Key>) -> Option<Learned> {
        let usage = "x.outlier(by: [service], train: 1h)";
        let [by, train] = self.bind(function, arguments, [required("by"), optional("train")], usage)?;
        let (written, key) = (by?, key?);
        let by = self.key_fields(function, written, key);
        let train = self.span_or(train, HOUR);
        let by = by?;
        if by.len() == key.fields().len() {
            let message = format!("by {key} each group has one series, and no peers to compare it with");
            let help = "leave out the field that tells a series from its peers";
            let diagnostic = self.error(Code::WRONG_ARGUMENTS, written.range, message).with_help(help);
            self.diagnostics.push(diagnostic);
            return None;
        }
        Some(Learned::Outlier { by, train: train? })
    }

    fn train_only(&mut self, function: &Name, arguments: &[CallArgument], usage: &str) -> Option<Millis> {
        let [train] = self.bind(function, arguments, [optional("train")], usage)?;
        self.span_or(train, DAY)
    }

    /// `model("x.onnx", latency, samples: 60)`
    pub(crate) fn model(
        &mut self,
        expression: &Expression,
        function: &Name,
        arguments: &[CallArgument],
    ) -> Typed {
        let usage = "model(\"x.onnx\", x, samples: 60)";
        let parameters = [required("path"), required("signal"), optional("samples")];
        let Some([Some(path), Some(signal), samples]) = self.bind(function, arguments, parameters, usage)
        else {
            return Typed::unknown();
        };
        let written = path;
        let path = self.constant_text(path, "a model is a file of the package").filter(|path| {
            let inside =
                !path.is_empty() && !path.starts_with('/') && !path.split('/').any(|part| part == "..");
            if !inside {
                let message = format!("`{path}` is not the path of a file of the package");
                let diagnostic = self.error(Code::WRONG_ARGUMENTS, written.range, message);
                self.diagnostics.push(diagnostic.with_help("write it from the package's root, without `..`"));
            }
            inside
        });
        let series = self.series_of(signal, &function.value);
        let samples = match samples {
            Some(samples) => self.samples(samples),
            None => Some(MODEL_SAMPLES_DEFAULT),
        };
        let (Some(path), Some(series), Some(samples)) = (path, series, samples) else {
            return Typed::unknown();
        };
        self.learned_of(expression, function, series, Learned::Model { path, samples })
    }

    fn samples(&mut self, written: &Expression) -> Option<u32> {
        let samples = self.whole(written)?;
        if samples <= MODEL_SAMPLES_MAX {
            return Some(samples);
        }
        let message = format!("{} samples are more than {MODEL_SAMPLES_MAX}", self.quoted(written.range));
        self.report(Code::OUT_OF_RANGE, written.range, message);
        None
    }

    /// `.value`, `.lower`, `.upper`, `.score`
    pub(crate) fn learned_part(&mut self, mut typed: Typed, field: &Name) -> Typed {
        let Type::Learned(dimension) = typed.type_ else { return Typed::unknown() };
        let Some((model, part)) = learned_node(&mut typed.expression) else { return Typed::unknown() };
        let allowed = parts(model);
        let chosen = PARTS.iter().find(|(name, it)| *name == field.value && allowed.contains(it));
        let Some((_, chosen)) = chosen else {
            let word = word(model);
            let names: Vec<&str> =
                PARTS.iter().filter(|(_, it)| allowed.contains(it)).map(|(name, _)| *name).collect();
            let message = format!("`{word}` has no field `{}`", field.value);
            let diagnostic = self.error(Code::UNKNOWN_FIELD, field.range, message);
            let mut diagnostic = with_nearest(diagnostic, &field.value, field.range, names.iter().copied());
            if diagnostic.help.is_empty() {
                diagnostic = diagnostic.with_help(format!("its fields are {}", names.join(", ")));
            }
            self.diagnostics.push(diagnostic);
            return Typed::unknown();
        };
        *part = *chosen;
        match chosen {
            LearnedPart::Score => Typed { type_: Type::Quantity(Dimension::RATIO), ground: None, ..typed },
            LearnedPart::Value | LearnedPart::Lower | LearnedPart::Upper => {
                Typed { type_: Type::Quantity(dimension), ..typed }
            }
        }
    }

    /// `rss.forecast(ahead: 4h).time_to(rss_limit)`
    pub(crate) fn time_to(
        &mut self,
        receiver: &Expression,
        function: &Name,
        arguments: &[CallArgument],
    ) -> Typed {
        let mut typed = self.expression(receiver);
        let usage = "x.forecast(ahead: 4h, train: 1h).time_to(limit)";
        let given = self.bind(function, arguments, [required("limit")], usage);
        let Some([Some(limit)]) = given else { return Typed::unknown() };
        if typed.type_ == Type::Unknown {
            self.expression(limit);
            return Typed::unknown();
        }
        let forecast = match (&typed.type_, learned_node(&mut typed.expression)) {
            (Type::Learned(dimension), Some((Learned::Forecast { .. }, _))) => Some(*dimension),
            _ => None,
        };
        let Some(dimension) = forecast else {
            let message = format!("`time_to` asks a forecast, and {} is none", self.quoted(receiver.range));
            let diagnostic = self.error(Code::TYPE_MISMATCH, receiver.range, message);
            self.diagnostics.push(diagnostic.with_help(format!("write it like `{usage}`")));
            self.expression(limit);
            return Typed::unknown();
        };
        let typed_limit = self.expression(limit);
        let typed_limit = self.expect(typed_limit, limit, &Expected::Quantity(dimension));
        if typed_limit.type_ == Type::Unknown {
            return Typed::unknown();
        }
        if matches!(typed.expression, Lowered::ForKey { .. }) && reads_key(&typed_limit.expression) {
            let message = format!("{} is read for another key than the forecast", self.quoted(limit.range));
            let help =
                "compare the forecast's `.value` with it, or give a limit that is the same for every key";
            let diagnostic = self.error(Code::KEY_MISMATCH, limit.range, message).with_help(help);
            self.diagnostics.push(diagnostic);
            return Typed::unknown();
        }
        let left = Operand { written: receiver, typed: &typed };
        let Some(key) = self.join(left, Operand { written: limit, typed: &typed_limit }) else {
            return Typed::unknown();
        };
        let expression = time_to(typed.expression, typed_limit.expression);
        Typed { expression, type_: Type::Quantity(Dimension::DURATION), key, ground: None }
    }

    /// Reports a learned function of which no part is read.
    pub(crate) fn learned_without_part(&mut self, operand: Operand<'_>) {
        let mut expression = operand.typed.expression.clone();
        let Some((model, part)) = learned_node(&mut expression) else { return };
        let (word, part) = (word(model), *part);
        let name = PARTS.iter().find(|(_, it)| *it == part).map_or("value", |(name, _)| *name);
        let range = operand.range();
        let text = format!("{}.{name}", self.source.line(range));
        let names: Vec<&str> =
            PARTS.iter().filter(|(_, it)| parts(model).contains(it)).map(|(name, _)| *name).collect();
        let diagnostic = self
            .error(Code::TYPE_MISMATCH, range, format!("{} has no value of its own", self.quoted(range)))
            .with_help(format!("read a part of what `{word}` knows: {}", names.join(", ")))
            .with_fix(format!("write `{text}`"), Safety::Unsafe, range, text.clone());
        self.diagnostics.push(diagnostic);
    }
}

/// The learned function of an expression that is one, for whatever key.
fn learned_node(expression: &mut Lowered) -> Option<(&Learned, &mut LearnedPart)> {
    let mut at = expression;
    while let Lowered::ForKey { operand, .. } = at {
        at = operand;
    }
    if let Lowered::Learned { model, part, .. } = at { Some((model, part)) } else { None }
}

/// A forecast, for whatever key, asked for the time it takes.
fn time_to(expression: Lowered, threshold: Lowered) -> Lowered {
    if let Lowered::ForKey { operand, key } = expression {
        return Lowered::ForKey { operand: Box::new(time_to(*operand, threshold)), key };
    }
    let Lowered::Learned { signal, model, .. } = expression else { return expression };
    Lowered::TimeTo { signal, model, threshold: Box::new(threshold) }
}

/// Whether the value of an expression depends on the key at hand.
fn reads_key(expression: &Lowered) -> bool {
    let mut reads = false;
    expression.walk(&mut |node| {
        let depends = matches!(node, Lowered::KeyField(_) | Lowered::Variable(_) | Lowered::ForKey { .. });
        reads |= depends || node.read().is_some();
    });
    reads
}

fn default_part(model: &Learned) -> LearnedPart {
    parts(model).first().copied().unwrap_or(LearnedPart::Value)
}

fn parts(model: &Learned) -> &'static [LearnedPart] {
    use LearnedPart::{Lower, Score, Upper, Value};
    match model {
        Learned::Baseline { .. } => &[Score, Value, Lower, Upper],
        Learned::Forecast { .. } => &[Value, Lower, Upper],
        Learned::Outlier { .. }
        | Learned::Changepoint { .. }
        | Learned::Anomaly { .. }
        | Learned::Model { .. } => &[Score],
    }
}

fn word(model: &Learned) -> &'static str {
    match model {
        Learned::Baseline { .. } => "baseline",
        Learned::Forecast { .. } => "forecast",
        Learned::Outlier { .. } => "outlier",
        Learned::Changepoint { .. } => "changepoint",
        Learned::Anomaly { .. } => "anomaly",
        Learned::Model { .. } => "model",
    }
}
