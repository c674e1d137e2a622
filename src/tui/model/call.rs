//! The dialog that asks for the arguments of a call.

use crate::{
    refpolicy::{Entry, ParameterKind},
    selinux::{Argument, Call, Identifier, printable},
    tui::widgets::TextField,
};

/// A call in the making.
#[derive(Debug)]
pub struct CallDialog {
    /// What is called.
    pub interface: Identifier,
    /// The domain that it shall make; without, it is a call of the interfaces pane.
    pub makes: Option<Identifier>,
    /// Its arguments, in their order.
    pub fields: Vec<CallField>,
    /// The one that has the keys.
    pub at: usize,
    /// What the call would do as it is typed now.
    pub says: Vec<String>,
    /// Why it is refused.
    pub error: Option<String>,
}

/// One argument.
#[derive(Debug)]
pub struct CallField {
    /// What is typed, or was filled in.
    pub field: TextField,
    /// What the header calls it; not printable yet.
    pub name: String,
    /// What it must be.
    pub kind: ParameterKind,
    /// What the header says of it; not printable yet.
    pub summary: String,
    /// Nobody needs to be asked for it.
    pub is_known: bool,
    /// It may stay empty.
    pub may_miss: bool,
}

impl CallDialog {
    /// The call as it is typed; empty arguments at its end are not written.
    ///
    /// # Errors
    /// Which argument is missing, or cannot be written.
    pub fn call(&self) -> Result<Call, String> {
        let mut texts: Vec<&str> = self.fields.iter().map(|field| field.field.text().trim()).collect();
        while texts.last().is_some_and(|last| last.is_empty()) {
            texts.pop();
        }
        let needed = self.fields.iter().rposition(|field| !field.may_miss).map_or(0, |last| last + 1);
        texts.resize(texts.len().max(needed), "");
        let mut arguments = Vec::new();
        for (text, field) in texts.into_iter().zip(&self.fields) {
            let name = printable(field.name.as_bytes());
            if text.is_empty() {
                return Err(format!("{name} is missing"));
            }
            arguments.push(Argument::new(text).map_err(|error| format!("{name}: {error}"))?);
        }
        Ok(Call { interface: self.interface.clone(), arguments })
    }
}

/// What the header calls a parameter, `$2` where it says nothing; not printable yet.
pub fn parameter_name(entry: &Entry<'_>, place: usize) -> String {
    let documented = entry.definition.parameters().get(place);
    let name = documented.map(|parameter| parameter.name.clone()).filter(|name| !name.is_empty());
    name.unwrap_or_else(|| format!("${}", place + 1))
}

/// Whether an argument may stay empty.
pub fn may_miss(entry: &Entry<'_>, place: usize) -> bool {
    let kind = entry.contents.parameters.get(place).map(|used| used.kind);
    matches!(kind, None | Some(ParameterKind::Unused | ParameterKind::FileName))
        || entry.definition.parameters().get(place).is_some_and(|parameter| parameter.optional)
}
