//! Arguments in the places of parameters.

use std::borrow::Cow;

/// A text with the arguments for `$1`, `$2` …; where there is none, nothing. What m4 does besides is no part of it: statements of the
/// catalogue hold nothing that it would expand.
pub fn put_arguments<'t>(text: &'t str, arguments: &[impl AsRef<str>]) -> Cow<'t, str> {
    if !text.contains('$') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('$') {
        out.push_str(before);
        let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = behind.split_at_checked(digits).unwrap_or(("", behind));
        match number.parse::<usize>() {
            Ok(number) => out.push_str(
                number.checked_sub(1).and_then(|place| arguments.get(place)).map_or("", |argument| argument.as_ref()),
            ),
            Err(_) => out.push('$'),
        }
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The names in a text: an argument may be a set in braces.
pub fn names_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || c == '{' || c == '}').filter(|word| !word.is_empty())
}
