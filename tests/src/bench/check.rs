//! `heal-bench check`: what it costs to compile 10,000 policies, and to compile them again after one line has changed.
//!
//! `heal` measures itself (`heal measure`, which is not shown): its own thread's CPU time for each phase, once as
//! `heal check` compiles and once as a process that has compiled the package before, and its peak memory. The median of several processes is taken. Then packages of one shape each are compiled at two sizes, to see
//! that nothing grows faster than its input.

use std::fmt::Write;
use std::path::Path;

use serde_json::Value;

use super::shapes::{SHAPES, Shape};
use super::{Figure, Report, cost, machine};
use crate::{TestFolder, binary, clean_command, find_program, run as start, run_ok};

/// Files of the package, each with [`POLICIES_PER_FILE`] policies.
const FILES: usize = 100;
const POLICIES_PER_FILE: usize = 100;

/// Policies that share a signal and a plan.
const POLICIES_PER_GROUP: usize = 10;

/// Processes of which the median is taken.
const RUNS: usize = 7;

/// Processes for each size of a shape, of which the fastest is taken.
const SHAPE_RUNS: usize = 3;

/// What a shape of twice the size may cost at most, against the smaller one.
const GROWTH_MAX: f64 = 3.0;

/// The phases, in their order.
const PHASES: [&str; 6] = ["read", "parse", "check", "graph", "lint", "lower"];

/// Phases whose times are added up to the figure that has a target.
const TIMED: [&str; 5] = ["parse", "check", "graph", "lint", "lower"];

/// Makes the package, measures, and runs the peer.
pub fn run() -> Report {
    let folder = TestFolder::new();
    let package = folder.subfolder("package");
    write_package(&package);
    let changed = folder.write("changed.heal", file_text(FILES / 2).replacen("> 90%", "> 91%", 1));
    let heal = binary("heal");
    let mut runs: Vec<Value> = Vec::new();
    for _ in 0..RUNS {
        let mut command = clean_command(&heal, folder.path());
        let name = file_name(FILES / 2);
        command.arg("measure").arg(&package).args(["--name", &name]).arg("--becomes").arg(&changed);
        runs.push(serde_json::from_str(&run_ok(&mut command).stdout).expect("heal measure prints JSON"));
    }
    let first = runs.first().expect("a run");
    assert_eq!(first["cold"]["policies"], FILES * POLICIES_PER_FILE, "the package compiles: {first}");
    let peer = promtool(&folder);
    let protocol = vec![
        machine(),
        format!("{}, median of {RUNS} processes, CPU time of the compiling thread", version(&heal, &folder)),
        format!(
            "package: {} policies, {} files, {} lines, {:.2} MB; the change is one number in one file",
            first["cold"]["policies"],
            first["files"],
            first["lines"],
            first["bytes"].as_f64().unwrap_or(0.0) / 1e6
        ),
    ];
    let mut report = Report { protocol, ..Report::default() };
    match &peer {
        Ok((name, cost)) => report.protocol.push(format!(
            "peer: {name}, `check rules` on {} rules: {:.2} s CPU, {:.0} MiB",
            FILES * POLICIES_PER_FILE,
            cost.cpu_seconds,
            cost.peak_mebibytes
        )),
        Err(why) => report.left_out.push(format!("promtool check rules: {why}")),
    }
    let peer = peer.ok();
    let beside = |value: fn(&super::Cost) -> f64| {
        peer.as_ref().map(|(name, cost)| (format!("{name} check rules"), value(cost)))
    };
    for (state, target) in [("cold", 0.5), ("warm", 0.1)] {
        for phase in PHASES {
            report.figures.push(Figure::new(
                &format!("check.{state}.{phase}"),
                median(&runs, state, &[phase]),
                "s",
            ));
        }
        let total =
            Figure::new(&format!("check.{state}.total"), median(&runs, state, &TIMED), "s").at_most(target);
        report.figures.push(if state == "cold" {
            total.beside(beside(|cost| cost.cpu_seconds))
        } else {
            total
        });
    }
    let peak = median_of(runs.iter().map(|run| run["warm"]["peak_bytes"].as_f64().unwrap_or(f64::NAN)));
    let memory = Figure::new("check.peak_memory", peak / f64::from(1 << 20), "MiB").at_most(300.0);
    report.figures.push(memory.beside(beside(|cost| cost.peak_mebibytes)));
    for shape in SHAPES {
        report.figures.extend(grown(shape, &folder, &heal));
    }
    report
}

/// What a shape costs at twice its size, all phases together, and how much more that is than at its size.
fn grown(shape: &Shape, folder: &TestFolder, heal: &Path) -> [Figure; 2] {
    let [small, large] = [shape.size, shape.size * 2].map(|size| {
        let package = folder.subfolder(format!("{}_{size}", shape.name));
        shape.write(&package, size);
        let seconds = || -> f64 {
            let mut command = clean_command(heal, folder.path());
            let output = run_ok(command.arg("measure").arg(&package)).stdout;
            let run: Value = serde_json::from_str(&output).expect("heal measure prints JSON");
            median(&[run], "cold", &PHASES[1..])
        };
        (0..SHAPE_RUNS).map(|_| seconds()).fold(f64::INFINITY, f64::min)
    });
    let name = format!("shape.{}", shape.name);
    [
        Figure::new(&format!("{name}.{}", shape.size * 2), large, "s"),
        Figure::new(&format!("{name}.growth"), large / small, "x").at_most(GROWTH_MAX),
    ]
}

/// Median CPU seconds of some phases together.
fn median(runs: &[Value], state: &str, phases: &[&str]) -> f64 {
    let seconds = |run: &Value| -> f64 {
        let of = |phase: &&str| run[state]["cpu_nanoseconds"][*phase].as_f64().unwrap_or(f64::NAN);
        phases.iter().map(of).sum::<f64>() / 1e9
    };
    median_of(runs.iter().map(seconds))
}

fn median_of(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn version(program: &Path, folder: &TestFolder) -> String {
    let output = start(clean_command(program, folder.path()).arg("--version"));
    let text = format!("{}{}", output.stdout, output.stderr);
    text.lines().next().unwrap_or("unknown version").trim().to_owned()
}

/// A module a team: its own signals and plans, and policies with detectors over them.
fn write_package(package: &Path) {
    let write = |name: &str, text: String| {
        let path = package.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("make a folder");
        std::fs::write(path, text).expect("write a file");
    };
    write("heal.toml", "[package]\nname = \"bench\"\nedition = \"2026\"\n".to_owned());
    for file in 0..FILES {
        write(&file_name(file), file_text(file));
    }
}

fn file_name(file: usize) -> String {
    format!("team_{file:03}/policies.heal")
}

fn file_text(file: usize) -> String {
    let mut text = format!("//! Policies of team {file}.\nuse std.notify\nuse std.service\n");
    for group in 0..POLICIES_PER_FILE / POLICIES_PER_GROUP {
        let _ = write!(
            text,
            "
/// Share of time that the pool of group {group} is busy.
signal busy_{group}: ratio in percent by (service) {{
  from metric \"team{file}.pool{group}.busy\"
  every 15s
}}

/// Takes an instance back to a clean start.
plan restart_{group}(service: service.Service) {{
  step restart = service.restart(service)
}}
"
        );
        for policy in 0..POLICIES_PER_GROUP {
            let (limit, hold) = (90 - policy, 2 + policy);
            let _ = write!(
                text,
                "
detector loaded_{group}_{policy} {{
  when busy_{group}.avg({hold}m) > {limit}% && busy_{group} > 50%
  for {hold}m
  severity warning
}}

policy heal_{group}_{policy} {{
  on loaded_{group}_{policy}
  where service != \"canary-{policy}\"
  try restart_{group}
  then escalate notify.page(\"team-{file}\")
  guard {{
    limit 20 per 1h, 3 per 1h per service
    cooldown 10m
  }}
}}
"
            );
        }
    }
    text
}

/// What `promtool check rules` costs on as many rules.
fn promtool(folder: &TestFolder) -> Result<(String, super::Cost), String> {
    let promtool = find_program("promtool").ok_or("it is not installed")?;
    let mut text = "groups:\n".to_owned();
    for file in 0..FILES {
        let _ = writeln!(text, "- name: team{file}\n  interval: 15s\n  rules:");
        for rule in 0..POLICIES_PER_FILE {
            let (pool, hold, limit) =
                (rule / POLICIES_PER_GROUP, 2 + rule % POLICIES_PER_GROUP, 90 - rule % POLICIES_PER_GROUP);
            let _ = write!(
                text,
                "  - alert: Loaded{file}x{rule}
    expr: avg_over_time(team{file}_pool{pool}_busy[{hold}m]) > 0.{limit} and team{file}_pool{pool}_busy > 0.5
    for: {hold}m
    labels:
      severity: warning
    annotations:
      summary: pool {pool} of team {file} is busy
      description: Takes an instance back to a clean start, at most 20 an hour and 3 an hour for a service
"
            );
        }
    }
    let rules = folder.write("rules.yml", text);
    let name = version(&promtool, folder).replace("promtool, version ", "promtool ");
    let name = name.split(" (").next().unwrap_or("promtool").to_owned();
    let mut command = clean_command(&promtool, folder.path());
    Ok((name, cost(command.args(["check", "rules"]).arg(rules))?))
}
