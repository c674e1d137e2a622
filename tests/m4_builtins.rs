//! The macro processor against GNU m4: a table of programs, and programs made at random.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::disallowed_methods, missing_docs)]

mod judge;

use std::{fs, process::Command};

use judge::all_here;
use seltui::refpolicy::{Expander, HeaderSet, ProblemKind};

/// What GNU m4 1.4.19 writes for each program; they run in one m4 each, ten at a time.
fn gnu(programs: &[String]) -> Vec<Option<Vec<u8>>> {
    let folder = tempfile::tempdir().unwrap();
    let mut answers = Vec::new();
    for (batch, programs) in programs.chunks(8).enumerate() {
        let running: Vec<_> = programs
            .iter()
            .enumerate()
            .map(|(number, program)| {
                // The file's name is what `__file__` says.
                let folder = folder.path().join(format!("{batch}-{number}"));
                fs::create_dir(&folder).unwrap();
                fs::write(folder.join("expansion"), program).unwrap();
                // What does not end is a mistake of the table.
                let mut m4 = Command::new("timeout");
                m4.args(["20", "m4", "expansion"]).current_dir(folder).env("LC_ALL", "C").env_remove("POSIXLY_CORRECT");
                m4.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
            })
            .collect();
        for child in running {
            let output = child.wait_with_output().unwrap();
            assert_ne!(output.status.code(), Some(124), "m4 does not end");
            // An error of one macro gives status 1 too; what m4 itself does not survive has no answer.
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let ended = said.contains("ERROR:") || said.contains("stack overflow");
            answers.push((!ended).then_some(output.stdout));
        }
    }
    answers
}

/// What the product writes; `None` when it was stopped.
fn ours(expander: &mut Expander, program: &str) -> Option<Vec<u8>> {
    let (text, problems) = expander.expanded_text(program);
    (!problems.iter().any(|problem| problem.kind == ProblemKind::Stopped)).then(|| text.into_bytes())
}

fn compare(programs: &[String]) {
    let mut expander = Expander::new(&HeaderSet::default());
    let theirs = gnu(programs);
    let mut differing = Vec::new();
    for (program, theirs) in programs.iter().zip(&theirs) {
        let ours = ours(&mut expander, program);
        let shown = |text: &Option<Vec<u8>>| text.as_ref().map(|text| String::from_utf8_lossy(text).into_owned());
        // GNU's bytes may be no UTF-8 where a macro cut a character.
        if shown(&ours) != shown(theirs) {
            differing.push(format!("{program}\n  ours: {:?}\n  m4:   {:?}", shown(&ours), shown(theirs)));
        }
    }
    assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing[..differing.len().min(12)].join("\n"));
}

#[test]
fn every_builtin_answers_as_gnu_m4() {
    if !all_here(&["m4", "timeout"]) {
        return;
    }
    let programs: Vec<_> =
        include_str!("refpolicy/builtins.txt").split("\n====\n").map(|program| program.to_owned() + "\n").collect();
    assert!(programs.len() > 140);
    compare(&programs);
}

/// Programs of a grammar in which nothing calls itself: the body of `mac2` calls `mac1` and `mac0` alone.
struct Maker {
    state: u64,
}

impl Maker {
    /// A number below `most`, always the same ones (splitmix64).
    fn below(&mut self, most: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % most as u64).unwrap()
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn number(&mut self) -> String {
        let number = self.below(40);
        self.one(&["", "-", "0", " "]).to_owned() + &number.to_string()
    }

    fn pattern(&mut self) -> String {
        let atoms =
            [r"\w", "a", "b", ".", "[a-c]", "[^b]", r"\(a\|bc\)", r"\(b*\)c", "^", "$", r"\b", r"\<", r"\>", "x"];
        (0..=self.below(3)).map(|_| self.one(&atoms).to_owned() + self.one(&["", "", "*", "+", "?"])).collect()
    }

    /// Text that calls the macros below this number; `deep` ends it.
    fn text(&mut self, macros: usize, deep: usize) -> String {
        (0..=self.below(4)).map(|_| self.piece(macros, deep)).collect()
    }

    fn piece(&mut self, macros: usize, deep: usize) -> String {
        if deep == 0 {
            return self.one(&["a", "bc ", " ", "x-y", "12", "\n", "aab", ";", "", "Q_9"]).to_owned();
        }
        let (inner, other) = (self.text(macros, deep - 1), self.text(macros, deep - 1));
        let name = format!("mac{}", self.below(4));
        match self.below(26) {
            0 | 1 => format!("`{inner}'"),
            2 => format!("({inner},{other})"),
            3 => format!("len({inner})"),
            4 => format!("index(`{inner}',`{other}')"),
            5 => format!("substr(`{inner}',{},{})", self.number(), self.number()),
            6 => format!("translit(`{inner}',`a-c',`A-C')"),
            7 => format!(
                "eval({}{}{})",
                self.number(),
                self.one(&["+", "-", "*", "/", "%", "<<", ">", "**", "&&", "|", "=="]),
                self.number()
            ),
            8 => format!("eval({},{})", self.number(), self.below(38)),
            9 => format!("ifelse(`{inner}',`{other}',`yes',{inner})"),
            10 => format!("ifdef(`{name}',`{inner}',`{other}')"),
            11 => format!("patsubst(`{inner}',`{}',`<\\&>')", self.pattern()),
            12 => format!("regexp(`{inner}',`{}')", self.pattern()),
            13 => format!("format(`%{}{}s|%d',`{inner}',{})", self.one(&["", "-", "."]), self.below(9), self.number()),
            14 => format!("shift(`{inner}',{other},`{inner}')"),
            15 => format!("incr({})decr({})", self.number(), self.number()),
            16 => format!("divert({})", self.below(4)),
            17 => format!("undivert({})", self.below(4)),
            18 => format!("dnl {inner}\n"),
            19 => format!("# {inner}\n"),
            20 | 21 => {
                let define = self.one(&["define", "pushdef"]);
                let number = self.below(4);
                let body = self.text(number, deep - 1);
                format!(
                    "{define}(`mac{number}',`{body}{}')",
                    self.one(&["$1", "$@", "$#", "$*", "[$2]", "`$1'", "$3$"])
                )
            }
            22 => format!("{}(`{name}')", self.one(&["popdef", "undefine", "defn"])),
            23 => self
                .one(&[
                    "m4wrap(`a b')",
                    "__line__",
                    "divnum",
                    "changecom(`%')",
                    "changequote([,])",
                    "changequote",
                    "`'",
                ])
                .to_owned(),
            _ if macros > 0 => {
                let number = self.below(macros);
                match self.below(3) {
                    0 => format!("mac{number}"),
                    1 => format!("mac{number}({inner},`{other}')"),
                    _ => format!("indir(`mac{number}',{inner})"),
                }
            }
            _ => inner,
        }
    }
}

#[test]
fn programs_made_at_random_answer_as_in_gnu_m4() {
    if !all_here(&["m4", "timeout"]) {
        return;
    }
    let mut maker = Maker { state: 1 };
    let programs: Vec<_> = (0..160)
        .map(|_| {
            let parts: Vec<_> = (0..6).map(|_| maker.text(4, 3)).collect();
            parts.join("\n") + "\n"
        })
        .collect();
    compare(&programs);
}
