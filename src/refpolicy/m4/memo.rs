//! What a call writes, remembered in terms of its arguments.
//!
//! Interfaces call interfaces: expanded one by one, the same text is made hundreds of times. A macro without a side effect
//! writes the same for the same arguments, and what it writes for `$1`, `$2` … with the arguments put in is what it writes
//! for them, provided that nothing on the way looks into an argument. So each interface and pattern is expanded once with
//! `$1`, `$2` … for its arguments, and its [`Brief`] is kept when [`super::parametric`] has seen nothing that looks; every
//! other call is done as it always is. What is kept is the statements: where a known call is written again its text is left out,
//! and its statements are put between those around it ([`Recorded`]).

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, PoisonError, RwLock},
};

use super::{
    arguments::Arguments,
    brief::{Brief, Piece, Written},
    builtin::Builtin,
    choice::Choice,
    given::Given,
    hash::NameHash,
    input::{Block, Location, NO_CALL, Next},
    limits::Stop,
    output::{Output, Traced},
    processor::{Called, Pending, Processor},
    symbols::{Definition, Symbols, Undo},
    syntax::Syntax,
};
use crate::{
    refpolicy::{CallKind, ProblemKind, reader::Reader, recorded::Recorded},
    selinux::Name,
};

/// refpolicy counts with it how deep a call is, for the comments that it writes around each.
const COUNTER: &[u8] = b"policy_call_depth";

/// Defined within an `optional_policy`.
pub(super) const FLAG: &[u8] = b"__in_optional_policy";

/// Writes such a comment.
const COMMENT: &[u8] = b"policy_m4_comment";

/// The value of the counter, whatever it is: text that depends on it can be told.
pub(super) const MARK: &[u8] = b"$\x01";

/// More arguments are not told apart by one digit.
const MOST_ARGUMENTS: usize = 9;

/// Expansions that wait for one another; the limit of depth is reached soon after.
const DEEPEST: u32 = 100;

/// What is known of a macro that is called with so many arguments.
#[derive(Debug, Clone)]
enum Known {
    /// It is being expanded.
    Unfinished,
    /// It is to be expanded each time.
    Nothing,
    Brief(Arc<Brief>),
    /// A word: what it stands for, and nothing in it is a macro.
    Word(Arc<[u8]>),
}

/// By the name's place, and the number of arguments with it.
type Briefs = HashMap<(u32, u8), Arc<Brief>, NameHash>;

/// What is known of calls; there is none of it while calls are simply expanded.
#[derive(Debug, Clone, Default)]
pub struct Memo {
    known: HashMap<(u32, u8), Known, NameHash>,
    /// What this processor and its clones know of calls.
    shared: Arc<RwLock<Briefs>>,
    reader: Reader,
    /// The names of macros by their places, as calls are told of: of those alone that the headers define, which keep theirs.
    names: Vec<Option<Name>>,
    /// Emptied buffers of expansions that were read.
    spare: Vec<(Traced, Vec<Called>)>,
    counter: u32,
    /// [`MARK`]
    mark: Arc<[u8]>,
    pub(super) flag: u32,
    /// The signs behind the headers.
    syntax: Syntax,
    /// Macros that are a choice between two texts.
    pub(super) choices: Vec<Choice>,
    /// refpolicy's comments around an interface are comments, and the counting for them is nothing else.
    counts_as_usual: bool,
    /// The expansion whose text is to be kept.
    pub(super) own: Option<Seen>,
    depth: u32,
}

/// What was seen in an expansion that is to be kept.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// Something looked into an argument, or depended on what is not the same at the next call.
    pub is_dependent: bool,
    /// It asked whether it stands within an `optional_policy`.
    pub asks_flag: bool,
    /// Words that arguments are parts of (`$1_t`): with no argument may they be a macro's name.
    pub joints: Vec<Box<[u8]>>,
}

/// What is laid aside while another macro is expanded.
struct Aside {
    input: Vec<Block>,
    output: Output,
    calls: Vec<Called>,
    pending: Vec<Pending>,
    undo: Option<Vec<Undo>>,
    own: Option<Seen>,
    call: u32,
    location: Location,
    spent: (u64, u64),
    problems: usize,
}

/// The argument's number in the key of a word, and of what is called within `optional_policy`.
const WITHIN_OPTIONAL: u8 = 128;
const WORD: u8 = 64;

impl Processor {
    /// From here on [`brief`](Self::brief) can be asked; for so many definitions there will be room.
    pub fn remember(&mut self, definitions: usize) {
        let (counter, flag) = (self.symbols.place(COUNTER), self.symbols.place(FLAG));
        let (counts_as_usual, choices) = (self.counts_as_usual(), self.choices());
        let (mark, syntax) = (MARK.into(), self.syntax.clone());
        let mut memo = Memo { counter, mark, flag, syntax, choices, counts_as_usual, ..Memo::default() };
        memo.reader.expect(definitions);
        memo.known.reserve(definitions);
        memo.shared.write().unwrap_or_else(PoisonError::into_inner).reserve(definitions);
        self.memo = Some(memo);
    }

    /// What a call of this macro writes with `$1` up to `$count` for its arguments; `None` when it depends on more than can
    /// be told, or ends with an error.
    pub fn brief(&mut self, name: &[u8], count: usize) -> Option<Arc<Brief>> {
        let place = self.symbols.find(name)?;
        if count > MOST_ARGUMENTS || self.syntax.is_changed || !self.wrapped.is_empty() {
            return None;
        }
        let counter = self.memo.as_ref()?.counter;
        let before = self.symbols.definition(counter).cloned();
        match &before {
            None => {}
            Some(Definition::Text(text)) if !text.is_empty() && text.iter().all(u8::is_ascii_digit) => {
                let mark = Arc::clone(&self.memo.as_ref()?.mark);
                self.symbols.set(counter, Some(Definition::Text(mark)));
            }
            // What is no number to count from may be anything that is written.
            Some(_) => return None,
        }
        self.symbols.keep();
        let brief = self.known_brief(place, count + 1);
        self.symbols.take_back();
        self.symbols.set(counter, before);
        brief
    }

    fn known_brief(&mut self, place: u32, count: usize) -> Option<Arc<Brief>> {
        let count = u8::try_from(count).ok()?;
        let memo = self.memo.as_ref()?;
        let is_within = self.symbols.definition(memo.flag).is_some();
        match memo.known.get(&(place, count)) {
            Some(Known::Brief(brief)) if !is_within || !brief.asks_flag => return Some(Arc::clone(brief)),
            Some(Known::Unfinished | Known::Word(_)) => return None,
            Some(Known::Nothing) if !is_within => return None,
            _ => {}
        }
        let own = (place, if is_within { count | WITHIN_OPTIONAL } else { count });
        if is_within {
            match memo.known.get(&own) {
                Some(Known::Brief(brief)) => return Some(Arc::clone(brief)),
                Some(_) => return None,
                None => {}
            }
        }
        // Another clone may have been asked before.
        let shared = memo.shared.read().unwrap_or_else(PoisonError::into_inner);
        let elsewhere =
            shared.get(&own).or_else(|| shared.get(&(place, count)).filter(|brief| !brief.asks_flag)).cloned();
        drop(shared);
        if let Some(brief) = elsewhere {
            self.know(own, Known::Brief(Arc::clone(&brief)));
            return Some(brief);
        }
        if memo.depth >= DEEPEST || self.symbols.kind(place).is_none() {
            return None;
        }
        self.know(own, Known::Unfinished);
        let written = self.apart(place, usize::from(count));
        let Some(brief) = written.and_then(|written| self.as_brief(written, usize::from(count))) else {
            self.know(own, Known::Nothing);
            return None;
        };
        self.share(own, &brief);
        if !brief.asks_flag {
            // Then it is the same outside of `optional_policy`.
            self.share((place, count), &brief);
        }
        Some(brief)
    }

    fn share(&mut self, key: (u32, u8), brief: &Arc<Brief>) {
        self.know(key, Known::Brief(Arc::clone(brief)));
        if let Some(memo) = &self.memo {
            memo.shared.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(brief));
        }
    }

    fn know(&mut self, key: (u32, u8), known: Known) {
        if let Some(memo) = &mut self.memo {
            memo.known.insert(key, known);
        }
    }

    /// Expands a macro by itself, with `$1`, `$2` … for arguments; `None` when what comes out cannot be kept.
    fn apart(&mut self, place: u32, count: usize) -> Option<(Written, Seen)> {
        // Nothing but the counter and the flag has changed since: see `may_recall`.
        let counts_as_usual = self.memo.as_ref().is_some_and(|memo| memo.counts_as_usual);
        let mut text = self.input.buffer();
        match self.symbols.definition(place)? {
            Definition::Builtin(_) => return None,
            Definition::Text(own) => match core(own, &self.symbols.name(place)).filter(|_| counts_as_usual) {
                Some(core) => text.extend([b"\n", core, b"\n"].into_iter().flatten()),
                None => text.extend_from_slice(own),
            },
            Definition::Body(body) => {
                if !counts_as_usual || !body.write_core(&mut text) {
                    body.write(&self.symbols.name(place), &mut text);
                }
            }
        }
        let memo = self.memo.as_mut()?;
        memo.depth += 1;
        let (text_room, call_room) = memo.spare.pop().unwrap_or_default();
        let aside = Aside {
            own: memo.own.replace(Seen::default()),
            input: self.input.lay_aside(),
            output: mem::replace(&mut self.output, Output::into(text_room)),
            calls: mem::replace(&mut self.calls, call_room),
            pending: if self.pending.is_empty() { Vec::new() } else { mem::take(&mut self.pending) },
            undo: self.symbols.begin(),
            call: self.call,
            location: self.location,
            spent: (mem::take(&mut self.steps), mem::take(&mut self.bytes)),
            problems: self.problems.len(),
        };
        let mut arguments = self.spare.pop().unwrap_or_default();
        arguments.write(&self.symbols.name(place));
        arguments.end();
        for number in (1..count).filter_map(|number| u8::try_from(number).ok()) {
            // There are nine at most.
            arguments.write(&[b'$', b'0' + number]);
            arguments.end();
        }
        let kind = self.symbols.kind(place).unwrap_or(CallKind::Pattern);
        let root = Called { place, kind, arguments: Arguments::default(), parent: NO_CALL, depth: 1, begin: 0 };
        self.calls.push(root);
        self.call = 0;
        let done = self.expand_own_text(text, &arguments, 0).and_then(|()| self.run_to_end());
        arguments.clear();
        self.spare.push(arguments);
        let is_well = done.is_ok()
            && self.output.is_plain()
            && self.wrapped.is_empty()
            && !self.syntax.is_changed
            && !self.problems.iter().skip(aside.problems).any(|problem| problem.kind >= ProblemKind::Error);
        self.problems.truncate(aside.problems);
        self.wrapped.clear();
        if self.syntax.is_changed
            && let Some(memo) = &self.memo
        {
            self.syntax = memo.syntax.clone();
        }
        let is_left = self.symbols.end(aside.undo);
        self.input.lay_back(aside.input);
        let output = mem::replace(&mut self.output, aside.output).take();
        let calls = mem::replace(&mut self.calls, aside.calls);
        self.pending.clear();
        if !aside.pending.is_empty() {
            self.pending = aside.pending;
        }
        (self.call, self.location) = (aside.call, aside.location);
        let (steps, bytes) = (self.steps, self.bytes);
        (self.steps, self.bytes) = aside.spent;
        let memo = self.memo.as_mut()?;
        memo.depth -= 1;
        let seen = mem::replace(&mut memo.own, aside.own)?;
        let written = Written { output, calls, steps, bytes };
        (is_well && is_left && !seen.is_dependent).then_some((written, seen))
    }

    /// Whether refpolicy's comments around an interface are comments, and the counting for them is nothing else.
    fn counts_as_usual(&self) -> bool {
        let is_builtin = |name: &[u8], builtin: Builtin| matches!(self.symbols.lookup(name), Some(Definition::Builtin(own)) if *own == builtin);
        let are_builtins = is_builtin(b"pushdef", Builtin::PushDef)
            && is_builtin(b"popdef", Builtin::PopDef)
            && is_builtin(b"incr", Builtin::Incr)
            && is_builtin(b"dnl", Builtin::Dnl);
        // Where nothing was defined to count from, what a call in it counts depends on the counting around it.
        let is_counted = self.symbols.lookup(COUNTER).is_some();
        let Some(Definition::Text(comment)) = self.symbols.lookup(COMMENT) else { return false };
        // A line of comment, whatever is in it.
        let is_comment =
            comment.starts_with(b"\n#") && comment.ends_with(b"\n") && memchr::memchr_iter(b'\n', comment).count() == 2;
        // m4 reads the words of the comment before it is one.
        let are_words = [b"begin".as_slice(), b"end"].iter().all(|word| self.symbols.lookup(word).is_none());
        are_builtins && is_counted && is_comment && are_words
    }

    fn as_brief(&mut self, (mut written, seen): (Written, Seen), count: usize) -> Option<Arc<Brief>> {
        // What comes near to a limit is to meet it.
        if written.steps > self.limits.steps / 4 || written.bytes > self.limits.bytes / 4 {
            return None;
        }
        let Self { memo, symbols, .. } = self;
        let memo = memo.as_mut()?;
        let mut name = |place| named(&mut memo.names, symbols, place);
        let recorded = Recorded::of(&mut memo.reader, &written, count, &mut name)?;
        let brief = Arc::new(Brief::new(recorded, &written, seen));
        written.output.clear();
        written.calls.clear();
        memo.spare.push((written.output, written.calls));
        Some(brief)
    }

    /// Leaves out what a call is known to write; false when it is to be expanded.
    pub(super) fn recall(&mut self, place: u32, arguments: &Arguments) -> Result<bool, Stop> {
        if !self.may_recall() || arguments.count() > MOST_ARGUMENTS + 1 || !self.are_plain(arguments) {
            return Ok(false);
        }
        if !self.output.is_current_line_plain() {
            return Ok(false);
        }
        let Some(given) = Given::of(arguments) else { return Ok(false) };
        let Some(brief) = self.known_brief(place, arguments.count()) else { return Ok(false) };
        if !brief.recorded.is_whole() || !brief.recorded.fits(&given) {
            return Ok(false);
        }
        let depth = self.calls.get(self.call as usize).map_or(0, |call| call.depth);
        if depth + brief.depth > self.limits.depth || !self.are_joints_words(&brief, arguments) {
            return Ok(false);
        }
        self.step(brief.steps)?;
        self.spend(usize::try_from(brief.bytes).unwrap_or(usize::MAX))?;
        self.spend(brief.recorded.holes() * arguments.size())?;
        if let Some(seen) = self.memo.as_mut().and_then(|memo| memo.own.as_mut()) {
            seen.asks_flag |= brief.asks_flag;
        }
        let call = u32::try_from(self.calls.len()).unwrap_or(NO_CALL);
        let kind = self.symbols.kind(place).unwrap_or(CallKind::Pattern);
        self.calls.push(Called {
            place,
            kind,
            arguments: Arguments::default(),
            parent: self.call,
            depth: depth + 1,
            begin: self.output.len(),
        });
        self.output.leave_out(Piece { at: 0, brief, call, given });
        Ok(true)
    }

    /// Writes what a word is known to stand for; false when it is to be expanded.
    pub(super) fn recall_word(&mut self, place: u32, call: u32) -> bool {
        // A pattern is a call, with arguments or without.
        if !self.may_recall_word() || self.next_is_part() || self.symbols.kind(place).is_some() {
            return false;
        }
        let key = (place, WORD);
        let word = match self.memo.as_ref().and_then(|memo| memo.known.get(&key)) {
            Some(Known::Word(word)) => Arc::clone(word),
            Some(_) => return false,
            None => {
                let Some(Definition::Text(text)) = self.symbols.definition(place) else { return false };
                if text.contains(&b'$') || self.memo.as_ref().is_none_or(|memo| memo.depth >= DEEPEST) {
                    self.know(key, Known::Nothing);
                    return false;
                }
                self.know(key, Known::Unfinished);
                let word = self.apart(place, 1).and_then(|(written, seen)| written.as_word(&seen));
                let Some(word) = word else {
                    self.know(key, Known::Nothing);
                    return false;
                };
                let word: Arc<[u8]> = word.into();
                self.know(key, Known::Word(Arc::clone(&word)));
                word
            }
        };
        self.write(&word, call);
        true
    }

    /// Whether a word would go on with what is read next.
    fn next_is_part(&self) -> bool {
        matches!(self.input.peek(), Next::Byte(b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'$'))
    }

    fn may_recall_word(&self) -> bool {
        let Some(memo) = &self.memo else { return false };
        memo.own.is_some() && self.is_as_before() && is_mark(self.symbols.definition(memo.counter))
    }

    /// Whether signs and macros are those of the headers, but for the counter and the flag.
    pub(super) fn is_as_before(&self) -> bool {
        let is_as_before = |memo: &Memo| self.symbols.only_pushed(memo.counter, memo.flag);
        !self.syntax.is_changed && self.memo.as_ref().is_some_and(is_as_before)
    }

    fn may_recall(&self) -> bool {
        let Some(memo) = &self.memo else { return false };
        let is_flag = |definition: Option<&Definition>| match definition {
            Some(Definition::Text(text)) => text.is_empty(),
            Some(_) => false,
            None => true,
        };
        memo.own.is_some()
            && self.pending.is_empty()
            && self.output.current() == 0
            && self.is_as_before()
            && is_mark(self.symbols.definition(memo.counter))
            && is_flag(self.symbols.definition(memo.flag))
    }
}

/// The name at this place, which is kept for the next time.
fn named(names: &mut Vec<Option<Name>>, symbols: &Symbols, place: u32) -> Name {
    if let Some(Some(name)) = names.get(place as usize) {
        return name.clone();
    }
    let name = Name::from_bytes(&symbols.name(place));
    if names.len() <= place as usize {
        names.resize(symbols.len(), None);
    }
    if let Some(own) = names.get_mut(place as usize) {
        *own = Some(name.clone());
    }
    name
}

/// Whether the counter counts, or nothing does.
fn is_mark(definition: Option<&Definition>) -> bool {
    match definition {
        Some(Definition::Text(text)) => **text == *MARK,
        Some(_) => false,
        None => true,
    }
}

/// The text of an interface of this name without the comments that refpolicy's `interface` puts around it, and without the
/// counting for them; `None` where it is anything else than that.
pub fn core<'a>(text: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let comment = |text: &'a [u8], word: &[u8]| {
        let text = text.strip_prefix(b"policy_m4_comment(policy_call_depth,")?.strip_prefix(word)?;
        let text = text.strip_prefix(b" `")?.strip_prefix(name)?;
        text.strip_prefix(b"'($*))").and_then(to_next_line)
    };
    let text = to_next_line(text)?;
    let text = text.strip_prefix(b"pushdef(`policy_call_depth',incr(policy_call_depth))").and_then(to_next_line)?;
    let text = comment(text, b"begin")?;
    let end = b"popdef(`policy_call_depth')";
    let mut last = memchr::memrchr_iter(b'p', text).filter_map(|at| text.split_at_checked(at));
    let (core, end) = last.find_map(|(core, last)| Some((core, last.strip_prefix(end)?)))?;
    // Else it is the end of another name.
    if core.last().is_some_and(|last| last.is_ascii_alphanumeric() || *last == b'_') {
        return None;
    }
    let end = to_next_line(end)?;
    comment(end, b"end")?.is_empty().then_some(core)
}

/// Behind ` dnl`, the end of the line and the blanks of the next one.
fn to_next_line(text: &[u8]) -> Option<&[u8]> {
    text.strip_prefix(b" dnl\n").map(<[u8]>::trim_ascii_start)
}
