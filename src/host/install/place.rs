//! A place that a confined semodule may read: on an enforcing node it sees little else than `/var/tmp`, `/tmp` and `/root`.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use tempfile::TempDir;

use super::{Privilege, Target, Way};
use crate::host::store::Package;

/// A module's file in a folder of its own, which goes with the value; its own file where the command is only shown.
#[derive(Debug)]
pub(super) struct Place {
    _folder: Option<TempDir>,
    /// The file as semodule is to name it: below a chroot, without the root.
    pub(super) path: PathBuf,
}

impl Place {
    /// Copies the module there. `own` is its own file, which is what a command that is only shown names: a copy would be gone
    /// when somebody runs it.
    ///
    /// # Errors
    /// No such folder can be written to.
    pub(super) fn of(target: &Target, package: &Package, own: &Path) -> anyhow::Result<Self> {
        let own = fs::canonicalize(own).unwrap_or_else(|_| own.to_owned());
        let seen = if target.way == Way::Chroot { own.strip_prefix(&target.root).ok() } else { Some(own.as_path()) };
        if let Some(path) = seen.filter(|_| target.is_only_shown()) {
            return Ok(Self { _folder: None, path: Path::new("/").join(path) });
        }
        let (base, within) = base(target);
        // Root sees into every folder that is root's own; what belongs to a user may be closed to a confined root.
        let mode = if target.privilege == Privilege::Own { 0o700 } else { 0o755 };
        let folder = tempfile::Builder::new()
            .prefix("seltui-load-")
            .permissions(Permissions::from_mode(mode))
            .tempdir_in(&base)
            .with_context(|| {
                format!("cannot make a folder in {} for semodule to read the module from", base.display())
            })?;
        let path = package.write(folder.path())?;
        let path = match within {
            Some(root) => Path::new("/").join(path.strip_prefix(root).unwrap_or(&path)),
            None => path,
        };
        Ok(Self { _folder: Some(folder), path })
    }
}

/// The folder to make one in, and the root that semodule does not see.
fn base(target: &Target) -> (PathBuf, Option<&Path>) {
    let inside = |name: &str| Some(target.root.join("var").join(name)).filter(|path| is_real_folder(path));
    let found = match target.way {
        Way::Here | Way::HereWithoutReload => None,
        Way::Chroot => inside("tmp").or_else(|| Some(target.root.join("tmp"))),
        Way::Store => inside("tmp"),
    };
    match found {
        Some(base) if target.way == Way::Chroot => (base, Some(&target.root)),
        Some(base) => (base, None),
        None => (
            ["/var/tmp", "/tmp"].map(PathBuf::from).into_iter().find(|path| is_real_folder(path)).unwrap_or_default(),
            None,
        ),
    }
}

/// A link could lead out of the root that it lies below.
fn is_real_folder(path: &Path) -> bool {
    let is_folder = |path: &Path| fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir());
    is_folder(path) && path.parent().is_some_and(is_folder)
}
