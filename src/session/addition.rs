//! What a step brings besides its verdict.

use serde::{Deserialize, Serialize};

use crate::{
    module::{Added, Brings},
    selinux::Identifier,
};

/// A call or an attribute that comes into the module with a step, and what of the decided accesses it gives.
///
/// What it gives is not written as rules, and it is no promise for what is denied later: that opens its row again.
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
    /// What was known of it when it was decided.
    #[serde(flatten)]
    pub brings: Brings,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks for it so
fn is_false(value: &bool) -> bool {
    !value
}

impl Addition {
    /// A line of which nothing is known but itself.
    pub fn of(added: Added) -> Self {
        Self { added, domain: None, wanted: false, brings: Brings::default() }
    }

    /// The same line again, with what was learned of it since.
    pub(super) fn absorb(&mut self, other: &Self) {
        self.brings.absorb(&other.brings);
        self.wanted |= other.wanted;
    }

    /// Whether it is what makes its domain one.
    pub fn makes_domain(&self) -> bool {
        matches!(self.added, Added::Template(_) | Added::Maker { .. })
    }
}
