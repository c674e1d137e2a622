//! SELINUX_ERR and USER_SELINUX_ERR records: what no allow rule is about.

use super::{
    AvcMessage, AvcResult, OddityKind, Refusal,
    avc::Origin,
    field::{Field, fields},
    names::Names,
};
use crate::selinux::{Name, SecurityContext, Untrusted};

/// Reads the body of a SELINUX_ERR record; `subject` is the `subj` of the event's SYSCALL record.
///
/// The texts are made in `security/selinux/ss/services.c` and `hooks.c`. A context may stand between quotation marks or be
/// hexadecimal (`audit_log_untrustedstring`), on older kernels bare.
pub(super) fn read(
    body: &[u8],
    origin: Origin,
    subject: Option<&[u8]>,
    names: &mut Names,
) -> Result<AvcMessage, OddityKind> {
    let all: Vec<Field<'_>> = fields(body, origin.notation).collect();
    // What a program said stands in its msg='…'.
    let inner = all.iter().find(|field| field.key == b"msg").map(|field| field.value.text());
    let all = inner.map_or(all, |inner| fields(inner, origin.notation).collect());
    let text = |key: &[u8]| all.iter().find(|field| field.key == key).map(|field| field.value);
    let context = |key: &[u8], names: &mut Names| {
        let value = text(key)?.string(origin.notation)?;
        names.context(&value)
    };
    let missing = OddityKind::Damaged("a context is missing or cut");
    let op = text(b"op").ok_or(OddityKind::NoDenial)?.text();
    let (refusal, source, target): (_, Option<SecurityContext>, Option<SecurityContext>) = match op {
        b"security_compute_sid" => (Refusal::Context, context(b"scontext", names), context(b"invalid_context", names)),
        b"security_bounded_transition" => {
            (Refusal::Transition, context(b"oldcontext", names), context(b"newcontext", names))
        }
        b"security_compute_av" => (Refusal::Bounds, context(b"scontext", names), context(b"tcontext", names)),
        b"security_validate_transition" => {
            (Refusal::Validation, context(b"taskcontext", names), context(b"newcontext", names))
        }
        _ if text(b"invalid_context").is_some() => {
            let source = context(b"scontext", names).or_else(|| names.context(subject?));
            (Refusal::Context, source, context(b"invalid_context", names))
        }
        _ => return Err(OddityKind::NoDenial),
    };
    let (Some(source), Some(target)) = (source, target) else { return Err(missing) };
    let class = text(b"tclass").map_or_else(|| Name::from("process"), |class| names.name(class.text()));
    let class =
        if text(b"tclass").is_none() && op != b"security_bounded_transition" { Name::from("file") } else { class };
    let permissions =
        text(b"perms").map(|perms| perms.text().split(|byte| *byte == b',').map(Name::from_bytes).collect());
    let known: [&[u8]; 2] = [b"tclass", b"perms"];
    let rest = all.iter().filter(|field| !known.contains(&field.key));
    let rest = rest.map(|field| (names.name(field.key), Untrusted::new(field.value.text()))).collect();
    Ok(AvcMessage {
        kind: origin.kind,
        result: AvcResult::Refused(refusal),
        permissions: permissions.unwrap_or_default(),
        fields: rest,
        incomplete: origin.cut,
        unproven: !origin.proven,
        ..AvcMessage::new(source, target, class, origin.place)
    })
}
