//! The loop of the macro processor: text in, tokens, calls, text out.

use std::{mem, sync::Arc};

use super::{
    arguments::Arguments,
    builtin,
    input::{Input, Location, NO_CALL, Next, Text},
    limits::{Limits, Stop},
    memo::Memo,
    output::Output,
    symbols::{Definition, Symbols},
    syntax::Syntax,
};
use crate::{
    refpolicy::{CallKind, Problem, ProblemKind},
    selinux::Name,
};

/// The most problems that are kept: a loop may print without an end.
const MOST_PROBLEMS: usize = 1000;

/// A macro whose arguments are being collected.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    /// The name's place among the symbols.
    pub place: u32,
    /// What it stood for when it was read.
    pub definition: Definition,
    pub arguments: Arguments,
    /// Unclosed parentheses within the argument.
    pub parentheses: u32,
    /// Nothing of the argument has come but white space.
    pub is_fresh: bool,
    pub location: Location,
    /// On whose behalf it is called.
    pub call: u32,
}

/// A call of an interface, a template or a pattern, as it happened.
#[derive(Debug, Clone)]
pub struct Called {
    /// The name's place among the symbols.
    pub place: u32,
    pub kind: CallKind,
    pub arguments: Arguments,
    pub parent: u32,
    pub depth: u32,
    /// How much was written before it.
    pub begin: usize,
}

/// GNU m4 as far as it leaves the machine alone.
#[derive(Debug, Clone)]
pub struct Processor {
    pub symbols: Symbols,
    pub syntax: Syntax,
    pub input: Input,
    pub output: Output,
    pub problems: Vec<Problem>,
    /// The calls that were made; whoever reads them empties the list.
    pub calls: Vec<Called>,
    /// What `interface` and `template` were called for, where they are watched.
    pub declared: Option<Vec<Declared>>,
    /// Macros that `define` makes outside of any other are patterns.
    pub defines_patterns: bool,
    /// Text for the end of the input, the latest first.
    pub wrapped: Vec<(Vec<u8>, Location)>,
    pub files: Vec<Arc<str>>,
    pub limits: Limits,
    /// What calls are known to write; `None` while every call is expanded.
    pub(super) memo: Option<Memo>,
    pub steps: u64,
    pub bytes: u64,
    /// The calls whose arguments are being collected, the innermost last.
    pub(super) pending: Vec<Pending>,
    /// Emptied lists of arguments.
    pub(super) spare: Vec<Arguments>,
    /// Where the macro's name stands that is being done.
    pub location: Location,
    /// The call on whose behalf that is.
    pub call: u32,
}

/// An interface or template that a header defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    pub name: Name,
    pub kind: CallKind,
    pub location: Location,
}

impl Processor {
    /// With m4's own macros and nothing else.
    pub fn new(limits: Limits) -> Self {
        let mut symbols = Symbols::default();
        for builtin in builtin::all() {
            symbols.define(builtin.name().as_bytes(), Definition::Builtin(builtin));
        }
        for name in ["__gnu__", "__unix__"] {
            symbols.define(name.as_bytes(), Definition::Text(Arc::default()));
        }
        Self {
            symbols,
            syntax: Syntax::default(),
            input: Input::default(),
            output: Output::default(),
            problems: Vec::new(),
            calls: Vec::new(),
            declared: None,
            defines_patterns: false,
            wrapped: Vec::new(),
            files: Vec::new(),
            limits,
            memo: None,
            steps: 0,
            bytes: 0,
            pending: Vec::new(),
            spare: Vec::new(),
            location: Location { file: 0, line: 0 },
            call: NO_CALL,
        }
    }

    /// Reads a file to its end.
    pub fn read(&mut self, text: Arc<[u8]>, path: &Arc<str>) -> Result<(), Stop> {
        self.read_from(text, path, 1)
    }

    /// Reads what stands in a file from the beginning of this text on, which is in that line.
    pub fn read_from(&mut self, text: Arc<[u8]>, path: &Arc<str>, line: u32) -> Result<(), Stop> {
        let location = self.at(path, line);
        self.input.push_file(text, location);
        self.run()
    }

    /// A line of a file.
    pub fn at(&mut self, path: &Arc<str>, line: u32) -> Location {
        // It is the last one as a rule.
        let known = self.files.iter().rposition(|known| known == path);
        let file = known.unwrap_or(self.files.len());
        if known.is_none() {
            self.files.push(Arc::clone(path));
        }
        Location { file: u32::try_from(file).unwrap_or(u32::MAX), line }
    }

    /// Does something, and takes back what it changed in the macros; `None` where that, or m4, says so.
    pub fn tried<T>(&mut self, act: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let (problems, spent) = (self.problems.len(), (self.steps, self.bytes));
        self.symbols.keep();
        let done = act(self);
        self.symbols.take_back();
        (self.steps, self.bytes) = spent;
        let is_well = self.problems.len() == problems && self.wrapped.is_empty() && !self.syntax.is_changed;
        self.problems.truncate(problems);
        done.filter(|_| is_well)
    }

    /// Notes what a header declares.
    pub fn note_declared(&mut self, declared: Declared) {
        if let Some(all) = &mut self.declared {
            all.push(declared);
        }
    }

    /// What m4 does after the last file: text of `m4wrap`, then all diversions.
    pub fn finish(&mut self) -> Result<(), Stop> {
        while !self.wrapped.is_empty() {
            for (text, location) in mem::take(&mut self.wrapped) {
                self.input.push_text(Text::Owned(text), NO_CALL, location);
            }
            self.run()?;
        }
        self.output.divert(0);
        self.output.undivert_all();
        Ok(())
    }

    fn run(&mut self) -> Result<(), Stop> {
        let done = self.run_to_end();
        if let Err(stop) = &done {
            let location = self.pending.first().map_or(self.location, |pending| pending.location);
            self.note_at(ProblemKind::Stopped, location, stop.to_string());
            self.input.clear();
            self.pending.clear();
        }
        done
    }

    pub(super) fn run_to_end(&mut self) -> Result<(), Stop> {
        loop {
            self.copy_plain();
            match self.input.peek() {
                Next::End => {
                    let Some(pending) = self.pending.last() else { return Ok(()) };
                    return Err(Stop::EndInArguments(self.shown_name(pending.place)));
                }
                Next::Token(token) => {
                    self.input.next();
                    if let Some(pending) = self.pending.last_mut() {
                        pending.is_fresh = false;
                        pending.arguments.write_token(token);
                    }
                }
                Next::Byte(byte) => self.special(byte)?,
            }
        }
    }

    /// Counts steps; an error when there are too many.
    pub fn step(&mut self, steps: u64) -> Result<(), Stop> {
        self.steps += steps;
        if self.steps > self.limits.steps { Err(Stop::Steps(self.limits.steps)) } else { Ok(()) }
    }

    /// Counts text; an error when it is too much.
    pub fn spend(&mut self, bytes: usize) -> Result<(), Stop> {
        self.bytes += bytes as u64;
        if self.bytes > self.limits.bytes { Err(Stop::Bytes(self.limits.bytes)) } else { Ok(()) }
    }

    pub(super) fn check_pieces(&self) -> Result<(), Stop> {
        if self.input.depth() > self.limits.pieces {
            return Err(Stop::Pieces(self.limits.pieces));
        }
        let names = self.symbols.len().max(self.symbols.changes());
        if names > self.limits.names { Err(Stop::Names(self.limits.names)) } else { Ok(()) }
    }

    /// Whether `define` is done outside of every other macro.
    pub fn is_outermost(&self) -> bool {
        self.pending.is_empty()
    }

    /// The name as text.
    pub fn shown_name(&self, place: u32) -> String {
        String::from_utf8_lossy(&self.symbols.name(place)).into_owned()
    }

    /// Notes what m4 would say where the macro's name stands.
    pub fn note(&mut self, kind: ProblemKind, message: String) {
        self.note_at(kind, self.location, message);
    }

    fn note_at(&mut self, kind: ProblemKind, location: Location, message: String) {
        if self.problems.len() < MOST_PROBLEMS || kind == ProblemKind::Stopped {
            let file = self.files.get(location.file as usize).cloned().unwrap_or_default();
            let within =
                self.calls.get(self.call as usize).map(|called| Name::from_bytes(&self.symbols.name(called.place)));
            self.problems.push(Problem { kind, file, line: location.line, within, message });
        }
    }
}
