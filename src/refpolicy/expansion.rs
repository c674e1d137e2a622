//! What an expansion gives: statements, the calls that they came through, and what went wrong.

use std::{fmt, iter, sync::Arc};

use super::statement::HeaderStatement;
use crate::selinux::Name;

/// The place of a statement in [`Expansion::statements`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatementId(pub u32);

/// The place of a call in [`Expansion::calls`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u32);

/// The part of a block that a statement is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Branch {
    /// The first braces.
    Then,
    /// Those behind `else`.
    Else,
}

/// A statement where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// What it says; the same value may stand in many places.
    pub statement: Arc<HeaderStatement>,
    /// The innermost call that its first word came from; `None` where that is the expanded text itself.
    pub call: Option<CallId>,
    /// The innermost block around it, and the part of that.
    pub block: Option<(StatementId, Branch)>,
    /// Behind the last statement in it, where it is a block; else the one behind it.
    pub end: StatementId,
}

/// What was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallKind {
    /// Defined with `interface`.
    Interface,
    /// Defined with `template`.
    Template,
    /// A macro of `support/*_patterns.spt`.
    Pattern,
}

/// One call of an interface, a template or a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What was called.
    pub name: Name,
    /// Which kind of macro that is.
    pub kind: CallKind,
    /// The arguments after their own expansion, without the blanks before them.
    pub arguments: Vec<Name>,
    /// The call that this one stands in the body of.
    pub parent: Option<CallId>,
    /// 1 for a call of the expanded text itself.
    pub depth: u32,
    /// The first statement that it or a call below it contributed.
    pub first: StatementId,
    /// Behind the last such statement; the same as `first` when there is none.
    pub end: StatementId,
}

/// Something that m4 says or does on the error output, or that could not be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind of trouble it is.
    pub kind: ProblemKind,
    /// The file that was being read, as `__file__` has it; of an error in an expansion the header whose text it stands in.
    pub file: Arc<str>,
    /// The line in it, from 1; in such a header that of the interface.
    pub line: u32,
    /// The innermost interface or template, or pattern, in whose text it stands.
    pub within: Option<Name>,
    /// A sentence; it may quote the header.
    pub message: String,
}

/// How bad a [`Problem`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// Text of `errprint`: `refpolicywarn` says with it that an interface is deprecated.
    Printed,
    /// GNU m4 would warn and go on.
    Warning,
    /// GNU m4 would fail, or do what is never done here (run a command, open a file); the expansion went on.
    Error,
    /// The expansion was ended: too many steps, too deep, too much text, or an open quote or call at the end.
    Stopped,
}

/// What came out of an expansion.
///
/// Two trees lie over one list: blocks (`optional`, `if`, `require`) by [`Placed::block`], calls by [`Call::parent`]. Both
/// are in the order of the text, so that what a block or a call holds is one run of the list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expansion {
    /// The statements in the order of the text, a block's head before what it holds.
    pub statements: Vec<Placed>,
    /// The calls in the order of the text, each before those in it.
    pub calls: Vec<Call>,
    /// What m4 would say.
    pub problems: Vec<Problem>,
}

impl Expansion {
    /// The statement of this place.
    pub fn statement(&self, id: StatementId) -> Option<&Placed> {
        self.statements.get(id.0 as usize)
    }

    /// The call of this place.
    pub fn call(&self, id: CallId) -> Option<&Call> {
        self.calls.get(id.0 as usize)
    }

    /// Every statement with the calls that it came through, the outermost first.
    pub fn iter(&self) -> impl Iterator<Item = (&Placed, Vec<&Call>)> {
        self.statements.iter().map(|placed| (placed, self.path(placed.call)))
    }

    /// The calls that lead to this one, the outermost first, itself the last.
    pub fn path(&self, call: Option<CallId>) -> Vec<&Call> {
        let first = call.and_then(|id| self.call(id));
        let mut path: Vec<_> = iter::successors(first, |call| self.call(call.parent?)).collect();
        path.reverse();
        path
    }

    /// The blocks around a statement, the outermost first.
    pub fn blocks(&self, placed: &Placed) -> Vec<(&Placed, Branch)> {
        let open = |block: Option<(StatementId, Branch)>| {
            let (id, branch) = block?;
            Some((self.statement(id)?, branch))
        };
        let mut blocks: Vec<_> = iter::successors(open(placed.block), |(outer, _)| open(outer.block)).collect();
        blocks.reverse();
        blocks
    }

    /// One level of the calls: what a call's own body holds, in order; with `None` what the expanded text itself holds.
    pub fn unfold(&self, call: Option<CallId>) -> Vec<Unfolded<'_>> {
        let end = call.and_then(|id| self.call(id)).map_or(self.statements.len(), |call| call.end.0 as usize);
        let begin = call.and_then(|id| self.call(id)).map_or(0, |call| call.first.0 as usize);
        let calls = self.calls.iter().zip(0..).filter(|(below, _)| below.parent == call);
        let mut calls = calls.map(|(call, id)| (CallId(id), call)).peekable();
        let mut unfolded = Vec::new();
        for (placed, id) in self.statements.iter().zip(0..).take(end).skip(begin) {
            while let Some((id, call)) = calls.next_if(|(_, below)| below.first.0 <= id) {
                unfolded.push(Unfolded::Call(id, call));
            }
            if placed.call == call {
                unfolded.push(Unfolded::Statement(StatementId(id), placed));
            }
        }
        unfolded.extend(calls.map(|(id, call)| Unfolded::Call(id, call)));
        unfolded
    }
}

/// A line of a call that was unfolded by one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfolded<'a> {
    /// A statement of the body itself.
    Statement(StatementId, &'a Placed),
    /// A call in the body, to be unfolded in its turn.
    Call(CallId, &'a Call),
}

impl fmt::Display for Problem {
    /// `FILE:LINE: message`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}
