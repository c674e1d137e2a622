//! What the program is built from may be used in any program, and is Rust: no copyleft, no C library.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)] // a test may

use std::process::Command;

use serde_json::Value;

/// SPDX names of licences that ask for no more than to be named.
const PERMISSIVE: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "bzip2-1.0.6",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Packages under another licence, and why they may stay.
const OTHER_LICENCES: &[(&str, &str, &str)] =
    &[("option-ext", "MPL-2.0", "a hundred lines below `directories`; MPL binds changes to these files alone")];

/// Packages that link a library of another language, and why they may. None.
const LINKING: &[(&str, &str)] = &[];

/// A package, as `cargo metadata` tells it.
struct Package {
    name: String,
    licence: Option<String>,
    links: Option<String>,
}

/// Every package that a build for this machine uses, its tests among them.
fn packages() -> Vec<Package> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = String::from_utf8(Command::new(rustc).arg("-vV").output().unwrap().stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc -vV names the host");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", host])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |package: &Value, key: &str| package[key].as_str().map(str::to_owned);
    let package = |package: &Value| Package {
        name: text(package, "name").unwrap(),
        licence: text(package, "license"),
        links: text(package, "links"),
    };
    metadata["packages"].as_array().unwrap().iter().map(package).collect()
}

/// Whether an SPDX expression lets itself be met with permissive licences alone.
fn is_permissive(expression: &str) -> Result<bool, String> {
    // The slash is how OR was written before SPDX; it binds as OR does.
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    let answer = any_of(&mut words).ok_or_else(|| format!("{expression:?} is no licence expression"))?;
    if words.next().is_none() { Ok(answer) } else { Err(format!("{expression:?} goes on after its end")) }
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

/// A OR B …; AND binds closer (SPDX specification, annex D).
fn any_of(words: &mut Words<'_>) -> Option<bool> {
    let mut answer = all_of(words)?;
    while words.next_if_eq(&"OR").is_some() {
        answer |= all_of(words)?;
    }
    Some(answer)
}

fn all_of(words: &mut Words<'_>) -> Option<bool> {
    let mut answer = one(words)?;
    while words.next_if_eq(&"AND").is_some() {
        answer &= one(words)?;
    }
    Some(answer)
}

fn one(words: &mut Words<'_>) -> Option<bool> {
    let word = words.next()?;
    if word == "(" {
        let answer = any_of(words)?;
        return words.next_if_eq(&")").map(|_| answer);
    }
    if matches!(word, "AND" | "OR" | "WITH" | ")") {
        return None;
    }
    if words.next_if_eq(&"WITH").is_some() {
        // An exception only gives further rights.
        words.next()?;
    }
    Some(PERMISSIVE.contains(&word))
}

/// What is wrong with these packages, one sentence each.
fn objections(packages: &[Package]) -> Vec<String> {
    let mut objections = Vec::new();
    for Package { name, licence, links } in packages {
        let licence = licence.as_deref().unwrap_or("(none named)");
        let excepted = OTHER_LICENCES.iter().any(|(package, its, _)| package == name && *its == licence);
        match is_permissive(licence) {
            Ok(true) => {}
            Ok(false) | Err(_) if excepted => {}
            Ok(false) => objections.push(format!("{name}: its licence {licence} is not permissive")),
            Err(error) => objections.push(format!("{name}: {error}")),
        }
        if let Some(library) = links.as_deref().filter(|_| LINKING.iter().all(|(package, _)| package != name)) {
            objections.push(format!("{name}: it links {library}"));
        }
    }
    objections
}

#[test]
fn every_dependency_may_be_used_and_none_links_a_c_library() {
    let packages = packages();
    assert!(packages.iter().any(|package| package.name == "ratatui"), "the dependencies are not there");
    assert_eq!(objections(&packages), [""; 0]);
    for (name, licence, why) in OTHER_LICENCES {
        let used = packages.iter().any(|package| package.name == *name && package.licence.as_deref() == Some(licence));
        assert!(used, "{name} ({licence}: {why}) needs no exception any more");
    }
}

#[test]
fn expressions_are_understood() {
    for (expression, expected) in [
        ("MIT", Some(true)),
        ("GPL-3.0-only", Some(false)),
        ("MIT OR Apache-2.0", Some(true)),
        ("MIT/Apache-2.0", Some(true)),
        ("GPL-2.0-only OR MIT", Some(true)),
        ("GPL-2.0-only AND MIT", Some(false)),
        ("MIT AND GPL-2.0-only OR Zlib", Some(true)),
        ("Zlib OR MIT AND GPL-2.0-only", Some(true)),
        ("(Zlib OR MIT) AND GPL-2.0-only", Some(false)),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", Some(true)),
        ("Apache-2.0 WITH LLVM-exception OR LGPL-2.1-only", Some(true)),
        ("LGPL-2.1-only WITH GCC-exception-2.0", Some(false)),
        ("", None),
        ("MIT OR", None),
        ("(MIT", None),
        ("MIT Apache-2.0", None),
        ("MIT WITH", None),
        ("(none named)", None),
    ] {
        assert_eq!(is_permissive(expression).ok(), expected, "{expression:?}");
    }
}

#[test]
fn what_may_not_be_used_is_seen() {
    let package = |name: &str, licence: Option<&str>, links: Option<&str>| Package {
        name: name.to_owned(),
        licence: licence.map(str::to_owned),
        links: links.map(str::to_owned),
    };
    assert_eq!(
        objections(&[
            package("good", Some("MIT"), None),
            package("option-ext", Some("MPL-2.0"), None),
            package("option-ext", Some("GPL-3.0-only"), None),
            package("other", Some("MPL-2.0"), None),
            package("unnamed", None, None),
            package("selinux-sys", Some("MIT"), Some("selinux")),
        ]),
        [
            "option-ext: its licence GPL-3.0-only is not permissive",
            "other: its licence MPL-2.0 is not permissive",
            "unnamed: \"(none named)\" is no licence expression",
            "selinux-sys: it links selinux",
        ]
    );
}
