//! What the configuration takes and what it refuses, and how.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use heal_connect::{Authentication, SecretReference};

use super::{Config, ForgeConfig, Pace, RecordingChoice, RepositoryPlace, TelemetryConfig};

const LOCAL: &str = "[repository]\npath = \"policies\"\n";

fn read(text: &str) -> Config {
    Config::read(Path::new("/etc/heal/heald.toml"), text).unwrap()
}

#[track_caller]
fn refused(text: &str, line: usize, said: &str) {
    let error = Config::read(Path::new("heald.toml"), text).unwrap_err().to_string();
    assert!(error.starts_with(&format!("heald.toml:{line}: ")), "{error}");
    assert!(error.contains(said), "{error}");
    assert!(!error.contains("s3cret"), "{error}");
}

#[test]
fn a_path_is_enough() {
    let config = read(LOCAL);
    assert_eq!(config.state, PathBuf::from("/var/lib/heald"));
    assert_eq!(config.socket, PathBuf::from("/var/lib/heald/heald.sock"));
    assert_eq!(config.repository.place, RepositoryPlace::Local(PathBuf::from("/etc/heal/policies")));
    assert_eq!(
        (config.repository.branch.as_str(), config.repository.pattern.to_string().as_str()),
        ("main", "heal/**")
    );
    assert_eq!(config.repository.poll, Duration::from_secs(30));
    assert_eq!(config.forge, ForgeConfig::Embedded { folder: None });
    assert_eq!((config.recording, config.telemetry), (RecordingChoice::OfPolicies, TelemetryConfig::Nothing));
}

#[test]
fn everything_can_be_said() {
    let config = read(
        r#"
        state = "state"
        socket = "/run/heald.sock"
        [repository]
        url = "https://git.example/o/policies.git"
        branch = "live"
        pattern = "policy/*"
        poll = "5s"
        token = { env = "GIT_TOKEN" }
        [forge]
        kind = "github"
        api = "https://ghe.example/api/v3"
        owner = "o"
        repo = "policies"
        login = "heal-bot"
        token = { file = "token" }
        reports = { folder = "/srv/reports", address = "https://reports.example/" }
        [recording]
        name = "production"
        [telemetry]
        prometheus = { url = "https://prom.example/p", user = "u", password = { file = "/run/p" }, timeout = "3s" }
        "#,
    );
    assert_eq!(config.state, PathBuf::from("/etc/heal/state"));
    assert!(
        matches!(&config.repository.place, RepositoryPlace::Remote(address) if address.as_str().ends_with("policies.git"))
    );
    assert_eq!(config.repository.token, Some(SecretReference::Environment("GIT_TOKEN".to_owned())));
    let ForgeConfig::GitHub { api, owner, repo, login, token, reports } = config.forge else {
        panic!("{:?}", config.forge)
    };
    assert_eq!(
        (api.as_str(), owner.as_str(), repo.as_str()),
        ("https://ghe.example/api/v3", "o", "policies")
    );
    assert_eq!(
        (login.as_deref(), token),
        (Some("heal-bot"), SecretReference::File(PathBuf::from("/etc/heal/token")))
    );
    assert_eq!(reports, Some((PathBuf::from("/srv/reports"), "https://reports.example".to_owned())));
    assert_eq!(config.recording, RecordingChoice::Named("production".to_owned()));
    let password = SecretReference::File(PathBuf::from("/run/p"));
    let expected = TelemetryConfig::Prometheus {
        url: "https://prom.example/p".to_owned(),
        authentication: Authentication::Basic { user: "u".to_owned(), password },
        timeout: Duration::from_secs(3),
    };
    assert_eq!(config.telemetry, expected);
}

#[test]
fn a_recording_is_replayed_at_its_pace() {
    let replay = |rest: &str| read(&format!("{LOCAL}[telemetry.recording]\npath = \"r\"\n{rest}")).telemetry;
    let at = |pace| TelemetryConfig::Recording { path: PathBuf::from("/etc/heal/r"), pace };
    assert_eq!(replay(""), at(Pace::Times(1.0)));
    assert_eq!(replay("pace = \"60x\""), at(Pace::Times(60.0)));
    assert_eq!(replay("pace = \"max\""), at(Pace::Max));
}

#[test]
fn mistakes_are_named_with_their_line_and_what_to_write() {
    refused("repository = 3", 1, "expected struct Repository");
    refused("", 1, "missing field `repository`");
    refused("[repository]\npath = \"p\"\nurl = \"https://h/x\"\n", 1, "not both");
    refused("[repository]\n", 1, "write `url = ");
    refused("[repository]\nurl = \"git@h:x\"\n", 2, "are not supported: use `https://…`");
    refused("[repository]\nurl = \"https://me:s3cret@h/x\"\n", 2, "holds a user or a password");
    refused("[repository]\npath = \"p\"\nbranhc = \"x\"\n", 3, "unknown field `branhc`, expected");
    refused("[repository]\npath = \"p\"\nbranch = \"refs/heads/x\"\n", 3, "without `refs/heads/`");
    refused("[repository]\npath = \"p\"\npattern = \"\"\n", 3, "write for example `heal/**`");
    refused("[repository]\npath = \"p\"\npoll = \"30\"\n", 3, "write for example `30s`");
    refused("[repository]\npath = \"p\"\npoll = 30\n", 3, "invalid type");
    refused("[repository]\npath = \"p\"\ntoken = { env = \"X\" }\n", 1, "takes no `token`");
    refused(&format!("{LOCAL}[forge]\nkind = \"gitlab\"\n"), 4, "`kind = \"github\"`");
    refused(&format!("{LOCAL}[forge]\nkind = \"github\"\nowner = \"o\"\n"), 3, "needs `repo = ");
    refused(&format!("{LOCAL}[forge]\nkind = \"embedded\"\nowner = \"o\"\n"), 3, "takes only `folder`");
    refused(&format!("{LOCAL}[recording]\nname = \"a/b\"\n"), 4, "below `recordings/`");
    refused(&format!("{LOCAL}[recording]\n"), 3, "or `name = ");
    refused(&format!("{LOCAL}[telemetry]\n"), 3, "`prometheus = { url");
    refused(
        &format!("{LOCAL}[telemetry]\nrecording = {{ path = \"r\", pace = \"fast\" }}\n"),
        4,
        "write for example `60x`",
    );
    refused(&format!("{LOCAL}[telemetry.prometheus]\nurl = \"prom\"\n"), 4, "it is no URL");
    refused(
        &format!("{LOCAL}[telemetry.prometheus]\nurl = \"https://p\"\nuser = \"u\"\n"),
        3,
        "`user` and `password`",
    );
    refused(&format!("{LOCAL}x = [\n"), 3, "unclosed array");
}

#[test]
fn a_secret_in_the_wrong_place_is_refused_and_not_repeated() {
    let forge = |token: &str| {
        format!("{LOCAL}[forge]\nkind = \"github\"\nowner = \"o\"\nrepo = \"r\"\ntoken = {token}\n")
    };
    for token in [
        "\"s3cret\"",
        "{ env = \"s3cret-with-dashes\" }",
        "{ value = \"s3cret\" }",
        "[\"s3cret\"]",
        "{ env = \"A\", file = \"s3cret\" }",
        "{ env = 5 }",
    ] {
        refused(&forge(token), 7, "write `{ env = \"NAME\" }` or `{ file = \"PATH\" }`");
    }
    refused(&forge("\"s3cret"), 7, "");
    let basic = "[telemetry.prometheus]\nurl = \"https://p\"\nuser = \"u\"\npassword = \"s3cret\"\n";
    refused(&format!("{LOCAL}{basic}"), 6, "a secret is not written into this file");
    let clear = "[telemetry.prometheus]\nurl = \"http://prom\"\ntoken = { env = \"X\" }\n";
    refused(&format!("{LOCAL}{clear}"), 4, "without encryption: use `https`");
}

#[test]
fn a_file_that_is_not_there_is_said() {
    let error = Config::open(Path::new("/no/such/heald.toml")).unwrap_err().to_string();
    assert!(error.starts_with("/no/such/heald.toml: cannot be read: "), "{error}");
}
