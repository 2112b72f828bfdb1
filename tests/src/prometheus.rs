//! A real Prometheus with a past of our choosing.

use std::path::{Path, PathBuf};

use crate::command::{clean_command, find_program, run_ok};
use crate::folder::TestFolder;
use crate::http::get;
use crate::process::{ChildGuard, start_server};

/// A running Prometheus with data of its own; it scrapes nothing.
#[derive(Debug)]
pub struct Prometheus {
    program: PathBuf,
    port: u16,
    child: ChildGuard,
    // After the child, so that the data is removed when nobody writes it any more.
    folder: TestFolder,
}

impl Prometheus {
    /// Starts one whose past is `openmetrics`: text with a timestamp in seconds on every sample and `# EOF` at its end.
    /// `None` when Prometheus is not installed.
    #[track_caller]
    pub fn start(openmetrics: &str) -> Option<Prometheus> {
        let program = find_program("prometheus")?;
        let promtool = find_program("promtool")?;
        let folder = TestFolder::new();
        let data = folder.subfolder("data");
        folder.write("prometheus.yml", "global: {scrape_interval: 1h}\nscrape_configs: []\n");
        if !openmetrics.is_empty() {
            backfill(&promtool, &folder, &data, openmetrics);
        }
        let (child, port) = start_server(|port| spawn(&program, &folder, port), is_ready);
        Some(Prometheus { program, port, child, folder })
    }

    /// Kills it (SIGKILL); its data stays.
    pub fn kill(&mut self) {
        self.child.kill();
    }

    /// Starts it again with the data that it had, at the address that it had.
    #[track_caller]
    pub fn start_again(&mut self) {
        self.child.kill();
        self.child = spawn(&self.program, &self.folder, self.port);
        let port = self.port;
        self.child.wait_ready(|| is_ready(port).then_some(()));
    }

    /// Its address, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its port on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process, to kill or to read its log.
    pub fn child(&mut self) -> &mut ChildGuard {
        &mut self.child
    }
}

fn spawn(program: &Path, folder: &TestFolder, port: u16) -> ChildGuard {
    let mut command = clean_command(program, folder.path());
    command
        .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
        .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
        // The samples of a test may be years old.
        .arg("--storage.tsdb.retention.time=100y")
        .arg(format!("--web.listen-address=127.0.0.1:{port}"));
    ChildGuard::spawn("prometheus", &mut command, folder.join("log"))
}

fn is_ready(port: u16) -> bool {
    get(port, "/-/ready").is_some_and(|answer| answer.status == 200)
}

fn backfill(promtool: &Path, folder: &TestFolder, data: &Path, openmetrics: &str) {
    let source = folder.write("past.om", openmetrics);
    run_ok(
        clean_command(promtool, folder.path())
            // With blocks of two hours the file is read once for each of them.
            .args(["tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=54h"])
            .arg(source)
            .arg(data),
    );
}
