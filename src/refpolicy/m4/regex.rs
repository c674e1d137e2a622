//! GNU's regular expressions as m4 has them: the syntax of Emacs, the longest of the leftmost matches.
//!
//! `\(…\)`, `\|`, `*`, `+`, `?`, `[…]`, `.`, `^`, `$`, `\w`, `\W`, `\s`, `\S`, `\b`, `\B`, `\<`, `\>`, `` \` ``, `\'` and back-references; no intervals
//! and no named classes. `^` and `$` match at lines, `.` does not match a newline. The syntax is that of glibc's
//! `regcomp.c` with `RE_SYNTAX_EMACS`; matching is by backtracking, which is stopped after so many steps. Where a group that
//! can match nothing is repeated (`\(a*\)*`) its text may be another repetition's than glibc's.

use std::{fmt, ops::Range};

/// What a pattern is made of; each names what comes behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Byte(u8),
    /// Any but a newline.
    Any,
    Set(Box<[bool; 256]>),
    LineBegin,
    LineEnd,
    TextBegin,
    TextEnd,
    WordBegin,
    WordEnd,
    Boundary,
    NoBoundary,
    /// A group begins or ends: place 2n or 2n+1.
    Save(usize),
    Back(usize),
    /// Goes on at the first, or else at the second.
    Split(usize, usize),
    Jump(usize),
    /// The end of a loop's body: goes no further if it matched nothing since the mark.
    Mark(usize),
    CheckMark(usize),
    Match,
}

/// What cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegexError {
    UnmatchedOpen,
    UnmatchedClose,
    UnmatchedBracket,
    TrailingBackslash,
    BackReference,
    TooLarge,
}

impl fmt::Display for RegexError {
    /// In glibc's words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnmatchedOpen => r"Unmatched ( or \(",
            Self::UnmatchedClose => r"Unmatched ) or \)",
            Self::UnmatchedBracket => "Unmatched [, [^, [:, [., or [=",
            Self::TrailingBackslash => "Trailing backslash",
            Self::BackReference => "Invalid back reference",
            Self::TooLarge => "Regular expression too big",
        })
    }
}

/// Groups within one another.
const DEEPEST: usize = 100;

/// The longest program: repetition copies what it repeats.
const LONGEST: usize = 100_000;

/// A pattern that can be searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regex {
    program: Vec<Node>,
    groups: usize,
    marks: usize,
    has_back_references: bool,
}

/// Where a match and its groups are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    places: Vec<Option<usize>>,
}

impl Match {
    /// How many groups the pattern has.
    pub fn groups(&self) -> usize {
        (self.places.len() / 2).saturating_sub(1)
    }

    /// Where this group matched; number 0 is all of it.
    pub fn group(&self, number: usize) -> Option<Range<usize>> {
        let place = |at: usize| self.places.get(at).copied().flatten();
        Some(place(2 * number)?..place(2 * number + 1)?)
    }

    /// Where it begins.
    pub fn begin(&self) -> usize {
        self.group(0).map_or(0, |all| all.start)
    }

    /// Where it ends.
    pub fn end(&self) -> usize {
        self.group(0).map_or(0, |all| all.end)
    }
}

/// How many steps a search may take.
#[derive(Debug)]
pub struct Steps {
    most: u64,
    taken: u64,
}

/// The steps are used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exhausted;

impl Steps {
    /// At most this many.
    pub fn new(most: u64) -> Self {
        Self { most, taken: 0 }
    }

    /// How many were taken.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    fn take(&mut self) -> Result<(), Exhausted> {
        self.taken += 1;
        if self.taken > self.most { Err(Exhausted) } else { Ok(()) }
    }
}

impl Regex {
    /// Reads a pattern.
    pub fn new(pattern: &[u8]) -> Result<Self, RegexError> {
        let mut parser = Parser {
            pattern,
            at: 0,
            program: vec![Node::Save(0)],
            groups: 0,
            complete: [false; 10],
            marks: 0,
            has_back_references: false,
        };
        parser.alternatives(0)?;
        if parser.at < pattern.len() {
            return Err(RegexError::UnmatchedClose);
        }
        parser.program.extend([Node::Save(1), Node::Match]);
        let Parser { program, groups, marks, has_back_references, .. } = parser;
        Ok(Self { program, groups, marks, has_back_references })
    }

    /// The leftmost match that begins at `offset` or behind it, and of these the longest.
    pub fn search(&self, text: &[u8], offset: usize, steps: &mut Steps) -> Result<Option<Match>, Exhausted> {
        for begin in offset..=text.len() {
            if let Some(found) = self.match_at(text, begin, steps)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The longest match that begins here; of those that are as long the one that repetitions prefer.
    fn match_at(&self, text: &[u8], begin: usize, steps: &mut Steps) -> Result<Option<Match>, Exhausted> {
        let end = if self.has_back_references {
            None
        } else {
            match self.longest(text, begin, steps)? {
                Some(end) => Some(end),
                None => return Ok(None),
            }
        };
        self.backtrack(text, begin, end, steps)
    }

    /// Where the longest match ends, by following all ways at once.
    fn longest(&self, text: &[u8], begin: usize, steps: &mut Steps) -> Result<Option<usize>, Exhausted> {
        let (mut open, mut next, mut seen) = (vec![0], Vec::new(), Vec::new());
        let mut longest = None;
        for at in begin..=text.len() {
            seen.clear();
            seen.resize(self.program.len(), false);
            open.reverse();
            while let Some(place) = open.pop() {
                steps.take()?;
                match seen.get_mut(place) {
                    Some(seen @ false) => *seen = true,
                    _ => continue,
                }
                match self.program.get(place) {
                    Some(Node::Match) => longest = Some(at),
                    Some(Node::Jump(to)) => open.push(*to),
                    Some(Node::Split(first, second)) => open.extend([*second, *first]),
                    Some(Node::Save(_) | Node::Mark(_) | Node::CheckMark(_)) => open.push(place + 1),
                    Some(node) => match node.matches(text, at) {
                        Some(0) => open.push(place + 1),
                        Some(_) => next.push(place + 1),
                        None => {}
                    },
                    None => {}
                }
            }
            if next.is_empty() {
                break;
            }
            std::mem::swap(&mut open, &mut next);
        }
        Ok(longest)
    }

    /// One way after the other; with `end` the first that ends there, without it the longest.
    fn backtrack(
        &self,
        text: &[u8],
        begin: usize,
        end: Option<usize>,
        steps: &mut Steps,
    ) -> Result<Option<Match>, Exhausted> {
        let mut places = vec![None; 2 * (self.groups + 1)];
        let mut marks = vec![None; self.marks];
        let (mut at, mut place) = (begin, 0);
        let mut other: Vec<Other> = Vec::new();
        let mut best: Option<Match> = None;
        loop {
            steps.take()?;
            let mut fails = false;
            match self.program.get(place) {
                Some(Node::Match) => {
                    let found = Match { places: places.clone() };
                    if end == Some(at) {
                        return Ok(Some(found));
                    }
                    if end.is_none() && best.as_ref().is_none_or(|best| best.end() < at) {
                        best = Some(found);
                    }
                    fails = true;
                }
                Some(Node::Jump(to)) => place = *to,
                Some(Node::Split(first, second)) => {
                    other.push(Other::Way { place: *second, at });
                    place = *first;
                }
                Some(Node::Save(number)) => {
                    if let Some(own) = places.get_mut(*number) {
                        other.push(Other::Place { number: *number, value: *own });
                        *own = Some(at);
                    }
                    place += 1;
                }
                Some(Node::Mark(number)) => {
                    if let Some(own) = marks.get_mut(*number) {
                        other.push(Other::Mark { number: *number, value: *own });
                        *own = Some(at);
                    }
                    place += 1;
                }
                // A loop that matched nothing would go on for ever.
                Some(Node::CheckMark(number)) if marks.get(*number) == Some(&Some(at)) => fails = true,
                Some(Node::CheckMark(_)) => place += 1,
                Some(Node::Back(number)) => {
                    let group =
                        places.get(2 * number).copied().flatten().zip(places.get(2 * number + 1).copied().flatten());
                    let part = group.and_then(|(from, to)| text.get(from..to));
                    match part {
                        Some(part) if text.get(at..).is_some_and(|rest| rest.starts_with(part)) => {
                            steps.taken += part.len() as u64;
                            at += part.len();
                            place += 1;
                        }
                        _ => fails = true,
                    }
                }
                Some(node) => match node.matches(text, at) {
                    Some(length) => {
                        at += length;
                        place += 1;
                    }
                    None => fails = true,
                },
                None => fails = true,
            }
            while fails {
                match other.pop() {
                    None => return Ok(best),
                    Some(Other::Way { place: to, at: from }) => {
                        (place, at) = (to, from);
                        fails = false;
                    }
                    Some(Other::Place { number, value }) => {
                        if let Some(own) = places.get_mut(number) {
                            *own = value;
                        }
                    }
                    Some(Other::Mark { number, value }) => {
                        if let Some(own) = marks.get_mut(number) {
                            *own = value;
                        }
                    }
                }
            }
        }
    }
}

/// What is gone back to.
enum Other {
    Way { place: usize, at: usize },
    Place { number: usize, value: Option<usize> },
    Mark { number: usize, value: Option<usize> },
}

impl Node {
    /// How many bytes it takes here: 1 or, for a place between bytes, 0.
    fn matches(&self, text: &[u8], at: usize) -> Option<usize> {
        let next = text.get(at).copied();
        let before = at.checked_sub(1).and_then(|before| text.get(before)).copied();
        let is_word = |byte: Option<u8>| byte.is_some_and(is_word);
        let between = |holds: bool| holds.then_some(0);
        match self {
            Self::Byte(byte) => (next == Some(*byte)).then_some(1),
            Self::Any => next.filter(|byte| *byte != b'\n').map(|_| 1),
            Self::Set(set) => {
                next.and_then(|byte| set.get(usize::from(byte)).copied().unwrap_or_default().then_some(1))
            }
            Self::LineBegin => between(before.is_none_or(|byte| byte == b'\n')),
            Self::LineEnd => between(next.is_none_or(|byte| byte == b'\n')),
            Self::TextBegin => between(before.is_none()),
            Self::TextEnd => between(next.is_none()),
            Self::WordBegin => between(!is_word(before) && is_word(next)),
            Self::WordEnd => between(is_word(before) && !is_word(next)),
            Self::Boundary => between(is_word(before) != is_word(next)),
            Self::NoBoundary => between(is_word(before) == is_word(next)),
            _ => None,
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

struct Parser<'a> {
    pattern: &'a [u8],
    at: usize,
    program: Vec<Node>,
    groups: usize,
    /// Groups that are closed: only those can be referred to.
    complete: [bool; 10],
    marks: usize,
    has_back_references: bool,
}

impl Parser<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.pattern.get(self.at + ahead).copied()
    }

    /// Whether `\` and this byte come next.
    fn escaped(&self, byte: u8) -> bool {
        self.peek(0) == Some(b'\\') && self.peek(1) == Some(byte)
    }

    fn check_size(&self) -> Result<(), RegexError> {
        if self.program.len() > LONGEST { Err(RegexError::TooLarge) } else { Ok(()) }
    }

    /// `a\|b\|c`
    fn alternatives(&mut self, depth: usize) -> Result<(), RegexError> {
        if depth > DEEPEST {
            return Err(RegexError::TooLarge);
        }
        let mut begin = self.program.len();
        let mut ends = Vec::new();
        self.sequence(depth)?;
        while self.escaped(b'|') {
            self.at += 2;
            // What came before becomes the first way of a split.
            self.insert(begin, Node::Split(begin + 1, self.program.len() + 2));
            ends.push(self.program.len());
            self.program.push(Node::Jump(0));
            begin = self.program.len();
            self.sequence(depth)?;
            self.check_size()?;
        }
        let behind = self.program.len();
        for end in ends {
            if let Some(jump) = self.program.get_mut(end) {
                *jump = Node::Jump(behind);
            }
        }
        Ok(())
    }

    /// Puts a node in; what names places behind it is moved along.
    fn insert(&mut self, place: usize, node: Node) {
        for own in self.program.iter_mut().skip(place) {
            match own {
                Node::Jump(to) if *to >= place => *to += 1,
                Node::Split(first, second) => {
                    *first += usize::from(*first >= place);
                    *second += usize::from(*second >= place);
                }
                _ => {}
            }
        }
        self.program.insert(place, node);
    }

    fn sequence(&mut self, depth: usize) -> Result<(), RegexError> {
        let mut is_first = true;
        while self.at < self.pattern.len() && !self.escaped(b'|') {
            if self.escaped(b')') {
                if depth > 0 {
                    return Ok(());
                }
                return Err(RegexError::UnmatchedClose);
            }
            let begin = self.program.len();
            let can_repeat = self.atom(depth, is_first)?;
            is_first = false;
            while can_repeat && let Some(sign @ (b'*' | b'+' | b'?')) = self.peek(0) {
                self.at += 1;
                self.repeat(begin, sign);
            }
            self.check_size()?;
        }
        Ok(())
    }

    fn repeat(&mut self, begin: usize, sign: u8) {
        if sign == b'?' {
            self.insert(begin, Node::Split(begin + 1, self.program.len() + 1));
            return;
        }
        let mark = self.marks;
        self.marks += 1;
        if sign == b'+' {
            // body, then as often again as it goes: the check only keeps the way back from turning in place.
            self.insert(begin, Node::Mark(mark));
            let again = self.program.len();
            self.program.extend([Node::Split(again + 1, again + 3), Node::CheckMark(mark), Node::Jump(begin)]);
        } else {
            self.insert(begin, Node::Split(begin + 1, 0));
            self.insert(begin + 1, Node::Mark(mark));
            self.program.extend([Node::CheckMark(mark), Node::Jump(begin)]);
            let behind = self.program.len();
            if let Some(split) = self.program.get_mut(begin) {
                *split = Node::Split(begin + 1, behind);
            }
        }
    }

    /// One element; false where no repetition can follow: anchors, and signs that are taken as they stand.
    fn atom(&mut self, depth: usize, is_first: bool) -> Result<bool, RegexError> {
        let Some(byte) = self.peek(0) else { return Ok(false) };
        self.at += 1;
        let node = match byte {
            b'.' => Node::Any,
            b'[' => self.bracket()?,
            b'^' if is_first && self.begins_here() => return Ok(self.anchor(Node::LineBegin)),
            b'$' if self.peek(0).is_none() || self.escaped(b'|') || self.escaped(b')') => {
                return Ok(self.anchor(Node::LineEnd));
            }
            b'\\' => return self.escape(depth),
            other => Node::Byte(other),
        };
        self.program.push(node);
        Ok(true)
    }

    /// Whether the byte that was just read is the first of the pattern, of a group or of an alternative.
    fn begins_here(&self) -> bool {
        let before = self.pattern.get(..self.at - 1).unwrap_or_default();
        before.is_empty() || before.ends_with(br"\(") || before.ends_with(br"\|")
    }

    fn anchor(&mut self, node: Node) -> bool {
        self.program.push(node);
        false
    }

    fn escape(&mut self, depth: usize) -> Result<bool, RegexError> {
        let Some(byte) = self.peek(0) else { return Err(RegexError::TrailingBackslash) };
        self.at += 1;
        let class = |holds: fn(u8) -> bool| {
            Node::Set(Box::new(std::array::from_fn(|byte| u8::try_from(byte).is_ok_and(holds))))
        };
        let node = match byte {
            b'(' => {
                self.groups += 1;
                let number = self.groups;
                self.program.push(Node::Save(2 * number));
                self.alternatives(depth + 1)?;
                if !self.escaped(b')') {
                    return Err(RegexError::UnmatchedOpen);
                }
                self.at += 2;
                if let Some(complete) = self.complete.get_mut(number) {
                    *complete = true;
                }
                self.program.push(Node::Save(2 * number + 1));
                return Ok(true);
            }
            b'1'..=b'9' => {
                let number = usize::from(byte - b'0');
                if self.complete.get(number) != Some(&true) {
                    return Err(RegexError::BackReference);
                }
                self.has_back_references = true;
                Node::Back(number)
            }
            b'w' => class(is_word),
            b'W' => class(|byte| !is_word(byte)),
            b's' => class(|byte| matches!(byte, b' ' | b'\t'..=b'\r')),
            b'S' => class(|byte| !matches!(byte, b' ' | b'\t'..=b'\r')),
            b'b' => return Ok(self.anchor(Node::Boundary)),
            b'B' => return Ok(self.anchor(Node::NoBoundary)),
            b'<' => return Ok(self.anchor(Node::WordBegin)),
            b'>' => return Ok(self.anchor(Node::WordEnd)),
            b'`' => return Ok(self.anchor(Node::TextBegin)),
            b'\'' => return Ok(self.anchor(Node::TextEnd)),
            other => Node::Byte(other),
        };
        self.program.push(node);
        Ok(true)
    }

    /// `[abc]`, `[^a-z]`, `[]a]`; a backslash is one, and so is `[:alpha:]`.
    fn bracket(&mut self) -> Result<Node, RegexError> {
        let mut set = Box::new([false; 256]);
        let negated = self.peek(0) == Some(b'^');
        self.at += usize::from(negated);
        let mut is_first = true;
        loop {
            let Some(from) = self.peek(0) else { return Err(RegexError::UnmatchedBracket) };
            self.at += 1;
            if from == b']' && !is_first {
                break;
            }
            is_first = false;
            let mut to = from;
            if self.peek(0) == Some(b'-')
                && let Some(end) = self.peek(1)
                && end != b']'
            {
                self.at += 2;
                to = end;
            }
            // A range that ends before it begins holds nothing.
            for own in set.iter_mut().take(usize::from(to) + 1).skip(usize::from(from)) {
                *own = true;
            }
        }
        if negated {
            for own in set.iter_mut() {
                *own = !*own;
            }
        }
        Ok(Node::Set(set))
    }
}
