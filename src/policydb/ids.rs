//! The numbers by which a policy names its parts.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u16);

        #[allow(dead_code, reason = "not every number stands in a bitmap or in the file")]
        impl $name {
            /// The place in the policy's table, from 0; the file counts from 1.
            pub fn index(self) -> usize {
                usize::from(self.0)
            }

            /// The same for a bitmap.
            pub(super) fn bit(self) -> u32 {
                u32::from(self.0)
            }

            /// The number at this place; the caller sees to it that the table has one.
            pub(super) fn at(index: usize) -> Self {
                Self(u16::try_from(index).unwrap_or(u16::MAX))
            }

            /// The number that the file writes as `value`, if a table of this length has it.
            pub(super) fn from_value(value: u32, length: usize) -> Option<Self> {
                let index = value.checked_sub(1)?;
                let id = u16::try_from(index).ok()?;
                (usize::from(id) < length).then_some(Self(id))
            }
        }
    )*};
}

ids! {
    /// A type or an attribute of one policy.
    TypeId
    /// An object class of one policy.
    ClassId
    /// A permission set that classes share.
    CommonId
    /// A role of one policy.
    RoleId
    /// A user of one policy.
    UserId
    /// A boolean of one policy.
    BooleanId
    /// A conditional block: an expression over booleans, and the rules of its two branches.
    ConditionalId
}
