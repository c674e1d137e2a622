//! The words of the field: contexts, classes, permissions, access vectors, and the statements of the policy language.
//!
//! Everything else in the program speaks in these. The room knows no file, no log and no screen, and it is the only one
//! that spells policy text: a statement of the language is a value of [`statement`], and text comes out of its renderer alone.
//! What was read from outside is a [`Name`] or [`Untrusted`]; what may be written into a policy is an [`Identifier`].
//!
//! ```
//! use seltui::selinux::{Identifier, SecurityContext};
//!
//! let context = SecurityContext::parse("system_u:system_r:container_t:s0:c180,c507").unwrap();
//! assert_eq!(context.r#type.as_str(), "container_t");
//! assert!(Identifier::new("container_t").is_ok());
//! assert!(Identifier::new("allow").is_err());
//! ```

mod access;
mod call;
mod context;
mod identifier;
mod name;
mod parts;
mod path_expression;
mod render;
pub mod statement;
mod untrusted;

pub use access::{AccessVector, PermissionSet};
pub use call::{Argument, Call, CallError};
pub use context::SecurityContext;
pub use identifier::{Identifier, IdentifierError};
pub use name::Name;
pub use parts::{Part, parts};
pub use path_expression::{path_expression, path_words};
pub use render::{COLUMNS, comment_text, quoted, rule_parts, shown_rule};
pub use untrusted::{Untrusted, printable};
