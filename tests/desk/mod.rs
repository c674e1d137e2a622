//! The terminal program without a terminal: keys in, model and screen out.

#![allow(dead_code)] // each test file uses its part
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may stop

use std::{fmt::Write as _, path::PathBuf, sync::Arc};

use ratatui::{Terminal, backend::TestBackend, buffer::Buffer, style::Color};
use seltui::{
    audit::{AuditEvent, Ending, EventAssembler, Place, Stamp, WallClock},
    config::{Chord, ColourDepth, Keymap, Theme, Vocabulary},
    host::{catalogue, headers::demo_headers, log::LogInput},
    module::{ExpandedCall, RenderContext},
    policydb::Policy,
    refpolicy::{Definitions, Expander, Expansion, FuzzyIndex, HeaderSet, matching::Matcher},
    selinux::{Call, Identifier},
    session::{JournalRecord, Session},
    tui::{
        Effect, Look, Model, Msg, action,
        model::{Facts, HeadersState, Input, KnownHeaders, PolicyState},
        update, view,
    },
};

/// A model with a journal that takes everything, and the effects that nobody did.
pub struct Desk {
    pub model: Model,
    pub journal: Vec<JournalRecord>,
    pub effects: Vec<Effect>,
}

pub fn facts() -> Facts {
    Facts {
        node: "node1".into(),
        enforcing: Some(true),
        demo: false,
        zone: jiff::tz::TimeZone::UTC,
        folder: PathBuf::from("/root/logger"),
        read_only: None,
        node_read_only: false,
        keymap: keymap(),
        rendering: RenderContext::default(),
    }
}

pub fn keymap() -> Keymap {
    let names: Vec<&str> = action::ACTIONS.iter().map(|action| action.name).collect();
    Keymap::embedded(&Vocabulary { actions: &names, contexts: action::CONTEXTS }).expect("the embedded keymap is sound")
}

impl Desk {
    pub fn new(log: &str) -> Self {
        Self::with(facts(), Session::new(Identifier::new("logger").unwrap()), log)
    }

    pub fn with(facts: Facts, session: Session, log: &str) -> Self {
        let input = Input::new(LogInput::File("/var/log/audit/audit.log".into()));
        let model = Model::new(facts, vec![input], session, (80, 24));
        let mut desk = Self { model, journal: Vec::new(), effects: Vec::new() };
        desk.log(log);
        desk
    }

    /// The log grows.
    pub fn log(&mut self, text: &str) {
        for event in events(text) {
            self.model.table.absorb(event, &self.model.session);
        }
        self.model.table.arrange();
        self.model.node.counts = self.model.table.counts();
        self.model.inputs[0].caught_up = true;
    }

    /// Presses keys: names of chords between blanks, text to be typed between quotes.
    pub fn press(&mut self, keys: &str) -> &mut Self {
        let mut rest = keys.trim_start();
        while !rest.is_empty() {
            if let Some(quoted) = rest.strip_prefix('"') {
                let (text, behind) = quoted.split_once('"').expect("a closing quote");
                for c in text.chars() {
                    let chord = if c == ' ' { "space".to_owned() } else { c.to_string() };
                    self.happen(Msg::Key(chord.parse().expect("a character is a chord")));
                }
                rest = behind.trim_start();
            } else {
                let (name, behind) = rest.split_once(' ').unwrap_or((rest, ""));
                let chord: Chord = name.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
                self.happen(Msg::Key(chord));
                rest = behind.trim_start();
            }
        }
        self
    }

    /// Lets something happen; the journal takes every record.
    pub fn happen(&mut self, msg: Msg) {
        for effect in update(&mut self.model, msg) {
            match effect {
                Effect::Append(record) => {
                    self.journal.push(record.clone());
                    self.happen(Msg::Appended(record));
                }
                Effect::Expand(calls) => {
                    let expansions = self.expand(calls);
                    self.happen(Msg::Expanded(expansions));
                }
                Effect::WriteOut(calls) => {
                    let written = self.write_out(calls);
                    self.happen(Msg::WrittenOut(written));
                }
                effect => self.effects.push(effect),
            }
        }
    }

    fn expand(&self, calls: Vec<String>) -> Vec<(String, Arc<Expansion>)> {
        let headers = self.model.headers.catalogue().expect("nobody asks without headers").definitions().headers();
        let mut expander = Expander::new(headers);
        calls.into_iter().map(|call| (call.clone(), Arc::new(expander.expand_text(&format!("{call}\n"))))).collect()
    }

    fn write_out(&self, calls: Vec<Call>) -> Vec<(Call, Result<ExpandedCall, String>)> {
        let headers = self.model.headers.catalogue().expect("nobody asks without headers").definitions().headers();
        let mut expander = Expander::new(headers);
        let classes = &self.model.facts.rendering.classes;
        let write = |call: Call| (call.clone(), ExpandedCall::of(&mut expander, &call, classes));
        calls.into_iter().map(write).collect()
    }

    /// The demo's headers and policy.
    pub fn with_demo_headers(mut self) -> Self {
        let policy = Arc::new(Policy::read(include_bytes!("../../assets/demo/policy.33")).unwrap());
        self.happen(Msg::Policy(PolicyState::Read { path: "policy.33".into(), policy: Arc::clone(&policy) }));
        let headers = demo_headers();
        self.with_headers(headers, &policy)
    }

    /// These headers, matched by this policy.
    pub fn with_headers(mut self, headers: HeaderSet, policy: &Policy) -> Self {
        let catalogue = catalogue::expand(Arc::new(Definitions::read(Arc::new(headers)))).unwrap();
        let fuzzy = FuzzyIndex::of_interfaces(catalogue.definitions());
        let matcher = Matcher::new(Arc::clone(&catalogue), policy);
        self.happen(Msg::Headers(HeadersState::Read(Arc::new(KnownHeaders { catalogue, fuzzy, matcher }))));
        self
    }

    pub fn resize(&mut self, columns: u16, rows: u16) -> &mut Self {
        self.happen(Msg::Resize(columns, rows));
        self
    }

    /// The module's text.
    pub fn te(&self) -> String {
        self.model.preview.rendered().text()
    }

    /// The rules of the module, without remarks.
    pub fn rules(&self) -> Vec<String> {
        let is_rule = |line: &&str| line.starts_with("allow ") || line.starts_with("dontaudit ");
        self.te().lines().filter(is_rule).map(ToOwned::to_owned).collect()
    }

    pub fn notice(&self) -> &str {
        self.model.notice.as_ref().map_or("", |notice| notice.text.as_str())
    }

    /// The screen as a terminal without colours shows it.
    pub fn screen(&self) -> String {
        text(&self.buffer(ColourDepth::None))
    }

    /// The screen with its colours: the text, then a line for each run of cells that has a style.
    pub fn coloured(&self, depth: ColourDepth) -> String {
        let buffer = self.buffer(depth);
        format!("{}\n{}", text(&buffer), styles(&buffer))
    }

    pub fn buffer(&self, depth: ColourDepth) -> Buffer {
        let (columns, rows) = self.model.size;
        let look = Look::new(Theme::embedded().expect("the embedded theme is sound").resolve(depth), true);
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        terminal.draw(|frame| view(&self.model, &look, frame)).unwrap();
        terminal.backend().buffer().clone()
    }
}

fn text(buffer: &Buffer) -> String {
    let area = buffer.area;
    let mut out = String::new();
    for y in 0..area.height {
        let line: String = (0..area.width).map(|x| buffer[(x, y)].symbol()).collect();
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn styles(buffer: &Buffer) -> String {
    let area = buffer.area;
    let mut out = String::new();
    for y in 0..area.height {
        let mut x = 0;
        while x < area.width {
            let style = buffer[(x, y)].style();
            let begin = x;
            while x < area.width && buffer[(x, y)].style() == style {
                x += 1;
            }
            let plain = style.fg.is_none_or(|c| c == Color::Reset)
                && style.bg.is_none_or(|c| c == Color::Reset)
                && style.add_modifier.is_empty();
            if !plain {
                let (fg, bg) = (style.fg.unwrap_or(Color::Reset), style.bg.unwrap_or(Color::Reset));
                writeln!(out, "{y}:{begin}-{} {fg} on {bg} {:?}", x - 1, style.add_modifier).unwrap();
            }
        }
    }
    out
}

/// The events of a log.
pub fn events(text: &str) -> Vec<AuditEvent> {
    let mut assembler = EventAssembler::new(WallClock::new(Stamp(0), jiff::tz::TimeZone::UTC));
    for (number, line) in (1..).zip(text.lines()) {
        assembler.push(Place { input: 0, line: number }, line.as_bytes(), Ending::Whole);
    }
    assembler.flush();
    assembler.take_events()
}

pub const STORY_A: &str = include_str!("../container/logs/story-a.log");
pub const STORY_A_SECOND: &str = include_str!("../container/logs/story-a-second-round.log");
