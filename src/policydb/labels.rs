//! The labels that a policy gives to what is no file: ports, nodes, file systems, initial SIDs.

use core::net::{Ipv4Addr, Ipv6Addr};

use super::{ClassId, Range, RoleId, TypeId, UserId};
use crate::selinux::Name;

/// A context by the policy's numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Context {
    /// The user.
    pub user: UserId,
    /// The role.
    pub role: RoleId,
    /// The type.
    pub r#type: TypeId,
    /// The range; says nothing in a policy without MLS.
    pub range: Range,
}

/// All labels of this kind.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    /// What the kernel labels before the policy is loaded, by number.
    pub initial_sids: Vec<(u32, Context)>,
    /// Network interfaces, each with the context of the interface and of its packets.
    pub interfaces: Vec<(Name, Context, Context)>,
    /// Ports.
    pub ports: Vec<PortLabel>,
    /// IPv4 nodes: address, mask.
    pub nodes: Vec<(Ipv4Addr, Ipv4Addr, Context)>,
    /// IPv6 nodes: address, mask.
    pub nodes6: Vec<(Ipv6Addr, Ipv6Addr, Context)>,
    /// File systems that keep or compute labels.
    pub fs_uses: Vec<FsUse>,
    /// File systems whose labels stand in the policy.
    pub genfs: Vec<GenfsLabel>,
    /// Infiniband partition keys.
    pub ibpkeys: Vec<IbpkeyLabel>,
    /// Infiniband end ports: device, port, context.
    pub ibendports: Vec<(Name, u8, Context)>,
}

/// `portcon tcp 80 …`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortLabel {
    /// The protocol's number (tcp 6, udp 17, dccp 33, sctp 132).
    pub protocol: u8,
    /// The first port.
    pub low: u16,
    /// The last port.
    pub high: u16,
    /// Their context.
    pub context: Context,
}

impl PortLabel {
    /// The protocol as the policy language spells it; its number where there is no word.
    pub fn protocol_name(&self) -> std::borrow::Cow<'static, str> {
        match self.protocol {
            6 => "tcp".into(),
            17 => "udp".into(),
            33 => "dccp".into(),
            132 => "sctp".into(),
            other => other.to_string().into(),
        }
    }
}

/// How a file system's labels come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FsUseKind {
    /// `fs_use_xattr`: they are kept beside the files.
    Xattr,
    /// `fs_use_trans`: by transition rules.
    Trans,
    /// `fs_use_task`: those of the creating process.
    Task,
}

/// `fs_use_xattr ext4 …`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FsUse {
    /// How.
    pub kind: FsUseKind,
    /// The file system.
    pub name: Name,
    /// The context of the file system itself.
    pub context: Context,
}

/// `genfscon proc / …`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenfsLabel {
    /// The file system.
    pub fs: Name,
    /// The beginning of the path, from the root of that file system.
    pub path: Name,
    /// Only for objects of this class.
    pub class: Option<ClassId>,
    /// The context.
    pub context: Context,
}

/// `ibpkeycon fe80:: 0xFFFF …`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IbpkeyLabel {
    /// The subnet prefix: the upper half of the address.
    pub subnet: Ipv6Addr,
    /// The first key.
    pub low: u16,
    /// The last key.
    pub high: u16,
    /// Their context.
    pub context: Context,
}
