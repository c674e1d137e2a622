//! What happens when something happens: the only place where the [`Model`] changes.

mod arguments;
mod asking;
mod build;
mod copy;
mod decide;
mod interfaces;
mod journal;
mod keys;
mod layers;
mod log;
mod navigate;
mod new_domain;
mod node;
mod preview;
mod read;

use super::{Effect, Model, Msg, model::Layer};

/// Lets a message happen to the model; the effects are done in their order, before anything is drawn.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut effects = happen(model, msg);
    node::show_waiting(model);
    effects.extend(interfaces::follow(model));
    effects.extend(preview::ask(model));
    effects
}

fn happen(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(chord) => keys::key(model, chord),
        Msg::Paste(text) => layers::paste(model, &text),
        Msg::Resize(columns, rows) => {
            model.size = (columns, rows);
            navigate::settle(model);
            Vec::new()
        }
        Msg::Log(news) => {
            log::news(model, news);
            Vec::new()
        }
        Msg::Appended(record) => journal::appended(model, &record),
        Msg::AppendFailed(error) => {
            model.complain(format!("not done, the journal can't be written: {error}"));
            Vec::new()
        }
        Msg::BegunAnew(kept) => journal::begun_anew(model, &kept),
        Msg::BeginAnewFailed(error) => {
            model.complain(format!("the old session could not be put aside: {error}"));
            Vec::new()
        }
        Msg::Exported(exported) => build::exported(model, *exported),
        Msg::BuildLine(line) => {
            build::line(model, &line);
            Vec::new()
        }
        Msg::Built(built) => build::built(model, built),
        Msg::Proposed(proposal) => {
            node::proposed(model, proposal.map(|proposal| *proposal));
            Vec::new()
        }
        Msg::Recorded(record) => {
            node::recorded(model, &record);
            Vec::new()
        }
        Msg::Changed(changed) => {
            node::changed(model, *changed);
            Vec::new()
        }
        Msg::Listed(Ok(view)) => {
            model.layers.push(Layer::Text(*view));
            Vec::new()
        }
        Msg::Listed(Err(error)) => {
            model.complain(error);
            Vec::new()
        }
        Msg::Node(news) => {
            node::news(model, *news);
            Vec::new()
        }
        Msg::Policy(state) => {
            model.policy = state;
            // The remarks it brings are no decision of the person's.
            model.session_changed();
            model.preview.unmark();
            new_domain::refresh(model);
            interfaces::refresh(model);
            navigate::settle(model);
            Vec::new()
        }
        Msg::Headers(state) => {
            model.headers = state;
            model.expansions.clear();
            model.facts.rendering.expanded.clear();
            new_domain::refresh(model);
            interfaces::refresh(model);
            Vec::new()
        }
        Msg::Expanded(expansions) => {
            for (call, expansion) in expansions {
                model.expansions.add(call, expansion);
            }
            preview::show_first_call(model);
            navigate::settle(model);
            Vec::new()
        }
        Msg::WrittenOut(calls) => {
            preview::written_out(model, calls);
            Vec::new()
        }
        Msg::Fetched(text) => {
            model.layers.push(Layer::Text(*text));
            Vec::new()
        }
        Msg::Copied { sentence, refused } => {
            if refused {
                model.complain(sentence);
            } else {
                model.say(sentence);
            }
            Vec::new()
        }
        Msg::Terminate(ending) => {
            model.ended_by = Some(ending);
            vec![Effect::Quit]
        }
    }
}
