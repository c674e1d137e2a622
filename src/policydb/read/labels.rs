//! Labels of what is no file: the seven or nine tables of contexts, and genfs.

use core::net::{Ipv4Addr, Ipv6Addr};

use super::{Reading, bytes::Result, since, symbols::Symbols};
use crate::policydb::{ClassId, Context, FsUse, FsUseKind, GenfsLabel, IbpkeyLabel, Labels, PortLabel, UserId};

impl Reading<'_> {
    /// The tables in their order (`ocontext_read` and `genfs_read` of the kernel).
    pub(super) fn labels(&mut self, symbols: &Symbols) -> Result<Labels> {
        let mut labels = Labels::default();
        self.bytes.enter("the initial SIDs");
        for _ in 0..self.bytes.count(4)? {
            let sid = self.bytes.u32()?;
            labels.initial_sids.push((sid, self.context(symbols)?));
        }
        self.bytes.enter("the file system contexts");
        for _ in 0..self.bytes.count(4)? {
            // `fscon`, which nothing has read since 2.4: a name and two contexts.
            let length = self.bytes.length()?;
            self.bytes.text(length)?;
            self.context(symbols)?;
            self.context(symbols)?;
        }
        self.bytes.enter("the port contexts");
        for _ in 0..self.bytes.count(12)? {
            let (protocol, low, high) = (self.bytes.u32()?, self.bytes.u32()?, self.bytes.u32()?);
            let Ok(protocol) = u8::try_from(protocol) else { return self.bytes.damaged("an unknown protocol") };
            let (low, high) = self.ports(low, high)?;
            labels.ports.push(PortLabel { protocol, low, high, context: self.context(symbols)? });
        }
        self.bytes.enter("the interface contexts");
        for _ in 0..self.bytes.count(4)? {
            let length = self.bytes.length()?;
            let name = self.bytes.text(length)?;
            labels.interfaces.push((name, self.context(symbols)?, self.context(symbols)?));
        }
        self.bytes.enter("the node contexts");
        for _ in 0..self.bytes.count(8)? {
            let (address, mask) = (self.bytes.address::<4>()?, self.bytes.address::<4>()?);
            labels.nodes.push((Ipv4Addr::from(address), Ipv4Addr::from(mask), self.context(symbols)?));
        }
        self.fs_uses(symbols, &mut labels)?;
        self.bytes.enter("the node contexts of IPv6");
        for _ in 0..self.bytes.count(32)? {
            let (address, mask) = (self.bytes.address::<16>()?, self.bytes.address::<16>()?);
            labels.nodes6.push((Ipv6Addr::from(address), Ipv6Addr::from(mask), self.context(symbols)?));
        }
        if self.has(since::INFINIBAND) {
            self.infiniband(symbols, &mut labels)?;
        }
        self.genfs(symbols, &mut labels)?;
        Ok(labels)
    }

    fn ports(&self, low: u32, high: u32) -> Result<(u16, u16)> {
        match (u16::try_from(low), u16::try_from(high)) {
            (Ok(low), Ok(high)) if low <= high => Ok((low, high)),
            _ => self.bytes.damaged("a range of numbers that cannot be"),
        }
    }

    fn fs_uses(&mut self, symbols: &Symbols, labels: &mut Labels) -> Result<()> {
        self.bytes.enter("the fs_use statements");
        for _ in 0..self.bytes.count(8)? {
            let (kind, length) = (self.bytes.u32()?, self.bytes.length()?);
            let kind = match kind {
                1 => FsUseKind::Xattr,
                2 => FsUseKind::Trans,
                3 => FsUseKind::Task,
                _ => return self.bytes.damaged("a file system keeps its labels in an unknown way"),
            };
            let name = self.bytes.text(length)?;
            labels.fs_uses.push(FsUse { kind, name, context: self.context(symbols)? });
        }
        Ok(())
    }

    fn infiniband(&mut self, symbols: &Symbols, labels: &mut Labels) -> Result<()> {
        self.bytes.enter("the infiniband contexts");
        for _ in 0..self.bytes.count(16)? {
            let prefix = self.bytes.address::<8>()?;
            let mut subnet = [0; 16];
            subnet.iter_mut().zip(prefix).for_each(|(to, from)| *to = from);
            let (low, high) = (self.bytes.u32()?, self.bytes.u32()?);
            let (low, high) = self.ports(low, high)?;
            labels.ibpkeys.push(IbpkeyLabel {
                subnet: Ipv6Addr::from(subnet),
                low,
                high,
                context: self.context(symbols)?,
            });
        }
        for _ in 0..self.bytes.count(8)? {
            let (length, port) = (self.bytes.length()?, self.bytes.u32()?);
            let Ok(port) = u8::try_from(port) else { return self.bytes.damaged("an infiniband port beyond 255") };
            let name = self.bytes.text(length)?;
            labels.ibendports.push((name, port, self.context(symbols)?));
        }
        Ok(())
    }

    fn genfs(&mut self, symbols: &Symbols, labels: &mut Labels) -> Result<()> {
        self.bytes.enter("the genfs contexts");
        for _ in 0..self.bytes.count(8)? {
            let length = self.bytes.length()?;
            let fs = self.bytes.text(length)?;
            for _ in 0..self.bytes.count(8)? {
                let length = self.bytes.length()?;
                let path = self.bytes.text(length)?;
                let class = match self.bytes.u32()? {
                    0 => None,
                    value => match ClassId::from_value(value, symbols.classes.len()) {
                        Some(class) => Some(class),
                        None => return self.bytes.damaged("a genfs context for a class that does not exist"),
                    },
                };
                let context = self.context(symbols)?;
                labels.genfs.push(GenfsLabel { fs: fs.clone(), path, class, context });
            }
        }
        Ok(())
    }

    /// One context; whether its role may have its type is not asked here.
    fn context(&mut self, symbols: &Symbols) -> Result<Context> {
        let user = self.bytes.u32()?;
        let Some(user) = UserId::from_value(user, symbols.users.len()) else {
            return self.bytes.damaged("a context's user does not exist");
        };
        Ok(Context { user, role: self.role(symbols)?, r#type: self.r#type(symbols)?, range: self.range(symbols)? })
    }
}
