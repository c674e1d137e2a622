//! Calls: collecting arguments, putting them into the macro's text, doing what a builtin does.

use std::sync::Arc;

use super::{
    arguments::Arguments,
    builtin::{self, Builtin},
    input::{NO_CALL, Next, Text},
    limits::Stop,
    memo::MARK,
    processor::{Called, Declared, Pending, Processor},
    symbols::Definition,
    syntax::{COMMENT, QUOTE},
};
use crate::{
    refpolicy::{CallKind, ProblemKind},
    selinux::Name,
};

/// How many names of a circle are shown.
const SHOWN_OF_CIRCLE: usize = 8;

/// How many emptied lists of arguments are kept to be filled again.
const SPARE: usize = 64;

impl Processor {
    /// The name at this place was read.
    pub(super) fn named(&mut self, place: u32, call: u32) -> Result<(), Stop> {
        let is_call = self.input.peek() == Next::Byte(b'(') && self.opens_arguments();
        if self.is_kept() && self.input.peek() == Next::End && self.symbols.definition(place).is_some() {
            // What stands behind a call of it may be its arguments.
            self.note_dependence();
        }
        let definition = match self.symbols.definition(place) {
            Some(Definition::Builtin(builtin)) if is_call || !builtin.needs_arguments() => {
                Definition::Builtin(*builtin)
            }
            Some(definition @ (Definition::Text(_) | Definition::Body(_))) => definition.clone(),
            _ => {
                let name = self.symbols.name(place);
                self.write(&name, call);
                return Ok(());
            }
        };
        if self.is_kept() {
            self.watch_name(place);
            if !is_call && matches!(definition, Definition::Text(_)) && self.recall_word(place, call) {
                return Ok(());
            }
        }
        self.step(1)?;
        if let Some(pending) = self.pending.last_mut() {
            pending.is_fresh = false;
        }
        let location = self.input.location();
        let mut arguments = self.spare.pop().unwrap_or_default();
        arguments.write(&self.symbols.name(place));
        arguments.end();
        let pending = Pending { place, definition, arguments, parentheses: 0, is_fresh: true, location, call };
        if !is_call {
            return self.done(pending);
        }
        self.input.next();
        if self.pending.len() >= self.limits.nesting {
            return Err(Stop::Nesting(self.limits.nesting));
        }
        self.pending.push(pending);
        Ok(())
    }

    /// Whether a parenthesis is one, and no quote or comment.
    pub(super) fn opens_arguments(&self) -> bool {
        let class = self.syntax.class(b'(');
        let is_comment = class & COMMENT != 0 && self.input.begins_with(&self.syntax.begin_comment);
        let is_quote = class & QUOTE != 0 && self.input.begins_with(&self.syntax.left_quote);
        !is_comment && !is_quote
    }

    /// The closing parenthesis was read.
    pub(super) fn close(&mut self) -> Result<(), Stop> {
        match self.pending.pop() {
            Some(pending) => self.done(pending),
            None => Ok(()),
        }
    }

    /// All arguments are there: the macro is expanded.
    pub(super) fn done(&mut self, pending: Pending) -> Result<(), Stop> {
        let Pending { place, definition, mut arguments, location, call, .. } = pending;
        (self.location, self.call) = (location, call);
        let result = self.expand(place, &definition, &mut arguments);
        arguments.clear();
        if self.spare.len() < SPARE {
            self.spare.push(arguments);
        }
        result
    }

    pub(super) fn expand(
        &mut self,
        place: u32,
        definition: &Definition,
        arguments: &mut Arguments,
    ) -> Result<(), Stop> {
        let text = match definition {
            Definition::Builtin(builtin) => return self.expand_builtin(*builtin, arguments),
            Definition::Text(text) => Some(text),
            Definition::Body(_) => None,
        };
        arguments.without_tokens();
        if self.is_kept() && self.symbols.kind(place).is_some() && self.recall(place, arguments)? {
            return Ok(());
        }
        let call = self.traced(place, arguments)?;
        if let Some(text) = text
            && self.is_kept()
            && self.choose(text, arguments, call)?
        {
            return Ok(());
        }
        match (text, definition) {
            (None, Definition::Body(body)) => {
                let mut text = self.input.buffer();
                body.write(&self.symbols.name(place), &mut text);
                self.expand_own_text(text, arguments, call)
            }
            (Some(text), _) => self.expand_text(text, arguments, call),
            (None, _) => Ok(()),
        }
    }

    /// Does what a builtin does, and reads what it gives next.
    pub(super) fn expand_builtin(&mut self, builtin: Builtin, arguments: &mut Arguments) -> Result<(), Stop> {
        let mut builtin = builtin;
        // `indir` and `builtin` are another call; one may name the other, so this goes round instead of down.
        while let Builtin::Indir | Builtin::Direct = builtin {
            self.note_dependence();
            if !builtin::has_enough(self, arguments, 2, None) {
                return Ok(());
            }
            if arguments.token(1).is_some() {
                self.note(ProblemKind::Warning, format!("{}: invalid macro name ignored", builtin.name()));
                return Ok(());
            }
            self.step(1)?;
            *arguments = arguments.from(1);
            self.spend(arguments.size() + arguments.count())?;
            let name = arguments.get(0);
            builtin = if builtin == Builtin::Direct {
                let Some(named) = builtin::find(name) else {
                    let name = String::from_utf8_lossy(name).into_owned();
                    self.note(ProblemKind::Error, format!("undefined builtin: {name}"));
                    return Ok(());
                };
                named
            } else {
                let place = self.symbols.find(name);
                match place.and_then(|place| Some((place, self.symbols.definition(place)?.clone()))) {
                    Some((_, Definition::Builtin(named))) => named,
                    Some((place, definition)) => return self.expand(place, &definition, arguments),
                    None => {
                        let name = String::from_utf8_lossy(name).into_owned();
                        self.note(ProblemKind::Error, format!("undefined macro: {name}"));
                        return Ok(());
                    }
                }
            };
        }
        if !builtin.takes_tokens() {
            arguments.without_tokens();
        }
        let mut result = self.input.buffer();
        if self.is_kept() {
            if self.counted(builtin, arguments) {
                result.extend_from_slice(MARK);
                return self.read_again(result, self.call);
            }
            self.watch_builtin(builtin, arguments);
        }
        builtin::perform(self, builtin, arguments, &mut result)?;
        self.read_again(result, self.call)
    }

    /// The call that the body of this macro belongs to: a new one where it is an interface, a template or a pattern.
    pub(super) fn traced(&mut self, place: u32, arguments: &Arguments) -> Result<u32, Stop> {
        let Some(kind) = self.symbols.kind(place) else {
            self.watch(arguments);
            return Ok(self.call);
        };
        // Within the arguments of another macro the text becomes that macro's own.
        if !self.pending.is_empty() {
            return Ok(self.call);
        }
        let parent = self.call;
        let depth = self.calls.get(parent as usize).map_or(0, |call| call.depth) + 1;
        let begin = self.output.len();
        let number = u32::try_from(self.calls.len()).unwrap_or(NO_CALL);
        let arguments = if self.is_kept() { Arguments::default() } else { arguments.from(0) };
        self.calls.push(Called { place, kind, arguments, parent, depth, begin });
        if depth > self.limits.depth {
            return Err(Stop::Depth(self.circle(number)));
        }
        Ok(number)
    }

    pub(super) fn circle(&self, innermost: u32) -> Vec<String> {
        let chain =
            std::iter::successors(self.calls.get(innermost as usize), |call| self.calls.get(call.parent as usize));
        let mut names: Vec<_> = chain.take(SHOWN_OF_CIRCLE).map(|call| self.shown_name(call.place)).collect();
        names.reverse();
        names
    }

    /// Notes what `interface` and `template` define.
    pub(super) fn watch(&mut self, arguments: &Arguments) {
        let Some(declared) = &mut self.declared else { return };
        let kind = match arguments.get(0) {
            b"interface" => CallKind::Interface,
            b"template" => CallKind::Template,
            _ => return,
        };
        if arguments.count() > 1 && self.pending.is_empty() {
            declared.push(Declared { name: Name::from_bytes(arguments.get(1)), kind, location: self.location });
        }
    }

    /// Puts the arguments into the macro's text, which is read next.
    pub(super) fn expand_text(&mut self, text: &Arc<[u8]>, arguments: &Arguments, call: u32) -> Result<(), Stop> {
        if memchr::memchr(b'$', text).is_some() {
            return self.put_into(text, arguments, call);
        }
        self.spend(text.len())?;
        if !text.is_empty() {
            self.input.drop_read();
            if self.is_kept() {
                self.watch_text(text);
            }
            self.input.push_text(Text::Shared(Arc::clone(text)), call, self.location);
        }
        self.check_pieces()
    }

    /// The same of a text that is nobody else's.
    pub(super) fn expand_own_text(&mut self, text: Vec<u8>, arguments: &Arguments, call: u32) -> Result<(), Stop> {
        if memchr::memchr(b'$', &text).is_some() {
            let done = self.put_into(&text, arguments, call);
            self.input.give_back(text);
            return done;
        }
        self.read_again(text, call)
    }

    fn put_into(&mut self, text: &[u8], arguments: &Arguments, call: u32) -> Result<(), Stop> {
        let mut expanded = self.input.buffer();
        let mut done = 0;
        for at in memchr::memchr_iter(b'$', text) {
            // `$$1` is a dollar and the first argument; `$10` is the tenth.
            let Some(between) = text.get(done..at) else { continue };
            expanded.extend_from_slice(between);
            let behind = text.get(at + 1..).unwrap_or_default();
            let digits = behind.iter().take_while(|byte| byte.is_ascii_digit()).count();
            done = at + 1;
            match behind.first() {
                Some(b'0'..=b'9') => {
                    let number = behind.iter().take(digits).fold(0_usize, |number, digit| {
                        number.saturating_mul(10).saturating_add(usize::from(digit - b'0'))
                    });
                    expanded.extend_from_slice(arguments.get(number));
                    done += digits;
                }
                Some(b'#') => {
                    expanded.extend_from_slice((arguments.count() - 1).to_string().as_bytes());
                    done += 1;
                }
                Some(sign @ (b'*' | b'@')) => {
                    self.list(arguments, 1, b",", *sign == b'@', &mut expanded);
                    done += 1;
                }
                _ => {
                    self.watch_dollar(text);
                    expanded.push(b'$');
                }
            }
            if expanded.len() as u64 > self.limits.bytes {
                return Err(Stop::Bytes(self.limits.bytes));
            }
        }
        expanded.extend_from_slice(text.get(done..).unwrap_or_default());
        self.read_again(expanded, call)
    }

    /// The arguments after number `before`, one behind the other.
    pub fn list(&self, arguments: &Arguments, before: usize, between: &[u8], quoted: bool, result: &mut Vec<u8>) {
        for number in before..arguments.count() {
            if number > before {
                result.extend_from_slice(between);
            }
            if quoted {
                result.extend_from_slice(&self.syntax.left_quote);
            }
            result.extend_from_slice(arguments.get(number));
            if quoted {
                result.extend_from_slice(&self.syntax.right_quote);
            }
        }
    }

    pub(super) fn read_again(&mut self, text: Vec<u8>, call: u32) -> Result<(), Stop> {
        if text.is_empty() {
            self.input.give_back(text);
            return Ok(());
        }
        self.spend(text.len())?;
        self.input.drop_read();
        if self.is_kept() {
            self.watch_text(&text);
        }
        self.input.push_text(Text::Owned(text), call, self.location);
        self.check_pieces()
    }
}
