//! What a step brings besides its verdict.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    module::{Added, Needs},
    selinux::{AccessVector, Identifier, Name},
};

/// A call or an attribute that comes into the module with a step, and what of the decided accesses it gives.
///
/// What it gives depends on headers and policy; it is written down as it was when it was decided, so that a journal needs neither
/// to be applied. It is not written as rules, and it is no promise for what is denied later: that opens its row again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addition {
    /// The line.
    pub added: Added,
    /// The domain of this session that it is for: it goes with the domain. Without one it stands as long as its step does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<Identifier>,
    /// Wanted for itself: it stays even when nothing that it gives is decided any more.
    #[serde(default, skip_serializing_if = "is_false")]
    pub wanted: bool,
    /// What its arguments must be known as.
    #[serde(default, skip_serializing_if = "Needs::is_empty")]
    pub needs: Needs,
    /// The accesses that it allows, with the source as the module names it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gives: Vec<AccessVector>,
    /// The accesses that it hides from the log, likewise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hides: Vec<AccessVector>,
    /// The roles that it lets the domain run in.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub roles: BTreeSet<Name>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks for it so
fn is_false(value: &bool) -> bool {
    !value
}

impl Addition {
    /// A line of which nothing is known but itself.
    pub fn of(added: Added) -> Self {
        Self {
            added,
            domain: None,
            wanted: false,
            needs: Needs::default(),
            gives: Vec::new(),
            hides: Vec::new(),
            roles: BTreeSet::new(),
        }
    }

    /// The same line again, with what was learned of it since.
    pub(super) fn absorb(&mut self, other: &Self) {
        for (mine, theirs) in [(&mut self.gives, &other.gives), (&mut self.hides, &other.hides)] {
            for vector in theirs {
                match mine.iter_mut().find(|known| is_about_the_same(known, vector)) {
                    Some(known) => known.permissions.extend(vector.permissions.iter().cloned()),
                    None => mine.push(vector.clone()),
                }
            }
            mine.sort();
        }
        self.needs.types.extend(other.needs.types.iter().cloned());
        self.needs.attributes.extend(other.needs.attributes.iter().cloned());
        self.needs.roles.extend(other.needs.roles.iter().cloned());
        self.roles.extend(other.roles.iter().cloned());
        self.wanted |= other.wanted;
    }

    /// Whether it is what makes its domain one.
    pub fn makes_domain(&self) -> bool {
        matches!(self.added, Added::Template(_) | Added::Maker { .. })
    }
}

/// Whether two vectors have the same source, target and class.
pub(super) fn is_about_the_same(one: &AccessVector, other: &AccessVector) -> bool {
    (&one.source, &one.target, &one.class) == (&other.source, &other.target, &other.class)
}
