//! The script and the page that go with a module.

use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
};

use sha2::{Digest as _, Sha256};

use crate::{
    module::{PolicyModule, Version},
    selinux::{Identifier, printable, shown_rule, statement::AvRuleKind},
};

/// The script's name.
pub const INSTALL_SCRIPT: &str = "install.sh";

/// The page's name.
pub const README: &str = "README.md";

/// The name of the file with the records.
pub const EVIDENCE: &str = "evidence.log";

/// The script with holes for what differs from module to module.
const SCRIPT: &str = include_str!("../../assets/bundle/install.sh");

/// More accesses than this the script does not show; the page has them all.
const MOST_SHOWN: usize = 40;

/// Accesses by domain, each as `target:class permissions`; sorted, printable.
pub type Opens = BTreeMap<String, Vec<String>>;

/// The accesses that the module was made for: those of its allow rules, and those that its calls were chosen for. What the
/// calls bring besides is not among them.
pub fn opens_of_rules(module: &PolicyModule) -> Opens {
    let mut opens = Opens::new();
    let given = module.additions.iter().flat_map(|addition| &addition.given);
    for rule in module.rules.iter().chain(given).filter(|rule| rule.kind == AvRuleKind::Allow) {
        let text = shown_rule(rule.kind, &rule.vector);
        let access = text.splitn(3, ' ').nth(2).unwrap_or_default().to_owned();
        let accesses = opens.entry(printable(rule.vector.source.as_str().as_bytes())).or_default();
        if !accesses.contains(&access) {
            accesses.push(access);
        }
    }
    for accesses in opens.values_mut() {
        accesses.sort();
    }
    opens
}

/// What a module is carried away with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle<'a> {
    /// The module's name: also that of its files.
    pub name: &'a Identifier,
    /// Its version.
    pub version: Version,
    /// The `.pp`.
    pub package: &'a [u8],
    /// What it opens.
    pub opens: Opens,
    /// Sentences that belong beside that list, printable.
    pub notes: Vec<String>,
}

impl Bundle<'_> {
    /// A script for a POSIX shell that checks the package, shows what it will do, asks, loads it, and takes it back.
    ///
    /// It needs semodule and what every system has (POSIX.1-2024, XCU); sha256sum is used where it is there.
    pub fn install_script(&self) -> String {
        let digest: String = Sha256::digest(self.package).iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        // What is put in may hold no hole: names and versions have no @, and the list goes in last.
        SCRIPT
            .replace("@NAME@", self.name.as_str())
            .replace("@VERSION@", &self.version.to_string())
            .replace("@SHA256@", &digest)
            .replace("@OPENS@", &self.list())
    }

    /// The list as the script shows it.
    fn list(&self) -> String {
        let all: usize = self.opens.values().map(Vec::len).sum();
        if all == 0 {
            return "  nothing: it only declares, or keeps denied".to_owned();
        }
        let mut lines = Vec::new();
        for (domain, accesses) in &self.opens {
            lines.push(format!("  {domain} may:"));
            lines.extend(accesses.iter().map(|access| format!("    {access}")));
        }
        if all > MOST_SHOWN {
            lines = self
                .opens
                .iter()
                .map(|(domain, accesses)| format!("  {domain}: {} accesses", accesses.len()))
                .collect();
        }
        lines.join("\n")
    }

    /// The page: what the module opens, what the files are, how it is loaded and taken back.
    pub fn readme(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Bundle<'_> {
    /// The page.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, version, .. } = self;
        writeln!(f, "# The SELinux policy module {name} {version}\n\n## What it opens\n")?;
        if self.opens.is_empty() {
            writeln!(f, "Nothing: it only declares, or keeps denied what was denied.\n")?;
        }
        for (domain, accesses) in &self.opens {
            writeln!(f, "`{domain}` may:\n")?;
            for access in accesses {
                writeln!(f, "- `{access}`")?;
            }
            writeln!(f)?;
        }
        for note in &self.notes {
            writeln!(f, "{note}\n")?;
        }
        write!(
            f,
            "## Files\n\n\
             | file | what it is |\n| --- | --- |\n\
             | `{name}.te` | the rules, with a remark above each that says what it was made from |\n\
             | `{name}.fc` | the file contexts |\n\
             | `{name}.if` | the interfaces |\n\
             | `{name}.pp` | the compiled module: what is loaded |\n\
             | `{EVIDENCE}` | the audit records that the rules came from, as the log had them |\n\
             | `{INSTALL_SCRIPT}` | loads the module: read it before you run it |\n\n\
             ## Load it\n\n\
             ```sh\nsh {INSTALL_SCRIPT} --check   # checks and shows; changes nothing\nsh {INSTALL_SCRIPT}           # checks, shows, asks, loads\n```\n\n\
             It needs root and `semodule`. By hand it is `semodule -X 400 -i {name}.pp`.\n\n\
             ## Take it back\n\n\
             ```sh\nsh {INSTALL_SCRIPT} --remove\n```\n\n\
             By hand it is `semodule -X 400 -r {name}`; what the script replaced lies in `before/`.\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(name: &Identifier, accesses: usize) -> Bundle<'_> {
        let list = (0..accesses).map(|number| format!("t{number}_t:file read")).collect();
        let opens = if accesses == 0 { Opens::new() } else { [("a_t".to_owned(), list)].into() };
        Bundle { name, version: Version::FIRST, package: b"abc", opens, notes: Vec::new() }
    }

    #[test]
    fn the_script_knows_the_package_and_has_no_hole_left() {
        let name = Identifier::new("logger").unwrap();
        let script = bundle(&name, 2).install_script();
        // FIPS 180-2, appendix B.1.
        assert!(
            script.contains("SHA256='ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'"),
            "{script}"
        );
        assert!(script.contains("NAME='logger'") && script.contains("  a_t may:\n    t0_t:file read\n"), "{script}");
        let is_hole = |word: &str| word.len() > 2 && word.starts_with('@') && word.ends_with('@');
        assert!(!script.split([' ', '\n', '\'', '.']).any(is_hole), "{script}");
    }

    #[test]
    fn a_long_list_stands_in_the_page_alone() {
        let name = Identifier::new("logger").unwrap();
        let long = bundle(&name, 41);
        assert!(long.install_script().contains("\n  a_t: 41 accesses\n"));
        assert_eq!(long.readme().matches("_t:file read`").count(), 41);
        assert!(bundle(&name, 0).readme().contains("Nothing: it only declares"));
    }
}
