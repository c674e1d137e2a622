//! The kernel's binary policy: reading it, asking it.
//!
//! What the loaded policy says decides what is right, and a node has neither setools nor Python. This room reads the file
//! that the kernel itself gives out (`/sys/fs/selinux/policy`) or loads (`policy.NN`), versions 24 to 35, and answers what
//! sesearch and seinfo answer, and what a diagnosis asks, without touching the machine.
//!
//! ```no_run
//! use seltui::policydb::Policy;
//!
//! let policy = Policy::read(&std::fs::read("/sys/fs/selinux/policy").unwrap()).unwrap();
//! let container = policy.find_type("container_t").unwrap();
//! assert!(!policy.is_attribute(container));
//! ```

mod access;
mod bitmap;
mod constraint;
mod contexts;
mod error;
mod evaluate;
mod ids;
mod info;
mod labels;
mod mls;
mod policy;
mod read;
mod rules;
mod search;
mod symbols;
mod text;
mod transition;

pub use access::{Access, Decision, FoundRule};
pub use bitmap::Bitmap;
pub use constraint::{ClassDefaults, Constraint, ConstraintTerm, DefaultFrom, DefaultRange, Operator, Part};
pub use contexts::ContextError;
pub use error::{PolicyError, Problem};
pub use evaluate::Evaluation;
pub use ids::{BooleanId, ClassId, CommonId, ConditionalId, RoleId, TypeId, UserId};
pub use info::{Component, Item, ListError};
pub use labels::{Context, FsUse, FsUseKind, GenfsLabel, IbpkeyLabel, Labels, PortLabel};
pub use mls::{Level, Range};
pub use policy::Policy;
pub use rules::{
    BooleanTerm, Conditional, ConditionalRule, NameTransition, RangeTransition, RoleTransition, Rule, RuleKind,
    XpermKind, Xperms,
};
pub use search::{Pattern, Search, SearchError, parse_range};
pub use symbols::{Boolean, Class, Common, Role, Sensitivity, Type, TypeKind, UnknownHandling, User};
pub use transition::{Change, Transition};

use policy::NameTable;
