//! `heal-bench replay`: what it costs to run rules over months of telemetry, from Parquet on disk to the report.
//!
//! It makes its own recording, and runs the `heal` of this build over it as its users do. CPU time is that of the whole
//! process with all threads, user and system.

use std::path::{Path, PathBuf};
use std::thread;

use super::{Cost, Figure, Report, cost, live, machine, peers, rules};
use crate::gauges::Gauges;
use crate::{TestFolder, binary, clean_command};

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub struct Arguments {
    /// Series of the recordings.
    pub series: usize,
    /// Days of the recording of the three rules; the hundred run over a month of it.
    pub days: usize,
    /// Whether peers that are installed run too.
    pub peers: bool,
    /// The one part that is measured; none: all of them.
    pub only: Option<Part>,
}

/// A part of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Three rules, on one thread and on two.
    Three,
    /// A hundred rules over a month; then one of them changes.
    Hundred,
    /// Thousands of policies over little telemetry.
    Many,
}

impl Part {
    fn of(word: &str) -> Option<Part> {
        let parts = [("three", Part::Three), ("hundred", Part::Hundred), ("many", Part::Many)];
        parts.into_iter().find(|(name, _)| *name == word).map(|(_, part)| part)
    }
}

/// Days over which the hundred rules run, with as many series as the three.
const MONTH: usize = 30;
/// Policies of the larger of two packages of which the growth is measured.
const MANY: usize = 4_000;
/// Processes of which the median is taken.
const RUNS: usize = 5;

impl Arguments {
    /// Reads them from a command line.
    ///
    /// # Errors
    /// When one of them is none.
    pub fn of(words: &[&str]) -> Result<Arguments, String> {
        let mut arguments = Arguments { series: 1_000, days: 7, peers: false, only: None };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut number = || -> Result<usize, String> {
                let number = words.next().and_then(|it| it.parse().ok()).filter(|it| *it > 0);
                number.ok_or_else(|| format!("`{word}` takes a number"))
            };
            match *word {
                "--series" => arguments.series = number()?,
                "--days" => arguments.days = number()?,
                "--peers" => arguments.peers = true,
                "--only" => {
                    let part = words.next().and_then(|it| Part::of(it));
                    let part = part.ok_or_else(|| format!("`{word}` takes `three`, `hundred` or `many`"))?;
                    arguments.only = Some(part);
                }
                other => return Err(format!("`{other}` is no argument of `replay`")),
            }
        }
        Ok(arguments)
    }
}

/// Makes the recordings, measures, and runs the peers.
pub fn run(arguments: &Arguments) -> Report {
    let folder = TestFolder::new();
    let heal = binary("heal");
    let gauges = Gauges { series: arguments.series, days: arguments.days };
    let mut report = Report { protocol: vec![machine()], ..Report::default() };
    let bench = Bench { heal, folder: &folder };
    let is_wanted = |part: Part| arguments.only.is_none_or(|only| only == part);
    if is_wanted(Part::Three) {
        bench.three(gauges, &mut report);
    }
    if is_wanted(Part::Hundred) {
        bench.hundred(Gauges { days: MONTH, ..gauges }, &mut report);
    }
    if is_wanted(Part::Many) {
        bench.many(&mut report);
    }
    if arguments.peers {
        peers::run(&mut report);
    } else {
        report.left_out.push("peers: pass --peers to run those that are installed".to_owned());
    }
    report
}

struct Bench<'f> {
    heal: PathBuf,
    folder: &'f TestFolder,
}

impl Bench<'_> {
    fn record(&self, name: &str, gauges: Gauges, report: &mut Report) -> PathBuf {
        let folder = self.folder.path().join(name);
        gauges.record(&folder);
        let bytes: u64 = std::fs::read_dir(&folder)
            .expect("list the recording")
            .filter_map(|file| file.ok()?.metadata().ok())
            .map(|file| file.len())
            .sum();
        let samples = gauges.samples() as f64;
        report.protocol.push(format!(
            "recording `{name}`: {} series x {} days x 15 s = {:.2} M samples, {:.1} MB",
            gauges.series,
            gauges.days,
            samples / 1e6,
            bytes as f64 / 1e6
        ));
        report
            .figures
            .push(Figure::new(&format!("recording.{name}"), bytes as f64 / samples, "B/sample").at_most(1.6));
        folder
    }

    fn simulate(&self, package: &Path, recording: &Path, more: &[&str]) -> Cost {
        let mut command = clean_command(&self.heal, self.folder.path());
        command.arg("simulate").arg(package).arg("--recording").arg(recording).args(more);
        cost(&mut command).expect("heal simulates")
    }

    /// The median of several runs by CPU time.
    fn median(&self, runs: usize, package: &Path, recording: &Path, more: &[&str]) -> Cost {
        Bench::middle((0..runs).map(|_| self.simulate(package, recording, more)).collect())
    }

    fn middle(mut costs: Vec<Cost>) -> Cost {
        costs.sort_by(|a, b| a.cpu_seconds.total_cmp(&b.cpu_seconds));
        let middle = costs[costs.len() / 2];
        let wall = costs.iter().map(|cost| cost.wall_seconds).fold(f64::INFINITY, f64::min);
        let peak = costs.iter().map(|cost| cost.peak_mebibytes).fold(0.0, f64::max);
        Cost { wall_seconds: wall, peak_mebibytes: peak, ..middle }
    }

    /// The least time on the clock in which two processes of one thread end that run at once. Nothing ties them, so that two
    /// threads of one process can at best be so much faster than one.
    fn at_once(&self, package: &Path, recording: &Path) -> f64 {
        let options = ["--no-cache", "--threads", "1"];
        let both = || {
            thread::scope(|scope| {
                let other = scope.spawn(|| self.simulate(package, recording, &options).wall_seconds);
                let own = self.simulate(package, recording, &options).wall_seconds;
                own.max(other.join().expect("heal simulates"))
            })
        };
        (0..RUNS).map(|_| both()).fold(f64::INFINITY, f64::min)
    }

    /// Three rules, each firing in the report.
    fn three(&self, gauges: Gauges, report: &mut Report) {
        let recording = self.record("week", gauges, report);
        let package = self.folder.path().join("three");
        rules::write_package(&package, rules::RULES.map(|(name, when, hold, _)| (name, when, hold)), false);
        let rule_samples = 3.0 * gauges.samples() as f64 / 1e6;
        let mut alone = f64::NAN;
        for threads in [1, 2] {
            let count = threads.to_string();
            let cost = self.median(RUNS, &package, &recording, &["--no-cache", "--threads", &count]);
            let name =
                |what: &str| format!("three.{what}.{threads}_threads").replace("1_threads", "1_thread");
            report.figures.push(Figure::new(&name("cpu"), cost.cpu_seconds, "s"));
            report.figures.push(Figure::new(&name("wall"), cost.wall_seconds, "s"));
            let rate = Figure::new(&name("rate"), rule_samples / cost.cpu_seconds, "M rule-samples/CPU-s");
            report.figures.push(rate.at_least(100.0));
            report.figures.push(Figure::new(&name("memory"), cost.peak_mebibytes, "MiB").at_most(256.0));
            match threads {
                1 => alone = cost.wall_seconds,
                _ => {
                    let speedup = Figure::new("three.speedup.2_threads", alone / cost.wall_seconds, "x");
                    report.figures.push(speedup.at_least(1.8));
                    let both = self.at_once(&package, &recording);
                    report.figures.push(Figure::new("three.speedup.machine", 2.0 * alone / both, "x"));
                }
            }
        }
        let json = ["--no-cache", "--threads", "1", "--format", "json"];
        let cost = self.median(1, &package, &recording, &json);
        report.figures.push(Figure::new("three.json.cpu", cost.cpu_seconds, "s"));
        report.figures.push(Figure::new("three.json.memory", cost.peak_mebibytes, "MiB").at_most(256.0));
        report.protocol.push(format!(
            "three rules: median CPU of {RUNS} processes, least wall, most memory; CPU user and system, all threads"
        ));
        report.protocol.push(
            "three.speedup.machine: what two processes of one thread at once do against one, which is what the machine permits"
                .to_owned(),
        );
    }

    /// Policies that nothing ties to one another, at two sizes over little telemetry: what each costs beside its samples must
    /// not hang on how many there are.
    fn many(&self, report: &mut Report) {
        let recording = self.record("hours", Gauges { series: 20, days: 1 }, report);
        let [few, many] = [MANY / 2, MANY].map(|count| {
            let package = self.folder.path().join(format!("many_{count}"));
            let rules = rules::many(count);
            let rules = rules.iter().map(|(name, when)| (name.as_str(), when.as_str(), "5m"));
            rules::write_package(&package, rules, true);
            self.simulate(&package, &recording, &["--no-cache", "--threads", "1"]).cpu_seconds
        });
        report.figures.push(Figure::new(&format!("many.{MANY}_policies.cpu"), many, "s"));
        report.figures.push(Figure::new("many.growth", many / few, "x").at_most(2.2));
    }

    /// A hundred rules with a policy each; then one of them changes.
    fn hundred(&self, gauges: Gauges, report: &mut Report) {
        let recording = self.record("month", gauges, report);
        let package = |name: &str, first: &str| {
            let package = self.folder.path().join(name);
            let rules = rules::hundred(first);
            let rules = rules.iter().map(|(name, when, hold)| (name.as_str(), when.as_str(), hold.as_str()));
            rules::write_package(&package, rules, true);
            package
        };
        let before = package("hundred", "90%");
        let cache = self.folder.path().join("firings").display().to_string();
        let options = ["--cache", &cache, "--threads", "2"];
        let cold = self.simulate(&before, &recording, &options);
        report.figures.push(Figure::new("hundred.cold.wall", cold.wall_seconds, "s").at_most(120.0));
        report.figures.push(Figure::new("hundred.cold.cpu", cold.cpu_seconds, "s"));
        report.figures.push(Figure::new("hundred.cold.memory", cold.peak_mebibytes, "MiB"));
        let warm = Bench::middle(
            ["91%", "92%", "93%"]
                .map(|limit| self.simulate(&package("changed", limit), &recording, &options))
                .into(),
        );
        report.figures.push(Figure::new("hundred.changed.wall", warm.wall_seconds, "s").at_most(2.0));
        report.figures.push(Figure::new("hundred.changed.cpu", warm.cpu_seconds, "s"));
        let live = live::samples_a_second(&before);
        report.figures.push(Figure::new("hundred.live", live, "samples/CPU-s").at_least(200_000.0));
        report
            .protocol
            .push("hundred rules: one run on 2 threads, then three changes of one of them: median CPU, least wall; live: 200 keys, one thread".to_owned());
    }
}
