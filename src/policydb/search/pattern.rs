//! Regular expressions in the syntax of Python's `re`, as far as the two languages share it.

use super::SearchError;

/// A regular expression that is looked for anywhere in a name, as `re.search` does.
#[derive(Debug, Clone)]
pub struct Pattern(regex::Regex);

impl Pattern {
    /// Takes an expression in Python's syntax.
    ///
    /// What stands for itself there does so here: a brace without a count, `&&`, `--` and `[` in a set, `\<`. Look-around
    /// and back references are refused: the engine answers in time that grows with the name alone, whatever is typed.
    pub fn new(text: &str) -> Result<Self, SearchError> {
        let compiled = regex::RegexBuilder::new(&translate(text)).size_limit(4 << 20).build();
        compiled.map(Self).map_err(|error| {
            let why = error.to_string();
            SearchError::NoPattern(text.to_owned(), why.lines().last().unwrap_or_default().trim().to_owned())
        })
    }

    /// Whether the name holds a match.
    pub fn is_match(&self, name: &str) -> bool {
        self.0.is_match(name)
    }
}

fn translate(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => push_escape(&mut out, rest.next()),
            '[' => {
                out.push('[');
                if let Some(caret) = rest.next_if_eq(&'^') {
                    out.push(caret);
                }
                // A bracket that stands first is itself.
                if rest.next_if_eq(&']').is_some() {
                    out.push_str("\\]");
                }
                while let Some(c) = rest.next() {
                    match c {
                        ']' => {
                            out.push(']');
                            break;
                        }
                        '\\' => push_escape(&mut out, rest.next()),
                        '[' | '&' | '~' => {
                            out.push('\\');
                            out.push(c);
                        }
                        '-' if rest.peek() == Some(&'-') => out.push_str("\\-"),
                        c => out.push(c),
                    }
                }
            }
            '{' => {
                let count: String = rest.clone().take_while(|c| c.is_ascii_digit() || *c == ',').collect();
                let closed = rest.clone().nth(count.chars().count()) == Some('}');
                let counts = closed && count.bytes().any(|b| b.is_ascii_digit()) && count.matches(',').count() < 2;
                match (counts, count.starts_with(',')) {
                    (true, true) => out.push_str("{0"),
                    (true, false) => out.push('{'),
                    (false, _) if closed && count == "," => {
                        // `a{,}` repeats without bounds.
                        out.push('*');
                        rest.nth(1);
                    }
                    (false, _) => out.push_str("\\{"),
                }
            }
            c => out.push(c),
        }
    }
    out
}

fn push_escape(out: &mut String, escaped: Option<char>) {
    match escaped {
        Some('Z') => out.push_str("\\z"),
        Some(c @ ('<' | '>')) => out.push(c),
        Some(c) => {
            out.push('\\');
            out.push(c);
        }
        None => out.push('\\'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Each answer is Python's: bool(re.search(pattern, name)).
    #[test]
    fn answers_as_python_does() {
        for (pattern, name, matches) in [
            ("httpd", "httpd_t", true),
            ("^httpd_t$", "httpd_t", true),
            ("^httpd_t$", "httpd_tmp_t", false),
            (r"^a\Z", "a", true),
            ("a{", "a{", true),
            ("a{1,2}b", "aab", true),
            ("^a{,2}b", "aab", true),
            ("^a{,2}$", "aaa", false),
            ("x{,}y", "xxy", true),
            ("[[]", "[", true),
            ("[]a]", "]", true),
            ("[a&&b]", "&", true),
            ("[a--]", "-", true),
            (r"\<", "a<b", true),
            ("(?i)HTTPD", "httpd_t", true),
            ("(dir|file)$", "lnk_file", true),
            (r"\bt\b", "a_t", false),
        ] {
            assert_eq!(Pattern::new(pattern).unwrap().is_match(name), matches, "{pattern} {name}");
        }
        for pattern in ["(", "a)", "*", "[a", r"(a)\1", "(?=a)", r"\"] {
            assert!(matches!(Pattern::new(pattern), Err(SearchError::NoPattern(..))), "{pattern}");
        }
    }
}
