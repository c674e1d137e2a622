//! Text out of statements: the one renderer of the policy language.
//!
//! A `.te` is read by two languages, m4 and checkpolicy's; text from a log may steer neither. Identifiers are harmless by
//! their type, and everything else leaves through [`comment_text`].

use super::{
    AccessVector, Identifier, Name, printable,
    statement::{AvRuleKind, ExpandedLine, Form, Requirement, Statement, Target},
};

/// No line of a remark or of a require block is longer, unless one name alone is.
pub const COLUMNS: usize = 120;

/// What is left out of a remark that would be too long.
const CUT: &str = "[...]";

/// The line that begins a block, as refpolicy's StyleGuide has it.
const RULER: &str = "########################################";

impl Statement {
    /// The statement as lines of a `.te`, `.fc` or `.if`, without their ends.
    ///
    /// ```
    /// use seltui::selinux::{Identifier, statement::Statement};
    ///
    /// let domain = Identifier::new("logger_t").unwrap();
    /// assert_eq!(Statement::Type(domain).lines(), ["type logger_t;"]);
    /// ```
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Header { form: Form::PolicyModule, name, version } => {
                vec![format!("policy_module({name}, {})", version_text(version))]
            }
            Self::Header { form: Form::Module, name, version } => {
                vec![format!("module {name} {};", version_text(version))]
            }
            Self::Require { form, requirements } => require_block(*form, requirements),
            Self::Remark(text) => vec![remark(text)],
            Self::Heading(text) => vec![RULER.to_owned(), remark(text)],
            Self::Summary(text) => vec![format!("## <summary>{}</summary>", summary_text(text))],
            Self::Type(name) => vec![format!("type {name};")],
            Self::TypeAttribute(name, attribute) => vec![format!("typeattribute {name} {attribute};")],
            Self::RoleTypes(role, name) => vec![format!("role {role} types {name};")],
            Self::Call(call) => vec![call.to_string()],
            Self::Expanded(lines) => expanded(lines),
            Self::FileContext { form, path, r#type } => {
                // Every object has this user and role; the level is the lowest.
                let context = format!("system_u:object_r:{type}");
                let context = match form {
                    Form::PolicyModule => format!("gen_context({context}, s0)"),
                    Form::Module => format!("{context}:s0"),
                };
                vec![format!("{path}\t--\t{context}")]
            }
            Self::AvRule { kind, source, target, class, permissions } => {
                let target = match target {
                    Target::Itself => "self",
                    Target::Type(name) => name.as_str(),
                };
                vec![format!("{} {source} {target}:{class} {};", kind.keyword(), braced(permissions))]
            }
            Self::Blank => vec![String::new()],
        }
    }
}

impl AvRuleKind {
    /// The word of the policy language.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::DontAudit => "dontaudit",
        }
    }
}

/// A rule as it would be written, for a person to read: its names may be any, and are made [`printable`](super::printable).
pub fn shown_rule(kind: AvRuleKind, vector: &AccessVector) -> String {
    let shown = |name: &Name| printable(name.as_str().as_bytes());
    let AccessVector { source, target, class, permissions } = vector;
    let target = if source == target { "self".to_owned() } else { shown(target) };
    let permissions: Vec<_> = permissions.iter().map(shown).collect();
    let permissions = match permissions.as_slice() {
        [permission] => permission.clone(),
        [] => "{ }".to_owned(),
        permissions => format!("{{ {} }}", permissions.join(" ")),
    };
    format!("{} {} {target}:{} {permissions}", kind.keyword(), shown(source), shown(class))
}

/// The words of a rule that somebody else wrote, part by part, as long as they are wanted; false where they are not. Its four
/// sets are plain lists; the names in them may be any, and nothing of it is meant for a module.
pub fn rule_parts(keyword: &str, sets: [&[Name]; 4], part: &mut impl FnMut(&str) -> bool) -> bool {
    let are_wanted = part(keyword)
        && sets.into_iter().zip([" ", " ", ":", " "]).all(|(names, before)| {
            part(before)
                && match names {
                    [name] => part(name.as_str()),
                    names => part("{") && names.iter().all(|name| part(" ") && part(name.as_str())) && part(" }"),
                }
        });
    are_wanted && part(";")
}

/// A version is digits and dots to checkmodule; anything else would end the statement.
fn version_text(version: &str) -> String {
    version.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect()
}

fn joined(names: &[Identifier], between: &str) -> String {
    names.iter().map(Identifier::as_str).collect::<Vec<_>>().join(between)
}

/// Braces only for more than one, as setools writes permissions.
fn braced(names: &[Identifier]) -> String {
    match names {
        [name] => name.to_string(),
        names => format!("{{ {} }}", joined(names, " ")),
    }
}

/// A tab for each block around a line.
fn expanded(lines: &[ExpandedLine]) -> Vec<String> {
    let mut depth = 0_usize;
    let at = |depth: usize, text: &str| format!("{}{}", "\t".repeat(depth), printable(text.as_bytes()));
    lines
        .iter()
        .map(|line| match line {
            ExpandedLine::Statement(text) => at(depth, text),
            ExpandedLine::Open(text) => {
                depth += 1;
                at(depth - 1, text)
            }
            ExpandedLine::Else => at(depth.saturating_sub(1), "} else {"),
            ExpandedLine::Close => {
                depth = depth.saturating_sub(1);
                at(depth, "}")
            }
        })
        .collect()
}

fn require_block(form: Form, requirements: &[Requirement]) -> Vec<String> {
    let (first, last) = match form {
        Form::PolicyModule => ("gen_require(`", "')"),
        Form::Module => ("require {", "}"),
    };
    let mut lines = vec![first.to_owned()];
    for requirement in requirements {
        match requirement {
            Requirement::Types(names) => lines.extend(name_lines("type", names)),
            Requirement::Attributes(names) => lines.extend(name_lines("attribute", names)),
            Requirement::Roles(names) => lines.extend(name_lines("role", names)),
            Requirement::Class(class, permissions) => lines.push(format!("\tclass {class} {};", braced(permissions))),
        }
    }
    lines.push(last.to_owned());
    lines
}

/// `type a, b;`, in as many statements as the line's length asks for.
fn name_lines(keyword: &str, names: &[Identifier]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for name in names {
        match lines.last_mut() {
            // The tab counts as one column, the semicolon is still to come.
            Some(line) if line.len() + name.as_str().len() + 3 <= COLUMNS => {
                line.push_str(", ");
                line.push_str(name.as_str());
            }
            _ => lines.push(format!("\t{keyword} {name}")),
        }
    }
    lines.into_iter().map(|line| line + ";").collect()
}

/// A comment of one line; the space keeps checkmodule from reading `#line`.
fn remark(text: &str) -> String {
    format!("# {}", fitted(&comment_text(text), COLUMNS - 2))
}

/// The comment that `segenxml` turns into XML: without its signs.
fn summary_text(text: &str) -> String {
    comment_text(text).chars().filter(|c| !matches!(c, '<' | '>' | '&')).collect()
}

/// Text that may hold anything as the value of a field in a remark: `"…"`, at most `columns` long with its quotes.
///
/// What is left out of a longer one is marked in its middle. The result stands what [`comment_text`] promises.
///
/// ```
/// use seltui::selinux::quoted;
///
/// assert_eq!(quoted("rs:main Q:Reg", 20), r#""rs:main Q:Reg""#);
/// assert_eq!(quoted("'a\", ", 20), r#""\x27a\x22\x2c ""#);
/// assert_eq!(quoted("/var/log/containers/a/b/c.log", 24), r#""/var/l[...]c.log""#);
/// ```
pub fn quoted(text: &str, columns: usize) -> String {
    format!("\"{}\"", fitted(&comment_text(text).replace('"', r"\x22"), columns.saturating_sub(2)))
}

/// Makes text that may hold anything a part of a comment that neither m4 nor checkmodule reads.
///
/// A comment in a policy is m4's comment too, but not inside a quoted block (`optional_policy`, `gen_require`, an interface's
/// body): there an apostrophe ends the quote, and what follows is expanded. So nothing is left that m4 knows: backquote,
/// apostrophe, parentheses, comma, `$`, `#` and everything that is not printable ASCII become `\xNN` (`\u{N}` beyond a byte), and
/// the first letter of each word that m4 expands by itself (`dnl`, `divert`, …) does as well. m4 copies the result as it
/// stands, quoted, as an argument, or bare. Applying it again changes nothing.
///
/// ```
/// use seltui::selinux::comment_text;
///
/// assert_eq!(comment_text("'`syscmd(touch X)'"), r"\x27\x60syscmd\x28touch X\x29\x27");
/// assert_eq!(comment_text("a\nallow x y:file z; dnl"), r"a\x0aallow x y:file z; \x64nl");
/// assert_eq!(comment_text("läuft"), r"l\u{e4}uft");
/// ```
pub fn comment_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        push_word(&mut out, &mut word);
        match c {
            '`' | '\'' | '(' | ')' | ',' | '$' | '#' => push_escaped(&mut out, c),
            ' '..='~' => out.push(c),
            _ => push_escaped(&mut out, c),
        }
    }
    push_word(&mut out, &mut word);
    out
}

/// Takes a whole word over; digits before it do not belong to it, in m4 as here.
fn push_word(out: &mut String, word: &mut String) {
    let digits = word.len() - word.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, name) = word.split_at_checked(digits).unwrap_or((word.as_str(), ""));
    out.push_str(number);
    match name.chars().next() {
        Some(first) if M4_EXPANDS.contains(&name) => {
            push_escaped(out, first);
            out.extend(name.chars().skip(1));
        }
        _ => out.push_str(name),
    }
    word.clear();
}

fn push_escaped(out: &mut String, c: char) {
    use std::fmt::Write as _;

    // Writing into a String cannot fail.
    let _ = if c.is_ascii() { write!(out, r"\x{:02x}", c as u32) } else { write!(out, r"\u{{{:x}}}", c as u32) };
}

/// Cuts the middle out of a [`comment_text`] that is longer than `columns` characters.
fn fitted(text: &str, columns: usize) -> String {
    let length = text.chars().count();
    if length <= columns {
        return text.to_owned();
    }
    // The cut may bare a word of m4 on both sides; breaking it takes three characters each.
    let kept = columns.saturating_sub(CUT.len() + 6);
    let (head, tail) = (kept - kept / 2, kept / 2);
    let cut: String = text.chars().take(head).chain(CUT.chars()).chain(text.chars().skip(length - tail)).collect();
    comment_text(&cut)
}

/// The builtins that GNU m4 recognizes without an argument list (`blind` is false in its table), the names it predefines,
/// and the word that the devel Makefile rewrites to `$*`.
const M4_EXPANDS: &[&str] = &[
    "__file__",
    "__gnu__",
    "__line__",
    "__program__",
    "__unix__",
    "changecom",
    "changequote",
    "changeword",
    "debugfile",
    "debugmode",
    "divert",
    "divnum",
    "dnl",
    "dollarsstar",
    "dumpdef",
    "m4exit",
    "sysval",
    "traceoff",
    "traceon",
    "undivert",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(names: &[&str]) -> Vec<Identifier> {
        names.iter().map(|name| Identifier::new(name).unwrap()).collect()
    }

    #[test]
    fn a_long_list_of_names_becomes_several_statements() {
        let many: Vec<String> = (0..40).map(|n| format!("some_longer_type_{n}_t")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let requirement = Requirement::Types(names(&many));
        let lines = Statement::Require { form: Form::Module, requirements: vec![requirement] }.lines();
        assert!(lines.len() > 5 && lines.iter().all(|line| line.len() <= COLUMNS), "{lines:#?}");
        let inner = &lines[1..lines.len() - 1];
        assert!(inner.iter().all(|line| line.starts_with("\ttype some_") && line.ends_with("_t;")), "{inner:#?}");
        assert_eq!(inner.iter().map(|line| line.matches("some_").count()).sum::<usize>(), 40);
    }

    #[test]
    fn a_version_cannot_end_its_statement() {
        let header = Statement::Header {
            form: Form::PolicyModule,
            name: Identifier::new("x").unwrap(),
            version: "1.0) syscmd(x".to_owned(),
        };
        assert_eq!(header.lines(), ["policy_module(x, 1.0)"]);
    }

    #[test]
    fn a_cut_that_bares_a_word_of_m4_breaks_it() {
        let text = format!("{}dnl", "x".repeat(200));
        for columns in 20..60 {
            let cut = quoted(&text, columns);
            assert!(cut.len() <= columns && !cut.contains("]dnl"), "{cut}");
        }
    }

    proptest! {
        #[test]
        fn comment_text_is_one_line_of_harmless_ascii_and_stays_so(text in any::<String>(), columns in 16_usize..150) {
            let safe = comment_text(&text);
            prop_assert!(safe.bytes().all(|b| (b' '..=b'~').contains(&b) && !b"`'(),$#".contains(&b)), "{}", safe);
            prop_assert_eq!(comment_text(&safe), safe);
            let value = quoted(&text, columns);
            prop_assert!(value.len() <= columns && value.matches('"').count() == 2, "{}", value);
            prop_assert_eq!(comment_text(&value), value);
            prop_assert!(Statement::Remark(text).lines().iter().all(|line| line.len() <= COLUMNS));
        }
    }
}
