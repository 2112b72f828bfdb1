#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
//! What a stateful double of GitHub cannot produce: refusals, limits, broken and missing answers.

mod server;

use std::time::Duration;

use heal_reconcile::{Forge as _, PortError, PullRequestState};
use secrecy::SecretString;

use self::server::{Reply, Request, Server};
use super::{Credentials, GitHubForge, GitHubSettings, ReportFolder};

const TOKEN: &str = "t0ken-that-nobody-may-see";

fn settings(api: String) -> GitHubSettings {
    GitHubSettings {
        api,
        owner: "acme".to_owned(),
        repository: "policies".to_owned(),
        credentials: Credentials::Token(SecretString::from(TOKEN)),
        login: Some("heal-bot".to_owned()),
        reports: None,
        timeout: Duration::from_secs(5),
    }
}

fn forge(server: &Server) -> GitHubForge {
    GitHubForge::new(settings(server.url())).unwrap()
}

/// The error of listing pull requests when the server answers like this.
fn error_of(status: u16, headers: &'static [(&'static str, &'static str)], body: &'static str) -> PortError {
    let server = Server::start(move |_| Reply::new(status, body).with(headers));
    let error = forge(&server).open_pull_requests().unwrap_err();
    assert!(!error.to_string().contains(TOKEN), "{error}");
    assert_eq!(server.requests().len(), 1, "asked once");
    error
}

fn denied(error: PortError) -> String {
    let PortError::Denied { message } = error else { panic!("{error:?}") };
    message
}

fn temporary(error: PortError) -> (String, Option<Duration>) {
    let PortError::Temporary { message, retry_after } = error else { panic!("{error:?}") };
    (message, retry_after)
}

fn pull(number: u64, branch: &str, head_repository: &str) -> String {
    let sha = "b".repeat(40);
    format!(
        r#"{{"number": {number}, "state": "open", "merged_at": null, "base": {{"ref": "main", "sha": "{sha}", "repo": {{"id": 1}}}},
        "head": {{"ref": "{branch}", "sha": "{sha}", "repo": {head_repository}}}}}"#
    )
}

#[test]
fn refusals_say_what_to_do() {
    let message = denied(error_of(401, &[], r#"{"message": "Bad credentials"}"#));
    assert!(message.contains("has not expired (Bad credentials)"), "{message}");
    let needs = &[("x-accepted-github-permissions", "pull_requests=write")];
    let message = denied(error_of(403, needs, r#"{"message": "Resource not accessible by integration"}"#));
    assert!(message.contains("this request needs `pull_requests=write`"), "{message}");
    let message = denied(error_of(404, &[], r#"{"message": "Not Found"}"#));
    assert!(message.contains("check the owner, the name"), "{message}");
}

#[test]
fn limits_say_when_to_look_again() {
    let wait = |error| temporary(error).1.unwrap().as_secs();
    assert_eq!(wait(error_of(429, &[("retry-after", "7")], "{}")), 7);
    assert_eq!(wait(error_of(403, &[("retry-after", "9")], r#"{"message": "slow down"}"#)), 9);
    assert_eq!(wait(error_of(403, &[], r#"{"message": "You have exceeded a secondary rate limit."}"#)), 60);
    assert_eq!(wait(error_of(429, &[], "")), 60);
    let used_up = &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "9999999999")];
    assert_eq!(wait(error_of(403, used_up, "{}")), 6 * 3600, "no answer makes us sleep for years");
    let long_ago = &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "5")];
    assert_eq!(wait(error_of(403, long_ago, "{}")), 1);
    let fine = &[("x-ratelimit-remaining", "10"), ("x-ratelimit-reset", "9999999999")];
    denied(error_of(403, fine, r#"{"message": "no"}"#));
}

#[test]
fn faults_of_the_server_are_worth_another_try() {
    assert_eq!(temporary(error_of(502, &[], "<html>Bad gateway</html>")).1, None);
    assert_eq!(temporary(error_of(503, &[("retry-after", "3")], "")).1, Some(Duration::from_secs(3)));
    let (message, _) = temporary(error_of(200, &[], "<html>not JSON</html>"));
    assert!(message.contains("the answer cannot be read"), "{message}");
    temporary(error_of(200, &[], r#"[{"number": "seven"}]"#));
}

#[test]
fn nothing_is_sent_twice() {
    let server = Server::start(|_| Reply::new(502, ""));
    let mut forge = forge(&server);
    temporary(forge.open_pull_request("heal/x", "main", "t", "b").unwrap_err());
    temporary(forge.create_comment(1, "b").unwrap_err());
    temporary(forge.update_comment(1, 2, "b").unwrap_err());
    temporary(forge.delete_comment(1, 2).unwrap_err());
    let lines: Vec<String> = server.requests().into_iter().map(|request| request.line).collect();
    let base = "/repos/acme/policies";
    assert_eq!(
        lines,
        [
            format!("POST {base}/pulls"),
            format!("POST {base}/issues/1/comments"),
            format!("PATCH {base}/issues/comments/2"),
            format!("DELETE {base}/issues/comments/2"),
        ]
    );
}

#[test]
fn no_answer_is_told_with_its_cause() {
    let server = Server::start(|_| Reply::hang());
    let mut slow =
        GitHubForge::new(GitHubSettings { timeout: Duration::from_millis(300), ..settings(server.url()) })
            .unwrap();
    let (message, _) = temporary(slow.open_pull_requests().unwrap_err());
    assert!(message.contains("no answer within 0.3 s"), "{message}");
    let port = heal_tests::free_port();
    let mut nobody = GitHubForge::new(settings(format!("http://127.0.0.1:{port}"))).unwrap();
    let (message, _) = temporary(nobody.open_pull_requests().unwrap_err());
    assert!(message.contains("Connection refused"), "{message}");
}

#[test]
fn a_pull_request_that_is_there_already_is_found() {
    let server = Server::start(|request| match request.line.as_str() {
        "POST /repos/acme/policies/pulls" => Reply::new(
            422,
            r#"{"message": "Validation Failed", "errors": [{"message": "A pull request already exists for acme:heal/ä b."}]}"#,
        ),
        "GET /repos/acme/policies/pulls?state=open&head=acme:heal/%C3%A4%20b&per_page=100&page=1" => {
            Reply::new(
                200,
                &format!("[{}, {}]", pull(3, "heal/ä b", "null"), pull(4, "heal/ä b", r#"{"id": 1}"#)),
            )
        }
        other => panic!("{other}"),
    });
    assert_eq!(forge(&server).open_pull_request("heal/ä b", "main", "t", "b").unwrap(), 4);
}

#[test]
fn what_cannot_be_opened_concerns_only_itself() {
    let body = r#"{"message": "Validation Failed", "errors": [{"resource": "PullRequest", "field": "base", "code": "invalid"},
        {"message": "No commits between main and heal/x @all"}]}"#;
    let server = Server::start(move |_| Reply::new(422, body));
    let error = forge(&server).open_pull_request("heal/x", "main", "t", "b").unwrap_err();
    let PortError::Rejected { message } = error else { panic!("{error:?}") };
    assert!(message.contains("Validation Failed: base invalid: No commits between"), "{message}");
}

#[test]
fn lists_are_read_to_their_end_but_not_for_ever() {
    let server = Server::start(|request| {
        let page: u64 = request.line.rsplit_once("page=").unwrap().1.parse().unwrap();
        let next = r#"<http://elsewhere.invalid/?page=2>; rel="next""#;
        let reply = Reply::new(200, &format!("[{}]", pull(page, "heal/x", r#"{"id": 1}"#)));
        if page < 3 { reply.with(&[("link", next)]) } else { reply }
    });
    let numbers: Vec<u64> =
        forge(&server).open_pull_requests().unwrap().iter().map(|pull| pull.number).collect();
    assert_eq!(numbers, [1, 2, 3]);
    let endless = Server::start(|_| Reply::new(200, "[]").with(&[("link", r#"<x>; rel="next""#)]));
    let message = denied(forge(&endless).open_pull_requests().unwrap_err());
    assert!(message.contains("more than 5000 entries"), "{message}");
    assert_eq!(endless.requests().len(), 50);
}

#[test]
fn states_and_forks_are_told_apart() {
    let merged = pull(3, "heal/x", r#"{"id": 1}"#)
        .replace("\"open\"", "\"closed\"")
        .replace("\"merged_at\": null", "\"merged_at\": \"2026-01-01T00:00:00Z\"");
    let closed = pull(4, "heal/x", r#"{"id": 1}"#).replace("\"open\"", "\"closed\"");
    let list = [pull(1, "heal/x", r#"{"id": 2}"#), pull(2, "heal/x", "null"), merged, closed].join(",");
    let server = Server::start(move |_| Reply::new(200, &format!("[{list}]")));
    let all = forge(&server).closed_pull_requests("heal/x").unwrap();
    let seen: Vec<_> = all.iter().map(|pull| (pull.number, pull.state, pull.from_fork)).collect();
    assert_eq!(
        seen,
        [
            (1, PullRequestState::Open, true),
            (2, PullRequestState::Open, true),
            (3, PullRequestState::Merged, false),
            (4, PullRequestState::Closed, false),
        ]
    );
}

#[test]
fn only_our_own_comments_with_the_marker_are_ours() {
    let comments = r#"[
        {"id": 1, "body": "<!-- heal:impact:v1 -->\na", "user": {"login": "mallory", "type": "User"}},
        {"id": 4, "body": "<!-- heal:impact:v1 -->\nb", "user": {"login": "heal-bot", "type": "User"}},
        {"id": 3, "body": "<!-- heal:impact:v1 -->\nc", "user": {"login": "Heal-Bot", "type": "User"}},
        {"id": 5, "body": "thanks", "user": {"login": "heal-bot", "type": "User"}},
        {"id": 6, "body": null, "user": null},
        {"id": 7, "body": "<!-- heal:impact:v1 -->\nd", "user": {"login": "app[bot]", "type": "Bot"}}]"#;
    let ids = |login: Option<&str>, user: (u16, &'static str)| {
        let server = Server::start(move |request| match request.line.as_str() {
            "GET /user" => Reply::new(user.0, user.1),
            _ => Reply::new(200, comments),
        });
        let login = login.map(str::to_owned);
        let mut forge = GitHubForge::new(GitHubSettings { login, ..settings(server.url()) }).unwrap();
        let comments = forge.impact_comments(7)?;
        Ok::<Vec<u64>, PortError>(comments.into_iter().map(|(id, _)| id).collect())
    };
    assert_eq!(ids(Some("heal-bot"), (500, "")).unwrap(), [3, 4], "oldest first");
    assert_eq!(ids(None, (200, r#"{"login": "mallory", "type": "User"}"#)).unwrap(), [1]);
    assert_eq!(ids(None, (403, r#"{"message": "Resource not accessible by integration"}"#)).unwrap(), [7]);
    assert!(matches!(ids(None, (401, "{}")), Err(PortError::Denied { .. })));
    assert!(matches!(ids(None, (429, "{}")), Err(PortError::Temporary { .. })));
}

#[test]
fn a_comment_that_is_gone_is_no_disaster() {
    let server = Server::start(|_| Reply::new(404, r#"{"message": "Not Found"}"#));
    assert!(forge(&server).delete_comment(1, 2).is_ok());
    assert!(matches!(forge(&server).update_comment(1, 2, "b"), Err(PortError::Rejected { .. })));
}

#[test]
fn an_enterprise_server_is_reached_below_its_path_with_the_token() {
    let server = Server::start(|_| Reply::new(200, "[]"));
    for api in [format!("{}/api/v3", server.url()), format!("{}/api/v3/", server.url())] {
        GitHubForge::new(settings(api)).unwrap().open_pull_requests().unwrap();
    }
    for Request { line, headers, .. } in server.requests() {
        assert_eq!(line, "GET /api/v3/repos/acme/policies/pulls?state=open&per_page=100&page=1");
        assert!(headers.contains(&format!("authorization: Bearer {TOKEN}")), "{headers:?}");
    }
}

#[test]
fn a_moved_repository_is_followed_and_the_token_stays_home() {
    let elsewhere = Server::start(|_| Reply::new(200, "[]"));
    let target = format!("{}/there", elsewhere.url());
    let server = Server::start(move |request| match request.line.as_str() {
        "GET /repositories/7/pulls" => Reply::new(200, "[]"),
        "GET /repos/acme/policies/pulls?state=open&per_page=100&page=1" => {
            Reply::new(301, "").with(&[("location", "/repositories/7/pulls")])
        }
        _ => Reply::new(302, "").with(&[("location", target.as_str())]),
    });
    forge(&server).open_pull_requests().unwrap();
    let _ = forge(&server).closed_pull_requests("heal/x");
    let seen = elsewhere.requests();
    assert_eq!(seen.len(), 1);
    assert!(seen.iter().all(|request| !request.headers.join("\n").contains(TOKEN)), "{seen:?}");
}

#[test]
fn settings_that_cannot_be_right_are_refused() {
    let good = || settings("https://api.github.com".to_owned());
    let api = |text: &str| settings(text.to_owned());
    for (wrong, says) in [
        (GitHubSettings { owner: "a/b".to_owned(), ..good() }, "OWNER/NAME"),
        (GitHubSettings { repository: "..".to_owned(), ..good() }, "OWNER/NAME"),
        (api("api.github.com"), "does not start with `https://`"),
        (api("https://me:s3cret@host"), "holds a user or a password"),
        (api("http://github.example"), "is not encrypted"),
        (api("http://127.0.0.1.evil.example"), "is not encrypted"),
        (api("https://host/x?y"), "more than a host and a path"),
        (api("https://host/repos"), "ends in a path that a request starts with"),
    ] {
        let message = denied(GitHubForge::new(wrong).err().unwrap());
        assert!(message.contains(says) && !message.contains("s3cret"), "{message}");
    }
    assert!(GitHubForge::new(good()).is_ok());
    assert!(!format!("{:?}", good()).contains(TOKEN));
}

#[test]
fn reports_are_kept_in_their_folder_and_linked() {
    let server = Server::start(|_| Reply::new(200, &format!("[{}]", pull(7, "heal/x", r#"{"id": 1}"#))));
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("reports");
    let reports =
        Some(ReportFolder { folder: place.clone(), address: "https://heal.example/reports/".to_owned() });
    let mut forge = GitHubForge::new(GitHubSettings { reports, ..settings(server.url()) }).unwrap();
    forge.keep_report(7, b"<html>").unwrap();
    assert_eq!(std::fs::read(place.join("7.html")).unwrap(), b"<html>");
    let link = forge.open_pull_requests().unwrap()[0].report_link.clone();
    assert_eq!(link.as_deref(), Some("https://heal.example/reports/7.html"));
}

#[test]
fn an_app_fetches_its_own_token_and_knows_its_name() {
    let Some(openssl) = heal_tests::find_program("openssl") else {
        heal_tests::say_skipped("the app's key", "openssl is not installed");
        return;
    };
    let key = std::process::Command::new(openssl).args(["genrsa", "2048"]).output().unwrap().stdout;
    let key = SecretString::from(String::from_utf8(key).unwrap());
    let server = Server::start(|request| match request.line.as_str() {
        "GET /app" => Reply::new(200, r#"{"slug": "heal-app"}"#),
        "POST /app/installations/5/access_tokens" => Reply::new(
            201,
            r#"{"token": "installed", "expires_at": "2999-01-01T00:00:00Z", "permissions": {}}"#,
        ),
        _ => Reply::new(
            200,
            r#"[{"id": 1, "body": "<!-- heal:impact:v1 -->", "user": {"login": "heal-app[bot]", "type": "Bot"}},
               {"id": 2, "body": "<!-- heal:impact:v1 -->", "user": {"login": "other[bot]", "type": "Bot"}}]"#,
        ),
    });
    let credentials = Credentials::App { id: 4, installation: 5, key };
    assert_eq!(format!("{credentials:?}"), "App { id: 4, installation: 5, .. }");
    let mut forge =
        GitHubForge::new(GitHubSettings { credentials, login: None, ..settings(server.url()) }).unwrap();
    assert_eq!(forge.impact_comments(7).unwrap().len(), 1);
    let last = server.requests().pop().unwrap();
    assert!(last.headers.contains(&"authorization: Bearer installed".to_owned()), "{last:?}");
    let wrong = Credentials::App { id: 4, installation: 5, key: SecretString::from("no key") };
    let error =
        GitHubForge::new(GitHubSettings { credentials: wrong, ..settings(server.url()) }).err().unwrap();
    assert!(denied(error).contains("use the credentials"));
}
