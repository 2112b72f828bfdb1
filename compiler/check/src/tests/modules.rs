//! Modules, imports and who may see what.

use super::fixture::{check, only};

const LIBRARY: &str = "--- std.k8s std/k8s.heal
pub entity Pod by (namespace, pod) { node: text }
action secret(pod: Pod) { kubernetes secret pod  risk low }
pub action evict(pod: Pod) { kubernetes evict pod  risk low }
pub param grace: duration = 30s
pub plan recycle(pod: Pod) { step s = secret(pod) }
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
action mine(pod: k8s.Pod) { kubernetes evict pod  risk low }
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
use std.k8s.{Pod, secret}
//                ^^^^^^ HEAL0104 `secret` is private to `std.k8s`
plan a(pod: Pod) { step s = k8s.secret(pod) step t = secret(pod) }
//                          ^^^^^^^^^^ HEAL0104 `k8s.secret` is private to `std.k8s`
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
//            ^ HEAL0105 `s` is a signal, and a policy's `on` needs a detector
//                  ^^^^ HEAL0105 `slow` is a detector, and a rung needs a plan
//                                     ^ HEAL0105 `p` is a plan, and `escalate` needs a channel
detector e { when evict > 1s || k8s > 1s || Pod == 5 || s > 1s }
//                ^^^^^ HEAL0105 `evict` is an action and has no value
//                              ^^^ HEAL0105 `k8s` is a module and has no value
//                                          ^^^ HEAL0105 `Pod` is an entity and has no value
",
    );
}
