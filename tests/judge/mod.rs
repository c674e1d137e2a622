//! The real tools, asked for their judgement.
//!
//! A tool that is not installed makes its test say so on standard error, and fail where `CI=true`.
#![allow(dead_code)] // no test program asks all of them

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

use seltui::{
    host::{
        build::{Build, BuildReport},
        headers::Headers,
        process::{Cancel, find_program},
    },
    module::{PolicyModule, RenderContext},
};
use tempfile::TempDir;

/// Debian's headers, and Fedora's.
pub const HEADERS: &str = "/usr/share/selinux/devel/include";

/// Whether all of these programs (or files) are here; says what is missing.
pub fn all_here(needed: &[&str]) -> bool {
    let is_here =
        |name: &str| if name.starts_with('/') { Path::new(name).exists() } else { find_program(name).is_some() };
    let missing: Vec<_> = needed.iter().filter(|name| !is_here(name)).collect();
    if missing.is_empty() {
        return true;
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "not installed: {missing:?}");
    eprintln!("\n*** NOT JUDGED: not installed: {missing:?} ***\n");
    false
}

/// Whether the tests run as root.
pub fn is_root() -> bool {
    Command::new("id").arg("-u").output().unwrap().stdout == b"0\n"
}

/// Says that a test did not try what it is for. Where it could have (root, `CI=true`) that is a failure.
#[track_caller]
pub fn not_tried(why: &str) {
    assert!(!(is_root() && std::env::var("CI").as_deref() == Ok("true")), "not tried: {why}");
    eprintln!("\n*** NOT TRIED: {why} ***\n");
}

/// A command in namespaces of its own, in which it is root and may mount (`unshare`, with these options); nothing, and said, where
/// the kernel or a container allows none. Then what it does not do is its failure.
pub fn namespaces(options: &[&str]) -> Option<Command> {
    let unshare = || {
        let mut command = Command::new("unshare");
        command.args(if is_root() { &[][..] } else { &["-r"] }).args(options);
        command
    };
    let tried = unshare().args(["--", "sh", "-c", "mount --make-rprivate /"]).output().unwrap();
    if !tried.status.success() {
        eprintln!("\n*** NOT TRIED: no namespaces here: {} ***\n", all_text(&tried).trim());
        return None;
    }
    Some(unshare())
}

/// What building both forms needs.
pub fn compilers_are_here() -> bool {
    all_here(&["make", "m4", "checkmodule", "semodule_package", HEADERS])
}

/// The files for tests in the repository.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/container")
}

/// The installed headers, and those with the two-argument container template laid over them.
pub fn dialects() -> [Headers; 2] {
    let (base, over) = (PathBuf::from(HEADERS), fixtures().join("two-argument"));
    [Headers::new(std::slice::from_ref(&base), Path::new("/")), Headers::new(&[base, over], Path::new("/"))]
}

/// Builds a module by the product's own way.
pub fn build(module: &PolicyModule, headers: &Headers) -> BuildReport {
    let context = headers.render_context(std::path::Path::new("/")).unwrap();
    build_in(module, headers, &context)
}

/// The same with a context that was read before.
pub fn build_in(module: &PolicyModule, headers: &Headers, context: &RenderContext) -> BuildReport {
    Build { module, headers, context, root: Path::new("/") }.run(&mut |_| {}, &Cancel::new()).unwrap()
}

/// The package of a build that must succeed.
pub fn package(report: &BuildReport) -> &[u8] {
    let package = report.package();
    assert!(package.is_some(), "does not build:\n{}", report.output.join("\n"));
    package.unwrap()
}

/// checkmodule's word on a `.te` in the `module` form: its complaint, or nothing.
pub fn checkmodule(name: &str, te: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(format!("{name}.te")), te).unwrap();
    let (output, input) = (format!("{name}.mod"), format!("{name}.te"));
    judged(Command::new("checkmodule").args(["-M", "-m", "-o", &output, &input]).current_dir(folder.path()))
}

/// The devel Makefile's word on a `.te` in the `policy_module` form: the package, or the complaint.
pub fn make(name: &str, te: &str) -> Result<Vec<u8>, String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(format!("{name}.te")), te).unwrap();
    let makefile = format!("{HEADERS}/Makefile");
    judged(
        Command::new("make")
            .args(["-f", &makefile, &format!("HEADERDIR={HEADERS}"), "NAME=default", "TYPE=mcs", &format!("{name}.pp")])
            .current_dir(folder.path()),
    )?;
    Ok(fs::read(folder.path().join(format!("{name}.pp"))).unwrap())
}

fn judged(command: &mut Command) -> Result<(), String> {
    let output = command.output().unwrap();
    if output.status.success() { Ok(()) } else { Err(all_text(&output)) }
}

/// What a program printed on either output.
pub fn all_text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Modules of Debian's policy without which what is left does not link; a store with these alone commits in 1.5 s.
const KEPT: [&str; 6] = ["base", "unconfined", "xserver", "xdg", "getty", "unprivuser"];

/// Where the module store of the distribution can be read: only root may read the real one, and tests/run makes a copy for others.
fn installed_store() -> String {
    std::env::var("SELTUI_STORE").unwrap_or_else(|_| "/var/lib/selinux".to_owned())
}

/// A policy store of its own, with the container policy of the tests in it.
pub struct Store {
    folder: TempDir,
}

impl Store {
    /// Whether a store can be made here.
    pub fn is_possible() -> bool {
        let modules = format!("{}/default/active/modules/100", installed_store());
        compilers_are_here() && all_here(&["semodule", "sesearch", &modules])
    }

    /// A copy of a store that is made once.
    pub fn new() -> Self {
        static FIRST: OnceLock<Store> = OnceLock::new();
        let first = FIRST.get_or_init(Self::made);
        let folder = tempfile::tempdir().unwrap();
        copy(&first.folder.path().join("."), folder.path());
        Self { folder }
    }

    /// A copy of the distribution's, with all its modules, in which `semodule` looks at the policy's assertions too.
    pub fn with_assertions() -> Self {
        let store = Self::copied();
        fs::write(store.path().join("etc/selinux/semanage.conf"), "module-store = direct\nexpand-check = 1\n").unwrap();
        store
    }

    fn copied() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (source, below) in [("/etc/selinux", "etc"), (&installed_store(), "var/lib")] {
            fs::create_dir_all(folder.path().join(below)).unwrap();
            copy(Path::new(source), &folder.path().join(below));
        }
        Self { folder }
    }

    fn made() -> Self {
        let store = Self::copied();
        let modules = store.folder.path().join("var/lib/selinux/default/active/modules/100");
        let mut arguments = vec!["-X".to_owned(), "100".to_owned()];
        for entry in fs::read_dir(modules).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if !KEPT.contains(&name.as_str()) {
                arguments.extend(["-r".to_owned(), name]);
            }
        }
        store.semodule(&arguments).unwrap();
        let container = tempfile::tempdir().unwrap();
        for file in ["container.te", "container.fc"] {
            fs::copy(fixtures().join(file), container.path().join(file)).unwrap();
        }
        let makefile = format!("{HEADERS}/Makefile");
        let arguments = ["-f", &makefile, &format!("HEADERDIR={HEADERS}"), "NAME=default", "TYPE=mcs", "container.pp"];
        judged(Command::new("make").args(arguments).current_dir(container.path())).unwrap();
        store.semodule(&["-i".into(), container.path().join("container.pp").display().to_string()]).unwrap();
        store
    }

    /// Its folder: what `semodule -p` is given.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What `semodule --checksum -lfull` lists.
    pub fn list(&self) -> String {
        let store = self.folder.path().display().to_string();
        let output =
            Command::new("semodule").args(["-p", &store, "-s", "default", "--checksum", "-lfull"]).output().unwrap();
        assert!(output.status.success(), "{}", all_text(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The root that the store lies below: `--root` of the program, `-p` of semodule.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// What `semodule --checksum -lfull` prints of the module of this name: priority, name, language, checksum.
    pub fn listed(&self, name: &str) -> Vec<String> {
        let store = self.folder.path().display().to_string();
        let output =
            Command::new("semodule").args(["-p", &store, "-s", "default", "--checksum", "-lfull"]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let is_it = |line: &&str| line.split_whitespace().nth(1) == Some(name);
        text.lines().filter(is_it).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    }

    /// How many dontaudit rules the policy has, by seinfo.
    pub fn dontaudit_rules(&self) -> usize {
        let policies = self.folder.path().join("etc/selinux/default/policy");
        let policy = fs::read_dir(policies).unwrap().next().unwrap().unwrap().path();
        let output = Command::new("seinfo").arg(policy).output().unwrap();
        assert!(output.status.success(), "{}", all_text(&output));
        let text = String::from_utf8(output.stdout).unwrap();
        let mut words = text.split_whitespace().skip_while(|word| *word != "Dontaudit:");
        words.nth(1).unwrap().parse().unwrap()
    }

    /// Installs a package; the error is what semodule said.
    pub fn install(&self, name: &str, package: &[u8]) -> Result<(), String> {
        let path = self.folder.path().join(format!("{name}.pp"));
        fs::write(&path, package).unwrap();
        self.semodule(&["-i".into(), path.display().to_string()])
    }

    /// Installs a package at a priority.
    pub fn install_at(&self, priority: u16, name: &str, package: &[u8]) -> Result<(), String> {
        let path = self.folder.path().join(format!("{name}.pp"));
        fs::write(&path, package).unwrap();
        self.semodule(&["-X".into(), priority.to_string(), "-i".into(), path.display().to_string()])
    }

    /// Removes a module.
    pub fn remove(&self, name: &str) {
        self.semodule(&["-r".into(), name.into()]).unwrap();
    }

    fn semodule(&self, arguments: &[String]) -> Result<(), String> {
        let store = self.folder.path().display().to_string();
        judged(Command::new("semodule").args(["-p", &store, "-s", "default", "-n"]).args(arguments))
    }

    /// An access that a dontaudit rule of the policy is about, between two types: source, target, class, permission.
    pub fn hidden_access(&self) -> [String; 4] {
        let policies = self.folder.path().join("etc/selinux/default/policy");
        let policy = fs::read_dir(policies).unwrap().next().unwrap().unwrap().path();
        let types = Command::new("seinfo").arg("-t").arg("--flat").arg(&policy).output().unwrap();
        let types = String::from_utf8(types.stdout).unwrap();
        let types: BTreeSet<&str> = types.lines().map(str::trim).collect();
        let output = Command::new("sesearch").arg("--dontaudit").arg(&policy).output().unwrap();
        let rules = String::from_utf8(output.stdout).unwrap();
        let found = rules.lines().find_map(|rule| {
            let words: Vec<&str> = rule.split([' ', ':', ';', '{', '}']).filter(|word| !word.is_empty()).collect();
            let ["dontaudit", source, target, class, permission, ..] = words[..] else { return None };
            let plain = types.contains(source) && types.contains(target) && !rule.contains('[');
            plain.then(|| [source, target, class, permission].map(str::to_owned))
        });
        found.unwrap()
    }

    /// The rules of a kind (`-A`, `--dontaudit`) that name this type itself as their source.
    pub fn rules(&self, kind: &str, source: &str) -> BTreeSet<String> {
        let policies = self.folder.path().join("etc/selinux/default/policy");
        let policy = fs::read_dir(policies).unwrap().next().unwrap().unwrap().path();
        let output = Command::new("sesearch").args([kind, "-s", source, "-ds"]).arg(policy).output().unwrap();
        assert!(output.status.success(), "{}", all_text(&output));
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
    }
}

fn copy(source: &Path, target: &Path) {
    judged(Command::new("cp").arg("-a").arg(source).arg(target)).unwrap();
}
