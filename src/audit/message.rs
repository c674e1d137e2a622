//! What a log says, as values.

use crate::selinux::{AccessVector, Name, PermissionSet, SecurityContext, Untrusted};

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Which of the inputs, counted from 0 in the order they were named.
    pub input: usize,
    /// The line, counted from 1, in that input since it was opened (a rotated log goes on counting).
    pub line: u64,
}

/// When an event happened, in milliseconds since 1970-01-01 UTC (since boot on a machine without a clock);
/// 0 where the log does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp(pub u64);

/// What the records of one event share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId {
    /// The machine, where the log names it.
    pub node: Option<Name>,
    /// The time of the event.
    pub stamp: Stamp,
    /// The kernel's number of the event; `None` in forms that do not carry it (journal short).
    pub serial: Option<u64>,
}

/// One line of the log that belongs to an event, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRecord {
    /// Where it stands.
    pub place: Place,
    /// The line without its end, not changed.
    pub text: RawText,
}

/// The text of a record, or where it can be read again: a log of a gigabyte need not be held to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RawText {
    /// The text.
    Here(Untrusted),
    /// It stands there.
    At(Spot),
}

/// A piece of what was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// Which of the files that were opened; the reader of the log knows its number.
    pub segment: u32,
    /// Its length in bytes.
    pub length: u32,
    /// How many bytes of that file come before it.
    pub offset: u64,
    /// The CRC-32 of the text: a file may be truncated and written anew.
    pub crc: u32,
}

/// The records of one id, put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// Node, stamp and serial.
    pub id: EventId,
    /// The AVC messages in it, in the order of their records; each knows what the other records told.
    pub messages: Vec<AvcMessage>,
    /// Every record of the event that was read; none where nobody asked for them.
    pub records: Vec<RawRecord>,
}

/// Who speaks: the kernel, or a program that asks the policy itself (systemd, D-Bus, X).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AvcKind {
    /// `type=AVC`, the kernel.
    Avc,
    /// `type=USER_AVC`, an object manager in user space.
    UserAvc,
    /// `type=SELINUX_ERR`, the kernel: what no allow rule is about.
    SelinuxErr,
    /// `type=USER_SELINUX_ERR`, an object manager in user space.
    UserSelinuxErr,
}

/// What the policy said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AvcResult {
    /// The access was denied, or would have been (see [`AvcMessage::permissive`]).
    Denied,
    /// The access was allowed and an auditallow rule logged it.
    Granted,
    /// Refused for a reason that no allow rule takes away; such a record names permissions only for [`Refusal::Bounds`].
    Refused(Refusal),
}

/// Why SELinux refused what a SELINUX_ERR record tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// The context is not valid in the policy (`security_compute_sid`, `setxattr`): mostly its role may not take its type. It
    /// is the message's target.
    Context,
    /// A change of domain under `no_new_privs` or from a nosuid mount, or of one thread (`security_bounded_transition`).
    Transition,
    /// The type is bounded by another one that lacks the permissions (`security_compute_av`).
    Bounds,
    /// A relabelling that a validatetrans rule forbids (`security_validate_transition`).
    Validation,
}

/// One AVC message with what the other records of its event add: the program, the whole path, the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvcMessage {
    /// Kernel or user space.
    pub kind: AvcKind,
    /// Denied or granted.
    pub result: AvcResult,
    /// The permissions between the braces.
    pub permissions: PermissionSet,
    /// `scontext`.
    pub source: SecurityContext,
    /// `tcontext`.
    pub target: SecurityContext,
    /// `tclass`.
    pub class: Name,
    /// `permissive=`: the access went through all the same. `None` on kernels that do not say (before 3.17).
    pub permissive: Option<bool>,
    /// The process; for a D-Bus denial the one that sent (`spid`). Of a USER_AVC that names none, the one that speaks.
    pub pid: Option<u64>,
    /// The process's own name of itself, 15 bytes at most.
    pub comm: Option<Untrusted>,
    /// The program, from the SYSCALL record; for a USER_AVC the one that speaks.
    pub exe: Option<Untrusted>,
    /// The object's path: `path=`, or made of the PATH and CWD records.
    pub path: Option<Untrusted>,
    /// The last component of the path, `name=`.
    pub name: Option<Untrusted>,
    /// The device the object is on.
    pub dev: Option<Untrusted>,
    /// The object's inode number.
    pub inode: Option<u64>,
    /// `ioctlcmd`, hexadecimal in the log whether or not it says so.
    pub ioctl: Option<u32>,
    /// `capability`, a number.
    pub capability: Option<u32>,
    /// The port of a `name_bind` or `name_connect`: `src`, `dest` (or `lport`, `fport`).
    pub port: Option<u16>,
    /// The command line, from PROCTITLE or EXECVE.
    pub cmdline: Vec<Untrusted>,
    /// Every other field of the AVC record by its audit name, in the order of the log; those that
    /// are typed above only where they could not be read, but ports always.
    pub fields: Vec<(Name, Untrusted)>,
    /// Where the AVC record stands.
    pub place: Place,
    /// The record was cut or damaged: something that belongs to it is missing.
    pub incomplete: bool,
    /// The record came out of text that anyone can write (syslog), not from the kernel or the audit daemon.
    pub unproven: bool,
}

impl AvcMessage {
    /// A message of which no more is known than who met what, and where that stands.
    pub fn new(source: SecurityContext, target: SecurityContext, class: Name, place: Place) -> Self {
        Self {
            kind: AvcKind::Avc,
            result: AvcResult::Denied,
            permissions: PermissionSet::default(),
            source,
            target,
            class,
            permissive: None,
            pid: None,
            comm: None,
            exe: None,
            path: None,
            name: None,
            dev: None,
            inode: None,
            ioctl: None,
            capability: None,
            port: None,
            cmdline: Vec::new(),
            fields: Vec::new(),
            place,
            incomplete: false,
            unproven: false,
        }
    }

    /// Reduces the message to who did what to what.
    pub fn access_vector(&self) -> AccessVector {
        AccessVector {
            source: self.source.r#type.clone(),
            target: self.target.r#type.clone(),
            class: self.class.clone(),
            permissions: self.permissions.clone(),
        }
    }
}

/// A line that gave no whole record: shown on request, never dropped without a count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oddity {
    /// Where it stands.
    pub place: Place,
    /// What is the matter with it.
    pub kind: OddityKind,
    /// The line without its end (its first 4,096 bytes).
    pub text: Untrusted,
}

/// What is the matter with a line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum OddityKind {
    /// No audit record: other text between the records.
    NoRecord,
    /// An AVC record of another security module (AppArmor), or a notice inside USER_AVC: read, and no denial.
    NoDenial,
    /// A record that lacks what it must have; the sentence says what.
    Damaged(&'static str),
}
