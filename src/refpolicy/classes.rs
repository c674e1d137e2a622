//! Which object classes the headers know.

use super::{bound::put_arguments, catalogue::Catalogue, contents::Contents, statement::StatementKind};

/// The macros that name every class with its permissions, as refpolicy's `genclassperms.py` writes them: what `policy_module`
/// requires, and the rest.
const CLASS_MACROS: [&str; 2] = ["all_kernel_class_perms", "all_userspace_class_perms"];

impl Catalogue {
    /// Whether the headers name their classes, and this name is neither one of them nor a macro, as `file_class_set` is.
    pub(super) fn lacks_class(&self, name: &str) -> bool {
        let definitions = self.definitions();
        let bodies = CLASS_MACROS.iter().filter_map(|name| definitions.get(name)).map(|(_, own)| definitions.body(own));
        let mut known = bodies.flat_map(classes).peekable();
        known.peek().is_some() && known.all(|class| class != name) && definitions.get(name).is_none()
    }
}

impl Contents {
    /// Whether a call with these arguments requires the class itself.
    pub(super) fn requires_class(&self, name: &str, arguments: &[&str]) -> bool {
        self.statements.iter().any(|brought| match &brought.statement.kind {
            StatementKind::RequiredClass { class, .. } => put_arguments(class.as_str(), arguments) == name,
            _ => false,
        })
    }
}

/// The names in `class NAME PERMISSIONS;`.
fn classes(body: &str) -> impl Iterator<Item = &str> {
    body.split(';').filter_map(|statement| {
        let mut words = statement.split_whitespace();
        words.next().filter(|word| *word == "class").and_then(|_| words.next())
    })
}

#[cfg(test)]
mod tests {
    use super::classes;

    #[test]
    fn reads_the_names_of_classes() {
        let body = "\n\tclass file all_file_perms;\n\tclass dir { read search };\n\trole x;\n\tclass";
        assert_eq!(classes(body).collect::<Vec<_>>(), ["file", "dir"]);
    }
}
