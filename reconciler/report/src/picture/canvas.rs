//! Where the parts of a strip stand: one geometry for whole strips and for close-ups.

use heal_program::Timestamp;

use super::{
    axis::{PLOT_LEFT, x},
    downsample::Point,
    strip::{Strip, Which},
};

/// Width of a whole strip, and of a close-up: two stand beside each other.
const WIDTH: f64 = 1_200.0;
const CLOSE_UP_WIDTH: f64 = 592.0;
/// Room right of the plot.
const RIGHT: f64 = 16.0;
/// Rows of incident names above the plot, and the height of each.
pub(super) const LABEL_ROWS: usize = 3;
pub(super) const LABEL_HEIGHT: f64 = 14.0;
/// Height of the plot of the signal; a whole strip is an overview where there are close-ups below it.
const PLOT_HEIGHT: f64 = 120.0;
const OVERVIEW_HEIGHT: f64 = 84.0;
/// A lane: a bar, and marks on its far side.
const LANE_HEIGHT: f64 = 26.0;
pub(super) const BAR_HEIGHT: f64 = 9.0;

/// A strip over a stretch of time.
pub(super) struct Canvas<'a> {
    pub(super) strip: &'a Strip,
    /// The stretch.
    pub(super) domain: (Timestamp, Timestamp),
    /// The line in it.
    pub(super) line: &'a [Vec<Point>],
    /// Width of everything, and of the plot.
    pub(super) width: f64,
    pub(super) plot_width: f64,
    /// Top of the plot: below as many rows of names as there are.
    pub(super) plot_top: f64,
    plot_height: f64,
    /// The line between base and head.
    pub(super) axis: f64,
    /// Middle of the row of badges.
    pub(super) badges: f64,
    /// Base line of the time labels.
    pub(super) ticks: f64,
    pub(super) height: f64,
}

impl<'a> Canvas<'a> {
    /// The whole strip.
    pub(super) fn whole(strip: &'a Strip) -> Canvas<'a> {
        let height = if strip.close_ups.is_empty() { PLOT_HEIGHT } else { OVERVIEW_HEIGHT };
        Canvas::of(strip, strip.domain, &strip.line, (WIDTH, height))
    }

    /// A close-up.
    pub(super) fn close_up(
        strip: &'a Strip,
        domain: (Timestamp, Timestamp),
        line: &'a [Vec<Point>],
    ) -> Canvas<'a> {
        Canvas::of(strip, domain, line, (CLOSE_UP_WIDTH, PLOT_HEIGHT))
    }

    fn of(
        strip: &'a Strip,
        domain: (Timestamp, Timestamp),
        line: &'a [Vec<Point>],
        (width, plot_height): (f64, f64),
    ) -> Canvas<'a> {
        let lanes = strip.lanes.len().max(1) as f64 * LANE_HEIGHT;
        let rows = strip.incidents.len().min(LABEL_ROWS) as f64;
        let plot_top = 22.0 + rows * LABEL_HEIGHT;
        let above = if strip.two_sided { lanes + 2.0 } else { 4.0 };
        let axis = plot_top + plot_height + above;
        let badges = axis + lanes + 12.0;
        let ticks = badges + if strip.badges.is_empty() { 6.0 } else { 24.0 };
        let plot_width = width - PLOT_LEFT - RIGHT;
        Canvas {
            strip,
            domain,
            line,
            width,
            plot_width,
            plot_top,
            plot_height,
            axis,
            badges,
            ticks,
            height: ticks + 10.0,
        }
    }

    /// Right edge of the plot.
    pub(super) fn right(&self) -> f64 {
        PLOT_LEFT + self.plot_width
    }

    /// Bottom of the plot.
    pub(super) fn plot_bottom(&self) -> f64 {
        self.plot_top + self.plot_height
    }

    /// Bottom of the lowest lane.
    pub(super) fn lanes_bottom(&self) -> f64 {
        self.axis + self.strip.lanes.len() as f64 * LANE_HEIGHT
    }

    /// Where a time stands.
    pub(super) fn x(&self, at: Timestamp) -> f64 {
        x(self.domain, self.plot_width, at)
    }

    /// Where a value stands.
    pub(super) fn y(&self, value: f64) -> f64 {
        let (low, high) = self.strip.range;
        let share = if high > low { (value - low) / (high - low) } else { 0.5 };
        self.plot_top + self.plot_height * (1.0 - share)
    }

    /// How many pieces of the line pass through a part of the plot.
    pub(super) fn drawn_behind(&self, (left, right): (f64, f64), (top, bottom): (f64, f64)) -> usize {
        let place = |(at, value): &Point| (self.x(*at), self.y(*value));
        let meets = |pair: &[Point]| {
            let (Some(from), Some(to)) = (pair.first().map(place), pair.last().map(place)) else {
                return false;
            };
            let is_beside = from.0.min(to.0) > right || from.0.max(to.0) < left;
            // The stretch of heights that the piece has between both sides.
            let height = |x: f64| {
                let share =
                    if to.0 == from.0 { 0.0 } else { ((x - from.0) / (to.0 - from.0)).clamp(0.0, 1.0) };
                from.1 + (to.1 - from.1) * share
            };
            let (one, other) = match to.0 == from.0 {
                true => (from.1, to.1),
                false => (height(left), height(right)),
            };
            !is_beside && one.min(other) <= bottom && one.max(other) >= top
        };
        // A lone point has no neighbour.
        let pieces = |segment: &Vec<Point>| match segment.len() {
            1 => usize::from(meets(segment)),
            _ => segment.windows(2).filter(|pair| meets(pair)).count(),
        };
        self.line.iter().map(pieces).sum()
    }

    /// Left edge and width of a stretch of time; what would be thinner than `least` is drawn that wide, to be seen.
    pub(super) fn span(&self, start: Timestamp, end: Timestamp, least: f64) -> (f64, f64) {
        let left = self.x(start);
        (left, (self.x(end) - left).max(least))
    }

    /// Whether any of a stretch is shown.
    pub(super) fn shows(&self, start: Timestamp, end: Timestamp) -> bool {
        start <= self.domain.1 && end >= self.domain.0
    }

    /// Top of a lane's bar and middle of its marks: mirrored at the axis.
    pub(super) fn lane(&self, side: Which, position: usize) -> (f64, f64) {
        let offset = position as f64 * LANE_HEIGHT + 5.0;
        match side {
            Which::Base => (self.axis - offset - BAR_HEIGHT, self.axis - offset - BAR_HEIGHT - 8.0),
            Which::Head => (self.axis + offset, self.axis + offset + BAR_HEIGHT + 8.0),
        }
    }
}
