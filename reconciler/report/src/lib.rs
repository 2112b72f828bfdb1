//! Trace to report, two reports to an impact diff; text, Markdown, HTML and JSON.
