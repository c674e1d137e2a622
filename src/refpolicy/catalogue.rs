//! Every definition with what it brings.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use super::{
    contents::Contents,
    definition::{Definition, DefinitionKind},
    definitions::{DefinitionId, Definitions},
    expander::Expander,
    m4::NameHash,
};
use crate::selinux::Name;

/// The definitions of the headers, each with what a call of it brings in terms of its parameters.
///
/// It is a value that does not change any more: share it as `Arc<Catalogue>`. `host` makes it, in the background if need be
/// (`host::catalogue`).
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    definitions: Arc<Definitions>,
    /// By the place of the definition.
    contents: Vec<Arc<Contents>>,
    /// Once somebody asks for them.
    callers: OnceLock<HashMap<Name, Vec<DefinitionId>, NameHash>>,
}

/// One definition and what it brings.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Its place.
    pub id: DefinitionId,
    /// As it is written.
    pub definition: &'a Definition,
    /// What a call brings; of a define that is no statement (a set of permissions) nothing.
    pub contents: &'a Contents,
}

impl Catalogue {
    /// Expands all definitions of these places, one after the other; several threads may each take a part, with an expander
    /// of their own ([`Expander::clone`]).
    pub fn contents(
        expander: &mut Expander,
        definitions: &Definitions,
        places: std::ops::Range<usize>,
    ) -> Vec<Arc<Contents>> {
        let wanted = definitions.iter().skip(places.start).take(places.len());
        wanted.map(|(_, definition)| Contents::expanded(expander, definitions, definition)).collect()
    }

    /// Takes the contents in the order of the definitions; one that is missing counts as empty.
    pub fn new(definitions: Arc<Definitions>, mut contents: Vec<Arc<Contents>>) -> Self {
        contents.resize_with(definitions.len(), Arc::default);
        Self { definitions, contents, callers: OnceLock::new() }
    }

    /// The definitions alone: search, text and remarks.
    pub fn definitions(&self) -> &Arc<Definitions> {
        &self.definitions
    }

    /// What this name calls.
    pub fn get(&self, name: &str) -> Option<Entry<'_>> {
        self.by_id(self.definitions.get(name)?.0)
    }

    /// The definition at this place.
    pub fn by_id(&self, id: DefinitionId) -> Option<Entry<'_>> {
        let definition = self.definitions.by_id(id)?;
        Some(Entry { id, definition, contents: self.contents.get(id.0 as usize)? })
    }

    /// All of them: the support macros, then interfaces and templates by file and line.
    pub fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        self.definitions.iter().zip(&self.contents).map(|((id, definition), contents)| Entry {
            id,
            definition,
            contents,
        })
    }

    /// Interfaces and templates alone.
    pub fn interfaces(&self) -> impl Iterator<Item = Entry<'_>> {
        self.iter().filter(|entry| entry.definition.kind != DefinitionKind::Define)
    }

    /// Those whose own body calls this name, by file and line.
    pub fn callers(&self, name: &str) -> &[DefinitionId] {
        let callers = self.callers.get_or_init(|| {
            let mut callers: HashMap<Name, Vec<DefinitionId>, NameHash> = HashMap::default();
            for Entry { id, contents, .. } in self.iter() {
                for name in &contents.calls {
                    callers.entry(name.clone()).or_default().push(id);
                }
            }
            callers
        });
        callers.get(name).map_or(&[], Vec::as_slice)
    }
}
