//! A file that grows, and is rotated while it does.

use std::{
    collections::VecDeque,
    fs::{self, File},
    io::{self, Read as _},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    RawTexts,
    lines::{Lines, Sink},
    rotated::{Identity, successor, youngest},
};
use crate::{audit::EventAssembler, session::ReadMark};

/// How many bytes before the end of what was read are remembered, to see that they are still there.
const REMEMBERED: usize = 128;

/// How long a rotated file that no longer grows is read on: logrotate's way leaves the writer on it until it is told.
const FORMER: Duration = Duration::from_secs(60);

/// How long where it ends in the middle of a line: its writer is stopped, or the machine is very busy.
const HALF_LINE: Duration = Duration::from_secs(600);

/// More rotated files than this are not read on: the oldest is taken as complete.
const MOST_FORMERS: usize = 8;

/// How long there must be no file before it is said to be missing: a rotation takes a moment.
const MISSING: Duration = Duration::from_millis(500);

/// Reads one log from its beginning, and goes on where it is rotated or truncated.
#[derive(Debug)]
pub(super) struct Tail {
    path: PathBuf,
    input: usize,
    count: u64,
    open: Option<Open>,
    /// The files before this one, which may still be written to; the oldest first.
    formers: VecDeque<Former>,
    /// Since when there is no file of that name, while that is not told yet.
    absent: Option<Instant>,
    texts: RawTexts,
}

#[derive(Debug)]
struct Open {
    file: Arc<File>,
    /// Its number among the files that records are read again from.
    segment: u32,
    identity: Identity,
    offset: u64,
    lines: Lines,
    /// The bytes before `offset`.
    remembered: Vec<u8>,
}

/// A file that the log was, and when it last grew.
#[derive(Debug)]
struct Former {
    open: Open,
    grown: Instant,
}

impl Former {
    /// Whether nothing more is to be expected of it.
    fn is_over(&self) -> bool {
        self.grown.elapsed() > if self.open.lines.held() == 0 { FORMER } else { HALF_LINE }
    }

    fn finish(mut self, sink: &mut Sink<'_>) {
        sink.segment = Some(self.open.segment);
        self.open.lines.finish(sink);
    }
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Something was read or opened; there may be more.
    More,
    /// There is nothing more for now.
    End,
}

impl Open {
    fn new(path: &Path, texts: &RawTexts) -> io::Result<Self> {
        let file = Arc::new(File::open(path)?);
        let identity = Identity::of(&file.metadata()?);
        let segment = texts.admit(Arc::clone(&file));
        Ok(Self { file, segment, identity, offset: 0, lines: Lines::default(), remembered: Vec::new() })
    }

    /// Reads a chunk; 0 at the end.
    fn read(&mut self, buffer: &mut [u8], sink: &mut Sink<'_>) -> io::Result<usize> {
        let count = loop {
            match (&*self.file).read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        let bytes = buffer.get(..count).unwrap_or_default();
        self.offset += count as u64;
        sink.segment = Some(self.segment);
        self.lines.push(bytes, sink);
        self.remembered.extend_from_slice(bytes.get(count.saturating_sub(REMEMBERED)..).unwrap_or_default());
        let surplus = self.remembered.len().saturating_sub(REMEMBERED);
        self.remembered.drain(..surplus);
        Ok(count)
    }

    /// Reads to the end; whether there was anything.
    fn drain(&mut self, buffer: &mut [u8], sink: &mut Sink<'_>) -> io::Result<bool> {
        let before = self.offset;
        while self.read(buffer, sink)? > 0 {}
        Ok(self.offset > before)
    }

    /// Whether this file holds, before the offset, what was read there.
    fn is_continued_by(&self, file: &File) -> bool {
        let mut there = vec![0; self.remembered.len()];
        let start = self.offset.saturating_sub(self.remembered.len() as u64);
        file.read_exact_at(&mut there, start).is_ok() && there == self.remembered
    }
}

impl Tail {
    pub fn new(path: PathBuf, input: usize, texts: RawTexts) -> Self {
        Self { path, input, count: 0, open: None, formers: VecDeque::new(), absent: None, texts }
    }

    /// Reads a chunk, or at the end looks what became of the file. An error says that there is nothing to read now.
    pub fn step(&mut self, buffer: &mut [u8], assembler: &mut EventAssembler) -> io::Result<Step> {
        let sink = &mut Sink { assembler, input: self.input, count: &mut self.count, segment: None };
        let Some(open) = &mut self.open else {
            self.open = Some(Open::new(&self.path, &self.texts)?);
            return Ok(Step::More);
        };
        if !open.is_continued_by(&open.file) {
            Self::restart(&self.path, &self.texts, open, buffer, sink)?;
            return Ok(Step::More);
        }
        if open.read(buffer, sink)? > 0 {
            return Ok(Step::More);
        }
        for former in &mut self.formers {
            if former.open.drain(buffer, sink)? {
                former.grown = Instant::now();
            }
        }
        while self.formers.len() > MOST_FORMERS || self.formers.front().is_some_and(Former::is_over) {
            let Some(former) = self.formers.pop_front() else { break };
            former.finish(sink);
        }
        match fs::metadata(&self.path) {
            Ok(metadata) if Identity::of(&metadata) == open.identity => {
                self.absent = None;
                Ok(Step::End)
            }
            Ok(_) => {
                self.absent = None;
                self.advance(buffer, assembler)
            }
            Err(error) => {
                let absent = *self.absent.get_or_insert_with(Instant::now);
                if absent.elapsed() < MISSING { Ok(Step::End) } else { Err(error) }
            }
        }
    }

    /// The file was truncated, or written anew. logrotate's copytruncate leaves what was not read yet in the copy.
    fn restart(
        path: &Path,
        texts: &RawTexts,
        open: &mut Open,
        buffer: &mut [u8],
        sink: &mut Sink<'_>,
    ) -> io::Result<()> {
        if let Some(copy) = youngest(path).and_then(|copy| File::open(copy).ok())
            && open.is_continued_by(&copy)
        {
            let mut offset = open.offset;
            loop {
                let count = copy.read_at(buffer, offset)?;
                if count == 0 {
                    break;
                }
                sink.segment = Some(open.segment);
                open.lines.push(buffer.get(..count).unwrap_or_default(), sink);
                offset += count as u64;
            }
            texts.replace(open.segment, copy);
        }
        sink.segment = Some(open.segment);
        open.lines.finish(sink);
        open.lines = Lines::default();
        open.segment = texts.admit(Arc::clone(&open.file));
        open.remembered.clear();
        open.offset = 0;
        io::Seek::rewind(&mut &*open.file)
    }

    /// The path leads to another file: finishes this one and opens the one that followed it.
    fn advance(&mut self, buffer: &mut [u8], assembler: &mut EventAssembler) -> io::Result<Step> {
        let sink = &mut Sink { assembler, input: self.input, count: &mut self.count, segment: None };
        let Some(mut open) = self.open.take() else { return Ok(Step::More) };
        // What was written between the last read and the rename.
        open.drain(buffer, sink)?;
        let next = successor(&self.path, open.identity);
        match Open::new(&next, &self.texts) {
            Ok(next) if self.follows(&next, &open) => {
                self.open = Some(next);
                self.formers.push_back(Former { open, grown: Instant::now() });
            }
            // A rotation goes on in this very moment: look again.
            _ => self.open = Some(open),
        }
        Ok(Step::More)
    }

    /// Whether that file is still the one after this: renaming several generations takes its time.
    fn follows(&self, next: &Open, open: &Open) -> bool {
        let now = fs::metadata(successor(&self.path, open.identity));
        now.is_ok_and(|metadata| Identity::of(&metadata) == next.identity)
    }

    /// Whether it is to be looked at again soon, whatever happens: it may have gone.
    pub fn is_uncertain(&self) -> bool {
        self.absent.is_some_and(|absent| absent.elapsed() < 2 * MISSING)
    }

    /// Where the log is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The input's number.
    pub fn input(&self) -> usize {
        self.input
    }

    /// Bytes read of the file as it is now, and its size.
    pub fn progress(&self) -> (u64, u64) {
        let read = self.open.as_ref().map_or(0, |open| open.offset);
        let size = self.open.as_ref().and_then(|open| open.file.metadata().ok()).map_or(0, |metadata| metadata.len());
        (read, size.max(read))
    }

    /// How far the file was read: to the end of the last whole line.
    pub fn mark(&self) -> Option<ReadMark> {
        let open = self.open.as_ref()?;
        let offset = open.offset.saturating_sub(open.lines.held() as u64);
        let Identity { dev, inode } = open.identity;
        Some(ReadMark { input: self.path.to_string_lossy().into_owned(), dev, inode, offset })
    }
}
