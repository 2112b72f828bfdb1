//! From sources to programs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod again;
mod packages;
mod pages;

use heal_diagnostics::Diagnostic;

use crate::{Compilation, CompileOptions, Compiler, SourceSet, compile, standard_library::MODULES};

fn sources(files: &[(&str, &str)]) -> SourceSet {
    let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
    SourceSet::of(files.iter().map(owned).collect())
}

/// Code, file, place and text of each diagnostic.
fn lines(compilation: &Compilation) -> Vec<String> {
    let line = |diagnostic: &Diagnostic| {
        let file = compilation.files.get(diagnostic.primary.file).unwrap();
        let (place, text) =
            (file.position(diagnostic.primary.range.start), file.slice(diagnostic.primary.range));
        format!("{} {}:{place} `{text}`: {}", diagnostic.code, file.name(), diagnostic.message)
    };
    compilation.diagnostics.iter().map(line).collect()
}

const SIGNALS: &str = "
signal latency: duration in ms by (service) { from metric \"latency\" every 1m }
signal load: ratio by (service) { from metric \"load\" every 1m }
";

const DETECTORS: &str = "
/// Too slow.
detector slow { when latency > 250ms for 2m severity critical }
detector loaded { when load.avg(5m) > 90% }
";

const POLICIES: &str = "
use std.service
use std.notify
plan restart(service: service.Service) { step restart = service.restart(service) }
policy heal { on slow try restart then escalate notify.page(\"team\") guard { limit 3 per 1h cooldown 10m } }
policy tell { on loaded try escalate notify.page(\"team\") }
";

#[test]
fn a_package_in_any_order_and_with_any_comments_is_the_same_program() {
    let one = compile(&sources(&[("a.heal", SIGNALS), ("b.heal", DETECTORS), ("c.heal", POLICIES)]));
    assert_eq!(lines(&one), Vec::<String>::new());
    let commented: String = DETECTORS.lines().rev().map(|line| format!("// a remark\n{line}\n\n")).collect();
    let other = compile(&sources(&[("a.heal", POLICIES), ("b.heal", &commented), ("z.heal", SIGNALS)]));
    let (one, other) = (one.program.unwrap(), other.program.unwrap());
    assert_eq!(one.digest(), other.digest());
    let hashes = |program: &heal_program::Program| -> Vec<(String, String)> {
        program.heads().map(|(_, head)| (head.path.clone(), head.hash.to_string())).collect()
    };
    assert_eq!(hashes(&one), hashes(&other));
}

#[test]
fn a_change_of_meaning_changes_the_hashes_downstream_and_no_others() {
    let before = compile(&sources(&[("a.heal", SIGNALS), ("b.heal", DETECTORS), ("c.heal", POLICIES)]));
    let changed = DETECTORS.replace("250ms", "300ms");
    let after = compile(&sources(&[("a.heal", SIGNALS), ("b.heal", &changed), ("c.heal", POLICIES)]));
    let (before, after) = (before.program.unwrap(), after.program.unwrap());
    let changed: Vec<&str> = before
        .heads()
        .zip(after.heads())
        .filter(|((_, before), (_, after))| before.hash != after.hash)
        .map(|((_, head), _)| head.path.as_str())
        .collect();
    assert_eq!(changed, ["slow", "heal"]);
}

#[test]
fn a_program_survives_its_wire_form_and_a_newer_one_is_refused() {
    let compilation = compile(&sources(&[("a.heal", SIGNALS), ("b.heal", DETECTORS), ("c.heal", POLICIES)]));
    let program = compilation.program.unwrap();
    let wire = program.to_wire().unwrap();
    assert_eq!(heal_program::Program::from_wire(&wire).unwrap(), program);
    let newer = wire.replacen("\"heal_program_version\":1", "\"heal_program_version\":2", 1);
    let refused = heal_program::Program::from_wire(&newer).unwrap_err().to_string();
    assert_eq!(refused, "this program has wire version 2, and this Heal reads up to 1: use a newer Heal");
}

#[test]
fn five_mistakes_give_five_diagnostics_each_at_its_place() {
    let text = "\
signal latency: duration in ms by (service) { from metric \"latency\" every 1m }
signal load: ratio by (service) { from metric \"load\" every 1m }
detector unitless { when latency > 64 }
detector mixed { when latency.avg(5m) > load }
detector misspelt { when latencyy > 64ms }
detector broken { whne load > 90% }
channel page(team: text) { http POST \"https://example.org\" }
detector fine { when load > 90% }
policy unbounded { on fine try nothing_like_it then escalate page(\"x\") guard { limit 1 per 1h } }
";
    let compilation = compile(&sources(&[("five.heal", text)]));
    let found = lines(&compilation);
    let starts: Vec<String> =
        found.iter().map(|line| line.split('`').next().unwrap().trim().to_owned()).collect();
    assert_eq!(
        starts,
        [
            "HEAL0203 five.heal:3:36",
            "HEAL0202 five.heal:4:41",
            "HEAL0101 five.heal:5:26",
            "HEAL0001 five.heal:6:19",
            "HEAL0101 five.heal:9:32"
        ],
        "{found:#?}"
    );
}

#[test]
fn what_nothing_uses_is_said_and_still_compiles() {
    let text = "
use std.service
use std.notify
param spare: duration = 5s
signal load: ratio { from metric \"load\" every 1m }
signal idle: ratio { from metric \"idle\" every 1m }
detector busy { when load > 90% }
policy tell { on busy try escalate notify.page(\"x\") }
";
    let compilation = compile(&sources(&[("a.heal", text)]));
    let found = lines(&compilation);
    assert_eq!(
        found,
        [
            "HEAL0901 a.heal:2:9 `service`: `service` is brought in and not used",
            "HEAL0901 a.heal:4:7 `spare`: param `spare` is not used: nothing reads it",
            "HEAL0901 a.heal:6:8 `idle`: signal `idle` is not used: no detector reads it",
        ]
    );
    assert!(compilation.program.is_some());
}

#[test]
fn detectors_that_read_each_other_are_one_cycle() {
    let text = "
signal load: ratio by (service) { from metric \"load\" every 1m }
detector a { when b && load > 90% }
detector b { when a || load > 95% }
";
    let found = lines(&compile(&sources(&[("a.heal", text)])));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0].starts_with("HEAL0401 a.heal:3:19 `b`: `a`, `b` are defined by each other"),
        "{found:#?}"
    );
}

#[test]
fn modules_of_the_library_are_known_by_name_where_none_is_read() {
    let names: Vec<&str> = MODULES.iter().map(|module| module.name).collect();
    assert_eq!(heal_check::STANDARD_MODULES, names);
    let text = "signal x: ratio { from metric \"x\" every 1m }
detector d { when x > 1 for 5m }
policy a { on d try escalate notify.page(\"x\") }
policy b { on d try escalate notify.page(\"y\") }
";
    let compilation = compile(&sources(&[("a.heal", text)]));
    let found: Vec<(&str, &[String])> =
        compilation.diagnostics.iter().map(|it| (it.message.as_str(), it.help.as_slice())).collect();
    let help = "`notify` is a module: bring it in with `use std.notify`".to_owned();
    assert_eq!(found, [("unknown channel `notify.page`", [help].as_slice())]);
}

#[test]
fn a_bare_number_that_a_test_gives_is_meant_in_the_unit_of_its_signal() {
    let text = "signal took: duration in ms by (service) { from metric \"took\" every 1m }
detector slow { when took > 200ms for 5m }
policy tell { on slow try escalate }
test \"t\" { given took{service: \"a\"} = 50 for 10m expect no slow }
";
    let compilation = compile(&sources(&[("a.heal", text)]));
    let fixes: Vec<&str> = compilation
        .diagnostics
        .iter()
        .flat_map(|diagnostic| &diagnostic.fixes)
        .flat_map(|fix| fix.edits.iter().map(|edit| edit.text.as_str()))
        .collect();
    assert_eq!(fixes, ["50ms"]);
}

#[test]
fn a_word_for_a_time_says_how_many_are_meant() {
    let text = "signal x: ratio by (service) { from metric \"x\" every 1m }
detector d { when x > 1 for 5m }
action a { command [\"a\"] idempotent risk medium }
plan p { step s = a }
policy b { on d try p then escalate guard { limit 3 per hour } }
";
    let compilation = compile(&sources(&[("a.heal", text)]));
    let help: Vec<&String> = compilation.diagnostics.iter().flat_map(|it| &it.help).collect();
    assert_eq!(help, ["say how many: `1h`"]);
}

#[test]
fn the_standard_library_compiles_without_a_word_and_every_public_item_is_documented() {
    for module in MODULES {
        let text = format!(
            "use std.{}\nsignal x: ratio {{ from metric \"x\" every 1m }}\ndetector d {{ when x > 1 }}\n",
            module.name
        );
        let compilation = compile(&sources(&[("a.heal", &text)]));
        let found: Vec<String> =
            lines(&compilation).into_iter().filter(|line| line.contains("std/")).collect();
        assert_eq!(found, Vec::<String>::new(), "std.{}", module.name);
        let program = compilation.program.unwrap();
        for (kind, head) in program.heads().filter(|(_, head)| head.path.starts_with("std.")) {
            assert!(!head.documentation.is_empty(), "{kind} {} has no documentation", head.path);
        }
    }
}

#[test]
fn a_manifest_that_is_wrong_is_said_at_its_place() {
    for (text, expected) in [
        ("[package]\nname = \"x\"\n", "heal.toml:1:2"),
        ("", "heal.toml:1:1"),
        ("[package\n", "heal.toml:1:9"),
        ("[package]\nname = \"X y\"\nedition = \"2026\"\n", "heal.toml:2:8"),
        ("[package]\nname = \"x\"\nedition = \"2031\"\n", "heal.toml:3:11"),
        ("[package]\nname = \"x\"\nedition = \"2026\"\ncolour = 1\n", "heal.toml:4:1"),
        ("[package]\nname = \"x\"\nedition = \"2026\"\n[recordings]\ndefault = \"../x\"\n", "heal.toml:5:11"),
    ] {
        let found = lines(&compile(&sources(&[("heal.toml", text)])));
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(found[0].starts_with(&format!("HEAL0006 {expected} ")), "{found:#?}");
    }
}

#[test]
fn a_compiler_that_remembers_says_what_one_that_does_not_would() {
    let first = sources(&[("a.heal", SIGNALS), ("b.heal", DETECTORS), ("c.heal", POLICIES)]);
    let broken = DETECTORS.replace("250ms", "250");
    let second =
        sources(&[("0.heal", "signal x: ratio { every 1m }"), ("a.heal", SIGNALS), ("b.heal", &broken)]);
    let mut compiler = Compiler::default();
    for sources in [&first, &second, &first, &second] {
        let mut phases = Vec::new();
        let warm = compiler.compile(sources, CompileOptions::default(), &mut |phase| phases.push(phase));
        let cold = compile(sources);
        assert_eq!(warm.diagnostics, cold.diagnostics);
        assert_eq!(warm.program, cold.program);
        assert!(phases.is_sorted() && phases.len() == 6, "{phases:?}");
    }
}

#[test]
fn params_are_found_where_their_values_are_written() {
    let text = "// param old: ratio = 1\nparam budget: duration\n  in 100ms..2s =\n    2 * 100ms\nparam most: ratio = 90%\n";
    let sources = sources(&[("a/b.heal", text), ("heal.toml", "param"), ("std.txt", text)]);
    let found = crate::written_params(&sources);
    let shown: Vec<_> = found
        .iter()
        .map(|it| (it.name.as_str(), it.line, it.value_text.as_str(), it.line_text(&sources)))
        .collect();
    assert_eq!(
        shown,
        [("budget", 4, "2 * 100ms", "2 * 100ms"), ("most", 5, "90%", "param most: ratio = 90%")]
    );
    assert_eq!(found[0].range_texts, Some(("100ms".to_owned(), "2s".to_owned())));
    assert_eq!(&text[found[0].value.clone()], "2 * 100ms");
    assert_eq!(found[1].range_texts, None);
}
