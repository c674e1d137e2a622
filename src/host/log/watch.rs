//! Waiting for a file to grow.

use std::{
    collections::BTreeSet,
    mem::MaybeUninit,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::inotify::{self, CreateFlags, Reader, WatchFlags},
};

/// Tells when something happens in the folders of some files, by inotify(7).
#[derive(Debug)]
pub(super) struct Watch(OwnedFd);

impl Watch {
    /// Watches the folders: a rotation is seen there too. `None` where that is not possible, on a network's file system for one.
    pub fn folders_of<'a>(files: impl Iterator<Item = &'a Path>) -> Option<Self> {
        let watch = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).ok()?;
        let folder = |file: &Path| match file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        let what = WatchFlags::MODIFY | WatchFlags::CREATE | WatchFlags::MOVED_TO | WatchFlags::DELETE;
        for folder in files.map(folder).collect::<BTreeSet<_>>() {
            inotify::add_watch(&watch, folder, what).ok()?;
        }
        Some(Self(watch))
    }

    /// Waits until something happened, no longer than that.
    pub fn wait(&self, longest: Duration) {
        let timeout = Timespec::try_from(longest).ok();
        let mut descriptors = [PollFd::new(&self.0, PollFlags::IN)];
        // Whatever goes wrong with it, the files are looked at again.
        if poll(&mut descriptors, timeout.as_ref()).is_ok_and(|ready| ready > 0) {
            let mut buffer = [MaybeUninit::uninit(); 4096];
            let mut reader = Reader::new(&self.0, &mut buffer);
            while reader.next().is_ok() {}
        }
    }
}
