//! Where things of the user's own are kept, and what this machine is called.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use directories::ProjectDirs;

use crate::{
    host::{journal, private},
    selinux::{Identifier, Name},
};

/// A file name takes 255 bytes; this leaves room for a checksum.
const MAX_FILE_NAME: usize = 200;

/// The user's folders (XDG Base Directory Specification).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directories {
    /// What the user may write: `keymap.toml`, `theme.toml`. `$XDG_CONFIG_HOME/seltui`, by default `~/.config/seltui`.
    pub config: PathBuf,
    /// What the program writes. `$XDG_STATE_HOME/seltui`, by default `~/.local/state/seltui`.
    pub state: PathBuf,
}

impl Directories {
    /// The folders of the user who runs the program; none of them is made yet.
    ///
    /// # Errors
    /// The user has no home.
    pub fn of_user() -> anyhow::Result<Self> {
        Self::of_project(ProjectDirs::from("", "", "seltui").as_ref())
    }

    fn of_project(project: Option<&ProjectDirs>) -> anyhow::Result<Self> {
        let folders = project.and_then(|project| Some((project.config_dir(), project.state_dir()?)));
        let (config, state) =
            folders.context("this user has no home folder to keep sessions in: set HOME to a folder of your own")?;
        Ok(Self { config: config.to_owned(), state: state.to_owned() })
    }

    /// The folder of all sessions.
    pub fn sessions(&self) -> PathBuf {
        self.state.join("sessions")
    }

    /// The journal of a session: `sessions/NODE/MODULE/journal`. Its folders are made, and checked to be the user's own.
    ///
    /// # Errors
    /// A folder cannot be made, is a symbolic link, or is somebody else's.
    pub fn journal(&self, node: &str, module: &Identifier) -> anyhow::Result<PathBuf> {
        let journal = self.journal_path(node, module);
        let above: Vec<_> = journal.ancestors().skip(1).take_while(|folder| folder.starts_with(&self.state)).collect();
        for folder in above.into_iter().rev() {
            private::make_private_folder(folder)
                .context("sessions cannot be kept (XDG_STATE_HOME can name another place)")?;
        }
        Ok(journal)
    }

    /// The same path; nothing is made.
    pub fn journal_path(&self, node: &str, module: &Identifier) -> PathBuf {
        self.sessions().join(safe_file_name(node)).join(module.as_str()).join(journal::FILE_NAME)
    }
}

/// What this machine is called: the kernel's name for it, or what hostname(5) says below another root.
///
/// A disk without `etc/hostname` is called `localhost`, as systemd does it. The name is not to be trusted: whoever made the
/// disk chose it.
pub fn node_name(root: &Path) -> Name {
    let file = if root == Path::new("/") { "proc/sys/kernel/hostname" } else { "etc/hostname" };
    let path = root.join(file);
    // A pipe in this place would never end.
    let is_file = fs::metadata(&path).is_ok_and(|metadata| metadata.is_file());
    let text = if is_file { fs::read(&path).unwrap_or_default() } else { Vec::new() };
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let name = lines.find(|line| !line.is_empty() && !line.starts_with(b"#")).unwrap_or(b"localhost");
    Name::from_bytes(name)
}

/// A file name for any text: letters, digits, `-`, `_` and inner dots stay, every other byte becomes `%XX`.
///
/// Different texts have different names; those that are too long for a file name are told apart by a checksum.
pub fn safe_file_name(text: &str) -> String {
    let mut name = String::new();
    for (place, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => name.push(byte.into()),
            b'.' if place > 0 => name.push('.'),
            _ => {
                // Writing into a String cannot fail.
                let _ = write!(name, "%{byte:02X}");
            }
        }
    }
    if name.is_empty() {
        name.push('%');
    }
    if name.len() > MAX_FILE_NAME {
        name.truncate(MAX_FILE_NAME);
        let _ = write!(name, "%%{:08x}-{}", crc32fast::hash(text.as_bytes()), text.len());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt as _;

    #[test]
    fn file_names_are_safe_and_their_own() {
        for (text, name) in [
            ("node1.example.com", "node1.example.com"),
            ("", "%"),
            (".", "%2E"),
            ("..", "%2E."),
            ("../../etc", "%2E.%2F..%2Fetc"),
            ("a b\n\u{1b}[2J", "a%20b%0A%1B%5B2J"),
            ("%2E", "%252E"),
            ("-rf", "-rf"),
            ("knö", "kn%C3%B6"),
        ] {
            assert_eq!(safe_file_name(text), name, "{text:?}");
        }
        let long = |end: &str| safe_file_name(&("/".repeat(300) + end));
        assert!(long("a").len() <= 255 && long("a") != long("b"), "{}", long("a"));
    }

    #[test]
    fn a_session_has_private_folders_below_the_state() {
        let place = tempfile::tempdir().unwrap();
        let directories = Directories { config: place.path().join("config"), state: place.path().join("state/seltui") };
        let journal = directories.journal("../n", &Identifier::new("logger").unwrap()).unwrap();
        assert_eq!(journal, place.path().join("state/seltui/sessions/%2E.%2Fn/logger/journal"));
        for folder in journal.ancestors().skip(1).take(4) {
            assert_eq!(fs::metadata(folder).unwrap().mode() & 0o777, 0o700, "{}", folder.display());
        }
        fs::remove_dir_all(directories.sessions()).unwrap();
        std::os::unix::fs::symlink(place.path(), directories.sessions()).unwrap();
        let error = format!("{:#}", directories.journal("n", &Identifier::new("logger").unwrap()).unwrap_err());
        assert!(
            error.starts_with("sessions cannot be kept (XDG_STATE_HOME can name another place): ")
                && error.contains("symbolic link"),
            "{error}"
        );
    }

    #[test]
    fn without_a_home_it_says_what_to_do() {
        let error = Directories::of_project(None).unwrap_err().to_string();
        assert_eq!(error, "this user has no home folder to keep sessions in: set HOME to a folder of your own");
    }

    #[test]
    fn the_node_is_what_hostname_says() {
        // uname(1) asks the kernel by another way.
        let uname = std::process::Command::new("uname").arg("-n").output().unwrap().stdout;
        assert_eq!(node_name(Path::new("/")).as_str().as_bytes(), uname.trim_ascii());
        let root = tempfile::tempdir().unwrap();
        assert_eq!(node_name(root.path()).as_str(), "localhost");
        fs::create_dir(root.path().join("etc")).unwrap();
        for (text, name) in [
            (&b"node7\n"[..], "node7"),
            (b"# the name\n\n  node8.example.com \nmore\n", "node8.example.com"),
            (b"", "localhost"),
            (b"a\x1b[2J\xff", "a\u{1b}[2J\u{fffd}"),
        ] {
            fs::write(root.path().join("etc/hostname"), text).unwrap();
            assert_eq!(node_name(root.path()).as_str(), name);
        }
    }
}
