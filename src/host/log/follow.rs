//! Reading logs for as long as the program runs.

use std::{
    fs, io,
    path::Path,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use super::{
    InputState, LogInput, RawTexts,
    gate::{Credit, Gate},
    journal_source::{self, Running},
    lines::{Lines, Sink},
    old::OldFile,
    open::{compression, is_stream, open},
    raw_texts::Spool,
    read::CHUNK,
    sieve::Sieve,
    tail::{Step, Tail},
    watch::Watch,
};
use crate::{
    audit::{AuditEvent, Counters, EventAssembler, Mark, Oddity, Selection, Stamp},
    host::{clock, directories::node_name, thread::spawn_named},
    session::ReadMark,
};

/// How often a file is looked at. An event is shown after three looks without a further record.
const LOOK: Duration = Duration::from_millis(100);

/// How often it is looked at where inotify tells when it grows, and nothing is pending: not every file system tells.
const SELDOM: Duration = Duration::from_millis(250);

/// A flood is read in mouthfuls, not record by record.
const BREATH: Duration = Duration::from_millis(5);

/// How long events are gathered before they are sent.
const GATHER: Duration = Duration::from_millis(16);

/// How many are sent without waiting that long.
const MOST_EVENTS: usize = 512;

/// A file that grows faster than it is read gives way to the others after this many chunks.
const CHUNKS_A_TURN: usize = 64;

/// The end of a log may be half an event if its last record is younger than this.
const FRESH: u64 = 5000;

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
    _credit: Credit,
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

/// The same for the messages that the selection takes; `last_load` is that of what is there at the start.
pub fn follow_selected<F>(inputs: Vec<LogInput>, selection: &Selection, deliver: F) -> anyhow::Result<Following>
where
    F: FnMut(LogNews) -> bool + Clone + Send + 'static,
{
    let sieve = Sieve::new(inputs.len() > 1, selection);
    let gate = Arc::new(Gate::default());
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
                let (sender, chunks) = sync_channel(2);
                let mut outbox = Outbox::new(Arc::clone(&gate), deliver.clone(), number, sieve.another());
                let running = Running::default();
                if let LogInput::Journal { root } = &stream {
                    let node = node_name(root);
                    outbox.assembler = EventAssembler::new(clock::wall_clock()).of_node(node.as_str());
                    following.running.push(Arc::clone(&running));
                }
                let spool = if matches!(stream, LogInput::Told { .. }) { None } else { Spool::new(&texts) };
                spawn_named("log-stream", move || read_stream(&stream, &running, &sender))?;
                spawn_named("log-events", move || Stream { number, spool, outbox }.run(&chunks))?;
            }
        }
    }
    if let Some(first) = files.first().map(Source::input) {
        let outbox = Outbox::new(gate, deliver, first, sieve);
        let files = files.into_iter().map(|source| Followed { source, state: None }).collect();
        following.thread = Some(spawn_named("log-files", move || Files { files, outbox }.run())?);
    }
    Ok(following)
}

/// A compressed file grows no more.
fn is_packed(path: &Path) -> bool {
    !is_stream(path) && fs::File::open(path).is_ok_and(|file| compression(&file).is_some())
}

/// Gathers events and sends them.
struct Outbox<F> {
    gate: Arc<Gate>,
    deliver: F,
    /// The number under which oddities are told.
    input: usize,
    assembler: EventAssembler,
    gathered: Vec<AuditEvent>,
    sent: Instant,
    counters: Counters,
    sieve: Sieve,
}

/// The listener is gone, or it is time to stop.
struct Stopped;

impl<F: FnMut(LogNews) -> bool> Outbox<F> {
    fn new(gate: Arc<Gate>, deliver: F, input: usize, sieve: Sieve) -> Self {
        let assembler = EventAssembler::new(clock::wall_clock());
        let (sent, counters) = (Instant::now(), Counters::default());
        Self { gate, deliver, input, assembler, gathered: Vec::new(), sent, counters, sieve }
    }

    fn send(&mut self, news: LogNews) -> Result<(), Stopped> {
        if !self.gate.is_stopped() && (self.deliver)(news) { Ok(()) } else { Err(Stopped) }
    }

    /// Whether enough was gathered, or long enough.
    fn is_due(&self) -> bool {
        self.assembler.ready() >= MOST_EVENTS || self.sent.elapsed() >= GATHER
    }

    /// Sends what was gathered.
    fn send_events(&mut self) -> Result<(), Stopped> {
        self.sent = Instant::now();
        let marks = self.assembler.take_marks();
        if !marks.is_empty() {
            self.sieve.mark(marks.iter().cloned());
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

    /// Sends what was held for the last policy load.
    fn release(&mut self) -> Result<(), Stopped> {
        self.send_events()?;
        self.gathered.extend(self.sieve.release());
        while !self.gathered.is_empty() {
            let rest = self.gathered.split_off(self.gathered.len().min(MOST_EVENTS));
            self.send_events()?;
            self.gathered = rest;
        }
        Ok(())
    }

    /// Completes the events at the end of what there is, unless more of the last one may be on its way.
    fn settle(&mut self) {
        let Stamp(now) = clock::now();
        match self.assembler.newest() {
            Some(Stamp(newest)) if newest != 0 && newest.abs_diff(now) < FRESH => self.assembler.settle(Stamp(now)),
            _ => self.assembler.flush(),
        }
    }
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
    files: Vec<Followed>,
    outbox: Outbox<F>,
}

impl<F: FnMut(LogNews) -> bool> Files<F> {
    fn run(mut self) {
        // Stopped is the one way out, and nobody is left to tell.
        let _ = self.follow();
    }

    fn follow(&mut self) -> Result<(), Stopped> {
        let mut buffer = vec![0; CHUNK];
        for place in 0..self.files.len() {
            self.tell(place, InputState::Reading)?;
            while self.turn(place, &mut buffer)? == Step::More {}
        }
        let (mut looks, mut caught_up) = (0, false);
        let tails = self.files.iter().filter_map(|file| match &file.source {
            Source::Tail(tail) => Some(tail.path()),
            Source::Old(_) => None,
        });
        let watch = Watch::folders_of(tails);
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
                self.outbox.release()?;
                for file in &self.files {
                    let input = file.source.input();
                    let news = LogNews::CaughtUp { input };
                    if !(self.outbox.deliver)(news) {
                        return Err(Stopped);
                    }
                }
            }
            match &watch {
                Some(watch) => {
                    watch.wait(if caught_up && self.outbox.assembler.is_idle() { SELDOM } else { LOOK });
                    if self.outbox.gate.pause(BREATH) {
                        return Err(Stopped);
                    }
                }
                None if self.outbox.gate.pause(LOOK) => return Err(Stopped),
                None => {}
            }
            for place in 0..self.files.len() {
                self.turn(place, &mut buffer)?;
            }
        }
    }

    /// Reads a file to its end, but not for ever.
    fn turn(&mut self, place: usize, buffer: &mut [u8]) -> Result<Step, Stopped> {
        let Some(file) = self.files.get_mut(place) else { return Ok(Step::End) };
        let before = file.source.progress();
        for _ in 0..CHUNKS_A_TURN {
            let Some(file) = self.files.get_mut(place) else { return Ok(Step::End) };
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
                    let state = self.files.get(place).map_or(InputState::Live, |file| file.source.rest());
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
        let Some(Followed { source, .. }) = self.files.get(place) else { return Ok(()) };
        let (read, total) = source.progress();
        let progress = Progress { input: source.input(), read, total, mark: source.mark() };
        self.outbox.send_events()?;
        self.outbox.send(LogNews::Progress(progress))
    }

    fn tell(&mut self, place: usize, state: InputState) -> Result<(), Stopped> {
        let Some(file) = self.files.get_mut(place) else { return Ok(()) };
        if file.state.as_ref() == Some(&state) {
            return Ok(());
        }
        file.state = Some(state.clone());
        let input = file.source.input();
        self.outbox.send(LogNews::State { input, state })
    }
}

/// What came out of a stream: bytes, or why it ended.
type Chunk = Result<Vec<u8>, InputState>;

/// Reads a stream on a thread of its own: read(2) waits for as long as the other side likes.
fn read_stream(input: &LogInput, running: &Running, sender: &SyncSender<Chunk>) {
    let mut buffer = vec![0; CHUNK];
    let end = match open(input, true, running) {
        Err(error) => InputState::of(&error),
        Ok(mut source) => loop {
            match source.read(&mut buffer) {
                Ok(0) => break InputState::Ended,
                Ok(count) => {
                    if sender.send(Ok(buffer.get(..count).unwrap_or_default().to_vec())).is_err() {
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break InputState::of(&error),
            }
        },
    };
    // Nobody listens any more: nobody wants to know.
    let _ = sender.send(Err(end));
}

/// One stream's events.
struct Stream<F> {
    number: usize,
    spool: Option<Spool>,
    outbox: Outbox<F>,
}

impl<F: FnMut(LogNews) -> bool> Stream<F> {
    fn run(mut self, chunks: &Receiver<Chunk>) {
        let _ = self.follow(chunks);
    }

    fn follow(&mut self, chunks: &Receiver<Chunk>) -> Result<(), Stopped> {
        let input = self.number;
        let (mut lines, mut count, mut read, mut caught_up) = (Lines::default(), 0, 0, false);
        self.outbox.send(LogNews::State { input, state: InputState::Reading })?;
        loop {
            let chunk = chunks.recv_timeout(LOOK);
            if let Ok(Ok(bytes)) = &chunk {
                self.spool = self.spool.take().and_then(|spool| spool.write(bytes));
            }
            let segment = self.spool.as_ref().map(Spool::number);
            let sink = &mut Sink { assembler: &mut self.outbox.assembler, input, count: &mut count, segment };
            match chunk {
                Ok(Ok(bytes)) => {
                    lines.push(&bytes, sink);
                    read += bytes.len() as u64;
                    if self.outbox.is_due() {
                        self.outbox.send_events()?;
                        let news = Progress { input, read, total: None, mark: None };
                        self.outbox.send(LogNews::Progress(news))?;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.outbox.settle();
                    self.outbox.send_events()?;
                    if !caught_up && read > 0 && self.outbox.assembler.is_idle() {
                        caught_up = true;
                        self.outbox.release()?;
                        self.outbox.send(LogNews::State { input, state: InputState::Live })?;
                        self.outbox.send(LogNews::CaughtUp { input })?;
                    }
                    if self.outbox.gate.is_stopped() {
                        return Err(Stopped);
                    }
                }
                end => {
                    lines.finish(sink);
                    self.outbox.assembler.flush();
                    self.outbox.release()?;
                    let state = if let Ok(Err(state)) = end { state } else { InputState::Ended };
                    self.outbox.send(LogNews::State { input, state })?;
                    if !caught_up {
                        self.outbox.send(LogNews::CaughtUp { input })?;
                    }
                    return Ok(());
                }
            }
        }
    }
}
