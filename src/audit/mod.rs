//! Audit input: bytes to records, records to events, events to AVC messages.
//!
//! ```text
//! line ─ scan ─▶ type, id, node ─ queue ─▶ the lines of one event ─ if one is an AVC ─▶ fields ─▶ AuditEvent, AvcMessage
//! ```
//!
//! The room is pure: it is handed lines, with the place they came from, and hands back values; the clock of the assembly
//! is the records' own stamps. Nothing that stands in a line is trusted, and no line stops the stream: what cannot be read
//! is counted and kept as [`Oddity`].

mod avc;
mod companion;
mod counters;
mod event;
mod field;
mod gather;
mod journal_json;
mod line;
mod mark;
mod message;
mod moment;
mod names;
mod path;
mod pending;
mod prefix;
mod read;
mod refusal;
mod selection;
mod stamp;
#[cfg(test)]
mod tests;
mod wrap;

pub use counters::{Counters, KEPT_ODDITIES};
pub use event::{Ending, EventAssembler};
pub use gather::{EventGatherer, Gathered};
pub use mark::{Mark, MarkKind};
pub use message::{
    AuditEvent, AvcKind, AvcMessage, AvcResult, EventId, Oddity, OddityKind, Place, RawRecord, RawText, Refusal, Spot,
    Stamp,
};
pub use moment::Present;
pub use read::EventReader;
pub use selection::Selection;
pub use stamp::WallClock;
