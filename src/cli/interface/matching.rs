//! `seltui interface match`: which calls grant what was denied.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{bail, ensure};
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::{Answer, CommonOptions};
use crate::{
    cli::{json, module_source::say, reading},
    denials::Denials,
    host::{self, headers::Headers, log::Detail, policy_types::PolicyAndSession},
    module::Needs,
    policydb::Policy,
    refpolicy::{
        NameKind,
        matching::{Matcher, Offer, Plan, PolicyTypes as _, Preference, Question, Reach, Related, RuleKind},
    },
    replay::Installed,
    selinux::{AccessVector, Call, Identifier, Name, printable, statement::Target},
};

/// One access vector, or all denials of a log.
#[derive(Debug, Args)]
pub(in crate::cli) struct MatchOptions {
    /// The domain, a type or an attribute; the calls are for it
    #[arg(short, long, value_name = "TYPE", requires_all = ["target", "object_class", "permissions"], value_parser = name)]
    source: Option<Name>,

    /// The type of the object; `self` is the domain's own
    #[arg(short, long, value_name = "TYPE", requires = "source", value_parser = target)]
    target: Option<Target>,

    /// The object class; `--class` is a range of the log
    #[arg(short = 'c', value_name = "CLASS", requires = "source", value_parser = name)]
    object_class: Option<Name>,

    /// The permissions
    #[arg(value_name = "PERM", requires = "source", value_parser = name)]
    permissions: Vec<Name>,

    /// Only what this type was denied; may be given several times
    #[arg(long, value_name = "TYPE", conflicts_with = "source", value_parser = name)]
    from: Vec<Name>,

    /// Write the calls for this domain, whoever was denied
    #[arg(long = "as", value_name = "DOMAIN", conflicts_with = "source", value_parser = name)]
    written_for: Option<Name>,

    /// Few calls, or little opened
    #[arg(long, value_enum, default_value_t)]
    prefer: PreferName,

    /// Count the domains that this session declares among the members of an attribute: the file `journal` in its folder
    #[arg(long, value_name = "FILE")]
    session: Option<PathBuf>,

    /// Look for dontaudit interfaces: what is denied stays so and is logged no more
    #[arg(long)]
    dontaudit: bool,
}

/// The preferences by their names on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(in crate::cli) enum PreferName {
    /// As few calls as cover what calls can cover well
    #[default]
    Calls,
    /// As little opened as can be
    Tight,
}

impl From<PreferName> for Preference {
    fn from(name: PreferName) -> Self {
        match name {
            PreferName::Calls => Self::Calls,
            PreferName::Tight => Self::Tight,
        }
    }
}

/// A name that can stand in a policy; one that begins with a sign is a mistyped option.
fn name(text: &str) -> Result<Name, String> {
    Identifier::new(text).map(|name| name.name().clone()).map_err(|error| error.to_string())
}

/// The same, or `self` as in a rule.
fn target(text: &str) -> Result<Target, String> {
    match text {
        "self" => Ok(Target::Itself),
        _ => Identifier::new(text).map(Target::Type).map_err(|error| error.to_string()),
    }
}

/// Headers and policy, ready to be asked.
pub(in crate::cli) struct Desk {
    matcher: Matcher,
    policy: Option<Policy>,
    /// What a session declares.
    declared: Vec<(Identifier, Vec<Identifier>)>,
}

impl Desk {
    /// Reads both. Without a policy a type is reached by its own name alone, and a sentence says so.
    pub(in crate::cli) fn open(common: &CommonOptions) -> anyhow::Result<Self> {
        let headers = Headers::new(&common.headers, &common.root);
        let catalogue = host::catalogue::read(&headers, &common.root)?;
        ensure!(
            !catalogue.definitions().is_empty(),
            "no interface headers: install selinux-policy-dev (Debian) or selinux-policy-devel (Fedora), or name the folder \
             with --headers"
        );
        super::say_unsupported(catalogue.definitions().headers());
        let policy = match host::policy::read(&common.root, common.policy.as_deref()) {
            Ok((_, policy)) => Some(policy),
            Err(error) if common.policy.is_some() => return Err(error.into()),
            Err(error) => {
                say(&format!("{error}; interfaces that grant by attribute are not found without it"));
                None
            }
        };
        let known = PolicyAndSession { policy: policy.as_ref(), declared: &[] };
        let matcher = Matcher::new(catalogue, &known);
        Ok(Self { matcher, policy, declared: Vec::new() })
    }

    /// The same with what this session declares.
    fn with_session(mut self, journal: Option<&Path>) -> anyhow::Result<Self> {
        if let Some(journal) = journal {
            self.declared = super::declared_in(journal)?;
        }
        Ok(self)
    }

    fn ask<T>(&self, domain: &Name, kind: RuleKind, ask: impl FnOnce(&Matcher, &Question<'_>) -> T) -> T {
        let known = PolicyAndSession { policy: self.policy.as_ref(), declared: &self.declared };
        ask(&self.matcher, &Question { domain, role: "system_r", kind, known: &known })
    }

    /// The calls for accesses of one domain together.
    pub(in crate::cli) fn plan(
        &self,
        needs: &[AccessVector],
        domain: &Name,
        kind: RuleKind,
        preference: Preference,
    ) -> Plan {
        self.ask(domain, kind, |matcher, question| matcher.plan(needs, question, preference))
    }

    /// What the arguments of a call must be known as, by what the interface does with them: the policy that is asked here need not
    /// have them.
    pub(in crate::cli) fn needs(&self, call: &Call) -> Needs {
        let (catalogue, policy) = (self.matcher.catalogue(), self.policy.as_ref());
        let installed = Installed { catalogue, policy, declared: BTreeSet::new() };
        installed.line(call).map(|line| line.brings(&[], None, &BTreeSet::new()).needs).unwrap_or_default()
    }

    fn warn_of_unknown(&self, need: &AccessVector) {
        let Some(policy) = &self.policy else { return };
        let clean = |name: &Name| printable(name.as_str().as_bytes());
        if !matches!(policy.kind_of(need.target.as_str()), NameKind::Type | NameKind::Attribute) {
            say(&format!("the policy knows no type {}", clean(&need.target)));
        }
        let Some(class) = policy.find_class(need.class.as_str()) else {
            return say(&format!("the policy knows no class {}", clean(&need.class)));
        };
        for unknown in &need.permissions.without(&policy.permission_set(class, u32::MAX)) {
            say(&format!("the policy's class {} has no permission {}", clean(&need.class), clean(unknown)));
        }
    }
}

/// Prints the calls, best first. The answer is no when none covers anything.
pub(super) fn run(common: &CommonOptions, options: &MatchOptions) -> anyhow::Result<Answer> {
    let kind = if options.dontaudit { RuleKind::DontAudit } else { RuleKind::Allow };
    let desk;
    if let (Some(source), Some(target), Some(class)) = (&options.source, &options.target, &options.object_class) {
        ensure!(common.input.is_empty(), "--source is for one access vector, --input for a log: give one of them");
        let need = AccessVector {
            source: source.clone(),
            target: match target {
                Target::Itself => source.clone(),
                Target::Type(target) => target.name().clone(),
            },
            class: class.clone(),
            permissions: options.permissions.iter().cloned().collect(),
        };
        desk = Desk::open(common)?.with_session(options.session.as_deref())?;
        return one(common, &desk, &need, kind);
    }
    let needs = denied(common, &options.from)?;
    if needs.is_empty() {
        say(&format!("nothing was denied{} there", of_sources(&options.from)));
        return Ok(Answer::No);
    }
    desk = Desk::open(common)?.with_session(options.session.as_deref())?;
    let mut by_domain: BTreeMap<Name, Vec<AccessVector>> = BTreeMap::new();
    for need in needs {
        let domain = options.written_for.as_ref().unwrap_or(&need.source).clone();
        by_domain.entry(domain).or_default().push(need);
    }
    let mut answer = Answer::No;
    let mut out = BufWriter::new(io::stdout().lock());
    for (domain, needs) in &by_domain {
        let plan = desk.plan(needs, domain, kind, options.prefer.into());
        if !plan.calls.is_empty() {
            answer = Answer::Done;
        }
        if common.json {
            for offer in &plan.calls {
                json::write_line(&mut out, &OfferJson::of(offer, None))?;
            }
            for related in plan.uncovered.iter().flat_map(|uncovered| &uncovered.related) {
                json::write_line(&mut out, &OfferJson::of(&related.offer, Some(related.reason.to_string())))?;
            }
        } else {
            print_plan(&mut out, domain, &plan)?;
        }
    }
    out.flush()?;
    Ok(answer)
}

fn one(common: &CommonOptions, desk: &Desk, need: &AccessVector, kind: RuleKind) -> anyhow::Result<Answer> {
    if need.permissions.is_empty() {
        bail!("no permission is named: interface match -s TYPE -t TYPE -c CLASS PERM...");
    }
    desk.warn_of_unknown(need);
    let (offers, related) = desk.ask(&need.source, kind, |matcher, question| {
        let offers = matcher.offers(need, question);
        let related = if offers.is_empty() { matcher.related(need, question) } else { Vec::new() };
        (offers, related)
    });
    let mut out = BufWriter::new(io::stdout().lock());
    for offer in &offers {
        if common.json {
            json::write_line(&mut out, &OfferJson::of(offer, None))?;
        } else {
            print_offer(&mut out, offer, "")?;
        }
    }
    for Related { offer, reason } in &related {
        if common.json {
            json::write_line(&mut out, &OfferJson::of(offer, Some(reason.to_string())))?;
        } else {
            writeln!(out, "{}\n    {reason}", offer.text())?;
        }
    }
    out.flush()?;
    if offers.is_empty() {
        say("no interface grants it");
    }
    Ok(if offers.is_empty() { Answer::No } else { Answer::Done })
}

/// Whose denials were looked for; nothing where they were all.
fn of_sources(from: &[Name]) -> String {
    let names: Vec<_> = from.iter().map(|name| printable(name.as_str().as_bytes())).collect();
    if names.is_empty() { String::new() } else { format!(" to {}", names.join(" or ")) }
}

/// What the log says was denied, of these sources or all.
fn denied(common: &CommonOptions, from: &[Name]) -> anyhow::Result<Vec<AccessVector>> {
    let mut denials = Denials::new();
    reading::read(common, &reading::inputs(common), Detail::WithoutCommandLine, |event| {
        denials.absorb(event);
        Ok(())
    })?;
    let wanted = denials.rows().iter().filter(|denial| denial.needs_decision());
    let wanted = wanted.filter(|denial| from.is_empty() || from.contains(&denial.key.source));
    Ok(wanted
        .map(|denial| AccessVector {
            source: denial.key.source.clone(),
            target: denial.key.target.clone(),
            class: denial.key.class.clone(),
            permissions: denial.permission_set(),
        })
        .collect())
}

fn print_plan(out: &mut impl io::Write, domain: &Name, plan: &Plan) -> io::Result<()> {
    let domain = printable(domain.as_str().as_bytes());
    writeln!(out, "{domain}: the calls cover {} of {}", plan.covered, plan.asked)?;
    for offer in &plan.calls {
        print_offer(out, offer, "  ")?;
    }
    for uncovered in &plan.uncovered {
        writeln!(out, "  stays: {}", shown(&uncovered.rest))?;
        for offer in &uncovered.instead {
            let wide = if offer.types > 1 { format!("; reaches {} types", offer.types) } else { String::new() };
            let call = offer.text().replace('\n', "; ");
            writeln!(out, "    would cover it: {call} ({}{wide})", offer.summary())?;
        }
        for Related { offer, reason } in &uncovered.related {
            writeln!(out, "    near: {}: {reason}", offer.text().replace('\n', "; "))?;
        }
    }
    Ok(())
}

fn print_offer(out: &mut impl io::Write, offer: &Offer, indent: &str) -> io::Result<()> {
    for call in &offer.calls {
        writeln!(out, "{indent}{call}")?;
    }
    let by = match &offer.reach {
        Reach::Direct | Reach::Itself => String::new(),
        Reach::Attribute(name) => format!(", by attribute {}", printable(name.as_str().as_bytes())),
        Reach::Parameter => ", the target is an argument".to_owned(),
    };
    let types = if offer.types == 1 { "type" } else { "types" };
    writeln!(out, "{indent}    {}; reaches {} {types}{by}; weight {}", offer.summary(), offer.types, offer.weight)?;
    if offer.deprecated {
        writeln!(out, "{indent}    deprecated")?;
    }
    if let Some(refused) = &offer.refused {
        writeln!(out, "{indent}    not {}: {}", refused.call, refused.problem)?;
    }
    Ok(())
}

/// A vector as a person reads it: `var_log_t:dir { create rmdir }`.
fn shown(vector: &AccessVector) -> String {
    let clean = |name: &Name| printable(name.as_str().as_bytes());
    let permissions: Vec<_> = vector.permissions.iter().map(clean).collect();
    let permissions =
        if permissions.len() == 1 { permissions.concat() } else { format!("{{ {} }}", permissions.join(" ")) };
    format!("{}:{} {permissions}", clean(&vector.target), clean(&vector.class))
}

#[derive(Serialize)]
struct OfferJson<'a> {
    call: String,
    name: &'a str,
    covers: Vec<String>,
    covered: u32,
    asked: u32,
    opens: u32,
    opens_write: u32,
    /// What the policy's rules open for the attributes that the call puts the domain under.
    #[serde(skip_serializing_if = "is_none")]
    by_attributes: u32,
    types: u32,
    weight: u32,
    /// The attribute by which it comes to the target.
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    deprecated: bool,
    /// Why the attribute itself cannot be the argument.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
    /// Why it does not cover what was denied.
    #[serde(skip_serializing_if = "Option::is_none")]
    does_not_cover: Option<String>,
}

impl<'a> OfferJson<'a> {
    fn of(offer: &'a Offer, does_not_cover: Option<String>) -> Self {
        let attribute = match &offer.reach {
            Reach::Attribute(name) => Some(name.as_str()),
            _ => None,
        };
        Self {
            call: offer.text(),
            name: offer.name.as_str(),
            covers: offer.covers.iter().flat_map(accesses).collect(),
            covered: offer.covered,
            asked: offer.asked,
            opens: offer.opens + offer.hides,
            opens_write: offer.opens_write + offer.hides_write,
            by_attributes: offer.by_attributes.opens,
            types: offer.types,
            weight: offer.weight,
            attribute,
            deprecated: offer.deprecated,
            refused: offer.refused.as_ref().map(|refused| format!("{}: {}", refused.call, refused.problem)),
            does_not_cover,
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_none(count: &u32) -> bool {
    *count == 0
}

/// `var_log_t:dir create`, one text an access.
fn accesses(vector: &AccessVector) -> Vec<String> {
    let (target, class) = (vector.target.as_str(), vector.class.as_str());
    vector.permissions.iter().map(|permission| format!("{target}:{class} {}", permission.as_str())).collect()
}
