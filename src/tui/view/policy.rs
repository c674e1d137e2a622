//! What the loaded policy says: of the selected denial's source and target, or of a type that was typed.

use ratatui::{Frame, layout::Rect, widgets::Paragraph};

use super::{
    layout,
    look::{Look, Piece},
};
use crate::{
    config::Role,
    denials::Denial,
    policydb::{Access, ConditionalRule, FoundRule, Policy, TypeId},
    selinux::{Name, printable},
    tui::{
        Model,
        model::{Pane, PolicyState, Question},
        widgets::wrap,
    },
};

pub(super) fn draw(model: &Model, look: &Look, frame: &mut Frame<'_>, area: Rect) {
    let focused = model.focus == Pane::Policy;
    let mut title = vec![look.title("Policy", focused)];
    if let PolicyState::Read { policy, .. } = &model.policy {
        title.push((Role::Dim, format!("version {} ", policy.version())));
    }
    let block = look.block(&title, focused);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let lines: Vec<_> = lines(model)
        .iter()
        .skip(model.policy_pane.scroll.top)
        .take(inner.height.into())
        .map(|line| look.line(line))
        .collect();
    frame.render_widget(Paragraph::new(lines), inner);
}

/// The lines of the pane, wrapped to its width.
pub(in crate::tui) fn lines(model: &Model) -> Vec<Vec<Piece>> {
    let width = layout::regions(model).inner(Pane::Policy).map_or(78, |area| area.width.into());
    let mut lines = Lines { width, lines: Vec::new() };
    match &model.policy {
        PolicyState::Reading => lines.say(Role::Dim, "Reading the policy."),
        PolicyState::Missing(why) => {
            for line in why.lines() {
                lines.say(Role::Warning, line);
            }
        }
        PolicyState::Read { path, policy } => {
            match (&model.policy_pane.question, model.selected()) {
                (Question::Selected, Some((_, denial))) => of_denial(&mut lines, policy, denial),
                (Question::Selected, None) => lines.say(Role::Dim, "No denial is selected."),
                (Question::Typed { source, target }, _) => typed(&mut lines, policy, source, target.as_deref()),
            }
            lines.blank();
            lines.say(Role::Dim, &format!("read from {}", printable(path.as_os_str().as_encoded_bytes())));
        }
    }
    lines.lines
}

struct Lines {
    width: usize,
    lines: Vec<Vec<Piece>>,
}

impl Lines {
    fn say(&mut self, role: Role, text: &str) {
        self.lines.extend(wrap(text, self.width, 2).into_iter().map(|line| vec![(role, line)]));
    }

    fn blank(&mut self) {
        self.lines.push(Vec::new());
    }
}

fn text(name: &Name) -> String {
    printable(name.as_str().as_bytes())
}

/// What became of a denial's permissions, then all that its source may do with its target, then the two types.
fn of_denial(lines: &mut Lines, policy: &Policy, denial: &Denial) {
    let key = &denial.key;
    let (source, target) = (policy.find_type(key.source.as_str()), policy.find_type(key.target.as_str()));
    for (name, found) in [(&key.source, source), (&key.target, target)] {
        if found.is_none() {
            lines.say(Role::Warning, &format!("{} is not in this policy.", text(name)));
        }
    }
    let class = policy.find_class(key.class.as_str());
    if class.is_none() {
        lines.say(Role::Warning, &format!("The class {} is not in this policy.", text(&key.class)));
    }
    if let (Some(source), Some(target), Some(class)) = (source, target, class) {
        let access = policy.access(source, target, class);
        for permission in denial.permissions.keys() {
            let bit = policy.class(class).and_then(|class| class.permission(permission.as_str()));
            let (role, now) =
                bit.map_or((Role::Warning, "is no permission of the class in this policy"), |bit| now(access, bit));
            let granted = denial.is_granted() && role == Role::Decided;
            let now = if granted { "is allowed by the rules now, and was granted" } else { now };
            lines.say(role, &format!("{} {now}", text(permission)));
        }
        lines.blank();
    }
    if let (Some(source), Some(target)) = (source, target) {
        rules(lines, policy, source, target);
    }
    for r#type in [source, target.filter(|target| Some(*target) != source)].into_iter().flatten() {
        lines.blank();
        describe(lines, policy, r#type);
    }
}

/// What the rules say of one permission now.
fn now(access: Access, bit: u32) -> (Role, &'static str) {
    if access.allowed & bit != 0 {
        (Role::Decided, "is allowed by the rules now; what denied it was a constraint, or an older policy")
    } else if access.allowed_otherwise & bit != 0 {
        (Role::Reopened, "is allowed only when a boolean is set otherwise; see the rules below")
    } else if access.not_audited & bit != 0 {
        (Role::Permissive, "has no allow rule, and a dontaudit rule hides it")
    } else {
        (Role::Text, "has no allow rule")
    }
}

/// Every rule from the one to the other, sorted by what it says.
fn rules(lines: &mut Lines, policy: &Policy, source: TypeId, target: TypeId) {
    let mut found: Vec<String> =
        policy.rules_between(source, target, None).iter().map(|rule| statement(policy, rule)).collect();
    found.sort();
    found.dedup();
    let [source, target] = [source, target].map(|id| printable(policy.type_name(id).as_bytes()));
    let count = match found.len() {
        0 => "no rule".to_owned(),
        1 => "1 rule".to_owned(),
        count => format!("{count} rules"),
    };
    lines.say(Role::Heading, &format!("{source} and {target}: {count}"));
    for rule in found {
        let role = if rule.ends_with("not in force") { Role::Dim } else { Role::Text };
        lines.say(role, &rule);
    }
}

fn statement(policy: &Policy, found: &FoundRule) -> String {
    let mut text = String::new();
    match found.condition {
        None => policy.push_rule(&mut text, &found.rule),
        Some((conditional, branch)) => {
            policy.push_conditional_rule_now(&mut text, &ConditionalRule { rule: found.rule, conditional, branch });
        }
    }
    printable(text.as_bytes())
}

/// What a type or an attribute is.
fn describe(lines: &mut Lines, policy: &Policy, id: TypeId) {
    let names = |ids: &mut dyn Iterator<Item = TypeId>| {
        let mut names: Vec<_> = ids.map(|id| printable(policy.type_name(id).as_bytes())).collect();
        names.sort();
        names
    };
    let name = printable(policy.type_name(id).as_bytes());
    if policy.is_attribute(id) {
        let members = names(&mut policy.expand(id));
        lines.say(Role::Heading, &format!("{name}: an attribute of {} types", members.len()));
        lines.say(Role::TypeName, &members.join(" "));
        return;
    }
    let permissive = if policy.is_permissive(id) { ", permissive" } else { "" };
    lines.say(Role::Heading, &format!("{name}: a type{permissive}"));
    let attributes = names(&mut policy.attributes(id));
    if attributes.is_empty() {
        lines.say(Role::Dim, "it has no attribute");
    } else {
        lines.say(Role::TypeName, &format!("attributes {}", attributes.join(" ")));
    }
    let aliases: Vec<_> = policy.aliases(id).map(text).collect();
    if !aliases.is_empty() {
        lines.say(Role::TypeName, &format!("aliases {}", aliases.join(" ")));
    }
    let bounds = names(&mut policy.bounds(id));
    if !bounds.is_empty() {
        lines.say(Role::TypeName, &format!("bounded by {}", bounds.join(" ")));
    }
}

/// What was typed: one type, or two.
fn typed(lines: &mut Lines, policy: &Policy, source: &str, target: Option<&str>) {
    let mut find = |name: &str| {
        let found = policy.find_type(name);
        if found.is_none() {
            lines.say(Role::Warning, &format!("{} is not in this policy.", printable(name.as_bytes())));
        }
        found
    };
    let (source, target) = (find(source), target.and_then(&mut find));
    if let (Some(source), Some(target)) = (source, target) {
        rules(lines, policy, source, target);
    }
    for id in [source, target].into_iter().flatten() {
        lines.blank();
        describe(lines, policy, id);
        // Alone, a type is asked what it may do with its own kind: that is how a process uses itself.
        if target.is_none() {
            lines.blank();
            rules(lines, policy, id, id);
        }
    }
}
