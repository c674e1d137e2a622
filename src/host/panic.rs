//! A panic: a fault of the program itself, which must not leave the terminal unusable.

/// Has `first` done before a panic's message is printed, on whichever thread it happens; the program then ends, since a
/// program that lost a thread would only look alive.
pub fn before_message(first: fn()) {
    let message = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        first();
        message(info);
        std::process::exit(101);
    }));
}
