//! What a policy declares, component by component, in the text of seinfo.
//!
//! [`Policy::list`] gives one component's entries, each with its short text and its statement; [`Policy::statistics`] counts
//! everything. Order, blanks and brackets are setools' own.

mod components;
mod constraints;
mod labels;
mod statistics;

use super::{Policy, SearchError};

/// What seinfo can list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Component {
    /// Booleans.
    Booleans,
    /// Categories, by number; an alias finds its category.
    Categories,
    /// Object classes.
    Classes,
    /// Commons.
    Commons,
    /// Constraints of a class, MLS ones too.
    Constraints,
    /// The `default_*` rules of a class.
    Defaults,
    /// How file systems get their labels, by file system.
    FsUses,
    /// Labels inside file systems, by file system.
    Genfs,
    /// Infiniband end ports, by device.
    Ibendports,
    /// Infiniband keys: one, or a range.
    Ibpkeys,
    /// Initial SIDs.
    InitialSids,
    /// Network interfaces.
    Interfaces,
    /// Nodes, by network.
    Nodes,
    /// Permissive types.
    Permissive,
    /// Policy capabilities.
    Capabilities,
    /// Ports: those that a port, or a range of them, lies in.
    Ports,
    /// Roles.
    Roles,
    /// Sensitivities, by dominance; an alias finds its sensitivity.
    Sensitivities,
    /// Bounds, by the bounded type.
    Typebounds,
    /// Types; an alias finds its type.
    Types,
    /// Attributes.
    Attributes,
    /// Users.
    Users,
    /// What must hold when a label changes, by class.
    Validatetrans,
}

impl Component {
    /// All of them in the order of `seinfo --all`.
    pub const ALL: [Self; 23] = [
        Self::Booleans,
        Self::Categories,
        Self::Classes,
        Self::Commons,
        Self::Constraints,
        Self::Defaults,
        Self::FsUses,
        Self::Genfs,
        Self::Ibendports,
        Self::Ibpkeys,
        Self::InitialSids,
        Self::Interfaces,
        Self::Nodes,
        Self::Permissive,
        Self::Capabilities,
        Self::Ports,
        Self::Roles,
        Self::Sensitivities,
        Self::Typebounds,
        Self::Types,
        Self::Attributes,
        Self::Users,
        Self::Validatetrans,
    ];

    /// The heading above the list.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Booleans => "Booleans",
            Self::Categories => "Categories",
            Self::Classes => "Classes",
            Self::Commons => "Commons",
            Self::Constraints => "Constraints",
            Self::Defaults => "Default rules",
            Self::FsUses => "Fs_use",
            Self::Genfs => "Genfscon",
            Self::Ibendports => "Ibendportcon",
            Self::Ibpkeys => "Ibpkeycon",
            Self::InitialSids => "Initial SIDs",
            Self::Interfaces => "Netifcon",
            Self::Nodes => "Nodecon",
            Self::Permissive => "Permissive Types",
            Self::Capabilities => "Polcap",
            Self::Ports => "Portcon",
            Self::Roles => "Roles",
            Self::Sensitivities => "Sensitivities",
            Self::Typebounds => "Typebounds",
            Self::Types => "Types",
            Self::Attributes => "Type Attributes",
            Self::Users => "Users",
            Self::Validatetrans => "Validatetrans",
        }
    }
}

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    /// The name; where there is none, the statement.
    pub text: String,
    /// The statement of the policy language, with what belongs to it; of an attribute its members too.
    pub statement: String,
}

impl Item {
    /// An entry that is its own statement.
    fn plain(statement: String) -> Self {
        Self { text: statement.clone(), statement }
    }
}

/// What cannot be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListError {
    /// The policy does not know the class.
    Unknown(SearchError),
    /// No number or range of them; the text says what is wanted.
    Form(&'static str),
}

impl std::fmt::Display for ListError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown(error) => error.fmt(f),
            Self::Form(wanted) => f.write_str(wanted),
        }
    }
}

impl std::error::Error for ListError {}

impl Policy {
    /// The entries of one component, all or those that `wanted` names.
    ///
    /// # Errors
    /// [`ListError`] when `wanted` must be a class, a port, a key or a network and is none.
    pub fn list(&self, component: Component, wanted: Option<&str>) -> Result<Vec<Item>, ListError> {
        let wanted = wanted.filter(|name| !name.is_empty());
        let mut items = match component {
            Component::Booleans => self.list_booleans(wanted),
            Component::Categories => return Ok(self.list_categories(wanted)),
            Component::Classes => self.list_classes(wanted),
            Component::Commons => self.list_commons(wanted),
            Component::Constraints => self.list_constraints(wanted)?,
            Component::Defaults => self.list_defaults(wanted)?,
            Component::FsUses => self.list_fs_uses(wanted),
            Component::Genfs => self.list_genfs(wanted),
            Component::Ibendports => self.list_ibendports(wanted),
            Component::Ibpkeys => self.list_ibpkeys(wanted)?,
            Component::InitialSids => self.list_initial_sids(wanted),
            Component::Interfaces => self.list_interfaces(wanted),
            Component::Nodes => self.list_nodes(wanted)?,
            Component::Permissive => self.list_types(wanted, true),
            Component::Capabilities => self.list_capabilities(wanted),
            Component::Ports => self.list_ports(wanted)?,
            Component::Roles => self.list_roles(wanted),
            Component::Sensitivities => return Ok(self.list_sensitivities(wanted)),
            Component::Typebounds => self.list_typebounds(wanted),
            Component::Types => self.list_types(wanted, false),
            Component::Attributes => self.list_attributes(wanted),
            Component::Users => self.list_users(wanted),
            Component::Validatetrans => self.list_validatetrans(wanted)?,
        };
        items.sort();
        Ok(items)
    }
}
