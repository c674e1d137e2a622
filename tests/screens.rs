//! What a person sees, with its colours, as snapshots; and that no size of the terminal stops the program.

mod desk;

use desk::{Desk, STORY_A, STORY_A_SECOND};
use seltui::{
    config::ColourDepth,
    host::log::{LogNews, Progress},
    tui::Msg,
};

/// A screen in the middle of the work: decided, reopened, open and marked rows.
fn at_work() -> Desk {
    let mut desk = Desk::new(STORY_A);
    desk.press("a n \"kube_logreader\" enter");
    desk.log(STORY_A_SECOND);
    desk.press("G space");
    desk
}

#[test]
fn the_layouts_at_their_sizes() {
    for (columns, rows) in [(80, 24), (120, 40), (200, 60), (60, 15)] {
        let mut desk = at_work();
        desk.resize(columns, rows);
        insta::assert_snapshot!(format!("work_{columns}x{rows}"), desk.coloured(ColourDepth::Sixteen));
    }
}

#[test]
fn the_layers_at_80_by_24() {
    for (name, keys) in [
        ("help", "?"),
        ("records", "g enter"),
        ("oddities", "o"),
        ("palette", ": \"dom\""),
        ("filter", "/ \"lnk\""),
        ("new_domain", "g n \"x\""),
        ("folder", "b"),
        ("copy", "g y"),
        ("bundle", "x tab"),
        ("preview", "tab tab"),
    ] {
        let mut desk = at_work();
        desk.press(keys);
        insta::assert_snapshot!(name, desk.screen());
    }
}

#[test]
fn without_colours_every_state_still_has_a_sign() {
    let desk = at_work();
    let screen = desk.screen();
    for sign in ["✓n", "+a", "●", "▸"] {
        assert!(screen.contains(sign), "{sign}\n{screen}");
    }
    let coloured = desk.coloured(ColourDepth::None);
    for colour in ["Red", "Green", "Yellow", "Blue", "Magenta", "Cyan", "Gray", "Rgb", "Indexed"] {
        assert!(!coloured.contains(&format!(" {colour}")), "NO_COLOR leaves {colour}:\n{coloured}");
    }
}

#[test]
fn no_size_is_too_small_or_too_large() {
    let sizes =
        [(0, 0), (1, 1), (2, 2), (3, 200), (200, 3), (5, 5), (20, 10), (79, 11), (80, 12), (119, 40), (400, 120)];
    for keys in ["", "?", "enter", "o", ":", "/", "g n", "b", "tab", "tab tab", "end", "pgdn"] {
        for (columns, rows) in sizes {
            let mut desk = at_work();
            desk.press(keys).resize(columns, rows);
            desk.screen();
            // What was opened at a good size, and moved in afterwards.
            desk.press("down end pgup left right tab");
            desk.screen();
        }
    }
}

#[test]
fn two_machines_a_range_a_log_that_grows_faster_and_records_that_anybody_could_have_written() {
    let record = |node: &str, source: &str, serial: u32| {
        format!(
            "{node}type=AVC msg=audit(1656360224.779:{serial}): avc:  denied  {{ read }} for  pid=1 comm=\"x\" name=\"y\" \
             scontext=system_u:system_r:{source}:s0 tcontext=system_u:object_r:b_t:s0 tclass=file permissive=0\n"
        )
    };
    let log = [
        record("node=web ", "first_t", 1),
        record("node=db ", "second_t", 2),
        record("Jun 27 20:03:44 db logger: ", "third_t", 3),
    ]
    .concat();
    let mut desk = Desk::new(&log);
    desk.resize(160, 24);
    desk.model.nodes.extend([Some("web".into()), Some("db".into())]);
    desk.model.selection.since = Some(seltui::audit::Stamp(1_656_360_000_000));
    desk.model.selection.nodes = vec!["web".into(), "db".into()];
    let progress = Progress { input: 0, read: 3_000_000, total: Some(10_500_000), late: None, mark: None };
    desk.happen(Msg::Log(LogNews::Progress(progress)));
    let screen = desk.screen();
    for line in [
        "audit.log 7 MB behind",
        "only since 2022-06-27 20:00:00, node web db",
        "▸      1 web first_t  → b_t  file  read",
        "       1 db  second_t → b_t  file  read",
        "    ?  1 -   third_t  → b_t  file  read",
    ] {
        assert!(screen.contains(line), "{line}\n{screen}");
    }
    // Of a stream nobody knows how much there is: the records themselves tell how old they are.
    for (late, said) in [(Some(12), "audit.log 12 s behind"), (None, "audit.log ● live")] {
        let progress = Progress { input: 0, read: 3_000_000, total: None, late, mark: None };
        desk.happen(Msg::Log(LogNews::Progress(progress)));
        assert!(desk.screen().contains(said), "{said}\n{}", desk.screen());
    }
}

#[test]
fn hostile_text_reaches_the_screen_as_what_it_is() {
    let line = |comm: &str, name: &str| {
        let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().concat();
        format!(
            "type=AVC msg=audit(1656360224.779:1281): avc:  denied  {{ read }} for  pid=1 comm={} name={} dev=\"vda1\" \
             ino=1 scontext=system_u:system_r:a_t:s0 tcontext=system_u:object_r:b_t:s0 tclass=file permissive=0\n",
            hex(comm),
            hex(name)
        )
    };
    let long = "x".repeat(4096);
    for text in [
        "\u{1b}[2J\u{1b}]0;owned\u{7}",
        "a\nb\r\nc",
        "\u{202e}gpj.exe",
        "\u{9b}31m",
        "a\tb\0c",
        "\u{301}\u{301}",
        &long,
    ] {
        let mut desk = Desk::new(&line(text, text));
        for keys in ["", "enter"] {
            desk.press(keys).resize(160, 45);
            for cell in desk.buffer(ColourDepth::None).content() {
                let odd = cell.symbol().chars().any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
                assert!(!odd, "{text:?}: {:?}", cell.symbol());
            }
        }
    }
}
