//! The journal of a session: a file to which every decision is written before anybody says that it was made.
//!
//! One line a record, `CHECKSUM JSON`, each checksum chained to the one before it; a record is on the disk when
//! [`JournalFile::append`] returns. A journal that was torn or damaged keeps its intact beginning; what follows is moved
//! aside and named, never deleted. One program writes, the others may read.
//!
//! ```
//! use seltui::{host::journal::JournalFile, selinux::Identifier, session::{JournalRecord, Session}};
//!
//! # fn main() -> anyhow::Result<()> {
//! # let folder = tempfile::tempdir()?;
//! let path = folder.path().join("node1/logger/journal");
//! let opened = JournalFile::open(&path)?;
//! let mut writer = opened.writer.expect("nobody else holds it");
//! let module = Identifier::new("logger")?;
//! let mut session = Session::new(module.clone());
//! session.apply(&writer.begin("node1", &module)?)?;
//! assert!(JournalFile::open(&path)?.writer.is_none(), "the second one may only look");
//! # Ok(())
//! # }
//! ```

mod aside;
mod damage;
mod line;
mod list;
mod lock;

use std::{
    fs::{self, File, OpenOptions},
    io::{Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, bail};

pub use damage::Damage;
pub use line::Flaw;
pub use list::{KnownSession, list};

use self::{
    line::Checksum,
    lock::{Lock, Locked},
};
use crate::{host::private, selinux::Identifier, session::JournalRecord};

/// What the journal is called in its session's folder.
pub const FILE_NAME: &str = "journal";

/// A journal as it was found.
#[derive(Debug)]
pub struct Opened {
    /// What it holds, oldest first. Empty for a session that has not begun.
    pub records: Vec<JournalRecord>,
    /// What was lost. To be told to the person.
    pub damage: Option<Damage>,
    /// The way to write to it; `None` while another program holds it.
    pub writer: Option<JournalFile>,
    /// The process id of the program that holds it, where that says so.
    pub held_by: Option<u32>,
}

/// A journal that this program, and no other, writes.
#[derive(Debug)]
pub struct JournalFile {
    path: PathBuf,
    file: File,
    /// Where the last whole line ends.
    length: u64,
    last: Checksum,
    /// A line was begun that could not be finished, and could not be taken back yet.
    torn: bool,
    _lock: Lock,
}

impl JournalFile {
    /// Opens the journal at `path`, or makes it, in a folder of the user's own; reads it; takes the right to write it.
    ///
    /// When another program has that right the journal is read as it stands and nothing is changed. Otherwise whatever
    /// follows the intact lines is moved into a file beside it before this returns.
    ///
    /// # Errors
    /// The folder or the journal is a symbolic link or somebody else's, cannot be read or made, or was written by a newer
    /// program.
    pub fn open(path: &Path) -> anyhow::Result<Opened> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        private::make_private_folder(folder)?;
        let lock = match lock::lock(&aside::beside(path, "lock"))? {
            Locked::Ours(lock) => lock,
            Locked::Theirs(held_by) => {
                let (records, damage) = if private::is_missing(path)? { Default::default() } else { read(path)? };
                return Ok(Opened { records, damage, writer: None, held_by });
            }
        };
        let (mut file, new) = private::open_private_file(path)?;
        if new {
            private::sync_folder(folder)?;
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).with_context(|| path.display().to_string())?;
        let decoded = line::decode(&bytes).with_context(|| path.display().to_string())?;
        let mut damage = Damage::of(path.to_owned(), &bytes, &decoded);
        let mut writer = Self {
            path: path.to_owned(),
            file,
            length: decoded.length as u64,
            last: decoded.last,
            torn: false,
            _lock: lock,
        };
        if let Some(damage) = &mut damage {
            let rest = bytes.get(decoded.length..).unwrap_or_default();
            damage.moved_to = Some(writer.move_aside(rest).with_context(|| damage.to_string())?);
        }
        Ok(Opened { records: decoded.records, damage, writer: Some(writer), held_by: None })
    }

    /// The journal's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the first record of a session, with the time of now, and hands it back to be applied.
    pub fn begin(&mut self, node: &str, module: &Identifier) -> anyhow::Result<JournalRecord> {
        let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let record = JournalRecord::Begin { format: line::FORMAT, node: node.to_owned(), module: module.clone(), at };
        self.append(&record)?;
        Ok(record)
    }

    /// Writes a record: in one write(2), and on the disk (fdatasync(2)) when this returns.
    ///
    /// # Errors
    /// Nothing was written: the disk is full or broken, the journal was moved away or changed by somebody else, or a record
    /// other than [`JournalRecord::Begin`] was to be the first. What stood in the journal stands there still, and a later
    /// record may be tried again.
    pub fn append(&mut self, record: &JournalRecord) -> anyhow::Result<()> {
        self.write(record).with_context(|| format!("{}: the record was not written", self.path.display()))
    }

    /// Keeps the journal as it is under another name, which is handed back, and begins an empty one; `None` when it is
    /// empty already.
    pub fn begin_anew(&mut self) -> anyhow::Result<Option<PathBuf>> {
        if self.length == 0 {
            return Ok(None);
        }
        self.check_place()?;
        let kept = aside::free_name(&self.path, "", SystemTime::now())?;
        let named = || format!("{} cannot be kept as {}", self.path.display(), kept.display());
        fs::rename(&self.path, &kept).with_context(named)?;
        match private::open_private_file(&self.path) {
            Ok((file, _)) => {
                self.file = file;
                self.length = 0;
                self.last = Checksum::default();
                private::sync_folder(self.folder())?;
                Ok(Some(kept))
            }
            Err(error) => {
                fs::rename(&kept, &self.path).with_context(|| format!("the journal is now {}", kept.display()))?;
                Err(error)
            }
        }
    }

    fn folder(&self) -> &Path {
        self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    fn write(&mut self, record: &JournalRecord) -> anyhow::Result<()> {
        if self.length == 0 && !matches!(record, JournalRecord::Begin { .. }) {
            bail!("a journal begins with the name of its session");
        }
        if self.torn {
            self.take_back().context("the line before it could not be finished, nor taken back")?;
        }
        self.check_place()?;
        let (line, checksum) = line::encode(self.last, record)?;
        if let Err(error) = self.file.write_all(&line).and_then(|()| self.file.sync_data()) {
            self.torn = true;
            // Tried again before the next record, where its failure is told.
            let _ = self.take_back();
            return Err(error.into());
        }
        self.length += line.len() as u64;
        self.last = checksum;
        Ok(())
    }

    /// Cuts what follows the last whole line.
    fn take_back(&mut self) -> std::io::Result<()> {
        self.file.set_len(self.length)?;
        self.file.sync_data()?;
        self.torn = false;
        Ok(())
    }

    /// Whether a line written now goes to the journal's end and nowhere else.
    fn check_place(&self) -> anyhow::Result<()> {
        let there = fs::symlink_metadata(&self.path).context("it was moved away")?;
        let ours = self.file.metadata()?;
        if !private::is_same_file(&there, &ours) {
            bail!("another file was put in its place");
        }
        if ours.len() != self.length && !self.torn {
            bail!("another program has changed it");
        }
        Ok(())
    }

    /// Copies the bytes that follow the last whole line into a file beside the journal, then cuts them off.
    fn move_aside(&mut self, rest: &[u8]) -> anyhow::Result<PathBuf> {
        let path = aside::free_name(&self.path, "damaged-", SystemTime::now())?;
        let named = || format!("{}: the damaged lines cannot be kept", path.display());
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).with_context(named)?;
        file.write_all(rest).and_then(|()| file.sync_all()).with_context(named)?;
        private::sync_folder(self.folder())?;
        self.take_back().with_context(|| format!("{}: the damaged lines cannot be cut off", self.path.display()))?;
        Ok(path)
    }
}

/// Reads a journal as it stands, wherever it lies; nothing is locked and nothing changed.
///
/// # Errors
/// It cannot be read, is no journal, holds no intact line, or was written by a newer program.
pub fn read_records(path: &Path) -> anyhow::Result<(Vec<JournalRecord>, Option<Damage>)> {
    let (records, damage) = read(path)?;
    match damage {
        Some(damage) if records.is_empty() => bail!("{damage}: name the journal of a session"),
        damage => Ok((records, damage)),
    }
}

fn read(path: &Path) -> anyhow::Result<(Vec<JournalRecord>, Option<Damage>)> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    let decoded = line::decode(&bytes).with_context(|| path.display().to_string())?;
    let damage = Damage::of(path.to_owned(), &bytes, &decoded);
    Ok((decoded.records, damage))
}
