//! The cheap first look at a line: is it a record, of what type, of which event.
//!
//! A log is mostly made of records that no AVC belongs to, so nothing else is read before the event is known to matter.

use memchr::memmem::Finder;
use nom::{
    FindSubstring as _, IResult, Parser as _,
    branch::alt,
    bytes::complete::{tag, take_while1},
    character::complete::digit1,
    combinator::{opt, recognize, verify},
    sequence::{delimited, preceded, terminated},
};

use super::{
    Stamp, WallClock,
    field::{Notation, blanks, word},
    prefix::Prefix,
    stamp::{AuditId, epoch_id, other_id},
};

/// What a record is, as far as an AVC message can use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RecordType {
    Avc,
    UserAvc,
    /// The path of the AVC beside it, in kernels before 2.6.19.
    AvcPath,
    Syscall,
    Path,
    Cwd,
    Proctitle,
    Execve,
    SockAddr,
    EndOfEvent,
    SelinuxErr,
    UserSelinuxErr,
    PolicyLoad,
    Status,
    ConfigChange,
    Boot,
    DaemonStart,
    DaemonEnd,
    /// Sent by a program, alone in its event: never of use.
    Program,
    Other,
}

impl RecordType {
    /// By the name that auditd writes, or the number of `linux/audit.h` that the kernel log has.
    pub fn of(name: &[u8]) -> Self {
        match name {
            b"AVC" | b"1400" => Self::Avc,
            b"USER_AVC" | b"1107" => Self::UserAvc,
            b"AVC_PATH" | b"1402" => Self::AvcPath,
            b"SYSCALL" | b"1300" => Self::Syscall,
            b"PATH" | b"1302" => Self::Path,
            b"CWD" | b"1307" => Self::Cwd,
            b"PROCTITLE" | b"1327" => Self::Proctitle,
            b"EXECVE" | b"1309" => Self::Execve,
            b"SOCKADDR" | b"1306" => Self::SockAddr,
            b"EOE" | b"1320" => Self::EndOfEvent,
            b"SELINUX_ERR" | b"1401" => Self::SelinuxErr,
            b"USER_SELINUX_ERR" | b"1108" => Self::UserSelinuxErr,
            b"MAC_POLICY_LOAD" | b"1403" => Self::PolicyLoad,
            b"MAC_STATUS" | b"1404" => Self::Status,
            b"MAC_CONFIG_CHANGE" | b"1405" => Self::ConfigChange,
            b"SYSTEM_BOOT" | b"1127" => Self::Boot,
            b"DAEMON_START" | b"1200" => Self::DaemonStart,
            b"DAEMON_END" | b"1201" | b"DAEMON_ABORT" | b"1202" => Self::DaemonEnd,
            _ => Self::of_rare(name),
        }
    }

    fn of_rare(name: &[u8]) -> Self {
        let by_programs: [&[u8]; 5] = [b"USER_", b"CRED_", b"SERVICE_", b"CRYPTO_", b"DAEMON_"];
        if by_programs.iter().any(|prefix| name.starts_with(prefix)) {
            return Self::Program;
        }
        let number = name
            .strip_prefix(b"UNKNOWN[")
            .and_then(|name| name.strip_suffix(b"]"))
            .or_else(|| name.strip_prefix(b"AUDIT"))
            .filter(|digits| digits.first().is_some_and(u8::is_ascii_digit));
        number.map_or(Self::Other, Self::of)
    }
}

impl RecordType {
    /// Whether messages are read from it.
    pub fn speaks(self) -> bool {
        matches!(self, Self::Avc | Self::UserAvc | Self::SelinuxErr | Self::UserSelinuxErr)
    }

    /// Whether it may be a mark on the time line.
    pub fn marks(self) -> bool {
        let of_daemon = matches!(self, Self::DaemonStart | Self::DaemonEnd);
        of_daemon || matches!(self, Self::PolicyLoad | Self::Status | Self::ConfigChange | Self::Boot)
    }
}

/// What a line says before its fields are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header<'a> {
    pub kind: RecordType,
    pub node: Option<&'a [u8]>,
    pub stamp: Option<Stamp>,
    pub serial: Option<u64>,
    pub notation: Notation,
    /// The line is as the kernel or the audit daemon wrote it, with nothing that others could have put before it.
    pub proven: bool,
    /// The fields: what stands behind type and id, to the end of the line.
    pub body: &'a [u8],
}

/// What a line turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Record(Header<'a>),
    /// A blank line, or what ausearch writes between events.
    Separator,
    /// Other text.
    NoRecord,
}

/// Looks at a line without its end.
pub(super) fn scan<'a>(line: &'a [u8], clock: &mut WallClock) -> Line<'a> {
    let line = line.trim_ascii_end();
    if let Some((body, record)) = plain_record(line) {
        return Line::Record(record.header(body, Prefix { proven: true, ..Prefix::default() }));
    }
    if let Ok((body, record)) = auditd_record(line, clock) {
        return Line::Record(record.header(body, Prefix { proven: true, ..Prefix::default() }));
    }
    if is_separator(line) {
        return Line::Separator;
    }
    match inner_record(line, clock) {
        Some((before, body, record)) => {
            let prefix = Prefix::read(before, clock);
            Line::Record(record.header(body, prefix))
        }
        None => Line::NoRecord,
    }
}

/// Finds a second record in the body of another one: a line's end was lost.
#[derive(Debug)]
pub(super) struct Second(Finder<'static>);

impl Second {
    pub fn new() -> Self {
        Self(Finder::new(b" msg=audit("))
    }

    /// Where it begins.
    pub fn find(&self, body: &[u8]) -> Option<usize> {
        self.0.find_iter(body).find_map(|place| {
            let before = body.get(..place)?;
            let start = before.iter().rposition(|byte| !is_type_byte(*byte))?;
            let before = before.get(..=start)?.strip_suffix(b"type=")?;
            before.last().is_some_and(|byte| !is_name_byte(*byte)).then_some(before.len())
        })
    }
}

/// What nearly every line of an audit.log is, read without looking further than its id:
/// `type=NAME msg=audit(SECONDS.THOUSANDTHS:SERIAL): `. Everything else is left to the grammar.
fn plain_record(line: &[u8]) -> Option<(&[u8], Found<'_>)> {
    let rest = line.strip_prefix(b"type=")?;
    let end = rest.iter().position(|byte| !is_type_byte(*byte)).filter(|end| *end > 0)?;
    let (name, rest) = rest.split_at_checked(end)?;
    let rest = rest.strip_prefix(b" msg=audit(")?;
    let (seconds, rest) = digits(rest)?;
    let (thousandths, rest) = digits(rest.strip_prefix(b".")?).filter(|(_, after)| rest.len() - after.len() == 4)?;
    let (serial, rest) = digits(rest.strip_prefix(b":")?)?;
    let body = rest.strip_prefix(b"): ")?;
    if seconds == 0 || body.first().is_none_or(|byte| !byte.is_ascii_graphic() || *byte == b':') {
        return None;
    }
    let id = AuditId { stamp: Some(Stamp(seconds * 1000 + thousandths)), serial: Some(serial), interpreted: false };
    Some((body, Found { kind: RecordType::of(name), node: None, id }))
}

/// A number of up to 15 digits, which no arithmetic here can carry over the edge.
fn digits(input: &[u8]) -> Option<(u64, &[u8])> {
    let end = input.iter().position(|byte| !byte.is_ascii_digit()).filter(|end| (1..=15).contains(end))?;
    let (digits, rest) = input.split_at_checked(end)?;
    Some((digits.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')), rest))
}

/// A record without what stood before it.
struct Found<'a> {
    kind: RecordType,
    node: Option<&'a [u8]>,
    id: AuditId,
}

impl<'a> Found<'a> {
    fn header(self, body: &'a [u8], prefix: Prefix<'a>) -> Header<'a> {
        Header {
            kind: self.kind,
            node: self.node.or(prefix.node),
            stamp: self.id.stamp.or(prefix.stamp),
            serial: self.id.serial,
            notation: if self.id.interpreted { Notation::Interpreted } else { Notation::Raw },
            proven: prefix.proven,
            body,
        }
    }
}

/// `type=AVC msg=audit(1656362206.779:8324): …`, with or without `node=HOST` before it: the form of audit.log.
fn auditd_record<'a>(line: &'a [u8], clock: &mut WallClock) -> IResult<&'a [u8], Found<'a>> {
    let (rest, node) = opt(node).parse(line)?;
    let (rest, kind) = record_type(rest)?;
    let (body, id) = record_id(rest, clock)?;
    Ok((body, Found { kind, node, id }))
}

fn node(input: &[u8]) -> IResult<&[u8], &[u8]> {
    delimited(alt((tag("node="), tag("host="))), word, tag(" ")).parse(input)
}

fn record_type(input: &[u8]) -> IResult<&[u8], RecordType> {
    let (rest, name) = preceded(tag("type="), take_while1(is_type_byte)).parse(input)?;
    let (rest, ()) = blanks(rest)?;
    Ok((rest, RecordType::of(name)))
}

/// `msg=audit(…):`; people leave `msg=` out, or all of it.
fn record_id<'a>(input: &'a [u8], clock: &mut WallClock) -> IResult<&'a [u8], AuditId> {
    let (inside, start) = opt(recognize((opt(tag("msg=")), tag("audit(")))).parse(input)?;
    let (rest, id) = match start {
        Some(_) => epoch_id(inside).or_else(|_| other_id(inside, clock))?,
        // Without an id it must look like a record in another way.
        None => (opt(tag("msg=...:")), begins_verdict).parse(input).map(|(_, (cut, ()))| {
            let rest = input.get(cut.map_or(0, <[u8]>::len)..).unwrap_or(input);
            (rest, AuditId::default())
        })?,
    };
    let (rest, ()) = blanks(rest)?;
    let (rest, _) = opt(tag(":")).parse(rest)?;
    let (rest, ()) = blanks(rest)?;
    Ok((rest, id))
}

/// `avc:  denied` or `avc:  granted` lies ahead; nothing is taken.
fn begins_verdict(input: &[u8]) -> IResult<&[u8], ()> {
    let (_, ()) = blanks(input)?;
    let (rest, ()) = blanks(input)?;
    let (_, _) = (tag("avc:"), blanks, alt((tag("denied"), tag("granted")))).parse(rest)?;
    Ok((input, ()))
}

/// A record behind other text: where that text ends, the record's body, and the record.
fn inner_record<'a>(line: &'a [u8], clock: &mut WallClock) -> Option<(&'a [u8], &'a [u8], Found<'a>)> {
    let (start, ()) = blanks(line).ok()?;
    if let Ok((body, found)) = verify(cat_record, |found| found.kind != RecordType::Other).parse(start) {
        return Some((b" ", body, found));
    }
    // Nearly all other text holds neither word.
    if line.find_substring("audit").is_none() && line.find_substring("avc:").is_none() {
        return None;
    }
    let behind = |place: usize| line.split_at_checked(place);
    for place in occurrences(line, "type=") {
        let (before, record) = behind(place)?;
        if let Ok((body, found)) = auditd_record(record, clock) {
            return Some((before, body, found));
        }
    }
    for place in occurrences(line, "audit") {
        let (before, record) = behind(place)?;
        if let Ok((body, found)) = alt((journal_record, untyped_record)).parse(record) {
            return Some((before, body, found));
        }
    }
    for place in occurrences(line, "avc:") {
        let (before, body) = behind(place)?;
        if begins_verdict(body).is_ok() && (body.find_substring("{").is_some() || is_broken_off(before, body)) {
            let kind = if before.ends_with(b"msg='") { RecordType::UserAvc } else { RecordType::Avc };
            return Some((before, body, Found { kind, node: None, id: AuditId::default() }));
        }
    }
    None
}

/// The line was broken behind the verdict. Other text may end so too: nothing may stand before it.
fn is_broken_off(before: &[u8], body: &[u8]) -> bool {
    before.trim_ascii().is_empty() && (body.ends_with(b"denied") || body.ends_with(b"granted"))
}

/// The places where this stands and is not the end of a longer word.
fn occurrences<'a>(line: &'a [u8], what: &'a str) -> impl Iterator<Item = usize> + 'a {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let place = from + line.get(from..)?.find_substring(what)?;
            from = place + what.len();
            if place == 0 || line.get(place - 1).is_some_and(|byte| !is_name_byte(*byte)) {
                return Some(place);
            }
        }
    })
}

/// `audit[1698]: AVC avc:  denied …`, `audit: PATH item=0 …`: the journal's short form, which drops the id.
fn journal_record(input: &[u8]) -> IResult<&[u8], Found<'_>> {
    let pid = opt(delimited(tag("["), digit1, tag("]")));
    preceded((tag("audit"), pid, tag(": ")), cat_record).parse(input)
}

/// `AVC avc:  denied …` at the beginning: what `journalctl -o cat` leaves.
fn cat_record(input: &[u8]) -> IResult<&[u8], Found<'_>> {
    let type_name = verify(take_while1(is_type_byte), |name: &[u8]| name.iter().any(u8::is_ascii_uppercase));
    let (body, name) = terminated(type_name, tag(" ")).parse(input)?;
    let (body, ()) = blanks(body)?;
    let (_, _) = alt((tag("avc:"), recognize((take_while1(is_name_byte), tag("="))))).parse(body)?;
    Ok((body, Found { kind: RecordType::of(name), node: None, id: AuditId::default() }))
}

/// `audit(1158064002.046:4): avc: …`: the kernels before types had numbers.
fn untyped_record(input: &[u8]) -> IResult<&[u8], Found<'_>> {
    let (rest, id) = preceded(tag("audit("), epoch_id).parse(input)?;
    let (body, _) = (opt(tag(":")), blanks).parse(rest)?;
    begins_verdict(body)?;
    Ok((body, Found { kind: RecordType::Avc, node: None, id }))
}

fn is_separator(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    line.starts_with(b"time->") || line.iter().all(|byte| *byte == b'-')
}

fn is_type_byte(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'[' | b']')
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}
