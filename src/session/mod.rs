//! Decisions: what was decided about which denial, taken back and done again, and the module that follows from them.
//!
//! A [`Session`] is the sum of its [`JournalRecord`]s: the program writes a record, then applies it, and a program that
//! was killed applies the same records again. The room is pure; where the records are kept is the host's business.

mod addition;
mod compose;
mod node;
mod plan;
mod record;
#[allow(clippy::module_inception)]
mod session;

pub use addition::Addition;
pub use node::{Kept, Loaded, LoadedModules, Ran, TakenBack};
pub use plan::Plan;
pub use record::{DecidedAccess, JournalRecord, ReadMark, Step, Verdict};
pub use session::{ApplyError, Export, Session, Standing};
