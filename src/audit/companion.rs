//! What the other records of an event tell about its AVC messages.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use memchr::memchr;

use super::{
    AvcMessage,
    field::{Field, Notation, Value, fields, hex},
    line::RecordType,
    path::{PathRecord, Paths},
    pending::Pending,
    stamp::number,
};
use crate::selinux::{Name, Untrusted};

/// The SYSCALL, PATH, CWD, PROCTITLE, EXECVE and SOCKADDR records of one event: each is read when a message lacks what it
/// tells, and most messages lack little.
pub(super) struct Companions<'a> {
    event: &'a Pending,
    comm: Option<(Value<'a>, Notation)>,
    exe: Option<(Value<'a>, Notation)>,
}

/// The address of a SOCKADDR record: the peer's, or the own one of a call that binds.
#[derive(Debug)]
enum Socket {
    Inet { address: Option<IpAddr>, port: u16 },
    Path(Untrusted),
}

impl<'a> Companions<'a> {
    /// Those of this event.
    pub fn of(event: &'a Pending) -> Self {
        let mut companions = Self { event, comm: None, exe: None };
        for (body, notation) in of_kind(event, RecordType::Syscall) {
            for field in fields(behind_numbers(body), notation) {
                match field.key {
                    b"comm" => companions.comm = Some((field.value, notation)),
                    b"exe" => companions.exe = Some((field.value, notation)),
                    _ => {}
                }
            }
        }
        companions
    }

    /// The process, by the SYSCALL record.
    fn pid(&self) -> Option<u64> {
        let pid = last_field(self.event, RecordType::Syscall, b"pid")?.0.text();
        (!pid.is_empty() && pid.iter().all(u8::is_ascii_digit)).then(|| number(pid))
    }

    /// The path of the message's object.
    fn path(&self, message: &AvcMessage) -> Option<Untrusted> {
        if let Some((path, notation)) = last_field(self.event, RecordType::AvcPath, b"path") {
            return path.string(notation).map(Untrusted::new);
        }
        let mut paths = Paths::default();
        for (body, notation) in of_kind(self.event, RecordType::Path) {
            paths.add(PathRecord::read(fields(body, notation), notation));
        }
        paths.cwd =
            last_field(self.event, RecordType::Cwd, b"cwd").and_then(|(folder, notation)| folder.string(notation));
        paths.from_cwd = !of_kind(self.event, RecordType::Syscall).any(|(body, notation)| names_folder(body, notation));
        paths.of(message)
    }

    /// PROCTITLE ends after 128 bytes; EXECVE is whole, but tells of the program that is being started.
    fn command_line(&self) -> Vec<Untrusted> {
        let title = last_field(self.event, RecordType::Proctitle, b"proctitle");
        let title = title.map(|(title, notation)| arguments(title, notation)).unwrap_or_default();
        let mut whole = Vec::new();
        for (body, notation) in of_kind(self.event, RecordType::Execve) {
            fields(body, notation).for_each(|field| add_argument(&mut whole, field, notation));
        }
        let whole: Vec<Untrusted> = whole.into_iter().map(Untrusted::new).collect();
        let longer = whole.len() >= title.len()
            && title.iter().zip(&whole).all(|(short, long)| long.as_bytes().starts_with(short.as_bytes()));
        if longer { whole } else { title }
    }

    fn socket(&self) -> Option<Socket> {
        let (value, notation) = last_field(self.event, RecordType::SockAddr, b"saddr")?;
        if value.text().contains(&b'=') { told_socket(value, notation) } else { socket(value) }
    }

    /// Adds the address of the event's SOCKADDR record, where the message tells of a socket and of no address.
    fn add_address(&self, message: &mut AvcMessage) {
        let told: [&str; 5] = ["daddr", "faddr", "laddr", "dest", "src"];
        if !message.class.as_str().ends_with("socket") || told.iter().any(|key| message.field(key).is_some()) {
            return;
        }
        let binds =
            ["bind", "name_bind", "node_bind"].iter().any(|permission| message.permissions.contains(permission));
        match self.socket() {
            Some(Socket::Inet { address, port }) => {
                message.port = message.port.or(Some(port));
                let key = if binds { "saddr" } else { "daddr" };
                if let Some(address) = address.filter(|_| message.field(key).is_none()) {
                    message.fields.push((Name::from(key), Untrusted::new(address.to_string().as_bytes())));
                }
            }
            Some(Socket::Path(path)) if message.path.is_none() => message.path = Some(path),
            Some(Socket::Path(_)) | None => {}
        }
    }

    /// Adds what the message does not say itself; the command line where it is wanted.
    pub fn complete(&self, message: &mut AvcMessage, command_line: bool) {
        let text = |value: Option<(Value<'_>, Notation)>| {
            value.and_then(|(value, notation)| value.string(notation)).map(Untrusted::new)
        };
        message.pid = message.pid.or_else(|| self.pid());
        message.comm = message.comm.take().or_else(|| text(self.comm));
        message.exe = message.exe.take().or_else(|| text(self.exe));
        message.path = message.path.take().or_else(|| self.path(message));
        if message.port.is_none()
            && names_port(message)
            && let Some(Socket::Inet { port, .. }) = self.socket()
        {
            message.port = Some(port);
        }
        if message.path.is_none()
            && message.class.as_str() == "sock_file"
            && let Some(Socket::Path(path)) = self.socket()
        {
            message.path = Some(path);
        }
        self.add_address(message);
        if command_line && message.cmdline.is_empty() {
            message.cmdline = self.command_line();
        }
    }
}

/// The context of the process that the event's SYSCALL record names.
pub(super) fn subject(event: &Pending) -> Option<&[u8]> {
    last_field(event, RecordType::Syscall, b"subj").map(|(subject, _)| subject.text())
}

fn of_kind(event: &Pending, kind: RecordType) -> impl Iterator<Item = (&[u8], Notation)> {
    let records = event.records.iter().filter(move |record| record.kind == kind);
    records.map(|record| (event.body(record), record.notation))
}

/// The field as the last record of the kind has it.
fn last_field<'a>(event: &'a Pending, kind: RecordType, key: &[u8]) -> Option<(Value<'a>, Notation)> {
    let mut found = None;
    for (body, notation) in of_kind(event, kind) {
        for field in fields(body, notation).filter(|field| field.key == key) {
            found = Some((field.value, notation));
        }
    }
    found
}

/// A SYSCALL record from its comm on: the kernel writes its two dozen numbers before that (`audit_log_exit` in
/// `kernel/auditsc.c`), and no string that could hold a quotation mark.
fn behind_numbers(body: &[u8]) -> &[u8] {
    const COMM: &[u8] = b" comm=";
    let comm = memchr(b'"', body).and_then(|quote| {
        let start = quote.checked_sub(COMM.len())?;
        body.get(start..).filter(|rest| rest.starts_with(COMM))
    });
    comm.unwrap_or(body)
}

/// Whether the call was handed a folder that its relative names begin in.
fn names_folder(body: &[u8], notation: Notation) -> bool {
    let (mut arch, mut call, mut first) = (&b""[..], None, &b""[..]);
    for field in fields(body, notation) {
        let text = field.value.text();
        match field.key {
            b"arch" => arch = text,
            b"syscall" => call = text.iter().all(u8::is_ascii_digit).then(|| number(text)),
            b"a0" => first = text,
            _ => {}
        }
    }
    call.is_some_and(|call| takes_folder(arch, call)) && !first.ends_with(b"ffffff9c") // AT_FDCWD
}

/// `a0=`, `a1=`, …; a long one comes in pieces `a1[0]=`, `a1[1]=`, which are all hexadecimal if one had to be.
fn add_argument(whole: &mut Vec<Vec<u8>>, field: Field<'_>, notation: Notation) {
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
    if whole.len() <= place {
        whole.resize(place + 1, Vec::new());
    }
    if let Some(argument) = whole.get_mut(place) {
        argument.extend(bytes);
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
        ([2, 0], rest) => {
            let (port, rest) = rest.split_first_chunk()?;
            let address = rest.first_chunk::<4>().map(|bytes| IpAddr::V4(Ipv4Addr::from(*bytes)));
            Some(Socket::Inet { address, port: u16::from_be_bytes(*port) })
        }
        ([10, 0], rest) => {
            let (port, rest) = rest.split_first_chunk()?;
            // The flow's label stands between.
            let address = rest.get(4..).and_then(<[u8]>::first_chunk::<16>);
            let address = address.map(|bytes| IpAddr::V6(Ipv6Addr::from(*bytes)));
            Some(Socket::Inet { address, port: u16::from_be_bytes(*port) })
        }
        _ => None,
    }
}

/// The same as `ausearch -i` translates it: `{ saddr_fam=inet laddr=10.0.0.1 lport=80 }`.
fn told_socket(value: Value<'_>, notation: Notation) -> Option<Socket> {
    let told = |key: &[u8]| fields(value.text(), notation).find(|field| field.key == key).map(|field| field.value);
    if let Some(path) = told(b"path") {
        return path.string(notation).map(|path| Socket::Path(Untrusted::new(path)));
    }
    let text = |key: &[u8]| std::str::from_utf8(told(key)?.text()).ok();
    Some(Socket::Inet { address: text(b"laddr")?.parse().ok(), port: text(b"lport")?.parse().ok()? })
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
