//! Text that leaves calls out, whose statements are known.
//!
//! What is read around such a call is what would be read around its text, provided that neither goes on in the other. Where it
//! might, nothing is read: whoever asks has to write the call's text.

use super::{Reader, Reading, words, words::Token};
use crate::refpolicy::{Branch, Placed, StatementId};

/// What stands around the calls of a text.
#[derive(Debug, Clone)]
pub struct Around {
    /// The text's own statements.
    pub placed: Vec<Placed>,
    /// The calls, in their order.
    pub met: Vec<Met>,
    /// It begins and ends with the beginning and the end of a statement or a block, so that it may be left out in its turn.
    pub is_whole: bool,
}

/// Where a call stands.
#[derive(Debug, Clone, Copy)]
pub struct Met {
    /// How many statements stand before it.
    pub before: usize,
    /// The innermost block around it, and the part of that.
    pub block: Option<(StatementId, Branch)>,
}

impl Reader {
    /// The statements of a text in which calls are left out at these bytes, each with the end of a line in its place; `None`
    /// where one of them might be more than statements that stand by themselves.
    pub fn read_around(&mut self, text: &[u8], marks: &[(usize, u32)], calls: &[usize]) -> Option<Around> {
        let mut reading = Reading::new(text, marks);
        let mut calls = calls.iter().peekable();
        let mut met = Vec::with_capacity(calls.len());
        // Whether nothing that comes next would be a part of what was read.
        let mut is_ended = true;
        let begins_with_else = reading.skip_blank() && reading.is_at_else();
        loop {
            let is_more = reading.skip_blank();
            while calls.next_if(|call| **call <= reading.at).is_some() {
                let open = reading.open.last();
                if !is_ended || reading.open.iter().any(|open| open.is_require) {
                    return None;
                }
                met.push(Met { before: reading.placed.len(), block: open.map(|open| (open.id, open.branch)) });
                // It would belong to the block that the call may end with.
                if calls.peek().is_none_or(|call| **call > reading.at) && reading.is_at_else() {
                    return None;
                }
            }
            if !is_more {
                break;
            }
            let (is_end, opened) = (reading.rest().first() == Some(&b'}'), reading.open.len());
            self.statement(&mut reading);
            if calls.peek().is_some_and(|call| **call < reading.at) {
                return None;
            }
            let last = reading.at.checked_sub(1).and_then(|at| text.get(at));
            is_ended = !reading.is_torn && (is_end || reading.open.len() > opened || last == Some(&b';'));
        }
        while reading.close() {
            reading.is_torn = true;
        }
        let is_ended = is_ended && is_line_ended(text);
        let is_whole = is_ended && !reading.is_torn && !begins_with_else && are_quotations_closed(text);
        Some(Around { placed: reading.placed, met, is_whole })
    }
}

impl Reading<'_> {
    fn is_at_else(&self) -> bool {
        matches!(words::token(self.rest()), Some((Token::Word(b"else"), _)))
    }
}

/// Whether no comment goes on behind the text.
fn is_line_ended(text: &[u8]) -> bool {
    let begin = memchr::memrchr(b'\n', text).map_or(0, |newline| newline + 1);
    memchr::memchr(b'#', text.get(begin..).unwrap_or_default()).is_none()
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
