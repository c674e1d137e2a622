//! The names of a log, each held once.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::selinux::{Name, PermissionSet, SecurityContext};

/// More different names of one kind than a policy has types: what comes beyond was made up, and everything is forgotten.
const MOST: usize = 1 << 14;

/// Longer ones are no names; they are read, and not remembered.
const LONGEST: usize = 256;

/// What these bytes were read as.
type Known<T> = HashMap<Box<[u8]>, T, RandomState>;

/// Gives the same text the same [`Name`], so that a million messages of one denial share their names.
#[derive(Debug, Default)]
pub(super) struct Names {
    single: Known<Name>,
    contexts: Known<SecurityContext>,
    permissions: Known<PermissionSet>,
}

impl Names {
    /// The name in these bytes.
    pub fn name(&mut self, text: &[u8]) -> Name {
        remembered(&mut self.single, text, |text| Some(Name::from_bytes(text)))
            .unwrap_or_else(|| Name::from_bytes(text))
    }

    /// The context in these bytes; `None` when a part of it is missing.
    pub fn context(&mut self, text: &[u8]) -> Option<SecurityContext> {
        let names = &mut self.single;
        let mut name = |part: &Name| {
            let text = part.as_str().as_bytes();
            remembered(names, text, |text| Some(Name::from_bytes(text))).unwrap_or_else(|| part.clone())
        };
        remembered(&mut self.contexts, text, |text| {
            let context = SecurityContext::parse(&String::from_utf8_lossy(text))?;
            Some(SecurityContext {
                user: name(&context.user),
                role: name(&context.role),
                r#type: name(&context.r#type),
                range: context.range.as_ref().map(&mut name),
            })
        })
    }

    /// The permissions between the braces.
    pub fn permissions(&mut self, text: &[u8]) -> PermissionSet {
        let names = &mut self.single;
        let read = |text: &[u8]| {
            let words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            Some(words.filter_map(|word| remembered(names, word, |word| Some(Name::from_bytes(word)))).collect())
        };
        remembered(&mut self.permissions, text, read).unwrap_or_default()
    }
}

fn remembered<T: Clone>(known: &mut Known<T>, text: &[u8], read: impl FnOnce(&[u8]) -> Option<T>) -> Option<T> {
    if let Some(value) = known.get(text) {
        return Some(value.clone());
    }
    let value = read(text)?;
    if text.len() <= LONGEST {
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(text.into(), value.clone());
    }
    Some(value)
}
