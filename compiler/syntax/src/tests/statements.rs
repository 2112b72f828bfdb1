//! What is said of statements that are wrong, for each kind of block.

use super::check;

#[test]
fn entities_say_what_they_lack() {
    let text = r##"entity Pod by (namespace, pod) {
  node: Node form prometheus `x`
  desired: count from promethus `x`
  desired count
  frm prometheus `x`
  every
  stale 3m
  at most 3
  depends_on: [Service
  owner: [
  tier: text
}"##;
    let expected = r##"
        HEAL0001 2:19 `prometheus`: expected `:` after `form`, found `prometheus`
          help: did you mean `from`?
          fix: write `from` (`form` -> `from`)
        HEAL0001 3:23 `promethus`: expected `:`, `logs`, `metric` or `prometheus` after `from`, found `promethus`
          help: did you mean `prometheus`?
          fix: write `prometheus` (`promethus` -> `prometheus`)
        HEAL0001 4:11 `count`: expected `:` after `desired`, found `count`
        HEAL0001 5:7 `prometheus`: expected `:` after `frm`, found `prometheus`
          help: did you mean `from`?
          fix: write `from` (`frm` -> `from`)
        HEAL0001 7:9 `3m`: expected `:` or `after` after `stale`, found `3m`
        HEAL0001 9:3 `depends_on`: expected an operator or `keys` after `3`, found `depends_on`
        HEAL0001 10:3 `owner`: expected `]` after `Service`, found `owner`
    "##;
    check(text, expected);
}

#[test]
fn events_and_sources_say_what_they_lack() {
    let text = r##"event deploy by (service) {
  from logs sshd match `x`
  from "deploy"
  from
  form std.argocd
  every 3s
  at most 5 keys
}
source hook {
  webhook /hooks/x
  secret key = ALERT
  secret = env("X")
  signature key
  each
  were it.kind == "deploy"
  event by (a) {a: it.a b: it.b}
  event by a {a: it.a}
  event {it.a}
  event {1: it.a}
}"##;
    let expected = r##"
        HEAL0001 2:13 `sshd`: expected a text after `logs`, found `sshd`
        HEAL0001 3:8 `"deploy"`: expected a name, `logs` or `event` after `from`, found a text
        HEAL0001 5:8 `std`: expected a statement, `}` or `where` after `form`, found `std`
          help: the statements of an event are `from` and `at most`
        HEAL0001 6:3 `every`: expected a statement or `}` after `std.argocd`, found `every`
          help: `every` stands in the braces of a signal or an entity, not of an event
        HEAL0001 10:11 `/`: expected a text after `webhook`, found `/`
        HEAL0001 12:3 `secret`: expected `(` after `ALERT`, found `secret`
        HEAL0001 12:10 `=`: expected a name after `secret`, found `=`
        HEAL0001 13:13 `key`: expected a text after `signature`, found `key`
        HEAL0001 15:8 `it`: expected a statement, an operator or `}` after `were`, found `it`
          help: the statements of a source are `webhook`, `secret`, `signature`, `each`, `where` and `event`
        HEAL0001 16:25 `b`: expected an operator, `}` or `,` after `it.a`, found `b`
        HEAL0001 17:12 `a`: the fields of a key stand in brackets: `by (a)`
          fix: write `(a)` (`a` -> `(a)`)
        HEAL0001 18:12 `.`: expected `:` after `it`, found `.`
        HEAL0005 19:10 `1`: an entry is called by a name or a text, not by a number
    "##;
    check(text, expected);
}

#[test]
fn logs_say_what_they_lack() {
    let text = r##"signal a: count { from logs "x" match count per 1m }
signal a: count { from logs "x" count 1m }
signal a: count { from logs "x" count per }
signal a: count { from logs "x" value }
signal a: count { from logs "x" where a == "b" and c == "d" count per 1m }
signal a: count { from logs "x" match `y` cuont per 1m }"##;
    let expected = r##"
        HEAL0001 1:39 `count`: expected a text after `match`, found `count`
        HEAL0001 2:39 `1m`: expected `per` after `count`, found `1m`
        HEAL0001 3:43 `}`: expected an expression after `per`, found `}`
        HEAL0001 4:39 `}`: expected a name after `value`, found `}`
        HEAL0001 5:48 `and`: expected a statement, `}`, `count` or `value` after the text, found `and`
          help: the statements of a signal are `from`, `every`, `stale after` and `at most`
        HEAL0001 6:43 `cuont`: expected a statement, `}`, `count`, `value` or `where` after the text, found `cuont`
          help: did you mean `count`?
          fix: write `count` (`cuont` -> `count`)
    "##;
    check(text, expected);
}

#[test]
fn templates_and_instances_say_what_they_lack() {
    let text = r##"detector a(b counter count by K) { when b }
detector a(b: counter by K) { when b }
detector a(b: counter count by) { when b }
detector a(b: count = ) { when b }
detector a(b: signal duration by service) { when b
}
detector c =
detector c = d(
detector e(f: count) = g(1)
policy h = { on x }
detector i(j: count k: count) { when j }"##;
    let expected = r##"
        HEAL0001 1:14 `counter`: expected `:` after `b`, found `counter`
        HEAL0001 2:23 `by`: expected `)`, `,` or `=` after `counter`, found `by`
        HEAL0001 3:31 `)`: expected a name after `by`, found `)`
        HEAL0001 4:23 `)`: expected an expression after `=`, found `)`
        HEAL0001 8:1 `detector`: expected a name after `=`, found `detector`
        HEAL0001 9:1 `detector`: expected an argument or `)` after `(`, found `detector`
        HEAL0001 9:12 `f`: `e` is made from a template, and has no parameters of its own
        HEAL0001 10:12 `{`: expected a name after `=`, found `{`
        HEAL0001 11:21 `k`: expected `)`, `,` or `=` after `count`, found `k`
    "##;
    check(text, expected);
}

#[test]
fn values_with_names_say_what_they_lack() {
    let text = r##"let a
let b =
let 3 = 4
fn c = 3
fn c(a: count)
fn c(a) = 3
topology a > b
topology a -> b c
topology a ->
topology -> b
let d = 3"##;
    let expected = r##"
        HEAL0001 2:1 `let`: expected `=` after `a`, found `let`
        HEAL0001 3:5 `3`: expected an item or an operator after `let`, found `3`
          help: items begin with `action`, `channel`, `counter`, `detector`, `entity`, `event`, `fn`, `guard shared`, `let`, `param`, `plan`, `policy`, `signal`, `source`, `test`, `topology` and `use`
        HEAL0001 4:6 `=`: expected `(` after `c`, found `=`
        HEAL0001 6:1 `fn`: expected `=` after `)`, found `fn`
        HEAL0001 6:6 `a`: the parameter `a` does not say what it is
          help: such as `a: A`, of an entity or a type
        HEAL0001 7:12 `>`: expected `->` after `a`, found `>`
        HEAL0001 8:17 `c`: expected an item or `,` after `b`, found `c`
          help: items begin with `action`, `channel`, `counter`, `detector`, `entity`, `event`, `fn`, `guard shared`, `let`, `param`, `plan`, `policy`, `signal`, `source`, `test`, `topology` and `use`
        HEAL0001 10:10 `->`: expected an item or `,` after `topology`, found `->`
          help: items begin with `action`, `channel`, `counter`, `detector`, `entity`, `event`, `fn`, `guard shared`, `let`, `param`, `plan`, `policy`, `signal`, `source`, `test`, `topology` and `use`
    "##;
    check(text, expected);
}

#[test]
fn requests_say_what_they_lack() {
    let text = r##"channel page(team: text) {
  http "https://x"
  http GET "https://x"
  http post "https://x"
  secret key = env(PAGERDUTY)
  secret key env("X")
  header Authorization key
  header "Authorization"
  body team
  body {team}
  body {team: }
  body {a: 1, b: {c: }, d: 2}
  body {a: 1 b: 2}
  sucess status == 202
  success
  timeuot 3s
}
action x(pod: Pod) {
  kubernetes scale {by: 3}
  kubernetes scale pod by 3
  replaces
  undo { x }
  undo
  idempotent
}"##;
    let expected = r##"
        HEAL0001 2:8 `"https://x"`: expected `DELETE`, `PATCH`, `POST` or `PUT` after `http`, found a text
        HEAL0001 3:8 `GET`: expected `DELETE`, `PATCH`, `POST` or `PUT` after `http`, found `GET`
        HEAL0001 4:8 `post`: expected `DELETE`, `PATCH`, `POST` or `PUT` after `http`, found `post`
          help: did you mean `POST`?
          fix: write `POST` (`post` -> `POST`)
        HEAL0001 5:20 `PAGERDUTY`: expected a text after `(`, found `PAGERDUTY`
        HEAL0001 6:14 `env`: expected `=` after `key`, found `env`
        HEAL0001 7:10 `Authorization`: expected a text after `header`, found `Authorization`
        HEAL0001 9:8 `team`: expected a statement, an operator or `}` after `body`, found `team`
          help: the statements of a channel are `http`, `secret`, `header`, `body`, `success` and `timeout`
        HEAL0001 10:13 `}`: expected `:` after `team`, found `}`
        HEAL0001 11:15 `}`: expected an expression after `:`, found `}`
        HEAL0001 12:22 `}`: expected an expression after `:`, found `}`
        HEAL0001 13:14 `b`: expected an operator, `}` or `,` after `1`, found `b`
        HEAL0001 14:3 `sucess`: expected a statement or `}` after `}`, found `sucess`
          help: did you mean `success`?
          fix: write `success` (`sucess` -> `success`)
        HEAL0001 16:11 `3s`: expected a statement, an operator or `}` after `timeuot`, found `3s`
        HEAL0001 19:20 `{`: expected a name after `scale`, found `{`
        HEAL0001 20:24 `by`: expected a statement or `}` after `pod`, found `by`
          help: the statements of an action are `command`, `kubernetes`, `http`, `secret`, `header`, `body`, `success`, `risk`, `timeout`, `idempotent`, `replaces`, `affects` and `undo`
        HEAL0001 22:3 `undo`: expected a name after `replaces`, found `undo`
        HEAL0001 22:8 `{`: expected a name after `undo`, found `{`
        HEAL0001 24:3 `idempotent`: expected a name after `undo`, found `idempotent`
    "##;
    check(text, expected);
}

#[test]
fn plans_say_what_they_lack() {
    let text = r##"plan x(pod: Pod) {
  disturbs for 3s
  disturbs latency everywere for 3s
  disturbs latency 3s
  verify a
  verify a witin 5m
  for each w Workload { step a = b }
  for each in Workload { step a = b }
  for w in Workload { step a = b }
  for each w in Workload where { step a = b }
  for each w in Workload at most { step a = b }
  undo step a = b
  undo { stp a = b  step c = d }
  always { step a b  step c = d }
  always {
    step a = b { timeuot 3s  retry  after  }
    step c = d
  }
  revert
  revert 3s
  revert on cleer
  step a = b { retry 3 evry 3s after }
}"##;
    let expected = r##"
        HEAL0001 2:12 `for`: expected a name after `disturbs`, found `for`
        HEAL0001 3:20 `everywere`: expected `everywhere` or `for` after `latency`, found `everywere`
          help: did you mean `everywhere`?
          fix: write `everywhere` (`everywere` -> `everywhere`)
        HEAL0001 4:20 `3s`: expected `everywhere` or `for` after `latency`, found `3s`
        HEAL0001 5:11 ``: `verify` does not say within what time its condition must come true
          fix: add `within 5m` (`` -> ` within 5m`)
        HEAL0001 6:12 `witin`: expected an operator or `within` after `a`, found `witin`
          help: did you mean `within`?
          fix: write `within` (`witin` -> `within`)
        HEAL0001 7:14 `Workload`: expected `in` after `w`, found `Workload`
        HEAL0001 8:12 `in`: expected a name after `each`, found `in`
        HEAL0001 10:32 `{`: expected an expression after `where`, found `{`
        HEAL0001 11:34 `{`: expected an expression after `most`, found `{`
        HEAL0001 12:8 `step`: expected `{` after `undo`, found `step`
        HEAL0001 13:10 `stp`: expected a step or `}` after `{`, found `stp`
          help: did you mean `step`?
          fix: write `step` (`stp` -> `step`)
        HEAL0001 14:19 `b`: expected `=` after `a`, found `b`
        HEAL0001 15:3 `always`: expected an item after `}`, found `always`
          help: `always` stands in the braces of a plan
    "##;
    check(text, expected);
}

#[test]
fn policies_say_what_they_lack() {
    let text = r##"policy p {
  on
  on a, b
  try choose a
  try choose [a b]
  try choose []
  then escalate again 3m
  then a again every
  then a agian every 3m
  shadw
  on x when y
}"##;
    let expected = r##"
        HEAL0001 3:3 `on`: expected a name after `on`, found `on`
        HEAL0001 3:7 `,`: a policy is `on` one detector
          help: write one detector of the two, with `when a || b`, or a policy for each
        HEAL0001 4:14 `a`: expected `[` after `choose`, found `a`
        HEAL0001 5:17 `b`: expected `]` or `,` after `a`, found `b`
        HEAL0001 6:15 `]`: expected a name after `[`, found `]`
        HEAL0001 7:23 `3m`: expected `every` after `again`, found `3m`
        HEAL0001 9:3 `then`: expected an expression after `every`, found `then`
        HEAL0001 9:10 `agian`: expected a statement, `}` or `again` after `a`, found `agian`
          help: did you mean `again`?
          fix: write `again` (`agian` -> `again`)
        HEAL0001 10:3 `shadw`: expected a statement or `}` after `3m`, found `shadw`
          help: did you mean `shadow`?
          fix: write `shadow` (`shadw` -> `shadow`)
        HEAL0001 11:8 `when`: there is no `when` in the braces of a policy
          help: `where` says for which keys, and a detector `when`
    "##;
    check(text, expected);
}

#[test]
fn all_guards_say_what_they_lack() {
    let text = r##"policy p { guard {
  shared
  blast_radius 10% Pod within 1h
  blast_radius 10% of Pod
  blast_radius 10% of Pod per within 1h
  concurency 1
  concurrency per pod
  breaker 2 in 1h, open for 1h
  breaker 2 failures 1h, open for 1h
  breaker 2 failures in 1h
  breaker 2 failures in 1h, open 1h
  breaker 2 failures in 1h, opn for 1h
  canary 1 25%
  canary then 25%
  canary 1 then 25% setle 5m
  freeze Fri
  only
  storm 20 in 5m open for 3m
  storm 20 firings in 5m
  approval 2 "sre"
  approval 2 of
  approval "sre" when
} }"##;
    let expected = r##"
        HEAL0001 3:3 `blast_radius`: expected a name after `shared`, found `blast_radius`
        HEAL0001 3:20 `Pod`: expected an operator or `of` after `10%`, found `Pod`
          help: `%` glued to a number is per cent; for a remainder put a blank before the `%`
        HEAL0001 5:3 `blast_radius`: expected `per` or `within` after `Pod`, found `blast_radius`
        HEAL0001 5:38 `1h`: expected `within` after `within`, found `1h`
        HEAL0001 6:3 `concurency`: expected a statement or `}` after `1h`, found `concurency`
          help: did you mean `concurrency`?
          fix: write `concurrency` (`concurency` -> `concurrency`)
        HEAL0001 7:19 `pod`: expected a statement, an operator, `}` or `per` after `per`, found `pod`
          help: the statements of a guard are `limit`, `cooldown`, `concurrency`, `blast_radius`, `breaker`, `approval`, `canary`, `freeze`, `only`, `storm`, `shared` and `escalate when`
        HEAL0001 8:18 `,`: expected an operator or `failures` after `1h`, found `,`
        HEAL0001 9:22 `1h`: expected `in` after `failures`, found `1h`
        HEAL0001 11:3 `breaker`: expected `open for`, an operator or `per` after `1h`, found `breaker`
        HEAL0001 11:34 `1h`: expected `for` after `open`, found `1h`
        HEAL0001 12:29 `opn`: expected `open` after `,`, found `opn`
          help: did you mean `open`?
          fix: write `open` (`opn` -> `open`)
        HEAL0001 13:12 `25%`: expected a statement, an operator, `}`, `settle` or `then` after `1`, found `25%`
        HEAL0001 14:15 `25%`: expected a statement, an operator, `}`, `settle` or `then` after `then`, found `25%`
        HEAL0001 15:21 `setle`: expected a statement, an operator, `}`, `settle` or `then` after `25%`, found `setle`
          help: did you mean `settle`?
          fix: write `settle` (`setle` -> `settle`)
        HEAL0001 16:10 `Fri`: expected a text after `freeze`, found `Fri`
        HEAL0001 18:3 `storm`: expected a text after `only`, found `storm`
        HEAL0001 18:9 `20`: a storm is of firings: `storm 20 firings in ...`
          help: it also says how long it holds: `storm 20 firings in 5m, open for 30m`
          fix: add `firings` (`` -> ` firings`)
        HEAL0001 20:3 `approval`: expected `open for` or an operator after `5m`, found `approval`
        HEAL0001 20:14 `"sre"`: expected `of` after `2`, found a text
        HEAL0001 22:3 `approval`: expected a text or a name after `of`, found `approval`
        HEAL0001 23:1 `}`: expected an expression after `when`, found `}`
    "##;
    check(text, expected);
}

#[test]
fn tests_say_what_they_lack() {
    let text = r##"test recycles { expect x }
test { expect x }
test "a" {
  given
  given rss 3
  given rss =
  given rss = 200MiB then
  given rss = 200MiB for
  given rss = 200MiB for 1h than rising 3MiB/m
  given rss = rising for 3h
  given rss = wave 1 every 3h
  given rss = wave 1..2 for 3h
  given rss{pod "a"} = 3
  given rss{pod: "a" = 3
  given deploy at
  on recycle rss = 3
  on recycle: rss 3
  on recycle: hang
  on recycle: succeeds 3s
  on recycle step: hangs
  stop rss
  stop rss 1h
  approve sre after 3m
  approve "sre"
  replay checkout
  start 2024
  run 4h
  runfor 4h
  expect
  expect no
  expect rss exactly
  expect rss att 1h
  expect rss at 1h..
  expect rss at least
  expect rss within 3m
  expect rss within 3m of incident
  expect rss within 3m of every incidnt
  expect rss outside
  expect rss withheld by
  expect rss because limit
  expct rss
}"##;
    let expected = r##"
        HEAL0001 1:6 `recycles`: expected a text after `test`, found `recycles`
        HEAL0001 2:6 `{`: expected a text after `test`, found `{`
        HEAL0001 5:3 `given`: expected a name after `given`, found `given`
        HEAL0001 5:13 `3`: expected `=` or `at` after `rss`, found `3`
        HEAL0001 7:3 `given`: expected a segment after `=`, found `given`
        HEAL0001 8:3 `given`: expected a segment after `then`, found `given`
        HEAL0001 9:3 `given`: expected an expression after `for`, found `given`
        HEAL0001 9:29 `than`: expected a statement, an operator, `}` or `then` after `1h`, found `than`
          help: did you mean `then`?
          fix: write `then` (`than` -> `then`)
        HEAL0001 11:22 `every`: expected an operator or `..` after `1`, found `every`
        HEAL0001 12:25 `for`: expected an operator or `every` after `2`, found `for`
        HEAL0001 13:17 `"a"`: expected `:` after `pod`, found a text
        HEAL0001 14:22 `=`: expected an operator, `}` or `,` after the text, found `=`
          fix: write `==` (`=` -> `==`)
        HEAL0001 16:3 `on`: expected an expression after `at`, found `on`
        HEAL0001 16:14 `rss`: expected `:` or `step` after `recycle`, found `rss`
        HEAL0001 17:19 `3`: expected `=` after `rss`, found `3`
        HEAL0001 19:3 `on`: expected `=` after `hang`, found `on`
        HEAL0001 19:24 `3s`: expected `=` or `after` after `succeeds`, found `3s`
        HEAL0001 20:18 `:`: expected a name after `step`, found `:`
        HEAL0001 22:3 `stop`: expected `at` after `rss`, found `stop`
        HEAL0001 22:12 `1h`: expected `at` after `rss`, found `1h`
        HEAL0001 23:11 `sre`: expected a text after `approve`, found `sre`
        HEAL0001 25:3 `replay`: expected `after` after the text, found `replay`
        HEAL0001 25:10 `checkout`: expected a text after `replay`, found `checkout`
        HEAL0001 26:9 `2024`: expected a text after `start`, found `2024`
        HEAL0001 27:7 `4h`: expected `for` after `run`, found `4h`
        HEAL0001 28:3 `runfor`: expected a statement or `}` after `4h`, found `runfor`
          help: the statements of a test are `given`, `on`, `expect`, `start`, `run for`, `stop`, `approve`, `reject` and `replay`
        HEAL0001 31:3 `expect`: expected a subject after `no`, found `expect`
        HEAL0001 32:3 `expect`: expected an expression after `exactly`, found `expect`
        HEAL0001 32:14 `att`: expected a statement, a qualifier or `}` after `rss`, found `att`
          help: did you mean `at`?
          fix: write `at` (`att` -> `at`)
        HEAL0001 34:3 `expect`: expected an expression after `..`, found `expect`
        HEAL0001 36:3 `expect`: expected an operator or `of` after `3m`, found `expect`
        HEAL0001 36:27 `incident`: expected `every` after `of`, found `incident`
        HEAL0001 37:33 `incidnt`: expected `incident` after `every`, found `incidnt`
          help: did you mean `incident`?
          fix: write `incident` (`incidnt` -> `incident`)
        HEAL0001 39:3 `expect`: expected `incidents` after `outside`, found `expect`
        HEAL0001 40:3 `expect`: expected a name after `by`, found `expect`
        HEAL0001 40:22 `limit`: expected a text after `because`, found `limit`
        HEAL0001 41:3 `expct`: expected a statement or `}` after `limit`, found `expct`
          help: did you mean `expect`?
          fix: write `expect` (`expct` -> `expect`)
    "##;
    check(text, expected);
}

#[test]
fn shared_guards_say_what_they_lack() {
    let text = r##"guard fleet { limit 3 per 1h }
guard shared { limit 3 per 1h }
guard shared fleet limit 3 per 1h }
policy p {
  guard shared fleet
  on x
}
policy q {
  on x
  guard {
    shared fleet
    limt 3 per 1h
  }
"##;
    let expected = r##"
        HEAL0001 1:7 `fleet`: expected `shared` after `guard`, found `fleet`
        HEAL0001 2:14 `{`: expected a name after `shared`, found `{`
        HEAL0001 3:20 `limit`: expected `{` after `fleet`, found `limit`
        HEAL0001 5:9 `shared`: expected `{` after `guard`, found `shared`
        HEAL0001 8:10 `{`: the brace of this policy is never closed
          at 13:4 ``: the file ends without its `}`
        HEAL0001 12:5 `limt`: expected a statement or `}` after `fleet`, found `limt`
          help: did you mean `limit`?
          fix: write `limit` (`limt` -> `limit`)
    "##;
    check(text, expected);
}
