//! What stands before a record: the time, the machine, and whether anybody could have written it.

use nom::{
    FindSubstring as _, IResult, Parser as _,
    branch::alt,
    bytes::complete::{tag, take_till1, take_while1},
    character::complete::digit1,
    combinator::{all_consuming, opt, value, verify},
    sequence::{delimited, terminated},
};

use super::{
    Stamp, WallClock,
    field::{blanks, word},
    stamp::{number, prefix_time},
};

/// What the text before a record tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Prefix<'a> {
    pub node: Option<&'a [u8]>,
    pub stamp: Option<Stamp>,
    pub proven: bool,
}

impl<'a> Prefix<'a> {
    /// Reads the text before a record that does not begin its line.
    ///
    /// Proven are the kernel's ring buffer, where only root can write and `/dev/kmsg` tells the kernel's own lines by
    /// their facility 0, and the node's name that log collectors put before each line of audit.log. Syslog and
    /// the journal's text show no more than a name that logger(1) lets anyone choose.
    pub fn read(before: &'a [u8], clock: &mut WallClock) -> Self {
        if let Ok((_, proven)) = all_consuming(ring_buffer).parse(before) {
            return Self { proven, ..Self::default() };
        }
        if let Ok((_, node)) = all_consuming(terminated(host, tag(" "))).parse(before) {
            return Self { node: Some(node), stamp: None, proven: true };
        }
        if let Some(prefix) = talos(before) {
            return prefix;
        }
        let (rest, ()) = blanks(before).unwrap_or((before, ()));
        let (rest, stamp) = prefix_time(rest, clock).unwrap_or((rest, None));
        let explicit = word_after(before, b"node=").or_else(|| word_after(before, b"host="));
        let host = blanks(rest).and_then(|(rest, ())| terminated(host, tag(" ")).parse(rest));
        let host = stamp.and(host.ok()).map(|(_, host)| host);
        Self { node: explicit.or(host), stamp, proven: false }
    }
}

/// What talosctl puts before a line of each node: `10.5.0.2: `, and for the kernel's log
/// `10.5.0.2: kern:  notice: [2024-05-06T07:08:09.123456789Z]: audit: `. A word that is no address could be a program's name.
fn talos(before: &[u8]) -> Option<Prefix<'_>> {
    let (node, rest) = before.split_at_checked(before.find_substring(": ")?)?;
    let (_, node) = all_consuming(host).parse(node).ok()?;
    let is_address = std::str::from_utf8(node).is_ok_and(|node| node.parse::<core::net::IpAddr>().is_ok());
    let rest = rest.get(2..).unwrap_or_default();
    let by_kernel = rest.is_empty() || all_consuming(kernel_line).parse(rest).ok()?.1 == b"kern";
    is_address.then_some(Prefix { node: Some(node), stamp: None, proven: by_kernel })
}

/// The facility of such a line of the kernel's log.
fn kernel_line(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let word = || take_while1(|byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let time = delimited(tag("["), take_till1(|byte| byte == b']'), tag("]: "));
    let (rest, (facility, _, (), _, _, ())) = (word(), tag(":"), blanks, word(), tag(":"), blanks).parse(input)?;
    let (rest, _) = (time, opt(tag("audit: "))).parse(rest)?;
    Ok((rest, facility))
}

/// `[169759.365427] audit: `, `<5>[ 12.3] `, `4,1234,567890,-;audit: `; true when the kernel itself wrote the line.
fn ring_buffer(input: &[u8]) -> IResult<&[u8], bool> {
    let dmesg = value(true, (opt((tag("<"), digit1, tag(">"))), bracketed, tag(" ")));
    let kmsg = terminated(digit1, (tag(","), digit1, tag(","), digit1, tag(","), take_till1(|b| b == b';'), tag(";")))
        .map(|priority: &[u8]| number(priority) < 8);
    let (rest, proven) = alt((dmesg, kmsg)).parse(input)?;
    let (rest, _) = opt(tag("audit: ")).parse(rest)?;
    Ok((rest, proven))
}

/// Seconds since boot, or the date that `dmesg -T` makes of them.
fn bracketed(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let inside = take_while1(|byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'.' | b':'));
    delimited(tag("["), inside, tag("]")).parse(input)
}

/// A machine's name or address.
fn host(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let name = take_while1(|byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':'));
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    verify(name, |name: &[u8]| ends(name.first()) && ends(name.last())).parse(input)
}

fn word_after<'a>(text: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let place = text.windows(key.len()).rposition(|window| window == key)?;
    let (_, word) = word(text.get(place + key.len()..)?).ok()?;
    Some(word).filter(|word| !word.is_empty())
}
