//! The module store of a node, read: which modules lie in it, what they hold, who has it locked.
//!
//! The store is libsemanage's: `TYPE/active/modules/PRIORITY/NAME/{hll,cil,lang_ext}` below `/var/lib/selinux`, or below
//! what `store-root` in `semanage.conf` names (`/etc/selinux` on ostree systems). Nothing is written here; the folders are
//! open to root alone, and who is not root hears so.

mod content;
mod lock;
mod module;
mod reader;

use std::{
    fs,
    path::{Path, PathBuf},
};

pub use content::{Package, PackageError};
pub(in crate::host) use content::{digest, is_module_name};
pub use lock::{LockHolder, LockState};
pub use module::InstalledModule;

use reader::Reader;

use super::policy::configured_type;

/// Where modules of the distribution lie: 100 in Debian, Fedora and openSUSE, 200 where a vendor adds some.
pub const DISTRIBUTION_PRIORITIES: [u16; 2] = [100, 200];

/// The priority that semodule takes where none is given (semodule(8)).
pub const DEFAULT_PRIORITY: u16 = 400;

/// A module store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    root: PathBuf,
    kind: String,
    folder: PathBuf,
    reader: Reader,
}

impl Store {
    /// The store of the configured policy below `root`, whether or not it is there or can be read.
    pub fn find(root: &Path) -> Self {
        let kind = configured_type(root);
        let conf = fs::read_to_string(root.join("etc/selinux/semanage.conf")).unwrap_or_default();
        let value = conf.lines().filter_map(|line| line.trim().strip_prefix("store-root")).next_back();
        let named = value.and_then(|rest| rest.trim_start().strip_prefix('=')).map(|path| path.trim().to_owned());
        let place = |path: &str| below(root, Path::new(path)).join(&kind);
        let folder = if let Some(path) = named.filter(|path| path.starts_with('/')) {
            place(&path)
        } else {
            let (usual, ostree) = (place("/var/lib/selinux"), place("/etc/selinux"));
            if !usual.exists() && ostree.join("active").exists() { ostree } else { usual }
        };
        Self { root: root.to_owned(), kind, folder, reader: Reader::Direct }
    }

    /// The type of the policy: `targeted`, `default`, `mcs` …
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The root below which it lies.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether the user may write to it without further rights: root, or the owner of a copy.
    pub fn is_writable(&self) -> bool {
        rustix::fs::access(self.active(), rustix::fs::Access::WRITE_OK).is_ok()
    }

    /// Whether it lies on a file system that is mounted for reading only; `None` where that can't be found out.
    pub fn is_read_only(&self) -> Option<bool> {
        let flags = rustix::fs::statvfs(&self.folder).ok()?.f_flag;
        Some(flags.contains(rustix::fs::StatVfsMountFlags::RDONLY))
    }

    /// How many bytes are free where it lies, for root too.
    pub fn free_bytes(&self) -> Option<u64> {
        let known = rustix::fs::statvfs(&self.folder).ok()?;
        Some(known.f_bavail.saturating_mul(known.f_frsize))
    }

    /// Reads through this sudo from now on, as far as the store is closed to the user: `sudo -n cat FILE` and `ls`.
    #[must_use]
    pub fn through_sudo(mut self, sudo: &Path) -> Self {
        self.reader = Reader::Sudo(sudo.to_owned());
        self
    }

    /// The modules of this name at every priority, the one that counts (the highest) first.
    ///
    /// # Errors
    /// The store is not there, or not open to this user.
    pub fn named(&self, name: &str) -> anyhow::Result<Vec<InstalledModule>> {
        let folder = self.active().join("modules");
        let mut found = Vec::new();
        for priority in self.reader.names(&folder)? {
            // Beside the priorities there is `disabled`.
            let Ok(number) = priority.parse::<u16>() else { continue };
            let priority = folder.join(&priority);
            if self.reader.names(&priority)?.iter().any(|one| one == name) {
                found.push(InstalledModule::at(&priority.join(name), name, number, self.reader.clone())?);
            }
        }
        found.sort_by_key(|module| std::cmp::Reverse(module.priority));
        Ok(found)
    }

    /// Whether the module of this name is disabled (`semodule -d`): it lies there and does nothing.
    pub fn is_disabled(&self, name: &str) -> bool {
        let disabled = self.reader.names(&self.active().join("modules/disabled")).unwrap_or_default();
        disabled.iter().any(|one| one == name)
    }

    /// Whether the store says that dontaudit rules are left out (`semodule -DB`); `None` where it can't be read.
    pub fn has_dontaudit_disabled(&self) -> Option<bool> {
        let names = self.reader.names(&self.active()).ok()?;
        Some(names.iter().any(|name| name == "disable_dontaudit"))
    }

    /// Whether a transaction on the store is going on, and whose.
    pub fn lock_state(&self) -> LockState {
        const NAME: &str = "semanage.trans.LOCK";
        match lock::state(&self.folder.join(NAME)) {
            LockState::Unknown => match self.reader.inode(&self.folder, NAME) {
                Ok(Some(inode)) => lock::state_of_closed(inode),
                Ok(None) => LockState::Free,
                Err(_) => LockState::Unknown,
            },
            state => state,
        }
    }

    fn active(&self) -> PathBuf {
        self.folder.join("active")
    }
}

/// An absolute path as it is below a root.
pub fn below(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn the_store_is_where_the_configuration_says() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        assert_eq!(Store::find(root).folder(), root.join("var/lib/selinux/targeted"));
        write(&root.join("etc/selinux/config"), "SELINUXTYPE=mcs\n");
        fs::create_dir_all(root.join("etc/selinux/mcs/active")).unwrap();
        assert_eq!(Store::find(root).folder(), root.join("etc/selinux/mcs"), "an ostree system");
        fs::create_dir_all(root.join("var/lib/selinux/mcs")).unwrap();
        assert_eq!(Store::find(root).folder(), root.join("var/lib/selinux/mcs"));
        write(
            &root.join("etc/selinux/semanage.conf"),
            "# store-root=/x\nmodule-store = direct\nstore-root = /srv/se\n",
        );
        assert_eq!(Store::find(root).folder(), root.join("srv/se/mcs"));
        assert_eq!(Store::find(root).kind(), "mcs");
    }

    #[test]
    fn modules_are_listed_by_name_the_one_that_counts_first() {
        let root = tempfile::tempdir().unwrap();
        let store = Store::find(root.path());
        let error = store.named("web").unwrap_err();
        assert!(format!("{error:#}").contains("var/lib/selinux/targeted/active/modules: No such file"), "{error:#}");
        for (place, lang) in [("100/base", "pp"), ("100/web", "pp"), ("400/web", "cil"), ("disabled/base", "")] {
            write(&store.folder().join("active/modules").join(place).join("lang_ext"), lang);
        }
        let listed = store.named("web").unwrap();
        let listed: Vec<_> = listed.iter().map(|one| (one.priority, one.language.as_str())).collect();
        assert_eq!(listed, [(400, "cil"), (100, "pp")]);
        assert_eq!(store.named("we").unwrap(), []);
        assert!(store.is_disabled("base") && !store.is_disabled("web"));
        assert_eq!(store.has_dontaudit_disabled(), Some(false));
        write(&store.folder().join("active/disable_dontaudit"), "");
        assert_eq!(store.has_dontaudit_disabled(), Some(true));
    }
}
