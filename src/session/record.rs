//! What the journal holds, as values.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    Addition,
    node::{Loaded, Ran, TakenBack},
};
use crate::{
    denials::Denial,
    module::{Remark, Version},
    selinux::{AccessVector, Identifier, Name, statement::Form},
};

/// What is to be done about a denial.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// `allow` for the source as it is.
    Allow,
    /// `dontaudit`: it stays denied and is logged no more.
    DontAudit,
    /// The accesses move to this domain, which the module declares.
    NewDomain(Identifier),
    /// Nothing is written; the row is done with.
    Skip,
}

/// One access vector as it was when it was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecidedAccess {
    /// Source, target, class, and the permissions that the denial had then.
    #[serde(flatten)]
    pub vector: AccessVector,
    /// What was seen by then.
    pub remark: Remark,
    /// The roles that the source ran in.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub roles: BTreeSet<Name>,
}

impl DecidedAccess {
    /// The denial as it is now.
    pub fn of(denial: &Denial) -> Self {
        let evidence = &denial.evidence;
        Self {
            vector: AccessVector {
                source: denial.key.source.clone(),
                target: denial.key.target.clone(),
                class: denial.key.class.clone(),
                permissions: denial.permission_set(),
            },
            remark: Remark {
                count: denial.tally.count(),
                comm: evidence.comm.most().map(crate::selinux::Untrusted::printable),
                path: evidence.path.most().map(crate::selinux::Untrusted::printable),
            },
            roles: evidence.roles.clone(),
        }
    }
}

/// One act of the person: a verdict on one denial, or on all that were marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What was chosen.
    pub verdict: Verdict,
    /// On what; nothing where only additions come.
    pub accesses: Vec<DecidedAccess>,
    /// What comes into the module with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub additions: Vec<Addition>,
}

impl Step {
    /// A verdict and nothing besides.
    pub fn new(verdict: Verdict, accesses: Vec<DecidedAccess>) -> Self {
        Self { verdict, accesses, additions: Vec::new() }
    }
}

/// How far a log had been read when the record was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadMark {
    /// The file as it was named.
    pub input: String,
    /// Its device and inode number.
    pub dev: u64,
    /// Its inode number.
    pub inode: u64,
    /// Bytes from its beginning.
    pub offset: u64,
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "record")]
pub enum JournalRecord {
    /// The first line: whose session this is.
    Begin {
        /// The form of the journal: 1.
        format: u32,
        /// The machine.
        node: String,
        /// The module's name.
        module: Identifier,
        /// Seconds since 1970-01-01 UTC.
        at: u64,
    },
    /// A decision.
    Decide(Step),
    /// The last decision that stands is taken back.
    Undo,
    /// The last decision that was taken back stands again.
    Redo,
    /// The module is written in this form from here on.
    Form {
        /// The form.
        form: Form,
    },
    /// Rules are written with the headers' names for exactly what they say, or no longer, from here on.
    NamedSets {
        /// Whether they are.
        named: bool,
    },
    /// The module was exported.
    Exported {
        /// The folder.
        folder: String,
        /// The version that the files carry.
        version: Version,
        /// A digest of the `.te` without its version, by which a change is seen.
        digest: String,
    },
    /// How far the logs had been read.
    Read {
        /// One mark an input.
        marks: Vec<ReadMark>,
    },
    /// A program was run that could change the node.
    Ran(Ran),
    /// The module was loaded.
    Loaded(Loaded),
    /// The module was taken back.
    TakenBack(TakenBack),
}
