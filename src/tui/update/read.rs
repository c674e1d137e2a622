//! Views over what the log says word for word.

use crate::{
    audit::{OddityKind, RawText},
    denials::Sighting,
    export,
    selinux::printable,
    tui::{
        Effect, Model,
        model::{Layer, TextLine, TextView},
        view::time,
        widgets::Scroll,
    },
};

/// The records behind the selected row, the newest event first.
pub(super) fn records(model: &mut Model) -> Vec<Effect> {
    let Some((_, denial)) = model.selected() else { return Vec::new() };
    let evidence = &denial.evidence;
    let mut lines = Vec::new();
    let kept = evidence.events.len() as u64;
    if denial.tally.count() == 0 {
        lines.push(heading("This session decided it earlier; the log that is open now does not hold its records."));
    } else if kept < denial.tally.count() {
        lines.push(heading(format!(
            "The first and the newest {} of the events behind {} messages.",
            kept.saturating_sub(1),
            denial.tally.count()
        )));
        lines.push(text(""));
    }
    for event in evidence.events.iter().rev() {
        lines.push(heading(title(model, event)));
        lines.extend(event.records.iter().map(|record| match &record.text {
            RawText::Here(record) => text(record.printable()),
            RawText::At(spot) => TextLine { spot: Some(*spot), ..text("") },
        }));
        lines.push(text(""));
    }
    let key = &denial.key;
    let [source, target, class] =
        [&key.source, &key.target, &key.class].map(|name| printable(name.as_str().as_bytes()));
    let title = format!("Records: {source} {target}:{class}");
    let view = TextView { title, lines, scroll: Scroll::default() };
    if view.lines.iter().any(|line| line.spot.is_some()) {
        return vec![Effect::Fetch(Box::new(view))];
    }
    model.layers.push(Layer::Text(view));
    Vec::new()
}

fn title(model: &Model, event: &Sighting) -> String {
    let mut title = time::date_and_time(event.id.stamp, &model.facts.zone);
    if let Some(serial) = event.id.serial {
        title = format!("{title}  event {serial}");
    }
    if let Some(node) = &event.id.node {
        title = format!("{title}  node {}", printable(node.as_str().as_bytes()));
    }
    if let Some(place) = event.records.first().map(|record| record.place) {
        let input = model.inputs.get(place.input).map_or("", |input| input.name.as_str());
        title = format!("{title}  {input}:{}", place.line);
    }
    title
}

/// How a workload runs in the domains of the module.
pub(super) fn workload(model: &mut Model) {
    let written = export::workload_text(&export::container_domains(&model.session));
    let lines = written.lines().map(|line| if line.starts_with('#') { heading(line) } else { text(line) }).collect();
    let title = "workload.txt, which export and build write too".to_owned();
    model.layers.push(Layer::Text(TextView { title, lines, scroll: Scroll::default() }));
}

/// The lines that were no records, or damaged.
pub(super) fn oddities(model: &mut Model) {
    let counts = model.counters();
    let mut lines = vec![
        heading(format!(
            "{} lines: {} audit records with {} AVC messages. {} lines are no records, {} AVC records are no SELinux \
             denials, {} are damaged.",
            counts.lines, counts.records, counts.messages, counts.no_record, counts.no_denial, counts.damaged
        )),
        text(""),
    ];
    for oddity in &model.oddities {
        let input = model.inputs.get(oddity.place.input).map_or("", |input| input.name.as_str());
        let what = match oddity.kind {
            OddityKind::NoRecord => "no audit record",
            OddityKind::NoDenial => "no SELinux denial",
            OddityKind::Damaged(what) => what,
        };
        lines.push(heading(format!("{input}:{}: {what}", oddity.place.line)));
        lines.push(text(oddity.text.printable()));
    }
    let shown = model.oddities.len() as u64;
    if counts.no_record + counts.no_denial + counts.damaged > shown {
        lines.push(heading(format!("Only the first {shown} are kept.")));
    }
    let title = "Lines that gave no denial".to_owned();
    model.layers.push(Layer::Text(TextView { title, lines, scroll: Scroll::default() }));
}

fn heading(text: impl Into<String>) -> TextLine {
    TextLine { heading: true, text: text.into(), spot: None }
}

fn text(text: impl Into<String>) -> TextLine {
    TextLine { heading: false, text: text.into(), spot: None }
}
