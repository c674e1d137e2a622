//! Security contexts.

use serde::{Deserialize, Serialize};

use super::Name;

/// A security context `user:role:type[:range]` as the kernel writes it.
///
/// The range is kept as text (`s0:c1,c2`, `s0-s0:c0.c1023`, a translated `SystemLow`) and is absent where the policy has
/// no MLS. Nothing is validated: the names are what the record says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SecurityContext {
    /// The SELinux user, `system_u`.
    pub user: Name,
    /// The role, `system_r`; `object_r` for what is no process.
    pub role: Name,
    /// The type, `container_t`.
    pub r#type: Name,
    /// The MLS or MCS range without the colon before it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub range: Option<Name>,
}

impl SecurityContext {
    /// Reads a context; `None` when a part is missing or empty.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, ':');
        let mut part = || parts.next().filter(|part| !part.is_empty()).map(Name::from);
        let (user, role, r#type) = (part()?, part()?, part()?);
        let range = parts.next().filter(|range| !range.is_empty()).map(Name::from);
        Some(Self { user, role, r#type, range })
    }
}

impl std::fmt::Display for SecurityContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (user, role, r#type) = (self.user.as_str(), self.role.as_str(), self.r#type.as_str());
        write!(f, "{user}:{role}:{type}")?;
        self.range.as_ref().map_or(Ok(()), |range| write!(f, ":{}", range.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_contexts() {
        for text in [
            "system_u:system_r:container_t:s0:c180,c507",
            "system_u:object_r:lib_t",
            "u:r:init:s0-s15:c0.c1023",
            "sys.id:sys.role:mount.exec",
        ] {
            assert_eq!(SecurityContext::parse(text).map(|c| c.to_string()).as_deref(), Some(text));
        }
        for text in ["", "system_u", "system_u:object_r", "system_u::t", ":::"] {
            assert_eq!(SecurityContext::parse(text), None, "{text}");
        }
    }
}
