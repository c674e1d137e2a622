//! Chunks of bytes to lines.

use nom::FindSubstring as _;

use crate::audit::{Ending, EventAssembler, Place};

/// A line that is longer is cut here; the kernel's records end below 9 KB.
pub(super) const LONGEST_LINE: usize = 1 << 20;

/// Cuts what was read into lines, and holds the one whose end has not come.
#[derive(Debug, Default)]
pub(super) struct Lines {
    held: Vec<u8>,
    /// The held line is too long: what comes of it is thrown away.
    overlong: bool,
}

/// Where lines go, with the number that the next one has.
pub(super) struct Sink<'a> {
    pub assembler: &'a mut EventAssembler,
    pub input: usize,
    /// Lines handed on so far.
    pub count: &'a mut u64,
}

impl Sink<'_> {
    fn push(&mut self, line: &[u8], ending: Ending) {
        *self.count += 1;
        self.assembler.push(Place { input: self.input, line: *self.count }, line, ending);
    }
}

impl Lines {
    /// Hands on the lines that the bytes complete.
    pub fn push(&mut self, mut bytes: &[u8], sink: &mut Sink<'_>) {
        while let Some(end) = bytes.find_substring("\n") {
            let (line, rest) = bytes.split_at_checked(end).unwrap_or((bytes, b""));
            bytes = rest.get(1..).unwrap_or_default();
            if self.held.is_empty() && line.len() <= LONGEST_LINE {
                sink.push(line, Ending::Whole);
            } else {
                self.hold(line);
                self.finish(sink);
            }
        }
        self.hold(bytes);
    }

    /// Hands on the held line though its end never came: nothing follows.
    pub fn finish(&mut self, sink: &mut Sink<'_>) {
        if !self.held.is_empty() {
            sink.push(&self.held, if self.overlong { Ending::Cut } else { Ending::Whole });
        }
        // A single overlong line does not keep its megabyte.
        self.held = Vec::new();
        self.overlong = false;
    }

    /// How many bytes of a line without its end are held.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    fn hold(&mut self, bytes: &[u8]) {
        let room = LONGEST_LINE.saturating_sub(self.held.len());
        self.overlong |= bytes.len() > room;
        self.held.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }
}
