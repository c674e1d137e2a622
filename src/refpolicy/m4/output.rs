//! What is written: the output itself and what `divert` puts aside.

use std::collections::BTreeMap;

use super::{brief::Piece, input::NO_CALL};

/// Text, with the call that each part of it came from.
#[derive(Debug, Clone, Default)]
pub struct Traced {
    pub text: Vec<u8>,
    /// From which byte on the text is that of which call.
    pub marks: Vec<(usize, u32)>,
    /// The calls that were recalled, in their order; their texts are left out.
    pub pieces: Vec<Piece>,
}

impl Traced {
    /// Appends text of this call.
    #[inline]
    pub fn write(&mut self, text: &[u8], call: u32) {
        self.mark(call);
        self.text.extend_from_slice(text);
    }

    /// What is appended next is of this call.
    #[inline]
    pub fn mark(&mut self, call: u32) {
        let last = self.marks.last().map_or(NO_CALL, |(_, call)| *call);
        if last != call {
            self.marks.push((self.text.len(), call));
        }
    }

    /// Empties it and keeps the room it had.
    pub fn clear(&mut self) {
        self.text.clear();
        self.marks.clear();
        self.pieces.clear();
    }

    fn append(&mut self, other: &Self) {
        let begin = self.text.len();
        if !other.text.is_empty() && other.marks.first().is_none_or(|(at, _)| *at > 0) {
            self.marks.push((begin, NO_CALL));
        }
        self.marks.extend(other.marks.iter().map(|(at, call)| (begin + at, *call)));
        self.text.extend_from_slice(&other.text);
    }
}

/// All diversions.
#[derive(Debug, Clone, Default)]
pub struct Output {
    /// Number 0.
    main: Traced,
    aside: BTreeMap<i32, Traced>,
    current: i32,
}

impl Output {
    /// The number that text goes to; below zero it goes nowhere.
    pub fn current(&self) -> i32 {
        self.current
    }

    /// `divert`
    pub fn divert(&mut self, to: i32) {
        self.current = to;
    }

    /// Appends to the current diversion; false when it goes nowhere.
    #[inline]
    pub fn write(&mut self, text: &[u8], call: u32) {
        match self.current {
            0 => self.main.write(text, call),
            ..0 => {}
            number => self.aside.entry(number).or_default().write(text, call),
        }
    }

    /// What the output itself holds.
    pub fn written(&self) -> &[u8] {
        &self.main.text
    }

    /// How much the output itself holds.
    pub fn len(&self) -> usize {
        self.main.text.len()
    }

    /// Whether all text goes to the output itself, and none waits elsewhere.
    pub fn is_plain(&self) -> bool {
        self.current == 0 && self.aside.is_empty()
    }

    /// Whether neither a comment nor a quotation of the policy language may have begun in the line that is being written.
    pub fn is_current_line_plain(&self) -> bool {
        let text = &self.main.text;
        let begin = memchr::memrchr(b'\n', text).map_or(0, |newline| newline + 1);
        memchr::memchr2(b'#', b'"', text.get(begin..).unwrap_or_default()).is_none()
    }

    /// Leaves the text of a known call out.
    pub fn leave_out(&mut self, mut piece: Piece) {
        piece.at = self.main.text.len();
        self.main.text.push(b'\n');
        self.main.pieces.push(piece);
    }

    /// `undivert` of one number: its text goes to the current one, or nowhere.
    pub fn undivert(&mut self, number: i32) {
        if number <= 0 || number == self.current {
            return;
        }
        let Some(text) = self.aside.remove(&number) else { return };
        match self.current {
            0 => self.main.append(&text),
            ..0 => {}
            current => self.aside.entry(current).or_default().append(&text),
        }
    }

    /// `undivert` without a number: all, by their numbers.
    pub fn undivert_all(&mut self) {
        let numbers: Vec<_> = self.aside.keys().copied().collect();
        for number in numbers {
            self.undivert(number);
        }
    }

    /// Takes back what the output itself holds from this byte on, and gives that.
    pub fn cut(&mut self, begin: usize) -> Vec<u8> {
        let cut = self.main.text.get(begin..).unwrap_or_default().to_vec();
        self.main.text.truncate(begin);
        self.main.marks.retain(|(at, _)| *at < begin);
        cut
    }

    /// Everything that was written, and an empty output from here on.
    pub fn take(&mut self) -> Traced {
        *self = Self { main: std::mem::take(&mut self.main), ..Self::default() };
        std::mem::take(&mut self.main)
    }

    /// An empty output with the room of what was written elsewhere.
    pub fn into(mut room: Traced) -> Self {
        room.clear();
        Self { main: room, ..Self::default() }
    }

    /// Empties it and keeps the room it had.
    pub fn clear(&mut self) {
        self.main.clear();
        self.aside.clear();
        self.current = 0;
    }
}
