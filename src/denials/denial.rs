//! Denials, and the table that grows out of the log.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use foldhash::fast::RandomState;

use super::{Evidence, Sighting};
use crate::{
    audit::{AuditEvent, AvcMessage, AvcResult, Stamp},
    selinux::{Name, PermissionSet},
};

/// What makes two messages the same denial.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DenialKey {
    /// The type of the process.
    pub source: Name,
    /// The type of the object.
    pub target: Name,
    /// The object class.
    pub class: Name,
    /// Denied, or only logged by an auditallow rule: such a row needs no decision.
    pub result: AvcResult,
}

impl DenialKey {
    fn of(message: &AvcMessage) -> Self {
        Self {
            source: message.source.r#type.clone(),
            target: message.target.r#type.clone(),
            class: message.class.clone(),
            result: message.result,
        }
    }
}

/// How often, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Messages that the policy enforced.
    pub enforced: u64,
    /// Messages with `permissive=1`: the access went through.
    pub permissive: u64,
    /// The earliest stamp; means nothing while the count is 0.
    pub first: Stamp,
    /// The latest stamp; likewise.
    pub last: Stamp,
}

impl Tally {
    const NONE: Self = Self { enforced: 0, permissive: 0, first: Stamp(0), last: Stamp(0) };

    /// Messages of either kind.
    pub fn count(&self) -> u64 {
        self.enforced + self.permissive
    }

    fn add(&mut self, stamp: Stamp, permissive: bool) {
        if self.count() == 0 {
            (self.first, self.last) = (stamp, stamp);
        }
        if permissive {
            self.permissive += 1;
        } else {
            self.enforced += 1;
        }
        self.first = self.first.min(stamp);
        self.last = self.last.max(stamp);
    }
}

/// One row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// Source, target, class, and whether it was denied.
    pub key: DenialKey,
    /// Each permission seen, with how often.
    pub permissions: BTreeMap<Name, Tally>,
    /// The messages of the row.
    pub tally: Tally,
    /// What it rests on.
    pub evidence: Evidence,
}

impl Denial {
    /// The permissions without their counts.
    pub fn permission_set(&self) -> PermissionSet {
        self.permissions.keys().cloned().collect()
    }
}

/// What an event did to the table: the row, and what is new in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The row's place in [`Denials::rows`].
    pub row: usize,
    /// Permissions that the row did not have; all of them when it is a new row.
    pub new_permissions: PermissionSet,
}

/// The denials of a log in the order they first came; rows are added and grow, and keep their places.
#[derive(Debug, Clone, Default)]
pub struct Denials {
    rows: Vec<Denial>,
    places: HashMap<DenialKey, usize, RandomState>,
}

impl Denials {
    /// A table without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// The rows in the order they first came.
    pub fn rows(&self) -> &[Denial] {
        &self.rows
    }

    /// The row of this key.
    pub fn get(&self, key: &DenialKey) -> Option<&Denial> {
        self.places.get(key).and_then(|place| self.rows.get(*place))
    }

    /// Counts the messages of an event; says which rows it touched, in the order of the messages.
    pub fn absorb(&mut self, event: AuditEvent) -> Vec<Change> {
        let AuditEvent { id, messages, records } = event;
        // Without records there is nothing to be shared, and nothing to make room for.
        let records = if records.is_empty() { Arc::default() } else { records.into() };
        let sighting = Sighting { id, records };
        let mut changes = Vec::with_capacity(messages.len());
        for message in &messages {
            let key = DenialKey::of(message);
            let row = self.row(key);
            if let Some(denial) = self.rows.get_mut(row) {
                changes.push(Change { row, new_permissions: denial.add(&sighting, message) });
            }
        }
        changes
    }

    /// Adds a denial that is known from elsewhere: a row without messages, which grows when the log tells of it too.
    pub fn remember(&mut self, key: DenialKey, permissions: &PermissionSet) -> usize {
        let row = self.row(key);
        if let Some(denial) = self.rows.get_mut(row) {
            for permission in permissions {
                denial.permissions.entry(permission.clone()).or_insert(Tally::NONE);
            }
        }
        row
    }

    /// Drops the rows and permissions that no message of the log ever told of; the rows behind them move up.
    pub fn forget_remembered(&mut self) {
        self.rows.retain_mut(|denial| {
            denial.permissions.retain(|_, tally| tally.count() > 0);
            denial.tally.count() > 0
        });
        self.places = self.rows.iter().enumerate().map(|(row, denial)| (denial.key.clone(), row)).collect();
    }

    fn row(&mut self, key: DenialKey) -> usize {
        *self.places.entry(key).or_insert_with_key(|key| {
            self.rows.push(Denial {
                key: key.clone(),
                permissions: BTreeMap::new(),
                tally: Tally::NONE,
                evidence: Evidence::default(),
            });
            self.rows.len() - 1
        })
    }
}

impl Denial {
    fn add(&mut self, sighting: &Sighting, message: &AvcMessage) -> PermissionSet {
        let (stamp, permissive) = (sighting.id.stamp, message.permissive == Some(true));
        self.tally.add(stamp, permissive);
        let mut new = PermissionSet::new();
        for permission in &message.permissions {
            if let Some(tally) = self.permissions.get_mut(permission) {
                tally.add(stamp, permissive);
                continue;
            }
            let mut tally = Tally::NONE;
            tally.add(stamp, permissive);
            self.permissions.insert(permission.clone(), tally);
            new.insert(permission.clone());
        }
        self.evidence.add_message(&sighting.id, message);
        self.evidence.add_sighting(sighting);
        new
    }
}

impl Denial {
    /// Whether a rule can be written for it: it was neither granted nor refused for what no rule is about.
    pub fn needs_decision(&self) -> bool {
        self.key.result == AvcResult::Denied
    }

    /// Whether an auditallow rule logged it and nothing was denied.
    pub fn is_granted(&self) -> bool {
        self.key.result == AvcResult::Granted
    }
}
