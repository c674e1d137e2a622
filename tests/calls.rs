//! Calls that the catalogue takes for right compile, and those that it refuses do not: the devel Makefile, m4 and checkmodule judge.
//!
//! The sample is drawn anew for each seed: `SELTUI_SEED` names one, `SELTUI_CALLS` how many calls of either sort; the suite draws few.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)] // a test may

mod judge;

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fmt::Write as _,
    fs,
    path::Path,
    process::Command,
    sync::{Arc, OnceLock},
};

use judge::{HEADERS, all_here, all_text};
use seltui::{
    host::{self, headers::Headers, policy},
    module::{Added, Addition, Needs, PolicyModule},
    policydb::Policy,
    refpolicy::{Catalogue, Entry, NameKind, ParameterKind, ParameterUse, matching::PolicyTypes as _},
    selinux::{Call, Identifier, Name, statement::Form},
};

/// Numbers that look random, the same for the same seed (Marsaglia's xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).unwrap()).unwrap()
    }

    fn one_of<'a>(&mut self, names: &'a [String]) -> &'a str {
        &names[self.below(names.len())]
    }
}

/// A number that the environment names.
fn number(variable: &str, otherwise: usize) -> usize {
    env::var(variable).map_or(otherwise, |text| text.parse().unwrap())
}

/// The installed headers and the names that the policy has for arguments.
struct Installed {
    catalogue: Arc<Catalogue>,
    policy: Policy,
    types: Vec<String>,
    attributes: Vec<String>,
    roles: Vec<String>,
}

/// A call and what it is made of.
#[derive(Debug, Clone)]
struct Drawn {
    name: String,
    arguments: Vec<String>,
}

impl Drawn {
    fn text(&self) -> String {
        format!("{}({})", self.name, self.arguments.join(", "))
    }

    /// Every name in the arguments.
    fn words(&self) -> impl Iterator<Item = &str> {
        let words = self.arguments.iter().flat_map(|argument| argument.split_whitespace());
        words.filter(|word| !matches!(*word, "{" | "}"))
    }
}

impl Installed {
    fn of_debian() -> Option<&'static Self> {
        static INSTALLED: OnceLock<Option<Installed>> = OnceLock::new();
        INSTALLED
            .get_or_init(|| {
                let needed = ["make", "m4", "checkmodule", "semodule_package", HEADERS, "/etc/selinux/default/policy"];
                if !all_here(&needed) {
                    return None;
                }
                let root = Path::new("/");
                let (_, policy) = policy::read(root, None).unwrap();
                let names = |attribute: bool| -> Vec<String> {
                    let ids = policy.types_by_number().filter(|(id, _)| policy.is_attribute(*id) == attribute);
                    ids.map(|(id, _)| policy.type_name(id).to_owned()).collect()
                };
                let roles = policy.roles_by_number().map(|(id, _)| policy.role_name(id).to_owned()).collect();
                Some(Self {
                    catalogue: host::catalogue::read(&Headers::new(&[HEADERS.into()], root), root).unwrap(),
                    types: names(false),
                    attributes: names(true),
                    roles,
                    policy,
                })
            })
            .as_ref()
    }

    /// What the parameter is said to want; nothing where that is not said.
    fn fitting(&self, parameter: &ParameterUse, number: usize, dice: &mut Dice) -> Option<String> {
        let name = |dice: &mut Dice| {
            let attribute = parameter.concrete.is_none() && dice.below(3) == 0;
            dice.one_of(if attribute { &self.attributes } else { &self.types }).to_owned()
        };
        Some(match parameter.kind {
            _ if parameter.in_names && parameter.kind != ParameterKind::Prefix => return None,
            ParameterKind::Domain | ParameterKind::Type => {
                if parameter.single.is_none() && dice.below(4) == 0 {
                    format!("{{ {} {} }}", name(dice), name(dice))
                } else {
                    name(dice)
                }
            }
            ParameterKind::Unused => dice.one_of(&self.types).to_owned(),
            ParameterKind::NewType => format!("drawn{number}_t"),
            ParameterKind::Prefix => format!("drawn{number}"),
            ParameterKind::Attribute => dice.one_of(&self.attributes).to_owned(),
            ParameterKind::Role => dice.one_of(&self.roles).to_owned(),
            ParameterKind::Class => "file".to_owned(),
            ParameterKind::Permissions => "{ getattr read }".to_owned(),
            ParameterKind::FileName => "\"drawn\"".to_owned(),
            ParameterKind::Range => "s0".to_owned(),
            ParameterKind::Boolean | ParameterKind::Text => return None,
        })
    }

    /// A call whose arguments fit.
    fn right(&self, entry: Entry<'_>, number: usize, dice: &mut Dice) -> Option<Drawn> {
        let fitting = |parameter| self.fitting(parameter, number, dice);
        let arguments: Option<Vec<_>> = entry.contents.parameters.iter().map(fitting).collect();
        Some(Drawn { name: entry.definition.name.clone(), arguments: arguments? })
    }

    /// A call of which one argument is something else.
    fn wrong(&self, entry: Entry<'_>, number: usize, dice: &mut Dice) -> Option<Drawn> {
        let mut call = self.right(entry, number, dice)?;
        let place = dice.below(call.arguments.len().max(1));
        *call.arguments.get_mut(place)? = match dice.below(7) {
            0 => dice.one_of(&self.roles).to_owned(),
            1 => format!("{{ {} {} }}", dice.one_of(&self.types), dice.one_of(&self.types)),
            2 => "file".to_owned(),
            3 => String::new(),
            4 => "9x".to_owned(),
            _ => dice.one_of(&self.attributes).to_owned(),
        };
        Some(call)
    }

    fn is_right(&self, call: &Drawn) -> bool {
        let arguments: Vec<_> = call.arguments.iter().map(String::as_str).collect();
        self.catalogue.check_call(&call.name, &arguments, &|name| self.policy.kind_of(name)).is_ok()
    }

    /// A definition of any file: most definitions are corenetwork's, and all alike.
    fn draw(&self, dice: &mut Dice) -> Entry<'_> {
        let mut by_file: BTreeMap<usize, Vec<Entry<'_>>> = BTreeMap::new();
        for entry in self.catalogue.interfaces() {
            by_file.entry(entry.definition.file).or_default().push(entry);
        }
        let files: Vec<_> = by_file.into_values().collect();
        let entries = &files[dice.below(files.len())];
        entries[dice.below(entries.len())]
    }

    /// A module of these calls, one a line, and the line of the first.
    fn module(&self, calls: &[Drawn]) -> (String, usize) {
        let mut required = BTreeSet::new();
        for word in calls.iter().flat_map(Drawn::words) {
            match self.policy.kind_of(word) {
                NameKind::Type => required.insert(format!("type {word};")),
                NameKind::Attribute => required.insert(format!("attribute {word};")),
                NameKind::Role => required.insert(format!("role {word};")),
                _ => false,
            };
        }
        let required: Vec<_> = required.into_iter().collect();
        let mut te = format!("policy_module(drawn, 1.0)\ngen_require(`\n{}\n')\n", required.join("\n"));
        let first = te.lines().count() + 1;
        for call in calls {
            writeln!(te, "{}", call.text()).unwrap();
        }
        (te, first)
    }
}

/// The line that the compiler complains of.
fn line(complaint: &str) -> Option<usize> {
    complaint.split_once(":ERROR")?.0.rsplit(':').next()?.parse().ok()
}

#[test]
fn what_fits_compiles() {
    let Some(installed) = Installed::of_debian() else { return };
    let (seed, count) = (number("SELTUI_SEED", 1), number("SELTUI_CALLS", 60));
    let mut dice = Dice(u64::try_from(seed).unwrap().wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut calls = Vec::new();
    let mut undrawn = 0;
    while calls.len() < count {
        match installed.right(installed.draw(&mut dice), calls.len(), &mut dice) {
            Some(call) => {
                assert!(installed.is_right(&call), "{}", call.text());
                calls.push(call);
            }
            None => undrawn += 1,
        }
    }
    println!("seed {seed}: {count} calls, {undrawn} others have an argument that the headers say too little of");
    let mut failed = Vec::new();
    loop {
        let (te, first) = installed.module(&calls);
        let Err(complaint) = judge::make("drawn", &te) else { break };
        let at = line(&complaint).and_then(|line| line.checked_sub(first)).filter(|at| *at < calls.len());
        let at = at.unwrap_or_else(|| panic!("{complaint}"));
        let call = calls.remove(at);
        let said = complaint.lines().find(|line| line.contains("ERROR")).unwrap_or_default();
        failed.push(format!("{}: {said}", call.text()));
        assert!(failed.len() < 30, "{}", failed.join("\n"));
    }
    assert!(failed.is_empty(), "{} of {count} do not compile:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn what_is_refused_does_not_compile() {
    let Some(installed) = Installed::of_debian() else { return };
    let (seed, count) = (number("SELTUI_SEED", 1), number("SELTUI_CALLS", 60) / 2);
    let mut dice = Dice(u64::try_from(seed).unwrap().wrapping_mul(0x9e37_79b9_7f4a_7c15) | 3);
    let mut calls = Vec::new();
    while calls.len() < count {
        let Some(call) = installed.wrong(installed.draw(&mut dice), calls.len(), &mut dice) else { continue };
        if !installed.is_right(&call) {
            calls.push(call);
        }
    }
    println!("seed {seed}: {count} calls");
    // The same way lets a call through that fits.
    let fits = std::iter::repeat_with(|| installed.right(installed.draw(&mut dice), 0, &mut dice)).flatten();
    for te in expanded(installed, &fits.take(5).collect::<Vec<_>>()) {
        judge::checkmodule("drawn", &te).unwrap();
    }
    let compiled: Vec<_> = expanded(installed, &calls)
        .iter()
        .zip(&calls)
        .filter(|(te, _)| judge::checkmodule("drawn", te).is_ok())
        .map(|(_, call)| {
            let arguments: Vec<_> = call.arguments.iter().map(String::as_str).collect();
            let kind_of = |name: &str| installed.policy.kind_of(name);
            let problem = installed.catalogue.check_call(&call.name, &arguments, &kind_of).unwrap_err();
            format!("{}: {problem}", call.text())
        })
        .collect();
    assert!(compiled.is_empty(), "{} of {count} compile:\n{}", compiled.len(), compiled.join("\n"));
}

/// CIL has types with a dot in its blocks, and logs have them; a module in the policy language cannot require one.
#[test]
fn a_name_with_a_dot_is_refused_and_does_not_compile() {
    let Some(installed) = Installed::of_debian() else { return };
    for (interface, place, kind) in [
        ("files_read_etc_files", 0, "type"),
        ("files_read_etc_files", 0, "attribute"),
        ("netutils_run_ping", 1, "role"),
    ] {
        let mut arguments = vec!["init_t", "system_r"];
        arguments[place] = "block.name";
        let known = |_: &str| NameKind::Unknown;
        let problem = installed.catalogue.check_call(interface, &arguments, &known).unwrap_err();
        assert!(problem.to_string().contains("is no name that a module can hold"), "{problem}");
        let te = format!(
            "policy_module(drawn, 1.0)\ngen_require(`\n{kind} block.name;\ntype init_t;\nrole system_r;\n')\n{interface}({})\n",
            arguments.join(", ")
        );
        let complaint = judge::make("drawn", &te).unwrap_err();
        assert!(complaint.contains("block.name is an orphan"), "{complaint}");
    }
    assert!(installed.catalogue.check_call("files_read_etc_files", &["init_t"], &|_| NameKind::Unknown).is_ok());
}

/// The classes are the headers' own business: a policy need not be there to tell that one is missing.
#[test]
fn an_unknown_class_is_refused_and_does_not_compile() {
    let Some(installed) = Installed::of_debian() else { return };
    let (by_policy, unknown) = (|name: &str| installed.policy.kind_of(name), |_: &str| NameKind::Unknown);
    let judges: [&dyn Fn(&str) -> NameKind; 2] = [&by_policy, &unknown];
    for (class, fits) in [
        ("file", true),
        ("{ dir lnk_file }", true),
        ("dir_file_class_set", true),
        ("blob", false),
        ("{ file blob }", false),
        ("blob_class_set", false),
    ] {
        for kind_of in judges {
            let arguments = ["init_t", "var_log_t", class];
            let checked = installed.catalogue.check_call("logging_log_filetrans", &arguments, kind_of);
            assert_eq!(checked.is_ok(), fits, "{class}");
            if let Err(problem) = checked {
                let problem = problem.to_string();
                assert!(problem.starts_with("the headers know no class blob"), "{problem}");
                assert!(
                    problem.ends_with("argument 3 of logging_log_filetrans (object) must be an object class"),
                    "{problem}"
                );
            }
        }
        let te = format!(
            "policy_module(drawn, 1.0)\ngen_require(`type init_t, var_log_t;')\nlogging_log_filetrans(init_t, var_log_t, {class})\n"
        );
        match judge::make("drawn", &te) {
            Ok(_) => assert!(fits, "{class}"),
            Err(complaint) => assert!(!fits && complaint.contains("unknown class blob"), "{class}: {complaint}"),
        }
    }
    // One that the interface requires itself is there.
    let header = "interface(`own_filetrans',`\n\tgen_require(`\n\t\tclass $2 { getattr };\n\t')\n\ttype_transition $1 $1:$2 init_t;\n')\n";
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("services")).unwrap();
    fs::write(folder.path().join("services/own.if"), header).unwrap();
    let headers = Headers::new(&[HEADERS.into(), folder.path().into()], Path::new("/"));
    let catalogue = host::catalogue::read_only(&headers, Path::new("/"), &["own_filetrans"]).unwrap();
    assert_eq!(catalogue.check_call("own_filetrans", &["init_t", "blob"], &|_| NameKind::Unknown), Ok(()));
}

/// `user` begins names in Debian's own policy, `apache_role(user, user_t, user_t, user_r)`; elsewhere no word of the language stands.
#[test]
fn a_word_of_the_policy_language_fits_where_a_name_begins_and_nowhere_else() {
    let Some(installed) = Installed::of_debian() else { return };
    let mut dice = Dice(11);
    let templates = installed.catalogue.interfaces().filter(|entry| {
        let begins = |parameter: &ParameterUse| parameter.kind == ParameterKind::Prefix;
        entry.contents.parameters.iter().any(begins) && entry.contents.calls_unknown().is_none()
    });
    let (mut begun, mut others, mut elsewhere) = (Vec::new(), Vec::new(), Vec::new());
    for entry in templates {
        let Some(other) = installed.right(entry, 0, &mut dice) else { continue };
        for place in 0..other.arguments.len() {
            let mut call = other.clone();
            call.arguments[place] = ["user", "role", "level", "SOURCE"][dice.below(4)].to_owned();
            match entry.contents.parameters[place].kind {
                ParameterKind::Prefix => {
                    assert!(installed.is_right(&call), "{}", call.text());
                    begun.push(call);
                    others.push(other.clone());
                }
                ParameterKind::Domain | ParameterKind::Type | ParameterKind::Role => {
                    assert!(!installed.is_right(&call), "{}", call.text());
                    elsewhere.push(call);
                }
                _ => {}
            }
        }
    }
    assert!(begun.len() > 20 && elsewhere.len() > 10, "{} {}", begun.len(), elsewhere.len());
    let compiles = |te: &String| judge::checkmodule("drawn", te).is_ok();
    // A template may need types of this beginning that nobody declares: it compiles with a word of the language where it does
    // with another.
    let with_others: Vec<_> = expanded(installed, &others).iter().map(compiles).collect();
    assert!(with_others.iter().filter(|compiles| **compiles).count() > 10, "{with_others:?}");
    for ((te, call), other) in expanded(installed, &begun).iter().zip(&begun).zip(with_others) {
        assert_eq!(compiles(te), other, "{}", call.text());
    }
    for (te, call) in expanded(installed, &elsewhere).iter().zip(&elsewhere) {
        assert!(!compiles(te), "{}", call.text());
    }
}

/// Debian's headers have interfaces that call what no header defines; m4 leaves such a call in the text as it stands.
#[test]
fn what_calls_an_unknown_interface_is_refused_and_does_not_compile() {
    let Some(installed) = Installed::of_debian() else { return };
    let mut dice = Dice(5);
    let broken: Vec<_> =
        installed.catalogue.interfaces().filter(|entry| entry.contents.calls_unknown().is_some()).collect();
    assert!(!broken.is_empty());
    let calls: Vec<_> = broken
        .iter()
        .map(|entry| {
            let arguments = entry.contents.parameters.iter().map(|_| dice.one_of(&installed.types).to_owned());
            Drawn { name: entry.definition.name.clone(), arguments: arguments.collect() }
        })
        .collect();
    for (te, call) in expanded(installed, &calls).iter().zip(&calls) {
        let arguments: Vec<_> = call.arguments.iter().map(String::as_str).collect();
        let problem = installed.catalogue.check_call(&call.name, &arguments, &|_| NameKind::Unknown).unwrap_err();
        let text = problem.to_string();
        assert!(text.contains(".if:") && text.contains("which no header defines"), "{text}");
        let unknown = text.split("it calls ").nth(1).unwrap().split(',').next().unwrap();
        let complaint = judge::checkmodule("drawn", te).unwrap_err();
        assert!(complaint.contains(&format!("'syntax error' at token '{unknown}'")), "{}: {complaint}", call.text());
    }
}

/// What the devel Makefile's m4 makes of a module of each call alone.
fn expanded(installed: &Installed, calls: &[Drawn]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    // `make -n` would show the definitions; making a module leaves them in what m4 wrote, and the headers' text beside it.
    fs::write(folder.path().join("drawn.te"), "policy_module(drawn, 1.0)\n").unwrap();
    let makefile = format!("{HEADERS}/Makefile");
    let header = format!("HEADERDIR={HEADERS}");
    let make = |extra: &[&str]| {
        let arguments = ["-f", &makefile, &header, "NAME=default", "TYPE=mcs", "tmp/drawn.mod"];
        let output = Command::new("make").args(arguments).args(extra).current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", all_text(&output));
        all_text(&output)
    };
    make(&[]);
    let said = make(&["-n", "-B", "QUIET=n"]);
    let m4 =
        said.lines().find(|line| line.contains("m4") && line.contains("drawn.te")).unwrap_or_else(|| panic!("{said}"));
    let (command, _) = m4.split_once('>').unwrap();
    let texts: Vec<_> = calls.iter().map(|call| installed.module(std::slice::from_ref(call)).0).collect();
    fs::write(folder.path().join("drawn.te"), texts.join("\n#=====\n")).unwrap();
    let words: Vec<_> = command.split_whitespace().collect();
    let output = Command::new(words[0]).args(&words[1..]).current_dir(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", all_text(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    let parts: Vec<_> = text.split("#=====").map(str::to_owned).collect();
    assert_eq!(parts.len(), calls.len());
    parts
}

/// A module of these calls as values.
fn of_calls(installed: &Installed, form: Form, calls: &[Drawn]) -> PolicyModule {
    let mut module = PolicyModule::new(Identifier::new("drawn").unwrap(), form);
    for drawn in calls {
        let call: Call = drawn.text().parse().unwrap();
        let mut needs = Needs::default();
        for word in drawn.words() {
            let name = || Identifier::new(word).unwrap();
            match installed.policy.kind_of(word) {
                NameKind::Type => drop(needs.types.insert(name())),
                NameKind::Attribute => drop(needs.attributes.insert(name())),
                NameKind::Role => drop(needs.roles.insert(name())),
                _ => {}
            }
        }
        let added = Added::Call(call);
        module.additions.insert(Addition { block: Name::from("drawn"), added, needs, given: Vec::new() });
    }
    module
}

/// What a package says, without what it requires.
fn said(package: &[u8]) -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let (pp, cil) = (folder.path().join("drawn.pp"), folder.path().join("drawn.cil"));
    fs::write(&pp, package).unwrap();
    let output = Command::new("/usr/libexec/selinux/hll/pp").args([&pp, &cil]).output().unwrap();
    assert!(output.status.success(), "{}", all_text(&output));
    let text = fs::read_to_string(cil).unwrap();
    // The bits of permissions come in the order in which a module first names them.
    let sorted = |line: &str| {
        let mut words: Vec<_> = line.split(['(', ')', ' ']).filter(|word| !word.is_empty()).collect();
        words.sort_unstable();
        words.join(" ")
    };
    text.lines().filter(|line| !line.contains("cil_gen_require")).map(sorted).collect()
}

/// The `module` form holds what the call expands to: libsepol reads the same rules out of either package.
#[test]
fn the_module_form_holds_what_a_call_expands_to() {
    let Some(installed) = Installed::of_debian() else { return };
    if !all_here(&["/usr/libexec/selinux/hll/pp"]) {
        return;
    }
    let (seed, count) = (number("SELTUI_SEED", 1), number("SELTUI_CALLS", 60));
    let mut dice = Dice(u64::try_from(seed).unwrap().wrapping_mul(0x9e37_79b9_7f4a_7c15) | 5);
    let mut calls: Vec<Drawn> = std::iter::repeat_with(|| installed.right(installed.draw(&mut dice), 0, &mut dice))
        .flatten()
        // What declares types would declare them twice; the file name stands in quotation marks, which a call of ours has not.
        .filter(|call| call.words().all(|word| !word.starts_with("drawn") && !word.starts_with('"')))
        .take(count)
        .collect();
    let headers = Headers::new(&[HEADERS.into()], Path::new("/"));
    let context = headers.render_context_of(&of_calls(installed, Form::Module, &calls), Path::new("/")).unwrap();
    let mut refused = Vec::new();
    calls.retain(|drawn| match &context.expanded[&drawn.text().parse().unwrap()] {
        Ok(_) => true,
        Err(reason) => {
            refused.push(format!("{}: {reason}", drawn.text()));
            false
        }
    });
    println!("seed {seed}: {} calls, refused: {refused:#?}", calls.len());
    assert!(refused.len() * 10 <= count, "{refused:#?}");
    let [raw, interfaces] = [Form::Module, Form::PolicyModule].map(|form| {
        let report = judge::build_in(&of_calls(installed, form, &calls), &headers, &context);
        assert_eq!(report.unwritable, []);
        said(judge::package(&report))
    });
    let differ: Vec<_> = raw.symmetric_difference(&interfaces).take(20).collect();
    assert!(differ.is_empty() && raw.len() > count, "{} lines, {differ:#?}", raw.len());
}
