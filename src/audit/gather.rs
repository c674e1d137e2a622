//! Lines to the records of one event: the first half of the work, which looks at every line.

use nom::FindSubstring as _;

use super::{
    Counters, Ending, EventId, Oddity, OddityKind, Place, Stamp, WallClock,
    event::is_avc,
    field::{Notation, fields},
    journal_json::{self, Entry},
    line::{Header, Line, RecordType, Second, scan},
    mark::{self, Mark},
    pending::{Pending, Queue, Stored},
    stamp::number,
    wrap::continuation,
};
use crate::selinux::Name;

/// The records of complete events that hold a message, in the order of their first records; an
/// [`EventReader`](super::EventReader) reads them.
#[derive(Debug, Default)]
pub struct Gathered(pub(super) Vec<Pending>);

impl Gathered {
    /// How many events there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Puts the records of events together; [`EventAssembler`](super::EventAssembler) says how. It and the
/// [`EventReader`](super::EventReader) may work on threads of their own.
#[derive(Debug)]
pub struct EventGatherer {
    clock: WallClock,
    queue: Queue,
    /// The open event of records that carry no serial number.
    loose: Option<u64>,
    /// The line before this one was a record that is kept: it may go on.
    open: bool,
    /// The node of the last record: mostly that of the next one too.
    node: Option<Name>,
    newest: Option<Stamp>,
    second: Second,
    own_node: Option<Vec<u8>>,
    oddities: Vec<Oddity>,
    marks: Vec<Mark>,
    counters: Counters,
}

impl EventGatherer {
    /// One that reads dates without a year by this clock.
    pub fn new(clock: WallClock) -> Self {
        Self {
            clock,
            queue: Queue::default(),
            loose: None,
            open: false,
            node: None,
            newest: None,
            second: Second::new(),
            own_node: None,
            oddities: Vec::new(),
            marks: Vec::new(),
            counters: Counters::default(),
        }
    }

    /// One that takes entries of a journal which name this machine for its own, as audit.log does.
    #[must_use]
    pub fn of_node(mut self, name: &str) -> Self {
        self.own_node = Some(name.as_bytes().to_vec());
        self
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

    /// Says that a while went by: completes the events that got no record since the call before the last one. `now` is what
    /// dates without a year are read by from here on.
    pub fn settle(&mut self, now: Stamp) {
        self.clock.set_now(now);
        self.queue.settle();
    }

    /// Completes all events: the input is at its end.
    pub fn flush(&mut self) {
        self.queue.flush();
    }

    /// Whether no event waits for more records.
    pub fn is_idle(&self) -> bool {
        self.queue.is_empty()
    }

    /// The latest stamp of any record.
    pub fn newest(&self) -> Option<Stamp> {
        self.newest
    }

    /// Whether events are complete.
    pub fn has_complete(&self) -> bool {
        self.queue.has_complete()
    }

    /// The events that were completed since the last call.
    pub fn take(&mut self) -> Gathered {
        Gathered(self.queue.take_complete())
    }

    /// Takes back what events were held in, for the next ones.
    pub fn recycle(&mut self, gathered: Gathered) {
        self.queue.recycle(gathered.0);
    }

    /// The lines that are no record, since the last call; at most [`KEPT_ODDITIES`](super::KEPT_ODDITIES) are ever kept.
    pub fn take_oddities(&mut self) -> Vec<Oddity> {
        std::mem::take(&mut self.oddities)
    }

    /// The marks since the last call, in the order of the log. They do not wait for the events around them.
    pub fn take_marks(&mut self) -> Vec<Mark> {
        std::mem::take(&mut self.marks)
    }

    /// Lines, records, and lines that are none: what was read so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    fn odd(&mut self, place: Place, kind: OddityKind, line: &[u8]) {
        self.oddities.extend(self.counters.odd(place, kind, line));
    }
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
