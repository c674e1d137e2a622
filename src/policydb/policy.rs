//! A policy as it was read, and the ways into its tables.

use super::{
    Bitmap, Boolean, BooleanId, BooleanTerm, Class, ClassId, Common, CommonId, Conditional, ConditionalId,
    ConditionalRule, Labels, NameTransition, RangeTransition, Role, RoleId, RoleTransition, Rule, RuleKind,
    Sensitivity, Type, TypeId, TypeKind, UnknownHandling, User, UserId, Xperms, rules::RuleTable,
};
use crate::selinux::Name;

/// A kernel policy: everything that the file holds, indexed for questions.
///
/// It is a value without a way back to its file. Numbers (`TypeId` and the like) belong to the policy that gave them out;
/// with another one they name something else, or nothing.
#[derive(Debug, Clone)]
pub struct Policy {
    pub(super) version: u32,
    pub(super) mls: bool,
    pub(super) unknown: UnknownHandling,
    pub(super) capabilities: Bitmap,
    /// Bits are the file's numbers: from 1.
    pub(super) permissive: Bitmap,
    /// Likewise.
    pub(super) neveraudit: Bitmap,
    pub(super) commons: Vec<Common>,
    pub(super) classes: Vec<Class>,
    pub(super) roles: Vec<Role>,
    pub(super) types: Vec<Type>,
    pub(super) type_aliases: Vec<(Name, TypeId)>,
    pub(super) users: Vec<User>,
    pub(super) booleans: Vec<Boolean>,
    pub(super) sensitivities: Vec<Sensitivity>,
    pub(super) sensitivity_aliases: Vec<(Name, u32)>,
    pub(super) categories: Vec<Name>,
    pub(super) category_aliases: Vec<(Name, u32)>,
    pub(super) rules: RuleTable<Rule>,
    pub(super) xperms: Vec<Xperms>,
    pub(super) conditionals: Vec<Conditional>,
    pub(super) conditional_rules: RuleTable<ConditionalRule>,
    pub(super) role_transitions: Vec<RoleTransition>,
    pub(super) role_allows: Vec<(RoleId, RoleId)>,
    pub(super) name_transitions: Vec<NameTransition>,
    pub(super) labels: Labels,
    pub(super) range_transitions: Vec<RangeTransition>,
    /// For each type its attributes.
    pub(super) attributes: Vec<Bitmap>,
    /// For each attribute its types.
    pub(super) members: Vec<Vec<TypeId>>,
    pub(super) names: NameTable,
}

/// The names of types, attributes, aliases and classes, sorted.
#[derive(Debug, Clone, Default)]
pub(super) struct NameTable {
    types: Vec<(Name, TypeId)>,
    classes: Vec<(Name, ClassId)>,
}

impl NameTable {
    pub(super) fn new(policy: &Policy) -> Self {
        let own = policy.types.iter().enumerate().map(|(index, t)| (t.name.clone(), TypeId::at(index)));
        let mut types: Vec<_> = own.chain(policy.type_aliases.iter().cloned()).collect();
        types.sort();
        let mut classes: Vec<_> =
            policy.classes.iter().enumerate().map(|(index, class)| (class.name.clone(), ClassId::at(index))).collect();
        classes.sort();
        Self { types, classes }
    }
}

fn find<I: Copy>(names: &[(Name, I)], name: &str) -> Option<I> {
    let at = names.binary_search_by(|(other, _)| other.as_str().cmp(name)).ok()?;
    names.get(at).map(|entry| entry.1)
}

macro_rules! tables {
    ($($(#[$doc:meta])* $one:ident $all:ident $ids:ident $id:ident $item:ident;)*) => {$(
        #[doc = concat!("The entry of one number; `None` when the number is another policy's.")]
        pub fn $one(&self, id: $id) -> Option<&$item> {
            self.$all.get(id.index())
        }

        $(#[$doc])*
        pub fn $ids(&self) -> impl DoubleEndedIterator<Item = ($id, &$item)> {
            self.$all.iter().enumerate().map(|(index, item)| ($id::at(index), item))
        }
    )*};
}

impl Policy {
    /// The version of the file's format, 24 to 35.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Whether contexts have a range that means something.
    pub fn is_mls(&self) -> bool {
        self.mls
    }

    /// What becomes of classes and permissions that the policy does not know.
    pub fn unknown_handling(&self) -> UnknownHandling {
        self.unknown
    }

    tables! {
        /// Every common, by number.
        common commons commons_by_number CommonId Common;
        /// Every class, by number.
        class classes classes_by_number ClassId Class;
        /// Every role, by number.
        role roles roles_by_number RoleId Role;
        /// Every type and attribute, by number.
        type_or_attribute types types_by_number TypeId Type;
        /// Every user, by number.
        user users users_by_number UserId User;
        /// Every boolean, by number.
        boolean booleans booleans_by_number BooleanId Boolean;
        /// Every conditional block, in the file's order.
        conditional conditionals conditionals_by_number ConditionalId Conditional;
    }

    /// The name of a type or attribute.
    pub fn type_name(&self, id: TypeId) -> &str {
        self.types.get(id.index()).map_or("?", |t| t.name.as_str())
    }

    /// The name of a class.
    pub fn class_name(&self, id: ClassId) -> &str {
        self.classes.get(id.index()).map_or("?", |class| class.name.as_str())
    }

    /// The name of a role.
    pub fn role_name(&self, id: RoleId) -> &str {
        self.roles.get(id.index()).map_or("?", |role| role.name.as_str())
    }

    /// The name of a user.
    pub fn user_name(&self, id: UserId) -> &str {
        self.users.get(id.index()).map_or("?", |user| user.name.as_str())
    }

    /// The type or attribute of this name; an alias gives its type.
    pub fn find_type(&self, name: &str) -> Option<TypeId> {
        find(&self.names.types, name)
    }

    /// The class of this name.
    pub fn find_class(&self, name: &str) -> Option<ClassId> {
        find(&self.names.classes, name)
    }

    /// The role of this name.
    pub fn find_role(&self, name: &str) -> Option<RoleId> {
        self.roles.iter().position(|role| role.name.as_str() == name).map(RoleId::at)
    }

    /// The user of this name.
    pub fn find_user(&self, name: &str) -> Option<UserId> {
        self.users.iter().position(|user| user.name.as_str() == name).map(UserId::at)
    }

    /// The boolean of this name.
    pub fn find_boolean(&self, name: &str) -> Option<BooleanId> {
        self.booleans.iter().position(|boolean| boolean.name.as_str() == name).map(BooleanId::at)
    }

    /// The place of a sensitivity, by its name or an alias.
    pub fn find_sensitivity(&self, name: &str) -> Option<u32> {
        let alias = self.sensitivity_aliases.iter().find(|alias| alias.0.as_str() == name).map(|alias| alias.1);
        alias.or_else(|| (0..).zip(&self.sensitivities).find(|(_, s)| s.name.as_str() == name).map(|(place, _)| place))
    }

    /// The place of a category, by its name or an alias.
    pub fn find_category(&self, name: &str) -> Option<u32> {
        let alias = self.category_aliases.iter().find(|alias| alias.0.as_str() == name).map(|alias| alias.1);
        alias.or_else(|| (0..).zip(&self.categories).find(|(_, other)| other.as_str() == name).map(|(place, _)| place))
    }

    /// Whether this is an attribute.
    pub fn is_attribute(&self, id: TypeId) -> bool {
        self.types.get(id.index()).is_some_and(|t| t.kind == TypeKind::Attribute)
    }

    /// The types that a name in a rule stands for: an attribute's members by number, or the type itself.
    pub fn expand(&self, id: TypeId) -> impl Iterator<Item = TypeId> + '_ {
        let members = if self.is_attribute(id) { self.members.get(id.index()) } else { None };
        let itself = (!self.is_attribute(id)).then_some(id);
        itself.into_iter().chain(members.into_iter().flatten().copied())
    }

    /// The attributes of a type, by number; none for an attribute.
    pub fn attributes(&self, id: TypeId) -> impl Iterator<Item = TypeId> + '_ {
        self.attributes.get(id.index()).into_iter().flat_map(Bitmap::iter).map(|bit| TypeId::at(bit as usize))
    }

    /// Whether a type is, or has, this type or attribute.
    pub fn type_matches(&self, id: TypeId, type_or_attribute: TypeId) -> bool {
        id == type_or_attribute
            || self.attributes.get(id.index()).is_some_and(|bits| bits.contains(type_or_attribute.bit()))
    }

    /// The other names of a type.
    pub fn aliases(&self, id: TypeId) -> impl Iterator<Item = &Name> {
        self.type_aliases.iter().filter(move |alias| alias.1 == id).map(|alias| &alias.0)
    }

    /// Whether processes of this type are permissive: what is denied them happens all the same.
    pub fn is_permissive(&self, id: TypeId) -> bool {
        self.permissive.contains(id.bit() + 1)
    }

    /// Whether denials of this type are never recorded (version 35).
    pub fn is_neveraudit(&self, id: TypeId) -> bool {
        self.neveraudit.contains(id.bit() + 1)
    }

    /// The numbers of the policy capabilities that are on.
    pub fn capabilities(&self) -> &Bitmap {
        &self.capabilities
    }

    /// The rules that always hold, by source, target, class and kind.
    pub fn rules(&self) -> &[Rule] {
        self.rules.all()
    }

    /// The rules in conditional blocks, in the same order.
    pub fn conditional_rules(&self) -> &[ConditionalRule] {
        self.conditional_rules.all()
    }

    /// The `type_transition` rules that look at names.
    pub fn name_transitions(&self) -> &[NameTransition] {
        &self.name_transitions
    }

    /// The `role_transition` rules.
    pub fn role_transitions(&self) -> &[RoleTransition] {
        &self.role_transitions
    }

    /// The role allow rules: from, to.
    pub fn role_allows(&self) -> &[(RoleId, RoleId)] {
        &self.role_allows
    }

    /// The `range_transition` rules.
    pub fn range_transitions(&self) -> &[RangeTransition] {
        &self.range_transitions
    }

    /// The labels of what is no file.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// The sensitivities by rising dominance.
    pub fn sensitivities(&self) -> &[Sensitivity] {
        &self.sensitivities
    }

    /// The categories by number.
    pub fn categories(&self) -> &[Name] {
        &self.categories
    }

    /// The permission bits of an `allow`, `auditallow` or `dontaudit` rule; of another kind none.
    pub fn permissions(&self, rule: &Rule) -> u32 {
        match rule.kind {
            RuleKind::Allow | RuleKind::AuditAllow | RuleKind::DontAudit | RuleKind::NeverAllow => rule.data,
            _ => 0,
        }
    }

    /// The new type of a `type_*` rule.
    pub fn new_type(&self, rule: &Rule) -> Option<TypeId> {
        match rule.kind {
            RuleKind::TypeTransition | RuleKind::TypeMember | RuleKind::TypeChange => {
                Some(TypeId::at(rule.data as usize))
            }
            _ => None,
        }
    }

    /// The numbers of an extended permission rule.
    pub fn xperms(&self, rule: &Rule) -> Option<&Xperms> {
        match rule.kind {
            RuleKind::AllowXperm | RuleKind::AuditAllowXperm | RuleKind::DontAuditXperm | RuleKind::NeverAllowXperm => {
                self.xperms.get(rule.data as usize)
            }
            _ => None,
        }
    }

    /// Whether a block's expression is true with the booleans as they are (`cond_evaluate_expr` of the kernel).
    pub fn is_true(&self, conditional: ConditionalId) -> bool {
        self.is_true_with(conditional, |id| self.booleans.get(id.index()).is_some_and(|boolean| boolean.state))
    }

    /// The same with booleans set otherwise.
    pub fn is_true_with(&self, conditional: ConditionalId, state: impl Fn(BooleanId) -> bool) -> bool {
        let mut stack = Vec::with_capacity(10);
        for term in self.conditionals.get(conditional.index()).map_or(&[][..], |c| &c.expression) {
            let value = match term {
                BooleanTerm::Boolean(id) => Some(state(*id)),
                BooleanTerm::Not => stack.pop().map(|a: bool| !a),
                _ => stack.pop().zip(stack.pop()).map(|(b, a)| match term {
                    BooleanTerm::Or => a | b,
                    BooleanTerm::And => a & b,
                    BooleanTerm::Equal => a == b,
                    _ => a != b,
                }),
            };
            stack.extend(value);
        }
        stack.pop().unwrap_or_default()
    }

    /// Whether a conditional rule holds with the booleans as they are.
    pub fn is_in_force(&self, rule: &ConditionalRule) -> bool {
        self.is_true(rule.conditional) == rule.branch
    }

    /// The booleans of a block's expression, each once, in the order of their first use.
    pub fn booleans_of(&self, conditional: ConditionalId) -> Vec<BooleanId> {
        let mut all = Vec::new();
        for term in self.conditionals.get(conditional.index()).map_or(&[][..], |c| &c.expression) {
            if let BooleanTerm::Boolean(id) = term
                && !all.contains(id)
            {
                all.push(*id);
            }
        }
        all
    }
}
