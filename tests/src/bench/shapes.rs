//! Packages of one shape each, small and twice as large: what is linear costs about twice as much.

use std::fmt::Write;
use std::path::Path;

/// A shape: its name, the smaller size, and what makes its files (path and text) at a size.
pub(super) struct Shape {
    pub(super) name: &'static str,
    pub(super) size: usize,
    files: fn(usize) -> Vec<(String, String)>,
}

/// All shapes: what is large in real packages, and what a hostile one would try.
pub(super) const SHAPES: &[Shape] = &[
    Shape { name: "policies_in_one_file", size: 5_000, files: policies_in_one_file },
    Shape { name: "policies_in_a_file_each", size: 5_000, files: policies_in_a_file_each },
    Shape { name: "policies_in_a_module_each", size: 2_500, files: policies_in_a_module_each },
    Shape { name: "detectors_in_one_file", size: 1_000, files: detectors_in_one_file },
    Shape { name: "detectors_that_read_each_other", size: 1_000, files: detectors_that_read_each_other },
    Shape { name: "modules_that_use_each_other", size: 1_000, files: modules_that_use_each_other },
    Shape { name: "uses_of_one_template", size: 2_500, files: uses_of_one_template },
    Shape { name: "calendars", size: 1_000, files: calendars },
    Shape { name: "elements_of_a_list", size: 5_000, files: elements_of_a_list },
    Shape { name: "operands_of_a_chain", size: 5_000, files: operands_of_a_chain },
    Shape { name: "unknown_names", size: 1_000, files: unknown_names },
    Shape { name: "allowances", size: 2_500, files: allowances },
    Shape { name: "comments", size: 10_000, files: comments },
    Shape { name: "unreadable_statements", size: 5_000, files: unreadable_statements },
    Shape { name: "unreadable_items", size: 10_000, files: unreadable_items },
    Shape { name: "unclosed_brackets", size: 250_000, files: unclosed_brackets },
];

impl Shape {
    /// Makes its package in a folder.
    pub(super) fn write(&self, folder: &Path, size: usize) {
        std::fs::create_dir_all(folder).expect("make a folder");
        let manifest = "[package]\nname = \"bench\"\nedition = \"2026\"\n";
        std::fs::write(folder.join("heal.toml"), manifest).expect("write a file");
        for (name, text) in (self.files)(size) {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("make a folder");
            std::fs::write(path, text).expect("write a file");
        }
    }
}

/// What the policies of a shape stand on.
const GROUND: &str = "use std.notify
use std.service

signal busy: ratio in percent by (service) { from metric \"busy\" every 15s }
detector loaded { when busy > 90% for 5m }
plan restart(service: service.Service) { step restart = service.restart(service) }
";

fn one(text: String) -> Vec<(String, String)> {
    vec![("all.heal".to_owned(), text)]
}

/// The ground, and something for each number.
fn on_ground(size: usize, item: impl Fn(usize) -> String) -> String {
    (0..size).fold(GROUND.to_owned(), |text, at| text + &item(at))
}

/// Small, because a file has at most a mebibyte.
fn policies_in_one_file(size: usize) -> Vec<(String, String)> {
    one(on_ground(size, |at| {
        format!(
            "policy p{at} {{\n  on loaded\n  where service == \"s{at}\"\n  try restart\n  guard {{ limit 9 per 1h }}\n}}\n"
        )
    }))
}

fn policies_in_a_file_each(size: usize) -> Vec<(String, String)> {
    let file = |at| {
        let text = format!(
            "detector loaded_{at} {{ when busy > {}% && busy.avg(5m) > {at} % 7 * 1% }}
policy heal_{at} {{
  on loaded_{at}
  try restart
  guard {{ limit 20 per 1h }}
}}
",
            1 + at % 99
        );
        (format!("policy_{at}.heal"), text)
    };
    let ground = ("ground.heal".to_owned(), GROUND.to_owned());
    (0..size).map(file).chain([ground]).collect()
}

fn policies_in_a_module_each(size: usize) -> Vec<(String, String)> {
    let policy = "policy heal {\n  on loaded\n  try restart\n  guard { limit 20 per 1h }\n}\n";
    (0..size).map(|at| (format!("m{at}/all.heal"), format!("{GROUND}{policy}"))).collect()
}

fn detectors_in_one_file(size: usize) -> Vec<(String, String)> {
    one(on_ground(size, |at| {
        format!("detector d{at} {{\n  when busy.avg(5m) > {}% && busy > 50%\n  for {at}m\n}}\n", 1 + at % 99)
    }))
}

/// Each reads a signal of its own and the detector before it.
fn detectors_that_read_each_other(size: usize) -> Vec<(String, String)> {
    one(on_ground(size, |at| {
        let before = if at == 0 { "loaded".to_owned() } else { format!("d{}", at - 1) };
        format!(
            "signal s{at}: ratio by (service) {{ from metric \"s{at}\" every 15s }}\ndetector d{at} {{ when {before} && s{at} > 50% }}\npolicy p{at} {{ on d{at} try restart guard {{ limit 9 per 1h }} }}\n"
        )
    }))
}

/// Each uses the one before it.
fn modules_that_use_each_other(size: usize) -> Vec<(String, String)> {
    let file = |at: usize| {
        let text = if at == 0 {
            "signal busy: ratio { from metric \"busy\" every 15s }\ndetector d0 { when busy > 1% }\n"
                .to_owned()
        } else {
            let before = at - 1;
            format!("use m{before}.{{d{before}}}\ndetector d{at} {{ when d{before} for 1m }}\n")
        };
        (format!("m{at}/all.heal"), text)
    };
    (0..size).map(file).collect()
}

fn uses_of_one_template(size: usize) -> Vec<(String, String)> {
    let template = "detector above(limit: ratio) { when busy > limit && busy.avg(5m) > limit && busy.max(5m) > limit }\n";
    one(template.to_owned()
        + &on_ground(size, |at| format!("detector d{at} = above(limit: {}%)\n", 1 + at % 99)))
}

fn calendars(size: usize) -> Vec<(String, String)> {
    one(on_ground(size, |at| {
        format!(
            "policy p{at} {{ on loaded where service == \"s{at}\" try restart guard {{ limit 9 per 1h only \"Mon..Fri 09:00..17:00 Europe/Berlin\" }} }}\n"
        )
    }))
}

/// More than a list may have.
fn elements_of_a_list(size: usize) -> Vec<(String, String)> {
    let elements: Vec<String> = (0..size).map(|at| format!("\"s{at}\"")).collect();
    let list = elements.join(", ");
    one(format!("{GROUND}policy p {{\n  on loaded\n  where service in [{list}]\n  try restart\n}}\n"))
}

/// More than an expression may have.
fn operands_of_a_chain(size: usize) -> Vec<(String, String)> {
    let operands: Vec<String> = (0..size).map(|at| format!("busy > {}%", at % 100)).collect();
    one(format!("{GROUND}detector d {{ when {} }}\n", operands.join(" && ")))
}

/// Each is compared with all that are known, for what may have been meant.
fn unknown_names(size: usize) -> Vec<(String, String)> {
    one(on_ground(size, |at| {
        format!(
            "signal level_{at}: ratio {{ from metric \"m{at}\" every 15s }}\ndetector d{at} {{ when levle_{at} > 1% }}\n"
        )
    }))
}

fn allowances(size: usize) -> Vec<(String, String)> {
    one(on_ground(size, |at| {
        format!(
            "// heal: allow(HEAL0901) until 2999-01-31 because \"soon\"\nsignal s{at}: ratio {{ from metric \"m{at}\" every 15s }}\n"
        )
    }))
}

fn comments(size: usize) -> Vec<(String, String)> {
    one(on_ground(size, |at| format!("// {at}\n/// {at}\n"))
        + "policy p { // on\n on loaded\n // try\n try restart }\n")
}

fn unreadable_statements(size: usize) -> Vec<(String, String)> {
    let lines = (0..size).fold(String::new(), |mut text, at| {
        let _ = writeln!(text, "  wenn busy > {at}%");
        text
    });
    one(format!("{GROUND}detector d {{\n{lines}}}\n"))
}

fn unreadable_items(size: usize) -> Vec<(String, String)> {
    one(on_ground(size, |at| format!("detecter d{at} {{ when busy > 1% }}\n")))
}

/// Of several kinds, so that none closes another.
fn unclosed_brackets(size: usize) -> Vec<(String, String)> {
    one("[".repeat(size) + &")".repeat(size))
}
