//! What the terminal program asks the machine for.

use std::path::PathBuf;

use super::model::{Act, Choice, TextView};
use crate::{export::Proof, module::PolicyModule, selinux::Call, session::JournalRecord};

/// One thing to be done; the runtime does it and answers with a [`Msg`](super::Msg).
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// Write a record to the journal, durable, before anything else is done or drawn.
    Append(JournalRecord),
    /// Keep the old journal and begin a new one.
    BeginAnew,
    /// Write the module's files.
    Export(Box<Export>),
    /// Build the module; the `.pp` goes to the folder.
    Build {
        /// The module as it was exported.
        module: Box<PolicyModule>,
        /// Where the files lie.
        folder: PathBuf,
        /// Write what carries it to another machine too: what each rule came from.
        bundle: Option<Vec<Proof>>,
    },
    /// Expand these calls with the headers that were read.
    Expand(Vec<String>),
    /// Find out what stands for these calls in the `module` form.
    WriteOut(Vec<Call>),
    /// Read the records of a text again, where they stand.
    Fetch(Box<TextView>),
    /// Put it into the person's clipboard.
    Copy(Choice),
    /// Look what a change of the node would be.
    Propose {
        /// Which.
        act: Act,
        /// The package to be loaded.
        package: Option<PathBuf>,
    },
    /// Do what was proposed last and agreed to.
    Change(Act),
    /// Forget what was proposed.
    Drop,
    /// Stop what is being done.
    GiveUp,
    /// List what this program loaded on the node.
    ListLoaded,
    /// Forget what the terminal shows and draw everything again.
    Redraw,
    /// End the program.
    Quit,
}

/// An export as it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Export {
    /// What is written.
    pub module: PolicyModule,
    /// Where to.
    pub folder: PathBuf,
    /// What containers need to run in the module's domains.
    pub workload: Option<String>,
    /// Even over files that somebody else changed; a person said so.
    pub overwrite: bool,
    /// Build it when it is written.
    pub then_build: bool,
    /// Then write what carries it to another machine too: what each rule came from.
    pub bundle: Option<Vec<Proof>>,
}
