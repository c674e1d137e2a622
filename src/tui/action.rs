//! What a person can do: one row each, and everything that names a key or an act reads it from here.
//!
//! Footer, help, palette, the check of the keymap file and the table in the README come from [`ACTIONS`]; a hint is shown
//! only while [`Action::possible`] agrees, so it never lies.

use super::model::Model;

/// Which act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the sentence of each stands in the table
pub enum ActionId {
    Allow,
    DontAudit,
    NewDomain,
    Skip,
    Extend,
    Undo,
    Redo,
    Mark,
    MarkSource,
    UnmarkAll,
    Records,
    Filter,
    Build,
    Export,
    SwitchForm,
    NameSets,
    Oddities,
    Policy,
    AskPolicy,
    Interfaces,
    TakeCall,
    SearchInterfaces,
    Unfold,
    Fold,
    Opens,
    Callers,
    Definition,
    LeaveInterfaces,
    ExpandCalls,
    Workload,
    Copy,
    Load,
    TakeBack,
    DontauditRules,
    Loaded,
    Scope,
    GiveUp,
    Palette,
    Help,
    NextPane,
    PreviousPane,
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    Left,
    Right,
    Refresh,
    Quit,
}

/// The heading that an act stands under in the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Group {
    Decide,
    Choose,
    Module,
    Interfaces,
    Node,
    Look,
    Move,
    Program,
}

impl Group {
    /// The pane whose keys its acts have.
    pub fn context(self) -> &'static str {
        match self {
            Self::Interfaces => "interfaces",
            _ => "denials",
        }
    }

    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Decide => "Decide",
            Self::Choose => "Choose rows",
            Self::Module => "The module",
            Self::Interfaces => "In the interfaces pane",
            Self::Node => "The node",
            Self::Look => "Look closer",
            Self::Move => "Move",
            Self::Program => "The program",
        }
    }
}

/// One row of the table.
#[derive(Debug)]
pub struct Action {
    /// Which act.
    pub id: ActionId,
    /// Its name in the keymap file and in the palette.
    pub name: &'static str,
    /// Two words at most, for the footer; empty where the footer never names it.
    pub hint: &'static str,
    /// What it does, a sentence without its full stop.
    pub sentence: &'static str,
    /// Its heading in the help.
    pub group: Group,
    /// Why it can't be done now, if it can't.
    pub possible: fn(&Model) -> Result<(), &'static str>,
}

/// The contexts that a keymap may name besides the one that holds everywhere.
pub const CONTEXTS: &[&str] = &["denials", "detail", "preview", "output", "policy", "interfaces", "view"];

#[allow(clippy::unnecessary_wraps)] // it stands in a table of questions that may be answered with no
fn always(_: &Model) -> Result<(), &'static str> {
    Ok(())
}

const fn row(
    id: ActionId,
    name: &'static str,
    hint: &'static str,
    group: Group,
    possible: fn(&Model) -> Result<(), &'static str>,
    sentence: &'static str,
) -> Action {
    Action { id, name, hint, sentence, group, possible }
}

/// Every act, in the order in which the footer and the help name them.
#[rustfmt::skip]
pub static ACTIONS: &[Action] = &[
    row(ActionId::Allow, "allow", "allow", Group::Decide, Model::can_decide,
        "Allow what was denied, for the source type as it is; the marked rows if any are marked"),
    row(ActionId::DontAudit, "dontaudit", "dontaudit", Group::Decide, Model::can_decide,
        "Keep it denied and log it no more"),
    row(ActionId::NewDomain, "new-domain", "new domain", Group::Decide, Model::can_decide,
        "Move the accesses to a domain of their own, which the module declares"),
    row(ActionId::Skip, "skip", "skip", Group::Decide, Model::can_decide,
        "Write nothing for it and go on"),
    row(ActionId::Extend, "extend", "extend", Group::Decide, Model::can_extend,
        "Let the decision cover what was denied since it was made"),
    row(ActionId::Undo, "undo", "undo", Group::Decide, Model::can_undo,
        "Take the last decision back"),
    row(ActionId::Build, "build", "build", Group::Module, Model::can_build,
        "Export the module's files and build the .pp"),
    row(ActionId::Load, "load", "load", Group::Node, Model::can_load,
        "Build the module, and load it on this node: shows the command and what it does, and asks"),
    row(ActionId::Mark, "mark", "mark", Group::Choose, Model::has_selection,
        "Mark the row, or unmark it; a decision is then for all marked rows"),
    row(ActionId::MarkSource, "mark-source", "mark source", Group::Choose, Model::has_selection,
        "Mark all open rows of the same source type"),
    row(ActionId::Records, "records", "records", Group::Look, Model::has_selection,
        "Show the records of the events behind the row, as the log has them"),
    row(ActionId::Filter, "filter", "filter", Group::Choose, always,
        "Show only the rows that hold these words: types, class, permissions, comm, path"),
    row(ActionId::Redo, "redo", "redo", Group::Decide, Model::can_redo,
        "Do again what was taken back"),
    row(ActionId::Export, "export", "export", Group::Module, Model::can_export,
        "Write the .te, .fc and .if to a folder"),
    row(ActionId::SwitchForm, "switch-form", "form", Group::Module, Model::can_write,
        "Change between policy_module(NAME, 1.0) for the devel Makefile and module NAME 1.0; for checkmodule"),
    row(ActionId::NameSets, "name-sets", "macros", Group::Module, Model::can_name_sets,
        "Write rules with the headers' names for exactly what they say (read_file_perms, read_files_pattern), or as they are"),
    row(ActionId::UnmarkAll, "unmark-all", "", Group::Choose, Model::has_marks_or_filter,
        "Unmark all rows; with none marked, end the filter"),
    row(ActionId::Oddities, "oddities", "", Group::Look, always,
        "Show the lines of the log that were no records, or damaged"),
    row(ActionId::Policy, "policy", "policy", Group::Look, always,
        "Show what the loaded policy says of the selected row: its rules, booleans and types"),
    row(ActionId::AskPolicy, "ask-policy", "ask policy", Group::Look, always,
        "Ask the policy about a type, or about what one type may do with another"),
    row(ActionId::Interfaces, "interfaces", "interface", Group::Decide, always,
        "Go to the interfaces that grant what was denied to the marked rows or the selected one, or back"),
    row(ActionId::TakeCall, "take-call", "take", Group::Interfaces, Model::has_interface,
        "Take the call into the module; asks for the arguments that nobody knows"),
    row(ActionId::SearchInterfaces, "search-interfaces", "search", Group::Interfaces, always,
        "Search all interfaces by a few letters; a / before the words makes them a regular expression for the text"),
    row(ActionId::Unfold, "unfold", "unfold", Group::Interfaces, Model::has_interface,
        "Show what it says of itself and what it brings, one level of calls more each time"),
    row(ActionId::LeaveInterfaces, "leave-interfaces", "back", Group::Interfaces, Model::in_interfaces,
        "End the search or the list of callers, or go back to the denials"),
    row(ActionId::Fold, "fold", "", Group::Interfaces, Model::has_interface,
        "Fold it again, or go up to what it stands in"),
    row(ActionId::Opens, "opens", "opens", Group::Interfaces, Model::has_interface,
        "List all that the call opens beyond what was denied, what writes first"),
    row(ActionId::Callers, "callers", "callers", Group::Interfaces, Model::has_interface,
        "List the interfaces that call it"),
    row(ActionId::Definition, "definition", "as written", Group::Interfaces, Model::has_interface,
        "Show it as the header has it, with its remarks"),
    row(ActionId::ExpandCalls, "expand-calls", "expand", Group::Module, Model::has_calls,
        "Show in the preview what each call expands to, or the calls as they are written"),
    row(ActionId::Workload, "workload", "workload", Group::Module, Model::has_workload,
        "Show how a workload runs in the module's domain: Kubernetes, podman, docker"),
    row(ActionId::Copy, "copy", "copy", Group::Look, always,
        "Copy what is under the cursor: the rule, the line, the module, the command"),
    row(ActionId::TakeBack, "take-back", "take back", Group::Node, Model::can_take_back,
        "Take back what this session loaded, or put back what it replaced: shows the command, and asks"),
    row(ActionId::DontauditRules, "dontaudit-rules", "dontaudit rules", Group::Node, Model::can_change_node,
        "Take dontaudit rules out of the policy, so that everything that is denied is logged, or put them back; asks"),
    row(ActionId::Scope, "scope", "scope", Group::Choose, Model::can_split,
        "List all denials, or only those since the load, or since dontaudit rules are out, or what they had hidden"),
    row(ActionId::Loaded, "loaded", "", Group::Node, Model::has_node,
        "List what this program loaded on this node, and whether it is still so"),
    row(ActionId::GiveUp, "give-up", "give up", Group::Node, Model::can_give_up,
        "Stop the build, or the semodule that waits or runs"),
    row(ActionId::NextPane, "next-pane", "pane", Group::Move, always,
        "Go to the next pane"),
    row(ActionId::PreviousPane, "previous-pane", "", Group::Move, always,
        "Go to the pane before"),
    row(ActionId::Up, "up", "", Group::Move, always, "One line up"),
    row(ActionId::Down, "down", "", Group::Move, always, "One line down"),
    row(ActionId::PageUp, "page-up", "", Group::Move, always, "One page up"),
    row(ActionId::PageDown, "page-down", "", Group::Move, always, "One page down"),
    row(ActionId::First, "first", "", Group::Move, always, "To the first line"),
    row(ActionId::Last, "last", "", Group::Move, always, "To the last line"),
    row(ActionId::Left, "left", "", Group::Move, always, "Scroll long lines to the left"),
    row(ActionId::Right, "right", "", Group::Move, always, "Scroll long lines to the right"),
    row(ActionId::Palette, "palette", "", Group::Program, always,
        "Find an act by a few letters of its name"),
    row(ActionId::Help, "help", "help", Group::Program, always, "Show all keys and what they do"),
    row(ActionId::Refresh, "refresh", "", Group::Program, always, "Draw the screen anew"),
    row(ActionId::Quit, "quit", "quit", Group::Program, always,
        "End the program; the session is kept"),
];

/// The act of this name.
pub fn by_name(name: &str) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.name == name)
}

/// The row of this act; every act has one, which a test makes sure of.
pub fn by_id(id: ActionId) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.id == id)
}
