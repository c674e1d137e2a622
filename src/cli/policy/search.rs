//! `seltui policy search`: sesearch's options and text.

use std::io::{BufWriter, Write as _};

use anyhow::{Context as _, bail};

use super::words::{self, Row, Takes};
use crate::{
    cli::{Answer, CommonOptions},
    policydb::{RuleKind, Search},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    AllowBoth,
    Kind(RuleKind),
    RoleAllow,
    RoleTransition,
    RangeTransition,
    Source,
    Target,
    Class,
    Permissions,
    Xperms,
    Default,
    Booleans,
    BooleansEqual,
    PermissionsEqual,
    XpermsEqual,
    PermissionsSubset,
    SourceDirect,
    TargetDirect,
    SourceRegex,
    TargetRegex,
    ClassRegex,
    DefaultRegex,
    BooleansRegex,
    State,
    Verbose,
    Help,
    Version,
    Policy,
    Root,
}

const TABLE: &[Row<Key>] = &[
    (Key::AllowBoth, &["-A"], Takes::Nothing, "allow and allowxperm rules"),
    (Key::Kind(RuleKind::Allow), &["--allow"], Takes::Nothing, "allow rules"),
    (Key::Kind(RuleKind::AllowXperm), &["--allowxperm"], Takes::Nothing, "allowxperm rules"),
    (Key::Kind(RuleKind::AuditAllow), &["--auditallow"], Takes::Nothing, "auditallow rules"),
    (Key::Kind(RuleKind::AuditAllowXperm), &["--auditallowxperm"], Takes::Nothing, "auditallowxperm rules"),
    (Key::Kind(RuleKind::DontAudit), &["--dontaudit"], Takes::Nothing, "dontaudit rules"),
    (Key::Kind(RuleKind::DontAuditXperm), &["--dontauditxperm"], Takes::Nothing, "dontauditxperm rules"),
    (Key::Kind(RuleKind::NeverAllow), &["--neverallow"], Takes::Nothing, "a binary policy holds no neverallow rules"),
    (Key::Kind(RuleKind::NeverAllowXperm), &["--neverallowxperm"], Takes::Nothing, "the same"),
    (Key::Kind(RuleKind::TypeTransition), &["-T", "--type_trans"], Takes::Nothing, "type_transition rules"),
    (Key::Kind(RuleKind::TypeChange), &["--type_change"], Takes::Nothing, "type_change rules"),
    (Key::Kind(RuleKind::TypeMember), &["--type_member"], Takes::Nothing, "type_member rules"),
    (Key::RoleAllow, &["--role_allow"], Takes::Nothing, "role allow rules"),
    (Key::RoleTransition, &["--role_trans"], Takes::Nothing, "role_transition rules"),
    (Key::RangeTransition, &["--range_trans"], Takes::Nothing, "range_transition rules"),
    (Key::Source, &["-s", "--source"], Takes::Value, "source type, attribute or role"),
    (Key::Target, &["-t", "--target"], Takes::Value, "target type, attribute or role"),
    (Key::Class, &["-c", "--class"], Takes::Value, "object classes, with commas between them"),
    (Key::Permissions, &["-p", "--perms"], Takes::Value, "permissions, with commas between them"),
    (Key::Xperms, &["-x", "--xperms"], Takes::Value, "extended permissions: 0x5401,0x8910-0x8913"),
    (Key::Default, &["-D", "--default"], Takes::Value, "the type, role or range that the rule gives"),
    (Key::Booleans, &["-b", "--bool"], Takes::Value, "booleans of the condition, with commas between them"),
    (Key::BooleansEqual, &["-eb"], Takes::Nothing, "the condition has these booleans and no other"),
    (Key::PermissionsEqual, &["-ep"], Takes::Nothing, "the rule has these permissions and no other"),
    (Key::XpermsEqual, &["-ex"], Takes::Nothing, "the rule has these extended permissions and no other"),
    (Key::PermissionsSubset, &["-Sp"], Takes::Nothing, "the rule has all of these permissions"),
    (Key::SourceDirect, &["-ds"], Takes::Nothing, "an attribute as source does not stand for its members"),
    (Key::TargetDirect, &["-dt"], Takes::Nothing, "an attribute as target does not stand for its members"),
    (Key::SourceRegex, &["-rs"], Takes::Nothing, "the source is a regular expression"),
    (Key::TargetRegex, &["-rt"], Takes::Nothing, "the target is a regular expression"),
    (Key::ClassRegex, &["-rc"], Takes::Nothing, "the class is a regular expression"),
    (Key::DefaultRegex, &["-rd"], Takes::Nothing, "the default is a regular expression"),
    (Key::BooleansRegex, &["-rb"], Takes::Nothing, "the booleans are a regular expression"),
    (Key::State, &["--state"], Takes::Nothing, "say whether a conditional rule is in force now"),
    (Key::Policy, &["--policy"], Takes::Value, "the policy file, as the last argument is"),
    (Key::Root, &["--root"], Takes::Value, "look for the policy below this folder"),
    (Key::Verbose, &["-v", "--verbose", "--debug"], Takes::Nothing, "say which policy is read"),
    (Key::Help, &["-h", "--help"], Takes::Nothing, "this text"),
    (Key::Version, &["--version"], Takes::Nothing, "the version"),
];

const USAGE: &str = "Search the rules of a policy: the options and the text of sesearch.\n\n\
    Usage: seltui policy search [OPTIONS] [POLICY]\n\n\
    At least one kind of rule must be given. Status 0 when a rule was found, 1 when none was, 2 for an error.";

/// Runs the subcommand on the words after it.
pub(super) fn run(common: &CommonOptions, words: &[String]) -> anyhow::Result<Answer> {
    let words = words::read(TABLE, words)?;
    let mut search = Search::default();
    let mut common = super::Source::new(common)?;
    for (key, value) in words.options {
        let value = value.unwrap_or_default();
        match key {
            Key::AllowBoth => search.kinds.extend([RuleKind::Allow, RuleKind::AllowXperm]),
            Key::Kind(kind) => search.kinds.push(kind),
            Key::RoleAllow => search.role_allow = true,
            Key::RoleTransition => search.role_transition = true,
            Key::RangeTransition => search.range_transition = true,
            Key::Source => search.source = value,
            Key::Target => search.target = value,
            Key::Class => search.class = value,
            Key::Permissions => search.permissions = value,
            Key::Xperms => search.xperms = value,
            Key::Default => search.default = value,
            Key::Booleans => search.booleans = value,
            Key::BooleansEqual => search.booleans_equal = true,
            Key::PermissionsEqual => search.permissions_equal = true,
            Key::XpermsEqual => search.xperms_equal = true,
            Key::PermissionsSubset => search.permissions_subset = true,
            Key::SourceDirect => search.source_direct = true,
            Key::TargetDirect => search.target_direct = true,
            Key::SourceRegex => search.source_regex = true,
            Key::TargetRegex => search.target_regex = true,
            Key::ClassRegex => search.class_regex = true,
            Key::DefaultRegex => search.default_regex = true,
            Key::BooleansRegex => search.booleans_regex = true,
            Key::State => search.state = true,
            Key::Policy => common.policy = Some(value.into()),
            Key::Root => common.root = value.into(),
            Key::Verbose => common.verbose = true,
            Key::Help => return super::print(&words::help(USAGE, TABLE)),
            Key::Version => return super::print(concat!("seltui ", env!("CARGO_PKG_VERSION"), "\n")),
        }
    }
    if search.kinds.is_empty() && !search.role_allow && !search.role_transition && !search.range_transition {
        bail!("name at least one kind of rule, for example -A (allow) or -T (type_transition); see --help");
    }
    common.last_argument(&words.others)?;
    let (_, policy) = common.read()?;
    for name in policy.passed_over(&search) {
        writeln!(std::io::stderr(), "seltui: the attribute {name} has no members; as for sesearch it is no criterion")?;
    }
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    let found = policy.search(&search, |lines| out.write_all(lines.as_bytes()))??;
    out.flush().context("writing the rules")?;
    Ok(if found == 0 { Answer::No } else { Answer::Done })
}
