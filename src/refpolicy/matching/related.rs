//! What comes near, where nothing grants what was denied.

use std::fmt;

use super::{
    candidate::Candidate,
    index::Granted,
    matcher::{Matcher, Question, need_size},
    offer::{Offer, Reach},
};
use crate::{
    refpolicy::statement::StatementKind,
    selinux::{AccessVector, Name, PermissionSet, printable},
};

/// A call that does not cover the denial, and why it is shown all the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Related {
    /// The call. It covers nothing of what was asked for.
    pub offer: Offer,
    /// Why it does not cover the denial.
    pub reason: Reason,
}

/// Why a call does not cover a denial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It grants other permissions of the class on this type.
    OtherPermissions {
        /// What it grants there.
        granted: PermissionSet,
        /// What was denied.
        denied: PermissionSet,
    },
    /// It grants what was denied, but only under these booleans or tunables.
    Conditional(Vec<Name>),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = |permissions: &PermissionSet| {
            let names: Vec<_> = permissions.iter().map(|name| printable(name.as_str().as_bytes())).collect();
            if names.len() == 1 { names.concat() } else { format!("{{ {} }}", names.join(" ")) }
        };
        match self {
            Self::OtherPermissions { granted, denied } => {
                write!(f, "does not cover this denial: grants {}, not {}", set(granted), set(denied))?;
                // checkmodule lets entrypoint through like any other; what it means is not in the rule.
                if denied.contains("entrypoint") {
                    f.write_str(
                        "; entrypoint is about starting the domain by that file (runcon, SELinuxContext=, \
                         seLinuxOptions.type), which a rule should seldom allow",
                    )?;
                }
                Ok(())
            }
            Self::Conditional(names) => {
                let names: Vec<_> = names.iter().map(|name| printable(name.as_str().as_bytes())).collect();
                write!(f, "does not cover this denial by itself: grants it only under {}", names.join(", "))
            }
        }
    }
}

/// As many as a person reads.
const MOST: usize = 8;

impl Matcher {
    /// Calls that are about the same type and class and do not cover the denial, the nearest first.
    pub fn related(&self, need: &AccessVector, question: &Question<'_>) -> Vec<Related> {
        let Some(class) = self.symbols.find_class(need.class.as_str()) else { return Vec::new() };
        let Some(target) = self.symbols.find(need.target.as_str()).filter(|target| target.parameter().is_none()) else {
            return Vec::new();
        };
        let asked = self.bits(&need.class, &need.permissions).map_or(0, |(_, bits, _)| bits);
        let conditional = self.conditional.granted(class, target).iter().filter(|granted| granted.bits & asked != 0);
        let other = self.index(question.kind).granted(class, target).iter().filter(|granted| granted.bits & asked == 0);
        let mut all: Vec<Related> = conditional
            .filter_map(|granted| {
                let offer = self.near(granted, need, question)?;
                let reason = Reason::Conditional(self.booleans(granted, need));
                Some(Related { offer, reason })
            })
            .chain(other.filter_map(|granted| {
                let offer = self.near(granted, need, question)?;
                let names = self.symbols.class(class)?.names(granted.bits);
                let reason = Reason::OtherPermissions { granted: names.collect(), denied: need.permissions.clone() };
                Some(Related { offer, reason })
            }))
            .collect();
        all.sort_by(|one, other| {
            one.offer.cost.cmp(&other.offer.cost).then_with(|| one.offer.name.cmp(&other.offer.name))
        });
        let mut seen = Vec::new();
        all.retain(|related| {
            let is_new = !seen.contains(&related.offer.definition);
            seen.push(related.offer.definition);
            is_new && !related.offer.deprecated
        });
        all.truncate(MOST);
        all
    }

    fn near(&self, granted: &Granted, need: &AccessVector, question: &Question<'_>) -> Option<Offer> {
        let wanted = self.wanted(need, question.known)?;
        let reach = self.symbols.find(need.target.as_str())?;
        let source = granted.source.parameter()?;
        let candidate = Candidate::covering_nothing(granted.definition, source, reach);
        let called = candidate.called(&need.target);
        let covered = [(&wanted, &candidate)];
        let price = self.price(&called, &covered, std::slice::from_ref(&wanted), question)?;
        let mut offer = self.offer(&called, &price, &covered, need_size(need), question)?;
        offer.reach = Reach::Direct;
        Some(offer)
    }

    /// The booleans under which a definition grants a vector.
    fn booleans(&self, granted: &Granted, need: &AccessVector) -> Vec<Name> {
        let Some(entry) = self.catalogue.by_id(granted.definition) else { return Vec::new() };
        let mut names: Vec<Name> = Vec::new();
        for brought in entry.contents.statements.iter().filter(|brought| !brought.is_unconditional()) {
            let StatementKind::AvRule { target, classes, .. } = &brought.statement.kind else { continue };
            if target.names(need.target.as_str()) && classes.names(need.class.as_str()) {
                names.extend(brought.under().flat_map(|(condition, _)| condition.booleans()).cloned());
            }
        }
        names.sort();
        names.dedup();
        names
    }
}
