//! A semodule on `PATH` that refuses every store but a private one, and that can be made to stand still.
#![allow(dead_code)] // no test program makes use of all

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use seltui::host::process::find_system_program;

/// The folder that comes first in the program's `PATH`.
pub struct StandIns {
    folder: tempfile::TempDir,
}

impl StandIns {
    /// With a semodule that works on the store below `root` alone.
    pub fn new(root: &Path) -> Self {
        let stand_ins = Self { folder: tempfile::tempdir().unwrap() };
        assert!(root.starts_with(std::env::temp_dir()), "a private store lies in a temporary folder");
        let real = find_system_program("semodule").unwrap();
        let script = SCRIPT
            .replace("@ROOT@", root.canonicalize().unwrap().to_str().unwrap())
            .replace("@REAL@", real.to_str().unwrap())
            .replace("@HOOKS@", stand_ins.folder.path().to_str().unwrap());
        stand_ins.program("semodule", &script);
        stand_ins
    }

    /// Another program there.
    pub fn program(&self, name: &str, script: &str) {
        let path = self.folder.path().join(name);
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// The variable `PATH` with the folder in front.
    pub fn search_path(&self) -> String {
        format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", self.folder.path().display())
    }

    /// A file that says something between the script and the test.
    pub fn hook(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes semodule stand still there: `before`, `during` or `after`, each with `.off` (-DB) or `.on` (-B).
    pub fn hold(&self, place: &str) {
        fs::write(self.hook(&format!("hold.{place}")), "").unwrap();
    }

    /// Lets it go on, wherever it stands.
    pub fn release(&self) {
        for entry in fs::read_dir(self.folder.path()).unwrap().flatten() {
            if entry.file_name().to_str().is_some_and(|name| name.starts_with("hold.")) {
                let _ = fs::remove_file(entry.path());
            }
        }
        // One that was stopped in its middle may have lost the script that would let it go on.
        for name in ["pid.off", "pid.on"] {
            if let Ok(pid) = fs::read_to_string(self.hook(name)) {
                let _ = std::process::Command::new("kill")
                    .args(["-CONT", pid.trim()])
                    .stderr(std::process::Stdio::null())
                    .status();
            }
        }
    }
}

/// `during` is where the real semodule has made its sandbox and not yet committed it. `idle` does nothing and is content, `fails`
/// does nothing and fails, `fails.late` does all and fails.
const SCRIPT: &str = r#"#!/bin/sh
case "$*" in
    "-p @ROOT@ -s default "*) ;;
    *) echo "this is not the private store: semodule $*" >&2; exit 99 ;;
esac
case "$*" in
    *-DB) what=off ;;
    *-B) what=on ;;
    *) what=other ;;
esac
stand() {
    : > "@HOOKS@/at.$1"
    while [ -e "@HOOKS@/hold.$1" ]; do sleep 0.02; done
}
[ ! -e "@HOOKS@/says" ] || echo "semodule begins"
if [ -e "@HOOKS@/fails.$what" ]; then
    cat "@HOOKS@/fails.$what" >&2
    exit 1
fi
[ ! -e "@HOOKS@/idle.$what" ] || exit 0
stand "before.$what"
@REAL@ "$@" &
pid=$!
echo $pid > "@HOOKS@/pid.$what"
if [ -e "@HOOKS@/hold.during.$what" ]; then
    while kill -0 $pid 2>/dev/null; do
        if [ -e "@ROOT@/var/lib/selinux/default/tmp" ]; then
            kill -STOP $pid
            stand "during.$what"
            kill -CONT $pid
            break
        fi
    done
fi
wait $pid
status=$?
stand "after.$what"
[ ! -e "@HOOKS@/fails.late.$what" ] || exit 1
exit $status
"#;
