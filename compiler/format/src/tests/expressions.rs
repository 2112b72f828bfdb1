//! Expressions: brackets, blanks, long chains, and names that are keywords.

use heal_diagnostics::FileId;
use heal_syntax::parse;
use heal_syntax::tree::{DetectorStatement, ItemKind};

use super::check;
use crate::{COLUMNS_MAX, expression_text, format};

/// Checks an expression in a file and by itself.
#[track_caller]
fn check_expression(text: &str, expected: &str) {
    check(&format!("detector d {{ when {text} }}"), &format!("detector d {{\n  when {expected}\n}}\n"));
    assert_eq!(alone(text), expected);
}

#[track_caller]
fn alone(text: &str) -> String {
    let (tree, diagnostics) = parse(FileId(0), &format!("detector d {{ when {text} }}"));
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let ItemKind::Detector(detector) = &tree.items[0].value.kind else { panic!("a detector") };
    let DetectorStatement::When(condition) = &detector.statements[0].value else { panic!("`when`") };
    expression_text(condition)
}

#[test]
fn brackets_are_kept_only_where_the_tree_needs_them() {
    check_expression("((a)||(b&&c))", "a || b && c");
    check_expression("(a||b)&&c", "(a || b) && c");
    check_expression("a-(b-c)-(d)", "a - (b - c) - d");
    check_expression("(a<b)<c == (d in [e,])", "a < b < c == (d in [e])");
    check_expression("(a+b)*c%d/ e", "(a + b) * c % d / e");
    check_expression("!(a&&b)||!(!c)||-(d)*-(e+f)", "!(a && b) || !!c || -d * -(e + f)");
    check_expression("(-a).b + (a+b)[0].c((d)) + -(a.b)", "(-a).b + (a + b)[0].c(d) + -a.b");
    check_expression("(a?b:c)?(d?e:f):(g?h:i)", "(a ? b : c) ? (d ? e : f) : g ? h : i");
    check_expression("f(x:(a),(b?c:d))[(i)]", "f(x: a, b ? c : d)[i]");
}

#[test]
fn numbers_stay_as_written_and_operators_apart_from_them() {
    check_expression("1.50e+03ms+.5h-100/s*95%", "1.50e+03ms + .5h - 100/s * 95%");
    check_expression("7 %2-100/ s", "7 % 2 - 100 / s");
    check_expression("true||false", "true || false");
}

#[test]
fn a_text_alone_is_quoted_by_its_value() {
    assert_eq!(alone(r#"a == `x"\n`"#), r#"a == "x\"\\n""#);
    assert_eq!(alone("a == 'x\\n\\t\\x07é'"), "a == \"x\\n\\t\\u0007é\"");
}

#[test]
fn a_long_chain_is_broken_before_its_operators() {
    let name = "a_name_of_forty_columns_aaaaaaaaaaaaaaaa";
    check(
        &format!(
            "detector d {{ when {name} && (a||b) clear when {name}&&{name} || {name}&&{name}&&{name} for 2m }}"
        ),
        &format!(
            "detector d {{
  when {name} && (a || b)
  clear when {name} && {name}
      || {name}
          && {name}
          && {name} for 2m
}}
"
        ),
    );
    check(
        &format!(
            "policy p {{ where {name} && {name} && {name} guard {{ approval 's' when {name}||{name}||b, timeout 15m else escalate }} }}"
        ),
        &format!(
            "policy p {{
  where {name}
      && {name}
      && {name}
  guard {{
    approval \"s\" when {name}
        || {name}
        || b, timeout 15m else escalate
  }}
}}
"
        ),
    );
}

#[test]
fn a_line_is_broken_only_beyond_the_limit() {
    let fits = format!("  when a && {}", "b".repeat(COLUMNS_MAX - 12));
    check(&format!("detector d {{{fits}}}"), &format!("detector d {{\n{fits}\n}}\n"));
    let long = format!("b{}", &fits[12..]);
    check(
        &format!("detector d {{ when a && {long} }}"),
        &format!("detector d {{\n  when a\n      && {long}\n}}\n"),
    );
}

#[test]
fn names_that_are_keywords_get_brackets_where_nothing_else_would_do() {
    check("detector d { when (risk) > limit for 2m }", "detector d {\n  when risk > limit\n  for 2m\n}\n");
    check(
        "policy p { guard { cooldown (limit) per a } }",
        "policy p {\n  guard {\n    cooldown limit per a\n  }\n}\n",
    );
    check("detector d { when (when) - 3 > 0 }", "detector d {\n  when (when) - 3 > 0\n}\n");
    check("detector d { clear when plan\n for 5m }", "detector d {\n  clear when plan for 5m\n}\n");
    check(
        "test 't' { given a = (rising) then (missing) for 1h }",
        "test \"t\" {\n  given a = (rising) then (missing) for 1h\n}\n",
    );
    assert!(format("detector d { when limit - 3 }").is_ok());
}
