//! What is known of a call in terms of its arguments.

use std::sync::Arc;

use super::{given::Given, memo::Seen, output::Traced, processor::Called};
use crate::refpolicy::recorded::Recorded;

/// What a call writes.
#[derive(Debug)]
pub struct Brief {
    /// Its statements.
    pub recorded: Recorded,
    pub(super) joints: Vec<Box<[u8]>>,
    pub(super) asks_flag: bool,
    pub(super) steps: u64,
    pub(super) bytes: u64,
    /// The call itself is 1.
    pub(super) depth: u32,
}

/// A known call within the text of another, which leaves it out.
#[derive(Debug, Clone)]
pub struct Piece {
    /// The end of a line that stands for it.
    pub at: usize,
    pub brief: Arc<Brief>,
    /// The number of the call.
    pub call: u32,
    pub given: Given,
}

/// What an expansion wrote.
pub struct Written {
    pub output: Traced,
    pub calls: Vec<Called>,
    pub(super) steps: u64,
    pub(super) bytes: u64,
}

impl Brief {
    pub(super) fn new(recorded: Recorded, written: &Written, seen: Seen) -> Self {
        let Seen { joints, asks_flag, .. } = seen;
        let own = written.calls.iter().map(|call| call.depth);
        let known = written.output.pieces.iter().filter_map(|piece| {
            let depth = written.calls.get(piece.call as usize)?.depth;
            Some(depth.saturating_add(piece.brief.depth).saturating_sub(1))
        });
        let depth = own.chain(known).max().unwrap_or(1);
        Self { recorded, joints, asks_flag, steps: written.steps, bytes: written.bytes, depth }
    }
}

impl Written {
    /// The text if it is words and braces, none of them an argument or a call's.
    pub(super) fn as_word(&self, seen: &Seen) -> Option<Vec<u8>> {
        let is_plain =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'{' | b'}' | b' ' | b'\t' | b'\n');
        let text = &self.output.text;
        let begins = text.first().is_some_and(|byte| !byte.is_ascii_whitespace());
        let ends = text.last().is_some_and(|byte| !byte.is_ascii_whitespace());
        let is_word = begins && ends && self.calls.len() == 1 && !seen.asks_flag && text.iter().all(is_plain);
        is_word.then(|| text.clone())
    }
}
