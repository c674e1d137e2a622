//! Whether a call can be compiled, before anybody compiles it.

use std::fmt;

use super::{
    catalogue::{Catalogue, Entry},
    contents::Contents,
    definition::{Definition, DefinitionKind},
    parameter_use::{Cause, ParameterKind, ParameterUse},
    statement::StatementKind,
};
use crate::selinux::{self, Call, Name, printable};

/// What the policy, or the module being written, knows a name as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameKind {
    /// A type.
    Type,
    /// An attribute of types.
    Attribute,
    /// A role or an attribute of roles.
    Role,
    /// An object class.
    Class,
    /// A boolean or tunable.
    Boolean,
    /// None of these, or nobody knows: nothing is concluded from it.
    Unknown,
}

/// Why a call cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallProblem {
    /// The headers define nothing of this name.
    Undefined(String),
    /// It is a macro of the support files that brings no statement.
    NoStatements(String),
    /// The definition itself cannot be compiled, whatever the arguments.
    Broken {
        /// Its name.
        name: String,
        /// Why, with file and line.
        reason: String,
    },
    /// An argument is missing.
    Missing(Argument),
    /// An attribute stands where only a type can.
    Attribute(Argument, Cause),
    /// A set in braces stands where only one name can.
    Set(Argument, Option<Cause>),
    /// The name is of another kind.
    Kind(Argument, NameKind),
    /// The argument is no name, and no part of one.
    NoName(Argument),
    /// Neither headers nor policy have such an object class.
    NoClass(Argument, String),
    /// A word of the policy language stands where it is no mere part of a name.
    PolicyWord(Argument),
}

/// The argument that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// The definition that is called.
    pub call: String,
    /// Its place, from 1.
    pub place: usize,
    /// What the headers call it; may be empty.
    pub parameter: String,
    /// What the definition makes of it.
    pub wanted: ParameterKind,
    /// What was given.
    pub given: String,
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "argument {} of {}", self.place, shown(&self.call))?;
        if !self.parameter.is_empty() {
            write!(f, " ({})", shown(&self.parameter))?;
        }
        Ok(())
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", shown(self.statement.text()))?;
        let mut outward = self.through.iter().rev();
        if let Some(call) = outward.next() {
            write!(f, " in {}", shown(call.as_str()))?;
        }
        outward.try_for_each(|call| write!(f, ", called by {}", shown(call.as_str())))
    }
}

impl fmt::Display for CallProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undefined(name) => write!(f, "the headers define no {}", shown(name)),
            Self::NoStatements(name) => write!(f, "{} is no interface: it brings no statement", shown(name)),
            Self::Broken { name, reason } => write!(f, "{} cannot be compiled: {}", shown(name), shown(reason)),
            Self::Missing(argument) => {
                write!(f, "{argument} is missing: {} is wanted", wanted(argument.wanted))
            }
            Self::Attribute(argument, cause) => {
                let given = shown(&argument.given);
                write!(f, "{given} is an attribute, and {argument} must be a type: no attribute can stand in {cause}")
            }
            Self::Set(argument, cause) => {
                write!(f, "{argument} must be one name, and {} is a set", shown(&argument.given))?;
                cause.as_ref().map_or(Ok(()), |cause| write!(f, ": no set can stand in {cause}"))
            }
            Self::Kind(argument, kind) => {
                let (given, wanted) = (shown(&argument.given), wanted(argument.wanted));
                write!(f, "{given} is {}, and {argument} must be {wanted}", kind.words())
            }
            Self::NoName(argument) => {
                write!(
                    f,
                    "\"{}\" is no name that a module can hold: {argument} must be {}",
                    shown(&argument.given),
                    wanted(argument.wanted)
                )
            }
            Self::NoClass(argument, class) => {
                let (class, wanted) = (shown(class), wanted(argument.wanted));
                write!(f, "the headers know no class {class}, and {argument} must be {wanted}")
            }
            Self::PolicyWord(argument) => {
                let (given, wanted) = (shown(&argument.given), wanted(argument.wanted));
                write!(f, "{given} is a word of the policy language, and {argument} must be {wanted}")
            }
        }
    }
}

impl std::error::Error for CallProblem {}

impl NameKind {
    fn words(self) -> &'static str {
        match self {
            Self::Type => "a type",
            Self::Attribute => "an attribute",
            Self::Role => "a role",
            Self::Class => "an object class",
            Self::Boolean => "a boolean",
            Self::Unknown => "unknown",
        }
    }
}

fn wanted(kind: ParameterKind) -> &'static str {
    match kind {
        ParameterKind::Domain => "a domain",
        ParameterKind::Type => "a type",
        ParameterKind::NewType => "the name of a new type",
        ParameterKind::Attribute => "an attribute",
        ParameterKind::Role => "a role",
        ParameterKind::Class => "an object class",
        ParameterKind::Permissions => "permissions",
        ParameterKind::Prefix => "the beginning of a name",
        ParameterKind::FileName => "a file name",
        ParameterKind::Range => "a range",
        ParameterKind::Boolean => "a boolean",
        ParameterKind::Unused | ParameterKind::Text => "something else",
    }
}

fn shown(text: &str) -> String {
    printable(text.as_bytes())
}

impl Catalogue {
    /// Whether a call with these arguments can be compiled; `kind_of` says what a name is.
    ///
    /// It is refused only for a reason that checkmodule would give too. What `kind_of` does not know is taken for right, but for
    /// an object class that the headers do not know either.
    ///
    /// # Errors
    /// The first problem, by the place of the argument.
    pub fn check_call(
        &self,
        name: &str,
        arguments: &[&str],
        kind_of: &dyn Fn(&str) -> NameKind,
    ) -> Result<(), CallProblem> {
        let entry = self.get(name).ok_or_else(|| CallProblem::Undefined(name.to_owned()))?;
        if let Some(reason) = entry.contents.faults.first() {
            return Err(CallProblem::Broken { name: name.to_owned(), reason: reason.clone() });
        }
        if let Some(reason) = self.unknown_call(&entry) {
            return Err(CallProblem::Broken { name: name.to_owned(), reason });
        }
        if entry.definition.kind == DefinitionKind::Define && entry.contents.statements.is_empty() {
            return Err(CallProblem::NoStatements(name.to_owned()));
        }
        // What is given besides, `$*` may hand on.
        let besides = ParameterUse { kind: ParameterKind::Text, ..ParameterUse::default() };
        let parameters = &entry.contents.parameters;
        for place in 0..parameters.len().max(arguments.len()) {
            let parameter = parameters.get(place).unwrap_or(&besides);
            let given = arguments.get(place).map_or("", |argument| argument.trim());
            let has_class = |class: &str| !self.lacks_class(class) || entry.contents.requires_class(class, arguments);
            check_argument(entry.definition, (place, parameter), given, kind_of, &has_class)?;
        }
        Ok(())
    }
}

impl Catalogue {
    /// What to write where an attribute cannot be the argument: the call for each of its members. Nothing where another problem
    /// stands in the way, of one of these calls too.
    pub fn calls_for_members(
        &self,
        (name, arguments): (&str, &[&str]),
        problem: &CallProblem,
        members: &[Name],
        kind_of: &dyn Fn(&str) -> NameKind,
    ) -> Vec<Call> {
        let CallProblem::Attribute(refused, _) = problem else { return Vec::new() };
        let for_member = |member: &Name| {
            let mut arguments = arguments.to_vec();
            *arguments.get_mut(refused.place - 1)? = member.as_str();
            self.check_call(name, &arguments, kind_of).ok()?;
            format!("{name}({})", arguments.join(", ")).parse().ok()
        };
        let calls: Option<Vec<Call>> = members.iter().map(for_member).collect();
        calls.unwrap_or_default()
    }
}

impl Catalogue {
    /// That a definition calls what no header defines, with file and line of the definition.
    pub fn unknown_call(&self, entry: &Entry<'_>) -> Option<String> {
        let unknown = entry.contents.calls_unknown()?.as_str();
        let file = self.definitions().file(entry.definition);
        let place = file.map_or_else(String::new, |file| format!("{}:{}: ", file.path, entry.definition.line));
        Some(format!("{place}it calls {unknown}, which no header defines"))
    }
}

impl Contents {
    /// What it calls that no header defines: m4 leaves such a call as it stands, which checkmodule takes for a syntax error,
    /// in optional blocks too.
    pub fn calls_unknown(&self) -> Option<&Name> {
        self.statements.iter().find_map(|brought| match &brought.statement.kind {
            StatementKind::UnknownCall { name, .. } => Some(name),
            _ => None,
        })
    }
}

fn check_argument(
    definition: &Definition,
    (place, parameter): (usize, &ParameterUse),
    given: &str,
    kind_of: &dyn Fn(&str) -> NameKind,
    has_class: &dyn Fn(&str) -> bool,
) -> Result<(), CallProblem> {
    let documented = definition.parameters().get(place);
    let argument = || Argument {
        call: definition.name.clone(),
        place: place + 1,
        parameter: documented.map(|parameter| parameter.name.clone()).unwrap_or_default(),
        wanted: parameter.kind,
        given: given.to_owned(),
    };
    if selinux::Argument::is_policy_word(given)
        && !matches!(parameter.kind, ParameterKind::Prefix | ParameterKind::Unused)
    {
        return Err(CallProblem::PolicyWord(argument()));
    }
    if matches!(parameter.kind, ParameterKind::Unused | ParameterKind::Text) {
        return Ok(());
    }
    if given.is_empty() {
        let may_miss =
            parameter.kind == ParameterKind::FileName || documented.is_some_and(|parameter| parameter.optional);
        return if may_miss { Ok(()) } else { Err(CallProblem::Missing(argument())) };
    }
    if matches!(parameter.kind, ParameterKind::FileName | ParameterKind::Range | ParameterKind::Permissions) {
        return Ok(());
    }
    let is_set = given.starts_with('{') || given.contains(' ');
    if is_set && (parameter.in_names || parameter.single.is_some()) {
        return Err(CallProblem::Set(argument(), parameter.single.clone()));
    }
    for word in given.split(|c: char| c.is_whitespace() || c == '{' || c == '}').filter(|word| !word.is_empty()) {
        let word = word.trim_start_matches(['-', '~']);
        if !is_name(word, parameter) {
            return Err(CallProblem::NoName(argument()));
        }
        match (parameter.kind, kind_of(word)) {
            (ParameterKind::Domain | ParameterKind::Type, NameKind::Attribute) => {
                if let Some(cause) = &parameter.concrete {
                    return Err(CallProblem::Attribute(argument(), cause.clone()));
                }
            }
            (ParameterKind::NewType, NameKind::Attribute) => {
                return Err(match &parameter.concrete {
                    Some(cause) => CallProblem::Attribute(argument(), cause.clone()),
                    None => CallProblem::Kind(argument(), NameKind::Attribute),
                });
            }
            (ParameterKind::Class, NameKind::Unknown) if !has_class(word) => {
                return Err(CallProblem::NoClass(argument(), word.to_owned()));
            }
            (_, NameKind::Unknown)
            | (ParameterKind::Prefix, _)
            | (ParameterKind::Domain | ParameterKind::Type | ParameterKind::NewType, NameKind::Type)
            | (ParameterKind::Attribute, NameKind::Attribute)
            | (ParameterKind::Role, NameKind::Role)
            | (ParameterKind::Class, NameKind::Class)
            | (ParameterKind::Boolean, NameKind::Boolean) => {}
            (_, kind) => return Err(CallProblem::Kind(argument(), kind)),
        }
    }
    Ok(())
}

/// `identifier` of checkpolicy's scanner, `self` where a type may stand; a part of a name may begin with anything it may hold.
///
/// Of a name with a dot the part before it must be declared too, which no module can require: CIL has such types in its blocks.
fn is_name(word: &str, parameter: &ParameterUse) -> bool {
    let may_have_dot = matches!(parameter.kind, ParameterKind::Boolean | ParameterKind::Class);
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-') || (c == '.' && may_have_dot);
    let begins = |c: char| c.is_ascii_alphabetic() || parameter.kind == ParameterKind::Prefix;
    word.starts_with(begins) && word.chars().all(part)
}
