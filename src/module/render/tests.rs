//! Modules in, text out: what checkmodule takes is judged elsewhere; here, how it is laid out.

use super::*;
use crate::{
    module::{DeclaredDomain, Unwritten},
    selinux::AccessVector,
};

fn rule(kind: AvRuleKind, [source, target, class]: [&str; 3], permissions: &[&str], count: u64) -> Rule {
    Rule {
        kind,
        vector: AccessVector {
            source: source.into(),
            target: target.into(),
            class: class.into(),
            permissions: permissions.iter().copied().collect(),
        },
        remark: Remark { count, comm: None, path: None },
    }
}

fn allow(names: [&str; 3], permissions: &[&str]) -> Rule {
    rule(AvRuleKind::Allow, names, permissions, 0)
}

fn module(form: Form, domains: &[(&str, &[&str])], rules: Vec<Rule>) -> PolicyModule {
    let declared = |&(name, roles): &(&str, &[&str])| {
        DeclaredDomain::plain(Identifier::new(name).unwrap(), roles.iter().map(|&role| role.into()).collect())
    };
    let mut module = PolicyModule::new(Identifier::new("logger").unwrap(), form);
    module.domains = domains.iter().map(declared).collect();
    module.rules = rules;
    module
}

fn te(module: &PolicyModule) -> Rendered {
    module.render(SourceFile::Te, &RenderContext::default())
}

fn check(module: &PolicyModule, expected: &str) {
    assert_eq!(te(module).text().trim_end(), expected);
}

#[test]
fn blocks_and_rules_stand_in_the_order_of_the_style_guide() {
    let rules = vec![
        allow(["x_t", "b_t", "file"], &["read", "open"]),
        allow(["a_t", "x_t", "process"], &["sigchld"]),
        rule(AvRuleKind::DontAudit, ["x_t", "a_t", "dir"], &["search"], 1),
        allow(["x_t", "x_t", "tcp_socket"], &["create"]),
        rule(AvRuleKind::Allow, ["x_t", "a_t", "dir"], &["read"], 3),
    ];
    let expected = "policy_module(logger, 1.0)

gen_require(`
\ttype a_t, b_t;
\trole sysadm_r;
')

########################################
# Declarations

type x_t;
domain_type(x_t)
role sysadm_r types x_t;
role system_r types x_t;

########################################
# x_t local policy

allow x_t self:tcp_socket create;
# 3 times
allow x_t a_t:dir read;
# once
dontaudit x_t a_t:dir search;
allow x_t b_t:file { open read };

########################################
# a_t

allow a_t x_t:process sigchld;";
    let mut module = module(Form::PolicyModule, &[("x_t", &["sysadm_r", "system_r", "object_r"])], rules);
    check(&module, expected);
    module.rules.reverse();
    check(&module, expected);
}

#[test]
fn the_module_form_requires_everything_itself() {
    let rules = vec![allow(["x_t", "x_t", "process"], &["signal"]), allow(["x_t", "init_t", "service"], &["start"])];
    check(
        &module(Form::Module, &[("x_t", &["system_r"])], rules),
        "module logger 1.0;

require {
\tattribute domain;
\ttype init_t;
\trole system_r;
\tclass process signal;
\tclass service start;
}

########################################
# Declarations

type x_t;
typeattribute x_t domain;
role system_r types x_t;

########################################
# x_t local policy

allow x_t self:process signal;
allow x_t init_t:service start;",
    );
}

#[test]
fn rules_merge_with_their_remarks() {
    let with = |count, comm: &str, path: &str| {
        let mut rule = rule(AvRuleKind::Allow, ["a_t", "b_t", "file"], &["read"], count);
        rule.remark.comm = Some(comm.to_owned());
        rule.remark.path = Some(path.to_owned());
        rule
    };
    let mut rules = vec![with(2, "cat", "/x"), with(3, "less", "/y"), with(2, "cat", "/y")];
    rules[1].vector.permissions = ["map"].into_iter().collect();
    let rendered = te(&module(Form::PolicyModule, &[], rules));
    let tail: Vec<_> = rendered.lines.iter().rev().take(2).map(|line| line.text.as_str()).collect();
    assert_eq!(tail, ["allow a_t b_t:file { map read };", r#"# 7 times comm="cat" path="/y""#]);
    let origins = [("a_t".into(), "b_t".into(), "file".into())];
    assert!(rendered.lines.iter().rev().take(2).all(|line| line.origins == origins), "{rendered:?}");
}

#[test]
fn what_cannot_be_written_is_said_in_its_place() {
    let rules = vec![
        allow(["a_t", "b_t", "file"], &["read", "0x2", "0x4"]),
        allow(["a_t", "b_t", "(null)"], &["read"]),
        allow(["a_t", "my.type", "file"], &["read"]),
        allow(["a_t", "c_t", "file"], &[]),
    ];
    let rendered = te(&module(Form::PolicyModule, &[], rules));
    let lines: Vec<_> = rendered.lines.iter().skip_while(|line| line.text != "# a_t").skip(2).collect();
    let kinds: Vec<_> = lines.iter().map(|line| line.kind).collect();
    assert_eq!(kinds, [vec![LineKind::NotWritten; 2], vec![LineKind::Allow], vec![LineKind::NotWritten; 5]].concat());
    let texts: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts[2], "allow a_t b_t:file read;");
    assert_eq!(
        texts[3],
        r#"# NOT WRITTEN: allow a_t b_t:file 0x2: the permission "0x2": it is a number: the policy has no name for it"#
    );
    assert_eq!(texts[5], "# NOT WRITTEN: allow a_t c_t:file { }: no permission is named");
    assert_eq!(texts[6], "# NOT WRITTEN: allow a_t my.type:file read");
    assert!(texts[7].starts_with("# because the target type \"my.type\": a dot in a name"), "{}", texts[7]);
    assert_eq!(rendered.unwritable.len(), 5);
    assert!(!rendered.text().contains("type b_t, c_t"), "what is not written is not required");
}

#[test]
fn a_macro_of_the_headers_is_refused_only_where_m4_reads() {
    let mut context = RenderContext::default();
    context.macros.add_header(crate::module::Layer::Other, "define(`can_exec',`\n')");
    let rules = vec![allow(["can_exec", "b_t", "file"], &["read"]), allow(["domain", "b_t", "file"], &["read"])];
    let mut module = module(Form::PolicyModule, &[("can_exec", &["r.r"]), ("x_t", &["r.r"])], rules);
    let rendered = module.render(SourceFile::Te, &context);
    let what: Vec<_> = rendered.unwritable.iter().map(|unwritable| unwritable.what.to_string()).collect();
    assert_eq!(
        what,
        ["the domain can_exec", "the role r.r of x_t", "allow can_exec b_t:file read", "allow domain b_t:file read"]
    );
    assert!(matches!(rendered.unwritable[0].what, Unwritten::Domain(_)));
    module.form = Form::Module;
    let rendered = module.render(SourceFile::Te, &context);
    assert!(rendered.text().contains("\nallow can_exec b_t:file read;\n"), "{}", rendered.text());
}

#[test]
fn remarks_fit_into_their_line() {
    let mut rule = rule(AvRuleKind::Allow, ["a_t", "b_t", "file"], &["read"], u64::MAX);
    rule.remark.comm = Some("\u{1}".repeat(15));
    rule.remark.path = Some("/é".repeat(4096));
    let rendered = te(&module(Form::PolicyModule, &[], vec![rule]));
    let remark = rendered.lines.iter().find(|line| line.kind == LineKind::Remark).unwrap();
    assert!(remark.text.len() <= COLUMNS && remark.text.contains("[...]") && remark.text.ends_with('"'), "{remark:?}");
}
