//! AVC messages grouped into denials: one row for each source type, target type and class, with its evidence.
//!
//! A denial grows: the same program is stopped again, or one step further on. What was seen is counted, and a bounded
//! part of it is kept as [`Evidence`]; the room never asks a policy and decides nothing.

mod denial;
mod evidence;

pub use denial::{Change, Denial, DenialKey, Denials, Tally};
pub use evidence::{Evidence, KEPT_EVENTS, KEPT_VALUES, Seen, Sighting};
