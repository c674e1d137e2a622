//! The module's files where a person wants them: whole or not at all, and never over somebody else's work.

use std::{
    fs::{self, File, Permissions},
    io::{self, ErrorKind, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use tempfile::NamedTempFile;

use crate::{
    module::{PolicyModule, RenderContext, SourceFile, Unwritable},
    selinux::Identifier,
};

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFile {
    /// Its name, without a folder.
    pub name: String,
    /// What it holds.
    pub content: Vec<u8>,
}

impl ExportFile {
    /// The source files of a module, and what could not be written into them.
    pub fn sources_of(module: &PolicyModule, context: &RenderContext) -> (Vec<Self>, Vec<Unwritable>) {
        let mut unwritable = Vec::new();
        let files = SourceFile::ALL.map(|file| {
            let rendered = module.render(file, context);
            let text = rendered.text();
            unwritable.extend(rendered.unwritable);
            Self { name: format!("{}.{}", module.name, file.extension()), content: text.into_bytes() }
        });
        (files.into(), unwritable)
    }

    /// What containers need to run in the module's domains.
    pub fn workload(text: String) -> Self {
        Self { name: "workload.txt".to_owned(), content: text.into_bytes() }
    }
}

/// What happens to a file that somebody else wrote or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overwrite {
    /// It stays, and nothing at all is written.
    #[default]
    No,
    /// It is replaced.
    Yes,
}

/// How an export ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportOutcome {
    /// Every file is there; their paths.
    Written(Vec<PathBuf>),
    /// Nothing was written: these were not written by an export, or changed since.
    Conflict(Vec<PathBuf>),
}

/// Writes the files of a module into a folder, which is made where it is missing.
///
/// What was exported is remembered in `.NAME.seltui` beside the files, a digest a line; a file that is not what is
/// written there is somebody else's. Each file is written beside its place, synchronized and renamed over it.
pub fn export(
    folder: &Path,
    module: &Identifier,
    files: &[ExportFile],
    overwrite: Overwrite,
) -> anyhow::Result<ExportOutcome> {
    fs::create_dir_all(folder).map_err(|error| explained("cannot make the folder", error, folder))?;
    let memory_path = folder.join(format!(".{module}.seltui"));
    refuse_what_is_no_file(&memory_path)?;
    let mut memory = Memory::read(&memory_path)?;
    let mut conflicts = Vec::new();
    for file in files {
        let path = folder.join(&file.name);
        refuse_what_is_no_file(&path)?;
        match fs::read(&path) {
            Ok(content) if content == file.content || memory.knows(&file.name, &content) => {}
            Ok(_) => conflicts.push(path),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| failure("cannot read", &path)),
        }
    }
    if overwrite == Overwrite::No && !conflicts.is_empty() {
        return Ok(ExportOutcome::Conflict(conflicts));
    }
    // All are written before the first takes its place: a full disk changes nothing.
    let mut ready = Vec::new();
    for file in files {
        let path = folder.join(&file.name);
        memory.remember(&file.name, &file.content);
        ready.push((written_beside(folder, &path, &file.content)?, path));
    }
    // The memory goes first and knows the files of before as well: a cut between two renames makes nobody a stranger.
    ready.insert(0, (written_beside(folder, &memory_path, memory.text().as_bytes())?, memory_path));
    for (temporary, path) in ready {
        temporary.persist(&path).map_err(|error| error.error).with_context(|| failure("cannot write", &path))?;
    }
    // The names are safe on the disk only when the folder is.
    File::open(folder).and_then(|folder| folder.sync_all()).with_context(|| failure("cannot synchronize", folder))?;
    Ok(ExportOutcome::Written(files.iter().map(|file| folder.join(&file.name)).collect()))
}

/// The files of these names in the folder that no export of the module wrote, or that were changed since.
///
/// A package is written long after the sources that it is made of; this tells beforehand whether its place is free.
pub fn strangers(folder: &Path, module: &Identifier, names: &[String]) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    // What is no folder holds no file; why none can be made there is told when it is made.
    if !folder.is_dir() {
        return Ok(found);
    }
    let memory = Memory::read(&folder.join(format!(".{module}.seltui")))?;
    for name in names {
        let path = folder.join(name);
        match fs::read(&path) {
            Ok(content) if memory.knows(name, &content) => {}
            Ok(_) => found.push(path),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| failure("cannot read", &path)),
        }
    }
    Ok(found)
}

/// A link could lead anywhere, and a rename would not follow it; a folder or a pipe is no file of ours.
fn refuse_what_is_no_file(path: &Path) -> anyhow::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => {
            bail!("{} is a symbolic link: remove it, or choose another folder", path.display())
        }
        Ok(metadata) if !metadata.is_file() => {
            bail!("{} is no regular file: remove it, or choose another folder", path.display())
        }
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).with_context(|| failure("cannot look at", path)),
    }
}

fn written_beside(folder: &Path, path: &Path, content: &[u8]) -> anyhow::Result<NamedTempFile> {
    let write = || -> io::Result<NamedTempFile> {
        // What the umask takes away stays away.
        let is_script = content.starts_with(b"#!");
        let permissions = Permissions::from_mode(if is_script { 0o777 } else { 0o666 });
        let mut file = tempfile::Builder::new().prefix(".seltui-").permissions(permissions).tempfile_in(folder)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        Ok(file)
    };
    write().map_err(|error| explained("cannot write", error, path))
}

/// What to do about the errors that a person can do something about.
fn explained(what: &str, error: io::Error, path: &Path) -> anyhow::Error {
    let advice = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "; make room or choose another folder, nothing was changed"
        }
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => "; choose a folder that you may write to",
        ErrorKind::AlreadyExists | ErrorKind::NotADirectory => "; a file is in its place: choose another folder",
        _ => "; choose another folder",
    };
    let message = format!("{}{advice}", failure(what, path));
    anyhow::Error::new(error).context(message)
}

fn failure(what: &str, path: &Path) -> String {
    format!("{what} {}", path.display())
}

/// What the last two exports wrote: digest and name, a line each, older ones first.
#[derive(Debug, Default)]
struct Memory(Vec<(String, String)>);

impl Memory {
    fn read(path: &Path) -> anyhow::Result<Self> {
        match fs::read(path) {
            Ok(content) => {
                let text = String::from_utf8_lossy(&content);
                let entries = text.lines().filter_map(|line| line.split_once("  "));
                Ok(Self(entries.map(|(digest, name)| (name.to_owned(), digest.to_owned())).collect()))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| failure("cannot read", path)),
        }
    }

    fn knows(&self, name: &str, content: &[u8]) -> bool {
        self.0.iter().any(|(known, digest)| known == name && *digest == digest_of(content))
    }

    fn remember(&mut self, name: &str, content: &[u8]) {
        let entry = (name.to_owned(), digest_of(content));
        self.0.retain(|known| *known != entry);
        let newest_before = self.0.iter().rev().find(|(known, _)| known == name).cloned();
        self.0.retain(|(known, _)| known != name);
        self.0.extend(newest_before);
        self.0.push(entry);
    }

    fn text(&self) -> String {
        self.0.iter().flat_map(|(name, digest)| [digest.as_str(), "  ", name.as_str(), "\n"]).collect()
    }
}

/// Tells a changed file from an unchanged one; it is no proof against somebody who wants them to look alike.
fn digest_of(content: &[u8]) -> String {
    format!("{:08x}-{}", crc32fast::hash(content), content.len())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn name() -> Identifier {
        Identifier::new("logger").unwrap()
    }

    fn files(te: &str) -> Vec<ExportFile> {
        [("logger.te", te), ("logger.fc", "# nothing\n")]
            .map(|(name, content)| ExportFile { name: name.to_owned(), content: content.into() })
            .into()
    }

    fn is_conflict(outcome: &ExportOutcome, folder: &Path, names: &[&str]) -> bool {
        *outcome == ExportOutcome::Conflict(names.iter().map(|name| folder.join(name)).collect())
    }

    #[test]
    fn goes_over_its_own_files_and_over_no_others() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("a/b");
        for te in ["one", "two", "two"] {
            let outcome = export(&folder, &name(), &files(te), Overwrite::No).unwrap();
            assert_eq!(outcome, ExportOutcome::Written(vec![folder.join("logger.te"), folder.join("logger.fc")]));
            assert_eq!(fs::read_to_string(folder.join("logger.te")).unwrap(), te);
        }
        fs::write(folder.join("logger.te"), "edited").unwrap();
        let outcome = export(&folder, &name(), &files("three"), Overwrite::No).unwrap();
        assert!(is_conflict(&outcome, &folder, &["logger.te"]), "{outcome:?}");
        assert_eq!(fs::read_to_string(folder.join("logger.te")).unwrap(), "edited");
        let written = export(&folder, &name(), &files("three"), Overwrite::Yes).unwrap();
        assert!(matches!(written, ExportOutcome::Written(_)));
        assert_eq!(fs::read_to_string(folder.join("logger.te")).unwrap(), "three");
        let left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left.len(), 3, "two files and the memory: {left:?}");
    }

    #[test]
    fn a_file_that_was_there_before_is_somebody_elses() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("logger.fc"), "mine").unwrap();
        let outcome = export(place.path(), &name(), &files("one"), Overwrite::No).unwrap();
        assert!(is_conflict(&outcome, place.path(), &["logger.fc"]), "{outcome:?}");
        assert!(!place.path().join("logger.te").exists(), "all or nothing");
    }

    #[test]
    fn a_cut_between_two_renames_makes_nobody_a_stranger() {
        let place = tempfile::tempdir().unwrap();
        export(place.path(), &name(), &files("one"), Overwrite::No).unwrap();
        let before = fs::read(place.path().join("logger.te")).unwrap();
        export(place.path(), &name(), &files("two"), Overwrite::No).unwrap();
        // As if only the memory had been renamed.
        fs::write(place.path().join("logger.te"), before).unwrap();
        let outcome = export(place.path(), &name(), &files("three"), Overwrite::No).unwrap();
        assert!(matches!(outcome, ExportOutcome::Written(_)), "{outcome:?}");
    }

    #[test]
    fn follows_no_link_and_replaces_no_folder() {
        let place = tempfile::tempdir().unwrap();
        let victim = place.path().join("victim");
        fs::write(&victim, "precious").unwrap();
        let folder = place.path().join("out");
        fs::create_dir(&folder).unwrap();
        for (target, what) in
            [("logger.te", "symbolic link"), (".logger.seltui", "symbolic link"), ("logger.fc", "no regular")]
        {
            let path = folder.join(target);
            if what == "symbolic link" {
                symlink(&victim, &path).unwrap();
            } else {
                fs::create_dir(&path).unwrap();
            }
            let error = export(&folder, &name(), &files("one"), Overwrite::Yes).unwrap_err();
            assert!(error.to_string().contains(what), "{error}");
            if what == "symbolic link" { fs::remove_file(&path).unwrap() } else { fs::remove_dir(&path).unwrap() }
        }
        assert_eq!(fs::read_to_string(victim).unwrap(), "precious");
    }

    #[test]
    fn a_full_disk_changes_nothing_and_is_named() {
        // /dev/full is no folder, but the sentence is made from the error alone.
        let error = explained("cannot write", io::Error::from(ErrorKind::StorageFull), Path::new("/x/logger.te"));
        assert_eq!(
            error.to_string(),
            "cannot write /x/logger.te; make room or choose another folder, nothing was changed"
        );
    }
}
