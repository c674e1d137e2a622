//! What the other records of an event tell about its AVC messages.

use super::{
    AvcMessage,
    field::{Field, Notation, Value, fields, hex},
    line::RecordType,
    path::{PathRecord, Paths},
    stamp::number,
};
use crate::selinux::Untrusted;

/// The SYSCALL, PATH, CWD, PROCTITLE, EXECVE and SOCKADDR records of one event.
#[derive(Debug, Default)]
pub(super) struct Companions {
    pid: Option<u64>,
    /// The context of the process, where it is wanted.
    pub subject: Option<Box<[u8]>>,
    comm: Option<Untrusted>,
    exe: Option<Untrusted>,
    paths: Paths,
    /// The path of an `AVC_PATH` record.
    avc_path: Option<Untrusted>,
    proctitle: Vec<Untrusted>,
    arguments: Vec<Vec<u8>>,
    socket: Option<Socket>,
    wants_subject: bool,
}

/// The address of a SOCKADDR record, as far as an AVC message has a place for it.
#[derive(Debug)]
enum Socket {
    Port(u16),
    Path(Untrusted),
}

impl Companions {
    /// One that also remembers the context of the process: a record that tells none itself needs it.
    pub fn with_subject() -> Self {
        Self { wants_subject: true, ..Self::default() }
    }

    /// Takes a record's body.
    pub fn add(&mut self, kind: RecordType, body: &[u8], notation: Notation) {
        let fields = fields(body, notation);
        match kind {
            RecordType::Syscall => self.add_syscall(fields, notation),
            RecordType::Path => self.paths.add(PathRecord::read(fields, notation)),
            RecordType::Cwd => {
                for field in fields.filter(|field| field.key == b"cwd") {
                    self.paths.cwd = field.value.string(notation);
                }
            }
            RecordType::AvcPath => {
                for field in fields.filter(|field| field.key == b"path") {
                    self.avc_path = field.value.string(notation).map(Untrusted::new);
                }
            }
            RecordType::Proctitle => {
                for field in fields.filter(|field| field.key == b"proctitle") {
                    self.proctitle = arguments(field.value, notation);
                }
            }
            RecordType::Execve => fields.for_each(|field| self.add_argument(field, notation)),
            RecordType::SockAddr => {
                for field in fields.filter(|field| field.key == b"saddr") {
                    self.socket = socket(field.value);
                }
            }
            _ => {}
        }
    }

    fn add_syscall<'a>(&mut self, fields: impl Iterator<Item = Field<'a>>, notation: Notation) {
        let (mut arch, mut call, mut first) = (&b""[..], None, &b""[..]);
        for field in fields {
            let text = field.value.text();
            match field.key {
                b"pid" => self.pid = text.iter().all(u8::is_ascii_digit).then(|| number(text)),
                b"comm" => self.comm = field.value.string(notation).map(Untrusted::new),
                b"exe" => self.exe = field.value.string(notation).map(Untrusted::new),
                b"subj" if self.wants_subject => self.subject = Some(text.into()),
                b"arch" => arch = text,
                b"syscall" => call = text.iter().all(u8::is_ascii_digit).then(|| number(text)),
                b"a0" => first = text,
                _ => {}
            }
        }
        self.paths.from_cwd = !call.is_some_and(|call| takes_folder(arch, call)) || first.ends_with(b"ffffff9c"); // AT_FDCWD
    }

    /// `a0=`, `a1=`, …; a long one comes in pieces `a1[0]=`, `a1[1]=`, which are all hexadecimal if one had to be.
    fn add_argument(&mut self, field: Field<'_>, notation: Notation) {
        let Some(index) = field.key.strip_prefix(b"a") else { return };
        let (index, piece) = match index.iter().position(|byte| *byte == b'[') {
            Some(brace) => (index.get(..brace).unwrap_or_default(), true),
            None => (index, false),
        };
        let place = number(index);
        if index.is_empty() || !index.iter().all(u8::is_ascii_digit) || place > MOST_ARGUMENTS {
            return;
        }
        let bytes = match field.value {
            Value::Bare(text) if piece => hex(text).unwrap_or_else(|| text.into()),
            value => value.string(notation).map(Vec::from).unwrap_or_default(),
        };
        let place = usize::try_from(place).unwrap_or_default();
        if self.arguments.len() <= place {
            self.arguments.resize(place + 1, Vec::new());
        }
        if let Some(argument) = self.arguments.get_mut(place) {
            argument.extend(bytes);
        }
    }

    /// Adds what the message does not say itself.
    pub fn complete(&self, message: &mut AvcMessage) {
        message.pid = message.pid.or(self.pid);
        message.comm = message.comm.take().or_else(|| self.comm.clone());
        message.exe = message.exe.take().or_else(|| self.exe.clone());
        message.path = message.path.take().or_else(|| self.avc_path.clone()).or_else(|| self.paths.of(message));
        match &self.socket {
            Some(Socket::Port(port)) if names_port(message) => message.port = message.port.or(Some(*port)),
            Some(Socket::Path(path)) if message.class.as_str() == "sock_file" && message.path.is_none() => {
                message.path = Some(path.clone());
            }
            _ => {}
        }
        if message.cmdline.is_empty() {
            message.cmdline = self.command_line();
        }
    }

    /// PROCTITLE ends after 128 bytes; EXECVE is whole, but tells of the program that is being started.
    fn command_line(&self) -> Vec<Untrusted> {
        let whole: Vec<Untrusted> = self.arguments.iter().map(|argument| Untrusted::new(argument.as_slice())).collect();
        let longer = whole.len() >= self.proctitle.len()
            && self.proctitle.iter().zip(&whole).all(|(short, long)| long.as_bytes().starts_with(short.as_bytes()));
        if longer { whole } else { self.proctitle.clone() }
    }
}

/// More arguments than anybody looks at; the kernel's own limit on EXECVE records is far higher.
const MOST_ARGUMENTS: u64 = 4095;

fn names_port(message: &AvcMessage) -> bool {
    message.permissions.contains("name_bind") || message.permissions.contains("name_connect")
}

/// The arguments of a PROCTITLE, separated by NUL.
fn arguments(value: Value<'_>, notation: Notation) -> Vec<Untrusted> {
    let Some(text) = value.string(notation) else { return Vec::new() };
    let text = text.strip_suffix(b"\0").unwrap_or(&text);
    text.split(|byte| *byte == 0).map(Untrusted::new).collect()
}

/// A `struct sockaddr` in hexadecimal, its family in the byte order of the machine: little on all that run SELinux today.
fn socket(value: Value<'_>) -> Option<Socket> {
    let digits = value.text();
    let end = digits.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(digits.len());
    let bytes = hex(digits.get(..end)?)?;
    match bytes.split_at_checked(2)? {
        ([1, 0], path) => {
            let (first, named) = path.split_first()?;
            // An abstract name begins with a NUL and ends with the address; another one ends with a NUL.
            let end = named.iter().position(|byte| *byte == 0).filter(|_| *first != 0).unwrap_or(named.len());
            path.get(..=end)
                .filter(|path| path.iter().any(|byte| *byte != 0))
                .map(|path| Socket::Path(Untrusted::new(path)))
        }
        ([2 | 10, 0], rest) => rest.first_chunk::<2>().map(|port| Socket::Port(u16::from_be_bytes(*port))),
        _ => None,
    }
}

/// Whether the call's first argument is the folder that a relative name begins in (`openat` and its like).
fn takes_folder(arch: &[u8], call: u64) -> bool {
    match arch {
        b"c000003e" => matches!(call, 257..=269 | 280 | 316 | 322 | 332 | 437 | 439 | 452), // x86_64
        // aarch64, riscv64 and loongarch64 share asm-generic/unistd.h.
        b"c00000b7" | b"c00000f3" | b"c0000102" => {
            matches!(call, 33..=38 | 48 | 53 | 54 | 56 | 78 | 79 | 88 | 276 | 281 | 291 | 437 | 439 | 452)
        }
        _ => false,
    }
}
