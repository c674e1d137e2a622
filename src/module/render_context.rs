//! What the text of a module depends on besides the module: the headers that it will be built with.

use std::collections::HashSet;

use super::ClassTable;

/// What the installed headers bring.
///
/// The default stands for a machine without headers: the kernel's classes, and no macro known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderContext {
    /// What `policy_module` requires by itself.
    pub classes: ClassTable,
    /// What m4 would expand.
    pub macros: MacroNames,
}

impl Default for RenderContext {
    fn default() -> Self {
        Self { classes: ClassTable::kernel(), macros: MacroNames::default() }
    }
}

/// The names that m4 replaces when a module is built with these headers: an identifier among them cannot be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MacroNames(HashSet<String>);

impl Default for MacroNames {
    fn default() -> Self {
        Self(MAKEFILE_NAMES.iter().map(|&name| name.to_owned()).collect())
    }
}

impl MacroNames {
    /// Adds what a header file (`.if`, `.spt`) defines at the beginning of a line.
    ///
    /// ```
    /// use seltui::module::MacroNames;
    ///
    /// let mut names = MacroNames::default();
    /// names.add_header("interface(`logging_read_all_logs',`\n\tgen_require(`\n\t')\n')\n");
    /// assert!(names.contains("logging_read_all_logs") && names.contains("enable_mcs") && names.contains("distro_redhat"));
    /// ```
    pub fn add_header(&mut self, text: &str) {
        for line in text.lines() {
            let line = line.trim_start();
            let quoted = ["define(`", "interface(`", "template(`"].iter().find_map(|head| line.strip_prefix(head));
            if let Some((name, _)) = quoted.and_then(|rest| rest.split_once('\'')) {
                self.0.insert(name.to_owned());
            }
        }
    }

    /// Whether m4 would expand this name.
    pub fn contains(&self, name: &str) -> bool {
        name.starts_with("distro_") || self.0.contains(name)
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
