//! Statements out of expanded text.
//!
//! Nothing is an error here: what the grammar of the policy language does not have is kept word by word.

mod around;
mod clause;
mod condition;
mod interned;
mod words;

use std::{borrow::Cow, sync::Arc};

pub use self::{
    around::Around,
    interned::{Names, Words},
    words::is_word,
};
use self::{
    interned::{Rules, Statements},
    words::Token,
};
use super::{
    Branch, CallId, Placed, StatementId,
    m4::NO_CALL,
    statement::{Condition, HeaderStatement, StatementKind},
};
use crate::selinux::Name;

/// How far a semicolon is looked for before a statement is read word by word.
const LONGEST_REMEMBERED: usize = 4096;

/// So many statements most definitions have.
const FEW: usize = 8;

/// Reads statements, and remembers those that it has read.
#[derive(Debug, Clone, Default)]
pub struct Reader {
    /// Every name that was read.
    pub names: Names,
    stated: Statements,
    required: Statements,
    /// Those that were made of others.
    rules: Rules,
    /// Room for the line of one.
    line: Vec<u8>,
}

/// A block that is not closed yet.
struct Open {
    id: StatementId,
    branch: Branch,
    is_require: bool,
}

/// Where the text is read, and what came out of it so far.
struct Reading<'a> {
    text: &'a [u8],
    at: usize,
    /// From which byte on the text is that of which call.
    marks: &'a [(usize, u32)],
    call: u32,
    open: Vec<Open>,
    placed: Vec<Placed>,
    /// Where each statement begins, if somebody asks for it.
    offsets: Option<Vec<usize>>,
    /// Text behind this one might be read with it, or a block around it ends in it.
    is_torn: bool,
}

impl Reader {
    /// Makes room for the statements of so many definitions.
    pub fn expect(&mut self, definitions: usize) {
        // Installed headers have two or three of their own in each.
        self.stated.reserve(2 * definitions);
        self.required.reserve(definitions / 2);
    }

    /// The statements of a text, and the byte that each begins at.
    pub fn read(&mut self, text: &[u8], marks: &[(usize, u32)]) -> (Vec<Placed>, Vec<usize>) {
        let mut reading = Reading::new(text, marks);
        reading.offsets = Some(Vec::with_capacity(FEW));
        while reading.skip_blank() {
            self.statement(&mut reading);
        }
        while reading.close() {}
        (reading.placed, reading.offsets.unwrap_or_default())
    }

    /// A statement in terms of `$1`, `$2` … with these words in their places.
    pub fn with(&mut self, general: &HeaderStatement, words: &mut Words<'_>, in_require: bool) -> Arc<HeaderStatement> {
        // Of most statements it is known what a word in them becomes.
        if let StatementKind::AvRule { kind, source, target, classes, permissions } = &general.kind
            && general.is_plain()
        {
            let sets = [source, target, classes, permissions].map(|set| self.names.put_into(set, words));
            return self.rules.of(*kind, sets);
        }
        let mut text = Vec::with_capacity(general.text().len());
        words.given.put(general.text().as_bytes(), &mut text);
        let known = if in_require { &self.required } else { &self.stated };
        known.get(&text).unwrap_or_else(|| self.stated(&text, in_require))
    }

    /// The statement that this text is, up to its semicolon.
    fn stated(&mut self, text: &[u8], in_require: bool) -> Arc<HeaderStatement> {
        let (tokens, _) = Reading::new(text, &[]).up_to_semicolon();
        if let Some(Token::Word(word)) = tokens.first()
            && let Some(keyword) = clause::keyword(word)
        {
            return self.read_clause(&tokens, keyword, in_require);
        }
        let kind = self.words(&tokens);
        Arc::new(HeaderStatement::new(&words::line(&tokens), kind))
    }

    fn statement(&mut self, reading: &mut Reading<'_>) {
        let Some((first, length)) = words::token(reading.rest()) else { return };
        match first {
            Token::Sign(b';') => reading.at += 1,
            Token::Sign(b'}') => self.closing(reading),
            Token::Sign(b'{') => self.block(reading, &[first], StatementKind::Block),
            Token::Sign(_) | Token::Quoted(_) => self.other(reading),
            Token::Word(word) => match (clause::keyword(word), word) {
                (Some(keyword), _) => self.clause(reading, keyword),
                (None, b"require" | b"optional") if reading.sign_behind(length) == Some(b'{') => {
                    let kind = if word == b"require" { StatementKind::Require } else { StatementKind::Optional };
                    self.block(reading, &[first, Token::Sign(b'{')], kind);
                }
                (None, b"if") if reading.sign_behind(length) == Some(b'(') => self.conditional(reading),
                (None, _) if reading.sign_behind(length) == Some(b'(') => self.call(reading),
                (None, _) => self.other(reading),
            },
        }
    }

    /// A statement of the grammar, up to its semicolon.
    fn clause(&mut self, reading: &mut Reading<'_>, keyword: clause::Keyword) {
        let in_require = reading.open.last().is_some_and(|open| open.is_require);
        let begin = reading.at;
        let known = if in_require { &self.required } else { &self.stated };
        let near = reading.rest().get(..LONGEST_REMEMBERED).unwrap_or(reading.rest());
        // Behind a quotation mark it may be a part of a file name.
        if let Some(semicolon) = memchr::memchr2(b';', b'"', near)
            && let Some(statement) = known.get(near.get(..=semicolon).unwrap_or_default())
        {
            reading.place(statement, begin);
            reading.at += semicolon + 1;
            return;
        }
        let (tokens, end) = reading.up_to_semicolon();
        let statement = self.read_clause(&tokens, keyword, in_require);
        reading.place(statement, begin);
        reading.at = end;
    }

    /// The statement that these tokens are.
    fn read_clause(
        &mut self,
        tokens: &[Token<'_>],
        keyword: clause::Keyword,
        in_require: bool,
    ) -> Arc<HeaderStatement> {
        let mut line = std::mem::take(&mut self.line);
        words::write_line(tokens, &mut line);
        let statement = self.read_line(&line, tokens, keyword, in_require);
        self.line = line;
        statement
    }

    fn read_line(
        &mut self,
        line: &[u8],
        tokens: &[Token<'_>],
        keyword: clause::Keyword,
        in_require: bool,
    ) -> Arc<HeaderStatement> {
        let known = if in_require { &self.required } else { &self.stated };
        if let Some(statement) = known.get(line) {
            return statement;
        }
        let inner = match tokens {
            [_, inner @ .., Token::Sign(b';')] => Some(inner),
            _ => None,
        };
        let kind = inner.and_then(|inner| clause::clause(keyword, inner, in_require, &mut self.names));
        let kind = kind.unwrap_or_else(|| self.words(tokens));
        let text = std::str::from_utf8(line).map_or_else(|_| String::from_utf8_lossy(line), Cow::Borrowed);
        let statement = Arc::new(HeaderStatement::new(&text, kind));
        let braces = |brace: u8| tokens.iter().filter(|token| **token == Token::Sign(brace)).count();
        if inner.is_some() && braces(b'{') == braces(b'}') {
            let known = if in_require { &mut self.required } else { &mut self.stated };
            known.insert(&statement);
        }
        statement
    }

    fn other(&mut self, reading: &mut Reading<'_>) {
        let begin = reading.at;
        let (tokens, end) = reading.up_to_semicolon();
        let statement = HeaderStatement::new(&words::line(&tokens), self.words(&tokens));
        reading.place(Arc::new(statement), begin);
        reading.at = end;
    }

    fn words(&mut self, tokens: &[Token<'_>]) -> StatementKind {
        StatementKind::Other(tokens.iter().map(|token| self.names.name(token.bytes())).collect())
    }

    /// A closing brace, perhaps with `else {`.
    fn closing(&mut self, reading: &mut Reading<'_>) {
        let begin = reading.at;
        reading.at += 1;
        let Some(open) = reading.open.last_mut() else {
            let statement = HeaderStatement::new("}", self.words(&[Token::Sign(b'}')]));
            reading.place(Arc::new(statement), begin);
            reading.is_torn = true;
            return;
        };
        let rest = reading.text.get(reading.at..).unwrap_or_default();
        let blank = words::blank(rest);
        let word = rest.get(blank..).unwrap_or_default();
        if let Some((Token::Word(b"else"), length)) = words::token(word) {
            let behind = word.get(length..).unwrap_or_default();
            let brace = words::blank(behind);
            if behind.get(brace) == Some(&b'{') {
                open.branch = Branch::Else;
                reading.at += blank + length + brace + 1;
                return;
            }
        }
        reading.close();
    }

    /// The head of a block that has no condition, which these tokens are.
    fn block(&mut self, reading: &mut Reading<'_>, head: &[Token<'_>], kind: StatementKind) {
        let begin = reading.at;
        for token in head {
            let rest = reading.text.get(reading.at..).unwrap_or_default();
            reading.at += words::blank(rest) + token.bytes().len();
        }
        let is_require = kind == StatementKind::Require;
        let mut line = std::mem::take(&mut self.line);
        words::write_line(head, &mut line);
        let statement = self.stated.get(&line).unwrap_or_else(|| {
            let statement = Arc::new(HeaderStatement::new(&String::from_utf8_lossy(&line), kind));
            self.stated.insert(&statement);
            statement
        });
        self.line = line;
        reading.open(statement, begin, is_require);
    }

    fn conditional(&mut self, reading: &mut Reading<'_>) {
        let begin = reading.at;
        let (head, end) = reading.through_parentheses();
        let rest = reading.text.get(end..).unwrap_or_default();
        let brace = words::blank(rest);
        let (inside, is_block) = match head.as_slice() {
            [_, Token::Sign(b'('), inside @ .., Token::Sign(b')')] => (inside, rest.get(brace) == Some(&b'{')),
            _ => (&[][..], false),
        };
        if !is_block {
            return self.other(reading);
        }
        let condition = condition::condition(inside, &mut self.names)
            .unwrap_or_else(|| Condition::Unreadable(self.names.name(words::line(inside).as_bytes())));
        let mut head = head.clone();
        head.push(Token::Sign(b'{'));
        let statement = HeaderStatement::new(&words::line(&head), StatementKind::If(condition));
        reading.at = end + brace + 1;
        reading.open(Arc::new(statement), begin, false);
    }

    /// `name(…)` of something that is not defined.
    fn call(&mut self, reading: &mut Reading<'_>) {
        let begin = reading.at;
        let (tokens, end) = reading.through_parentheses();
        let [Token::Word(name), Token::Sign(b'('), inside @ .., Token::Sign(b')')] = tokens.as_slice() else {
            return self.other(reading);
        };
        let mut arguments = Vec::new();
        let (mut depth, mut argument) = (0_u32, 0);
        for (place, token) in inside.iter().enumerate() {
            match token {
                Token::Sign(b'(' | b'{') => depth += 1,
                Token::Sign(b')' | b'}') => depth = depth.saturating_sub(1),
                Token::Sign(b',') if depth == 0 => {
                    arguments.extend(inside.get(argument..place).map(|argument| self.joined(argument)));
                    argument = place + 1;
                }
                _ => {}
            }
        }
        if !inside.is_empty() {
            arguments.extend(inside.get(argument..).map(|argument| self.joined(argument)));
        }
        let kind = StatementKind::UnknownCall { name: self.names.name(name), arguments };
        reading.place(Arc::new(HeaderStatement::new(&words::line(&tokens), kind)), begin);
        reading.at = end;
    }

    fn joined(&mut self, tokens: &[Token<'_>]) -> Name {
        self.names.name(words::line(tokens).as_bytes())
    }
}

impl<'a> Reading<'a> {
    fn new(text: &'a [u8], marks: &'a [(usize, u32)]) -> Self {
        let (open, placed) = (Vec::new(), Vec::with_capacity(FEW));
        Self { text, at: 0, marks, call: NO_CALL, open, placed, offsets: None, is_torn: false }
    }

    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Moves on to the next token; false at the end.
    fn skip_blank(&mut self) -> bool {
        self.at += words::blank(self.rest());
        self.at < self.text.len()
    }

    /// The sign behind what is this long, if it is one.
    fn sign_behind(&self, length: usize) -> Option<u8> {
        let behind = self.rest().get(length..)?;
        behind.get(words::blank(behind)).copied()
    }

    /// The tokens up to a semicolon, which is the last of them; less where a block ends before, or the text.
    fn up_to_semicolon(&mut self) -> (Vec<Token<'a>>, usize) {
        let (mut tokens, mut at, mut braces) = (Vec::with_capacity(32), self.at, 0_u32);
        loop {
            let rest = self.text.get(at..).unwrap_or_default();
            let begin = at + words::blank(rest);
            let Some((token, length)) = words::token(self.text.get(begin..).unwrap_or_default()) else {
                self.is_torn = true;
                break;
            };
            match token {
                Token::Sign(b'{') => braces += 1,
                Token::Sign(b'}') if braces == 0 => break,
                Token::Sign(b'}') => braces -= 1,
                _ => {}
            }
            tokens.push(token);
            at = begin + length;
            if token == Token::Sign(b';') && braces == 0 {
                break;
            }
        }
        (tokens, at)
    }

    /// The tokens from the word through the parenthesis that closes the one behind it.
    fn through_parentheses(&mut self) -> (Vec<Token<'a>>, usize) {
        let (mut tokens, mut at, mut open, mut braces) = (Vec::new(), self.at, 0_u32, 0_u32);
        loop {
            let rest = self.text.get(at..).unwrap_or_default();
            let begin = at + words::blank(rest);
            let Some((token, length)) = words::token(self.text.get(begin..).unwrap_or_default()) else {
                self.is_torn = true;
                break;
            };
            if token == Token::Sign(b'}') && braces == 0 {
                break;
            }
            tokens.push(token);
            at = begin + length;
            match token {
                Token::Sign(b'{') => braces += 1,
                Token::Sign(b'}') => braces -= 1,
                Token::Sign(b'(') => open += 1,
                Token::Sign(b')') => open = open.saturating_sub(1),
                // No condition and no call goes over a semicolon.
                Token::Sign(b';') => break,
                _ => {}
            }
            if open == 0 && tokens.len() > 1 {
                break;
            }
        }
        (tokens, at)
    }

    fn place(&mut self, statement: Arc<HeaderStatement>, begin: usize) -> StatementId {
        while let Some((_, call)) = self.marks.first().filter(|(at, _)| *at <= begin) {
            self.call = *call;
            self.marks = self.marks.get(1..).unwrap_or_default();
        }
        let id = StatementId(u32::try_from(self.placed.len()).unwrap_or(u32::MAX));
        let call = (self.call != NO_CALL).then_some(CallId(self.call));
        let block = self.open.last().map(|open| (open.id, open.branch));
        self.placed.push(Placed { statement, call, block, end: StatementId(id.0.saturating_add(1)) });
        if let Some(offsets) = &mut self.offsets {
            offsets.push(begin);
        }
        id
    }

    fn open(&mut self, statement: Arc<HeaderStatement>, begin: usize, is_require: bool) {
        let id = self.place(statement, begin);
        self.open.push(Open { id, branch: Branch::Then, is_require });
    }

    /// Ends the innermost block; false if there is none.
    fn close(&mut self) -> bool {
        let Some(open) = self.open.pop() else { return false };
        let end = StatementId(u32::try_from(self.placed.len()).unwrap_or(u32::MAX));
        if let Some(placed) = self.placed.get_mut(open.id.0 as usize) {
            placed.end = end;
        }
        true
    }
}
