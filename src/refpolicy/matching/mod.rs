//! Which calls grant what was denied, and which of them a maintainer of the policy would write.
//!
//! A [`Matcher`] is made once of a [`Catalogue`](super::Catalogue) and of what the policy knows ([`PolicyTypes`]): which types an
//! attribute stands for is not in the headers. Asked for one access vector it gives [`Offer`]s, best first; asked for all
//! denials of a domain together it gives a [`Plan`].
//!
//! An access is one permission of one class on one target as the header spells it: an attribute counts once. Rules under a
//! boolean are not counted, neither as cover nor as what a call opens. The number of types behind an attribute counts in the
//! weight.

mod choice;
mod coverage;
mod index;
mod known;
mod matcher;
mod offer;
mod plan;
mod related;
mod symbols;
mod weight;

pub use coverage::{Coverage, Covered};
pub use known::{NothingKnown, PolicyTypes};
pub use matcher::{Matcher, Question};
pub use offer::{Offer, Reach, Refusal};
pub use plan::{Plan, Preference, Uncovered};
pub use related::{Reason, Related};

/// Which rules are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum RuleKind {
    /// `allow`
    #[default]
    Allow,
    /// `dontaudit`: what is denied stays so and is not logged.
    DontAudit,
}
