//! The state of the terminal program: everything that a screen is drawn from, and nothing that the machine must be asked for.

mod call;
mod headers;
mod input;
mod interfaces;
mod layer;
mod new_domain;
mod node;
mod output;
mod policy;
mod preview;
mod table;
mod unfolding;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

pub use call::{CallDialog, CallField, may_miss, parameter_name};
pub use headers::{HeadersState, KnownHeaders};
pub use input::Input;
pub use interfaces::{Expansions, InterfaceEntry, InterfacePane, Item, Listed, Need, domain_place};
pub use layer::{
    AskPolicyDialog, ChangeDialog, Choice, CopyDialog, FolderDialog, Layer, PaletteDialog, Purpose, TextLine, TextView,
};
pub use new_domain::{AlsoChoice, AlsoWhat, CallPattern, MakingChoice, NewDomainDialog, Slot, executable};
pub use node::{Act, DontauditRules, Flood, Hiding, LastLoad, NodeState, Proposal, Scope, Split, Weight};
pub use output::{BuildState, Output};
pub use policy::{PolicyPane, PolicyState, Question};
pub use preview::{Preview, call_of};
pub use table::Table;
pub use unfolding::all_brought;

use super::widgets::Scroll;
use crate::{
    audit::{Counters, Oddity, Selection, Stamp},
    config::Keymap,
    denials::Denial,
    export,
    host::signals::Ending,
    module::{PolicyModule, RenderContext},
    replay,
    selinux::{Name, statement::Form},
    session::{Session, Standing},
};

/// The panes of the screen, in the order in which Tab visits them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pane {
    /// The list of denials.
    Denials,
    /// What is known of the one selected.
    Detail,
    /// The module's text.
    Preview,
    /// What make and the compiler printed; there once something was built.
    Output,
    /// What the loaded policy says; there once it was asked for.
    Policy,
    /// What of the interface headers grants what was denied.
    Interfaces,
}

impl Pane {
    /// Its name in the keymap.
    pub fn context(self) -> &'static str {
        match self {
            Self::Denials => "denials",
            Self::Detail => "detail",
            Self::Preview => "preview",
            Self::Output => "output",
            Self::Policy => "policy",
            Self::Interfaces => "interfaces",
        }
    }
}

/// A sentence for the person, on the last line until the next key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Shown as an error.
    pub error: bool,
    /// The sentence.
    pub text: String,
}

/// What the program knows when it starts.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The machine's name.
    pub node: String,
    /// `/sys/fs/selinux/enforce`, where it can be read.
    pub enforcing: Option<bool>,
    /// The demo: the session is thrown away at the end.
    pub demo: bool,
    /// The person's time zone.
    pub zone: jiff::tz::TimeZone,
    /// Where files go when nothing else was said.
    pub folder: PathBuf,
    /// The session is another program's, or the journal can't be written: why nothing can be decided.
    pub read_only: Option<String>,
    /// The keys.
    pub keymap: Keymap,
    /// Nothing on the node may be changed: a person said so.
    pub node_read_only: bool,
    /// What the renderer knows of the installed headers.
    pub rendering: RenderContext,
}

/// The state.
#[derive(Debug)]
pub struct Model {
    /// What was known at the start.
    pub facts: Facts,
    /// The logs.
    pub inputs: Vec<Input>,
    /// Which messages of the logs were asked for.
    pub selection: Selection,
    /// The signal that ended the program.
    pub ended_by: Option<Ending>,
    /// When each node's policy was loaded last, as far as the logs tell.
    pub loads: BTreeMap<Option<Name>, Stamp>,
    /// The machines that the logs tell of; the one that has no name in them is the one they were read on.
    pub nodes: BTreeSet<Option<Name>>,
    /// Lines that were no records, the first of them.
    pub oddities: Vec<Oddity>,
    /// The denials, how they stand, and which of them is selected.
    pub table: Table,
    /// The decisions.
    pub session: Session,
    /// The pane that has the keys.
    pub focus: Pane,
    /// The pane that stands below the list where there is room for two.
    pub beside: Pane,
    /// Dialogs and views over the panes; the last has the keys.
    pub layers: Vec<Layer>,
    /// The module's text.
    pub preview: Preview,
    /// The part of the detail that is seen.
    pub detail: Scroll,
    /// The last build.
    pub output: Option<Output>,
    /// The policy that is loaded.
    pub policy: PolicyState,
    /// What it is asked.
    pub policy_pane: PolicyPane,
    /// The interface headers.
    pub headers: HeadersState,
    /// What of them is shown.
    pub interfaces: InterfacePane,
    /// What calls of them expand to.
    pub expansions: Expansions,
    /// The node, as far as this program changes it.
    pub node: NodeState,
    /// What there is to say.
    pub notice: Option<Notice>,
    /// Columns and rows.
    pub size: (u16, u16),
    /// The domain named last, offered again.
    pub last_domain: Option<String>,
    /// The folder chosen last.
    pub folder: Option<PathBuf>,
}

impl Model {
    /// The state before anything was read: the journal's decisions, no log.
    pub fn new(facts: Facts, inputs: Vec<Input>, session: Session, size: (u16, u16)) -> Self {
        let folder = session.exported().map(|export| PathBuf::from(&export.folder));
        let last_domain = session.domains().last().map(ToString::to_string);
        let layers = if session.is_empty() || facts.read_only.is_some() { Vec::new() } else { vec![Layer::Resume] };
        let mut model = Self {
            facts,
            inputs,
            selection: Selection::default(),
            ended_by: None,
            loads: BTreeMap::new(),
            nodes: BTreeSet::new(),
            oddities: Vec::new(),
            table: Table::default(),
            session,
            focus: Pane::Denials,
            beside: Pane::Detail,
            layers,
            preview: Preview::default(),
            detail: Scroll::default(),
            output: None,
            policy: PolicyState::default(),
            policy_pane: PolicyPane::default(),
            headers: HeadersState::default(),
            interfaces: InterfacePane::default(),
            expansions: Expansions::default(),
            node: NodeState::default(),
            notice: None,
            size,
            last_domain,
            folder,
        };
        model.table.remember(&model.session);
        model.preview.render(&model.module(), &model.facts.rendering);
        model.preview.unmark();
        model
    }

    /// Begins with another session: the one before was put aside.
    pub fn begin(&mut self, session: Session) {
        self.session = session;
        self.folder = None;
        self.last_domain = None;
        self.table.forget();
        self.session_changed();
        self.preview.unmark();
    }

    /// Brings everything that follows from the decisions up to date.
    pub fn session_changed(&mut self) {
        self.table.settle(&self.session);
        self.table.set_own(self.session.domains().into_iter().cloned().collect());
        self.preview.render(&self.module(), &self.facts.rendering);
        self.interfaces.stale = true;
    }

    /// The module that follows from the decisions, with what the loaded policy says of its rules.
    pub fn module(&self) -> PolicyModule {
        let mut module = self.session.policy_module();
        // Once it is loaded the policy allows what it allows because of it.
        let is_loaded = self.session.loaded().iter().any(|loaded| loaded.name == module.name.as_str());
        if let Some(policy) = self.policy.policy().filter(|_| !is_loaded) {
            replay::annotate(&mut module, policy);
        }
        module
    }

    /// The selected row.
    pub fn selected(&self) -> Option<(usize, &Denial)> {
        let row = self.table.selected_row()?;
        Some((row, self.table.denials().rows().get(row)?))
    }

    /// The rows that a decision would be about: the marked ones that are shown, else the selected one; never a granted row,
    /// and never one that a filter hides.
    pub fn chosen(&self) -> Vec<usize> {
        let rows = self.table.denials().rows();
        let mut chosen: Vec<usize> =
            self.table.visible().iter().copied().filter(|row| self.table.marked().contains(row)).collect();
        if chosen.is_empty() {
            chosen.extend(self.table.selected_row());
        }
        chosen.retain(|row| rows.get(*row).is_some_and(Denial::needs_decision));
        chosen
    }

    /// What all logs together held so far.
    pub fn counters(&self) -> Counters {
        self.inputs.iter().fold(Counters::default(), |sum, input| sum.plus(input.counters))
    }

    /// Says something to the person.
    pub fn say(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { error: false, text: text.into() });
    }

    /// Says that something went wrong.
    pub fn complain(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { error: true, text: text.into() });
    }
}

/// When an act is possible; the error says why it is not.
impl Model {
    /// Whether anything may be written down at all.
    pub fn can_write(&self) -> Result<(), &'static str> {
        if self.facts.read_only.is_some() { Err("this session is open read-only") } else { Ok(()) }
    }

    /// Whether there is a row to decide.
    pub fn can_decide(&self) -> Result<(), &'static str> {
        self.can_write()?;
        self.has_selection()?;
        if self.chosen().is_empty() {
            return Err("that access was granted, an auditallow rule only logged it: there is nothing to decide");
        }
        Ok(())
    }

    /// Whether one of the rows grew after it was decided.
    pub fn can_extend(&self) -> Result<(), &'static str> {
        self.can_write()?;
        let reopened = |row: &usize| matches!(self.table.standing(*row), Some(Standing::Reopened(..)));
        if self.chosen().iter().any(reopened) { Ok(()) } else { Err("nothing was denied there since it was decided") }
    }

    /// Whether a decision stands that can be taken back.
    pub fn can_undo(&self) -> Result<(), &'static str> {
        self.can_write()?;
        self.session.next_undo().map(|_| ()).ok_or("nothing is decided that could be taken back")
    }

    /// Whether one was taken back.
    pub fn can_redo(&self) -> Result<(), &'static str> {
        self.can_write()?;
        self.session.next_redo().map(|_| ()).ok_or("nothing was taken back")
    }

    /// Whether a row is selected.
    pub fn has_selection(&self) -> Result<(), &'static str> {
        self.selected().map(|_| ()).ok_or("there is no denial here")
    }

    /// Whether there is something to unmark, or a filter to end.
    pub fn has_marks_or_filter(&self) -> Result<(), &'static str> {
        if self.table.marked().is_empty() && self.table.filter().is_none() { Err("no row is marked") } else { Ok(()) }
    }

    /// Whether the keys are in the interfaces pane, where something is listed.
    pub fn has_interface(&self) -> Result<(), &'static str> {
        self.in_interfaces()?;
        if self.interfaces.entries.is_empty() { Err("no interface is listed") } else { Ok(()) }
    }

    /// Whether the keys are in the interfaces pane.
    pub fn in_interfaces(&self) -> Result<(), &'static str> {
        if self.focus == Pane::Interfaces { Ok(()) } else { Err("that is for the interfaces pane: go there first") }
    }

    /// Whether rules can be written with the headers' names.
    pub fn can_name_sets(&self) -> Result<(), &'static str> {
        self.can_write()?;
        if self.session.form() == Form::Module {
            return Err("the module form knows no names of the headers: go to the policy_module form first");
        }
        if self.facts.rendering.sets.is_empty() { Err("no interface headers were read") } else { Ok(()) }
    }

    /// Whether the module has a call that could be shown as what it expands to.
    pub fn has_calls(&self) -> Result<(), &'static str> {
        if self.headers.known().is_none() {
            return Err("no interface headers were read");
        }
        if self.session.form() == Form::Module && self.session.policy_module().calls().next().is_some() {
            return Err("the module form holds what each call expands to already");
        }
        let mut lines = self.preview.rendered().lines.iter();
        if lines.any(|line| call_of(line).is_some()) { Ok(()) } else { Err("the module calls no interface") }
    }

    /// Whether the module declares a domain that a container can run in.
    pub fn has_workload(&self) -> Result<(), &'static str> {
        if export::container_domains(&self.session).is_empty() {
            return Err("no domain of the module is a container's");
        }
        Ok(())
    }

    /// The files that an export writes: the module's, and what stands beside them for a container's domain.
    pub fn files_written(&self) -> String {
        let name = self.session.module_name();
        match self.has_workload() {
            Ok(()) => format!("{name}.te, .fc, .if and workload.txt"),
            Err(_) => format!("{name}.te, {name}.fc and {name}.if"),
        }
    }

    /// Whether there is a module to write.
    pub fn can_export(&self) -> Result<(), &'static str> {
        self.can_write()?;
        if self.preview.is_empty() { Err("the module is empty: decide something first") } else { Ok(()) }
    }

    /// Whether the module can be built and loaded.
    pub fn can_load(&self) -> Result<(), &'static str> {
        self.can_build()?;
        self.can_change_node()
    }

    /// Whether something that this session loaded is there to be taken back.
    pub fn can_take_back(&self) -> Result<(), &'static str> {
        self.can_write()?;
        self.can_change_node()?;
        self.session
            .loaded()
            .iter()
            .next()
            .map(|_| ())
            .ok_or("this session has loaded nothing that could be taken back")
    }

    /// Whether nothing is done on the node at the moment.
    pub fn can_change_node(&self) -> Result<(), &'static str> {
        self.has_node()?;
        if self.node.running.is_some() { Err("something is being done on the node already") } else { Ok(()) }
    }

    /// Whether there is a node at all.
    pub fn has_node(&self) -> Result<(), &'static str> {
        if self.facts.demo { Err("the demo has no node: start seltui without demo") } else { Ok(()) }
    }

    /// Whether something is done that could be given up.
    pub fn can_give_up(&self) -> Result<(), &'static str> {
        let builds = self.output.as_ref().is_some_and(Output::is_running);
        if self.node.running.is_some() || builds { Ok(()) } else { Err("nothing is being done") }
    }

    /// Whether the list can be split in any way.
    pub fn can_split(&self) -> Result<(), &'static str> {
        let split = self.table.split();
        if split.load.is_some() || split.flood.is_some() {
            Ok(())
        } else {
            Err("nothing was loaded and no dontaudit rule was taken out since the program was started")
        }
    }

    /// Whether a build can begin.
    pub fn can_build(&self) -> Result<(), &'static str> {
        self.can_export()?;
        if self.output.as_ref().is_some_and(Output::is_running) { Err("a build is running") } else { Ok(()) }
    }
}
