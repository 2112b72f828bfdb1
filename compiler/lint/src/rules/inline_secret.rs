//! A secret that is written out where a reference to it belongs.

use heal_check::SourceUnit;
use heal_diagnostics::{Code, Diagnostic, TextRange};
use heal_syntax::tree::{
    ActionStatement, ChannelStatement, Entry, Expression, ExpressionKind, ItemKind, Object, ObjectValue,
    Spanned,
};

use crate::linted::{places, statements};

/// What names of headers and fields end with that hold secrets, in lower case and without what parts words.
const SECRET: &[&str] = &[
    "authorization",
    "token",
    "apikey",
    "password",
    "passwd",
    "passphrase",
    "secret",
    "secretkey",
    "privatekey",
    "accesskey",
    "credentials",
    "cookie",
];

/// Programs that take a user with a password, and behind which options.
const USERS: &[(&str, &[&str])] = &[
    ("curl", &["-u", "-U", "--user", "--proxy-user"]),
    ("http", &["-a", "--auth"]),
    ("https", &["-a", "--auth"]),
    ("xh", &["-a", "--auth"]),
];

/// Programs that take headers as they stand: `Authorization:abc`.
const HTTPIE: &[&str] = &["http", "https", "xh", "xhs"];

/// What options begin with that take nothing, whatever is named behind it.
const SWITCHES: &[&str] = &["no", "without", "skip", "disable", "ask", "prompt"];

/// A part of a request that may hold a secret.
enum Part<'a> {
    Address(&'a Spanned<String>),
    Header(&'a Spanned<String>, &'a Expression),
    Body(&'a Object),
    Command(&'a [Expression]),
}

/// What is said of a secret that a request holds.
const OF_A_REQUEST: &str = "say where it is found, `secret token = env(\"TOKEN\")` or `file(\"PATH\")`, write the name in \
                            its place, and have this one replaced";
/// What is said of a secret among the arguments of a command, which whoever lists processes reads.
const OF_A_COMMAND: &str = "let the program read it from its environment or a file on the machine where it runs, and have \
                            this one replaced";

pub(crate) fn check(unit: &SourceUnit<'_>, found: &mut Vec<Diagnostic>) {
    for item in &unit.tree.items {
        let mut parts: Vec<Part<'_>> = Vec::new();
        if let ItemKind::Action(action) = &item.value.kind {
            parts.extend(statements(&action.statements, of_action));
        } else if let ItemKind::Channel(channel) = &item.value.kind {
            parts.extend(statements(&channel.statements, of_channel));
        }
        let mut written_out = Vec::new();
        parts.iter().for_each(|part| add_secrets(part, &mut written_out));
        let message = "this secret is written out: it stands in Git for all who read the policies";
        found.extend(written_out.into_iter().map(|(range, help)| {
            Diagnostic::warning(Code::INLINE_SECRET, unit.file, range, message.to_owned()).with_help(help)
        }));
    }
}

fn of_action(statement: &ActionStatement) -> Option<Part<'_>> {
    match statement {
        ActionStatement::Http(_, address) => Some(Part::Address(address)),
        ActionStatement::Header(name, value) => Some(Part::Header(name, value)),
        ActionStatement::Body(body) => Some(Part::Body(body)),
        ActionStatement::Command(arguments, _) => Some(Part::Command(arguments)),
        ActionStatement::Kubernetes(..)
        | ActionStatement::Secret(_)
        | ActionStatement::Success(_)
        | ActionStatement::Risk(_)
        | ActionStatement::Timeout(_)
        | ActionStatement::Idempotent
        | ActionStatement::Replaces(_)
        | ActionStatement::Affects(_)
        | ActionStatement::Undo(_) => None,
    }
}

fn of_channel(statement: &ChannelStatement) -> Option<Part<'_>> {
    match statement {
        ChannelStatement::Http(_, address) => Some(Part::Address(address)),
        ChannelStatement::Header(name, value) => Some(Part::Header(name, value)),
        ChannelStatement::Body(body) => Some(Part::Body(body)),
        ChannelStatement::Secret(_) | ChannelStatement::Success(_) | ChannelStatement::Timeout(_) => None,
    }
}

fn add_secrets(part: &Part<'_>, found: &mut Vec<(TextRange, &'static str)>) {
    let mut of_request = Vec::new();
    match part {
        Part::Address(address) => of_request.extend(in_address(&address.value).then_some(address.range)),
        Part::Header(name, value) => {
            of_request.extend((is_secret(&name.value) && is_written_out(value)).then_some(value.range));
        }
        Part::Body(body) => add_fields(body, &mut of_request),
        Part::Command(arguments) => {
            let secrets = arguments_with_secrets(arguments);
            found.extend(secrets.into_iter().map(|place| (place, OF_A_COMMAND)));
        }
    }
    found.extend(of_request.into_iter().map(|place| (place, OF_A_REQUEST)));
}

/// `--password=hunter2`, `--token` before a text, `PGPASSWORD=hunter2`, a header, a user with a password, an address with one
fn arguments_with_secrets(arguments: &[Expression]) -> Vec<TextRange> {
    let mut found = Vec::new();
    let mut before = Before::default();
    for argument in arguments {
        let text =
            if let ExpressionKind::Text(text) = argument.kind.as_ref() { Some(text.as_str()) } else { None };
        let (name, value) = match text.and_then(|text| text.split_once('=')) {
            Some((name, value)) => (Some(name), Some(value)),
            None => (text, None),
        };
        let is_in_one = name.is_some_and(is_secret) && value.is_some_and(is_given);
        let is_after =
            before.names_secret && is_written_out(argument) && text.is_none_or(|it| !it.starts_with('-'));
        let is_user = text.is_some_and(|text| before.is_user(text));
        let is_header = text.and_then(|text| before.header(text)).is_some_and(is_header);
        if is_in_one || is_after || is_user || is_header || text.is_some_and(in_address) {
            found.push(argument.range);
        }
        before.go_on(text, value.is_some());
    }
    found
}

/// What stands before an argument of a command.
#[derive(Default)]
struct Before {
    /// Whether the option right before it takes a secret.
    names_secret: bool,
    /// Whether the option right before it takes a user with a password.
    names_user: bool,
    /// The options of the program that take one.
    user_options: &'static [&'static str],
    /// Whether the option right before it takes a header.
    names_header: bool,
    /// Whether the program takes headers as they stand.
    takes_headers: bool,
}

impl Before {
    /// Whether an argument is a user with a password: `heal:hunter2` behind `-u`, `-uheal:hunter2`, `--user=heal:hunter2`.
    fn is_user(&self, text: &str) -> bool {
        let behind = |option: &&str| {
            let rest = text.strip_prefix(*option)?;
            if option.starts_with("--") { rest.strip_prefix('=') } else { Some(rest) }
        };
        let glued = self.user_options.iter().find_map(behind);
        let user = glued.filter(|user| !user.is_empty()).or(self.names_user.then_some(text));
        user.and_then(|user| user.split_once(':')).is_some_and(|(_, password)| is_given(password))
    }

    /// The header that an argument is, if it is one: behind `-H` or glued to it, or any argument of HTTPie. Elsewhere
    /// `db-password:/run/secrets` is a volume, and `auth-token:1.2` an image.
    fn header<'a>(&self, text: &'a str) -> Option<&'a str> {
        let glued = text.strip_prefix("-H").or_else(|| text.strip_prefix("--header="));
        glued.or_else(|| (self.names_header || self.takes_headers).then_some(text))
    }

    fn go_on(&mut self, text: Option<&str>, has_value: bool) {
        let option = text.filter(|text| text.starts_with('-') && !has_value);
        self.names_secret = option.is_some_and(|option| is_secret(option) && !is_switch(option));
        self.names_header = option.is_some_and(|option| matches!(option, "-H" | "--header"));
        self.names_user = option.is_some_and(|option| self.user_options.contains(&option));
        let program = text.map(|text| text.rsplit('/').next().unwrap_or(text));
        let options = USERS.iter().find(|(name, _)| Some(*name) == program).map(|(_, options)| *options);
        self.takes_headers |= program.is_some_and(|name| HTTPIE.contains(&name));
        self.user_options = options.unwrap_or(self.user_options);
    }
}

/// Whether an option is one that takes nothing: `--no-password`, `--ask-password`.
fn is_switch(option: &str) -> bool {
    let words = option.trim_start_matches('-');
    SWITCHES.iter().any(|start| words.strip_prefix(start).is_some_and(|rest| rest.starts_with('-')))
}

/// `Authorization: Bearer abc`
fn is_header(text: &str) -> bool {
    let is_name = |name: &str| name.chars().all(|one| one.is_ascii_alphanumeric() || one == '-');
    text.split_once(':').is_some_and(|(name, value)| {
        let value = value.trim();
        is_name(name)
            && is_secret(name)
            && !value.starts_with("//")
            && is_given(value)
            && !value.contains('{')
    })
}

// Recursion is as deep as objects nest, which the parser bounds.
fn add_fields(object: &Object, found: &mut Vec<TextRange>) {
    for Entry { name, value } in &object.entries {
        match value {
            ObjectValue::Expression(value) => {
                found.extend((is_secret(&name.value) && is_written_out(value)).then_some(value.range));
            }
            ObjectValue::Object(inner) => add_fields(inner, found),
            ObjectValue::List(items) => {
                for item in items {
                    if let ObjectValue::Object(inner) = item {
                        add_fields(inner, found);
                    }
                }
            }
        }
    }
}

fn is_secret(name: &str) -> bool {
    let name: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    SECRET.iter().any(|end| name.ends_with(end))
}

/// Whether a value is a text that nothing is put into.
fn is_written_out(value: &Expression) -> bool {
    let is_name = |kind: &ExpressionKind| matches!(kind, ExpressionKind::Name(_) | ExpressionKind::Field(..));
    let is_text = |kind: &ExpressionKind| matches!(kind, ExpressionKind::Text(text) if !text.is_empty());
    places(value, &is_name).is_empty() && !places(value, &is_text).is_empty()
}

/// Whether a value is written, and no placeholder stands for it.
fn is_given(value: &str) -> bool {
    !value.is_empty() && !value.starts_with('{')
}

/// `https://user:password@host` and `https://host/?token=abc`, where the secret is no placeholder.
fn in_address(address: &str) -> bool {
    let Some((_, rest)) = address.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let password = authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':'));
    let query = rest.split_once('?').map_or("", |(_, query)| query.split('#').next().unwrap_or(query));
    let mut fields = query.split('&').filter_map(|field| field.split_once('='));
    password.is_some_and(|(_, password)| is_given(password))
        || fields.any(|(name, value)| is_secret(name) && is_given(value))
}
