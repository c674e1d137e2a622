//! What is known of the selected denial.

use ratatui::{Frame, layout::Rect, widgets::Paragraph};

use super::{
    denials, layout,
    look::{Look, Piece},
    time,
};
use crate::{
    audit::{AvcResult, Refusal},
    config::Role,
    denials::{Denial, Seen},
    selinux::{Identifier, Name, Untrusted, printable},
    session::{Standing, Verdict},
    tui::{Model, model::Pane, widgets::wrap},
};

pub(super) fn draw(model: &Model, look: &Look, frame: &mut Frame<'_>, area: Rect) {
    let focused = model.focus == Pane::Detail;
    let block = look.block(&[look.title("Detail", focused)], focused);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let lines: Vec<_> =
        lines(model).iter().skip(model.detail.top).take(inner.height.into()).map(|line| look.line(line)).collect();
    frame.render_widget(Paragraph::new(lines), inner);
}

/// The lines of the pane, wrapped to its width.
pub(in crate::tui) fn lines(model: &Model) -> Vec<Vec<Piece>> {
    let width = layout::regions(model).inner(Pane::Detail).map_or(78, |area| area.width.into());
    let mut lines = Lines { width, lines: Vec::new() };
    let Some((row, denial)) = model.selected() else { return lines.lines };
    head(&mut lines, denial);
    standing(&mut lines, model, row, denial);
    unwritable(&mut lines, denial);
    times(&mut lines, model, denial);
    evidence(&mut lines, denial);
    lines.lines
}

/// Lines as they are written, a label and a text each.
struct Lines {
    width: usize,
    lines: Vec<Vec<Piece>>,
}

const LABEL: usize = 10;

impl Lines {
    fn field(&mut self, label: &str, role: Role, text: &str) {
        for (at, part) in wrap(text, self.width.saturating_sub(LABEL), 0).into_iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            self.lines.push(vec![(Role::Dim, format!("{label:<LABEL$}")), (role, part)]);
        }
    }

    fn sentence(&mut self, role: Role, text: &str) {
        self.lines.extend(wrap(text, self.width, 0).into_iter().map(|part| vec![(role, part)]));
    }
}

fn text(name: &Name) -> String {
    printable(name.as_str().as_bytes())
}

fn head(lines: &mut Lines, denial: &Denial) {
    let key = &denial.key;
    let verb = if denial.is_granted() { "granted" } else { "denied" };
    let permissions: Vec<_> = denial
        .permissions
        .iter()
        .map(|(name, tally)| if tally.count() > 1 { format!("{} ({})", text(name), tally.count()) } else { text(name) })
        .collect();
    lines.field("source", Role::TypeName, &text(&key.source));
    lines.field("target", Role::TypeName, &format!("{}  class {}", text(&key.target), text(&key.class)));
    lines.field(verb, Role::Permission, &permissions.join("  "));
}

fn standing(lines: &mut Lines, model: &Model, row: usize, denial: &Denial) {
    let said = |verdict: &Verdict| match verdict {
        Verdict::Allow => "allow".to_owned(),
        Verdict::DontAudit => "dontaudit".to_owned(),
        Verdict::Skip => "skipped, nothing is written for it".to_owned(),
        Verdict::NewDomain(name) => format!("moved to {name}"),
    };
    match model.table.standing(row) {
        _ if matches!(denial.key.result, AvcResult::Refused(_)) => refused(lines, denial),
        _ if denial.is_granted() => {
            lines.field(
                "decided",
                Role::Granted,
                "nothing to decide: the access was allowed, an auditallow rule logged it",
            );
        }
        Some(Standing::Decided(verdict)) => lines.field("decided", Role::Decided, &said(verdict)),
        Some(Standing::Reopened(verdict, new)) => {
            let new: Vec<_> = new.iter().map(text).collect();
            let key = model.facts.keymap.chords_for("denials", "extend").first().map(ToString::to_string);
            let hint = key.map(|key| format!("; {key} extends the decision")).unwrap_or_default();
            let sentence = format!("{}, but denied since: {}{hint}", said(verdict), new.join(" "));
            lines.field("decided", Role::Reopened, &sentence);
        }
        Some(Standing::Open) | None => {
            let own = model.session.domains().iter().any(|domain| domain.name() == &denial.key.source);
            if own {
                lines.field("decided", Role::Open, "not yet; the source is this module's own domain");
            } else {
                lines.field("decided", Role::Open, "not yet");
            }
        }
    }
}

/// What SELINUX_ERR records tell, and what it would take.
fn refused(lines: &mut Lines, denial: &Denial) {
    let AvcResult::Refused(refusal) = denial.key.result else { return };
    let (source, target) = (text(&denial.key.source), text(&denial.key.target));
    let roles: Vec<_> = denial.evidence.roles.iter().map(text).collect();
    let role = roles.first().map_or("its role", String::as_str);
    let sentence = match refusal {
        Refusal::Context => format!(
            "no allow rule is about it: the context with {target} is not valid. Mostly the role may not take the type \
             (role {role} types {target}), or the user may not take the role"
        ),
        Refusal::Transition => format!(
            "no allow rule about files helps: {source} may not become {target} under no_new_privs or from a nosuid mount. It \
             takes nnp_transition or nosuid_transition of class process2, or {target} bounded by {source}"
        ),
        Refusal::Bounds => {
            format!("{source} is bounded by another type, which has not these permissions: it needs them too")
        }
        Refusal::Validation => {
            "a validatetrans rule forbids this relabelling: mostly the level or the user would change".to_owned()
        }
    };
    lines.field("needs", Role::Warning, &sentence);
}

/// What no compiler takes is said before it is decided.
fn unwritable(lines: &mut Lines, denial: &Denial) {
    if denials::is_writable(denial) || !denial.needs_decision() {
        return;
    }
    let key = &denial.key;
    for name in [&key.source, &key.target, &key.class].into_iter().chain(denial.permissions.keys()) {
        if let Err(error) = Identifier::new(name.as_str()) {
            let sentence = format!("{} can't stand in a module: {error}", text(name));
            lines.field("no rule", Role::Warning, &sentence);
        }
    }
}

fn times(lines: &mut Lines, model: &Model, denial: &Denial) {
    let tally = &denial.tally;
    if tally.count() == 0 {
        lines.sentence(Role::Dim, "Decided earlier in this session; the log that is open now does not hold it.");
        return;
    }
    let zone = &model.facts.zone;
    let first = time::date_and_time(tally.first, zone);
    let times = match tally.count() {
        1 => format!("once, {first}"),
        count => format!("{count} times, {first} to {}", time::date_and_time(tally.last, zone)),
    };
    lines.field("seen", Role::Text, &times);
    // Where several nodes speak, the earliest of their last loads is the one that says something for certain.
    let load = model.loads.values().min();
    if let Some(load) = load.filter(|load| tally.last < **load && tally.last.0 != 0) {
        let load = time::date_and_time(*load, zone);
        lines.field("", Role::Dim, &format!("not since the policy was loaded, {load}"));
    }
    if tally.permissive > 0 {
        let sentence = if tally.enforced == 0 {
            "permissive: the access went through all the same, and is logged only once".to_owned()
        } else {
            format!("{} of them permissive: these accesses went through", tally.permissive)
        };
        lines.field("", Role::Permissive, &sentence);
    }
}

fn evidence(lines: &mut Lines, denial: &Denial) {
    let evidence = &denial.evidence;
    lines.field_of("comm", &evidence.comm, Untrusted::printable);
    lines.field_of("exe", &evidence.exe, Untrusted::printable);
    lines.field_of("path", &evidence.path, Untrusted::printable);
    lines.field_of("port", &evidence.port, ToString::to_string);
    lines.field_of("pid", &evidence.pid, ToString::to_string);
    lines.field_of("node", &evidence.node, text);
    let roles: Vec<_> = evidence.roles.iter().map(text).collect();
    if !roles.is_empty() {
        lines.field("role", Role::Text, &roles.join("  "));
    }
    if evidence.incomplete {
        lines.field("", Role::Warning, "a record behind it was cut or damaged: something may be missing");
    }
    if evidence.unproven {
        lines.field("", Role::Warning, "unproven: a record behind it came out of text that anyone can write");
    }
}

/// How many characters of each end of a long value are shown: a name of 4 KB would push everything else out of the pane.
const END_SHOWN: usize = 120;

/// The value, without its middle when it is very long; the records have all of it.
fn shortened(value: &str) -> String {
    let head = value.char_indices().nth(END_SHOWN).map(|(at, _)| at);
    let tail = value.char_indices().rev().nth(END_SHOWN - 1).map(|(at, _)| at);
    match head.zip(tail).filter(|(head, tail)| head < tail) {
        Some((head, tail)) => {
            format!("{}[...]{}", value.get(..head).unwrap_or_default(), value.get(tail..).unwrap_or_default())
        }
        None => value.to_owned(),
    }
}

impl Lines {
    fn field_of<T: Clone + PartialEq>(&mut self, label: &str, seen: &Seen<T>, show: fn(&T) -> String) {
        if seen.is_empty() {
            return;
        }
        let several = seen.len() > 1;
        let mut values: Vec<_> = seen
            .iter()
            .map(|(value, count)| (shortened(&show(value)), count))
            .map(|(value, count)| if several { format!("{value} ({count})") } else { value })
            .collect();
        if seen.others > 0 {
            values.push(format!("and others ({})", seen.others));
        }
        self.field(label, Role::Text, &values.join("  "));
    }
}
