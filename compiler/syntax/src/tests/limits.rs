//! x
use heal_diagnostics::FileId;
#[test]
fn show_cases() {
    let all = std::fs::read_to_string("/tmp/syn/cases.txt").unwrap();
    for text in all.split("====\n") {
        let (tree, d) = crate::parse(FileId(0), text);
        println!("------\n{text}>>>>\n{}", super::rendered(text, &d));
        println!("{}", super::show::file(&tree));
        if !tree.unread.is_empty() {
            println!("unread {:?}", tree.unread);
        }
    }
}
