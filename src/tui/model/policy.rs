//! The policy that is loaded, as far as the program knows it.

use std::{path::PathBuf, sync::Arc};

use crate::{policydb::Policy, tui::widgets::Scroll};

/// The policy, or why there is none.
#[derive(Debug, Clone, Default)]
pub enum PolicyState {
    /// It is being read.
    #[default]
    Reading,
    /// It was read.
    Read {
        /// From this file.
        path: PathBuf,
        /// The policy.
        policy: Arc<Policy>,
    },
    /// Where it was looked for, and what is missing; several lines.
    Missing(String),
}

impl PolicyState {
    /// The policy, once it was read.
    pub fn policy(&self) -> Option<&Policy> {
        match self {
            Self::Read { policy, .. } => Some(policy),
            Self::Reading | Self::Missing(_) => None,
        }
    }
}

/// What the policy is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Question {
    /// What the selected denial's source may do with its target.
    #[default]
    Selected,
    /// What this type is, and what it may do with the other one if there is one.
    Typed {
        /// The type or attribute.
        source: String,
        /// The type or attribute that it would use.
        target: Option<String>,
    },
}

/// The policy pane.
#[derive(Debug, Default)]
pub struct PolicyPane {
    /// What it answers.
    pub question: Question,
    /// Which part of the answer is seen.
    pub scroll: Scroll,
    /// Whether it was ever opened: from then on Tab visits it.
    pub open: bool,
}
