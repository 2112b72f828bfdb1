//! Near words: what a misspelt one was meant to be.

/// Longest word that is compared.
const WORD_LENGTH_MAX: usize = 24;

/// The one candidate that is nearest to `word` and near enough; none when two are equally near.
pub(super) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() < 2 || word.len() > WORD_LENGTH_MAX {
        return None;
    }
    let word = word.to_lowercase();
    let most = if word.len() <= 3 { 1 } else { 2 };
    let mut best: Option<(usize, &str)> = None;
    let mut is_tied = false;
    for candidate in candidates {
        let distance = distance(&word, &candidate.to_lowercase());
        // Two letters of three would be nearly another word.
        let most = if candidate.len() < 4 { most.min(1) } else { most };
        if distance > most || best.is_some_and(|(_, other)| other == candidate) {
            continue;
        }
        is_tied = best.is_some_and(|(least, _)| least == distance);
        if best.is_none_or(|(least, _)| distance <= least) {
            best = Some((distance, candidate));
        }
    }
    best.filter(|_| !is_tied).map(|(_, candidate)| candidate)
}

/// How many letters must be inserted, removed, replaced or swapped with their neighbour to get from one to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    let mut previous = None;
    for (row, letter) in from.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, other) in to.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX - 1);
            let replaced = at(&last, column) + usize::from(letter != *other);
            let mut least = replaced.min(at(&last, column + 1) + 1).min(at(&current, column) + 1);
            let before = column.checked_sub(1).and_then(|index| to.get(index));
            if previous == Some(*other) && before == Some(&letter) {
                least = least.min(at(&before_last, column.saturating_sub(1)) + 1);
            }
            current.push(least);
        }
        before_last = std::mem::replace(&mut last, current);
        previous = Some(letter);
    }
    last.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_swapped_or_missing_letter_is_near() {
        let words = ["when", "for", "clear", "severity"];
        assert_eq!(nearest("whne", words), Some("when"));
        assert_eq!(nearest("When", words), Some("when"));
        assert_eq!(nearest("severty", words), Some("severity"));
        assert_eq!(nearest("fro", words), Some("for"));
    }

    #[test]
    fn a_word_as_near_to_two_suggests_neither() {
        assert_eq!(nearest("tem", ["ten", "ter"]), None);
        assert_eq!(nearest("elephant", ["when", "for"]), None);
        assert_eq!(nearest("x", ["y"]), None);
        assert_eq!(nearest("alert", ["let", "use"]), None);
    }

    #[test]
    fn the_same_candidate_twice_is_no_tie() {
        assert_eq!(nearest("rsk", ["risk", "risk"]), Some("risk"));
    }
}
