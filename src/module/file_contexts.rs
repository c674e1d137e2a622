//! The `.fc`: the programs that the module's domains are entered by.

use super::{
    Executable, LineKind, Making, PolicyModule, RenderContext, Rendered, RenderedLine, Unwritable, Unwritten,
    render::not_written_texts,
};
use crate::selinux::{
    path_expression, path_words,
    statement::{Form, Statement},
};

/// Programs that run others, by name without a version: init, shells, interpreters. A label for one of them would be a label for
/// all that it runs.
const RUNNERS: &[&str] = &[
    "ash", "awk", "bash", "busybox", "csh", "dash", "deno", "dotnet", "env", "fish", "gawk", "guile", "init", "java",
    "ksh", "lua", "luajit", "mawk", "mksh", "mono", "node", "nodejs", "perl", "php", "pypy", "python", "ruby", "sh",
    "su", "sudo", "systemd", "tclsh", "tcsh", "toybox", "zsh",
];

/// One line for each program that is known; a remark where none is.
pub(super) fn render(module: &PolicyModule, context: &RenderContext) -> Rendered {
    let mut out = Rendered::default();
    let executables: Vec<&Executable> = module
        .domains
        .iter()
        .filter_map(|domain| match &domain.making {
            Making::Maker { executable, .. } => Some(executable),
            Making::Plain | Making::Template(_) => None,
        })
        .collect();
    let heading = match executables.as_slice() {
        [] => format!("File contexts of {}: none.", module.name),
        _ => format!("File contexts of {}. After the module is loaded: restorecon on each path.", module.name),
    };
    push(&mut out, LineKind::Heading, &Statement::Remark(heading));
    for Executable { r#type, path } in executables {
        let Some(path) = path else {
            let text = format!("no record names the program of {type}: write its path here");
            push(&mut out, LineKind::Remark, &Statement::Remark(text));
            continue;
        };
        match expression(module.form, context, path) {
            Ok(expression) => {
                let statement = Statement::FileContext { form: module.form, path: expression, r#type: r#type.clone() };
                push(&mut out, LineKind::FileContext, &statement);
            }
            Err(reason) => {
                let unwritable = Unwritable { what: Unwritten::FileContext(path.clone()), reason: reason.to_owned() };
                for text in not_written_texts(&unwritable) {
                    push(&mut out, LineKind::NotWritten, &Statement::Remark(text));
                }
                out.unwritable.push(unwritable);
            }
        }
    }
    out
}

fn expression(form: Form, context: &RenderContext, path: &str) -> Result<String, &'static str> {
    if runs_others(path) {
        return Err("it runs other programs too: write the path of the script or of what it starts");
    }
    let expression = path_expression(path)?;
    if form == Form::PolicyModule && path_words(path).any(|word| context.macros.contains(word)) {
        return Err("the headers define a macro that is called as a part of it");
    }
    Ok(expression)
}

/// Whether the program is init, a shell or an interpreter, or the loader of all programs.
fn runs_others(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let without_version = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    RUNNERS.contains(&without_version) || name.starts_with("ld-") || name.starts_with("ld.so")
}

fn push(out: &mut Rendered, kind: LineKind, statement: &Statement) {
    let lines = statement.lines().into_iter();
    out.lines.extend(lines.map(|text| RenderedLine { text, kind, origins: Vec::new() }));
}
