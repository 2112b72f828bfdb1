//! A strip as SVG. Every word in it passes maud, which escapes.

use std::collections::BTreeMap;

use heal_program::Timestamp;
use maud::{Markup, PreEscaped, html};

use super::{
    axis::{PLOT_LEFT, time_ticks, value_ticks},
    canvas::{BAR_HEIGHT, Canvas, LABEL_HEIGHT, LABEL_ROWS},
    strip::{Badge, Bar, CloseUp, Lane, Mark, MarkShape, Shade, Strip, Which},
};
use crate::{times, units};

/// Bars and windows that would be thinner are drawn this wide.
const BAR_WIDTH_MIN: f64 = 3.0;
const SHADE_WIDTH_MIN: f64 = 1.5;
/// What a letter of an incident's name takes, about.
const LETTER_WIDTH: f64 = 7.6;
/// What the name of a bound takes in height.
const NAME_HEIGHT: f64 = 16.0;
/// So far is the next place at which the name of a bound is tried, and so many are.
const NAME_STEP: f64 = 24.0;
const NAME_PLACES_MAX: u32 = 48;
/// Height of the line of text above a strip that stands alone.
const CAPTION_HEIGHT: f64 = 34.0;
/// Close-ups of a strip that stands alone.
const CLOSE_UPS_ALONE: usize = 2;

/// Style of strips, for pages that hold several.
pub(crate) const STYLE: &str = include_str!("strip.css");

/// Shapes of marks with what they mean, for a legend.
pub(crate) const MARKS: [(MarkShape, &str); 5] = [
    (MarkShape::Run, "plan started"),
    (MarkShape::Withheld, "withheld by a guard"),
    (MarkShape::Approval, "approval asked for"),
    (MarkShape::Page, "people paged"),
    (MarkShape::Event, "event happened"),
];

/// The strip for a page.
pub(crate) fn draw(strip: &Strip) -> Markup {
    let canvas = Canvas::whole(strip);
    let label = format!("timeline of {}", strip.name);
    html! {
        svg class="strip" viewBox={ "0 0 " (n(canvas.width)) " " (n(canvas.height)) } role="group" aria-label=(label)
            data-group=(strip.group) data-from=(strip.domain.0.0) data-to=(strip.domain.1.0)
            data-left=(n(PLOT_LEFT)) data-width=(n(canvas.plot_width)) {
            (content(&canvas))
        }
    }
}

/// A close-up for a page.
pub(crate) fn draw_close_up(strip: &Strip, close_up: &CloseUp) -> Markup {
    let canvas = Canvas::close_up(strip, close_up.domain, &close_up.line);
    let label = format!("{}, {}", strip.name, stretch(close_up));
    html! {
        svg class="strip close-up" viewBox={ "0 0 " (n(canvas.width)) " " (n(canvas.height)) } role="group"
            aria-label=(label) {
            (content(&canvas))
        }
    }
}

/// When a close-up is.
pub(crate) fn stretch(close_up: &CloseUp) -> String {
    times::interval(close_up.domain.0, Some(close_up.domain.1))
}

/// The strip as a file of its own, with its name, and with what differs from near.
pub(crate) fn stand_alone(strip: &Strip) -> String {
    let canvas = Canvas::whole(strip);
    let near: Vec<(&CloseUp, Canvas<'_>)> = strip
        .close_ups
        .iter()
        .take(CLOSE_UPS_ALONE)
        .map(|close_up| (close_up, Canvas::close_up(strip, close_up.domain, &close_up.line)))
        .collect();
    let below = near.first().map_or(0.0, |(_, canvas)| canvas.height + CAPTION_HEIGHT);
    let (width, height) = (canvas.width, CAPTION_HEIGHT + canvas.height + below + 8.0);
    let second_row = CAPTION_HEIGHT + canvas.height;
    let markup = html! {
        svg class="strip" xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (n(width)) " " (n(height)) }
            width=(n(width)) height=(n(height)) role="img" aria-label=(strip.name) {
            style { (PreEscaped(STYLE)) }
            rect class="paper" width=(n(width)) height=(n(height)) {}
            text class="name" x="16" y="22" { (strip.name) }
            text x=(n(width - 16.0)) y="22" text-anchor="end" {
                @if strip.two_sided { "base above the axis, head below · " }
                "shaded: incident · ▶ plan started · ⊘ withheld · ◇ approval · ■ page · ▽ event"
            }
            g transform={ "translate(0 " (n(CAPTION_HEIGHT)) ")" } { (content(&canvas)) }
            @for (position, (close_up, canvas)) in near.iter().enumerate() {
                @let left = position as f64 * (width - canvas.width);
                g transform={ "translate(" (n(left)) " " (n(second_row)) ")" } {
                    text class="name" x="16" y="22" { (stretch(close_up)) }
                    g transform={ "translate(0 " (n(CAPTION_HEIGHT)) ")" } {
                        (content(canvas))
                    }
                }
            }
        }
    };
    format!("{}\n", markup.into_string())
}

/// A mark around the origin.
pub(crate) fn mark_shape(shape: MarkShape) -> Markup {
    match shape {
        MarkShape::Run => html! { path d="M-4,-5L5.5,0L-4,5Z" {} },
        MarkShape::Withheld => html! { circle class="hollow" r="4.6" {} path d="M-3.2,3.2L3.2,-3.2" {} },
        MarkShape::Approval => html! { path class="hollow" d="M0,-5.5L5.5,0L0,5.5L-5.5,0Z" {} },
        MarkShape::Event => html! { path class="hollow" d="M-5,-4.5H5L0,5Z" {} },
        MarkShape::Page => html! { path d="M-4.2,-4.2h8.4v8.4h-8.4Z" {} },
    }
}

/// All of a canvas. A picture in the picture cuts off what reaches beyond the plot, and needs no name for that.
fn content(canvas: &Canvas<'_>) -> Markup {
    let strip = canvas.strip;
    let (left, width, height) = (n(PLOT_LEFT), n(canvas.plot_width), n(canvas.height));
    html! {
        (values(canvas))
        svg x=(left) y="0" width=(width) height=(height) viewBox={ (left) " 0 " (width) " " (height) } {
            @for (shade, row) in shades(canvas) { (incident(canvas, shade, row)) }
            g class="zoom" { path class="line" d=(path(canvas)) {} }
            @for (position, lane) in strip.lanes.iter().enumerate() { (self::lane(canvas, lane, position)) }
            @for badge in strip.badges.iter().filter(|badge| canvas.shows(badge.at, badge.at)) {
                (self::badge(canvas, badge))
            }
        }
        (thresholds(canvas))
        line class="axis" x1=(n(PLOT_LEFT)) x2=(n(canvas.right())) y1=(n(canvas.axis)) y2=(n(canvas.axis)) {}
        (sides(canvas))
        g class="ticks" data-axis=(n(canvas.axis)) data-y=(n(canvas.ticks)) {
            @for (at, label) in time_ticks(canvas.domain, canvas.plot_width) {
                @let x = n(canvas.x(at));
                line class="axis" x1=(x) x2=(x) y1=(n(canvas.axis - 3.0)) y2=(n(canvas.axis + 3.0)) {}
                text class="tick-x" x=(x) y=(n(canvas.ticks)) { (label) }
            }
        }
        text class="year" x="16" y=(n(canvas.ticks)) {
            (times::date(canvas.domain.0).chars().take(4).collect::<String>()) " UTC"
        }
    }
}

/// Grid and labels of the values.
fn values(canvas: &Canvas<'_>) -> Markup {
    let (_, ticks) = value_ticks(canvas.strip.range.0, canvas.strip.range.1);
    html! {
        @for tick in ticks {
            @let y = canvas.y(tick);
            line class="grid" x1=(n(PLOT_LEFT)) x2=(n(canvas.right())) y1=(n(y)) y2=(n(y)) {}
            text class="tick-y" x=(n(PLOT_LEFT - 8.0)) y=(n(y + 4.0)) { (units::number(tick)) }
        }
        text class="tick-y" x=(n(PLOT_LEFT - 8.0)) y=(n(canvas.plot_top - 12.0)) { (canvas.strip.unit) }
    }
}

/// Base's bounds are named at the left, head's at the right, each where there is room for its name.
fn thresholds(canvas: &Canvas<'_>) -> Markup {
    let lines = &canvas.strip.thresholds;
    let places: Vec<f64> = lines.iter().map(|line| canvas.y(line.value)).collect();
    html! {
        @for (line, place) in lines.iter().zip(&places) {
            @let (class, word) = match line.side {
                Some(Which::Base) => ("base", "base "),
                Some(Which::Head) => ("head", "head "),
                None => ("both", ""),
            };
            @let (mark, heights) = heights(canvas, *place, &places);
            @if mark.is_empty() {
                line class={ "threshold " (class) } x1=(n(PLOT_LEFT)) x2=(n(canvas.right())) y1=(n(*place)) y2=(n(*place)) {}
            }
            @let name = format!("{mark}{word}{}", line.text);
            @let (x, height, anchor) = name_place(canvas, line.side, &heights, label_width(&name));
            text class={ "bound " (class) } x=(n(x)) y=(n(height)) text-anchor=[anchor] { (name) }
        }
    }
}

/// A sign for a bound that lies beyond the plot, and the heights at which its name may stand: above its line, and below it;
/// of two close bounds the higher is named above, and the lower below.
fn heights(canvas: &Canvas<'_>, place: f64, places: &[f64]) -> (&'static str, Vec<f64>) {
    if place < canvas.plot_top {
        return ("↑ ", vec![canvas.plot_top + 10.0]);
    }
    if place > canvas.plot_bottom() {
        return ("↓ ", vec![canvas.plot_bottom() - 4.0]);
    }
    let (above, below) = (place - 5.0, place + 13.0);
    let is_near = |other: &&f64| (**other - place).abs() < NAME_HEIGHT * 2.0 && **other != place;
    let heights = match places.iter().find(is_near) {
        Some(other) if *other < place => vec![below],
        Some(_) => vec![above],
        None => vec![above, below],
    };
    let inside = heights.iter().copied().filter(|it| *it <= canvas.plot_bottom() - 2.0);
    let inside: Vec<f64> = inside.collect();
    ("", if inside.is_empty() { vec![above] } else { inside })
}

/// Where the name of a bound stands, and what of it: base's as far left, head's as far right as no line is behind it; where
/// there is a line everywhere, where the least of it is.
fn name_place(
    canvas: &Canvas<'_>,
    side: Option<Which>,
    heights: &[f64],
    width: f64,
) -> (f64, f64, Option<&'static str>) {
    let is_base = side == Some(Which::Base);
    let (edge, anchor) = if is_base { (PLOT_LEFT + 4.0, None) } else { (canvas.right() - 4.0, Some("end")) };
    let mut best: Option<(usize, f64, f64)> = None;
    for step in 0..NAME_PLACES_MAX {
        let away = f64::from(step) * NAME_STEP;
        let x = if is_base { edge + away } else { edge - away };
        let (left, right) = if is_base { (x, x + width) } else { (x - width, x) };
        if left < PLOT_LEFT || right > canvas.right() {
            break;
        }
        for height in heights {
            let behind = canvas.drawn_behind((left, right), (height - NAME_HEIGHT + 3.0, height + 4.0));
            if best.is_none_or(|(least, ..)| behind < least) {
                best = Some((behind, x, *height));
            }
        }
    }
    let fallback = heights.first().copied().unwrap_or(canvas.plot_top + 10.0);
    best.map_or((edge, fallback, anchor), |(_, x, height)| (x, height, anchor))
}

fn incident(canvas: &Canvas<'_>, shade: &Shade, row: Option<usize>) -> Markup {
    let (left, width) = canvas.span(shade.start, shade.end, SHADE_WIDTH_MIN);
    let label = shade_label(shade);
    let words = format!("incident {label}, {}", times::interval(shade.start, Some(shade.end)));
    let class = if row.is_none() { "incident-label t gone" } else { "incident-label t" };
    let top = canvas.plot_top - 4.0;
    html! {
        rect class="incident t" data-a=(shade.start.0) data-b=(shade.end.0) x=(n(left)) width=(n(width))
            y=(n(top)) height=(n(canvas.lanes_bottom() - top)) tabindex="0" role="img" aria-label=(words) {
            title { (words) }
        }
        text class=(class) aria-hidden="true" data-a=(shade.start.0) data-b=(shade.end.0)
            x=(n(label_left(canvas, left, label_width(&label))))
            y=(n(12.0 + row.unwrap_or_default() as f64 * LABEL_HEIGHT)) { (label) }
    }
}

fn shade_label(shade: &Shade) -> String {
    if shade.fate.is_empty() { shade.name.clone() } else { format!("{}: {}", shade.name, shade.fate) }
}

/// The incidents that are shown, each with a row in which its name overlaps no other; none where there is no such row.
fn shades<'a>(canvas: &Canvas<'a>) -> Vec<(&'a Shade, Option<usize>)> {
    let mut ends = [f64::NEG_INFINITY; LABEL_ROWS];
    let shown = canvas.strip.incidents.iter().filter(|shade| canvas.shows(shade.start, shade.end));
    let rows = shown.map(|shade| {
        let width = label_width(&shade_label(shade));
        let left = label_left(canvas, canvas.x(shade.start), width);
        let row = ends.iter_mut().enumerate().find(|(_, end)| **end + 8.0 <= left);
        let row = row.map(|(row, end)| {
            *end = left + width;
            row
        });
        (shade, row)
    });
    rows.collect()
}

fn label_width(label: &str) -> f64 {
    label.chars().count() as f64 * LETTER_WIDTH
}

fn label_left(canvas: &Canvas<'_>, left: f64, width: f64) -> f64 {
    left.min(canvas.right() - width).max(PLOT_LEFT)
}

fn lane(canvas: &Canvas<'_>, lane: &Lane, position: usize) -> Markup {
    html! {
        @for bar in lane.bars.iter().filter(|bar| canvas.shows(bar.start, bar.end)) {
            (self::bar(canvas, bar, position))
        }
        @for (mark, shift) in lane.marks.iter().zip(shifts(&lane.marks)).filter(|(mark, _)| canvas.shows(mark.at, mark.at)) {
            (self::mark(canvas, mark, position, shift))
        }
    }
}

/// Marks of one side and time stand beside each other.
fn shifts(marks: &[Mark]) -> Vec<f64> {
    let mut seen: BTreeMap<(Which, Timestamp), f64> = BTreeMap::new();
    let shift = |mark: &Mark| {
        let next = seen.entry((mark.side, mark.at)).or_insert(0.0);
        let own = *next;
        *next += 13.0;
        own
    };
    marks.iter().map(shift).collect()
}

fn bar(canvas: &Canvas<'_>, bar: &Bar, position: usize) -> Markup {
    let (left, width) = canvas.span(bar.start, bar.end, BAR_WIDTH_MIN);
    let (top, _) = canvas.lane(bar.side, position);
    let class = format!("bar t {}{}", side_class(bar.side), if bar.differs { " differs" } else { "" });
    html! {
        rect class=(class) data-a=(bar.start.0) data-b=(bar.end.0) x=(n(left)) width=(n(width)) y=(n(top))
            height=(n(BAR_HEIGHT)) tabindex="0" role="img" aria-label=(bar.words) { title { (bar.words) } }
    }
}

fn mark(canvas: &Canvas<'_>, mark: &Mark, position: usize, shift: f64) -> Markup {
    let (_, middle) = canvas.lane(mark.side, position);
    let class = format!("mark t {}{}", side_class(mark.side), if mark.differs { " differs" } else { "" });
    let place = format!("translate({} {})", n(canvas.x(mark.at) + shift), n(middle));
    html! {
        g class=(class) data-a=(mark.at.0) data-y=(n(middle)) data-shift=(n(shift)) transform=(place) tabindex="0"
            role="img" aria-label=(mark.words) { title { (mark.words) } (mark_shape(mark.shape)) }
    }
}

fn badge(canvas: &Canvas<'_>, badge: &Badge) -> Markup {
    let place = format!("translate({} {})", n(canvas.x(badge.at)), n(canvas.badges));
    let class = if ["!", "✕"].contains(&badge.sign) { "badge alarm t" } else { "badge t" };
    let first = badge.ids.first().map_or("", String::as_str);
    html! {
        a class=(class) href={ "#d-" (first) } data-ids=(badge.ids.join(" ")) data-a=(badge.at.0)
            data-end=(badge.end.0) data-y=(n(canvas.badges)) data-shift="0" transform=(place)
            aria-label=(badge.words) {
            title { (badge.words) }
            circle r="7.5" {}
            text y="4" { (badge.sign) }
        }
    }
}

fn sides(canvas: &Canvas<'_>) -> Markup {
    let strip = canvas.strip;
    let several = strip.lanes.len() > 1;
    html! {
        @for (position, lane) in strip.lanes.iter().enumerate() {
            @for side in [Which::Base, Which::Head] {
                @if side == Which::Head || strip.two_sided {
                    @let (top, _) = canvas.lane(side, position);
                    text class={ "side " (side_class(side)) } x=(n(PLOT_LEFT - 8.0)) y=(n(top + BAR_HEIGHT)) {
                        (side_label(strip, side, &lane.detector, several))
                    }
                }
            }
        }
    }
}

/// Letters that there is room for beside a plot, in bold.
const SIDE_LETTERS_MAX: usize = 14;

fn side_label(strip: &Strip, side: Which, detector: &str, several: bool) -> String {
    let word = match (side, strip.two_sided) {
        (Which::Base, _) => "base",
        (Which::Head, true) => "head",
        (Which::Head, false) => "fired",
    };
    if !several {
        return word.to_owned();
    }
    let name = heal_program::short_name(detector);
    let room = SIDE_LETTERS_MAX.saturating_sub(word.len() + 1);
    if name.chars().count() <= room {
        return format!("{word} {name}");
    }
    let short: String = name.chars().take(room.saturating_sub(1)).collect();
    format!("{word} {short}…")
}

fn side_class(side: Which) -> &'static str {
    match side {
        Which::Base => "base",
        Which::Head => "head",
    }
}

/// A polyline for each stretch without a gap; a lone point is drawn as a short dash.
fn path(canvas: &Canvas<'_>) -> String {
    let mut path = String::new();
    for segment in canvas.line {
        for (position, (at, value)) in segment.iter().enumerate() {
            path.push(if position == 0 { 'M' } else { 'L' });
            // Two digits: whoever zooms in moves the points by far more than a pixel.
            path.push_str(&format!("{:.2},{:.1}", canvas.x(*at), canvas.y(*value)));
        }
        if segment.len() == 1 {
            path.push_str("h1");
        }
    }
    path
}

/// A coordinate: as short as it can be without moving anything.
fn n(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
