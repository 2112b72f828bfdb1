//! What is checked again, and what is taken over.

use std::collections::BTreeSet;

use heal_diagnostics::FileId;
use heal_syntax::ParsedFile;

use crate::{Checks, Package, SourceUnit};

const BASE: &str = "signal load: ratio by (service) { from metric \"load\" every 15s }\n";
const MIDDLE: &str = "use base\ndetector busy { when base.load > 90% for 2m }\n";
const TOP: &str = "use middle\ndetector busier { when middle.busy for 5m }\n";
const ASIDE: &str =
    "signal spare: ratio { from metric \"spare\" every 15s }\ndetector low { when spare < 1% }\n";

/// The modules that are checked when a package of these becomes one of those; `all` where all are.
#[track_caller]
fn check<'t>(before: &[(&str, &'t str)], after: &[(&str, &'t str)], expected: &str) {
    let mut checks = Checks::default();
    let mut texts: Vec<&str> = Vec::new();
    let mut modules = None;
    for files in [before, after] {
        let trees: Vec<ParsedFile> =
            files.iter().map(|(_, text)| heal_syntax::parse(FileId::default(), text).0).collect();
        let own = Package::own("demo");
        let mut units = Vec::new();
        for (at, ((module, text), tree)) in (0..).zip(files.iter().zip(&trees)) {
            let (module, path) = ((*module).to_owned(), format!("{module}/a.heal"));
            units.push(SourceUnit { file: FileId(at), package: &own, module, path, text, tree });
        }
        texts.extend(
            files.iter().map(|(_, text)| *text).filter(|text| !texts.contains(text)).collect::<Vec<_>>(),
        );
        let stamp = |(_, text): &(&str, &str)| texts.iter().position(|known| known == text).unwrap() as u64;
        let stamps: Vec<u64> = files.iter().map(stamp).collect();
        let checked = checks.check("demo", &units, &stamps);
        let taken = checked.taken.files();
        let looked_at = |taken: BTreeSet<FileId>| -> BTreeSet<String> {
            let units = units.iter().filter(|unit| !taken.contains(&unit.file));
            units.map(|unit| unit.module.clone()).collect()
        };
        modules = taken.map(looked_at);
        let (fresh, said) = crate::check("demo", &units);
        assert_eq!((&checked.typed.nodes, &checked.diagnostics), (&fresh.nodes, &said));
        assert_eq!(checked.typed.items, fresh.items);
        assert_eq!(checked.typed.references, fresh.references);
        assert_eq!(checked.typed.statements, fresh.statements);
        assert_eq!(checked.typed.unused_imports, fresh.unused_imports);
    }
    let found = modules.map(|modules| modules.into_iter().collect::<Vec<_>>().join(" "));
    assert_eq!(found.as_deref().unwrap_or("all"), expected);
}

#[test]
fn what_has_changed_is_checked_with_all_that_rests_on_it() {
    let before = [("aside", ASIDE), ("base", BASE), ("middle", MIDDLE), ("other", ""), ("top", TOP)];
    let with = |module: &str, text: &'static str| {
        before.map(|(name, before)| (name, if name == module { text } else { before }))
    };
    check(&before, &before, "");
    check(&before, &with("top", "use middle\ndetector busier { when middle.busy for 6m }\n"), "top");
    check(&before, &with("middle", "use base\ndetector busy { when base.load > 1 }\n"), "middle top");
    check(&before, &with("aside", "signal more: ratio { from metric \"m\" every 1m }\n"), "aside");
    // All but two rest on it.
    check(&before, &with("base", "signal load: ratio { from metric \"load\" every 1m }\n"), "all");
    check(&before, &with("top", "use middle\ndetector busier { when middle.bussy }\n"), "all");
}

#[test]
fn modules_come_and_go_and_what_stays_is_numbered_anew() {
    let before = [("aside", ASIDE), ("base", BASE), ("middle", MIDDLE), ("top", TOP)];
    let more = [("aside", ASIDE), ("b", ASIDE), ("base", BASE), ("middle", MIDDLE), ("top", TOP)];
    check(&before, &more, "b");
    check(&more, &before, "");
    check(&before, &[("base", BASE), ("middle", MIDDLE), ("top", TOP)], "");
}
