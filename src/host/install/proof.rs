//! What the store holds once semodule has ended: its word alone is not believed.

use super::Target;
use crate::host::{
    process::Cancel,
    store::{InstalledModule, Package, digest},
};

/// A change of one module's place in the store: its name and priority.
#[derive(Debug)]
pub(super) struct Change<'a> {
    pub(super) name: &'a str,
    pub(super) priority: u16,
    /// SHA-256 of what was there before; nothing where nothing was, or where it could not be seen.
    pub(super) before: Option<&'a str>,
    /// What is to be there after; nothing for a module that is removed.
    pub(super) after: Option<&'a Package>,
}

/// How the store stands to a change.
#[derive(Debug)]
pub(super) enum Proof {
    /// It is made. The digest of what is there, as the store has it; nothing where nothing is.
    Made(Option<String>),
    /// It is not; how it stands instead, as the end of a sentence about the store.
    Missed(String),
    /// The store can't be read, and why.
    Unseen(String),
}

impl Change<'_> {
    /// Whether the store would look the same before and after: then it shows nothing of a change.
    pub(super) fn is_visible(&self) -> bool {
        self.before != self.after.map(|package| package.digest.as_str())
    }

    /// Looks at the place.
    pub(super) fn prove(&self, target: &Target) -> Proof {
        self.look(target).unwrap_or_else(|error| Proof::Unseen(format!("{error:#}")))
    }

    fn look(&self, target: &Target) -> anyhow::Result<Proof> {
        let Self { name, priority, .. } = self;
        let modules = target.store.named(name)?;
        let there = modules.iter().find(|module| module.priority == *priority);
        Ok(match (there, self.after) {
            (None, None) => Proof::Made(None),
            (Some(_), None) => Proof::Missed(format!("still has the module {name} at priority {priority}")),
            (None, Some(_)) => Proof::Missed(format!("has no module {name} at priority {priority}")),
            (Some(there), Some(package)) if holds(there, package)? => Proof::Made(Some(there.digest()?)),
            (Some(_), Some(_)) => {
                Proof::Missed(format!("has another module {name} at priority {priority} than the one it was given"))
            }
        })
    }
}

/// Whether a module of the store is this one. With `remove-hll` in semanage.conf(5) only its CIL is left.
fn holds(there: &InstalledModule, package: &Package) -> anyhow::Result<bool> {
    let stored = there.digest()?;
    if stored == package.digest {
        return Ok(true);
    }
    if there.language == package.language {
        return Ok(false);
    }
    Ok(stored == digest(package.cil_text(&Cancel::new())?.as_bytes()))
}
