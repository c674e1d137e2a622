//! Reading logs once, for the command line.

use std::io::{self, Read as _};

use anyhow::Context as _;

use super::{
    LogInput,
    journal_source::Running,
    lines::{Lines, Sink},
    open::open,
    sieve::Sieve,
};
use crate::{
    audit::{AuditEvent, Counters, EventAssembler, Oddity, Selection},
    host::clock::wall_clock,
};

/// How much is read at once.
pub(super) const CHUNK: usize = 256 << 10;

/// What reading came to beside the events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadSummary {
    /// How much there was of each.
    pub counters: Counters,
    /// The lines that gave no message, as far as they are kept.
    pub oddities: Vec<Oddity>,
}

/// Reads the inputs one after the other to their ends and hands each event on as soon as it is complete.
///
/// An event whose records stand at the end of one input and the beginning of the next is one event, so rotated logs are
/// best named oldest first. It ends at the first error, of an input or of the one who takes the events.
pub fn read_all(
    inputs: &[LogInput],
    take: impl FnMut(AuditEvent) -> anyhow::Result<()>,
) -> anyhow::Result<ReadSummary> {
    read_selected(inputs, &Selection::default(), take)
}

/// The same for the messages that the selection takes. What came before the last policy load is known only at the end: for
/// that the events are held until then.
pub fn read_selected(
    inputs: &[LogInput],
    selection: &Selection,
    take: impl FnMut(AuditEvent) -> anyhow::Result<()>,
) -> anyhow::Result<ReadSummary> {
    let mut sieve = Sieve::new(inputs.len() > 1, selection);
    let mut take = take;
    let mut assembler = EventAssembler::new(wall_clock()).without_records();
    let mut buffer = vec![0; CHUNK];
    let running = Running::default();
    let mut oddities = Vec::new();
    for (number, input) in inputs.iter().enumerate() {
        let (mut lines, mut count) = (Lines::default(), 0);
        let mut source = open(input, false, &running).map_err(|error| explained(input, &error))?;
        loop {
            let read = match source.read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                result => result.with_context(|| format!("{input}: cannot be read"))?,
            };
            let sink = &mut Sink { assembler: &mut assembler, input: number, count: &mut count, segment: None };
            if read == 0 {
                lines.finish(sink);
                break;
            }
            lines.push(buffer.get(..read).unwrap_or_default(), sink);
            sieve.mark(assembler.take_marks());
            assembler.drain_events().filter_map(|event| sieve.pass(event)).try_for_each(&mut take)?;
            oddities.append(&mut assembler.take_oddities());
        }
    }
    assembler.flush();
    sieve.mark(assembler.take_marks());
    assembler.drain_events().filter_map(|event| sieve.pass(event)).try_for_each(&mut take)?;
    sieve.release().try_for_each(&mut take)?;
    oddities.append(&mut assembler.take_oddities());
    let mut counters = assembler.counters();
    counters.duplicates = sieve.duplicates();
    counters.messages = counters.messages.saturating_sub(counters.duplicates);
    Ok(ReadSummary { counters, oddities })
}

/// What an error means for the person, with what to do next.
fn explained(input: &LogInput, error: &io::Error) -> anyhow::Error {
    anyhow::anyhow!(super::InputState::of(error).remedy(input).unwrap_or_default())
}
