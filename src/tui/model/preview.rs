//! The module's text, and what the last decision changed in it.

use std::collections::{BTreeMap, HashMap};

use crate::{
    module::{LineKind, PolicyModule, RenderContext, Rendered, RenderedLine, SourceFile},
    selinux::Call,
    tui::widgets::Scroll,
};

/// The call that a line of a module is: of an interface, of a template, of what makes a domain, of a pattern of rules.
pub fn call_of(line: &RenderedLine) -> Option<&str> {
    let text = line.text.trim();
    let may_be = matches!(line.kind, LineKind::Call | LineKind::Declaration | LineKind::Allow) && text.ends_with(')');
    (may_be && text.parse::<Call>().is_ok()).then_some(text)
}

/// The text of the `.te` with its marks.
#[derive(Debug, Default)]
pub struct Preview {
    rendered: Rendered,
    changed: Vec<bool>,
    removed: usize,
    empty: bool,
    /// Below each call stands what it expands to.
    pub expanded: bool,
    /// The lines as they were written to be built: compilers and semodule count these.
    written: Vec<String>,
    /// What the compiler said of a line, counted from 0.
    pub problems: BTreeMap<usize, String>,
    /// Which part is seen.
    pub scroll: Scroll,
}

impl Preview {
    /// Renders the module anew and marks the lines that were not there before.
    pub fn render(&mut self, module: &PolicyModule, context: &RenderContext) {
        self.empty = module.is_empty();
        let rendered = module.render(SourceFile::Te, context);
        // Lines are compared as a multiset: a block that only moved is not news.
        let mut before: HashMap<&str, usize> = HashMap::new();
        for line in &self.rendered.lines {
            *before.entry(line.text.as_str()).or_default() += 1;
        }
        let changed = rendered
            .lines
            .iter()
            .map(|line| match before.get_mut(line.text.as_str()) {
                Some(count) if *count > 0 => {
                    *count -= 1;
                    false
                }
                _ => !line.text.is_empty(),
            })
            .collect();
        self.removed = before.iter().filter(|(text, _)| !text.is_empty()).map(|(_, count)| count).sum();
        self.changed = changed;
        self.rendered = rendered;
        self.problems.clear();
    }

    /// The text as it is now goes to the compilers.
    pub fn write_down(&mut self) {
        self.written = self.rendered.lines.iter().map(|line| line.text.clone()).collect();
    }

    /// Where a line of the text that was written stands now, both counted from 0: decisions, and what the policy says, may have
    /// come meanwhile. Nothing where it stands no more.
    pub fn place_of(&self, written: usize) -> Option<usize> {
        let Some(text) = self.written.get(written) else { return (self.written.is_empty()).then_some(written) };
        let lines = self.rendered.lines.iter().enumerate().filter(|(_, line)| line.text == *text);
        lines.map(|(place, _)| place).min_by_key(|place| place.abs_diff(written))
    }

    /// Forgets which lines were changed last.
    pub fn unmark(&mut self) {
        self.changed.fill(false);
        self.removed = 0;
    }

    /// The module as text.
    pub fn rendered(&self) -> &Rendered {
        &self.rendered
    }

    /// Whether the module neither declares nor allows anything.
    pub fn is_empty(&self) -> bool {
        self.empty
    }

    /// Whether the last decision brought this line.
    pub fn is_changed(&self, line: usize) -> bool {
        self.changed.get(line).copied().unwrap_or(false)
    }

    /// The last line that the last decision brought: a rule rather than what it requires.
    pub fn last_change(&self) -> Option<usize> {
        self.changed.iter().rposition(|changed| *changed)
    }

    /// How many lines the last decision brought, and how many it took away.
    pub fn change(&self) -> (usize, usize) {
        (self.changed.iter().filter(|changed| **changed).count(), self.removed)
    }
}
