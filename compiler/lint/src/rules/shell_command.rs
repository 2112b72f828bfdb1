//! A command that hands a line to a shell.

use heal_diagnostics::{Code, Diagnostic, TextRange};
use heal_syntax::tree::{Expression, ExpressionKind};

use crate::{
    found::Found,
    linted::{Linted, WrittenAction, command_of, statements},
};

/// Shells that take a line after `-c`, alone or with other letters: `-lc`.
const POSIX: &[&str] =
    &["sh", "bash", "dash", "zsh", "ash", "ksh", "mksh", "fish", "csh", "tcsh", "su", "busybox", "rbash"];

/// Shells that take a line after one of these, in any case.
const OTHERS: &[(&str, &[&str])] = &[
    ("cmd", &["/c", "/k", "/r"]),
    ("powershell", &["-command", "-c", "-encodedcommand", "-enc", "-e", "-ec"]),
    ("pwsh", &["-command", "-c", "-encodedcommand", "-enc", "-e", "-ec"]),
];

/// Programs that start the one which is named after them.
const STARTERS: &[&str] = &[
    "sudo",
    "doas",
    "env",
    "nice",
    "ionice",
    "nohup",
    "setsid",
    "timeout",
    "chroot",
    "nsenter",
    "unshare",
    "exec",
    "docker",
    "podman",
    "nerdctl",
    "crictl",
    "kubectl",
    "oc",
    "ssh",
    "runuser",
    "systemd-run",
    "busybox",
    "xargs",
];

pub(crate) fn check(_: &Linted<'_>, action: &WrittenAction<'_>, found: &mut Found) {
    for command in statements(&action.tree.statements, command_of) {
        let Some(shell) = shell(command) else { continue };
        let message = format!("`{}` reads a line and takes it apart: what is in a text runs", shell.name);
        let reads = shell.line.and_then(variable);
        let help = match reads {
            Some(range) => format!(
                "{} can hold `; rm -rf /`: name the program and each of its arguments as an item of the list",
                action.quoted(range)
            ),
            None => "name the program and each of its arguments as an item of the list; \
                     what needs a shell goes into a script on the host"
                .to_owned(),
        };
        let diagnostic = Diagnostic::warning(Code::SHELL_COMMAND, action.file, shell.range, message);
        found.push(diagnostic.with_help(help));
    }
}

/// A shell that is started with a line.
struct Shell<'a> {
    /// What it is called, with what makes it read a line.
    name: String,
    /// From its name to what makes it read a line.
    range: TextRange,
    /// The line.
    line: Option<&'a Expression>,
}

fn shell(command: &[Expression]) -> Option<Shell<'_>> {
    let first = text_of(command.first()?).map(program)?;
    let is_started = STARTERS.contains(&first.as_str());
    let last = if is_started { command.len() } else { 1 };
    (0..last).find_map(|at| shell_at(command, at))
}

/// The shell whose name stands at a place of a command, where one of the options right after it makes it read a line.
fn shell_at(command: &[Expression], at: usize) -> Option<Shell<'_>> {
    let word = command.get(at)?;
    let name = program(text_of(word)?);
    let reads_a_line = |option: &str| {
        let posix = POSIX.contains(&name.as_str())
            && option.starts_with('-')
            && !option.starts_with("--")
            && option.ends_with('c');
        let of_others = OTHERS.iter().find(|(shell, _)| *shell == name);
        posix || of_others.is_some_and(|(_, options)| options.contains(&option.to_lowercase().as_str()))
    };
    // A word that is no option ends them: it is the script which is run. `busybox sh` and `su root` go on.
    let goes_on = |text: &str| {
        let is_option = text.starts_with('-') || name == "cmd" && text.starts_with('/');
        is_option || name == "su" || name == "busybox" && POSIX.contains(&text)
    };
    let options = command.iter().enumerate().skip(at + 1).map_while(|(at, it)| Some((at, it, text_of(it)?)));
    let (option_at, option, text) =
        options.take_while(|(_, _, text)| goes_on(text)).find(|(_, _, text)| reads_a_line(text))?;
    Some(Shell {
        name: format!("{name} {text}"),
        range: word.range.cover(option.range),
        line: command.get(option_at + 1),
    })
}

/// The name of a program, without its folder and `.exe`.
fn program(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_lowercase();
    name.strip_suffix(".exe").map_or(name.clone(), str::to_owned)
}

fn text_of(expression: &Expression) -> Option<&str> {
    if let ExpressionKind::Text(text) = expression.kind.as_ref() { Some(text) } else { None }
}

/// Where a line is not a constant: the first name in it.
fn variable(line: &Expression) -> Option<TextRange> {
    let is_name = |kind: &ExpressionKind| matches!(kind, ExpressionKind::Name(_) | ExpressionKind::Field(..));
    crate::linted::places(line, &is_name).first().copied()
}
