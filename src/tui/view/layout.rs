//! Where things stand: three layouts by size.
//!
//! ```text
//! wide, 120 columns and up      medium, 80 to 119        small
//! ┌ Denials ──┬ Preview ──┐     ┌ Denials ──────┐        ┌ the pane with the keys ┐
//! ├ Detail ───┤           │     ├ the pane that ┤        │                        │
//! │           ├ Interfaces┤     │ had the keys  │        │                        │
//! │           │ or Output │     │               │        │                        │
//! │           │ or Policy │     │               │        │                        │
//! └───────────┴───────────┘     └ last ─────────┘        └────────────────────────┘
//! ```

use ratatui::layout::{Constraint, Layout, Rect};

use crate::tui::{
    Model,
    model::{HeadersState, Pane},
};

/// The parts of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regions {
    /// The first line.
    pub status: Rect,
    /// The panes that are seen, with their frames.
    pub panes: Vec<(Pane, Rect)>,
    /// The line for what was said last; as high as 0 lines where there is no room, then it takes the keys' line.
    pub notice: Rect,
    /// The line of the keys.
    pub keys: Rect,
}

impl Regions {
    /// What a pane has inside its frame.
    pub fn inner(&self, pane: Pane) -> Option<Rect> {
        self.panes.iter().find(|(shown, _)| *shown == pane).map(|(_, area)| inner(*area))
    }
}

fn inner(area: Rect) -> Rect {
    Rect {
        x: area.x.saturating_add(1),
        y: area.y.saturating_add(1),
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(2),
    }
}

/// What a view over the panes has inside its frame.
pub fn view_inner(size: (u16, u16)) -> Rect {
    inner(view_area(size))
}

/// The place of a view over the panes: all but the last line.
pub fn view_area((columns, rows): (u16, u16)) -> Rect {
    Rect::new(0, 0, columns, rows.saturating_sub(1))
}

/// The layout for the model's size and panes.
pub fn regions(model: &Model) -> Regions {
    let (columns, rows) = model.size;
    let notice_rows = u16::from(rows >= 16);
    let area = Rect::new(0, 0, columns, rows);
    let [status, body, notice, keys] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(0),
        Constraint::Length(notice_rows),
        Constraint::Length(1),
    ])
    .areas(area);
    Regions { status, panes: panes(model, body), notice, keys }
}

fn panes(model: &Model, body: Rect) -> Vec<(Pane, Rect)> {
    let halves = |area: Rect, upper: u16| -> [Rect; 2] {
        Layout::vertical([Constraint::Percentage(upper), Constraint::Percentage(100 - upper)]).areas(area)
    };
    if body.width >= 120 && body.height >= 12 {
        let [left, right] = Layout::horizontal([Constraint::Percentage(52), Constraint::Percentage(48)]).areas(body);
        let [denials, detail] = halves(left, 58);
        let mut panes = vec![(Pane::Denials, denials), (Pane::Detail, detail)];
        match below_preview(model) {
            Some(pane) => {
                let upper = match pane {
                    Pane::Interfaces if model.focus == pane => 35,
                    Pane::Output => 68,
                    _ => 50,
                };
                let [preview, lower] = halves(right, upper);
                panes.extend([(Pane::Preview, preview), (pane, lower)]);
            }
            None => panes.push((Pane::Preview, right)),
        }
        panes
    } else if body.width >= 80 && body.height >= 12 {
        // A list that is read and chosen from takes more room than what is looked at.
        let is_chosen_from = model.focus == Pane::Interfaces && model.beside == model.focus;
        let [denials, beside] = halves(body, if is_chosen_from { 30 } else { 50 });
        vec![(Pane::Denials, denials), (model.beside, beside)]
    } else {
        vec![(model.focus, body)]
    }
}

/// Under the preview stands what was asked for last: the interfaces, the build, or the policy. The interfaces stand there too
/// when nothing was asked for, unless there are none.
fn below_preview(model: &Model) -> Option<Pane> {
    let has_headers = !matches!(model.headers, HeadersState::Missing(_));
    let is_there = |pane: &Pane| match pane {
        Pane::Output => model.output.is_some(),
        Pane::Policy => model.policy_pane.open,
        Pane::Interfaces => model.interfaces.open || has_headers,
        Pane::Denials | Pane::Detail | Pane::Preview => false,
    };
    let asked = [model.focus, model.beside, Pane::Output, Pane::Policy];
    let shown = asked.into_iter().find(is_there);
    shown.or_else(|| has_headers.then_some(Pane::Interfaces))
}
