//! x
use super::{TOUR, parse_valid, show};
#[test]
fn tour() {
    let t = parse_valid(TOUR);
    println!("{}", show::file(&t));
    println!("{:?}", t.comments);
}
