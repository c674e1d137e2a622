//! Lists in parentheses, words, and where they begin.

use std::fmt;

/// Deeper than any policy; what is nested deeper is no module but an attack on the stack.
const DEEPEST: usize = 64;

/// A word or a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    line: usize,
    value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Word(String),
    List(Vec<Expression>),
}

impl Expression {
    /// The line that it begins on, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The word; of a string in quotes what stands between them.
    pub fn word(&self) -> Option<&str> {
        match &self.value {
            Value::Word(word) => Some(word),
            Value::List(_) => None,
        }
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        matches!(self.value, Value::List(_))
    }

    /// What is in the list; a word holds nothing.
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            Value::Word(_) => &[],
        }
    }

    /// Every word in it, from left to right, at any depth.
    pub fn words(&self) -> Vec<&str> {
        match &self.value {
            Value::Word(word) => vec![word],
            Value::List(items) => items.iter().flat_map(Self::words).collect(),
        }
    }
}

impl fmt::Display for Expression {
    /// On one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Value::Word(word) => f.write_str(word),
            Value::List(items) => {
                f.write_str("(")?;
                for (place, item) in items.iter().enumerate() {
                    let blank = if place == 0 { "" } else { " " };
                    write!(f, "{blank}{item}")?;
                }
                f.write_str(")")
            }
        }
    }
}

/// Reads until the end, or until what stands there is no CIL.
pub(super) fn read(text: &str) -> Vec<Expression> {
    let mut open: Vec<(usize, Vec<Expression>)> = vec![(1, Vec::new())];
    for Token { line, kind } in Tokens::new(text) {
        let value = match kind {
            Kind::Open if open.len() <= DEEPEST => {
                open.push((line, Vec::new()));
                continue;
            }
            Kind::Word(word) => Expression { line, value: Value::Word(word) },
            Kind::Close if open.len() > 1 => {
                let Some((line, items)) = open.pop() else { break };
                Expression { line, value: Value::List(items) }
            }
            Kind::Open | Kind::Close => break,
        };
        if let Some((_, items)) = open.last_mut() {
            items.push(value);
        }
    }
    open.into_iter().next().map(|(_, items)| items).unwrap_or_default()
}

struct Token {
    line: usize,
    kind: Kind,
}

enum Kind {
    Open,
    Close,
    Word(String),
}

struct Tokens<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    line: usize,
}

impl<'a> Tokens<'a> {
    fn new(text: &'a str) -> Self {
        Self { rest: text.chars().peekable(), line: 1 }
    }

    fn next_char(&mut self) -> Option<char> {
        let next = self.rest.next()?;
        self.line += usize::from(next == '\n');
        Some(next)
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        loop {
            let line = self.line;
            let kind = match self.next_char()? {
                c if c.is_whitespace() => continue,
                ';' => {
                    while self.rest.next_if(|c| *c != '\n').is_some() {}
                    continue;
                }
                '(' => Kind::Open,
                ')' => Kind::Close,
                '"' => {
                    let mut word = String::new();
                    while let Some(c) = self.next_char().filter(|c| *c != '"') {
                        word.push(c);
                    }
                    Kind::Word(word)
                }
                first => {
                    let mut word = String::from(first);
                    let is_inner = |c: &char| !c.is_whitespace() && !matches!(c, '(' | ')' | '"' | ';');
                    while let Some(c) = self.rest.next_if(is_inner) {
                        word.push(c);
                    }
                    Kind::Word(word)
                }
            };
            return Some(Token { line, kind });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_lists_words_strings_and_remarks() {
        let text = "; a remark (not a list\n(filecon \"/var/log(/.*)?\" any (u r t ((s0) (s0))))\n(a\n(b))";
        let read = read(text);
        let texts: Vec<_> = read.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["(filecon /var/log(/.*)? any (u r t ((s0) (s0))))", "(a (b))"]);
        assert_eq!((read[0].line(), read[1].line(), read[1].items()[1].line()), (2, 3, 4));
    }

    #[test]
    fn what_is_no_cil_ends_it() {
        for text in ["(a) ) (b)", "(a) (b", &format!("(a) {}", "(".repeat(100_000))] {
            assert_eq!(read(text).iter().map(ToString::to_string).collect::<Vec<_>>(), ["(a)"]);
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[()a\"; \n]{0,200}") {
            read(&text);
        }
    }
}
