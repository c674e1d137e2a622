//! The lines of a journal: `CHECKSUM JSON`, each chained to the one before it.

use std::fmt;

use anyhow::{Context as _, bail};
use serde::Deserialize;

use crate::session::JournalRecord;

/// The form of the journal that is written, and the newest that is read.
pub(super) const FORMAT: u32 = 1;

/// The CRC-32 (as in zlib) of a line's JSON with the checksum of the line before it in front, big-endian; 0 before the
/// first line.
///
/// For one JSON text, different checksums in front always give different checksums, so a line that follows another than
/// it was written after is seen: it was lost, swapped or doubled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Checksum(u32);

impl Checksum {
    fn then(self, json: &[u8]) -> Self {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&self.0.to_be_bytes());
        hasher.update(json);
        Self(hasher.finalize())
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// It has no end: the program or the machine stopped while it was written.
    Torn,
    /// It does not look like a line of a journal at all.
    Foreign,
    /// Its checksum does not match: it was changed, or lines before it are missing or out of order.
    Checksum,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Torn => "the line is torn",
            Self::Foreign => "this is no line of a journal",
            Self::Checksum => "the checksum does not match (the line was changed, or one before it is missing)",
        })
    }
}

/// What a journal holds up to the first line that is not as it was written.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    pub(super) records: Vec<JournalRecord>,
    /// How many bytes the intact lines take.
    pub(super) length: usize,
    /// What the next line is chained to.
    pub(super) last: Checksum,
    /// What is wrong with the line after them.
    pub(super) flaw: Option<Flaw>,
}

/// The line for a record, with its end, and what the next one is chained to.
pub(super) fn encode(after: Checksum, record: &JournalRecord) -> anyhow::Result<(Vec<u8>, Checksum)> {
    let json = serde_json::to_vec(record).context("the record cannot be written as JSON")?;
    let checksum = after.then(&json);
    let mut line = format!("{checksum} ").into_bytes();
    line.extend_from_slice(&json);
    line.push(b'\n');
    Ok((line, checksum))
}

/// Reads lines until one is not as it was written.
///
/// An error is a journal that is intact but not ours to understand: a newer program wrote it.
pub(super) fn decode(bytes: &[u8]) -> anyhow::Result<Decoded> {
    let mut decoded = Decoded::default();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match check(decoded.last, line) {
            Ok((json, checksum)) => {
                let number = decoded.records.len() + 1;
                let record = parse(json, number == 1).with_context(|| format!("line {number}"))?;
                decoded.records.push(record);
                decoded.length += line.len();
                decoded.last = checksum;
            }
            Err(flaw) => {
                decoded.flaw = Some(flaw);
                break;
            }
        }
    }
    Ok(decoded)
}

/// The JSON of a line that is as it was written after `last`.
fn check(last: Checksum, line: &[u8]) -> Result<(&[u8], Checksum), Flaw> {
    let line = line.strip_suffix(b"\n").ok_or(Flaw::Torn)?;
    let (written, rest) = line.split_at_checked(8).ok_or(Flaw::Foreign)?;
    let json = rest.strip_prefix(b" ").ok_or(Flaw::Foreign)?;
    if !written.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(Flaw::Foreign);
    }
    let checksum = last.then(json);
    if checksum.to_string().as_bytes() == written { Ok((json, checksum)) } else { Err(Flaw::Checksum) }
}

fn parse(json: &[u8], first: bool) -> anyhow::Result<JournalRecord> {
    /// What every form of the journal begins with.
    #[derive(Deserialize)]
    struct Heading {
        record: String,
        format: Option<u32>,
    }
    if first {
        let heading: Option<Heading> = serde_json::from_slice(json).ok();
        let format = heading.filter(|heading| heading.record == "begin").and_then(|heading| heading.format);
        match format {
            Some(FORMAT) => {}
            Some(other) => bail!("the journal has form {other}, this program reads form {FORMAT}: use a newer seltui"),
            None => bail!("the journal does not begin with the name of its session"),
        }
    }
    serde_json::from_slice(json).context("a record that this program does not know: use a newer seltui")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        module::Remark,
        selinux::{AccessVector, Identifier, statement::Form},
        session::{DecidedAccess, Step, Verdict},
    };

    fn records() -> Vec<JournalRecord> {
        let access = DecidedAccess {
            vector: AccessVector {
                source: "a_t".into(),
                target: "b\n\u{2028}\u{1b}[2J".into(),
                class: "file".into(),
                permissions: ["read", "open"].into_iter().collect(),
            },
            remark: Remark { count: 3, comm: Some("cat \"x\"\n".into()), path: None },
            roles: ["system_r".into()].into(),
        };
        vec![
            JournalRecord::Begin { format: 1, node: "n".into(), module: Identifier::new("m").unwrap(), at: 7 },
            JournalRecord::Decide(Step::new(Verdict::Allow, vec![access])),
            JournalRecord::Undo,
            JournalRecord::Redo,
            JournalRecord::Undo,
            JournalRecord::Form { form: Form::Module },
            JournalRecord::NamedSets { named: true },
        ]
    }

    fn lines(records: &[JournalRecord]) -> Vec<Vec<u8>> {
        let mut last = Checksum::default();
        let encode = |record| {
            let (line, checksum) = encode(last, record).unwrap();
            last = checksum;
            line
        };
        records.iter().map(encode).collect()
    }

    /// Damage may cost records at the end; it may never change one, nor stay unsaid.
    fn assert_seen(bytes: &[u8], original: &[JournalRecord], what: &str) -> usize {
        let decoded = decode(bytes).unwrap_or_else(|error| panic!("{what}: {error:#}"));
        assert!(decoded.flaw.is_some(), "{what}: not seen");
        assert!(original.starts_with(&decoded.records), "{what}: other records than were written");
        decoded.records.len()
    }

    #[test]
    fn what_was_written_is_read_and_each_record_is_one_line() {
        let records = records();
        let bytes = lines(&records).concat();
        assert_eq!(bytes.split_inclusive(|byte| *byte == b'\n').count(), records.len());
        let decoded = decode(&bytes).unwrap();
        assert_eq!((decoded.records, decoded.length, decoded.flaw), (records, bytes.len(), None));
        assert_eq!(decode(b"").unwrap().flaw, None);
    }

    #[test]
    fn the_checksum_is_zlibs() {
        // zlib.crc32(b'\0\0\0\0' + b'{"record":"undo"}') of Python 3.11.
        let (line, _) = encode(Checksum::default(), &JournalRecord::Undo).unwrap();
        assert_eq!(String::from_utf8(line).unwrap(), "d2b0fec7 {\"record\":\"undo\"}\n");
    }

    #[test]
    fn a_flip_of_any_bit_and_any_other_byte_in_any_place_is_seen() {
        let records = records();
        let bytes = lines(&records).concat();
        for place in 0..bytes.len() {
            let before = bytes[..place].split(|byte| *byte == b'\n').count() - 1;
            for flip in 1..=255_u8 {
                let mut damaged = bytes.clone();
                damaged[place] ^= flip;
                let kept = assert_seen(&damaged, &records, &format!("byte {place} ^ {flip:#x}"));
                assert_eq!(kept, before, "exactly the lines before byte {place} stand");
            }
        }
    }

    #[test]
    fn a_torn_last_line_costs_that_line() {
        let records = records();
        let lines = lines(&records);
        let intact = lines[..lines.len() - 1].concat();
        let last = lines.last().unwrap();
        for kept in 1..last.len() {
            let bytes = [intact.as_slice(), &last[..kept]].concat();
            let decoded = decode(&bytes).unwrap();
            assert_eq!(decoded.flaw, Some(Flaw::Torn), "{kept} bytes of the last line");
            assert_eq!((decoded.records.as_slice(), decoded.length), (&records[..records.len() - 1], intact.len()));
        }
    }

    #[test]
    fn lost_swapped_and_doubled_lines_are_seen() {
        let records = records();
        let lines = lines(&records);
        for place in 0..lines.len() {
            let mut lost = lines.clone();
            lost.remove(place);
            // The end of a journal may be missing without a trace; everything else leaves one.
            if place < lines.len() - 1 {
                assert_eq!(assert_seen(&lost.concat(), &records, &format!("line {place} lost")), place);
                let mut swapped = lines.clone();
                swapped.swap(place, place + 1);
                assert_eq!(assert_seen(&swapped.concat(), &records, &format!("line {place} swapped")), place);
            }
            let mut doubled = lines.clone();
            doubled.insert(place, lines[place].clone());
            assert_eq!(assert_seen(&doubled.concat(), &records, &format!("line {place} doubled")), place + 1);
        }
    }

    #[test]
    fn what_a_newer_program_wrote_is_refused() {
        let line = |json: &str| format!("{} {json}\n", Checksum::default().then(json.as_bytes()));
        let refused = |text: String| format!("{:#}", decode(text.as_bytes()).unwrap_err());
        assert_eq!(
            refused(line(r#"{"record":"begin","format":2,"who":["n","m"]}"#)),
            "line 1: the journal has form 2, this program reads form 1: use a newer seltui"
        );
        assert_eq!(
            refused(line(r#"{"record":"undo"}"#)),
            "line 1: the journal does not begin with the name of its session"
        );
        let begin = &lines(&records())[0];
        let last = decode(begin).unwrap().last;
        let json = br#"{"record":"ponder"}"#;
        let bytes = [begin.as_slice(), format!("{} ", last.then(json)).as_bytes(), json, b"\n"].concat();
        let error = format!("{:#}", decode(&bytes).unwrap_err());
        assert!(error.starts_with("line 2: a record that this program does not know"), "{error}");
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            if let Ok(decoded) = decode(&bytes) {
                assert!(decoded.records.is_empty() && decoded.flaw.is_some() != bytes.is_empty());
            }
        }
    }
}
