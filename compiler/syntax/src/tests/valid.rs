//! What texts mean: the tree of each, with brackets around every operation.

use super::{FORMS, parse_valid, show, unindented};
use crate::scan::slice;
use crate::tree::{DetectorStatement, Expression, ExpressionKind, ItemKind};

/// The condition of a detector that says `when TEXT`.
#[track_caller]
fn condition(text: &str) -> Expression {
    let tree = parse_valid(&format!("detector x {{ when {text} }}"));
    let ItemKind::Detector(detector) = &tree.items[0].value.kind else { panic!("a detector") };
    let [statement] = &detector.statements[..] else {
        panic!("one statement, got {:?}", detector.statements)
    };
    let DetectorStatement::When(condition) = &statement.value else { panic!("`when`") };
    condition.clone()
}

#[track_caller]
fn check_expression(text: &str, expected: &str) {
    assert_eq!(show::expression(&condition(text)), expected);
}

#[track_caller]
fn check_tree(text: &str, expected: &str) {
    assert_eq!(show::file(&parse_valid(text)).trim_end(), unindented(expected).trim_end());
}

#[test]
fn every_kind_of_item_and_statement_is_read() {
    assert_eq!(show::file(&parse_valid(FORMS)), include_str!("forms.tree"));
}

#[test]
fn operators_bind_as_in_cel() {
    check_expression("a || b && c == d + e * f", "(a Or (b And (c Equal (d Add (e Multiply f)))))");
    check_expression(
        "a * b + c < d && e || f",
        "((((a Multiply b) Add c) Less d) And e) Or f)".replacen("((((", "(((((", 1).as_str(),
    );
    check_expression("a - b - c", "((a Subtract b) Subtract c)");
    check_expression("a < b < c", "((a Less b) Less c)");
    check_expression("a - (b - c)", "(a Subtract (b Subtract c))");
    check_expression("!a.b && -c[0] > 1", "((Not a.b) And ((Negate c[0]) Greater 1))");
    check_expression("!!a", "(Not (Not a))");
    check_expression("! a && - b > ! ! c", "((Not a) And ((Negate b) Greater (Not (Not c))))");
    check_expression("a ? b : c ? d : e", "(a ? b : (c ? d : e))");
    check_expression("a || b ? c + d : e && f", "((a Or b) ? (c Add d) : (e And f))");
    check_expression("(a ? b : c) ? d : e", "((a ? b : c) ? d : e)");
    check_expression("a in [1, 2,] == b", "((a In [1, 2]) Equal b)");
    check_expression("inside in [notin]", "(inside In [notin])");
}

#[test]
fn selections_calls_and_indexes_chain() {
    check_expression("a.b.c(d, e: f)[0].g", "a.b.c(d, e: f)[0].g");
    check_expression("deploy[pod.service].within(10m)", "deploy[pod.service].within(10'm)");
    check_expression("f()", "f()");
    check_expression("f(a ? b : c, d: e ? 1 : 2)", "f((a ? b : c), d: (e ? 1 : 2))");
    check_expression("(a + b).c", "(a Add b).c");
    check_expression("[1].size()", "[1].size()");
}

#[test]
fn a_unit_is_part_of_its_number_when_glued() {
    for (text, expected) in [
        ("250ms", "250'ms"),
        ("95%", "95'%"),
        ("512MiB", "512'MiB"),
        ("100/s", "100'/s"),
        ("10Mbit/s", "10'Mbit/s"),
        ("99.9%", "99.9'%"),
        (".5h", ".5'h"),
        ("1e3", "1e3"),
        ("1.5e-3ms", "1.5e-3'ms"),
        ("5EB", "5'EB"),
        ("2e", "2'e"),
        ("50%/h", "50'%/h"),
        ("0x1F", "0x1F"),
        ("0x1Fms", "0x1F'ms"),
        ("0x10%", "0x10'%"),
        ("0x10%/h", "0x10'%/h"),
        ("1h15m", "1'h15m"),
        ("2d12h30m", "2'd12h30m"),
    ] {
        check_expression(text, expected);
    }
}

#[test]
fn what_is_not_glued_is_an_operation() {
    check_expression("7 % 2", "(7 Remainder 2)");
    check_expression("7 %2", "(7 Remainder 2)");
    check_expression("a%2", "(a Remainder 2)");
    check_expression("7% - 2", "(7'% Subtract 2)");
    check_expression("0x10 % 3", "(0x10 Remainder 3)");
    check_expression("0x10 %3", "(0x10 Remainder 3)");
    check_expression("0x%3", "(0'x Remainder 3)");
    check_expression("100 /s", "(100 Divide s)");
    check_expression("100/ s", "(100 Divide s)");
    check_expression("100/sum", "(100 Divide sum)");
    check_expression("100/x", "(100 Divide x)");
    check_expression("a/s", "(a Divide s)");
    check_expression("1 - 2", "(1 Subtract 2)");
    check_expression("a -1", "(a Subtract 1)");
}

#[test]
fn dots_bind_before_a_decimal_point() {
    check_tree("param a: count in 1..5 = 3", "param a: count in 1..5 = 3");
    check_tree("param a: ratio in 0.5..1.5 = 1", "param a: ratio in 0.5..1.5 = 1");
    check_tree("param a: ratio in low..high + 1 = 1", "param a: ratio in low..(high Add 1) = 1");
}

#[test]
fn texts_lose_quotes_and_escapes() {
    check_expression(r#"a == "x\n\"\\\x41é\U0001F600\101""#, "(a Equal \"x\\n\\\"\\\\Aé😀A\")");
    check_expression(r#"a == 'it is "x"'"#, r#"(a Equal "it is \"x\"")"#);
    check_expression(r"a == `raw \n 'x' // no comment`", r#"(a Equal "raw \\n 'x' // no comment")"#);
    check_expression("a == `two\n  lines`", r#"(a Equal "two\n  lines")"#);
    check_expression("a == \"\" + ''", r#"(a Equal ("" Add ""))"#);
}

#[test]
fn keywords_are_names_where_no_statement_can_begin() {
    check_expression("pod.limit > limit", "(pod.limit Greater limit)");
    check_expression("for + severity * timeout", "(for Add (severity Multiply timeout))");
    check_expression(
        "namespace == let && package || import",
        "(((namespace Equal let) And package) Or import)",
    );
    check_expression("f(when: 1, for: step)", "f(when: 1, for: step)");
    check_tree(
        "detector limit { when risk > limit for 2m severity high }",
        "
        detector limit
          when (risk Greater limit)
          for 2'm
          severity high
        ",
    );
}

#[test]
fn statements_need_no_line_of_their_own() {
    check_tree(
        "policy p { on a where b try c then escalate guard { limit 3 per 1h cooldown 5m per pod approval `x` } }",
        "
        policy p
          on a
          where b
          Try c
          Then escalate
          guard {limit 3 per 1'h, cooldown 5'm per pod, approval \"x\"}
        ",
    );
}

#[test]
fn approvals_and_steps_may_leave_out_their_ends() {
    check_tree(
        "policy p { guard {
           approval 'a' when b
           approval 'a' timeout 5m
           approval 'a', timeout 5m else escalate
           approval 'a' else escalate
         } }
         plan q { step a = b step c = d() {} step e = f { timeout 5s } }",
        "
        policy p
          guard {approval \"a\" when b, approval \"a\" timeout 5'm, approval \"a\" timeout 5'm else escalate, approval \"a\" else escalate}
        plan q()
          step a = b
          step c = d()
          step e = f timeout 5's
        ",
    );
}

#[test]
fn comments_stand_anywhere_and_are_kept() {
    let text = "// one\nuse a // two\n/// doc\n//// three\ndetector x { // four\n  when a // five\n    > b\n  /// six\n}\n// seven";
    let tree = parse_valid(text);
    let comments: Vec<&str> = tree.comments.iter().map(|comment| comment.text.as_str()).collect();
    assert_eq!(comments, ["// one", "// two", "//// three", "// four", "// five", "/// six", "// seven"]);
    assert_eq!(tree.items[1].value.documentation, ["doc"]);
    for comment in &tree.comments {
        assert_eq!(slice(text, comment.range), comment.text);
    }
}

#[test]
fn documentation_belongs_to_the_file_or_to_what_follows() {
    let text =
        "//! File.\n//!\n//!  Indented.\n/// One.\n///\npub use a\n/// Lost in the end.\n//! Too late.\n";
    let tree = parse_valid(text);
    assert_eq!(tree.documentation, ["File.", "", " Indented."]);
    assert_eq!(tree.items[0].value.documentation, ["One.", ""]);
    assert!(tree.items[0].value.public);
    assert_eq!(tree.comments.len(), 2);
}

#[test]
fn carriage_returns_and_a_byte_order_mark_change_nothing_but_places() {
    let plain = show::file(&parse_valid(FORMS));
    let returns = FORMS.replace('\n', "\r\n");
    assert_eq!(show::file(&parse_valid(&returns)), plain);
    assert_eq!(show::file(&parse_valid(&format!("\u{FEFF}{FORMS}"))), plain);
    assert_eq!(show::file(&parse_valid("\u{FEFF}/// d\r\nuse a\r\n")), "/// d\nuse a\n");
}

#[test]
fn ranges_are_those_of_the_written_text() {
    let text =
        "/// d\n  detector x { // c\n when ( a  + b ) * c // d\n  for 2m // e\n  }  // f\nuse a // g\nuse b";
    let tree = parse_valid(text);
    let items: Vec<&str> = tree.items.iter().map(|item| slice(text, item.range)).collect();
    assert_eq!(items, ["detector x { // c\n when ( a  + b ) * c // d\n  for 2m // e\n  }", "use a", "use b"]);
    let ItemKind::Detector(detector) = &tree.items[0].value.kind else { panic!("a detector") };
    let statements: Vec<&str> = detector.statements.iter().map(|one| slice(text, one.range)).collect();
    assert_eq!(statements, ["when ( a  + b ) * c", "for 2m"]);
    let DetectorStatement::When(product) = &detector.statements[0].value else { panic!("`when`") };
    assert_eq!(slice(text, product.range), "( a  + b ) * c");
    let ExpressionKind::Binary(sum, operator, _) = product.kind.as_ref() else { panic!("a product") };
    assert_eq!(slice(text, sum.range), "a  + b");
    assert_eq!(slice(text, operator.range), "*");
}

#[test]
fn an_empty_text_is_an_empty_file() {
    for text in ["", "\n\n", "\u{FEFF}", "// only a comment"] {
        assert!(parse_valid(text).items.is_empty());
    }
}
