//! Which interface is offered first: what maintainers of the policy chose, and cases of our own.

mod judge;

use std::{collections::BTreeSet, env, fs, path::Path, sync::Arc, time::Instant};

use seltui::{
    host::{self, headers::Headers, policy},
    policydb::Policy,
    refpolicy::{
        Catalogue,
        matching::{Matcher, Offer, Question, RuleKind},
    },
    selinux::{AccessVector, Name},
};

fn catalogue() -> Arc<Catalogue> {
    host::catalogue::read(&Headers::new(&[judge::HEADERS.into()], Path::new("/")), Path::new("/")).unwrap()
}

fn vector(source: &str, target: &str, class: &str, permissions: &[&str]) -> AccessVector {
    AccessVector {
        source: source.into(),
        target: target.into(),
        class: class.into(),
        permissions: permissions.iter().copied().collect(),
    }
}

struct Desk {
    matcher: Matcher,
    policy: Policy,
}

impl Desk {
    /// Debian's headers and its policy, if they are here.
    fn of_debian() -> Option<Self> {
        if !judge::all_here(&[judge::HEADERS]) {
            return None;
        }
        let (_, policy) = policy::read(Path::new("/"), None).ok()?;
        let start = Instant::now();
        let catalogue = catalogue();
        println!("catalogue: {:?}", start.elapsed());
        let start = Instant::now();
        let matcher = Matcher::new(catalogue, &policy);
        println!("matcher: {:?}", start.elapsed());
        Some(Self { matcher, policy })
    }

    fn offers(&self, need: &AccessVector) -> Vec<Offer> {
        let question = Question { domain: &need.source, role: "system_r", kind: RuleKind::Allow, known: &self.policy };
        self.matcher.offers(need, &question)
    }
}

#[derive(serde::Deserialize)]
struct Case {
    commit: String,
    source: Name,
    target: Name,
    class: Name,
    permissions: BTreeSet<Name>,
    truth: Vec<String>,
}

/// Of two halves the one that the order was fitted to is 0; by commit, so that no commit is in both.
fn half(commit: &str) -> u32 {
    // FNV-1a: the same everywhere and for ever.
    let hash = commit
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    u32::from((hash >> 32) & 1 == 1)
}

#[derive(Default)]
struct Figures {
    cases: u32,
    first: u32,
    three: u32,
    tight: u32,
}

impl Figures {
    fn percent(&self, count: u32) -> f64 {
        f64::from(count) * 100.0 / f64::from(self.cases.max(1))
    }
}

/// `SELTUI_ADVICE` names the file: one case a line, with the calls that maintainers added for it.
#[test]
fn maintainers_choose_the_same() {
    let (Some(path), Some(desk)) = (env::var_os("SELTUI_ADVICE"), Desk::of_debian()) else { return };
    let text = fs::read_to_string(path).unwrap();
    let cases: Vec<Case> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (number, name) in ["fitted to", "held out"].iter().enumerate() {
        let mut figures = Figures::default();
        for case in cases.iter().filter(|case| half(&case.commit) as usize == number) {
            let need = AccessVector {
                source: case.source.clone(),
                target: case.target.clone(),
                class: case.class.clone(),
                permissions: case.permissions.clone().into(),
            };
            let offers = desk.offers(&need);
            let chosen = |offer: &&Offer| case.truth.iter().any(|name| name == offer.name.as_str());
            let theirs = offers.iter().filter(chosen).map(|offer| offer.opens).max();
            figures.cases += 1;
            figures.first += u32::from(offers.first().filter(chosen).is_some());
            figures.three += u32::from(offers.iter().take(3).any(|offer| chosen(&offer)));
            let first = offers.first();
            figures.tight += u32::from(
                first.is_some_and(|first| first.is_complete() && theirs.is_none_or(|most| first.opens <= most)),
            );
            if env::var_os("SELTUI_ADVICE_MISSES").is_some() && first.filter(chosen).is_none() {
                let names: Vec<_> =
                    offers.iter().take(4).map(|offer| (offer.text(), offer.opens, offer.weight)).collect();
                println!(
                    "{} {} {} {:?}: {:?} not {names:?}",
                    case.source.as_str(),
                    case.target.as_str(),
                    case.class.as_str(),
                    case.permissions,
                    case.truth
                );
            }
        }
        let [first, three, tight] = [figures.first, figures.three, figures.tight].map(|count| figures.percent(count));
        println!("{name}: {} cases, first {first:.1} %, of three {three:.1} %, as tight {tight:.1} %", figures.cases);
        assert!(first >= 75.0 && three >= 90.0 && tight >= 95.0, "{name}");
    }
}

#[test]
fn time() {
    let Some(desk) = Desk::of_debian() else { return };
    for need in [
        vector("httpd_t", "bin_t", "dir", &["search"]),
        vector("httpd_t", "var_log_t", "file", &["read", "open"]),
        vector("httpd_t", "etc_t", "dir", &["getattr", "open", "search"]),
    ] {
        let start = Instant::now();
        let offers = desk.offers(&need);
        println!("{:?} {}", start.elapsed(), offers.len());
        for offer in offers.iter().take(4) {
            println!("{} {} types {} weight {}", offer.text(), offer.summary(), offer.types, offer.weight);
        }
    }
}
