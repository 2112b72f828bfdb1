//! Each kind of item and statement, and the blank lines between them.

use heal_diagnostics::Code;

use super::{FORMATTED, FORMS, check};
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
fn every_form_has_a_canonical_one() {
    assert_ne!(FORMS, FORMATTED);
    check(FORMS, FORMATTED);
}

#[test]
fn objects_are_on_one_line_or_have_an_entry_a_line() {
    check(
        "channel c { body { // a\n a: 1, // b\n // c\n b: {c: 1, d: [{e: 2}, (3) // d\n], }, 'f g': [1,2] } }",
        "channel c {
  body { // a
    a: 1, // b
    // c
    b: {
      c: 1,
      d: [
        {e: 2},
        3, // d
      ],
    },
    \"f g\": [1, 2],
  }
}
",
    );
    let long = "x".repeat(60);
    check(
        &format!("action a {{ kubernetes scale w {{by: {long}, to: [{{of: {long}, in_: 3}}]}} body {{}} }}"),
        &format!(
            "action a {{
  kubernetes scale w {{
    by: {long},
    to: [{{of: {long}, in_: 3}}],
  }}
  body {{}}
}}
"
        ),
    );
}

#[test]
fn what_is_too_long_for_a_line_is_broken_at_its_commas_and_words() {
    let long = "x".repeat(30);
    check(
        &format!(
            "let a = f({long}, [{long}, {long}], b: {long})
             fn f(a: signal count by (b), c: {long}, d: {long}) = a
             test 't' {{ expect {long}{{{long}: 1}} at 1h exactly 2 because '{long}' given {long}{{{long}: {long}}} at 1h }}
             policy p {{ try choose [{long}, {long}, {long}] guard {{ limit {long} per 1h, {long} per 1h, 3 per {long} }} }}"
        ),
        &format!(
            "let a = f(
  {long},
  [{long}, {long}],
  b: {long},
)
fn f(a: signal count by (b), c: {long}, d: {long}) =
    a

test \"t\" {{
  expect {long}{{{long}: 1}}
      at 1h
      exactly 2
      because \"{long}\"
  given {long}{{
    {long}: {long},
  }} at 1h
}}

policy p {{
  try choose [
    {long},
    {long},
    {long},
  ]
  guard {{
    limit {long} per 1h,
        {long} per 1h,
        3 per {long}
  }}
}}
"
        ),
    );
}

#[test]
fn steps_have_their_options_on_their_line_or_each_on_its_own() {
    check(
        "plan p { step a = b { timeout 1s retry 2 every 3s after c } step d = e { timeout 1s // why\n } undo { // back\n step f = g } }",
        "plan p {
  step a = b { timeout 1s  retry 2 every 3s  after c }
  step d = e {
    timeout 1s // why
  }
  undo { // back
    step f = g
  }
}
",
    );
}

#[test]
fn texts_over_lines_stay_as_they_are() {
    check(
        "detector d { when a == \"\"\"x\n  y\"\"\" || r'\\d' == '''z''' }",
        "detector d {\n  when a == \"\"\"x\n  y\"\"\" || r'\\d' == '''z'''\n}\n",
    );
}
