//! A call that grants something of what was denied.

use super::{ByAttributes, Covered, RuleKind};
use crate::{
    refpolicy::{CallProblem, DefinitionId},
    selinux::{AccessVector, Call, Name},
};

/// How a call comes to the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// The header names the type.
    Direct,
    /// The header says `self`, and source and target are the same.
    Itself,
    /// The header names an attribute that the type has.
    Attribute(Name),
    /// The type is an argument of the call.
    Parameter,
}

/// An interface or template, called for one domain.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// The definition's place in the catalogue.
    pub definition: DefinitionId,
    /// Its name.
    pub name: Name,
    /// Whether it allows or hides.
    pub kind: RuleKind,
    /// What to write: one call; several, one for each member, where the domain is an attribute and an attribute cannot stand in it.
    pub calls: Vec<Call>,
    /// Why the attribute itself cannot be the argument.
    pub refused: Option<Refusal>,
    /// What of the need it covers; only denied permissions stand here, none twice.
    pub covers: Vec<AccessVector>,
    /// How many accesses it covers.
    pub covered: u32,
    /// How many accesses were asked for.
    pub asked: u32,
    /// How many accesses it grants beyond these; an attribute counts once.
    pub opens: u32,
    /// How many of those do more than read.
    pub opens_write: u32,
    /// Where the need is to be hidden: how many accesses it hides beyond; then `opens` is what it allows.
    pub hides: u32,
    /// How many of those do more than read.
    pub hides_write: u32,
    /// What the policy's rules add for the attributes that it puts the domain under.
    pub by_attributes: ByAttributes,
    /// How many types what it grants reaches, by the policy.
    pub types: u32,
    /// What it opens, each access by what it is and how many types it is on, and that what was asked for is granted on others too;
    /// about 1 for an access that reads one type.
    pub weight: u32,
    /// How it comes to the (first) target.
    pub reach: Reach,
    /// Calls of it are warned of.
    pub deprecated: bool,
    /// What offers are ordered by, in tenths of the weight; lower is better.
    pub(super) cost: i64,
}

/// A call that cannot be compiled, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The call with the attribute in it.
    pub call: String,
    /// What checkmodule would stop at.
    pub problem: CallProblem,
}

impl Offer {
    /// The calls, one a line, ready to paste.
    pub fn text(&self) -> String {
        self.calls.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    /// Whether all that was asked for is covered.
    pub fn is_complete(&self) -> bool {
        self.covered == self.asked
    }

    /// What it covers, opens and hides.
    pub fn counts(&self) -> Covered {
        Covered {
            covered: self.covered,
            asked: self.asked,
            opens: self.opens,
            opens_write: self.opens_write,
            hides: self.hides,
            hides_write: self.hides_write,
            by_attributes: self.by_attributes,
            kind: self.kind,
        }
    }

    /// "covers 3 of 3, opens 38 more, 4 of them write".
    pub fn summary(&self) -> String {
        self.counts().to_string()
    }
}
