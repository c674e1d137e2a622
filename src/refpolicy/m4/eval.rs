//! `eval`: arithmetic on numbers of 32 bits.
//!
//! The grammar and the order of the operators are those of GNU m4 1.4.19's `eval.c`.

use super::{
    arguments::Arguments,
    builtin::{has_enough, number},
    limits::Stop,
    processor::Processor,
};
use crate::refpolicy::ProblemKind;

/// Parentheses and signs within one another; GNU m4 has no limit but its stack.
const DEEPEST: u32 = 200;

/// `eval`
pub fn eval(m4: &mut Processor, arguments: &Arguments, result: &mut Vec<u8>) -> Result<(), Stop> {
    if !has_enough(m4, arguments, 2, Some(4)) {
        return Ok(());
    }
    let name = arguments.get(0);
    let radix = match arguments.get(2) {
        b"" => 10,
        text => match number(m4, name, text) {
            Some(radix) => radix,
            None => return Ok(()),
        },
    };
    let Some(radix) = u32::try_from(radix).ok().filter(|radix| (1..=36).contains(radix)) else {
        m4.note(ProblemKind::Error, format!("radix {radix} in builtin eval out of range"));
        return Ok(());
    };
    let width = match arguments.given(3) {
        Some(text) => match number(m4, name, text) {
            Some(width) => width,
            None => return Ok(()),
        },
        None => 1,
    };
    let Ok(width) = usize::try_from(width) else {
        m4.note(ProblemKind::Error, "negative width to builtin eval".to_owned());
        return Ok(());
    };
    let expression = arguments.get(1);
    let value = if expression.is_empty() {
        m4.note(ProblemKind::Warning, "empty string treated as 0 in builtin eval".to_owned());
        0
    } else {
        match evaluate(expression) {
            Ok(value) => value,
            Err(error) => {
                let expression = String::from_utf8_lossy(expression);
                let message = format!("{} in eval: {expression}", error.message());
                m4.note(ProblemKind::Warning, message);
                return Ok(());
            }
        }
    };
    let digits = value.unsigned_abs();
    let length = if radix == 1 { digits as usize } else { 32 };
    m4.spend(width.max(length))?;
    let mut text = Vec::new();
    if radix == 1 {
        text.resize(length, b'1');
    } else {
        let mut rest = digits;
        while rest > 0 || text.is_empty() {
            text.extend(char::from_digit(rest % radix, radix).and_then(|digit| u8::try_from(digit).ok()));
            rest /= radix;
        }
        text.reverse();
    }
    if value < 0 {
        result.push(b'-');
    }
    result.resize(result.len() + width.saturating_sub(text.len()), b'0');
    result.extend_from_slice(&text);
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Number(i32),
    Plus,
    Minus,
    Power,
    Times,
    Divide,
    Modulo,
    Equal,
    Unequal,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    ShiftLeft,
    ShiftRight,
    LogicalNot,
    LogicalAnd,
    LogicalOr,
    Not,
    And,
    Or,
    Xor,
    Open,
    Close,
    /// An operator of C that m4 has not: `++`, `+=`.
    Foreign,
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EvalError {
    DivideByZero,
    ModuloZero,
    NegativeExponent,
    Syntax,
    MissingRight,
    UnknownInput,
    ExcessInput,
    InvalidOperator,
    TooDeep,
}

impl EvalError {
    fn message(self) -> &'static str {
        match self {
            Self::DivideByZero => "divide by zero",
            Self::ModuloZero => "modulo by zero",
            Self::NegativeExponent => "negative exponent",
            Self::Syntax => "bad expression",
            Self::MissingRight => "missing right parenthesis",
            Self::UnknownInput => "bad expression (bad input)",
            Self::ExcessInput => "bad expression (excess input)",
            Self::InvalidOperator => "invalid operator",
            Self::TooDeep => "an expression nested too deep",
        }
    }

    /// Behind `0 &&` and `1 ||` these do not count.
    fn is_of_value(self) -> bool {
        matches!(self, Self::DivideByZero | Self::ModuloZero | Self::NegativeExponent)
    }
}

/// How strongly operators of two sides bind; `None` for what is none. `**` is not among them: it binds to the right.
fn strength(token: Token) -> Option<u8> {
    Some(match token {
        Token::LogicalOr => 0,
        Token::LogicalAnd => 1,
        Token::Or => 2,
        Token::Xor => 3,
        Token::And => 4,
        Token::Equal | Token::Unequal => 5,
        Token::Greater | Token::GreaterEqual | Token::Less | Token::LessEqual => 6,
        Token::ShiftLeft | Token::ShiftRight => 7,
        Token::Plus | Token::Minus => 8,
        Token::Times | Token::Divide | Token::Modulo => 9,
        _ => return None,
    })
}

fn evaluate(text: &[u8]) -> Result<i32, EvalError> {
    let mut lexer = Lexer { rest: text };
    let first = lexer.token()?;
    let value = binary(&mut lexer, first, 0, 0)?;
    match lexer.token() {
        Ok(Token::End) => Ok(value),
        Ok(Token::Foreign) => Err(EvalError::InvalidOperator),
        _ => Err(EvalError::ExcessInput),
    }
}

/// A term of operators that bind at least this strongly, from its first token on.
fn binary(lexer: &mut Lexer, first: Token, least: u8, depth: u32) -> Result<i32, EvalError> {
    let mut left = power(lexer, first, depth)?;
    loop {
        let before = *lexer;
        let operator = lexer.token()?;
        let Some(strength) = strength(operator).filter(|strength| *strength >= least) else {
            *lexer = before;
            return Ok(left);
        };
        let next = lexer.token()?;
        let right = binary(lexer, next, strength + 1, depth);
        left = match (operator, right) {
            (Token::LogicalOr, Err(error)) if left != 0 && error.is_of_value() => 1,
            (Token::LogicalAnd, Err(error)) if left == 0 && error.is_of_value() => 0,
            (_, right) => apply(operator, left, right?)?,
        };
    }
}

fn apply(operator: Token, left: i32, right: i32) -> Result<i32, EvalError> {
    let shift = right.cast_unsigned() & 31;
    Ok(match operator {
        Token::LogicalOr => i32::from(left != 0 || right != 0),
        Token::LogicalAnd => i32::from(left != 0 && right != 0),
        Token::Or => left | right,
        Token::Xor => left ^ right,
        Token::And => left & right,
        Token::Equal => i32::from(left == right),
        Token::Unequal => i32::from(left != right),
        Token::Greater => i32::from(left > right),
        Token::GreaterEqual => i32::from(left >= right),
        Token::Less => i32::from(left < right),
        Token::LessEqual => i32::from(left <= right),
        Token::ShiftLeft => left.wrapping_shl(shift),
        Token::ShiftRight => left.wrapping_shr(shift),
        Token::Plus => left.wrapping_add(right),
        Token::Minus => left.wrapping_sub(right),
        Token::Times => left.wrapping_mul(right),
        Token::Divide if right == 0 => return Err(EvalError::DivideByZero),
        Token::Divide => left.wrapping_div(right),
        Token::Modulo if right == 0 => return Err(EvalError::ModuloZero),
        Token::Modulo => left.wrapping_rem(right),
        _ => return Err(EvalError::Syntax),
    })
}

fn power(lexer: &mut Lexer, first: Token, depth: u32) -> Result<i32, EvalError> {
    if depth > DEEPEST {
        return Err(EvalError::TooDeep);
    }
    let base = unary(lexer, first, depth)?;
    let before = *lexer;
    if lexer.token()? != Token::Power {
        *lexer = before;
        return Ok(base);
    }
    let next = lexer.token()?;
    let exponent = u32::try_from(power(lexer, next, depth + 1)?).map_err(|_| EvalError::NegativeExponent)?;
    if base == 0 && exponent == 0 {
        return Err(EvalError::DivideByZero);
    }
    Ok(base.wrapping_pow(exponent))
}

fn unary(lexer: &mut Lexer, first: Token, depth: u32) -> Result<i32, EvalError> {
    if depth > DEEPEST {
        return Err(EvalError::TooDeep);
    }
    match first {
        Token::Plus | Token::Minus | Token::Not | Token::LogicalNot => {
            let next = lexer.token()?;
            let value = unary(lexer, next, depth + 1)?;
            Ok(match first {
                Token::Minus => value.wrapping_neg(),
                Token::Not => !value,
                Token::LogicalNot => i32::from(value == 0),
                _ => value,
            })
        }
        Token::Open => {
            let next = lexer.token()?;
            let value = binary(lexer, next, 0, depth + 1)?;
            if lexer.token()? == Token::Close { Ok(value) } else { Err(EvalError::MissingRight) }
        }
        Token::Number(value) => Ok(value),
        Token::Foreign => Err(EvalError::InvalidOperator),
        _ => Err(EvalError::Syntax),
    }
}

#[derive(Clone, Copy)]
struct Lexer<'a> {
    rest: &'a [u8],
}

impl Lexer<'_> {
    fn token(&mut self) -> Result<Token, EvalError> {
        while let Some((b' ' | b'\t'..=b'\r', rest)) = self.rest.split_first() {
            self.rest = rest;
        }
        let Some((first, rest)) = self.rest.split_first() else { return Ok(Token::End) };
        if first.is_ascii_digit() {
            return self.number();
        }
        self.rest = rest;
        let mut follows = |byte: u8| {
            let is_next = self.rest.first() == Some(&byte);
            if is_next {
                self.rest = self.rest.get(1..).unwrap_or_default();
            }
            is_next
        };
        Ok(match first {
            b'+' if follows(b'+') || follows(b'=') => Token::Foreign,
            b'+' => Token::Plus,
            b'-' if follows(b'-') || follows(b'=') => Token::Foreign,
            b'-' => Token::Minus,
            b'*' if follows(b'*') => Token::Power,
            b'*' | b'/' | b'%' | b'^' if follows(b'=') => Token::Foreign,
            b'*' => Token::Times,
            b'/' => Token::Divide,
            b'%' => Token::Modulo,
            b'=' => {
                follows(b'=');
                Token::Equal
            }
            b'!' if follows(b'=') => Token::Unequal,
            b'!' => Token::LogicalNot,
            b'>' if follows(b'=') => Token::GreaterEqual,
            b'>' if follows(b'>') && follows(b'=') => Token::Foreign,
            b'<' if follows(b'=') => Token::LessEqual,
            b'<' if follows(b'<') && follows(b'=') => Token::Foreign,
            // What the guard above took is no longer there to be looked at.
            b'>' if rest.first() == Some(&b'>') => Token::ShiftRight,
            b'>' => Token::Greater,
            b'<' if rest.first() == Some(&b'<') => Token::ShiftLeft,
            b'<' => Token::Less,
            b'^' => Token::Xor,
            b'~' => Token::Not,
            b'&' if follows(b'&') => Token::LogicalAnd,
            b'&' if follows(b'=') => Token::Foreign,
            b'&' => Token::And,
            b'|' if follows(b'|') => Token::LogicalOr,
            b'|' if follows(b'=') => Token::Foreign,
            b'|' => Token::Or,
            b'(' => Token::Open,
            b')' => Token::Close,
            _ => return Err(EvalError::UnknownInput),
        })
    }

    /// `10`, `0x1f`, `0b101`, `017`, `0r36:zz`; too large ones lose their high bits.
    fn number(&mut self) -> Result<Token, EvalError> {
        let mut base = 10;
        if let Some((b'0', rest)) = self.rest.split_first() {
            (base, self.rest) = match rest.split_first() {
                Some((b'x' | b'X', rest)) => (16, rest),
                Some((b'b' | b'B', rest)) => (2, rest),
                Some((b'r' | b'R', rest)) => {
                    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
                    let (digits, rest) = rest.split_at_checked(digits).unwrap_or_default();
                    let radix = digits
                        .iter()
                        .fold(0_u32, |radix, digit| radix.saturating_mul(10).saturating_add(u32::from(digit - b'0')));
                    match rest.split_first() {
                        Some((b':', rest)) if (1..=36).contains(&radix) => (radix, rest),
                        _ => return Err(EvalError::UnknownInput),
                    }
                }
                _ => (8, rest),
            };
        }
        let mut value = 0_u32;
        while let Some((byte, rest)) = self.rest.split_first() {
            let Some(digit) = char::from(*byte).to_digit(36) else { break };
            match (base, digit) {
                (1, 1) => value = value.wrapping_add(1),
                (1, 0) if value == 0 => {}
                (1, _) => break,
                _ if digit >= base => break,
                _ => value = value.wrapping_mul(base).wrapping_add(digit),
            }
            self.rest = rest;
        }
        Ok(Token::Number(value.cast_signed()))
    }
}
