//! Statements of calls that were read before, put where such a call is written again.
//!
//! What a call writes is the same wherever it is called, but for its arguments ([`Brief`]); where these are words, its
//! statements are the same too, but for the names in them. So those of a call within another are taken from there instead
//! of being read once more, provided that nothing around them can become a part of them.

use std::sync::Arc;

use super::{Reader, Reading, clause, words, words::Token};
use crate::refpolicy::{
    Branch, CallId, Placed, StatementId,
    m4::{Brief, Piece},
    statement::{HeaderStatement, StatementKind},
};

/// The statements of a brief.
#[derive(Debug, Clone)]
pub struct Known {
    /// In terms of `$1`, `$2` …
    pub placed: Vec<Placed>,
    spans: Vec<Span>,
    /// The arguments, a bit for each, that only `$1` for `$1` leaves these statements; `None` where the text around may change
    /// them too.
    fixed: Option<u16>,
}

/// Where a statement stands in the brief.
#[derive(Debug, Clone, Copy)]
struct Span {
    begin: usize,
    end: usize,
    /// The arguments in it, a bit for each.
    numbers: u16,
    in_require: bool,
}

impl Reader {
    /// Reads the statements of a brief, unless that was done before.
    pub fn know<'b>(&mut self, brief: &'b Brief) -> &'b Known {
        let mut open = vec![brief];
        while let Some(last) = open.pop() {
            let unread = last.pieces.iter().map(|piece| &*piece.brief).find(|brief| brief.known.get().is_none());
            if let Some(unread) = unread {
                open.extend([last, unread]);
            } else {
                last.known.get_or_init(|| self.read_known(last));
            }
        }
        brief.known.get_or_init(|| self.read_known(brief))
    }

    fn read_known(&mut self, brief: &Brief) -> Known {
        let reading = self.read_all(Reading::new(&brief.text, &brief.marks, &brief.pieces));
        let Reading { mut placed, offsets, ends, is_torn, .. } = reading;
        placed.shrink_to_fit();
        let mut holes = brief.holes.iter().peekable();
        let (mut spans, mut fixed) = (Vec::with_capacity(placed.len()), 0);
        for ((own, begin), end) in placed.iter().zip(offsets).zip(ends) {
            let mut numbers = 0;
            while let Some((at, number)) = holes.next_if(|(at, _)| *at < end) {
                let bit = 1_u16 << number;
                numbers |= bit;
                let first =
                    || words::token(brief.text.get(begin..).unwrap_or_default()).map_or(0, |(_, length)| length);
                if !is_clause(&own.statement.kind) || *at < begin + first() {
                    fixed |= bit;
                }
            }
            let block = own.block.and_then(|(block, _)| placed.get(block.0 as usize));
            let in_require = block.is_some_and(|block| block.statement.kind == StatementKind::Require);
            spans.push(Span { begin, end, numbers, in_require });
        }
        Known { placed, spans, fixed: (!is_torn).then_some(fixed) }
    }

    /// Places the statements of a call that is known, where the text of one begins; false when there is none.
    pub(super) fn piece(&mut self, reading: &mut Reading<'_>) -> bool {
        while let Some((piece, rest)) = reading.pieces.split_first() {
            if piece.begin > reading.at {
                return false;
            }
            reading.pieces = rest;
            if piece.begin == reading.at && self.put(reading, piece) {
                return true;
            }
        }
        false
    }

    fn put(&mut self, reading: &mut Reading<'_>, piece: &Piece) -> bool {
        let Some(known) = piece.brief.known.get() else { return false };
        let are_same = known.fixed.is_some_and(|fixed| piece.given.are_same(fixed));
        let in_require = reading.open.last().is_some_and(|open| open.is_require);
        if !are_same || in_require || reading.has_else_at(piece.end) {
            return false;
        }
        let outer = reading.open.last().map(|open| (open.id, open.branch));
        let before = u32::try_from(reading.placed.len()).unwrap_or(u32::MAX);
        let moved = |id: StatementId| StatementId(id.0.saturating_add(before));
        let within = |(id, branch): (StatementId, Branch)| (moved(id), branch);
        let mut places = Places::new(piece);
        reading.placed.reserve(known.placed.len());
        for (placed, span) in known.placed.iter().zip(&known.spans) {
            let (begin, end) = (places.of(span.begin), places.of(span.end));
            let statement = if piece.given.are_same(span.numbers) {
                Arc::clone(&placed.statement)
            } else {
                self.stated(reading.text.get(begin..end).unwrap_or_default(), span.in_require)
            };
            reading.placed.push(Placed {
                statement,
                call: placed.call.map(|call| CallId(call.0.saturating_add(piece.first))),
                block: placed.block.map(within).or(outer),
                end: moved(placed.end),
            });
            reading.offsets.push(begin);
            reading.ends.push(end);
        }
        reading.at = piece.end;
        true
    }

    /// The statement that this text is, up to its semicolon.
    fn stated(&mut self, text: &[u8], in_require: bool) -> Arc<HeaderStatement> {
        let known = if in_require { &self.required } else { &self.stated };
        if let Some(statement) = known.get(text) {
            return Arc::clone(statement);
        }
        let (tokens, _) = Reading::new(text, &[], &[]).up_to_semicolon();
        if let Some(Token::Word(word)) = tokens.first()
            && let Some(keyword) = clause::keyword(word)
        {
            return self.read_clause(text, &tokens, keyword, in_require);
        }
        let kind = self.words(&tokens);
        Arc::new(HeaderStatement { text: words::line(&tokens).into(), kind })
    }
}

/// Whether it begins with a keyword of the grammar, so that the names in it change nothing but themselves.
fn is_clause(kind: &StatementKind) -> bool {
    use StatementKind::{Block, If, Optional, Other, Require, UnknownCall};

    !matches!(kind, Block | If(_) | Optional | Other(_) | Require | UnknownCall { .. })
}

impl Reading<'_> {
    /// Whether the next token from here on is `else`, which belongs to the block before it.
    fn has_else_at(&self, at: usize) -> bool {
        let rest = self.text.get(at..).unwrap_or_default();
        let word = rest.get(words::blank(rest)..).unwrap_or_default();
        matches!(words::token(word), Some((Token::Word(b"else"), _)))
    }
}

/// The places of a brief's text where it stands with its arguments put in.
struct Places<'a> {
    piece: &'a Piece,
    holes: &'a [(usize, u8)],
    /// The place in the brief that was reached, and where that is.
    reached: usize,
    at: usize,
}

impl<'a> Places<'a> {
    fn new(piece: &'a Piece) -> Self {
        let reached = words::blank(&piece.brief.text);
        Self { piece, holes: &piece.brief.holes, reached, at: piece.begin }
    }

    /// Where this place is; each is behind the one before.
    fn of(&mut self, place: usize) -> usize {
        while let Some(((hole, number), rest)) = self.holes.split_first()
            && *hole < place
        {
            self.at += hole - self.reached + self.piece.given.length(*number);
            self.reached = hole + 2;
            self.holes = rest;
        }
        self.at += place - self.reached;
        self.reached = place;
        self.at
    }
}
