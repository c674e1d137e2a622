//! Events on their way to whoever follows the logs.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    follow::{Batch, LogNews},
    gate::Gate,
    sieve::Sieve,
};
use crate::{
    audit::{AuditEvent, Counters, EventAssembler, Stamp},
    host::clock,
};

/// How long events are gathered before they are sent.
const GATHER: Duration = Duration::from_millis(16);

/// How many are sent without waiting that long.
const MOST_EVENTS: usize = 512;

/// The end of a log may be half an event if its last record is younger than this.
const FRESH: u64 = 5000;

/// Gathers events and sends them.
pub(super) struct Outbox<F> {
    pub gate: Arc<Gate>,
    deliver: F,
    input: usize,
    pub assembler: EventAssembler,
    gathered: Vec<AuditEvent>,
    sent: Instant,
    counters: Counters,
    pub sieve: Sieve,
}

/// The listener is gone, or it is time to stop.
#[derive(Debug)]
pub(super) struct Stopped;

impl<F: FnMut(LogNews) -> bool> Outbox<F> {
    pub fn new(gate: Arc<Gate>, deliver: F, input: usize, sieve: Sieve) -> Self {
        let assembler = EventAssembler::new(clock::wall_clock());
        let (sent, counters) = (Instant::now(), Counters::default());
        Self { gate, deliver, input, assembler, gathered: Vec::new(), sent, counters, sieve }
    }

    /// The number under which oddities are told.
    pub fn input(&self) -> usize {
        self.input
    }

    pub fn send(&mut self, news: LogNews) -> Result<(), Stopped> {
        if !self.gate.is_stopped() && (self.deliver)(news) { Ok(()) } else { Err(Stopped) }
    }

    /// Whether enough was gathered, or long enough.
    pub fn is_due(&self) -> bool {
        self.assembler.ready() >= MOST_EVENTS || self.sent.elapsed() >= GATHER
    }

    /// Sends what was gathered.
    pub fn send_events(&mut self) -> Result<(), Stopped> {
        self.sent = Instant::now();
        let marks = self.assembler.take_marks();
        if !marks.is_empty() {
            self.send(LogNews::Marks(marks))?;
        }
        let (sieve, events) = (&mut self.sieve, self.assembler.drain_events());
        self.gathered.extend(events.filter_map(|event| sieve.pass(event)));
        if !self.gathered.is_empty() {
            let credit = self.gate.enter().ok_or(Stopped)?;
            let events = std::mem::take(&mut self.gathered);
            self.send(LogNews::Events(Batch { events, _credit: credit }))?;
        }
        let mut counters = self.assembler.counters();
        // One number for all readers: it is told by the first.
        if self.input == 0 {
            counters.duplicates = self.sieve.duplicates();
        }
        if counters != self.counters {
            self.counters = counters;
            let kept = self.assembler.take_oddities();
            self.send(LogNews::Oddities { input: self.input, kept, counters })?;
        }
        Ok(())
    }

    /// Takes note of the policy loads alone: what was read is read again when all of them are known.
    pub fn scout(&mut self) {
        self.sieve.mark(self.assembler.take_marks());
        self.assembler.drain_events().for_each(drop);
        self.assembler.take_oddities();
    }

    /// Completes the events at the end of what there is, unless more of the last one may be on its way.
    pub fn settle(&mut self) {
        let Stamp(now) = clock::now();
        match self.assembler.newest() {
            Some(Stamp(newest)) if newest != 0 && newest.abs_diff(now) < FRESH => self.assembler.settle(Stamp(now)),
            _ => self.assembler.flush(),
        }
    }
}
