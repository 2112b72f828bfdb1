//! Where results and messages go, and how a run ends.

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use heal_telemetry::printable;

/// How a run ends, as scripts read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing to report.
    Nothing,
    /// Findings, or a failed gate.
    Findings,
    /// Wrong usage or unreadable input.
    Usage,
    /// A defect of Heal.
    Defect,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Nothing => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::Defect => 3,
        })
    }
}

/// Why a command could not do its work; the message says what to do.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Failure {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            if !text.contains(&cause_text) {
                text = format!("{text}: {cause_text}");
            }
            source = cause.source();
        }
        Failure(text)
    }
}

/// What a command comes to.
pub(crate) type Done = Result<Exit, Failure>;

/// Writes a result to standard output. A reader that has gone away, as `head` does, is no failure.
pub(crate) fn write_result(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(wrong) if wrong.kind() != io::ErrorKind::BrokenPipe => Err(wrong.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Lets something write a result to standard output piece by piece. As with [`write_result`], a reader that has gone away
/// is no failure.
pub(crate) fn write_pieces<E: std::error::Error>(
    write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<(), Failure> {
    let mut out = Pieces { out: io::BufWriter::new(io::stdout().lock()), gone: false };
    let written = write(&mut out);
    let flushed = out.flush();
    if out.gone {
        return Ok(());
    }
    written?;
    Ok(flushed?)
}

/// Standard output that remembers that its reader has gone away.
struct Pieces<W> {
    out: W,
    gone: bool,
}

impl<W: Write> Pieces<W> {
    fn note<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        self.gone |= matches!(&result, Err(wrong) if wrong.kind() == io::ErrorKind::BrokenPipe);
        result
    }
}

impl<W: Write> Write for Pieces<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.out.write(bytes);
        self.note(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.out.flush();
        self.note(result)
    }
}

/// Writes a message for people to standard error. What it quotes has no way to command the terminal.
pub(crate) fn write_message(text: &str) {
    write_rendered(&for_terminal(text));
}

/// Writes to standard error what was rendered for it, colours and all.
pub(crate) fn write_rendered(text: &str) {
    let mut error = io::stderr().lock();
    // Nobody is left to be told when standard error is gone.
    let _ = writeln!(error, "{}", text.trim_end());
}

/// A text of any lines, its other control characters as escapes.
pub(crate) fn for_terminal(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for piece in text.split_inclusive(['\n', '\t']) {
        let body = piece.trim_end_matches(['\n', '\t']);
        shown.push_str(&printable(body));
        shown.push_str(piece.get(body.len()..).unwrap_or_default());
    }
    shown
}

pub(crate) fn report_failure(text: &str) {
    write_message(&format!("heal: {text}"));
}

/// Whether standard error takes colour: it is a terminal, and the environment does not say no.
pub(crate) fn colour() -> bool {
    colour_on(io::stderr().is_terminal())
}

/// The same of standard output.
pub(crate) fn colour_of_results() -> bool {
    colour_on(io::stdout().is_terminal())
}

fn colour_on(is_terminal: bool) -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if is_set("NO_COLOR") {
        return false;
    }
    is_set("CLICOLOR_FORCE") || (is_terminal && std::env::var_os("TERM").is_some_and(|term| term != "dumb"))
}

/// A word of a command that people copy: quoted where a shell would take it apart. What no shell can be given stays as it is.
pub(crate) fn word(text: &str) -> String {
    shlex::try_quote(text).map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
}

/// What shows a recording.
pub(crate) fn show_command(folder: &std::path::Path) -> String {
    format!("heal record show {}", word(&folder.display().to_string()))
}

#[cfg(test)]
mod tests {
    use super::for_terminal;

    #[test]
    fn what_a_message_quotes_does_not_command_the_terminal() {
        assert_eq!(for_terminal("a\tb\n\u{1b}[31mred\u{7}\n"), "a\tb\n\\u{1b}[31mred\\u{7}\n");
        assert_eq!(for_terminal("größer\n\nok"), "größer\n\nok");
    }
}
