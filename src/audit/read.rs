//! The records of one event to its messages: the second half of the work, which looks only at events that hold one.

use super::{
    AuditEvent, AvcKind, AvcResult, Counters, Gathered, Oddity, OddityKind, Place, RawRecord, RawText, Spot, avc,
    companion::{Companions, subject},
    line::RecordType,
    names::Names,
    pending::{Pending, Stored},
    refusal,
};
use crate::selinux::Untrusted;

/// Reads the events that an [`EventGatherer`](super::EventGatherer) put together.
#[derive(Debug)]
pub struct EventReader {
    names: Names,
    keeps_records: bool,
    keeps_command_lines: bool,
    events: Vec<AuditEvent>,
    oddities: Vec<Oddity>,
    counters: Counters,
}

impl Default for EventReader {
    fn default() -> Self {
        Self {
            names: Names::default(),
            keeps_records: true,
            keeps_command_lines: true,
            events: Vec::new(),
            oddities: Vec::new(),
            counters: Counters::default(),
        }
    }
}

impl EventReader {
    /// One whose events come without their records: for those who want the messages alone.
    #[must_use]
    pub fn without_records(mut self) -> Self {
        self.keeps_records = false;
        self
    }

    /// One whose messages come without their command lines too: for those who only count.
    #[must_use]
    pub fn without_command_lines(mut self) -> Self {
        self.keeps_command_lines = false;
        self
    }

    /// Reads events.
    pub fn read(&mut self, gathered: &Gathered) {
        for pending in &gathered.0 {
            self.assemble(pending);
        }
    }

    /// The events that were read since the last call, in their order.
    pub fn take_events(&mut self) -> Vec<AuditEvent> {
        std::mem::take(&mut self.events)
    }

    /// The same without giving the room for them away.
    pub fn drain_events(&mut self) -> impl Iterator<Item = AuditEvent> {
        self.events.drain(..)
    }

    /// How many events [`EventReader::take_events`] would give.
    pub fn ready(&self) -> usize {
        self.events.len()
    }

    /// The records that gave no message, since the last call; at most [`KEPT_ODDITIES`](super::KEPT_ODDITIES) of each kind
    /// are ever kept.
    pub fn take_oddities(&mut self) -> Vec<Oddity> {
        std::mem::take(&mut self.oddities)
    }

    /// Messages, and records that gave none: what was read so far.
    pub fn counters(&self) -> Counters {
        self.counters
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
                    refusal::read(body, origin, subject(pending), &mut self.names)
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
        let companions = Companions::of(pending);
        for message in &mut messages {
            companions.complete(message, self.keeps_command_lines);
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
        self.oddities.extend(self.counters.odd(place, kind, line));
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
