//! Text that goes out of a session besides the module itself: what carries it to another machine, and
//! what a workload needs to run in its domains.
//!
//! The room makes text from values; it writes no file and asks no machine. [`Bundle`] is what a customer is given: the script
//! that loads the module, what it opens, and the evidence.
//!
//! ```
//! use seltui::{export::Bundle, module::Version, selinux::Identifier};
//!
//! let name = Identifier::new("logger").unwrap();
//! let bundle = Bundle { name: &name, version: Version::FIRST, package: b"", opens: Default::default(), notes: Vec::new() };
//! assert!(bundle.install_script().starts_with("#!/bin/sh\n"));
//! ```

mod bundle;
mod evidence;
mod workload;

pub use bundle::{Bundle, EVIDENCE, INSTALL_SCRIPT, Opens, README, opens_of_rules};
pub use evidence::{Proof, evidence, proofs};
pub use workload::{container_domains, workload_text};
