//! What is known of the logs.

use crate::{audit::Counters, host::log::LogInput, session::ReadMark};

/// One log, and how far it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Where it is read from.
    pub source: LogInput,
    /// Its path, or what a person calls it; printable.
    pub name: String,
    /// Bytes read.
    pub read: u64,
    /// Bytes there are; unknown of a stream.
    pub total: Option<u64>,
    /// How many seconds ago the last record that was read came to pass, where the reader is behind a stream.
    pub late: Option<u64>,
    /// What was read of it, for the journal.
    pub mark: Option<ReadMark>,
    /// What it held, together with the other logs of the same reader.
    pub counters: Counters,
    /// Everything that was there was read; what comes now is live.
    pub caught_up: bool,
    /// The log is at its end and nothing more will come (standard input, a log that was removed).
    pub ended: bool,
    /// Why it can't be read, and what to do.
    pub trouble: Option<String>,
    /// The audit daemon that writes it has ended while it was watched: nothing comes until it runs again.
    pub daemon_ended: bool,
}

impl Input {
    /// A log of which nothing was read yet.
    pub fn new(source: LogInput) -> Self {
        Self {
            name: source.to_string(),
            source,
            read: 0,
            total: None,
            late: None,
            mark: None,
            counters: Counters::default(),
            caught_up: false,
            ended: false,
            trouble: None,
            daemon_ended: false,
        }
    }
}
