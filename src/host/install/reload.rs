//! What the kernel says of the policy that it has.

use std::{fs, path::Path};

use crate::host::store::below;

/// The kernel's page of numbers (`struct selinux_kernel_status`, libselinux's `sestatus.c`), read once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KernelStatus {
    /// Whether it enforces.
    pub enforcing: bool,
    /// How many times a policy was loaded since the machine was started.
    pub policy_loads: u32,
}

impl KernelStatus {
    /// Reads `/sys/fs/selinux/status` below a root; nothing where there is none, or it is closed.
    pub fn read(root: &Path) -> Option<Self> {
        let bytes = fs::read(below(root, Path::new("/sys/fs/selinux/status"))).ok()?;
        Self::of_bytes(&bytes)
    }

    /// Five numbers of 32 bits: the page's version, a sequence number, enforcing, policy loads, `deny_unknown`.
    fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let number = |place: usize| {
            let bytes = bytes.get(place * 4..)?.first_chunk::<4>()?;
            Some(u32::from_ne_bytes(*bytes))
        };
        Some(Self { enforcing: number(2)? != 0, policy_loads: number(3)? })
    }
}

/// Whether the kernel got a new policy while a command ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyReload {
    /// It did: the number of loads since the machine was started, now.
    Seen(u32),
    /// It did not.
    NotSeen,
    /// It was not to: only the store changed.
    NotAsked,
    /// The kernel does not say.
    Unknown,
}

impl PolicyReload {
    /// From the page before and after.
    pub(super) fn between(before: Option<KernelStatus>, after: Option<KernelStatus>) -> Self {
        match (before, after) {
            (Some(before), Some(after)) if before.policy_loads == after.policy_loads => Self::NotSeen,
            (Some(_), Some(after)) => Self::Seen(after.policy_loads),
            _ => Self::Unknown,
        }
    }
}

impl std::fmt::Display for PolicyReload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Seen(_) => "policy reload seen",
            Self::NotSeen => "the kernel has not got a new policy",
            Self::NotAsked => "the store changed, the running policy did not",
            Self::Unknown => "whether the policy was loaded anew can't be seen here",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_five_numbers() {
        let page: Vec<u8> = [1_u32, 4, 1, 7, 0].iter().flat_map(|number| number.to_ne_bytes()).collect();
        let status = KernelStatus::of_bytes(&page);
        assert_eq!(status, Some(KernelStatus { enforcing: true, policy_loads: 7 }));
        assert_eq!(KernelStatus::of_bytes(&page[..14]), None);
        let later = Some(KernelStatus { enforcing: true, policy_loads: 8 });
        assert_eq!(PolicyReload::between(status, later), PolicyReload::Seen(8));
        assert_eq!(PolicyReload::between(status, status), PolicyReload::NotSeen);
        assert_eq!(PolicyReload::between(status, None), PolicyReload::Unknown);
    }
}
