//! The files that carry a module to another machine.

use super::{export::ExportFile, log::RawTexts};
use crate::{
    audit::RawText,
    export::{Bundle, EVIDENCE, INSTALL_SCRIPT, Proof, README, evidence, opens_of_rules},
    module::{PolicyModule, RenderContext, SourceFile},
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
        notes: unwritable.iter().map(|unwritable| format!("Not in the module: {unwritable}")).collect(),
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

fn package_name(module: &PolicyModule) -> String {
    format!("{}.pp", module.name)
}
