//! Where the policy of a node lies, and reading it.

use std::{
    fmt,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use crate::policydb::{Policy, PolicyError};

/// No policy in use is a tenth of this; what is longer is something else, or never ends.
const LONGEST: u64 = 256 << 20;

/// The newest version that this program knows, for the choice between several files.
const NEWEST: u32 = 35;

/// Why there is no policy to ask.
#[derive(Debug)]
pub enum PolicyUnavailable {
    /// Nothing readable was found; each place with the reason.
    NotFound(Vec<(PathBuf, io::Error)>),
    /// A file was read that is no policy that this program knows.
    Unknown(PathBuf, PolicyError),
}

impl fmt::Display for PolicyUnavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound(places) => {
                f.write_str("no policy could be read:")?;
                for (path, error) in places {
                    write!(f, "\n  {}: {error}", shown(path))?;
                }
                f.write_str("\nname a policy file, or run this with the right to read one of these")
            }
            Self::Unknown(path, error) => write!(f, "{}: {error}", shown(path)),
        }
    }
}

impl std::error::Error for PolicyUnavailable {}

fn shown(path: &Path) -> String {
    crate::selinux::printable(path.as_os_str().as_encoded_bytes())
}

/// Reads the policy: the file given, else the kernel's own below `root`, else the newest that is installed there.
///
/// The type of the installed policy stands in `etc/selinux/config`; without it it is `targeted`, as for libselinux. A place
/// that cannot be read is passed over (the kernel gives its policy to one reader at a time, and not to everybody).
///
/// # Errors
/// [`PolicyUnavailable`] with every place that was tried.
pub fn read(root: &Path, given: Option<&Path>) -> Result<(PathBuf, Policy), PolicyUnavailable> {
    let places = match given {
        Some(path) => vec![path.to_owned()],
        None => places(root),
    };
    let mut failed = Vec::new();
    for path in places {
        match bytes(&path) {
            Ok(bytes) => {
                return match Policy::read(&bytes) {
                    Ok(policy) => Ok((path, policy)),
                    Err(error) => Err(PolicyUnavailable::Unknown(path, error)),
                };
            }
            Err(error) => failed.push((path, error)),
        }
    }
    Err(PolicyUnavailable::NotFound(failed))
}

/// The installed policy, where there is one.
pub fn installed(root: &Path) -> Option<PathBuf> {
    newest(&root.join("etc/selinux").join(configured_type(root)).join("policy"))
}

/// The type of the policy that `etc/selinux/config` names (`SELINUXTYPE`), `targeted` without it, as for libselinux.
pub fn configured_type(root: &Path) -> String {
    let config = std::fs::read_to_string(root.join("etc/selinux/config")).unwrap_or_default();
    let value = config.lines().filter_map(|line| line.trim().strip_prefix("SELINUXTYPE=")).next_back();
    // A type is the name of a folder, never a way out of it.
    let name = value.map(str::trim).filter(|name| !name.is_empty() && !name.contains('/') && !name.starts_with('.'));
    name.unwrap_or("targeted").to_owned()
}

/// The places to look at, best first.
fn places(root: &Path) -> Vec<PathBuf> {
    let folder = root.join("etc/selinux").join(configured_type(root)).join("policy");
    let mut places = vec![root.join("sys/fs/selinux/policy")];
    places.push(newest(&folder).unwrap_or_else(|| folder.join("policy.NN")));
    places
}

/// The file with the highest version up to the one that this program knows; if there is none, the highest.
fn newest(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    let version = |name: &str| name.strip_prefix("policy.")?.parse::<u32>().ok();
    let versions: Vec<u32> = entries.filter_map(|entry| version(entry.file_name().to_str()?)).collect();
    let known = versions.iter().copied().filter(|version| *version <= NEWEST).max();
    Some(folder.join(format!("policy.{}", known.or_else(|| versions.iter().copied().max())?)))
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let file = std::fs::File::open(path)?;
    let length = file.metadata()?.len().min(LONGEST);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1);
    file.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the file is longer than any policy"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_below_the_root_for_the_configured_type_and_the_newest_known_version() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("etc/selinux/mcs/policy");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(root.path().join("etc/selinux/config"), "SELINUX=enforcing\nSELINUXTYPE=mcs\n").unwrap();
        for name in ["policy.31", "policy.33", "policy.99", "policy.kern"] {
            std::fs::write(folder.join(name), "").unwrap();
        }
        assert_eq!(places(root.path()), [root.path().join("sys/fs/selinux/policy"), folder.join("policy.33")]);
        let PolicyUnavailable::Unknown(path, _) = read(root.path(), None).unwrap_err() else { panic!() };
        assert_eq!(path, folder.join("policy.33"));
        std::fs::write(root.path().join("etc/selinux/config"), "SELINUXTYPE=../..\n").unwrap();
        let text = read(root.path(), None).unwrap_err().to_string();
        assert!(
            text.contains("sys/fs/selinux/policy: No such file") && text.contains("targeted/policy/policy.NN"),
            "{text}"
        );
    }
}
