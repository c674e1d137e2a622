//! The eight symbol tables: commons, classes, roles, types, users, booleans, sensitivities, categories.

use super::{Reading, bytes::Result, since};
use crate::{
    policydb::{
        Bitmap, Boolean, Class, ClassDefaults, ClassId, Common, CommonId, Constraint, ConstraintTerm, DefaultFrom,
        DefaultRange, Level, Operator, Part, Range, Role, RoleId, Sensitivity, Type, TypeId, TypeKind, User, UserId,
    },
    selinux::Name,
};

/// What the symbol tables hold.
pub(super) struct Symbols {
    pub(super) commons: Vec<Common>,
    pub(super) classes: Vec<Class>,
    pub(super) roles: Vec<Role>,
    pub(super) types: Vec<Type>,
    pub(super) type_aliases: Vec<(Name, TypeId)>,
    pub(super) users: Vec<User>,
    pub(super) booleans: Vec<Boolean>,
    pub(super) sensitivities: Vec<Sensitivity>,
    pub(super) sensitivity_aliases: Vec<(Name, u32)>,
    pub(super) categories: Vec<Name>,
    pub(super) category_aliases: Vec<(Name, u32)>,
    /// The class `process`, which old versions mean where they name none.
    pub(super) process: ClassId,
}

/// A table, and other names for places in it.
type WithAliases<T, P> = (Vec<T>, Vec<(Name, P)>);

/// The head of each table: how many numbers it has, and how many entries follow.
struct Head {
    numbers: usize,
    entries: usize,
}

impl Reading<'_> {
    pub(super) fn symbols(&mut self, mls: bool) -> Result<Symbols> {
        let commons = self.commons()?;
        let classes = self.classes(&commons)?;
        let (roles, role_bounds) = self.roles()?;
        let (types, type_aliases) = self.types()?;
        let (users, user_bounds) = self.users()?;
        let booleans = self.booleans()?;
        let (sensitivities, sensitivity_aliases) = self.sensitivities()?;
        let (categories, category_aliases) = self.categories()?;
        let process = classes.iter().position(|class| class.name.as_str() == "process").map(ClassId::at);
        let Some(process) = process else { return self.bytes.damaged("there is no class `process`") };
        if mls && sensitivities.is_empty() {
            return self.bytes.damaged("an MLS policy without a sensitivity");
        }
        let mut symbols = Symbols {
            commons,
            classes,
            roles,
            types,
            type_aliases,
            users,
            booleans,
            sensitivities,
            sensitivity_aliases,
            categories,
            category_aliases,
            process,
        };
        self.check(&mut symbols, &role_bounds, &user_bounds)?;
        Ok(symbols)
    }

    /// What can only be checked, or filled in, when all tables are there.
    fn check(&self, symbols: &mut Symbols, role_bounds: &[u32], user_bounds: &[u32]) -> Result<()> {
        let (roles, types, users) = (symbols.roles.len(), symbols.types.len(), symbols.users.len());
        let beyond = |bits: &Bitmap, length: usize| bits.max().is_some_and(|bit| bit as usize >= length);
        for (role, bounds) in symbols.roles.iter_mut().zip(role_bounds) {
            role.bounds = RoleId::from_value(*bounds, roles);
            if (*bounds != 0 && role.bounds.is_none()) || beyond(&role.dominates, roles) || beyond(&role.types, types) {
                return self.bytes.damaged("a role names a role or type that does not exist");
            }
        }
        for (user, bounds) in symbols.users.iter_mut().zip(user_bounds) {
            user.bounds = UserId::from_value(*bounds, users);
            if (*bounds != 0 && user.bounds.is_none()) || beyond(&user.roles, roles) {
                return self.bytes.damaged("a user names a user or role that does not exist");
            }
        }
        let (levels, categories) = (symbols.sensitivities.len(), symbols.categories.len());
        let bad = |level: &Level| level.sensitivity as usize >= levels.max(1) || beyond(&level.categories, categories);
        if symbols.users.iter().any(|user| bad(&user.level) || bad(&user.range.low) || bad(&user.range.high))
            || symbols.sensitivities.iter().any(|sensitivity| beyond(&sensitivity.categories, categories))
        {
            return self.bytes.damaged("a level has a sensitivity or category that does not exist");
        }
        for class in &symbols.classes {
            for term in class.constraints.iter().chain(&class.validatetrans).flat_map(|c| &c.expression) {
                let ConstraintTerm::Names { part, names, written, .. } = term else { continue };
                let length = match part {
                    Part::User(_) => users,
                    Part::Role(_) => roles,
                    _ => types,
                };
                if beyond(names, length) || written.as_ref().is_some_and(|written| beyond(written, types)) {
                    return self.bytes.damaged("a constraint names something that does not exist");
                }
            }
        }
        Ok(())
    }

    fn head(&mut self, part: &'static str, size: usize) -> Result<Head> {
        self.bytes.enter(part);
        let (numbers, entries) = (self.bytes.length()?, self.bytes.count(size)?);
        // Numbers without an entry cost nothing in the file; they may not cost more than the file in memory.
        if numbers > usize::from(u16::MAX) || numbers.saturating_mul(8) > self.file_length {
            return self.bytes.damaged("a table has more numbers than it can have");
        }
        Ok(Head { numbers, entries })
    }

    /// Puts the entries at their places, without holes; the compiler counts the aliases of sensitivities as numbers too.
    fn in_order<T>(&self, numbers: usize, entries: Vec<(u32, T)>) -> Result<Vec<T>> {
        let mut entries = entries;
        entries.sort_by_key(|entry| entry.0);
        let dense = entries.len() <= numbers && entries.iter().zip(1..).all(|(entry, value)| entry.0 == value);
        if !dense {
            return self.bytes.damaged("the numbers of a table have holes, or one stands twice");
        }
        Ok(entries.into_iter().map(|entry| entry.1).collect())
    }

    fn commons(&mut self) -> Result<Vec<Common>> {
        let head = self.head("the commons", 16)?;
        let mut commons = Vec::new();
        for _ in 0..head.entries {
            let (length, value) = (self.bytes.length()?, self.bytes.u32()?);
            let (_numbers, count) = (self.bytes.u32()?, self.bytes.count(8)?);
            let name = self.bytes.symbol(length)?;
            commons.push((value, Common { name, permissions: self.permissions(count)? }));
        }
        self.in_order(head.numbers, commons)
    }

    fn permissions(&mut self, count: usize) -> Result<Vec<(u32, Name)>> {
        let mut permissions: Vec<(u32, Name)> = Vec::new();
        for _ in 0..count {
            let (length, value) = (self.bytes.length()?, self.bytes.u32()?);
            let name = self.bytes.symbol(length)?;
            if !(1..=32).contains(&value) {
                return self.bytes.damaged("a permission has a number beyond 32");
            }
            permissions.push((1 << (value - 1), name));
        }
        permissions.sort();
        Ok(permissions)
    }

    fn classes(&mut self, commons: &[Common]) -> Result<Vec<Class>> {
        let head = self.head("the classes", 28)?;
        let mut classes = Vec::new();
        for _ in 0..head.entries {
            let (length, common_length) = (self.bytes.length()?, self.bytes.length()?);
            let (value, numbers) = (self.bytes.u32()?, self.bytes.u32()?);
            let (count, constraint_count) = (self.bytes.count(8)?, self.bytes.length()?);
            let name = self.bytes.symbol(length)?;
            let common = if common_length == 0 {
                None
            } else {
                let common = self.bytes.symbol(common_length)?;
                let place = commons.iter().position(|other| other.name == common);
                if place.is_none() {
                    return self.bytes.damaged("a class inherits a common that does not exist");
                }
                place.map(CommonId::at)
            };
            let permissions = self.permissions(count)?;
            let constraints = self.constraints(constraint_count, false)?;
            let validatetrans_count = self.bytes.length()?;
            let validatetrans = self.constraints(validatetrans_count, true)?;
            let defaults = self.class_defaults()?;
            let inherited = common.and_then(|id| commons.get(id.index())).map_or(&[][..], |common| &common.permissions);
            let mut by_name: Vec<_> = permissions.iter().chain(inherited).cloned().collect();
            by_name.sort_by(|a, b| a.1.cmp(&b.1));
            let mask = if numbers >= 32 { u32::MAX } else { (1 << numbers) - 1 };
            let class = Class { name, common, permissions, by_name, mask, constraints, validatetrans, defaults };
            classes.push((value, class));
        }
        self.in_order(head.numbers, classes)
    }

    fn class_defaults(&mut self) -> Result<ClassDefaults> {
        let mut defaults = ClassDefaults::default();
        if self.has(since::NEW_OBJECT_DEFAULTS) {
            defaults.user = self.default_from()?;
            defaults.role = self.default_from()?;
            let range = self.bytes.u32()?;
            defaults.range = match range {
                0 => None,
                1 => Some(DefaultRange::Low(DefaultFrom::Source)),
                2 => Some(DefaultRange::High(DefaultFrom::Source)),
                3 => Some(DefaultRange::LowHigh(DefaultFrom::Source)),
                4 => Some(DefaultRange::Low(DefaultFrom::Target)),
                5 => Some(DefaultRange::High(DefaultFrom::Target)),
                6 => Some(DefaultRange::LowHigh(DefaultFrom::Target)),
                7 if self.has(since::GLBLUB) => Some(DefaultRange::Glblub),
                _ => return self.bytes.damaged("an unknown default_range"),
            };
        }
        if self.has(since::DEFAULT_TYPE) {
            defaults.r#type = self.default_from()?;
        }
        Ok(defaults)
    }

    fn default_from(&mut self) -> Result<Option<DefaultFrom>> {
        match self.bytes.u32()? {
            0 => Ok(None),
            1 => Ok(Some(DefaultFrom::Source)),
            2 => Ok(Some(DefaultFrom::Target)),
            _ => self.bytes.damaged("a default is neither source nor target"),
        }
    }

    fn constraints(&mut self, count: usize, third: bool) -> Result<Vec<Constraint>> {
        let count = self.bytes.room(count, 8)?;
        let mut constraints = Vec::new();
        for _ in 0..count {
            let permissions = self.bytes.u32()?;
            let terms = self.bytes.count(12)?;
            let mut expression = Vec::new();
            let mut depth = 0_u32;
            for _ in 0..terms {
                let term = self.constraint_term(third)?;
                // Five operands at most (`CEXPR_MAXDEPTH`).
                let after = match &term {
                    ConstraintTerm::Not => (depth >= 1).then_some(depth),
                    ConstraintTerm::And | ConstraintTerm::Or => (depth >= 2).then_some(depth.wrapping_sub(1)),
                    ConstraintTerm::Compare { .. } | ConstraintTerm::Names { .. } => (depth < 5).then_some(depth + 1),
                };
                let Some(after) = after else { return self.bytes.damaged("a constraint's expression does not add up") };
                depth = after;
                expression.push(term);
            }
            if depth != 1 {
                return self.bytes.damaged("a constraint's expression does not add up");
            }
            constraints.push(Constraint { permissions, expression });
        }
        Ok(constraints)
    }

    /// One `constraint_expr` (constraint.h of the kernel).
    fn constraint_term(&mut self, third: bool) -> Result<ConstraintTerm> {
        let (kind, attribute, operator) = (self.bytes.u32()?, self.bytes.u32()?, self.bytes.u32()?);
        match kind {
            1 => return Ok(ConstraintTerm::Not),
            2 => return Ok(ConstraintTerm::And),
            3 => return Ok(ConstraintTerm::Or),
            4 | 5 => {}
            _ => return self.bytes.damaged("an unknown term of a constraint"),
        }
        let operator = match operator {
            1 => Operator::Equal,
            2 => Operator::Different,
            3 => Operator::Dominates,
            4 => Operator::DominatedBy,
            5 => Operator::Incomparable,
            _ => return self.bytes.damaged("an unknown operator of a constraint"),
        };
        if kind == 4 {
            let (left, right) = match attribute {
                1 => (Part::User(1), Part::User(2)),
                2 => (Part::Role(1), Part::Role(2)),
                4 => (Part::Type(1), Part::Type(2)),
                32 => (Part::Low(1), Part::Low(2)),
                64 => (Part::Low(1), Part::High(2)),
                128 => (Part::High(1), Part::Low(2)),
                256 => (Part::High(1), Part::High(2)),
                512 => (Part::Low(1), Part::High(1)),
                1024 => (Part::Low(2), Part::High(2)),
                _ => return self.bytes.damaged("a constraint compares unknown parts"),
            };
            let ordered = left.is_level() || matches!(left, Part::Role(_));
            if !ordered && !matches!(operator, Operator::Equal | Operator::Different) {
                return self.bytes.damaged("a constraint asks which of two users or types is greater");
            }
            return Ok(ConstraintTerm::Compare { left, right, operator });
        }
        let context = match attribute & !7 {
            0 => 1,
            8 => 2,
            16 if third => 3,
            _ => return self.bytes.damaged("a constraint looks up an unknown part"),
        };
        let part = match attribute & 7 {
            1 => Part::User(context),
            2 => Part::Role(context),
            4 => Part::Type(context),
            _ => return self.bytes.damaged("a constraint looks up an unknown part"),
        };
        if !matches!(operator, Operator::Equal | Operator::Different) {
            return self.bytes.damaged("a list in a constraint is neither equal nor different");
        }
        let names = self.bytes.bitmap()?;
        let mut written = None;
        if self.has(since::CONSTRAINT_NAMES) {
            let (types, _negated, _flags) = (self.bytes.bitmap()?, self.bytes.bitmap()?, self.bytes.u32()?);
            written = matches!(part, Part::Type(_)).then_some(types);
        }
        Ok(ConstraintTerm::Names { part, operator, names, written })
    }

    fn roles(&mut self) -> Result<(Vec<Role>, Vec<u32>)> {
        let head = self.head("the roles", 36)?;
        let mut roles = Vec::new();
        for _ in 0..head.entries {
            let (length, value, bounds) = (self.bytes.length()?, self.bytes.u32()?, self.bytes.u32()?);
            let name = self.bytes.symbol(length)?;
            let (dominates, types) = (self.bytes.bitmap()?, self.bytes.bitmap()?);
            if name.as_str() == "object_r" && value != 1 {
                return self.bytes.damaged("the role object_r is not the first");
            }
            roles.push((value, (Role { name, dominates, types, bounds: None }, bounds)));
        }
        Ok(self.in_order(head.numbers, roles)?.into_iter().unzip())
    }

    fn types(&mut self) -> Result<WithAliases<Type, TypeId>> {
        let head = self.head("the types", 16)?;
        // Each number has a bitmap at the end of the file.
        self.bytes.room(head.numbers, 12)?;
        let mut types: Vec<Option<Type>> = vec![None; head.numbers];
        let mut aliases = Vec::new();
        for _ in 0..head.entries {
            let (length, value) = (self.bytes.length()?, self.bytes.u32()?);
            let (properties, bounds) = (self.bytes.u32()?, self.bytes.u32()?);
            let name = self.bytes.symbol(length)?;
            let Some(id) = TypeId::from_value(value, head.numbers) else {
                return self.bytes.damaged("a type has a number that the table does not have");
            };
            let (primary, attribute) = (properties & 1 != 0, properties & 2 != 0);
            if !primary && !attribute {
                aliases.push((name, id));
                continue;
            }
            let kind = if attribute { TypeKind::Attribute } else { TypeKind::Type };
            let bounded_by = TypeId::from_value(bounds, head.numbers);
            if bounds != 0 && bounded_by.is_none() {
                return self.bytes.damaged("a type is bounded by one that does not exist");
            }
            let place = types.get_mut(id.index()).filter(|place| place.is_none());
            let Some(place) = place else { return self.bytes.damaged("two types have the same number") };
            *place = Some(Type { name, kind, bounds: bounded_by });
        }
        let nameless = |index: usize| Type {
            name: Name::from(format!("@ttr{:010}", index + 1)),
            kind: TypeKind::Attribute,
            bounds: None,
        };
        let types = types.into_iter().enumerate().map(|(index, t)| t.unwrap_or_else(|| nameless(index))).collect();
        Ok((types, aliases))
    }

    fn users(&mut self) -> Result<(Vec<User>, Vec<u32>)> {
        let head = self.head("the users", 52)?;
        let mut users = Vec::new();
        for _ in 0..head.entries {
            let (length, value, bounds) = (self.bytes.length()?, self.bytes.u32()?, self.bytes.u32()?);
            let name = self.bytes.symbol(length)?;
            let roles = self.bytes.bitmap()?;
            let range = self.unchecked_range()?;
            let level = self.level()?;
            users.push((value, (User { name, roles, range, level, bounds: None }, bounds)));
        }
        Ok(self.in_order(head.numbers, users)?.into_iter().unzip())
    }

    fn booleans(&mut self) -> Result<Vec<Boolean>> {
        let head = self.head("the booleans", 13)?;
        let mut booleans = Vec::new();
        for _ in 0..head.entries {
            let (value, state, length) = (self.bytes.u32()?, self.bytes.u32()?, self.bytes.length()?);
            if state > 1 {
                return self.bytes.damaged("a boolean is neither on nor off");
            }
            booleans.push((value, Boolean { name: self.bytes.symbol(length)?, state: state == 1 }));
        }
        self.in_order(head.numbers, booleans)
    }

    fn sensitivities(&mut self) -> Result<WithAliases<Sensitivity, u32>> {
        let head = self.head("the sensitivities", 24)?;
        let (mut sensitivities, mut aliases) = (Vec::new(), Vec::new());
        for _ in 0..head.entries {
            let (length, alias) = (self.bytes.length()?, self.bytes.u32()? != 0);
            let name = self.bytes.symbol(length)?;
            let level = self.level()?;
            if alias {
                aliases.push((name, level.sensitivity));
            } else {
                let entry = Sensitivity { name, categories: level.categories };
                sensitivities.push((level.sensitivity.saturating_add(1), entry));
            }
        }
        let sensitivities = self.in_order(head.numbers, sensitivities)?;
        if aliases.iter().any(|alias| alias.1 as usize >= sensitivities.len()) {
            return self.bytes.damaged("an alias of a sensitivity that does not exist");
        }
        Ok((sensitivities, aliases))
    }

    fn categories(&mut self) -> Result<WithAliases<Name, u32>> {
        let head = self.head("the categories", 13)?;
        let (mut categories, mut aliases) = (Vec::new(), Vec::new());
        for _ in 0..head.entries {
            let (length, value) = (self.bytes.length()?, self.bytes.u32()?);
            let alias = self.bytes.u32()? != 0;
            let name = self.bytes.symbol(length)?;
            if alias {
                aliases.push((name, value.wrapping_sub(1)));
            } else {
                categories.push((value, name));
            }
        }
        let categories = self.in_order(head.numbers, categories)?;
        if aliases.iter().any(|alias| alias.1 as usize >= categories.len()) {
            return self.bytes.damaged("an alias of a category that does not exist");
        }
        Ok((categories, aliases))
    }

    /// One level; its sensitivity counted from 0.
    fn level(&mut self) -> Result<Level> {
        let sensitivity = self.bytes.u32()?;
        Ok(Level { sensitivity: self.sensitivity(sensitivity)?, categories: self.bytes.bitmap()? })
    }

    /// Policies without MLS write 0 or 1; both are the first.
    fn sensitivity(&self, value: u32) -> Result<u32> {
        if value > u32::from(u16::MAX) {
            return self.bytes.damaged("a sensitivity that does not exist");
        }
        Ok(value.saturating_sub(1))
    }

    /// A range whose numbers were not yet compared with the tables (`mls_read_range_helper`).
    pub(super) fn unchecked_range(&mut self) -> Result<Range> {
        let items = self.bytes.u32()?;
        let low = self.bytes.u32()?;
        let low_sensitivity = self.sensitivity(low)?;
        let high_sensitivity = match items {
            1 => None,
            2 => {
                let high = self.bytes.u32()?;
                Some(self.sensitivity(high)?)
            }
            _ => return self.bytes.damaged("a range has neither one nor two levels"),
        };
        let low = Level { sensitivity: low_sensitivity, categories: self.bytes.bitmap()? };
        let high = match high_sensitivity {
            Some(sensitivity) => Level { sensitivity, categories: self.bytes.bitmap()? },
            None => low.clone(),
        };
        Ok(Range { low, high })
    }

    /// A range of the policy.
    pub(super) fn range(&mut self, symbols: &Symbols) -> Result<Range> {
        let range = self.unchecked_range()?;
        let bad = |level: &Level| {
            level.sensitivity as usize >= symbols.sensitivities.len().max(1)
                || level.categories.max().is_some_and(|bit| bit as usize >= symbols.categories.len())
        };
        if bad(&range.low) || bad(&range.high) {
            return self.bytes.damaged("a range has a sensitivity or category that does not exist");
        }
        Ok(range)
    }
}
