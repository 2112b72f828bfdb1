//! Bounds: size, depth, windows, cost.

use super::world::*;
use crate::{DEPTH_MAX, WINDOWS_MAX};

#[test]
fn what_names_stand_for_counts() {
    assert_eq!(said("grown > 1"), Vec::<String>::new());
    assert_eq!(said("grown_more > 1"), Vec::<String>::new());
    let (none, diagnostics) = checked("grown_more + grown_more + huge > 1 && huge < 3");
    assert!(none.is_none());
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(
        diagnostics[0].message,
        "with what its names stand for, this has more than 2000 operators and operands"
    );
}

#[test]
fn windows_have_a_bound() {
    let windows = |count: usize| vec!["latency.avg(5m)"; count].join(" + ");
    assert_eq!(said(&windows(WINDOWS_MAX)), Vec::<String>::new());
    let (_, diagnostics) = checked(&windows(WINDOWS_MAX + 1));
    assert_eq!(diagnostics[0].message, "this reads 65 windows, and at most 64 may be");
}

#[test]
fn what_macros_cost_has_a_bound() {
    assert_eq!(said("body.a.all(x, x > 1 && x < 3)"), Vec::<String>::new());
    assert_eq!(said("body.a.all(x, [1, 2, 3].all(y, y < x))"), Vec::<String>::new());
    says(
        "body.a.all(x, body.b.all(y, y < x))",
        "`body.a.all(x, body.b.all(y, y < x))` 0216 evaluating this may take more than 100000 steps",
    );
    let long = format!("[{}]", vec!["1"; 1_001].join(", "));
    let (_, diagnostics) = checked(&format!("1 in {long}"));
    assert_eq!(diagnostics[0].message, "this list has 1001 elements, and at most 1000 may be");
}

#[test]
fn the_deepest_expression_is_fine_and_a_deeper_one_told_once() {
    let nested = |depth: usize| vec!["load > 1"; depth].join(" && ");
    assert_eq!(said(&nested(DEPTH_MAX - 1)), Vec::<String>::new());
    assert_eq!(checked(&nested(DEPTH_MAX)).1.len(), 1);
}
