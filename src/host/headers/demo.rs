//! The headers of the demo, which are part of the program.

use crate::{
    module::RenderContext,
    refpolicy::{HeaderFile, HeaderKind, HeaderSet},
};

macro_rules! embedded {
    ($($layer:literal / $file:literal),* $(,)?) => {
        &[$(($layer, $file, include_str!(concat!("../../../assets/demo/headers/", $layer, "/", $file)))),*]
    };
}

/// Layer, file name and text.
const FILES: &[(&str, &str, &str)] = embedded![
    "support" / "all_perms.spt",
    "support" / "file_patterns.spt",
    "support" / "loadable_module.spt",
    "support" / "misc_macros.spt",
    "support" / "misc_patterns.spt",
    "support" / "obj_perm_sets.spt",
    "kernel" / "corenetwork.if",
    "kernel" / "domain.if",
    "kernel" / "files.if",
    "kernel" / "kernel.if",
    "kernel" / "mcs.if",
    "kernel" / "storage.if",
    "kernel" / "terminal.if",
    "services" / "apache.if",
    "services" / "chronyd.if",
    "services" / "container.if",
    "services" / "dbus.if",
    "system" / "application.if",
    "system" / "init.if",
    "system" / "logging.if",
    "system" / "systemd.if",
    "system" / "userdomain.if",
];

/// The headers of the demo's node, as `host` would read them.
pub fn demo_headers() -> HeaderSet {
    let mut headers = HeaderSet { definitions: vec![("enable_mcs".to_owned(), String::new())], ..HeaderSet::default() };
    for (layer, name, text) in FILES {
        let (module, ending) = name.split_once('.').unwrap_or((name, ""));
        let kind = if ending == "if" { HeaderKind::Interfaces } else { HeaderKind::Support };
        let file = HeaderFile {
            path: format!("demo/{layer}/{name}").into(),
            layer: (*layer).into(),
            module: module.into(),
            kind,
            text: (*text).into(),
        };
        match kind {
            HeaderKind::Interfaces => headers.interfaces.push(file),
            HeaderKind::Support => headers.support.push(file),
        }
    }
    headers
}

/// What the text of a module depends on, by the demo's headers.
pub fn demo_render_context() -> RenderContext {
    RenderContext::of(&demo_headers())
}
