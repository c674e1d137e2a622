//! Which package brings a program that is missing.

use std::{collections::BTreeSet, fmt, fs, path::Path};

/// How software is installed here, as `os-release(5)` tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Distribution {
    /// Debian and what is made of it.
    Debian,
    /// Fedora, Red Hat Enterprise Linux and what is made of them.
    Fedora,
    /// The same with an image that is not changed in place (`CoreOS`, Silverblue).
    FedoraImage,
    /// SUSE and openSUSE.
    Suse,
    /// The same with an image that is not changed in place (`MicroOS`, Leap Micro).
    SuseImage,
    /// None whose package names are known here.
    Other,
}

/// What building a module needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// The interface headers with their Makefile.
    Headers,
    /// `checkmodule`
    Checkmodule,
    /// `m4`
    M4,
    /// `make`
    Make,
    /// `semodule_package`
    SemodulePackage,
}

impl Need {
    /// The program's name; `None` for the headers.
    pub fn program(self) -> Option<&'static str> {
        match self {
            Self::Headers => None,
            Self::Checkmodule => Some("checkmodule"),
            Self::M4 => Some("m4"),
            Self::Make => Some("make"),
            Self::SemodulePackage => Some("semodule_package"),
        }
    }
}

impl Distribution {
    /// The distribution that this program runs on.
    pub fn here() -> Self {
        ["/etc/os-release", "/usr/lib/os-release"]
            .iter()
            .find_map(|path| fs::read_to_string(Path::new(path)).ok())
            .map_or(Self::Other, |text| Self::of_os_release(&text))
    }

    /// The distribution that an `os-release` names by `ID` or, where that is not known here, by `ID_LIKE`.
    ///
    /// ```
    /// use seltui::host::distribution::Distribution;
    ///
    /// assert_eq!(Distribution::of_os_release("ID=ubuntu\nID_LIKE=debian\n"), Distribution::Debian);
    /// assert_eq!(Distribution::of_os_release("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n"), Distribution::Fedora);
    /// ```
    pub fn of_os_release(text: &str) -> Self {
        let field = |name: &str| {
            let value = text.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='));
            value.unwrap_or_default().trim_matches(['"', '\''])
        };
        let id = field("ID");
        let family = std::iter::once(id).chain(field("ID_LIKE").split_whitespace()).find_map(|name| match name {
            "debian" | "ubuntu" => Some(Self::Debian),
            "fedora" | "rhel" | "centos" => Some(Self::Fedora),
            "suse" | "opensuse" | "sles" | "sle" => Some(Self::Suse),
            _ => None,
        });
        match family {
            Some(Self::Fedora) if !field("OSTREE_VERSION").is_empty() || field("VARIANT_ID") == "coreos" => {
                Self::FedoraImage
            }
            Some(Self::Suse) if id.contains("micro") => Self::SuseImage,
            family => family.unwrap_or(Self::Other),
        }
    }

    /// The package that brings it; `None` where the names are not known.
    pub fn package(self, need: Need) -> Option<&'static str> {
        let debian = match self {
            Self::Debian => true,
            Self::Fedora | Self::FedoraImage | Self::Suse | Self::SuseImage => false,
            Self::Other => return None,
        };
        Some(match need {
            Need::Headers if debian => "selinux-policy-dev",
            Need::Headers => "selinux-policy-devel",
            Need::Checkmodule => "checkpolicy",
            Need::M4 => "m4",
            Need::Make => "make",
            Need::SemodulePackage if debian => "semodule-utils",
            Need::SemodulePackage => "policycoreutils",
        })
    }

    /// The words before the packages in the command that installs them.
    fn install(self) -> Option<&'static str> {
        match self {
            Self::Debian => Some("apt-get install"),
            Self::Fedora => Some("dnf install"),
            Self::FedoraImage => Some("rpm-ostree install"),
            Self::Suse => Some("zypper install"),
            Self::SuseImage => Some("transactional-update pkg install"),
            Self::Other => None,
        }
    }
}

/// What is not there, with the way to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// What is needed and not found, each once.
    pub needs: BTreeSet<Need>,
    /// Where headers were looked for.
    pub headers: String,
    /// The person named these folders: no package would put headers there.
    pub headers_named: bool,
    /// Where this program runs.
    pub distribution: Distribution,
}

impl Missing {
    /// The command that installs what a package brings, for root; `None` where the names of the packages are not known.
    pub fn command(&self) -> Option<String> {
        let wanted = self.needs.iter().filter(|need| !self.is_named(**need));
        let packages: Option<BTreeSet<_>> = wanted.map(|need| self.distribution.package(*need)).collect();
        let packages: Vec<_> = packages?.into_iter().collect();
        if packages.is_empty() {
            return None;
        }
        Some(format!("{} {}", self.distribution.install()?, packages.join(" ")))
    }
}

impl Missing {
    /// Whether it is looked for only where the person said.
    fn is_named(&self, need: Need) -> bool {
        need == Need::Headers && self.headers_named
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = |need: &Need| match (need.program(), self.distribution.package(*need)) {
            (Some(program), Some(package)) if program != package => format!("{program} (package {package})"),
            (Some(program), _) => program.to_owned(),
            (None, _) if self.headers_named => format!("the policy headers in {}", self.headers),
            (None, Some(package)) => format!("the policy headers in {} (package {package})", self.headers),
            (None, None) => format!("the policy headers in {}", self.headers),
        };
        let list: Vec<_> = self.needs.iter().map(named).collect();
        write!(f, "building needs {}, which {} not here", list.join(", "), if list.len() == 1 { "is" } else { "are" })?;
        match self.command() {
            Some(command) => write!(f, "; as root: {command}")?,
            None if self.needs.iter().all(|need| self.is_named(*need)) => {}
            None => f.write_str("; install them, or export the files and build them where they are")?,
        }
        if self.needs.iter().any(|need| self.is_named(*need)) {
            f.write_str("; --headers wants the folder include, which holds Makefile, build.conf and support/")?;
        }
        Ok(())
    }
}

impl std::error::Error for Missing {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_families() {
        for (text, distribution) in [
            ("PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\nVERSION_ID=\"12\"", Distribution::Debian),
            ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"", Distribution::Debian),
            ("ID=fedora\nVARIANT_ID=server", Distribution::Fedora),
            ("ID=fedora\nVARIANT_ID=coreos\nOSTREE_VERSION='41.2'", Distribution::FedoraImage),
            ("ID=\"almalinux\"\nID_LIKE=\"rhel centos fedora\"", Distribution::Fedora),
            ("ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"", Distribution::Suse),
            ("ID=\"opensuse-microos\"\nID_LIKE=\"suse opensuse opensuse-tumbleweed\"", Distribution::SuseImage),
            ("ID=\"sle-micro\"\nID_LIKE=\"suse\"", Distribution::SuseImage),
            ("ID=gentoo", Distribution::Other),
            ("", Distribution::Other),
        ] {
            assert_eq!(Distribution::of_os_release(text), distribution, "{text}");
        }
    }

    #[test]
    fn says_what_to_install() {
        let missing = |needs: &[Need], distribution| Missing {
            needs: needs.iter().copied().collect(),
            headers: "/usr/share/selinux/devel/include".to_owned(),
            headers_named: false,
            distribution,
        };
        assert_eq!(
            missing(&[Need::Checkmodule], Distribution::Fedora).to_string(),
            "building needs checkmodule (package checkpolicy), which is not here; as root: dnf install checkpolicy"
        );
        assert_eq!(
            missing(&[Need::Make, Need::Headers], Distribution::Debian).to_string(),
            "building needs the policy headers in /usr/share/selinux/devel/include (package selinux-policy-dev), make, \
             which are not here; as root: apt-get install make selinux-policy-dev"
        );
        let named = Missing { headers_named: true, ..missing(&[Need::Headers], Distribution::Debian) };
        assert_eq!(
            named.to_string(),
            "building needs the policy headers in /usr/share/selinux/devel/include, which is not here; --headers wants the \
             folder include, which holds Makefile, build.conf and support/"
        );
        let both = Missing { headers_named: true, ..missing(&[Need::Make, Need::Headers], Distribution::Debian) };
        assert_eq!(both.command().as_deref(), Some("apt-get install make"));
        assert!(both.to_string().contains("as root: apt-get install make; --headers wants"), "{both}");
        let elsewhere = missing(&[Need::SemodulePackage], Distribution::Other);
        assert_eq!(elsewhere.command(), None);
        assert!(elsewhere.to_string().starts_with("building needs semodule_package, which is not here; install"));
    }
}
