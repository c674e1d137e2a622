//! The files that carry a module to another machine.

use super::{export::ExportFile, log::RawTexts};
use crate::{
    audit::RawText,
    export::{Bundle, EVIDENCE, INSTALL_SCRIPT, Proof, README, evidence, opens_of_rules},
    module::{PolicyModule, RenderContext, SourceFile, Unwritable},
};

/// The names of all files of a bundle.
pub fn names(module: &PolicyModule) -> Vec<String> {
    let sources = SourceFile::ALL.map(|file| format!("{}.{}", module.name, file.extension()));
    let others = [package_name(module), EVIDENCE.to_owned(), README.to_owned(), INSTALL_SCRIPT.to_owned()];
    sources.into_iter().chain(others).collect()
}

/// The files of a bundle, from a package that is built. The records are read again from `texts` where they are not in the
/// proofs; the same module, package and records give the same bytes.
pub fn files(
    module: &PolicyModule,
    context: &RenderContext,
    package: Vec<u8>,
    proofs: &[Proof],
    texts: &RawTexts,
) -> Vec<ExportFile> {
    let (mut files, unwritable) = ExportFile::sources_of(module, context);
    let bundle = Bundle {
        name: &module.name,
        version: module.version,
        package: &package,
        opens: opens_of_rules(module),
        notes: notes(module, &unwritable),
    };
    let text = |text: &RawText| match text {
        RawText::Here(text) => Some(text.as_bytes().to_vec()),
        RawText::At(spot) => texts.read(*spot).map(|text| text.as_bytes().to_vec()),
    };
    let others = [
        (EVIDENCE, evidence(&module.name, proofs, text)),
        (README, bundle.readme().into_bytes()),
        (INSTALL_SCRIPT, bundle.install_script().into_bytes()),
    ];
    files.extend(others.map(|(name, content)| ExportFile { name: name.to_owned(), content }));
    files.push(ExportFile { name: package_name(module), content: package });
    files
}

/// What belongs beside the list of accesses.
fn notes(module: &PolicyModule, unwritable: &[Unwritable]) -> Vec<String> {
    let made = module.domains.iter().filter_map(|domain| domain.making.call());
    let added = module.additions.iter().map(|addition| format!("`{}`", addition.added));
    let calls: Vec<_> = made.map(|call| format!("`{call}`")).chain(added).collect();
    let mut notes = Vec::new();
    if !calls.is_empty() {
        notes.push(format!("What it brings in comes with more than these: {}.", calls.join(", ")));
    }
    notes.extend(unwritable.iter().map(|unwritable| format!("Not in the module: {unwritable}")));
    notes
}

fn package_name(module: &PolicyModule) -> String {
    format!("{}.pp", module.name)
}
