//! Writes a manifest. The text is part of the format: equal content gives equal bytes, in every version of Heal.

use std::fmt::{self, Write as _};

use heal_program::Millis;

use super::{FileEntry, LogSummary, Manifest, Quality, SeriesEntry};
use crate::digest::sha256;
use crate::{Flaws, Incident, Labels, UnitJump};

/// The manifest's text, and its digest: the SHA-256 of all that follows the line with the digest.
pub(crate) fn write_manifest(manifest: &Manifest, incidents: &[Incident]) -> (String, String) {
    let body = Body { manifest, incidents }.to_string();
    let digest = sha256(body.as_bytes());
    let text = format!(
        "# A recording for Heal: docs/recording.md says what every field means.\n\
         format_version = {}\n\
         # SHA-256 of everything after this line. Whoever edits the rest by hand removes this line.\n\
         digest = {}\n{body}",
        manifest.format_version,
        quoted(&digest),
    );
    (text, digest)
}

struct Body<'a> {
    manifest: &'a Manifest,
    incidents: &'a [Incident],
}

impl fmt::Display for Body<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let manifest = self.manifest;
        writeln!(out, "tool_version = {}", quoted(&manifest.tool_version))?;
        writeln!(out, "name = {}", quoted(&manifest.name))?;
        writeln!(out, "description = {}", quoted(&manifest.description))?;
        writeln!(out, "origin = {}", quoted(&manifest.origin))?;
        writeln!(out, "start = {}", manifest.start)?;
        writeln!(out, "end = {}", manifest.end)?;
        manifest.series.iter().try_for_each(|series| write_series(out, series))?;
        self.incidents.iter().try_for_each(|incident| write_incident(out, incident))?;
        for (hash, series) in &manifest.signals {
            writeln!(out, "\n[[signal]]\nhash = {}\nseries = {}", quoted(hash), quoted(series))?;
        }
        manifest.logs.iter().try_for_each(|log| write_log(out, log))?;
        manifest.files.iter().try_for_each(|(name, file)| write_file(out, name, file))
    }
}

fn write_series(out: &mut fmt::Formatter<'_>, series: &SeriesEntry) -> fmt::Result {
    writeln!(out, "\n[[series]]\nname = {}", quoted(&series.name))?;
    write_labels(out, &series.labels)?;
    writeln!(out, "unit = {}\nunit_declared = {}", quoted(&series.unit), series.unit_declared)?;
    writeln!(out, "time_rule = {}", quoted(&series.time_rule))?;
    if let Some(Millis(interval)) = series.interval {
        writeln!(out, "interval_ms = {interval}")?;
    }
    writeln!(out, "samples = {}", series.samples)?;
    let Quality { missing, non_finite, repeated_dropped, backward_sorted, .. } = series.quality;
    let Quality { shifted, part_of, gaps, longest_gap, .. } = series.quality;
    write!(out, "quality = {{ missing = {missing}, non_finite = {non_finite}, ")?;
    write!(out, "repeated_dropped = {repeated_dropped}, backward_sorted = {backward_sorted}, ")?;
    if shifted > 0 {
        write!(out, "shifted = {shifted}, ")?;
    }
    if let Some(whole) = part_of {
        write!(out, "part_of = \"{whole:016x}\", ")?;
    }
    write!(out, "gaps = {gaps}")?;
    if let Some(Millis(longest)) = longest_gap {
        write!(out, ", longest_gap_ms = {longest}")?;
    }
    writeln!(out, " }}")?;
    write_flaws(out, &series.flaws)
}

/// Nothing where the samples have none.
fn write_flaws(out: &mut fmt::Formatter<'_>, flaws: &Flaws) -> fmt::Result {
    let Flaws { is_constant, flat, longest_flat, unit_jumps } = flaws;
    let mut parts = Vec::new();
    if *is_constant {
        parts.push("constant = true".to_owned());
    }
    if let Some(Millis(longest)) = longest_flat {
        parts.push(format!("flat = {flat}, longest_flat_ms = {longest}"));
    }
    if !unit_jumps.is_empty() {
        let jump = |jump: &UnitJump| format!("{{ at = {}, factor = {:?} }}", jump.at, jump.factor);
        parts.push(format!("unit_jumps = [{}]", unit_jumps.iter().map(jump).collect::<Vec<_>>().join(", ")));
    }
    if parts.is_empty() { Ok(()) } else { writeln!(out, "flaws = {{ {} }}", parts.join(", ")) }
}

fn write_log(out: &mut fmt::Formatter<'_>, log: &LogSummary) -> fmt::Result {
    writeln!(out, "\n[[log]]\nname = {}", quoted(&log.name))?;
    writeln!(out, "start = {}\nend = {}\nlines = {}", log.start, log.end, log.lines)?;
    writeln!(out, "repeated = {}\nwithout_label = {}", log.repeated, log.without_label)?;
    writeln!(out, "backward_sorted = {}\nshifted = {}", log.backward_sorted, log.shifted)?;
    writeln!(out, "time_rule = {}", quoted(&log.time_rule))
}

fn write_incident(out: &mut fmt::Formatter<'_>, incident: &Incident) -> fmt::Result {
    writeln!(out, "\n[[incident]]\nname = {}", quoted(&incident.name))?;
    writeln!(out, "start = {}\nend = {}", incident.start, incident.end)?;
    write_labels(out, &incident.labels)
}

fn write_file(out: &mut fmt::Formatter<'_>, name: &str, file: &FileEntry) -> fmt::Result {
    writeln!(out, "\n[[file]]\nname = {}\nsha256 = {}", quoted(name), quoted(&file.sha256))?;
    writeln!(out, "bytes = {}\nrows = {}", file.bytes, file.rows)
}

fn write_labels(out: &mut fmt::Formatter<'_>, labels: &Labels) -> fmt::Result {
    if labels.is_empty() {
        return writeln!(out, "labels = {{}}");
    }
    let pairs: Vec<String> =
        labels.iter().map(|(name, value)| format!("{} = {}", key(name), quoted(value))).collect();
    writeln!(out, "labels = {{ {} }}", pairs.join(", "))
}

/// A key, bare where TOML allows it.
fn key(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(is_bare) { name.to_owned() } else { quoted(name) }
}

/// A basic string.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            control if control.is_ascii_control() => {
                // Writing to a string cannot fail.
                let _ = write!(quoted, "\\u{:04X}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
