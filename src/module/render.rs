//! The module's files as text.
//!
//! The order is that of refpolicy's StyleGuide: the module's line, what it requires, what it declares, then one block for each
//! source domain, those declared here first.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Added, Addition, DeclaredDomain, LineKind, Making, PolicyModule, Remark, RenderContext, Rendered, RenderedLine,
    Rule, SourceFile, Unwritable,
    lint::{DOMAIN, Lint, SoundRule},
    requirements::Requirements,
};
use crate::selinux::{
    COLUMNS, Call, Identifier, Name, comment_text, quoted, shown_rule,
    statement::{AvRuleKind, Form, Statement},
};

/// The role of everything that is no process.
const OBJECT_ROLE: &str = "object_r";

/// How wide the name of a process may be in a remark: 15 bytes of it, each escaped at the worst.
const COMM_COLUMNS: usize = 62;

impl PolicyModule {
    /// One of the module's files, to be built with the headers of the context.
    ///
    /// The text depends on nothing else, and not on the order of the rules. What cannot be written is a remark that begins with
    /// `NOT WRITTEN`, and stands in [`Rendered::unwritable`].
    pub fn render(&self, file: SourceFile, context: &RenderContext) -> Rendered {
        match file {
            SourceFile::Te => Te::of(self, context),
            SourceFile::Fc => super::file_contexts::render(self, context),
            SourceFile::If => {
                heading_only(LineKind::Heading, &Statement::Summary(format!("Policy for {}.", self.name)))
            }
        }
    }
}

fn heading_only(kind: LineKind, statement: &Statement) -> Rendered {
    let lines = statement.lines().into_iter().map(|text| RenderedLine { text, kind, origins: Vec::new() });
    Rendered { lines: lines.collect(), unwritable: Vec::new() }
}

/// A `.te` in the making.
struct Te<'a> {
    module: &'a PolicyModule,
    context: &'a RenderContext,
    lint: Lint<'a>,
    out: Rendered,
}

/// One domain's part of the file: its rules, then its calls.
#[derive(Default)]
struct Block<'a> {
    rows: Vec<Row>,
    calls: Vec<&'a Addition>,
}

/// One line of the declarations, with the rules that it brings.
struct Declared<'a> {
    line: Result<Statement, Unwritable>,
    given: &'a [Rule],
}

impl<'a> Te<'a> {
    fn of(module: &'a PolicyModule, context: &'a RenderContext) -> Rendered {
        let lint = Lint::new(module, context);
        let mut requirements = Requirements::default();
        let mut blocks: BTreeMap<(bool, Name), Block<'a>> = BTreeMap::new();
        let is_foreign = |name: &Name| !module.domains.iter().any(|domain| domain.name.name() == name);
        for rule in module.merged_rules() {
            let (sound, unwritable) = lint.rule(&rule);
            if let Some(sound) = &sound {
                requirements.add_rule(sound);
            }
            let source = rule.vector.source.clone();
            let place = (is_foreign(&source), source);
            blocks.entry(place).or_default().rows.push(Row { rule, sound, unwritable });
        }
        for addition in module.additions.iter().filter(|addition| matches!(addition.added, Added::Call(_))) {
            let place = (is_foreign(&addition.block), addition.block.clone());
            blocks.entry(place).or_default().calls.push(addition);
        }
        let mut te = Self { module, context, lint, out: Rendered::default() };
        let declarations = te.declarations(&mut requirements);
        for block in blocks.values_mut() {
            // StyleGuide: the kernel layer's interfaces, then the system layer's, then the others, each by name.
            block.calls.sort_by_cached_key(|addition| {
                let call = addition.added.call();
                (call.map(|call| context.macros.layer(call.interface.as_str())), call.cloned())
            });
            for addition in &block.calls {
                if let Some(call) = addition.added.call().filter(|call| te.lint.call(call).is_ok()) {
                    requirements.add_needs(&addition.needs);
                    te.called(call, &mut requirements);
                }
            }
        }

        te.header();
        let requirements = requirements.lines(module, context);
        if !requirements.is_empty() {
            te.push(LineKind::Blank, &Statement::Blank);
            te.push(LineKind::Require, &Statement::Require { form: module.form, requirements });
        }
        te.declare(declarations);
        for ((foreign, source), block) in blocks {
            te.begin_block(&if foreign { source.into() } else { format!("{} local policy", String::from(source)) });
            let mut parted = block.rows.is_empty();
            te.rows(block.rows);
            for addition in block.calls {
                if !std::mem::replace(&mut parted, true) {
                    te.push(LineKind::Blank, &Statement::Blank);
                }
                te.call(addition);
            }
        }
        te.out
    }

    fn header(&mut self) {
        let PolicyModule { name, version, form, .. } = self.module;
        let header = Statement::Header { form: *form, name: name.clone(), version: version.to_string() };
        self.push(LineKind::Header, &header);
        if let Err(unwritable) = self.lint.module_name() {
            self.not_written(unwritable, &[]);
        }
    }

    /// The declarations of each domain, or the reason why there is none, then the attributes of other types.
    fn declarations(&self, requirements: &mut Requirements) -> Vec<Declared<'a>> {
        let module = self.module;
        let mut lines = Vec::new();
        let mut foreign: Vec<&Addition> =
            module.additions.iter().filter(|addition| matches!(addition.added, Added::Attribute { .. })).collect();
        for domain in &module.domains {
            let name = &domain.name;
            if let Err(unwritable) = self.lint.domain(name) {
                lines.push(Declared { line: Err(unwritable), given: &[] });
                continue;
            }
            self.making(domain, requirements, &mut lines);
            for role in domain.roles.iter().filter(|role| role.as_str() != OBJECT_ROLE) {
                let line = self.lint.role(name, role).map(|role| {
                    requirements.add_role(role.clone());
                    Statement::RoleTypes(role, name.clone())
                });
                lines.push(Declared { line, given: &[] });
            }
            let (own, others) = foreign.into_iter().partition(|addition| addition.block == *name.name());
            foreign = others;
            self.attributes(own, requirements, &mut lines);
        }
        self.attributes(foreign, requirements, &mut lines);
        lines
    }

    /// What makes the type a domain. Where the call of it cannot be written, the type is declared all the same.
    fn making(&self, domain: &'a DeclaredDomain, requirements: &mut Requirements, lines: &mut Vec<Declared<'a>>) {
        let name = &domain.name;
        let mut bare = |statement| lines.push(Declared { line: Ok(statement), given: &[] });
        let call = match &domain.making {
            Making::Plain => None,
            Making::Template(call) => Some(call),
            Making::Maker { call, executable } => {
                bare(Statement::Type(name.clone()));
                bare(Statement::Type(executable.r#type.clone()));
                Some(call)
            }
        };
        let line = call.map(|call| self.lint.call(call).map(|()| self.called(call, requirements)));
        if let (Some(call), Some(Ok(Statement::Expanded(_)))) = (call, &line) {
            bare(expanded_here(call));
        }
        if matches!(line, Some(Ok(_))) {
            requirements.add_needs(&domain.needs);
        } else {
            if !matches!(domain.making, Making::Maker { .. }) {
                bare(Statement::Type(name.clone()));
            }
            if let Some(statement) = self.membership(name, requirements) {
                bare(statement);
            }
        }
        lines.extend(line.map(|line| Declared { line, given: &domain.given }));
    }

    /// The call, or what stands for it in a form that knows none.
    fn called(&self, call: &Call, requirements: &mut Requirements) -> Statement {
        match self.context.expanded.get(call) {
            Some(Ok(expanded)) if self.module.form == Form::Module => {
                requirements.add_expanded(expanded);
                expanded.statement()
            }
            _ => Statement::Call(call.clone()),
        }
    }

    fn attributes(&self, additions: Vec<&'a Addition>, requirements: &mut Requirements, lines: &mut Vec<Declared<'a>>) {
        for addition in additions {
            let Added::Attribute { of, attribute } = &addition.added else { continue };
            let line = self.lint.attribute(of, attribute).map(|()| {
                requirements.add_attribute(attribute.clone());
                requirements.add_type(of.clone());
                Statement::TypeAttribute(of.clone(), attribute.clone())
            });
            lines.push(Declared { line, given: &addition.given });
        }
    }

    /// What makes a type a domain: refpolicy's interface, or its attribute where no interface can be called.
    fn membership(&self, name: &Identifier, requirements: &mut Requirements) -> Option<Statement> {
        match self.module.form {
            Form::PolicyModule => {
                let interface = Identifier::new("domain_type").ok()?;
                Some(Statement::Call(Call::of(interface, [name.clone()])))
            }
            Form::Module => Identifier::new(DOMAIN).ok().map(|attribute| {
                requirements.add_attribute(attribute.clone());
                Statement::TypeAttribute(name.clone(), attribute)
            }),
        }
    }

    fn declare(&mut self, declarations: Vec<Declared<'a>>) {
        if declarations.is_empty() {
            return;
        }
        self.begin_block("Declarations");
        for Declared { line, given } in declarations {
            match line {
                Ok(statement) => {
                    self.given(given);
                    self.push(LineKind::Declaration, &statement);
                }
                Err(unwritable) => self.not_written(unwritable, &[]),
            }
        }
    }

    fn call(&mut self, addition: &Addition) {
        let Some(call) = addition.added.call() else { return };
        match self.lint.call(call) {
            Ok(()) => {
                self.given(&addition.given);
                let statement = self.called(call, &mut Requirements::default());
                if matches!(statement, Statement::Expanded(_)) {
                    self.push(LineKind::Remark, &expanded_here(call));
                }
                self.push(LineKind::Call, &statement);
            }
            Err(unwritable) => self.not_written(unwritable, &[]),
        }
    }

    /// Remarks that tell which rules a line makes needless.
    fn given(&mut self, rules: &[Rule]) {
        for rule in super::merge::merged(rules) {
            let text = format!("given: {}", shown_rule(rule.kind, &rule.vector));
            self.push_with(LineKind::Remark, &Statement::Remark(text), &[origin(&rule)]);
        }
    }

    fn begin_block(&mut self, heading: &str) {
        self.push(LineKind::Blank, &Statement::Blank);
        self.push(LineKind::Heading, &Statement::Heading(heading.to_owned()));
        self.push(LineKind::Blank, &Statement::Blank);
    }

    /// The rules of one source; those that a macro of the headers says exactly, as its call, in the place of the first.
    fn rows(&mut self, rows: Vec<Row>) {
        let is_named = self.module.named_sets && self.module.form == Form::PolicyModule;
        let whole = |row: &'_ Row| row.unwritable.is_empty();
        let mut calls = if is_named {
            let rules: Vec<_> = rows.iter().map(|row| row.sound.as_ref().filter(|_| whole(row))).collect();
            self.context.sets.calls(&rules)
        } else {
            BTreeMap::new()
        };
        let called: BTreeSet<usize> = calls.values().flat_map(|(_, places)| places).copied().collect();
        let mut behind: BTreeMap<usize, Row> = BTreeMap::new();
        let mut rows: Vec<Option<Row>> = rows.into_iter().map(Some).collect();
        for place in called.iter().filter(|place| !calls.contains_key(place)) {
            if let Some(row) = rows.get_mut(*place).and_then(Option::take) {
                behind.insert(*place, row);
            }
        }
        for (place, row) in rows.into_iter().enumerate() {
            let Some(mut row) = row else { continue };
            let Some((call, places)) = calls.remove(&place) else {
                if let Some(sound) = row.sound.as_mut().filter(|_| is_named)
                    && let Some(name) = self.context.sets.set(&sound.class, &sound.permissions)
                {
                    sound.permissions = vec![name.clone()];
                }
                self.row(row);
                continue;
            };
            let mut said = vec![row.rule];
            said.extend(places.iter().filter_map(|place| behind.remove(place)).map(|row| row.rule));
            self.remarks_of(&said);
            let origins: Vec<_> = said.iter().map(origin).collect();
            self.push_with(LineKind::Allow, &Statement::Call(call), &origins);
        }
    }

    /// The same for rules that one call says; each tells its class.
    fn remarks_of(&mut self, rules: &[Rule]) {
        for rule in rules {
            if let Some(remark) = remark_text(&rule.remark) {
                let class = comment_text(rule.vector.class.as_str());
                self.push_with(LineKind::Remark, &Statement::Remark(format!("{class}: {remark}")), &[origin(rule)]);
            }
        }
        let notes = |rule: &Rule| self.module.notes.get(&rule.key()).cloned().unwrap_or_default();
        for note in rules.iter().flat_map(notes).collect::<BTreeSet<_>>() {
            self.push(LineKind::Remark, &Statement::Remark(note));
        }
    }

    /// Where a rule came from, and what is known of it.
    fn remarks(&mut self, rule: &Rule) {
        let origin = [origin(rule)];
        if let Some(remark) = remark_text(&rule.remark) {
            self.push_with(LineKind::Remark, &Statement::Remark(remark), &origin);
        }
        for note in self.module.notes.get(&rule.key()).into_iter().flatten() {
            self.push_with(LineKind::Remark, &Statement::Remark(note.clone()), &origin);
        }
    }

    fn row(&mut self, Row { rule, sound, unwritable }: Row) {
        let origin = [origin(&rule)];
        if let Some(sound) = sound {
            let kind = match sound.kind {
                AvRuleKind::Allow => LineKind::Allow,
                AvRuleKind::DontAudit => LineKind::DontAudit,
            };
            self.remarks(&rule);
            self.push_with(kind, &sound.statement(), &origin);
        }
        for unwritable in unwritable {
            self.not_written(unwritable, &origin);
        }
    }

    /// One line, or two where the statement is so long that the reason would not be seen whole.
    fn not_written(&mut self, unwritable: Unwritable, origins: &[Origin]) {
        for text in not_written_texts(&unwritable) {
            self.push_with(LineKind::NotWritten, &Statement::Remark(text), origins);
        }
        self.out.unwritable.push(unwritable);
    }

    fn push(&mut self, kind: LineKind, statement: &Statement) {
        self.push_with(kind, statement, &[]);
    }

    fn push_with(&mut self, kind: LineKind, statement: &Statement, origins: &[Origin]) {
        let lines = statement.lines().into_iter();
        self.out.lines.extend(lines.map(|text| RenderedLine { text, kind, origins: origins.to_vec() }));
    }
}

/// The remark above what stands for a call. Parentheses and commas would be escaped: remarks are written so that m4 finds nothing
/// in them.
fn expanded_here(call: &Call) -> Statement {
    Statement::Remark(format!("{} for {}", call.interface, call.argument_texts().join(" and ")))
}

/// Source, target, class.
type Origin = (Name, Name, Name);

fn origin(rule: &Rule) -> Origin {
    let vector = &rule.vector;
    (vector.source.clone(), vector.target.clone(), vector.class.clone())
}

/// The remarks in place of what could not be written.
pub(super) fn not_written_texts(unwritable: &Unwritable) -> Vec<String> {
    let line = comment_text(&format!("NOT WRITTEN: {unwritable}"));
    if line.len() + 2 <= COLUMNS {
        return vec![line];
    }
    vec![format!("NOT WRITTEN: {}", unwritable.what), format!("because {}", unwritable.reason)]
}

/// One merged rule with what of it can be written.
struct Row {
    rule: Rule,
    sound: Option<SoundRule>,
    unwritable: Vec<Unwritable>,
}

/// What a rule came from, as the audit log spells fields; nothing when nothing is known.
fn remark_text(remark: &Remark) -> Option<String> {
    let mut parts = Vec::new();
    match remark.count {
        0 => {}
        1 => parts.push("once".to_owned()),
        count => parts.push(format!("{count} times")),
    }
    parts.extend(remark.comm.as_deref().map(|comm| format!("comm={}", quoted(comm, COMM_COLUMNS))));
    if let Some(path) = &remark.path {
        // What stands before it: the comment's sign, each part with its blank, `path=`.
        let before = parts.iter().map(|part| part.len() + 1).sum::<usize>() + 7;
        parts.push(format!("path={}", quoted(path, COLUMNS.saturating_sub(before))));
    }
    (!parts.is_empty()).then(|| parts.join(" "))
}

#[cfg(test)]
mod tests;
