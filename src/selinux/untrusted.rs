//! Text that a confined process chose, and the one way it reaches a person.

use std::fmt::Write as _;

/// Bytes that somebody outside chose: comm, path, name, exe, proctitle, cwd, a socket's name.
///
/// They may hold anything: control characters, escape sequences, newlines, invalid UTF-8, words of m4. There is no
/// `Display`: the way to a screen or a remark leads through [`Untrusted::printable`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Untrusted(Box<[u8]>);

impl Untrusted {
    /// Takes the bytes as they are.
    pub fn new(bytes: impl Into<Box<[u8]>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes as they were read, for what is neither shown nor written into a policy (JSON strings, comparing paths).
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text made safe to show: see [`printable`].
    pub fn printable(&self) -> String {
        printable(&self.0)
    }
}

impl std::fmt::Debug for Untrusted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Untrusted({:?})", self.printable())
    }
}

impl From<&str> for Untrusted {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().into())
    }
}

/// Makes bytes from outside one line that a terminal, a comment or a message can hold.
///
/// Letters, digits, marks and signs of any script stay. What steers a terminal or the reading order does not: C0 and C1
/// control characters, DEL, line and paragraph separators, bidirectional and other invisible formatting characters,
/// combining marks and private-use code points become `\u{…}`, a byte that is not UTF-8 becomes `\xNN`, and a
/// backslash is doubled, so that the text can be told from what it stands for. Any blank but the space is escaped too.
///
/// ```
/// use seltui::selinux::printable;
///
/// assert_eq!(printable(b"a\x1b[31mb\nc"), r"a\x1b[31mb\x0ac");
/// assert_eq!(printable("läuft \u{202e}txt".as_bytes()), r"läuft \u{202e}txt");
/// assert_eq!(printable(b"\xff"), r"\xff");
/// ```
pub fn printable(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            push_char(&mut out, c);
        }
        for byte in chunk.invalid() {
            push_byte(&mut out, *byte);
        }
    }
    out
}

fn push_char(out: &mut String, c: char) {
    match c {
        '\\' => out.push_str(r"\\"),
        ' '..='~' => out.push(c),
        '\0'..='\x7f' => push_byte(out, c as u8),
        _ if is_invisible(c) => push_escape(out, c),
        _ => out.push(c),
    }
}

fn push_byte(out: &mut String, byte: u8) {
    // Writing into a String cannot fail.
    let _ = write!(out, r"\x{byte:02x}");
}

fn push_escape(out: &mut String, c: char) {
    let _ = write!(out, r"\u{{{:x}}}", c as u32);
}

/// Whether a character beyond ASCII has no shape of its own, or changes how its neighbours are drawn.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{2800}'
            | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{fffe}'..='\u{ffff}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{10ffff}')
        || is_combining(c)
}

/// Combining marks stack on the cell before them without end; in names from a log they are shown as what they are.
fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}
