//! The records that the rules came from.

use crate::{
    audit::{AvcResult, RawText},
    denials::{DenialKey, Denials, Sighting},
    module::{LineKind, Rendered},
    selinux::{Identifier, printable, shown_rule, statement::AvRuleKind},
    session::{Session, Verdict},
};

/// More than this nobody reads; what is beyond it is counted.
const MOST_BYTES: usize = 4 << 20;

/// What one decision rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// What was denied: source, target, class and permissions, printable.
    pub denial: String,
    /// The rules that the module writes for it, as it writes them; none where a call gives it.
    pub rules: Vec<String>,
    /// How many messages told of it.
    pub count: u64,
    /// The events that are kept: the first and the newest.
    pub events: Vec<Sighting>,
}

/// What each decision of the session rests on, in the order of the decisions; `te` is the module's text.
pub fn proofs(session: &Session, denials: &Denials, te: &Rendered) -> Vec<Proof> {
    let decided = session.decisions().filter(|(verdict, _)| **verdict != Verdict::Skip);
    let proof = |(verdict, access): (&Verdict, &crate::session::DecidedAccess)| {
        let vector = &access.vector;
        let (mut source, mut target) = (vector.source.clone(), vector.target.clone());
        if let Verdict::NewDomain(domain) = verdict {
            if target == source {
                target = domain.name().clone();
            }
            source = domain.name().clone();
        }
        let origin = (source, target, vector.class.clone());
        let is_rule = |kind: LineKind| matches!(kind, LineKind::Allow | LineKind::DontAudit);
        let rules = te.lines.iter().filter(|line| line.origins.contains(&origin) && is_rule(line.kind));
        let key = DenialKey {
            source: vector.source.clone(),
            target: vector.target.clone(),
            class: vector.class.clone(),
            result: AvcResult::Denied,
        };
        let seen = denials.get(&key);
        let shown = shown_rule(AvRuleKind::Allow, vector);
        Proof {
            denial: shown.split_once(' ').map_or_else(String::new, |(_, access)| access.to_owned()),
            rules: rules.map(|line| line.text.trim().to_owned()).collect(),
            count: seen.map_or(access.remark.count, |denial| denial.tally.count()),
            events: seen.map(|denial| denial.evidence.events.iter().cloned().collect()).unwrap_or_default(),
        }
    };
    decided.map(proof).collect()
}

/// The records as a file: the lines of the log byte for byte, and lines that begin with `#` between them. `read` fetches the
/// text of a record, or finds it gone.
pub fn evidence(name: &Identifier, proofs: &[Proof], mut read: impl FnMut(&RawText) -> Option<Vec<u8>>) -> Vec<u8> {
    let mut text = format!(
        "# What the rules of the module {name} came from: audit records as the log had them.\n\
         # Lines that begin with # are not the log's.\n"
    )
    .into_bytes();
    let mut left_out = 0_usize;
    for proof in proofs {
        if text.len() > MOST_BYTES {
            left_out += 1;
            continue;
        }
        let mut say = |line: &str| text.extend_from_slice(format!("# {line}\n").as_bytes());
        say("");
        say(&format!("denied: {}, {} messages", proof.denial, proof.count));
        for rule in &proof.rules {
            say(&format!("written: {}", printable(rule.as_bytes())));
        }
        let kept = proof.events.len() as u64;
        if kept == 0 {
            say("The records are not here: the log that was open did not hold them.");
        } else if kept < proof.count {
            say(&format!("The first and the newest of its events, {kept} in all:"));
        }
        for record in proof.events.iter().flat_map(|event| event.records.iter()) {
            match read(&record.text) {
                Some(line) => {
                    text.extend_from_slice(&line);
                    text.push(b'\n');
                }
                None => text.extend_from_slice(b"# (a record that was truncated or rotated away)\n"),
            }
        }
    }
    if left_out > 0 {
        text.extend_from_slice(format!("#\n# The records of {left_out} more denials are left out.\n").as_bytes());
    }
    text
}
