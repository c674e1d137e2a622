//! `key=value`, and the two ways the kernel writes a string that somebody else chose.

use memchr::memchr;
use nom::{
    IResult, Parser as _,
    bytes::complete::{tag, take_until, take_while1},
    combinator::{map, rest},
    sequence::delimited,
};

/// How the values of a record are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notation {
    /// By the kernel: a bare value of a string field is hexadecimal.
    Raw,
    /// By a tool or by hand (`ausearch -i`): a bare value may hold blanks, and digits are digits.
    Interpreted,
}

/// A value with its own quoting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// Between quotation marks or braces.
    Quoted(&'a [u8]),
    /// Without any.
    Bare(&'a [u8]),
    /// The closing mark is missing: the record was cut.
    Unclosed(&'a [u8]),
}

impl<'a> Value<'a> {
    /// What stands in the log.
    pub fn text(self) -> &'a [u8] {
        match self {
            Self::Quoted(text) | Self::Bare(text) | Self::Unclosed(text) => text,
        }
    }

    /// What a string field says: hexadecimal decoded, `(null)` taken as nothing.
    pub fn string(self, notation: Notation) -> Option<Box<[u8]>> {
        match self {
            Self::Bare(b"(null)" | b"") => None,
            Self::Bare(text) => Some(unhex(text, notation).map_or_else(|| text.into(), Vec::into_boxed_slice)),
            Self::Quoted(text) | Self::Unclosed(text) => Some(text.into()),
        }
    }
}

/// One `key=value`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field<'a> {
    pub key: &'a [u8],
    pub value: Value<'a>,
}

/// The fields of a record's text in their order; words that are no field are passed over.
///
/// It ends at the byte 0x1D that auditd's ENRICHED format puts before the translated values, and passes over keys in
/// capital letters, which is what such values are called where that byte got lost.
pub(super) fn fields(text: &[u8], notation: Notation) -> Fields<'_> {
    let end = memchr(0x1d, text).unwrap_or(text.len());
    Fields { rest: text.get(..end).unwrap_or(text), notation }
}

pub(super) struct Fields<'a> {
    rest: &'a [u8],
    notation: Notation,
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        loop {
            let (rest, ()) = blanks(self.rest).ok()?;
            if rest.is_empty() {
                return None;
            }
            if let Some((rest, field)) = field(rest, self.notation) {
                self.rest = rest;
                if !field.key.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_') {
                    return Some(field);
                }
            } else {
                let (_, word) = word(rest).ok()?;
                // A word that begins with what ends words (half of a no-break space) is one byte long.
                self.rest = rest.get(word.len().max(1)..)?;
            }
        }
    }
}

/// Of the bytes of a log that matter most are in fields: their first byte says what they are, and nothing is tried twice.
fn field(input: &[u8], notation: Notation) -> Option<(&[u8], Field<'_>)> {
    let end = input.iter().position(|byte| !is_key_byte(*byte)).filter(|end| *end > 0)?;
    let (key, rest) = input.split_at_checked(end)?;
    let rest = rest.strip_prefix(b"=")?;
    let value = match rest.first() {
        Some(b'"') => Ok(quoted(rest)),
        Some(b'\'') => inner_message(rest),
        Some(b'{') => braced(rest).or_else(|_| bare(rest, key, notation)),
        _ => bare(rest, key, notation),
    };
    let (rest, value) = value.ok()?;
    Some((rest, Field { key, value }))
}

fn quoted(input: &[u8]) -> (&[u8], Value<'_>) {
    let inside = input.get(1..).unwrap_or_default();
    match memchr(b'"', inside).and_then(|end| Some((inside.get(end + 1..)?, inside.get(..end)?))) {
        Some((rest, inside)) => (rest, Value::Quoted(inside)),
        None => (&[], Value::Unclosed(inside)),
    }
}

/// `msg='…'` of a program: it may hold apostrophes itself, so the last one ends it.
fn inner_message(input: &[u8]) -> IResult<&[u8], Value<'_>> {
    let (after, _) = tag("'").parse(input)?;
    let end = after.iter().rposition(|byte| *byte == b'\'');
    match end.and_then(|end| Some((after.get(end + 1..)?, after.get(..end)?))) {
        Some((rest, inside)) => Ok((rest, Value::Quoted(inside))),
        None => Ok((&[], Value::Unclosed(after))),
    }
}

/// `saddr={ saddr_fam=inet … }` of translated records.
fn braced(input: &[u8]) -> IResult<&[u8], Value<'_>> {
    map(delimited(tag("{"), take_until("}"), tag("}")), Value::Quoted).parse(input)
}

fn bare<'a>(input: &'a [u8], key: &[u8], notation: Notation) -> IResult<&'a [u8], Value<'a>> {
    if key == b"proctitle" && notation == Notation::Interpreted {
        return map(rest, |all: &[u8]| Value::Bare(all.trim_ascii_end())).parse(input);
    }
    let (mut after, mut value) = word(input)?;
    while notation == Notation::Interpreted && is_string(key) {
        let (next, ()) = blanks(after)?;
        let (beyond, more) = word(next)?;
        if more.is_empty() || (take_while1(is_key_byte), tag("=")).parse(next as &[u8]).map_err(discard).is_ok() {
            break;
        }
        after = beyond;
        value = input.get(..input.len() - beyond.len()).unwrap_or(value);
    }
    Ok((after, Value::Bare(value)))
}

fn discard(_: nom::Err<nom::error::Error<&[u8]>>) {}

/// Blanks of every kind, the no-break space of web pages too.
#[allow(clippy::unnecessary_wraps)] // likewise
pub(super) fn blanks(input: &[u8]) -> IResult<&[u8], ()> {
    let mut rest = input;
    loop {
        match rest {
            [b' ' | b'\t' | b'\r' | b'\n', after @ ..] | [0xc2, 0xa0, after @ ..] => rest = after,
            _ => return Ok((rest, ())),
        }
    }
}

/// Everything up to the next blank.
#[allow(clippy::unnecessary_wraps)] // the shape of a nom parser
pub(super) fn word(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let mut end = 0;
    loop {
        // Half of a no-break space is looked at closer; everything else here ends a word.
        let may_end = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x1d | 0xc2);
        end += input.get(end..).unwrap_or_default().iter().position(may_end).unwrap_or(input.len() - end);
        match input.get(end..) {
            Some([0xc2, next, ..]) if *next != 0xa0 => end += 1,
            Some([0xc2]) => end += 1,
            _ => break,
        }
    }
    let (word, rest) = input.split_at_checked(end).unwrap_or((input, b""));
    Ok((rest, word))
}

pub(super) fn is_key_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'[' | b']')
}

/// Whether the kernel writes this field by `audit_log_untrustedstring` or `audit_log_d_path`: only there is hexadecimal text.
pub(super) fn is_string(key: &[u8]) -> bool {
    matches!(
        key,
        b"comm"
            | b"exe"
            | b"path"
            | b"name"
            | b"cwd"
            | b"proctitle"
            | b"ocomm"
            | b"pcomm"
            | b"trawcon"
            | b"srawcon"
            | b"invalid_context"
            | b"kmod"
            | b"cmdline"
            | b"anonclass"
            | b"key_desc"
    )
}

/// Decodes what `audit_log_n_hex` wrote. It is used only where the text holds a quotation mark or a byte below `!` or
/// above `~`, so a value that decodes to none of these was no hexadecimal; a path is one all the same, some object managers
/// and log collectors encode them all.
fn unhex(text: &[u8], notation: Notation) -> Option<Vec<u8>> {
    let bytes = hex(text)?;
    let path = notation == Notation::Raw && bytes.len() > 1 && bytes.starts_with(b"/");
    let needed = path || bytes.iter().any(|byte| *byte == b'"' || *byte < 0x21 || *byte > 0x7e);
    let digits = notation == Notation::Interpreted && text.iter().all(u8::is_ascii_digit);
    (needed && !digits).then_some(bytes)
}

/// The bytes that an even number of hexadecimal digits stands for. The kernel writes capital letters only.
pub(super) fn hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    };
    let (pairs, odd) = text.as_chunks::<2>();
    if pairs.is_empty() || !odd.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, notation: Notation) -> Vec<(String, String)> {
        let show = |bytes: &[u8]| crate::selinux::printable(bytes);
        fields(text.as_bytes(), notation)
            .map(|field| {
                let value = if is_string(field.key) {
                    field.value.string(notation).map_or("nothing".into(), |value| show(&value))
                } else {
                    show(field.value.text())
                };
                (show(field.key), value)
            })
            .collect()
    }

    #[test]
    fn reads_each_kind_of_value() {
        for (text, notation, expected) in [
            ("pid=5 comm=\"a b\" x", Notation::Raw, vec![("pid", "5"), ("comm", "a b")]),
            ("comm=72733A6D61696E20513A526567", Notation::Raw, vec![("comm", "rs:main Q:Reg")]),
            // No hexadecimal: in small letters, or what would have been written between quotation marks.
            (
                "name=cafe path=6162 dest=3306",
                Notation::Raw,
                vec![("name", "cafe"), ("path", "6162"), ("dest", "3306")],
            ),
            ("path=2F7661722F6C6F67 exe=2F", Notation::Raw, vec![("path", "/var/log"), ("exe", "2F")]),
            ("path=2F7661722F6C6F67", Notation::Interpreted, vec![("path", "2F7661722F6C6F67")]),
            ("path=006A6477702D636F6E74726F6C", Notation::Raw, vec![("path", r"\x00jdwp-control")]),
            (
                "name=1234 comm=Web Content exe=/a b",
                Notation::Interpreted,
                vec![("name", "1234"), ("comm", "Web Content"), ("exe", "/a b")],
            ),
            (
                "path=/memfd:libffi (deleted) dev=\"tmpfs\"",
                Notation::Interpreted,
                vec![("path", "/memfd:libffi (deleted)"), ("dev", "tmpfs")],
            ),
            ("exe=(null) key=(null)\x1dARCH=x pid=9", Notation::Raw, vec![("exe", "nothing"), ("key", "(null)")]),
            ("res=1 UID=\"root\" AUID=\"unset\" x=2", Notation::Raw, vec![("res", "1"), ("x", "2")]),
            (
                "saddr={ saddr_fam=inet lport=1 } a=b",
                Notation::Raw,
                vec![("saddr", " saddr_fam=inet lport=1 "), ("a", "b")],
            ),
            ("comm=\"cut", Notation::Raw, vec![("comm", "cut")]),
            ("a=\u{a0}b=1\u{a0}c=2", Notation::Raw, vec![("a", ""), ("b", "1"), ("c", "2")]),
            ("msg='it's' b=1", Notation::Raw, vec![("msg", "it's"), ("b", "1")]),
            ("= == =x \u{a0}", Notation::Raw, vec![]),
        ] {
            let expected: Vec<_> =
                expected.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
            assert_eq!(read(text, notation), expected, "{text}");
        }
    }
}
