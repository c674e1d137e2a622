//! Names that may be written into a policy.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Name;

/// Names longer than this are refused; refpolicy's longest is below 64, and file names end at 255 bytes.
const MAX_LENGTH: usize = 128;

/// A name that checkmodule takes and m4 leaves alone: `[A-Za-z][A-Za-z0-9_]*`, no word of either language.
///
/// The grammar is checkpolicy's `policy_scan.l`, narrowed: a dot makes checkmodule look for a block that only CIL has
/// ("orphan"), and a dash is no part of any name in use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Identifier(Name);

/// Why a name cannot be written into a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdentifierError {
    /// There is no name.
    Empty,
    /// Longer than 128 characters.
    TooLong,
    /// A number in hexadecimal: a permission that the kernel's policy has no name for.
    Number,
    /// Holds a dot: such a type lives in a CIL block, which checkmodule cannot name.
    Dot,
    /// Holds a character that is no ASCII letter, digit or underscore, or begins with a digit.
    Character(char),
    /// A word of the policy language.
    PolicyKeyword,
    /// A word that m4 would expand.
    M4Word,
}

impl fmt::Display for IdentifierError {
    /// Without commas and apostrophes: it stands in the comments of a policy too, where these are escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the name is empty"),
            Self::TooLong => write!(f, "the name is longer than {MAX_LENGTH} characters"),
            Self::Number => f.write_str("it is a number: the policy has no name for it"),
            Self::Dot => f.write_str("a dot in a name belongs to CIL blocks and no .te can hold it"),
            Self::Character(c) => {
                let c = super::printable(c.encode_utf8(&mut [0; 4]).as_bytes());
                write!(f, "\"{c}\" is not allowed in a name: use letters and digits and _ after a first letter")
            }
            Self::PolicyKeyword => f.write_str("it is a word of the policy language"),
            Self::M4Word => f.write_str("it is a word that m4 would expand"),
        }
    }
}

impl std::error::Error for IdentifierError {}

impl Identifier {
    /// Takes a name if a policy can hold it.
    pub fn new(text: &str) -> Result<Self, IdentifierError> {
        let first = text.chars().next().ok_or(IdentifierError::Empty)?;
        if text.len() > MAX_LENGTH {
            return Err(IdentifierError::TooLong);
        }
        if text.strip_prefix("0x").is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit())) {
            return Err(IdentifierError::Number);
        }
        if !first.is_ascii_alphabetic() {
            return Err(IdentifierError::Character(first));
        }
        if let Some(c) = text.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '_') {
            return Err(if c == '.' { IdentifierError::Dot } else { IdentifierError::Character(c) });
        }
        if POLICY_KEYWORDS.contains(&text.to_ascii_lowercase().as_str()) {
            return Err(IdentifierError::PolicyKeyword);
        }
        if M4_WORDS.contains(&text) {
            return Err(IdentifierError::M4Word);
        }
        Ok(Self(text.into()))
    }

    /// The type that a domain's name means: `kube_logreader` and `kube_logreader_t` are both `kube_logreader_t`.
    ///
    /// A word of the policy language is none any more with its ending; one of m4's stays refused: a template is given it bare.
    pub fn domain_type(text: &str) -> Result<Self, IdentifierError> {
        let text = text.trim();
        match Self::new(text) {
            Ok(_) | Err(IdentifierError::PolicyKeyword) => {}
            Err(error) => return Err(error),
        }
        if text.ends_with("_t") { Self::new(text) } else { Self::new(&format!("{text}_t")) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The same name as one that may have come from anywhere.
    pub fn name(&self) -> &Name {
        &self.0
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for Identifier {
    type Error = IdentifierError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(&text)
    }
}

impl From<Identifier> for String {
    fn from(identifier: Identifier) -> Self {
        identifier.as_str().to_owned()
    }
}

/// The reserved words of checkpolicy's scanner (`policy_scan.l`); it takes each in lower and in upper case.
#[rustfmt::skip]
const POLICY_KEYWORDS: &[&str] = &[
    "alias", "allow", "allowxperm", "and", "attribute", "attribute_role", "auditallow", "auditallowxperm", "auditdeny",
    "bool", "category", "class", "clone", "common", "constrain", "default_range", "default_role", "default_type",
    "default_user", "devicetreecon", "dom", "domby", "dominance", "dontaudit", "dontauditxperm", "else", "eq",
    "expandattribute", "false", "fs_use_task", "fs_use_trans", "fs_use_xattr", "fscon", "genfscon", "glblub", "h1", "h2",
    "high", "ibendportcon", "ibpkeycon", "identifier", "if", "incomp", "inherits", "iomemcon", "ioportcon", "l1", "l2",
    "level", "low", "low_high", "mlsconstrain", "mlsvalidatetrans", "module", "netifcon", "neverallow", "neverallowxperm",
    "nodecon", "not", "optional", "or", "pcidevicecon", "permissive", "pirqcon", "policycap", "portcon", "r1", "r2", "r3",
    "range", "range_transition", "require", "role", "role_transition", "roleattribute", "roles", "sameuser", "self",
    "sensitivity", "sid", "source", "t1", "t2", "t3", "target", "true", "tunable", "type", "type_change", "type_member",
    "type_transition", "typealias", "typeattribute", "typebounds", "types", "u1", "u2", "u3", "user", "validatetrans", "xor",
];

/// What GNU m4 expands without an argument list, and refpolicy's macros that begin a statement.
#[rustfmt::skip]
const M4_WORDS: &[&str] = &[
    "__file__", "__gnu__", "__line__", "__program__", "__unix__", "changecom", "changequote", "changeword", "debugfile",
    "debugmode", "divert", "divnum", "dnl", "dumpdef", "errprint", "m4exit", "m4wrap", "popdef", "shift", "sysval",
    "traceoff", "traceon", "undivert", "unix", "windows", "os2", "dollarsstar", "builtin", "decr", "define", "defn",
    "esyscmd", "eval", "format", "ifdef", "ifelse", "incr", "include", "index", "indir", "len", "maketemp", "mkstemp",
    "patsubst", "pushdef", "regexp", "sinclude", "substr", "syscmd", "translit", "undefine", "gen_require", "ifndef",
    "interface", "optional_policy", "policy_module", "template", "tunable_policy", "refpolicywarn", "refpolicyerr",
    "gen_tunable", "gen_bool", "gen_context", "gen_user",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_why_a_name_is_refused() {
        for (name, error) in [
            ("", IdentifierError::Empty),
            ("0x2", IdentifierError::Number),
            ("9p", IdentifierError::Character('9')),
            ("my.type", IdentifierError::Dot),
            ("(null)", IdentifierError::Character('(')),
            ("a b", IdentifierError::Character(' ')),
            ("a\nb", IdentifierError::Character('\n')),
            ("ALLOW", IdentifierError::PolicyKeyword),
            ("syscmd", IdentifierError::M4Word),
        ] {
            assert_eq!(Identifier::new(name), Err(error), "{name}");
        }
        assert_eq!(Identifier::new(&"a".repeat(129)), Err(IdentifierError::TooLong));
    }

    #[test]
    fn a_domain_may_be_named_with_or_without_its_ending() {
        for name in ["kube_logreader", "kube_logreader_t", " kube_logreader "] {
            assert_eq!(Identifier::domain_type(name).map(|n| n.to_string()).as_deref(), Ok("kube_logreader_t"));
        }
        assert_eq!(Identifier::domain_type("user").map(|n| n.to_string()).as_deref(), Ok("user_t"));
        assert_eq!(Identifier::domain_type("define"), Err(IdentifierError::M4Word));
    }

    #[test]
    fn no_word_of_the_policy_language_is_one_that_m4_would_expand() {
        assert_eq!(POLICY_KEYWORDS.iter().find(|word| M4_WORDS.contains(word)), None);
    }
}
