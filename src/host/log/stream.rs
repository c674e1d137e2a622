//! Inputs that come by themselves: pipes, the journal, the kernel log.

use std::{
    io,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    time::Duration,
};

use super::{
    InputState, LogInput, RawTexts,
    ahead::Ahead,
    follow::{LOOK, LogNews, Progress},
    journal_source::Running,
    lines::{Lines, Sink},
    open::open,
    outbox::{Outbox, Stopped},
    raw_texts::Spool,
    read::CHUNK,
};
use crate::{
    audit::{EventAssembler, Stamp},
    host::{clock, directories::node_name, thread::spawn_named},
};

/// How long the listener waits while nothing is pending: it need not even ask whether it is time to stop.
const CALM: Duration = Duration::from_secs(5);

/// A journal that said nothing for so many looks has nothing to say.
const SILENT: u32 = 10;

/// A record of a journal that is older (milliseconds) when it is read shows that the reader is behind.
const LATE: u64 = 3000;

/// What came out of a stream: bytes, or why it ended.
type Chunk = Result<Vec<u8>, InputState>;

/// Starts the two threads of a stream: one waits in read(2), one reads what came. What is to be ended with them, of a journal.
pub(super) fn begin<F>(
    input: LogInput,
    mut outbox: Outbox<F>,
    ahead: Option<Arc<Ahead>>,
    texts: &RawTexts,
) -> anyhow::Result<Option<Running>>
where
    F: FnMut(LogNews) -> bool + Send + 'static,
{
    let (sender, chunks) = sync_channel(2);
    let (running, mut started) = (Running::default(), None);
    if let LogInput::Journal { root } = &input {
        outbox.assembler = EventAssembler::new(clock::wall_clock()).of_node(node_name(root).as_str());
        started = Some(Arc::clone(&running));
    }
    let tells_past = matches!(input, LogInput::Journal { .. } | LogInput::Kmsg);
    let is_pipe = !tells_past;
    let scouting = ahead.is_some() && is_pipe;
    let wants_spool = scouting || !matches!(input, LogInput::Told { .. });
    let spool = if wants_spool { Spool::new(texts) } else { None };
    let stream = Stream {
        number: outbox.input(),
        tells_past,
        scouting,
        late: None,
        spool,
        outbox,
        lines: Lines::default(),
        count: 0,
        read: 0,
    };
    spawn_named("log-stream", move || read_stream(&input, &running, &sender))?;
    spawn_named("log-events", move || stream.run(&chunks, ahead.as_deref()))?;
    Ok(started)
}

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
    /// What it has to tell of the past it tells at once, and what it tells is new; a pipe may begin whenever it likes.
    tells_past: bool,
    /// Only policy loads are looked for so far: what was read is read again, from the spool, once they are known.
    scouting: bool,
    /// How late the last record was, in seconds.
    late: Option<u64>,
    spool: Option<Spool>,
    outbox: Outbox<F>,
    lines: Lines,
    count: u64,
    read: u64,
}

impl<F: FnMut(LogNews) -> bool> Stream<F> {
    fn run(mut self, chunks: &Receiver<Chunk>, ahead: Option<&Ahead>) {
        // Stopped is the one way out, and nobody is left to tell.
        let _ = self.follow(chunks, ahead);
    }

    fn follow(&mut self, chunks: &Receiver<Chunk>, ahead: Option<&Ahead>) -> Result<(), Stopped> {
        let input = self.number;
        let (mut caught_up, mut silent) = (false, 0);
        self.outbox.send(LogNews::State { input, state: InputState::Reading })?;
        if let Some(ahead) = ahead {
            let loads = ahead.loads(&self.outbox.gate);
            self.outbox.sieve.know(loads);
        }
        if self.scouting && self.spool.is_none() {
            let state = InputState::Failed("no place to keep what the pipe says, for a second look".to_owned());
            self.outbox.send(LogNews::State { input, state })?;
            return self.outbox.send(LogNews::CaughtUp { input });
        }
        loop {
            let settled = caught_up || (self.read == 0 && !self.tells_past);
            let calm = settled && self.outbox.assembler.is_idle();
            match chunks.recv_timeout(if calm { CALM } else { LOOK }) {
                Ok(Ok(bytes)) => {
                    self.take(&bytes)?;
                    if self.outbox.is_due() {
                        self.send_events()?;
                        self.report(caught_up && self.tells_past)?;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.outbox.settle();
                    self.send_events()?;
                    if self.late.is_some() {
                        self.report(false)?;
                    }
                    silent += 1;
                    let begun = self.read > 0 || (self.tells_past && silent > SILENT);
                    if !caught_up && begun && self.outbox.assembler.is_idle() {
                        caught_up = true;
                        self.read_again()?;
                        self.outbox.send(LogNews::State { input, state: InputState::Live })?;
                        self.outbox.send(LogNews::CaughtUp { input })?;
                    }
                    if self.outbox.gate.is_stopped() {
                        return Err(Stopped);
                    }
                }
                end => {
                    self.read_again()?;
                    self.with_sink(Lines::finish);
                    self.outbox.assembler.flush();
                    self.send_events()?;
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

    fn take(&mut self, bytes: &[u8]) -> Result<(), Stopped> {
        if self.spool.as_mut().is_some_and(|spool| !spool.write(bytes)) {
            // As much as can be kept was kept: a policy load that comes later in the pipe is only one more.
            self.read_again()?;
            self.spool = None;
        }
        self.with_sink(|lines, sink| lines.push(bytes, sink));
        self.read += bytes.len() as u64;
        Ok(())
    }

    fn with_sink(&mut self, give: impl FnOnce(&mut Lines, &mut Sink<'_>)) {
        let segment = self.spool.as_ref().map(Spool::number);
        let Self { outbox, lines, count, number, .. } = self;
        give(lines, &mut Sink { assembler: &mut outbox.assembler, input: *number, count, segment });
    }

    fn send_events(&mut self) -> Result<(), Stopped> {
        if self.scouting {
            self.outbox.scout();
            return Ok(());
        }
        self.outbox.send_events()
    }

    /// Tells how far it is, and how late if that is to be told.
    fn report(&mut self, tell_late: bool) -> Result<(), Stopped> {
        let age = |newest: Stamp| clock::now().0.saturating_sub(newest.0);
        let age = self.outbox.assembler.newest().filter(|newest| newest.0 != 0).map_or(0, age);
        self.late = (tell_late && age > LATE).then_some(age / 1000);
        let (read, late) = (self.read, self.late);
        self.outbox.send(LogNews::Progress(Progress { input: self.number, read, total: None, late, mark: None }))
    }

    /// The policy loads of what the pipe told so far are known: reads it again for the events behind them.
    fn read_again(&mut self) -> Result<(), Stopped> {
        if !std::mem::take(&mut self.scouting) {
            return Ok(());
        }
        self.outbox.scout();
        self.outbox.assembler = EventAssembler::new(clock::wall_clock());
        (self.lines, self.count) = (Lines::default(), 0);
        let (mut buffer, mut offset) = (vec![0; CHUNK], 0);
        // What cannot be read again from the private file is lost with it.
        while let Some(count) = self.spool.as_ref().and_then(|spool| spool.read_at(&mut buffer, offset).ok())
            && count > 0
        {
            offset += count as u64;
            self.with_sink(|lines, sink| lines.push(buffer.get(..count).unwrap_or_default(), sink));
            if self.outbox.is_due() {
                self.outbox.send_events()?;
            }
        }
        self.outbox.settle();
        self.outbox.send_events()
    }
}
