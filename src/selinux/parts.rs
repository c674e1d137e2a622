//! A line of policy text in parts, for whoever shows it in colours.

/// What a part of a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// From `#` to the end of the line.
    Comment,
    /// A word of the policy language, or a macro that begins a statement.
    Keyword,
    /// A name that ends in `_t`, as the names of types do.
    TypeName,
    /// A name between braces.
    Permission,
    /// Anything else, blanks too.
    Other,
}

const KEYWORDS: &[&str] = &[
    "allow",
    "attribute",
    "class",
    "dontaudit",
    "gen_require",
    "module",
    "policy_module",
    "require",
    "role",
    "self",
    "type",
    "typeattribute",
    "types",
];

/// The parts of a line, one behind the other; together they are the line.
///
/// It looks at one line alone, so it colours, and decides nothing: the compiler reads the language.
///
/// ```
/// use seltui::selinux::{Part, parts};
///
/// let parts: Vec<_> = parts("allow a_t self:file { read };").filter(|(part, _)| *part != Part::Other).collect();
/// assert_eq!(parts, [
///     (Part::Keyword, "allow"),
///     (Part::TypeName, "a_t"),
///     (Part::Keyword, "self"),
///     (Part::Permission, "read"),
/// ]);
/// ```
pub fn parts(line: &str) -> impl Iterator<Item = (Part, &str)> {
    let mut rest = line;
    let mut braces = false;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let length = if first == '#' {
            rest.len()
        } else if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else {
            rest.find(|c| is_word(c) || c == '#').unwrap_or(rest.len())
        };
        let (word, behind) = rest.split_at_checked(length)?;
        rest = behind;
        let part = if first == '#' {
            Part::Comment
        } else if !is_word(first) {
            braces = word.rfind('{') > word.rfind('}') || (braces && !word.contains('}'));
            Part::Other
        } else if braces {
            Part::Permission
        } else if KEYWORDS.contains(&word) {
            Part::Keyword
        } else if word.ends_with("_t") {
            Part::TypeName
        } else {
            Part::Other
        };
        Some((part, word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_is_lost() {
        for line in ["", "allow a_t b_t:dir read;", "# a { b } 'c", "\tclass file { read open };", "}äö{#x", "\u{2028}"]
        {
            let whole: String = parts(line).map(|(_, word)| word).collect();
            assert_eq!(whole, line);
        }
    }
}
