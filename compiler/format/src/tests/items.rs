//! Each kind of item and statement, and the blank lines between them.

use heal_diagnostics::Code;

use super::{FORMS, check};
use crate::{FormatError, format};

#[test]
fn uses_and_params_are_lines() {
    check(
        "use  std . k8s\npub use std.k8s.{Pod,Workload,}\nuse a.{ }",
        "use std.k8s\npub use std.k8s.{Pod, Workload}\nuse a.{}\n",
    );
    check(
        "param a:duration in 100ms .. 2s=250ms param  b : bytes / s=1e3\n\n\nparam c: ratio in (low)..high+1 = 1",
        "param a: duration in 100ms..2s = 250ms\nparam b: bytes/s = 1e3\n\nparam c: ratio in low..high + 1 = 1\n",
    );
}

#[test]
fn entities_have_a_field_a_line() {
    check(
        "pub entity Pod by(namespace,pod,) { node:Node workload : k8s.Workload }\nentity Host {}",
        "pub entity Pod by (namespace, pod) {\n  node: Node\n  workload: k8s.Workload\n}\n\nentity Host {}\n",
    );
}

#[test]
fn signals_keep_raw_texts_and_lose_single_quotes() {
    check(
        "signal a:duration in ms by(x){ from prometheus `rate(a{b=\"c\"}[5m])` every 15s stale after 2m at most 10 keys }
         counter b: count { from metric 'm' where site=='it is \"x\" \\'y\\'' && kind==\"\\x41\" }",
        r#"signal a: duration in ms by (x) {
  from prometheus `rate(a{b="c"}[5m])`
  every 15s
  stale after 2m
  at most 10 keys
}

counter b: count {
  from metric "m" where site == "it is \"x\" 'y'" && kind == "\x41"
}
"#,
    );
    check(
        "signal a: count { from prometheus `sum(\n     x)\r\n  ` }",
        "signal a: count {\n  from prometheus `sum(\n     x)\r\n  `\n}\n",
    );
}

#[test]
fn detectors_have_a_statement_a_line() {
    check(
        "detector d{when a>b for 2m clear when a<80%*b for 5m clear when a severity critical}",
        "detector d {
  when a > b
  for 2m
  clear when a < 80% * b for 5m
  clear when a
  severity critical
}
",
    );
}

#[test]
fn actions_channels_and_plans_have_heads_with_parameters() {
    check(
        "action r(h:Host,u:text,){command[\"a\",u]on h command ['b'] kubernetes evict pod risk low timeout 30s idempotent}
         channel c ( ) { http POST 'https://x' } plan p(a:b.C){risk low require a>=2 step s=k8s.evict(a,by:50%){timeout 60s} step t = u {} step v = w()}",
        r#"action r(h: Host, u: text) {
  command ["a", u] on h
  command ["b"]
  kubernetes evict pod
  risk low
  timeout 30s
  idempotent
}

channel c {
  http POST "https://x"
}

plan p(a: b.C) {
  risk low
  require a >= 2
  step s = k8s.evict(a, by: 50%) { timeout 60s }
  step t = u
  step v = w()
}
"#,
    );
}

#[test]
fn policies_have_guards_in_them() {
    check(
        "policy p{on a.b where x try c then d(e) then escalate f('g') then escalate guard{limit 20 per 1h,3 per 1h per n
         cooldown 30m per(a,b.c) cooldown 5m approval 's' when t timeout 15m else escalate approval 's', timeout 5m approval 's' else escalate
         escalate when withheld for 15m} guard {}}",
        r#"policy p {
  on a.b
  where x
  try c
  then d(e)
  then escalate f("g")
  then escalate
  guard {
    limit 20 per 1h, 3 per 1h per n
    cooldown 30m per (a, b.c)
    cooldown 5m
    approval "s" when t, timeout 15m else escalate
    approval "s", timeout 5m
    approval "s" else escalate
    escalate when withheld for 15m
  }
  guard {}
}
"#,
    );
}

#[test]
fn at_most_one_blank_line_is_kept_and_none_at_the_edges_of_a_block() {
    check(
        "\n\ndetector d {\n\n  when a\n\n\n\n  for 2m\n  severity x\n\n}\n\n\n",
        "detector d {\n  when a\n\n  for 2m\n  severity x\n}\n",
    );
}

#[test]
fn a_blank_line_stands_around_blocks_and_documented_items() {
    check(
        "//! f\n/// d\nuse a\n/// e\nuse b\nparam c: t = 1\n/// g\n\nparam h: t = 1\nparam i: t = 1\ndetector j {}\nuse k",
        "//! f\n\n/// d\nuse a\n/// e\nuse b\n\nparam c: t = 1\n\n/// g\nparam h: t = 1\n\nparam i: t = 1\n\ndetector j {}\n\nuse k\n",
    );
    check("//! f\nuse a", "//! f\nuse a\n");
    check("//!   f  \n//!\ndetector a {}", "//!   f\n//!\n\ndetector a {}\n");
}

#[test]
fn a_byte_order_mark_and_carriage_returns_are_dropped() {
    check("\u{FEFF}// a\r\nuse a // b\r\n\r\n\r\nuse c\r\n", "// a\nuse a // b\n\nuse c\n");
    check("", "");
    check("\u{FEFF}\r\n", "");
}

#[test]
fn a_text_with_errors_is_refused() {
    let error = format("use a\r\ndetector d { whem x }").unwrap_err();
    let FormatError::Syntax(diagnostics) = error else { panic!("{error}") };
    assert_eq!(diagnostics[0].code, Code::SYNTAX);
    assert_eq!(diagnostics[0].primary.range.start, 20);
}

#[test]
fn formatting_again_changes_nothing() {
    let output = format(FORMS).unwrap();
    assert_ne!(output, FORMS);
    assert_eq!(format(&output).unwrap(), output);
}
