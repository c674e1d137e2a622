//! Rules, contexts and levels as text: the statement of the policy language, as sesearch and seinfo print it.
//!
//! Everything is appended to a buffer of the caller's, so that a hundred thousand rules cost no allocation each.

use std::{borrow::Cow, fmt::Write as _};

use super::{
    BooleanTerm, ConditionalId, ConditionalRule, Context, Level, NameTransition, Policy, Range, RangeTransition,
    RoleTransition, Rule, TypeId, Xperms,
};
use crate::selinux::{Name, printable};

/// The text of a name that may hold anything: as it is, unless something in it could steer a terminal.
pub(super) fn shown(name: &Name) -> Cow<'_, str> {
    let text = name.as_str();
    let plain = |c: char| matches!(c, ' '..='~');
    if text.chars().all(plain) { Cow::Borrowed(text) } else { Cow::Owned(printable(text.as_bytes())) }
}

/// Puts braces around more than one thing, as the policy language does.
pub(super) fn push_list<'a>(out: &mut String, items: impl Iterator<Item = &'a str>) {
    let begin = out.len();
    let mut count = 0;
    for item in items {
        if count > 0 {
            out.push(' ');
        }
        out.push_str(item);
        count += 1;
    }
    if count != 1 {
        out.insert_str(begin, "{ ");
        out.push_str(" }");
    }
}

impl Policy {
    /// Appends a rule: `allow init_t httpd_t:process { signal sigkill };`
    pub fn push_rule(&self, out: &mut String, rule: &Rule) {
        self.push_rule_head(out, rule.kind.keyword(), rule.source, rule);
        if let Some(xperms) = self.xperms(rule) {
            push_xperms(out, xperms);
        } else if let Some(new) = self.new_type(rule) {
            out.push_str(self.type_name(new));
        } else if let Some(class) = self.class(rule.class) {
            let permissions = self.permissions(rule) & class.mask;
            if permissions.is_power_of_two() {
                class.names(permissions).for_each(|name| out.push_str(name.as_str()));
            } else {
                out.push_str("{ ");
                for name in class.names(permissions) {
                    out.push_str(name.as_str());
                    out.push(' ');
                }
                out.push('}');
            }
        }
        out.push(';');
    }

    fn push_rule_head(&self, out: &mut String, keyword: &str, source: TypeId, rule: &Rule) {
        for part in [
            keyword,
            " ",
            self.type_name(source),
            " ",
            self.type_name(rule.target),
            ":",
            self.class_name(rule.class),
            " ",
        ] {
            out.push_str(part);
        }
    }

    /// Appends a conditional rule: the rule, then its block's expression and the branch: `[ httpd_enable_cgi ]:True`.
    pub fn push_conditional_rule(&self, out: &mut String, rule: &ConditionalRule) {
        self.push_rule(out, &rule.rule);
        out.push_str(" [ ");
        out.push_str(&self.expression_text(rule.conditional, false));
        out.push_str(if rule.branch { " ]:True" } else { " ]:False" });
    }

    /// The same with what it means now: `[ httpd_enable_cgi (on now) ]:True, in force`.
    pub fn push_conditional_rule_now(&self, out: &mut String, rule: &ConditionalRule) {
        self.push_rule(out, &rule.rule);
        out.push_str(" [ ");
        out.push_str(&self.expression_text(rule.conditional, true));
        out.push_str(if rule.branch { " ]:True" } else { " ]:False" });
        out.push_str(if self.is_in_force(rule) { ", in force" } else { ", not in force" });
    }

    /// A block's expression with its operators between the operands; `now` adds the state of each boolean.
    ///
    /// setools takes the operands off the stack the wrong way round and puts brackets where it need not; its text is kept.
    pub fn expression_text(&self, conditional: ConditionalId, now: bool) -> String {
        // The text so far, and whether it is more than one name.
        let mut stack: Vec<(String, bool)> = Vec::new();
        let mut previous = 5;
        for term in self.conditional(conditional).map_or(&[][..], |c| &c.expression) {
            let (operator, precedence) = match term {
                BooleanTerm::Boolean(id) => {
                    let Some(boolean) = self.boolean(*id) else { continue };
                    let state = match (now, boolean.state) {
                        (false, _) => "",
                        (true, true) => " (on now)",
                        (true, false) => " (off now)",
                    };
                    stack.push((format!("{}{state}", boolean.name.as_str()), false));
                    continue;
                }
                BooleanTerm::Not => ("!", 5),
                BooleanTerm::Equal => ("==", 4),
                BooleanTerm::Different => ("!=", 4),
                BooleanTerm::And => ("&&", 3),
                BooleanTerm::Xor => ("^", 2),
                BooleanTerm::Or => ("||", 1),
            };
            let Some((last, compound)) = stack.pop() else { continue };
            let text = if *term == BooleanTerm::Not {
                if compound { format!("! ( {last} )") } else { format!("! {last}") }
            } else {
                let Some((first, _)) = stack.pop() else { continue };
                if previous > precedence {
                    format!("{last} {operator} {first}")
                } else {
                    format!("( {last} {operator} {first} )")
                }
            };
            stack.push((text, true));
            previous = precedence;
        }
        stack.pop().map(|top| top.0).unwrap_or_default()
    }

    /// Appends `type_transition S T:C D name;` for one of its sources.
    pub fn push_name_transition(&self, out: &mut String, source: TypeId, rule: &NameTransition) {
        let name = shown(&rule.name);
        for part in [
            "type_transition ",
            self.type_name(source),
            " ",
            self.type_name(rule.target),
            ":",
            self.class_name(rule.class),
            " ",
            self.type_name(rule.default),
            " ",
            &name,
            ";",
        ] {
            out.push_str(part);
        }
    }

    /// The statement of a role transition.
    pub fn role_transition_text(&self, rule: &RoleTransition) -> String {
        let (from, to) = (self.role_name(rule.role), self.role_name(rule.new));
        format!("role_transition {from} {}:{} {to};", self.type_name(rule.target), self.class_name(rule.class))
    }

    /// The statement of a range transition.
    pub fn range_transition_text(&self, rule: &RangeTransition) -> String {
        let (source, target) = (self.type_name(rule.source), self.type_name(rule.target));
        format!("range_transition {source} {target}:{} {};", self.class_name(rule.class), self.range_text(&rule.range))
    }

    /// A level: `s0:c0.c255,c1023`, neighbours drawn together.
    pub fn level_text(&self, level: &Level) -> String {
        self.level_drawn_together(level, 2)
    }

    /// A level in which so many neighbouring categories or more are written with a dot.
    pub(super) fn level_drawn_together(&self, level: &Level, joined: u32) -> String {
        let sensitivity = self.sensitivities().get(level.sensitivity as usize);
        let mut out = sensitivity.map_or_else(String::new, |sensitivity| sensitivity.name.as_str().to_owned());
        let category = |number: u32| self.categories().get(number as usize).map_or("?", Name::as_str);
        let mut numbers = level.categories.iter().peekable();
        let mut separator = ':';
        while let Some(first) = numbers.next() {
            let mut last = first;
            while let Some(next) = numbers.next_if(|next| *next == last + 1) {
                last = next;
            }
            out.push(separator);
            separator = ',';
            out.push_str(category(first));
            if last > first {
                out.push(if last - first + 1 >= joined { '.' } else { ',' });
                out.push_str(category(last));
            }
        }
        out
    }

    /// A range as setools prints it: one level, or two with ` - ` between them.
    pub fn range_text(&self, range: &Range) -> String {
        let low = self.level_text(&range.low);
        if range.low == range.high { low } else { format!("{low} - {}", self.level_text(&range.high)) }
    }

    /// A context as setools prints it, with ` - ` in the range; the kernel writes no blanks there.
    pub fn context_text(&self, context: &Context) -> String {
        let (user, role) = (self.user_name(context.user), self.role_name(context.role));
        let mut out = format!("{user}:{role}:{}", self.type_name(context.r#type));
        if self.is_mls() {
            out.push(':');
            out.push_str(&self.range_text(&context.range));
        }
        out
    }
}

/// `ioctl { 0x5401 0x5410-0x5415 }`
fn push_xperms(out: &mut String, xperms: &Xperms) {
    let ranges = xperms.ranges();
    out.push_str(xperms.keyword());
    out.push(' ');
    let text = |range: &(u16, u16)| {
        let mut text = format!("{:#06x}", range.0);
        if range.1 > range.0 {
            // Writing into a String cannot fail.
            let _ = write!(text, "-{:#06x}", range.1);
        }
        text
    };
    let texts: Vec<String> = ranges.iter().map(text).collect();
    if ranges.len() == 1 {
        out.push_str(&texts.concat());
    } else {
        out.push_str("{ ");
        out.push_str(&texts.join(" "));
        out.push_str(" }");
    }
}
