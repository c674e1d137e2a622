//! What this program loaded on the node, from which session, and whether it is still so.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::Target;
use crate::{
    host::{
        directories::{self, Directories},
        journal::{self, read_records},
    },
    session::{JournalRecord, Loaded, LoadedModules},
};

/// A module that one of the sessions loaded and did not take back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedHere {
    /// The session's module name, which is how `-m` calls it.
    pub session: String,
    /// The journal that says so.
    pub journal: PathBuf,
    /// The module.
    pub loaded: Loaded,
    /// Whether it is still there.
    pub state: LoadedState,
}

/// How the store stands to what was loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadedState {
    /// It holds that very module, and it counts.
    Same,
    /// It holds that very module, and one of a higher priority counts instead.
    Shadowed(u16),
    /// It holds that very module, and somebody has disabled it (`semodule -d`): it does nothing.
    Disabled,
    /// It holds another module of this name and priority: somebody replaced it.
    Changed,
    /// It holds none: somebody removed it.
    Gone,
    /// It can't be read, and why.
    Unknown(String),
}

impl std::fmt::Display for LoadedState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Same => f.write_str("loaded"),
            Self::Shadowed(priority) => write!(f, "loaded, but shadowed by priority {priority}"),
            Self::Disabled => f.write_str("loaded, but disabled by somebody: semodule -e enables it"),
            Self::Changed => f.write_str("replaced by somebody else"),
            Self::Gone => f.write_str("removed by somebody else"),
            Self::Unknown(why) => write!(f, "unknown: {why}"),
        }
    }
}

/// What the user's sessions on this node loaded, by name and priority; of several sessions the last one that did.
///
/// # Errors
/// The sessions' folder cannot be read. A journal that is damaged tells what it still can.
pub fn loaded_here(directories: &Directories, target: &Target) -> anyhow::Result<Vec<LoadedHere>> {
    let node = directories::safe_file_name(directories::node_name(&target.root).as_str());
    let mut last: BTreeMap<(String, u16), LoadedHere> = BTreeMap::new();
    for session in journal::list(&directories.sessions())?.into_iter().filter(|session| session.node == node) {
        let folder = session.journal.parent().unwrap_or(Path::new("."));
        let mut modules = LoadedModules::default();
        let mut origin: BTreeMap<(String, u16), PathBuf> = BTreeMap::new();
        for journal in journals(folder) {
            let Ok((records, _)) = read_records(&journal) else { continue };
            for record in records {
                match record {
                    JournalRecord::Loaded(loaded) => {
                        origin.insert((loaded.name.clone(), loaded.priority), journal.clone());
                        modules.load(&loaded);
                    }
                    JournalRecord::TakenBack(taken) => modules.take_back(&taken),
                    _ => {}
                }
            }
        }
        for loaded in modules.iter() {
            let place = (loaded.name.clone(), loaded.priority);
            if last.get(&place).is_some_and(|other| other.loaded.at > loaded.at) {
                continue;
            }
            let here = LoadedHere {
                session: session.module.clone(),
                journal: origin.get(&place).unwrap_or(&session.journal).clone(),
                loaded: loaded.clone(),
                state: state(target, loaded),
            };
            last.insert(place, here);
        }
    }
    Ok(last.into_values().collect())
}

/// The journals of a session, those that were begun anew first, the one in use last.
fn journals(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_journal = |name: &str| {
        name.strip_prefix(journal::FILE_NAME).is_some_and(|rest| !rest.contains("lock") && !rest.contains("damaged"))
    };
    let mut names: Vec<_> =
        entries.filter(|entry| entry.file_name().to_str().is_some_and(is_journal)).map(|entry| entry.path()).collect();
    // Their names end in the moment at which they were put aside.
    names.sort_by_key(|path| (path.file_name().is_some_and(|name| name == journal::FILE_NAME), path.clone()));
    names
}

fn state(target: &Target, loaded: &Loaded) -> LoadedState {
    let look = || -> anyhow::Result<LoadedState> {
        let modules = target.store.named(&loaded.name)?;
        let Some(there) = modules.iter().find(|module| module.priority == loaded.priority) else {
            return Ok(LoadedState::Gone);
        };
        if there.digest()? != loaded.digest {
            return Ok(LoadedState::Changed);
        }
        if target.store.is_disabled(&loaded.name) {
            return Ok(LoadedState::Disabled);
        }
        let highest = modules.first().map_or(loaded.priority, |module| module.priority);
        Ok(if highest > loaded.priority { LoadedState::Shadowed(highest) } else { LoadedState::Same })
    };
    look().unwrap_or_else(|error| LoadedState::Unknown(format!("{error:#}")))
}
