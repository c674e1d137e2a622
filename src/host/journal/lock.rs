//! One program writes a session; the next one may look.

use std::{
    fs::{File, TryLockError},
    io::{Read as _, Write as _},
    path::Path,
};

use anyhow::Context as _;

use crate::host::private;

/// The right to write a session; it ends with the value, or with the process (flock(2)).
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough while a process that is just being started still holds the same open file (fork(2)).
        // Where this fails the lock goes with the process.
        let _ = self.file.unlock();
    }
}

/// Who may write.
#[derive(Debug)]
pub(super) enum Locked {
    Ours(Lock),
    /// Another program, with its process id where it says so.
    Theirs(Option<u32>),
}

/// Takes the lock if it is free. The file stays: taking it away would let two programs lock two files of one name.
pub(super) fn lock(path: &Path) -> anyhow::Result<Locked> {
    let (mut file, _) = private::open_private_file(path)?;
    match file.try_lock() {
        Ok(()) => {
            // The number is a courtesy to the next one; a full disk shall not keep a person from looking.
            let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
            Ok(Locked::Ours(Lock { file }))
        }
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            // The other one may be about to write its number.
            let _ = file.take(32).read_to_string(&mut text);
            Ok(Locked::Theirs(text.trim().parse().ok()))
        }
        Err(TryLockError::Error(error)) => Err(error)
            .with_context(|| format!("{}: cannot be locked: set XDG_STATE_HOME to a local folder", path.display())),
    }
}
