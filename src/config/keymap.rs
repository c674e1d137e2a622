//! Which key does what, and where.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::{
    Chord, ConfigError,
    document::{Document, Entry},
    error::unknown,
};

/// The keymap that is built in.
const EMBEDDED: &str = include_str!("../../assets/keymap.toml");

/// In a file, what takes a key's action away.
const NO_ACTION: &str = "none";

/// The names that a keymap may use; whoever has the table of actions gives them.
#[derive(Debug, Clone, Copy)]
pub struct Vocabulary<'a> {
    /// What can be done, in kebab-case.
    pub actions: &'a [&'a str],
    /// Where keys may mean something of their own: panes and modes.
    pub contexts: &'a [&'a str],
}

/// Keys and the names of their actions: some for every context, some for one of them, which go before those.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keymap {
    everywhere: Vec<Binding>,
    contexts: BTreeMap<String, Vec<Binding>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Binding {
    chord: Chord,
    action: Option<String>,
}

impl Keymap {
    /// The keymap that is built in.
    ///
    /// # Errors
    /// It uses a name that is not in the vocabulary.
    pub fn embedded(vocabulary: &Vocabulary<'_>) -> Result<Self, ConfigError> {
        Self::parse("assets/keymap.toml", EMBEDDED, vocabulary)
    }

    /// Reads `[keys]` and `[keys.CONTEXT]`: `"KEY" = "ACTION"`, or `"none"` for a key that shall do nothing.
    ///
    /// # Errors
    /// The text is no TOML, a key, an action or a context does not exist, or a table has a key twice.
    pub fn parse(file: &str, text: &str, vocabulary: &Vocabulary<'_>) -> Result<Self, ConfigError> {
        let document = Document { file, text };
        let root = document.parse()?;
        let mut keymap = Self::default();
        for entry in document.entries(&root) {
            if entry.key() != "keys" {
                return Err(entry.key_error(unknown("table", entry.key(), &["keys"])));
            }
            let table = entry.table().ok_or_else(|| entry.key_error("it must be a table: write [keys]"))?;
            for entry in table {
                if let Some(context) = entry.table() {
                    if !vocabulary.contexts.contains(&entry.key()) {
                        return Err(entry.key_error(unknown("pane or mode", entry.key(), vocabulary.contexts)));
                    }
                    let mut bindings = Vec::new();
                    for entry in context {
                        bind(&mut bindings, &entry, vocabulary)?;
                    }
                    keymap.contexts.insert(entry.key().to_owned(), bindings);
                } else {
                    bind(&mut keymap.everywhere, &entry, vocabulary)?;
                }
            }
        }
        Ok(keymap)
    }

    /// This keymap with another one laid over it: a key means what the upper one says, where it says something.
    #[must_use]
    pub fn overlaid_with(mut self, upper: Self) -> Self {
        overlay(&mut self.everywhere, upper.everywhere);
        for (context, bindings) in upper.contexts {
            overlay(self.contexts.entry(context).or_default(), bindings);
        }
        self
    }

    /// What a key does in a context.
    pub fn action_for(&self, context: &str, chord: Chord) -> Option<&str> {
        self.binding(context, chord)?.action.as_deref()
    }

    /// The keys of an action in a context; those from the uppermost file first, and in the order of the file.
    pub fn chords_for(&self, context: &str, action: &str) -> Vec<Chord> {
        let own = self.contexts.get(context).into_iter().flatten();
        own.chain(&self.everywhere)
            .filter(|binding| binding.action.as_deref() == Some(action))
            // Another binding of the context may lie over it.
            .filter(|binding| self.binding(context, binding.chord).is_some_and(|found| std::ptr::eq(found, *binding)))
            .map(|binding| binding.chord)
            .collect()
    }

    fn binding(&self, context: &str, chord: Chord) -> Option<&Binding> {
        let own = self.contexts.get(context).into_iter().flatten();
        own.chain(&self.everywhere).find(|binding| binding.chord == chord)
    }
}

fn bind(bindings: &mut Vec<Binding>, entry: &Entry<'_, '_>, vocabulary: &Vocabulary<'_>) -> Result<(), ConfigError> {
    let DeValue::String(action) = entry.value() else {
        return Err(entry.value_error("it must be the name of an action in quotation marks, or \"none\""));
    };
    let chord: Chord = entry.key().parse().map_err(|error| entry.key_error(format!("{error}")))?;
    if bindings.iter().any(|binding| binding.chord == chord) {
        return Err(entry.key_error(format!("the key {chord} stands in this table twice")));
    }
    let known = action == NO_ACTION || vocabulary.actions.contains(&action.as_ref());
    if !known {
        return Err(entry.value_error(unknown("action", action, vocabulary.actions)));
    }
    bindings.push(Binding { chord, action: (action != NO_ACTION).then(|| action.to_string()) });
    Ok(())
}

fn overlay(lower: &mut Vec<Binding>, mut upper: Vec<Binding>) {
    lower.retain(|binding| upper.iter().all(|above| above.chord != binding.chord));
    upper.append(lower);
    *lower = upper;
}
