//! The policy module being written: requirements, order, remarks, and its `.te`, `.fc` and `.if`.
//!
//! A [`PolicyModule`] is a value made of decisions. Its text depends on what is in it, never on the order in which that
//! came. It knows nothing of logs and sessions: a remark arrives as text and leaves safe.

mod policy_module;

pub use policy_module::{DeclaredDomain, PolicyModule, Remark, Rendered, RenderedLine, Rule, Unwritable, Version};
