//! What is said of what other languages and tools write: each with the exact text that it underlines, and how it is written here.

use super::check;

#[test]
fn what_is_written_elsewhere_is_told_how_it_is_written_here() {
    let text = r##"alert slow {
  when took > 1
}
detector many {
  when lag > 10,000 && a > 1
}
policy p {
  on: [slow]
  where service =~ "a.*"
  try heal
  then escalate "oncall"
  guard {
    limit 3 per 1h
    storm 20 in 5m
  }
}"##;
    let expected = r##"
        HEAL0001 1:1 `alert`: `alert` is called `detector` here
          fix: write `detector` (`alert` -> `detector`)
        HEAL0001 5:14 `10,000`: the digits of a number stand together
          fix: write `10000` (`10,000` -> `10000`)
        HEAL0001 8:5 `:`: no `:` stands after `on`
          fix: write `on slow` (`: [slow]` -> ` slow`)
        HEAL0001 9:17 `=~`: there is no `=~`: a pattern is matched by a function
          help: `x.matches("a.*")` finds a pattern anywhere in a text: with `^` and `$` it is all of it
          fix: write `.matches("^(?:a.*)$")` (` =~ "a.*"` -> `.matches("^(?:a.*)$")`)
        HEAL0001 11:17 `"oncall"`: a channel stands after `escalate`, and in its brackets what it is told
          help: such as `escalate notify.page("oncall")`, with `use std.notify`
        HEAL0001 14:11 `20`: a storm is of firings: `storm 20 firings in ...`
          help: it also says how long it holds: `storm 20 firings in 5m, open for 30m`
          fix: add `firings` (`` -> ` firings`)
    "##;
    check(text, expected);
}

#[test]
fn a_use_brings_no_everything() {
    let text = "use std.*\nuse std.k8s.*\n";
    let expected = r##"
        HEAL0001 1:9 `*`: `use` brings a module, or names of it in braces, and never all of them
          help: write `use std.k8s`, and `k8s.Pod` for what is in it, or `use std.k8s.{Pod}`
        HEAL0001 2:13 `*`: `use` brings a module, or names of it in braces, and never all of them
          help: write `use std.k8s`, and `k8s.Pod` for what is in it, or `use std.k8s.{Pod}`
          fix: write `use std.k8s` (`.*` -> ``)
    "##;
    check(text, expected);
}

#[test]
fn comments_of_other_languages_are_one_mistake_each() {
    let text = r##"# how slow
detector a { # so slow
  when b > 3 /* for now */
  /* and when
     it is late */
  severity critical; for 2m
}
detector d { whne c }"##;
    let expected = r##"
        HEAL0001 1:1 `#`: a comment begins with `//`, and not with `#`
          fix: write `//` (`# how slow` -> `// how slow`)
        HEAL0001 2:14 `#`: a comment begins with `//`, and not with `#`
          fix: write `//` (`# so slow` -> `// so slow`)
        HEAL0001 3:14 `/*`: a comment begins with `//`, and not with `/*`
          fix: write `//` (`/* for now */` -> `// for now`)
        HEAL0001 4:3 `/*`: a comment begins with `//`, and not with `/*`
          help: a comment goes to the end of its line: begin each line of it with `//`
        HEAL0001 6:20 `;`: nothing stands between statements, or between items: the `;` is too much
          fix: leave the `;` out (`;` -> ``)
        HEAL0001 8:14 `whne`: expected a statement or `}` after `{`, found `whne`
          help: did you mean `when`?
          fix: write `when` (`whne` -> `when`)
    "##;
    check(text, expected);
}

#[test]
fn a_comment_of_another_language_that_is_never_closed_has_no_fix_of_one_line() {
    let text = "/* how slow\n   it is */ x */\n/*/\ndetector a { when b > 3 } /* and\n";
    let expected = r##"
        HEAL0001 1:1 `/*`: a comment begins with `//`, and not with `/*`
          help: a comment goes to the end of its line: begin each line of it with `//`
        HEAL0001 2:13 `x`: expected an item, found `x`
          help: items begin with `action`, `channel`, `counter`, `detector`, `entity`, `event`, `fn`, `guard shared`, `let`, `param`, `plan`, `policy`, `signal`, `source`, `test`, `topology` and `use`
        HEAL0001 3:1 `/*`: a comment begins with `//`, and not with `/*`
          help: a comment goes to the end of its line: begin each line of it with `//`
        HEAL0001 4:27 `/*`: a comment begins with `//`, and not with `/*`
          help: a comment goes to the end of its line: begin each line of it with `//`
    "##;
    check(text, expected);
}

#[test]
fn a_sign_too_much_leaves_a_blank_between_what_it_parted() {
    let text = r##"signal a: ratio { every 1m;from metric "a" }
detector:slow { severity:critical;;for 2m when a > 5;3 }
policy p {
  on:slow
  try:recycle
  guard { limit:5 per 1h;cooldown:5m freeze "Sat UTC","Sun UTC" }
}
detector b {
  expr:a > 3
}
policy q {
  on:[slow]try recycle
}"##;
    let expected = r##"
        HEAL0001 1:27 `;`: nothing stands between statements, or between items: the `;` is too much
          fix: leave the `;` out (`;` -> ` `)
        HEAL0001 2:9 `:`: no `:` stands after `detector`
          fix: leave the `:` out (`:` -> ` `)
        HEAL0001 2:25 `:`: no `:` stands after `severity`
          fix: leave the `:` out (`:` -> ` `)
        HEAL0001 2:53 `;`: nothing stands between statements, or between items: the `;` is too much
          help: a number stands together, with its unit: `1000`, `1.5`, `5m`
        HEAL0001 4:5 `:`: no `:` stands after `on`
          fix: leave the `:` out (`:` -> ` `)
        HEAL0001 6:16 `:`: no `:` stands after `limit`
          fix: leave the `:` out (`:` -> ` `)
        HEAL0001 6:54 `,`: `freeze` takes one calendar
          fix: write a second `freeze` (`,` -> ` freeze `)
        HEAL0001 9:3 `expr`: `expr` is called `when` here
          fix: write `when` (`expr:` -> `when `)
        HEAL0001 12:5 `:`: no `:` stands after `on`
          fix: write `on slow` (`:[slow]` -> ` slow `)
    "##;
    check(text, expected);
}

#[test]
fn a_semicolon_is_left_out_only_where_nothing_goes_on_behind_it() {
    for behind in ["-b", " -b", "(b > 3)", "[1]", ".avg(5m)", "\n  - b"] {
        let text = format!("detector a {{ when b > 5;{behind} }}");
        let (_, found) = crate::parse(heal_diagnostics::FileId(0), &text);
        let of_sign = found.iter().filter(|one| one.message.contains("`;`"));
        assert!(
            of_sign.clone().count() > 0 && of_sign.clone().all(|one| one.fixes.is_empty()),
            "{behind}: {found:?}"
        );
    }
}

#[test]
fn patterns_of_promql_keep_their_anchors_and_their_quotes() {
    let text = r##"detector a { when service =~ r"a\d" }
detector b { when x[0] !~ "a" }
detector c { when x > 1 && pod.name !~ "a|b" }
detector d { when s =~ """a""" }
detector e { when s =~ b"a" }
detector f { when cpu{a=~r"x.*", b!~'y', c=~"""z"""} > 1 }
"##;
    let expected = r##"
        HEAL0001 1:27 `=~`: there is no `=~`: a pattern is matched by a function
          help: `x.matches("a.*")` finds a pattern anywhere in a text: with `^` and `$` it is all of it
          fix: write `.matches(r"^(?:a\d)$")` (` =~ r"a\d"` -> `.matches(r"^(?:a\d)$")`)
        HEAL0001 2:24 `!~`: there is no `!~`: a pattern is matched by a function
          help: `x.matches("a.*")` finds a pattern anywhere in a text: with `^` and `$` it is all of it
        HEAL0001 3:37 `!~`: there is no `!~`: a pattern is matched by a function
          help: `x.matches("a.*")` finds a pattern anywhere in a text: with `^` and `$` it is all of it
          fix: write `!pod.name.matches("^(?:a|b)$")` (`pod.name !~ "a|b"` -> `!pod.name.matches("^(?:a|b)$")`)
        HEAL0001 4:21 `=~`: there is no `=~`: a pattern is matched by a function
          help: `x.matches("a.*")` finds a pattern anywhere in a text: with `^` and `$` it is all of it
          fix: write `.matches("""^(?:a)$""")` (` =~ """a"""` -> `.matches("""^(?:a)$""")`)
        HEAL0001 5:21 `=~`: there is no `=~`: a pattern is matched by a function
          help: `x.matches("a.*")` finds a pattern anywhere in a text: with `^` and `$` it is all of it
        HEAL0001 6:22 `{a=~r"x.*", b!~'y', c=~"""z"""}`: labels do not stand in braces behind a name
          help: choose in a policy, `where a.matches(r"^(?:x.*)$") && !b.matches('^(?:y)$') && c.matches("""^(?:z)$""")`, or in the signal, behind what it is read `from`
    "##;
    check(text, expected);
}

#[test]
fn selectors_and_aggregations_of_promql_are_written_anew() {
    let text = r##"detector a { when cpu{env="prod", zone=~"eu.*", pod!='x'} > 90% }
detector b { when requests offset 1h > 3 }
detector c { when errors.rate(5m) offset 1h > 3 }
detector d { when sum by (zone, rack) (errors.rate(5m) > 1) > 3 }
detector e { when max(errors) by (zone) > 3 }
detector f { when sum without (pod) (errors) > 3 }
detector g { when a > 90% unless b }
detector h { when a > 90% or b }"##;
    check(
        text,
        r##"
        HEAL0001 1:22 `{env="prod", zone=~"eu.*", pod!='x'}`: labels do not stand in braces behind a name
          help: choose in a policy, `where env == "prod" && zone.matches("^(?:eu.*)$") && pod != 'x'`, or in the signal, behind what it is read `from`
        HEAL0001 2:28 `offset`: what a signal was before is read with `.lag`
          fix: write `.lag(1h)` (` offset 1h` -> `.lag(1h)`)
        HEAL0001 3:35 `offset`: what a signal was before is read with `.lag`
          help: such as `requests.lag(1h)`: a signal has a past, an expression has none
        HEAL0001 4:23 `by`: `sum` is called on what it reads, and says by what keys in its brackets
          fix: write `(errors.rate(5m) > 1).sum(by: [zone, rack])` (`sum by (zone, rack) (errors.rate(5m) > 1)` -> `(errors.rate(5m) > 1).sum(by: [zone, rack])`)
        HEAL0001 5:31 `by`: `max` is called on what it reads, and says by what keys in its brackets
          fix: write `errors.max(by: [zone])` (`max(errors) by (zone)` -> `errors.max(by: [zone])`)
        HEAL0001 6:23 `without`: `sum` is called on what it reads, and says by what keys in its brackets
          help: the keys that remain are named: `.sum(by: [...])`
        HEAL0001 7:27 `unless`: there is no `unless`
          help: write `&& !(...)`
        HEAL0001 8:27 `or`: expected a statement, an operator or `}` after `90%`, found `or`
          fix: write `||` (`or` -> `||`)
    "##,
    );
}

#[test]
fn a_bare_word_where_a_text_stands_is_quoted() {
    check(
        "signal a: ratio by (b) { from metric \"c\" where env == eu-west-1 every 15s }",
        r##"
        HEAL0001 1:55 `eu-west-1`: a text stands in quotes: `"eu-west-1"`
          fix: write `"eu-west-1"` (`eu-west-1` -> `"eu-west-1"`)
    "##,
    );
}

#[test]
fn parts_of_a_series_follow_with_then() {
    check(
        "test \"x\" { given cpu = 10% rising 1%/m for 1h }",
        r##"
        HEAL0001 1:28 `rising`: expected a statement, an operator, `}`, `for` or `then` after `10%`, found `rising`
          help: the parts of a series follow each other with `then`
          fix: write `then rising` (`rising` -> `then rising`)
    "##,
    );
}

#[test]
fn statements_of_other_tools_are_called_what_they_are_here() {
    let text = r##"detector a { expr: wait > 5m for 5m labels { severity = "page" } }
detector b { when wait > 5m keep_firing_for 10m }
signal c: duration by (pool) { from metric "z" scrape_interval 1m }
plan d(pool: Pool) { step s = grow(pool) { retries = 3 } }
policy e { on a if b try d guard { limit 5 per 1h maxUnavailable 1 } }
action f(pool: Pool) { kubectl scale pool }"##;
    check(
        text,
        r##"
        HEAL0001 1:14 `expr`: `expr` is called `when` here
          fix: write `when` (`expr:` -> `when`)
        HEAL0001 1:37 `labels`: there is no `labels` in the braces of a detector
          help: a detector has no labels: `severity critical` says how bad it is
        HEAL0001 2:29 `keep_firing_for`: there is no `keep_firing_for` in the braces of a detector
          help: `clear when ... for 10m` says when it is over
        HEAL0001 3:48 `scrape_interval`: `scrape_interval` is called `every` here
          fix: write `every` (`scrape_interval` -> `every`)
        HEAL0001 4:44 `retries`: `retries` is called `retry` here
          fix: write `retry` (`retries =` -> `retry`)
        HEAL0001 5:17 `if`: there is no `if` in the braces of a policy
          help: `where` says for which keys, and a detector `when`
        HEAL0001 5:51 `maxUnavailable`: `maxUnavailable` is called `concurrency` here
          fix: write `concurrency` (`maxUnavailable` -> `concurrency`)
        HEAL0001 6:24 `kubectl`: `kubectl` is called `kubernetes` here
          fix: write `kubernetes` (`kubectl` -> `kubernetes`)
    "##,
    );
}

#[test]
fn forms_that_lack_a_little_are_completed() {
    let text = r##"detector high-wait { when disk > 90 % for 5m }
detector: b
signal c: duration by pool, zone { from metric "z" every 1m }
plan d(pool) { step s = grow(pool) }
policy e { on a try d guard { limit 5 } }
policy f { on a try d guard { limit 5/h } }"##;
    check(
        text,
        r##"
        HEAL0001 1:10 `high-wait`: a name is made of letters, digits and `_`
          fix: write `high_wait` (`high-wait` -> `high_wait`)
        HEAL0001 1:34 `90 %`: a unit is glued to its number: `90%`
          fix: write `90%` (`90 %` -> `90%`)
        HEAL0001 2:9 `:`: no `:` stands after `detector`
          fix: leave the `:` out (`:` -> ``)
        HEAL0001 3:23 `pool, zone`: the fields of a key stand in brackets: `by (pool, zone)`
          fix: write `(pool, zone)` (`pool, zone` -> `(pool, zone)`)
        HEAL0001 4:8 `pool`: the parameter `pool` does not say what it is
          help: such as `pool: Pool`, of an entity or a type
        HEAL0001 5:37 `5`: a limit says in what time: `limit 5 per 1h`
          fix: write `limit 5 per 1h` (`5` -> `5 per 1h`)
        HEAL0001 6:37 `5/h`: a limit says in what time: `limit 5 per 1h`
          fix: write `limit 5 per 1h` (`5/h` -> `5 per 1h`)
    "##,
    );
}

#[test]
fn ladders_and_guards_in_other_words_are_written_anew() {
    let text = r##"policy a { on b try c escalate d("x") guard { limit 1 per 1h approval "sre" during("daily 01:00..03:00 UTC") } }
policy e { on b try c on failure escalate d("x") }
policy f { on b try c guard { limit 1 per 1h approval "sre" unless during("daily 01:00..03:00 UTC") } }
plan g(h: H) { step s = h.restart(h) verify load < 75% for 5m }
plan i(h: H) { step s = h.restart(h) wait 5m }
action j(h: H) { http POST "https://x" secret key = "abc" }
import "std/k8s"
test "k" { expect not busy }"##;
    check(
        text,
        r##"
        HEAL0001 1:23 `escalate`: expected a statement, `}` or `again` after `c`, found `escalate`
          help: the first rung of a ladder begins with `try`, each further one with `then`
          fix: write `then escalate` (`escalate` -> `then escalate`)
        HEAL0001 1:77 `during`: when somebody is asked stands behind `when`
          fix: write `when` (`` -> `when `)
        HEAL0001 2:34 `escalate`: expected a statement or `}` after `failure`, found `escalate`
          help: the first rung of a ladder begins with `try`, each further one with `then`
          fix: write `then escalate` (`on failure escalate` -> `then escalate`)
        HEAL0001 3:61 `unless`: when somebody is asked stands behind `when`
          fix: write `when !` (`unless` -> `when !`)
        HEAL0001 4:56 `for`: `verify` says within what time its condition must come true, and not for how long
          fix: write `within` (`for` -> `within`)
        HEAL0001 5:38 `wait`: there is no `wait` in the braces of a plan
          help: a plan does not sleep: `verify ... within 5m` waits for what it must bring about
        HEAL0001 6:53 `"abc"`: a secret is a reference, and never written out
          help: say where it is found: `env("NAME")` or `file("PATH")`
        HEAL0001 7:1 `import`: `import` is called `use` here
          fix: write `use std.k8s` (`import "std/k8s"` -> `use std.k8s`)
        HEAL0001 8:23 `busy`: expected a statement, a qualifier or `}` after `not`, found `busy`
          fix: write `no` (`not` -> `no`)
    "##,
    );
}
