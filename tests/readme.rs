//! The README says what the program does: its keys and its commands are compared with the tables they come from.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods)] // a test may

use std::{fmt::Write as _, process::Command};

use seltui::{
    config::{Keymap, Vocabulary},
    tui::action::{ACTIONS, CONTEXTS, Group},
};

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");

/// How the table of keys begins.
const HEADING: &str = "| keys | | name in the keymap |\n";

fn readme() -> String {
    std::fs::read_to_string(README).unwrap()
}

/// The table of keys as it stands in the README: the acts of the table with the keys of the built-in keymap.
fn table() -> String {
    let names: Vec<_> = ACTIONS.iter().map(|action| action.name).collect();
    let keymap = Keymap::embedded(&Vocabulary { actions: &names, contexts: CONTEXTS }).unwrap();
    let mut groups: Vec<Group> = ACTIONS.iter().map(|action| action.group).collect();
    groups.sort();
    groups.dedup();
    let mut table = format!("{HEADING}| --- | --- | --- |\n");
    for group in groups {
        writeln!(table, "| | **{}** | |", group.title()).unwrap();
        for action in ACTIONS.iter().filter(|action| action.group == group) {
            let chords = keymap.chords_for(action.group.context(), action.name);
            let keys: Vec<_> = chords.iter().map(|chord| format!("`{chord}`")).collect();
            writeln!(table, "| {} | {}. | `{}` |", keys.join(" "), action.sentence, action.name).unwrap();
        }
    }
    table
}

/// `UPDATE_README=1 cargo test --test readme` writes the table anew.
#[test]
fn the_table_of_keys_is_the_programs_own() {
    let (readme, table) = (readme(), table());
    if std::env::var_os("UPDATE_README").is_some() {
        let (before, rest) = readme.split_once(HEADING).unwrap();
        let (_, after) = rest.split_once("\n\n").unwrap();
        std::fs::write(README, format!("{before}{table}\n{after}")).unwrap();
        return;
    }
    assert!(readme.contains(&table), "the keys have changed: UPDATE_README=1 cargo test --test readme\n{table}");
}

#[test]
fn every_command_is_named_and_every_command_that_is_named_is_there() {
    let readme = readme();
    let output = Command::new(env!("CARGO_BIN_EXE_seltui")).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let commands: Vec<_> = commands.filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    assert!(commands.contains(&"events"), "{help}");
    for command in commands.iter().filter(|command| !command.is_empty() && **command != "help") {
        assert!(readme.contains(&format!("seltui {command}")), "README.md does not name seltui {command}");
    }
    let examples = readme.split("```").skip(1).step_by(2).flat_map(str::lines);
    for line in examples {
        let Some(word) = line.strip_prefix("seltui ").and_then(|rest| rest.split(' ').next()) else { continue };
        let is_command = word.starts_with(|c: char| c.is_ascii_lowercase());
        assert!(!is_command || commands.contains(&word), "README.md names seltui {word}, which is not there");
    }
}

#[test]
fn what_it_points_to_is_there() {
    for document in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(folder.join(document)).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            let is_path = !target.is_empty() && !target.contains("://");
            assert!(!is_path || folder.join(target).exists(), "{document} points to {target}, which is not there");
        }
    }
}
