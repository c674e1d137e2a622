//! Reading what only root may read: directly, or through sudo.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

use crate::{host::process::CommandLine, selinux::printable};

/// How the store is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reader {
    /// As the user.
    Direct,
    /// As root, by this sudo, wherever the user may not. It is never let ask for a password: whoever set it has seen to that.
    Sudo(PathBuf),
}

impl Reader {
    /// The names in a folder, sorted; those that are no UTF-8 are none of libsemanage's.
    pub(super) fn names(&self, folder: &Path) -> anyhow::Result<Vec<String>> {
        let place = || folder.display().to_string();
        let mut names = match (list(folder), self) {
            (Err(error), Self::Sudo(sudo)) if error.kind() == io::ErrorKind::PermissionDenied => {
                let text = ask(sudo, "ls", &["-1", "-A"], folder).with_context(place)?;
                String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()
            }
            (names, _) => names.with_context(place)?,
        };
        names.sort();
        Ok(names)
    }

    /// The inode's number of a file that this user may not see; nothing where the folder has no such file.
    pub(super) fn inode(&self, folder: &Path, name: &str) -> anyhow::Result<Option<u64>> {
        let Self::Sudo(sudo) = self else { bail!("{} is closed to this user", folder.display()) };
        let text = ask(sudo, "ls", &["-1", "-A", "-i"], folder)?;
        let text = String::from_utf8_lossy(&text);
        let mut entries = text.lines().filter_map(|line| line.trim_start().split_once(' '));
        Ok(entries.find(|(_, entry)| *entry == name).and_then(|(inode, _)| inode.parse().ok()))
    }

    /// A file's bytes.
    pub(super) fn bytes(&self, path: &Path) -> anyhow::Result<Vec<u8>> {
        let named = || path.display().to_string();
        match (fs::read(path), self) {
            (Err(error), Self::Sudo(sudo)) if error.kind() == io::ErrorKind::PermissionDenied => {
                ask(sudo, "cat", &[], path).with_context(named)
            }
            (bytes, _) => bytes.with_context(named),
        }
    }
}

fn list(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.extend(entry?.file_name().into_string());
    }
    Ok(names)
}

fn ask(sudo: &Path, program: &str, options: &[&str], path: &Path) -> anyhow::Result<Vec<u8>> {
    let command = CommandLine::new(sudo, "/").args(["-n", "--", program]).args(options).arg("--").arg(path);
    let output = command.output()?;
    if !output.status.success() {
        bail!("sudo {program}: {}", printable(output.stderr.trim_ascii()));
    }
    Ok(output.stdout)
}
