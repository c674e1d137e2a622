//! The words of a search, looked up in the policy.

use super::{Pattern, SearchError};
use crate::policydb::{Bitmap, BooleanId, Level, Policy, Range, RoleId, TypeId};

/// For each number of a table whether it is wanted; `None` wants all.
pub(super) type Wanted = Option<Vec<bool>>;

pub(super) fn wants(wanted: &Wanted, index: usize) -> bool {
    wanted.as_ref().is_none_or(|wanted| wanted.get(index) == Some(&true))
}

/// The types and attributes that match a name: as themselves, or through a member that both have. An attribute without a
/// member is no criterion: setools takes the empty set for none.
pub(super) fn types(policy: &Policy, text: &str, regex: bool, direct: bool) -> Result<Wanted, SearchError> {
    if text.is_empty() {
        return Ok(None);
    }
    if regex {
        let pattern = Pattern::new(text)?;
        let own: Vec<bool> = policy.types_by_number().map(|(_, t)| pattern.is_match(t.name.as_str())).collect();
        return Ok(Some(if direct { own } else { through_members(policy, &own) }));
    }
    let id = policy.find_type(text).ok_or_else(|| SearchError::NoType(text.to_owned()))?;
    if policy.expand(id).next().is_none() {
        return Ok(None);
    }
    Ok(Some(one_type(policy, id, direct)))
}

fn one_type(policy: &Policy, id: TypeId, direct: bool) -> Vec<bool> {
    if direct {
        return policy.types_by_number().map(|(other, _)| other == id).collect();
    }
    let mut own = vec![false; policy.types_by_number().count()];
    for member in policy.expand(id) {
        if let Some(place) = own.get_mut(member.index()) {
            *place = true;
        }
    }
    through_members(policy, &own)
}

fn through_members(policy: &Policy, own: &[bool]) -> Vec<bool> {
    let is_own = |id: TypeId| own.get(id.index()) == Some(&true);
    policy.types_by_number().map(|(id, _)| policy.expand(id).any(is_own)).collect()
}

pub(super) fn roles(policy: &Policy, text: &str, regex: bool) -> Result<Wanted, SearchError> {
    if text.is_empty() {
        return Ok(None);
    }
    let wanted: Vec<bool> = if regex {
        let pattern = Pattern::new(text)?;
        policy.roles_by_number().map(|(_, role)| pattern.is_match(role.name.as_str())).collect()
    } else {
        let id = role(policy, text)?;
        policy.roles_by_number().map(|(other, _)| other == id).collect()
    };
    Ok(Some(wanted))
}

pub(super) fn role(policy: &Policy, text: &str) -> Result<RoleId, SearchError> {
    policy.find_role(text).ok_or_else(|| SearchError::NoRole(text.to_owned()))
}

pub(super) fn classes(policy: &Policy, text: &str, regex: bool) -> Result<Wanted, SearchError> {
    if text.is_empty() {
        return Ok(None);
    }
    if regex {
        let pattern = Pattern::new(text)?;
        return Ok(Some(policy.classes_by_number().map(|(_, class)| pattern.is_match(class.name.as_str())).collect()));
    }
    let ids: Result<Vec<_>, _> = text
        .split(',')
        .map(|name| policy.find_class(name).ok_or_else(|| SearchError::NoClass(name.to_owned())))
        .collect();
    let ids = ids?;
    Ok(Some(policy.classes_by_number().map(|(id, _)| ids.contains(&id)).collect()))
}

/// Permissions with commas between them; each must be one of the classes asked for.
pub(super) struct Permissions {
    pub(super) names: Vec<String>,
    /// For each class the bits of those that it has, and whether it has them all.
    pub(super) of_class: Vec<(u32, bool)>,
}

pub(super) fn permissions(policy: &Policy, text: &str, classes: &Wanted) -> Result<Option<Permissions>, SearchError> {
    if text.is_empty() {
        return Ok(None);
    }
    let mut names: Vec<String> = text.split(',').map(str::to_owned).collect();
    names.sort();
    names.dedup();
    let of_class = policy.classes_by_number().map(|(_, class)| {
        let bits = names.iter().map(|name| class.permission(name));
        (bits.clone().flatten().fold(0, |all, bit| all | bit), bits.clone().all(|bit| bit.is_some()))
    });
    let of_class: Vec<(u32, bool)> = of_class.collect();
    let known = |name: &String| {
        policy.classes_by_number().any(|(id, class)| wants(classes, id.index()) && class.permission(name).is_some())
    };
    let unknown: Vec<&str> = names.iter().filter(|name| !known(name)).map(String::as_str).collect();
    if !unknown.is_empty() {
        return Err(SearchError::NoPermission(unknown.join(", ")));
    }
    Ok(Some(Permissions { names, of_class }))
}

/// `0x5401,0x8910-0x8913`, each number as Python's `int(text, 16)` takes it.
pub(super) fn xperms(text: &str) -> Result<Option<Bitmap>, SearchError> {
    if text.is_empty() {
        return Ok(None);
    }
    let bad = || SearchError::NoXperms(text.to_owned());
    let mut numbers = Vec::new();
    for item in text.split(',') {
        let mut bounds = item.split('-');
        let first = bounds.next().and_then(hexadecimal).ok_or_else(bad)?;
        let last = bounds.next().map_or(Some(first), hexadecimal).ok_or_else(bad)?;
        if bounds.next().is_some() {
            return Err(bad());
        }
        numbers.extend(first.min(last)..=first.max(last));
    }
    Ok(Some(numbers.into_iter().map(u32::from).collect()))
}

fn hexadecimal(text: &str) -> Option<u16> {
    let text = text.trim();
    let text = text.strip_prefix('+').unwrap_or(text);
    let (text, prefixed) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (digits, true),
        None => (text, false),
    };
    // One underscore may stand between digits, and after the prefix.
    let text = if prefixed { text.strip_prefix('_').unwrap_or(text) } else { text };
    if text.split('_').any(|part| part.is_empty() || !part.bytes().all(|b| b.is_ascii_hexdigit())) {
        return None;
    }
    u16::from_str_radix(&text.replace('_', ""), 16).ok()
}

/// Booleans with commas between them, or those that a pattern matches.
pub(super) struct Booleans {
    pub(super) ids: Vec<BooleanId>,
    /// Whether the set must be the same; a pattern asks only whether one matches.
    pub(super) equal: bool,
}

pub(super) fn booleans(policy: &Policy, text: &str, regex: bool, equal: bool) -> Result<Option<Booleans>, SearchError> {
    if text.is_empty() {
        return Ok(None);
    }
    if regex {
        let pattern = Pattern::new(text)?;
        let ids =
            policy.booleans_by_number().filter(|(_, b)| pattern.is_match(b.name.as_str())).map(|(id, _)| id).collect();
        return Ok(Some(Booleans { ids, equal: false }));
    }
    let mut ids = Vec::new();
    for name in text.split(',') {
        let id = policy.find_boolean(name).ok_or_else(|| SearchError::NoBoolean(name.to_owned()))?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(Some(Booleans { ids, equal }))
}

/// Reads a range as a person writes it: `s0`, `s0:c1,c5.c7`, `s0 - s0:c0.c1023`.
///
/// # Errors
/// [`SearchError::NoRange`] when a name is unknown, a category does not belong to its sensitivity, the high level does not
/// dominate the low one, or the policy has no MLS.
pub fn parse_range(policy: &Policy, text: &str) -> Result<Range, SearchError> {
    let bad = |why: String| SearchError::NoRange(text.to_owned(), why);
    if !policy.is_mls() {
        return Err(bad("it has no MLS".to_owned()));
    }
    let mut levels = text.split('-').map(str::trim);
    let low = level(policy, levels.next().unwrap_or_default()).map_err(bad)?;
    let high = match levels.next() {
        Some(text) => level(policy, text).map_err(bad)?,
        None => low.clone(),
    };
    if !high.dominates(&low) {
        return Err(bad("the second level does not dominate the first".to_owned()));
    }
    Ok(Range { low, high })
}

fn level(policy: &Policy, text: &str) -> Result<Level, String> {
    let mut parts = text.split(':');
    let name = parts.next().unwrap_or_default();
    let sensitivity = policy.find_sensitivity(name).ok_or_else(|| format!("{name} is no sensitivity"))?;
    let mut numbers = Vec::new();
    for group in parts.next().map(|categories| categories.split(',')).into_iter().flatten() {
        let mut bounds = group.split('.');
        let find = |name: &str| policy.find_category(name).ok_or_else(|| format!("{name} is no category"));
        let first = find(bounds.next().unwrap_or_default())?;
        let last = bounds.next().map_or(Ok(first), find)?;
        if bounds.next().is_some() {
            return Err(format!("{group} is no range of categories"));
        }
        numbers.extend(first..=last);
        numbers.extend([first, last]);
    }
    let categories: Bitmap = numbers.into_iter().collect();
    let allowed = policy.sensitivities().get(sensitivity as usize).map(|s| &s.categories);
    if !allowed.is_some_and(|allowed| categories.is_subset(allowed)) {
        return Err(format!("a category does not belong to {name}"));
    }
    Ok(Level { sensitivity, categories })
}
