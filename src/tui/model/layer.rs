//! What can lie over the panes.

use std::path::PathBuf;

use fuzzy_matcher::{FuzzyMatcher, skim::SkimMatcherV2};

use crate::{
    audit::Spot,
    tui::{
        action::{ACTIONS, Action},
        effect::Export,
        model::{CallDialog, NewDomainDialog, Proposal},
        widgets::{Scroll, TextField},
    },
};

/// A dialog or a view over the panes; the last one on the stack has the keys.
#[derive(Debug)]
pub enum Layer {
    /// Where an unfinished session lies: go on, or begin anew.
    Resume,
    /// The words of the filter are being typed.
    Filter(TextField),
    /// A new domain: its name, what makes it one.
    NewDomain(Box<NewDomainDialog>),
    /// The words of a search for interfaces are being typed.
    InterfaceSearch(TextField),
    /// The arguments of a call.
    Call(Box<CallDialog>),
    /// The folder for the module's files.
    Folder(FolderDialog),
    /// The types that the policy is asked about.
    AskPolicy(AskPolicyDialog),
    /// Files there were changed by somebody else.
    Overwrite {
        /// What was asked for.
        export: Box<Export>,
        /// Which files.
        files: Vec<PathBuf>,
    },
    /// Which of several things is to be copied.
    Copy(CopyDialog),
    /// A change of the node, before it is done.
    Change(ChangeDialog),
    /// All acts, by a few letters of their name.
    Palette(PaletteDialog),
    /// The keys.
    Help(Scroll),
    /// Records of the selected row, or lines that were none.
    Text(TextView),
}

/// The types that the policy is asked about.
#[derive(Debug, Default)]
pub struct AskPolicyDialog {
    /// What is typed.
    pub field: TextField,
    /// Why it is refused.
    pub error: Option<String>,
}

/// What a folder is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Only the files.
    Export,
    /// The files, the package, and what carries them to another machine.
    Bundle,
    /// The files, and then the build.
    Build,
}

/// The folder for the module's files.
#[derive(Debug)]
pub struct FolderDialog {
    /// What is typed.
    pub field: TextField,
    /// What for.
    pub purpose: Purpose,
    /// Why the folder is refused.
    pub error: Option<String>,
}

/// All acts, by a few letters.
#[derive(Debug, Default)]
pub struct PaletteDialog {
    /// What is typed.
    pub field: TextField,
    /// Which of the matches is selected; none before anything was typed or chosen, so that Enter alone does nothing.
    pub selected: Option<usize>,
}

impl PaletteDialog {
    /// The acts that match what is typed, best first; all of them in their order when nothing is typed.
    pub fn matches(&self) -> Vec<&'static Action> {
        let words = self.field.text().trim();
        if words.is_empty() {
            return ACTIONS.iter().collect();
        }
        let matcher = SkimMatcherV2::default();
        let mut found: Vec<_> = ACTIONS
            .iter()
            .filter_map(|action| {
                // A name counts for more than a word somewhere in the sentence.
                let name = matcher.fuzzy_match(action.name, words).map(|score| score * 2);
                let sentence = matcher.fuzzy_match(action.sentence, words);
                name.max(sentence).map(|score| (score, action))
            })
            .collect();
        found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        found.into_iter().map(|(_, action)| action).collect()
    }
}

/// Something that can be copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What it is, for the menu.
    pub what: String,
    /// The text, printable.
    pub text: String,
}

/// Which of several things is to be copied.
#[derive(Debug)]
pub struct CopyDialog {
    /// What there is, what is wanted most often first.
    pub choices: Vec<Choice>,
    /// The one under the cursor.
    pub selected: usize,
}

/// A change of the node, before it is done.
#[derive(Debug)]
pub struct ChangeDialog {
    /// What would be done.
    pub proposal: Proposal,
    /// How many times yes was said.
    pub yeses: usize,
    /// Which part of it is seen.
    pub scroll: Scroll,
}

/// A text to be read.
#[derive(Debug, PartialEq)]
pub struct TextView {
    /// What it is.
    pub title: String,
    /// Its lines, printable.
    pub lines: Vec<TextLine>,
    /// Which part is seen.
    pub scroll: Scroll,
}

/// A line of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextLine {
    /// Heading or text.
    pub heading: bool,
    /// The line, printable, as long as it is.
    pub text: String,
    /// Where the text stands while it is not here.
    pub spot: Option<Spot>,
}
