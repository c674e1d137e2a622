//! Reading logs for as long as the program runs.

use std::{
    fs, io,
    path::Path,
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use anyhow::Context as _;

use super::{
    InputState, LogInput, RawTexts,
    ahead::Ahead,
    gate::{Credit, Gate},
    journal_source::{self, Running},
    old::OldFile,
    open::{compression, is_stream},
    outbox::{Outbox, Stopped},
    read::CHUNK,
    sieve::Sieve,
    stream,
    tail::{Step, Tail},
    watch::Watch,
};
use crate::{
    audit::{AuditEvent, Counters, EventAssembler, Mark, Oddity, Selection},
    host::thread::spawn_named,
    session::ReadMark,
};

/// How often a file is looked at. An event is shown after three looks without a further record.
pub(super) const LOOK: Duration = Duration::from_millis(100);

/// A flood is read in mouthfuls, not record by record.
const BREATH: Duration = Duration::from_millis(5);

/// A file that grows faster than it is read gives way to the others after this many chunks.
const CHUNKS_A_TURN: usize = 64;

/// What the reading threads tell.
#[derive(Debug)]
pub enum LogNews {
    /// Events, in the order in which they were completed.
    Events(Batch),
    /// What happened to the policy.
    Marks(Vec<Mark>),
    /// How far an input was read.
    Progress(Progress),
    /// Lines that gave no message, and how much there was of everything: in all files together, or in one stream.
    Oddities {
        /// Whose numbers they are: a stream's, or all files', by the number of the first file.
        input: usize,
        /// Those that are new and kept.
        kept: Vec<Oddity>,
        /// How much there was so far.
        counters: Counters,
    },
    /// An input came to stand otherwise.
    State {
        /// Its number.
        input: usize,
        /// How it stands now.
        state: InputState,
    },
    /// Everything that was there at the start was read and sent, or cannot be read; what comes from here on is new.
    CaughtUp {
        /// The input's number.
        input: usize,
    },
}

/// Some events; the reader goes on when enough batches were dropped.
#[derive(Debug)]
pub struct Batch {
    /// The events.
    pub events: Vec<AuditEvent>,
    pub(super) _credit: Credit,
}

/// How far an input was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The input's number.
    pub input: usize,
    /// Bytes read of the file as it is now.
    pub read: u64,
    /// Its size; `None` for a stream.
    pub total: Option<u64>,
    /// How many seconds ago the last record that was read came to pass, where the reader is behind a stream.
    pub late: Option<u64>,
    /// How far, in a form that outlives the program; `None` for a stream.
    pub mark: Option<ReadMark>,
}

/// The running threads; dropping it stops them.
#[derive(Debug)]
pub struct Following {
    gate: Arc<Gate>,
    texts: RawTexts,
    running: Vec<Running>,
    thread: Option<JoinHandle<()>>,
}

impl Following {
    /// Where the records of the events are read again from.
    pub fn texts(&self) -> RawTexts {
        self.texts.clone()
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.gate.stop();
        self.running.iter().for_each(journal_source::end);
        // A thread that waits in read(2) for a pipe cannot be called back; only the one that follows files is waited for.
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Follows the inputs: one thread for all files, in their order, so that rows always come in the same order; two for each
/// stream. `deliver` is called on these threads, and ends them when it says false. A state that no person can mend ends none.
pub fn follow<F>(inputs: Vec<LogInput>, deliver: F) -> anyhow::Result<Following>
where
    F: FnMut(LogNews) -> bool + Clone + Send + 'static,
{
    follow_selected(inputs, &Selection::default(), deliver)
}

/// The same for the messages that the selection takes. `last_load` is that of what is there at the start: a load that comes later
/// is only one more.
pub fn follow_selected<F>(inputs: Vec<LogInput>, selection: &Selection, deliver: F) -> anyhow::Result<Following>
where
    F: FnMut(LogNews) -> bool + Clone + Send + 'static,
{
    let sieve = Sieve::new(inputs.len() > 1, selection);
    let ahead = selection.last_load.then(|| Arc::new(Ahead::of(&inputs)));
    let gate = Arc::new(Gate::new().context("the logs cannot be followed: too many files are open")?);
    let texts = RawTexts::default();
    let mut following = Following { gate: Arc::clone(&gate), texts: texts.clone(), running: Vec::new(), thread: None };
    let mut files = Vec::new();
    for (number, input) in inputs.into_iter().enumerate() {
        match input {
            LogInput::File(path) if is_packed(&path) => {
                files.push(Source::Old(OldFile::open(&path, number, &texts)));
            }
            LogInput::Old(path) => files.push(Source::Old(OldFile::open(&path, number, &texts))),
            LogInput::File(path) if !is_stream(&path) => {
                files.push(Source::Tail(Tail::new(path, number, texts.clone())));
            }
            stream => {
                let outbox = Outbox::new(Arc::clone(&gate), deliver.clone(), number, sieve.another());
                following.running.extend(stream::begin(stream, outbox, ahead.clone(), &texts)?);
            }
        }
    }
    if let Some(first) = files.first().map(Source::input) {
        let outbox = Outbox::new(gate, deliver, first, sieve);
        let files = files.into_iter().map(|source| Followed { source, state: None }).collect();
        following.thread = Some(spawn_named("log-files", move || Files { all: files, outbox, ahead }.run())?);
    }
    Ok(following)
}

/// A compressed file grows no more.
fn is_packed(path: &Path) -> bool {
    !is_stream(path) && fs::File::open(path).is_ok_and(|file| compression(&file).is_some())
}

enum Source {
    Tail(Tail),
    Old(OldFile),
}

impl Source {
    fn input(&self) -> usize {
        match self {
            Self::Tail(tail) => tail.input(),
            Self::Old(old) => old.input(),
        }
    }

    fn step(&mut self, buffer: &mut [u8], assembler: &mut EventAssembler) -> io::Result<Step> {
        match self {
            Self::Tail(tail) => tail.step(buffer, assembler),
            Self::Old(old) => old.step(buffer, assembler),
        }
    }

    fn mark(&self) -> Option<ReadMark> {
        match self {
            Self::Tail(tail) => tail.mark(),
            Self::Old(_) => None,
        }
    }

    fn progress(&self) -> (u64, Option<u64>) {
        match self {
            Self::Tail(tail) => {
                let (read, total) = tail.progress();
                (read, Some(total))
            }
            Self::Old(old) => (old.read(), None),
        }
    }

    /// How it stands when there is nothing more for now.
    fn rest(&self) -> InputState {
        match self {
            Self::Old(old) if old.is_over() => InputState::Ended,
            _ => InputState::Live,
        }
    }
}

struct Followed {
    source: Source,
    state: Option<InputState>,
}

/// The files, one after the other.
struct Files<F> {
    all: Vec<Followed>,
    outbox: Outbox<F>,
    ahead: Option<Arc<Ahead>>,
}

impl<F: FnMut(LogNews) -> bool> Files<F> {
    fn run(mut self) {
        // Stopped is the one way out, and nobody is left to tell.
        let _ = self.follow();
    }

    fn follow(&mut self) -> Result<(), Stopped> {
        let mut buffer = vec![0; CHUNK];
        // Before anything is read: what is written from here on is told.
        let watch = Watch::folders_of(self.tails().map(Tail::path));
        if let Some(ahead) = &self.ahead {
            self.outbox.sieve.know(ahead.loads(&self.outbox.gate));
        }
        for place in 0..self.all.len() {
            self.tell(place, InputState::Reading)?;
            while self.turn(place, &mut buffer)? == Step::More {}
        }
        let (mut looks, mut caught_up, mut more) = (0, false, false);
        let mut settled: Option<Instant> = None;
        loop {
            // What was written may wake this up many times between two rounds.
            if settled.is_none_or(|settled| settled.elapsed() >= LOOK) {
                settled = Some(Instant::now());
                self.outbox.settle();
                looks += 1;
            }
            self.outbox.send_events()?;
            if !caught_up && (self.outbox.assembler.is_idle() || looks > 4) {
                caught_up = true;
                for file in &self.all {
                    self.outbox.send(LogNews::CaughtUp { input: file.source.input() })?;
                }
            }
            let calm = caught_up && !more && self.outbox.assembler.is_idle() && !self.tails().any(Tail::is_uncertain);
            let longest = if calm { watch.longest(LOOK) } else { LOOK };
            if !more {
                watch.wait(longest, self.outbox.gate.end());
            }
            if self.outbox.gate.pause(BREATH) {
                return Err(Stopped);
            }
            more = false;
            for place in 0..self.all.len() {
                more |= self.turn(place, &mut buffer)? == Step::More;
            }
        }
    }

    fn tails(&self) -> impl Iterator<Item = &Tail> {
        self.all.iter().filter_map(|file| match &file.source {
            Source::Tail(tail) => Some(tail),
            Source::Old(_) => None,
        })
    }

    /// Reads a file to its end, but not for ever.
    fn turn(&mut self, place: usize, buffer: &mut [u8]) -> Result<Step, Stopped> {
        let Some(file) = self.all.get_mut(place) else { return Ok(Step::End) };
        let before = file.source.progress();
        for _ in 0..CHUNKS_A_TURN {
            let Some(file) = self.all.get_mut(place) else { return Ok(Step::End) };
            match file.source.step(buffer, &mut self.outbox.assembler) {
                Ok(Step::More) => {
                    if self.outbox.is_due() {
                        self.report(place)?;
                    }
                }
                Ok(Step::End) => {
                    if file.source.progress() != before {
                        self.report(place)?;
                    }
                    let state = self.all.get(place).map_or(InputState::Live, |file| file.source.rest());
                    self.tell(place, state)?;
                    return Ok(Step::End);
                }
                Err(error) => {
                    self.tell(place, InputState::of(&error))?;
                    return Ok(Step::End);
                }
            }
        }
        Ok(Step::More)
    }

    fn report(&mut self, place: usize) -> Result<(), Stopped> {
        let Some(Followed { source, .. }) = self.all.get(place) else { return Ok(()) };
        let (read, total) = source.progress();
        let progress = Progress { input: source.input(), read, total, late: None, mark: source.mark() };
        self.outbox.send_events()?;
        self.outbox.send(LogNews::Progress(progress))
    }

    fn tell(&mut self, place: usize, state: InputState) -> Result<(), Stopped> {
        let Some(file) = self.all.get_mut(place) else { return Ok(()) };
        if file.state.as_ref() == Some(&state) {
            return Ok(());
        }
        file.state = Some(state.clone());
        let input = file.source.input();
        self.outbox.send(LogNews::State { input, state })
    }
}
