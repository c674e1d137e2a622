//! Whether an expansion looks into its arguments: only one that does not writes the same for all of them.

use super::{
    arguments::Arguments,
    brief::Brief,
    builtin::Builtin,
    input::Next,
    memo::{FLAG, MARK},
    processor::Processor,
    syntax::{NAME, NAME_PART},
};

/// No name is longer; where one is, nothing is remembered of it.
const LONGEST_JOINT: usize = 256;

/// Whether a text holds an argument, or the counter's value.
fn holds(text: &[u8]) -> bool {
    memchr::memchr(b'$', text).is_some()
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether `$` and a digit end the text.
fn ends_with_argument(text: &[u8]) -> bool {
    matches!(text, [.., b'$', b'0'..=b'9'])
}

impl Processor {
    /// Something looked into an argument.
    pub(super) fn note_dependence(&mut self) {
        if let Some(seen) = self.memo.as_mut().and_then(|memo| memo.own.as_mut()) {
            seen.is_dependent = true;
        }
    }

    /// Whether what is expanded now is to be kept.
    #[inline]
    pub(super) fn is_kept(&self) -> bool {
        self.memo.as_ref().is_some_and(|memo| memo.own.is_some())
    }

    /// The value of the counter that `incr` and `decr` give, where that is what they are asked for.
    pub(super) fn counted(&self, builtin: Builtin, arguments: &Arguments) -> bool {
        matches!(builtin, Builtin::Incr | Builtin::Decr) && arguments.get(1) == MARK && self.is_kept()
    }

    /// Notes whether a builtin looks into what it is given.
    pub(super) fn watch_builtin(&mut self, builtin: Builtin, arguments: &Arguments) {
        let any = || (1..arguments.count()).any(|number| holds(arguments.get(number)));
        // Where there is none, taking it away says nothing; within an `optional_policy` it would.
        if builtin == Builtin::PopDef
            && self.symbols.lookup(FLAG).is_none()
            && (1..arguments.count()).any(|number| arguments.get(number) == FLAG)
            && let Some(seen) = self.memo.as_mut().and_then(|memo| memo.own.as_mut())
        {
            seen.asks_flag = true;
        }
        let is_dependent = match builtin {
            Builtin::Dnl
            | Builtin::Shift
            | Builtin::ErrPrint
            | Builtin::Program
            | Builtin::DivNum
            | Builtin::SysVal => false,
            Builtin::IfDef => {
                if arguments.get(1) == FLAG
                    && let Some(seen) = self.memo.as_mut().and_then(|memo| memo.own.as_mut())
                {
                    seen.asks_flag = true;
                }
                holds(arguments.get(1))
            }
            Builtin::IfElse => compares_arguments(arguments),
            Builtin::Define | Builtin::PushDef => {
                holds(arguments.get(1)) || holds(arguments.get(2)) && arguments.get(2) != MARK
            }
            Builtin::Undefine
            | Builtin::PopDef
            | Builtin::Len
            | Builtin::Index
            | Builtin::SubStr
            | Builtin::TransLit
            | Builtin::Incr
            | Builtin::Decr
            | Builtin::Eval
            | Builtin::Format
            | Builtin::RegExp
            | Builtin::PatSubst => any(),
            _ => true,
        };
        if is_dependent {
            self.note_dependence();
        }
    }

    /// Notes the words of a text that arguments are parts of; it is read next.
    pub(super) fn watch_text(&mut self, text: &[u8]) {
        let mut done = 0;
        for at in memchr::memchr_iter(b'$', text) {
            if at < done || !text.get(at + 1).is_some_and(u8::is_ascii_digit) {
                continue;
            }
            let is_run = |byte: &u8| is_part(*byte) || *byte == b'$';
            let before = text.get(..at).unwrap_or_default();
            let begin = at - before.iter().rev().take_while(|byte| is_run(byte)).count();
            let behind = text.get(at..).unwrap_or_default();
            let end = at + behind.iter().take_while(|byte| is_run(byte)).count();
            // All arguments in it were met with the first one.
            done = end;
            let Some(run) = text.get(begin..end).filter(|run| run.len() > 2) else { continue };
            self.watch_joint(run);
        }
        // A word may go on in the piece below.
        let Next::Byte(next) = self.input.peek() else { return };
        let is_open = ends_with_argument(text) && (is_part(next) || next == b'$');
        let is_word = text.last().is_some_and(|last| is_part(*last)) && next == b'$';
        if is_open || is_word {
            self.note_dependence();
        }
    }

    fn watch_joint(&mut self, run: &[u8]) {
        if run.len() > LONGEST_JOINT {
            return self.note_dependence();
        }
        let known = |seen: &super::memo::Seen| seen.is_dependent || seen.joints.iter().any(|own| **own == *run);
        let Some(seen) = self.memo.as_ref().and_then(|memo| memo.own.as_ref()) else { return };
        if known(seen) {
            return;
        }
        let mut parts = run.split(|byte| *byte == b'$').enumerate();
        let is_plain = parts.all(|(number, part)| {
            // Behind a dollar one digit is the argument's.
            let literal = if number == 0 { part } else { part.get(1..).unwrap_or_default() };
            let is_argument = number == 0 || part.first().is_some_and(u8::is_ascii_digit);
            is_argument && !literal.first().is_some_and(u8::is_ascii_digit) && !self.is_macro(literal)
        });
        let Some(seen) = self.memo.as_mut().and_then(|memo| memo.own.as_mut()) else { return };
        seen.is_dependent |= !is_plain;
        seen.joints.push(run.into());
    }

    fn is_macro(&self, name: &[u8]) -> bool {
        self.symbols.lookup(name).is_some()
    }

    /// Whether reading these arguments once more changes nothing: no sign of m4 in them, and no macro.
    pub(super) fn are_plain(&self, arguments: &Arguments) -> bool {
        (1..arguments.count()).all(|number| {
            let text = arguments.get(number);
            let is_plain =
                |byte: &u8| !matches!(byte, b'`' | b'\'' | b'#' | b'(' | b')' | b',' | 0..=8 | 10..=31 | 127..);
            text.iter().all(is_plain) && self.are_words(text)
        })
    }

    /// Whether no word of the text is a macro.
    fn are_words(&self, text: &[u8]) -> bool {
        let mut rest = text;
        while let Some(begin) = rest.iter().position(|byte| self.syntax.class(*byte) & NAME != 0) {
            let word = rest.get(begin..).unwrap_or_default();
            let length = word.iter().take_while(|byte| self.syntax.class(**byte) & NAME_PART != 0).count();
            let Some((word, behind)) = word.split_at_checked(length) else { return false };
            if self.is_macro(word) {
                return false;
            }
            rest = behind;
        }
        true
    }

    /// Whether the words that the arguments become parts of are no macros; notes those that are still to be completed.
    pub(super) fn are_joints_words(&mut self, brief: &Brief, arguments: &Arguments) -> bool {
        for joint in &brief.joints {
            let mut word = self.input.buffer();
            let mut parts = joint.split(|byte| *byte == b'$');
            word.extend_from_slice(parts.next().unwrap_or_default());
            for part in parts {
                if let Some((digit, literal)) = part.split_first() {
                    word.extend_from_slice(arguments.get(usize::from(digit.wrapping_sub(b'0'))));
                    word.extend_from_slice(literal);
                }
            }
            let is_word = self.are_words(&word);
            if is_word {
                let mut begin = 0;
                for (at, byte) in word.iter().enumerate() {
                    if !is_part(*byte) && *byte != b'$' {
                        self.watch_run(word.get(begin..at).unwrap_or_default());
                        begin = at + 1;
                    }
                }
                self.watch_run(word.get(begin..).unwrap_or_default());
            }
            self.input.give_back(word);
            if !is_word {
                return false;
            }
        }
        true
    }

    fn watch_run(&mut self, run: &[u8]) {
        if run.len() > 2 && holds(run) {
            self.watch_joint(run);
        }
    }
}

/// Whether `ifelse` compares what depends on an argument: text that is more than arguments is never empty.
fn compares_arguments(arguments: &Arguments) -> bool {
    let count = arguments.count();
    let mut first = 1;
    while count > first + 2 || first == 1 && count > 2 {
        let (one, other) = (arguments.get(first), arguments.get(first + 1));
        if one == other {
            return false;
        }
        let is_text = |text: &[u8]| {
            let holes = memchr::memchr_iter(b'$', text).count();
            holes == 0 && !text.is_empty() || text.len() > 2 * holes
        };
        let is_decided =
            !holds(one) && !holds(other) || one.is_empty() && is_text(other) || other.is_empty() && is_text(one);
        if !is_decided {
            return true;
        }
        first += 3;
    }
    false
}

impl Processor {
    /// A definition's text that holds a dollar which is no argument's.
    pub(super) fn watch_dollar(&mut self, definition: &[u8]) {
        if definition != MARK {
            self.note_dependence();
        }
    }

    /// Whether the name at this place is the flag, which no text should name.
    pub(super) fn watch_name(&mut self, place: u32) {
        let is_flag = self.memo.as_ref().is_some_and(|memo| memo.own.is_some() && memo.flag == place);
        if is_flag {
            self.note_dependence();
        }
    }
}
