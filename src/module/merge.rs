//! Rules of the same kind, source, target and class as one.

use std::{cmp::Reverse, collections::BTreeMap};

use super::{Remark, Rule};
use crate::selinux::{AccessVector, Name, statement::AvRuleKind};

/// The rules in the order of a module: by source, then `self`, then the other targets by name, then class, then kind.
pub(super) fn merged(rules: &[Rule]) -> Vec<Rule> {
    type Place<'a> = (&'a Name, bool, &'a Name, &'a Name, AvRuleKind);
    let mut places: BTreeMap<Place<'_>, Vec<&Rule>> = BTreeMap::new();
    for rule in rules {
        let AccessVector { source, target, class, .. } = &rule.vector;
        places.entry((source, source != target, target, class, rule.kind)).or_default().push(rule);
    }
    let rule_of = |((source, _, target, class, kind), rules): (Place<'_>, Vec<&Rule>)| Rule {
        kind,
        vector: AccessVector {
            source: source.clone(),
            target: target.clone(),
            class: class.clone(),
            permissions: rules.iter().flat_map(|rule| &rule.vector.permissions).cloned().collect(),
        },
        remark: remark_of(&rules),
    };
    places.into_iter().map(rule_of).collect()
}

fn remark_of(rules: &[&Rule]) -> Remark {
    Remark {
        count: rules.iter().fold(0, |sum: u64, rule| sum.saturating_add(rule.remark.count)),
        comm: most(rules, |remark| remark.comm.as_deref()),
        path: most(rules, |remark| remark.path.as_deref()),
    }
}

/// The value that most messages stand behind; of several the first by name.
fn most<'a>(rules: &[&'a Rule], field: impl Fn(&'a Remark) -> Option<&'a str>) -> Option<String> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for rule in rules {
        if let Some(value) = field(&rule.remark) {
            let count = counts.entry(value).or_default();
            *count = count.saturating_add(rule.remark.count);
        }
    }
    counts.into_iter().min_by_key(|(value, count)| (Reverse(*count), *value)).map(|(value, _)| value.to_owned())
}
