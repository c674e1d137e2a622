//! Lines to events.

use nom::FindSubstring as _;

use super::{
    AuditEvent, AvcKind, AvcResult, EventId, Oddity, OddityKind, Place, RawRecord, RawText, Spot, Stamp, WallClock,
    avc,
    companion::Companions,
    field::{Notation, fields},
    journal_json::{self, Entry},
    line::{Header, Line, RecordType, Second, scan},
    mark::{self, Mark},
    names::Names,
    pending::{Pending, Queue, Stored},
    refusal,
    stamp::number,
    wrap::continuation,
};
use crate::selinux::{Name, Untrusted};

/// How a line came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// By a newline, or the end of the input.
    Whole,
    /// It was longer than a reader takes; the rest was thrown away.
    Cut,
}

/// What was read so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Lines that are not blank.
    pub lines: u64,
    /// Audit records, of whatever type.
    pub records: u64,
    /// AVC messages, denied or granted, that gave an access vector.
    pub messages: u64,
    /// SELINUX_ERR records that tell of something refused.
    pub refusals: u64,
    /// Events that another input told of already.
    pub duplicates: u64,
    /// Lines that are no record.
    pub no_record: u64,
    /// AVC records that are no denial by their nature.
    pub no_denial: u64,
    /// AVC records that are cut or damaged so that no access vector is left.
    pub damaged: u64,
}

impl Counters {
    /// Adds another input's.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            lines: self.lines + other.lines,
            records: self.records + other.records,
            messages: self.messages + other.messages,
            refusals: self.refusals + other.refusals,
            duplicates: self.duplicates + other.duplicates,
            no_record: self.no_record + other.no_record,
            no_denial: self.no_denial + other.no_denial,
            damaged: self.damaged + other.damaged,
        }
    }
}

/// How many oddities of each kind are kept; further ones are only counted.
pub const KEPT_ODDITIES: u64 = 1000;

/// How many bytes of an odd line are kept.
const KEPT_LINE: usize = 4096;

/// Puts lines together to events.
///
/// Its clock is the stamps of the records: an event is complete when a record came that is two seconds later, when its
/// end-of-event record came, or when too many events are held back. A live tail, where nothing may follow, says with
/// [`EventAssembler::settle`] that time went by. Records of one event may stand between those of others; an AVC
/// record that comes after its event was completed makes an event of its own.
///
/// ```
/// use seltui::audit::{Ending, EventAssembler, Place, Stamp, WallClock};
///
/// let mut assembler = EventAssembler::new(WallClock::new(Stamp(0), jiff::tz::TimeZone::UTC));
/// let line = b"type=AVC msg=audit(1656360224.779:1281): avc:  denied  { read } for  pid=25164 comm=\"flb-pipeline\" \
///     scontext=system_u:system_r:container_t:s0 tcontext=system_u:object_r:container_log_t:s0 tclass=dir permissive=0";
/// assembler.push(Place { input: 0, line: 1 }, line, Ending::Whole);
/// assembler.flush();
/// let events = assembler.take_events();
/// assert_eq!(events[0].messages[0].target.r#type.as_str(), "container_log_t");
/// ```
#[derive(Debug)]
pub struct EventAssembler {
    clock: WallClock,
    queue: Queue,
    /// The open event of records that carry no serial number.
    loose: Option<u64>,
    /// The line before this one was a record that is kept: it may go on.
    open: bool,
    /// The node of the last record: mostly that of the next one too.
    node: Option<Name>,
    newest: Option<Stamp>,
    names: Names,
    second: Second,
    keeps_records: bool,
    own_node: Option<Vec<u8>>,
    events: Vec<AuditEvent>,
    oddities: Vec<Oddity>,
    marks: Vec<Mark>,
    counters: Counters,
}

impl EventAssembler {
    /// An assembler that reads dates without a year by this clock.
    pub fn new(clock: WallClock) -> Self {
        Self {
            clock,
            queue: Queue::default(),
            loose: None,
            open: false,
            node: None,
            newest: None,
            names: Names::default(),
            second: Second::new(),
            keeps_records: true,
            own_node: None,
            events: Vec::new(),
            oddities: Vec::new(),
            marks: Vec::new(),
            counters: Counters::default(),
        }
    }

    /// One whose events come without their records: for those who want the messages alone.
    #[must_use]
    pub fn without_records(mut self) -> Self {
        self.keeps_records = false;
        self
    }

    /// One that takes entries of a journal which name this machine for its own, as audit.log does.
    #[must_use]
    pub fn of_node(mut self, name: &str) -> Self {
        self.own_node = Some(name.as_bytes().to_vec());
        self
    }

    /// Takes a line without its end.
    pub fn push(&mut self, place: Place, line: &[u8], ending: Ending) {
        self.push_from(place, None, line, ending);
    }

    /// Takes a line that can be read again: from the file of that number, at that offset. Only where is kept of its records.
    pub fn push_from(&mut self, place: Place, spot: Option<(u32, u64)>, line: &[u8], ending: Ending) {
        let line = line.trim_ascii_end();
        let open = std::mem::take(&mut self.open);
        if line.is_empty() {
            return;
        }
        self.counters.lines += 1;
        if line.starts_with(b"{")
            && let Some(entry) = journal_json::read(line)
        {
            self.entry(place, &entry, ending);
            self.collect();
            return;
        }
        let mut rest = Some(line);
        // Nearly always one piece; more where a line's end was lost.
        while let Some(piece) = rest.take() {
            let header = match scan(piece, &mut self.clock) {
                Line::Record(header) if !(open && self.lacks_verdict(piece)) => header,
                Line::Separator => break,
                Line::Record(_) | Line::NoRecord => {
                    if open && self.extend(piece) {
                        self.open = true;
                        break;
                    }
                    self.odd(place, OddityKind::NoRecord, piece);
                    break;
                }
            };
            self.counters.records += 1;
            let second = self.second.find(header.body).map(|second| piece.len() - header.body.len() + second);
            let spot = spot.map(|(file, offset)| (file, offset + (line.len() - piece.len()) as u64));
            let (piece, next) = second.and_then(|second| piece.split_at_checked(second)).unwrap_or((piece, b""));
            rest = Some(next).filter(|next| !next.is_empty());
            // What was written behind another record was not written by the one who writes whole lines.
            let header = Header { proven: header.proven && rest.is_none(), ..header };
            let cut = rest.is_some() || ending == Ending::Cut;
            self.record((place, spot), piece.trim_ascii_end(), header, cut);
        }
        self.collect();
    }

    /// Takes an entry of the journal.
    fn entry(&mut self, place: Place, entry: &Entry, ending: Ending) {
        let message = entry.message.trim_ascii_end();
        let node = entry.node.as_deref().filter(|node| self.own_node.as_deref() != Some(*node));
        let header = match entry.record {
            Some((kind, body)) => Header {
                kind,
                node,
                stamp: entry.stamp,
                serial: entry.serial,
                notation: Notation::Raw,
                proven: true,
                body: message.get(body..).unwrap_or_default(),
            },
            None => match scan(message, &mut self.clock) {
                Line::Record(header) => Header {
                    node: node.or(header.node),
                    stamp: header.stamp.or(entry.stamp),
                    proven: entry.proven,
                    ..header
                },
                Line::Separator | Line::NoRecord => return self.odd(place, OddityKind::NoRecord, message),
            },
        };
        self.counters.records += 1;
        self.record((place, None), message, header, ending == Ending::Cut);
        self.open = false;
    }

    /// Whether the line is the verdict that the record before it was broken off before.
    fn lacks_verdict(&mut self, line: &[u8]) -> bool {
        line.trim_ascii_start().starts_with(b"avc:")
            && self.queue.last().is_some_and(|pending| {
                let last = pending.records.last();
                last.is_some_and(|record| is_avc(record.kind) && pending.line(record).find_substring("avc:").is_none())
            })
    }

    /// Takes the line as the continuation of the record before it; false when it is none.
    fn extend(&mut self, line: &[u8]) -> bool {
        let Some(pending) = self.queue.last() else { return false };
        let Some(record) = pending.records.last() else { return false };
        let next = continuation(pending.line(record), is_avc(record.kind), line, &mut self.clock);
        next.is_some_and(|next| pending.extend(next.text, next.inside_word))
    }

    fn record(&mut self, (place, spot): (Place, Option<(u32, u64)>), line: &[u8], header: Header<'_>, cut: bool) {
        if header.kind == RecordType::Program {
            return;
        }
        if self.node.as_ref().map(Name::as_str).map(str::as_bytes) != header.node {
            self.node = header.node.map(Name::from_bytes);
        }
        let stamp = header.stamp.unwrap_or(Stamp(0));
        self.newest = self.newest.max(Some(stamp));
        let id = EventId { node: self.node.clone(), stamp, serial: header.serial };
        if header.kind.marks()
            && header.proven
            && let Some(kind) = mark::read(header.kind, header.body, header.notation)
        {
            self.marks.push(Mark { id, place, kind });
            return;
        }
        let start = line.len() - header.body.len().min(line.len());
        let stored = Stored {
            kind: header.kind,
            place,
            notation: header.notation,
            proven: header.proven,
            cut,
            line: (0, 0),
            body: 0,
            spot,
        };
        self.open = if id.serial.is_some() {
            self.queue.add(&id, line, start, stored);
            true
        } else {
            self.add_loose(&id, line, start, stored)
        };
    }

    /// Puts a record without a serial number where it must belong: the journal writes an event's AVCs first, then the rest.
    fn add_loose(&mut self, id: &EventId, line: &[u8], body: usize, stored: Stored) -> bool {
        let pid = pid_of(line.get(body..).unwrap_or_default(), stored.notation);
        let open = self.loose.filter(|number| {
            self.queue.slot(*number).is_some_and(|open| open.id.node == id.node && belongs(open, id, stored.kind, pid))
        });
        let number = match open {
            Some(number) => number,
            None if is_avc(stored.kind) => self.queue.begin(id),
            None => return false,
        };
        self.loose = Some(number);
        self.queue.store(number, line, body, stored)
    }

    /// Says that a while went by: completes the events that got no record since the call before the last one.
    ///
    /// A live tail calls it every 100 ms or so while it waits; then an event is seen within a third of a second. `now` is what
    /// dates without a year are read by from here on.
    pub fn settle(&mut self, now: Stamp) {
        self.clock.set_now(now);
        self.queue.settle();
        self.collect();
    }

    /// Completes all events: the input is at its end.
    pub fn flush(&mut self) {
        self.queue.flush();
        self.collect();
    }

    /// Whether no event waits for more records.
    pub fn is_idle(&self) -> bool {
        self.queue.is_empty()
    }

    /// The latest stamp of any record.
    pub fn newest(&self) -> Option<Stamp> {
        self.newest
    }

    /// The events that were completed since the last call, in the order of their first records.
    pub fn take_events(&mut self) -> Vec<AuditEvent> {
        std::mem::take(&mut self.events)
    }

    /// The same without giving the room for them away.
    pub fn drain_events(&mut self) -> impl Iterator<Item = AuditEvent> {
        self.events.drain(..)
    }

    /// How many events [`EventAssembler::take_events`] would give.
    pub fn ready(&self) -> usize {
        self.events.len()
    }

    /// The oddities since the last call; at most [`KEPT_ODDITIES`] of each kind are ever kept.
    pub fn take_oddities(&mut self) -> Vec<Oddity> {
        std::mem::take(&mut self.oddities)
    }

    /// The marks since the last call, in the order of the log. They do not wait for the events around them.
    pub fn take_marks(&mut self) -> Vec<Mark> {
        std::mem::take(&mut self.marks)
    }

    /// What was read so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    fn collect(&mut self) {
        if !self.queue.has_complete() {
            return;
        }
        for pending in self.queue.take_complete() {
            self.assemble(&pending);
            self.queue.recycle(pending);
        }
    }

    fn assemble(&mut self, pending: &Pending) {
        let mut messages = Vec::new();
        for record in &pending.records {
            let kind = match record.kind {
                RecordType::Avc => AvcKind::Avc,
                RecordType::UserAvc => AvcKind::UserAvc,
                RecordType::SelinuxErr => AvcKind::SelinuxErr,
                RecordType::UserSelinuxErr => AvcKind::UserSelinuxErr,
                _ => continue,
            };
            let Stored { notation, place, cut, proven, .. } = *record;
            let (body, origin) = (pending.body(record), avc::Origin { kind, notation, place, cut, proven });
            let message = match kind {
                AvcKind::Avc | AvcKind::UserAvc => avc::read(body, origin, &mut self.names),
                AvcKind::SelinuxErr | AvcKind::UserSelinuxErr => {
                    refusal::read(body, origin, subject_of(pending).as_deref(), &mut self.names)
                }
            };
            match message {
                Ok(message) => messages.push(message),
                Err(oddity) => self.odd(place, oddity, pending.line(record)),
            }
        }
        if messages.is_empty() {
            return;
        }
        let mut companions = Companions::default();
        for record in &pending.records {
            companions.add(record.kind, pending.body(record), record.notation);
        }
        for message in &mut messages {
            companions.complete(message);
        }
        let refusals = messages.iter().filter(|message| matches!(message.result, AvcResult::Refused(_))).count() as u64;
        self.counters.refusals += refusals;
        self.counters.messages += messages.len() as u64 - refusals;
        let records = if self.keeps_records {
            pending.records.iter().map(|record| raw(pending, record)).collect()
        } else {
            Vec::new()
        };
        self.events.push(AuditEvent { id: pending.id.clone(), messages, records });
    }

    fn odd(&mut self, place: Place, kind: OddityKind, line: &[u8]) {
        let count = match kind {
            OddityKind::NoRecord => &mut self.counters.no_record,
            OddityKind::NoDenial => &mut self.counters.no_denial,
            OddityKind::Damaged(_) => &mut self.counters.damaged,
        };
        *count += 1;
        if *count <= KEPT_ODDITIES {
            let text = line.get(..KEPT_LINE).unwrap_or(line);
            self.oddities.push(Oddity { place, kind, text: Untrusted::new(text) });
        }
    }
}

fn raw(pending: &Pending, record: &Stored) -> RawRecord {
    let line = pending.line(record);
    let spot = record.spot.and_then(|(segment, offset)| {
        let length = u32::try_from(line.len()).ok()?;
        Some(RawText::At(Spot { segment, length, offset, crc: crc32fast::hash(line) }))
    });
    RawRecord { place: record.place, text: spot.unwrap_or_else(|| RawText::Here(Untrusted::new(line))) }
}

fn is_avc(kind: RecordType) -> bool {
    matches!(kind, RecordType::Avc | RecordType::UserAvc)
}

/// The context of the process that the event's SYSCALL record names.
fn subject_of(pending: &Pending) -> Option<Box<[u8]>> {
    let mut companions = Companions::with_subject();
    for record in pending.records.iter().filter(|record| record.kind == RecordType::Syscall) {
        companions.add(record.kind, pending.body(record), record.notation);
    }
    companions.subject
}

/// Whether a record without a serial number belongs to the event before it.
fn belongs(open: &Pending, id: &EventId, kind: RecordType, pid: Option<u64>) -> bool {
    let second = |id: &EventId| id.stamp.0 / 1000;
    if second(&open.id).abs_diff(second(id)) > 1 {
        return false;
    }
    let only_avcs = open.records.iter().all(|record| is_avc(record.kind));
    let first = open.records.first().and_then(|record| pid_of(open.body(record), record.notation));
    let same = pid.is_none() || first.is_none() || pid == first;
    if is_avc(kind) { only_avcs && pid.is_some() && pid == first && second(&open.id) != 0 } else { same }
}

fn pid_of(body: &[u8], notation: Notation) -> Option<u64> {
    let pid = fields(body, notation).find(|field| field.key == b"pid")?.value.text();
    (!pid.is_empty() && pid.iter().all(u8::is_ascii_digit)).then(|| number(pid))
}
