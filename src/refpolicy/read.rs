//! The definitions in the text of a header file.

use std::{
    ops::Range,
    sync::{Arc, LazyLock, OnceLock},
};

use memchr::memmem::Finder;

use super::{
    definition::{Definition, DefinitionKind, HeaderFault, HeaderProblem, Parameter, Told},
    documentation::{Documentation, Documented, ParameterText},
    extent::{extent, unquoted},
    header::{HeaderFile, HeaderKind},
};

/// What a file holds.
#[derive(Debug, Clone, Default)]
pub struct FileContents {
    /// In the order of the text.
    pub(super) definitions: Vec<Definition>,
    /// What could not be read.
    pub(super) problems: Vec<HeaderProblem>,
    /// The remark at the head of an interface file: what the module is about.
    pub(super) summary: String,
}

/// Reads all definitions of a file; whatever the text is, it is read to its end.
///
/// Like refpolicy's `segenxml` it takes a definition for one where a line begins with it, inside an `ifdef` too. The
/// remarks that belong to it are those since the definition before.
pub(super) fn read_file(file: usize, header: &HeaderFile) -> FileContents {
    let text: &str = &header.text;
    // A definition takes about as much text in installed headers.
    let definitions = Vec::with_capacity(text.len() / 400 + 1);
    let mut contents = FileContents { definitions, ..FileContents::default() };
    let mut lines = Lines { text, at: 0, line: 0 };
    let mut remarks: Option<Range<usize>> = None;
    // The first remark is the module's own, unless a definition follows at once.
    let mut at_head = header.kind == HeaderKind::Interfaces;
    // Whether nothing but blanks and comments was met since the last definition.
    let mut is_next = true;
    while let Some((range, line)) = lines.next() {
        let written = text.get(range.clone()).unwrap_or_default();
        if let Some(heading) = heading(written, header.kind) {
            let start = range.start + (written.len() - written.trim_start().len());
            is_next &= is_blank(text.get(range.start..start).unwrap_or_default());
            let remarks = remarks.take().map_or(start, |remarks| remarks.start);
            let place = Place { file, line, start, remarks, is_next };
            is_next = false;
            match define(header, &place, &heading) {
                Ok((definition, fault)) => {
                    contents.problems.extend(fault.map(|fault| HeaderProblem { file, line, fault }));
                    is_next = is_blank(lines.go_to(definition.alone.end));
                    contents.definitions.push(definition);
                }
                Err(fault) => contents.problems.push(HeaderProblem { file, line, fault }),
            }
            at_head = false;
            continue;
        }
        is_next = is_next && (is_blank(written) || is_comment(written));
        if is_remark(written) {
            if at_head && !is_element(written) {
                // What is no element stands before the module's own remark, or ends it.
                let Some(own) = remarks.take() else { continue };
                contents.summary = summary(text, Some(own));
                at_head = false;
            }
            remarks.get_or_insert(range.start..range.end).end = range.end;
            if !at_head && let Some(end) = lines.skip_remarks() {
                remarks.get_or_insert(range.start..end).end = end;
            }
        } else if let Some(own) = remarks.take() {
            if at_head {
                contents.summary = summary(text, Some(own));
                at_head = false;
            } else if header.kind == HeaderKind::Interfaces && !declares_boolean(written) {
                remarks = Some(own);
            }
        }
    }
    contents
}

/// Whether a line begins a definition in its first column.
fn begins_definition(rest: &str, kind: HeaderKind) -> bool {
    if !may_begin_definition(rest) {
        return false;
    }
    let begins = |kind: DefinitionKind| rest.strip_prefix(kind.word()).is_some_and(|rest| rest.starts_with("(`"));
    match kind {
        HeaderKind::Interfaces => begins(DefinitionKind::Interface) || begins(DefinitionKind::Template),
        HeaderKind::Support => begins(DefinitionKind::Define),
    }
}

/// Whether the first letter is that of a definition's word.
fn may_begin_definition(text: &str) -> bool {
    matches!(text.as_bytes().first(), Some(b'i' | b't' | b'd'))
}

fn summary(text: &str, remarks: Option<Range<usize>>) -> String {
    Documentation::parse(remarks.and_then(|range| text.get(range)).unwrap_or_default()).summary
}

/// The lines of a text, numbered from 1.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl Lines<'_> {
    fn next(&mut self) -> Option<(Range<usize>, u32)> {
        let rest = self.text.as_bytes().get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let range = self.at..self.at + length;
        self.at = (range.end + 1).min(self.text.len());
        self.line = self.line.saturating_add(1);
        Some((range, self.line))
    }

    /// Goes on behind this byte, with the line after the one that it is in; gives what is left of that one.
    fn go_to(&mut self, end: usize) -> &str {
        let text = self.text;
        if let Some(between) = text.as_bytes().get(self.at..end) {
            let lines = memchr::memchr_iter(b'\n', between).count();
            self.line = self.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
            let last = memchr::memrchr(b'\n', between).map_or(self.at, |newline| self.at + newline + 1);
            self.at = last;
            if last < end {
                self.next();
            }
        }
        text.get(end..self.at).unwrap_or_default()
    }

    /// Passes over the lines that begin with `#`; gives the end of the last one, if there is one.
    fn skip_remarks(&mut self) -> Option<usize> {
        let mut end = None;
        while self.text.as_bytes().get(self.at) == Some(&b'#') {
            end = self.next().map(|(range, _)| range.end);
        }
        end
    }
}

/// Where a definition begins.
struct Place {
    file: usize,
    line: u32,
    start: usize,
    remarks: usize,
    is_next: bool,
}

/// The beginning of a definition.
struct Heading {
    kind: DefinitionKind,
    /// Bytes from the first letter to behind the parenthesis.
    length: usize,
}

fn heading(line: &str, kind: HeaderKind) -> Option<Heading> {
    let kinds: &[DefinitionKind] = match kind {
        HeaderKind::Interfaces => &[DefinitionKind::Interface, DefinitionKind::Template],
        HeaderKind::Support => &[DefinitionKind::Define],
    };
    // Support macros define macros when they run; their text is indented.
    let line = if kind == HeaderKind::Interfaces { trimmed_start(line) } else { line };
    if !may_begin_definition(line) {
        return None;
    }
    kinds.iter().find_map(|kind| {
        let rest = line.strip_prefix(kind.word())?.strip_prefix('(')?;
        let named = rest.trim_start().starts_with('`');
        named.then(|| Heading { kind: *kind, length: kind.word().len() + 1 })
    })
}

fn is_remark(line: &str) -> bool {
    trimmed_start(line).starts_with('#')
}

/// How many ends of lines there are.
fn newlines(text: &str, range: Range<usize>) -> u32 {
    let text = text.as_bytes().get(range).unwrap_or_default();
    u32::try_from(memchr::memchr_iter(b'\n', text).count()).unwrap_or(u32::MAX)
}

/// Nothing but what m4 takes for blanks.
fn is_blank(text: &str) -> bool {
    text.trim_ascii().is_empty()
}

/// A comment of m4's, all of the line.
fn is_comment(line: &str) -> bool {
    line.trim_ascii_start().starts_with('#')
}

/// Without the blanks at its beginning; most lines have no other than a tab.
fn trimmed_start(line: &str) -> &str {
    match line.as_bytes().first() {
        Some(b'!'..=b'~') => line,
        _ => line.trim_start(),
    }
}

/// Two `#` and a blank: segenxml's comment.
fn is_element(line: &str) -> bool {
    trimmed_start(line).strip_prefix("##").is_some_and(|rest| rest.starts_with([' ', '\t']))
}

fn declares_boolean(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("gen_tunable(") || line.starts_with("gen_bool(")
}

fn define(
    header: &HeaderFile,
    place: &Place,
    heading: &Heading,
) -> Result<(Definition, Option<HeaderFault>), HeaderFault> {
    let text: &str = &header.text;
    let open = place.start + heading.length;
    let is_next = |rest: &str| begins_definition(rest, header.kind);
    let early_name = name_at(text, open).ok_or(HeaderFault::NoName)?;
    let extent = extent(text, open, is_next).map_err(|_| HeaderFault::Unclosed(early_name.to_owned()))?;
    let [name, body, ..] = extent.arguments.as_slice() else {
        return Err(HeaderFault::Unquoted(early_name.to_owned()));
    };
    let name = unquoted(text, name).and_then(|range| text.get(range)).filter(|name| is_word(name));
    let name = name.ok_or(HeaderFault::NoName)?.to_owned();
    let quoted = unquoted(text, body);
    let in_parts = quoted.is_none() && text.get(body.clone()).is_some_and(|body| body.contains(['`', '\'']));
    let fault = in_parts.then(|| HeaderFault::Unquoted(name.clone()));
    let body = quoted.unwrap_or_else(|| body.clone());
    let mut definition = Definition {
        kind: heading.kind,
        file: place.file,
        line: place.line,
        deprecated: false,
        written: place.remarks..extent.end,
        alone: place.start..extent.end,
        is_next: place.is_next,
        lines_before: newlines(text, place.start..body.start),
        lines: newlines(text, body.clone()),
        body,
        name,
        header: Arc::clone(&header.text),
        count: 0,
        optional: Vec::new(),
        told: OnceLock::new(),
    };
    definition.count_parameters();
    definition.deprecated = definition.is_said_deprecated();
    Ok((definition, fault))
}

fn name_at(text: &str, open: usize) -> Option<&str> {
    let quoted = text.get(open..)?.trim_start().strip_prefix('`')?;
    let name = quoted.split(['\'', '`', '\n']).next()?;
    is_word(name).then_some(name)
}

/// What m4 takes for the name of a macro.
fn is_word(name: &str) -> bool {
    let first = name.bytes().next();
    first.is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

impl Definition {
    fn text(&self, range: Range<usize>) -> &str {
        self.header.get(range).unwrap_or_default()
    }

    fn remarks(&self) -> &str {
        self.text(self.written.start..self.alone.start)
    }

    /// What the remarks say.
    pub(super) fn read_remarks(&self) -> Told {
        let documentation = match self.kind {
            DefinitionKind::Define => plain_documentation(self.remarks()),
            DefinitionKind::Interface | DefinitionKind::Template => Documentation::parse(self.remarks()),
        };
        let parameters = parameters(&documentation, &Used::of(self.text(self.body.clone())));
        Told { documentation, parameters }
    }

    fn count_parameters(&mut self) {
        if self.kind == DefinitionKind::Define {
            self.count = self.parameters().len();
            return;
        }
        let documented = Documented::of(self.remarks());
        self.count = documented.count.max(Used::of(self.text(self.body.clone())).count);
        self.optional = documented.optional;
    }

    /// Whether it is deprecated by its summary, or by a warning that it writes.
    fn is_said_deprecated(&self) -> bool {
        static WORD: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"eprecated"));
        static WARNING: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"refpolicywarn("));
        let says_so = |text: &str| WORD.find(text.as_bytes()).is_some();
        let body = self.text(self.body.clone());
        let is_warned_of = || WARNING.find(body.as_bytes()).is_some() && says_so(body);
        says_so(self.remarks()) && says_so(&self.documentation().summary) || is_warned_of()
    }
}

/// Which parameters a body names.
#[derive(Default)]
struct Used {
    /// How many there are, with those before the last one.
    count: usize,
    /// By place, a bit for each; the first is the lowest.
    numbers: u128,
    /// `$*` or `$@`: all of them.
    all: bool,
}

impl Used {
    /// No header has more parameters; a larger number is some other text.
    const MOST: usize = 99;

    fn of(body: &str) -> Self {
        let mut used = Self::default();
        for at in memchr::memchr_iter(b'$', body.as_bytes()) {
            let rest = body.get(at + 1..).unwrap_or_default();
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            match rest.get(..digits).unwrap_or_default().parse::<usize>() {
                Ok(number @ 1..=Self::MOST) => {
                    used.count = used.count.max(number);
                    used.numbers |= 1 << (number - 1);
                }
                Ok(_) => {}
                Err(_) => used.all |= rest.starts_with(['*', '@']),
            }
        }
        used
    }

    fn names(&self, place: usize) -> bool {
        self.all || place < Self::MOST && self.numbers & (1 << place) != 0
    }
}

fn parameters(documentation: &Documentation, used: &Used) -> Vec<Parameter> {
    let count = documentation.parameters.len().max(used.count);
    let empty = ParameterText::default();
    let parameter = |place: usize| {
        let text = documentation.parameters.get(place).unwrap_or(&empty);
        let unused = !used.names(place);
        Parameter { name: text.name.clone(), summary: text.summary.clone(), optional: text.optional, unused }
    };
    (0..count).map(parameter).collect()
}

/// The remark before a define: words, and `1. source domain` for a parameter.
fn plain_documentation(remarks: &str) -> Documentation {
    let mut documentation = Documentation::default();
    let mut summary: Vec<&str> = Vec::new();
    for line in remarks.lines() {
        let line = line.trim_start().trim_start_matches('#').trim();
        let number =
            line.split_once(['.', ')']).and_then(|(number, rest)| Some((number.parse::<usize>().ok()?, rest.trim())));
        match number {
            Some((number, text)) if number == documentation.parameters.len() + 1 => {
                documentation.parameters.push(ParameterText { summary: text.to_owned(), ..ParameterText::default() });
            }
            _ if line.is_empty() || line.trim_end_matches(':').eq_ignore_ascii_case("parameters") => {}
            _ => match documentation.parameters.last_mut() {
                Some(parameter) => {
                    parameter.summary.push(' ');
                    parameter.summary.push_str(line);
                }
                None => summary.push(line),
            },
        }
    }
    documentation.summary = summary.join(" ");
    documentation
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(kind: HeaderKind, text: &str) -> HeaderFile {
        HeaderFile {
            path: "services/x.if".into(),
            layer: "services".into(),
            module: "x".into(),
            kind,
            text: text.into(),
        }
    }

    fn read(text: &str) -> FileContents {
        read_file(0, &file(HeaderKind::Interfaces, text))
    }

    /// Name, line, body, summary of each definition.
    fn told(text: &str) -> Vec<(String, u32, &str, String)> {
        let definitions = read(text).definitions.into_iter();
        definitions
            .map(|d| {
                let summary = d.documentation().summary.clone();
                (d.name, d.line, text.get(d.body).unwrap(), summary)
            })
            .collect()
    }

    #[test]
    fn remarks_belong_to_what_follows() {
        let text = "\
# A licence.

## <summary>The module.</summary>

########################################
## <summary>First.</summary>
#
interface(`a_first',`
	# (not a call
	allow $1 a_t:file read;
')

ifdef(`distro_x',`
## <summary>Second.</summary>
interface(`a_second',` one ')
')
## <summary>A boolean.</summary>
gen_tunable(b, false)
template(`a_third', `
	`inner' ')";
        let third = "\n\t`inner' ";
        assert_eq!(read(text).summary, "The module.");
        assert_eq!(
            told(text),
            [
                ("a_first".to_owned(), 8, "\n\t# (not a call\n\tallow $1 a_t:file read;\n", "First.".to_owned()),
                ("a_second".to_owned(), 15, " one ", "Second.".to_owned()),
                ("a_third".to_owned(), 19, third, String::new()),
            ]
        );
    }

    #[test]
    fn a_fault_costs_one_definition_and_names_its_line() {
        for (text, names, faults) in [
            (
                "interface(`a',`\n\tit`s\n')\ninterface(`b',`x')\n",
                &["b"][..],
                &[(1, HeaderFault::Unclosed("a".to_owned()))][..],
            ),
            (
                "interface(`a',`\n\t# don't\n\tallow $1 b:c d;\n')\ninterface(`b',`x')\n",
                &["a", "b"],
                &[(1, HeaderFault::Unquoted("a".to_owned()))],
            ),
            ("\n\ntemplate(`a',`x'\n", &[], &[(3, HeaderFault::Unclosed("a".to_owned()))]),
            (
                "interface(`',`x')\ninterface(`a b',`x')\ninterface(`c',`')",
                &["c"],
                &[(1, HeaderFault::NoName), (2, HeaderFault::NoName)],
            ),
            ("interface(`a')\ninterface(`b',`x')", &["b"], &[(1, HeaderFault::Unquoted("a".to_owned()))]),
            ("interface(`a", &[], &[(1, HeaderFault::Unclosed("a".to_owned()))]),
            ("# interface(`a',`x')\n#interface(`b',`x')\nmy_interface(`c',`x')\ninterface(d,x)", &[], &[]),
        ] {
            let contents = read(text);
            assert_eq!(contents.definitions.iter().map(|d| d.name.as_str()).collect::<Vec<_>>(), names, "{text}");
            let found: Vec<_> = contents.problems.into_iter().map(|problem| (problem.line, problem.fault)).collect();
            assert_eq!(found, faults, "{text}");
        }
    }

    #[test]
    fn parameters_are_the_documented_and_the_used() {
        let text = "\
## <summary>x</summary>
## <param name=\"domain\"><summary>Domain.</summary></param>
## <param name=\"old\"><summary>Old.</summary></param>
interface(`a',`
	allow $1 $3_t:file $10;
	refpolicywarn(`$0($*) has been deprecated')
')
interface(`b',`
	a($1, $2)
')
";
        let definitions = read(text).definitions;
        let all: Vec<_> = definitions[0].parameters().iter().map(|p| (p.name.as_str(), p.unused)).collect();
        assert_eq!(all.len(), 10);
        assert_eq!(all[..3], [("domain", false), ("old", false), ("", false)]);
        assert!(definitions[0].deprecated && !definitions[1].deprecated);
        assert_eq!(definitions[1].parameter_count(), 2);
    }

    #[test]
    fn defines_are_read_with_the_remark_before_them() {
        let text = "\
########################################
#
# Macros
#

#
# Domain transition
# with feedback
#
# Parameters:
# 1. source domain
# 2. entry point
#    file
#
define(`x_pattern',`
	allow $1 $2:file x_perms;
	define(`inner',`y')
')
define(`x_perms',`{ read }')
define(`depth',0)
";
        let file = file(HeaderKind::Support, text);
        let contents = read_file(3, &file);
        assert_eq!(contents.problems, []);
        let told: Vec<_> = contents
            .definitions
            .iter()
            .map(|d| (d.name.as_str(), d.line, d.documentation().summary.as_str()))
            .collect();
        assert_eq!(
            told,
            [("x_pattern", 15, "Domain transition with feedback"), ("x_perms", 19, ""), ("depth", 20, "")]
        );
        let parameters: Vec<_> = contents.definitions[0].parameters().iter().map(|p| p.summary.as_str()).collect();
        assert_eq!(parameters, ["source domain", "entry point file"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_to_its_end(text in "(interface\\(`|template\\(`|define\\(`|## <param name=\"|['`(),#\n\r$*1ab \u{e9}<>/&;]|</?summary>){0,80}") {
            for kind in [HeaderKind::Interfaces, HeaderKind::Support] {
                let contents = read_file(0, &file(kind, &text));
                let lines = u32::try_from(text.split('\n').count()).unwrap();
                let mut last = 0;
                for definition in contents.definitions {
                    prop_assert!(definition.line > last && definition.line <= lines);
                    last = definition.line;
                    prop_assert!(text.get(definition.written).is_some() && text.get(definition.body).is_some());
                }
                prop_assert!(contents.problems.iter().all(|problem| (1..=lines).contains(&problem.line)));
            }
        }
    }
}
