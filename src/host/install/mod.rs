//! Modules loaded on the node and taken back: planned as a value, shown, then done and written down.
//!
//! A plan holds everything that a person is to know before the first yes: the exact command, what the module adds, what is
//! there already and what of it would be lost, and the [`Hurdle`]s that take a yes of their own. It changes nothing until
//! [`InstallPlan::run`] or [`RemovePlan::run`]; these keep what they replace, write every command to syslog and to the
//! session's journal, and say what came of it.
//!
//! ```no_run
//! use std::path::Path;
//! use seltui::{host::{install::{InstallPlan, Reload, Target}, process::Cancel}, session::LoadedModules};
//!
//! # fn main() -> anyhow::Result<()> {
//! let target = Target::find(Path::new("/"), Reload::Yes)?;
//! let cancel = Cancel::new();
//! let plan = InstallPlan::prepare(&target, Path::new("logger/logger.pp"), None, &LoadedModules::default(), &cancel)?;
//! println!("{}", plan.command);
//! # Ok(())
//! # }
//! ```

mod fault;
mod ledger;
mod load;
mod loaded;
mod place;
mod proof;
mod reload;
mod remove;
mod run;
mod target;

pub use fault::{Fault, source_text};
pub(super) use ledger::Entry;
pub use ledger::{run_recorded, who};
pub use load::{Consent, FoundModule, Hurdle, InstallPlan, Outcome, Report};
pub(super) use load::{faults, little_room, refuse_unchangeable};
pub use loaded::{LoadedHere, LoadedState, loaded_here};
pub use reload::{KernelStatus, PolicyReload};
pub use remove::{RemovePlan, TakeBack};
pub use run::wait_for_lock;
pub use target::{Privilege, Reload, Target, Way, is_running_root};
