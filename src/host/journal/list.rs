//! Which sessions there are.

use std::{
    fs::{self, DirEntry},
    io::ErrorKind,
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::Context as _;

use super::FILE_NAME;

/// A session that has a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSession {
    /// The machine, as its folder is called: [`safe_file_name`](crate::host::directories::safe_file_name) of its name.
    pub node: String,
    /// The module's name.
    pub module: String,
    /// When the journal was last written to.
    pub changed: SystemTime,
    /// The journal.
    pub journal: PathBuf,
}

/// The sessions below `sessions`, the one last worked on first. A folder that is not there holds none.
pub fn list(sessions: &Path) -> anyhow::Result<Vec<KnownSession>> {
    let mut found = Vec::new();
    for node in entries(sessions)? {
        for module in entries(&node.path())? {
            let journal = module.path().join(FILE_NAME);
            let Ok(metadata) = fs::symlink_metadata(&journal) else { continue };
            // The names are made by this program; a name that is no UTF-8 is none of its own.
            let (Ok(node), Ok(module)) = (node.file_name().into_string(), module.file_name().into_string()) else {
                continue;
            };
            if metadata.is_file() && metadata.len() > 0 {
                let changed = metadata.modified().with_context(|| journal.display().to_string())?;
                found.push(KnownSession { node, module, changed, journal });
            }
        }
    }
    found.sort_by(|a, b| b.changed.cmp(&a.changed).then_with(|| a.journal.cmp(&b.journal)));
    Ok(found)
}

fn entries(folder: &Path) -> anyhow::Result<Vec<DirEntry>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.collect::<Result<_, _>>().with_context(|| folder.display().to_string()),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(Vec::new()),
        Err(error) => Err(error).with_context(|| folder.display().to_string()),
    }
}
