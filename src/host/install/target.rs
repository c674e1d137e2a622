//! Whose store is worked on, by which semodule, with whose rights.

use std::{
    ffi::OsStr,
    fmt, fs,
    io::ErrorKind,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

use crate::host::{
    process::{CommandLine, find_system_program},
    store::{Store, below},
};

/// Whether the running policy is loaded anew with the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reload {
    /// Where the store is that of the running node.
    #[default]
    Yes,
    /// Never: the store changes, the running policy does not.
    No,
}

/// How semodule is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// `semodule …`: the node is the one that this program runs on.
    Here,
    /// `semodule -n …`: the same, and the running policy stays as it is.
    HereWithoutReload,
    /// `chroot DIR semodule …`: the folder is the running node's own root, as in a debug pod.
    Chroot,
    /// `semodule -p DIR -s TYPE -n …`: a disk that is mounted elsewhere.
    Store,
}

/// With whose rights it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Privilege {
    /// The user has them: root, or the owner of a store of their own.
    Own,
    /// Through this sudo.
    Sudo(PathBuf),
    /// The user has none, and there is no sudo: commands can only be shown.
    None,
}

/// A node's store and the way to change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The root of the node.
    pub root: PathBuf,
    /// How semodule is called.
    pub way: Way,
    /// With whose rights.
    pub privilege: Privilege,
    /// The module store; reads through sudo where the privilege is sudo's.
    pub store: Store,
    /// The argument vector up to the arguments that say what to do, without sudo's part.
    semodule: Vec<PathBuf>,
    /// Whether it could not be seen if the root is that of the running node.
    is_unsure: bool,
    is_read_only: bool,
}

impl Target {
    /// The way to the store below `root`.
    ///
    /// # Errors
    /// There is no such folder, or no semodule that could be called.
    pub fn find(root: &Path, reload: Reload) -> anyhow::Result<Self> {
        let named = || root.display().to_string();
        let root = fs::canonicalize(root).with_context(named)?;
        let way = match reload {
            Reload::Yes if root == Path::new("/") => Way::Here,
            Reload::No if root == Path::new("/") => Way::HereWithoutReload,
            Reload::Yes if is_running_root(&root) == Some(true) => Way::Chroot,
            _ => Way::Store,
        };
        let is_unsure = reload == Reload::Yes && way == Way::Store && is_running_root(&root).is_none();
        let program = |name: &str| {
            find_system_program(name).with_context(|| {
                format!("{name} is not here: install policycoreutils, or carry the module to a node that has it")
            })
        };
        let semodule = match way {
            Way::Here | Way::HereWithoutReload | Way::Store => vec![program("semodule")?],
            Way::Chroot => {
                let places = ["/usr/sbin/semodule", "/sbin/semodule", "/usr/bin/semodule"].map(PathBuf::from);
                let Some(inside) = places.into_iter().find(|path| below(&root, path).is_file()) else {
                    bail!("there is no semodule below {}: this node takes no modules that way", root.display());
                };
                vec![program("chroot")?, root.clone(), inside]
            }
        };
        let store = Store::find(&root);
        let is_root = rustix::process::geteuid().is_root();
        let privilege = if is_root || (way == Way::Store && store.is_writable()) {
            Privilege::Own
        } else {
            find_system_program("sudo").map_or(Privilege::None, Privilege::Sudo)
        };
        let store = match &privilege {
            Privilege::Sudo(sudo) => store.through_sudo(sudo),
            Privilege::Own | Privilege::None => store,
        };
        Ok(Self { root, way, privilege, store, semodule, is_unsure, is_read_only: false })
    }

    /// The same, of which nothing is to be run: commands are made to be copied.
    #[must_use]
    pub fn read_only(self) -> Self {
        Self { is_read_only: true, ..self }
    }

    /// Whether commands are only shown: somebody else may run them, at some other time.
    pub fn is_only_shown(&self) -> bool {
        self.is_read_only || self.privilege == Privilege::None
    }

    /// Whether the policy that the kernel has changes with the store.
    pub fn reloads(&self) -> bool {
        matches!(self.way, Way::Here | Way::Chroot)
    }

    /// A semodule command with these arguments, with sudo before it where that is needed.
    pub fn semodule<T: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = T>) -> CommandLine {
        let command = self.prefixed();
        let command = match self.way {
            Way::Here | Way::Chroot => command,
            Way::HereWithoutReload => command.arg("-n"),
            Way::Store => command.arg("-p").arg(&self.root).arg("-s").arg(self.store.kind()).arg("-n"),
        };
        command.args(arguments)
    }

    fn prefixed(&self) -> CommandLine {
        let mut words = self.semodule.iter();
        let command = match &self.privilege {
            // It asks for no password: that was done on the terminal before.
            Privilege::Sudo(sudo) => CommandLine::new(sudo, "/").args(["-n", "--"]),
            Privilege::Own | Privilege::None => CommandLine::new(words.next().map_or(Path::new(""), |path| path), "/"),
        };
        command.args(words)
    }

    /// Whether commands can be run now: always with the user's own rights, with sudo once it asks for no password.
    pub fn is_ready(&self) -> bool {
        match &self.privilege {
            Privilege::Own => true,
            Privilege::Sudo(sudo) => {
                CommandLine::new(sudo, "/").args(["-n", "-v"]).run_unheard().is_ok_and(|status| status.success())
            }
            Privilege::None => false,
        }
    }

    /// Lets sudo ask for the password, on the terminal, which must be free for that.
    ///
    /// # Errors
    /// There is no right to be had, or the password was wrong.
    pub fn authenticate(&self) -> anyhow::Result<()> {
        match &self.privilege {
            Privilege::Own => Ok(()),
            Privilege::Sudo(_) if self.is_ready() => Ok(()),
            Privilege::Sudo(sudo) => {
                let status = CommandLine::new(sudo, "/").arg("-v").run_on_terminal()?;
                anyhow::ensure!(status.success(), "sudo gave no right to change the node");
                Ok(())
            }
            Privilege::None => bail!("this needs root, and there is no sudo here: run the command as root"),
        }
    }

    /// A sentence on what changes and what does not; nothing where a load is an ordinary load.
    pub fn remark(&self) -> Option<String> {
        match self.way {
            Way::Here => None,
            Way::HereWithoutReload => Some(
                "the store changes and the running policy does not: that takes `semodule -R`, or a reboot".to_owned(),
            ),
            Way::Chroot => {
                Some(format!("{} is the root of the running node: its policy is loaded anew", self.root.display()))
            }
            Way::Store if self.is_unsure => Some(format!(
                "whether {0} is the root of the running node can't be seen, /proc/1/root is closed to this user: the store below \
                 {0} changes and no running policy does; root would see it",
                self.root.display()
            )),
            Way::Store => Some(format!(
                "the store below {} changes and no running policy does: it counts when that node boots",
                self.root.display()
            )),
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Here => "this node",
            Self::HereWithoutReload => "this node's store",
            Self::Chroot => "the running node, by chroot",
            Self::Store => "a store of another root",
        })
    }
}

/// Whether the folder is the root of the node whose kernel this program runs on, seen from a container; nothing where that
/// can't be seen.
///
/// Either it is what this process or process 1 has for its root (the process ids are the node's own), or it holds a procfs of
/// its own in which process 1 has it for its root. A disk with a false `/proc` on it is told by the file system's type, which
/// only the kernel gives.
pub fn is_running_root(folder: &Path) -> Option<bool> {
    /// `linux/magic.h`.
    const PROC_SUPER_MAGIC: rustix::fs::FsWord = 0x9fa0;
    let number = |path: &Path| fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino()));
    let Ok(own) = number(folder) else { return Some(false) };
    let proc = folder.join("proc");
    let is_procfs = fs::symlink_metadata(&proc).is_ok_and(|metadata| metadata.is_dir())
        && rustix::fs::statfs(&proc).is_ok_and(|known| known.f_type == PROC_SUPER_MAGIC);
    let mut roots = vec![number(Path::new("/")), number(Path::new("/proc/1/root"))];
    if is_procfs {
        roots.push(number(&proc.join("1/root")));
    }
    if roots.iter().flatten().any(|root| *root == own) {
        return Some(true);
    }
    // Only what has the kernel's own file systems on it can be the root of a node that runs.
    let is_closed = roots.iter().any(|root| root.as_ref().is_err_and(|e| e.kind() == ErrorKind::PermissionDenied));
    (!(is_procfs && is_closed)).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_with_a_false_proc_is_not_the_running_root() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("proc/1")).unwrap();
        std::os::unix::fs::symlink("../..", root.path().join("proc/1/root")).unwrap();
        assert_eq!(is_running_root(root.path()), Some(false));
        fs::remove_dir_all(root.path().join("proc")).unwrap();
        std::os::unix::fs::symlink("/proc", root.path().join("proc")).unwrap();
        assert_eq!(is_running_root(root.path()), Some(false));
        assert_eq!(is_running_root(&root.path().join("nowhere")), Some(false));
        assert_eq!(is_running_root(Path::new("/")), Some(true));
    }

    #[test]
    fn another_root_is_changed_without_a_reload() {
        if find_system_program("semodule").is_none() {
            return;
        }
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("var/lib/selinux/targeted/active")).unwrap();
        let target = Target::find(root.path(), Reload::Yes).unwrap();
        assert_eq!((target.way.clone(), target.privilege.clone()), (Way::Store, Privilege::Own));
        let command = target.semodule(["-r", "logger"]).to_string();
        let root = root.path().canonicalize().unwrap();
        let expected = format!("semodule -p {} -s targeted -n -r logger", root.display());
        assert!(command.ends_with(&expected), "{command}");
        assert!(!target.reloads() && target.remark().is_some());
    }
}
