//! Text to tokens: what is copied, what is quoted, what may be a macro's name.

use std::mem;

use super::{
    input::Next,
    limits::Stop,
    processor::Processor,
    symbols::Symbols,
    syntax::{COMMENT, NAME, NAME_PART, PUNCTUATION, QUOTE, SPACE, Syntax},
};

/// How much of a text is neither of these nor a macro's name, and whether that is all of it. A word that ends with the text
/// may go on in what is read next.
#[inline]
fn plain(text: &[u8], syntax: &Syntax, symbols: &Symbols, special: u8) -> (usize, bool) {
    let mut rest = text;
    loop {
        let Some(at) = rest.iter().position(|byte| syntax.class(*byte) & special != 0) else {
            return (text.len(), true);
        };
        let behind = rest.get(at..).unwrap_or_default();
        let is_word = behind.first().is_some_and(|first| syntax.class(*first) & (NAME | QUOTE | COMMENT) == NAME);
        let end = if is_word { behind.iter().position(|byte| syntax.class(*byte) & NAME_PART == 0) } else { None };
        match end.and_then(|end| behind.split_at_checked(end)) {
            Some((word, behind)) if symbols.find(word).is_none() => rest = behind,
            _ => return (text.len() - behind.len(), false),
        }
    }
}

impl Processor {
    /// Takes what means nothing to m4 over, up to what may.
    #[inline]
    pub(super) fn copy_plain(&mut self) {
        let Self { input, syntax, symbols, pending, output, .. } = self;
        let Some(pending) = pending.last_mut() else {
            while let Some((rest, call)) = input.rest() {
                let (length, is_all) = plain(rest, syntax, symbols, NAME | QUOTE | COMMENT);
                if let Some((text, _)) = rest.split_at_checked(length)
                    && !text.is_empty()
                {
                    output.write(text, call);
                }
                input.advance(length);
                if !is_all {
                    return;
                }
            }
            return;
        };
        while let Some((rest, _)) = input.rest() {
            let mut skipped = 0;
            if pending.is_fresh {
                let is_space = |byte: &u8| syntax.class(*byte) & (SPACE | QUOTE | COMMENT) == SPACE;
                skipped = rest.iter().position(|byte| !is_space(byte)).unwrap_or(rest.len());
                if skipped == rest.len() {
                    input.advance(skipped);
                    continue;
                }
            }
            let (_, rest) = rest.split_at_checked(skipped).unwrap_or_default();
            let (length, is_all) = plain(rest, syntax, symbols, NAME | QUOTE | COMMENT | PUNCTUATION);
            if length > 0 {
                pending.is_fresh = false;
                pending.arguments.write(rest.get(..length).unwrap_or_default());
            }
            input.advance(skipped + length);
            if !is_all {
                return;
            }
        }
    }

    /// A byte that may begin something.
    pub(super) fn special(&mut self, byte: u8) -> Result<(), Stop> {
        let class = self.syntax.class(byte);
        if class & COMMENT != 0 && self.input.begins_with(&self.syntax.begin_comment) {
            return self.comment();
        }
        if class & NAME != 0 {
            return self.word();
        }
        if class & QUOTE != 0 && self.input.begins_with(&self.syntax.left_quote) {
            return self.quotation();
        }
        let call = self.input.call();
        self.input.next();
        let Some(pending) = self.pending.last_mut() else {
            self.output.write(&[byte], call);
            return Ok(());
        };
        if pending.is_fresh && class & SPACE != 0 {
            return Ok(());
        }
        match byte {
            b'(' => pending.parentheses += 1,
            b')' | b',' if pending.parentheses == 0 => {
                pending.arguments.end();
                pending.is_fresh = true;
                return if byte == b')' { self.close() } else { Ok(()) };
            }
            b')' => pending.parentheses -= 1,
            _ => {}
        }
        pending.is_fresh = false;
        pending.arguments.write(&[byte]);
        Ok(())
    }

    /// Text that is done: to the argument that is being collected, or out.
    #[inline]
    pub(super) fn write(&mut self, text: &[u8], call: u32) {
        match self.pending.last_mut() {
            Some(pending) => {
                pending.is_fresh = false;
                pending.arguments.write(text);
            }
            None => self.output.write(text, call),
        }
    }

    pub(super) fn comment(&mut self) -> Result<(), Stop> {
        let call = self.input.call();
        if self.syntax.has_plain_comments()
            && let Some((rest, _)) = self.input.rest()
            && let Some(newline) = memchr::memchr(b'\n', rest)
        {
            let Self { input, pending, output, .. } = self;
            let text = input.rest().and_then(|(rest, _)| rest.get(..=newline)).unwrap_or_default();
            match pending.last_mut() {
                Some(pending) => {
                    pending.is_fresh = false;
                    pending.arguments.write(text);
                }
                None => output.write(text, call),
            }
            self.input.advance(newline + 1);
            return Ok(());
        }
        self.location = self.input.location();
        let begin = mem::take(&mut self.syntax.begin_comment);
        let end = mem::take(&mut self.syntax.end_comment);
        self.write(&begin, call);
        self.input.skip(begin.len());
        let closed = self.copy_to(&end, call);
        self.write(&end, call);
        (self.syntax.begin_comment, self.syntax.end_comment) = (begin, end);
        if closed { Ok(()) } else { Err(Stop::EndInComment) }
    }

    /// Copies up to this sign and reads that; false if it does not come.
    pub(super) fn copy_to(&mut self, end: &[u8], call: u32) -> bool {
        let Some(first) = end.first() else { return false };
        let Self { input, pending, output, .. } = self;
        loop {
            let Some((rest, _)) = input.rest() else {
                if input.next() == Next::End {
                    return false;
                }
                continue;
            };
            let found = memchr::memchr(*first, rest);
            let length = found.unwrap_or(rest.len());
            let text = rest.get(..length).unwrap_or_default();
            match pending.last_mut() {
                Some(pending) => pending.arguments.write(text),
                None => output.write(text, call),
            }
            input.advance(length);
            if found.is_none() {
                continue;
            }
            if input.begins_with(end) {
                input.skip(end.len());
                return true;
            }
            input.skip(1);
            match pending.last_mut() {
                Some(pending) => pending.arguments.write(&[*first]),
                None => output.write(&[*first], call),
            }
        }
    }

    pub(super) fn quotation(&mut self) -> Result<(), Stop> {
        let call = self.input.call();
        // Should it have no end, this is where it began.
        self.location = self.input.location();
        self.input.skip(self.syntax.left_quote.len());
        if let Some(pending) = self.pending.last_mut() {
            pending.is_fresh = false;
        }
        let closed = match self.syntax.single_quotes() {
            Some((left, right)) => self.copy_quoted(left, right, call),
            None => self.copy_quoted_by_long_signs(call),
        };
        if closed { Ok(()) } else { Err(Stop::EndInQuote) }
    }

    pub(super) fn copy_quoted(&mut self, left: u8, right: u8, call: u32) -> bool {
        let Self { input, pending, output, .. } = self;
        let mut level = 1_u32;
        loop {
            let Some((rest, _)) = input.rest() else {
                if input.next() == Next::End {
                    return false;
                }
                continue;
            };
            let mut end = None;
            for at in memchr::memchr2_iter(left, right, rest) {
                if rest.get(at) == Some(&right) {
                    level -= 1;
                    if level == 0 {
                        end = Some(at);
                        break;
                    }
                } else {
                    level += 1;
                }
            }
            let length = end.unwrap_or(rest.len());
            let text = rest.get(..length).unwrap_or_default();
            match pending.last_mut() {
                Some(pending) => pending.arguments.write(text),
                None => output.write(text, call),
            }
            input.advance(length + usize::from(end.is_some()));
            if end.is_some() {
                return true;
            }
        }
    }

    pub(super) fn copy_quoted_by_long_signs(&mut self, call: u32) -> bool {
        let (left, right) = (self.syntax.left_quote.clone(), self.syntax.right_quote.clone());
        let mut level = 1_u32;
        loop {
            if self.input.begins_with(&right) {
                self.input.skip(right.len());
                level -= 1;
                if level == 0 {
                    return true;
                }
                self.write(&right, call);
            } else if self.input.begins_with(&left) {
                self.input.skip(left.len());
                level += 1;
                self.write(&left, call);
            } else {
                match self.input.next() {
                    Next::Byte(byte) => self.write(&[byte], call),
                    Next::Token(_) => {}
                    Next::End => return false,
                }
            }
        }
    }

    /// A name: a call, or a word.
    pub(super) fn word(&mut self) -> Result<(), Stop> {
        let Self { input, syntax, symbols, pending, output, .. } = self;
        let Some((rest, call)) = input.rest() else { return Ok(()) };
        let end = rest.iter().position(|byte| syntax.class(*byte) & NAME_PART == 0);
        if let Some((word, _)) = end.and_then(|end| rest.split_at_checked(end)) {
            if let Some(place) = symbols.find(word) {
                let length = word.len();
                input.advance(length);
                return self.named(place, call);
            }
            match pending.last_mut() {
                Some(pending) => {
                    pending.is_fresh = false;
                    pending.arguments.write(word);
                }
                None => output.write(word, call),
            }
            let length = word.len();
            input.advance(length);
            return Ok(());
        }
        // The word may go on in the piece below.
        let mut word = Vec::new();
        while let Next::Byte(byte) = self.input.peek()
            && self.syntax.class(byte) & NAME_PART != 0
        {
            self.input.next();
            word.push(byte);
        }
        if let Some(place) = self.symbols.find(&word) {
            return self.named(place, call);
        }
        self.write(&word, call);
        Ok(())
    }
}
