//! The text of records, read again when somebody wants to see it.

use std::{
    collections::VecDeque,
    fs::File,
    io::Write as _,
    os::unix::fs::FileExt as _,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{audit::Spot, selinux::Untrusted};

/// How many files are held open for it; a log that is rotated more often has lost the oldest ones anyway.
const MOST_FILES: usize = 64;

/// How much of a stream is written down; the records beyond it are held in memory.
const MOST_SPOOLED: u64 = 256 << 20;

/// The files that were read, by their numbers, still open: a log that was renamed or removed can be read again all the same.
#[derive(Debug, Clone, Default)]
pub struct RawTexts(Arc<Mutex<Segments>>);

#[derive(Debug, Default)]
struct Segments {
    files: VecDeque<Arc<File>>,
    /// The number of the first file.
    base: u32,
}

impl RawTexts {
    /// Takes a file; gives its number.
    pub(super) fn admit(&self, file: Arc<File>) -> u32 {
        let mut segments = self.segments();
        segments.files.push_back(file);
        if segments.files.len() > MOST_FILES {
            segments.files.pop_front();
            segments.base = segments.base.wrapping_add(1);
        }
        segments.base.wrapping_add(u32::try_from(segments.files.len() - 1).unwrap_or(0))
    }

    /// Puts the copy of a file in its place: it was truncated.
    pub(super) fn replace(&self, number: u32, copy: File) {
        if let Some(file) = self.segments().file(number) {
            *file = Arc::new(copy);
        }
    }

    /// The text that was read there; `None` when it is gone or another one.
    pub fn read(&self, spot: Spot) -> Option<Untrusted> {
        let file = Arc::clone(self.segments().file(spot.segment)?);
        let mut text = vec![0; usize::try_from(spot.length).ok()?];
        file.read_exact_at(&mut text, spot.offset).ok()?;
        (crc32fast::hash(&text) == spot.crc).then(|| Untrusted::new(text))
    }

    fn segments(&self) -> MutexGuard<'_, Segments> {
        // The list is whole at every moment.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Segments {
    fn file(&mut self, number: u32) -> Option<&mut Arc<File>> {
        self.files.get_mut(usize::try_from(number.wrapping_sub(self.base)).ok()?)
    }
}

/// What a pipe said, written to a file that has no name: nobody else can open it, and it goes with the program.
#[derive(Debug)]
pub(super) struct Spool {
    file: Arc<File>,
    number: u32,
    written: u64,
}

impl Spool {
    /// An empty one; `None` where no file can be made: then the records are held in memory.
    pub fn new(texts: &RawTexts) -> Option<Self> {
        let file = Arc::new(tempfile::tempfile().ok()?);
        let number = texts.admit(Arc::clone(&file));
        Some(Self { file, number, written: 0 })
    }

    /// Writes down what was read; false when there is enough already, or the disk is full.
    pub fn write(&mut self, bytes: &[u8]) -> bool {
        let written = self.written + bytes.len() as u64;
        let fits = written <= MOST_SPOOLED && (&*self.file).write_all(bytes).is_ok();
        if fits {
            self.written = written;
        }
        fits
    }

    /// Reads again what was written down there; 0 at its end.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
        let left = usize::try_from(self.written.saturating_sub(offset)).unwrap_or(usize::MAX).min(buffer.len());
        self.file.read_at(buffer.get_mut(..left).unwrap_or_default(), offset)
    }

    /// The number of its file.
    pub fn number(&self) -> u32 {
        self.number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(segment: u32, offset: u64, text: &str) -> Spot {
        Spot { segment, length: u32::try_from(text.len()).unwrap(), offset, crc: crc32fast::hash(text.as_bytes()) }
    }

    #[test]
    fn what_was_written_over_is_not_taken_for_the_text() {
        let texts = RawTexts::default();
        let mut spool = Spool::new(&texts).unwrap();
        assert!(spool.write(b"one two"));
        let mut again = [0; 16];
        assert_eq!((spool.read_at(&mut again, 4).unwrap(), &again[..3]), (3, &b"two"[..]));
        assert_eq!(texts.read(spot(spool.number(), 4, "two")), Some("two".into()));
        spool.file.set_len(0).unwrap();
        assert_eq!(texts.read(spot(spool.number(), 4, "two")), None);
        let mut copy = tempfile::tempfile().unwrap();
        copy.write_all(b"one two").unwrap();
        texts.replace(spool.number(), copy);
        assert_eq!(texts.read(spot(spool.number(), 4, "two")), Some("two".into()));
        assert_eq!(texts.read(spot(spool.number(), 0, "two")), None);
    }

    #[test]
    fn only_so_many_files_stay_open() {
        let texts = RawTexts::default();
        let file = Arc::new(tempfile::tempfile().unwrap());
        (&*file).write_all(b"x").unwrap();
        let numbers: Vec<u32> = (0..100).map(|_| texts.admit(Arc::clone(&file))).collect();
        assert_eq!(numbers, (0..100).collect::<Vec<_>>());
        assert_eq!((texts.read(spot(35, 0, "x")), texts.read(spot(36, 0, "x"))), (None, Some("x".into())));
    }
}
