//! What was changed on the node, what is being changed, and what shall be.

use std::{collections::VecDeque, sync::Arc};

use crate::{audit::Stamp, denials::Denial, policydb::Policy, selinux::Identifier};

/// An act that changes the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Load the module.
    Load,
    /// Take it back.
    TakeBack,
    /// Take dontaudit rules out of the policy.
    LeaveOut,
    /// Put them back.
    PutBack,
}

impl Act {
    /// The title of its dialog.
    pub fn title(self) -> &'static str {
        match self {
            Self::Load => "Load",
            Self::TakeBack => "Take back",
            Self::LeaveOut => "dontaudit rules out",
            Self::PutBack => "dontaudit rules back",
        }
    }

    /// What is done, in the dialog's keys.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Load => "load it",
            Self::TakeBack => "take it back",
            Self::LeaveOut => "take them out",
            Self::PutBack => "put them back",
        }
    }

    /// The name of the act in the keymap: its key says the first yes.
    pub fn action(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::TakeBack => "take-back",
            Self::LeaveOut | Self::PutBack => "dontaudit-rules",
        }
    }
}

/// What a line of a dialog is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// A heading.
    Heading,
    /// A fact.
    Plain,
    /// What a person should look at twice.
    Grave,
}

/// A change of the node before it is done: all that is shown of it, printable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Which act.
    pub act: Act,
    /// What is run, exactly.
    pub command: String,
    /// What it does, and what is there.
    pub facts: Vec<(Weight, String)>,
    /// What takes a yes of its own, a sentence each, in the order in which they are asked.
    pub hurdles: Vec<String>,
    /// Why it can't be run from here; then it is only shown.
    pub forbidden: Option<String>,
}

impl Proposal {
    /// How many times yes is to be said.
    pub fn yeses(&self) -> usize {
        1 + self.hurdles.len()
    }
}

/// The module that was loaded last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastLoad {
    /// What came later than this, came since.
    pub at: Stamp,
    /// That it is loaded, when, and whether the kernel has it.
    pub sentence: String,
}

/// What is known of dontaudit rules on the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DontauditRules {
    /// Nobody asked yet.
    #[default]
    NotAsked,
    /// They are in force: some denials are hidden.
    In,
    /// They are out.
    Out,
    /// It takes root to know.
    Unknown,
}

/// The time for which dontaudit rules are out, and what they would have hidden.
#[derive(Debug, Clone)]
pub struct Flood {
    /// Since then.
    pub since: Stamp,
    /// Until then.
    pub until: Option<Stamp>,
    /// The policy from before, where it was kept.
    pub before: Option<Arc<Policy>>,
}

/// How a denial stands to dontaudit rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hiding {
    /// It came while the rules were in.
    Seen,
    /// It came while they were out, and nothing says that it had been hidden.
    SinceOut,
    /// It came while they were out, and one of them would have hidden it.
    Hidden,
}

impl Flood {
    /// How a denial stands.
    pub fn hiding(&self, denial: &Denial) -> Hiding {
        let first = denial.tally.first;
        if denial.tally.count() == 0 || first < self.since || self.until.is_some_and(|until| first > until) {
            return Hiding::Seen;
        }
        if self.before.as_ref().is_some_and(|policy| hides(policy, denial)) { Hiding::Hidden } else { Hiding::SinceOut }
    }
}

/// Whether a dontaudit rule of the policy is about what was denied.
fn hides(policy: &Policy, denial: &Denial) -> bool {
    let key = &denial.key;
    let (Some(source), Some(target), Some(class)) = (
        policy.find_type(key.source.as_str()),
        policy.find_type(key.target.as_str()),
        policy.find_class(key.class.as_str()),
    ) else {
        return false;
    };
    let hidden = policy.access(source, target, class).not_audited;
    let bit = |name: &str| policy.class(class).and_then(|class| class.permission(name)).unwrap_or(0);
    denial.permissions.keys().any(|permission| bit(permission.as_str()) & hidden != 0)
}

/// Which denials are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// All of them.
    #[default]
    All,
    /// What came since the module was loaded.
    SinceLoad,
    /// Without what only came because dontaudit rules are out.
    WithoutFlood,
    /// Only what they had hidden.
    Hidden,
    /// All that came since they are out.
    SinceOut,
}

impl Scope {
    /// What is listed, for the title of the list.
    pub fn title(self) -> &'static str {
        match self {
            Self::All => "",
            Self::SinceLoad => "since the load",
            Self::WithoutFlood => "without what came since -DB",
            Self::Hidden => "hidden by dontaudit",
            Self::SinceOut => "since -DB",
        }
    }
}

/// What a denial's place in the list depends on.
#[derive(Debug, Clone, Default)]
pub struct Split {
    /// Which are listed.
    pub scope: Scope,
    /// When the module was loaded last.
    pub load: Option<Stamp>,
    /// The domains that the module declares.
    pub own: Vec<Identifier>,
    /// When dontaudit rules were out.
    pub flood: Option<Flood>,
}

impl Split {
    /// Whether a denial came since the load.
    pub fn is_since_load(&self, denial: &Denial) -> bool {
        self.load.is_some_and(|load| denial.tally.count() > 0 && denial.tally.last >= load)
    }

    /// How a denial stands to dontaudit rules.
    pub fn hiding(&self, denial: &Denial) -> Hiding {
        self.flood.as_ref().map_or(Hiding::Seen, |flood| flood.hiding(denial))
    }

    /// Whether it is listed.
    pub fn lists(&self, denial: &Denial) -> bool {
        match self.scope {
            Scope::All => true,
            Scope::SinceLoad => self.is_since_load(denial),
            Scope::WithoutFlood => self.hiding(denial) == Hiding::Seen,
            Scope::Hidden => self.hiding(denial) == Hiding::Hidden,
            Scope::SinceOut => self.hiding(denial) != Hiding::Seen,
        }
    }

    /// Its place among the others: what came since the load first, of that the module's own domains.
    pub fn rank(&self, denial: &Denial) -> u8 {
        let is_own = self.own.iter().any(|domain| domain.name() == &denial.key.source);
        match (self.is_since_load(denial), is_own) {
            (true, true) => 0,
            (true, false) => 1,
            (false, _) => 2,
        }
    }

    /// Whether the order can be another one than that in which the denials came.
    pub fn reorders(&self) -> bool {
        self.load.is_some()
    }
}

/// The node.
#[derive(Debug, Default)]
pub struct NodeState {
    /// What is being looked at or done; it can be given up.
    pub running: Option<Act>,
    /// Build, then propose to load.
    pub load_when_built: bool,
    /// Proposals that wait until no dialog is open.
    pub proposals: VecDeque<Proposal>,
    /// The module that was loaded last.
    pub load: Option<LastLoad>,
    /// dontaudit rules.
    pub dontaudit: DontauditRules,
    /// How many denials came since the load, since dontaudit rules are out, and how many of these they had hidden.
    pub counts: (usize, usize, usize),
}
