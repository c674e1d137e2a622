//! Calls, templates and attributes for a module, judged by the installed headers before anything is written.

use std::{collections::BTreeSet, path::Path};

use anyhow::{Context as _, anyhow};
use clap::Args;

use super::{CommonOptions, module_source::say};
use crate::{
    denials::{Denial, Denials},
    host::{self, headers::Headers, policy_types::PolicyAndSession},
    module::Added,
    policydb::Policy,
    refpolicy::{CallProblem, Catalogue, matching::PolicyTypes as _},
    replay::{Installed, Line, Refusal},
    selinux::{AccessVector, Call, Identifier, Name, Untrusted, statement::AvRuleKind},
    session::{Addition, JournalRecord, Session, Step, Verdict},
};

/// What comes into the module besides rules.
#[derive(Debug, Args)]
pub struct AdditionOptions {
    /// What makes the new domain one: a template that declares it, as `container_domain_template(NAME)`, or an interface that
    /// takes the domain and the type of its program, as `init_daemon_domain(NAME_t, NAME_exec_t)`
    #[arg(long, value_name = "CALL", requires = "new_domain", value_parser = call)]
    template: Option<Call>,

    /// Put the new domain under this attribute; may be given several times
    #[arg(long, value_name = "NAME", requires = "new_domain", value_parser = attribute)]
    attribute: Vec<Identifier>,

    /// Call this interface, as `logging_manage_all_logs(NAME_t)`; may be given several times. What it gives is not written as
    /// rules
    #[arg(long, value_name = "CALL", value_parser = call)]
    call: Vec<Call>,
}

fn call(text: &str) -> Result<Call, String> {
    text.parse().map_err(|error: crate::selinux::CallError| error.to_string())
}

fn attribute(text: &str) -> Result<Identifier, String> {
    Identifier::new(text).map_err(|error| error.to_string())
}

/// What the lines are judged by.
struct Judges<'a> {
    installed: Installed<'a>,
    /// The accesses as the module would write them.
    wanted: Vec<AccessVector>,
    roles: BTreeSet<Name>,
    domain: Option<Identifier>,
}

impl AdditionOptions {
    /// Whether nothing was asked for.
    pub fn is_empty(&self) -> bool {
        self.template.is_none() && self.attribute.is_empty() && self.call.is_empty()
    }

    /// The step that brings them, for decisions that were made already.
    ///
    /// # Errors
    /// A call that could not be compiled, with the reason; headers that cannot be read.
    pub fn step(&self, common: &CommonOptions, session: &Session, denials: &Denials) -> anyhow::Result<JournalRecord> {
        let headers = Headers::new(&common.headers, &common.root);
        let called = self.template.iter().chain(&self.call).map(|call| call.interface.as_str());
        let catalogue = host::catalogue::read_only(&headers, &common.root, &called.collect::<Vec<_>>())?;
        super::interface::say_unsupported(catalogue.definitions().headers());
        let policy = policy(&common.root, common.policy.as_deref())?;
        let domain = session.domains().first().map(|domain| (*domain).clone());
        let decided = session.policy_module();
        let mut judges = Judges {
            installed: Installed {
                catalogue: &catalogue,
                policy: policy.as_ref(),
                declared: domain.iter().cloned().collect(),
            },
            wanted: decided.rules.iter().map(|rule| rule.vector.clone()).collect(),
            roles: decided.domains.iter().flat_map(|domain| domain.roles.clone()).collect(),
            domain: domain.clone(),
        };
        let mut additions = Vec::new();
        if let (Some(call), Some(domain)) = (&self.template, &domain) {
            let making = judges.installed.making(call, domain, program(session, denials, domain));
            let (added, line) = making.map_err(|refusal| refused(&catalogue, call, &refusal))?;
            if let Added::Maker { executable, .. } = &added {
                judges.installed.declared.insert(executable.r#type.clone());
            }
            additions.push(judges.addition(added, &line));
        }
        if let Some(domain) = &domain {
            for attribute in &self.attribute {
                let line = judges.installed.attribute(domain, attribute)?;
                if policy.as_ref().is_some_and(|policy| policy.find_type(attribute.as_str()).is_none()) {
                    say(&format!(
                        "the policy has no type under an attribute {attribute}: an installed module must declare it; written \
                         all the same"
                    ));
                }
                let added = Added::Attribute { of: domain.clone(), attribute: attribute.clone() };
                additions.push(judges.addition(added, &line));
            }
        }
        for call in &self.call {
            let line = judges.installed.line(call).map_err(|refusal| {
                tell_members(&judges.installed, call, &refusal, domain.as_ref(), &self.attribute);
                refused(&catalogue, call, &refusal)
            })?;
            additions.push(judges.addition(Added::Call(call.clone()), &line));
        }
        tell(&judges.wanted, &additions, policy.is_some());
        let verdict = domain.map_or(Verdict::Allow, Verdict::NewDomain);
        Ok(JournalRecord::Decide(Step { verdict, accesses: Vec::new(), additions }))
    }
}

impl Judges<'_> {
    fn addition(&self, added: Added, line: &Line<'_>) -> Addition {
        let of = self.domain.as_ref().filter(|domain| match &added {
            Added::Template(_) | Added::Maker { .. } | Added::Attribute { .. } => true,
            Added::Call(call) => call.names(domain.as_str()),
        });
        let brings = line.brings(&self.wanted, of, &self.roles);
        if let Some(domain) = of.filter(|domain| line.may_give_more(domain.as_str(), &self.wanted)) {
            say(&format!(
                "{added} may give more of {domain} on itself: a policy has such rules of an attribute for each type alone, so \
                 they are written all the same"
            ));
        }
        Addition { added, domain: of.cloned(), wanted: true, brings }
    }
}

/// Says of each line what it gives of what was denied, and what stays to be written as rules.
fn tell(wanted: &[AccessVector], additions: &[Addition], policy: bool) {
    let all: usize = wanted.iter().map(|vector| vector.permissions.len()).sum();
    for addition in additions {
        let given: usize = addition.brings.gives.iter().map(|vector| vector.permissions.len()).sum();
        say(&format!("{} gives {given} of {all} accesses", addition.added));
    }
    if !policy {
        say("no policy could be read: which types an attribute has is unknown, so that more may be given than is said");
    }
    for vector in wanted {
        let mut open = vector.clone();
        for given in additions.iter().flat_map(|addition| &addition.brings.gives) {
            if given.is_about_the_same(vector) {
                open.permissions = open.permissions.without(&given.permissions);
            }
        }
        if !open.permissions.is_empty() && open.permissions != vector.permissions {
            say(&format!("stays, as a rule: {}", crate::selinux::shown_rule(AvRuleKind::Allow, &open)));
        }
    }
}

/// The refusal with what is nearest to a name that nobody knows.
fn refused(catalogue: &Catalogue, call: &Call, refusal: &Refusal) -> anyhow::Error {
    let nearest = match refusal {
        Refusal::Call(problem) => match problem.as_ref() {
            CallProblem::Undefined(name) => nearest(catalogue, name),
            _ => None,
        },
        _ => None,
    };
    let error = anyhow!("{refusal}");
    match nearest {
        Some(name) => error.context(format!("{call} cannot be written; the nearest name is {name}")),
        None => error.context(format!("{call} cannot be written")),
    }
}

/// Says what to write where an attribute cannot be the argument: a call for each member, by the policy and by what is asked for
/// here.
fn tell_members(
    installed: &Installed<'_>,
    call: &Call,
    refusal: &Refusal,
    domain: Option<&Identifier>,
    attributes: &[Identifier],
) {
    let Refusal::Call(problem) = refusal else { return };
    let CallProblem::Attribute(argument, _) = problem.as_ref() else { return };
    let declared: Vec<_> = domain.map(|domain| (domain.clone(), attributes.to_vec())).into_iter().collect();
    let members = PolicyAndSession { policy: installed.policy, declared: &declared }.members(&argument.given);
    let arguments = call.argument_texts();
    let kind_of = |name: &str| installed.kind_of(name);
    let called = (call.interface.as_str(), arguments.as_slice());
    for instead in installed.catalogue.calls_for_members(called, problem, &members, &kind_of) {
        say(&format!("instead of {call}: --call '{instead}'"));
    }
}

/// The interface or template whose name takes the fewest changes.
fn nearest<'a>(catalogue: &'a Catalogue, name: &str) -> Option<&'a str> {
    let names = catalogue.interfaces().map(|entry| entry.definition.name.as_str());
    names.min_by_key(|known| (distance(name, known), *known))
}

/// How many letters must be put in, taken out or changed (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (number, byte) in one.bytes().enumerate() {
        let mut diagonal = number;
        let mut left = number + 1;
        for (cell, above) in row.iter_mut().skip(1).zip(other.bytes()) {
            let changed = diagonal + usize::from(byte != above);
            diagonal = *cell;
            *cell = changed.min(left + 1).min(*cell + 1);
            left = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = number + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

/// The program that most of the denials behind the domain tell of.
fn program(session: &Session, denials: &Denials, domain: &Identifier) -> Option<String> {
    let moved = |denial: &&Denial| {
        session.decision(&denial.key).is_some_and(|(verdict, _)| *verdict == Verdict::NewDomain(domain.clone()))
    };
    let exe = denials.rows().iter().filter(moved).find_map(|denial| denial.evidence.exe.most());
    exe.map(Untrusted::printable)
}

/// The policy that was named must be there; without a name it is taken where there is one.
fn policy(root: &Path, named: Option<&Path>) -> anyhow::Result<Option<Policy>> {
    match host::policy::read(root, named) {
        Ok((_, policy)) => Ok(Some(policy)),
        Err(error) if named.is_some() => Err(error).context("the policy tells which types an attribute has"),
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn counts_changes() {
        for (one, other, changes) in [("", "abc", 3), ("abc", "abc", 0), ("kitten", "sitting", 3), ("ab", "ba", 2)] {
            assert_eq!(distance(one, other), changes, "{one} {other}");
        }
    }
}
