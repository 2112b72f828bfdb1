//! Where comments go.

use super::check;

#[test]
fn comments_stay_on_their_lines() {
    check(
        "// a\n\n//b\nuse a   // c\n// d\n\ndetector x {   // e\n\n // f\n  when a //g\n // h\n\n  for 2m\n\n // i\n} // j\n\n\n// k\n// l",
        "// a\n\n//b\nuse a // c\n// d\n\ndetector x { // e\n\n  // f\n  when a //g\n  // h\n\n  for 2m\n\n  // i\n} // j\n\n// k\n// l\n",
    );
}

#[test]
fn comments_inside_of_a_statement_go_before_it() {
    check(
        "detector x {\n  for 2m // a\n  when a // b\n\n    && [1, // c\n 2] // d\n}",
        "detector x {\n  for 2m // a\n  // b\n  // c\n  when a && [1, 2] // d\n}\n",
    );
    check("param a: count // one\n = 1 // two\n", "// one\nparam a: count = 1 // two\n");
}

#[test]
fn comments_inside_of_a_head_go_behind_its_brace() {
    check(
        "signal a // one {\n : count // two\n by (x) { // three\n every 5s }",
        "signal a: count by (x) { // one {\n  // two\n  // three\n  every 5s\n}\n",
    );
    check(
        "policy p { guard // one\n { limit 1 per 1h // two\n } // three\n }",
        "policy p {\n  guard { // one\n    limit 1 per 1h // two\n  } // three\n}\n",
    );
}

#[test]
fn a_block_of_comments_is_not_empty() {
    check("detector x { // a\n}", "detector x { // a\n}\n");
    check("detector x {\n // a\n}", "detector x {\n  // a\n}\n");
}

#[test]
fn documentation_stays_documentation_and_nothing_becomes_it() {
    check(
        "/// a\n\n// b\n/// c\n\ndetector x { /// d\n} /// e\n",
        "/// a\n// b\n/// c\ndetector x { /// d\n} /// e\n",
    );
    check("pub use /// a\n b.c /// d\nuse e", "pub use /// a\n  b.c /// d\nuse e\n");
    check("param //! a\n b: // c\n count = 1", "param //! a\n  // c\n  b: count = 1\n");
    check("use a\n//! b\nuse c\n/// d\n", "use a\n//! b\nuse c\n/// d\n");
}

#[test]
fn a_comment_between_items_belongs_to_the_next_unless_it_stands_apart() {
    check("detector x {}\n// a\ndetector y {}", "detector x {}\n\n// a\ndetector y {}\n");
    check("detector x {}\n// a\n\ndetector y {}", "detector x {}\n// a\n\ndetector y {}\n");
}

#[test]
fn slashes_in_texts_are_no_comments() {
    check("channel c { http POST 'https://x' // a\n}", "channel c {\n  http POST \"https://x\" // a\n}\n");
}
