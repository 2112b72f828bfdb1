//! Any bytes are read: no panic, and every place in the tree's comments and diagnostics is one of the text.
#![no_main]

use heal_diagnostics::FileId;
use heal_fuzz::text;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = text(bytes);
    let (tree, diagnostics) = heal_syntax::parse(FileId(0), &text);
    let ranges = tree.items.iter().map(|item| item.range).chain(tree.comments.iter().map(|comment| comment.range));
    let labels = diagnostics.iter().flat_map(|it| it.secondary.iter().chain([&it.primary]).map(|label| label.range));
    let edits = diagnostics.iter().flat_map(|it| it.fixes.iter().flat_map(|fix| fix.edits.iter().map(|it| it.range)));
    for range in ranges.chain(labels).chain(edits) {
        assert!(text.get(range.start as usize..range.end as usize).is_some(), "{range:?} is none of the text");
    }
    let (again, same) = heal_syntax::parse(FileId(0), &text);
    assert_eq!(tree.items, again.items);
    assert_eq!(diagnostics, same);
});
