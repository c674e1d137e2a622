//! What a module's file holds: a policy package or CIL, compressed or not.

use std::{
    fmt, fs,
    io::{self, Read as _, Write as _},
    path::Path,
};

use anyhow::{Context as _, bail};
use sha2::{Digest as _, Sha256};

use crate::{
    cil,
    host::process::{Cancel, CommandLine, Ended},
};

/// No module is a tenth of this; what becomes longer is a bomb.
const LONGEST: u64 = 256 << 20;

/// What turns a policy package into CIL; libsemanage's own place for it.
const COMPILER: &str = "/usr/libexec/selinux/hll/pp";

/// Why a file cannot be loaded as a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackageError {
    /// It ends neither in `.pp` nor in `.cil`.
    Ending,
    /// It is a folder, a pipe or a device.
    NoFile,
    /// No module can be called so: libsemanage's `semanage_module_validate_name`.
    Name,
    /// Its name says one thing and its content another.
    NoPackage,
    /// It is a package of a whole policy and no module.
    NoModule,
    /// The package names another module than its file does: semodule goes by the package.
    OtherName(String),
}

impl fmt::Display for PackageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ending => f.write_str("a module is a file NAME.pp or NAME.cil"),
            Self::NoFile => f.write_str("this is no regular file"),
            Self::Name => f.write_str(
                "no module can be called so: rename the file, with letters, digits, _ - and . after a first letter",
            ),
            Self::NoPackage => f.write_str("this is no policy package: build it anew with semodule_package"),
            Self::NoModule => f.write_str("this is a base policy and no module"),
            Self::OtherName(name) => write!(f, "the module inside is called {name}: rename the file to {name}.pp"),
        }
    }
}

impl std::error::Error for PackageError {}

/// A module that can be given to semodule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// The module's name, which is that of its file.
    pub name: String,
    /// `pp` or `cil`.
    pub language: String,
    /// The version that a policy package carries; CIL has none.
    pub version: Option<String>,
    /// The file's bytes, as they are.
    pub bytes: Vec<u8>,
    /// SHA-256 of the content without its compression, in hexadecimal digits.
    pub digest: String,
}

impl Package {
    /// Reads `NAME.pp` or `NAME.cil`.
    ///
    /// # Errors
    /// It cannot be read, or is no module ([`PackageError`]).
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let named = || crate::selinux::printable(path.display().to_string().as_bytes());
        let (Some(name), Some(language)) =
            (path.file_stem().and_then(|name| name.to_str()), path.extension().and_then(|ending| ending.to_str()))
        else {
            return Err(PackageError::Ending).with_context(named);
        };
        // A pipe would be waited for, and no signal ends that.
        if !fs::metadata(path).with_context(named)?.is_file() {
            return Err(PackageError::NoFile).with_context(named);
        }
        let file = fs::File::open(path).with_context(named)?;
        let mut bytes = Vec::new();
        file.take(LONGEST).read_to_end(&mut bytes).with_context(named)?;
        Self::of_bytes(name, language, bytes).with_context(named)
    }

    /// A module of this name in this language.
    ///
    /// # Errors
    /// It is no module.
    pub fn of_bytes(name: &str, language: &str, bytes: Vec<u8>) -> anyhow::Result<Self> {
        if !is_module_name(name) {
            return Err(PackageError::Name.into());
        }
        let content = decompressed(&bytes)?;
        let version = match language {
            "pp" => {
                let heading = Heading::read(&content)?;
                if heading.name != name {
                    return Err(PackageError::OtherName(crate::selinux::printable(heading.name.as_bytes())).into());
                }
                Some(heading.version)
            }
            "cil" => None,
            _ => return Err(PackageError::Ending.into()),
        };
        let digest = digest(&content);
        Ok(Self { name: name.to_owned(), language: language.to_owned(), version, bytes, digest })
    }

    /// The module in CIL. A policy package is turned into it by libsemanage's own compiler.
    ///
    /// # Errors
    /// The compiler is not here, or refuses it.
    pub fn cil(&self, cancel: &Cancel) -> anyhow::Result<cil::Module> {
        Ok(cil::Module::read(&self.cil_text(cancel)?))
    }

    /// The same as text, line for line as semodule's complaints count them.
    ///
    /// # Errors
    /// As [`Package::cil`].
    pub fn cil_text(&self, cancel: &Cancel) -> anyhow::Result<String> {
        let content = decompressed(&self.bytes)?;
        if self.language == "cil" {
            return Ok(String::from_utf8_lossy(&content).into_owned());
        }
        if !Path::new(COMPILER).exists() {
            bail!("{COMPILER} is not here, so what the package holds cannot be shown");
        }
        let folder = tempfile::Builder::new().prefix("seltui-cil-").tempdir().context("no folder for the CIL text")?;
        let (input, output) = (folder.path().join("module.pp"), folder.path().join("module.cil"));
        fs::write(&input, content).with_context(|| input.display().to_string())?;
        let command = CommandLine::new(COMPILER, folder.path()).arg(&input).arg(&output);
        let mut said = Vec::new();
        match command.run(&mut |line| said.push(line), cancel)? {
            Ended::By(status) if status.success() => {
                let text = fs::read(&output).with_context(|| output.display().to_string())?;
                Ok(String::from_utf8_lossy(&text).into_owned())
            }
            Ended::By(_) => bail!("{COMPILER} refuses it: {}", said.join("; ")),
            Ended::Cancelled => bail!("stopped"),
        }
    }

    /// Writes it as `NAME.pp` or `NAME.cil` into a folder, and to the disk.
    ///
    /// # Errors
    /// The disk is full, or the folder not the user's.
    pub fn write(&self, folder: &Path) -> anyhow::Result<std::path::PathBuf> {
        let path = folder.join(format!("{}.{}", self.name, self.language));
        let write = || -> io::Result<()> {
            let mut file = fs::File::create(&path)?;
            file.write_all(&self.bytes)?;
            file.sync_all()
        };
        write().with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }
}

/// Whether the store can hold a module of this name (libsemanage's `semanage_module_validate_name`).
pub(in crate::host) fn is_module_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
}

/// What libsemanage takes off before it looks at a module: bzip2, known by its first bytes.
pub(super) fn decompressed(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    if !bytes.starts_with(b"BZh") {
        return Ok(bytes.to_owned());
    }
    let mut content = Vec::new();
    let mut reader = bzip2::read::MultiBzDecoder::new(bytes).take(LONGEST + 1);
    reader.read_to_end(&mut content).context("the module's compression is damaged")?;
    if content.len() as u64 > LONGEST {
        bail!("the module is longer than any policy");
    }
    Ok(content)
}

/// SHA-256 in hexadecimal digits, as sha256sum(1) prints it.
pub(in crate::host) fn digest(content: &[u8]) -> String {
    use std::fmt::Write as _;

    let mut text = String::new();
    for byte in Sha256::digest(content) {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The first words of a policy package (libsepol's `policydb_write` and `sepol_module_package_write`).
struct Heading {
    name: String,
    version: String,
}

impl Heading {
    fn read(content: &[u8]) -> Result<Self, PackageError> {
        let mut rest = content;
        let mut number = || take_number(&mut rest).ok_or(PackageError::NoPackage);
        if number()? != 0xf97c_ff8f {
            return Err(PackageError::NoPackage);
        }
        let (_version, sections) = (number()?, number()?);
        let module = number()?;
        if sections == 0 {
            return Err(PackageError::NoPackage);
        }
        let start = usize::try_from(module).map_err(|_| PackageError::NoPackage)?;
        let mut rest = content.get(start..).ok_or(PackageError::NoPackage)?;
        read_module(&mut rest).unwrap_or(Err(PackageError::NoPackage))
    }
}

/// The name and version in a module; nothing where the bytes end or are something else.
fn read_module(rest: &mut &[u8]) -> Option<Result<Heading, PackageError>> {
    const MODULE: u32 = 2;
    if take_number(rest)? != 0xf97c_ff8d {
        return None;
    }
    take_text(rest)?;
    let kind = take_number(rest)?;
    // The version of the form, its flags, how many tables of symbols and of contexts.
    for _ in 0..4 {
        take_number(rest)?;
    }
    // A base policy goes on without a name.
    if kind != MODULE {
        return Some(Err(PackageError::NoModule));
    }
    Some(Ok(Heading { name: take_text(rest)?, version: take_text(rest)? }))
}

fn take_number(rest: &mut &[u8]) -> Option<u32> {
    let (bytes, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    Some(u32::from_le_bytes(*bytes))
}

fn take_text(rest: &mut &[u8]) -> Option<String> {
    let length = usize::try_from(take_number(rest)?).ok()?;
    let (bytes, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first bytes of what checkmodule and `semodule_package` 3.4 make of `module tone 1.3;`.
    const TONE: &[u8] =
        b"\x8f\xff\x7c\xf9\x01\0\0\0\x01\0\0\0\x10\0\0\0\x8d\xff\x7c\xf9\x0f\0\0\0SE Linux Module\x02\0\0\0\
\x15\0\0\0\x01\0\0\0\x08\0\0\0\0\0\0\0\x04\0\0\0tone\x03\0\0\x001.3\x40\0\0\0";

    #[test]
    fn a_package_says_its_name_and_version() {
        let package = Package::of_bytes("tone", "pp", TONE.to_owned()).unwrap();
        assert_eq!(package.version.as_deref(), Some("1.3"));
        for (name, language, bytes, expected) in [
            ("ton", "pp", TONE, "the module inside is called tone: rename the file to tone.pp"),
            ("tone", "te", TONE, "a module is a file NAME.pp or NAME.cil"),
            ("tone", "pp", &TONE[..60], "this is no policy package: build it anew with semodule_package"),
            ("tone", "pp", b"(allow)", "this is no policy package: build it anew with semodule_package"),
        ] {
            assert_eq!(Package::of_bytes(name, language, bytes.to_owned()).unwrap_err().to_string(), expected);
        }
        for length in 0..TONE.len() {
            let _ = Package::of_bytes("tone", "pp", TONE[..length].to_owned());
        }
    }

    #[test]
    fn what_semodule_would_not_take_or_what_has_no_end_is_refused() {
        for name in ["", "-x", "../x", "1a", "a b", "a\x1b[31mb", "über"] {
            let refused = Package::of_bytes(name, "cil", b"(type a_t)".to_vec()).unwrap_err().to_string();
            assert!(refused.starts_with("no module can be called so"), "{name}: {refused}");
        }
        assert!(is_module_name("a-b_2.c"));
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe.pp");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let refused = format!("{:#}", Package::read(&pipe).unwrap_err());
        assert!(refused.ends_with("pipe.pp: this is no regular file"), "{refused}");
    }

    #[test]
    fn compressed_content_has_the_digest_of_what_it_holds() {
        // printf '(type a_t)\n' | bzip2, and | sha256sum
        let bytes = [
            0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, 0xd7, 0x3b, 0xc7, 0xe8, 0x00, 0x00, 0x01, 0x53,
            0x80, 0x00, 0x10, 0x40, 0x60, 0x00, 0x00, 0xa2, 0x00, 0x44, 0x20, 0x20, 0x00, 0x22, 0x01, 0x93, 0x21, 0x00,
            0x30, 0xc3, 0x6b, 0x82, 0x6d, 0x9f, 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, 0xd7, 0x3b, 0xc7, 0xe8,
        ];
        let expected = "566994ad057d30f5b1e2a68837328fb6aa9d090dd36d8c24cd4c5cdd65493ee1";
        let package = Package::of_bytes("a", "cil", bytes.to_vec()).unwrap();
        assert_eq!((package.digest.as_str(), package.bytes.as_slice()), (expected, &bytes[..]));
        assert_eq!(package.cil_text(&Cancel::new()).unwrap(), "(type a_t)\n");
        assert!(decompressed(&bytes[..40]).unwrap_err().to_string().contains("damaged"));
    }
}
