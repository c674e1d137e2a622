//! Symbols: booleans, categories, classes, commons, defaults, roles, sensitivities, types, users.

use super::{Item, ListError};
use crate::{
    policydb::{Class, ClassId, DefaultFrom, DefaultRange, Policy, SearchError, TypeId, TypeKind, text::push_list},
    selinux::Name,
};

/// The names of the policy capabilities by number (`selinux_policycap_names` of the kernel).
const CAPABILITIES: [&str; 15] = [
    "network_peer_controls",
    "open_perms",
    "extended_socket_class",
    "always_check_network",
    "cgroup_seclabel",
    "nnp_nosuid_transition",
    "genfs_seclabel_symlinks",
    "ioctl_skip_cloexec",
    "userspace_initial_context",
    "netlink_xperm",
    "netif_wildcard",
    "genfs_seclabel_wildcard",
    "functionfs_seclabel",
    "memfd_class",
    "bpf_token_perms",
];

/// Whether the name is the one asked for, or none is.
pub(super) fn is(wanted: Option<&str>, name: &str) -> bool {
    wanted.is_none_or(|wanted| wanted == name)
}

/// ` alias a` or ` alias { a b }`, or nothing.
fn alias_text<'a>(aliases: impl Iterator<Item = &'a Name>) -> String {
    let mut aliases = aliases.map(Name::as_str).peekable();
    let mut out = String::new();
    if aliases.peek().is_some() {
        out.push_str(" alias ");
        push_list(&mut out, aliases);
    }
    out
}

/// A block of permissions, one a line.
fn permission_block(permissions: &[(u32, Name)]) -> String {
    let mut names: Vec<&str> = permissions.iter().map(|(_, name)| name.as_str()).collect();
    names.sort_unstable();
    format!("{{\n\t{}\n}}", names.join("\n\t"))
}

impl Policy {
    pub(super) fn list_booleans(&self, wanted: Option<&str>) -> Vec<Item> {
        let all = self.booleans_by_number().filter(|(_, boolean)| is(wanted, boolean.name.as_str()));
        let item = |name: &str, state: bool| Item { text: name.to_owned(), statement: format!("bool {name} {state};") };
        all.map(|(_, boolean)| item(boolean.name.as_str(), boolean.state)).collect()
    }

    pub(super) fn list_categories(&self, wanted: Option<&str>) -> Vec<Item> {
        let only = wanted.map(|name| self.find_category(name));
        let all = self.categories().iter().zip(0..).filter(|(_, place)| only.is_none_or(|only| only == Some(*place)));
        let aliases =
            |place: u32| self.category_aliases.iter().filter(move |alias| alias.1 == place).map(|alias| &alias.0);
        all.map(|(name, place)| Item {
            text: name.as_str().to_owned(),
            statement: format!("category {}{};", name.as_str(), alias_text(aliases(place))),
        })
        .collect()
    }

    pub(super) fn list_sensitivities(&self, wanted: Option<&str>) -> Vec<Item> {
        if !self.is_mls() {
            return Vec::new();
        }
        let only = wanted.map(|name| self.find_sensitivity(name));
        let all =
            self.sensitivities().iter().zip(0..).filter(|(_, place)| only.is_none_or(|only| only == Some(*place)));
        let aliases =
            |place: u32| self.sensitivity_aliases.iter().filter(move |alias| alias.1 == place).map(|alias| &alias.0);
        all.map(|(sensitivity, place)| Item {
            text: sensitivity.name.as_str().to_owned(),
            statement: format!("sensitivity {}{};", sensitivity.name.as_str(), alias_text(aliases(place))),
        })
        .collect()
    }

    pub(super) fn list_classes(&self, wanted: Option<&str>) -> Vec<Item> {
        let all = self.classes_by_number().filter(|(_, class)| is(wanted, class.name.as_str()));
        all.map(|(_, class)| Item { text: class.name.as_str().to_owned(), statement: self.class_statement(class) })
            .collect()
    }

    fn class_statement(&self, class: &Class) -> String {
        let mut out = format!("class {}\n", class.name.as_str());
        if let Some(common) = class.common.and_then(|id| self.common(id)) {
            out.push_str("inherits ");
            out.push_str(common.name.as_str());
            out.push('\n');
        }
        if !class.permissions.is_empty() {
            out.push_str(&permission_block(&class.permissions));
        }
        out
    }

    pub(super) fn list_commons(&self, wanted: Option<&str>) -> Vec<Item> {
        let all = self.commons_by_number().filter(|(_, common)| is(wanted, common.name.as_str()));
        all.map(|(_, common)| Item {
            text: common.name.as_str().to_owned(),
            statement: format!("common {}\n{}", common.name.as_str(), permission_block(&common.permissions)),
        })
        .collect()
    }

    /// The class asked for; an unknown one is an error where seinfo says so.
    pub(super) fn wanted_class(&self, wanted: Option<&str>) -> Result<Option<ClassId>, ListError> {
        let find =
            |name: &str| self.find_class(name).ok_or_else(|| ListError::Unknown(SearchError::NoClass(name.to_owned())));
        wanted.map(find).transpose()
    }

    pub(super) fn list_defaults(&self, wanted: Option<&str>) -> Result<Vec<Item>, ListError> {
        let only = self.wanted_class(wanted)?;
        let all = self.classes_by_number().filter(|(id, _)| only.is_none_or(|only| only == *id));
        Ok(all.flat_map(|(_, class)| default_statements(class)).map(Item::plain).collect())
    }

    pub(super) fn list_capabilities(&self, wanted: Option<&str>) -> Vec<Item> {
        let name = |number: u32| {
            CAPABILITIES.get(number as usize).map_or_else(|| format!("unknown_{number}"), |name| (*name).to_owned())
        };
        let all = self.capabilities().iter().map(name).filter(|name| is(wanted, name));
        all.map(|name| Item { statement: format!("policycap {name};"), text: name }).collect()
    }

    pub(super) fn list_roles(&self, wanted: Option<&str>) -> Vec<Item> {
        let all = self.roles_by_number().filter(|(_, role)| is(wanted, role.name.as_str()));
        all.map(|(_, role)| {
            let mut statement = format!("role {} types ", role.name.as_str());
            let mut names: Vec<&str> = role.types.iter().map(|bit| self.type_name(TypeId::at(bit as usize))).collect();
            names.sort_unstable();
            push_list(&mut statement, names.into_iter());
            statement.push(';');
            Item { text: role.name.as_str().to_owned(), statement }
        })
        .collect()
    }

    pub(super) fn list_typebounds(&self, wanted: Option<&str>) -> Vec<Item> {
        let all = self.types_by_number().filter(|(_, child)| is(wanted, child.name.as_str()));
        let bounded = all.filter_map(|(_, child)| Some((self.type_name(child.bounds?), child.name.as_str())));
        bounded.map(|(parent, child)| Item::plain(format!("typebounds {parent} {child};"))).collect()
    }

    pub(super) fn list_types(&self, wanted: Option<&str>, permissive: bool) -> Vec<Item> {
        // A permissive type is found by its own name only.
        let by_alias = wanted.filter(|_| !permissive).and_then(|name| self.find_type(name));
        let all = self.types_by_number().filter(|(_, t)| t.kind == TypeKind::Type);
        let named = all.filter(|(id, t)| is(wanted, t.name.as_str()) || by_alias == Some(*id));
        let some = named.filter(|(id, _)| !permissive || self.is_permissive(*id));
        some.map(|(id, t)| {
            let mut statement = format!("type {}{}", t.name.as_str(), alias_text(self.aliases(id)));
            for attribute in self.attributes(id) {
                statement.push_str(", ");
                statement.push_str(self.type_name(attribute));
            }
            statement.push(';');
            Item { text: t.name.as_str().to_owned(), statement }
        })
        .collect()
    }

    pub(super) fn list_attributes(&self, wanted: Option<&str>) -> Vec<Item> {
        let all = self.types_by_number().filter(|(_, t)| t.kind == TypeKind::Attribute && is(wanted, t.name.as_str()));
        all.map(|(id, attribute)| {
            let mut members: Vec<&str> = self.expand(id).map(|member| self.type_name(member)).collect();
            members.sort_unstable();
            let members = if members.is_empty() { "<empty attribute>".to_owned() } else { members.join("\n\t") };
            let name = attribute.name.as_str();
            Item { text: name.to_owned(), statement: format!("attribute {name};\n\t{members}") }
        })
        .collect()
    }

    pub(super) fn list_users(&self, wanted: Option<&str>) -> Vec<Item> {
        let all = self.users_by_number().filter(|(_, user)| is(wanted, user.name.as_str()));
        all.map(|(_, user)| {
            let mut statement = format!("user {} roles ", user.name.as_str());
            let role = |bit: u32| self.roles.get(bit as usize).map_or("?", |role| role.name.as_str());
            // setools hides object_r, which every user has.
            let mut names: Vec<&str> = user.roles.iter().map(role).filter(|name| *name != "object_r").collect();
            names.sort_unstable();
            push_list(&mut statement, names.into_iter());
            if self.is_mls() {
                let (level, range) = (self.level_text(&user.level), self.range_text(&user.range));
                for part in [" level ", &level, " range ", &range] {
                    statement.push_str(part);
                }
            }
            statement.push(';');
            Item { text: user.name.as_str().to_owned(), statement }
        })
        .collect()
    }
}

fn default_statements(class: &Class) -> Vec<String> {
    let name = class.name.as_str();
    let from = |from: DefaultFrom| match from {
        DefaultFrom::Source => "source",
        DefaultFrom::Target => "target",
    };
    let one = |word: &str, value: Option<DefaultFrom>| value.map(|value| format!("{word} {name} {};", from(value)));
    let range = class.defaults.range.map(|range| match range {
        DefaultRange::Low(value) => format!("default_range {name} {} low;", from(value)),
        DefaultRange::High(value) => format!("default_range {name} {} high;", from(value)),
        DefaultRange::LowHigh(value) => format!("default_range {name} {} low_high;", from(value)),
        DefaultRange::Glblub => format!("default_range {name} glblub;"),
    });
    let defaults = &class.defaults;
    let parts = [
        one("default_user", defaults.user),
        one("default_role", defaults.role),
        one("default_type", defaults.r#type),
        range,
    ];
    parts.into_iter().flatten().collect()
}
