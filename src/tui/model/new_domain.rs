//! The dialog for a new domain: its name, what makes it one, and what it shall have besides.

use crate::{
    selinux::{Argument, Call, Identifier},
    tui::{model::CallDialog, widgets::TextField},
};

/// A new domain in the making.
#[derive(Debug, Default)]
pub struct NewDomainDialog {
    /// What is typed.
    pub field: TextField,
    /// The rows that it is for.
    pub rows: Vec<usize>,
    /// Whether the keys go to the list of what it shall have besides.
    pub in_also: bool,
    /// What can make it a domain; never empty.
    pub makings: Vec<MakingChoice>,
    /// What can make domains of certain names alone; those that can make this one stand among the others too, at their end.
    pub named: Vec<MakingChoice>,
    /// Which of them is chosen.
    pub making: usize,
    /// The one that the person chose: a better one that is found later does not take its place. One that makes no domain of the
    /// name that is typed now comes back with a name that it fits.
    pub chosen: Option<MakingChoice>,
    /// What it may have besides.
    pub also: Vec<AlsoChoice>,
    /// Which of these the cursor is on; behind the last of them is what is typed.
    pub at: usize,
    /// Another attribute or call that it shall have, as it is typed.
    pub other: TextField,
    /// What that does, or why it can't be.
    pub other_says: String,
    /// What is not there: headers, an interface of other headers.
    pub missing: Vec<String>,
    /// What the chosen way brings, and what of the accesses it gives.
    pub brings: Vec<String>,
    /// How many accesses that was said of.
    pub seen: usize,
    /// What was typed for the arguments of a call before the person came back from there.
    pub asked: Option<Box<CallDialog>>,
    /// Why the name is refused.
    pub error: Option<String>,
    /// What the person should know first; Enter once more goes on.
    pub warning: Option<String>,
}

/// A way to make a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MakingChoice {
    /// The session made it before.
    Known,
    /// `domain_type` and nothing else.
    Plain,
    /// A template that declares it.
    Template(CallPattern),
    /// An interface for a declared type and that of its program.
    Maker(CallPattern),
}

/// A call with places for what follows from the domain's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallPattern {
    /// The interface or template.
    pub interface: Identifier,
    /// Its arguments.
    pub slots: Vec<Slot>,
}

/// One argument of a [`CallPattern`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slot {
    /// `kube_logreader`
    Prefix,
    /// `my` of `postfix_my_t`
    Within {
        /// `postfix_`
        before: String,
        /// `_t`
        behind: String,
    },
    /// `kube_logreader_t`
    Domain,
    /// `kube_logreader_exec_t`
    Executable,
    /// Anything else.
    Text(Argument),
    /// What nobody knows: the person is asked.
    Asked {
        /// What the header calls it; not printable yet.
        name: String,
        /// What is filled in.
        known: Option<Argument>,
    },
}

/// Something that a domain may have besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlsoChoice {
    /// A call, or an attribute.
    pub what: AlsoWhat,
    /// What it is for, in a word or two.
    pub purpose: &'static str,
    /// How much it opens.
    pub opens: String,
    /// It is wanted.
    pub ticked: bool,
}

/// What an [`AlsoChoice`] writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlsoWhat {
    /// An interface.
    Call(CallPattern),
    /// `typeattribute`
    Attribute(Identifier),
}

impl CallPattern {
    /// The call for a domain, with what is filled in; `None` where something is missing, or for a name that is too long for what
    /// is made of it.
    pub fn call(&self, domain: &Identifier) -> Option<Call> {
        let arguments = self.slots.iter().map(|slot| slot.argument(domain)).collect::<Option<_>>()?;
        Some(Call { interface: self.interface.clone(), arguments })
    }

    /// Whether it can make a domain of this name.
    pub fn fits(&self, domain: &Identifier) -> bool {
        self.slots.iter().all(|slot| !matches!(slot, Slot::Within { .. }) || slot.argument(domain).is_some())
    }

    /// Whether the person must be asked for an argument.
    pub fn asks(&self) -> bool {
        self.slots.iter().any(|slot| matches!(slot, Slot::Asked { .. }))
    }

    /// The call for a domain to be read: what is asked for stands there by its name. Not printable yet.
    pub fn text(&self, domain: &Identifier) -> Option<String> {
        let texts = self.slots.iter().map(|slot| match slot {
            Slot::Asked { name, .. } => Some(name.clone()),
            slot => slot.argument(domain).map(|argument| argument.as_str().to_owned()),
        });
        Some(format!("{}({})", self.interface, texts.collect::<Option<Vec<_>>>()?.join(", ")))
    }
}

impl Slot {
    /// What stands there for a domain.
    pub fn argument(&self, domain: &Identifier) -> Option<Argument> {
        match self {
            Self::Prefix => Argument::new(prefix(domain)).ok(),
            Self::Within { before, behind } => {
                let within = domain.as_str().strip_prefix(before.as_str())?.strip_suffix(behind.as_str())?;
                Argument::new(within).ok()
            }
            Self::Domain => Some(domain.clone().into()),
            Self::Executable => executable(domain).map(Argument::from),
            Self::Text(text) => Some(text.clone()),
            Self::Asked { known, .. } => known.clone(),
        }
    }
}

impl MakingChoice {
    /// The pattern of its call.
    pub fn pattern(&self) -> Option<&CallPattern> {
        match self {
            Self::Template(pattern) | Self::Maker(pattern) => Some(pattern),
            Self::Known | Self::Plain => None,
        }
    }
}

impl NewDomainDialog {
    /// Whether keys go into the line for another attribute or call.
    pub fn is_typing_other(&self) -> bool {
        self.in_also && self.at == self.also.len()
    }

    /// Puts what can make domains of such names alone to the end of what can make it one.
    pub fn fit(&mut self, domain: Option<&Identifier>) {
        self.makings.retain(|making| !self.named.contains(making));
        let fits =
            |making: &&MakingChoice| making.pattern().zip(domain).is_some_and(|(pattern, domain)| pattern.fits(domain));
        self.makings.extend(self.named.iter().filter(fits).cloned());
    }

    /// Puts the choice on what the person chose, as long as that is there; else on the best.
    pub fn choose(&mut self) {
        let chosen = self.chosen.as_ref();
        let place = chosen.and_then(|chosen| self.makings.iter().position(|making| making == chosen));
        self.making = place.unwrap_or(0);
    }

    /// The way that is chosen.
    pub fn chosen_making(&self) -> MakingChoice {
        self.makings.get(self.making).cloned().unwrap_or(MakingChoice::Plain)
    }
}

/// The name of a domain without its ending.
pub fn prefix(domain: &Identifier) -> &str {
    domain.as_str().strip_suffix("_t").unwrap_or(domain.as_str())
}

/// The type of the domain's program, as refpolicy calls such.
pub fn executable(domain: &Identifier) -> Option<Identifier> {
    Identifier::new(&format!("{}_exec_t", prefix(domain))).ok()
}
