//! Git's own smart HTTP server behind lighttpd, with a password for everything.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

pub(super) struct SmartHttp {
    folder: TempDir,
    port: u16,
    server: Child,
}

impl SmartHttp {
    /// Starts a server that lets the user `x-access-token` in with `token`. `None`, said aloud, where it is not installed.
    pub(super) fn start(token: &str) -> Option<SmartHttp> {
        let git = Command::new("git").arg("--exec-path").output();
        let backend =
            git.ok().map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim().to_owned()));
        let backend = backend.map(|folder| folder.join("git-http-backend")).filter(|path| path.exists());
        let installed = Command::new("lighttpd").arg("-v").stdout(Stdio::null()).status().is_ok();
        let (Some(backend), true) = (backend, installed) else {
            eprintln!("skipped: smart HTTP needs git and lighttpd (`apt-get install git lighttpd`)");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let root = folder.path().display();
        fs::write(folder.path().join("users"), format!("x-access-token:{token}\n")).unwrap();
        let settings = format!(
            r#"server.modules = ("mod_auth", "mod_authn_file", "mod_alias", "mod_setenv", "mod_cgi")
server.document-root = "{root}"
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = "{root}/errors"
auth.backend = "plain"
auth.backend.plain.userfile = "{root}/users"
auth.require = ("/" => ("method" => "basic", "realm" => "git", "require" => "valid-user"))
alias.url = ("/" => "{backend}/")
cgi.assign = ("" => "")
setenv.set-environment = ("GIT_PROJECT_ROOT" => "{root}", "GIT_HTTP_EXPORT_ALL" => "1", "GIT_CONFIG_NOSYSTEM" => "1")
"#,
            backend = backend.display()
        );
        fs::write(folder.path().join("settings"), settings).unwrap();
        let server = Command::new("lighttpd")
            .arg("-D")
            .arg("-f")
            .arg(folder.path().join("settings"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let started = SmartHttp { folder, port, server };
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(started);
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("lighttpd did not start: {:?}", fs::read_to_string(started.folder.path().join("errors")));
    }

    /// Where the server finds a repository of this name.
    pub(super) fn repository(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn address(&self, name: &str) -> String {
        format!("http://127.0.0.1:{}/{name}", self.port)
    }
}

impl Drop for SmartHttp {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
