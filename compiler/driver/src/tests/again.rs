//! A compiler that remembers gives what one gives that does not, whatever was edited in between.

use std::collections::BTreeMap;

use heal_diagnostics::Code;
use heal_lint::Day;
use proptest::{prelude::*, sample::Index};

use crate::{Compilation, CompileOptions, Compiler, PackageFiles, SourceSet, compile_with};

/// The files of a package: what each is when all is well, and what else it may become.
const FILES: &[(&str, &[&str])] = &[
    (
        "heal.toml",
        &[
            "[package]\nname = \"demo\"\nedition = \"2026\"\n",
            "[package]\nname = \"other\"\nedition = \"2026\"\n",
            "[package]\nname = \"demo\n",
        ],
    ),
    (
        "base/signals.heal",
        &[
            SIGNALS,
            "signal load: duration by (service) { from metric \"load\" every 15s }\nparam limit: ratio in 10%..95% = 80%\n",
            "signal load: ratio by (service, region) { from metric \"load\" every 15s }\nparam limit: ratio in 10%..95% = 80%\n",
            "signal aaa: ratio { from metric \"aaa\" every 1m }\nsignal load: ratio by (service) { from metric \"load\" every 30s }\nparam limit: ratio in 10%..95% = 70%\n",
            "use middle\nsignal load: ratio by (service) { from metric \"load\" every 15s }\nparam limit: ratio in 10%..95% = 80%\ndetector round { when middle.busy }\n",
            "use std.notify\nuse middle.{nothing}\nsignal load: ratio by (service) { from metric \"load_ms\" every 15s stale after 1s }\nparam limit: ratio = 80%\n",
        ],
    ),
    (
        "base/parts.heal",
        &[
            PARTS,
            "guard shared calm { cooldown 1h }\n",
            "use std.service\nguard shared calm { approval \"sre\" timeout 15m else escalate }\nfn double(x: ratio) = x + x\nplan again(service: service.Service) { step restart = service.restart(service) }\n",
        ],
    ),
    (
        "base/templates.heal",
        &[
            TEMPLATES,
            "use std.notify\ndetector hot(s: signal ratio by K, most: ratio = 90%) { when s > most }\npolicy heals(d: detector by K, team: text) { on d try escalate notify.page(team) }\n",
        ],
    ),
    (
        "middle/detectors.heal",
        &[
            DETECTORS,
            "use base\ndetector busy { when base.load.avg(5m) > base.double(base.limit) for 2m severity critical }\n",
            "use base\ndetector busy { when base.load > 50% || base.round for 2m }\n",
            "use base\n// heal: allow(HEAL0901, HEAL0902) until 2027-01-31 because \"later\"\ndetector busy { when base.load > base.limit }\ndetector idle { when base.load > 3 }\n",
        ],
    ),
    (
        "team_a/policies.heal",
        &[
            POLICIES,
            "use base\nuse middle\nuse std.notify\npolicy heal { on middle.busy where service != \"x\" try escalate notify.page(\"b\") }\n",
            "use std.serivce\npolicy heal { on busy try nothing }\n",
        ],
    ),
    (
        "team_b/policies.heal",
        &[
            "use base\nuse middle\npolicy tell = base.heals(middle.busy, team: \"b\")\npolicy tell_all = base.heals(middle.burned)\n",
            "use base\nuse middle\npolicy tell = base.heals(middle.busy, teem: \"b\")\n",
        ],
    ),
    ("team_b/tests.heal", &[TESTS, "test \"t\" { replay \"x\" expect no plan }\n"]),
    (
        "team_c/services.heal",
        &[
            "use std.service.{Service}\ntopology cart -> stock, pay\ntopology pay -> bank\n",
            "use std.service.{Service}\ntopology cart -> stock\ntopology stock -> cart\ntopology cart -> stock\n",
            "topology cart -> cart\n",
        ],
    ),
    (
        "team_d/services.heal",
        &["use std.service.{Service}\ntopology mail -> queue\ntopology queue -> bank\n"],
    ),
    (
        "alone.heal",
        &["", "signal alone: ratio { from metric \"alone\" every 1m }\ndetector apart { when alone > 1 }\n"],
    ),
    ("base/b/below.heal", &["", "signal deep: ratio { from metric \"deep\" every 1m }\n", "signal signal"]),
    ("team_e/findings.heal", &["", BLIND, TWIN, ONCE, FINDINGS]),
    (
        "team_f/others.heal",
        &[
            "",
            SILENT,
            ACTS,
            "use team_e\npolicy tried { on team_e.deploy try team_e.once guard { limit 9 per 1h } }\n",
        ],
    ),
];

/// Takes missing data for health, unless some detector tells that there are none.
const BLIND: &str = "use base\ndetector blind { when base.load.or(0%) > 90% for 2m }\n";

const SILENT: &str = "use base\ndetector silent { when base.load.absent(10m) }\n";

/// A detector that is another module's, too, and one that fires at each crossing of its limit.
const TWIN: &str = "
use base
detector twin { when base.load.avg(5m) > base.limit for 2m severity warning }
detector restless { when base.load > 93% }
";

const ACTS: &str = "
use middle
use team_e
use std.notify
use std.service
plan halt(service: service.Service) { step stop = service.restart(service) }
policy acts { on team_e.restless try halt then escalate notify.page(\"f\") guard { limit 9 per 1h } }
policy shadowed { on middle.busy where service != \"canary\" try halt then escalate notify.page(\"f\") guard { limit 9 per 1h } }
";

/// What a policy of another module may start on an event.
const ONCE: &str = "
use std.service
event deploy by (service) { from event \"deploys\" }
plan once(service: service.Service) { step stop = service.restart(service) }
";

/// One of what rules and proofs of single items find, each.
const FINDINGS: &str = "
use base
use std.notify
use std.service
detector never { when base.load > 90% && base.load < 10% }
detector short { when base.load.avg(5s) > 90% || base.load.max(20s) > 80% for 2s }
detector beyond { when base.load > 90% for 2m clear when base.load > 50% }
event deploy by (service) { from event \"deploys\" }
detector faded { when deploy.within(1m) }
plan slow(service: service.Service) {
  step stop = service.restart(service)
  verify base.load[service] < 50% within 10m
}
policy found {
  on faded
  try slow again every 1s
  then escalate notify.page(\"{service}\")
  guard { limit 500 per 1h, 90 per 1h per service cooldown 10m freeze \"2026-01-01..2026-01-03 UTC\" }
}
";

const SIGNALS: &str = "
signal load: ratio by (service) { from metric \"load\" every 15s }
signal spare: ratio by (service) { from metric \"spare\" every 15s }
param limit: ratio in 10%..95% = 80%
let much = load + spare
";

const PARTS: &str = "
use std.service
guard shared calm { cooldown 30m }
fn double(x: ratio) = x * 2
plan again(service: service.Service) { step restart = service.restart(service) }
";

const TEMPLATES: &str = "
use std.notify
use std.service.{Service}
param most_of_all: ratio = 95%
detector hot(s: signal ratio by K, most: ratio = 90%) { when s.avg(5m) > most || s > most_of_all for 2m }
policy heals(d: detector by (service), team: text = \"sre\") {
  on d
  where service.tier != \"none\"
  try escalate notify.page(team)
  guard { limit 5 per 1h per service cooldown 10m }
}
";

const DETECTORS: &str = "
use base
detector busy { when base.load.avg(5m) > base.limit for 2m severity warning }
detector busier { when busy && base.much > base.double(90%) for 5m }
detector burned = base.hot(base.load, most: 70%)
";

const POLICIES: &str = "
use base
use middle
use middle.{busier}
use std.notify
use std.service
plan restart(service: service.Service) {
  disturbs base.load for 5m
  step restart = service.restart(service)
  verify base.load[service] < 50% within 10m
}
policy heal {
  on middle.busy
  where service != \"canary\"
  try restart
  then base.again
  then escalate notify.page(\"a\")
  guard { limit 20 per 1h, 3 per 1h per service cooldown 40m shared base.calm }
}
plan halt(service: service.Service) { step stop = service.restart(service) }
policy stop { on busier try halt then escalate notify.page(\"a\") guard { limit 2 per 1h cooldown 40m } }
";

const TESTS: &str = "
use base
use middle
test \"it is told\" {
  given base.load{service: \"cart\"} = 10% for 1h then 99%
  run for 3h
  expect middle.busy{service: \"cart\"}
  expect tell
  expect escalate
}
";

fn whole() -> SourceSet {
    let first = |(path, texts): &(&str, &[&str])| ((*path).to_owned(), texts[0].to_owned());
    SourceSet::of(FILES.iter().map(first).collect())
}

/// A change between two times that a package is compiled.
#[derive(Clone, Debug)]
enum Edit {
    /// Of its own files.
    Own(FileEdit),
    /// Of the files of a package that it depends on; whether it is locked again then.
    Dependency(FileEdit, bool),
    /// It is another day.
    Today(Option<i64>),
}

/// A change of the files of a package.
#[derive(Clone, Debug)]
enum FileEdit {
    /// A file becomes one of what it may be.
    Become(Index, Index),
    /// A file goes.
    Remove(Index),
    /// A file comes, or becomes what another one is.
    Copy(Index, String),
    /// A number in it becomes another one.
    Number(Index, Index, u8),
    /// A line goes.
    Line(Index, Index),
    /// Two items of it change places.
    Swap(Index, Index, Index),
    /// An item is called otherwise, everywhere or just where it stands.
    Rename(Index, Index, String, bool),
    /// All is as it was.
    Mend,
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        8 => file_edit().prop_map(Edit::Own),
        4 => (file_edit(), prop::bool::weighted(0.9)).prop_map(|(edit, lock)| Edit::Dependency(edit, lock)),
        1 => proptest::option::of(20_700..21_000_i64).prop_map(Edit::Today),
    ]
}

fn file_edit() -> impl Strategy<Value = FileEdit> {
    use FileEdit::{Become, Copy, Line, Mend, Number, Remove, Rename, Swap};
    let index = any::<Index>;
    let everywhere = prop::bool::weighted(0.8);
    prop_oneof![
        4 => (index(), index()).prop_map(|(file, text)| Become(file, text)),
        1 => index().prop_map(Remove),
        1 => (index(), "[a-c]{1,2}(/[a-c])?").prop_map(|(file, path)| Copy(file, path + ".heal")),
        4 => (index(), index(), 1..99_u8).prop_map(|(file, at, number)| Number(file, at, number)),
        1 => (index(), index()).prop_map(|(file, line)| Line(file, line)),
        3 => (index(), index(), index()).prop_map(|(file, one, other)| Swap(file, one, other)),
        3 => (index(), index(), "[a-z]{1,2}", everywhere)
            .prop_map(|(file, at, name, everywhere)| Rename(file, at, name, everywhere)),
        2 => Just(Mend),
    ]
}

/// Words that the line of an item may begin with.
const ITEM_WORDS: &[&str] = &[
    "signal ",
    "param ",
    "let ",
    "guard shared ",
    "fn ",
    "plan ",
    "detector ",
    "policy ",
    "event ",
    "entity ",
];

/// The name of the item whose first line this is.
fn item_name(line: &str) -> Option<&str> {
    let line = line.strip_prefix("pub ").unwrap_or(line);
    let rest = ITEM_WORDS.iter().find_map(|word| line.strip_prefix(word))?;
    rest.split(|one: char| !one.is_alphanumeric() && one != '_').next().filter(|name| !name.is_empty())
}

/// A text with a word in place of another one.
fn with_word(text: &str, word: &str, other: &str) -> String {
    let is_word = |one: char| one.is_alphanumeric() || one == '_';
    let (mut changed, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(word) {
        let (before, after) = (&rest[..at], &rest[at + word.len()..]);
        let is_whole = !before.ends_with(is_word) && !after.starts_with(is_word);
        changed += before;
        changed += if is_whole { other } else { word };
        rest = after;
    }
    changed + rest
}

/// The items of a text, with what stands before each.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for line in text.lines() {
        if line.starts_with(|one: char| one.is_alphabetic()) {
            pieces.push(String::new());
        }
        let last = pieces.last_mut().unwrap();
        *last += line;
        last.push('\n');
    }
    pieces
}

/// The files of a package, and what each may become.
type Variants = Vec<(String, Vec<String>)>;

fn variants(of_dependency: bool) -> Variants {
    let files = FILES.iter().filter_map(|(path, texts)| {
        let path = if of_dependency { path.strip_prefix("base/")? } else { path };
        let text = |text: &&str| if of_dependency { public(text) } else { (*text).to_owned() };
        Some((path.to_owned(), texts.iter().map(text).collect()))
    });
    files.collect()
}

fn apply(
    edit: &FileEdit,
    first: &BTreeMap<String, String>,
    files: &mut BTreeMap<String, String>,
    variants: &Variants,
) {
    let named = |file: &Index, files: &BTreeMap<String, String>| {
        (!files.is_empty()).then(|| files.keys().nth(file.index(files.len())).unwrap().clone())
    };
    match edit {
        FileEdit::Become(file, text) => {
            let (path, texts) = &variants[file.index(variants.len())];
            if first.contains_key(path) {
                files.insert(path.clone(), texts[text.index(texts.len())].clone());
            }
        }
        FileEdit::Remove(file) => {
            named(file, files).map(|path| files.remove(&path));
        }
        FileEdit::Copy(file, path) => {
            named(file, files).map(|from| files.insert(path.clone(), files[&from].clone()));
        }
        FileEdit::Number(file, at, number) => {
            let Some(path) = named(file, files) else { return };
            let text = &files[&path];
            let digits: Vec<usize> =
                text.match_indices(|one: char| one.is_ascii_digit()).map(|it| it.0).collect();
            if !digits.is_empty() {
                let at = digits[at.index(digits.len())];
                let changed = format!("{}{number}{}", &text[..at], &text[at + 1..]);
                files.insert(path, changed);
            }
        }
        FileEdit::Line(file, line) => {
            let Some(path) = named(file, files) else { return };
            let lines: Vec<&str> = files[&path].lines().collect();
            if !lines.is_empty() {
                let gone = line.index(lines.len());
                let kept = lines.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, line)| *line);
                let changed = kept.collect::<Vec<_>>().join("\n") + "\n";
                files.insert(path, changed);
            }
        }
        FileEdit::Swap(file, one, other) => {
            let Some(path) = named(file, files) else { return };
            let mut pieces = pieces(&files[&path]);
            let count = pieces.len();
            pieces.swap(one.index(count), other.index(count));
            files.insert(path, pieces.concat());
        }
        FileEdit::Rename(file, at, name, everywhere) => {
            let Some(path) = named(file, files) else { return };
            let names: Vec<String> = files[&path].lines().filter_map(item_name).map(str::to_owned).collect();
            if names.is_empty() {
                return;
            }
            let before = &names[at.index(names.len())];
            for (_, text) in files.iter_mut().filter(|(of, _)| *everywhere || **of == path) {
                *text = with_word(text, before, name);
            }
        }
        FileEdit::Mend => files.clone_from(first),
    }
}

fn edited(edit: &Edit, first: &SourceSet, sources: &mut SourceSet, today: &mut Option<Day>) {
    match edit {
        Edit::Own(edit) => apply(edit, &first.files, &mut sources.files, &variants(false)),
        Edit::Today(day) => *today = day.map(Day::of_unix_day),
        Edit::Dependency(edit, is_locked) => {
            let dependencies = sources.dependencies.values_mut().zip(first.dependencies.values());
            for (now, first) in dependencies {
                if let (PackageFiles::Here(files), PackageFiles::Here(first)) = (now, first) {
                    apply(edit, first, files, &variants(true));
                }
            }
            if *is_locked && let Ok(text) = crate::lock_text(sources, &BTreeMap::new()) {
                sources.files.insert("heal.lock".to_owned(), text);
            }
        }
    }
}

#[track_caller]
fn assert_same(warm: &Compilation, cold: &Compilation) {
    assert_eq!(warm.diagnostics, cold.diagnostics);
    assert_eq!(warm.program, cold.program);
    assert_eq!(warm.tests, cold.tests);
    assert_eq!(warm.manifest, cold.manifest);
    assert_eq!((warm.graph.nodes(), warm.graph.edges()), (cold.graph.nodes(), cold.graph.edges()));
    let names =
        |it: &Compilation| -> Vec<String> { it.files.iter().map(|it| it.1.name().to_owned()).collect() };
    assert_eq!(names(warm), names(cold));
}

/// Compiles a package after each of some edits, with one compiler and each time with a new one.
fn check(first: &SourceSet, edits: &[Edit], today: Option<Day>) {
    let (mut compiler, mut sources) = (Compiler::default(), first.clone());
    let mut today = today;
    let mut compare = |sources: &SourceSet, today| {
        let options = CompileOptions { today };
        assert_same(&compiler.compile(sources, options, &mut |_| {}), &compile_with(sources, options));
    };
    compare(&sources, today);
    for edit in edits {
        edited(edit, first, &mut sources, &mut today);
        compare(&sources, today);
    }
}

/// Files of a package of this repository.
macro_rules! package {
    ($folder:literal: $($path:literal)*) => {
        SourceSet::of(BTreeMap::from([
            $(($path.to_owned(), include_str!(concat!("../../../../", $folder, "/", $path)).to_owned())),*
        ]))
    };
}

fn showcases() -> SourceSet {
    package! { "policies/showcases":
        "approved_change/policy.heal"
        "brute_force/policy.heal"
        "disk_failure/policy.heal"
        "heal.toml"
        "image_rollout/policy.heal"
        "latency/policy.heal"
        "leak/policy.heal"
        "legacy_service/policy.heal"
        "link_degradation/policy.heal"
        "resource_exhaustion/policy.heal"
        "root_cause/policy.heal"
        "service_crash/policy.heal"
        "traffic_spike/policy.heal"
    }
}

fn demo() -> SourceSet {
    package! { "policies/demo":
        "batch.heal"
        "checkout.heal"
        "heal.toml"
        "press.heal"
        "tests.heal"
        "workers.heal"
    }
}

fn library() -> SourceSet {
    package! { "stdlib":
        "alertmanager/alertmanager.heal"
        "argocd/argocd.heal"
        "github/github.heal"
        "golden/golden.heal"
        "golden/tests.heal"
        "heal.toml"
        "k8s/k8s.heal"
        "linux/linux.heal"
        "notify/notify.heal"
        "pagerduty/pagerduty.heal"
        "service/service.heal"
        "service/tests.heal"
        "servicenow/servicenow.heal"
        "slo/slo.heal"
        "slo/tests.heal"
    }
}

/// A text with all its items public.
fn public(text: &str) -> String {
    let is_item = |line: &str| ITEM_WORDS.iter().any(|word| line.starts_with(word));
    text.lines().map(|line| format!("{}{line}\n", if is_item(line) { "pub " } else { "" })).collect()
}

/// A package that depends on one whose files are those of [`whole`], all public.
fn depending() -> SourceSet {
    let library: BTreeMap<String, String> = whole()
        .files
        .iter()
        .filter(|(path, _)| path.starts_with("base/"))
        .map(|(path, text)| (path.clone(), public(text.as_str())))
        .chain([("heal.toml".to_owned(), "[package]\nname = \"base\"\nedition = \"2026\"\n".to_owned())])
        .map(|(path, text)| (path.strip_prefix("base/").unwrap_or(&path).to_owned(), text))
        .collect();
    let mut own = whole();
    own.files.retain(|path, _| !path.starts_with("base/"));
    let manifest = own.files.get_mut("heal.toml").unwrap();
    manifest.push_str("[dependencies]\nbase = { path = \"../base\" }\n");
    own.dependencies.insert("../base".to_owned(), PackageFiles::Here(library));
    super::packages::locked(own)
}

#[test]
fn what_is_edited_compiles_when_all_is_well() {
    for sources in [whole(), depending(), showcases(), demo()] {
        let compilation = compile_with(&sources, CompileOptions::default());
        let errors = compilation.diagnostics.iter().filter(|it| it.is_error());
        assert_eq!(errors.collect::<Vec<_>>(), Vec::<&heal_diagnostics::Diagnostic>::new());
        assert!(compilation.program.is_some_and(|program| !program.policies.is_empty()));
    }
}

#[test]
fn each_variant_after_the_whole_and_back() {
    for (path, texts) in FILES {
        for text in *texts {
            let mut sources = whole();
            let mut compiler = Compiler::default();
            let options = CompileOptions::default();
            compiler.compile(&sources, options, &mut |_| {});
            sources.files.insert((*path).to_owned(), (*text).to_owned());
            assert_same(&compiler.compile(&sources, options, &mut |_| {}), &compile_with(&sources, options));
            sources.files.remove(*path);
            assert_same(&compiler.compile(&sources, options, &mut |_| {}), &compile_with(&sources, options));
            let sources = whole();
            assert_same(&compiler.compile(&sources, options, &mut |_| {}), &compile_with(&sources, options));
        }
    }
}

/// Whether a code is among what is said of the whole with these files, by a compiler that compiles it again after each.
#[track_caller]
fn check_said(code: Code, steps: &[(&str, &str)], expected: &[bool]) {
    let (mut compiler, mut sources, mut said) = (Compiler::default(), whole(), Vec::new());
    compiler.compile(&sources, CompileOptions::default(), &mut |_| {});
    for (path, text) in steps {
        sources.files.insert((*path).to_owned(), (*text).to_owned());
        let warm = compiler.compile(&sources, CompileOptions::default(), &mut |_| {});
        assert_same(&warm, &compile_with(&sources, CompileOptions::default()));
        assert!(!warm.has_errors(), "{:?}", warm.diagnostics);
        said.push(warm.diagnostics.iter().any(|it| it.code == code));
    }
    assert_eq!(said, expected);
}

const FOUND: &str = "team_e/findings.heal";
const OTHERS: &str = "team_f/others.heal";

#[test]
fn what_hangs_on_items_elsewhere_changes_with_them() {
    let steps = [(FOUND, BLIND), (OTHERS, SILENT), (OTHERS, "")];
    check_said(Code::BLIND_CONDITION, &steps, &[true, false, true]);
    let steps = [(FOUND, TWIN), (OTHERS, ACTS), (OTHERS, "")];
    check_said(Code::FLAPPING, &steps, &[false, true, false]);
    check_said(Code::SHADOWED_POLICY, &steps, &[false, true, false]);
    check_said(Code::DUPLICATE_DETECTOR, &[(FOUND, TWIN), (FOUND, "")], &[true, false]);
    let tried = "use team_e\npolicy tried { on team_e.deploy try team_e.once guard { limit 9 per 1h } }\n";
    let steps = [(FOUND, ONCE), (OTHERS, tried), (OTHERS, "")];
    check_said(Code::UNVERIFIED_PLAN, &steps, &[false, true, false]);
}

#[test]
fn what_was_found_of_a_file_stays_where_it_is() {
    // Files before it come and go, so that it has another id, and what is found in it other items before it.
    let steps = [
        (FOUND, FINDINGS),
        ("a/first.heal", "signal first: ratio { from metric \"first\" every 1m }\n"),
        ("alone.heal", "signal alone: ratio { from metric \"alone\" every 1m }\n"),
        ("a/first.heal", ""),
    ];
    for code in [
        Code::NEVER_HAPPENS,
        Code::WINDOW_TOO_SHORT,
        Code::SHORT_WINDOW,
        Code::CLEAR_BEYOND_WHEN,
        Code::SLACK_LIMIT,
        Code::TEXT_WITH_HOLES,
        Code::OVER_BEFORE_JUDGED,
    ] {
        check_said(code, &steps, &[true; 4]);
    }
}

#[test]
fn a_program_shares_what_has_not_changed() {
    let (mut compiler, mut sources) = (Compiler::default(), whole());
    let options = CompileOptions::default();
    let before = compiler.compile(&sources, options, &mut |_| {}).program.unwrap();
    let changed = POLICIES.replace("per 1h cooldown 40m }", "per 2h cooldown 40m }");
    sources.files.insert("team_a/policies.heal".to_owned(), changed);
    let now = compiler.compile(&sources, options, &mut |_| {}).program.unwrap();
    let shared = |path: &str| {
        let at = now.policies.binary_search_by(|it| it.head.path.as_str().cmp(path)).unwrap();
        now.policies.shares(&before.policies, at)
    };
    assert_eq!((shared("team_a.stop"), shared("team_b.tell")), (false, true));
    assert!((0..now.detectors.len()).all(|at| now.detectors.shares(&before.detectors, at)));
    // Another item before them gives signals other numbers, which only nodes that read them have in them.
    let before = now;
    let first = "signal first: ratio { from metric \"first\" every 1m }\n";
    sources.files.insert("a/first.heal".to_owned(), first.to_owned());
    let now = compiler.compile(&sources, options, &mut |_| {}).program.unwrap();
    assert_eq!(now.signals.len(), before.signals.len() + 1);
    let shared = (0..now.policies.len()).all(|at| now.policies.shares(&before.policies, at));
    assert!(shared && (0..now.channels.len()).all(|at| now.channels.shares(&before.channels, at)));
    assert!((0..now.detectors.len()).any(|at| !now.detectors.shares(&before.detectors, at)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn random_edits_of_a_package_are_compiled_as_anew(
        edits in proptest::collection::vec(edit(), 1..10),
        today in proptest::option::of(20_700..21_000_i64),
    ) {
        check(&whole(), &edits, today.map(Day::of_unix_day));
    }

    #[test]
    fn random_edits_beside_a_dependency_are_compiled_as_anew(
        edits in proptest::collection::vec(edit(), 1..8),
    ) {
        check(&depending(), &edits, None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn random_edits_of_real_packages_are_compiled_as_anew(
        edits in proptest::collection::vec(edit(), 1..8),
        package in prop_oneof![Just(showcases()), Just(demo()), Just(library())],
    ) {
        check(&package, &edits, None);
    }
}
