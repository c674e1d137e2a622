//! Everything that can happen to the terminal program.

use std::{path::PathBuf, time::Duration};

use super::{
    effect::Export,
    model::{HeadersState, PolicyState, TextView},
};
use crate::{
    config::Chord,
    host::{export::ExportOutcome, log::LogNews, signals::Ending},
    module::Problem,
    session::JournalRecord,
};

/// One thing that happened.
#[derive(Debug)]
pub enum Msg {
    /// A key was pressed.
    Key(Chord),
    /// Text was pasted.
    Paste(String),
    /// The terminal has this many columns and rows now.
    Resize(u16, u16),
    /// The log has something to say.
    Log(LogNews),
    /// A record stands in the journal, durable.
    Appended(JournalRecord),
    /// The journal could not be written: what was asked for did not happen.
    AppendFailed(String),
    /// The old journal was kept under this name, and a new one begins.
    BegunAnew(PathBuf),
    /// The journal could not be begun anew.
    BeginAnewFailed(String),
    /// Files were exported, or were not because somebody changed them.
    Exported(Box<Exported>),
    /// A line that the compiler or make printed, or that the program says of the build; printable.
    BuildLine(String),
    /// The build ended, or could not begin.
    Built(Built),
    /// The policy was read, or why it was not.
    Policy(PolicyState),
    /// The interface headers were read, or why they were not.
    Headers(HeadersState),
    /// The records of a text were read again.
    Fetched(Box<TextView>),
    /// What became of a text that was to be copied: a sentence, and whether it was refused.
    Copied {
        /// What it was and where it went.
        sentence: String,
        /// Nothing was copied.
        refused: bool,
    },
    /// A signal, or the terminal went away: end now, in order.
    Terminate(Ending),
}

/// How an export ended.
#[derive(Debug)]
pub struct Exported {
    /// What was asked for.
    pub export: Export,
    /// The record for the journal, when it was written.
    pub record: JournalRecord,
    /// Written, in conflict with what somebody else changed, or failed with a sentence.
    pub outcome: Result<ExportOutcome, String>,
}

/// How a build ended.
#[derive(Debug)]
pub enum Built {
    /// The package is there.
    Package {
        /// The `.pp`, beside the exported files.
        package: PathBuf,
        /// From the begin of the build to the file.
        took: Duration,
        /// What carries it to another machine lies beside it.
        bundle: bool,
    },
    /// The compiler refused it.
    Refused {
        /// What it said, with the line of the `.te` where it named one.
        problems: Vec<Problem>,
    },
    /// It could not begin: a program is missing, a folder can't be written. The sentence says what to do.
    Impossible(String),
}
