//! The expression of an `if`.

use super::{Names, words::Token};
use crate::refpolicy::statement::Condition;

/// Operators of one expression: trees are dropped and compared by recursion.
const MOST: u32 = 200;

/// Reads what stands between the parentheses; `None` if it is no expression.
pub fn condition(tokens: &[Token<'_>], names: &mut Names) -> Option<Condition> {
    let mut reader = Reader { rest: tokens, names, operators: 0 };
    let condition = reader.binary(0)?;
    reader.rest.is_empty().then_some(condition)
}

struct Reader<'t, 'a, 'n> {
    rest: &'t [Token<'a>],
    names: &'n mut Names,
    operators: u32,
}

/// `%left OR, XOR, AND`, then `NOT`, then `EQUALS NOTEQUAL` of the grammar: the later the stronger.
const NOT: u8 = 3;

type Join = fn(Box<Condition>, Box<Condition>) -> Condition;

impl Reader<'_, '_, '_> {
    fn operator(&self) -> Option<(u8, usize, Join)> {
        Some(match self.rest {
            [Token::Sign(b'|'), Token::Sign(b'|'), ..] => (0, 2, Condition::Or),
            [Token::Sign(b'^') | Token::Word(b"xor"), ..] => (1, 1, Condition::Xor),
            [Token::Sign(b'&'), Token::Sign(b'&'), ..] => (2, 2, Condition::And),
            [Token::Sign(b'='), Token::Sign(b'='), ..] => (4, 2, Condition::Equal),
            [Token::Sign(b'!'), Token::Sign(b'='), ..] => (4, 2, Condition::Unequal),
            [Token::Word(b"or"), ..] => (0, 1, Condition::Or),
            [Token::Word(b"and"), ..] => (2, 1, Condition::And),
            [Token::Word(b"eq"), ..] => (4, 1, Condition::Equal),
            _ => return None,
        })
    }

    fn skip(&mut self, tokens: usize) {
        self.rest = self.rest.get(tokens..).unwrap_or_default();
    }

    fn count(&mut self) -> Option<()> {
        self.operators += 1;
        (self.operators <= MOST).then_some(())
    }

    fn binary(&mut self, least: u8) -> Option<Condition> {
        let mut left = self.operand()?;
        while let Some((strength, length, join)) = self.operator().filter(|(strength, ..)| *strength >= least) {
            self.count()?;
            self.skip(length);
            left = join(Box::new(left), Box::new(self.binary(strength + 1)?));
        }
        Some(left)
    }

    fn operand(&mut self) -> Option<Condition> {
        self.count()?;
        match self.rest {
            [Token::Sign(b'!') | Token::Word(b"not"), ..] => {
                self.skip(1);
                Some(Condition::Not(Box::new(self.binary(NOT + 1)?)))
            }
            [Token::Sign(b'('), ..] => {
                self.skip(1);
                let inner = self.binary(0)?;
                let closes = self.rest.first() == Some(&Token::Sign(b')'));
                self.skip(1);
                closes.then_some(inner)
            }
            [Token::Word(name), ..] => {
                self.skip(1);
                Some(Condition::Boolean(self.names.name(name)))
            }
            _ => None,
        }
    }
}
