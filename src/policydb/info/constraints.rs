//! Constraints and `validatetrans` as text.

use super::{Item, ListError};
use crate::policydb::{
    Bitmap, Class, Constraint, ConstraintTerm, Part, Policy, RoleId, TypeId, UserId, text::push_list,
};

impl Policy {
    pub(super) fn list_constraints(&self, wanted: Option<&str>) -> Result<Vec<Item>, ListError> {
        let only = self.wanted_class(wanted)?;
        let all = self.classes_by_number().filter(|(id, _)| only.is_none_or(|only| only == *id));
        let texts = all.flat_map(|(_, class)| class.constraints.iter().map(|c| self.constraint_text(class, c)));
        Ok(texts.map(Item::plain).collect())
    }

    pub(super) fn list_validatetrans(&self, wanted: Option<&str>) -> Result<Vec<Item>, ListError> {
        let only = self.wanted_class(wanted)?;
        let all = self.classes_by_number().filter(|(id, _)| only.is_none_or(|only| only == *id));
        let text = |class: &Class, constraint: &Constraint| {
            let word = if constraint.is_mls() { "mlsvalidatetrans" } else { "validatetrans" };
            format!("{word} {} ({});", class.name.as_str(), self.constraint_expression(constraint))
        };
        let texts = all.flat_map(|(_, class)| class.validatetrans.iter().map(move |c| text(class, c)));
        Ok(texts.map(Item::plain).collect())
    }

    /// The statement as setools prints it, with the blank that it leaves at the end.
    pub fn constraint_text(&self, class: &Class, constraint: &Constraint) -> String {
        let mut out = String::from(if constraint.is_mls() { "mlsconstrain " } else { "constrain " });
        out.push_str(class.name.as_str());
        out.push(' ');
        push_list(&mut out, class.names(constraint.permissions & class.mask).map(crate::selinux::Name::as_str));
        for part in [" (", &self.constraint_expression(constraint), "); "] {
            out.push_str(part);
        }
        out
    }

    /// The condition with its operators between the operands, in setools' brackets.
    pub fn constraint_expression(&self, constraint: &Constraint) -> String {
        let mut stack: Vec<String> = Vec::new();
        let mut previous = 4;
        for term in &constraint.expression {
            let (left, operator, right, precedence) = match term {
                ConstraintTerm::Not => {
                    if let Some(operand) = stack.pop() {
                        stack.push(format!("not ( {operand} )"));
                    }
                    previous = 4;
                    continue;
                }
                ConstraintTerm::And | ConstraintTerm::Or => {
                    let (Some(right), Some(left)) = (stack.pop(), stack.pop()) else { continue };
                    let (word, precedence) = if *term == ConstraintTerm::And { ("and", 2) } else { ("or", 1) };
                    (left, word, right, precedence)
                }
                ConstraintTerm::Compare { left, right, operator } => {
                    (left.keyword().to_owned(), operator.keyword(), right.keyword().to_owned(), 3)
                }
                ConstraintTerm::Names { part, operator, names, written } => {
                    let names = self.names_text(*part, written.as_ref().unwrap_or(names));
                    (part.keyword().to_owned(), operator.keyword(), names, 3)
                }
            };
            let text = format!("{left} {operator} {right}");
            stack.push(if precedence < previous { text } else { format!("( {text} )") });
            previous = precedence;
        }
        stack.pop().unwrap_or_default()
    }

    fn names_text(&self, part: Part, names: &Bitmap) -> String {
        let name = |bit: u32| match part {
            Part::User(_) => self.user_name(UserId::at(bit as usize)),
            Part::Role(_) => self.role_name(RoleId::at(bit as usize)),
            _ => self.type_name(TypeId::at(bit as usize)),
        };
        let mut names: Vec<&str> = names.iter().map(name).collect();
        names.sort_unstable();
        if names.len() > 1 { format!("{{ {} }} ", names.join(" ")) } else { names.concat() }
    }
}
