//! The allow rules of a module as access vectors.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::Expression;
use crate::selinux::{AccessVector, Name, PermissionSet};

/// What one domain may do to one type: what the allow rules of a module say together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// Who, on what, what. A rule on `self` has `self` as its target.
    pub vector: AccessVector,
    /// What it depends on, such as `if secure_mode` or `unless secure_mode`; empty for a rule that always holds.
    pub condition: String,
}

impl fmt::Display for Grant {
    /// As policy text without its keyword: `a_t b_t:file { open read }`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AccessVector { source, target, class, permissions } = &self.vector;
        write!(f, "{} {}:{} ", source.as_str(), target.as_str(), class.as_str())?;
        let names: Vec<_> = permissions.iter().map(Name::as_str).collect();
        match names.as_slice() {
            [one] => f.write_str(one)?,
            names => write!(f, "{{ {} }}", names.join(" "))?,
        }
        if self.condition.is_empty() { Ok(()) } else { write!(f, " ({})", self.condition) }
    }
}

/// Source, target, class, condition.
type Key = (Name, Name, Name, String);

/// What is granted here and not by `others`. A grant under a condition is covered by one without it.
pub fn without(grants: &[Grant], others: &[Grant]) -> Vec<Grant> {
    let granted = |grant: &Grant| {
        let vector = &grant.vector;
        let is_same = |other: &&Grant| {
            let theirs = &other.vector;
            (&theirs.source, &theirs.target, &theirs.class) == (&vector.source, &vector.target, &vector.class)
                && (other.condition.is_empty() || other.condition == grant.condition)
        };
        let mut permissions = PermissionSet::new();
        for permission in others.iter().filter(is_same).flat_map(|other| other.vector.permissions.iter()) {
            permissions.insert(permission.clone());
        }
        permissions
    };
    let rest = grants.iter().filter_map(|grant| {
        let permissions = grant.vector.permissions.without(&granted(grant));
        let vector = AccessVector { permissions, ..grant.vector.clone() };
        (!vector.permissions.is_empty()).then(|| Grant { vector, condition: grant.condition.clone() })
    });
    rest.collect()
}

/// The grants of a module's statements, sorted.
pub(super) fn of(statements: &[Expression]) -> Vec<Grant> {
    let mut sets = BTreeMap::new();
    name_sets(statements, &mut sets);
    let mut found = BTreeMap::new();
    let reader = Reader { sets: &sets };
    reader.walk(statements, "", "", &mut found);
    let grant = |((source, target, class, condition), permissions)| Grant {
        vector: AccessVector { source, target, class, permissions },
        condition,
    };
    found.into_iter().map(grant).collect()
}

/// The attributes that the compiler made for a set in a rule, each with its types where these are a plain list.
///
/// `allow { a b } c:file read;` may become a rule of an attribute that no person has named; it is read back as the types.
fn name_sets<'a>(statements: &'a [Expression], sets: &mut BTreeMap<&'a str, Vec<&'a str>>) {
    for statement in statements {
        match statement.items() {
            [keyword, name, types]
                if keyword.word() == Some("typeattributeset") && name.word().is_some_and(is_made_by_compiler) =>
            {
                let words: Option<Vec<_>> = types.items().iter().map(Expression::word).collect();
                let is_plain =
                    |words: &[&str]| !words.iter().any(|word| matches!(*word, "not" | "and" | "xor" | "all"));
                if let (Some(name), Some(words)) = (name.word(), words.filter(|words| is_plain(words))) {
                    let types = words.into_iter().filter(|word| *word != "or").collect();
                    sets.insert(name, types);
                }
            }
            [keyword, _, inner @ ..] if matches!(keyword.word(), Some("optional" | "block" | "in")) => {
                name_sets(inner, sets);
            }
            _ => {}
        }
    }
}

fn is_made_by_compiler(name: &str) -> bool {
    name.contains("_typeattr_")
}

struct Reader<'a> {
    sets: &'a BTreeMap<&'a str, Vec<&'a str>>,
}

impl Reader<'_> {
    fn walk(&self, statements: &[Expression], block: &str, condition: &str, found: &mut BTreeMap<Key, PermissionSet>) {
        let declared: BTreeSet<&str> = declared(statements);
        let full = |name: &str| {
            if !block.is_empty() && declared.contains(name) { format!("{block}.{name}") } else { name.to_owned() }
        };
        for statement in statements {
            let (Some(keyword), rest) = (statement.items().first().and_then(Expression::word), statement.items())
            else {
                continue;
            };
            match (keyword, rest) {
                ("allow", [_, source, target, access]) => {
                    let (Some(source), Some(target)) = (source.word(), target.word()) else { continue };
                    for source in self.types(source) {
                        for target in self.types(target) {
                            grant(&full(source), &full(target), access, condition, found);
                        }
                    }
                }
                ("optional" | "in", [_, _, inner @ ..]) => self.walk(inner, block, condition, found),
                ("block", [_, name, inner @ ..]) => {
                    let name = name.word().unwrap_or_default();
                    let inside = if block.is_empty() { name.to_owned() } else { format!("{block}.{name}") };
                    self.walk(inner, &inside, condition, found);
                }
                ("booleanif" | "tunableif", [_, expression, branches @ ..]) => {
                    for branch in branches {
                        let condition = match branch.items().first().and_then(Expression::word) {
                            Some("true") => format!("if {}", plain(expression)),
                            Some("false") => format!("unless {}", plain(expression)),
                            _ => continue,
                        };
                        self.walk(branch.items().get(1..).unwrap_or_default(), block, &condition, found);
                    }
                }
                _ => {}
            }
        }
    }

    fn types<'b>(&'b self, name: &'b str) -> Vec<&'b str> {
        self.sets.get(name).cloned().unwrap_or_else(|| vec![name])
    }
}

/// A condition without the parentheses of a single boolean.
fn plain(expression: &Expression) -> String {
    match expression.items() {
        [one] => one.to_string(),
        _ => expression.to_string(),
    }
}

/// The types that these statements declare themselves: inside a block they carry its name. A block that inherits from a
/// container's has a type `process`, which is declared there.
fn declared(statements: &[Expression]) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    for statement in statements {
        match statement.items() {
            [keyword, name] if keyword.word() == Some("type") => names.extend(name.word()),
            [keyword, _] if keyword.word() == Some("blockinherit") => {
                names.insert("process");
            }
            _ => {}
        }
    }
    names
}

/// One rule. Permissions that are an expression (`all`, `not …`) are written as it stands.
fn grant(source: &str, target: &str, access: &Expression, condition: &str, found: &mut BTreeMap<Key, PermissionSet>) {
    let (class, permissions) = match access.items() {
        [class, permissions] => (class.word().unwrap_or("?"), permissions),
        // A named set of a class and its permissions.
        _ => ("classpermission", access),
    };
    let names: Vec<String> = match permissions.items() {
        [first, ..] if matches!(first.word(), Some("not" | "and" | "or" | "xor")) => vec![permissions.to_string()],
        [] => vec![permissions.to_string()],
        names => names.iter().map(ToString::to_string).collect(),
    };
    let key = (Name::from(source), Name::from(target), Name::from(class), condition.to_owned());
    let granted = found.entry(key).or_default();
    for name in names {
        granted.insert(Name::from(name));
    }
}

#[cfg(test)]
mod tests {
    use super::super::Module;
    use super::*;

    /// What `/usr/libexec/selinux/hll/pp` of policycoreutils 3.4 makes of a module, shortened.
    const MODULE: &str = "\
(type tone_t)
(roletype object_r tone_t)
(typeattributeset cil_gen_require getty_t)
(typeattribute tone_typeattr_1)
(typeattributeset tone_typeattr_1 (getty_t user_t))
(allow tone_typeattr_1 var_log_t (file (read open)))
(allow getty_t tone_t (file (read)))
(allow getty_t tone_t (file (open)))
(allow getty_t self (process (signal)))
(dontaudit getty_t var_log_t (dir (search)))
(allowx getty_t var_log_t (ioctl file (0x5401)))
(booleanif (secure_mode)
    (true
        (allow user_t tone_t (file (open)))
    )
    (false
        (allow getty_t tone_t (file (append)))
    )
)
(optional tone_optional_2
    (typeattributeset cil_gen_require zork_t)
    (allow getty_t zork_t (file (read)))
)
";

    fn texts(grants: &[Grant]) -> Vec<String> {
        grants.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn allow_rules_wherever_they_stand() {
        assert_eq!(
            texts(&Module::read(MODULE).grants()),
            [
                "getty_t self:process signal",
                "getty_t tone_t:file { open read }",
                "getty_t tone_t:file append (unless secure_mode)",
                "getty_t var_log_t:file { open read }",
                "getty_t zork_t:file read",
                "user_t tone_t:file open (if secure_mode)",
                "user_t var_log_t:file { open read }",
            ]
        );
    }

    #[test]
    fn a_block_gives_its_name_to_what_it_declares() {
        let text = "(block web (blockinherit container) (allow process var_log_t (file (read))) (type x) (allow x self (file (not (write)))))";
        let grants = Module::read(text).grants();
        assert_eq!(texts(&grants), ["web.process var_log_t:file read", "web.x self:file (not (write))"]);
    }

    #[test]
    fn what_one_grants_and_the_other_does_not() {
        let read = |text: &str| Module::read(text).grants();
        let old = read(
            "(allow a b (file (read open)))(allow a c (dir (search)))(booleanif (x) (true (allow a b (file (read)))))",
        );
        let new = read("(allow a b (file (read write)))");
        assert_eq!(texts(&without(&old, &new)), ["a b:file open", "a c:dir search"]);
        assert_eq!(texts(&without(&new, &old)), ["a b:file write"]);
        assert_eq!(without(&old, &old), []);
    }
}
