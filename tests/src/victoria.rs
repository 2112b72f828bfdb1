//! A real VictoriaMetrics with a past of our choosing, and the alerts that `vmalert -replay` finds in it.

use std::path::PathBuf;
use std::time::Duration;

use crate::bench::Cost;
use crate::command::{clean_command, find_program};
use crate::folder::TestFolder;
use crate::http::{get, request};
use crate::process::{ChildGuard, start_server};
use crate::wait::wait_until;

/// A running VictoriaMetrics with data of its own.
#[derive(Debug)]
pub struct VictoriaMetrics {
    port: u16,
    child: ChildGuard,
    vmalert: PathBuf,
    // After the child, so that the data is removed when nobody writes it any more.
    folder: TestFolder,
}

impl VictoriaMetrics {
    /// Starts one whose past is `past`: Prometheus' text with a timestamp in milliseconds on every sample. `None` when it
    /// or vmalert is not installed.
    #[track_caller]
    pub fn start(past: &str) -> Option<VictoriaMetrics> {
        let program = find_program("victoria-metrics")?;
        let vmalert = find_program("vmalert")?;
        let folder = TestFolder::new();
        let (child, port) = start_server(
            |port| {
                let mut command = clean_command(&program, folder.path());
                command
                    .arg(format!("-storageDataPath={}", folder.path().join("data").display()))
                    // The samples of a test may be years old.
                    .arg("-retentionPeriod=100y")
                    .arg(format!("-httpListenAddr=127.0.0.1:{port}"));
                ChildGuard::spawn("victoria-metrics", &mut command, folder.join("log"))
            },
            |port| get(port, "/health").is_some_and(|answer| answer.status == 200),
        );
        let answer = request(port, "POST", "/api/v1/import/prometheus", &[], past).expect("an answer");
        assert!(answer.status < 300, "import: {} {}", answer.status, answer.body);
        get(port, "/internal/force_flush").expect("an answer");
        Some(VictoriaMetrics { port, child, vmalert, folder })
    }

    /// Evaluates rules at every 15 s of a time, in seconds since 1970, in queries of so many points, and says what that
    /// cost both processes.
    pub fn replay(&self, rules: &str, (from, to): (i64, i64), points: usize) -> Cost {
        let file = self.folder.write("rules.yml", rules);
        let url = format!("http://127.0.0.1:{}", self.port);
        let mut command = clean_command(&self.vmalert, self.folder.path());
        command
            .arg(format!("-rule={}", file.display()))
            .args([format!("-datasource.url={url}"), format!("-remoteWrite.url={url}")])
            .args([format!("-replay.timeFrom={}", instant(from)), format!("-replay.timeTo={}", instant(to))])
            .args(["-replay.rulesDelay=0s", "-datasource.queryStep=15s", "-replay.disableProgressBar"])
            .arg(format!("-replay.maxDatapointsPerQuery={points}"));
        let id = self.child.id();
        let before = crate::bench::cpu_seconds_of(id);
        let mut cost = crate::bench::cost(&mut command).expect("vmalert replays");
        cost.cpu_seconds += crate::bench::cpu_seconds_of(id) - before;
        cost.peak_mebibytes += crate::bench::peak_mebibytes(id);
        get(self.port, "/internal/force_flush").expect("an answer");
        cost
    }

    /// All that is stored under a selector, a line of JSON for each series: `metric`, `values`, `timestamps`.
    pub fn export(&self, selector: &str) -> String {
        let path = format!("/api/v1/export?match[]={selector}");
        // What was written last is seen a moment later.
        let some = || get(self.port, &path).map(|answer| answer.body).filter(|body| !body.is_empty());
        wait_until("what vmalert wrote", Duration::from_secs(30), some)
    }
}

/// A time as RFC 3339, of which the flags of vmalert take no other form.
fn instant(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    // The civil date of a day since 1970, after Howard Hinnant.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}
