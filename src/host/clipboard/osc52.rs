//! The sequence that asks a terminal to keep a text: `ESC ] 52 ; c ; BASE64 BEL` (xterm's ctlseqs).

/// What stands between the program and the terminal, and swallows sequences that are not meant for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Multiplexer {
    /// Nothing.
    None,
    /// tmux(1).
    Tmux,
    /// screen(1).
    Screen,
}

/// How much screen hands on of one sequence; the least that any release does.
const SCREEN_TAKES: usize = 76;

/// What is to be written to the terminal.
pub(super) fn sequence(text: &[u8], multiplexer: Multiplexer) -> Vec<u8> {
    let encoded = base64(text);
    let plain = format!("\x1b]52;c;{encoded}\x07");
    match multiplexer {
        Multiplexer::None => plain,
        // tmux takes the plain form for itself (`set-clipboard on`) and hands on the wrapped one (`allow-passthrough on`): which
        // of the two it is told to do can't be seen from within.
        Multiplexer::Tmux => format!("{plain}\x1bPtmux;\x1b{plain}\x1b\\"),
        Multiplexer::Screen => {
            let mut sequence = String::new();
            let mut rest = plain.as_str();
            while let Some((piece, behind)) =
                rest.split_at_checked(SCREEN_TAKES.min(rest.len())).filter(|_| !rest.is_empty())
            {
                sequence.push_str("\x1bP");
                sequence.push_str(piece);
                sequence.push_str("\x1b\\");
                rest = behind;
            }
            sequence
        }
    }
    .into_bytes()
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |value: u32| LETTERS.get((value & 63) as usize).map_or('=', |letter| char::from(*letter));
    let mut encoded = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let value = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        encoded.push(letter(value >> 18));
        encoded.push(letter(value >> 12));
        encoded.push(if group.len() > 1 { letter(value >> 6) } else { '=' });
        encoded.push(if group.len() > 2 { letter(value) } else { '=' });
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        // The test vectors of its section 10.
        for (text, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(text.as_bytes()), encoded, "{text}");
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xbf]), "+/+/");
    }

    #[test]
    fn wrapped_as_what_stands_between_wants_it() {
        assert_eq!(sequence(b"foo", Multiplexer::None), b"\x1b]52;c;Zm9v\x07");
        assert_eq!(
            sequence(b"foo", Multiplexer::Tmux),
            b"\x1b]52;c;Zm9v\x07\x1bPtmux;\x1b\x1b]52;c;Zm9v\x07\x1b\\",
            "an ESC within a passed sequence is doubled"
        );
        let long = sequence(&[b'x'; 200], Multiplexer::Screen);
        let text = String::from_utf8(long).unwrap();
        let pieces: Vec<&str> = text
            .split("\x1b\\")
            .filter(|piece| !piece.is_empty())
            .map(|piece| piece.strip_prefix("\x1bP").unwrap())
            .collect();
        assert!(pieces.iter().all(|piece| piece.len() <= 76), "{pieces:?}");
        assert_eq!(pieces.concat().into_bytes(), sequence(&[b'x'; 200], Multiplexer::None));
        assert!(text.starts_with("\x1bP\x1b]52;c;"));
    }
}
