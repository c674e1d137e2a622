//! Audit input: bytes to records, records to events, events to AVC messages.
//!
//! ```text
//! bytes ─ Line::parse ─▶ Record (type, stamp, serial, node, fields) ─ EventAssembler::push ─▶ AuditEvent ─▶ AvcMessage
//! ```
//!
//! The room is pure: it is handed lines, with the place they came from, and hands back values; the clock of the assembly
//! is the records' own stamps. Nothing that stands in a line is trusted, and no line stops the stream: what cannot be read
//! is counted and kept as [`Oddity`].

mod message;

pub use message::{AuditEvent, AvcKind, AvcMessage, AvcResult, EventId, Oddity, OddityKind, Place, RawRecord, Stamp};
