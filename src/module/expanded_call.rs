//! Calls in the `module` form, which knows none: what m4 makes of them with the installed headers.

use std::collections::{BTreeMap, BTreeSet};

use super::ClassTable;
use crate::{
    refpolicy::{
        Branch, Expander, Expansion, Placed, ProblemKind, StatementId,
        statement::{NameSet, StatementKind},
    },
    selinux::{
        Call, Identifier, Name, printable,
        statement::{ExpandedLine, Statement},
    },
};

/// The role that `policy_module` requires by itself, so that interfaces do not.
const SYSTEM_ROLE: &str = "system_r";

/// The permission that nearly every class has: a class cannot be required without one.
const COMMON_PERMISSION: &str = "getattr";

/// What stands in a module of the `module` form for a call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExpandedCall {
    lines: Vec<ExpandedLine>,
    /// What of it the first line of the `policy_module` form would require: the interfaces do not require it themselves.
    pub(super) classes: BTreeMap<Identifier, BTreeSet<Identifier>>,
    /// The role likewise.
    pub(super) system_role: Option<Identifier>,
}

impl ExpandedCall {
    /// Expands a call; `classes` are those that `policy_module` requires.
    ///
    /// # Errors
    /// Why it cannot stand in the `module` form: one sentence, safe to show.
    pub fn of(expander: &mut Expander, call: &Call, classes: &ClassTable) -> Result<Self, String> {
        let name = call.interface.as_str();
        if !expander.defines(name) {
            return Err("the installed headers do not define it, so that its expansion cannot be written".to_owned());
        }
        let expansion = expander.expand(name, &call.argument_texts());
        if let Some(problem) = expansion.problems.iter().find(|problem| problem.kind >= ProblemKind::Error) {
            return Err(format!("it cannot be expanded: {}", printable(problem.to_string().as_bytes())));
        }
        let mut written = Self { lines: lines(&expansion), ..Self::default() };
        for placed in &expansion.statements {
            let is_required = expansion
                .blocks(placed)
                .iter()
                .any(|(block, _)| matches!(block.statement.kind, StatementKind::Require));
            if !is_required {
                written.take(&placed.statement.kind, classes)?;
            }
        }
        Ok(written)
    }

    /// The statement that stands for the call.
    pub(super) fn statement(&self) -> Statement {
        Statement::Expanded(self.lines.clone())
    }

    /// Notes what a statement uses that no interface requires.
    fn take(&mut self, kind: &StatementKind, table: &ClassTable) -> Result<(), String> {
        match kind {
            StatementKind::AvRule { classes, permissions, .. } => {
                if permissions.all || permissions.complement || classes.all || classes.complement {
                    return Err(
                        "its expansion says \"all\" of permissions, and the module form cannot name these".into()
                    );
                }
                self.require(classes, &permissions.names, table)
            }
            StatementKind::XpermRule { classes, operation, .. } => {
                self.require(classes, std::slice::from_ref(operation), table)
            }
            StatementKind::TypeRule { classes, .. } | StatementKind::RoleTransition { classes, .. } => {
                self.require(classes, &[Name::from(COMMON_PERMISSION)], table)
            }
            StatementKind::RangeTransition { .. } => {
                Err("its expansion holds a range, and only the policy_module form requires levels and categories"
                    .into())
            }
            StatementKind::UnknownCall { name, .. } => {
                Err(format!("it calls {}, which the headers do not define", printable(name.as_str().as_bytes())))
            }
            StatementKind::RoleTypes { role, .. } => {
                self.role(std::iter::once(role));
                Ok(())
            }
            StatementKind::RoleAllow { from, to } => {
                self.role(from.names.iter().chain(to.names.iter()));
                Ok(())
            }
            StatementKind::Role { name, .. } | StatementKind::RoleAttribute { name, .. } => {
                self.role(std::iter::once(name));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn role<'a>(&mut self, mut roles: impl Iterator<Item = &'a Name>) {
        if roles.any(|role| role.as_str() == SYSTEM_ROLE) {
            self.system_role = Identifier::new(SYSTEM_ROLE).ok();
        }
    }

    /// What the kernel's classes are: the others the interface requires itself.
    fn require(&mut self, classes: &NameSet, permissions: &[Name], table: &ClassTable) -> Result<(), String> {
        for class in &classes.names {
            let known = permissions.iter().filter(|name| table.contains(class.as_str(), name.as_str()));
            let names: BTreeSet<_> = known.filter_map(|name| Identifier::new(name.as_str()).ok()).collect();
            if names.is_empty() {
                continue;
            }
            let class = Identifier::new(class.as_str()).map_err(|error| error.to_string())?;
            self.classes.entry(class).or_default().extend(names);
        }
        Ok(())
    }
}

/// The statements of an expansion with the braces of its blocks; blocks that hold nothing but requirements stay.
fn lines(expansion: &Expansion) -> Vec<ExpandedLine> {
    let mut lines = Vec::new();
    let mut open: Vec<(StatementId, Branch)> = Vec::new();
    for (placed, number) in expansion.statements.iter().zip(0..) {
        while open.pop_if(|(end, _)| end.0 <= number).is_some() {
            lines.push(ExpandedLine::Close);
        }
        if let (Some((_, branch @ Branch::Then)), Some((_, Branch::Else))) = (open.last_mut(), placed.block) {
            *branch = Branch::Else;
            lines.push(ExpandedLine::Else);
        }
        let text = placed.statement.text().to_owned();
        if is_block(placed) {
            open.push((placed.end, Branch::Then));
            lines.push(ExpandedLine::Open(text));
        } else {
            lines.push(ExpandedLine::Statement(text));
        }
    }
    lines.extend(open.iter().map(|_| ExpandedLine::Close));
    lines
}

fn is_block(placed: &Placed) -> bool {
    use StatementKind::{Block, If, Optional, Require};

    matches!(placed.statement.kind, Require | Optional | If(_) | Block)
}
