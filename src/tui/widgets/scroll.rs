//! A window over many lines.

use crate::tui::action::ActionId;

/// Which part of a text is seen; never beyond its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scroll {
    /// The first line that is seen.
    pub top: usize,
    /// The first column that is seen.
    pub left: usize,
}

impl Scroll {
    /// Moves as the act says, over `lines` of which `height` are seen; false when the act moves nothing.
    pub fn act(&mut self, action: ActionId, lines: usize, height: usize) -> bool {
        let page = height.saturating_sub(1).max(1);
        self.top = match action {
            ActionId::Up => self.top.saturating_sub(1),
            ActionId::Down => self.top.saturating_add(1),
            ActionId::PageUp => self.top.saturating_sub(page),
            ActionId::PageDown => self.top.saturating_add(page),
            ActionId::First => 0,
            ActionId::Last => usize::MAX,
            ActionId::Left | ActionId::Right => self.top,
            _ => return false,
        };
        self.left = match action {
            ActionId::Left => self.left.saturating_sub(8),
            ActionId::Right => self.left.saturating_add(8).min(4096),
            ActionId::First => 0,
            _ => self.left,
        };
        self.clamp(lines, height);
        true
    }

    /// Keeps the window on the text.
    pub fn clamp(&mut self, lines: usize, height: usize) {
        self.top = self.top.min(lines.saturating_sub(height));
    }

    /// Moves as little as needed for `line` to be seen.
    pub fn show(&mut self, line: usize, lines: usize, height: usize) {
        if line < self.top {
            self.top = line;
        } else if height > 0 && line >= self.top.saturating_add(height) {
            self.top = line + 1 - height;
        }
        self.clamp(lines, height);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_stays_on_the_text() {
        let mut scroll = Scroll::default();
        for (action, top) in [
            (ActionId::Up, 0),
            (ActionId::Down, 1),
            (ActionId::PageDown, 10),
            (ActionId::Last, 90),
            (ActionId::Down, 90),
            (ActionId::PageUp, 81),
            (ActionId::First, 0),
        ] {
            assert!(scroll.act(action, 100, 10));
            assert_eq!(scroll.top, top, "{action:?}");
        }
        scroll.show(50, 100, 10);
        assert_eq!(scroll.top, 41);
        scroll.show(45, 100, 10);
        assert_eq!(scroll.top, 41);
        scroll.act(ActionId::Last, 3, 10);
        assert_eq!(scroll.top, 0);
        assert!(!scroll.act(ActionId::Allow, 3, 10));
    }
}
