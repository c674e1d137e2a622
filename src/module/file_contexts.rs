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

/// How the names of the loaders of programs begin.
const LOADERS: &[&str] = &["ld-", "ld.so"];

/// What is said of a path that has blanks.
const BLANKS: &str = "a blank would end the path: a . stands for it, which matches any other character too";

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
                if path.contains(' ') {
                    push(&mut out, LineKind::Remark, &Statement::Remark(BLANKS.to_owned()));
                }
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

/// Whether the program is init, a shell or an interpreter, or the loader of all programs; or whether the expression could match
/// such: what is written for a blank matches a slash and a digit too.
fn runs_others(path: &str) -> bool {
    let ends = path.char_indices().filter(|(_, c)| matches!(c, '/' | ' ')).filter_map(|(at, _)| path.get(at + 1..));
    let mut names = ends.filter(|name| !name.contains('/'));
    names.any(|name| {
        let is_version = |rest: &str| rest.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ' '));
        RUNNERS.iter().any(|runner| behind(name, runner).is_some_and(is_version))
            || LOADERS.iter().any(|loader| behind(name, loader).is_some())
    })
}

/// What stands behind the beginning of a name, where it has this one; a blank is any character.
fn behind<'a>(name: &'a str, beginning: &str) -> Option<&'a str> {
    let (own, rest) = name.split_at_checked(beginning.len())?;
    own.chars().zip(beginning.chars()).all(|(own, other)| own == other || own == ' ').then_some(rest)
}

fn push(out: &mut Rendered, kind: LineKind, statement: &Statement) {
    let lines = statement.lines().into_iter();
    out.lines.extend(lines.map(|text| RenderedLine { text, kind, origins: Vec::new() }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_runs_others_is_known_by_its_name_whatever_a_blank_stands_for() {
        for path in [
            "/bin/sh",
            "/usr/bin/python3.11",
            "/usr/lib64/ld-linux-x86-64.so.2",
            "/lib/ld.so",
            "/bin/s ",
            "/bin/ ash",
            "/usr/bin sh",
            "/usr/bin/pytho 3.11",
            "/usr/bin/python3 11",
            "/usr/lib/l -linux.so.2",
            "/opt/my sh",
        ] {
            assert!(runs_others(path), "{path}");
        }
        for path in [
            "/usr/sbin/php-fpm8.2",
            "/usr/bin/node_exporter",
            "/opt/my app/d",
            "/opt/my app 2/web server",
            "/sh/d",
            "d",
        ] {
            assert!(!runs_others(path), "{path}");
        }
    }
}
