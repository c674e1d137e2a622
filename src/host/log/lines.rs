//! Chunks of bytes to lines.

use memchr::memchr;

use crate::audit::{Ending, EventAssembler, Place};

/// A line that is longer is cut here; the kernel's records end below 9 KB.
pub(super) const LONGEST_LINE: usize = 1 << 20;

/// Cuts what was read into lines, and holds the one whose end has not come.
#[derive(Debug, Default)]
pub(super) struct Lines {
    held: Vec<u8>,
    /// The held line is too long: what comes of it is thrown away.
    overlong: bool,
    /// Where in the file the next line to be handed on begins.
    begin: u64,
    /// How long the held line is with what was thrown away of it.
    length: u64,
}

/// Where lines go, with the number that the next one has.
pub(super) struct Sink<'a> {
    pub assembler: &'a mut EventAssembler,
    pub input: usize,
    /// Lines handed on so far.
    pub count: &'a mut u64,
    /// The number of the file that the lines can be read again from.
    pub segment: Option<u32>,
}

impl Sink<'_> {
    fn push(&mut self, begin: u64, line: &[u8], ending: Ending) {
        *self.count += 1;
        let place = Place { input: self.input, line: *self.count };
        self.assembler.push_from(place, self.segment.map(|segment| (segment, begin)), line, ending);
    }
}

impl Lines {
    /// Hands on the lines that the bytes complete.
    pub fn push(&mut self, mut bytes: &[u8], sink: &mut Sink<'_>) {
        while let Some(end) = memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at_checked(end).unwrap_or((bytes, b""));
            bytes = rest.get(1..).unwrap_or_default();
            if self.held.is_empty() && line.len() <= LONGEST_LINE {
                sink.push(self.begin, line, Ending::Whole);
                self.begin += line.len() as u64 + 1;
            } else {
                self.hold(line);
                self.finish(sink);
                self.begin += 1;
            }
        }
        self.hold(bytes);
    }

    /// Hands on the held line though its end never came: nothing follows.
    pub fn finish(&mut self, sink: &mut Sink<'_>) {
        if !self.held.is_empty() {
            sink.push(self.begin, &self.held, if self.overlong { Ending::Cut } else { Ending::Whole });
        }
        // A single overlong line does not keep its megabyte.
        self.held = Vec::new();
        self.overlong = false;
        self.begin += std::mem::take(&mut self.length);
    }

    /// How many bytes of a line without its end are held.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    fn hold(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        let room = LONGEST_LINE.saturating_sub(self.held.len());
        self.overlong |= bytes.len() > room;
        self.held.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }
}
