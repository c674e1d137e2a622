//! A log that is told as if it came to pass now.

use std::{
    io::{self, Read},
    thread,
    time::Duration,
};

/// A third of it is there at once, as an audit log is when a person opens it.
const AT_ONCE: usize = 3;

/// The text, a line at a time, each a moment after the one before.
#[derive(Debug)]
pub(super) struct Told {
    rest: &'static [u8],
    /// Lines that come without a pause.
    at_once: usize,
    pause: Duration,
}

impl Told {
    pub(super) fn new(text: &'static [u8], within: Duration) -> Self {
        let lines = text.split(|byte| *byte == b'\n').count();
        let at_once = lines / AT_ONCE;
        let paused = u32::try_from(lines - at_once).unwrap_or(u32::MAX).max(1);
        Self { rest: text, at_once, pause: within / paused }
    }
}

impl Read for Told {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.rest.iter().position(|byte| *byte == b'\n').map_or(self.rest.len(), |end| end + 1);
        let length = length.min(buffer.len());
        if self.at_once > 0 {
            self.at_once -= 1;
        } else if length > 0 {
            thread::sleep(self.pause);
        }
        let (line, rest) = self.rest.split_at(length);
        for (to, from) in buffer.iter_mut().zip(line) {
            *to = *from;
        }
        self.rest = rest;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_told() {
        for text in ["", "one line", "one\ntwo\n\nthree\n", "no end\nhere"] {
            let mut told = String::new();
            Told::new(text.as_bytes(), Duration::from_millis(4)).read_to_string(&mut told).unwrap();
            assert_eq!(told, text);
        }
    }
}
