//! Telemetry of as many servers as are wanted: what benchmarks and comparisons with other engines run over.
//!
//! Each series is the load of a server: a season of a day, noise that remembers (AR(1)), spikes, saturations of 10 to 60
//! minutes, and in every twentieth series a leak; clipped to 0..1, four decimals, a sample every 15 seconds without a
//! gap. Equal arguments give equal samples.

use std::collections::BTreeMap;
use std::f64::consts::TAU;
use std::fmt::Write as _;
use std::path::Path;

use heal_program::Timestamp;
use heal_telemetry::{NewSeries, Overwrite, Quality, Recording, RecordingBuilder, RecordingWriter, Sample};

/// The name of all series.
pub const GAUGE: &str = "cpu";
/// Time from one sample to the next.
pub const EVERY_MS: i64 = 15_000;
/// Time of the first sample: Monday 2024-01-01.
pub const START_MS: i64 = 1_704_067_200_000;
/// Samples of a series in a day.
pub const SAMPLES_A_DAY: usize = 5_760;

/// Decimals of every value, as a factor.
const SCALE: f64 = 10_000.0;
/// One series in so many leaks.
const LEAKING: usize = 20;

/// How many series over how many days.
#[derive(Clone, Copy, Debug)]
pub struct Gauges {
    /// How many series.
    pub series: usize,
    /// How many days.
    pub days: usize,
}

impl Gauges {
    /// How many samples all of them have.
    pub fn samples(self) -> usize {
        self.series * self.days * SAMPLES_A_DAY
    }

    /// Time of the last sample.
    pub fn end_ms(self) -> i64 {
        START_MS + EVERY_MS * (self.days * SAMPLES_A_DAY - 1) as i64
    }

    /// Writes them as a recording.
    pub fn record(self, folder: &Path) -> Recording {
        let mut writer = RecordingWriter::create(folder, Overwrite::Refuse).expect("begin a recording");
        let mut order: Vec<usize> = (0..self.series).collect();
        order.sort_by_key(|at| labels(*at));
        for at in order {
            let values = values(at, self.days);
            let samples = times().zip(values).map(|(at, value)| Sample { at: Timestamp(at), value });
            let series = NewSeries {
                name: GAUGE.to_owned(),
                labels: labels(at),
                unit: "1".to_owned(),
                unit_declared: false,
                time_rule: "milliseconds since 1970, UTC".to_owned(),
                samples: samples.collect(),
                quality: Quality::default(),
            };
            writer.append(series).expect("write a series");
        }
        let about = RecordingBuilder::new("gauges").description("load of servers").origin("made up");
        writer.finish(about).expect("finish a recording")
    }

    /// The same as OpenMetrics text, with times in seconds.
    pub fn open_metrics(self) -> String {
        format!("# HELP {GAUGE} Load.\n# TYPE {GAUGE} gauge\n{}# EOF\n", self.lines(1_000))
    }

    /// The same as Prometheus' text, with times in milliseconds.
    pub fn prometheus_text(self) -> String {
        self.lines(1)
    }

    fn lines(self, divisor: i64) -> String {
        let mut text = String::new();
        for at in 0..self.series {
            let labels = labels(at).into_iter().map(|(name, value)| format!("{name}=\"{value}\""));
            let labels = labels.collect::<Vec<_>>().join(",");
            for (time, value) in times().zip(values(at, self.days)) {
                let _ = writeln!(text, "{GAUGE}{{{labels}}} {value} {}", time / divisor);
            }
        }
        text
    }
}

fn times() -> impl Iterator<Item = i64> {
    (0..).map(|at: i64| START_MS + at * EVERY_MS)
}

fn labels(at: usize) -> BTreeMap<String, String> {
    let label = |name: &str, value: String| (name.to_owned(), value);
    BTreeMap::from([
        label("env", ["prod", "staging"][usize::from(at % 5 == 4)].to_owned()),
        label("instance", format!("server-{at:05}:9100")),
        label("job", format!("node-{}", at % 7)),
        label("region", ["eu", "us", "ap"][at % 3].to_owned()),
    ])
}

/// The values of a series.
fn values(at: usize, days: usize) -> Vec<f64> {
    let mut chance = Chance(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(at as u64 + 1) | 1);
    let (level, season, phase) = (0.25 + 0.3 * chance.share(), 0.05 + 0.15 * chance.share(), chance.share());
    let noise = 0.005 + 0.02 * chance.share();
    // A leak begins on some day, fills for two to four days, and begins anew.
    let leak_samples = ((2.0 + 2.0 * chance.share()) * SAMPLES_A_DAY as f64) as usize;
    let leaks = at % LEAKING == LEAKING - 1;
    let (mut remembered, mut saturated) = (0.0, 0_usize);
    let value = |step: usize| {
        remembered = 0.9 * remembered + noise * chance.bell();
        let day = step as f64 / SAMPLES_A_DAY as f64;
        let mut value = level + season * ((day + phase) * TAU).sin() + remembered;
        if leaks {
            value += 0.8 * (step % leak_samples) as f64 / leak_samples as f64;
        }
        if chance.share() < 1.0 / 1_500.0 {
            value += 0.2 + 0.5 * chance.share();
        }
        if saturated > 0 {
            saturated -= 1;
            value = 0.97 + 2.0 * noise * chance.bell();
        } else if chance.share() < 0.8 / SAMPLES_A_DAY as f64 {
            saturated = 40 + (200.0 * chance.share()) as usize;
        }
        (value.clamp(0.0, 1.0) * SCALE).round() / SCALE
    };
    (0..days * SAMPLES_A_DAY).map(value).collect()
}

/// Numbers that look like chance and are always the same (xorshift).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// From 0 to 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// About normal, with a deviation of one.
    fn bell(&mut self) -> f64 {
        (0..12).map(|_| self.share()).sum::<f64>() - 6.0
    }
}
