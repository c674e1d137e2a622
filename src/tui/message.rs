//! Everything that can happen to the terminal program.

use std::{path::PathBuf, sync::Arc, time::Duration};

use super::{
    effect::Export,
    model::{Act, DontauditRules, HeadersState, PolicyState, Proposal, TextView},
};
use crate::{
    audit::Stamp,
    config::Chord,
    host::{export::ExportOutcome, install::PolicyReload, log::LogNews, signals::Ending},
    module::{ExpandedCall, Problem},
    policydb::Policy,
    refpolicy::Expansion,
    selinux::Call,
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
    /// What calls expand to, by their text.
    Expanded(Vec<(String, Arc<Expansion>)>),
    /// What stands for calls in the `module` form, or why nothing can.
    WrittenOut(Vec<(Call, Result<ExpandedCall, String>)>),
    /// The records of a text were read again.
    Fetched(Box<TextView>),
    /// What became of a text that was to be copied: a sentence, and whether it was refused.
    Copied {
        /// What it was and where it went.
        sentence: String,
        /// Nothing was copied.
        refused: bool,
    },
    /// What a change of the node would be, or why it can't be.
    Proposed(Result<Box<Proposal>, String>),
    /// A record stands in the journal that was written while something was done on the node.
    Recorded(JournalRecord),
    /// A change of the node is done, or is not.
    Changed(Box<Changed>),
    /// What this program loaded on the node, to be read, or why it can't be told.
    Listed(Result<Box<TextView>, String>),
    /// What the node said when it was asked at the start.
    Node(Box<NodeNews>),
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

/// What became of a change of the node.
#[derive(Debug)]
pub struct Changed {
    /// Which act.
    pub act: Act,
    /// What is so now, or why nothing was changed: several lines, the first of them says it all.
    pub outcome: Result<Done, String>,
    /// What semodule refused, with its line of the `.te` where one was found.
    pub problems: Vec<Problem>,
}

/// A change of the node that is done.
#[derive(Debug)]
pub enum Done {
    /// The module is in the store.
    Loaded {
        /// When semodule had ended.
        at: Stamp,
        /// Whether the kernel has it.
        reload: PolicyReload,
        /// How long semodule ran.
        took: Duration,
        /// What a person should know besides.
        remarks: Vec<String>,
    },
    /// The module is gone from the store.
    TakenBack {
        /// When.
        at: Stamp,
        /// What was there before is there again.
        put_back: bool,
        /// How long semodule ran.
        took: Duration,
        /// What a person should know besides.
        remarks: Vec<String>,
    },
    /// dontaudit rules are out.
    Out {
        /// When semodule was started: what comes from then on may come for that reason.
        at: Stamp,
        /// The policy from before, where it was kept.
        before: Option<Arc<Policy>>,
        /// How long semodule ran.
        took: Duration,
    },
    /// They are in force again.
    Back {
        /// When.
        at: Stamp,
        /// How long it took.
        took: Duration,
    },
}

impl Done {
    /// What a person should know besides.
    pub fn remarks(&self) -> &[String] {
        match self {
            Self::Loaded { remarks, .. } | Self::TakenBack { remarks, .. } => remarks,
            Self::Out { .. } | Self::Back { .. } => &[],
        }
    }

    /// For the title of the pane.
    pub fn in_short(&self) -> String {
        match self {
            Self::Loaded { took, .. } => format!("loaded in {:.1} s", took.as_secs_f64()),
            Self::TakenBack { took, .. } => format!("taken back in {:.1} s", took.as_secs_f64()),
            Self::Out { took, .. } | Self::Back { took, .. } => format!("done in {:.1} s", took.as_secs_f64()),
        }
    }
}

/// What the node said when it was asked.
#[derive(Debug)]
pub struct NodeNews {
    /// dontaudit rules.
    pub dontaudit: DontauditRules,
    /// An earlier program left them out, or another one has them out: a sentence.
    pub left_behind: Option<String>,
    /// To put them back, where nobody else will.
    pub proposal: Option<Proposal>,
}
