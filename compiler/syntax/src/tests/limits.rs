//! x
use heal_diagnostics::FileId;
#[test]
fn show_cases() {
    let all = std::fs::read_to_string("/tmp/syn/cases.txt").unwrap();
    for text in all.split("=#=#=#=\n") {
        let (tree, d) = crate::parse(FileId(0), text.strip_suffix('\n').unwrap());
        println!("RESULT>\n{}<RESULT", super::rendered(text, &d));
    }
}
