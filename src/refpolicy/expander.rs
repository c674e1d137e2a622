//! From a call to its statements: what the devel Makefile has m4 do, in process.

use std::sync::Arc;

use super::{
    Call, CallId, CallKind, Definitions, Expansion, HeaderFile, HeaderSet, Problem, ProblemKind, StatementId,
    contents::Contents,
    declaring::{Second, Shapes},
    m4::{Called, Definition, Limits, Location, NO_CALL, Processor, Stop, Syntax},
    reader::Reader,
};
use crate::selinux::Name;

/// The name of the text that is expanded, as a problem shows it.
const OWN_TEXT: &str = "expansion";

/// A definition of an interface or a template, where m4 met it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// Its name.
    pub name: Name,
    /// Interface or template.
    pub kind: CallKind,
    /// The header's path as it is shown.
    pub file: Arc<str>,
    /// The line of `interface(` or `template(`.
    pub line: u32,
}

/// Headers that were read, ready to expand calls.
///
/// Reading them is what the Makefile does: m4 turns support macros and interfaces into definitions
/// (`all_interfaces.conf`), sed puts `$*` for `dollarsstar`, and a second m4, which is given the definitions of
/// `build.conf`, reads the support macros again and then these. Each expansion begins with what is defined then and leaves
/// it so: an interface that defines a macro does so for its own expansion alone, where m4 would keep it for what
/// follows.
///
/// A name that is defined twice is the last definition's, as in m4 (the Makefile's `iferror.m4` ends m4 with status 1, but
/// only behind the last header, and no one looks at it); [`problems`](Self::problems) says where the first one is. A header
/// that ends within a quotation or a call ends m4, so that all that follows is missing; here the other headers are read
/// nevertheless, and the problem names the line.
///
/// ```
/// use seltui::refpolicy::{Expander, HeaderFile, HeaderKind, HeaderSet};
///
/// let file = |kind, path: &str, text: &str| HeaderFile {
///     path: path.into(),
///     layer: "kernel".into(),
///     module: "files".into(),
///     kind,
///     text: text.into(),
/// };
/// let support = "define(`interface',``define(`$1',`$2')'')define(`r_perms',`{ read open }')";
/// let headers = HeaderSet {
///     support: vec![file(HeaderKind::Support, "support/a.spt", support)],
///     interfaces: vec![file(
///         HeaderKind::Interfaces,
///         "kernel/files.if",
///         "interface(`files_read',`allow $1 etc_t:file r_perms;')",
///     )],
///     definitions: vec![],
/// };
/// let mut expander = Expander::new(&headers);
/// let expansion = expander.expand("files_read", &["cat_t"]);
/// assert_eq!(expansion.statements[0].statement.text(), "allow cat_t etc_t:file { read open };");
/// assert_eq!(expansion.calls[0].name.as_str(), "files_read");
/// ```
#[derive(Debug, Clone)]
pub struct Expander {
    m4: Processor,
    reader: Reader,
    declared: Arc<Vec<Declaration>>,
    problems: Vec<Problem>,
    /// The signs of quotations and comments behind the headers.
    syntax: Syntax,
    /// Text that the headers gave to `m4wrap`.
    wrapped: Vec<(Vec<u8>, Location)>,
}

/// The support macros, as both runs of m4 have read them.
#[derive(Debug)]
pub struct SupportMacros {
    first: Processor,
    second: Processor,
}

impl SupportMacros {
    /// Reads them.
    pub fn read(headers: &HeaderSet) -> Self {
        Self::with_limits(headers, Limits::HEADERS)
    }

    fn with_limits(headers: &HeaderSet, limits: Limits) -> Self {
        Self { first: first_with_support(headers, limits), second: second_with_support(headers, limits) }
    }
}

impl Expander {
    /// Reads the headers.
    pub fn new(headers: &HeaderSet) -> Self {
        Self::of(&Definitions::read(Arc::new(headers.clone())))
    }

    /// The same where it is known what they define.
    pub fn of(definitions: &Definitions) -> Self {
        Self::with_support(SupportMacros::read(definitions.headers()), definitions)
    }

    /// The same where the support macros were read before.
    pub fn with_support(support: SupportMacros, definitions: &Definitions) -> Self {
        Self::made(support, definitions, Limits::HEADERS, Limits::CALL)
    }

    /// The same with other limits: those of reading all headers, and those of each expansion afterwards.
    pub fn with_limits(definitions: &Definitions, reading: Limits, calling: Limits) -> Self {
        Self::made(SupportMacros::with_limits(definitions.headers(), reading), definitions, reading, calling)
    }

    fn made(support: SupportMacros, definitions: &Definitions, reading: Limits, calling: Limits) -> Self {
        let headers = definitions.headers();
        let SupportMacros { mut first, second: mut m4 } = support;
        let shapes = Shapes::learn(&mut first, &mut m4);
        let done = all_interfaces(definitions, first, &mut m4, Some(shapes));
        let (declared, mut problems) = done.unwrap_or_else(|| {
            // Some text goes on in what is defined behind it: m4 has to read all of it as one.
            let SupportMacros { first, second } = SupportMacros::with_limits(headers, reading);
            m4 = second;
            all_interfaces(definitions, first, &mut m4, None).unwrap_or_default()
        });
        // The same files gave the same problems before, and interfaces print what they have to say when they are called.
        problems.extend(
            m4.problems.drain(..).filter(|problem| !headers.support.iter().any(|file| file.path == problem.file)),
        );
        for declaration in &declared {
            m4.symbols.set_kind(declaration.name.as_str().as_bytes(), declaration.kind);
        }
        m4.limits = calling;
        // What the headers call while they are read is in no expansion.
        m4.calls.clear();
        m4.syntax.is_changed = false;
        let (syntax, wrapped) = (m4.syntax.clone(), std::mem::take(&mut m4.wrapped));
        Self { m4, reader: Reader::default(), declared: Arc::new(declared), problems, syntax, wrapped }
    }

    /// What went wrong while the headers were read, and which names are defined twice.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Every definition by `interface` or `template`, in the order that m4 met them; of two of one name the last counts.
    pub fn declared(&self) -> &[Declaration] {
        &self.declared
    }

    /// Whether m4 knows a macro of this name, be it an interface, a macro of the support files or m4's own.
    pub fn defines(&self, name: &str) -> bool {
        self.m4.symbols.lookup(name.as_bytes()).is_some()
    }

    /// Expands a call as it would stand in a `.te`.
    ///
    /// The arguments are texts as a person writes them: macros in them are expanded, `{ a b }` is one argument. With `$1`,
    /// `$2`, … the result is in terms of the interface's own parameters.
    pub fn expand(&mut self, name: &str, arguments: &[&str]) -> Expansion {
        let mut text = format!("{name}(");
        for (number, argument) in arguments.iter().enumerate() {
            if number > 0 {
                text.push(',');
            }
            text.push_str(argument);
        }
        text.push_str(")\n");
        self.expand_text(&text)
    }

    /// From here on what a call brings is remembered for whatever calls it in its turn, where
    /// [`Contents::expanded`] asks; every other expansion is made from the text. Clones know what any of them knows.
    pub fn remember(&mut self) {
        self.m4.remember(self.declared.len());
    }

    /// What [`expand`](Self::expand) gives with `$1` up to `$count`, put together from what is known; `None` where only the
    /// text can tell.
    pub(super) fn recorded(&mut self, name: &str, count: usize) -> Option<Arc<Contents>> {
        // What headers gave to m4wrap comes after every expansion.
        if !self.wrapped.is_empty() {
            return None;
        }
        // What is called with nothing is called with one empty argument.
        let brief = self.m4.brief(name.as_bytes(), count.max(1))?;
        let contents = brief.recorded.contents();
        if count > 0 {
            return Some(Arc::clone(contents));
        }
        let is_alone = !brief.recorded.takes_arguments();
        is_alone.then(|| Arc::new(Contents { parameters: Vec::new(), ..Contents::clone(contents) }))
    }

    /// Expands any text of a `.te`.
    pub fn expand_text(&mut self, text: &str) -> Expansion {
        self.run(text);
        let output = self.m4.output.take();
        let (mut statements, offsets) = self.reader.read(&output.text, &output.marks);
        let calls = self.calls(&offsets, &mut statements);
        let problems = self.problems_said();
        self.end();
        self.m4.calls.clear();
        Expansion { statements, calls, problems }
    }

    /// What m4 writes for a text of a `.te`, blanks and comments included, and what it says.
    pub fn expanded_text(&mut self, text: &str) -> (String, Vec<Problem>) {
        self.run(text);
        let output = self.m4.output.take();
        let problems = self.problems_said();
        self.end();
        self.m4.calls.clear();
        (String::from_utf8_lossy(&output.text).into_owned(), problems)
    }

    /// What m4 said, errors with the place of the header that they come from: the text that was expanded is nobody's file.
    fn problems_said(&mut self) -> Vec<Problem> {
        let place = |mut problem: Problem| {
            let own = |name: &Name| self.declared.iter().rfind(|own| own.name == *name);
            let is_of_header = problem.kind >= ProblemKind::Error && &*problem.file == OWN_TEXT;
            if let Some(own) = problem.within.as_ref().and_then(own).filter(|_| is_of_header) {
                (problem.file, problem.line) = (Arc::clone(&own.file), own.line);
            }
            problem
        };
        self.m4.problems.drain(..).map(place).collect()
    }

    fn run(&mut self, text: &str) {
        let m4 = &mut self.m4;
        m4.symbols.keep();
        (m4.steps, m4.bytes) = (0, 0);
        m4.output.clear();
        m4.wrapped.clone_from(&self.wrapped);
        // Where it was stopped is among the problems.
        let done = m4.read(Arc::from(text.as_bytes()), &Arc::from(OWN_TEXT));
        let _ = done.and_then(|()| m4.finish());
    }

    /// Leaves the macros as they were.
    fn end(&mut self) {
        self.m4.symbols.take_back();
        if self.m4.syntax.is_changed {
            self.m4.syntax = self.syntax.clone();
        }
    }

    fn calls(&mut self, offsets: &[usize], statements: &mut [super::Placed]) -> Vec<Call> {
        let number = |place: usize| StatementId(u32::try_from(place).unwrap_or(u32::MAX));
        let mut calls = Vec::with_capacity(self.m4.calls.len());
        let called = std::mem::take(&mut self.m4.calls);
        for Called { place, kind, arguments, parent, depth, begin } in &called {
            let first = number(offsets.partition_point(|offset| offset < begin));
            let given = (1..arguments.count()).map(|at| self.reader.names.name(arguments.get(at))).collect();
            calls.push(Call {
                name: self.reader.names.name(&self.m4.symbols.name(*place)),
                kind: *kind,
                arguments: given,
                parent: (*parent != NO_CALL).then_some(CallId(*parent)),
                depth: *depth,
                first,
                end: first,
            });
        }
        // A call goes from its first statement to its last, through whatever calls below it they came.
        for (placed, own) in statements.iter().zip(0..) {
            let mut at = placed.call;
            while let Some(call) = at.and_then(|id| calls.get_mut(id.0 as usize)) {
                call.first = call.first.min(StatementId(own));
                call.end = StatementId(own + 1);
                at = call.parent;
            }
        }
        for call in &mut calls {
            call.end = call.end.max(call.first);
        }
        calls
    }
}

fn read(m4: &mut Processor, file: &HeaderFile) -> Result<(), Stop> {
    m4.read(Arc::clone(&file.text).into(), &file.path)
}

/// The second m4 before it reads interfaces.
fn second_with_support(headers: &HeaderSet, limits: Limits) -> Processor {
    let mut m4 = Processor::new(limits);
    for (name, value) in &headers.definitions {
        m4.symbols.define(name.as_bytes(), Definition::Text(Arc::from(value.as_bytes())));
    }
    m4.output.divert(-1);
    for file in &headers.support {
        m4.defines_patterns = file.module.ends_with("_patterns");
        // What went wrong is among the problems; the Makefile's m4 reads all files as one.
        let _ = read(&mut m4, file);
    }
    m4.defines_patterns = false;
    m4.output.divert(-1);
    m4
}

/// The first m4 before it reads interfaces.
fn first_with_support(headers: &HeaderSet, limits: Limits) -> Processor {
    let mut m4 = Processor::new(limits);
    for file in &headers.support {
        let _ = read(&mut m4, file);
    }
    m4
}

/// Has both runs of m4 read the headers; where these shapes are given, neither of them reads what has one. Gives what is declared
/// and what went wrong; `None` where shapes were given and the second one did not come to an end.
fn all_interfaces(
    known: &Definitions,
    mut first: Processor,
    second: &mut Processor,
    mut shapes: Option<Shapes>,
) -> Option<(Vec<Declaration>, Vec<Problem>)> {
    let count = known.len();
    first.declared = Some(Vec::with_capacity(count));
    second.symbols.reserve(count);
    let mut second = Second::new(second);
    for (file, definitions) in known.interface_files() {
        let is_well = if let Some(shapes) = &mut shapes {
            shapes.read(&mut first, &mut second, file, definitions)
        } else {
            // What went wrong is among its problems.
            let _ = read(&mut first, file);
            true
        };
        if !is_well {
            return None;
        }
    }
    let _ = first.finish();
    if !second.read(first.output.written()) && shapes.is_some() {
        return None;
    }
    let declared = first.declared.take().unwrap_or_default();
    let declared = declared.into_iter().map(|own| Declaration {
        name: own.name,
        kind: own.kind,
        file: first.files.get(own.location.file as usize).cloned().unwrap_or_default(),
        line: own.location.line,
    });
    Some((declared.collect(), first.problems))
}
