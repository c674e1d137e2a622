//! What can be wrong with a policy file.

use std::fmt;

/// Why a binary policy could not be read, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// The byte at which reading stopped, counted from the beginning of the file.
    pub offset: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a binary policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The first bytes are not those of a kernel policy; a module (`.pp`) or a policy source stands here, or something else.
    NotAPolicy,
    /// A policy of the Xen hypervisor's security modules, which share the file format.
    Xen,
    /// A version before 24, in which attributes have no names.
    TooOld(u32),
    /// A version that the kernel got after this program was written.
    TooNew(u32),
    /// The file ends inside the thing named.
    Short(&'static str),
    /// The file says something that no policy can say.
    Damaged(&'static str),
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem {
            Problem::NotAPolicy => {
                f.write_str("this is no binary kernel policy (policy.NN, or /sys/fs/selinux/policy); modules and sources are not read")
            }
            Problem::Xen => f.write_str("this is a policy for Xen; only policies for SELinux are read"),
            Problem::TooOld(version) => {
                write!(f, "policy version {version} is older than this program reads (24 to 35)")
            }
            Problem::TooNew(version) => write!(f, "policy version {version} is newer than this program knows (24 to 35)"),
            Problem::Short(what) => write!(f, "the policy ends at byte {} inside {what}", self.offset),
            Problem::Damaged(what) => write!(f, "the policy is damaged at byte {}: {what}", self.offset),
        }
    }
}

impl std::error::Error for PolicyError {}
