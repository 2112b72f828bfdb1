//! Series, frames, recordings (Parquet) and their manifest.

mod series;

pub use series::{Event, Incident, Inventory, Labels, Sample, Series, SeriesId};
