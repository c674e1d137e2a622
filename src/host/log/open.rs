//! From an input to its bytes.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::FileExt as _,
    path::Path,
};

use super::{
    LogInput,
    decode::{Compression, MAGIC, decoded},
    journal_source::{Journal, Kmsg, Running},
    told::Told,
};

/// Opens an input to be read from its beginning to its end; of a journal and the kernel log that is the present unless they are
/// followed.
pub(super) fn open(input: &LogInput, follow: bool, running: &Running) -> io::Result<Box<dyn Read + Send>> {
    match input {
        LogInput::Stdin => decoded(io::stdin()),
        LogInput::File(path) | LogInput::Old(path) => decoded(File::open(path)?),
        LogInput::Told { text, within, .. } if follow => Ok(Box::new(Told::new(text, *within))),
        LogInput::Told { text, .. } => Ok(Box::new(*text)),
        LogInput::Journal { root } => Ok(Box::new(Journal::open(root, follow, running.clone())?)),
        LogInput::Kmsg => Ok(Box::new(Kmsg::open(follow)?)),
    }
}

/// How a plain file is compressed.
pub(super) fn compression(file: &File) -> Option<Compression> {
    let mut beginning = [0; MAGIC];
    file.metadata().ok().filter(std::fs::Metadata::is_file)?;
    let count = file.read_at(&mut beginning, 0).ok()?;
    Compression::of(beginning.get(..count)?)
}

/// A pipe, a socket or a device: it cannot be looked at without reading it.
pub(super) fn is_stream(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}
