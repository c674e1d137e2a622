//! The interfaces: what grants the chosen denials, and all that the headers define.

use crate::{
    refpolicy::{DefinitionId, matching::Offer},
    selinux::{AccessVector, Identifier, Name},
    tui::widgets::TextField,
};

/// The interfaces as they are shown.
#[derive(Debug, Default)]
pub struct InterfaceView {
    /// The rows that a call would be for.
    pub rows: Vec<usize>,
    /// Their accesses as the module names them.
    pub needs: Vec<AccessVector>,
    /// Who would be allowed them.
    pub domain: Option<Name>,
    /// The session's domain that they are moved to, where it is one.
    pub own: Option<Identifier>,
    /// What is typed.
    pub field: TextField,
    /// Keys go into the search.
    pub searching: bool,
    /// What is listed.
    pub entries: Vec<InterfaceEntry>,
    /// The one under the cursor.
    pub at: usize,
    /// How much of it is unfolded.
    pub unfolded: Unfolding,
    /// The first line of what is unfolded that is seen.
    pub top: usize,
    /// Why nothing is listed, or what went wrong.
    pub note: Option<String>,
}

/// One line of the list.
#[derive(Debug, Clone, PartialEq)]
pub enum InterfaceEntry {
    /// A call that grants something of what was denied.
    Offer(Box<Offer>),
    /// A definition that was searched for, or that comes near; a sentence about it.
    Named(DefinitionId, String),
    /// A remark between the others.
    Remark(String),
}

/// How much of a definition is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unfolding {
    /// Its line alone.
    #[default]
    Closed,
    /// Its remarks and its text.
    Text,
    /// The statements that it ends in.
    Statements,
}

impl InterfaceView {
    /// The definition under the cursor.
    pub fn selected(&self) -> Option<DefinitionId> {
        match self.entries.get(self.at)? {
            InterfaceEntry::Offer(offer) => Some(offer.definition),
            InterfaceEntry::Named(id, _) => Some(*id),
            InterfaceEntry::Remark(_) => None,
        }
    }
}
