//! The headers read into memory.

use std::{ffi::OsStr, path::Path};

use super::{Headers, LOCAL_LAYER, PolicyKind, read_text, text_of};
use crate::{
    refpolicy::{HeaderFile, HeaderKind, HeaderSet, makefile_definitions},
    selinux::printable,
};

impl Headers {
    /// All files that count, and what the devel Makefile defines for them; empty where no headers are.
    pub fn read(&self, root: &Path) -> anyhow::Result<HeaderSet> {
        let text = |name: &str| self.topmost(name).map(|path| read_text(&path)).transpose();
        let PolicyKind { name, kind } = self.policy_kind(root)?;
        let given = [("NAME", name.as_str()), ("TYPE", kind.as_str())];
        let build = text("build.conf")?.unwrap_or_default();
        let definitions = makefile_definitions(text("Makefile")?.as_deref(), &build, &given);
        let mut headers = HeaderSet { definitions, ..HeaderSet::default() };
        let mut bytes = Vec::new();
        for (layer, path) in self.laid_over()?.into_values() {
            let layer = layer.map_or_else(String::new, |layer| printable(layer.as_encoded_bytes()));
            let kind = match path.extension().and_then(OsStr::to_str) {
                Some("if") => HeaderKind::Interfaces,
                Some("spt") if layer == "support" => HeaderKind::Support,
                _ => continue,
            };
            let file = header_file(&path, layer, kind, &mut bytes)?;
            match kind {
                HeaderKind::Interfaces => headers.interfaces.push(file),
                HeaderKind::Support => headers.support.push(file),
            }
        }
        let place = |file: &HeaderFile| (file.layer.clone(), file.module.clone());
        headers.support.sort_by_key(place);
        headers.interfaces.sort_by_key(place);
        Ok(headers)
    }
}

fn header_file(path: &Path, layer: String, kind: HeaderKind, bytes: &mut Vec<u8>) -> anyhow::Result<HeaderFile> {
    let module = path.file_stem().map(|stem| printable(stem.as_encoded_bytes())).unwrap_or_default();
    let layer = if layer.is_empty() { LOCAL_LAYER.to_owned() } else { layer };
    Ok(HeaderFile {
        path: printable(path.as_os_str().as_encoded_bytes()).into(),
        layer: layer.into(),
        module: module.into(),
        kind,
        text: text_of(path, bytes)?.into(),
    })
}
