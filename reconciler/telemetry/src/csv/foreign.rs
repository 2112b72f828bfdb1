//! Files that are no comma-separated text in UTF-8: what they are, and what makes them so.

/// What a file is, and what to run first, if it is compressed or in another encoding; the rest of a sentence that begins
/// with the file.
#[must_use]
pub fn foreign(file: &str, bytes: &[u8]) -> Option<String> {
    const PACKED: [(&[u8], &str, &str); 6] = [
        (&[0x1f, 0x8b], "gzip", "gzip -dc"),
        (&[0x28, 0xb5, 0x2f, 0xfd], "zstd", "zstd -dc"),
        (&[0xfd, b'7', b'z', b'X', b'Z'], "xz", "xz -dc"),
        (b"BZh", "bzip2", "bzip2 -dc"),
        (b"PK\x03\x04", "zip", "unzip -p"),
        (&[0x04, 0x22, 0x4d, 0x18], "lz4", "lz4 -dc"),
    ];
    if let Some((_, name, command)) = PACKED.iter().find(|(start, _, _)| bytes.starts_with(start)) {
        return Some(format!("is packed with {name}: unpack it first, `{command} {file} > UNPACKED`"));
    }
    if bytes.starts_with(b"PAR1") {
        return Some(
            "is Parquet: a recording is read where it is, and others are imported as CSV".to_owned(),
        );
    }
    let is_utf16 = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        // Without a mark of byte order: letters of ASCII, each beside a zero.
        [0, letter, 0, other, ..] | [letter, 0, other, 0, ..] => *letter != 0 && *other != 0,
        _ => false,
    };
    is_utf16.then(|| {
        format!("is UTF-16, not UTF-8: turn it into that first, `iconv -f UTF-16 -t UTF-8 {file} > UTF8`")
    })
}

/// What to do about a file whose first line has no `,` and is apart by something else; nothing where that is not so. The
/// rest of a sentence that begins with the file.
#[must_use]
pub fn other_delimiter(file: &str, bytes: &[u8]) -> Option<String> {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if first.contains(&b',') {
        return None;
    }
    // Of text, even in an old encoding, no byte is 0.
    if first.contains(&0) {
        return Some("is no text: its first line has bytes that are 0".to_owned());
    }
    let mut delimiters = [(b';', "`;`"), (b'\t', "tabs"), (b'|', "`|`")].into_iter();
    let (delimiter, name) = delimiters.find(|(it, _)| first.contains(it))?;
    let what = format!("line 1: the cells are apart by {name}, and `,` is needed:");
    // Where there are commas too, they are those of numbers, and a number needs a point.
    if bytes.contains(&b',') {
        return Some(format!("{what} export it so, with a point in numbers"));
    }
    let delimiter = char::from(delimiter).escape_default();
    Some(format!("{what} `tr '{delimiter}' ',' < {file} > COMMAS` makes it so"))
}

#[cfg(test)]
mod tests {
    use super::{foreign, other_delimiter};

    #[test]
    fn a_file_in_another_form_is_named_with_what_to_run() {
        let check = |bytes: &[u8], expected: &str| {
            let found = foreign("a.csv", bytes);
            assert!(found.as_ref().is_some_and(|it| it.contains(expected)), "{bytes:?}: {found:?}");
        };
        check(&[0x1f, 0x8b, 8, 0], "`gzip -dc a.csv > UNPACKED`");
        check(b"PK\x03\x04xx", "zip");
        check(b"PAR1", "Parquet");
        check(b"\xff\xfet\0i\0", "`iconv -f UTF-16 -t UTF-8 a.csv > UTF8`");
        check(b"t\0i\0m\0", "UTF-16");
        check(b"\0t\0i\0m", "UTF-16");
        for sound in [&b""[..], b"timestamp,value\n", b"a\0", b"\xef\xbb\xbfa,b"] {
            assert_eq!(foreign("a.csv", sound), None, "{sound:?}");
        }
    }

    #[test]
    fn another_delimiter_is_named_with_what_makes_it_a_comma() {
        let of = |text: &str| other_delimiter("a.csv", text.as_bytes());
        assert_eq!(
            of("timestamp\tvalue\n0\t1\n").as_deref(),
            Some(
                "line 1: the cells are apart by tabs, and `,` is needed: `tr '\\t' ',' < a.csv > COMMAS` makes it so"
            )
        );
        assert!(of("a;b\n0;1,5\n").is_some_and(|it| it.ends_with("with a point in numbers")));
        assert_eq!(of("timestamp\n0;1\n"), None);
        assert!(of("\u{7f}ELF|\0\0\n").is_some_and(|it| it.starts_with("is no text")));
        assert_eq!(of("timestamp,a;b\n0,1\n"), None);
    }
}
