//! The session: the sum of its records.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::{
    denials::{Denial, DenialKey},
    module::{DeclaredDomain, PolicyModule, Rule, Version},
    selinux::{
        Identifier, Name, PermissionSet,
        statement::{AvRuleKind, Form},
    },
    session::{DecidedAccess, JournalRecord, ReadMark, Step, Verdict},
};

/// What a decision is about: source type, target type, class.
type Subject = (Name, Name, Name);

/// Decisions as they stand after some records.
///
/// ```
/// use seltui::{selinux::Identifier, session::{JournalRecord, Session}};
///
/// let mut session = Session::new(Identifier::new("logger").unwrap());
/// assert!(session.apply(&JournalRecord::Undo).is_err());
/// ```
#[derive(Debug, Clone)]
pub struct Session {
    module: Identifier,
    form: Form,
    /// Every step that was not replaced after an undo; the first `standing` of them count.
    steps: Vec<Step>,
    standing: usize,
    decided: BTreeMap<Subject, (Verdict, DecidedAccess)>,
    exported: Option<Export>,
    marks: Vec<ReadMark>,
}

/// The last export of the session's module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// The folder that the files went to.
    pub folder: String,
    /// The version that they carry.
    pub version: Version,
    /// [`PolicyModule::digest`] of what they hold.
    pub digest: String,
}

/// How a denial stands in the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Not decided.
    Open,
    /// Decided, and nothing further was denied since.
    Decided(Verdict),
    /// Decided, and then further permissions were denied: the decision does not cover these.
    Reopened(Verdict, PermissionSet),
}

/// A record that cannot follow the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplyError {
    /// Undo with nothing decided.
    NothingToUndo,
    /// Redo with nothing taken back.
    NothingToRedo,
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NothingToUndo => "nothing is decided that could be taken back",
            Self::NothingToRedo => "nothing was taken back that could be done again",
        })
    }
}

impl std::error::Error for ApplyError {}

impl Session {
    /// A session in which nothing is decided.
    pub fn new(module: Identifier) -> Self {
        Self {
            module,
            form: Form::default(),
            steps: Vec::new(),
            standing: 0,
            decided: BTreeMap::new(),
            exported: None,
            marks: Vec::new(),
        }
    }

    /// Lets a record happen. An error leaves the session as it was.
    pub fn apply(&mut self, record: &JournalRecord) -> Result<(), ApplyError> {
        match record {
            JournalRecord::Begin { module, .. } => self.module = module.clone(),
            JournalRecord::Decide(step) => {
                self.steps.truncate(self.standing);
                self.steps.push(step.clone());
                self.standing = self.steps.len();
                Self::settle(&mut self.decided, step);
            }
            JournalRecord::Undo => {
                self.standing = self.standing.checked_sub(1).ok_or(ApplyError::NothingToUndo)?;
                self.decided.clear();
                for step in self.steps.iter().take(self.standing) {
                    Self::settle(&mut self.decided, step);
                }
            }
            JournalRecord::Redo => {
                let step = self.steps.get(self.standing).ok_or(ApplyError::NothingToRedo)?;
                Self::settle(&mut self.decided, step);
                self.standing += 1;
            }
            JournalRecord::Form { form } => self.form = *form,
            JournalRecord::Exported { folder, version, digest } => {
                self.exported = Some(Export { folder: folder.clone(), version: *version, digest: digest.clone() });
            }
            JournalRecord::Read { marks } => self.marks.clone_from(marks),
        }
        Ok(())
    }

    fn settle(decided: &mut BTreeMap<Subject, (Verdict, DecidedAccess)>, step: &Step) {
        for access in &step.accesses {
            let vector = &access.vector;
            let subject = (vector.source.clone(), vector.target.clone(), vector.class.clone());
            decided.insert(subject, (step.verdict.clone(), access.clone()));
        }
    }

    /// The module's name.
    pub fn module_name(&self) -> &Identifier {
        &self.module
    }

    /// The form that the module is written in.
    pub fn form(&self) -> Form {
        self.form
    }

    /// The last export.
    pub fn exported(&self) -> Option<&Export> {
        self.exported.as_ref()
    }

    /// How far the logs had been read when that was last written down.
    pub fn marks(&self) -> &[ReadMark] {
        &self.marks
    }

    /// Whether anything was ever decided, taken back or not.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The step that [`JournalRecord::Undo`] would take back.
    pub fn next_undo(&self) -> Option<&Step> {
        self.standing.checked_sub(1).and_then(|place| self.steps.get(place))
    }

    /// The step that [`JournalRecord::Redo`] would do again.
    pub fn next_redo(&self) -> Option<&Step> {
        self.steps.get(self.standing)
    }

    /// How this denial stands.
    pub fn standing(&self, denial: &Denial) -> Standing {
        let Some((verdict, access)) = self.decision(&denial.key) else { return Standing::Open };
        let new = denial.permission_set().without(&access.vector.permissions);
        if new.is_empty() { Standing::Decided(verdict.clone()) } else { Standing::Reopened(verdict.clone(), new) }
    }

    /// The decision that stands for this source, target and class.
    pub fn decision(&self, key: &DenialKey) -> Option<(&Verdict, &DecidedAccess)> {
        let subject = (key.source.clone(), key.target.clone(), key.class.clone());
        self.decided.get(&subject).map(|(verdict, access)| (verdict, access))
    }

    /// Every decision that stands, by source, target and class.
    pub fn decisions(&self) -> impl Iterator<Item = (&Verdict, &DecidedAccess)> {
        self.decided.values().map(|(verdict, access)| (verdict, access))
    }

    /// The domains that the decisions declare, by name.
    pub fn domains(&self) -> Vec<&Identifier> {
        let mut domains: Vec<_> = self
            .decided
            .values()
            .filter_map(|(verdict, _)| match verdict {
                Verdict::NewDomain(name) => Some(name),
                Verdict::Allow | Verdict::DontAudit | Verdict::Skip => None,
            })
            .collect();
        domains.sort();
        domains.dedup();
        domains
    }

    /// The module that follows from the decisions, with the version that an export now would carry.
    pub fn policy_module(&self) -> PolicyModule {
        let mut domains: BTreeMap<&Identifier, BTreeSet<Name>> = BTreeMap::new();
        let mut rules = Vec::new();
        for (verdict, access) in self.decisions() {
            let mut vector = access.vector.clone();
            let kind = match verdict {
                Verdict::Skip => continue,
                Verdict::Allow => AvRuleKind::Allow,
                Verdict::DontAudit => AvRuleKind::DontAudit,
                Verdict::NewDomain(domain) => {
                    domains.entry(domain).or_default().extend(access.roles.iter().cloned());
                    if vector.target == vector.source {
                        vector.target = domain.name().clone();
                    }
                    vector.source = domain.name().clone();
                    AvRuleKind::Allow
                }
            };
            rules.push(Rule { kind, vector, remark: access.remark.clone() });
        }
        rules.sort();
        let domains = domains.into_iter().map(|(name, roles)| DeclaredDomain { name: name.clone(), roles }).collect();
        let mut module = PolicyModule {
            name: self.module.clone(),
            version: Version::FIRST,
            form: self.form,
            domains,
            rules,
            notes: BTreeMap::new(),
        };
        if let Some(export) = &self.exported {
            module.version = if export.digest == module.digest() { export.version } else { export.version.next() };
        }
        module
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{module::Remark, selinux::AccessVector};

    fn access(source: &str, target: &str, class: &str, permissions: &[&str]) -> DecidedAccess {
        DecidedAccess {
            vector: AccessVector {
                source: source.into(),
                target: target.into(),
                class: class.into(),
                permissions: permissions.iter().copied().collect(),
            },
            remark: Remark { count: 1, comm: None, path: None },
            roles: [Name::from("system_r")].into(),
        }
    }

    fn decide(verdict: Verdict, access: DecidedAccess) -> JournalRecord {
        JournalRecord::Decide(Step { verdict, accesses: vec![access] })
    }

    fn session(records: &[JournalRecord]) -> Session {
        let mut session = Session::new(Identifier::new("logger").unwrap());
        for record in records {
            session.apply(record).unwrap();
        }
        session
    }

    #[test]
    fn the_module_does_not_depend_on_the_order_of_decisions() {
        let domain = Verdict::NewDomain(Identifier::new("x_t").unwrap());
        let mut records = vec![
            decide(Verdict::Allow, access("b_t", "c_t", "file", &["read"])),
            decide(Verdict::DontAudit, access("a_t", "c_t", "file", &["read"])),
            decide(domain.clone(), access("a_t", "a_t", "process", &["signal"])),
            decide(domain, access("b_t", "a_t", "process", &["signal"])),
        ];
        let forwards = session(&records).policy_module();
        records.reverse();
        assert_eq!(session(&records).policy_module(), forwards);
        let to_itself: Vec<_> = forwards.rules.iter().filter(|r| r.vector.source == r.vector.target).collect();
        assert_eq!(to_itself.len(), 1, "only the target that was the source itself becomes self: {forwards:?}");
    }

    #[test]
    fn undo_and_redo_walk_all_steps_and_a_new_decision_ends_the_redo() {
        let names: Vec<String> = (0..50).map(|n| format!("t{n}_t")).collect();
        let mut records: Vec<_> =
            names.iter().map(|name| decide(Verdict::Allow, access("s_t", name, "file", &["read"]))).collect();
        let all = session(&records).policy_module();
        records.extend(std::iter::repeat_n(JournalRecord::Undo, 50));
        let mut walked = session(&records);
        assert_eq!(walked.policy_module().rules.len(), 0);
        assert_eq!(walked.apply(&JournalRecord::Undo), Err(ApplyError::NothingToUndo));
        for _ in 0..50 {
            walked.apply(&JournalRecord::Redo).unwrap();
        }
        assert_eq!(walked.policy_module(), all);
        assert_eq!(walked.apply(&JournalRecord::Redo), Err(ApplyError::NothingToRedo));
        walked.apply(&JournalRecord::Undo).unwrap();
        walked.apply(&decide(Verdict::Skip, access("s_t", "other_t", "file", &["read"]))).unwrap();
        assert_eq!(walked.apply(&JournalRecord::Redo), Err(ApplyError::NothingToRedo));
    }

    #[test]
    fn an_export_after_a_change_raises_the_version() {
        let mut session = session(&[decide(Verdict::Allow, access("a_t", "b_t", "file", &["read"]))]);
        let module = session.policy_module();
        assert_eq!(module.version, Version::FIRST);
        let exported = |module: &PolicyModule| JournalRecord::Exported {
            folder: "/root/logger".into(),
            version: module.version,
            digest: module.digest(),
        };
        session.apply(&exported(&module)).unwrap();
        assert_eq!(session.policy_module().version.to_string(), "1.0");
        session.apply(&decide(Verdict::Allow, access("a_t", "b_t", "dir", &["read"]))).unwrap();
        let module = session.policy_module();
        assert_eq!(module.version.to_string(), "1.1");
        session.apply(&exported(&module)).unwrap();
        session.apply(&JournalRecord::Undo).unwrap();
        assert_eq!(session.policy_module().version.to_string(), "1.2");
    }

    #[test]
    fn records_survive_json() {
        for record in [
            decide(Verdict::NewDomain(Identifier::new("x_t").unwrap()), access("a_t", "0\u{1b}x", "file", &["0x2"])),
            JournalRecord::Undo,
            JournalRecord::Form { form: Form::Module },
        ] {
            let text = serde_json::to_string(&record).unwrap();
            assert_eq!(serde_json::from_str::<JournalRecord>(&text).unwrap(), record, "{text}");
        }
    }
}
