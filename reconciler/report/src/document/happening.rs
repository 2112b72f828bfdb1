//! Lines of what happened that take more than a few words: firings with how far they went, and requests for approval.

use heal_engine::FiringEnd;

use super::Line;
use crate::{
    ApprovalRequest, DetectorReport, Firing, IncidentSummary, Peak, RecordingSummary, readings::key_text,
    report::size, times, units,
};

/// `firing `slow` `cart` 2026-10-05 09:02 to 09:31 UTC, in outage: `latency` up to 446 ms`
pub(super) fn firing(detector: &DetectorReport, firing: &Firing, recording: &RecordingSummary) -> Line {
    let what = if detector.is_event { "event" } else { "firing" };
    let line = Line::default().strong(what).text(" ").code(&detector.path);
    let key = key_text(&firing.labels);
    let line = if key.is_empty() { line } else { line.text(" ").code(key) };
    let when = if detector.is_event {
        times::instant(firing.start)
    } else {
        times::interval(firing.start, firing.end)
    };
    let line = line.text(format!(" {when}"));
    let line = if firing.ended == Some(FiringEnd::Lost) {
        line.text(", ").strong("lost").text(" (its samples stopped)")
    } else {
        line
    };
    let line = firing.incidents.iter().fold(line, |line, incident| line.text(", in ").emphasis(incident));
    let used = !detector.policies.is_empty();
    let line = if firing.incidents.is_empty() && used && recording.has_incidents() {
        line.text(", ").strong("false alarm").text(" (no incident is labelled there)")
    } else {
        line
    };
    let counted = firing.readings.iter().filter(|reading| reading.counted && reading.value.is_some());
    let counted =
        counted.map(|reading| Line::default().code(&reading.expression).text(" ").text(&reading.text));
    let reached: Vec<Line> = firing.peaks.iter().map(peak).chain(counted).collect();
    reached
        .into_iter()
        .enumerate()
        .fold(line, |line, (position, part)| line.text(if position == 0 { ": " } else { ", " }).join(part))
}

/// How far a signal went: `` `lag` up to 5,000 (18 series, this one `lag{partition="3"}`) ``.
fn peak(peak: &Peak) -> Line {
    let (way, most) = if peak.falling { ("down to", "smallest") } else { ("up to", "largest") };
    let line = Line::default().code(&peak.signal).text(format!(" {way} {}", peak.text));
    if peak.series_count < 2 {
        return line;
    }
    let labels: Vec<String> = peak.labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    let line = line.text(format!(" ({} series, {most} ", units::count(peak.series_count)));
    line.code(format!("{}{{{}}}", peak.signal, labels.join(", "))).text(")")
}

/// `asks `heal` `sre` 2026-11-16 10:05 UTC: nobody answers in a simulation`
pub(super) fn approval(policy: &str, request: &ApprovalRequest, shadow: &str) -> Line {
    let line = Line::of(shadow).strong("asks").text(" ").code(policy).text(" ").code(&request.plan);
    let line = line.text(format!(" {}: ", times::instant(request.at))).code(&request.team).text(", ");
    line.phrase(request.outcome.as_deref().unwrap_or("not answered before the recording ended"))
}

/// What is to be said of incidents of which nothing was recorded; none where there are none.
pub(super) fn outside(recording: &RecordingSummary) -> Option<Line> {
    let count = size(recording.incidents_outside.len());
    let away = recording.incidents_outside.iter().map(|incident| distance(incident, recording)).min()?;
    let (verb, counts) = if count == 1 { ("lies", "it counts") } else { ("lie", "they count") };
    let line = Line::default().strong("Outside the recording").text(format!(
        ": {} {verb} before or after all that was recorded, the nearest by {}, and {counts} nowhere: is it the year, \
         or the time zone?",
        units::counted(count, "incident", "incidents"),
        times::spoken(away)
    ));
    Some(line)
}

fn distance(incident: &IncidentSummary, recording: &RecordingSummary) -> heal_program::Millis {
    recording.start.since(incident.end).max(incident.start.since(recording.end))
}
