//! Everything that the headers define, by name.

use std::{collections::HashMap, sync::Arc};

use super::{
    definition::{Definition, DefinitionKind, HeaderFault, HeaderProblem},
    header::{HeaderFile, HeaderKind, HeaderSet},
    m4::NameHash,
    read::{FileContents, read_file},
};

/// The place of a definition in [`Definitions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DefinitionId(pub u32);

/// The interfaces, templates and defines of all headers as they are written; nothing is expanded for it.
///
/// ```
/// use seltui::refpolicy::{DefinitionKind, Definitions, HeaderFile, HeaderKind, HeaderSet};
///
/// let text = "## <summary>Read it.</summary>\ninterface(`a_read',`\n\tallow $1 a_t:file read;\n')\n";
/// let file = HeaderFile {
///     path: "services/a.if".into(),
///     layer: "services".into(),
///     module: "a".into(),
///     kind: HeaderKind::Interfaces,
///     text: text.into(),
/// };
/// let headers = HeaderSet { interfaces: vec![file], ..HeaderSet::default() };
/// let definitions = Definitions::read(headers.into());
/// let (_, read) = definitions.get("a_read").unwrap();
/// assert_eq!((read.kind, read.line, read.parameter_count()), (DefinitionKind::Interface, 2, 1));
/// assert_eq!(definitions.text(read), text.trim_end());
/// ```
#[derive(Debug, Clone, Default)]
pub struct Definitions {
    headers: Arc<HeaderSet>,
    all: Vec<Definition>,
    by_name: HashMap<String, DefinitionId, NameHash>,
    /// By the place of the file.
    summaries: Vec<String>,
    problems: Vec<HeaderProblem>,
}

impl Definitions {
    /// Reads the headers; what is wrong in them is kept with file and line.
    pub fn read(headers: Arc<HeaderSet>) -> Self {
        let files = headers.files().enumerate().map(|(place, file)| read_file(place, file)).collect();
        Self::of(headers, files)
    }

    /// Reads one file, by its place in [`HeaderSet::files`]; several threads may each read some.
    pub fn read_file(place: usize, file: &HeaderFile) -> FileContents {
        read_file(place, file)
    }

    /// Puts together what was read of the files, in their order.
    pub fn of(headers: Arc<HeaderSet>, files: Vec<FileContents>) -> Self {
        let count = files.iter().map(|file| file.definitions.len()).sum();
        let mut definitions = Self { all: Vec::with_capacity(count), ..Self::default() };
        definitions.by_name.reserve(count);
        for FileContents { definitions: own, problems, summary } in files {
            definitions.problems.extend(problems);
            definitions.summaries.push(summary);
            for definition in own {
                definitions.add(definition);
            }
        }
        definitions.headers = headers;
        definitions
    }

    fn add(&mut self, definition: Definition) {
        let Ok(place) = u32::try_from(self.all.len()) else { return };
        if let Some(before) = self.by_name.insert(definition.name.clone(), DefinitionId(place))
            && let Some(before) = self.by_id(before)
        {
            let fault = HeaderFault::Duplicate { name: before.name.clone(), file: before.file, line: before.line };
            self.problems.push(HeaderProblem { file: definition.file, line: definition.line, fault });
        }
        self.all.push(definition);
    }

    /// The headers that they were read from.
    pub fn headers(&self) -> &Arc<HeaderSet> {
        &self.headers
    }

    /// How many there are, defines too.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether nothing is defined.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// All of them with their places: the support macros, then interfaces and templates by file and line.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (DefinitionId, &Definition)> {
        // The place fits: see `add`.
        self.all
            .iter()
            .enumerate()
            .map(|(place, definition)| (DefinitionId(u32::try_from(place).unwrap_or(u32::MAX)), definition))
    }

    /// Interfaces and templates alone.
    pub fn interfaces(&self) -> impl Iterator<Item = (DefinitionId, &Definition)> {
        self.iter().filter(|(_, definition)| definition.kind != DefinitionKind::Define)
    }

    /// What this name calls; of two definitions of one name the last, as m4 has it.
    pub fn get(&self, name: &str) -> Option<(DefinitionId, &Definition)> {
        let id = *self.by_name.get(name)?;
        Some((id, self.by_id(id)?))
    }

    /// The definition at this place.
    pub fn by_id(&self, id: DefinitionId) -> Option<&Definition> {
        self.all.get(id.0 as usize)
    }

    /// The files of interfaces, each with what it defines.
    pub(super) fn interface_files(&self) -> impl Iterator<Item = (&HeaderFile, &[Definition])> {
        let mut rest = self.all.as_slice();
        let files = self.headers.files().enumerate().map(move |(place, file)| {
            let count = rest.iter().take_while(|definition| definition.file == place).count();
            let (own, behind) = rest.split_at_checked(count).unwrap_or_default();
            rest = behind;
            (file, own)
        });
        files.filter(|(file, _)| file.kind == HeaderKind::Interfaces)
    }

    /// The file that holds it.
    pub fn file(&self, definition: &Definition) -> Option<&HeaderFile> {
        self.headers.files().nth(definition.file)
    }

    /// What the file that holds it says of itself: what the module is about.
    pub fn module_summary(&self, definition: &Definition) -> &str {
        self.summaries.get(definition.file).map_or("", String::as_str)
    }

    /// Remarks and definition as written.
    pub fn text(&self, definition: &Definition) -> &str {
        self.slice(definition, &definition.written)
    }

    /// The definition alone as written.
    pub fn definition_text(&self, definition: &Definition) -> &str {
        self.slice(definition, &definition.alone)
    }

    /// The body as written, without the quotes around it.
    pub fn body(&self, definition: &Definition) -> &str {
        self.slice(definition, &definition.body)
    }

    fn slice(&self, definition: &Definition, range: &std::ops::Range<usize>) -> &str {
        self.file(definition).and_then(|file| file.text.get(range.clone())).unwrap_or_default()
    }

    /// What is wrong in the headers, in their order.
    pub fn problems(&self) -> &[HeaderProblem] {
        &self.problems
    }

    /// A problem with the path of its file: `PATH:LINE: what is wrong`.
    pub fn problem_text(&self, problem: &HeaderProblem) -> String {
        let path = self.headers.files().nth(problem.file).map_or("", |file| &*file.path);
        format!("{path}:{}: {}", problem.line, problem.fault)
    }
}
