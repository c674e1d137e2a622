//! What the compilers say, brought back to the line of the `.te`.

/// One complaint of checkmodule or m4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line of the `.te`, counted from 1; `None` when the complaint is about something else.
    pub line: Option<u32>,
    /// What they say.
    pub message: String,
}

/// Finds the complaints in the output of a build of `NAME.te`.
///
/// Understood are checkmodule's `NAME.te:7:ERROR '…' at token '…' on line 3421:` (with a quotation mark before the first colon in
/// older ones, and `(unknown source)::ERROR … on line 7:` for a file that m4 did not go through), and the `NAME.te:7:` of
/// m4 and of refpolicy's `refpolicyerr`.
///
/// ```
/// use seltui::module::problems;
///
/// let found = problems("x", &["x.te:7:ERROR 'unknown type b_t' at token ';' on line 3422:".to_owned()]);
/// assert_eq!(found[0].line, Some(7));
/// assert_eq!(found[0].message, "unknown type b_t at ';'");
/// ```
pub fn problems(name: &str, output: &[String]) -> Vec<Problem> {
    output.iter().filter_map(|line| problem(name, line)).collect()
}

fn problem(name: &str, line: &str) -> Option<Problem> {
    if let Some(complaint) = line.strip_prefix("(unknown source)::ERROR") {
        let number =
            complaint.rsplit_once("on line ").and_then(|(_, number)| number.trim_end_matches(':').parse().ok());
        return Some(Problem { line: number, message: said(complaint) });
    }
    let file = format!("{name}.te");
    if let Some((number, complaint)) = after_place(line, &file) {
        return Some(Problem { line: Some(number), message: said(complaint) });
    }
    let (place, complaint) = line.split_once(":ERROR ").or_else(|| line.split_once(": ERROR: "))?;
    Some(Problem { line: None, message: format!("{place}: {}", said(complaint)) })
}

/// The number and the rest after `FILE:NUMBER:`, wherever in the line the file is named.
fn after_place<'a>(line: &'a str, file: &str) -> Option<(u32, &'a str)> {
    let (before, rest) = line.split_once(file)?;
    // The name may be the end of a longer one.
    if before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    let (number, complaint) = rest.trim_start_matches('"').strip_prefix(':')?.split_once(':')?;
    Some((number.parse().ok()?, complaint))
}

/// `ERROR 'unknown type x' at token ';' on line 3421:` without what only checkmodule knows: the line of m4's output.
fn said(complaint: &str) -> String {
    let complaint = complaint.trim();
    let complaint = complaint.strip_prefix("ERROR").map_or(complaint, |rest| rest.trim_start_matches(':').trim());
    match complaint.strip_prefix('\'').and_then(|rest| rest.split_once("' at token ")) {
        Some((what, token)) => {
            let token = token.rsplit_once(" on line ").map_or(token, |(token, _)| token);
            format!("{what} at {token}")
        }
        None => complaint.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, number: Option<u32>, message: &str) {
        assert_eq!(
            problems("y", &[line.to_owned()]),
            [Problem { line: number, message: message.to_owned() }],
            "{line}"
        );
    }

    #[test]
    fn understands_what_compilers_print() {
        check("y.te:7:ERROR 'syntax error' at token 'foo' on line 3421:", Some(7), "syntax error at 'foo'");
        check("y.te\":7:ERROR 'unknown type b_t' at token ';' on line 9:", Some(7), "unknown type b_t at ';'");
        check("(unknown source)::ERROR 'unknown class x' at token ';' on line 12:", Some(12), "unknown class x at ';'");
        check("/usr/bin/m4:y.te:10: ERROR: end of file in argument list", Some(10), "end of file in argument list");
        check("y.te:4: Error: duplicate definition of x()", Some(4), "Error: duplicate definition of x()");
        check(
            "../headers/a/b.if:3:ERROR 'syntax error' at token '}' on line 9:",
            None,
            "../headers/a/b.if:3: syntax error at '}'",
        );
    }

    #[test]
    fn passes_over_the_rest() {
        for line in [
            "Compiling default y module",
            "allow a_t b_t:file { read };",
            "/usr/bin/checkmodule:  error(s) encountered while parsing configuration",
            "make: *** [../headers/Makefile:166: tmp/y.mod] Error 1",
            "my.te:3: nothing",
            "",
        ] {
            assert_eq!(problems("y", &[line.to_owned()]), [], "{line}");
        }
    }
}
