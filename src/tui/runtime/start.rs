//! From what was typed to a program that can draw its first frame.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

use super::{effects::Workshop, node::NodePlace, source};
use crate::{
    audit::Selection,
    config::Vocabulary,
    host::{
        clock, config,
        directories::{self, Directories},
        environment,
        headers::Headers,
        install::Reload,
        journal::{JournalFile, Opened},
        log::{Choice, LogInput},
        node,
    },
    module::RenderContext,
    selinux::{Identifier, printable},
    session::Session,
    tui::{
        Look, Model,
        action::{self, ACTIONS},
        model::{Facts, Input},
    },
};

/// What was typed, with its defaults filled in.
#[derive(Debug)]
pub struct Start {
    /// The logs; the node's own when none is named.
    pub inputs: Vec<PathBuf>,
    /// Which messages of them.
    pub selection: Selection,
    /// The module's name.
    pub module: Identifier,
    /// Where the node's files are looked up.
    pub root: PathBuf,
    /// Folders of headers; the distribution's when none is named.
    pub headers: Vec<PathBuf>,
    /// The binary policy; the node's own when none is named.
    pub policy: Option<PathBuf>,
    /// Nothing on the node may be changed.
    pub read_only: bool,
    /// Whether the running policy changes with the store.
    pub reload: Reload,
    /// Tell the embedded story instead, and throw the session away at the end.
    pub demo: bool,
}

/// What the first frame is drawn from, and what is done after it.
pub(super) struct Prepared {
    pub model: Model,
    pub look: Look,
    pub journal: Option<JournalFile>,
    pub workshop: Workshop,
    pub place: NodePlace,
    pub inputs: Vec<LogInput>,
    /// Where the policy is read from, if not from the node.
    pub policy: Option<PathBuf>,
    pub selection: Selection,
    /// The demo's folders; they go when this goes.
    pub demo: Option<TempDir>,
}

impl Start {
    pub(super) fn prepare(self) -> anyhow::Result<Prepared> {
        if self.inputs.iter().any(|input| input.as_os_str() == "-") && environment::stdin_is_terminal() {
            bail!("-i - reads a log from standard input, but that is the terminal: pipe a log into it, or name a file");
        }
        let demo = self.demo.then(tempfile::tempdir).transpose().context("the demo has no place for its session")?;
        let mut directories = Directories::of_user()?;
        if let Some(place) = &demo {
            directories.state = place.path().join("state");
        }
        let names: Vec<_> = ACTIONS.iter().map(|action| action.name).collect();
        let vocabulary = Vocabulary { actions: &names, contexts: action::CONTEXTS };
        let keymap = config::read_keymap(&directories.config, &vocabulary)?;
        let theme = config::read_theme(&directories.config)?.resolve(config::colour_depth());
        let node = directories::node_name(&self.root).as_str().to_owned();
        let journal_path = directories.journal(&node, &self.module)?;
        let opened = JournalFile::open(&journal_path)?;
        let place = NodePlace {
            root: self.root.clone(),
            reload: self.reload,
            read_only: self.read_only,
            keep: journal_path.parent().unwrap_or(Path::new(".")).to_owned(),
            directories,
            policy: self.policy.clone(),
        };
        let Choice { inputs, why } = if self.demo { source::story() } else { source::files(&self.inputs, &self.root) };
        let folder = match &demo {
            Some(place) => place.path().to_owned(),
            None => environment::current_folder(),
        };
        let facts = Facts {
            enforcing: node::enforcing(&self.root).filter(|_| !self.demo),
            demo: self.demo,
            zone: clock::zone(),
            folder: folder.join(self.module.as_str()),
            read_only: read_only(&opened),
            node_read_only: self.read_only,
            keymap,
            rendering: RenderContext::default(),
            node,
        };
        let shown = inputs.iter().cloned().map(Input::new).collect();
        let mut session = Session::new(self.module.clone());
        let mut refused = 0_usize;
        for record in &opened.records {
            refused += usize::from(session.apply(record).is_err());
        }
        let mut journal = opened.writer;
        if opened.records.is_empty()
            && let Some(journal) = &mut journal
        {
            journal.begin(&facts.node, &self.module)?;
        }
        let mut model = Model::new(facts, shown, session, (80, 24));
        model.selection = self.selection.clone();
        if let Some(damage) = opened.damage {
            model.complain(printable(damage.to_string().as_bytes()));
        } else if let Some(why) = model.facts.read_only.clone() {
            model.complain(why);
        } else if refused > 0 {
            model.complain(format!(
                "{refused} records of the journal make no sense where they stand and were passed over"
            ));
        }
        if let Some(why) = why.filter(|_| model.notice.is_none()) {
            model.say(why);
        }
        let headers = Headers::new(&self.headers, &self.root);
        let embedded = self.demo && !headers.are_named();
        let workshop = Workshop { headers, context: RenderContext::default(), root: self.root, embedded };
        let look = Look::new(theme, environment::is_unicode());
        Ok(Prepared {
            model,
            look,
            journal,
            workshop,
            place,
            inputs,
            selection: self.selection,
            policy: self.policy,
            demo,
        })
    }
}

fn read_only(opened: &Opened) -> Option<String> {
    if opened.writer.is_some() {
        return None;
    }
    let who = opened.held_by.map(|pid| format!(" (pid {pid})")).unwrap_or_default();
    Some(format!("read-only: another seltui{who} has this session; -m with another name begins one of its own"))
}
