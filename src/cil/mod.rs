//! Modules in CIL, the Common Intermediate Language: what one grants, and what stands on a line of it.
//!
//! The store holds every module in this form, and `/usr/libexec/selinux/hll/pp` turns a policy package into it; its line
//! numbers are what semodule's complaints name. The room reads (the CIL Reference Guide of the SELinux project); it writes
//! nothing and resolves nothing outside the module: an attribute stays an attribute.
//!
//! ```
//! use seltui::cil::Module;
//!
//! let module = Module::read("(allow a_t self (process (signal)))\n(allow a_t b_t (file (open read)))\n");
//! let grants: Vec<String> = module.grants().iter().map(ToString::to_string).collect();
//! assert_eq!(grants, ["a_t b_t:file { open read }", "a_t self:process signal"]);
//! ```

mod expression;
mod grants;

pub use expression::Expression;
pub use grants::{Grant, without};

/// A module that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Module {
    statements: Vec<Expression>,
}

impl Module {
    /// Reads the text of a module. What is no CIL any more is left out from there on: the compiler will say so.
    pub fn read(text: &str) -> Self {
        Self { statements: expression::read(text) }
    }

    /// What the module's allow rules grant: one entry a source, target, class and condition, sorted.
    pub fn grants(&self) -> Vec<Grant> {
        grants::of(&self.statements)
    }

    /// The innermost statement that begins on this line, counted from 1, or else the last one that began before it.
    pub fn statement_at(&self, line: usize) -> Option<&Expression> {
        let mut found = None;
        let mut level: &[Expression] = &self.statements;
        loop {
            let Some(statement) = level.iter().rev().find(|statement| statement.is_list() && statement.line() <= line)
            else {
                return found;
            };
            if statement.line() == line {
                return Some(statement);
            }
            found = Some(statement);
            level = statement.items();
        }
    }

    /// The types that the module declares, and those that it grants something: the domains that are its own business.
    pub fn declared_types(&self) -> Vec<&str> {
        let declared = self.statements.iter().filter_map(|statement| match statement.items() {
            [keyword, name] if keyword.word() == Some("type") => name.word(),
            _ => None,
        });
        declared.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_leads_to_its_statement() {
        let text = "(type x_t)\n(optional o\n    (typeattributeset cil_gen_require y_t)\n    (allow x_t y_t (file (read)))\n)\n";
        let module = Module::read(text);
        let at = |line| module.statement_at(line).map(ToString::to_string).unwrap_or_default();
        assert_eq!(at(1), "(type x_t)");
        assert_eq!(at(3), "(typeattributeset cil_gen_require y_t)");
        assert_eq!(at(4), "(allow x_t y_t (file (read)))");
        assert_eq!(module.declared_types(), ["x_t"]);
        assert_eq!(Module::read("").statement_at(1), None);
    }
}
