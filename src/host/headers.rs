//! The interface headers: where they are, what m4 will know from them, and several folders as one.

mod demo;
mod read;

use std::{
    borrow::Cow,
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs::{self, DirEntry, File, FileType},
    io::{self, Read as _},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use crate::module::{PolicyModule, RenderContext};

pub use demo::{demo_headers, demo_render_context};

/// Where distributions put the headers.
const DEFAULT_FOLDER: &str = "usr/share/selinux/devel/include";

/// The layer of interface files that lie in no layer.
const LOCAL_LAYER: &str = "local";

/// Folders of headers (`include`), of which later ones lie over earlier ones.
///
/// A later folder's `container.if` takes the place of an earlier one in whatever layer that was: m4 would refuse the same
/// interface twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headers {
    folders: Vec<PathBuf>,
    /// The person named them, so each must be there.
    named: bool,
}

/// What `build.conf` and `/etc/selinux/config` say of the policy that the headers belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyKind {
    /// `SELINUXTYPE`: `targeted`, `default`; only shown while building.
    pub name: String,
    /// `standard`, `mcs` or `mls`.
    pub kind: String,
}

impl Headers {
    /// The folders that were named, or the distribution's below `root`.
    pub fn new(named: &[PathBuf], root: &Path) -> Self {
        let folders = if named.is_empty() { vec![root.join(DEFAULT_FOLDER)] } else { named.to_vec() };
        Self { folders, named: !named.is_empty() }
    }

    /// The folders, the lowest first.
    pub fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// Whether the person named the folders.
    pub fn are_named(&self) -> bool {
        self.named
    }

    /// Whether a module can be built with them: a Makefile, a `build.conf` and the support macros are there.
    pub fn are_complete(&self) -> bool {
        ["Makefile", "build.conf", "support/loadable_module.spt"].iter().all(|file| self.topmost(file).is_some())
    }

    /// What the text of a module depends on; the kernel's classes and no macro where there are no headers.
    pub fn render_context(&self, root: &Path) -> anyhow::Result<RenderContext> {
        Ok(RenderContext::of(&self.read(root)?))
    }

    /// The same with what stands for the calls of this module, where its form knows none.
    pub fn render_context_of(&self, module: &PolicyModule, root: &Path) -> anyhow::Result<RenderContext> {
        let headers = self.read(root)?;
        Ok(RenderContext::of(&headers).with_calls_of(module, &headers))
    }

    /// Name and kind of the policy, as the devel Makefile finds them.
    pub fn policy_kind(&self, root: &Path) -> anyhow::Result<PolicyKind> {
        let build = self.topmost("build.conf").map(|path| read_text(&path)).transpose()?.unwrap_or_default();
        let set = |name: &str| {
            let value = build.lines().find_map(|line| line.trim().strip_prefix(name)?.trim_start().strip_prefix("?="));
            value.map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned)
        };
        let config = fs::read_to_string(root.join("etc/selinux/config")).unwrap_or_default();
        let loaded = config.lines().find_map(|line| line.trim().strip_prefix("SELINUXTYPE="));
        let name = loaded.map(|name| name.trim().to_owned()).filter(|name| is_plain(name)).or_else(|| set("NAME"));
        let name = name.unwrap_or_else(|| "targeted".to_owned());
        let kind = if name == "mls" { name.clone() } else { set("TYPE").unwrap_or_else(|| "mcs".to_owned()) };
        Ok(PolicyKind { name, kind })
    }

    /// Puts the headers at this place, which does not exist yet, as one folder for the Makefile: links, no copies.
    pub fn lay_out(&self, place: &Path) -> anyhow::Result<()> {
        if let [folder] = self.folders.as_slice() {
            let folder = fs::canonicalize(folder).with_context(|| format!("cannot read {}", folder.display()))?;
            return symlink(&folder, place).with_context(|| format!("cannot link {}", folder.display()));
        }
        for (name, (layer, file)) in self.laid_over()? {
            let folder = layer.map_or_else(|| place.to_owned(), |layer| place.join(layer));
            fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
            let file = fs::canonicalize(&file).with_context(|| format!("cannot read {}", file.display()))?;
            symlink(&file, folder.join(&name.1)).with_context(|| format!("cannot link {}", file.display()))?;
        }
        Ok(())
    }

    /// The file of this name in the highest folder that has it.
    fn topmost(&self, file: &str) -> Option<PathBuf> {
        self.folders.iter().rev().map(|folder| folder.join(file)).find(|path| path.is_file())
    }

    /// Every file that counts, with the layer that it lies in.
    ///
    /// Interface files are told apart by their name alone, others by folder and name.
    fn laid_over(&self) -> anyhow::Result<Files> {
        let mut files = Files::new();
        for folder in &self.folders {
            if self.named && !folder.is_dir() {
                let folder = folder.display();
                anyhow::bail!(
                    "{folder} is no folder: --headers takes the folder with the layers, usually called include"
                );
            }
            for (entry, kind) in entries(folder)? {
                let Some(name) = entry.file_name().map(OsStr::to_owned) else { continue };
                if !kind.is_dir() {
                    // A link that leads nowhere is told of when it is read; a pipe would never come to its end.
                    if kind.is_file() || kind.is_symlink() {
                        let layer = is_interface(&entry).then(|| LOCAL_LAYER.into());
                        add(&mut files, layer, entry);
                    }
                    continue;
                }
                for (file, kind) in entries(&entry)? {
                    if kind.is_file() {
                        add(&mut files, Some(name.clone()), file);
                    }
                }
            }
        }
        Ok(files)
    }
}

/// Files by what tells them apart: the folder (none for interfaces, wherever they are) and the name.
type Files = BTreeMap<(Option<OsString>, OsString), (Option<OsString>, PathBuf)>;

fn add(files: &mut Files, layer: Option<OsString>, file: PathBuf) {
    let Some(name) = file.file_name().map(OsStr::to_owned) else { return };
    let key = (layer.clone().filter(|_| !is_interface(&file)), name);
    files.insert(key, (layer, file));
}

fn is_interface(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "if")
}

/// What a folder holds, by name, and what each of it is; of a link what it points to, if that is there.
fn entries(folder: &Path) -> anyhow::Result<Vec<(PathBuf, FileType)>> {
    let entry = |entry: io::Result<DirEntry>| {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        let target = if kind.is_symlink() { fs::metadata(&path).ok() } else { None };
        Ok((path, target.map_or(kind, |metadata| metadata.file_type())))
    };
    let read = || fs::read_dir(folder)?.map(entry).collect::<io::Result<Vec<_>>>();
    match read() {
        Ok(mut paths) => {
            paths.sort_by(|(one, _), (other, _)| one.cmp(other));
            Ok(paths)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).with_context(|| format!("cannot read the headers in {}", folder.display())),
    }
}

fn read_text(path: &Path) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    Ok(text_of(path, &mut bytes)?.into_owned())
}

/// Reads a file into a buffer, whose room is used again.
fn text_of<'b>(path: &Path, bytes: &'b mut Vec<u8>) -> anyhow::Result<Cow<'b, str>> {
    bytes.clear();
    let read = File::open(path).and_then(|mut file| file.read_to_end(bytes));
    read.with_context(|| format!("cannot read {}", path.display()))?;
    // It looks faster than from_utf8_lossy does.
    Ok(std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed))
}

/// A word that make takes as it stands.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
}
