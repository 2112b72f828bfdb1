//! The page of each code: what it means, why it matters, a bad and a good example. Embedded, so that they are at hand
//! without a network.

use crate::{CODES, Code, CodeInfo};

/// The repository of this compiler.
pub const REPOSITORY: &str = "https://github.com/heal-lang/heal";

macro_rules! pages {
    ($($number:literal $name:literal,)*) => {
        /// Pages by number, ascending.
        const PAGES: &[(u16, &str)] =
            &[$(($number, include_str!(concat!("../../../docs/errors/", $name, ".md")))),*];
    };
}

pages! {
    1 "HEAL0001",
    2 "HEAL0002",
    3 "HEAL0003",
    4 "HEAL0004",
    5 "HEAL0005",
    6 "HEAL0006",
    101 "HEAL0101",
    102 "HEAL0102",
    103 "HEAL0103",
    104 "HEAL0104",
    105 "HEAL0105",
    201 "HEAL0201",
    202 "HEAL0202",
    203 "HEAL0203",
    204 "HEAL0204",
    205 "HEAL0205",
    206 "HEAL0206",
    207 "HEAL0207",
    208 "HEAL0208",
    209 "HEAL0209",
    210 "HEAL0210",
    211 "HEAL0211",
    212 "HEAL0212",
    213 "HEAL0213",
    214 "HEAL0214",
    215 "HEAL0215",
    216 "HEAL0216",
    301 "HEAL0301",
    302 "HEAL0302",
    303 "HEAL0303",
    304 "HEAL0304",
    305 "HEAL0305",
    306 "HEAL0306",
    307 "HEAL0307",
    308 "HEAL0308",
    309 "HEAL0309",
    310 "HEAL0310",
    311 "HEAL0311",
    312 "HEAL0312",
    401 "HEAL0401",
    402 "HEAL0402",
    403 "HEAL0403",
    404 "HEAL0404",
    405 "HEAL0405",
    406 "HEAL0406",
    407 "HEAL0407",
    408 "HEAL0408",
    501 "HEAL0501",
    502 "HEAL0502",
    503 "HEAL0503",
    601 "HEAL0601",
    602 "HEAL0602",
    603 "HEAL0603",
    604 "HEAL0604",
    701 "HEAL0701",
    702 "HEAL0702",
    703 "HEAL0703",
    704 "HEAL0704",
    901 "HEAL0901",
    902 "HEAL0902",
    910 "HEAL0910",
    911 "HEAL0911",
    912 "HEAL0912",
    921 "HEAL0921",
    922 "HEAL0922",
    923 "HEAL0923",
    924 "HEAL0924",
    925 "HEAL0925",
    927 "HEAL0927",
    928 "HEAL0928",
    929 "HEAL0929",
    930 "HEAL0930",
    931 "HEAL0931",
    932 "HEAL0932",
    933 "HEAL0933",
    934 "HEAL0934",
    935 "HEAL0935",
    936 "HEAL0936",
    940 "HEAL0940",
    941 "HEAL0941",
    950 "HEAL0950",
    951 "HEAL0951",
    965 "HEAL0965",
    966 "HEAL0966",
    980 "HEAL0980",
    981 "HEAL0981",
    982 "HEAL0982",
    990 "HEAL0990",
    991 "HEAL0991",
    992 "HEAL0992",
    994 "HEAL0994",
    995 "HEAL0995",
}

/// The page of a code, in Markdown.
#[must_use]
pub fn page(code: Code) -> Option<&'static str> {
    let at = PAGES.binary_search_by_key(&code.0, |(number, _)| *number).ok()?;
    PAGES.get(at).map(|(_, page)| *page)
}

/// Where the page of a code is on the web.
#[must_use]
pub fn page_address(code: Code) -> String {
    format!("{REPOSITORY}/blob/main/docs/errors/{code}.md")
}

/// What kind of problem a code is; none when it is not registered.
#[must_use]
pub fn code_title(code: Code) -> Option<&'static str> {
    CODES.iter().find(|info| info.code == code).map(|info| info.title)
}

/// The code that a person means by `HEAL0203`, `heal203` or `203`; none when the text is no code. It need not be
/// registered.
#[must_use]
pub fn read_code(text: &str) -> Option<Code> {
    let digits = text.trim().to_ascii_lowercase();
    let digits = digits.strip_prefix("heal").unwrap_or(&digits).trim_start_matches('-');
    let is_code = (1..=4).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_code { digits.parse().ok().map(Code) } else { None }
}

/// Registered codes that may be meant by a text that names none: with the nearest number, or with its words in their
/// titles. The best first, at most [`NEAR_MAX`].
#[must_use]
pub fn near_codes(text: &str) -> Vec<&'static CodeInfo> {
    let mut near: Vec<(usize, &CodeInfo)> = match read_code(text) {
        Some(code) => {
            let written = code.to_string();
            let distance = |info: &CodeInfo| strsim::damerau_levenshtein(&written, &info.code.to_string());
            CODES.iter().map(|info| (distance(info), info)).filter(|(distance, _)| *distance <= 1).collect()
        }
        None => {
            let words: Vec<String> = text
                .split(|one: char| !one.is_alphanumeric())
                .filter(|word| word.len() >= WORD_LETTERS_MIN)
                .map(str::to_lowercase)
                .collect();
            let missing = |info: &CodeInfo| {
                let title = info.title.to_lowercase();
                words.iter().filter(|word| !title.contains(word.as_str())).count()
            };
            let some = |missing: usize| missing < words.len();
            CODES.iter().map(|info| (missing(info), info)).filter(|(missing, _)| some(*missing)).collect()
        }
    };
    near.sort_by_key(|(distance, info)| (*distance, info.code));
    near.into_iter().map(|(_, info)| info).take(NEAR_MAX).collect()
}

/// Most codes that are proposed.
pub const NEAR_MAX: usize = 5;

/// Shorter words stand in every title.
const WORD_LETTERS_MIN: usize = 3;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::fmt::Write;

    use super::{PAGES, near_codes, page, read_code};
    use crate::{CODES, Code};

    #[test]
    fn codes_ascend_and_every_one_has_a_page_that_begins_with_its_title() {
        assert!(CODES.is_sorted_by_key(|info| info.code), "the registry ascends");
        let mut problems = Vec::new();
        for info in CODES {
            let expected = format!("# {}: {}\n", info.code, info.title);
            match page(info.code) {
                None => problems.push(format!("docs/errors/{}.md is not listed in pages.rs", info.code)),
                Some(page) if !page.starts_with(&expected) => {
                    problems.push(format!("docs/errors/{}.md begins otherwise than {expected:?}", info.code));
                }
                Some(page) => problems.extend(sections_missing(page, info.code)),
            }
        }
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(PAGES.len(), CODES.len(), "a page has no code");
    }

    fn sections_missing(page: &str, code: Code) -> impl Iterator<Item = String> {
        let sections = ["\n## Why\n", "\n## Bad\n", "\n## Good\n"];
        let missing = sections.into_iter().filter(move |section| !page.contains(section));
        missing.map(move |section| format!("docs/errors/{code}.md lacks {section:?}"))
    }

    #[test]
    fn the_list_of_pages_is_what_the_registry_says() {
        let mut list = String::from(
            "# Codes\n\n`heal explain CODE` shows a page offline, `heal explain --list` this list.\n\n\
             | code | what it says |\n|---|---|\n",
        );
        for info in CODES {
            writeln!(list, "| [{0}]({0}.md) | {1} |", info.code, info.title).unwrap();
        }
        let committed = include_str!("../../../docs/errors/README.md");
        assert!(list == committed, "docs/errors/README.md should be:\n{list}");
    }

    #[test]
    fn codes_are_read_as_people_write_them() {
        for text in ["HEAL0203", "heal0203", "HEAL203", "0203", "203", " HEAL-0203 "] {
            assert_eq!(read_code(text), Some(Code(203)), "{text}");
        }
        for text in ["", "HEAL", "HEAL02030", "counter", "-", "+203", "２０３"] {
            assert_eq!(read_code(text), None, "{text}");
        }
    }

    #[test]
    fn what_was_meant_is_proposed_by_number_and_by_word() {
        let near = |text: &str| -> Vec<String> {
            near_codes(text).iter().map(|info| info.code.to_string()).collect()
        };
        assert!(near("HEAL0230").contains(&"HEAL0203".to_owned()), "{:?}", near("HEAL0230"));
        assert_eq!(near("counter without rate").first().map(String::as_str), Some("HEAL0206"));
        assert_eq!(near("of"), Vec::<String>::new());
    }
}
