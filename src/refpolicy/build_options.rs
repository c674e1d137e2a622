//! `build.conf`: what the devel Makefile defines before m4 reads the headers.

/// The settings that become macros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildOptions {
    /// `TYPE`: `standard`, `mcs` or `mls`.
    policy_type: String,
    /// `DISTRO`: `debian`, `redhat`; empty for none.
    distribution: String,
    systemd: bool,
    direct_initrc: bool,
    ubac: bool,
    /// `CUSTOM_BUILDOPT`: names, each a macro.
    custom: Vec<String>,
    sensitivities: String,
    mls_categories: String,
    mcs_categories: String,
}

impl BuildOptions {
    /// Reads the assignments of a `build.conf` (`NAME = value`, `?=`, `:=`, with or without `override`); what it does not
    /// set is as the Makefile has it.
    pub fn parse(text: &str) -> Self {
        let value = |name: &str, default: &str| {
            let mut values = text.lines().filter_map(|line| assignment(line).filter(|(own, _)| *own == name));
            values.next_back().map_or(default, |(_, value)| value).to_owned()
        };
        let is_set = |name| value(name, "n") == "y";
        Self {
            policy_type: value("TYPE", "standard"),
            distribution: value("DISTRO", ""),
            systemd: is_set("SYSTEMD"),
            direct_initrc: is_set("DIRECT_INITRC"),
            ubac: is_set("UBAC"),
            custom: value("CUSTOM_BUILDOPT", "").split_ascii_whitespace().map(str::to_owned).collect(),
            sensitivities: value("MLS_SENS", "16"),
            mls_categories: value("MLS_CATS", "1024"),
            mcs_categories: value("MCS_CATS", "1024"),
        }
    }

    /// The same with another `TYPE`, as `make TYPE=mls` sets it.
    #[must_use]
    pub fn with_type(mut self, policy_type: &str) -> Self {
        policy_type.clone_into(&mut self.policy_type);
        self
    }

    /// The macros in the Makefile's order (`M4PARAM`), with their values.
    pub fn definitions(&self) -> Vec<(String, String)> {
        let mut names = Vec::new();
        match self.policy_type.as_str() {
            "mls" => names.push("enable_mls".to_owned()),
            "mcs" => names.push("enable_mcs".to_owned()),
            _ => {}
        }
        if !self.distribution.is_empty() {
            names.push(format!("distro_{}", self.distribution));
        }
        let switches =
            [(self.systemd, "init_systemd"), (self.direct_initrc, "direct_sysadm_daemon"), (self.ubac, "enable_ubac")];
        names.extend(switches.iter().filter(|(set, _)| *set).map(|(_, name)| (*name).to_owned()));
        names.extend(self.custom.iter().cloned());
        let numbers = [
            ("mls_num_sens", &self.sensitivities),
            ("mls_num_cats", &self.mls_categories),
            ("mcs_num_cats", &self.mcs_categories),
        ];
        let numbers = numbers.iter().map(|(name, value)| ((*name).to_owned(), (*value).clone()));
        names.into_iter().map(|name| (name, String::new())).chain(numbers).collect()
    }
}

fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.split('#').next()?.trim();
    let line = line.strip_prefix("override ").map_or(line, str::trim_start);
    let (name, value) = line.split_once('=')?;
    Some((name.trim_end_matches(['?', ':', '+', ' ', '\t']), value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(options: &BuildOptions) -> String {
        let definitions = options.definitions();
        let words = definitions
            .iter()
            .map(|(name, value)| if value.is_empty() { name.clone() } else { format!("{name}={value}") });
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn defines_what_the_makefile_defines() {
        let numbers = "mls_num_sens=16 mls_num_cats=1024 mcs_num_cats=1024";
        let debian = "TYPE ?= mcs\nNAME ?= default\nDISTRO ?= debian\nMONOLITHIC ?= n\nDIRECT_INITRC ?= y\nSYSTEMD ?= y\n\
                      CUSTOM_BUILDOPT ?= \noverride UBAC := y\noverride MLS_SENS := 16\noverride MLS_CATS := 1024\n\
                      override MCS_CATS := 1024\n";
        let options = BuildOptions::parse(debian);
        let rest = format!("distro_debian init_systemd direct_sysadm_daemon enable_ubac {numbers}");
        assert_eq!(words(&options), format!("enable_mcs {rest}"));
        assert_eq!(words(&options.clone().with_type("mls")), format!("enable_mls {rest}"));
        assert_eq!(words(&BuildOptions::parse("")), numbers);
        let custom = BuildOptions::parse("CUSTOM_BUILDOPT = a b # c\nMLS_SENS:=4");
        assert_eq!(words(&custom), "a b mls_num_sens=4 mls_num_cats=1024 mcs_num_cats=1024");
    }
}
