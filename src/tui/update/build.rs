//! Export and build, as far as they change the model.

use std::path::{Path, PathBuf};

use super::{navigate, node};
use crate::{
    export::{container_domains, proofs, workload_text},
    host::export::ExportOutcome,
    module::Problem,
    selinux::printable,
    tui::{
        Effect, Model,
        effect::Export,
        message::{Built, Exported},
        model::{BuildState, FolderDialog, Layer, Output, Pane, Purpose},
        widgets::TextField,
    },
};

/// Builds into the folder that was chosen before, else asks for one.
pub(super) fn build(model: &mut Model) -> Vec<Effect> {
    match model.folder.clone() {
        Some(folder) => begin(model, &folder, Purpose::Build),
        None => ask(model, Purpose::Build),
    }
}

/// Asks for the folder: an export says where, each time.
pub(super) fn export(model: &mut Model) -> Vec<Effect> {
    model.node.load_when_built = false;
    ask(model, Purpose::Export)
}

fn ask(model: &mut Model, purpose: Purpose) -> Vec<Effect> {
    let folder = model.folder.clone().unwrap_or_else(|| model.facts.folder.clone());
    let field = TextField::with_text(folder.to_string_lossy());
    model.layers.push(Layer::Folder(FolderDialog { field, purpose, error: None }));
    Vec::new()
}

/// The folder was typed.
pub(super) fn folder_chosen(model: &mut Model, mut dialog: FolderDialog) -> Vec<Effect> {
    let text = dialog.field.text().trim();
    let folder = Path::new(text);
    let error = if text.is_empty() {
        Some("name a folder; it is made if it is not there")
    } else if folder.is_absolute() {
        None
    } else {
        Some("begin at /, so that it is clear where the files go")
    };
    if let Some(error) = error {
        dialog.error = Some(error.to_owned());
        model.layers.push(Layer::Folder(dialog));
        return Vec::new();
    }
    let folder = folder.to_owned();
    begin(model, &folder, dialog.purpose)
}

fn begin(model: &mut Model, folder: &Path, purpose: Purpose) -> Vec<Effect> {
    let then_build = purpose != Purpose::Export;
    if then_build {
        model.output = Some(Output::begin());
        model.preview.problems.clear();
        model.preview.write_down();
        navigate::focus_beside(model, Pane::Output);
    }
    let module = model.module();
    let bundle =
        (purpose == Purpose::Bundle).then(|| proofs(&model.session, model.table.denials(), model.preview.rendered()));
    let folder = folder.to_owned();
    let domains = container_domains(&model.session);
    let workload = (!domains.is_empty()).then(|| workload_text(&domains));
    vec![Effect::Export(Box::new(Export { module, folder, workload, overwrite: false, then_build, bundle }))]
}

/// From the files alone to all that carries them to another machine, and back.
pub(super) fn switch_purpose(purpose: Purpose) -> Purpose {
    match purpose {
        Purpose::Export => Purpose::Bundle,
        Purpose::Bundle => Purpose::Export,
        Purpose::Build => Purpose::Build,
    }
}

/// The files are written, or somebody changed them, or they could not be written.
pub(super) fn exported(model: &mut Model, exported: Exported) -> Vec<Effect> {
    let Exported { export, record, outcome } = exported;
    let failed = |model: &mut Model| {
        if export.then_build
            && let Some(output) = &mut model.output
        {
            output.state = BuildState::Failed;
        }
    };
    match outcome {
        Ok(ExportOutcome::Written(_)) => {
            let mut effects = vec![Effect::Append(record)];
            if export.then_build {
                effects.push(Effect::Build {
                    module: Box::new(export.module),
                    folder: export.folder,
                    bundle: export.bundle,
                });
            } else {
                model.say(format!("{} are in {}", model.files_written(), shown(&export.folder)));
            }
            effects
        }
        Ok(ExportOutcome::Conflict(files)) => {
            failed(model);
            model.layers.push(Layer::Overwrite { export: Box::new(export), files });
            Vec::new()
        }
        Err(error) => {
            failed(model);
            model.complain(printable(error.as_bytes()));
            Vec::new()
        }
    }
}

/// The person said that the files may be overwritten.
pub(super) fn again(model: &mut Model, mut export: Box<Export>) -> Vec<Effect> {
    export.overwrite = true;
    if export.then_build {
        model.output = Some(Output::begin());
    }
    vec![Effect::Export(export)]
}

/// A line of the build, printable already; the window follows the end unless the person reads it.
pub(super) fn line(model: &mut Model, line: &str) {
    let following = model.focus != Pane::Output;
    let Some(output) = &mut model.output else { return };
    output.say(line);
    if following {
        // Beyond the end: the window is kept on the text where it is drawn.
        output.scroll.top = usize::MAX;
    }
}

/// The person wants the files there to stay: nothing was built, so there is nothing to show of it.
pub(super) fn given_up(model: &mut Model) {
    model.say("nothing was written");
    if model.output.as_ref().is_some_and(|output| output.lines.is_empty()) {
        model.output = None;
        for pane in [&mut model.focus, &mut model.beside] {
            if *pane == Pane::Output {
                *pane = Pane::Detail;
            }
        }
    }
    navigate::settle(model);
}

/// The build ended.
pub(super) fn built(model: &mut Model, built: Built) -> Vec<Effect> {
    let mut effects = Vec::new();
    match built {
        Built::Package { package, took, bundle } => {
            let domains = container_domains(&model.session);
            if !domains.is_empty() {
                workload_text(&domains).lines().for_each(|text| line(model, text));
            }
            line(model, &format!("{} built in {:.1} s", shown(&package), took.as_secs_f64()));
            if bundle {
                let folder = package.parent().unwrap_or(&package);
                model.say(format!("{} holds all of it: README.md says what, install.sh loads it", shown(folder)));
            } else {
                model.say(format!("built {}", shown(&package)));
            }
            effects = node::built(model, &package);
            set_state(model, BuildState::Built { package, took });
        }
        Built::Refused { problems } => {
            let first = problems.first().map(|problem| match problem.line {
                Some(line) => format!("line {line}: {}", problem.message),
                None => problem.message.clone(),
            });
            show_problems(model, problems);
            model.node.load_when_built = false;
            let reason = first.map(|first| format!(": {}", printable(first.as_bytes()))).unwrap_or_default();
            model.complain(format!("the module does not build{reason}"));
            set_state(model, BuildState::Failed);
        }
        Built::Impossible(error) => {
            model.node.load_when_built = false;
            for part in error.lines() {
                line(model, &printable(part.as_bytes()));
            }
            model.complain(printable(error.lines().next().unwrap_or_default().as_bytes()));
            set_state(model, BuildState::Failed);
        }
    }
    navigate::settle(model);
    effects
}

/// Puts what was refused below its line of the module's text.
pub(super) fn show_problems(model: &mut Model, problems: Vec<Problem>) {
    for problem in problems {
        let written = problem.line.and_then(|line| usize::try_from(line).ok()?.checked_sub(1));
        if let Some(at) = written.and_then(|written| model.preview.place_of(written)) {
            model.preview.problems.insert(at, printable(problem.message.as_bytes()));
        }
    }
    navigate::show_problem(model);
}

fn set_state(model: &mut Model, state: BuildState) {
    if let Some(output) = &mut model.output {
        output.state = state;
    }
}

fn shown(path: &Path) -> String {
    printable(PathBuf::from(path).as_os_str().as_encoded_bytes())
}
