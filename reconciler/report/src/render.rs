//! Documents as people read them.

mod html;
mod markdown;
#[cfg(test)]
mod tests;
mod text;

pub use html::HtmlOptions;
pub use markdown::{MARKDOWN_BYTES_MAX, MarkdownOptions};

use heal_telemetry::RecordingError;

use crate::{ImpactDiff, Report, Telemetry, document::Document, picture};

impl ImpactDiff {
    /// For a terminal: no wider than 100 columns, without colour.
    #[must_use]
    pub fn to_text(&self) -> String {
        text::render(&Document::of_diff(self, None))
    }

    /// For a pull request: at most [`MARKDOWN_BYTES_MAX`] bytes, which no count of characters exceeds.
    #[must_use]
    pub fn to_markdown(&self, options: &MarkdownOptions) -> String {
        markdown::render("impact", &Document::of_diff(self, options.graph.as_deref()), options)
    }

    /// One self-contained page that needs no network. `telemetry` is what the diff was made over.
    ///
    /// # Errors
    /// When samples that are drawn cannot be read.
    pub fn to_html(&self, telemetry: &Telemetry, options: &HtmlOptions) -> Result<String, RecordingError> {
        let document = Document::of_diff(self, options.graph.as_deref());
        Ok(html::render(&document, &picture::strips_of_diff(self, telemetry)?, options))
    }

    /// The strip that tells most, as a picture of its own; none where nothing can be drawn.
    ///
    /// # Errors
    /// When samples that are drawn cannot be read.
    pub fn to_svg(&self, telemetry: &Telemetry) -> Result<Option<String>, RecordingError> {
        Ok(picture::strips_of_diff(self, telemetry)?.most_telling().map(picture::stand_alone))
    }
}

impl Report {
    /// For a terminal: no wider than 100 columns, without colour.
    #[must_use]
    pub fn to_text(&self) -> String {
        text::render(&Document::of_report(self, None, Some(text::ITEMS_MAX)))
    }

    /// As [`ImpactDiff::to_markdown`].
    #[must_use]
    pub fn to_markdown(&self, options: &MarkdownOptions) -> String {
        markdown::render("report", &Document::of_report(self, options.graph.as_deref(), None), options)
    }

    /// As [`ImpactDiff::to_html`].
    ///
    /// # Errors
    /// When samples that are drawn cannot be read.
    pub fn to_html(&self, telemetry: &Telemetry, options: &HtmlOptions) -> Result<String, RecordingError> {
        let document = Document::of_report(self, options.graph.as_deref(), None);
        Ok(html::render(&document, &picture::strips_of_report(self, telemetry)?, options))
    }

    /// As [`ImpactDiff::to_svg`].
    ///
    /// # Errors
    /// When samples that are drawn cannot be read.
    pub fn to_svg(&self, telemetry: &Telemetry) -> Result<Option<String>, RecordingError> {
        Ok(picture::strips_of_report(self, telemetry)?.most_telling().map(picture::stand_alone))
    }
}
