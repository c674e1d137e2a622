//! The macros: what each name is defined as, with the definitions that `pushdef` laid aside.

use std::{collections::HashMap, mem, sync::Arc};

use super::{body::Body, builtin::Builtin, hash::NameHash};
use crate::refpolicy::CallKind;

/// What a name stands for.
#[derive(Debug, Clone)]
pub enum Definition {
    /// Text, `$1` and the like in it.
    Text(Arc<[u8]>),
    /// The same where it is put together only when it is asked for.
    Body(Body),
    /// One of m4's own macros.
    Builtin(Builtin),
}

#[derive(Debug, Clone)]
struct Symbol {
    name: Arc<[u8]>,
    current: Option<Definition>,
    /// What `pushdef` laid aside, the latest last.
    aside: Vec<Definition>,
    /// What a call of it is to those who unfold calls.
    kind: Option<CallKind>,
}

/// One change, the wrong way round.
#[derive(Debug, Clone)]
pub(super) enum Undo {
    Pop(u32),
    Push(u32, Definition),
    Set(u32, Option<Definition>),
    Restore(u32, Option<Definition>, Vec<Definition>),
}

/// All names and what they stand for.
///
/// Between [`keep`](Self::keep) and [`take_back`](Self::take_back) changes are remembered: an expansion leaves the table as it was.
#[derive(Debug, Default)]
pub struct Symbols {
    places: HashMap<Arc<[u8]>, u32, NameHash>,
    all: Vec<Symbol>,
    undo: Option<Vec<Undo>>,
    /// How many names there were when changes began to be remembered.
    kept: usize,
}

/// Names that an expansion may define for itself.
const ROOM: usize = 512;

impl Clone for Symbols {
    fn clone(&self) -> Self {
        let mut all = Vec::with_capacity(self.all.len() + ROOM);
        all.extend_from_slice(&self.all);
        Self { places: self.places.clone(), all, undo: self.undo.clone(), kept: self.kept }
    }
}

impl Symbols {
    /// The place of a name that was ever defined.
    #[inline]
    pub fn find(&self, name: &[u8]) -> Option<u32> {
        self.places.get(name).copied()
    }

    /// What the name at this place stands for now.
    #[inline]
    pub fn definition(&self, place: u32) -> Option<&Definition> {
        self.all.get(place as usize)?.current.as_ref()
    }

    /// What this name stands for now.
    pub fn lookup(&self, name: &[u8]) -> Option<&Definition> {
        self.definition(self.find(name)?)
    }

    /// The name at this place.
    pub fn name(&self, place: u32) -> Arc<[u8]> {
        self.all.get(place as usize).map(|symbol| Arc::clone(&symbol.name)).unwrap_or_default()
    }

    /// What a call of the name at this place is to those who unfold calls.
    #[inline]
    pub fn kind(&self, place: u32) -> Option<CallKind> {
        self.all.get(place as usize)?.kind
    }

    /// Says what a call of this name is.
    pub fn set_kind(&mut self, name: &[u8], kind: CallKind) {
        let place = self.place(name);
        if let Some(symbol) = self.all.get_mut(place as usize) {
            symbol.kind = Some(kind);
        }
    }

    /// Makes room for so many more, and for what expansions define.
    pub fn reserve(&mut self, names: usize) {
        self.places.reserve(names + ROOM);
        self.all.reserve(names + ROOM);
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// `define` of a name that somebody else keeps too.
    pub fn define_shared(&mut self, name: Arc<[u8]>, definition: Definition) {
        let place = self.find(&name).unwrap_or_else(|| self.add(name));
        self.define_at(place, definition);
    }

    /// `define`
    pub fn define(&mut self, name: &[u8], definition: Definition) {
        let place = self.place(name);
        self.define_at(place, definition);
    }

    fn define_at(&mut self, place: u32, definition: Definition) {
        if let Some(symbol) = self.all.get_mut(place as usize) {
            let old = symbol.current.replace(definition);
            self.remember(Undo::Set(place, old));
        }
    }

    /// `pushdef`
    pub fn push(&mut self, name: &[u8], definition: Definition) {
        let place = self.place(name);
        if let Some(symbol) = self.all.get_mut(place as usize) {
            symbol.aside.extend(symbol.current.replace(definition));
            self.remember(Undo::Pop(place));
        }
    }

    /// `popdef`
    pub fn pop(&mut self, name: &[u8]) {
        let Some(place) = self.find(name) else { return };
        let Some(symbol) = self.all.get_mut(place as usize) else { return };
        let before = symbol.aside.pop();
        if let Some(old) = mem::replace(&mut symbol.current, before) {
            match self.undo.as_mut().and_then(|undo| undo.last()) {
                // Pushed and popped since: nothing to take back.
                Some(Undo::Pop(last)) if *last == place => {
                    self.undo.as_mut().and_then(Vec::pop);
                }
                _ => self.remember(Undo::Push(place, old)),
            }
        }
    }

    /// `undefine`
    pub fn undefine(&mut self, name: &[u8]) {
        let Some(place) = self.find(name) else { return };
        if let Some(symbol) = self.all.get_mut(place as usize) {
            let (current, aside) = (symbol.current.take(), mem::take(&mut symbol.aside));
            self.remember(Undo::Restore(place, current, aside));
        }
    }

    /// From here on changes can be taken back.
    pub fn keep(&mut self) {
        self.undo = Some(Vec::new());
        self.kept = self.all.len();
    }

    /// Takes back what changed since [`keep`](Self::keep); what changes from here on stays.
    pub fn take_back(&mut self) {
        let changes = self.undo.take().unwrap_or_default();
        self.revert(changes);
        for symbol in self.all.drain(self.kept.min(self.all.len())..) {
            self.places.remove(&symbol.name);
        }
    }

    fn revert(&mut self, changes: Vec<Undo>) {
        for change in changes.into_iter().rev() {
            let (Undo::Pop(place) | Undo::Push(place, _) | Undo::Set(place, _) | Undo::Restore(place, ..)) = &change;
            let Some(symbol) = self.all.get_mut(*place as usize) else { continue };
            match change {
                Undo::Pop(_) => symbol.current = symbol.aside.pop(),
                Undo::Push(_, definition) => symbol.aside.extend(symbol.current.replace(definition)),
                Undo::Set(_, old) => symbol.current = old,
                Undo::Restore(_, current, aside) => (symbol.current, symbol.aside) = (current, aside),
            }
        }
    }

    /// Begins to remember changes anew, and gives those that were remembered.
    pub(super) fn begin(&mut self) -> Option<Vec<Undo>> {
        self.undo.replace(Vec::new())
    }

    /// Takes back what changed since [`begin`](Self::begin), and remembers what was remembered before; true when nothing was
    /// left changed.
    pub(super) fn end(&mut self, before: Option<Vec<Undo>>) -> bool {
        let changes = mem::replace(&mut self.undo, before).unwrap_or_default();
        let is_left = changes.is_empty();
        self.revert(changes);
        is_left
    }

    /// Whether nothing changed but that definitions of these two were laid over others.
    pub(super) fn only_pushed(&self, one: u32, other: u32) -> bool {
        let is_allowed = |change: &Undo| matches!(change, Undo::Pop(place) if *place == one || *place == other);
        self.undo.as_ref().is_none_or(|undo| undo.iter().all(is_allowed))
    }

    /// Says what the name at this place stands for; this is not taken back.
    pub(super) fn set(&mut self, place: u32, definition: Option<Definition>) {
        if let Some(symbol) = self.all.get_mut(place as usize) {
            symbol.current = definition;
        }
    }

    /// How many changes could be taken back.
    pub fn changes(&self) -> usize {
        self.undo.as_ref().map_or(0, Vec::len)
    }

    fn remember(&mut self, change: Undo) {
        if let Some(undo) = &mut self.undo {
            undo.push(change);
        }
    }

    /// The place of a name, which is made for it where it has none.
    pub(super) fn place(&mut self, name: &[u8]) -> u32 {
        self.find(name).unwrap_or_else(|| self.add(name.into()))
    }

    fn add(&mut self, name: Arc<[u8]>) -> u32 {
        let place = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.places.insert(Arc::clone(&name), place);
        self.all.push(Symbol { name, current: None, aside: Vec::new(), kind: None });
        place
    }
}
