//! One decision for a whole log.

use std::collections::BTreeSet;

use super::{DecidedAccess, JournalRecord, Step, Verdict};
use crate::{
    denials::Denials,
    selinux::{Identifier, Name},
};

/// What becomes of every denial of a log at once; the command line decides by it.
///
/// ```
/// use seltui::{denials::Denials, session::{Plan, Verdict}};
///
/// let plan = Plan { verdict: Verdict::Allow, domain: None };
/// assert!(plan.records(&Denials::new()).is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// For all that do not go to the domain.
    pub verdict: Verdict,
    /// A domain to be declared, and the types whose accesses move to it.
    pub domain: Option<(Identifier, BTreeSet<Name>)>,
}

impl Plan {
    /// The decisions as a session takes them, at most one step a verdict; a granted row needs none.
    ///
    /// What was denied to the domain itself belongs to it as well: it came after an earlier round of the same work.
    pub fn records(&self, denials: &Denials) -> Vec<JournalRecord> {
        let (moved, others): (Vec<_>, Vec<_>) = denials
            .rows()
            .iter()
            .filter(|denial| denial.needs_decision())
            .map(DecidedAccess::of)
            .partition(|access| self.moves(&access.vector.source));
        let domain = self.domain.as_ref().map(|(domain, _)| (Verdict::NewDomain(domain.clone()), moved));
        let steps = domain.into_iter().chain([(self.verdict.clone(), others)]);
        let steps = steps.filter(|(_, accesses)| !accesses.is_empty());
        steps.map(|(verdict, accesses)| JournalRecord::Decide(Step::new(verdict, accesses))).collect()
    }

    /// Whether accesses of this source go to the new domain.
    fn moves(&self, source: &Name) -> bool {
        self.domain.as_ref().is_some_and(|(domain, from)| from.contains(source) || domain.name() == source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        audit::{AuditEvent, AvcMessage, AvcResult, EventId, Place, Stamp},
        selinux::SecurityContext,
        session::Session,
    };

    fn message(result: AvcResult, source: &str, target: &str) -> AvcMessage {
        let context = |name: &str| SecurityContext::parse(&format!("system_u:system_r:{name}:s0")).unwrap();
        AvcMessage {
            result,
            permissions: ["read"].into_iter().collect(),
            permissive: Some(false),
            ..AvcMessage::new(context(source), context(target), "file".into(), Place { input: 0, line: 1 })
        }
    }

    fn denials(messages: Vec<AvcMessage>) -> Denials {
        let mut denials = Denials::new();
        let id = EventId { node: None, stamp: Stamp(1), serial: Some(1) };
        denials.absorb(AuditEvent { id, messages, records: Vec::new() });
        denials
    }

    fn rules(plan: &Plan, denials: &Denials) -> Vec<String> {
        let mut session = Session::new(Identifier::new("x").unwrap());
        for record in plan.records(denials) {
            session.apply(&record).unwrap();
        }
        let module = session.policy_module();
        module.rules.iter().map(|rule| crate::selinux::shown_rule(rule.kind, &rule.vector)).collect()
    }

    #[test]
    fn moves_what_was_named_and_decides_the_rest() {
        let denied = |source, target| message(AvcResult::Denied, source, target);
        let denials = denials(vec![
            denied("a_t", "a_t"),
            denied("b_t", "c_t"),
            denied("new_t", "d_t"),
            denied("e_t", "e_t"),
            message(AvcResult::Granted, "f_t", "f_t"),
        ]);
        let from = ["a_t", "b_t"].map(Name::from).into();
        let plan = Plan { verdict: Verdict::DontAudit, domain: Some((Identifier::new("new_t").unwrap(), from)) };
        assert_eq!(
            rules(&plan, &denials),
            [
                "allow new_t c_t:file read",
                "allow new_t d_t:file read",
                "allow new_t self:file read",
                "dontaudit e_t self:file read"
            ]
        );
        let plan = Plan { verdict: Verdict::Allow, domain: None };
        assert_eq!(rules(&plan, &denials).len(), 4);
    }
}
