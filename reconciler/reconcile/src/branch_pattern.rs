//! Which branches belong to the reconciler.

use std::fmt;

/// Longest pattern, in bytes.
const PATTERN_BYTES_MAX: usize = 256;

/// A pattern over branch names: `*` stands for any run of characters but `/`, `**` for any run, all else for itself.
/// Branches have to match as a whole, and a star never stands for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchPattern {
    text: String,
    tokens: Vec<Token>,
}

/// A text that cannot be a pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BranchPatternError {
    /// Nothing would match.
    #[error("the branch pattern is empty: write for example `heal/**`")]
    Empty,
    /// Too long.
    #[error("the branch pattern has {0} bytes: write one of at most {max}", max = PATTERN_BYTES_MAX)]
    TooLong(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Literal(char),
    /// One or more characters but `/`.
    Star,
    /// One or more characters.
    DoubleStar,
}

impl BranchPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When it is empty or too long.
    pub fn new(text: &str) -> Result<BranchPattern, BranchPatternError> {
        if text.is_empty() {
            return Err(BranchPatternError::Empty);
        }
        if text.len() > PATTERN_BYTES_MAX {
            return Err(BranchPatternError::TooLong(text.len()));
        }
        Ok(BranchPattern { text: text.to_owned(), tokens: tokens(text) })
    }

    /// Whether `branch`, without `refs/heads/`, is under the pattern.
    #[must_use]
    pub fn matches(&self, branch: &str) -> bool {
        // The set of token positions that a prefix of the name can have reached; linear in tokens times characters.
        let mut reached = vec![false; self.tokens.len() + 1];
        if let Some(first) = reached.first_mut() {
            *first = true;
        }
        for character in branch.chars() {
            let mut next = vec![false; reached.len()];
            for (at, token) in self.tokens.iter().enumerate() {
                let entered = reached.get(at).copied().unwrap_or(false);
                let inside = reached.get(at + 1).copied().unwrap_or(false);
                let advances = match token {
                    Token::Literal(expected) => entered && *expected == character,
                    Token::Star => (entered || inside) && character != '/',
                    Token::DoubleStar => entered || inside,
                };
                if advances && let Some(slot) = next.get_mut(at + 1) {
                    *slot = true;
                }
            }
            reached = next;
        }
        reached.last().copied().unwrap_or(false)
    }
}

impl Default for BranchPattern {
    /// `heal/**`
    fn default() -> BranchPattern {
        BranchPattern { text: "heal/**".to_owned(), tokens: tokens("heal/**") }
    }
}

impl fmt::Display for BranchPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for character in text.chars() {
        match (character, tokens.last()) {
            ('*', Some(Token::Star | Token::DoubleStar)) => {
                tokens.pop();
                tokens.push(Token::DoubleStar);
            }
            ('*', Some(Token::Literal(_)) | None) => tokens.push(Token::Star),
            (literal, _) => tokens.push(Token::Literal(literal)),
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::{BranchPattern, BranchPatternError};

    fn check(pattern: &str, yes: &[&str], no: &[&str]) {
        let pattern = BranchPattern::new(pattern).unwrap();
        for branch in yes {
            assert!(pattern.matches(branch), "{pattern} should match {branch}");
        }
        for branch in no {
            assert!(!pattern.matches(branch), "{pattern} should not match {branch}");
        }
    }

    #[test]
    fn stars_stay_in_a_segment_and_double_stars_do_not() {
        check("heal/**", &["heal/a", "heal/a/b"], &["heal", "heal/", "xheal/a", "main", ""]);
        check("heal/*", &["heal/a", "heal/leaks-2"], &["heal/a/b", "heal/"]);
        check("*/heal/*", &["team/heal/a"], &["a/b/heal/c", "heal/a"]);
        check("**", &["main", "a/b"], &[""]);
        check("heal/**/fix", &["heal/a/fix", "heal/a/b/fix"], &["heal/fix", "heal/a/fixed"]);
        check("heal/ä*", &["heal/äb"], &["heal/ab"]);
        check("exact", &["exact"], &["exactly", "exac"]);
    }

    #[test]
    fn the_default_is_everything_below_heal() {
        assert_eq!(BranchPattern::default(), BranchPattern::new("heal/**").unwrap());
    }

    #[test]
    fn many_stars_stay_cheap() {
        let pattern = BranchPattern::new(&"*a".repeat(100)).unwrap();
        assert!(!pattern.matches(&"a".repeat(5_000).replace("aaaa", "aaab")));
    }

    #[test]
    fn empty_and_endless_patterns_are_refused() {
        assert_eq!(BranchPattern::new(""), Err(BranchPatternError::Empty));
        assert_eq!(BranchPattern::new(&"a".repeat(257)), Err(BranchPatternError::TooLong(257)));
    }
}
