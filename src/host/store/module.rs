//! A module as the store has it.

use std::path::{Path, PathBuf};

use super::{
    content::{self, Package},
    reader::Reader,
};
use crate::{cil, host::process::Cancel};

/// One module at one priority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledModule {
    /// Its name.
    pub name: String,
    /// Its priority: 1 to 999, the highest one of a name counts.
    pub priority: u16,
    /// In which language the store has it: `pp`, `cil`, or another that the node has a compiler for. With `remove-hll` in
    /// semanage.conf(5) it is CIL, whatever it was given in.
    pub language: String,
    folder: PathBuf,
    /// Whether it was given in another language than CIL.
    has_hll: bool,
    /// Whether its CIL is there: a module that another priority shadows may never have been compiled.
    has_cil: bool,
    reader: Reader,
}

impl InstalledModule {
    /// The module in this folder.
    pub(super) fn at(folder: &Path, name: &str, priority: u16, reader: Reader) -> anyhow::Result<Self> {
        let files = reader.names(folder)?;
        let has = |name: &str| files.iter().any(|file| file == name);
        let given = String::from_utf8_lossy(&reader.bytes(&folder.join("lang_ext"))?).trim().to_owned();
        let (has_hll, has_cil) = (has("hll"), has("cil"));
        let language = if has_cil && !has_hll { "cil".to_owned() } else { given };
        Ok(Self { name: name.to_owned(), priority, language, folder: folder.to_owned(), has_hll, has_cil, reader })
    }

    /// The module as it was given to semodule, in the bytes that lie in the store: compressed as `semanage.conf` says.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn stored_bytes(&self) -> anyhow::Result<Vec<u8>> {
        self.reader.bytes(&self.folder.join(if self.has_hll { "hll" } else { "cil" }))
    }

    /// SHA-256 of the module as it was given, in hexadecimal digits: that of the file that was installed.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn digest(&self) -> anyhow::Result<String> {
        Ok(content::digest(&content::decompressed(&self.stored_bytes()?)?))
    }

    /// What `semodule --checksum -lfull` says of it: SHA-256 of its CIL. Nothing where it was never compiled.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn checksum(&self) -> anyhow::Result<Option<String>> {
        if !self.has_cil {
            return Ok(None);
        }
        Ok(Some(format!("sha256:{}", content::digest(&self.stored_cil()?))))
    }

    /// The module in CIL: as the store has it, or as the node's own compiler makes it.
    ///
    /// # Errors
    /// It cannot be read, or not be compiled.
    pub fn cil(&self, cancel: &Cancel) -> anyhow::Result<cil::Module> {
        if self.has_cil {
            return Ok(cil::Module::read(&String::from_utf8_lossy(&self.stored_cil()?)));
        }
        Package::of_bytes(&self.name, &self.language, self.stored_bytes()?)?.cil(cancel)
    }

    fn stored_cil(&self) -> anyhow::Result<Vec<u8>> {
        content::decompressed(&self.reader.bytes(&self.folder.join("cil"))?)
    }
}
