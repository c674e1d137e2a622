//! The session: the sum of its records.

use std::{collections::BTreeMap, fmt};

use crate::{
    denials::{Denial, DenialKey},
    module::Version,
    selinux::{Identifier, Name, PermissionSet, statement::Form},
    session::{DecidedAccess, JournalRecord, LoadedModules, ReadMark, Step, Verdict},
};

/// What a decision is about: source type, target type, class.
type Subject = (Name, Name, Name);

/// What stands for each subject: each permission is in one of its accesses, the one decided last comes last.
type Decided = BTreeMap<Subject, Vec<(Verdict, DecidedAccess)>>;

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
    named_sets: bool,
    /// Every step that was not replaced after an undo; the first `standing` of them count.
    steps: Vec<Step>,
    standing: usize,
    decided: Decided,
    exported: Option<Export>,
    marks: Vec<ReadMark>,
    loaded: LoadedModules,
}

/// The last export of the session's module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// The folder that the files went to.
    pub folder: String,
    /// The version that they carry.
    pub version: Version,
    /// [`PolicyModule::digest`](crate::module::PolicyModule::digest) of what they hold.
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
            named_sets: false,
            steps: Vec::new(),
            standing: 0,
            decided: BTreeMap::new(),
            exported: None,
            marks: Vec::new(),
            loaded: LoadedModules::default(),
        }
    }

    /// What this session has loaded on the node and not taken back.
    pub fn loaded(&self) -> &LoadedModules {
        &self.loaded
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
            JournalRecord::NamedSets { named } => self.named_sets = *named,
            JournalRecord::Exported { folder, version, digest } => {
                self.exported = Some(Export { folder: folder.clone(), version: *version, digest: digest.clone() });
            }
            JournalRecord::Read { marks } => self.marks.clone_from(marks),
            JournalRecord::Ran(_) => {}
            JournalRecord::Loaded(loaded) => self.loaded.load(loaded),
            JournalRecord::TakenBack(taken) => self.loaded.take_back(taken),
        }
        Ok(())
    }

    /// A later decision takes over the permissions that it names and leaves the others where they were decided.
    fn settle(decided: &mut Decided, step: &Step) {
        for access in &step.accesses {
            let vector = &access.vector;
            let subject = (vector.source.clone(), vector.target.clone(), vector.class.clone());
            let standing = decided.entry(subject).or_default();
            for (_, earlier) in standing.iter_mut() {
                earlier.vector.permissions = earlier.vector.permissions.without(&vector.permissions);
            }
            standing.retain(|(_, earlier)| !earlier.vector.permissions.is_empty());
            standing.push((step.verdict.clone(), access.clone()));
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

    /// Whether rules are written with the headers' names for exactly what they say, where the form knows such names.
    pub fn named_sets(&self) -> bool {
        self.named_sets
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

    /// The steps that stand, the first one first.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().take(self.standing)
    }

    /// How this denial stands.
    pub fn standing(&self, denial: &Denial) -> Standing {
        let Some((verdict, _)) = self.decision(&denial.key) else { return Standing::Open };
        let new = denial.permission_set().without(&self.decided_permissions(&denial.key));
        if new.is_empty() { Standing::Decided(verdict.clone()) } else { Standing::Reopened(verdict.clone(), new) }
    }

    /// The decision that was made last for this source, target and class.
    pub fn decision(&self, key: &DenialKey) -> Option<(&Verdict, &DecidedAccess)> {
        self.decisions_on(key).last().map(|(verdict, access)| (verdict, access))
    }

    /// The permissions of this source, target and class that some decision covers.
    pub fn decided_permissions(&self, key: &DenialKey) -> PermissionSet {
        self.decisions_on(key).iter().flat_map(|(_, access)| &access.vector.permissions).cloned().collect()
    }

    /// The decisions on this source, target and class, the last one last.
    pub fn decisions_of(&self, key: &DenialKey) -> impl Iterator<Item = (&Verdict, &DecidedAccess)> {
        self.decisions_on(key).iter().map(|(verdict, access)| (verdict, access))
    }

    fn decisions_on(&self, key: &DenialKey) -> &[(Verdict, DecidedAccess)] {
        let subject = (key.source.clone(), key.target.clone(), key.class.clone());
        self.decided.get(&subject).map_or(&[], Vec::as_slice)
    }

    /// Every decision that stands, by source, target and class.
    pub fn decisions(&self) -> impl Iterator<Item = (&Verdict, &DecidedAccess)> {
        self.decided.values().flatten().map(|(verdict, access)| (verdict, access))
    }

    /// The domains that the decisions declare, by name.
    pub fn domains(&self) -> Vec<&Identifier> {
        let mut domains: Vec<_> = self
            .decisions()
            .filter_map(|(verdict, _)| match verdict {
                Verdict::NewDomain(name) => Some(name),
                Verdict::Allow | Verdict::DontAudit | Verdict::Skip => None,
            })
            .collect();
        domains.sort();
        domains.dedup();
        domains
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        module::{Added, Brings, Needs, PolicyModule, Remark},
        selinux::AccessVector,
        session::Addition,
    };

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
        JournalRecord::Decide(Step::new(verdict, vec![access]))
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
            JournalRecord::NamedSets { named: true },
        ] {
            let text = serde_json::to_string(&record).unwrap();
            assert_eq!(serde_json::from_str::<JournalRecord>(&text).unwrap(), record, "{text}");
        }
    }

    fn call(text: &str) -> Added {
        Added::Call(text.parse().unwrap())
    }

    fn gives(added: Added, vector: &AccessVector, domain: Option<&str>) -> Addition {
        let domain = domain.map(|name| Identifier::new(name).unwrap());
        Addition { domain, brings: Brings { gives: vec![vector.clone()], ..Brings::default() }, ..Addition::of(added) }
    }

    fn rules(module: &PolicyModule) -> Vec<String> {
        module.rules.iter().map(|rule| crate::selinux::shown_rule(rule.kind, &rule.vector)).collect()
    }

    #[test]
    fn a_call_covers_a_part_and_the_rest_stays_open_until_it_is_decided_too() {
        let whole = access("a_t", "b_t", "dir", &["create", "read", "rmdir"]);
        let covered = access("a_t", "b_t", "dir", &["read"]);
        let step =
            |verdict, access, additions| JournalRecord::Decide(Step { verdict, accesses: vec![access], additions });
        let by_call = step(Verdict::Allow, covered.clone(), vec![gives(call("read_b(a_t)"), &covered.vector, None)]);
        let rest = decide(Verdict::Allow, access("a_t", "b_t", "dir", &["create", "rmdir"]));
        let mut session = session(std::slice::from_ref(&by_call));
        let module = session.policy_module();
        assert!(module.rules.is_empty() && module.additions.len() == 1, "{module:?}");
        assert_eq!(module.additions.first().map(|addition| addition.given.len()), Some(1));
        session.apply(&rest).unwrap();
        assert_eq!(rules(&session.policy_module()), ["allow a_t b_t:dir { create rmdir }"]);
        // In the other order it is the same module.
        let other = super::tests::session(&[rest, by_call]).policy_module();
        assert_eq!(other, session.policy_module());
        session.apply(&JournalRecord::Undo).unwrap();
        session.apply(&JournalRecord::Undo).unwrap();
        assert!(session.policy_module().is_empty(), "undo takes the call back");
        session.apply(&JournalRecord::Redo).unwrap();
        // Decided otherwise as a whole: the call has nothing left to give.
        session.apply(&decide(Verdict::DontAudit, whole)).unwrap();
        let module = session.policy_module();
        assert_eq!(rules(&module), ["dontaudit a_t b_t:dir { create read rmdir }"]);
        assert!(module.additions.is_empty(), "{module:?}");
    }

    #[test]
    fn what_a_template_and_a_call_give_is_no_rule_of_the_domain() {
        let domain = Identifier::new("x_t").unwrap();
        let moved = access("a_t", "b_t", "file", &["open", "read"]);
        let mut own = moved.vector.clone();
        own.source = "x_t".into();
        let needs = Needs { types: [Identifier::new("init_t").unwrap()].into(), ..Needs::default() };
        let template = Addition {
            domain: Some(domain.clone()),
            brings: Brings { needs: needs.clone(), roles: ["system_r".into()].into(), ..Brings::default() },
            ..Addition::of(Added::Template("make_domain(x, init_t)".parse().unwrap()))
        };
        let network = Addition { domain: Some(domain.clone()), wanted: true, ..Addition::of(call("use_net(x_t)")) };
        let read = gives(call("read_b(x_t)"), &own, Some("x_t"));
        let step = Step {
            verdict: Verdict::NewDomain(domain.clone()),
            accesses: vec![moved.clone(), access("a_t", "a_t", "process", &["signal"])],
            additions: vec![template, network, read],
        };
        let line = serde_json::to_string(&JournalRecord::Decide(step)).unwrap();
        let mut session = session(&[serde_json::from_str(&line).unwrap()]);
        let module = session.policy_module();
        assert_eq!(rules(&module), ["allow x_t self:process signal"]);
        let declared = module.domains.first().unwrap();
        assert_eq!(declared.needs, needs);
        assert!(declared.roles.is_empty() && matches!(declared.making, crate::module::Making::Template(_)));
        let lines: Vec<_> = module.additions.iter().map(|addition| addition.added.to_string()).collect();
        assert_eq!(lines, ["read_b(x_t)", "use_net(x_t)"]);
        // What nothing gives any more goes, what was wanted for itself stays, and all of it goes with the domain.
        session.apply(&decide(Verdict::Skip, moved)).unwrap();
        let lines = session.policy_module().additions;
        assert_eq!(lines.into_iter().map(|line| line.added.to_string()).collect::<Vec<_>>(), ["use_net(x_t)"]);
        session.apply(&decide(Verdict::Skip, access("a_t", "a_t", "process", &["signal"]))).unwrap();
        assert!(session.policy_module().is_empty());
    }

    #[test]
    fn a_journal_of_the_first_release_is_read_as_it_was_meant() {
        let line = r#"{"record":"decide","verdict":{"new_domain":"x_t"},"accesses":[{"source":"a_t","target":"b_t",
            "class":"file","permissions":["read"],"remark":{"count":2}}]}"#;
        let record: JournalRecord = serde_json::from_str(line).unwrap();
        assert_eq!(rules(&session(&[record]).policy_module()), ["allow x_t b_t:file read"]);
    }
}
