//! `heal check --bounds`: the most that policies can do in an hour, whatever telemetry says.

use std::fmt::Write;

use heal_driver::{WorstCase, WorstCases, worst_cases};

use crate::{
    arguments::{CheckArguments, CheckFormat},
    output::{Done, Exit, Failure, write_result},
    sources::Package,
};

pub(crate) fn run(arguments: &CheckArguments) -> Done {
    let mut exit = Exit::Nothing;
    let packages: Result<Vec<Vec<Package>>, Failure> =
        arguments.paths.iter().map(|path| Package::read_all(path)).collect();
    for package in packages?.iter().flatten() {
        let compilation = package.compile_aloud();
        let Some(program) = compilation.and_then(|compilation| compilation.program) else {
            exit = Exit::Findings;
            continue;
        };
        let cases = worst_cases(&program);
        write_result(&match arguments.format {
            CheckFormat::Json => json(&cases),
            CheckFormat::Human
            | CheckFormat::Sarif
            | CheckFormat::Github
            | CheckFormat::Gitlab
            | CheckFormat::Junit
            | CheckFormat::Rdjson => table(&cases),
        })?;
    }
    Ok(exit)
}

/// A line a policy, and one for all together.
fn table(cases: &WorstCases) -> String {
    let mut rows = vec![["policy", "runs/h", "effects/run", "effects/h", "because"].map(str::to_owned)];
    for case in &cases.policies {
        let because = case.because.clone().unwrap_or_default();
        rows.push([
            case.policy.clone(),
            shown(case.runs_per_hour),
            case.effects_per_run.to_string(),
            shown(case.effects_per_hour),
            if case.shadow { format!("{because}; shadow: it does nothing") } else { because },
        ]);
    }
    let (runs, effects) = (shown(cases.runs_per_hour), shown(cases.effects_per_hour));
    rows.push(["all together".to_owned(), runs, String::new(), effects, String::new()]);
    let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(String::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..5).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let is_number = (1..=3).contains(&at);
            let _ =
                if is_number { write!(line, "{cell:>width$}  ") } else { write!(line, "{cell:<width$}  ") };
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

fn shown(most: Option<u64>) -> String {
    most.map_or("unbounded".to_owned(), |most| most.to_string())
}

/// `{"version":1,"policies":[...],"runs_per_hour":1,"effects_per_hour":1}`; what nothing bounds is null. Paths and limits
/// are made of letters, digits, dots, blanks and backticks: there is nothing to escape.
fn json(cases: &WorstCases) -> String {
    let number = |most: Option<u64>| most.map_or("null".to_owned(), |most| most.to_string());
    let policy = |case: &WorstCase| {
        let because = case.because.as_ref().map_or("null".to_owned(), |because| format!("\"{because}\""));
        format!(
            "{{\"policy\":\"{}\",\"runs_per_hour\":{},\"effects_per_run\":{},\"effects_per_hour\":{},\"because\":{because},\"shadow\":{}}}",
            case.policy,
            number(case.runs_per_hour),
            case.effects_per_run,
            number(case.effects_per_hour),
            case.shadow
        )
    };
    let policies: Vec<String> = cases.policies.iter().map(policy).collect();
    format!(
        "{{\"version\":1,\"policies\":[{}],\"runs_per_hour\":{},\"effects_per_hour\":{}}}\n",
        policies.join(","),
        number(cases.runs_per_hour),
        number(cases.effects_per_hour)
    )
}
