//! What begins a name, a quotation, a comment: `changequote` and `changecom`.

/// `(`, `,` or `)`.
pub const PUNCTUATION: u8 = 1;
/// The first byte of a macro's name.
pub const NAME: u8 = 2;
/// What may be the first byte of the opening quote.
pub const QUOTE: u8 = 4;
/// What may be the first byte of a comment.
pub const COMMENT: u8 = 8;
/// White space, as C's `isspace` has it.
pub const SPACE: u8 = 16;
/// A byte within a macro's name.
pub const NAME_PART: u8 = 32;

/// The signs that quotations and comments begin and end with.
#[derive(Debug, Clone)]
pub struct Syntax {
    /// Each byte's flags.
    class: [u8; 256],
    pub left_quote: Vec<u8>,
    pub right_quote: Vec<u8>,
    pub begin_comment: Vec<u8>,
    pub end_comment: Vec<u8>,
    /// Whether something was changed since this was last set to false.
    pub is_changed: bool,
}

impl Default for Syntax {
    fn default() -> Self {
        let mut syntax = Self {
            class: [0; 256],
            left_quote: b"`".to_vec(),
            right_quote: b"'".to_vec(),
            begin_comment: b"#".to_vec(),
            end_comment: b"\n".to_vec(),
            is_changed: false,
        };
        syntax.classify();
        syntax
    }
}

impl Syntax {
    /// The flags of this byte.
    #[inline]
    pub fn class(&self, byte: u8) -> u8 {
        // The table has an entry for every byte.
        self.class.get(usize::from(byte)).copied().unwrap_or_default()
    }

    /// GNU's `set_quotes`: without an argument the default, without a second one its default.
    pub fn set_quotes(&mut self, left: Option<&[u8]>, right: Option<&[u8]>) {
        let (left, right) = match (left, right) {
            (None, _) => (&b"`"[..], &b"'"[..]),
            (Some(left), None) => (left, &b"'"[..]),
            (Some(left), Some(b"")) if !left.is_empty() => (left, &b"'"[..]),
            (Some(left), Some(right)) => (left, right),
        };
        (self.left_quote, self.right_quote, self.is_changed) = (left.to_vec(), right.to_vec(), true);
        self.classify();
    }

    /// GNU's `set_comment`: without an argument there are no comments.
    pub fn set_comment(&mut self, begin: Option<&[u8]>, end: Option<&[u8]>) {
        let (begin, end) = match (begin, end) {
            (None, _) => (&b""[..], &b""[..]),
            (Some(begin), None) => (begin, &b"\n"[..]),
            (Some(begin), Some(b"")) if !begin.is_empty() => (begin, &b"\n"[..]),
            (Some(begin), Some(end)) => (begin, end),
        };
        (self.begin_comment, self.end_comment, self.is_changed) = (begin.to_vec(), end.to_vec(), true);
        self.classify();
    }

    /// Whether comments go from `#` to the end of the line.
    #[inline]
    pub fn has_plain_comments(&self) -> bool {
        self.begin_comment == b"#" && self.end_comment == b"\n"
    }

    /// Both quotes if each is one byte and they differ: then a search for bytes finds the end.
    pub fn single_quotes(&self) -> Option<(u8, u8)> {
        match (self.left_quote.as_slice(), self.right_quote.as_slice()) {
            ([left], [right]) if left != right => Some((*left, *right)),
            _ => None,
        }
    }

    fn classify(&mut self) {
        for (byte, class) in (0..=u8::MAX).zip(&mut self.class) {
            *class = match byte {
                b'(' | b')' | b',' => PUNCTUATION,
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => NAME | NAME_PART,
                b'0'..=b'9' => NAME_PART,
                b' ' | b'\t'..=b'\r' => SPACE,
                _ => 0,
            };
            // A byte of zero never matches in GNU m4, where it ends a string.
            if byte != 0 && self.left_quote.first() == Some(&byte) {
                *class |= QUOTE;
            }
            if byte != 0 && self.begin_comment.first() == Some(&byte) {
                *class |= COMMENT;
            }
        }
    }
}
