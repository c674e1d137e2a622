//! What the program does to the machine for the model.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread::JoinHandle,
};

use super::{
    Sender,
    expander::{ExpanderHand, Request},
    node::{Journal, NodeHands, NodePlace, locked},
};
use crate::{
    export::Proof,
    host::{
        build::{Build, BuildOutcome},
        bundle,
        clipboard::{Clipboard, Copied, Surroundings},
        export::{self, ExportFile, ExportOutcome, Overwrite},
        headers::{Headers, demo_headers},
        journal::JournalFile,
        log::RawTexts,
        process::Cancel,
        thread,
    },
    module::{PolicyModule, RenderContext},
    selinux::{Identifier, printable, statement::Form},
    session::JournalRecord,
    tui::{
        Effect, Model, Msg, effect,
        message::{Built, Exported},
        model::TextView,
    },
};

/// Where modules are built, and with what.
#[derive(Debug, Clone)]
pub struct Workshop {
    /// The interface headers.
    pub headers: Headers,
    /// What they hold.
    pub context: RenderContext,
    /// Where the node's files are looked up.
    pub root: PathBuf,
    /// The headers are the demo's, which no folder holds.
    pub embedded: bool,
}

impl Workshop {
    /// What the text of this module depends on: with what stands for its calls, where its form knows none.
    fn context_of(&self, module: &PolicyModule) -> anyhow::Result<RenderContext> {
        let context = self.context.clone();
        if module.form == Form::PolicyModule || module.calls().next().is_none() {
            return Ok(context);
        }
        let headers = if self.embedded { demo_headers() } else { self.headers.read(&self.root)? };
        Ok(context.with_calls_of(module, &headers))
    }
}

/// The journal and the workshop, and where results are told.
pub(super) struct Hands {
    journal: Option<Journal>,
    node: String,
    module: Identifier,
    workshop: Workshop,
    sender: Sender,
    cancel: Cancel,
    /// Where records are read again from; empty until the logs are opened.
    pub texts: RawTexts,
    /// The build that was begun last: its compilers and its folder go before the program does.
    building: Option<JoinHandle<()>>,
    /// The node.
    pub on_node: NodeHands,
    clipboard: Clipboard,
    /// Expands calls.
    pub expander: ExpanderHand,
}

impl Hands {
    pub(super) fn new(
        journal: Option<JournalFile>,
        model: &Model,
        workshop: Workshop,
        place: NodePlace,
        sender: Sender,
    ) -> Self {
        let journal = journal.map(|journal| Arc::new(Mutex::new(journal)));
        let on_node = NodeHands::new(place, sender.clone(), journal.clone());
        let (node, module) = (model.facts.node.clone(), model.session.module_name().clone());
        Self {
            journal,
            node,
            module,
            workshop,
            sender,
            cancel: Cancel::new(),
            texts: RawTexts::default(),
            building: None,
            on_node,
            clipboard: Clipboard::default(),
            expander: ExpanderHand::default(),
        }
    }

    /// Does an effect. What is done at once answers at once; what takes its time answers through the channel.
    pub(super) fn act(&mut self, effect: Effect) -> Option<Msg> {
        match effect {
            Effect::Append(record) => Some(self.append(record)),
            Effect::BeginAnew => Some(self.begin_anew()),
            Effect::Export(export) => self.export(*export),
            Effect::Build { module, folder, bundle } => self.build(*module, folder, bundle),
            Effect::Fetch(text) => Some(Msg::Fetched(Box::new(self.fetch(*text)))),
            Effect::Expand(calls) => {
                self.expander.ask(Request::Expand(calls), &self.sender);
                None
            }
            Effect::WriteOut(calls) => {
                let classes = self.workshop.context.classes.clone();
                self.expander.ask(Request::WriteOut(calls, classes), &self.sender);
                None
            }
            Effect::Drop => {
                self.on_node.drop_plan();
                None
            }
            Effect::GiveUp => {
                self.cancel.cancel();
                self.on_node.give_up();
                None
            }
            Effect::ListLoaded => {
                self.on_node.list();
                None
            }
            Effect::Propose { .. } | Effect::Change(_) | Effect::Copy(_) | Effect::Redraw | Effect::Quit => None,
        }
    }

    /// Gives the text to the desktop, or says what the terminal is to be sent.
    pub(super) fn copy(&mut self, text: &str) -> Copied {
        self.clipboard.copy(text, Surroundings::here())
    }

    /// A handful of short reads, of what the page cache mostly holds.
    fn fetch(&self, mut view: TextView) -> TextView {
        for line in &mut view.lines {
            let Some(spot) = line.spot.take() else { continue };
            line.text = match self.texts.read(spot) {
                Some(text) => text.printable(),
                None => "(this record can't be read again: the log was truncated or rotated away)".to_owned(),
            };
        }
        view
    }

    fn append(&mut self, record: JournalRecord) -> Msg {
        let Some(journal) = &self.journal else { return Msg::AppendFailed("it is open read-only".to_owned()) };
        match locked(journal).append(&record) {
            Ok(()) => Msg::Appended(record),
            Err(error) => Msg::AppendFailed(format!("{error:#}")),
        }
    }

    fn begin_anew(&mut self) -> Msg {
        let Some(journal) = &self.journal else { return Msg::BeginAnewFailed("it is open read-only".to_owned()) };
        let mut journal = locked(journal);
        let begun = journal.begin_anew().and_then(|kept| journal.begin(&self.node, &self.module).map(|_| kept));
        match begun {
            Ok(kept) => Msg::BegunAnew(kept.unwrap_or_default()),
            Err(error) => Msg::BeginAnewFailed(format!("{error:#}")),
        }
    }

    fn export(&self, export: effect::Export) -> Option<Msg> {
        let (sender, workshop) = (self.sender.clone(), self.workshop.clone());
        let (asked, record) = (export.clone(), exported(&export));
        let work = move || {
            let outcome = workshop.context_of(&export.module).and_then(|context| write_sources(&export, &context));
            let outcome = outcome.map_err(|error| format!("{error:#}"));
            tell(&sender, Msg::Exported(Box::new(Exported { export, record, outcome })));
        };
        // The files are written beside the screen: a slow disk stops no key.
        let error = thread::spawn_named("export", work).err()?;
        let record = exported(&asked);
        Some(Msg::Exported(Box::new(Exported { export: asked, record, outcome: Err(format!("{error:#}")) })))
    }

    fn build(&mut self, module: PolicyModule, folder: PathBuf, bundle: Option<Vec<Proof>>) -> Option<Msg> {
        // A wish to give up was about an earlier one.
        self.cancel = Cancel::new();
        let (sender, workshop, cancel) = (self.sender.clone(), self.workshop.clone(), self.cancel.clone());
        let texts = self.texts.clone();
        let work = move || {
            let mut on_line = |line: &str| tell(&sender, Msg::BuildLine(line.to_owned()));
            let wanted = Wanted { module: &module, folder: &folder, bundle: bundle.as_deref(), texts: &texts };
            let built = build(&workshop, &wanted, &mut on_line, &cancel);
            tell(&sender, Msg::Built(built.unwrap_or_else(|error| Built::Impossible(format!("{error:#}")))));
        };
        match thread::spawn_named("build", work) {
            Ok(building) => {
                self.building = Some(building);
                None
            }
            Err(error) => Some(Msg::Built(Built::Impossible(format!("{error:#}")))),
        }
    }

    /// Ends what still runs, and writes down how far the logs were read. That is only a help for the next start: the
    /// decisions are safe already, so a failure is passed over.
    pub(super) fn finish(mut self, model: &Model) {
        self.cancel.cancel();
        if let Some(building) = self.building.take() {
            // A build that panicked has ended the program already.
            let _ = building.join();
        }
        let marks: Vec<_> = model.inputs.iter().filter_map(|input| input.mark.clone()).collect();
        if let Some(journal) = self.journal.as_ref().filter(|_| !model.session.is_empty() && !marks.is_empty()) {
            let _ = locked(journal).append(&JournalRecord::Read { marks });
        }
        self.on_node.finish();
    }
}

/// What the journal says of an export that is done.
fn exported(export: &effect::Export) -> JournalRecord {
    JournalRecord::Exported {
        folder: export.folder.to_string_lossy().into_owned(),
        version: export.module.version,
        digest: export.module.digest(),
    }
}

/// Writes the sources, unless somebody else's work is in the way: that of the package too when a build follows.
fn write_sources(export: &effect::Export, context: &RenderContext) -> anyhow::Result<ExportOutcome> {
    let name = &export.module.name;
    // What follows later must find its place free as well.
    let later = match (export.then_build, &export.bundle) {
        (_, Some(_)) => bundle::names(&export.module),
        (true, None) => vec![package_name(&export.module)],
        (false, None) => Vec::new(),
    };
    let (mut files, _) = ExportFile::sources_of(&export.module, context);
    files.extend(export.workload.clone().map(ExportFile::workload));
    if export.overwrite {
        return export::export(&export.folder, name, &files, Overwrite::Yes);
    }
    let sources: Vec<_> = files.iter().map(|file| file.name.clone()).collect();
    let later: Vec<_> = later.into_iter().filter(|name| !sources.contains(name)).collect();
    let packages = export::strangers(&export.folder, name, &later)?;
    if packages.is_empty() {
        return export::export(&export.folder, name, &files, Overwrite::No);
    }
    let mut strangers = export::strangers(&export.folder, name, &sources)?;
    strangers.extend(packages);
    Ok(ExportOutcome::Conflict(strangers))
}

fn package_name(module: &PolicyModule) -> String {
    format!("{}.pp", module.name)
}

/// A receiver that is gone means that the program ends: nobody wants to know any more.
fn tell(sender: &Sender, msg: Msg) {
    let _ = sender.send(msg);
}

/// What a build is to leave behind.
struct Wanted<'a> {
    module: &'a PolicyModule,
    folder: &'a Path,
    /// What carries the package to another machine, too.
    bundle: Option<&'a [Proof]>,
    texts: &'a RawTexts,
}

fn build(
    workshop: &Workshop,
    wanted: &Wanted<'_>,
    on_line: &mut dyn FnMut(&str),
    cancel: &Cancel,
) -> anyhow::Result<Built> {
    let Workshop { headers, root, .. } = workshop;
    let Wanted { module, folder, bundle, texts } = *wanted;
    let context = &workshop.context_of(module)?;
    let mut on_output = |line: &str| on_line(&printable(line.as_bytes()));
    let report = Build { module, headers, context, root }.run(&mut on_output, cancel)?;
    for unwritable in &report.unwritable {
        on_line(&format!("not in the module: {unwritable}"));
    }
    match report.outcome {
        BuildOutcome::Built(package) => {
            let name = package_name(module);
            let files = match bundle {
                Some(proofs) => bundle::files(module, context, package, proofs, texts),
                None => vec![ExportFile { name: name.clone(), content: package }],
            };
            // Whether an older one may go was asked before the sources were written.
            export::export(folder, &module.name, &files, Overwrite::Yes)?;
            Ok(Built::Package { package: folder.join(name), took: report.took, bundle: bundle.is_some() })
        }
        BuildOutcome::Failed => Ok(Built::Refused { problems: report.problems }),
        BuildOutcome::Cancelled => Ok(Built::Impossible("the build was stopped".to_owned())),
    }
}
