//! Records that mail, a commit message or a terminal broke into several lines.
//!
//! The audit daemon writes one line a record; this is for what people paste. A line that is no record is looked at only when
//! it follows a record directly, and is taken as its continuation when the record lacks something that the line has.

use nom::FindSubstring as _;

use super::{
    WallClock,
    field::{blanks, is_key_byte, word},
    stamp::prefix_time,
};

/// The rest of a record on a line of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Continuation<'a> {
    /// The line was broken inside a word: nothing belongs between the parts.
    pub inside_word: bool,
    pub text: &'a [u8],
}

/// Takes a line as the continuation of the record before it, or not.
pub(super) fn continuation<'a>(
    record: &[u8],
    is_avc: bool,
    line: &'a [u8],
    clock: &mut WallClock,
) -> Option<Continuation<'a>> {
    let text = unquoted(line);
    // A line of a journal that has nothing to do with the record.
    if text.starts_with(b"[") || prefix_time(text, clock).is_ok() {
        return None;
    }
    let (rest, first) = word(text).ok()?;
    let (_, second) = blanks(rest).and_then(|(rest, ())| word(rest)).ok()?;
    let last = record.trim_ascii_end().rsplit(u8::is_ascii_whitespace).next().unwrap_or_default();
    let (apart, glued) = (
        Some(Continuation { inside_word: false, text }), //
        Some(Continuation { inside_word: true, text }),
    );
    if !is_avc {
        return if is_field(first) || is_field(second) { apart } else { None };
    }
    let has = |key: &str| record.find_substring(key).is_some();
    if has("permissive=") {
        let late: [&[u8]; 3] = [b"trawcon=", b"srawcon=", b"exe="];
        return if late.iter().any(|key| first.starts_with(key)) { apart } else { None };
    }
    let open_brace = record.iter().rposition(|byte| *byte == b'{') > record.iter().rposition(|byte| *byte == b'}');
    let open_quote = record.split(|byte| *byte == b'"').count() % 2 == 0;
    let in_context = last.starts_with(b"scontext=") || last.starts_with(b"tcontext=");
    let in_class = last.starts_with(b"tclass=") && second.starts_with(b"permissive=");
    if open_quote || ((in_context || in_class) && !is_field(first)) || is_broken_key(last, first) {
        return glued;
    }
    let goes_on = matches!(first, b"avc:" | b"denied" | b"granted" | b"{" | b"}" | b"for") && !has("tclass=");
    if open_brace || is_field(first) || goes_on || (!has("tclass=") && is_field(second)) { apart } else { None }
}

/// The line without the marks that quote it or make it a remark.
fn unquoted(line: &[u8]) -> &[u8] {
    let start = line.iter().position(|byte| !b" \t>|#*/".contains(byte)).unwrap_or(line.len());
    let (marks, text) = line.split_at_checked(start).unwrap_or((b"", line));
    // A slash that begins a path is no mark.
    if marks.ends_with(b"/") && !marks.ends_with(b"//") { line.get(start - 1..).unwrap_or(text) } else { text }
}

/// `key=…`
fn is_field(word: &[u8]) -> bool {
    let end = word.iter().position(|byte| !is_key_byte(*byte));
    end.is_some_and(|end| end > 0 && word.get(end) == Some(&b'='))
}

/// `tcont` at the end of one line, `ext=system_u:…` at the beginning of the next.
fn is_broken_key(last: &[u8], first: &[u8]) -> bool {
    let keys: [&[u8]; 4] = [b"scontext=", b"tcontext=", b"tclass=", b"permissive="];
    keys.iter().any(|key| {
        let beginning = !last.is_empty() && last.len() < key.len() && key.starts_with(last);
        beginning && key.get(last.len()..).is_some_and(|ending| first.starts_with(ending))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Stamp;

    #[test]
    fn takes_what_the_record_lacks() {
        const AVC: &str = "type=AVC msg=audit(1.2:3): avc:  denied  ";
        for (record, line, joined) in [
            ("{ read } for  pid=4 comm=\"x\"", "    name=y dev=z", Some(" name=y dev=z")),
            ("{ read } for  pid=4", "> >  scontext=a:b:c", Some(" scontext=a:b:c")),
            ("{", "search } for  pid=4", Some(" search } for  pid=4")),
            ("{ read }", "for pid=4", Some(" for pid=4")),
            (
                "{ read } for scontext=a:b:c tcontext=syst",
                "em_u:object_r:t tclass=dir",
                Some("em_u:object_r:t tclass=dir"),
            ),
            ("{ read } for scontext=a:b:c-s0 tcont", "ext=a:b:c tclass=dir", Some("ext=a:b:c tclass=dir")),
            (
                "{ read } for scontext=a:b:c tcontext=a:b:c tclass=netlink_ro",
                "ute_socket permissive=1",
                Some("ute_socket permissive=1"),
            ),
            ("{ read } for path=\"/very/lo", "ng\" scontext=a:b:c", Some("ng\" scontext=a:b:c")),
            ("{ read } for scontext=a:b:c tcontext=a:b:c tclass=dir", "permissive=1", Some(" permissive=1")),
            // Whole records, and lines of other programs.
            ("{ read } for scontext=a:b:c tcontext=a:b:c tclass=dir permissive=1", "level=info msg=x", None),
            ("{ read } for scontext=a:b:c tcontext=a:b:c tclass=dir", "Was caused by:", None),
            ("{ read } for scontext=a:b:c", "Oct 03 10:00:00 node kubelet[1]: tcontext=a:b:c", None),
            ("{ read } for scontext=a:b:c", "[ 12.5] usb: tclass=file", None),
        ] {
            let record = format!("{AVC}{record}");
            let mut clock = WallClock::new(Stamp(0), jiff::tz::TimeZone::UTC);
            let taken = continuation(record.as_bytes(), true, line.as_bytes(), &mut clock).map(|next| {
                let between = if next.inside_word { "" } else { " " };
                format!("{between}{}", String::from_utf8_lossy(next.text))
            });
            assert_eq!(taken.as_deref(), joined, "{record} / {line}");
        }
    }
}
