//! Modules, imports and who may see what.

use super::fixture::{check, only};

const LIBRARY: &str = "--- std.k8s std/k8s.heal
pub entity Pod by (namespace, pod) { node: text }
action hidden(pod: Pod) { kubernetes hide pod  risk low  idempotent }
pub action evict(pod: Pod) { kubernetes evict pod  risk low  idempotent }
pub param grace: duration = 30s
pub plan recycle(pod: Pod) { step s = hidden(pod) }
";

#[track_caller]
fn check_with_library(files: &str) -> crate::TypedProgram {
    check(&format!("{LIBRARY}{files}"))
}

#[test]
fn a_folder_shares_its_names_and_other_folders_are_imported() {
    let typed = check_with_library(
        "--- services.cart services/cart/a.heal
use std.k8s.{Pod}
plan local(pod: Pod) { step s = mine(pod) }
--- services.cart services/cart/b.heal
use std.k8s
action mine(pod: k8s.Pod) { kubernetes evict pod  risk medium }
signal s: duration by (namespace, pod) { from metric \"s\" every 15s }
detector d { when s > k8s.grace }
--- . main.heal
use services.cart
use services.cart.{d}
policy p { on d try cart.local guard { limit 1 per 1h } }
--- services services/c.heal
use demo.{p}
use demo.services.cart.{mine}
",
    );
    let paths: Vec<&str> = typed.items.iter().map(|item| item.path.as_str()).collect();
    assert_eq!(
        paths[..5],
        ["p", "services.cart.d", "services.cart.local", "services.cart.mine", "services.cart.s"]
    );
}

#[test]
fn modules_and_items_that_do_not_exist_are_told() {
    check_with_library(
        "--- . main.heal
use std.k9s
//  ^^^^^^^ HEAL0103 unknown module `std.k9s`
use std.k8s.{Pot, evict}
//           ^^^ HEAL0101 `std.k8s` has no item `Pot`
use std.k8s
plan a(pod: Pot, other: k9s.Pod) { step s = k8s.evct(pod) }
//                                          ^^^^^^^^ HEAL0101 unknown action `k8s.evct`
plan b { step s = evict }
//                ^^^^^ HEAL0209 `evict` needs `pod: Pod`
signal s: duration { from metric \"s\" every 15s }
detector d { when s > k8s.grce }
//                        ^^^^ HEAL0101 `k8s` has no item `grce`
",
    );
    let diagnostic = only("use demo.cat\n--- cart cart/a.heal\n");
    assert_eq!(diagnostic.help, ["did you mean `cart`?"]);
}

#[test]
fn private_items_of_the_library_stay_private() {
    check_with_library(
        "--- . main.heal
use std.k8s
use std.k8s.{Pod, hidden}
//                ^^^^^^ HEAL0104 `hidden` is private to the package `std`
plan a(pod: Pod) { step s = k8s.hidden(pod) step t = hidden(pod) }
//                          ^^^^^^^^^^ HEAL0104 `k8s.hidden` is private to the package `std`
",
    );
}

#[test]
fn a_name_that_is_not_imported_says_where_it_is() {
    let own = "action b(pod: Pod) { command [\"x\"] risk low }\n";
    let diagnostic = only(&format!("{LIBRARY}--- . main.heal\n{own}"));
    assert_eq!(diagnostic.help, ["`Pod` is in `std.k8s`: bring it in with `use std.k8s.{Pod}`"]);
    let diagnostic = only(&format!("{LIBRARY}--- . main.heal\nplan a {{ step s = k8s.evict }}\n"));
    assert_eq!(diagnostic.help, ["`k8s` is a module: bring it in with `use std.k8s`"]);
    let diagnostic = only(&format!(
        "{LIBRARY}--- . main.heal\nsignal s: duration {{ from metric \"s\" every 15s }}\ndetector d {{ when s > grace }}\n"
    ));
    assert_eq!(diagnostic.help, ["`grace` is in `std.k8s`: bring it in with `use std.k8s.{grace}`"]);
}

#[test]
fn a_detector_that_chooses_by_a_key_field_is_told_where_that_is_done() {
    let signal = "signal s: ratio by (pool) { from metric \"s\" every 15s }\n";
    let detector = "detector d { when s > 50% && pool == \"a\" }\n";
    let help = "a detector judges every key alike: choose by `pool` in a policy, `where pool == \"...\"`, or in a signal, \
                `from ... where pool == \"...\"`";
    let diagnostic = only(&format!("--- . main.heal\n{signal}{detector}"));
    assert_eq!(diagnostic.message, "unknown name `pool`");
    assert_eq!(diagnostic.help, [help]);
    // A module is often called as a field of keys is.
    let module = "--- pool pool.heal\npub let a = 1\n";
    let diagnostic = only(&format!("{module}--- . main.heal\nuse pool\n{signal}{detector}"));
    assert_eq!(diagnostic.message, "`pool` is a module and has no value");
    assert_eq!(diagnostic.help, [help]);
}

#[test]
fn types_of_other_languages_are_told_what_they_are_here() {
    for (written, meant) in [("seconds", "duration in s"), ("int", "count"), ("percent", "ratio in percent")]
    {
        let text =
            format!("--- . main.heal\nsignal s: {written} by (pool) {{ from metric \"s\" every 15s }}\n");
        let diagnostic = only(&text);
        assert_eq!(diagnostic.message, format!("unknown type `{written}`"));
        let edits: Vec<&str> =
            diagnostic.fixes.iter().flat_map(|fix| &fix.edits).map(|it| it.text.as_str()).collect();
        assert_eq!(edits, [meant]);
    }
    let diagnostic = only("--- . main.heal\nparam limit: percent = 5%\n");
    assert_eq!(diagnostic.fixes[0].edits[0].text, "ratio");
}

#[test]
fn a_module_that_is_not_brought_in_is_told_once() {
    let two = "plan a { step s = notify.go }\nplan b { step s = notify.go }\n";
    let diagnostic = only(&format!("--- . main.heal\n{two}"));
    assert_eq!(diagnostic.message, "unknown action `notify.go`");
    assert_eq!(diagnostic.help, ["`notify` is a module: bring it in with `use std.notify`"]);
    // Where a `use` of the library is wrong, what is missing is most likely that.
    let diagnostic = only(&format!("--- . main.heal\nuse std.kafka\n{two}"));
    assert_eq!(diagnostic.message, "unknown module `std.kafka`");
    // What no module of the library is called is still unknown, each time.
    check_with_library(
        "--- . main.heal
use std.kafka
//  ^^^^^^^^^ HEAL0103 unknown module `std.kafka`
plan a { step s = other.go }
//                ^^^^^^^^ HEAL0101 unknown action `other.go`
plan b { step s = other.go }
//                ^^^^^^^^ HEAL0101 unknown action `other.go`
",
    );
}

#[test]
fn imports_do_not_clash() {
    check_with_library(
        "--- . main.heal
use std.k8s.{Pod, evict}
//           ^^^ HEAL0102 `Pod` already has a meaning in this file
use std.k8s.{evict}
//           ^^^^^ HEAL0102 `evict` already has a meaning in this file
entity Pod by (x) { }
--- . other.heal
use std.k8s.{Pod}
//           ^^^ HEAL0102 `Pod` already has a meaning in this file
",
    );
}

#[test]
fn items_of_the_wrong_kind_are_told() {
    check_with_library(
        "--- . main.heal
use std.k8s
use std.k8s.{Pod, evict}
signal s: duration by (namespace, pod) { from metric \"s\" every 15s }
detector slow { when s > 1s }
plan p(pod: Pod, x: slow) { step s = slow(pod) }
//                  ^^^^ HEAL0105 `slow` is a detector, not a type
//                                   ^^^^ HEAL0105 `slow` is a detector, and a step needs an action
policy a { on s try slow then escalate p guard { limit 1 per 1h } }
//            ^ HEAL0105 `s` is a signal, and a policy's `on` needs an event or a detector
//                  ^^^^ HEAL0105 `slow` is a detector, and a rung needs a plan
//                                     ^ HEAL0105 `p` is a plan, and `escalate` needs a channel
detector e { when evict > 1s || k8s > 1s || Pod == 5 || s > 1s }
//                ^^^^^ HEAL0105 `evict` is an action and has no value
//                              ^^^ HEAL0105 `k8s` is a module and has no value
//                                          ^^^ HEAL0105 `Pod` is an entity and has no value
",
    );
}

const COMMON: &str = "--- common common:a.heal
pub signal load: ratio { from prometheus `l` every 15s }
signal own: ratio { from prometheus `o` every 15s }
--- common.slo common:slo/b.heal
use common.{own}
use common
pub detector busy { when common.load > 90% && own > 5% }
detector hidden { when own > 5% }
--- common.slo.deep common:slo/deep/c.heal
use slo
pub detector deep { when slo.busy && slo.hidden }
";

#[test]
fn a_dependency_is_a_package_under_its_name() {
    let typed = check(&format!(
        "{COMMON}--- . main.heal
use common
use common.slo.{{busy}}
use common.slo.deep
detector mine {{ when busy || deep.deep || common.load > 95% }}
"
    ));
    let external: Vec<&str> =
        typed.items.iter().filter(|item| item.external).map(|item| item.path.as_str()).collect();
    assert_eq!(
        external,
        ["common.load", "common.own", "common.slo.busy", "common.slo.deep.deep", "common.slo.hidden"]
    );
}

#[test]
fn only_public_items_of_a_dependency_can_be_used() {
    check(&format!(
        "{COMMON}--- . main.heal
use common
use common.slo.{{hidden}}
//              ^^^^^^ HEAL0104 `hidden` is private to the package `common`
detector mine {{ when common.own > 95% || hidden }}
//                          ^^^ HEAL0104 `own` is private to the package `common`
"
    ));
}

#[test]
fn a_package_reaches_only_what_it_depends_on() {
    let found = "--- common common:a.heal
use demo
//  ^^^^ HEAL0103 unknown module `demo`
use other
//  ^^^^^ HEAL0103 unknown module `other`
use main
//  ^^^^ HEAL0103 unknown module `main`
pub signal load: ratio { from prometheus `l` every 15s }
--- other other:a.heal
pub signal load: ratio { from prometheus `l` every 15s }
--- main main/a.heal
use common
use other
detector mine { when common.load > 95% || other.load > 95% }
";
    check(found);
}

#[test]
fn an_item_is_brought_in_in_braces() {
    let text = "use std.k8s.Pod\n";
    let diagnostic = only(&format!("{LIBRARY}--- . main.heal\n{text}"));
    assert_eq!(diagnostic.help, ["`Pod` is an item of `std.k8s`: names stand in braces"]);
    let edit = &diagnostic.fixes[0].edits[0];
    let (start, end) = (edit.range.start as usize, edit.range.end as usize);
    assert_eq!(format!("{}{}{}", &text[..start], edit.text, &text[end..]), "use std.k8s.{Pod}\n");
}
