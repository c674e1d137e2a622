//! Contexts: from text to the policy's numbers and back, and which of them the policy allows to be.

use std::fmt;

use super::{Context, Level, Policy, Range, RoleId};
use crate::selinux::SecurityContext;

/// Why a context means nothing to a policy, or may not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContextError {
    /// The text is no context: a part is missing.
    Form(String),
    /// No such user.
    User(String),
    /// No such role.
    Role(String),
    /// No such type; an attribute is none.
    Type(String),
    /// The range: unknown, missing where the policy has MLS, or there where it has none.
    Range(String),
    /// The role may not have the type: `role R types T;` is missing.
    RoleType(String, String),
    /// The user may not have the role.
    UserRole(String, String),
    /// The range is not within the user's.
    UserRange(String, String),
}

impl fmt::Display for ContextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |text: &str| crate::selinux::printable(text.as_bytes());
        match self {
            Self::Form(text) => {
                write!(f, "`{}` is no context; write user:role:type, with :range under MLS", shown(text))
            }
            Self::User(name) => write!(f, "{} is no user of this policy", shown(name)),
            Self::Role(name) => write!(f, "{} is no role of this policy", shown(name)),
            Self::Type(name) => write!(f, "{} is no type of this policy", shown(name)),
            Self::Range(why) => f.write_str(&shown(why)),
            Self::RoleType(role, name) => {
                write!(f, "the role {role} may not have the type {name} (role {role} types {name};)")
            }
            Self::UserRole(user, role) => write!(f, "the user {user} may not have the role {role}"),
            Self::UserRange(user, range) => write!(f, "the user {user} may not have the range {range}"),
        }
    }
}

impl std::error::Error for ContextError {}

impl Context {
    /// Whether the role is `object_r`, which every user and type may have (`OBJECT_R_VAL` of the kernel).
    pub fn is_object(&self) -> bool {
        self.role == RoleId::at(0)
    }
}

impl Policy {
    /// The numbers of a context.
    ///
    /// # Errors
    /// [`ContextError`] for the first part that the policy does not know. Whether it may be is [`Policy::check_context`]'s.
    pub fn context(&self, context: &SecurityContext) -> Result<Context, ContextError> {
        let (user, role, name) = (context.user.as_str(), context.role.as_str(), context.r#type.as_str());
        let range = match (&context.range, self.is_mls()) {
            (None, false) => Range::default(),
            (Some(text), true) => self.context_range(text.as_str())?,
            (None, true) => return Err(ContextError::Range("the policy has MLS, and the context no range".to_owned())),
            (Some(_), false) => {
                return Err(ContextError::Range("the policy has no MLS, but the context a range".to_owned()));
            }
        };
        let r#type = self.find_type(name).filter(|id| !self.is_attribute(*id));
        Ok(Context {
            user: self.find_user(user).ok_or_else(|| ContextError::User(user.to_owned()))?,
            role: self.find_role(role).ok_or_else(|| ContextError::Role(role.to_owned()))?,
            r#type: r#type.ok_or_else(|| ContextError::Type(name.to_owned()))?,
            range,
        })
    }

    /// The range of a context, as strict as `mls_context_to_sid` of the kernel: no blanks, and `c3.c5` but no `c5.c3` or
    /// `c3.c3`. [`super::parse_range`] takes what setools takes.
    fn context_range(&self, text: &str) -> Result<Range, ContextError> {
        let (low, high) = text.split_once('-').map_or((text, None), |(low, high)| (low, Some(high)));
        let low = self.context_level(low)?;
        let high = high.map_or_else(|| Ok(low.clone()), |high| self.context_level(high))?;
        Ok(Range { low, high })
    }

    fn context_level(&self, text: &str) -> Result<Level, ContextError> {
        let (name, groups) = text.split_once(':').map_or((text, None), |(name, groups)| (name, Some(groups)));
        let unknown = |what: &str, kind: &str| ContextError::Range(format!("`{what}` is no {kind} of this policy"));
        let sensitivity = self.find_sensitivity(name).ok_or_else(|| unknown(name, "sensitivity"))?;
        let find = |name: &str| self.find_category(name).ok_or_else(|| unknown(name, "category"));
        let mut numbers = Vec::new();
        for group in groups.into_iter().flat_map(|groups| groups.split(',')) {
            let Some((first, last)) = group.split_once('.') else {
                numbers.push(find(group)?);
                continue;
            };
            let (first, last) = (find(first)?, find(last)?);
            if first >= last {
                let why = format!("`{group}` is no range of categories: the first must come before the last");
                return Err(ContextError::Range(why));
            }
            numbers.extend(first..=last);
        }
        Ok(Level { sensitivity, categories: numbers.into_iter().collect() })
    }

    /// The same from text.
    ///
    /// # Errors
    /// As [`Policy::context`], and when the text has fewer than three parts.
    pub fn parse_context(&self, text: &str) -> Result<Context, ContextError> {
        let context = SecurityContext::parse(text).ok_or_else(|| ContextError::Form(text.to_owned()))?;
        self.context(&context)
    }

    /// The context as the kernel writes it (`security_sid_to_context`).
    pub fn security_context(&self, context: &Context) -> SecurityContext {
        SecurityContext {
            user: self.user_name(context.user).into(),
            role: self.role_name(context.role).into(),
            r#type: self.type_name(context.r#type).into(),
            range: self.is_mls().then(|| self.kernel_range(&context.range).into()),
        }
    }

    /// A range as the kernel writes it: no blanks, and two neighbouring categories with a comma (`mls_sid_to_context`).
    pub fn kernel_range(&self, range: &Range) -> String {
        let level = |level| self.level_drawn_together(level, 3);
        let low = level(&range.low);
        if range.low == range.high { low } else { format!("{low}-{}", level(&range.high)) }
    }

    /// Whether the policy lets this context be (`policydb_context_isvalid` and `mls_context_isvalid` of the kernel).
    ///
    /// # Errors
    /// The first thing that it may not be.
    pub fn check_context(&self, context: &Context) -> Result<(), ContextError> {
        if self.is_mls() {
            let allowed = |level: &Level| {
                let sensitivity = self.sensitivities().get(level.sensitivity as usize);
                sensitivity.is_some_and(|sensitivity| level.categories.is_subset(&sensitivity.categories))
            };
            let range = &context.range;
            if !allowed(&range.low) || !allowed(&range.high) || !range.high.dominates(&range.low) {
                return Err(ContextError::Range(format!("{} is no range of this policy", self.kernel_range(range))));
            }
        }
        if context.is_object() {
            return Ok(());
        }
        let (user, role) = (self.user(context.user), self.role(context.role));
        let (user_name, role_name) = (self.user_name(context.user), self.role_name(context.role));
        if !role.is_some_and(|role| role.types.contains(context.r#type.bit())) {
            return Err(ContextError::RoleType(role_name.to_owned(), self.type_name(context.r#type).to_owned()));
        }
        if !user.is_some_and(|user| user.roles.contains(context.role.bit())) {
            return Err(ContextError::UserRole(user_name.to_owned(), role_name.to_owned()));
        }
        if self.is_mls() && !user.is_some_and(|user| user.range.contains(&context.range)) {
            return Err(ContextError::UserRange(user_name.to_owned(), self.kernel_range(&context.range)));
        }
        Ok(())
    }
}
