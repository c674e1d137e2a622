//! What semodule complains about, brought back to the line that a person wrote.

use std::{collections::BTreeSet, fs, io, path::Path};

use crate::cil::{Expression, Module};

/// One complaint of semodule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Its line, as it was printed.
    pub message: String,
    /// The module that it names, and the line of that module's CIL.
    pub place: Option<(String, usize)>,
    /// What stands there, where the module is the one that was to be loaded.
    pub statement: Option<String>,
    /// The names in that statement: types, attributes, roles, classes, permissions.
    names: Vec<String>,
    kind: String,
}

/// The text of a `.te`, to look the lines of faults up in.
///
/// # Errors
/// It cannot be read.
pub fn source_text(path: &Path) -> io::Result<String> {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// What the language itself puts into a statement.
const OWN_WORDS: &[&str] = &["cil_gen_require", "object_r", "self", "and", "or", "not", "xor", "all"];

impl Fault {
    /// The complaints among the lines that semodule printed. `cil` is the text of the module that was to be loaded.
    pub(super) fn find(output: &[String], name: &str, cil: Option<&Module>) -> Vec<Self> {
        let faults = output.iter().filter(|line| is_complaint(line)).map(|line| {
            let place = place(line);
            let statement = place
                .as_ref()
                .filter(|(module, _)| module == name)
                .and_then(|(_, number)| cil.and_then(|module| module.statement_at(*number)));
            Self {
                message: line.clone(),
                kind: statement.and_then(|it| it.items().first()?.word()).unwrap_or_default().to_owned(),
                names: statement.map(names).unwrap_or_default(),
                statement: statement.map(ToString::to_string),
                place,
            }
        });
        faults.collect()
    }

    /// What libsemanage does not say of a full disk: only that a file could not be written. `free` bytes are left when it has
    /// cleaned up after itself.
    pub(super) fn of_room(output: &[String], free: u64) -> Option<Self> {
        let is_so = |line: &String| ["Input/output error", "No space left"].iter().any(|words| line.contains(words));
        output.iter().any(is_so).then(|| Self {
            message: format!("the disk that the store lies on is full ({} MB are free): make room", free >> 20),
            place: None,
            statement: None,
            names: Vec::new(),
            kind: String::new(),
        })
    }

    /// The line of a `.te`, counted from 1, that the complaint is about: the first one with the most of its names. For a name
    /// that nobody knows a rule is looked for before the requirement that it comes from.
    pub fn line_in(&self, te: &str) -> Option<usize> {
        let score = |line: &str| {
            let words: BTreeSet<&str> = line.split(|c: char| !(c.is_alphanumeric() || "_.-".contains(c))).collect();
            self.names.iter().filter(|name| words.contains(name.as_str())).count()
        };
        let lines = te.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with('#'));
        let is_requirement = |line: &str| {
            let first = line.split_whitespace().next().unwrap_or_default();
            matches!(first, "type" | "attribute" | "class" | "role" | "bool" | "attribute_role" | "require")
        };
        let ranked = lines.map(|(place, line)| (score(line), !is_requirement(line), std::cmp::Reverse(place)));
        let (score, _, place) = ranked.max()?;
        (score > 0).then_some(place.0 + 1)
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.statement, self.kind.as_str(), self.names.as_slice()) {
            (Some(_), "typeattributeset" | "roleattributeset", [name]) => {
                write!(f, "the policy on the node does not know {name}")
            }
            (Some(statement), ..) => write!(f, "{}: {statement}", self.message),
            (None, ..) => f.write_str(&self.message),
        }
    }
}

/// Whether a line says why it failed. What libsemanage remarks on the way, and that it failed at all, is none.
fn is_complaint(line: &str) -> bool {
    let harmless = ["libsemanage.add_user: user ", "Failed to resolve AST", "semodule:  Failed"];
    let words = [
        "Failed to",
        "failed",
        "Re-declaration",
        "Unable to",
        "No space left",
        "not found",
        "Permission denied",
        "neverallow",
        "Could not",
        "Error",
    ];
    !harmless.iter().any(|begin| line.starts_with(begin)) && words.iter().any(|word| line.contains(word))
}

/// `…/modules/400/NAME/cil:6` in a complaint.
fn place(line: &str) -> Option<(String, usize)> {
    let (_, rest) = line.rsplit_once("/modules/")?;
    let mut parts = rest.split('/');
    let (_priority, name, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let digits: String = rest.strip_prefix("cil:")?.chars().take_while(char::is_ascii_digit).collect();
    Some((name.to_owned(), digits.parse().ok()?))
}

fn names(statement: &Expression) -> Vec<String> {
    let words = statement.words().into_iter().skip(1).filter(|word| !OWN_WORDS.contains(word));
    let mut names: Vec<String> = Vec::new();
    for word in words {
        if !names.iter().any(|name| name == word) {
            names.push(word.to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    const TE: &str = "\
policy_module(tone, 1.0)

require {
	type getty_t;
	type nosuch_t;
	class file { open read };
}

# getty nosuch_t
allow getty_t nosuch_t:file read;
allow getty_t var_log_t:file { open read };
";

    #[test]
    fn a_complaint_leads_to_the_line_that_was_written() {
        let cil = Module::read(
            "(typeattributeset cil_gen_require getty_t)\n(typeattributeset cil_gen_require nosuch_t)\n(allow getty_t var_log_t (file (read open)))\n",
        );
        // What semodule 3.4 printed.
        let output = [
            "libsemanage.add_user: user sddm not in password file",
            "Failed to resolve typeattributeset statement at /x/var/lib/selinux/default/tmp/modules/400/tone/cil:2",
            "Failed to resolve allow statement at /x/var/lib/selinux/default/tmp/modules/400/tone/cil:3",
            "Failed to resolve allow statement at /x/var/lib/selinux/default/tmp/modules/100/other/cil:3",
            "Failed to resolve AST",
            "semodule:  Failed!",
        ];
        let faults = Fault::find(&output.map(str::to_owned), "tone", Some(&cil));
        let lines: Vec<_> = faults.iter().map(|fault| fault.line_in(TE)).collect();
        assert_eq!(lines, [Some(10), Some(11), None]);
        assert_eq!(faults[0].to_string(), "the policy on the node does not know nosuch_t");
        assert!(faults[1].to_string().ends_with("cil:3: (allow getty_t var_log_t (file (read open)))"));
        assert_eq!(faults[2].place, Some(("other".to_owned(), 3)));
    }
}
