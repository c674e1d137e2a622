//! The label that a file carries.

use std::{io, path::Path};

use anyhow::Context as _;

/// Longer than any context that the kernel gives out (`SELINUX_LABEL_LENGTH` of libselinux is a page).
const LONGEST: usize = 4096;

/// Reads the extended attribute `security.selinux` of what a path leads to, as getfilecon(3) does.
///
/// # Errors
/// The file's own, or that it carries no label.
pub fn file_label(path: &Path) -> anyhow::Result<String> {
    let mut buffer = vec![0; LONGEST];
    let shown = || crate::selinux::printable(path.as_os_str().as_encoded_bytes());
    let length = rustix::fs::getxattr(path, "security.selinux", &mut buffer)
        .map_err(io::Error::from)
        .with_context(|| format!("reading the label of {}; give it with --label instead", shown()))?;
    buffer.truncate(length);
    let text = buffer.strip_suffix(b"\0").unwrap_or(&buffer);
    Ok(String::from_utf8_lossy(text).into_owned())
}
