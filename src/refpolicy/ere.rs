//! Extended regular expressions as awk and grep read them.

use regex::Regex;

/// Why a regular expression cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternError {
    /// What was typed.
    pub pattern: String,
    /// What is wrong with it, in the engine's words.
    pub reason: String,
}

impl std::fmt::Display for PatternError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let pattern = crate::selinux::printable(self.pattern.as_bytes());
        write!(f, "\"{pattern}\" is no regular expression: {}", self.reason)
    }
}

impl std::error::Error for PatternError {}

/// Takes an expression in POSIX' extended syntax, with the escapes that GNU awk and grep add (`\<`, `\>`, `\y`, `\w` …).
///
/// What means itself there does so here: a brace without a count, a star at the beginning, a closing parenthesis that none opens,
/// `[` and `&&` in a set.
///
/// # Errors
/// What the engine cannot read: an open bracket or parenthesis, a class that there is not, an expression too large.
pub(super) fn compile(pattern: &str) -> Result<Regex, PatternError> {
    if let Some(class) = unknown_class(pattern) {
        let reason = format!("no class is called {}", crate::selinux::printable(class.as_bytes()));
        return Err(PatternError { pattern: pattern.to_owned(), reason });
    }
    let compiled = regex::RegexBuilder::new(&translated(pattern, Edges::OfText)).size_limit(4 << 20).build();
    compiled.map_err(|error| {
        let reason = error.to_string();
        let reason = reason.lines().last().unwrap_or_default().trim().trim_start_matches("error: ").to_owned();
        PatternError { pattern: pattern.to_owned(), reason }
    })
}

/// The same for a text of many lines, each of which is meant: it finds something wherever a line of an ASCII text without
/// carriage returns matches, and seldom elsewhere. `None` where the engine refuses it.
pub(super) fn compile_for_lines(pattern: &str) -> Option<regex::bytes::Regex> {
    let pattern = translated(pattern, Edges::OfLine);
    regex::bytes::RegexBuilder::new(&pattern).unicode(false).multi_line(true).size_limit(4 << 20).build().ok()
}

/// The classes that a set may name.
const CLASSES: [&str; 12] =
    ["alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit"];

/// A `[:name:]` in a set that stands for nothing: the engine would take its letters one by one.
fn unknown_class(pattern: &str) -> Option<&str> {
    let mut rest = pattern;
    while let Some((before, behind)) = rest.split_once("[:") {
        rest = behind;
        let (name, after) = behind.split_once(":]")?;
        // Outside of a set the sign begins one itself.
        let is_in_set = before.contains('[') && after.contains(']');
        if is_in_set && name.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !CLASSES.contains(&name) {
            return Some(name);
        }
    }
    None
}

/// What the beginning and the end of the text are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edges {
    OfText,
    OfLine,
}

fn translated(pattern: &str, edges: Edges) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern.chars().peekable();
    // Nothing stands before that could be repeated.
    let mut at_start = true;
    let mut open = 0_usize;
    while let Some(c) = rest.next() {
        match c {
            '\\' => escape(&mut out, rest.next(), edges),
            '[' => bracket(&mut out, &mut rest),
            '*' | '+' | '?' if at_start => {
                out.push('\\');
                out.push(c);
            }
            '{' if at_start || !is_count(rest.clone()) => out.push_str("\\{"),
            '{' if rest.peek() == Some(&',') => out.push_str("{0"),
            ')' if open == 0 => out.push_str("\\)"),
            c => {
                match c {
                    '(' => open += 1,
                    ')' => open -= 1,
                    _ => {}
                }
                out.push(c);
            }
        }
        at_start = matches!(c, '(' | '|' | '^');
    }
    out
}

/// Whether `N}`, `N,}`, `,M}` or `N,M}` follows.
fn is_count(rest: impl Iterator<Item = char>) -> bool {
    let mut commas = 0;
    let mut digits = 0;
    for c in rest {
        match c {
            '}' => return digits > 0,
            ',' if commas == 0 => commas = 1,
            c if c.is_ascii_digit() => digits += 1,
            _ => return false,
        }
    }
    false
}

fn escape(out: &mut String, escaped: Option<char>, edges: Edges) {
    match escaped {
        None => out.push_str("\\\\"),
        Some('y') => out.push_str("\\b"),
        Some('`') => out.push_str(if edges == Edges::OfLine { "^" } else { "\\A" }),
        Some('\'') => out.push_str(if edges == Edges::OfLine { "$" } else { "\\z" }),
        Some(c @ ('w' | 'W' | 's' | 'S' | 'B' | '<' | '>' | 'n' | 't' | 'r' | 'f' | 'v' | 'a')) => {
            out.push('\\');
            out.push(c);
        }
        Some(c) => out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
    }
}

/// `[.c.]` and `[=c=]` in a set: the character alone, as the C locale has them.
fn one_of_its_own(out: &mut String, rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    let mut ahead = rest.clone();
    let (sign, own) = (ahead.next(), ahead.next());
    match own {
        Some(own) if ahead.next() == sign && ahead.next() == Some(']') => {
            if own.is_ascii_punctuation() {
                out.push('\\');
            }
            out.push(own);
            *rest = ahead;
        }
        _ => out.push_str("\\["),
    }
}

fn bracket(out: &mut String, rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    out.push('[');
    if rest.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    // A bracket that stands first is itself.
    if rest.next_if_eq(&']').is_some() {
        out.push_str("\\]");
    }
    while let Some(c) = rest.next() {
        match c {
            ']' => return out.push(']'),
            '[' if matches!(rest.peek(), Some('.' | '=')) => one_of_its_own(out, rest),
            '[' if rest.peek() == Some(&':') => {
                out.push('[');
                for c in rest.by_ref() {
                    out.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            '\\' => escape(out, rest.next(), Edges::OfText),
            '[' | '&' | '~' => {
                out.push('\\');
                out.push(c);
            }
            '-' if rest.peek() == Some(&'-') => out.push_str("\\-"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_awk_reads() {
        for (pattern, text, found) in [
            ("kernel.*message", "kernel_read_messages", true),
            ("^interface\\(`foo'", "interface(`foo'", true),
            ("gen_require\\(`$", "\tgen_require(`", true),
            ("a{2}", "caab", true),
            ("x{ y", "x{ y", true),
            ("{ read", "file { read }", true),
            ("*a", "b*a", true),
            ("(*a|b)", "*a", true),
            ("[[:digit:]]+_t", "x9_t", true),
            ("[]a]", "]", true),
            ("[a&&b]", "&", true),
            ("\\<read\\>", "pread_x", false),
            ("\\yread\\y", "a read b", true),
            ("\\.te", "xte", false),
            ("sysadm/x", "sysadm/x", true),
            ("logs')", "x_logs',`", false),
            ("logs'\\)|logs')", "logs')", true),
            ("(a))b", "a)b", true),
            ("^x{,2}y", "xxy", true),
            ("^x{,2}y", "xxxy", false),
            ("[[.a.]b]", "a", true),
            ("[[=-=]]", "-", true),
            ("[x[.]", "[", true),
            ("[:foo:]", "o", true),
        ] {
            assert_eq!(compile(pattern).unwrap().is_match(text), found, "{pattern} on {text}");
        }
        for pattern in ["(", "[a", "(a))(", "[[:foo:]]", "(a){9999}{9999}"] {
            let error = compile(pattern).unwrap_err();
            assert!(!error.reason.is_empty() && error.to_string().contains(pattern), "{error}");
        }
    }
}
