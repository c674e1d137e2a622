//! The text of a call in terms of its arguments, without comments and with one blank for many.

use super::{input::NO_CALL, memo::Seen, output::Traced, processor::Called};
use crate::refpolicy::{CallKind, reader};

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
        let Traced { text, marks } = normalised(&written.output)?;
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
        Some(Self { text, holes, marks, calls, joints, asks_flag, steps: written.steps, bytes: written.bytes, depth })
    }
}

/// The same tokens, with a blank or the end of a line for all that stands between two; `None` when it ends in a comment.
pub(super) fn normalised(written: &Traced) -> Option<Traced> {
    let whole: &[u8] = &written.text;
    let mut text = Vec::with_capacity(whole.len());
    let mut marks: Vec<(usize, u32)> = vec![(0, 0)];
    let mut next = written.marks.iter().peekable();
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
    Some(Traced { text, marks })
}
