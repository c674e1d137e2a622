//! Keymaps and themes: text in, values or the exact sentence out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)]

use std::{collections::BTreeSet, fs};

use proptest::prelude::*;
use seltui::{
    config::{AnsiColour, Chord, Colour, ColourDepth, ConfigError, Keymap, Modifier, Role, Style, Theme, Vocabulary},
    host::config::{read_keymap, read_theme},
};

/// Every action with the keys of the design, in its order.
const ACTIONS: &[(&str, &[&str])] = &[
    ("allow", &["a"]),
    ("dontaudit", &["d"]),
    ("new-domain", &["n"]),
    ("skip", &["s"]),
    ("extend", &["+"]),
    ("undo", &["u"]),
    ("redo", &["U"]),
    ("mark", &["Space"]),
    ("mark-source", &["*"]),
    ("unmark-all", &["Esc"]),
    ("records", &["Enter"]),
    ("filter", &["/"]),
    ("policy", &["p"]),
    ("ask-policy", &["t"]),
    ("interfaces", &["i"]),
    ("expand-calls", &["e"]),
    ("workload", &["w"]),
    ("copy", &["y"]),
    ("load", &["L"]),
    ("take-back", &["R"]),
    ("dontaudit-rules", &["D"]),
    ("loaded", &["N"]),
    ("scope", &["v"]),
    ("give-up", &["K"]),
    ("name-sets", &["m"]),
    ("next-pane", &["Tab"]),
    ("previous-pane", &["Shift-Tab"]),
    ("up", &["Up", "k"]),
    ("down", &["Down", "j"]),
    ("page-up", &["PgUp"]),
    ("page-down", &["PgDn"]),
    ("first", &["Home", "g"]),
    ("last", &["End", "G"]),
    ("left", &["Left", "h"]),
    ("right", &["Right", "l"]),
    ("build", &["b"]),
    ("export", &["x"]),
    ("switch-form", &["f"]),
    ("palette", &[":"]),
    ("help", &["?"]),
    ("oddities", &["o"]),
    ("refresh", &["Ctrl-L"]),
    ("quit", &["q", "Ctrl-C"]),
];

/// The same for the interfaces pane alone.
const IN_INTERFACES: &[(&str, &[&str])] = &[
    ("take-call", &["Enter"]),
    ("search-interfaces", &["/"]),
    ("unfold", &["Right", "l"]),
    ("fold", &["Left", "h"]),
    ("opens", &["o"]),
    ("callers", &["c"]),
    ("definition", &["S"]),
    ("leave-interfaces", &["Esc"]),
];

const CONTEXTS: &[&str] = &["denials", "detail", "preview", "interfaces"];

fn names() -> Vec<&'static str> {
    ACTIONS.iter().chain(IN_INTERFACES).map(|(name, _)| *name).collect()
}

fn parse(text: &str) -> Result<Keymap, ConfigError> {
    Keymap::parse("keymap.toml", text, &Vocabulary { actions: &names(), contexts: CONTEXTS })
}

fn embedded() -> Keymap {
    Keymap::embedded(&Vocabulary { actions: &names(), contexts: CONTEXTS }).unwrap_or_else(|error| panic!("{error}"))
}

fn chord(text: &str) -> Chord {
    text.parse().unwrap()
}

fn shown(keymap: &Keymap, context: &str, action: &str) -> Vec<String> {
    keymap.chords_for(context, action).iter().map(Chord::to_string).collect()
}

#[test]
fn the_built_in_keymap_is_the_designs() {
    let keymap = embedded();
    let tables = [("denials", ACTIONS), ("interfaces", IN_INTERFACES)];
    for (context, (action, keys)) in
        tables.iter().flat_map(|(context, table)| table.iter().map(move |row| (*context, row)))
    {
        assert_eq!(shown(&keymap, context, action), *keys, "{action}");
        for key in *keys {
            assert_eq!(keymap.action_for(context, chord(key)), Some(*action), "{key}");
        }
    }
    for later in ["1", "9"] {
        assert_eq!(keymap.action_for("denials", chord(later)), None, "{later} belongs to what does not exist yet");
    }
    assert_eq!(keymap.action_for("preview", chord("esc")), None, "Esc unmarks in the list of denials alone");
    assert_eq!(keymap.action_for("preview", chord("u")), Some("undo"));
}

#[test]
fn a_users_keymap_lies_over_the_built_in_one() {
    let user = parse(
        "[keys]\n\"e\" = \"allow\"\n\"a\" = \"none\"\n\"x\" = \"build\"\n\n[keys.preview]\n'u' = 'page-up'\nQ = 'quit'\n'd' = 'none'\n",
    );
    let keymap = embedded().overlaid_with(user.unwrap());
    for (context, key, action) in [
        ("denials", "e", Some("allow")),
        ("denials", "a", None),
        ("denials", "x", Some("build")),
        ("denials", "b", Some("build")),
        ("denials", "u", Some("undo")),
        ("preview", "u", Some("page-up")),
        ("preview", "d", None),
        ("preview", "Q", Some("quit")),
        ("denials", "Q", None),
        ("nowhere", "u", Some("undo")),
    ] {
        assert_eq!(keymap.action_for(context, chord(key)), action, "{context} {key}");
    }
    for (context, action, keys) in [
        ("denials", "allow", &["e"][..]),
        ("denials", "export", &[]),
        ("denials", "build", &["x", "b"]),
        ("denials", "undo", &["u"]),
        ("preview", "undo", &[]),
        ("preview", "page-up", &["u", "PgUp"]),
        ("preview", "quit", &["Q", "q", "Ctrl-C"]),
        ("preview", "dontaudit", &[]),
    ] {
        assert_eq!(shown(&keymap, context, action), keys, "{context} {action}");
    }
    // A context's key may mean what it means everywhere; it is shown once.
    let same = embedded().overlaid_with(parse("[keys.detail]\nb = 'build'\n").unwrap());
    assert_eq!(shown(&same, "detail", "build"), ["b"]);
}

#[test]
fn a_mistake_in_a_keymap_is_told_with_its_place() {
    for (text, expected) in [
        ("[keys]\n\n\"a\" = \"alow\"\n", r#"line 3: keys.a: there is no action "alow", did you mean "allow"?"#),
        ("[keys]\n\"a\" = \"explode\"\n", r#"line 2: keys.a: there is no action "explode""#),
        ("[keys]\na = 'Allow'\n", r#"line 2: keys.a: there is no action "Allow", did you mean "allow"?"#),
        (
            "[keys.denails]\na = 'allow'\n",
            r#"line 1: keys.denails: there is no pane or mode "denails", did you mean "denials"?"#,
        ),
        (
            "[keys.wherever]\n",
            r#"line 1: keys.wherever: there is no pane or mode "wherever", there is: denials, detail, preview, interfaces"#,
        ),
        ("[key]\n", r#"line 1: key: there is no table "key", did you mean "keys"?"#),
        ("# mine\n\"a\" = \"allow\"\n", r#"line 2: a: there is no table "a", there is: keys"#),
        ("keys = 3\n", "line 1: keys: it must be a table: write [keys]"),
        (
            "[keys]\n\"super-a\" = \"allow\"\n",
            "line 2: keys.super-a: there is no such key: write it as in a, A, ctrl-c, alt-x, space, shift-tab, f1",
        ),
        ("[keys]\n'ctrl-i' = 'allow'\n", "line 2: keys.ctrl-i: a terminal sends the same for it as for tab: write tab"),
        ("[keys]\n\"shift-1\" = 'allow'\n", "line 2: keys.shift-1: write the character that Shift gives, as in A or !"),
        ("[keys]\na = 3\n", r#"line 2: keys.a: it must be the name of an action in quotation marks, or "none""#),
        (
            "[keys]\n\"/\" = ['filter', 'help']\n",
            r#"line 2: keys."/": it must be the name of an action in quotation marks, or "none""#,
        ),
        (
            "[keys]\nbacktab = 'up'\n\n'Shift-Tab' = 'down'\n",
            "line 4: keys.Shift-Tab: the key Shift-Tab stands in this table twice",
        ),
        (
            "[keys.detail]\nA = 'up'\nshift-a = 'up'\n",
            "line 3: keys.detail.shift-a: the key A stands in this table twice",
        ),
        ("[keys]\na = 'up'\na = 'down'\n", "line 3: duplicate key"),
        ("[keys]\n\na = \"allow\nb = 3\n", "line 3: invalid basic string, expected `\"`"),
        (
            "[keys]\r\na = 'allow'\r\nb = 'biuld'\r\n",
            r#"line 3: keys.b: there is no action "biuld", did you mean "build"?"#,
        ),
    ] {
        let error = parse(text).expect_err(text).to_string();
        assert_eq!(error, format!("keymap.toml: {expected}"), "{text}");
    }
}

#[test]
fn the_built_in_theme_is_legible_on_dark_and_light() {
    let theme = Theme::embedded().unwrap_or_else(|error| panic!("{error}"));
    // xterm's yellow, cyan and white vanish on white, its blue on black; green and cyan only mark what is also marked otherwise.
    let allowed = [AnsiColour::Red, AnsiColour::Magenta, AnsiColour::Green, AnsiColour::Cyan].map(Colour::Ansi);
    let text = fs::read_to_string("assets/theme.toml").unwrap();
    for role in Role::ALL {
        let Style { fg, bg, modifiers } = theme.style(*role);
        assert!(text.contains(&format!("\n{} = {{", role.name())), "{} is not named", role.name());
        assert_eq!(bg, Colour::Default, "{}", role.name());
        assert!(fg == Colour::Default || allowed.contains(&fg), "{} {fg:?}", role.name());
        assert!(fg == Colour::Default || !modifiers.is_empty(), "{}: its colour is its only sign", role.name());
    }
}

#[test]
fn without_colour_the_signs_stay() {
    let theme = Theme::embedded().unwrap();
    let plain = theme.resolve(ColourDepth::None);
    for role in Role::ALL {
        let (full, none) = (theme.style(*role), plain.style(*role));
        assert_eq!((none.fg, none.bg, none.modifiers), (Colour::Default, Colour::Default, full.modifiers));
    }
    let denials = [Role::Open, Role::Selected, Role::Marked, Role::Decided, Role::Reopened, Role::Permissive];
    let looks: BTreeSet<_> = denials.iter().map(|role| plain.style(*role)).collect();
    assert_eq!(looks.len(), denials.len(), "each kind of row looks different");
    for (a, b) in [
        (Role::BorderFocused, Role::Border),
        (Role::AddedLine, Role::Text),
        (Role::Error, Role::Warning),
        (Role::Match, Role::Text),
        (Role::KeyName, Role::KeyHint),
        (Role::Input, Role::Dialog),
    ] {
        assert_ne!(plain.style(a), plain.style(b), "{} {}", a.name(), b.name());
    }
    for depth in [ColourDepth::Sixteen, ColourDepth::Indexed, ColourDepth::Full] {
        assert_eq!(theme.resolve(depth), theme, "the built-in theme needs sixteen colours and no more");
    }
}

#[test]
fn a_users_theme_lies_over_the_built_in_one() {
    let text = "[styles]\nselected = { bg = '#0000f0', fg = 231 }\n\n[styles.error]\nfg = 'bright-red'\nitalic = true\nbold = false\n";
    let theme = Theme::embedded().unwrap().overlaid_with(Theme::parse("theme.toml", text).unwrap());
    let selected = theme.style(Role::Selected);
    assert_eq!((selected.fg, selected.bg), (Colour::Indexed(231), Colour::Rgb(0, 0, 240)));
    assert!(selected.modifiers.is_empty(), "what the user's style leaves out is plain");
    let few = theme.resolve(ColourDepth::Sixteen).style(Role::Selected);
    assert_eq!((few.fg, few.bg), (Colour::Ansi(AnsiColour::BrightWhite), Colour::Ansi(AnsiColour::Blue)));
    let error = theme.style(Role::Error);
    assert_eq!(error.fg, Colour::Ansi(AnsiColour::BrightRed));
    assert_eq!(error.modifiers.iter().collect::<Vec<_>>(), [Modifier::Italic]);
    assert_eq!(theme.style(Role::Heading), Theme::embedded().unwrap().style(Role::Heading));
}

#[test]
fn a_mistake_in_a_theme_is_told_with_its_place() {
    for (text, expected) in [
        (
            "[styles]\n\nselectd = {}\n",
            r#"line 3: styles.selectd: there is no role "selectd", did you mean "selected"?"#,
        ),
        ("[style]\n", r#"line 1: style: there is no table "style", did you mean "styles"?"#),
        (
            "[styles]\nerror = { fg = 'rde' }\n",
            r#"line 2: styles.error.fg: there is no colour "rde", did you mean "red"?"#,
        ),
        (
            "[styles]\nerror = { fg = '#12' }\n",
            r##"line 2: styles.error.fg: "#12" is no colour: write six hexadecimal digits, as in "#0a80ff""##,
        ),
        ("[styles]\nerror = { bg = 256 }\n", "line 2: styles.error.bg: the number of a colour is 0 to 255"),
        ("[styles]\nerror = { bg = -1 }\n", "line 2: styles.error.bg: the number of a colour is 0 to 255"),
        (
            "[styles]\nerror = { bg = true }\n",
            r##"line 2: styles.error.bg: it must be a colour: a name, "#rrggbb", or a number from 0 to 255"##,
        ),
        ("[styles]\nerror = 'red'\n", "line 2: styles.error: it must be a table, as in { fg = \"red\", bold = true }"),
        (
            "[styles]\nerror = {\n  blod = true\n}\n",
            r#"line 3: styles.error.blod: there is no part of a style "blod", did you mean "bold"?"#,
        ),
        (
            "[styles.error]\nblink = true\n",
            r#"line 2: styles.error.blink: there is no part of a style "blink", there is: fg, bg, bold, dim, italic, underline, reversed"#,
        ),
        ("[styles]\nerror = { bold = 1 }\n", "line 2: styles.error.bold: it must be true or false"),
        ("styles = []\n", "line 1: styles: it must be a table: write [styles]"),
    ] {
        let error = Theme::parse("theme.toml", text).expect_err(text).to_string();
        assert_eq!(error, format!("theme.toml: {expected}"), "{text}");
    }
}

#[test]
fn the_users_files_are_read_from_their_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (keys, theme) = (folder.path().join("keymap.toml"), folder.path().join("theme.toml"));
    let actions = names();
    let vocabulary = Vocabulary { actions: &actions, contexts: CONTEXTS };
    assert_eq!(read_keymap(folder.path(), &vocabulary).unwrap(), embedded());
    assert_eq!(read_theme(folder.path()).unwrap(), Theme::embedded().unwrap());
    fs::write(&keys, "[keys]\ne = 'allow'\n").unwrap();
    fs::write(&theme, "[styles]\ndim = {}\n").unwrap();
    assert_eq!(shown(&read_keymap(folder.path(), &vocabulary).unwrap(), "denials", "allow"), ["e", "a"]);
    assert_eq!(read_theme(folder.path()).unwrap().style(Role::Dim), Style::default());
    fs::write(&keys, "[keys]\ne = 'alow'\n").unwrap();
    let error = format!("{:#}", read_keymap(folder.path(), &vocabulary).unwrap_err());
    assert_eq!(
        error,
        format!("{}: line 2: keys.e: there is no action \"alow\", did you mean \"allow\"?", keys.display())
    );
    fs::write(&theme, b"[styles]\n\n# \xff\n").unwrap();
    let error = format!("{:#}", read_theme(folder.path()).unwrap_err());
    assert_eq!(error, format!("{}: line 3: this is no UTF-8 text", theme.display()));
    fs::remove_file(&theme).unwrap();
    fs::create_dir(&theme).unwrap();
    let error = format!("{:#}", read_theme(folder.path()).unwrap_err());
    assert!(error.starts_with(&format!("{}: ", theme.display())), "{error}");
}

proptest! {
    #[test]
    fn any_text_is_a_chord_or_an_error(text in "(ctrl-|alt-|shift-|[a-z0-9-]|.){0,4}") {
        if let Ok(chord) = text.parse::<Chord>() {
            prop_assert_eq!(chord.to_string().parse(), Ok(chord));
        }
    }

    #[test]
    fn any_text_is_a_file_or_an_error(text in "(\\[keys\\]|\\[styles\\]|a|=|'|\"|up|\n|\\{|\\}|fg|é|.){0,30}") {
        let lines = text.split('\n').count();
        for error in [parse(&text).err(), Theme::parse("theme.toml", &text).err()].into_iter().flatten() {
            prop_assert!((1..=lines).contains(&error.line), "{error}");
            prop_assert!(!error.to_string().contains(char::is_control), "{error:?}");
        }
    }
}
