//! The path of a file context.

use super::Identifier;

/// The expression of a file context that matches this one absolute path; the reason when none can be written.
///
/// A `.fc` is read by m4, then split at blanks, then compiled as a regular expression (libselinux's `label_file`): what means
/// something to m4 is refused, what means something to the last is escaped; a blank is written as `[[:space:]]`.
///
/// ```
/// use seltui::selinux::path_expression;
///
/// assert_eq!(path_expression("/usr/bin/fluent-bit.1").as_deref(), Ok(r"/usr/bin/fluent-bit\.1"));
/// assert_eq!(path_expression("/opt/my program").as_deref(), Ok("/opt/my[[:space:]]program"));
/// assert!(path_expression("relative").is_err());
/// ```
pub fn path_expression(path: &str) -> Result<String, &'static str> {
    if !path.starts_with('/') || path.len() > 1024 {
        return Err("it is no absolute path");
    }
    let mut out = String::with_capacity(path.len() + 8);
    for c in path.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' | '/' | '@' | '%' | ':' | '=' => out.push(c),
            ' ' => out.push_str("[[:space:]]"),
            '.' | '+' => {
                out.push('\\');
                out.push(c);
            }
            _ => return Err("a file context cannot hold every character of it"),
        }
    }
    if path_words(path)
        .any(|word| Identifier::new(word) == Err(super::IdentifierError::M4Word) || word.starts_with("__"))
    {
        return Err("a word of it would be expanded by m4");
    }
    Ok(out)
}

/// The words of a path as m4 reads them.
pub fn path_words(path: &str) -> impl Iterator<Item = &str> {
    path.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_m4_would_break() {
        for path in [
            "/a'b",
            "/a`b",
            "/a$1",
            "/a#b",
            "/a(b)",
            "/a,b",
            "/dnl",
            "/x/__file__",
            "/ä",
            "/a\nb",
            "/a\tb",
            "/a\u{a0}b",
            "/a dnl",
            "",
            "/usr/unix",
        ] {
            assert!(path_expression(path).is_err(), "{path}");
        }
        assert_eq!(path_expression("/opt/g++/a.b").as_deref(), Ok(r"/opt/g\+\+/a\.b"));
        assert_eq!(
            path_expression("/opt/my app/a.b  c").as_deref(),
            Ok(r"/opt/my[[:space:]]app/a\.b[[:space:]][[:space:]]c")
        );
    }
}
