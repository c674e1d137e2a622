//! One statement out of its tokens, as checkpolicy's `policy_parse.y` reads it.

use std::sync::Arc;

use super::{Names, words::Token};
use crate::{
    refpolicy::statement::{AvKind, NameSet, RequiredKind, StatementKind, TypeRuleKind},
    selinux::Name,
};

/// What a keyword begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyword {
    Av(AvKind),
    Xperm(AvKind),
    TypeRule(TypeRuleKind),
    RangeTransition,
    Type,
    TypeAlias,
    Attribute,
    ExpandAttribute,
    TypeAttribute,
    TypeBounds,
    Permissive,
    Bool,
    Tunable,
    Role,
    AttributeRole,
    RoleAttribute,
    RoleTransition,
    Class,
    User,
    Sensitivity,
    Category,
}

/// The keyword that this word is.
pub fn keyword(word: &[u8]) -> Option<Keyword> {
    Some(match word {
        b"allow" => Keyword::Av(AvKind::Allow),
        b"auditallow" => Keyword::Av(AvKind::AuditAllow),
        b"dontaudit" => Keyword::Av(AvKind::DontAudit),
        b"neverallow" => Keyword::Av(AvKind::NeverAllow),
        b"allowxperm" => Keyword::Xperm(AvKind::Allow),
        b"auditallowxperm" => Keyword::Xperm(AvKind::AuditAllow),
        b"dontauditxperm" => Keyword::Xperm(AvKind::DontAudit),
        b"neverallowxperm" => Keyword::Xperm(AvKind::NeverAllow),
        b"type_transition" => Keyword::TypeRule(TypeRuleKind::Transition),
        b"type_member" => Keyword::TypeRule(TypeRuleKind::Member),
        b"type_change" => Keyword::TypeRule(TypeRuleKind::Change),
        b"range_transition" => Keyword::RangeTransition,
        b"type" => Keyword::Type,
        b"typealias" => Keyword::TypeAlias,
        b"attribute" => Keyword::Attribute,
        b"expandattribute" => Keyword::ExpandAttribute,
        b"typeattribute" => Keyword::TypeAttribute,
        b"typebounds" => Keyword::TypeBounds,
        b"permissive" => Keyword::Permissive,
        b"bool" => Keyword::Bool,
        b"tunable" => Keyword::Tunable,
        b"role" => Keyword::Role,
        b"attribute_role" => Keyword::AttributeRole,
        b"roleattribute" => Keyword::RoleAttribute,
        b"role_transition" => Keyword::RoleTransition,
        b"class" => Keyword::Class,
        b"user" => Keyword::User,
        b"sensitivity" => Keyword::Sensitivity,
        b"category" => Keyword::Category,
        _ => return None,
    })
}

/// Reads what stands behind the keyword and before the semicolon; `None` if the grammar has no such statement.
pub fn clause(keyword: Keyword, tokens: &[Token<'_>], in_require: bool, names: &mut Names) -> Option<StatementKind> {
    let mut clause = Clause { rest: tokens, names };
    let kind = if in_require { clause.required(keyword) } else { clause.stated(keyword) }?;
    clause.rest.is_empty().then_some(kind)
}

struct Clause<'t, 'a, 'n> {
    rest: &'t [Token<'a>],
    names: &'n mut Names,
}

impl Clause<'_, '_, '_> {
    fn stated(&mut self, keyword: Keyword) -> Option<StatementKind> {
        Some(match keyword {
            Keyword::Av(kind) => {
                let source = self.set()?;
                let target = self.set()?;
                if kind == AvKind::Allow && self.rest.is_empty() {
                    return Some(StatementKind::RoleAllow { from: source, to: target });
                }
                let classes = self.classes()?;
                StatementKind::AvRule { kind, source, target, classes, permissions: self.set()? }
            }
            Keyword::Xperm(kind) => StatementKind::XpermRule {
                kind,
                source: self.set()?,
                target: self.set()?,
                classes: self.classes()?,
                operation: self.name()?,
                permissions: self.set()?,
            },
            Keyword::TypeRule(kind) => StatementKind::TypeRule {
                kind,
                source: self.set()?,
                target: self.set()?,
                classes: self.classes()?,
                result: self.name()?,
                file_name: self.file_name(),
            },
            Keyword::RangeTransition => {
                let (source, target) = (self.set()?, self.set()?);
                let classes = if self.is_sign(b':') { self.classes()? } else { self.names.set(&[]) };
                let range: Vec<u8> = self.rest.iter().flat_map(Token::bytes).copied().collect();
                self.rest = &[];
                StatementKind::RangeTransition { source, target, classes, range: self.names.name(&range) }
            }
            Keyword::Type => {
                let name = self.name()?;
                let aliases = if self.skip_word(b"alias") { self.set()?.names.to_vec() } else { Vec::new() };
                StatementKind::Type { name, aliases, attributes: self.further_names()? }
            }
            Keyword::TypeAlias => {
                let name = self.name()?;
                self.skip_word(b"alias").then_some(())?;
                StatementKind::TypeAlias { name, aliases: self.set()?.names.to_vec() }
            }
            Keyword::Attribute => StatementKind::Attribute(self.name()?),
            Keyword::ExpandAttribute => {
                StatementKind::ExpandAttribute { attributes: self.set()?, expand: self.truth()? }
            }
            Keyword::TypeAttribute => {
                StatementKind::TypeAttribute { name: self.name()?, attributes: self.name_list()? }
            }
            Keyword::TypeBounds => StatementKind::TypeBounds { parent: self.name()?, children: self.name_list()? },
            Keyword::Permissive => StatementKind::Permissive(self.name()?),
            Keyword::Bool => StatementKind::Bool { name: self.name()?, value: self.truth()? },
            Keyword::Tunable => StatementKind::Tunable { name: self.name()?, value: self.truth()? },
            Keyword::Role => {
                let name = self.name()?;
                if self.skip_word(b"types") {
                    return Some(StatementKind::RoleTypes { role: name, types: self.set()? });
                }
                StatementKind::Role { name, attributes: self.further_names()? }
            }
            Keyword::AttributeRole => StatementKind::AttributeRole(self.name()?),
            Keyword::RoleAttribute => {
                StatementKind::RoleAttribute { name: self.name()?, attributes: self.name_list()? }
            }
            Keyword::RoleTransition => {
                let (roles, types) = (self.set()?, self.set()?);
                let classes = if self.is_sign(b':') { self.classes()? } else { self.names.set(&[]) };
                StatementKind::RoleTransition { roles, types, classes, result: self.name()? }
            }
            Keyword::Class | Keyword::User | Keyword::Sensitivity | Keyword::Category => return None,
        })
    }

    fn required(&mut self, keyword: Keyword) -> Option<StatementKind> {
        let kind = match keyword {
            Keyword::Type => RequiredKind::Type,
            Keyword::Attribute => RequiredKind::Attribute,
            Keyword::Role => RequiredKind::Role,
            Keyword::AttributeRole => RequiredKind::AttributeRole,
            Keyword::Bool => RequiredKind::Bool,
            Keyword::Tunable => RequiredKind::Tunable,
            Keyword::User => RequiredKind::User,
            Keyword::Sensitivity => RequiredKind::Sensitivity,
            Keyword::Category => RequiredKind::Category,
            Keyword::Class => {
                return Some(StatementKind::RequiredClass { class: self.name()?, permissions: self.set()? });
            }
            _ => return None,
        };
        Some(StatementKind::Required { kind, names: self.name_list()? })
    }

    fn name(&mut self) -> Option<Name> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(self.names.name(first.word()?))
    }

    fn is_sign(&self, sign: u8) -> bool {
        self.rest.first() == Some(&Token::Sign(sign))
    }

    fn skip_sign(&mut self, sign: u8) -> bool {
        let is_next = self.is_sign(sign);
        if is_next {
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
        is_next
    }

    fn skip_word(&mut self, word: &[u8]) -> bool {
        let is_next = self.rest.first().and_then(|token| token.word()) == Some(word);
        if is_next {
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
        is_next
    }

    /// `a, b, c`
    fn name_list(&mut self) -> Option<Vec<Name>> {
        let mut names = vec![self.name()?];
        while self.skip_sign(b',') {
            names.push(self.name()?);
        }
        Some(names)
    }

    /// `, a, b`, or nothing.
    fn further_names(&mut self) -> Option<Vec<Name>> {
        if self.skip_sign(b',') { self.name_list() } else { Some(Vec::new()) }
    }

    fn classes(&mut self) -> Option<Arc<NameSet>> {
        self.skip_sign(b':').then_some(())?;
        self.set()
    }

    fn truth(&mut self) -> Option<bool> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        match first.word()? {
            b"true" | b"TRUE" => Some(true),
            b"false" | b"FALSE" => Some(false),
            _ => None,
        }
    }

    /// The text in quotation marks if it comes next, or a word: a parameter that a file name is given for.
    fn file_name(&mut self) -> Option<Name> {
        let (name, rest) = match self.rest {
            [Token::Quoted(text), rest @ ..] => (text.get(1..text.len() - 1).unwrap_or_default(), rest),
            [Token::Word(word), rest @ ..] => (*word, rest),
            _ => return None,
        };
        self.rest = rest;
        Some(self.names.name(name))
    }

    /// `a`, `~a`, `*`, `{ a -b { c } }`; braces need no recursion.
    fn set(&mut self) -> Option<Arc<NameSet>> {
        if let Some((Token::Word(word), rest)) = self.rest.split_first() {
            self.rest = rest;
            return Some(self.names.alone(word));
        }
        let complement = self.skip_sign(b'~');
        let (mut names, mut excluded) = (std::mem::take(&mut self.names.room), Vec::new());
        names.clear();
        let (mut braces, mut all) = (0_u32, false);
        loop {
            let (first, rest) = self.rest.split_first()?;
            self.rest = rest;
            match *first {
                Token::Word(word) => names.push(self.names.name(word)),
                Token::Sign(b'*') => all = true,
                Token::Sign(b'{') => braces += 1,
                Token::Sign(b'}') => braces = braces.checked_sub(1)?,
                Token::Sign(b'-') if braces > 0 => excluded.push(self.name()?),
                Token::Sign(_) | Token::Quoted(_) => return None,
            }
            if braces == 0 {
                break;
            }
        }
        if all || complement || !excluded.is_empty() {
            return Some(Arc::new(NameSet::new(names.into(), excluded.into(), all, complement)));
        }
        let set = self.names.set(&names);
        self.names.room = names;
        Some(set)
    }
}
