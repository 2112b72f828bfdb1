//! The status socket: one line asks, one line answers.

use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, oneshot};

use crate::request::Request;
use crate::status::{STATUS_VERSION, Status};

/// Longest line that is read.
const LINE_BYTES_MAX: u64 = 1_024;
/// Longest answer that is read.
const ANSWER_BYTES_MAX: u64 = 64 << 20;
/// How long one side waits for the other.
const TIMEOUT: Duration = Duration::from_secs(10);
const STATUS_LINE: &str = "status";

/// Why there is no status.
#[derive(Debug, thiserror::Error)]
pub enum StatusError {
    /// Nobody is there.
    #[error(
        "no heald answers at {path}: {source}; start it with `heald run`, or name its configuration with `--config`"
    )]
    NotRunning {
        /// The socket.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// Another version.
    #[error(
        "the heald there answers with status version {found}, and this one reads up to {STATUS_VERSION}: use a newer heald"
    )]
    Newer {
        /// The version found.
        found: u32,
    },
    /// Something else.
    #[error("what answers there is not a heald, or it is about to end: {0}")]
    Malformed(#[from] serde_json::Error),
}

/// Makes the socket, for this user only. One that a dead process left is replaced; the journal's lock says that it is dead.
pub(crate) fn listen(path: &Path) -> io::Result<UnixListener> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    if std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket()) {
        std::fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Answers until the task is dropped.
pub(crate) async fn serve(listener: UnixListener, requests: mpsc::Sender<Request>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let requests = requests.clone();
                tokio::spawn(async move {
                    // A client that goes away is no concern of anybody.
                    let _ = tokio::time::timeout(TIMEOUT, answer(stream, requests)).await;
                });
            }
            // Out of file descriptors, say: it gets better or it does not, but not by asking at once.
            Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
        }
    }
}

async fn answer(mut stream: UnixStream, requests: mpsc::Sender<Request>) -> io::Result<()> {
    let mut line = String::new();
    let (read, mut write) = stream.split();
    BufReader::new(read.take(LINE_BYTES_MAX)).read_line(&mut line).await?;
    let mut text = if line.trim() == STATUS_LINE {
        let (reply, status) = oneshot::channel();
        let gone = |_| io::Error::other("the service is about to end");
        requests
            .send(Request::Status(reply))
            .await
            .map_err(|_| io::Error::other("the service is about to end"))?;
        serde_json::to_string(&status.await.map_err(gone)?)?
    } else {
        "{\"error\":\"the only request is `status`\"}".to_owned()
    };
    text.push('\n');
    write.write_all(text.as_bytes()).await?;
    write.shutdown().await
}

/// Asks a running service how it stands.
///
/// # Errors
/// When none answers, or one of a newer version.
pub fn ask(path: &Path) -> Result<Status, StatusError> {
    #[derive(serde::Deserialize)]
    struct Version {
        heald_status_version: u32,
    }
    let text = exchange(path)
        .map_err(|source| StatusError::NotRunning { path: path.display().to_string(), source })?;
    let found = serde_json::from_str::<Version>(&text)?.heald_status_version;
    if found > STATUS_VERSION {
        return Err(StatusError::Newer { found });
    }
    Ok(serde_json::from_str(&text)?)
}

fn exchange(path: &Path) -> io::Result<String> {
    let mut stream = std::os::unix::net::UnixStream::connect(path)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    stream.write_all(format!("{STATUS_LINE}\n").as_bytes())?;
    let mut text = String::new();
    stream.take(ANSWER_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::path::{Path, PathBuf};

    use super::{StatusError, ask, listen, serve};
    use crate::request::Request;

    /// Somebody who answers `answer`, whatever is asked.
    fn answering(folder: &Path, answer: &'static str) -> PathBuf {
        let path = folder.join("answering.sock");
        let listener = UnixListener::bind(&path).unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 7];
            stream.read_exact(&mut asked).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        });
        path
    }

    #[test]
    fn a_newer_status_is_refused_with_both_versions_and_others_are_no_status() {
        let cases = [
            (
                "{\"heald_status_version\":2}",
                "answers with status version 2, and this one reads up to 1: use a newer heald",
            ),
            ("{\"heald_status_version\":1}", "missing field"),
            ("{\"error\":\"x\"}", "not a heald"),
            ("", "not a heald"),
        ];
        for (answer, said) in cases {
            let folder = tempfile::tempdir().unwrap();
            let error = ask(&answering(folder.path(), answer)).unwrap_err().to_string();
            assert!(error.contains(said), "{answer}: {error}");
        }
        let error = ask(Path::new("/no/such/socket")).unwrap_err();
        assert!(matches!(error, StatusError::NotRunning { .. }), "{error}");
    }

    #[test]
    fn the_socket_replaces_a_dead_one_is_private_and_knows_one_request() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/heald.sock");
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let _inside = runtime.enter();
        drop(listen(&path).unwrap());
        let listener = listen(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let (requests, inbox) = tokio::sync::mpsc::channel::<Request>(1);
        runtime.spawn(serve(listener, requests));
        for line in ["stop\n".to_owned(), format!("{}\n", "x".repeat(5_000)), String::new()] {
            let mut stream = UnixStream::connect(&path).unwrap();
            // A line beyond the limit may meet a closed door.
            let _ = stream.write_all(line.as_bytes());
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let mut answer = String::new();
            let _ = stream.read_to_string(&mut answer);
            assert!(answer.is_empty() || answer.contains("the only request is `status`"), "{answer}");
        }
        drop(inbox);
        assert!(ask(&path).is_err(), "nobody owns an engine any more");

        let file = folder.path().join("file");
        std::fs::write(&file, "precious").unwrap();
        assert!(listen(&file).is_err(), "what is no socket is left alone");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
    }
}
