//! The key that is asked about: the whole of it, or some of its fields.

use heal_engine::Key;
use heal_program::{DetectorIndex, Timestamp};

use crate::{NoAnswer, detection::Own, times::instant};

/// Most keys that are named where several match, or none.
const NAMED_MAX: usize = 8;

/// A key as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asking {
    /// With all its fields.
    Whole(Key),
    /// With some of them.
    Part(Part),
}

/// Some fields of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Field by field, in the order of the key; none: whatever it is.
    named: Vec<Option<String>>,
    /// Values of whatever fields.
    values: Vec<String>,
}

impl Asking {
    /// `cart/a`, `cart, a`, `namespace: "cart", pod: "a"`, or a part of that; none where it can be no key of these fields.
    pub(crate) fn of(written: &str, names: &[String]) -> Option<Asking> {
        let unquoted = |text: &str| text.trim().trim_matches('"').to_owned();
        let parts = split_outside_quotes(written);
        let named: Vec<(String, String)> = parts
            .iter()
            .filter_map(|part| part.split_once(':'))
            .filter(|(name, _)| names.iter().any(|known| known == name.trim()))
            .map(|(name, value)| (name.trim().to_owned(), unquoted(value)))
            .collect();
        if !named.is_empty() {
            if named.len() != parts.len() {
                return None;
            }
            let value =
                |name: &String| named.iter().find(|(other, _)| other == name).map(|(_, it)| it.clone());
            return Some(Asking::named(names.iter().map(value).collect()));
        }
        let slashed: Vec<&str> = written.split('/').collect();
        let in_order = |parts: &[&str]| Asking::Whole(parts.iter().map(|part| unquoted(part)).collect());
        match names.len() {
            0 => None,
            1 => Some(Asking::Whole(vec![unquoted(written)])),
            many if parts.len() == many => Some(in_order(&parts)),
            many if slashed.len() == many => Some(in_order(&slashed)),
            many if parts.len() > many || slashed.len() > many => None,
            many => {
                let written = if parts.len() > 1 { parts } else { slashed };
                let values: Vec<String> = written.iter().map(|part| unquoted(part)).collect();
                let is_empty = values.iter().any(String::is_empty);
                (!is_empty).then(|| Asking::Part(Part { named: vec![None; many], values }))
            }
        }
    }

    fn named(named: Vec<Option<String>>) -> Asking {
        let whole: Option<Key> = named.iter().cloned().collect();
        match whole {
            Some(key) => Asking::Whole(key),
            None => Asking::Part(Part { named, values: Vec::new() }),
        }
    }
}

impl Part {
    fn is_of(&self, key: &Key) -> bool {
        let mut named = self.named.iter().zip(key);
        named.all(|(wanted, value)| wanted.as_ref().is_none_or(|wanted| wanted == value))
            && self.values.iter().all(|value| key.contains(value))
    }

    /// Which keys are meant by it.
    pub(crate) fn note(&self, asked: &str, matching: &[Key]) -> Option<String> {
        Some(format!("`{asked}` names a part of the key: {}.", named(matching, "matches")?))
    }
}

/// The keys that were seen up to a time and that a part is of.
pub(crate) fn matching(
    (_, life): Own<'_>,
    (detector, part): (DetectorIndex, &Part),
    (asked, at): (&str, Timestamp),
) -> Result<Vec<Key>, NoAnswer> {
    let (matching, others): (Vec<Key>, Vec<Key>) =
        life.keys_at(detector, at)?.into_iter().partition(|key| part.is_of(key));
    if matching.is_empty() {
        let seen = named(&others, "seen were").map(|seen| format!("; {seen}")).unwrap_or_default();
        let said = format!("no key up to {} matches `{asked}`{seen}", instant(at));
        return Err(NoAnswer::NoKey { said });
    }
    Ok(matching)
}

/// ``seen were `eu/a`, `eu/b` and 3 more``; none of no key.
fn named(keys: &[Key], verb: &str) -> Option<String> {
    let names: Vec<String> = keys.iter().take(NAMED_MAX).map(|key| format!("`{}`", key.join("/"))).collect();
    let more = keys.len().saturating_sub(NAMED_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!names.is_empty()).then(|| format!("{verb} {}{more}", names.join(", ")))
}

/// The parts between commas; one in quotes belongs to its value.
fn split_outside_quotes(written: &str) -> Vec<&str> {
    let mut is_quoted = false;
    let at_comma = |c: char| {
        is_quoted ^= c == '"';
        c == ',' && !is_quoted
    };
    written.split(at_comma).collect()
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    fn asked(written: &str, names: &[&str]) -> Option<Asking> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Asking::of(written, &names)
    }

    fn whole(values: &[&str]) -> Option<Asking> {
        Some(Asking::Whole(values.iter().map(|it| (*it).to_owned()).collect()))
    }

    #[test]
    fn a_key_is_whole_with_all_its_fields_and_a_part_with_some() {
        assert_eq!(asked("eu/a", &["zone", "pod"]), whole(&["eu", "a"]));
        assert_eq!(asked("eu, \"a, b\"", &["zone", "pod"]), whole(&["eu", "a, b"]));
        assert_eq!(asked("pod: \"a\", zone: eu", &["zone", "pod"]), whole(&["eu", "a"]));
        assert_eq!(asked("a/b", &["path"]), whole(&["a/b"]));
        let part = |written: &str| match asked(written, &["zone", "pod"]) {
            Some(Asking::Part(part)) => part,
            other => panic!("{other:?}"),
        };
        let key = |zone: &str, pod: &str| vec![zone.to_owned(), pod.to_owned()];
        assert!(part("pod: a").is_of(&key("eu", "a")) && !part("pod: a").is_of(&key("a", "eu")));
        assert!(part("a").is_of(&key("eu", "a")) && part("a").is_of(&key("a", "eu")));
        for wrong in ["", "a/b/c", "pod: a, host: b", "a, b, c"] {
            assert_eq!(asked(wrong, &["zone", "pod"]), None, "{wrong}");
        }
    }
}
