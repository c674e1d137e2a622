//! Events whose records are still coming.

use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasherDefault, Hasher},
};

use super::{EventId, Place, Stamp, field::Notation, line::RecordType};
use crate::selinux::Name;

/// One record of an event that is not complete yet; its line stands in [`Pending::text`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Stored {
    pub kind: RecordType,
    pub place: Place,
    pub notation: Notation,
    pub proven: bool,
    pub cut: bool,
    /// Where the line begins and ends, and where its fields begin.
    pub line: (usize, usize),
    pub body: usize,
    /// The file and the offset in it where it can be read again; not of what is made of several lines.
    pub spot: Option<(u32, u64)>,
}

/// The records of one id so far.
#[derive(Debug)]
pub(super) struct Pending {
    pub id: EventId,
    pub text: Vec<u8>,
    pub records: Vec<Stored>,
    pub has_avc: bool,
    /// The round of [`Queue::settle`] in which its last record came.
    touched: u64,
}

/// An event with more records than this is taken as complete: the kernel's longest command line, 6 MB (`bprm_stack_limits`),
/// is some 1,600 EXECVE records where all of it is in hex.
const MOST_RECORDS: usize = 2048;

/// More events than this are never held back: the oldest one is taken as complete.
const MOST_EVENTS: usize = 1024;

/// Nor more bytes.
const MOST_BYTES: usize = 32 << 20;

/// How many buffers of completed events are kept for the next ones.
const KEPT_BUFFERS: usize = 256;

/// A record that is this much later (milliseconds) shows that nothing more comes; auditd, ausearch and laurel wait as long.
const LATER: u64 = 2000;

/// A record that is put together of several lines is no longer than this.
const LONGEST_WRAPPED: usize = 16 << 10;

impl Pending {
    pub fn line(&self, record: &Stored) -> &[u8] {
        self.text.get(record.line.0..record.line.1).unwrap_or_default()
    }

    pub fn body(&self, record: &Stored) -> &[u8] {
        self.text.get(record.body..record.line.1).unwrap_or_default()
    }

    fn beginning(&self, record: &Stored) -> &[u8] {
        self.text.get(record.line.0..record.body).unwrap_or_default()
    }

    /// Puts more text to the last record, whose line was broken; false when that is too much of it.
    pub fn extend(&mut self, text: &[u8], inside_word: bool) -> bool {
        let Some(record) = self.records.last_mut() else { return false };
        if record.line.1 - record.line.0 + text.len() > LONGEST_WRAPPED {
            return false;
        }
        if !inside_word {
            self.text.push(b'\n');
        }
        self.text.extend_from_slice(text);
        record.line.1 = self.text.len();
        record.spot = None;
        // The audit daemon breaks no lines.
        record.proven = false;
        true
    }

    /// Keeps a line, whose fields begin `body` bytes from its beginning.
    pub fn store(&mut self, line: &[u8], body: usize, record: Stored) {
        // The same record out of another input: a file given twice, a rotated log beside its copy. Or behind another beginning:
        // while no audit daemon runs, the journal gets each record from the audit socket and from the kernel's log.
        let (beginning, fields) = line.split_at_checked(body).unwrap_or_default();
        let behind_another_beginning = |old: &Stored| {
            let old = self.beginning(old);
            old != beginning && kind_and_id(old) != kind_and_id(beginning)
        };
        let same = |old: &Stored| {
            old.kind == record.kind
                && self.body(old) == fields
                && (old.place.input != record.place.input || behind_another_beginning(old))
        };
        if self.records.iter().any(same) {
            return;
        }
        let start = self.text.len();
        self.text.extend_from_slice(line);
        self.has_avc |= record.kind.speaks();
        self.records.push(Stored { line: (start, self.text.len()), body: start + body, ..record });
    }
}

/// What stands before a record's fields, without what changes with each line: the kernel's log has a time of its own for each.
fn kind_and_id(beginning: &[u8]) -> &[u8] {
    let place = beginning.windows(5).rposition(|window| window == b"type=");
    place.and_then(|place| beginning.get(place..)).unwrap_or(beginning)
}

/// The pending events in the order of their first records.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// `None` where an event was completed before older ones.
    slots: VecDeque<Option<Pending>>,
    /// The number of the first slot; numbers are never used again.
    base: u64,
    numbers: HashMap<EventId, u64, BuildHasherDefault<Mixed>>,
    /// The slot that the last record went to: the next one mostly belongs there too.
    last: u64,
    /// The second of each node's last record.
    seconds: HashMap<Option<Name>, u64>,
    /// The node and second of the last record: mostly those of the next one too.
    swept: Option<(Option<Name>, u64)>,
    round: u64,
    bytes: usize,
    /// Buffers of completed events, used again.
    spare: Vec<(Vec<u8>, Vec<Stored>)>,
    complete: Vec<Pending>,
}

/// A quick hash of numbers that mostly count up. Of events that are pending there are so few that nobody gains by
/// making them collide.
#[derive(Debug, Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Queue {
    /// Stores a record with its event, which is begun if there is none.
    pub fn add(&mut self, id: &EventId, line: &[u8], body: usize, record: Stored) {
        self.sweep(id);
        let number = self.find(id).unwrap_or_else(|| self.begin(id));
        self.store(number, line, body, record);
    }

    /// Stores a record with the event of that number; false when there is none any more.
    pub fn store(&mut self, number: u64, line: &[u8], body: usize, record: Stored) -> bool {
        let round = self.round;
        let Some(pending) = self.slot(number) else { return false };
        pending.store(line, body, record);
        pending.touched = round;
        let full = pending.records.len() >= MOST_RECORDS;
        self.last = number;
        self.bytes += line.len();
        if full || record.kind == RecordType::EndOfEvent {
            self.finish(number);
        }
        while self.bytes > MOST_BYTES || self.slots.len() > MOST_EVENTS {
            self.finish(self.base);
        }
        true
    }

    /// Begins an event; gives its number.
    pub fn begin(&mut self, id: &EventId) -> u64 {
        let (text, records) = self.spare.pop().unwrap_or_default();
        let number = self.base + self.slots.len() as u64;
        if id.serial.is_some() {
            self.numbers.insert(id.clone(), number);
        }
        self.slots.push_back(Some(Pending { id: id.clone(), text, records, has_avc: false, touched: self.round }));
        number
    }

    /// The event that the last record went to.
    pub fn last(&mut self) -> Option<&mut Pending> {
        self.slot(self.last)
    }

    /// The event of that number while it is pending.
    pub fn slot(&mut self, number: u64) -> Option<&mut Pending> {
        let place = usize::try_from(number.checked_sub(self.base)?).ok()?;
        self.slots.get_mut(place)?.as_mut()
    }

    fn find(&mut self, id: &EventId) -> Option<u64> {
        let last = self.last;
        if self.slot(last).is_some_and(|pending| pending.id == *id) {
            return Some(last);
        }
        self.numbers.get(id).copied()
    }

    /// Completes what a record of this stamp shows to be over on its node. Once a second of the log is enough.
    fn sweep(&mut self, id: &EventId) {
        let Stamp(now) = id.stamp;
        let second = now / 1000;
        if self.swept.as_ref().is_some_and(|(node, swept)| *swept == second && *node == id.node) {
            return;
        }
        self.swept = Some((id.node.clone(), second));
        if self.seconds.get(&id.node) == Some(&second) {
            return;
        }
        if self.seconds.len() > MOST_EVENTS {
            self.seconds.clear();
        }
        self.seconds.insert(id.node.clone(), second);
        let over = |pending: &Pending| {
            pending.id.node == id.node && pending.id.stamp.0 != 0 && pending.id.stamp.0.saturating_add(LATER) <= now
        };
        self.finish_where(over);
    }

    /// Completes the events that got no record in this round and the one before, and begins a new round.
    pub fn settle(&mut self) {
        self.round += 1;
        let round = self.round;
        self.finish_where(|pending| pending.touched + 2 <= round);
    }

    /// Completes all events.
    pub fn flush(&mut self) {
        self.finish_where(|_| true);
    }

    /// Whether no event is pending.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Whether events are complete.
    pub fn has_complete(&self) -> bool {
        !self.complete.is_empty()
    }

    /// The complete events, the oldest first.
    pub fn take_complete(&mut self) -> Vec<Pending> {
        std::mem::take(&mut self.complete)
    }

    /// Takes back the buffers of events.
    pub fn recycle(&mut self, mut complete: Vec<Pending>) {
        for pending in complete.drain(..) {
            self.keep(pending);
        }
        if self.complete.capacity() == 0 {
            self.complete = complete;
        }
    }

    fn keep(&mut self, mut pending: Pending) {
        if self.spare.len() < KEPT_BUFFERS && pending.text.capacity() <= MOST_BYTES / 512 {
            pending.text.clear();
            pending.records.clear();
            self.spare.push((pending.text, pending.records));
        }
    }

    fn finish_where(&mut self, over: impl Fn(&Pending) -> bool) {
        let slots = self.base..self.base + self.slots.len() as u64;
        for number in slots {
            if self.slot(number).is_some_and(|pending| over(pending)) {
                self.finish(number);
            }
        }
    }

    fn finish(&mut self, number: u64) {
        let place = number.checked_sub(self.base).and_then(|place| usize::try_from(place).ok());
        if let Some(pending) = place.and_then(|place| self.slots.get_mut(place)?.take()) {
            if self.numbers.get(&pending.id) == Some(&number) {
                self.numbers.remove(&pending.id);
            }
            self.bytes = self.bytes.saturating_sub(pending.text.len());
            if pending.has_avc {
                self.complete.push(pending);
            } else {
                self.keep(pending);
            }
        }
        while let Some(None) = self.slots.front() {
            self.slots.pop_front();
            self.base += 1;
        }
    }
}
