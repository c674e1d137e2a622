//! One AVC record's text to an [`AvcMessage`].

use nom::{
    FindSubstring as _, IResult, Parser as _,
    branch::alt,
    bytes::complete::{tag, take_until},
    combinator::value,
    sequence::delimited,
};

use super::names::Names;
use super::{
    AvcKind, AvcMessage, AvcResult, OddityKind, Place,
    field::{Field, Notation, Value, blanks, fields, is_string},
    stamp::number,
};
use crate::selinux::{Name, PermissionSet, SecurityContext, Untrusted};

/// The kernel's records have no more fields than this, but for those about the network.
const USUAL_FIELDS: usize = 16;

/// Where a record came from, as far as the message says so itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    pub kind: AvcKind,
    pub notation: Notation,
    pub place: Place,
    /// The line was longer than the reader takes.
    pub cut: bool,
    pub proven: bool,
}

/// Reads the body of an AVC or USER_AVC record.
///
/// The kernel's text is made by `slow_avc_audit` and `avc_audit_pre_callback` in `security/selinux/avc.c`,
/// that of object managers by libselinux's `avc_audit` around `avc_dump_query`.
pub(super) fn read(body: &[u8], origin: Origin, names: &mut Names) -> Result<AvcMessage, OddityKind> {
    let (outer, inner) = match origin.kind {
        AvcKind::Avc | AvcKind::SelinuxErr => (&b""[..], body),
        AvcKind::UserAvc | AvcKind::UserSelinuxErr => inner_message(body, origin.notation),
    };
    let (text, result, permissions) = verdict(inner, names)?;
    // A program's own words (a command line) come before the contexts and are not encoded: what they claim to be a
    // context is none. libselinux writes the contexts last.
    let split = match origin.kind {
        AvcKind::UserAvc | AvcKind::UserSelinuxErr => last(text, b" scontext=").unwrap_or(0),
        AvcKind::Avc | AvcKind::SelinuxErr => 0,
    };
    let (details, tail) = text.split_at_checked(split).unwrap_or((b"", text));
    let cut = is_cut(tail);
    let mut known = Vec::with_capacity(USUAL_FIELDS);
    known.extend(fields(tail, origin.notation));
    let tail: Vec<Field<'_>> = known;
    let source = context(&tail, b"scontext", names)?;
    let target = context(&tail, b"tcontext", names)?;
    let class = class(&tail, names)?;
    let mut message = AvcMessage {
        kind: origin.kind,
        result,
        permissions,
        incomplete: origin.cut || cut || tail.iter().any(|field| matches!(field.value, Value::Unclosed(_))),
        unproven: !origin.proven,
        ..AvcMessage::new(source, target, class, origin.place)
    };
    for field in tail.into_iter().chain(fields(details, origin.notation)) {
        message.add(field, origin.notation, names);
    }
    message.add_outer(fields(outer, origin.notation), names);
    message.port = message.bound_port();
    Ok(message)
}

/// Splits a USER_AVC record into the fields of the program's record and the message that the program sent.
fn inner_message(body: &[u8], notation: Notation) -> (&[u8], &[u8]) {
    let Some(start) = body.find_substring("msg='") else { return (b"", body) };
    let (outer, message) = body.split_at_checked(start).unwrap_or((b"", body));
    let inner = fields(message, notation).next().map_or(message, |field| field.value.text());
    (outer, inner)
}

/// `avc:  denied  { read open } for  …`: what follows "for", the result, the permissions.
fn verdict<'a>(text: &'a [u8], names: &mut Names) -> Result<(&'a [u8], AvcResult, PermissionSet), OddityKind> {
    let at_once = text.starts_with(b"avc:").then_some(0);
    let Some(start) = at_once.or_else(|| text.find_substring("avc:")) else {
        let other_module = text.find_substring("apparmor=").is_some() || text.find_substring("lsm=").is_some();
        return Err(if other_module {
            OddityKind::NoDenial
        } else {
            OddityKind::Damaged("there is no \"avc:\" in it")
        });
    };
    let text = text.get(start..).unwrap_or(text);
    let (rest, result) = result(text).map_err(|_| if broken_off(text) { CUT } else { OddityKind::NoDenial })?;
    let (rest, inside) = permissions(rest).map_err(|_| CUT)?;
    let permissions = names.permissions(inside);
    if permissions.is_empty() {
        return Err(OddityKind::Damaged("there is no permission between the braces"));
    }
    Ok((rest, result, permissions))
}

const CUT: OddityKind = OddityKind::Damaged("the permissions are missing or cut");

/// Whether nothing but the beginning of a verdict follows.
fn broken_off(text: &[u8]) -> bool {
    let rest = text.strip_prefix(b"avc:").unwrap_or(text).trim_ascii();
    b"denied".starts_with(rest) || b"granted".starts_with(rest)
}

fn result(input: &[u8]) -> IResult<&[u8], AvcResult> {
    let result = alt((value(AvcResult::Denied, tag("denied")), value(AvcResult::Granted, tag("granted"))));
    let (rest, (_, (), result)) = (tag("avc:"), blanks, result).parse(input)?;
    Ok((rest, result))
}

fn permissions(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let (rest, ()) = blanks(input)?;
    delimited(tag("{"), take_until("}"), tag("}")).parse(rest)
}

fn last(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).rposition(|window| window == what)
}

/// The value of a field that must be there.
fn required<'a>(fields: &[Field<'a>], key: &[u8]) -> Option<&'a [u8]> {
    fields.iter().find(|field| field.key == key).map(|field| field.value.text())
}

fn context(fields: &[Field<'_>], key: &'static [u8], names: &mut Names) -> Result<SecurityContext, OddityKind> {
    let missing = if key == b"scontext" { "scontext is missing" } else { "tcontext is missing" };
    let value = required(fields, key).ok_or(OddityKind::Damaged(missing))?;
    let cut = if key == b"scontext" { "scontext is cut" } else { "tcontext is cut" };
    names.context(value).ok_or(OddityKind::Damaged(cut))
}

fn class(fields: &[Field<'_>], names: &mut Names) -> Result<Name, OddityKind> {
    let value = required(fields, b"tclass").ok_or(OddityKind::Damaged("tclass is missing"))?;
    // A pager's mark, or the quotation marks of a page that the record was copied from. `(null)` is a class.
    let end = value.iter().rposition(|byte| !b"'\"`>,;".contains(byte)).map_or(0, |end| end + 1);
    match value.get(..end) {
        Some(name) if !name.is_empty() => Ok(names.name(name)),
        _ => Err(OddityKind::Damaged("tclass is missing")),
    }
}

/// Whether a pager cut the line, or the last field is the beginning of another one.
fn is_cut(tail: &[u8]) -> bool {
    let text = tail.trim_ascii_end();
    let last = text.rsplit(u8::is_ascii_whitespace).next().unwrap_or(text);
    last.ends_with(b">") || (!last.is_empty() && last.len() < 11 && b"permissive=".starts_with(last))
}

impl AvcMessage {
    /// Takes a field of the message: the ones that have a place of their own go there when they can be read.
    fn add(&mut self, field: Field<'_>, notation: Notation, names: &mut Names) {
        let text = field.value.text();
        let string = || field.value.string(notation).map(Untrusted::new);
        let number = || (!text.is_empty() && text.iter().all(u8::is_ascii_digit)).then(|| number(text));
        let taken = match field.key {
            b"scontext" | b"tcontext" | b"tclass" => true,
            b"permissive" => set(&mut self.permissive, flag(text)),
            b"pid" => set(&mut self.pid, number()),
            b"comm" => set(&mut self.comm, string()),
            b"exe" => set(&mut self.exe, string()),
            b"path" => set(&mut self.path, string()),
            b"name" => set(&mut self.name, string()),
            b"dev" => set(&mut self.dev, string()),
            b"ino" => set(&mut self.inode, number()),
            b"ioctlcmd" => set(&mut self.ioctl, hex_number(text)),
            b"capability" => set(&mut self.capability, number().and_then(|number| u32::try_from(number).ok())),
            b"cmdline" => {
                self.cmdline.extend(string().filter(|text| !text.as_bytes().is_empty()));
                true
            }
            _ => false,
        };
        if !taken {
            let value = if is_string(field.key) { string().unwrap_or_default() } else { Untrusted::new(text) };
            self.fields.push((names.name(field.key), value));
        }
    }

    /// Takes what the record of a program says around its message: it is the program's, not the culprit's.
    fn add_outer<'a>(&mut self, outer: impl Iterator<Item = Field<'a>>, names: &mut Names) {
        let culprit = self.field("spid").or_else(|| self.field("pid")).map(|pid| pid.as_bytes().to_vec());
        if self.kind == AvcKind::UserAvc
            && let Some(pid) = culprit.filter(|pid| !pid.is_empty() && pid.iter().all(u8::is_ascii_digit))
        {
            self.pid = Some(number(&pid));
        }
        for field in outer {
            let text = field.value.text();
            if field.key == b"pid" && self.pid.is_none() && !text.is_empty() && text.iter().all(u8::is_ascii_digit) {
                self.pid = Some(number(text));
            } else {
                self.fields.push((names.name(field.key), Untrusted::new(text)));
            }
        }
    }

    /// A field without a place of its own.
    pub(super) fn field(&self, key: &str) -> Option<&Untrusted> {
        self.fields.iter().find(|(name, _)| name.as_str() == key).map(|(_, value)| value)
    }

    /// `src=` is the port that is bound, but the peer's port in a packet record: the permission tells.
    fn bound_port(&self) -> Option<u16> {
        let keys = if self.permissions.contains("name_bind") {
            ["src", "lport"]
        } else if self.permissions.contains("name_connect") {
            ["dest", "fport"]
        } else {
            return None;
        };
        keys.iter()
            .filter_map(|key| self.field(key))
            .find_map(|port| std::str::from_utf8(port.as_bytes()).ok()?.parse().ok())
    }
}

/// Sets what is not set yet; false when there is nothing to set or something stands there.
fn set<T>(place: &mut Option<T>, value: Option<T>) -> bool {
    let free = place.is_none() && value.is_some();
    if free {
        *place = value;
    }
    free
}

/// `permissive=1`; text copied from elsewhere may be glued to it.
fn flag(text: &[u8]) -> Option<bool> {
    match text.first()? {
        b'0' => Some(false),
        b'1' => Some(true),
        _ => None,
    }
}

/// `0x5401`, or `5401` on kernels before 4.1: hexadecimal both times.
fn hex_number(text: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(text).ok()?;
    u32::from_str_radix(text.strip_prefix("0x").unwrap_or(text), 16).ok()
}
