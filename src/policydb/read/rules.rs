//! The access vector tables: rules that always hold, and conditional ones.

use super::{Reading, bytes::Result, since, symbols::Symbols};
use crate::policydb::{
    BooleanId, BooleanTerm, ClassId, Conditional, ConditionalId, ConditionalRule, Rule, RuleKind, TypeId, XpermKind,
    Xperms,
};

impl Reading<'_> {
    pub(super) fn rules(&mut self, symbols: &Symbols, xperms: &mut Vec<Xperms>) -> Result<Vec<Rule>> {
        self.bytes.enter("the rules");
        let count = self.bytes.count(12)?;
        let mut rules = Vec::with_capacity(count);
        for _ in 0..count {
            rules.push(self.rule(symbols, xperms, self.has(since::XPERMS))?);
        }
        Ok(rules)
    }

    /// One entry (`avtab_read_item` of the kernel).
    fn rule(&mut self, symbols: &Symbols, xperms: &mut Vec<Xperms>, may_extend: bool) -> Result<Rule> {
        let (source, target) = (self.bytes.u16()?, self.bytes.u16()?);
        let (class, specified) = (self.bytes.u16()?, self.bytes.u16()?);
        let types = symbols.types.len();
        let (Some(source), Some(target)) =
            (TypeId::from_value(source.into(), types), TypeId::from_value(target.into(), types))
        else {
            return self.bytes.damaged("a rule names a type that does not exist");
        };
        let class_id = ClassId::from_value(class.into(), symbols.classes.len());
        let Some((class, mask)) = class_id.and_then(|id| Some((id, symbols.classes.get(id.index())?.mask))) else {
            return self.bytes.damaged("a rule names a class that does not exist");
        };
        let Some(kind) = RuleKind::from_specified(specified) else {
            return self.bytes.damaged("a rule is of no kind, or of several");
        };
        let data = match kind {
            RuleKind::Allow | RuleKind::AuditAllow | RuleKind::NeverAllow => self.bytes.u32()? & mask,
            // The table holds what is recorded; the rule names what is not.
            RuleKind::DontAudit => !self.bytes.u32()? & mask,
            RuleKind::TypeTransition | RuleKind::TypeMember | RuleKind::TypeChange => {
                let value = self.bytes.u32()?;
                let Some(id) = TypeId::from_value(value, types) else {
                    return self.bytes.damaged("a rule's new type does not exist");
                };
                id.bit()
            }
            RuleKind::AllowXperm | RuleKind::AuditAllowXperm | RuleKind::DontAuditXperm | RuleKind::NeverAllowXperm => {
                if !may_extend {
                    return self.bytes.damaged("an extended permission rule where this version has none");
                }
                let place = u32::try_from(xperms.len()).unwrap_or(u32::MAX);
                xperms.push(self.xperms()?);
                place
            }
        };
        Ok(Rule { source, target, class, kind, data })
    }

    fn xperms(&mut self) -> Result<Xperms> {
        let (specified, driver) = (self.bytes.u8()?, self.bytes.u8()?);
        let kind = match specified {
            1 => XpermKind::IoctlFunction(driver),
            2 => XpermKind::IoctlDriver,
            3 => XpermKind::NetlinkMessage(driver),
            _ => return self.bytes.damaged("an extended permission of unknown kind"),
        };
        let mut bits = [0; 8];
        for word in &mut bits {
            *word = self.bytes.u32()?;
        }
        Ok(Xperms { kind, bits })
    }

    pub(super) fn conditionals(
        &mut self,
        symbols: &Symbols,
        xperms: &mut Vec<Xperms>,
    ) -> Result<(Vec<Conditional>, Vec<ConditionalRule>)> {
        self.bytes.enter("the conditional rules");
        let count = self.bytes.count(16)?;
        if count > usize::from(u16::MAX) {
            return self.bytes.damaged("more conditional blocks than a policy can have");
        }
        let mut conditionals = Vec::new();
        let mut rules = Vec::new();
        for index in 0..count {
            let _state = self.bytes.u32()?;
            let expression = self.expression(symbols)?;
            conditionals.push(Conditional { expression });
            for branch in [true, false] {
                let count = self.bytes.count(12)?;
                rules.reserve(count);
                for _ in 0..count {
                    let rule = self.rule(symbols, xperms, self.has(since::CONDITIONAL_XPERMS))?;
                    rules.push(ConditionalRule { rule, conditional: ConditionalId::at(index), branch });
                }
            }
        }
        Ok((conditionals, rules))
    }

    fn expression(&mut self, symbols: &Symbols) -> Result<Vec<BooleanTerm>> {
        let count = self.bytes.count(8)?;
        let mut expression = Vec::new();
        let mut depth = 0_u32;
        for _ in 0..count {
            let (kind, boolean) = (self.bytes.u32()?, self.bytes.u32()?);
            let term = match kind {
                1 => match BooleanId::from_value(boolean, symbols.booleans.len()) {
                    Some(id) => BooleanTerm::Boolean(id),
                    None => return self.bytes.damaged("a condition names a boolean that does not exist"),
                },
                2 => BooleanTerm::Not,
                3 => BooleanTerm::Or,
                4 => BooleanTerm::And,
                5 => BooleanTerm::Xor,
                6 => BooleanTerm::Equal,
                7 => BooleanTerm::Different,
                _ => return self.bytes.damaged("an unknown term of a condition"),
            };
            // Ten operands at most (`COND_EXPR_MAXDEPTH`).
            let after = match term {
                BooleanTerm::Boolean(_) => (depth < 10).then_some(depth + 1),
                BooleanTerm::Not => (depth >= 1).then_some(depth),
                _ => (depth >= 2).then_some(depth.wrapping_sub(1)),
            };
            let Some(after) = after else { return self.bytes.damaged("a condition does not add up") };
            depth = after;
            expression.push(term);
        }
        if depth != 1 {
            return self.bytes.damaged("a condition does not add up");
        }
        Ok(expression)
    }
}
