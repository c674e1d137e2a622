//! Reading logs once, for the command line.

use std::{
    io::{self, Read as _},
    sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
};

use anyhow::Context as _;
use tempfile::NamedTempFile;

use super::{
    LogInput,
    journal_source::Running,
    lines::{Lines, Sink},
    open::{is_stream, open},
    sieve::{Loads, Sieve, remember},
};
use crate::{
    audit::{AuditEvent, Counters, EventGatherer, EventReader, Gathered, Mark, Oddity, Selection},
    host::{clock::wall_clock, thread::spawn_named},
};

/// How much is read at once.
pub(super) const CHUNK: usize = 256 << 10;

/// How many chunks the thread that reads may be ahead of the one that takes the events.
const AHEAD: usize = 4;

/// What reading came to beside the events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadSummary {
    /// How much there was of each.
    pub counters: Counters,
    /// The lines that gave no message, as far as they are kept.
    pub oddities: Vec<Oddity>,
    /// The inputs that could not be read, or not to their ends, and what to do about each.
    pub failures: Vec<String>,
}

/// Reads the inputs one after the other to their ends and hands each event on as soon as it is complete.
///
/// An event whose records stand at the end of one input and the beginning of the next is one event, so rotated logs are
/// best named oldest first. An input that fails is left where it fails, and the others are read; an error of the one who takes the
/// events ends it.
pub fn read_all(
    inputs: &[LogInput],
    take: impl FnMut(AuditEvent) -> anyhow::Result<()>,
) -> anyhow::Result<ReadSummary> {
    read_selected(inputs, &Selection::default(), Detail::Whole, take)
}

/// How much of each message is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// All of it, and the text of every record of its event.
    WithRecords,
    /// All of it.
    Whole,
    /// Everything but the command line, which is decoded for nothing where messages are only counted.
    WithoutCommandLine,
}

/// The same for the messages that the selection takes. What came before the last policy load is known only at the end: for
/// that everything is read twice, a pipe from a private file.
pub fn read_selected(
    inputs: &[LogInput],
    selection: &Selection,
    detail: Detail,
    take: impl FnMut(AuditEvent) -> anyhow::Result<()>,
) -> anyhow::Result<ReadSummary> {
    let mut take = take;
    let several = inputs.len() > 1;
    let again = selection.last_load.then(|| Again::of(inputs)).transpose()?;
    let inputs = again.as_ref().map_or(inputs, |again| &again.inputs);
    let mut sieve = Sieve::new(several, selection);
    if selection.last_load {
        sieve.know(&last_loads(inputs, || true)?);
    }
    let mut reader = EventReader::default();
    if detail != Detail::WithRecords {
        reader = reader.without_records();
    }
    if detail == Detail::WithoutCommandLine {
        reader = reader.without_command_lines();
    }
    let (pieces, emptied) = LineThread::begin(inputs)?;
    let mut summary = ReadSummary { counters: Counters::default(), oddities: Vec::new(), failures: Vec::new() };
    let mut hand_on = |piece: Piece, reader: &mut EventReader| -> anyhow::Result<()> {
        let Piece { gathered, oddities, counters, failures, .. } = piece;
        summary.failures.extend(failures);
        reader.read(&gathered);
        // The other side may be done.
        let _ = emptied.send(gathered);
        reader.drain_events().filter_map(|event| sieve.pass(event)).try_for_each(&mut take)?;
        summary.oddities.extend(oddities);
        summary.oddities.append(&mut reader.take_oddities());
        summary.counters = counters;
        Ok(())
    };
    for piece in &pieces {
        hand_on(piece, &mut reader)?;
    }
    summary.oddities.sort_by_key(|oddity| oddity.place);
    summary.counters = summary.counters.plus(reader.counters());
    summary.counters.duplicates = sieve.duplicates();
    summary.counters.messages = summary.counters.messages.saturating_sub(summary.counters.duplicates);
    Ok(summary)
}

/// What a chunk came to.
struct Piece {
    gathered: Gathered,
    marks: Vec<Mark>,
    oddities: Vec<Oddity>,
    counters: Counters,
    failures: Vec<String>,
}

/// The first half of the work, on a thread of its own: bytes to lines to the records of events.
struct LineThread {
    inputs: Vec<LogInput>,
    sender: SyncSender<Piece>,
    /// Events that were read: their buffers are used again.
    spare: Receiver<Gathered>,
}

/// The last policy load of each node; of those that were read so far when it is no longer to go on.
pub(super) fn last_loads(inputs: &[LogInput], go_on: impl Fn() -> bool) -> anyhow::Result<Loads> {
    let mut loads = Loads::default();
    let (pieces, emptied) = LineThread::begin(inputs)?;
    for piece in &pieces {
        let Piece { gathered, marks, .. } = piece;
        if !go_on() {
            break;
        }
        remember(&mut loads, marks);
        let _ = emptied.send(gathered);
    }
    Ok(loads)
}

/// Inputs that can be read more than once.
struct Again {
    inputs: Vec<LogInput>,
    /// What pipes said; the files go with this.
    _told: Vec<NamedTempFile>,
}

impl Again {
    fn of(inputs: &[LogInput]) -> anyhow::Result<Self> {
        let mut told = Vec::new();
        let mut all = Vec::new();
        for input in inputs {
            let again = match input {
                LogInput::Stdin => false,
                LogInput::File(path) => !is_stream(path),
                LogInput::Old(_) | LogInput::Journal { .. } | LogInput::Kmsg | LogInput::Told { .. } => true,
            };
            if again {
                all.push(input.clone());
                continue;
            }
            let mut source =
                open(input, false, &Running::default()).map_err(|error| anyhow::anyhow!(explained(input, &error)))?;
            let mut file = NamedTempFile::with_prefix("seltui-").context("no place to keep what the pipe says")?;
            io::copy(&mut source, &mut file).with_context(|| format!("{input}: cannot be kept for a second look"))?;
            all.push(LogInput::File(file.path().to_owned()));
            told.push(file);
        }
        Ok(Self { inputs: all, _told: told })
    }
}

impl LineThread {
    /// Begins to read. Nobody waits for the thread's end: when the other side gives up early it may be in the middle of
    /// read(2).
    fn begin(inputs: &[LogInput]) -> anyhow::Result<(Receiver<Piece>, Sender<Gathered>)> {
        let (sender, pieces) = sync_channel(AHEAD);
        let (emptied, spare) = channel();
        let lines = Self { inputs: inputs.to_vec(), sender, spare };
        spawn_named("log-lines", move || lines.run())?;
        Ok((pieces, emptied))
    }

    fn run(self) {
        let mut gatherer = EventGatherer::new(wall_clock());
        let mut buffer = vec![0; CHUNK];
        for (number, input) in self.inputs.iter().enumerate() {
            let failure = self.read(number, input, &mut gatherer, &mut buffer).map(|error| explained(input, &error));
            if !self.send(&mut gatherer, failure) {
                return;
            }
        }
        gatherer.flush();
        self.send(&mut gatherer, None);
    }

    /// Reads an input to its end, or to where it fails.
    fn read(
        &self,
        number: usize,
        input: &LogInput,
        gatherer: &mut EventGatherer,
        buffer: &mut [u8],
    ) -> Option<io::Error> {
        let (mut lines, mut count) = (Lines::default(), 0);
        let mut source = match open(input, false, &Running::default()) {
            Ok(source) => source,
            Err(error) => return Some(error),
        };
        let failure = loop {
            let read = match source.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => break Some(error),
                Ok(0) => break None,
                Ok(read) => read,
            };
            let sink = &mut Sink { assembler: gatherer, input: number, count: &mut count, segment: None };
            lines.push(buffer.get(..read).unwrap_or_default(), sink);
            if !self.send(gatherer, None) {
                return None;
            }
        };
        lines.finish(&mut Sink { assembler: gatherer, input: number, count: &mut count, segment: None });
        failure
    }

    /// Sends what is there; false when nobody listens.
    fn send(&self, gatherer: &mut EventGatherer, failure: Option<String>) -> bool {
        while let Ok(gathered) = self.spare.try_recv() {
            gatherer.recycle(gathered);
        }
        let piece = Piece {
            gathered: gatherer.take(),
            marks: gatherer.take_marks(),
            oddities: gatherer.take_oddities(),
            counters: gatherer.counters(),
            failures: failure.into_iter().collect(),
        };
        self.sender.send(piece).is_ok()
    }
}

/// What an error means for the person, with what to do next.
fn explained(input: &LogInput, error: &io::Error) -> String {
    super::InputState::of(error).remedy(input).unwrap_or_default()
}
