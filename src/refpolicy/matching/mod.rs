//! Which calls grant what was denied, and which of them a maintainer of the policy would write.
//!
//! A [`Matcher`] is made once of a [`Catalogue`](super::Catalogue) and of what the policy knows ([`PolicyTypes`]): which types an
//! attribute stands for is not in the headers. Asked for one access vector it gives [`Offer`]s, best first; asked for all
//! denials of a domain together it gives a [`Plan`].
//!
//! An access is one permission of one class on one target as the header spells it: an attribute counts once, and rules of every
//! source that the call brings count. Rules under a boolean are not counted, neither as cover nor as what a call opens; nor are
//! those in an optional block that asks for something that the policy lacks. Each permission that was denied takes the narrowest
//! access off that covers it; the others are opened. The number of types behind an attribute counts in the weight.
//!
//! What the policy's own rules grant the attributes that a call puts its domain under stands in no header: it is counted apart
//! ([`ByAttributes`]). [`Matcher::told`] lists what the numbers are made of.

mod attributes;
mod candidate;
mod choice;
mod coverage;
mod index;
mod known;
mod matcher;
mod offer;
mod plan;
mod price;
mod related;
mod symbols;
mod told;
mod weight;

pub use coverage::{ByAttributes, Coverage, Covered};
pub use known::{NothingKnown, PolicyRule, PolicyTypes};
pub use matcher::{Matcher, Question};
pub use offer::{Offer, Reach, Refusal};
pub use plan::{Plan, Preference, Uncovered};
pub use related::{Reason, Related};
pub use told::{Opened, Told};

/// Which rules are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum RuleKind {
    /// `allow`
    #[default]
    Allow,
    /// `dontaudit`: what is denied stays so and is not logged.
    DontAudit,
}
