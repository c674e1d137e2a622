//! The catalogue of the headers that are installed here.

use std::{path::Path, sync::Arc};

use anyhow::bail;

use super::{
    distribution::{Distribution, Need},
    headers::Headers,
};
use crate::{
    refpolicy::{Catalogue, Contents, Definition, Definitions, Expander},
    selinux::printable,
};

/// Reads the headers and expands every definition in terms of its parameters.
///
/// # Errors
/// A header that cannot be read; no headers at all, with what to install.
pub fn read(headers: &Headers, root: &Path) -> anyhow::Result<Arc<Catalogue>> {
    read_part(headers, root, &|_| true)
}

/// The same where only some definitions are asked about: the others are known by name, and their contents are empty.
pub fn read_only(headers: &Headers, root: &Path, names: &[&str]) -> anyhow::Result<Arc<Catalogue>> {
    read_part(headers, root, &|definition| names.contains(&definition.name.as_str()))
}

fn read_part(headers: &Headers, root: &Path, wanted: &dyn Fn(&Definition) -> bool) -> anyhow::Result<Arc<Catalogue>> {
    let set = Arc::new(headers.read(root)?);
    if set.is_empty() {
        bail!("{}", nothing_there(headers));
    }
    let definitions = Arc::new(Definitions::read(Arc::clone(&set)));
    let mut expander = Expander::new(&set);
    let contents = definitions.iter().map(|(_, definition)| {
        if !wanted(definition) {
            return Contents::default();
        }
        let count = definition.parameters.len();
        let arguments: Vec<String> = (1..=count).map(|number| format!("${number}")).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        Contents::of(&expander.expand(&definition.name, &arguments), count)
    });
    let contents = contents.collect();
    Ok(Arc::new(Catalogue::new(definitions, contents)))
}

/// The sentence for a machine without headers.
fn nothing_there(headers: &Headers) -> String {
    let folders: Vec<_> =
        headers.folders().iter().map(|folder| printable(folder.as_os_str().as_encoded_bytes())).collect();
    let folders = folders.join(", ");
    match Distribution::here().package(Need::Headers) {
        _ if headers.are_named() => format!("there are no interface headers (.if) in {folders}"),
        Some(package) => {
            format!("there are no interface headers in {folders}: install {package}, or name a folder with --headers")
        }
        None => format!("there are no interface headers in {folders}: name a folder that holds them with --headers"),
    }
}
