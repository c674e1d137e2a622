//! What the journal says of the node: which programs were run there, and which modules were loaded and taken back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A program that was run and could change the node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ran {
    /// When it was started: seconds since 1970-01-01 UTC.
    pub at: u64,
    /// By whom: user id, login user id, and the user that sudo was asked by.
    pub who: String,
    /// Its argument vector, as it could be typed.
    pub command: String,
    /// Its exit status; absent when a signal ended it, or it was stopped or could not be started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<i32>,
}

/// A module as the store has it, copied away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The priority that it had.
    pub priority: u16,
    /// SHA-256 of the package without its compression, in hexadecimal digits.
    pub digest: String,
    /// The copy: a file in the session's folder.
    pub file: String,
}

/// A module that was loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loaded {
    /// When: seconds since 1970-01-01 UTC.
    pub at: u64,
    /// The module's name in the store.
    pub name: String,
    /// Its priority there.
    pub priority: u16,
    /// SHA-256 of the package without its compression, in hexadecimal digits: what the store holds as long as nobody else
    /// loads a module of this name and priority.
    pub digest: String,
    /// What stood in its place before, unless this program put it there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<Kept>,
}

/// A module that was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenBack {
    /// When: seconds since 1970-01-01 UTC.
    pub at: u64,
    /// The module's name in the store.
    pub name: String,
    /// Its priority there.
    pub priority: u16,
    /// Whether what was there before was put in its place again.
    pub put_back: bool,
}

/// The modules that a session has loaded and not taken back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadedModules(BTreeMap<(String, u16), Loaded>);

impl LoadedModules {
    /// The module is loaded now. What an earlier round of the same session replaced is remembered, not that round.
    pub fn load(&mut self, loaded: &Loaded) {
        let mut loaded = loaded.clone();
        let place = (loaded.name.clone(), loaded.priority);
        if let Some(before) = self.0.get(&place) {
            let is_own = loaded.replaced.as_ref().is_some_and(|replaced| replaced.digest == before.digest);
            if is_own {
                loaded.replaced.clone_from(&before.replaced);
            }
        }
        self.0.insert(place, loaded);
    }

    /// The module is gone.
    pub fn take_back(&mut self, taken: &TakenBack) {
        self.0.remove(&(taken.name.clone(), taken.priority));
    }

    /// The modules by name and priority.
    pub fn iter(&self) -> impl Iterator<Item = &Loaded> {
        self.0.values()
    }

    /// The one that was loaded last.
    pub fn latest(&self) -> Option<&Loaded> {
        self.0.values().max_by_key(|loaded| loaded.at)
    }

    /// The module of this name that was loaded last, at whatever priority.
    pub fn latest_named(&self, name: &str) -> Option<&Loaded> {
        self.0.values().filter(|loaded| loaded.name == name).max_by_key(|loaded| loaded.at)
    }

    /// The module of this name and priority.
    pub fn get(&self, name: &str, priority: u16) -> Option<&Loaded> {
        self.0.get(&(name.to_owned(), priority))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded(digest: &str, replaced: Option<&str>) -> Loaded {
        let kept = |digest: &str| Kept { priority: 400, digest: digest.to_owned(), file: format!("/kept/{digest}") };
        Loaded {
            at: 1,
            name: "logger".to_owned(),
            priority: 400,
            digest: digest.to_owned(),
            replaced: replaced.map(kept),
        }
    }

    #[test]
    fn the_predecessor_is_the_one_from_before_the_first_round() {
        let mut modules = LoadedModules::default();
        modules.load(&loaded("first", Some("theirs")));
        modules.load(&loaded("second", Some("first")));
        let module = modules.get("logger", 400).unwrap();
        assert_eq!((module.digest.as_str(), module.replaced.as_ref().unwrap().digest.as_str()), ("second", "theirs"));
        modules.load(&loaded("third", Some("a stranger's")));
        assert_eq!(modules.get("logger", 400).unwrap().replaced.as_ref().unwrap().digest, "a stranger's");
        modules.take_back(&TakenBack { at: 2, name: "logger".to_owned(), priority: 400, put_back: true });
        assert_eq!(modules.iter().count(), 0);
    }
}
