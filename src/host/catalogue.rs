//! The catalogue of the headers that are installed here, made by as many threads as there are processors.

use std::{
    ops::Range,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use anyhow::{Context as _, bail};

use super::{
    distribution::{Distribution, Need},
    headers::Headers,
    thread::{Helper, spawn_named},
};
use crate::{
    refpolicy::{Catalogue, Contents, Definitions, Expander, FileContents, HeaderSet, SupportMacros},
    selinux::printable,
};

/// More threads are not worth their own reading of the headers.
const MOST_THREADS: usize = 4;

/// So many definitions a thread takes at once.
const PIECE: usize = 32;

/// Reads the headers and expands every definition in terms of its parameters. What is wrong in them is kept in the catalogue
/// ([`Definitions::problems`]).
///
/// # Errors
/// A header that cannot be read; no headers at all, with what to install.
pub fn read(headers: &Headers, root: &Path) -> anyhow::Result<Arc<Catalogue>> {
    let helper = Helper::start("catalogue")?;
    let set = Arc::new(header_set(headers, root)?);
    // m4 reads the support macros while another thread reads what the files define; whoever is done first helps the other one.
    let left = Arc::new(AtomicUsize::new(0));
    let (own, next) = (Arc::clone(&set), Arc::clone(&left));
    let others = helper.ask(move || read_files(&own, &next));
    let support = SupportMacros::read(&set);
    let mut files = read_files(&set, &left);
    files.extend(others.get().context("the headers could not be read")?);
    files.sort_unstable_by_key(|(place, _)| *place);
    let definitions = Definitions::of(set, files.into_iter().map(|(_, file)| file).collect());
    let expander = Expander::with_support(support, &definitions);
    expand_with(expander, Arc::new(definitions), helper)
}

/// Reads the files that no other thread has begun, each with its place.
fn read_files(headers: &HeaderSet, next: &AtomicUsize) -> Vec<(usize, FileContents)> {
    let files: Vec<_> = headers.files().collect();
    let place = || next.fetch_add(1, Ordering::Relaxed);
    let read = |place| Some((place, Definitions::read_file(place, files.get(place)?)));
    std::iter::repeat_with(place).map_while(read).collect()
}

/// The same where only some definitions are asked about: the others are known by name, and their contents are empty.
pub fn read_only(headers: &Headers, root: &Path, names: &[&str]) -> anyhow::Result<Arc<Catalogue>> {
    let definitions = definitions(headers, root)?;
    let mut expander = Expander::of(&definitions);
    let contents = definitions.iter().map(|(_, definition)| {
        let is_wanted = names.contains(&definition.name.as_str());
        if is_wanted { Contents::expanded(&mut expander, &definitions, definition) } else { Arc::default() }
    });
    let contents = contents.collect();
    Ok(Arc::new(Catalogue::new(Arc::clone(&definitions), contents)))
}

/// Expands every definition.
pub fn expand(definitions: Arc<Definitions>) -> anyhow::Result<Arc<Catalogue>> {
    expand_with(Expander::of(&definitions), definitions, Helper::start("catalogue")?)
}

/// Contents with the place of the first.
type Piece = (usize, Vec<Arc<Contents>>);

/// What a thread expands with.
struct Share {
    expander: Expander,
    definitions: Arc<Definitions>,
    /// What no thread has begun.
    left: Arc<Mutex<Range<usize>>>,
    from_end: bool,
}

impl Share {
    fn expand(mut self) -> (Vec<Piece>, Expander) {
        (expand_some(&mut self.expander, &self.definitions, &self.left, self.from_end), self.expander)
    }
}

fn expand_with(
    mut expander: Expander,
    definitions: Arc<Definitions>,
    helper: Helper,
) -> anyhow::Result<Arc<Catalogue>> {
    expander.remember();
    let threads = thread::available_parallelism().map_or(1, usize::from).clamp(1, MOST_THREADS);
    let left = Arc::new(Mutex::new(0..definitions.len()));
    let share = |number: usize, expander: &Expander| Share {
        expander: expander.clone(),
        definitions: Arc::clone(&definitions),
        left: Arc::clone(&left),
        from_end: number % 2 == 1,
    };
    let (mut others, mut helper) = (Vec::new(), Some(helper));
    for number in 1..threads {
        let share = share(number, &expander);
        let helper = helper.take().map_or_else(|| Helper::start("catalogue"), Ok)?;
        others.push(helper.ask(|| share.expand()));
    }
    let mut pieces = expand_some(&mut expander, &definitions, &left, false);
    let mut done = vec![expander];
    for other in others {
        let (own, expander) = other.get().context("the headers could not be expanded")?;
        pieces.extend(own);
        done.push(expander);
    }
    // All that they remember takes its time to be given back, which nobody has to wait for.
    spawn_named("catalogue", move || drop(done))?;
    pieces.sort_by_key(|(start, _)| *start);
    let mut contents: Vec<Arc<Contents>> = Vec::with_capacity(definitions.len());
    contents.extend(pieces.into_iter().flat_map(|(_, piece)| piece));
    Ok(Arc::new(Catalogue::new(definitions, contents)))
}

/// Expands what no other thread has begun, piece by piece, with the place of each piece.
///
/// One half of the threads begins at the end: files that stand near to one another call the same interfaces, which each
/// thread has to expand for itself.
fn expand_some(
    expander: &mut Expander,
    definitions: &Definitions,
    left: &Mutex<Range<usize>>,
    from_end: bool,
) -> Vec<Piece> {
    let mut pieces = Vec::new();
    loop {
        let piece = {
            let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
            let length = left.len().min(PIECE);
            if from_end {
                left.end -= length;
                left.end..left.end + length
            } else {
                left.start += length;
                left.start - length..left.start
            }
        };
        if piece.is_empty() {
            return pieces;
        }
        pieces.push((piece.start, Catalogue::contents(expander, definitions, piece)));
    }
}

fn header_set(headers: &Headers, root: &Path) -> anyhow::Result<HeaderSet> {
    let set = headers.read(root)?;
    if set.is_empty() {
        bail!("{}", nothing_there(headers));
    }
    Ok(set)
}

/// Reads the headers without expanding anything.
///
/// # Errors
/// A header that cannot be read; no headers at all, with what to install.
pub fn definitions(headers: &Headers, root: &Path) -> anyhow::Result<Arc<Definitions>> {
    Ok(Arc::new(Definitions::read(Arc::new(header_set(headers, root)?))))
}

/// The sentence for a machine without headers.
fn nothing_there(headers: &Headers) -> String {
    let folders: Vec<_> =
        headers.folders().iter().map(|folder| printable(folder.as_os_str().as_encoded_bytes())).collect();
    let folders = folders.join(", ");
    match Distribution::here().package(Need::Headers) {
        _ if headers.are_named() => format!("there are no interface headers (.if) in {folders}"),
        Some(package) => {
            format!("there are no interface headers in {folders}: install {package}, or name a folder with --headers")
        }
        None => format!("there are no interface headers in {folders}: name a folder that holds them with --headers"),
    }
}
