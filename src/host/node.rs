//! What the running node says of its SELinux.

use std::{fs, path::Path};

/// Whether the kernel enforces the policy; `None` where SELinux is off, or the root is another node's disk.
pub fn enforcing(root: &Path) -> Option<bool> {
    if root != Path::new("/") {
        return None;
    }
    match fs::read("/sys/fs/selinux/enforce").ok()?.first()? {
        b'1' => Some(true),
        b'0' => Some(false),
        _ => None,
    }
}
