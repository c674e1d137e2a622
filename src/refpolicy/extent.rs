//! How far a call of m4 goes: where its arguments begin and end.

use std::ops::Range;

/// The argument list of a call, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Extent {
    /// Each argument, without the blanks before it.
    pub arguments: Vec<Range<usize>>,
    /// Behind the closing parenthesis.
    pub end: usize,
}

/// Why an argument list has no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unclosed {
    /// A quote opened at this byte is not closed.
    Quote(usize),
    /// Every quote is closed, the parenthesis is not.
    Parenthesis,
}

/// Reads the arguments from behind the opening parenthesis up to the closing one, with the quotes and comments that m4
/// begins with (`` ` ``, `'`, `#` to the end of the line, which means nothing inside quotes).
///
/// A list that is still open where `is_next` says that another definition begins ends there: no header nests them.
pub(super) fn extent(text: &str, open: usize, is_next: impl Fn(&str) -> bool) -> Result<Extent, Unclosed> {
    let bytes = text.as_bytes();
    let mut arguments = Vec::with_capacity(2);
    let mut start = skip_blanks(text, open, &is_next);
    let mut at = start;
    // How many quotes are open, and where the first of them is.
    let (mut quotes, mut first_quote) = (0_u32, 0);
    let mut parentheses = 0_u32;
    let unclosed = |quotes, first| if quotes > 0 { Unclosed::Quote(first) } else { Unclosed::Parenthesis };
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'`' => {
                if quotes == 0 {
                    first_quote = at;
                }
                quotes += 1;
            }
            b'\'' => quotes = quotes.saturating_sub(1),
            b'\n' if text.get(at + 1..).is_some_and(&is_next) => return Err(unclosed(quotes, first_quote)),
            _ if quotes > 0 => {}
            b'#' => {
                let line = bytes.get(at..).unwrap_or_default();
                at += memchr::memchr(b'\n', line).unwrap_or(line.len());
                continue;
            }
            b'(' => parentheses += 1,
            b')' if parentheses == 0 => {
                arguments.push(start..at);
                return Ok(Extent { arguments, end: at + 1 });
            }
            b')' => parentheses -= 1,
            b',' if parentheses == 0 => {
                arguments.push(start..at);
                start = skip_blanks(text, at + 1, &is_next);
                at = start;
                continue;
            }
            _ => {}
        }
        at += 1;
        if quotes > 0 {
            // Nothing but these means anything inside quotes.
            let rest = bytes.get(at..).unwrap_or_default();
            at += memchr::memchr3(b'`', b'\'', b'\n', rest).unwrap_or(rest.len());
        }
    }
    Err(unclosed(quotes, first_quote))
}

/// The text between the quotes around an argument; `None` when it is not one quoted string alone.
pub(super) fn unquoted(text: &str, argument: &Range<usize>) -> Option<Range<usize>> {
    let written = text.get(argument.clone())?;
    let inner = written.trim_end().strip_prefix('`')?.strip_suffix('\'')?;
    let mut depth = 0_u32;
    for at in memchr::memchr2_iter(b'`', b'\'', inner.as_bytes()) {
        depth = if inner.as_bytes().get(at) == Some(&b'`') { depth + 1 } else { depth.checked_sub(1)? };
    }
    let start = argument.start + 1;
    (depth == 0).then_some(start..start + inner.len())
}

/// Behind the blanks, or before the end of a line that another definition follows.
fn skip_blanks(text: &str, from: usize, is_next: impl Fn(&str) -> bool) -> usize {
    let mut at = from;
    while let Some(byte) = text.as_bytes().get(at).filter(|byte| byte.is_ascii_whitespace()) {
        if *byte == b'\n' && text.get(at + 1..).is_some_and(&is_next) {
            break;
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(text: &str) -> Result<Vec<&str>, Unclosed> {
        let extent = extent(text, 2, |rest| rest.starts_with("interface("))?;
        Ok(extent.arguments.into_iter().map(|range| text.get(range).unwrap()).collect())
    }

    #[test]
    fn reads_arguments_as_m4_does() {
        assert_eq!(arguments("f(a, `b,)', c(d, e))"), Ok(vec!["a", "`b,)'", "c(d, e)"]));
        assert_eq!(arguments("f(`a `b' # it')\n)"), Ok(vec!["`a `b' # it'"]));
        assert_eq!(arguments("f(a # b)'\n, c)"), Ok(vec!["a # b)'\n", "c"]));
        assert_eq!(arguments("f()"), Ok(vec![""]));
        assert_eq!(arguments("f(`a, b)"), Err(Unclosed::Quote(2)));
        assert_eq!(arguments("f(a, b"), Err(Unclosed::Parenthesis));
        assert_eq!(arguments("f(`a\ninterface(`b', `c')"), Err(Unclosed::Quote(2)));
        // Another definition begins where an argument is to.
        assert_eq!(arguments("f(`a', \n\ninterface(`b', `c')"), Err(Unclosed::Parenthesis));
        assert_eq!(arguments("f(\ninterface(`b', `c')"), Err(Unclosed::Parenthesis));
    }

    #[test]
    fn unquotes_one_string_alone() {
        for (text, inner) in
            [("`a'", Some("a")), ("`a `b' c'\n", Some("a `b' c")), ("`a'b`c'", None), ("a", None), ("`", None)]
        {
            assert_eq!(unquoted(text, &(0..text.len())).map(|range| text.get(range).unwrap()), inner, "{text}");
        }
    }
}
