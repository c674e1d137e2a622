//! The house as it is built: arrows between the rooms, pure rooms, one speller of policy text, short files.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods
)] // a test may

mod rules;
mod source;

use std::{fs, path::Path};

use source::Source;

/// Every `.rs` file below the folder.
fn read(folder: &Path, root: &Path, sources: &mut Vec<Source>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            read(&path, root, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            sources.push(Source::new(name, &fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn the_house_stands_as_it_was_drawn() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    read(&root, &root, &mut sources);
    for room in ["selinux", "audit", "denials", "module", "session", "config", "host", "cli"] {
        assert!(sources.iter().any(|source| source.room() == Some(room)), "{room} was not read");
    }
    let named: usize = sources.iter().map(|source| source.rooms_named().len()).sum();
    assert!(named > 20, "the rooms name one another {named} times: the check reads too little");
    let objections = rules::objections(&sources);
    assert!(objections.is_empty(), "\n{}", objections.join("\n"));
}
