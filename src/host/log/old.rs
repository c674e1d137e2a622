//! Logs that do not grow any more: what a log was rotated to, and compressed ones.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    sync::Arc,
};

use super::{
    RawTexts,
    decode::decoded,
    lines::{Lines, Sink},
    raw_texts::Spool,
    tail::Step,
};
use crate::audit::EventAssembler;

/// A file that is read once, to its end.
pub(super) struct OldFile {
    input: usize,
    source: Option<Box<dyn Read + Send>>,
    spool: Option<Spool>,
    segment: Option<u32>,
    lines: Lines,
    count: u64,
    read: u64,
    /// Why it can't be read, told as often as it is asked.
    error: Option<(io::ErrorKind, String)>,
}

impl OldFile {
    /// Opens it now: it may be rotated away before its turn comes.
    pub fn open(path: &Path, input: usize, texts: &RawTexts) -> Self {
        let mut old = Self {
            input,
            source: None,
            spool: None,
            segment: None,
            lines: Lines::default(),
            count: 0,
            read: 0,
            error: None,
        };
        match File::open(path).and_then(|file| old.begin(file, texts)) {
            Ok(source) => old.source = Some(source),
            Err(error) => old.error = Some((error.kind(), error.to_string())),
        }
        old
    }

    fn begin(&mut self, file: File, texts: &RawTexts) -> io::Result<Box<dyn Read + Send>> {
        if super::open::compression(&file).is_some() {
            self.spool = Spool::new(texts);
            return decoded(file);
        }
        self.segment = Some(texts.admit(Arc::new(file.try_clone()?)));
        Ok(Box::new(file))
    }

    /// Reads a chunk.
    pub fn step(&mut self, buffer: &mut [u8], assembler: &mut EventAssembler) -> io::Result<Step> {
        if let Some((kind, text)) = &self.error {
            return Err(io::Error::new(*kind, text.clone()));
        }
        let Some(source) = &mut self.source else { return Ok(Step::End) };
        let count = loop {
            match source.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.source = None;
                    self.error = Some((error.kind(), error.to_string()));
                    return Err(error);
                }
                Ok(count) => break count,
            }
        };
        let bytes = buffer.get(..count).unwrap_or_default();
        self.read += count as u64;
        if self.spool.as_mut().is_some_and(|spool| !spool.write(bytes)) {
            self.spool = None;
        }
        let segment = self.segment.or_else(|| self.spool.as_ref().map(Spool::number));
        let sink = &mut Sink { assembler, input: self.input, count: &mut self.count, segment };
        if count == 0 {
            self.lines.finish(sink);
            self.source = None;
            return Ok(Step::End);
        }
        self.lines.push(bytes, sink);
        Ok(Step::More)
    }

    /// Whether everything was read that can be.
    pub fn is_over(&self) -> bool {
        self.source.is_none() && self.error.is_none()
    }

    /// The input's number.
    pub fn input(&self) -> usize {
        self.input
    }

    /// Bytes read so far.
    pub fn read(&self) -> u64 {
        self.read
    }
}
