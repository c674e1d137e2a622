//! What the text of a module depends on besides the module: the headers that it will be built with.

use std::collections::{BTreeMap, HashMap};

use super::{ClassTable, ExpandedCall, NamedSets, PolicyModule};
use crate::{
    refpolicy::{Expander, HeaderSet},
    selinux::{Call, statement::Form},
};

/// What the installed headers bring.
///
/// The default stands for a machine without headers: the kernel's classes, and no macro known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderContext {
    /// What `policy_module` requires by itself.
    pub classes: ClassTable,
    /// What m4 would expand.
    pub macros: MacroNames,
    /// Names for permissions, and for rules that belong together.
    pub sets: NamedSets,
    /// For the `module` form: what stands for each call, or why nothing can. A call that is not here was not expanded.
    pub expanded: BTreeMap<Call, Result<ExpandedCall, String>>,
}

impl Default for RenderContext {
    fn default() -> Self {
        Self {
            classes: ClassTable::kernel(),
            macros: MacroNames::default(),
            sets: NamedSets::default(),
            expanded: BTreeMap::new(),
        }
    }
}

impl RenderContext {
    /// What these headers bring.
    pub fn of(headers: &HeaderSet) -> Self {
        let mut context = Self { sets: NamedSets::of(headers), ..Self::default() };
        if let Some(file) = headers.support.iter().find(|file| &*file.module == "all_perms") {
            context.classes = ClassTable::from_all_perms(&file.text);
        }
        for file in headers.files() {
            context.macros.add_header(Layer::of_folder(&file.layer), &file.text);
        }
        context
    }

    /// Expands the calls of a module in the `module` form, which no m4 reads.
    #[must_use]
    pub fn with_calls_of(mut self, module: &PolicyModule, headers: &HeaderSet) -> Self {
        if module.form != Form::Module {
            return self;
        }
        let mut expander = Expander::new(headers);
        for call in module.calls() {
            let written = ExpandedCall::of(&mut expander, call, &self.classes);
            self.expanded.insert(call.clone(), written);
        }
        self
    }
}

/// The names that m4 replaces when a module is built with these headers: an identifier among them cannot be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MacroNames {
    /// Each name with the layer of its file.
    names: HashMap<String, Layer>,
    /// Whether a header was added: then what is not here is defined nowhere.
    complete: bool,
}

/// Where refpolicy's StyleGuide puts the calls of a file's interfaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// The folder `kernel`.
    Kernel,
    /// The folder `system`.
    System,
    /// Any other.
    Other,
}

impl Layer {
    /// The layer of files in a folder of this name.
    pub fn of_folder(name: &str) -> Self {
        match name {
            "kernel" => Self::Kernel,
            "system" => Self::System,
            _ => Self::Other,
        }
    }
}

impl Default for MacroNames {
    fn default() -> Self {
        let names = MAKEFILE_NAMES.iter().map(|&name| (name.to_owned(), Layer::Other)).collect();
        Self { names, complete: false }
    }
}

impl MacroNames {
    /// Adds what a header file (`.if`, `.spt`) of a layer defines at the beginning of a line.
    ///
    /// ```
    /// use seltui::module::{Layer, MacroNames};
    ///
    /// let mut names = MacroNames::default();
    /// names.add_header(Layer::System, "interface(`logging_read_all_logs',`\n\tgen_require(`\n\t')\n')\n");
    /// assert!(names.contains("logging_read_all_logs") && names.contains("enable_mcs") && names.contains("distro_redhat"));
    /// ```
    pub fn add_header(&mut self, layer: Layer, text: &str) {
        self.complete = true;
        for line in text.lines() {
            let line = line.trim_start();
            let quoted = ["define(`", "interface(`", "template(`"].iter().find_map(|head| line.strip_prefix(head));
            if let Some((name, _)) = quoted.and_then(|rest| rest.split_once('\'')) {
                self.names.insert(name.to_owned(), layer);
            }
        }
    }

    /// Whether m4 would expand this name.
    pub fn contains(&self, name: &str) -> bool {
        name.starts_with("distro_") || self.names.contains_key(name)
    }

    /// Whether no header that was read defines this name; false while none was read.
    pub fn lacks(&self, name: &str) -> bool {
        self.complete && !self.names.contains_key(name)
    }

    /// The layer of the file that defines this name, the last one where none does.
    pub fn layer(&self, name: &str) -> Layer {
        self.names.get(name).copied().unwrap_or(Layer::Other)
    }
}

/// What the headers' Makefile defines on m4's command line; the distribution's `distro_…` comes with its name.
const MAKEFILE_NAMES: &[&str] = &[
    "direct_sysadm_daemon",
    "enable_mcs",
    "enable_mls",
    "enable_ubac",
    "hide_broken_symptoms",
    "init_systemd",
    "mcs_num_cats",
    "mls_num_cats",
    "mls_num_sens",
];
