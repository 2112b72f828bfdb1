//! What is right below a prefix. The library refuses a whole page for one key that it cannot take, which anybody may have put
//! there; then the page is asked for again, around that key.

use object_store::{
    Error, ObjectMeta,
    list::{PaginatedListOptions, PaginatedListStore},
    path::{self, Path},
};

/// Most keys of a page.
pub(crate) const PAGE_MAX: usize = 1_000;

/// By so much smaller is a page that is asked for again.
const SMALLER: usize = 10;

/// Behind it stands no key that begins as it does.
const LAST: char = char::MAX;

/// What is right below a prefix.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Below {
    /// Files.
    pub(crate) objects: Vec<ObjectMeta>,
    /// Prefixes of what is further below.
    pub(crate) prefixes: Vec<Path>,
    /// Keys, or prefixes of keys, that cannot be asked for.
    pub(crate) left_out: Vec<String>,
}

/// The key for which a page was refused.
pub(crate) fn refused(error: &Error) -> Option<&str> {
    if let Error::InvalidPath { source } = error
        && let path::Error::BadSegment { path, .. } | path::Error::EmptySegment { path } = source
    {
        Some(path)
    } else {
        None
    }
}

/// What is right below a prefix, around keys that are refused.
pub(crate) async fn around(
    pages: &dyn PaginatedListStore,
    prefix: &Path,
    page_max: usize,
) -> Result<Below, Error> {
    let prefix = if prefix.as_ref().is_empty() { String::new() } else { format!("{prefix}/") };
    let (mut below, mut most) = (Below::default(), page_max.max(1));
    let mut offset: Option<String> = None;
    loop {
        let options = PaginatedListOptions {
            offset: offset.clone(),
            delimiter: Some("/".into()),
            max_keys: Some(most),
            ..PaginatedListOptions::default()
        };
        let next = match pages
            .list_paginated(Some(&prefix).filter(|it| !it.is_empty()).map(String::as_str), options)
            .await
        {
            Ok(page) => {
                let key = page.result.objects.last().map(|object| object.location.to_string());
                let further = page.result.common_prefixes.last().map(|it| format!("{it}/{LAST}"));
                below.objects.extend(page.result.objects);
                below.prefixes.extend(page.result.common_prefixes);
                if page.page_token.is_none() {
                    return Ok(below);
                }
                // The key of the prefix itself has lost its last sign.
                key.into_iter().chain(further).chain([prefix.clone()]).max()
            }
            Err(error) => {
                let Some(key) = refused(&error) else { return Err(error) };
                if most > 1 {
                    most = (most / SMALLER).max(1);
                    continue;
                }
                let (key, next) = (key.to_owned(), format!("{key}{LAST}"));
                if offset.as_ref().is_some_and(|offset| *offset >= next) {
                    return Err(error);
                }
                below.left_out.push(key);
                most = page_max.max(1);
                Some(next)
            }
        };
        // Whatever a store gives, this ends: it goes on from further behind each time.
        if next <= offset {
            return Ok(below);
        }
        offset = next;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::{collections::BTreeSet, future::ready};

    use futures_core::future::BoxFuture;
    use object_store::{ListResult, list::PaginatedListResult};

    use super::*;

    /// Keys as a store lists them.
    struct Keys(BTreeSet<&'static str>);

    impl Keys {
        fn page(&self, prefix: &str, options: &PaginatedListOptions) -> Result<PaginatedListResult, Error> {
            let mut result = ListResult {
                common_prefixes: Vec::new(),
                objects: Vec::new(),
                extensions: Default::default(),
            };
            let (mut seen, mut is_cut) = (BTreeSet::new(), false);
            let offset = options.offset.as_deref().unwrap_or_default();
            for key in self.0.iter().filter(|key| key.starts_with(prefix) && **key > offset) {
                let rest = key.strip_prefix(prefix).unwrap_or_default();
                let shown = rest.split_once('/').map(|(first, _)| format!("{prefix}{first}/"));
                let is_new = seen.insert(shown.clone().unwrap_or_else(|| (*key).to_owned()));
                if !is_new {
                    continue;
                }
                if seen.len() > options.max_keys.unwrap_or(usize::MAX) {
                    is_cut = true;
                    break;
                }
                match shown {
                    Some(further) => result.common_prefixes.push(Path::parse(further)?),
                    None => result.objects.push(ObjectMeta {
                        location: Path::parse(key)?,
                        last_modified: Default::default(),
                        size: 1,
                        e_tag: None,
                        version: None,
                    }),
                }
            }
            Ok(PaginatedListResult { result, page_token: is_cut.then(|| "more".to_owned()) })
        }
    }

    impl PaginatedListStore for Keys {
        fn list_paginated<'a, 'p, 'f>(
            &'a self,
            prefix: Option<&'p str>,
            options: PaginatedListOptions,
        ) -> BoxFuture<'f, Result<PaginatedListResult, Error>>
        where
            'a: 'f,
            'p: 'f,
            Self: 'f,
        {
            Box::pin(ready(self.page(prefix.unwrap_or_default(), &options)))
        }
    }

    fn check(keys: &[&'static str], prefix: &str, found: &[&str], left_out: &[&str]) {
        let keys = Keys(keys.iter().copied().collect());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for page_max in [1, 2, 3, 100] {
            let below = runtime.block_on(around(&keys, &Path::from(prefix), page_max)).unwrap();
            let objects = below.objects.iter().map(|object| object.location.to_string());
            let mut all: Vec<String> = objects.chain(below.prefixes.iter().map(Path::to_string)).collect();
            all.sort();
            assert_eq!(
                (all.as_slice(), below.left_out.as_slice()),
                (
                    found.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>().as_slice(),
                    left_out.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>().as_slice()
                ),
                "{page_max}"
            );
        }
    }

    #[test]
    fn keys_that_cannot_be_asked_for_are_left_out_and_the_others_are_found() {
        let keys = [
            "other/x",
            "team/",
            "team//x",
            "team/./x",
            "team/.hidden/x",
            "team/a/r",
            "team/a/s",
            "team/a\nb/r",
            "team/a\nb/s",
            "team/a\nc",
            "team/b/r",
            "team/file",
            "team/z\u{1}",
            "team/z/r",
            "teams/x",
        ];
        check(
            &keys,
            "team",
            &["team", "team/.hidden", "team/a", "team/b", "team/file", "team/z"],
            &["team/./", "team//", "team/a\nb/", "team/a\nc", "team/z\u{1}"],
        );
        check(&keys, "", &["other", "team", "teams"], &[]);
        check(&["a/r", "b\n/r", "c/r"], "", &["a", "c"], &["b\n/"]);
        check(&[], "team", &[], &[]);
    }
}
