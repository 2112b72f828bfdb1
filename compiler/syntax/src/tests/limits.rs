//! What is beyond a limit is refused at its place, soon, and without taking the stack.

use heal_diagnostics::{Code, FileId};

use super::rendered;
use crate::{BRACKET_DEPTH_MAX, EXPRESSION_DEPTH_MAX, FILE_BYTES_MAX, SYNTAX_ERRORS_MAX, parse};

/// Parses on a small stack, as a thread of a test runner or a server has it.
fn on_small_stack(text: String) -> Vec<(Code, u32, String)> {
    let run = move || {
        let (_, diagnostics) = parse(FileId(0), &text);
        diagnostics.into_iter().map(|one| (one.code, one.primary.range.start, one.message)).collect()
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(run).unwrap().join().unwrap()
}

fn detector(condition: &str) -> String {
    format!("detector x {{ when {condition} }}")
}

/// One bracket is the detector's own.
const DEEPEST: usize = BRACKET_DEPTH_MAX - 1;

#[test]
fn brackets_nest_to_the_limit_and_no_further() {
    for (open, close) in
        [("(", ")"), ("[", "]"), ("f(", ")"), ("f(a: ", ")"), ("a[", "]"), ("b ? (", ") : c")]
    {
        let nested = |depth| detector(&format!("{}a{}", open.repeat(depth), close.repeat(depth)));
        assert_eq!(on_small_stack(nested(DEEPEST)), [], "{open}");
        let beyond = on_small_stack(nested(DEEPEST + 1));
        let at = u32::try_from(nested(0).find('a').unwrap() + open.len() * (DEEPEST + 1) - 1).unwrap();
        let last_bracket = at - u32::try_from(open.len() - 1 - open.rfind(['(', '[']).unwrap()).unwrap();
        assert_eq!(beyond.len(), 1, "{open}");
        assert_eq!((beyond[0].0, beyond[0].1), (Code::TOO_DEEP, last_bracket), "{open}");
    }
}

/// Nothing asks how much stack is left: the count of brackets is all that bounds the parser.
#[test]
fn objects_and_what_cannot_be_read_nest_to_the_limit_on_a_small_stack() {
    for (open, close) in
        [("{a: ", "}"), ("[{a: ", "}]"), ("f({a: ", "})"), ("(!-", ")"), ("({", "})"), ("{", "}")]
    {
        let brackets = open.matches(['(', '[', '{']).count();
        let depth = DEEPEST / brackets;
        for text in [
            detector(&format!("{}a{}", open.repeat(depth), close.repeat(depth))),
            detector(&format!("{}a b{}", open.repeat(depth), close.repeat(depth))),
            detector(&open.repeat(depth)),
            format!("action a() {{ http POST \"x\" body {}1{} }}", open.repeat(depth), close.repeat(depth)),
            format!("policy p {{ on {} }}", open.repeat(depth)),
            format!("{}{}", open.repeat(depth), close.repeat(depth)),
        ] {
            let found = on_small_stack(text.clone());
            assert!(found.iter().all(|one| one.0 != Code::TOO_DEEP), "{text}: {found:?}");
        }
    }
}

#[test]
fn forgotten_brackets_do_not_add_up_over_statements() {
    let text = "detector x { when avg(a[1 > 2 for 2m }\n".repeat(500);
    let found = on_small_stack(text);
    assert_eq!(found.len(), SYNTAX_ERRORS_MAX);
    assert!(found.iter().all(|one| one.0 == Code::SYNTAX));
}

#[test]
fn mixed_brackets_do_not_hide_depth_from_the_count() {
    for text in ["( { ) ".repeat(100_000), "({[".repeat(1000), "{".repeat(1_000_000), "([)".repeat(100_000)] {
        assert!(!on_small_stack(text).is_empty());
    }
}

#[test]
fn chains_are_as_long_as_a_tree_may_be_deep() {
    for (link, extra) in [(" + a", 0), (" || a", 0), (".a", 0), ("[0]", 0), (".a()", 0), (" ? a : a", 0)] {
        let fits = detector(&format!("a{}", link.repeat(EXPRESSION_DEPTH_MAX - 1 - extra)));
        assert_eq!(on_small_stack(fits), [], "{link}");
        let beyond = on_small_stack(detector(&format!("a{}", link.repeat(EXPRESSION_DEPTH_MAX))));
        assert_eq!(beyond.len(), 1, "{link}");
        assert_eq!(beyond[0].0, Code::TOO_DEEP, "{link}");
    }
}

#[test]
fn a_chain_of_ten_thousand_terms_is_told_at_the_operator_that_goes_too_far() {
    let text = detector(&format!("a{}", " + a".repeat(10_000)));
    let (tree, diagnostics) = parse(FileId(0), &text);
    let place = "detector x { when a".len() + " + a".len() * (EXPRESSION_DEPTH_MAX - 1) + 1;
    let expected =
        format!("HEAL0002 1:{} `+`: the expression is more than 256 levels deep here\n", place + 1);
    assert_eq!(rendered(&text, &diagnostics), expected);
    assert!(tree.items[0].value.incomplete);
}

#[test]
fn prefixes_count_as_levels() {
    assert_eq!(on_small_stack(detector(&format!("{}a", "!".repeat(EXPRESSION_DEPTH_MAX - 1)))), []);
    assert_eq!(on_small_stack(detector(&format!("{}a", "-".repeat(100_000))))[0].0, Code::TOO_DEEP);
}

#[test]
fn a_file_may_be_as_large_as_the_limit() {
    let comment = |length: usize| format!("//{}", "x".repeat(length - 2));
    assert_eq!(on_small_stack(comment(FILE_BYTES_MAX)), []);
    let beyond = on_small_stack(comment(FILE_BYTES_MAX + 1));
    assert_eq!(beyond.len(), 1);
    assert_eq!(beyond[0].0, Code::TOO_DEEP);
}

#[test]
fn many_errors_are_cut_and_counted() {
    let text = "detector x { whne a }\n".repeat(SYNTAX_ERRORS_MAX + 36);
    let (tree, diagnostics) = parse(FileId(0), &text);
    assert_eq!(diagnostics.len(), SYNTAX_ERRORS_MAX);
    assert_eq!(diagnostics.last().unwrap().help.last().unwrap(), "more errors follow in this file: 36");
    assert_eq!(tree.items.len(), SYNTAX_ERRORS_MAX + 36);
    assert!(tree.items.iter().all(|item| item.value.incomplete));
}

#[test]
fn comments_of_other_languages_cost_no_line_each_beyond_those_that_are_told() {
    // A line of a megabyte for each of them would take minutes.
    let text = "/**/".repeat(FILE_BYTES_MAX / 4 - 1);
    let (_, diagnostics) = parse(FileId(0), &text);
    let told: usize = diagnostics.iter().map(|one| 1 + one.more).sum();
    assert_eq!((diagnostics.len(), told), (SYNTAX_ERRORS_MAX, FILE_BYTES_MAX / 4 - 1));
}

#[test]
fn of_many_mistakes_the_first_in_the_file_are_told() {
    let (wrong, comment) = ("detector x { whne a }\n", "# why\n");
    for text in [format!("{comment}{wrong}").repeat(200), comment.repeat(200) + &wrong.repeat(200)] {
        let (_, diagnostics) = parse(FileId(0), &text);
        let lines: Vec<usize> = diagnostics
            .iter()
            .map(|one| text[..one.primary.range.start as usize].matches('\n').count())
            .collect();
        assert_eq!(lines, (0..SYNTAX_ERRORS_MAX).collect::<Vec<_>>());
        assert_eq!(diagnostics.last().unwrap().more, 400 - SYNTAX_ERRORS_MAX);
    }
    // What is wrong with an item is told before the comments in it.
    let text = format!("detector x {{\n  whne a\n{}}}\n", "  # why\n".repeat(200));
    let (_, diagnostics) = parse(FileId(0), &text);
    assert!(diagnostics.iter().any(|one| one.message.contains("whne")), "{diagnostics:?}");
}

#[test]
fn a_word_as_long_as_the_file_is_cut_in_the_message() {
    let found = on_small_stack("x".repeat(FILE_BYTES_MAX));
    assert!(found[0].2.len() < 100, "{}", found[0].2);
}
