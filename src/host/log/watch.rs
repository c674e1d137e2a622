//! Waiting for files to grow.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    mem::MaybeUninit,
    os::{
        fd::{AsFd as _, BorrowedFd, OwnedFd},
        unix::ffi::OsStrExt as _,
    },
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{
        inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags},
        statfs,
    },
};

/// How long a wait may be where inotify tells of everything; a look now and then costs nothing all the same.
const CALM: Duration = Duration::from_secs(5);

/// The file systems (statfs(2)) that others write to as well, of which inotify tells nothing: 9p, AFS, CIFS, SMB 2, Ceph, FUSE, NFS.
const SHARED: [u64; 7] = [0x0102_1997, 0x5346_414f, 0xff53_4d42, 0xfe53_4d42, 0x00c3_6400, 0x6573_5546, 0x6969];

/// Tells when something happens to some files or to what they were rotated to, by inotify(7).
#[derive(Debug)]
pub(super) struct Watch {
    inotify: Option<OwnedFd>,
    /// What the files are called, by the watch of their folder.
    names: BTreeMap<i32, Vec<OsString>>,
    /// Every folder is watched, and tells of all that happens in it.
    complete: bool,
}

impl Watch {
    /// Watches the folders: a rotation is seen there too.
    pub fn folders_of<'a>(files: impl Iterator<Item = &'a Path>) -> Self {
        let inotify = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).ok();
        let mut watch = Self { complete: inotify.is_some(), inotify, names: BTreeMap::new() };
        for file in files {
            let added = watch.add(file);
            watch.complete &= added;
        }
        watch
    }

    /// Whether all that happens to the file will be told.
    fn add(&mut self, file: &Path) -> bool {
        let (Some(inotify), Some(name)) = (&self.inotify, file.file_name()) else { return false };
        let folder = match file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        let what = WatchFlags::MODIFY
            | WatchFlags::ATTRIB
            | WatchFlags::CREATE
            | WatchFlags::MOVED_TO
            | WatchFlags::MOVED_FROM
            | WatchFlags::DELETE;
        let Ok(number) = inotify::add_watch(inotify, &folder, what) else { return false };
        self.names.entry(number).or_default().push(name.to_owned());
        // A link leads to where nobody watches.
        let is_link = std::fs::symlink_metadata(file).is_ok_and(|metadata| metadata.is_symlink());
        !is_link
            && statfs(&folder)
                .is_ok_and(|system| u64::try_from(system.f_type).is_ok_and(|kind| !SHARED.contains(&kind)))
    }

    /// How long a wait may be when nothing is pending.
    pub fn longest(&self, look: Duration) -> Duration {
        if self.complete { CALM } else { look }
    }

    /// Waits until something happened to one of the files, or there is something to read from `stop`; no longer than that.
    pub fn wait(&self, longest: Duration, stop: BorrowedFd<'_>) {
        let begun = Instant::now();
        loop {
            let Some(left) = longest.checked_sub(begun.elapsed()) else { return };
            let timeout = Timespec::try_from(left).ok();
            let mut descriptors = vec![PollFd::from_borrowed_fd(stop, PollFlags::IN)];
            descriptors.extend(self.inotify.as_ref().map(|inotify| PollFd::new(inotify, PollFlags::IN)));
            // Whatever goes wrong with it, the files are looked at again.
            let Ok(ready) = poll(&mut descriptors, timeout.as_ref()) else { return };
            let stopped = descriptors.first().is_some_and(|stop| !stop.revents().is_empty());
            if ready == 0 || stopped || self.is_told() {
                return;
            }
        }
    }

    /// Takes what inotify tells; whether any of it is about the files. Other things may be written in their folder all the time.
    fn is_told(&self) -> bool {
        let Some(inotify) = &self.inotify else { return false };
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = Reader::new(inotify.as_fd(), &mut buffer);
        let mut told = false;
        while let Ok(event) = reader.next() {
            // No name: the folder itself, or there were too many to tell.
            let name = event.file_name().map(|name| OsStr::from_bytes(name.to_bytes()).to_owned());
            let is_ours = |names: &Vec<OsString>, name: &OsStr| {
                names.iter().any(|ours| name.as_encoded_bytes().starts_with(ours.as_encoded_bytes()))
            };
            told |= event.events().contains(ReadFlags::QUEUE_OVERFLOW)
                || name.is_none_or(|name| self.names.get(&event.wd()).is_none_or(|names| is_ours(names, &name)));
        }
        told
    }
}
