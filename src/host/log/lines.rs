//! Chunks of bytes to lines.

use memchr::memchr_iter;

use crate::audit::{Ending, EventAssembler, EventGatherer, Place};

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

/// Who is handed the lines.
pub(super) trait TakesLines {
    /// Takes a line as [`EventAssembler::push_from`] does.
    fn take_line(&mut self, place: Place, spot: Option<(u32, u64)>, line: &[u8], ending: Ending);
}

impl TakesLines for EventAssembler {
    fn take_line(&mut self, place: Place, spot: Option<(u32, u64)>, line: &[u8], ending: Ending) {
        self.push_from(place, spot, line, ending);
    }
}

impl TakesLines for EventGatherer {
    fn take_line(&mut self, place: Place, spot: Option<(u32, u64)>, line: &[u8], ending: Ending) {
        self.push_from(place, spot, line, ending);
    }
}

/// Where lines go, with the number that the next one has.
pub(super) struct Sink<'a, T = EventAssembler> {
    pub assembler: &'a mut T,
    pub input: usize,
    /// Lines handed on so far.
    pub count: &'a mut u64,
    /// The number of the file that the lines can be read again from.
    pub segment: Option<u32>,
}

impl<T: TakesLines> Sink<'_, T> {
    fn push(&mut self, begin: u64, line: &[u8], ending: Ending) {
        *self.count += 1;
        let place = Place { input: self.input, line: *self.count };
        self.assembler.take_line(place, self.segment.map(|segment| (segment, begin)), line, ending);
    }
}

impl Lines {
    /// Hands on the lines that the bytes complete.
    pub fn push<T: TakesLines>(&mut self, bytes: &[u8], sink: &mut Sink<'_, T>) {
        let mut start = 0;
        for end in memchr_iter(b'\n', bytes) {
            let line = bytes.get(start..end).unwrap_or_default();
            start = end + 1;
            if self.held.is_empty() && line.len() <= LONGEST_LINE {
                sink.push(self.begin, line, Ending::Whole);
                self.begin += line.len() as u64 + 1;
            } else {
                self.hold(line);
                self.finish(sink);
                self.begin += 1;
            }
        }
        self.hold(bytes.get(start..).unwrap_or_default());
    }

    /// Hands on the held line though its end never came: nothing follows.
    pub fn finish<T: TakesLines>(&mut self, sink: &mut Sink<'_, T>) {
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
