//! `heal measure`: what compiling a package costs, for `heal-bench check`. Not for people, and so not shown.
//!
//! It stands in this binary because what is measured is then what people run, down to how its files are read, and because
//! a second compilation in a warm process cannot be had from outside.

use std::{collections::BTreeMap, fs, time::SystemTime};

use heal_driver::{CompileOptions, Compiler, Phase, SourceSet};

use crate::{
    arguments::MeasureArguments,
    output::{Done, Exit, Failure, write_result},
    sources::{Package, read_text, today},
};

pub(crate) fn run(arguments: &MeasureArguments) -> Done {
    let start = cpu_nanoseconds()?;
    let Package { mut sources, .. } = Package::read(&arguments.path)?;
    let read = cpu_nanoseconds()?.saturating_sub(start);
    // As `heal check` compiles, which does so once.
    let cold = measured(&mut Compiler::once(), &sources, read)?;
    let mut compiler = Compiler::default();
    measured(&mut compiler, &sources, 0)?;
    if let (Some(name), Some(file)) = (&arguments.name, &arguments.becomes)
        && sources.files.insert(name.clone(), read_text(file)?).is_none()
    {
        return Err(Failure(format!("{name}: the package has no such file")));
    }
    let warm = measured(&mut compiler, &sources, 0)?;
    let bytes: usize = sources.files.values().map(String::len).sum();
    let (files, lines) =
        (sources.files.len(), sources.files.values().map(|text| text.lines().count()).sum::<usize>());
    write_result(&format!(
        "{{\"files\":{files},\"lines\":{lines},\"bytes\":{bytes},\"cold\":{},\"warm\":{}}}\n",
        cold.json(),
        warm.json()
    ))?;
    Ok(Exit::Nothing)
}

/// What one compilation cost, and came to.
struct Measured {
    /// CPU time of each phase.
    nanoseconds: BTreeMap<&'static str, u64>,
    wall_nanoseconds: u64,
    /// Most memory that the process has held so far.
    peak_bytes: u64,
    policies: usize,
    diagnostics: usize,
}

fn measured(compiler: &mut Compiler, sources: &SourceSet, read: u64) -> Result<Measured, Failure> {
    let options = CompileOptions { today: Some(today()) };
    let wall = SystemTime::now();
    let mut marks: Vec<(Phase, Result<u64, Failure>)> = Vec::new();
    let compilation = compiler.compile(sources, options, &mut |phase| marks.push((phase, cpu_nanoseconds())));
    let wall_nanoseconds = wall.elapsed().unwrap_or_default().as_nanos();
    let mut nanoseconds = BTreeMap::from([("read", read)]);
    let mut before: Option<(&'static str, u64)> = None;
    for (phase, mark) in marks {
        let mark = mark?;
        if let Some((name, since)) = before {
            nanoseconds.insert(name, mark.saturating_sub(since));
        }
        before = Some((name(phase), mark));
    }
    Ok(Measured {
        nanoseconds,
        wall_nanoseconds: u64::try_from(wall_nanoseconds).unwrap_or(u64::MAX),
        peak_bytes: peak_bytes()?,
        policies: compilation.program.map_or(0, |program| program.policies.len()),
        diagnostics: compilation.diagnostics.len(),
    })
}

impl Measured {
    fn json(&self) -> String {
        // Names without quotes in them, and whole numbers.
        let phases: Vec<String> =
            self.nanoseconds.iter().map(|(name, it)| format!("\"{name}\":{it}")).collect();
        format!(
            "{{\"cpu_nanoseconds\":{{{}}},\"wall_nanoseconds\":{},\"peak_bytes\":{},\"policies\":{},\"diagnostics\":{}}}",
            phases.join(","),
            self.wall_nanoseconds,
            self.peak_bytes,
            self.policies,
            self.diagnostics
        )
    }
}

fn name(phase: Phase) -> &'static str {
    match phase {
        Phase::Parse => "parse",
        Phase::Check => "check",
        Phase::Graph => "graph",
        Phase::Lint => "lint",
        Phase::Lower => "lower",
        Phase::Done => "done",
    }
}

/// CPU time of this thread. Linux only, as the benchmark is.
fn cpu_nanoseconds() -> Result<u64, Failure> {
    // What the kernel shows is as old as its last look at this thread: this makes it look.
    std::thread::yield_now();
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let first = text.split_whitespace().next().and_then(|number| number.parse().ok());
    first.ok_or_else(|| Failure("/proc/thread-self/schedstat says no CPU time".to_owned()))
}

fn peak_bytes() -> Result<u64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes =
        line.and_then(|line| line.trim().strip_suffix(" kB")).and_then(|number| number.trim().parse().ok());
    kibibytes
        .map(|number: u64| number * 1024)
        .ok_or_else(|| Failure("/proc/self/status says no VmHWM".to_owned()))
}
