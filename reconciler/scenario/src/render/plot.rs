//! A timeline as text, 100 columns wide at most.

use heal_program::{Millis, Timestamp};

use crate::{Lane, LaneKind, Mark, Timeline, times::exact};

/// Columns of a line.
const WIDTH: usize = 100;
/// Most columns of a lane's name.
const NAME_MAX: usize = 48;
/// The eighths that a sparkline is made of.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Steps between two ticks of the axis, in minutes, that read well.
const TICKS: [i64; 17] =
    [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 10_080, 20_160, 43_200, 525_600];
/// Fewest columns between two ticks.
const TICK_COLUMNS_MIN: usize = 10;

/// A timeline, line by line.
pub(super) fn lines(timeline: &Timeline) -> Vec<String> {
    let name_width = timeline.lanes.iter().map(|lane| lane.name.chars().count()).max().unwrap_or(0);
    let plot = Plot::new(timeline, name_width.min(NAME_MAX));
    let mut lines = vec![plot.axis()];
    for lane in &timeline.lanes {
        let drawn = match &lane.kind {
            LaneKind::Samples { samples, .. } => plot.sparkline(samples),
            LaneKind::Marks(marks) => plot.marks(marks),
        };
        let beside = match &lane.kind {
            LaneKind::Samples { range: Some((low, high)), .. } if low == high => format!("  {low}"),
            LaneKind::Samples { range: Some((low, high)), .. } => format!("  {low}..{high}"),
            LaneKind::Samples { range: None, .. } | LaneKind::Marks(_) => String::new(),
        };
        let line = format!("{}{drawn}{beside}", plot.name(&lane.name));
        lines.push(line.trim_end().to_owned());
    }
    if timeline.left_out > 0 {
        lines.push(format!("and {} more lines", timeline.left_out));
    }
    let legend = legend(&timeline.lanes);
    if !legend.is_empty() {
        lines.push(format!("{}{legend}", plot.name("")));
    }
    lines
}

/// `# fires  - true  ? unknown`
fn legend(lanes: &[Lane]) -> String {
    let mut meanings: Vec<(char, &str)> = Vec::new();
    for lane in lanes {
        let LaneKind::Marks(marks) = &lane.kind else { continue };
        for mark in marks {
            if !meanings.contains(&(mark.character, mark.meaning)) {
                meanings.push((mark.character, mark.meaning));
            }
        }
    }
    meanings
        .iter()
        .map(|(character, meaning)| format!("{character} {meaning}"))
        .collect::<Vec<_>>()
        .join("  ")
}

struct Plot {
    start: Timestamp,
    /// Milliseconds from the first column to the end of the last.
    span: i64,
    columns: usize,
    name_width: usize,
}

impl Plot {
    fn new(timeline: &Timeline, name_width: usize) -> Plot {
        let range_width = timeline.lanes.iter().map(|lane| match &lane.kind {
            LaneKind::Samples { range: Some((low, high)), .. } => {
                low.chars().count() + high.chars().count() + 4
            }
            LaneKind::Samples { range: None, .. } | LaneKind::Marks(_) => 0,
        });
        let beside = range_width.max().unwrap_or(0);
        let columns = WIDTH.saturating_sub(name_width + 2 + beside).max(20);
        let span = timeline.end.since(timeline.start).0.max(1);
        Plot { start: timeline.start, span, columns, name_width }
    }

    /// A name as wide as all of them, with what is too long left out.
    fn name(&self, name: &str) -> String {
        let length = name.chars().count();
        if length <= self.name_width {
            return format!("{name}{}  ", " ".repeat(self.name_width - length));
        }
        let kept: String = name.chars().take(self.name_width.saturating_sub(1)).collect();
        format!("{kept}…  ")
    }

    /// The column of a time.
    fn column(&self, at: Timestamp) -> usize {
        let offset = i128::from(at.since(self.start).0.max(0));
        let columns = i128::try_from(self.columns).unwrap_or(1);
        let column = offset * columns / i128::from(self.span);
        usize::try_from(column).unwrap_or(usize::MAX).min(self.columns - 1)
    }

    /// Times above the columns that they belong to.
    fn axis(&self) -> String {
        let per_column = self.span as f64 / self.columns as f64;
        let wanted = per_column * TICK_COLUMNS_MIN as f64;
        let minutes = TICKS.iter().find(|minutes| (**minutes * 60_000) as f64 >= wanted);
        let step = minutes.map_or(self.span, |minutes| minutes * 60_000).max(1);
        let step = if self.span < 60_000 * TICK_COLUMNS_MIN as i64 { (self.span / 4).max(1) } else { step };
        let mut line = String::new();
        let mut at = 0;
        while at < self.span {
            let column = self.column(self.start.plus(Millis(at)));
            let text = exact(Millis(at));
            let length = line.chars().count();
            if column >= length && column + text.chars().count() <= self.columns {
                line.push_str(&" ".repeat(column - length));
                line.push_str(&text);
            }
            at += step;
        }
        format!("{}{line}", self.name(""))
    }

    /// The largest sample of each column, in eighths of the range.
    fn sparkline(&self, samples: &[(Timestamp, f64)]) -> String {
        let mut columns: Vec<Option<f64>> = vec![None; self.columns];
        for (at, value) in samples.iter().filter(|(_, value)| value.is_finite()) {
            if let Some(column) = columns.get_mut(self.column(*at)) {
                *column = Some(column.map_or(*value, |before| before.max(*value)));
            }
        }
        let low = columns.iter().flatten().copied().fold(f64::INFINITY, f64::min);
        let high = columns.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
        let gap = self.gap(samples);
        let mut since = usize::MAX;
        let mut last = ' ';
        columns
            .iter()
            .map(|column| match column {
                Some(value) => {
                    let part = if high > low { (value - low) / (high - low) } else { 0.0 };
                    let eighth = ((part * 8.0) as usize).min(7);
                    last = BARS.get(eighth).copied().unwrap_or('█');
                    since = 0;
                    last
                }
                // Fewer samples than columns: a bar is as wide as the time to the next one.
                None => {
                    since = since.saturating_add(1);
                    if since < gap { last } else { ' ' }
                }
            })
            .collect()
    }

    /// How many columns one sample stands for.
    fn gap(&self, samples: &[(Timestamp, f64)]) -> usize {
        let steps = samples.iter().zip(samples.iter().skip(1)).map(|((from, _), (to, _))| to.since(*from).0);
        let step = i128::from(steps.min().unwrap_or(0).max(0));
        let columns = step * i128::try_from(self.columns).unwrap_or(1) / i128::from(self.span);
        usize::try_from(columns).unwrap_or(1) + 1
    }

    /// Stretches, those that come later over the others.
    fn marks(&self, marks: &[Mark]) -> String {
        let mut columns = vec!['·'; self.columns];
        for mark in marks {
            let (from, to) = (self.column(mark.from), self.column(mark.to));
            let last =
                if mark.to > mark.from && to > from && self.start_of(to) >= mark.to { to - 1 } else { to };
            for column in columns.iter_mut().skip(from).take(last.saturating_sub(from) + 1) {
                *column = mark.character;
            }
        }
        columns.into_iter().collect()
    }

    /// When a column begins.
    fn start_of(&self, column: usize) -> Timestamp {
        let column = i128::try_from(column).unwrap_or(0);
        let columns = i128::try_from(self.columns.max(1)).unwrap_or(1);
        let offset = (i128::from(self.span) * column + columns - 1) / columns;
        self.start.plus(Millis(i64::try_from(offset).unwrap_or(i64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(count: i64) -> Timestamp {
        Timestamp(count * 60_000)
    }

    #[test]
    fn lanes_share_one_axis_and_no_line_is_wider_than_a_hundred_columns() {
        let samples: Vec<(Timestamp, f64)> = (0..=240).map(|at| (minute(at), at as f64)).collect();
        let timeline = Timeline {
            start: minute(0),
            end: minute(240),
            lanes: vec![
                Lane {
                    name: "rss cart/a".to_owned(),
                    kind: LaneKind::Samples { samples, range: Some(("0 B".to_owned(), "240 B".to_owned())) },
                },
                Lane {
                    name: "leaking cart/a".to_owned(),
                    kind: LaneKind::Marks(vec![
                        Mark { from: minute(60), to: minute(90), character: '-', meaning: "true" },
                        Mark { from: minute(90), to: minute(120), character: '#', meaning: "fires" },
                        Mark { from: minute(240), to: minute(240), character: '!', meaning: "escalates" },
                    ]),
                },
                Lane {
                    name: "a name that is much longer than any name should be".to_owned(),
                    kind: LaneKind::Marks(Vec::new()),
                },
            ],
            left_out: 2,
        };
        let lines = lines(&timeline);
        insta::assert_snapshot!(lines.join("\n"));
        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH));
    }
}
