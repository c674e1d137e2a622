//! Reading the kernel's binary policy.
//!
//! The order of the parts, and which version has which, are those of the kernel's `policydb_read` (security/selinux/ss).
//! Every length is checked against what is left of the file before anything is allocated for it, every number against
//! its table; so a value never points nowhere, and memory stays a small multiple of the file.

mod bytes;
mod labels;
mod rules;
mod symbols;

use bytes::{Bytes, Result};

use super::{
    Bitmap, ClassId, NameTransition, Policy, PolicyError, Problem, RangeTransition, RoleId, RoleTransition, Type,
    TypeId, TypeKind, UnknownHandling, UserId, rules::RuleTable,
};
use symbols::Symbols;

/// The first four bytes of every kernel policy.
const MAGIC: u32 = 0xf97c_ff8c;

/// Versions in which something was added (`POLICYDB_VERSION_*`).
mod since {
    pub(super) const FILENAME_TRANSITIONS: u32 = 25;
    pub(super) const ROLE_TRANSITION_CLASS: u32 = 26;
    pub(super) const NEW_OBJECT_DEFAULTS: u32 = 27;
    pub(super) const DEFAULT_TYPE: u32 = 28;
    pub(super) const CONSTRAINT_NAMES: u32 = 29;
    pub(super) const XPERMS: u32 = 30;
    pub(super) const INFINIBAND: u32 = 31;
    pub(super) const GLBLUB: u32 = 32;
    pub(super) const COMPRESSED_FILENAME_TRANSITIONS: u32 = 33;
    pub(super) const CONDITIONAL_XPERMS: u32 = 34;
    pub(super) const NEVERAUDIT: u32 = 35;
}

/// What the parts need to know while they are read.
struct Reading<'a> {
    bytes: Bytes<'a>,
    version: u32,
    file_length: usize,
}

impl Reading<'_> {
    fn has(&self, since: u32) -> bool {
        self.version >= since
    }
}

impl Policy {
    /// Reads a policy out of the bytes of its file.
    ///
    /// What stands after the end of the policy is ignored, as by the kernel.
    ///
    /// # Errors
    /// [`PolicyError`] with the offset: no kernel policy, one for Xen, a version before 24 or after 35, a short or
    /// damaged file.
    pub fn read(file: &[u8]) -> std::result::Result<Self, PolicyError> {
        let mut bytes = Bytes::new(file);
        let not_a_policy = |_| PolicyError { offset: 0, problem: Problem::NotAPolicy };
        if bytes.u32().map_err(not_a_policy)? != MAGIC {
            return Err(PolicyError { offset: 0, problem: Problem::NotAPolicy });
        }
        let length = bytes.length()?;
        match bytes.take(length)? {
            b"SE Linux" => {}
            b"XenFlask" => return Err(PolicyError { offset: 8, problem: Problem::Xen }),
            _ => return Err(PolicyError { offset: 8, problem: Problem::NotAPolicy }),
        }
        let offset = bytes.offset();
        let version = bytes.u32()?;
        match version {
            0..24 => return Err(PolicyError { offset, problem: Problem::TooOld(version) }),
            24..=35 => {}
            _ => return Err(PolicyError { offset, problem: Problem::TooNew(version) }),
        }
        Reading { bytes, version, file_length: file.len() }.policy()
    }
}

impl Reading<'_> {
    fn policy(mut self) -> Result<Policy> {
        let config = self.bytes.u32()?;
        let mls = config & 1 != 0;
        let unknown = match config & 6 {
            0 => UnknownHandling::Deny,
            2 => UnknownHandling::Reject,
            4 => UnknownHandling::Allow,
            _ => return self.bytes.damaged("unknown classes are both rejected and allowed"),
        };
        let label_kinds = if self.has(since::INFINIBAND) { 9 } else { 7 };
        if (self.bytes.u32()?, self.bytes.u32()?) != (8, label_kinds) {
            return self.bytes.damaged("the numbers of tables do not belong to this version");
        }
        self.bytes.enter("the policy capabilities");
        let capabilities = self.bytes.bitmap()?;
        self.bytes.enter("the permissive types");
        let permissive = self.bytes.bitmap()?;
        let neveraudit = if self.has(since::NEVERAUDIT) { self.bytes.bitmap()? } else { Bitmap::default() };

        let symbols = self.symbols(mls)?;
        let mut xperms = Vec::new();
        let rules = self.rules(&symbols, &mut xperms)?;
        let (conditionals, conditional_rules) = self.conditionals(&symbols, &mut xperms)?;
        let role_transitions = self.role_transitions(&symbols)?;
        let role_allows = self.role_allows(&symbols)?;
        let name_transitions = self.name_transitions(&symbols)?;
        let labels = self.labels(&symbols)?;
        let range_transitions = self.range_transitions(&symbols)?;
        let (attributes, members) = self.type_attributes(&symbols.types)?;
        check_bounds(&self, &symbols)?;
        let types = symbols.types.len();
        let mut policy = Policy {
            version: self.version,
            mls,
            unknown,
            capabilities,
            permissive,
            neveraudit,
            commons: symbols.commons,
            classes: symbols.classes,
            roles: symbols.roles,
            types: symbols.types,
            type_aliases: symbols.type_aliases,
            users: symbols.users,
            booleans: symbols.booleans,
            sensitivities: symbols.sensitivities,
            sensitivity_aliases: symbols.sensitivity_aliases,
            categories: symbols.categories,
            category_aliases: symbols.category_aliases,
            rules: RuleTable::new(rules, types),
            xperms,
            conditionals,
            conditional_rules: RuleTable::new(conditional_rules, types),
            role_transitions,
            role_allows,
            name_transitions,
            labels,
            range_transitions,
            attributes,
            members,
            names: super::NameTable::default(),
        };
        policy.names = super::NameTable::new(&policy);
        Ok(policy)
    }

    fn role_transitions(&mut self, symbols: &Symbols) -> Result<Vec<RoleTransition>> {
        self.bytes.enter("the role transitions");
        let with_class = self.has(since::ROLE_TRANSITION_CLASS);
        let count = self.bytes.count(if with_class { 16 } else { 12 })?;
        let mut all = Vec::with_capacity(count);
        for _ in 0..count {
            let (role, target) = (self.role(symbols)?, self.r#type(symbols)?);
            let new = self.role(symbols)?;
            let class = if with_class { self.class(symbols)? } else { symbols.process };
            all.push(RoleTransition { role, target, class, new });
        }
        Ok(all)
    }

    fn role_allows(&mut self, symbols: &Symbols) -> Result<Vec<(RoleId, RoleId)>> {
        self.bytes.enter("the role allow rules");
        let count = self.bytes.count(8)?;
        (0..count).map(|_| Ok((self.role(symbols)?, self.role(symbols)?))).collect()
    }

    fn name_transitions(&mut self, symbols: &Symbols) -> Result<Vec<NameTransition>> {
        if !self.has(since::FILENAME_TRANSITIONS) {
            return Ok(Vec::new());
        }
        self.bytes.enter("the filename transitions");
        if self.has(since::COMPRESSED_FILENAME_TRANSITIONS) {
            return self.compressed_name_transitions(symbols);
        }
        let count = self.bytes.count(20)?;
        let mut all = Vec::with_capacity(count);
        let mut seen = std::collections::HashSet::with_capacity(count);
        for _ in 0..count {
            let length = self.bytes.length()?;
            let name = self.bytes.text(length)?;
            let source = self.r#type(symbols)?;
            let (target, class) = (self.r#type(symbols)?, self.class(symbols)?);
            let default = self.r#type(symbols)?;
            // Old compilers wrote some twice; the first one counts (libsepol's `filename_trans_read_one_compat`).
            if seen.insert((source, target, class, name.clone())) {
                let sources = std::iter::once(source.bit()).collect();
                all.push(NameTransition { sources, target, class, default, name });
            }
        }
        Ok(all)
    }

    fn compressed_name_transitions(&mut self, symbols: &Symbols) -> Result<Vec<NameTransition>> {
        let count = self.bytes.count(16)?;
        let mut all = Vec::with_capacity(count);
        for _ in 0..count {
            let length = self.bytes.length()?;
            let name = self.bytes.text(length)?;
            let (target, class) = (self.r#type(symbols)?, self.class(symbols)?);
            let results = self.bytes.count(16)?;
            if results == 0 {
                return self.bytes.damaged("a filename transition has no result");
            }
            for _ in 0..results {
                let sources = self.type_bits(symbols)?;
                let default = self.r#type(symbols)?;
                all.push(NameTransition { sources, target, class, default, name: name.clone() });
            }
        }
        Ok(all)
    }

    fn range_transitions(&mut self, symbols: &Symbols) -> Result<Vec<RangeTransition>> {
        self.bytes.enter("the range transitions");
        let count = self.bytes.count(32)?;
        let mut all = Vec::with_capacity(count);
        for _ in 0..count {
            let (source, target) = (self.r#type(symbols)?, self.r#type(symbols)?);
            let class = self.class(symbols)?;
            let range = self.range(symbols)?;
            all.push(RangeTransition { source, target, class, range });
        }
        Ok(all)
    }

    /// The attributes of each type, and the members of each attribute.
    fn type_attributes(&mut self, types: &[Type]) -> Result<(Vec<Bitmap>, Vec<Vec<TypeId>>)> {
        self.bytes.enter("the attributes of the types");
        let mut attributes = Vec::with_capacity(types.len());
        let mut members = vec![Vec::new(); types.len()];
        for (index, r#type) in types.iter().enumerate() {
            let bits = self.bytes.bitmap()?;
            if bits.max().is_some_and(|bit| bit as usize >= types.len()) {
                return self.bytes.damaged("a type has an attribute that does not exist");
            }
            let is_attribute =
                |bit: u32| types.get(bit as usize).is_some_and(|other| other.kind == TypeKind::Attribute);
            if r#type.kind == TypeKind::Type {
                for bit in bits.iter().filter(|bit| is_attribute(*bit)) {
                    if let Some(list) = members.get_mut(bit as usize) {
                        list.push(TypeId::at(index));
                    }
                }
                attributes.push(bits.iter().filter(|bit| is_attribute(*bit)).collect());
            } else {
                attributes.push(Bitmap::default());
            }
        }
        Ok((attributes, members))
    }

    fn r#type(&mut self, symbols: &Symbols) -> Result<TypeId> {
        let value = self.bytes.u32()?;
        TypeId::from_value(value, symbols.types.len())
            .map_or_else(|| self.bytes.damaged("a type that does not exist"), Ok)
    }

    fn class(&mut self, symbols: &Symbols) -> Result<ClassId> {
        let value = self.bytes.u32()?;
        ClassId::from_value(value, symbols.classes.len())
            .map_or_else(|| self.bytes.damaged("a class that does not exist"), Ok)
    }

    fn role(&mut self, symbols: &Symbols) -> Result<RoleId> {
        let value = self.bytes.u32()?;
        RoleId::from_value(value, symbols.roles.len())
            .map_or_else(|| self.bytes.damaged("a role that does not exist"), Ok)
    }

    /// A bitmap whose bits are places in the table of types.
    fn type_bits(&mut self, symbols: &Symbols) -> Result<Bitmap> {
        self.bits(symbols.types.len())
    }

    fn bits(&mut self, length: usize) -> Result<Bitmap> {
        let bits = self.bytes.bitmap()?;
        if bits.max().is_some_and(|bit| bit as usize >= length) {
            return self.bytes.damaged("a set names something that does not exist");
        }
        Ok(bits)
    }
}

/// Bounds that go round, or up four steps (`POLICYDB_BOUNDS_MAXDEPTH`), are refused as by the kernel.
fn check_bounds(reading: &Reading, symbols: &Symbols) -> Result<()> {
    let types = |id: TypeId| symbols.types.get(id.index()).and_then(|t| t.bounds);
    let roles = |id: RoleId| symbols.roles.get(id.index()).and_then(|r| r.bounds);
    let users = |id: UserId| symbols.users.get(id.index()).and_then(|u| u.bounds);
    let deep = symbols.types.iter().any(|t| is_deep(t.bounds, types))
        || symbols.roles.iter().any(|r| is_deep(r.bounds, roles))
        || symbols.users.iter().any(|u| is_deep(u.bounds, users));
    if deep { reading.bytes.damaged("bounds go round, or up four steps") } else { Ok(()) }
}

fn is_deep<I: Copy>(first: Option<I>, next: impl Fn(I) -> Option<I>) -> bool {
    std::iter::successors(first, |id| next(*id)).take(4).count() == 4
}
