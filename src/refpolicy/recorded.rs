//! What a call brings, put together from what is known of the calls in it.
//!
//! A call brings the same wherever it is written, but for its arguments; where these are words, its statements are the same
//! too, but for the names in them. So a definition's own text is read, and the statements of the calls in it are taken from
//! where they were read before.

use std::sync::{Arc, OnceLock};

use super::{
    contents::{Brought, Contents, Optionals, Surroundings, each_once, is_block, is_direct},
    expansion::Placed,
    m4::{Called, Given, NO_CALL, Piece, Written},
    parameter_use::{ParameterUse, note_uses},
    reader::{Around, Reader, Words},
    statement::{HeaderStatement, StatementKind},
};
use crate::selinux::Name;

/// The contents of a definition, and what changes in them when it is called.
#[derive(Debug)]
pub struct Recorded {
    contents: Arc<Contents>,
    /// The arguments in each statement, a bit for each.
    numbers: Vec<u16>,
    /// The arguments that only `$1` for `$1` leaves these statements.
    fixed: u16,
    is_whole: bool,
    name: Name,
    /// By statement: the calls that it came through for whoever calls this.
    as_called: OnceLock<Vec<Arc<[Name]>>>,
}

impl Recorded {
    /// Reads what an expansion with `$1`, `$2` … wrote, `count` of them with the name; `None` where it has to be written
    /// with its calls.
    pub fn of(reader: &mut Reader, written: &Written, count: usize, mut name: impl FnMut(u32) -> Name) -> Option<Self> {
        let Written { output, calls, .. } = written;
        let places: Vec<usize> = output.pieces.iter().map(|piece| piece.at).collect();
        let around = reader.read_around(&output.text, &output.marks, &places)?;
        let names: Vec<Name> = calls.iter().map(|call| name(call.place)).collect();
        let known = output.pieces.iter().map(|piece| piece.brief.recorded.contents.statements.len());
        let own = around.placed.iter().filter(|placed| !is_block(&placed.statement.kind));
        let room = own.count() + known.sum::<usize>();
        let mut joined = Joined {
            calls,
            names: &names,
            chains: vec![None; calls.len()],
            statements: Vec::with_capacity(room),
            numbers: Vec::with_capacity(room),
            fixed: 0,
            optionals: Optionals::default(),
            parameters: vec![ParameterUse::default(); count - 1],
        };
        let mut met = output.pieces.iter().zip(&around.met).peekable();
        for (place, placed) in around.placed.iter().enumerate() {
            while let Some((piece, met)) = met.next_if(|(_, met)| met.before <= place) {
                joined.put(reader, piece, &Surroundings::of(&around.placed, met.block))?;
            }
            joined.own(&around, placed, count)?;
        }
        for (piece, met) in met {
            joined.put(reader, piece, &Surroundings::of(&around.placed, met.block))?;
        }
        let Joined { statements, numbers, fixed, optionals, parameters, .. } = joined;
        let direct = calls.iter().zip(&names).filter(|(call, _)| is_direct(call.depth, call.kind));
        let (calls, faults, optionals) = (each_once(direct.map(|(_, name)| name)), Vec::new(), optionals.all);
        let contents = Contents { statements, calls, parameters, faults, optionals };
        let name = names.into_iter().next()?;
        let (contents, is_whole, as_called) = (Arc::new(contents), around.is_whole, OnceLock::new());
        Some(Self { contents, numbers, fixed, is_whole, name, as_called })
    }

    /// What it brings, in terms of `$1`, `$2` …
    pub fn contents(&self) -> &Arc<Contents> {
        &self.contents
    }

    /// Whether it may be left out of the text around it.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Whether with these arguments its statements stay what they are, but for the names in them.
    pub fn fits(&self, given: &Given) -> bool {
        given.are_same(self.fixed)
    }

    /// Whether an argument is put in anywhere, in the condition of a block too.
    pub fn takes_arguments(&self) -> bool {
        self.fixed != 0 || self.holes() > 0
    }

    /// How many places arguments are put in at.
    pub fn holes(&self) -> usize {
        self.numbers.iter().map(|numbers| numbers.count_ones() as usize).sum()
    }

    fn as_called(&self) -> &[Arc<[Name]>] {
        self.as_called.get_or_init(|| {
            let mut chains: Vec<Arc<[Name]>> = Vec::with_capacity(self.contents.statements.len());
            let mut last: Option<&Arc<[Name]>> = None;
            for Brought { through, .. } in &self.contents.statements {
                let chain = match chains.last() {
                    Some(chain) if last.is_some_and(|last| Arc::ptr_eq(last, through)) => Arc::clone(chain),
                    _ => std::iter::once(&self.name).chain(through.iter()).cloned().collect(),
                };
                chains.push(chain);
                last = Some(through);
            }
            chains
        })
    }
}

/// Statements that are put together.
struct Joined<'a> {
    calls: &'a [Called],
    /// By call.
    names: &'a [Name],
    /// By call, once it was asked for: itself and what it came through, but for the definition itself.
    chains: Vec<Option<Arc<[Name]>>>,
    statements: Vec<Brought>,
    numbers: Vec<u16>,
    fixed: u16,
    optionals: Optionals,
    /// What is done with the arguments so far.
    parameters: Vec<ParameterUse>,
}

impl Joined<'_> {
    /// Puts a statement of the definition's own text behind what there is; `None` where a dollar in it is no argument's.
    fn own(&mut self, around: &Around, placed: &Placed, count: usize) -> Option<()> {
        let numbers = numbers(&placed.statement, count)?;
        let around = Surroundings::of(&around.placed, placed.block);
        if !is_clause(&placed.statement.kind) || around.is_within_require() {
            self.fixed |= numbers;
        }
        if !is_block(&placed.statement.kind) {
            let through = self.chain(placed.call.map_or(0, |call| call.0));
            let within = self.optionals.place(&around.optionals);
            self.push(around.brought(&placed.statement, within, through), numbers);
        }
        Some(())
    }

    fn push(&mut self, brought: Brought, numbers: u16) {
        if numbers != 0 || !brought.conditions.is_empty() {
            note_uses(&mut self.parameters, &brought);
        }
        self.statements.push(brought);
        self.numbers.push(numbers);
    }

    /// Puts the statements of a known call behind what there is; `None` where a dollar in them is no argument's.
    fn put(&mut self, reader: &mut Reader, piece: &Piece, around: &Surroundings) -> Option<()> {
        let recorded = &piece.brief.recorded;
        let parent = self.calls.get(piece.call as usize).map_or(NO_CALL, |call| call.parent);
        let outer = (parent != 0).then(|| self.chain(parent));
        let chain = |through: &Arc<[Name]>| match &outer {
            Some(outer) => outer.iter().chain(through.iter()).cloned().collect(),
            None => Arc::clone(through),
        };
        let all = recorded.numbers.iter().fold(recorded.fixed, |all, numbers| all | numbers);
        let count = self.parameters.len() + 1;
        if (all & piece.given.same()).checked_shr(u32::try_from(count).ok()?).is_some_and(|beyond| beyond != 0) {
            return None;
        }
        // Where nothing is put in, and no condition around asks for more, what it does with its arguments is known.
        let is_same = piece.given.are_same(all) && around.is_unconditional();
        if is_same {
            for (own, known) in self.parameters.iter_mut().zip(&recorded.contents.parameters) {
                own.add(known, |through| {
                    let inner = std::iter::once(&recorded.name).chain(through.iter());
                    outer.iter().flat_map(|outer| outer.iter()).chain(inner).cloned().collect()
                });
            }
        }
        // A block in which nothing stands is none.
        let is_empty = recorded.contents.statements.is_empty();
        let outermost = if is_empty { None } else { self.optionals.place(&around.optionals) };
        let before = self.optionals.add(&recorded.contents.optionals, outermost);
        let mut words = Words::new(&piece.given);
        let known = recorded.contents.statements.iter().zip(&recorded.numbers).zip(recorded.as_called());
        for ((known, own), through) in known {
            let within = known.within().map_or(outermost, |place| Some(place + before));
            let mut brought = around.around(known, within, chain(through));
            if is_same {
                self.statements.push(brought);
                self.numbers.push(*own);
                continue;
            }
            let mut numbers = *own;
            if !piece.given.are_same(*own) {
                brought.statement = reader.with(&known.statement, &mut words, known.required);
                numbers = self::numbers(&brought.statement, count)?;
            }
            self.push(brought, numbers);
        }
        self.fixed |= recorded.fixed;
        Some(())
    }

    /// The names of the calls down to this one, without the definition itself.
    fn chain(&mut self, call: u32) -> Arc<[Name]> {
        if let Some(Some(chain)) = self.chains.get(call as usize) {
            return Arc::clone(chain);
        }
        let mut names = Vec::new();
        let mut at = call;
        while let (Some(called), Some(name)) = (self.calls.get(at as usize), self.names.get(at as usize)) {
            if called.parent == NO_CALL {
                break;
            }
            names.push(name.clone());
            at = called.parent;
        }
        let chain: Arc<[Name]> = names.into_iter().rev().collect();
        if let Some(own) = self.chains.get_mut(call as usize) {
            *own = Some(Arc::clone(&chain));
        }
        chain
    }
}

/// The arguments in a statement, a bit for each; `None` where a dollar is something else's, or where there are not so many.
fn numbers(statement: &HeaderStatement, count: usize) -> Option<u16> {
    let numbers = statement.arguments()?;
    let beyond = numbers.checked_shr(u32::try_from(count).ok()?).unwrap_or(0);
    (beyond == 0).then_some(numbers)
}

/// Whether it begins with a keyword of the grammar, so that the names in it change nothing but themselves.
fn is_clause(kind: &StatementKind) -> bool {
    use StatementKind::{Other, UnknownCall};

    !is_block(kind) && !matches!(kind, Other(_) | UnknownCall { .. })
}
