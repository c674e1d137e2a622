//! The policy module being written: requirements, order, remarks, and its `.te`, `.fc` and `.if`.
//!
//! A [`PolicyModule`] is a value made of decisions. Its text depends on what is in it and on the headers it will be built with
//! ([`RenderContext`]), never on the order in which the decisions came. It knows nothing of logs and sessions: a remark
//! arrives as text and leaves safe.
//!
//! ```
//! use seltui::{
//!     module::{PolicyModule, Remark, RenderContext, Rule, SourceFile},
//!     selinux::{AccessVector, Identifier, statement::{AvRuleKind, Form}},
//! };
//!
//! let vector = AccessVector {
//!     source: "container_t".into(),
//!     target: "container_log_t".into(),
//!     class: "dir".into(),
//!     permissions: ["read", "open"].into_iter().collect(),
//! };
//! let remark = Remark { count: 14, comm: Some("flb-pipeline".into()), path: Some("containers".into()) };
//! let mut module = PolicyModule::new(Identifier::new("logger").unwrap(), Form::PolicyModule);
//! module.rules = vec![Rule { kind: AvRuleKind::Allow, vector, remark }];
//! let te = module.render(SourceFile::Te, &RenderContext::default()).text();
//! assert!(te.starts_with("policy_module(logger, 1.0)\n"));
//! assert!(te.ends_with(
//!     "# 14 times comm=\"flb-pipeline\" path=\"containers\"\nallow container_t container_log_t:dir { open read };\n"
//! ));
//! ```

mod addition;
mod classes;
mod expanded_call;
mod file_contexts;
mod lint;
mod merge;
mod named_sets;
mod policy_module;
mod problem;
mod render;
mod render_context;
mod rendered;
mod requirements;

pub use addition::{Added, Addition, Brings, Executable, Making, Needs};
pub use classes::ClassTable;
pub use expanded_call::ExpandedCall;
pub use named_sets::NamedSets;
pub use policy_module::{DeclaredDomain, PolicyModule, Remark, Rule, RuleKey, Unwritable, Unwritten, Version};
pub use problem::{Problem, problems};
pub use render_context::{Layer, MacroNames, RenderContext};
pub use rendered::{LineKind, Rendered, RenderedLine, SourceFile};
