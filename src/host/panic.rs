//! A panic: a fault of the program itself, which must not leave the terminal unusable.

use std::io::Write as _;

/// Has `first` done before a panic's message is printed, on whichever thread it happens; the program then ends, since a
/// program that lost a thread would only look alive. Dontaudit rules that it took out are put back before it does.
pub fn before_message(first: fn()) {
    let message = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        first();
        message(info);
        if super::dontaudit::is_armed() {
            // The message may have nowhere to go any more: the mark tells the next start what this one could not do.
            let _ = writeln!(std::io::stderr(), "seltui: the dontaudit rules are being put back …");
            if let super::dontaudit::PutBack::Failed(why) = super::dontaudit::put_back_unasked() {
                let _ = writeln!(std::io::stderr(), "seltui: {why}");
            }
        }
        std::process::exit(101);
    }));
}
