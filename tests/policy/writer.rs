//! A kernel policy written byte by byte, for what no compiler at hand writes: versions 34 and 35, and what no policy may say.
//!
//! The order and the fields are those that the kernel reads (security/selinux/ss: policydb.c, avtab.c, conditional.c,
//! ebitmap.c, mls.c). Every number is little-endian; a text stands without an end mark after its length; a bitmap is the
//! size of its words (64), the number of bits it could hold, how many words follow, and for each word where it begins and
//! its bits. What a version added is marked with that version.

/// What goes into a policy.
#[derive(Clone, Copy)]
pub struct Plan {
    pub version: u32,
    /// Whether the true branch of the conditional block holds an extended permission rule (from 34 on).
    pub conditional_xperm: bool,
}

#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn numbers(&mut self, numbers: &[u32]) {
        for number in numbers {
            self.0.extend(number.to_le_bytes());
        }
    }

    fn text(&mut self, text: &str) {
        self.0.extend(text.as_bytes());
    }

    fn counted(&mut self, text: &str) {
        self.numbers(&[len(text)]);
        self.text(text);
    }

    fn bitmap(&mut self, bits: &[u32]) {
        let word = bits.iter().fold(0_u64, |word, bit| word | 1 << bit);
        if word == 0 {
            return self.numbers(&[64, 0, 0]);
        }
        self.numbers(&[64, 64, 1, 0]);
        self.0.extend(word.to_le_bytes());
    }

    /// A level of sensitivity 1 (`s0`), and its categories.
    fn level(&mut self, categories: &[u32]) {
        self.numbers(&[1]);
        self.bitmap(categories);
    }

    /// A range of one level.
    fn range(&mut self, categories: &[u32]) {
        self.numbers(&[1]);
        self.level(categories);
    }

    /// `system_u:ROLE:TYPE:s0`
    fn context(&mut self, role: u32, r#type: u32) {
        self.numbers(&[1, role, r#type]);
        self.range(&[]);
    }

    /// The head of a rule: source, target, class and kind, 16 bits each.
    fn rule(&mut self, source: u16, target: u16, class: u16, kind: u16) {
        for number in [source, target, class, kind] {
            self.0.extend(number.to_le_bytes());
        }
    }

    fn xperms(&mut self, specified: u8, driver: u8, words: [u32; 8]) {
        self.0.extend([specified, driver]);
        self.numbers(&words);
    }
}

fn len(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap()
}

const PROCESS: u16 = 1;
const FILE: u16 = 2;
const DOMAIN: u16 = 1;
const INIT: u16 = 2;
const ETC: u16 = 3;

/// Writes the policy. It has the common `file` { read write ioctl }, the classes `process` and `file`, the attribute `domain`,
/// the types `init_t` (a domain) and `etc_t`, the boolean `one` (on), `s0` and `c0`.
pub fn policy(plan: Plan) -> Vec<u8> {
    let version = plan.version;
    let mut w = Writer::default();
    w.numbers(&[0xf97c_ff8c, 8]);
    w.text("SE Linux");
    // Bit 1 of the settings is MLS, bit 4 allows unknown classes; 8 tables of symbols; from 31 on 9 tables of labels.
    w.numbers(&[version, 1 | 4, 8, if version >= 31 { 9 } else { 7 }]);
    w.bitmap(&[1]); // capabilities: open_perms
    w.bitmap(&[u32::from(ETC)]); // permissive types, counted from 1
    if version >= 35 {
        w.bitmap(&[u32::from(INIT)]); // types whose denials are never recorded, counted from 1
    }
    symbols(&mut w, version);
    rules(&mut w, version, plan.conditional_xperm);
    w.numbers(&[1, 2, 3, 2]); // one role transition: system_r, etc_t → system_r
    if version >= 26 {
        w.numbers(&[u32::from(PROCESS)]);
    }
    w.numbers(&[1, 2, 2]); // one role allow rule: system_r → system_r
    match version {
        0..25 => {}
        25..33 => {
            w.numbers(&[1]);
            w.counted("motd");
            w.numbers(&[2, 3, 2, 2]); // source, target, class, new type
        }
        _ => {
            w.numbers(&[1]);
            w.counted("motd");
            w.numbers(&[3, 2, 1]); // target, class, one result
            w.bitmap(&[1]); // sources, counted from 0
            w.numbers(&[2]); // new type
        }
    }
    labels(&mut w, version);
    w.numbers(&[1, 2, 3, 1]); // one range transition: init_t, etc_t, process
    w.range(&[0]);
    for bits in [&[0][..], &[0, 1], &[2]] {
        w.bitmap(bits); // the attributes of each type, itself among them, counted from 0
    }
    w.0
}

fn symbols(w: &mut Writer, version: u32) {
    let permission = |w: &mut Writer, name: &str, value: u32| {
        w.numbers(&[len(name), value]);
        w.text(name);
    };
    // One common of number 1 with three permissions, of three.
    w.numbers(&[1, 1, 4, 1, 3, 3]);
    w.text("file");
    for (name, value) in [("read", 1), ("write", 2), ("ioctl", 3)] {
        permission(w, name, value);
    }
    let defaults = |w: &mut Writer, range: u32| {
        if version >= 27 {
            w.numbers(&[0, 0, range]); // user, role, range
        }
        if version >= 28 {
            w.numbers(&[0]); // type
        }
    };
    // Class: length, length of the common's name, number, permissions in all, own ones, constraints.
    w.numbers(&[2, 2, 7, 0, u32::from(PROCESS), 2, 2, 0]);
    w.text("process");
    permission(w, "transition", 1);
    permission(w, "dyntransition", 2);
    w.numbers(&[0]); // validatetrans
    defaults(w, 0);
    w.numbers(&[4, 4, u32::from(FILE), 4, 1, 1]);
    w.text("file");
    w.text("file");
    permission(w, "execute", 4);
    // One constraint on write with three terms: l1 dom l2, t1 == { domain }, or.
    w.numbers(&[2, 3]);
    w.numbers(&[4, 32, 3]);
    w.numbers(&[5, 4, 1]);
    w.bitmap(&[1]);
    if version >= 29 {
        w.bitmap(&[0]); // as it was written: the attribute
        w.bitmap(&[]); // what was excluded
        w.numbers(&[0]); // `*` or `~`
    }
    w.numbers(&[3, 0, 0]);
    w.numbers(&[1, 0, 1]); // one validatetrans, of no permissions, with one term: u1 == u2
    w.numbers(&[4, 1, 1]);
    defaults(w, if version >= 32 { 7 } else { 0 }); // glblub from 32 on
    // Roles: length, number, bounds; what it dominates, its types.
    w.numbers(&[2, 2, 8, 1, 0]);
    w.text("object_r");
    w.bitmap(&[0]);
    w.bitmap(&[]);
    w.numbers(&[8, 2, 0]);
    w.text("system_r");
    w.bitmap(&[1]);
    w.bitmap(&[1]);
    // Types: length, number, properties (1 its own name, 2 an attribute), bounds.
    w.numbers(&[3, 4]);
    for (name, number, properties) in
        [("domain", DOMAIN, 3), ("init_t", INIT, 1), ("etc_t", ETC, 1), ("conf_t", ETC, 0)]
    {
        w.numbers(&[len(name), u32::from(number), properties, 0]);
        w.text(name);
    }
    // Users: length, number, bounds; roles, range, level.
    w.numbers(&[1, 1, 8, 1, 0]);
    w.text("system_u");
    w.bitmap(&[1]);
    w.range(&[]);
    w.level(&[]);
    // Booleans: number, state, length.
    w.numbers(&[1, 1, 1, 1, 3]);
    w.text("one");
    // Sensitivities: length, alias or not; the level.
    w.numbers(&[1, 1, 2, 0]);
    w.text("s0");
    w.level(&[0]);
    // Categories: length, number, alias or not.
    w.numbers(&[1, 1, 2, 1, 0]);
    w.text("c0");
}

fn rules(w: &mut Writer, version: u32, conditional_xperm: bool) {
    w.numbers(&[if version >= 30 { 4 } else { 3 }]);
    w.rule(DOMAIN, ETC, FILE, 0x1); // allow domain etc_t:file { read ioctl };
    w.numbers(&[0b101]);
    w.rule(INIT, ETC, FILE, 0x4); // dontaudit init_t etc_t:file write; the bits are what is recorded
    w.numbers(&[!0b10]);
    w.rule(INIT, ETC, PROCESS, 0x10); // type_transition init_t etc_t:process init_t;
    w.numbers(&[2]);
    if version >= 30 {
        w.rule(INIT, ETC, FILE, 0x100); // allowxperm init_t etc_t:file ioctl { 0x5400-0x54ff 0x5600-0x56ff };
        w.xperms(2, 0, [0, 0, 1 << 20 | 1 << 22, 0, 0, 0, 0, 0]);
    }
    // One block: state, one term of its expression (a boolean), the rules of both branches.
    w.numbers(&[1, 1, 1, 1, 1]);
    w.numbers(&[1 + u32::from(conditional_xperm)]);
    w.rule(INIT, ETC, FILE, 0x1);
    w.numbers(&[0b10]);
    if conditional_xperm {
        w.rule(INIT, ETC, FILE, 0x100);
        w.xperms(1, 0x54, [1 << 1 | 1 << 3, 0, 0, 0, 0, 0, 0, 0]);
    }
    w.numbers(&[0]);
}

fn labels(w: &mut Writer, version: u32) {
    w.numbers(&[1, 1]); // one initial SID: kernel
    w.context(2, 2);
    w.numbers(&[0]); // fscon
    w.numbers(&[1, 6, 80, 81]); // one port range: tcp
    w.context(1, 3);
    w.numbers(&[1]); // one interface
    w.counted("lo");
    w.context(1, 3);
    w.context(1, 3);
    w.numbers(&[1]); // one node, in network order
    w.0.extend([10, 0, 0, 0, 255, 0, 0, 0]);
    w.context(1, 3);
    w.numbers(&[1, 1, 4]); // one fs_use_xattr
    w.text("ext4");
    w.context(1, 3);
    w.numbers(&[0]); // nodes of IPv6
    if version >= 31 {
        w.numbers(&[1]); // one infiniband key, its subnet in network order
        w.0.extend([0xfe, 0x80, 0, 0, 0, 0, 0, 0]);
        w.numbers(&[1, 2]);
        w.context(1, 3);
        w.numbers(&[1, 4, 7]); // one end port
        w.text("mlx0");
        w.context(1, 3);
    }
    w.numbers(&[1]); // one file system with labels in the policy, with one path for one class
    w.counted("proc");
    w.numbers(&[1]);
    w.counted("/sys");
    w.numbers(&[u32::from(FILE)]);
    w.context(1, 3);
}
