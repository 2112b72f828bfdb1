//! A document as one page that needs no network. Without scripts it shows the same; with them it zooms.

use std::collections::BTreeMap;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::{
    document::{Block, Cell, Document, Fold, Item, Line, Span, Table},
    picture::{self, Strip, Strips},
    units,
};

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// Entries of a list or rows of a table that a page shows.
pub(super) const ITEMS_MAX: usize = 800;
/// Bytes of text diffs that a page shows.
const CODE_BYTES_MAX: usize = 100_000;

/// What a caller adds to a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HtmlOptions {
    /// A Mermaid picture of what the change can reach.
    pub graph: Option<String>,
    /// The command that makes this page again.
    pub reproduce: Option<String>,
    /// The command that says why something on it is so, with `ID` where its id stands.
    pub explain: Option<String>,
}

/// The document as a page.
pub(super) fn render(document: &Document, strips: &Strips, options: &HtmlOptions) -> String {
    let places = places(strips);
    let title = format!("{}: {}", document.subject, document.headline.plain().replace('`', ""));
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                // Nothing can be fetched, whatever a name in here manages to say.
                meta http-equiv="Content-Security-Policy"
                    content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
                title { (title) }
                style { (PreEscaped(STYLE)) (PreEscaped(picture::STYLE)) }
            }
            body {
                main {
                    header {
                        p class="kicker" { (document.subject) }
                        h1 { (capitalized(&document.headline)) }
                        p class="about" { (line(&document.about)) }
                    }
                    @for notice in &document.notices { p class="notice" role="note" { (line(notice)) } }
                    @if !document.table.rows.is_empty() {
                        div class="scroll" tabindex="0" role="region" aria-label="policies" { (table(&document.table)) }
                    }
                    @for note in &document.footnotes { p class="footnote" { (line(note)) } }
                    @if !document.highlights.is_empty() {
                        section class="highlights" aria-label="highlights" {
                            @for highlight in &document.highlights { p { (line(highlight)) } }
                        }
                    }
                    (timelines(strips))
                    @for (position, part) in document.folds.iter().enumerate() { (fold(part, position < 2, &places)) }
                    @if options.reproduce.is_some() || options.explain.is_some() {
                        footer {
                            @if let Some(command) = &options.reproduce {
                                p { "Reproduce: " code { (crate::document::clean(command)) } }
                            }
                            @if let Some(command) = &options.explain {
                                p { "Why something is so, by its id: " code { (crate::document::clean(command)) } }
                            }
                        }
                    }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    format!("{}\n", page.into_string())
}

/// On which strip a difference is shown, by its id.
fn places(strips: &Strips) -> BTreeMap<&str, usize> {
    let mut places = BTreeMap::new();
    for (position, strip) in strips.strips.iter().enumerate() {
        for badge in &strip.badges {
            for id in &badge.ids {
                places.entry(id.as_str()).or_insert(position);
            }
        }
    }
    places
}

fn timelines(strips: &Strips) -> Markup {
    html! {
        section id="timelines" aria-labelledby="timelines-title" {
            h2 id="timelines-title" { "Timelines" }
            @if strips.strips.is_empty() {
                p { @if strips.two_sided { "No timeline differs." } @else { "Nothing fired that could be drawn." } }
            } @else {
                (toolbar(strips))
                (legend(strips))
                @for (position, strip) in strips.strips.iter().enumerate() { (figure(strip, position)) }
                @if strips.left_out > 0 {
                    p { "And " (units::counted(crate::report::size(strips.left_out), "more series", "more series"))
                        " that could be drawn; the JSON form has everything." }
                }
            }
        }
    }
}

fn toolbar(strips: &Strips) -> Markup {
    let stop = if strips.two_sided { "difference" } else { "firing" };
    html! {
        div class="toolbar" role="toolbar" aria-label="time axis" hidden {
            button type="button" data-do="in" { "Zoom in" kbd { "+" } }
            button type="button" data-do="out" { "Zoom out" kbd { "−" } }
            button type="button" data-do="left" { "Earlier" kbd { "←" } }
            button type="button" data-do="right" { "Later" kbd { "→" } }
            button type="button" data-do="all" { "Everything" kbd { "0" } }
            button type="button" data-do="previous" { "Previous " (stop) kbd { "p" } }
            button type="button" data-do="next" class="primary" { "Next " (stop) kbd { "n" } }
        }
        p id="status" role="status" aria-live="polite" {}
    }
}

fn legend(strips: &Strips) -> Markup {
    html! {
        ul class="legend" aria-label="legend" {
            @if strips.two_sided {
                li { (swatch(html! { rect class="bar base differs" x="-7" y="-4" width="14" height="8" {} })) "fired in base" }
            }
            li { (swatch(html! { rect class="bar head differs" x="-7" y="-4" width="14" height="8" {} }))
                @if strips.two_sided { "fired in head" } @else { "fired" } }
            @for (shape, meaning) in picture::MARKS {
                li { (swatch(html! { g class="mark head differs" { (picture::mark_shape(shape)) } })) (meaning) }
            }
            li { (swatch(html! { rect class="incident" x="-7" y="-6" width="14" height="12" {} })) "incident" }
            @if strips.two_sided {
                li { b { "+" } " new" } li { b { "−" } " gone" } li { b { "↔" } " moved" } li { b { "!" } " new false alarm" }
                li { b { "✓" } " incident gained" } li { b { "✕" } " incident lost" }
                li { "faint: the same on both sides" }
            } @else {
                li { b { "✓" } " in an incident" } li { b { "!" } " false alarm" }
            }
        }
    }
}

fn swatch(shape: Markup) -> Markup {
    html! { svg class="strip swatch" viewBox="-9 -8 18 16" width="18" height="16" aria-hidden="true" { (shape) } }
}

fn figure(strip: &Strip, position: usize) -> Markup {
    html! {
        figure id={ "s-" (position) } {
            figcaption { b { (strip.name) }
                @if strip.undrawn > 0 {
                    " · " (units::counted(crate::report::size(strip.undrawn), "shape is", "shapes are")) " not drawn"
                }
            }
            div class="scroll" tabindex="0" role="region" aria-label={ "timeline " (strip.name) } {
                (picture::draw(strip))
            }
            @if !strip.close_ups.is_empty() {
                div class="near" {
                    @for close_up in &strip.close_ups {
                        figure {
                            figcaption { (picture::stretch(close_up)) }
                            (picture::draw_close_up(strip, close_up))
                        }
                    }
                }
            }
        }
    }
}

fn fold(part: &Fold, open: bool, places: &BTreeMap<&str, usize>) -> Markup {
    html! {
        details id=(part.id) open[open] {
            summary { h2 { (part.summary) } }
            @for block in &part.blocks {
                @match block {
                    Block::Items { items, .. } => (list(items, places)),
                    Block::Table(rows) => div class="scroll" tabindex="0" role="region" aria-label=(part.summary) {
                        (table(rows))
                    },
                    Block::Code { title, language, text } => (code(title, language, text)),
                }
            }
        }
    }
}

fn list(items: &[Item], places: &BTreeMap<&str, usize>) -> Markup {
    html! {
        ul class="items" {
            @for item in items.iter().take(ITEMS_MAX) {
                @match &item.id {
                    Some(id) => li id={ "d-" (id) } {
                        @match places.get(id.as_str()) {
                            Some(place) => a class="id" href={ "#s-" (place) } data-show=(id) title="show on its timeline" {
                                code { (id) }
                            },
                            None => code class="id" { (id) },
                        }
                        span { (line(&item.line)) }
                    },
                    None => li { span { (line(&item.line)) } },
                }
            }
        }
        @if items.len() > ITEMS_MAX {
            p { "And " (units::count(crate::report::size(items.len() - ITEMS_MAX))) " more, in the JSON form." }
        }
    }
}

fn code(title: &Line, language: &str, text: &str) -> Markup {
    let mut room = CODE_BYTES_MAX;
    let shown = text.lines().take_while(|line| {
        let fits = line.len() < room;
        room = room.saturating_sub(line.len() + 1);
        fits
    });
    let shown: Vec<&str> = shown.collect();
    let left = text.lines().count() - shown.len();
    html! {
        @if !title.is_empty() { h3 { (line(title)) } }
        pre class=(language) tabindex="0" {
            code { @for part in shown { span class=(line_class(language, part)) { (part) } "\n" } }
        }
        @if left > 0 { p { "And " (units::count(crate::report::size(left))) " more lines." } }
    }
}

fn line_class(language: &str, line: &str) -> &'static str {
    match (language, line.chars().next()) {
        ("diff", Some('+')) => "added",
        ("diff", Some('-')) => "removed",
        ("diff", Some('@')) => "place",
        (_, _) => "same",
    }
}

fn table(table: &Table) -> Markup {
    html! {
        table {
            thead { tr { @for column in &table.columns { th scope="col" { (column) } } } }
            tbody {
                @for row in table.rows.iter().take(ITEMS_MAX) {
                    tr {
                        th scope="row" { (line(&row.name)) }
                        @for value in &row.cells { (cell(value)) }
                    }
                }
            }
        }
        @if table.rows.len() > ITEMS_MAX {
            p { "And " (units::count(crate::report::size(table.rows.len() - ITEMS_MAX))) " more, in the JSON form." }
        }
    }
}

fn cell(cell: &Cell) -> Markup {
    html! {
        @match &cell.base {
            Some(base) => td class="changed" { span class="was" { (base) } " → " b { (cell.head) } (cell.after) },
            None => td { (cell.head) (cell.after) },
        }
    }
}

fn line(line: &Line) -> Markup {
    html! {
        @for span in &line.0 {
            @match span {
                Span::Text(part) => (part),
                Span::Code(part) => code { (part) },
                Span::Strong(part) => b { (part) },
                Span::Emphasis(part) => i { (part) },
            }
        }
    }
}

/// The sentence as a sentence.
fn capitalized(headline: &Line) -> Markup {
    let mut headline = headline.clone();
    if let Some(Span::Text(first)) = headline.0.first_mut() {
        let mut rest = first.chars();
        *first = rest.next().map(|letter| letter.to_uppercase().chain(rest).collect()).unwrap_or_default();
    }
    line(&headline)
}
