//! Words and signs of the policy language.

/// A word, a text in quotation marks, or a sign of one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    Word(&'a [u8]),
    /// With its quotation marks.
    Quoted(&'a [u8]),
    Sign(u8),
}

impl<'a> Token<'a> {
    /// As it is written.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Word(word) | Self::Quoted(word) => word,
            Self::Sign(sign) => std::slice::from_ref(sign),
        }
    }

    /// The word if it is one.
    pub fn word(self) -> Option<&'a [u8]> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }
}

/// Whether a byte belongs to a word: checkpolicy's identifiers, numbers and ranges of numbers, `$1`, and what is no ASCII.
#[inline]
pub fn is_word(byte: u8) -> bool {
    class(byte) & WORD != 0
}

const BLANK: u8 = 1;
const WORD: u8 = 2;
/// Within a word: a dash there belongs to it, one before it does not.
const PART: u8 = 4;

const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0_u8;
    let mut rest: &mut [u8] = &mut classes;
    while let Some((class, behind)) = rest.split_first_mut() {
        *class = match byte {
            b' ' | b'\t'..=b'\r' => BLANK,
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'.' | b'$' | b'@' | 0x80.. => WORD | PART,
            b'-' => PART,
            _ => 0,
        };
        rest = behind;
        byte = byte.wrapping_add(1);
    }
    classes
};

#[inline]
fn class(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or_default()
}

/// Blanks and comments at the beginning of a text.
pub fn blank(text: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        at += rest.iter().position(|byte| class(*byte) & BLANK == 0).unwrap_or(rest.len());
        if text.get(at) != Some(&b'#') {
            return at;
        }
        let comment = text.get(at..).unwrap_or_default();
        at += memchr::memchr(b'\n', comment).unwrap_or(comment.len());
    }
}

/// The token that the text begins with, and its length; `None` at its end.
pub fn token(text: &[u8]) -> Option<(Token<'_>, usize)> {
    let first = *text.first()?;
    if first == b'"' {
        let rest = text.get(1..).unwrap_or_default();
        // A quotation mark without another one on its line is a sign.
        if let Some(end) = memchr::memchr2(b'"', b'\n', rest)
            && rest.get(end) == Some(&b'"')
        {
            return Some((Token::Quoted(text.get(..end + 2).unwrap_or_default()), end + 2));
        }
    }
    if !is_word(first) {
        return Some((Token::Sign(first), 1));
    }
    let length = text.iter().position(|byte| class(*byte) & PART == 0).unwrap_or(text.len());
    Some((Token::Word(text.get(..length).unwrap_or_default()), length))
}

/// The tokens as one line: a blank between two of them where a person would write one.
pub fn line(tokens: &[Token<'_>]) -> String {
    let mut line = Vec::new();
    write_line(tokens, &mut line);
    String::from_utf8(line).unwrap_or_else(|line| String::from_utf8_lossy(line.as_bytes()).into_owned())
}

/// Makes the same of what was anything else.
pub fn write_line(tokens: &[Token<'_>], line: &mut Vec<u8>) {
    line.clear();
    let mut before = None;
    for token in tokens {
        let glued = match (before, *token) {
            (None | Some(Token::Sign(b'(' | b'~' | b'!' | b':' | b'-')), _)
            | (_, Token::Sign(b';' | b',' | b')' | b':')) => true,
            (Some(Token::Sign(a @ (b'&' | b'|' | b'='))), Token::Sign(b)) => a == b,
            (Some(Token::Word(word)), Token::Sign(b'(')) => word != b"if",
            _ => false,
        };
        if !glued {
            line.push(b' ');
        }
        line.extend_from_slice(token.bytes());
        before = Some(*token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let (mut tokens, mut rest) = (Vec::new(), text.as_bytes());
        loop {
            rest = &rest[blank(rest)..];
            let Some((next, length)) = token(rest) else { return line(&tokens) };
            tokens.push(next);
            rest = &rest[length..];
        }
    }

    #[test]
    fn a_line_has_the_blanks_of_a_person() {
        for (text, expected) in [
            ("allow a_t\tb_t : file # x;\n {read\nopen} ;", "allow a_t b_t:file { read open };"),
            ("allow {a -b} ~ c : * * ;", "allow { a -b } ~c:* *;"),
            ("if(a&&!b||(c==d)){", "if (a && !b || (c == d)) {"),
            ("type_transition $1 b_t:dir c_t \"a b;#\";", "type_transition $1 b_t:dir c_t \"a b;#\";"),
            ("files_search( a , b )", "files_search(a, b)"),
            ("range_transition a b s0 - s0:c0.c1023;", "range_transition a b s0 -s0:c0.c1023;"),
        ] {
            assert_eq!(written(text), expected);
        }
    }
}
