//! What of a query hangs on where a range begins and ends.

/// The modifier `@ start()` or `@ end()` of a query, if it has one: its value would differ from piece to piece.
pub(super) fn bound_to_the_range(query: &str) -> Option<&'static str> {
    let mut rest = query;
    while let Some(at) = rest.find(['"', '\'', '`', '#', '@']) {
        let (sign, after) = rest.get(at..)?.split_at_checked(1)?;
        rest = match sign {
            "#" => after.split_once('\n').map_or("", |(_, after)| after),
            "@" => {
                let word = after.trim_start();
                for (name, modifier) in [("start", "@ start()"), ("end", "@ end()")] {
                    let call = word.strip_prefix(name).map(str::trim_start);
                    if call.is_some_and(|call| call.starts_with('(')) {
                        return Some(modifier);
                    }
                }
                after
            }
            quote => after_text(after, quote),
        };
    }
    None
}

/// What follows a text in quotes, whose first one is read already. Only backticks know no escapes.
fn after_text<'a>(text: &'a str, quote: &str) -> &'a str {
    let mut is_escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if quote != "`" => is_escaped = true,
            _ if quote.starts_with(character) => return text.get(at + 1..).unwrap_or_default(),
            _ => {}
        }
    }
    ""
}
