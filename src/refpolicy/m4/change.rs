//! `changequote`, `changecom` and `dnl`.

use super::{arguments::Arguments, builtin::has_enough, input::Next, processor::Processor};

/// `changequote`
pub fn quotes(m4: &mut Processor, arguments: &Arguments) {
    if has_enough(m4, arguments, 1, Some(3)) {
        m4.syntax.set_quotes(arguments.given(1), arguments.given(2));
    }
}

/// `changecom`
pub fn comments(m4: &mut Processor, arguments: &Arguments) {
    if has_enough(m4, arguments, 1, Some(3)) {
        m4.syntax.set_comment(arguments.given(1), arguments.given(2));
    }
}

/// `dnl`
pub fn to_end_of_line(m4: &mut Processor, arguments: &Arguments) {
    if !has_enough(m4, arguments, 1, Some(1)) {
        return;
    }
    loop {
        let Some((rest, _)) = m4.input.rest() else {
            if m4.input.next() == Next::End {
                // It would go on in what stands behind.
                m4.note_dependence();
                return;
            }
            continue;
        };
        let newline = memchr::memchr(b'\n', rest);
        let length = newline.map_or(rest.len(), |newline| newline + 1);
        m4.input.advance(length);
        if newline.is_some() {
            return;
        }
    }
}
