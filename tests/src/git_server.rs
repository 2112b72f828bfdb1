//! Bare repositories behind smart HTTP: lighttpd in front of git's own backend.

use std::path::PathBuf;

use crate::command::{clean_command, find_program, git, run_ok};
use crate::folder::TestFolder;
use crate::http::get;
use crate::process::{ChildGuard, start_server};

/// Everybody may read; pushing needs Basic credentials, as with a GitHub token.
#[derive(Debug)]
pub struct GitServer {
    port: u16,
    _child: ChildGuard,
    folder: TestFolder,
}

impl GitServer {
    /// Who may push.
    pub const USER: &'static str = "x-access-token";
    /// With which password.
    pub const TOKEN: &'static str = "test-token";

    /// Starts one without repositories. `None` when lighttpd or git's HTTP backend is not installed.
    #[track_caller]
    pub fn start() -> Option<GitServer> {
        let folder = TestFolder::new();
        let backend = PathBuf::from(git(folder.path(), &["--exec-path"])).join("git-http-backend");
        let lighttpd = find_program("lighttpd")?;
        if !backend.is_file() {
            return None;
        }
        folder.subfolder("repositories");
        folder.write("users", format!("{}:{}\n", GitServer::USER, GitServer::TOKEN));
        let (child, port) = start_server(
            |port| {
                let text = configuration(&folder, &backend.display().to_string(), port);
                let file = folder.write("lighttpd.conf", text);
                let mut command = clean_command(&lighttpd, folder.path());
                command.arg("-D").arg("-f").arg(file);
                ChildGuard::spawn("lighttpd", &mut command, folder.join("log"))
            },
            // No such repository: an answer all the same.
            |port| get(port, "/none.git/info/refs").is_some(),
        );
        Some(GitServer { port, _child: child, folder })
    }

    /// Makes an empty bare repository, `owner/name` say, whose main branch is `main`; returns its folder.
    #[track_caller]
    pub fn create(&self, name: &str) -> PathBuf {
        let repository = self.bare(name);
        let path = repository.to_string_lossy().into_owned();
        run_ok(
            clean_command("git", self.folder.path()).args(["init", "--quiet", "--bare", "-b", "main", &path]),
        );
        git(&repository, &["config", "http.receivepack", "true"]);
        repository
    }

    /// The folder of a bare repository.
    pub fn bare(&self, name: &str) -> PathBuf {
        self.folder.join("repositories").join(format!("{name}.git"))
    }

    /// The address to clone from.
    pub fn url(&self, name: &str) -> String {
        format!("http://127.0.0.1:{}/{name}.git", self.port)
    }

    /// The address with the credentials to push.
    pub fn push_url(&self, name: &str) -> String {
        format!("http://{}:{}@127.0.0.1:{}/{name}.git", GitServer::USER, GitServer::TOKEN, self.port)
    }
}

fn configuration(folder: &TestFolder, backend: &str, port: u16) -> String {
    let root = folder.path().display();
    // Order matters: who asks is known before the backend runs.
    format!(
        r#"server.modules = ("mod_auth", "mod_authn_file", "mod_alias", "mod_setenv", "mod_cgi")
server.document-root = "{root}/repositories"
server.bind = "127.0.0.1"
server.port = {port}
auth.backend = "plain"
auth.backend.plain.userfile = "{root}/users"
alias.url = ("/" => "{backend}/")
cgi.assign = ("" => "")
setenv.set-environment = (
  "GIT_PROJECT_ROOT" => "{root}/repositories",
  "GIT_HTTP_EXPORT_ALL" => "1",
  "GIT_CONFIG_NOSYSTEM" => "1",
  "GIT_CONFIG_GLOBAL" => "/dev/null",
  "HOME" => "{root}"
)
$HTTP["querystring"] =~ "service=git-receive-pack" {{
  auth.require = ("" => ("method" => "basic", "realm" => "git", "require" => "valid-user"))
}}
$HTTP["url"] =~ "/git-receive-pack$" {{
  auth.require = ("" => ("method" => "basic", "realm" => "git", "require" => "valid-user"))
}}
"#
    )
}
