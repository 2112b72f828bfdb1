//! One line of OpenMetrics: a comment that means something, or a sample.

use heal_telemetry::Labels;

/// What is wrong in a line, and at which byte of it.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) offset: usize,
    pub(super) reason: String,
}

impl Wrong {
    pub(super) fn at(offset: usize, reason: impl Into<String>) -> Wrong {
        Wrong { offset, reason: reason.into() }
    }
}

/// A line.
pub(super) enum Meta<'a> {
    /// Blank, a comment, or help.
    Nothing,
    /// `# EOF`
    End,
    /// `# TYPE name kind`
    Type { name: String, kind: String },
    /// `# UNIT name unit`
    Unit { name: String, unit: String },
    /// `name{label="value"} 1 1700000000`
    Sample(SampleLine<'a>),
}

/// A sample as it stands in a line.
pub(super) struct SampleLine<'a> {
    pub(super) name: String,
    pub(super) labels: Labels,
    pub(super) value: f64,
    /// Its time as it is written, and where.
    pub(super) time: Option<(usize, &'a str)>,
}

/// Reads a line.
pub(super) fn read_line(text: &str) -> Result<Meta<'_>, Wrong> {
    let trimmed = text.trim_start();
    if trimmed.is_empty() {
        return Ok(Meta::Nothing);
    }
    if let Some(comment) = trimmed.strip_prefix('#') {
        return Ok(read_comment(comment));
    }
    read_sample(text, text.len() - trimmed.len()).map(Meta::Sample)
}

fn read_comment(comment: &str) -> Meta<'_> {
    let mut words = comment.split_ascii_whitespace();
    let name = |word: &str| word.trim_matches('"').to_owned();
    match (words.next(), words.next(), words.next()) {
        (Some("EOF"), None, None) => Meta::End,
        (Some("TYPE"), Some(of), Some(kind)) => Meta::Type { name: name(of), kind: kind.to_owned() },
        (Some("UNIT"), Some(of), unit) => {
            Meta::Unit { name: name(of), unit: unit.unwrap_or_default().to_owned() }
        }
        (_, _, _) => Meta::Nothing,
    }
}

/// A place in a line.
struct Cursor<'a> {
    text: &'a str,
    offset: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.offset..).unwrap_or_default()
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.offset += rest.len() - rest.trim_start_matches([' ', '\t']).len();
    }

    /// Whether the letter stands here; if so it is passed.
    fn passes(&mut self, letter: char) -> bool {
        let is_here = self.rest().starts_with(letter);
        if is_here {
            self.offset += letter.len_utf8();
        }
        is_here
    }

    /// The letters up to the first that is not wanted.
    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|letter| !wanted(letter)).unwrap_or(rest.len());
        self.offset += end;
        rest.get(..end).unwrap_or_default()
    }

    fn word(&mut self) -> &'a str {
        self.take_while(|letter| !letter.is_ascii_whitespace())
    }

    /// A text behind its opening quote, with `\\`, `\"` and `\n`.
    fn quoted(&mut self) -> Result<String, Wrong> {
        let start = self.offset;
        let mut value = String::new();
        let mut letters = self.rest().char_indices();
        while let Some((place, letter)) = letters.next() {
            match letter {
                '"' => {
                    self.offset += place + 1;
                    return Ok(value);
                }
                '\\' => match letters.next() {
                    Some((_, 'n')) => value.push('\n'),
                    Some((_, other @ ('\\' | '"'))) => value.push(other),
                    Some((_, other)) => value.extend(['\\', other]),
                    None => break,
                },
                other => value.push(other),
            }
        }
        Err(Wrong::at(start.saturating_sub(1), "the text has no closing `\"`"))
    }
}

fn read_sample(text: &str, start: usize) -> Result<SampleLine<'_>, Wrong> {
    let mut cursor = Cursor { text, offset: start };
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | ':' | '.');
    let mut name = cursor.take_while(is_name).to_owned();
    if name.starts_with(|letter: char| letter.is_ascii_digit()) {
        return Err(Wrong::at(start, "a sample begins with the name of its metric"));
    }
    let mut labels = Labels::new();
    cursor.skip_blanks();
    if cursor.passes('{') {
        read_labels(&mut cursor, &mut name, &mut labels)?;
    }
    if name.is_empty() {
        return Err(Wrong::at(start, "a sample begins with the name of its metric"));
    }
    cursor.skip_blanks();
    let (offset, word) = (cursor.offset, cursor.word());
    let value = word.parse::<f64>().map_err(|_| {
        let what = if word.is_empty() {
            "the sample has no value".to_owned()
        } else {
            format!("`{word}` is not a number")
        };
        Wrong::at(offset, what)
    })?;
    cursor.skip_blanks();
    let (offset, word) = (cursor.offset, cursor.word());
    let has_time = !word.is_empty() && word != "#";
    if has_time {
        cursor.skip_blanks();
        let rest = cursor.rest();
        if !rest.is_empty() && !rest.starts_with('#') {
            return Err(Wrong::at(cursor.offset, "there is more behind the time"));
        }
    }
    Ok(SampleLine { name, labels, value, time: has_time.then_some((offset, word)) })
}

/// Labels behind `{`; a quoted text without `=` is the name of the metric.
fn read_labels(cursor: &mut Cursor<'_>, name: &mut String, labels: &mut Labels) -> Result<(), Wrong> {
    loop {
        cursor.skip_blanks();
        if cursor.passes('}') {
            return Ok(());
        }
        let start = cursor.offset;
        let is_quoted = cursor.passes('"');
        let label = if is_quoted {
            cursor.quoted()?
        } else {
            cursor.take_while(|letter| letter.is_ascii_alphanumeric() || letter == '_').to_owned()
        };
        cursor.skip_blanks();
        if cursor.passes('=') && !label.is_empty() {
            cursor.skip_blanks();
            if !cursor.passes('"') {
                return Err(Wrong::at(cursor.offset, format!("the value of `{label}` stands in `\"`")));
            }
            let value = cursor.quoted()?;
            if labels.insert(label.clone(), value).is_some() {
                return Err(Wrong::at(start, format!("the label `{label}` is there twice")));
            }
        } else if is_quoted && name.is_empty() {
            *name = label;
        } else {
            return Err(Wrong::at(start, "labels are written `{name=\"value\", other=\"value\"}`"));
        }
        cursor.skip_blanks();
        if !cursor.passes(',') && !cursor.rest().starts_with('}') {
            return Err(Wrong::at(cursor.offset, "behind a label stands `,` or `}`"));
        }
    }
}
