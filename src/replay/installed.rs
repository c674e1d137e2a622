//! The headers and the policy that a module is written for, asked about a line before it is written.

use std::{collections::BTreeSet, fmt};

use super::Line;
use crate::{
    module::{Added, Executable},
    policydb::Policy,
    refpolicy::{CallProblem, Catalogue, DefinitionKind, Entry, NameKind},
    selinux::{Call, Identifier},
};

/// What is installed here, and the types that the module declares besides.
#[derive(Debug, Clone)]
pub struct Installed<'a> {
    /// The headers.
    pub catalogue: &'a Catalogue,
    /// The policy, where one can be read.
    pub policy: Option<&'a Policy>,
    /// Types that no policy has yet.
    pub declared: BTreeSet<Identifier>,
}

/// Why a line is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It would not compile.
    Call(Box<CallProblem>),
    /// A call that should make this domain makes others, or none.
    MakesOther {
        /// The call.
        call: Call,
        /// The domain that is wanted.
        wanted: Identifier,
        /// The types that it declares.
        declares: Vec<String>,
    },
    /// The program's type would be declared a second time: the policy has it for others, or it is the domain itself.
    ProgramOfOthers {
        /// The type.
        r#type: Identifier,
        /// The domain that is wanted.
        wanted: Identifier,
    },
    /// The name is that of a type.
    TypeNoAttribute(Identifier),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(problem) => problem.fmt(f),
            Self::MakesOther { call, wanted, declares } if declares.is_empty() => {
                let own = own_name(wanted);
                write!(
                    f,
                    "{call} is no template that declares {wanted}, and no interface that takes it and the type of its program, \
                     as init_daemon_domain({wanted}, {own}_exec_t) does; without either it gets domain_type alone"
                )
            }
            Self::MakesOther { call, wanted, declares } => {
                let declares = crate::selinux::printable(declares.join(" ").as_bytes());
                write!(f, "{call} declares {declares} and not {wanted}: name the domain so, or change the argument")
            }
            Self::ProgramOfOthers { r#type, wanted } => {
                let whose = if r#type == wanted { "is the domain itself" } else { "is in the policy already" };
                write!(f, "{type} {whose}, and the type of the program is declared here: {}_exec_t", own_name(wanted))
            }
            Self::TypeNoAttribute(name) => write!(f, "{name} is a type and no attribute"),
        }
    }
}

impl std::error::Error for Refusal {}

/// The name of a domain without its ending.
fn own_name(domain: &Identifier) -> &str {
    domain.as_str().strip_suffix("_t").unwrap_or(domain.as_str())
}

impl<'a> Installed<'a> {
    /// What a name is known as.
    pub fn kind_of(&self, name: &str) -> NameKind {
        if self.declared.iter().any(|declared| declared.as_str() == name) {
            return NameKind::Type;
        }
        let Some(policy) = self.policy else { return NameKind::Unknown };
        if let Some(id) = policy.find_type(name) {
            return if policy.is_attribute(id) { NameKind::Attribute } else { NameKind::Type };
        }
        if policy.find_role(name).is_some() {
            NameKind::Role
        } else if policy.find_class(name).is_some() {
            NameKind::Class
        } else if policy.find_boolean(name).is_some() {
            NameKind::Boolean
        } else {
            NameKind::Unknown
        }
    }

    /// The definition behind a call that compiles.
    ///
    /// # Errors
    /// Why it does not.
    pub fn check(&self, call: &Call) -> Result<Entry<'a>, Refusal> {
        let refused = |problem| Refusal::Call(Box::new(problem));
        let name = call.interface.as_str();
        self.catalogue.check_call(name, &call.argument_texts(), &|name| self.kind_of(name)).map_err(refused)?;
        self.catalogue.get(name).ok_or_else(|| refused(CallProblem::Undefined(name.to_owned())))
    }

    /// A call that compiles, with what it does.
    pub fn line(&self, call: &Call) -> Result<Line<'a>, Refusal> {
        Ok(Line::call(self.check(call)?.contents, call, self.policy))
    }

    /// A template that declares the domain, or an interface that makes a declared type one; `program` is the path of what runs
    /// in it, where it is known.
    pub fn making(
        &self,
        call: &Call,
        domain: &Identifier,
        program: Option<String>,
    ) -> Result<(Added, Line<'a>), Refusal> {
        let entry = self.check(call)?;
        let line = Line::call(entry.contents, call, self.policy);
        if entry.definition.kind == DefinitionKind::Template {
            let declares = line.declares();
            return if declares.iter().any(|name| name == domain.as_str()) {
                Ok((Added::Template(call.clone()), line))
            } else {
                Err(Refusal::MakesOther { call: call.clone(), wanted: domain.clone(), declares })
            };
        }
        let makers = self.catalogue.domain_makers();
        let maker = makers.iter().find(|maker| maker.entry.id == entry.id);
        let argument = |place: usize| call.arguments.get(place.checked_sub(1)?)?.identifier();
        let made = maker.filter(|maker| argument(maker.domain).as_ref() == Some(domain));
        let executable = made.and_then(|maker| argument(maker.entrypoint?));
        // A node on which this module is loaded has the domain's own; no other module declares such a name.
        let is_own = |name: &str| name.strip_prefix(own_name(domain)).is_some_and(|rest| rest.starts_with('_'));
        match executable {
            Some(r#type) if r#type == *domain || self.policy_has(&r#type) && !is_own(r#type.as_str()) => {
                Err(Refusal::ProgramOfOthers { r#type, wanted: domain.clone() })
            }
            Some(r#type) => {
                Ok((Added::Maker { call: call.clone(), executable: Executable { r#type, path: program } }, line))
            }
            None => Err(Refusal::MakesOther { call: call.clone(), wanted: domain.clone(), declares: Vec::new() }),
        }
    }

    fn policy_has(&self, name: &Identifier) -> bool {
        self.policy.is_some_and(|policy| policy.find_type(name.as_str()).is_some())
    }

    /// An attribute of a type. One that the policy does not have is taken: the module may be for another node.
    pub fn attribute(&self, of: &Identifier, attribute: &Identifier) -> Result<Line<'a>, Refusal> {
        if self.kind_of(attribute.as_str()) == NameKind::Type {
            return Err(Refusal::TypeNoAttribute(attribute.clone()));
        }
        Ok(Line::attribute(of, attribute, self.policy))
    }
}
