//! Why something happened in a simulation, or did not.

use std::path::Path;

use heal_diagnostics::nearest;
use heal_explain::{Explanation, NoAnswer, Question, Sought, to_json};
use heal_impact::{Grouped, Revision, compare, group_revision};
use heal_report::{Difference, DifferenceKind};
use heal_simulator::Options;
use heal_telemetry::Recording;

use super::blame::{Written, blame};
use crate::{
    arguments::{ExplainArguments, ExplainFormat},
    commands::{
        diff::{read_side, recording_of_base},
        simulate::{failed, folder_of, open_recording},
    },
    output::{Done, Exit, Failure, write_result},
    recordings::from_root,
    simulation::with_options,
    sources::Package,
};

pub(super) fn run(text: &str, arguments: &ExplainArguments) -> Done {
    match &arguments.base {
        Some(base) => of_difference(text, base, arguments),
        None => of_side(text, arguments),
    }
}

/// About one package.
fn of_side(text: &str, arguments: &ExplainArguments) -> Done {
    let package = Package::read(arguments.path.as_deref().unwrap_or_else(|| Path::new(".")))?;
    let Some(compilation) = package.compile_aloud() else { return Ok(Exit::Findings) };
    let environment = arguments.environment.as_deref();
    let recording = match &arguments.recording {
        Some(folder) => open_recording(folder)?,
        None => open_recording(&from_root(
            &package.root,
            &folder_of(compilation.manifest.as_ref(), environment)?,
        ))?,
    };
    let revision = Revision {
        name: package.root.display().to_string(),
        sources: package.sources,
        environment: arguments.environment.clone(),
    };
    let answered = with_options(&arguments.simulation, |options| {
        let grouped = match group_revision(&revision, &recording) {
            Ok(grouped) => grouped,
            Err(wrong) => return Err(Err(wrong.into())),
        };
        let answered = match (arguments.at, is_incident(&recording, text)) {
            // An incident has its own time.
            (_, true) => of_incident(&grouped, &recording, options, text),
            (Some(at), false) => answer(&grouped, &recording, options, &Question::At(text, at)),
            (None, false) => of_id(&grouped, &recording, options, text),
        };
        answered.map_err(Ok)
    });
    let mut explanation = match answered {
        Ok(explanation) => explanation,
        Err(Ok(failure)) => return Err(failure),
        Err(Err(wrong)) => return failed(&wrong),
    };
    blame(&mut explanation.places, &Written::Folder(&package.root), &compilation);
    show(&[explanation], None, arguments.format)
}

/// About a difference of two sides.
fn of_difference(text: &str, base: &str, arguments: &ExplainArguments) -> Done {
    let environment = arguments.environment.as_deref();
    let head_name = arguments.path.as_ref().map_or_else(|| ".".to_owned(), |it| it.display().to_string());
    let (base, head) = (read_side(base, environment)?, read_side(&head_name, environment)?);
    let recording = match &arguments.recording {
        Some(place) => open_recording(place)?,
        None => recording_of_base(base.recording, head.recording)?,
    };
    let sides = (&base.revision, &head.revision);
    let answered = with_options(&arguments.simulation, |options| {
        let comparison = match compare(sides.0, sides.1, &recording, options) {
            Ok(comparison) => comparison,
            Err(wrong) => return Err(Err(wrong)),
        };
        let difference = difference(&comparison.diff.differences, text).map_err(Ok)?;
        let mut explanations = Vec::new();
        for (revision, moment) in [(sides.1, &difference.head), (sides.0, &difference.base)] {
            let is_incident = is_about_incident(difference.kind);
            if moment.is_none() && !is_incident {
                continue;
            }
            let grouped = group_revision(revision, &recording).map_err(|wrong| Err(wrong.into()))?;
            let answered = match moment {
                Some(moment) if !is_incident => of_id(&grouped, &recording, options, &moment.id.to_string()),
                _ => of_incident(&grouped, &recording, options, &difference.item),
            };
            explanations.push((answered.map_err(Ok)?, grouped.compilation));
        }
        Ok((difference.clone(), explanations))
    });
    let (difference, mut explanations) = match answered {
        Ok(answered) => answered,
        Err(Ok(failure)) => return Err(failure),
        Err(Err(wrong)) => return failed(&wrong),
    };
    for (explanation, compilation) in &mut explanations {
        let written = Written::named(&explanation.revision);
        blame(&mut explanation.places, &written, compilation);
    }
    let explanations: Vec<Explanation> =
        explanations.into_iter().map(|(explanation, _)| explanation).collect();
    show(&explanations, Some(&difference), arguments.format)
}

fn difference<'d>(differences: &'d [Difference], text: &str) -> Result<&'d Difference, Failure> {
    let wanted = text.to_ascii_lowercase();
    let found: Vec<&Difference> = differences.iter().filter(|it| it.id.starts_with(&wanted)).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] if differences.is_empty() => Err(Failure("nothing differs over this recording".to_owned())),
        [] => {
            Err(Failure(format!("no difference has the id `{text}`; `heal diff` lists them with their ids")))
        }
        several => {
            let ids: Vec<&str> = several.iter().map(|it| it.id.as_str()).collect();
            Err(Failure(format!("several ids begin with `{text}`: {}", ids.join(", "))))
        }
    }
}

/// Whether a kind of difference is about an incident, which it has in place of an item.
fn is_about_incident(kind: DifferenceKind) -> bool {
    matches!(
        kind,
        DifferenceKind::IncidentMissed
            | DifferenceKind::IncidentCaught
            | DifferenceKind::IncidentLater
            | DifferenceKind::IncidentEarlier
    )
}

fn is_incident(recording: &Recording, text: &str) -> bool {
    recording.incidents.iter().any(|incident| incident.name == text)
}

fn of_incident(
    grouped: &Grouped<'_>,
    recording: &Recording,
    options: &Options<'_>,
    name: &str,
) -> Result<Explanation, Failure> {
    let report = grouped.report(options)?;
    answer(grouped, recording, options, &Question::Incident(name, &report))
}

/// About what has an id, which any of the groups may have done.
fn of_id(
    grouped: &Grouped<'_>,
    recording: &Recording,
    options: &Options<'_>,
    id: &str,
) -> Result<Explanation, Failure> {
    let mut sought = Sought::of(id);
    grouped.each_part(options, |group, part| sought.look(group, &part))?;
    answer(grouped, recording, options, &Question::Id(&sought))
}

fn answer(
    grouped: &Grouped<'_>,
    recording: &Recording,
    options: &Options<'_>,
    question: &Question<'_>,
) -> Result<Explanation, Failure> {
    let side = heal_explain::Side {
        revision: &grouped.name,
        program: &grouped.program,
        groups: &grouped.groups,
        recording,
        options,
    };
    heal_explain::explain(&side, question).map_err(|wrong| match wrong {
        NoAnswer::Simulation(wrong) => wrong.into(),
        NoAnswer::NoKey { said } | NoAnswer::Outside { said } => Failure(said),
        NoAnswer::Unknown { said, near, names } => Failure(no_answer(question, &said, &near, &names)),
    })
}

/// What is wrong with a question, and what may have been meant.
fn no_answer(question: &Question<'_>, said: &str, near: &[String], names: &[String]) -> String {
    let asked = match question {
        Question::Id(sought) => sought.text(),
        Question::At(text, _) | Question::Incident(text, _) => text,
    };
    if !near.is_empty() {
        let lines: Vec<String> = near.iter().map(|line| format!("\n  {line}")).collect();
        return format!("{said}; these are near:{}", lines.concat());
    }
    let name = asked.split(['[', '{']).next().unwrap_or(asked);
    if let Some(meant) = names.iter().find(|it| it == &name) {
        return format!("{said}; to ask about `{meant}`, name a time: `--at 2026-01-31T12:00:00Z`");
    }
    match nearest(name, names.iter().map(String::as_str)) {
        Some(meant) => format!("{said}: did you mean `{meant}`?"),
        None => format!("{said}; `heal simulate` lists what happened, with ids"),
    }
}

fn show(explanations: &[Explanation], difference: Option<&Difference>, format: ExplainFormat) -> Done {
    let text = match format {
        ExplainFormat::Json => to_json(explanations, difference)?,
        ExplainFormat::Text => {
            let mut parts: Vec<String> = Vec::new();
            parts.extend(difference.map(|it| format!("{}\n", heal_report::difference_text(it))));
            parts.extend(explanations.iter().map(Explanation::to_text));
            parts.join("\n")
        }
    };
    write_result(&text)?;
    Ok(Exit::Nothing)
}
