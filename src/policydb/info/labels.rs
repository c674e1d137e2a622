//! Labels of what is no file.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Item, ListError, components::is};
use crate::policydb::{FsUseKind, Policy, text::shown};

/// The names of the initial SIDs by number (`initial_sid_to_string.h` of the kernel).
const INITIAL_SIDS: [&str; 27] = [
    "kernel",
    "security",
    "unlabeled",
    "fs",
    "file",
    "file_labels",
    "init",
    "any_socket",
    "port",
    "netif",
    "netmsg",
    "node",
    "igmp_packet",
    "icmp_socket",
    "tcp_socket",
    "sysctl_modprobe",
    "sysctl",
    "sysctl_fs",
    "sysctl_kernel",
    "sysctl_net",
    "sysctl_net_unix",
    "sysctl_vm",
    "sysctl_dev",
    "kmod",
    "policy",
    "scmp_packet",
    "devnull",
];

impl Policy {
    pub(super) fn list_initial_sids(&self, wanted: Option<&str>) -> Vec<Item> {
        let name = |sid: u32| {
            let known = (sid as usize).checked_sub(1).and_then(|index| INITIAL_SIDS.get(index));
            known.map_or_else(|| format!("unknown_{sid}"), |name| (*name).to_owned())
        };
        let all = self.labels().initial_sids.iter().map(|(sid, context)| (name(*sid), context));
        let some = all.filter(|(name, _)| is(wanted, name));
        some.map(|(name, context)| Item { statement: format!("sid {name} {}", self.context_text(context)), text: name })
            .collect()
    }

    pub(super) fn list_fs_uses(&self, wanted: Option<&str>) -> Vec<Item> {
        let all = self.labels().fs_uses.iter().filter(|fs| is(wanted, fs.name.as_str()));
        let word = |kind| match kind {
            FsUseKind::Xattr => "fs_use_xattr",
            FsUseKind::Trans => "fs_use_trans",
            FsUseKind::Task => "fs_use_task",
        };
        let text = all.map(|fs| format!("{} {} {};", word(fs.kind), shown(&fs.name), self.context_text(&fs.context)));
        text.map(Item::plain).collect()
    }

    pub(super) fn list_genfs(&self, wanted: Option<&str>) -> Vec<Item> {
        let all = self.labels().genfs.iter().filter(|genfs| is(wanted, genfs.fs.as_str()));
        let kind = |name: &str| match name {
            "file" => "--".to_owned(),
            "dir" => "-d".to_owned(),
            "chr_file" => "-c".to_owned(),
            "blk_file" => "-b".to_owned(),
            "sock_file" => "-s".to_owned(),
            "fifo_file" => "-p".to_owned(),
            "lnk_file" => "-l".to_owned(),
            other => other.to_owned(),
        };
        all.map(|genfs| {
            let kind = genfs.class.map_or_else(String::new, |class| kind(self.class_name(class)));
            let context = self.context_text(&genfs.context);
            Item::plain(format!("genfscon {} {} {kind} {context}", shown(&genfs.fs), shown(&genfs.path)))
        })
        .collect()
    }

    pub(super) fn list_interfaces(&self, wanted: Option<&str>) -> Vec<Item> {
        let all = self.labels().interfaces.iter().filter(|(name, ..)| is(wanted, name.as_str()));
        all.map(|(name, interface, packet)| {
            let (interface, packet) = (self.context_text(interface), self.context_text(packet));
            Item::plain(format!("netifcon {} {interface} {packet}", shown(name)))
        })
        .collect()
    }

    pub(super) fn list_ports(&self, wanted: Option<&str>) -> Result<Vec<Item>, ListError> {
        let form = ListError::Form("give a port or a range of ports from 1 to 65535: 22 or 6000-6020");
        let asked = wanted.map(|text| bounds(text, 10).ok_or(form)).transpose()?;
        let inside = |low: u16, high: u16| asked.is_none_or(|(first, last)| low <= first && last <= high);
        let all = self.labels().ports.iter().filter(|port| inside(port.low, port.high));
        let range = |low: u16, high: u16| if low == high { low.to_string() } else { format!("{low}-{high}") };
        let text = all.map(|port| {
            let context = self.context_text(&port.context);
            format!("portcon {} {} {context}", port.protocol_name(), range(port.low, port.high))
        });
        Ok(text.map(Item::plain).collect())
    }

    pub(super) fn list_ibpkeys(&self, wanted: Option<&str>) -> Result<Vec<Item>, ListError> {
        let form = ListError::Form("give a key or a range of keys: 0x22 or 0x6000-0x6020");
        let asked = wanted.map(|text| bounds(text, 16).ok_or(form)).transpose()?;
        let all = self.labels().ibpkeys.iter().filter(|key| asked.is_none_or(|asked| asked == (key.low, key.high)));
        let range = |low: u16, high: u16| if low == high { format!("{low:#x}") } else { format!("{low:#x}-{high:#x}") };
        let text = all.map(|key| {
            let context = self.context_text(&key.context);
            format!("ibpkeycon {} {} {context}", ipv6_text(key.subnet), range(key.low, key.high))
        });
        Ok(text.map(Item::plain).collect())
    }

    pub(super) fn list_ibendports(&self, wanted: Option<&str>) -> Vec<Item> {
        let all = self.labels().ibendports.iter().filter(|(name, ..)| is(wanted, name.as_str()));
        let text = all.map(|(name, port, c)| format!("ibendportcon {} {port} {}", shown(name), self.context_text(c)));
        text.map(Item::plain).collect()
    }

    pub(super) fn list_nodes(&self, wanted: Option<&str>) -> Result<Vec<Item>, ListError> {
        let form = ListError::Form("give an address or a network without host bits: 192.168.1.0/24 or fe80::/10");
        let asked = wanted.map(|text| network(text).ok_or(form)).transpose()?;
        let four = self.labels().nodes.iter().map(|(address, mask, context)| {
            let bits = mask.to_bits().count_ones();
            (IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & mask4(bits))), bits, context)
        });
        let six = self.labels().nodes6.iter().map(|(address, mask, context)| {
            let bits = mask.to_bits().count_ones();
            (IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask6(bits))), bits, context)
        });
        let all = four.chain(six).filter(|(address, bits, _)| asked.is_none_or(|asked| asked == (*address, *bits)));
        let text = all.map(|(address, bits, context)| {
            let network = match address {
                IpAddr::V4(address) => format!("{address} {}", Ipv4Addr::from_bits(mask4(bits))),
                IpAddr::V6(address) => {
                    format!("{} {}", ipv6_text(address), ipv6_text(Ipv6Addr::from_bits(mask6(bits))))
                }
            };
            format!("nodecon {network} {}", self.context_text(context))
        });
        Ok(text.map(Item::plain).collect())
    }
}

fn mask4(bits: u32) -> u32 {
    u32::MAX.checked_shl(32 - bits.min(32)).unwrap_or(0)
}

fn mask6(bits: u32) -> u128 {
    u128::MAX.checked_shl(128 - bits.min(128)).unwrap_or(0)
}

/// An address as Python writes it: without a dotted quad at the end.
fn ipv6_text(address: Ipv6Addr) -> String {
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] => format!("::ffff:{high:x}:{low:x}"),
        _ => address.to_string(),
    }
}

/// `22`, `6000-6020`; neither bound is 0, and the first is not the greater.
fn bounds(text: &str, base: u32) -> Option<(u16, u16)> {
    let number = |text: &str| {
        let digits = text.trim();
        let digits = if base == 16 { digits.strip_prefix("0x").unwrap_or(digits) } else { digits };
        u16::from_str_radix(digits, base).ok().filter(|number| *number > 0)
    };
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (number(first)?, number(last)?);
    (first <= last).then_some((first, last))
}

/// `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `fe80::/10`, or one address.
fn network(text: &str) -> Option<(IpAddr, u32)> {
    let (address, mask) = text.split_once('/').map_or((text, None), |(address, mask)| (address, Some(mask)));
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = match mask {
        None => most,
        Some(mask) => match mask.parse::<Ipv4Addr>() {
            Ok(mask) if mask4(mask.to_bits().count_ones()) == mask.to_bits() => mask.to_bits().count_ones(),
            _ => mask.parse().ok().filter(|bits| *bits <= most)?,
        },
    };
    let without_host_bits = match address {
        IpAddr::V4(address) => address.to_bits() & !mask4(bits) == 0,
        IpAddr::V6(address) => address.to_bits() & !mask6(bits) == 0,
    };
    without_host_bits.then_some((address, bits))
}
