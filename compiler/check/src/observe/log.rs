//! Lines of logs: patterns whose named groups, or JSON objects whose fields, become keys and values.

use std::collections::BTreeSet;

use heal_diagnostics::{Code, Diagnostic, Safety, TextRange};
use heal_expr::{SpanKind, article, nearest};
use heal_program::{Dimension, LogReading, LogSource, Source};
use heal_syntax::tree::{self, Name, Spanned};

use super::sample_source::{Measured, SampleSource};
use crate::{check::Checker, item::Item};

/// Largest compiled form of a pattern, in bytes: whoever runs it holds it in memory, and `(\w{1000}){1000}` is short.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// Deepest nesting of a pattern.
const PATTERN_DEPTH_MAX: u32 = 64;

/// What a line of a log has by name.
#[derive(Clone, Debug)]
pub(crate) enum LineFields {
    /// The named groups of its pattern.
    Groups(BTreeSet<String>),
    /// Whatever its JSON object has; also where the pattern was reported.
    Any,
}

impl<'a> Checker<'a> {
    /// A log as a source of samples.
    pub(super) fn log_samples(
        &mut self,
        item: &Item<'a>,
        log: &'a tree::LogSource,
        keys: &[Name],
        measured: &Measured<'_>,
    ) -> SampleSource {
        let fields = self.line_fields(item, log);
        let known = self.group_names(item, &fields, keys, log);
        let mut per = None;
        let reading = match &log.reading {
            tree::LogReading::CountPer(span) => {
                let fits = self.counts_lines(item, measured);
                let millis = self.constant_span(item, span, SpanKind::Positive);
                per = millis.map(|millis| (millis, span.range));
                millis.filter(|_| fits).map(|per| LogReading::Count { per })
            }
            tree::LogReading::Value(field) => {
                let known = self.group_names(item, &fields, std::slice::from_ref(field), log);
                known.then(|| LogReading::Value { field: field.value.clone() })
            }
            tree::LogReading::Line => {
                self.no_reading(item, log, measured);
                None
            }
        };
        let source = self.log_source(item, log, &fields, reading.filter(|_| known));
        SampleSource { source: source.map(Source::Logs), per }
    }

    /// A log as a source of events, and what each of them has by name.
    pub(super) fn log_events(
        &mut self,
        item: &Item<'a>,
        log: &'a tree::LogSource,
        keys: &[Name],
    ) -> (Option<LogSource>, LineFields) {
        let fields = self.line_fields(item, log);
        let known = self.group_names(item, &fields, keys, log);
        let range = match &log.reading {
            tree::LogReading::Line => None,
            tree::LogReading::CountPer(span) => Some(span.range),
            tree::LogReading::Value(field) => Some(field.range),
        };
        if let Some(range) = range {
            let message = "each line is one event, and neither counted nor read for a number";
            let diagnostic = Diagnostic::error(Code::WRONG_READING, item.unit.file, range, message)
                .with_help("count events where they are read: `deploy.count(1h)`");
            self.diagnostics.push(diagnostic);
        }
        let reading = (known && range.is_none()).then_some(LogReading::Event);
        (self.log_source(item, log, &fields, reading), fields)
    }

    fn log_source(
        &mut self,
        item: &Item<'a>,
        log: &tree::LogSource,
        fields: &LineFields,
        reading: Option<LogReading>,
    ) -> Option<LogSource> {
        let names: Vec<Name> = log.matchers.iter().map(|matcher| matcher.name.clone()).collect();
        let known = self.group_names(item, fields, &names, log);
        let matching = self.matching(item, &log.matchers, "field");
        if log.name.value.trim().is_empty() {
            self.error(item, Code::BAD_LITERAL, log.name.range, "the name of the log is empty");
            return None;
        }
        let pattern = log.pattern.as_ref().map(|pattern| pattern.value.clone());
        let reading = reading.filter(|_| known)?;
        Some(LogSource { name: log.name.value.clone(), pattern, matching, reading })
    }

    /// Reads the pattern of a log.
    fn line_fields(&mut self, item: &Item<'a>, log: &tree::LogSource) -> LineFields {
        let Some(pattern) = &log.pattern else { return LineFields::Any };
        match groups_of(&pattern.value) {
            Ok(groups) => LineFields::Groups(groups),
            Err(wrong) => {
                let message = format!("this is no regular expression: {}", wrong.message);
                let range = wrong.inside(item.unit.source().slice(pattern.range), pattern);
                let diagnostic = Diagnostic::error(Code::BAD_PATTERN, item.unit.file, range, message);
                let diagnostic = match wrong.help {
                    Some(help) => diagnostic.with_help(help),
                    None => diagnostic,
                };
                self.diagnostics.push(diagnostic);
                LineFields::Any
            }
        }
    }

    /// Whether each name is something that a line has; says so where it is not.
    fn group_names(
        &mut self,
        item: &Item<'a>,
        fields: &LineFields,
        names: &[Name],
        log: &tree::LogSource,
    ) -> bool {
        let (LineFields::Groups(groups), Some(pattern)) = (fields, &log.pattern) else { return true };
        let mut all = true;
        for name in names.iter().filter(|name| !groups.contains(&name.value)) {
            all = false;
            let message = format!("the pattern has no group `{}`", name.value);
            let diagnostic = Diagnostic::error(Code::MISSING_GROUP, item.unit.file, name.range, message)
                .with_secondary(item.unit.file, pattern.range, groups_said(groups));
            let written = item.unit.source().slice(pattern.range);
            let misspelt = nearest(&name.value, groups.iter().map(String::as_str));
            let place = misspelt.and_then(|group| {
                let group_start = written.find(&format!("<{group}>"))? + 1;
                let start = pattern.range.start + u32::try_from(group_start).ok()?;
                Some((group, TextRange::new(start, start + u32::try_from(group.len()).ok()?)))
            });
            // The name outside is what the rest of the package reads.
            self.diagnostics.push(match place {
                Some((group, place)) => diagnostic
                    .with_help(format!("is the group `{group}` meant to be `{}`?", name.value))
                    .with_fix(format!("name the group `{}`", name.value), Safety::Unsafe, place, &name.value),
                None => diagnostic
                    .with_help(format!("a group has its name in the pattern: `(?<{}>...)`", name.value)),
            });
        }
        all
    }

    /// Whether what counts lines is a count that may fall; says so where it is not.
    fn counts_lines(&mut self, item: &Item<'a>, measured: &Measured<'_>) -> bool {
        let Some(dimension) = measured.dimension else { return false };
        if dimension != Dimension::COUNT {
            let message =
                format!("lines are counted, and `{}` is {}", measured.name.value, article(dimension));
            let diagnostic =
                Diagnostic::error(Code::DIMENSION_MISMATCH, item.unit.file, measured.type_range, message)
                    .with_fix("write `count`", Safety::Unsafe, measured.type_range, "count");
            self.diagnostics.push(diagnostic);
            return false;
        }
        if measured.counter {
            let message = format!(
                "`{}` counts the lines of each span, which is no counter that only grows",
                measured.name.value
            );
            let diagnostic =
                Diagnostic::error(Code::WRONG_READING, item.unit.file, measured.name.range, message)
                    .with_help("declare it with `signal`: its value is already a count per span");
            self.diagnostics.push(diagnostic);
            return false;
        }
        true
    }

    fn no_reading(&mut self, item: &Item<'a>, log: &tree::LogSource, measured: &Measured<'_>) {
        if item.tree.incomplete {
            return;
        }
        let message = format!("what of a line is the value of `{}` is not said", measured.name.value);
        let diagnostic = Diagnostic::error(Code::WRONG_READING, item.unit.file, log.name.range, message)
            .with_help("count the lines with `count per 1m`, or name a group that is a number: `value took`");
        self.diagnostics.push(diagnostic);
    }
}

fn groups_said(groups: &BTreeSet<String>) -> String {
    if groups.is_empty() {
        return "no group of it has a name".to_owned();
    }
    let names: Vec<&str> = groups.iter().map(String::as_str).collect();
    format!("its groups are {}", names.join(", "))
}

/// What is wrong with a pattern.
struct Wrong {
    message: String,
    /// The bytes of the pattern, where it is a part.
    span: Option<(usize, usize)>,
    help: Option<&'static str>,
}

impl Wrong {
    /// The place in the file: a part of the pattern where what is written is what is meant, else all of it.
    fn inside(&self, written: &str, pattern: &Spanned<String>) -> TextRange {
        let inner = written.get(1..written.len().saturating_sub(1)).unwrap_or("");
        let Some((start, end)) = self.span.filter(|_| inner == pattern.value) else { return pattern.range };
        let at = |offset: usize| pattern.range.start + 1 + u32::try_from(offset).unwrap_or(0);
        if start < end { TextRange::new(at(start), at(end)) } else { pattern.range }
    }
}

/// The names of the groups of a pattern.
fn groups_of(pattern: &str) -> Result<BTreeSet<String>, Wrong> {
    let parsed = regex_syntax::ParserBuilder::new().nest_limit(PATTERN_DEPTH_MAX).build().parse(pattern);
    if let Err(wrong) = parsed {
        let (message, span) = match &wrong {
            regex_syntax::Error::Parse(wrong) => (wrong.kind().to_string(), Some(*wrong.span())),
            regex_syntax::Error::Translate(wrong) => (wrong.kind().to_string(), Some(*wrong.span())),
            _ => (wrong.to_string(), None),
        };
        let looks_around = ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|it| pattern.contains(it));
        let help =
            looks_around.then_some("patterns look neither ahead nor back: their time is linear in the line");
        return Err(Wrong { message, span: span.map(|span| (span.start.offset, span.end.offset)), help });
    }
    let compiled = regex::RegexBuilder::new(pattern)
        .nest_limit(PATTERN_DEPTH_MAX)
        .size_limit(PATTERN_BYTES_MAX)
        .build()
        .map_err(|_| Wrong {
            message: format!("it is compiled to more than {PATTERN_BYTES_MAX} bytes"),
            span: None,
            help: Some("let it repeat less often"),
        })?;
    Ok(compiled.capture_names().flatten().map(str::to_owned).collect())
}
