//! How a container is started in a domain of its own: Kubernetes, podman, docker.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    module::Making,
    selinux::Identifier,
    session::{Session, Verdict},
};

/// What the names of container domains, and of the templates that make them, have in common.
const CONTAINER_WORDS: &[&str] = &["container", "sandbox", "svirt", "spc_t"];

/// The domains that the session declares for containers: made by a container's template, or out of what a container's domain was
/// denied.
pub fn container_domains(session: &Session) -> Vec<Identifier> {
    let speaks_of_containers = |text: &str| CONTAINER_WORDS.iter().any(|word| text.contains(word));
    let mut domains: BTreeMap<&Identifier, bool> = BTreeMap::new();
    for (verdict, access) in session.decisions() {
        if let Verdict::NewDomain(domain) = verdict {
            let source = access.vector.source.as_str();
            *domains.entry(domain).or_default() |= speaks_of_containers(source) && source != domain.as_str();
        }
    }
    let module = session.policy_module();
    for domain in &module.domains {
        match &domain.making {
            Making::Template(call) => {
                domains.entry(&domain.name).and_modify(|is| *is |= speaks_of_containers(call.interface.as_str()));
            }
            // A daemon that init starts is none, whatever it was before.
            Making::Maker { .. } => drop(domains.remove(&domain.name)),
            Making::Plain => {}
        }
    }
    domains.into_iter().filter(|(_, is)| *is).map(|(domain, _)| domain.clone()).collect()
}

/// `workload.txt`: what to write into a pod's specification, the command that patches one, and podman's and docker's option.
///
/// Words in capitals are for the person to fill in. The types are identifiers, so that nothing in the text needs quoting: not for
/// YAML (none is a word of it, they hold an underscore), not for JSON, not for a shell.
pub fn workload_text(domains: &[Identifier]) -> String {
    let mut out = String::new();
    for (number, domain) in domains.iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        // Writing into a String cannot fail.
        let _ = write!(
            out,
            "\
# How a workload runs as {domain}. The module must be loaded on every node that it may run on.
# Words in capitals stand for your own: NAMESPACE, NAME, IMAGE; daemonset may be deployment or statefulset.

# Kubernetes, in the pod's specification (of a pod as it is, of others below spec.template):
spec:
  securityContext:
    seLinuxOptions:
      type: {domain}

# Kubernetes, the same to what runs already (its pods are started anew):
kubectl --namespace NAMESPACE patch daemonset NAME --type merge --patch '{}'

# podman and docker:
podman run --security-opt label=type:{domain} IMAGE
docker run --security-opt label=type:{domain} IMAGE
",
            patch(domain)
        );
    }
    out
}

/// A merge patch of the pod template, in JSON.
fn patch(domain: &Identifier) -> String {
    serde_json::json!({
        "spec": {"template": {"spec": {"securityContext": {"seLinuxOptions": {"type": domain.as_str()}}}}}
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        module::{Added, Remark},
        selinux::AccessVector,
        session::{Addition, DecidedAccess, JournalRecord, Step},
    };

    fn session(source: &str, making: Option<Added>) -> Session {
        let domain = Identifier::new("x_t").unwrap();
        let access = DecidedAccess {
            vector: AccessVector {
                source: source.into(),
                target: "b_t".into(),
                class: "file".into(),
                permissions: ["read"].into_iter().collect(),
            },
            remark: Remark::default(),
            roles: [].into(),
        };
        let additions =
            making.into_iter().map(|added| Addition { domain: Some(domain.clone()), ..Addition::of(added) });
        let step =
            Step { additions: additions.collect(), ..Step::new(Verdict::NewDomain(domain.clone()), vec![access]) };
        let mut session = Session::new(Identifier::new("m").unwrap());
        session.apply(&JournalRecord::Decide(step)).unwrap();
        session
    }

    #[test]
    fn knows_a_containers_domain() {
        let template = |call: &str| Some(Added::Template(call.parse().unwrap()));
        for (source, making, is) in [
            ("container_t", None, true),
            ("init_t", None, false),
            ("init_t", template("container_domain_template(x)"), true),
            ("x_t", None, false),
        ] {
            assert_eq!(container_domains(&session(source, making)).len(), usize::from(is), "{source}");
        }
    }

    #[test]
    fn the_patch_is_json_and_names_the_type() {
        let text = workload_text(&[Identifier::new("x_t").unwrap(), Identifier::new("y_t").unwrap()]);
        let patches: Vec<serde_json::Value> = text
            .lines()
            .filter_map(|line| line.split_once("--patch '")?.1.strip_suffix('\''))
            .map(|patch| serde_json::from_str(patch).unwrap())
            .collect();
        assert_eq!(patches.len(), 2);
        assert_eq!(patches[1]["spec"]["template"]["spec"]["securityContext"]["seLinuxOptions"]["type"], "y_t");
    }
}
