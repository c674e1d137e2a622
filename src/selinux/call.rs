//! Calls of interfaces and templates, as they may be written into a policy.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Identifier, IdentifierError};

/// Longer arguments are refused; refpolicy's longest set is below 100.
const MAX_ARGUMENT: usize = 200;

/// A call of an interface or template: `logging_manage_all_logs(container_logger_t)`.
///
/// What is in it can be written as it stands: neither the name nor an argument can end the call, open a quote of m4's, or begin a
/// statement. Whether the interface exists and takes such arguments is for the headers to say: also whether a word of the policy
/// language, as in `apache_role(user, …)`, is there no more than the beginning of a name.
///
/// ```
/// use seltui::selinux::Call;
///
/// let call: Call = "container_domain_template( kube_logreader,container )".parse().unwrap();
/// assert_eq!(call.to_string(), "container_domain_template(kube_logreader, container)");
/// assert!("a(b); allow x y:file z; c(d)".parse::<Call>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Call {
    /// The interface or template.
    pub interface: Identifier,
    /// Its arguments in their order.
    pub arguments: Vec<Argument>,
}

/// An argument: a name, a set in braces, a range of levels, or a file's name in double quotes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Argument(String);

/// Why a text is no call that could be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallError {
    /// It is not `NAME(ARGUMENT, ...)`.
    Form,
    /// The interface's name.
    Name(String, IdentifierError),
    /// An argument, and what is the matter with it.
    Argument(String, &'static str),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |text: &str| super::printable(text.as_bytes());
        match self {
            Self::Form => f.write_str("a call is written NAME(ARGUMENT, ...)"),
            Self::Name(name, error) => write!(f, "the interface \"{}\": {error}", shown(name)),
            Self::Argument(argument, why) => write!(f, "the argument \"{}\": {why}", shown(argument)),
        }
    }
}

impl std::error::Error for CallError {}

impl Call {
    /// A call whose arguments are plain names.
    pub fn of(interface: Identifier, arguments: impl IntoIterator<Item = Identifier>) -> Self {
        Self { interface, arguments: arguments.into_iter().map(Argument::from).collect() }
    }

    /// The arguments as text, in their order.
    pub fn argument_texts(&self) -> Vec<&str> {
        self.arguments.iter().map(Argument::as_str).collect()
    }

    /// Whether one of the arguments is this name.
    pub fn names(&self, name: &str) -> bool {
        self.arguments.iter().any(|argument| argument.as_str() == name)
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.interface, self.argument_texts().join(", "))
    }
}

impl std::str::FromStr for Call {
    type Err = CallError;

    fn from_str(text: &str) -> Result<Self, CallError> {
        let (name, rest) = text.trim().split_once('(').ok_or(CallError::Form)?;
        let arguments = rest.strip_suffix(')').ok_or(CallError::Form)?.trim();
        let name = name.trim();
        let interface = Identifier::new(name).map_err(|error| CallError::Name(name.to_owned(), error))?;
        let arguments = if arguments.is_empty() {
            Vec::new()
        } else {
            arguments.split(',').map(Argument::new).collect::<Result<_, _>>()?
        };
        Ok(Self { interface, arguments })
    }
}

impl TryFrom<String> for Call {
    type Error = CallError;

    fn try_from(text: String) -> Result<Self, CallError> {
        text.parse()
    }
}

impl From<Call> for String {
    fn from(call: Call) -> Self {
        call.to_string()
    }
}

impl Argument {
    /// Takes a text if a call can hold it; blanks at its ends go, as m4 drops those before an argument.
    pub fn new(text: &str) -> Result<Self, CallError> {
        let text = text.trim();
        let refused = |why| CallError::Argument(text.to_owned(), why);
        if text.len() > MAX_ARGUMENT {
            return Err(refused("it is too long"));
        }
        if let Some(name) = text.strip_prefix('"') {
            let name = name.strip_suffix('"').ok_or_else(|| refused("the closing quote is missing"))?;
            let sound = |c: char| c.is_ascii_alphanumeric() || "._-+@%: /".contains(c);
            return if !name.is_empty() && name.chars().all(sound) {
                words(name, |c| c.is_ascii_alphanumeric() || c == '_').try_for_each(m4_word).map_err(refused)?;
                Ok(Self(text.to_owned()))
            } else {
                Err(refused("a file name in quotes holds letters, digits and ._-+@%: only"))
            };
        }
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if let Some(c) = text.chars().find(|c| !is_word(*c) && !".:-~*{} ".contains(*c)) {
            return Err(refused(match c {
                '`' | '\'' | '$' | '#' | '(' | ')' => "it holds a sign that m4 would read",
                _ => "only names, sets in braces, ranges and file names in double quotes can be arguments",
            }));
        }
        let mut open = 0_i32;
        for c in text.chars() {
            open += match c {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            if !(0..=1).contains(&open) {
                return Err(refused("its braces do not match"));
            }
        }
        if open != 0 {
            return Err(refused("its braces do not match"));
        }
        if words(text, is_word).next().is_none() && text != "*" {
            return Err(refused("it is empty"));
        }
        if open == 0 && !text.starts_with('{') && text.contains(' ') && !text.contains(['-', ':']) {
            return Err(refused("several names are written in braces"));
        }
        if !Self::is_policy_word(text) {
            words(text, is_word).try_for_each(word).map_err(refused)?;
        }
        Ok(Self(text.split_whitespace().collect::<Vec<_>>().join(" ")))
    }

    /// Whether an argument is a word of the policy language and nothing else; `self` is one that stands for a type.
    pub fn is_policy_word(text: &str) -> bool {
        text != "self" && Identifier::new(text) == Err(IdentifierError::PolicyKeyword)
    }

    /// The argument as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name, where the argument is one.
    pub fn identifier(&self) -> Option<Identifier> {
        Identifier::new(&self.0).ok()
    }
}

impl From<Identifier> for Argument {
    fn from(name: Identifier) -> Self {
        Self(name.as_str().to_owned())
    }
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn words(text: &str, is_word: impl Fn(char) -> bool) -> impl Iterator<Item = &str> {
    text.split(move |c| !is_word(c)).filter(|word| !word.is_empty())
}

/// A word outside quotes: neither m4 nor the policy language may read it as one of theirs.
fn word(text: &str) -> Result<(), &'static str> {
    match Identifier::new(text) {
        Err(IdentifierError::PolicyKeyword) if text != "self" => Err("it is a word of the policy language"),
        _ => m4_word(text),
    }
}

fn m4_word(text: &str) -> Result<(), &'static str> {
    match Identifier::new(text) {
        Err(IdentifierError::M4Word) => Err("it is a word that m4 would expand"),
        // Such names begin with what no identifier begins with.
        _ if text.starts_with("__") => Err("it is a word that m4 would expand"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_a_call_can_hold_and_refuses_the_rest() {
        for (text, written) in [
            ("a_b(x_t)", "a_b(x_t)"),
            (" a_b( x_t , { file  dir } )", "a_b(x_t, { file dir })"),
            ("a_b(x_t, file, \"my log.txt\")", "a_b(x_t, file, \"my log.txt\")"),
            ("a_b(x_t, s0 - mcs_systemhigh)", "a_b(x_t, s0 - mcs_systemhigh)"),
            ("a_b({ file_type -shadow_t }, self)", "a_b({ file_type -shadow_t }, self)"),
            ("a_b()", "a_b()"),
            ("a_b(user, x_t)", "a_b(user, x_t)"),
        ] {
            assert_eq!(text.parse::<Call>().map(|call| call.to_string()).as_deref(), Ok(written), "{text}");
        }
        for text in [
            "a_b",
            "a_b(x_t",
            "a b(x_t)",
            "allow(x_t)",
            "syscmd(x)",
            "a_b(x_t))",
            "a_b(x_t);",
            "a_b(`x')",
            "a_b(x,)",
            "a_b(,x)",
            "a_b(x y)",
            "a_b({ x)",
            "a_b(x})",
            "a_b({ { x } })",
            "a_b(dnl)",
            "a_b(__file__)",
            "a_b(\"dnl\")",
            "a_b({ allow })",
            "a_b(user - role)",
            "a_b(\"x)",
            "a_b($1)",
            "a_b(x\ny)",
            "a_b(-)",
            "a_b(x#y)",
            "a_b(\"a\"b\")",
        ] {
            assert!(text.parse::<Call>().is_err(), "{text}");
        }
    }

    #[test]
    fn is_text_in_a_journal() {
        let call: Call = "a_b(x_t, { file dir })".parse().unwrap();
        let text = serde_json::to_string(&call).unwrap();
        assert_eq!(text, r#""a_b(x_t, { file dir })""#);
        assert_eq!(serde_json::from_str::<Call>(&text).unwrap(), call);
        assert!(serde_json::from_str::<Call>(r#""a_b(`x')""#).is_err());
    }
}
