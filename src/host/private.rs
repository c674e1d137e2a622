//! Folders and files that belong to the user who runs the program, and to nobody else.

use std::{
    fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions},
    io::ErrorKind,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use anyhow::{Context as _, bail};

/// Makes sure that a folder is there, is no symbolic link, belongs to the user, and is closed to everyone else (0700).
///
/// Missing folders above it are made with the same mode; those that are there already are left as they are. In such a
/// folder nobody but the user (and root) can put a file or a link in the program's way.
pub fn make_private_folder(folder: &Path) -> anyhow::Result<()> {
    let named = || folder.display().to_string();
    if is_missing(folder)? {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).with_context(named)?;
        if let Some(above) = folder.parent().filter(|above| !above.as_os_str().is_empty()) {
            sync_folder(above)?;
        }
    }
    let metadata = fs::symlink_metadata(folder).with_context(named)?;
    if metadata.is_symlink() {
        bail!("{} is a symbolic link: put a folder of your own in its place", folder.display());
    }
    if !metadata.is_dir() {
        bail!("{} is no folder: move it away", folder.display());
    }
    check_owner(folder, &metadata)?;
    if metadata.mode() & 0o077 != 0 {
        fs::set_permissions(folder, Permissions::from_mode(0o700)).with_context(named)?;
    }
    Ok(())
}

/// Opens a file of the user's own for reading and appending, or makes it (0600); `true` when it was made.
///
/// A symbolic link, a device, a pipe and somebody else's file are refused before they are opened.
pub(super) fn open_private_file(path: &Path) -> anyhow::Result<(File, bool)> {
    let named = || path.display().to_string();
    let mut options = OpenOptions::new();
    options.read(true).append(true).mode(0o600);
    if is_missing(path)? {
        match options.clone().create_new(true).open(path) {
            Ok(file) => return Ok((file, true)),
            // Another program was faster; what it made is looked at below.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(named),
        }
    }
    let found = fs::symlink_metadata(path).with_context(named)?;
    if !found.is_file() {
        let kind = if found.is_symlink() { "a symbolic link" } else { "no plain file" };
        bail!("{} is {kind}: move it away, the program will not write through it", path.display());
    }
    check_owner(path, &found)?;
    let file = options.open(path).with_context(named)?;
    if !is_same_file(&found, &file.metadata().with_context(named)?) {
        bail!("{} was exchanged while it was opened: start again", path.display());
    }
    if found.mode() & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(0o600)).with_context(named)?;
    }
    Ok((file, false))
}

/// Writes a folder's own entries to the disk: what was made or renamed in it is there after a power cut.
pub(super) fn sync_folder(folder: &Path) -> anyhow::Result<()> {
    File::open(folder).and_then(|folder| folder.sync_all()).with_context(|| folder.display().to_string())
}

/// Whether there is nothing at all under that name, not even a dangling link.
pub(super) fn is_missing(path: &Path) -> anyhow::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(false),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

pub(super) fn is_same_file(a: &Metadata, b: &Metadata) -> bool {
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

fn check_owner(path: &Path, metadata: &Metadata) -> anyhow::Result<()> {
    let (owner, user) = (metadata.uid(), file_user()?);
    if owner != user {
        bail!(
            "{} belongs to user {owner} and you are user {user}: set XDG_STATE_HOME to a folder of your own",
            path.display()
        );
    }
    Ok(())
}

/// The user that files made by this process belong to: the fourth number of `Uid:` in `/proc/self/status` (proc(5)).
fn file_user() -> anyhow::Result<u32> {
    let status = fs::read_to_string("/proc/self/status").context("/proc/self/status: is /proc mounted?")?;
    let uids = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    uids.and_then(|uids| uids.split_whitespace().nth(3))
        .and_then(|uid| uid.parse().ok())
        .context("/proc/self/status does not say which user this is")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_private_folder_is_made_closed_and_never_followed() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("a/b");
        make_private_folder(&folder).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&place.path().join("a"))), (0o700, 0o700));
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        make_private_folder(&folder).unwrap();
        assert_eq!(mode(&folder), 0o700);
        let link = place.path().join("link");
        symlink(&folder, &link).unwrap();
        let error = make_private_folder(&link).unwrap_err().to_string();
        assert!(error.contains("is a symbolic link"), "{error}");
        fs::write(place.path().join("file"), "").unwrap();
        let error = make_private_folder(&place.path().join("file")).unwrap_err().to_string();
        assert!(error.contains("is no folder"), "{error}");
    }

    #[test]
    fn somebody_elses_folder_and_file_are_refused() {
        // /proc/1 belongs to root, /proc/self to the user; a process that is root finds another owner only where it can make one.
        let place = tempfile::tempdir().unwrap();
        let (folder, file) = (place.path().join("folder"), place.path().join("file"));
        fs::create_dir(&folder).unwrap();
        fs::write(&file, "").unwrap();
        if std::os::unix::fs::chown(&folder, Some(54321), None).is_ok() {
            std::os::unix::fs::chown(&file, Some(54321), None).unwrap();
            let error = make_private_folder(&folder).unwrap_err().to_string();
            assert!(error.contains("belongs to user 54321"), "{error}");
            let error = open_private_file(&file).unwrap_err().to_string();
            assert!(error.contains("belongs to user 54321"), "{error}");
        } else {
            let error = make_private_folder(Path::new("/")).unwrap_err().to_string();
            assert!(error.contains("belongs to user"), "{error}");
            let error = open_private_file(Path::new("/proc/version")).unwrap_err().to_string();
            assert!(error.contains("belongs to user"), "{error}");
        }
    }

    #[test]
    fn a_private_file_is_a_plain_file() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("file");
        assert!(open_private_file(&path).unwrap().1);
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        assert!(!open_private_file(&path).unwrap().1);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        for (name, target) in [("link", path.as_path()), ("dangling", Path::new("/nowhere/at/all"))] {
            let link = place.path().join(name);
            symlink(target, &link).unwrap();
            let error = open_private_file(&link).unwrap_err().to_string();
            assert!(error.contains("is a symbolic link"), "{error}");
        }
        let error = open_private_file(place.path()).unwrap_err().to_string();
        assert!(error.contains("is no plain file"), "{error}");
    }
}
