//! How much an access matters.
//!
//! Reading and searching count least. What changes something counts threefold, running something too; what changes a label or a
//! domain, and what is asked of the kernel itself (capabilities, the security server), counts sixfold: by these the policy
//! is left behind, not only a file.

use super::symbols::{Bits, Class};

/// Reads, looks, uses what is there already.
const READING: &[&str] = &[
    "getattr",
    "read",
    "open",
    "search",
    "ioctl",
    "lock",
    "use",
    "recv",
    "send",
    "recvfrom",
    "sendto",
    "getopt",
    "getsched",
    "getsession",
    "getcap",
    "getpgid",
    "getrlimit",
    "status",
    "signull",
    "sigchld",
    "watch",
    "watch_reads",
    "map",
    "associate",
    "unix_read",
    "name_connect",
    "node_bind",
    "connectto",
    "connect",
    "send_msg",
    "recv_msg",
    "nlmsg_read",
    "ingress",
    "egress",
    "listen",
    "accept",
    "getserv",
    "gethost",
    "getpwd",
    "getgrp",
    "shmempwd",
    "shmemgrp",
    "shmemhost",
];

/// Changes labels, domains, or what the policy rests on.
const SEVERE: &[&str] = &[
    "relabelfrom",
    "relabelto",
    "transition",
    "dyntransition",
    "execmem",
    "execmod",
    "execstack",
    "execheap",
    "ptrace",
    "mounton",
    "load_policy",
    "setenforce",
    "setbool",
    "setsecparam",
    "setcheckreqprot",
    "entrypoint",
    "module_load",
    "nnp_transition",
    "nosuid_transition",
    "setcurrent",
    "setexec",
    "setfscreate",
    "sigkill",
];

/// Classes of which every permission is severe.
const SEVERE_CLASSES: &[&str] = &[
    "capability",
    "capability2",
    "cap_userns",
    "cap2_userns",
    "security",
    "system",
    "kernel_service",
    "bpf",
    "perf_event",
];

/// What neither only reads nor is severe.
const WRITE: u32 = 3;
const SEVERE_WEIGHT: u32 = 6;

/// What an access does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Reading,
    Writing,
    Severe,
}

impl Effect {
    fn of(class: &str, permission: &str) -> Self {
        if SEVERE_CLASSES.contains(&class) || SEVERE.contains(&permission) {
            Self::Severe
        } else if class == "fd" || READING.contains(&permission) {
            Self::Reading
        } else {
            Self::Writing
        }
    }
}

/// Whether an access is more than reading.
pub(super) fn is_more_than_reading(class: &str, permission: &str) -> bool {
    Effect::of(class, permission) != Effect::Reading
}

/// The permissions of one class by how much they count.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Measure {
    reading: Bits,
    severe: Bits,
}

impl Measure {
    pub(super) fn of(class: &Class) -> Self {
        let mut measure = Self::default();
        for permission in &class.permissions {
            let bit = class.bit(permission);
            match Effect::of(&class.name, permission) {
                Effect::Severe => measure.severe |= bit,
                Effect::Reading => measure.reading |= bit,
                Effect::Writing => {}
            }
        }
        measure
    }

    /// The sum over these permissions.
    pub(super) fn weight(self, bits: Bits) -> u32 {
        let (reading, severe) = ((bits & self.reading).count_ones(), (bits & self.severe).count_ones());
        reading + severe * SEVERE_WEIGHT + (bits.count_ones() - reading - severe) * WRITE
    }

    /// How many of them are more than reading.
    pub(super) fn writes(self, bits: Bits) -> u32 {
        (bits & !self.reading).count_ones()
    }
}

/// How much an access on a name counts that stands for so many types, in tenths: ten for one type, more for each doubling; twice
/// that where the policy's own secrets are among several.
pub(super) fn tenths(types: u32, secrets: bool) -> u32 {
    let reach = 10 + types.max(1).ilog2() * DOUBLING;
    if secrets && types > 1 { reach * 2 } else { reach }
}

/// In tenths.
const DOUBLING: u32 = 2;

/// The attribute and types of what decides who may do what, and of what goes round the policy (refpolicy's
/// `files_security_file`, `storage_raw_read_fixed_disk`, `dev_read_raw_memory`).
pub(super) const SECRETS: &[&str] = &["security_file_type", "security_t", "fixed_disk_device_t", "memory_device_t"];
