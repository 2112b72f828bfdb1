//! What is said of texts that are wrong: each diagnostic with the exact text that it underlines.

use super::check;

#[test]
fn a_misspelt_statement_keyword_is_named_and_the_statements_after_it_are_read() {
    let text = r##"detector slow {
  whne a > b
  for 2m
  severty critical
}"##;
    let expected = r##"
        HEAL0001 2:3 `whne`: expected a statement or `}` after `{`, found `whne`
          help: did you mean `when`?
          fix: write `when` (`whne` -> `when`)
        HEAL0001 4:3 `severty`: expected a statement, an operator or `}` after `2m`, found `severty`
          help: did you mean `severity`?
          fix: write `severity` (`severty` -> `severity`)
    "##;
    check(text, expected);
}

#[test]
fn an_action_named_as_a_statement_of_tests_is_called() {
    let text = "plan p(service: Service) {\n  risk low\n  step s = stop(service)\n}";
    check(text, "");
}

#[test]
fn a_misspelt_item_keyword_is_named_and_its_braces_are_skipped() {
    let text = r##"detectr slow {
  when a > b
}
detector fast { whne a > b }"##;
    let expected = r##"
        HEAL0001 1:1 `detectr`: expected an item, found `detectr`
          help: did you mean `detector`?
          fix: write `detector` (`detectr` -> `detector`)
        HEAL0001 4:17 `whne`: expected a statement or `}` after `{`, found `whne`
          help: did you mean `when`?
          fix: write `when` (`whne` -> `when`)
    "##;
    check(text, expected);
}

#[test]
fn a_missing_opening_brace_is_told_where_it_should_stand() {
    let text = r##"detector slow whne a > b }
detector fast
  when a > b
}
policy p {
  guard
    limit 3 per 1h
  }
  then escalate
}"##;
    let expected = r##"
        HEAL0001 1:15 `whne`: expected `{` after `slow`, found `whne`
        HEAL0001 3:3 `when`: expected `{` after `fast`, found `when`
        HEAL0001 7:5 `limit`: expected `{` after `guard`, found `limit`
    "##;
    check(text, expected);
}

#[test]
fn a_missing_closing_brace_is_told_once() {
    let text = r##"detector a {
  when x > 1

detector b {
  when y > 1
}"##;
    let expected = r##"
        HEAL0001 1:12 `{`: the brace of this detector is never closed
          at 4:1 `detector`: its `}` is missing before `detector`
    "##;
    check(text, expected);
}

#[test]
fn a_missing_closing_brace_of_a_guard_does_not_take_the_statements_after_it() {
    let text = r##"policy p {
  guard {
    limit 3 per 1h
  then escalate
}"##;
    let expected = r##"
        HEAL0001 2:9 `{`: the brace of this guard is never closed
          at 4:3 `then`: its `}` is missing before `then`
    "##;
    check(text, expected);
}

#[test]
fn a_brace_too_many_is_told_once() {
    let text = r##"detector a {
  when x > 1 }
  for 2m
}
detector b { when y > 1 }}
detector c { {
  when z > 1
}
detector d { when y > 1 }"##;
    let expected = r##"
        HEAL0001 3:3 `for`: expected an item after `}`, found `for`
          help: `for` stands in the braces of a detector or a plan
        HEAL0001 5:26 `}`: expected an item after `}`, found `}`
          help: there is one `}` too many, here or before
        HEAL0001 6:14 `{`: expected a statement or `}` after `{`, found `{`
    "##;
    check(text, expected);
}

#[test]
fn a_brace_that_a_broken_statement_has_lost_is_not_told_again() {
    let text = r##"plan a(pod: Pod) {
  step x = k8s.evict(pod) timeout 60s }
}
plan b(pod: Pod) {
  step x = k8s.evict(pod) { timeout
}
plan c(pod: Pod) { risk low }"##;
    let expected = r##"
        HEAL0001 2:27 `timeout`: expected a statement, `{` or `}` after `)`, found `timeout`
          help: `timeout` stands in the braces of an action, a channel or a step, not of a plan
        HEAL0001 4:18 `{`: the brace of this plan is never closed
          at 7:1 `plan`: its `}` is missing before `plan`
        HEAL0001 6:1 `}`: expected an expression after `timeout`, found `}`
    "##;
    check(text, expected);
}

#[test]
fn the_end_of_the_file_is_named() {
    let text = r##"detector slow
"##;
    let expected = r##"
        HEAL0001 1:14 ``: expected `{` after `slow`, found the end of the file
    "##;
    check(text, expected);
}

#[test]
fn a_lone_keyword_lacks_a_name() {
    let text = r##"detector"##;
    let expected = r##"
        HEAL0001 1:9 ``: expected a name after `detector`, found the end of the file
    "##;
    check(text, expected);
}

#[test]
fn an_unclosed_brace_at_the_end_of_the_file_is_told_at_the_brace() {
    let text = r##"detector x { when a > 3
"##;
    let expected = r##"
        HEAL0001 1:12 `{`: the brace of this detector is never closed
          at 1:24 ``: the file ends without its `}`
    "##;
    check(text, expected);
}

#[test]
fn heads_say_what_they_lack() {
    let text = r##"signal rss bytes by (namespace, pod) { from prometheus `x` every 15s }
signal rss: bytes by (namespace pod) { from prometheus `x` every 15s }
signal rss: bytes by { from prometheus `x` every 15s }
signal rss: bytes in by (x) { every 3s }
signal : bytes { from promethus `x` every 15s }
entity by (a) { b: C }
plan x( { risk low }
plan y(pod Pod) { risk low }"##;
    let expected = r##"
        HEAL0001 1:12 `bytes`: expected `:` after `rss`, found `bytes`
        HEAL0001 2:33 `pod`: expected `)` or `,` after `namespace`, found `pod`
        HEAL0001 3:22 `{`: expected `(` after `by`, found `{`
        HEAL0001 4:22 `by`: expected a unit after `in`, found `by`
        HEAL0001 5:8 `:`: no `:` stands after `signal`
          fix: leave the `:` out (`:` -> ``)
        HEAL0001 5:23 `promethus`: expected `logs`, `metric` or `prometheus` after `from`, found `promethus`
          help: did you mean `prometheus`?
          fix: write `prometheus` (`promethus` -> `prometheus`)
        HEAL0001 6:11 `(`: expected `{` or `by` after `by`, found `(`
        HEAL0001 7:9 `{`: expected a name or `)` after `(`, found `{`
        HEAL0001 8:12 `Pod`: expected `:` after `pod`, found `Pod`
    "##;
    check(text, expected);
}

#[test]
fn items_without_braces_say_what_they_lack() {
    let text = r##"param a: duration in 100ms..2s 250ms
param b: duration in 3s = 4s
param c duration = 3
param d: duration =
param e: duration = 4s;
use std.k8s.{Pod Workload}
use std.k8s foo"##;
    let expected = r##"
        HEAL0001 1:32 `250ms`: expected an operator or `=` after `2s`, found `250ms`
        HEAL0001 2:25 `=`: expected an operator or `..` after `3s`, found `=`
        HEAL0001 3:9 `duration`: expected `:` after `c`, found `duration`
        HEAL0001 5:1 `param`: expected an expression after `=`, found `param`
        HEAL0001 5:23 `;`: nothing stands between statements, or between items: the `;` is too much
          fix: leave the `;` out (`;` -> ``)
        HEAL0001 6:18 `Workload`: expected `}` or `,` after `Pod`, found `Workload`
        HEAL0001 7:13 `foo`: expected an item after `std.k8s`, found `foo`
          help: items begin with `action`, `channel`, `counter`, `detector`, `entity`, `event`, `fn`, `guard shared`, `let`, `param`, `plan`, `policy`, `signal`, `source`, `test`, `topology` and `use`
    "##;
    check(text, expected);
}

#[test]
fn a_unit_after_a_blank_is_glued() {
    let text = r##"param b: duration = 250 ms"##;
    let expected = r##"
        HEAL0001 1:25 `ms`: expected an item or an operator after `250`, found `ms`
          help: a unit is glued to its number
          fix: write `250ms` (`250 ms` -> `250ms`)
    "##;
    check(text, expected);
}

#[test]
fn an_expression_ends_where_a_statement_begins() {
    let text = r##"detector slow {
  when a >
  for 2m
}
plan x(pod: Pod) {
  step x =
  require a.available >= 2
}
policy p {
  try
  then escalate
}"##;
    let expected = r##"
        HEAL0001 3:3 `for`: expected an expression after `>`, found `for`
        HEAL0001 7:3 `require`: expected a name after `=`, found `require`
        HEAL0001 11:3 `then`: expected a name, `choose` or `escalate` after `try`, found `then`
    "##;
    check(text, expected);
}

#[test]
fn brackets_in_expressions_say_what_they_lack() {
    let text = r##"detector a { when (a > 3 for 2m }
detector b { when a > 3] for 2m }
detector c { when avg(rss, 5m > 3 for 2m }
detector d { when avg(rss, 5m)) > 3 for 2m }
detector e { when a[] > 3 for 2m }
detector f { when [1, , 2] > 3 for 2m }
detector g { when f(a: ) > 3 for 2m }
detector h { when rss.forecast(ahead: 4h, train 1h) > 3 }"##;
    let expected = r##"
        HEAL0001 1:26 `for`: expected an operator or `)` after `3`, found `for`
        HEAL0001 2:24 `]`: expected a statement, an operator or `}` after `3`, found `]`
        HEAL0001 3:35 `for`: expected an operator, `)` or `,` after `3`, found `for`
        HEAL0001 4:31 `)`: expected a statement, an operator or `}` after `)`, found `)`
        HEAL0001 5:21 `]`: expected an expression after `[`, found `]`
        HEAL0001 6:23 `,`: expected an expression or `]` after `,`, found `,`
        HEAL0001 7:24 `)`: expected an expression after `:`, found `)`
        HEAL0001 8:49 `1h`: expected an operator, `)` or `,` after `train`, found `1h`
    "##;
    check(text, expected);
}

#[test]
fn operators_of_other_languages_are_translated() {
    let text = r##"detector a { when a = 3 for 2m }
detector b { when a > 3 and b for 2m }
detector c { when a > 3 | b for 2m }
detector d { when not a for 2m }
detector e { when a == null for 2m }
detector f { when 7%2 == 1 for 2m }"##;
    let expected = r##"
        HEAL0001 1:21 `=`: expected a statement, an operator or `}` after `a`, found `=`
          fix: write `==` (`=` -> `==`)
        HEAL0001 2:25 `and`: expected a statement, an operator or `}` after `3`, found `and`
          fix: write `&&` (`and` -> `&&`)
        HEAL0001 3:25 `|`: expected a statement, an operator or `}` after `3`, found `|`
          fix: write `||` (`|` -> `||`)
        HEAL0001 4:23 `a`: expected a statement, an operator or `}` after `not`, found `a`
          fix: write `!` (`not` -> `!`)
        HEAL0005 5:24 `null`: there is no `null` in Heal
          help: `x.or(0)` replaces what is unknown
        HEAL0001 6:21 `2`: expected a statement, an operator or `}` after `7%`, found `2`
          help: `%` glued to a number is per cent; for a remainder put a blank before the `%`
    "##;
    check(text, expected);
}

#[test]
fn odd_characters_are_named() {
    let text = "détector x { when a > 3 }
detector x {
  when a > 3 é
  when b\u{a0}> 3
  when c > \u{200b}3
}";
    let expected = "
        HEAL0001 1:1 `détector`: expected an item, found `détector`
          help: did you mean `detector`?
          fix: write `detector` (`détector` -> `detector`)
        HEAL0001 3:14 `é`: expected a statement, an operator or `}` after `3`, found `é`
          help: the statements of a detector are `when`, `for`, `clear when` and `severity`
        HEAL0001 4:9 `\u{a0}`: expected a statement, an operator or `}` after `b`, found the character U+00A0
        HEAL0001 5:12 `\u{200b}`: expected an expression after `>`, found the character U+200B
    ";
    check(text, expected);
}

#[test]
fn a_rung_without_its_word_is_told_the_word() {
    let expected = "
        HEAL0001 1:17 `escalate`: expected a statement or `}` after `d`, found `escalate`
          help: the first rung of a ladder begins with `try`, each further one with `then`
          fix: write `try escalate` (`escalate` -> `try escalate`)
    ";
    check("policy p { on d escalate page }", expected);
}

#[test]
fn a_statement_of_another_block_says_where_it_belongs() {
    let text = r##"detector x {
  limit 3 per 1h
  when a > 3
}
plan x { timeout 3s }"##;
    let expected = r##"
        HEAL0001 2:3 `limit`: expected a statement or `}` after `{`, found `limit`
          help: `limit` stands in the braces of a guard, not of a detector
        HEAL0001 5:10 `timeout`: expected a statement or `}` after `{`, found `timeout`
          help: `timeout` stands in the braces of an action, a channel or a step, not of a plan
    "##;
    check(text, expected);
}

#[test]
fn statements_of_a_signal_say_what_they_lack() {
    let text = r##"signal a: bytes { every }
signal a: bytes { stale aftr 3m every 3s }
signal a: bytes { at most 3 }
signal a: bytes { from metric "x" where a = "3" }
signal a: bytes { from metric "x" where a == 3 }
signal a: bytes { from "x" }"##;
    let expected = r##"
        HEAL0001 1:25 `}`: expected an expression after `every`, found `}`
        HEAL0001 2:25 `aftr`: expected `after` after `stale`, found `aftr`
          help: did you mean `after`?
          fix: write `after` (`aftr` -> `after`)
        HEAL0001 3:29 `}`: expected an operator or `keys` after `3`, found `}`
        HEAL0001 4:43 `=`: the `where` of a source only says what is equal: expected `==` after `a`, found `=`
          fix: write `==` (`=` -> `==`)
        HEAL0001 5:46 `3`: a text stands in quotes: `"3"`
          fix: write `"3"` (`3` -> `"3"`)
        HEAL0001 6:24 `"x"`: expected `logs`, `metric` or `prometheus` after `from`, found a text
    "##;
    check(text, expected);
}

#[test]
fn statements_of_a_guard_say_what_they_lack() {
    let text = r##"policy p {
  guard { cooldown 3s per }
  guard { approval when x }
  guard { approval "x" when }
  guard { approval "x", else escalate }
  guard { escalate when held for 3m }
  guard { limit 3 1h }
  guard { limit 3 per 1h per (a b) }
}"##;
    let expected = r##"
        HEAL0001 2:27 `}`: expected a name after `per`, found `}`
        HEAL0001 3:20 `when`: expected a number, a text or a name after `approval`, found `when`
        HEAL0001 4:29 `}`: expected an expression after `when`, found `}`
        HEAL0001 5:25 `else`: expected `timeout` after `,`, found `else`
        HEAL0001 6:25 `held`: expected `withheld` after `when`, found `held`
        HEAL0001 7:17 `3`: a limit says in what time: `limit 3 per 1h`
          fix: write `limit 3 per 1h` (`3` -> `3 per 1h`)
        HEAL0001 8:33 `b`: expected `)` or `,` after `a`, found `b`
    "##;
    check(text, expected);
}

#[test]
fn fields_and_actions_say_what_they_lack() {
    let text = r##"entity Pod by (namespace, pod) {
  node Node
  workload:
  service: Service
}
action x(host: Host) {
  command "systemctl"
  idempotnt
  risk low
}
channel page(team: text) { http GET "x" }"##;
    let expected = r##"
        HEAL0001 2:8 `Node`: expected `:` after `node`, found `Node`
        HEAL0001 4:3 `service`: expected a type after `:`, found `service`
        HEAL0001 7:11 `"systemctl"`: a command is a list of arguments, and never a line for a shell
          fix: write `command ["systemctl"]` (`"systemctl"` -> `["systemctl"]`)
        HEAL0001 8:3 `idempotnt`: expected a statement or `}` after the text, found `idempotnt`
          help: did you mean `idempotent`?
          fix: write `idempotent` (`idempotnt` -> `idempotent`)
        HEAL0001 11:33 `GET`: expected `DELETE`, `PATCH`, `POST` or `PUT` after `http`, found `GET`
    "##;
    check(text, expected);
}

#[test]
fn a_text_without_its_quote_ends_with_its_line() {
    let text = r##"signal rss: bytes { from prometheus "abc
  every 15s
  stale aftr 2m
}
signal rss: bytes { from prometheus 'abc every 15s }
detector x { when rss > 1 }"##;
    let expected = r##"
        HEAL0001 1:37 `"`: the text that begins here has no closing "
          fix: close it on the same line with " (`` -> `"`)
        HEAL0001 3:9 `aftr`: expected `after` after `stale`, found `aftr`
          help: did you mean `after`?
          fix: write `after` (`aftr` -> `after`)
        HEAL0001 5:37 `'`: the text that begins here has no closing '
          fix: close it on the same line with ' (`` -> `'`)
    "##;
    check(text, expected);
}

#[test]
fn a_raw_text_without_its_backtick_ends_before_the_next_line_at_the_margin() {
    let text = r##"signal rss: bytes { from prometheus `abc
  every 15s
}
detector x { whne rss > 1 }"##;
    let expected = r##"
        HEAL0001 1:37 ```: the text that begins here has no closing `
          fix: close it; no line of a raw text may begin at the margin (`` -> ```)
        HEAL0001 4:14 `whne`: expected a statement or `}` after `{`, found `whne`
          help: did you mean `when`?
          fix: write `when` (`whne` -> `when`)
    "##;
    check(text, expected);
}

#[test]
fn an_escape_that_means_nothing_is_underlined() {
    let text = r##"detector x { when a == "a\qb" && b == '\u12' && c == "\ud800" }"##;
    let expected = r##"
        HEAL0005 1:26 `\q`: `\q` is not an escape
          help: for a backslash write `\\`, or put the text in backticks
        HEAL0005 1:40 `\u12`: `\u12` is not an escape
          help: for a backslash write `\\`, or put the text in backticks
        HEAL0005 1:55 `\ud800`: `\ud800` is not an escape
          help: for a backslash write `\\`, or put the text in backticks
    "##;
    check(text, expected);
}

#[test]
fn five_mistakes_give_five_diagnostics() {
    let text = r##"use std.k8s.{Pod Workload}

param budget: duration in 100ms..2s = 250 ms

signal rss bytes by (namespace, pod) {
  from prometheus `container_memory_working_set_bytes`
  every 15s
}

detector leaking {
  when rss.slope(1h > 1KiB/s
  for 15m
  severity warning
}

policy heal_leaks {
  on leaking
  try recycle
  guard {
    limt 20 per 1h
    cooldown 30m per pod
  }
}"##;
    let expected = r##"
        HEAL0001 1:18 `Workload`: expected `}` or `,` after `Pod`, found `Workload`
        HEAL0001 3:43 `ms`: expected an item or an operator after `250`, found `ms`
          help: a unit is glued to its number
          fix: write `250ms` (`250 ms` -> `250ms`)
        HEAL0001 5:12 `bytes`: expected `:` after `rss`, found `bytes`
        HEAL0001 12:3 `for`: expected an operator, `)` or `,` after `1KiB/s`, found `for`
        HEAL0001 20:5 `limt`: expected a statement or `}` after `{`, found `limt`
          help: did you mean `limit`?
          fix: write `limit` (`limt` -> `limit`)
    "##;
    check(text, expected);
}

#[test]
fn only_steps_stand_in_a_for_each() {
    let text = r##"plan roll_out(certificate: Certificate) {
  for each nginx in Nginx at most 50 {
    step reload = reload(nginx)
    verify errors[nginx] < 1% within 10m
  }
  verify expires[certificate] > 60d within 20m
}
detector a { whne b }"##;
    let expected = r##"
        HEAL0001 4:5 `verify`: `verify` does not stand in a `for each`: only steps do
          at 2:38 `{`: the brace that is open here
          help: a plan verifies all that it did: close the brace before its `verify`
        HEAL0001 8:14 `whne`: expected a statement or `}` after `{`, found `whne`
          help: did you mean `when`?
          fix: write `when` (`whne` -> `when`)
    "##;
    check(text, expected);
}
