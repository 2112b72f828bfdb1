//! Pictures: a strip for each signal and key, with what both sides did there.

mod axis;
mod canvas;
mod downsample;
mod select;
mod series;
mod shapes;
mod strip;
mod svg;
#[cfg(test)]
mod tests;

pub(crate) use select::{strips_of_diff, strips_of_report};
pub(crate) use strip::{Strip, Strips};
pub(crate) use svg::{MARKS, STYLE, draw, draw_close_up, mark_shape, stand_alone, stretch};
