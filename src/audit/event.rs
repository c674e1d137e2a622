//! Lines to events.

use super::{
    AuditEvent, Counters, EventGatherer, EventReader, Gathered, Mark, Oddity, Place, Stamp, WallClock, line::RecordType,
};

/// How a line came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// By a newline, or the end of the input.
    Whole,
    /// It was longer than a reader takes; the rest was thrown away.
    Cut,
}

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
    gatherer: EventGatherer,
    reader: EventReader,
}

impl EventAssembler {
    /// An assembler that reads dates without a year by this clock.
    pub fn new(clock: WallClock) -> Self {
        Self { gatherer: EventGatherer::new(clock), reader: EventReader::default() }
    }

    /// One whose events come without their records: for those who want the messages alone.
    #[must_use]
    pub fn without_records(mut self) -> Self {
        self.reader = self.reader.without_records();
        self
    }

    /// One that takes entries of a journal which name this machine for its own, as audit.log does.
    #[must_use]
    pub fn of_node(mut self, name: &str) -> Self {
        self.gatherer = self.gatherer.of_node(name);
        self
    }

    /// Takes a line without its end.
    pub fn push(&mut self, place: Place, line: &[u8], ending: Ending) {
        self.push_from(place, None, line, ending);
    }

    /// Takes a line that can be read again: from the file of that number, at that offset. Only where is kept of its records.
    pub fn push_from(&mut self, place: Place, spot: Option<(u32, u64)>, line: &[u8], ending: Ending) {
        self.gatherer.push_from(place, spot, line, ending);
        self.collect();
    }

    /// Says that a while went by: completes the events that got no record since the call before the last one.
    ///
    /// A live tail calls it every 100 ms or so while it waits; then an event is seen within a third of a second. `now` is what
    /// dates without a year are read by from here on.
    pub fn settle(&mut self, now: Stamp) {
        self.gatherer.settle(now);
        self.collect();
    }

    /// Completes all events: the input is at its end.
    pub fn flush(&mut self) {
        self.gatherer.flush();
        self.collect();
    }

    /// Whether no event waits for more records.
    pub fn is_idle(&self) -> bool {
        self.gatherer.is_idle()
    }

    /// The latest stamp of any record.
    pub fn newest(&self) -> Option<Stamp> {
        self.gatherer.newest()
    }

    /// The events that were completed since the last call, in the order of their first records.
    pub fn take_events(&mut self) -> Vec<AuditEvent> {
        self.reader.take_events()
    }

    /// The same without giving the room for them away.
    pub fn drain_events(&mut self) -> impl Iterator<Item = AuditEvent> {
        self.reader.drain_events()
    }

    /// How many events [`EventAssembler::take_events`] would give.
    pub fn ready(&self) -> usize {
        self.reader.ready()
    }

    /// The oddities since the last call, in the order of their lines; at most [`KEPT_ODDITIES`](super::KEPT_ODDITIES) of
    /// each kind are ever kept.
    pub fn take_oddities(&mut self) -> Vec<Oddity> {
        let mut oddities = self.gatherer.take_oddities();
        oddities.append(&mut self.reader.take_oddities());
        oddities.sort_by_key(|oddity| oddity.place);
        oddities
    }

    /// The marks since the last call, in the order of the log. They do not wait for the events around them.
    pub fn take_marks(&mut self) -> Vec<Mark> {
        self.gatherer.take_marks()
    }

    /// What was read so far.
    pub fn counters(&self) -> Counters {
        self.gatherer.counters().plus(self.reader.counters())
    }

    fn collect(&mut self) {
        if self.gatherer.has_complete() {
            let gathered: Gathered = self.gatherer.take();
            self.reader.read(&gathered);
            self.gatherer.recycle(gathered);
        }
    }
}

pub(super) fn is_avc(kind: RecordType) -> bool {
    matches!(kind, RecordType::Avc | RecordType::UserAvc)
}
