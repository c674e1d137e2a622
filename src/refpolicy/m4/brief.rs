//! The text of a call in terms of its arguments, without comments and with one blank for many.

use std::sync::{Arc, OnceLock};

use super::{arguments::Arguments, input::NO_CALL, memo::Seen, output::Traced, processor::Called};
use crate::refpolicy::{
    CallKind,
    reader::{self, Known},
};

/// What a call writes.
#[derive(Debug, Clone)]
pub struct Brief {
    /// Every token of what it writes, in its order.
    pub text: Vec<u8>,
    /// Where `$1`, `$2` … stand in it, each two bytes, and which they are.
    pub holes: Vec<(usize, u8)>,
    /// From which byte on the text is that of which call; the first is the call itself, from 0.
    pub marks: Vec<(usize, u32)>,
    /// The call itself, then those in it.
    pub calls: Vec<BriefCall>,
    /// The calls in it that were recalled, in the order of the text.
    pub pieces: Vec<Piece>,
    /// Its statements, once they were read.
    pub known: OnceLock<Known>,
    /// Its last token ends a statement or a block, and no quotation goes on behind it.
    pub(super) is_whole: bool,
    pub(super) joints: Vec<Box<[u8]>>,
    pub(super) asks_flag: bool,
    pub(super) steps: u64,
    pub(super) bytes: u64,
    /// The call itself is 1.
    pub(super) depth: u32,
}

/// One call in it.
#[derive(Debug, Clone, Copy)]
pub struct BriefCall {
    /// The name's place among the symbols.
    pub place: u32,
    pub kind: CallKind,
    pub parent: u32,
    pub depth: u32,
}

/// The text of a call within that of another.
#[derive(Debug, Clone)]
pub struct Piece {
    /// Where its first token begins.
    pub begin: usize,
    /// Behind its last token.
    pub end: usize,
    pub brief: Arc<Brief>,
    /// The number of the call, those in it follow.
    pub first: u32,
    pub given: Given,
}

/// What is put in for `$1`, `$2` …: words, nothing else.
#[derive(Debug, Clone, Copy, Default)]
pub struct Given {
    lengths: [u8; 9],
    /// A bit for each argument that is put in for itself.
    same: u16,
}

impl Given {
    /// `None` when one is no word.
    pub(super) fn of(arguments: &Arguments) -> Option<Self> {
        let mut given = Self::default();
        for (length, number) in given.lengths.iter_mut().zip(1..) {
            let Some(text) = arguments.given(number) else { break };
            if text.is_empty() || !text.iter().all(|byte| reader::is_word(*byte)) {
                return None;
            }
            *length = u8::try_from(text.len()).ok()?;
            let is_same = matches!(text, [b'$', digit] if usize::from(digit.wrapping_sub(b'0')) == number);
            given.same |= u16::from(is_same) << number;
        }
        Some(given)
    }

    /// How long the argument of this number is.
    pub fn length(self, number: u8) -> usize {
        let length = usize::from(number).checked_sub(1).and_then(|place| self.lengths.get(place));
        length.copied().map_or(0, usize::from)
    }

    /// Whether all of these, a bit for each, are put in for themselves.
    pub fn are_same(self, numbers: u16) -> bool {
        numbers & !self.same == 0
    }
}

/// What an expansion wrote, as it stands.
pub(super) struct Written {
    pub output: Traced,
    pub calls: Vec<Called>,
    pub steps: u64,
    pub bytes: u64,
}

impl Brief {
    /// `None` where a dollar stands for something else, or the text ends in a comment; `count` with the name.
    pub(super) fn of(written: &Written, seen: Seen, count: usize) -> Option<Self> {
        let Traced { text, marks, pieces } = normalised(&written.output)?;
        let mut holes = Vec::new();
        for at in memchr::memchr_iter(b'$', &text) {
            let number = text.get(at + 1)?.checked_sub(b'0').filter(|number| (1..=9).contains(number))?;
            if usize::from(number) >= count || text.get(at + 2).is_some_and(u8::is_ascii_digit) {
                return None;
            }
            holes.push((at, number));
        }
        let brief =
            |call: &Called| BriefCall { place: call.place, kind: call.kind, parent: call.parent, depth: call.depth };
        let calls: Vec<_> = written.calls.iter().map(brief).collect();
        let depth = calls.iter().map(|call| call.depth).max().unwrap_or(1);
        let Seen { joints, asks_flag, .. } = seen;
        let is_whole = matches!(text.trim_ascii_end(), [.., b';' | b'}']) && are_quotations_closed(&text);
        let (steps, bytes) = (written.steps, written.bytes);
        let known = OnceLock::new();
        Some(Self { text, holes, marks, calls, pieces, known, is_whole, joints, asks_flag, steps, bytes, depth })
    }
}

/// Whether every line has an even number of quotation marks.
fn are_quotations_closed(text: &[u8]) -> bool {
    let (mut line, mut is_closed) = (0, true);
    for at in memchr::memchr_iter(b'"', text) {
        if is_closed {
            line = memchr::memchr(b'\n', text.get(at..).unwrap_or_default()).map_or(text.len(), |length| at + length);
        } else if at > line {
            return false;
        }
        is_closed = !is_closed;
    }
    is_closed
}

/// The same tokens, with a blank or the end of a line for all that stands between two; `None` when it ends in a comment.
pub(super) fn normalised(written: &Traced) -> Option<Traced> {
    let whole: &[u8] = &written.text;
    let mut text = Vec::with_capacity(whole.len());
    let mut marks: Vec<(usize, u32)> = vec![(0, 0)];
    let mut next = written.marks.iter().peekable();
    let mut recalled = written.pieces.iter().peekable();
    let mut pieces = Vec::with_capacity(written.pieces.len());
    let mut own = 0;
    let mut at = 0;
    loop {
        let rest = whole.get(at..).unwrap_or_default();
        let blank = reader::blank(rest);
        if let Some(between) = rest.get(..blank).filter(|between| !between.is_empty()) {
            let newline = memchr::memrchr(b'\n', between);
            if memchr::memrchr(b'#', between).is_some_and(|comment| newline.is_none_or(|newline| newline < comment)) {
                return None;
            }
            text.push(if newline.is_some() { b'\n' } else { b' ' });
        }
        at += blank;
        while recalled.next_if(|piece| piece.begin < at).is_some() {}
        // What was recalled has one blank for many already.
        if let Some(piece) = recalled.next_if(|piece| piece.begin == at) {
            let begin = text.len();
            while let Some((from, call)) = next.next_if(|(from, _)| *from < piece.end) {
                if own != *call {
                    own = *call;
                    marks.push((begin + from.saturating_sub(at), if own == NO_CALL { 0 } else { own }));
                }
            }
            text.extend_from_slice(whole.get(at..piece.end)?);
            pieces.push(Piece { begin, end: text.len(), ..piece.clone() });
            at = piece.end;
            continue;
        }
        let Some(length) = reader::token_length(whole.get(at..).unwrap_or_default()) else { break };
        let before = own;
        while let Some((_, call)) = next.next_if(|(from, _)| *from <= at) {
            own = *call;
        }
        if own != before {
            marks.push((text.len(), if own == NO_CALL { 0 } else { own }));
        }
        text.extend_from_slice(whole.get(at..at + length)?);
        at += length;
    }
    Some(Traced { text, marks, pieces })
}
