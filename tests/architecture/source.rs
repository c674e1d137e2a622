//! Rust source as tokens: without comments, without what is compiled for tests only, with the paths that it names.

use std::ops::Range;

/// A piece of source with its line, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub line: usize,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// An identifier, keyword or number.
    Word(String),
    /// The inside of a string literal, as it is written.
    Text(String),
    /// `::`
    Path,
    /// Any other sign.
    Sign(char),
}

/// Words that may stand before a path and are no part of it.
const KEYWORDS: &[&str] = &[
    "as", "break", "const", "dyn", "else", "for", "if", "impl", "in", "let", "match", "move", "mut", "ref", "return",
    "use", "where", "while",
];

/// One file below `src`.
#[derive(Debug, Clone)]
pub struct Source {
    /// Below `src`, with slashes: `selinux/name.rs`.
    pub path: String,
    /// What is not for tests only.
    pub tokens: Vec<Token>,
    /// How many lines that is.
    pub lines: usize,
    /// The files of modules that are for tests only, without `.rs`: `selinux/tests`.
    pub test_modules: Vec<String>,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        let mut source =
            Self { path: path.to_owned(), tokens: tokens(text), lines: text.lines().count(), test_modules: vec![] };
        while let Some(range) = test_item(&source.tokens) {
            source.lines -= source.tokens[range.end - 1].line - source.tokens[range.start].line + 1;
            let item: Vec<_> = source.tokens.drain(range).collect();
            for three in item.windows(3) {
                if let [Kind::Word(word), Kind::Word(name), Kind::Sign(';')] =
                    three.iter().map(|t| t.kind.clone()).collect::<Vec<_>>().as_slice()
                    && word == "mod"
                {
                    source.test_modules.push(format!("{}{name}", source.module_folder()));
                }
            }
        }
        source
    }

    /// The room that the file stands in; `None` for `lib.rs` and `main.rs`.
    pub fn room(&self) -> Option<&str> {
        match self.path.split_once('/') {
            Some((room, _)) => Some(room),
            None => self.path.strip_suffix(".rs").filter(|name| !matches!(*name, "lib" | "main")),
        }
    }

    /// Where the modules below this one lie, with a slash behind it.
    fn module_folder(&self) -> String {
        let path = self.path.trim_end_matches(".rs");
        match path.strip_suffix("mod").filter(|folder| folder.ends_with('/')) {
            Some(folder) => folder.to_owned(),
            None if path == "lib" => String::new(),
            None => format!("{path}/"),
        }
    }

    /// How many modules this one lies below the crate's root: 1 for a room's own page.
    fn depth(&self) -> usize {
        self.module_folder().matches('/').count()
    }

    /// Every path of two words and more, groups taken apart: `use a::{b, c::d}` names `a::b` and `a::c::d`.
    pub fn paths(&self) -> Vec<(usize, Vec<String>)> {
        let mut paths = Vec::new();
        let mut place = 0;
        while place < self.tokens.len() {
            let goes_on = self.tokens.get(place + 1).is_some_and(|next| next.kind == Kind::Path);
            if goes_on && self.is_name(place) && !self.continues_path(place) {
                expand(&self.tokens, &mut place, &mut Vec::new(), &mut paths);
            } else {
                place += 1;
            }
        }
        paths
    }

    fn is_name(&self, place: usize) -> bool {
        matches!(&self.tokens[place].kind, Kind::Word(word) if !KEYWORDS.contains(&word.as_str()))
    }

    /// Whether the word at `place` has a path before it: not `x` in `use ::x`.
    fn continues_path(&self, place: usize) -> bool {
        place >= 2
            && self.tokens[place - 1].kind == Kind::Path
            && (self.is_name(place - 2) || self.tokens[place - 2].kind == Kind::Sign('>'))
    }

    /// The rooms that the file names, from the crate's root, with the line; `*` for all of them.
    pub fn rooms_named(&self) -> Vec<(usize, String)> {
        let mut rooms = Vec::new();
        for (line, path) in self.paths() {
            let path: Vec<_> = path.iter().map(String::as_str).skip_while(|word| *word == "self").collect();
            let up = path.iter().take_while(|word| **word == "super").count();
            let below_root = match path.first() {
                Some(&"crate") => path.get(1),
                Some(&"super") if up >= self.depth() => path.get(up),
                _ => None,
            };
            rooms.extend(below_root.map(|room| (line, (*room).to_owned())));
        }
        rooms
    }
}

/// Follows one path, or one tree of paths, from `place`; leaves `place` behind it.
fn expand(tokens: &[Token], place: &mut usize, above: &mut Vec<String>, paths: &mut Vec<(usize, Vec<String>)>) {
    let height = above.len();
    while let Some(token) = tokens.get(*place) {
        match &token.kind {
            Kind::Word(word) => above.push(word.clone()),
            Kind::Sign('*') => above.push("*".to_owned()),
            Kind::Sign('{') => {
                *place += 1;
                while tokens.get(*place).is_some_and(|token| token.kind != Kind::Sign('}')) {
                    match tokens[*place].kind {
                        Kind::Sign(',') => *place += 1,
                        // `as name`
                        Kind::Word(ref word) if word == "as" => *place += 2,
                        _ => {
                            let before = *place;
                            expand(tokens, place, above, paths);
                            *place = (*place).max(before + 1);
                        }
                    }
                }
                *place += 1;
                above.truncate(height);
                return;
            }
            _ => break,
        }
        *place += 1;
        if tokens.get(*place).is_none_or(|next| next.kind != Kind::Path) {
            paths.push((token.line, above.clone()));
            above.truncate(height);
            return;
        }
        *place += 1;
    }
    if above.len() > height {
        let line = tokens.get(*place - 1).map_or(0, |token| token.line);
        paths.push((line, above.clone()));
    }
    above.truncate(height);
}

/// The first item that is marked `#[cfg(test)]`, its attributes with it.
fn test_item(tokens: &[Token]) -> Option<Range<usize>> {
    let is = |place: usize, kind: &Kind| tokens.get(place).is_some_and(|token| token.kind == *kind);
    let word = |place: usize, word: &str| is(place, &Kind::Word(word.to_owned()));
    for start in 0..tokens.len() {
        if !(is(start, &Kind::Sign('#')) && is(start + 1, &Kind::Sign('[')) && word(start + 2, "cfg")) {
            continue;
        }
        let end = group_end(tokens, start + 1);
        if !(start..end).any(|place| word(place, "test"))
            || (start..end).any(|place| word(place, "not") || word(place, "any"))
        {
            continue;
        }
        let mut place = end;
        while is(place, &Kind::Sign('#')) && is(place + 1, &Kind::Sign('[')) {
            place = group_end(tokens, place + 1);
        }
        while place < tokens.len() {
            match tokens[place].kind {
                Kind::Sign(';' | ',') => return Some(start..place + 1),
                // The group that the marked thing stands in ends before it says so itself.
                Kind::Sign('}' | ')' | ']') => return Some(start..place),
                Kind::Sign('{') => {
                    place = group_end(tokens, place);
                    if !is(place, &Kind::Sign(';')) {
                        return Some(start..place);
                    }
                }
                Kind::Sign('(' | '[') => place = group_end(tokens, place),
                _ => place += 1,
            }
        }
        return Some(start..tokens.len());
    }
    None
}

/// Behind the bracket that closes the one at `open`.
fn group_end(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (place, token) in tokens.iter().enumerate().skip(open) {
        match token.kind {
            Kind::Sign('(' | '[' | '{') => depth += 1,
            Kind::Sign(')' | ']' | '}') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return place + 1;
        }
    }
    tokens.len()
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let (mut rest, mut line) = (text, 1);
    while let Some(first) = rest.chars().next() {
        let (length, kind) = token(rest, first);
        tokens.extend(kind.map(|kind| Token { line, kind }));
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    tokens
}

/// How long the token at the beginning is, and what it is, unless it is a blank, a comment, a character or a lifetime.
fn token(text: &str, first: char) -> (usize, Option<Kind>) {
    if text.starts_with("//") {
        return (text.find('\n').unwrap_or(text.len()), None);
    }
    if text.starts_with("/*") {
        return (comment(text), None);
    }
    if text.starts_with("::") {
        return (2, Some(Kind::Path));
    }
    if first == '"' {
        return string(text, 0);
    }
    if first == '\'' {
        return (character(text), None);
    }
    if first.is_alphanumeric() || first == '_' {
        let length = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        let (word, after) = text.split_at(length);
        let hashes = after.len() - after.trim_start_matches('#').len();
        return match word {
            "r" | "br" | "cr" if after[hashes..].starts_with('"') => raw_string(text, length, hashes),
            "b" | "c" if after.starts_with('"') => string(text, length),
            "b" if after.starts_with('\'') => (length + character(after), None),
            // A raw identifier, `r#type`.
            "r" if hashes == 1 => (length + 1, None),
            _ => (length, Some(Kind::Word(word.to_owned()))),
        };
    }
    (first.len_utf8(), (!first.is_whitespace()).then_some(Kind::Sign(first)))
}

fn comment(text: &str) -> usize {
    let mut depth = 0;
    let mut place = 0;
    while place < text.len() {
        let step = match &text.as_bytes()[place..] {
            [b'/', b'*', ..] => {
                depth += 1;
                2
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                2
            }
            _ => 1,
        };
        place += step;
        if depth == 0 {
            break;
        }
    }
    place
}

fn string(text: &str, quote: usize) -> (usize, Option<Kind>) {
    let mut escaped = false;
    for (place, c) in text.char_indices().skip_while(|(place, _)| *place <= quote) {
        if c == '"' && !escaped {
            return (place + 1, Some(Kind::Text(text[quote + 1..place].to_owned())));
        }
        escaped = c == '\\' && !escaped;
    }
    (text.len(), None)
}

fn raw_string(text: &str, prefix: usize, hashes: usize) -> (usize, Option<Kind>) {
    let begin = prefix + hashes + 1;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = text[begin..].find(&end).unwrap_or(text.len() - begin);
    ((begin + length + end.len()).min(text.len()), Some(Kind::Text(text[begin..begin + length].to_owned())))
}

/// A character, or a lifetime, which has no quote behind it.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => {
            chars.next();
            chars.find(|(_, c)| *c == '\'').map_or(text.len(), |(place, _)| place + 1)
        }
        Some(_) => match chars.next() {
            Some((place, '\'')) => place + 1,
            _ => 1,
        },
        None => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let word = |token: Token| match token.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        };
        Source::new("room/file.rs", text).tokens.into_iter().filter_map(word).collect()
    }

    fn texts(text: &str) -> Vec<String> {
        let text_of = |token: Token| match token.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        };
        Source::new("room/file.rs", text).tokens.into_iter().filter_map(text_of).collect()
    }

    #[test]
    fn comments_and_literals_are_no_words() {
        let text = r##"
            // one
            /* two /* three */ still two */ a /// four
            "five \" six" b r#"seven "eight" "# 'n' '\'' '\u{1b}' b'x' b"nine" 'life c r#type '"' d
        "##;
        assert_eq!(words(text), ["a", "b", "life", "c", "type", "d"]);
        assert_eq!(texts(text), [r#"five \" six"#, r#"seven "eight" "#, "nine"]);
        assert_eq!(Source::new("a/b.rs", "a\n\"x\ny\"\nb").tokens.last().unwrap().line, 4);
    }

    #[test]
    fn what_is_for_tests_only_does_not_count() {
        let text = "a\n#[cfg(test)]\nmod tests {\n  b { c }\n}\n#[cfg(not(test))] d;\n#[cfg(test)] use x::{y};\ne\n\
                    #[cfg(all(test, unix))]\n#[allow(z)]\nfn f() {}\ng { #[cfg(test)] h }";
        assert_eq!(words(text), ["a", "cfg", "not", "test", "d", "e", "g"]);
        let source = Source::new("room/file.rs", text);
        assert_eq!(source.lines, 3, "a, d, e and g stand on four lines, g with a test's word");
        let declares = |path: &str| Source::new(path, "#[cfg(test)] mod tests;").test_modules;
        assert_eq!(declares("room/file.rs"), ["room/file/tests"]);
        assert_eq!(declares("room/mod.rs"), ["room/tests"]);
        assert_eq!(declares("lib.rs"), ["tests"]);
    }

    #[test]
    fn paths_are_taken_out_of_their_groups() {
        let text = "use a::{b, c::{self, d as e}, f::*};\nlet g = h::i::<J>::k(l::m);\n::n::o; p.q; <R as s::T>::u;";
        let source = Source::new("room/file.rs", text);
        let paths: Vec<_> =
            source.paths().into_iter().map(|(line, path)| format!("{line} {}", path.join("::"))).collect();
        assert_eq!(paths, ["1 a::b", "1 a::c::self", "1 a::c::d", "1 a::f::*", "2 h::i", "2 l::m", "3 n::o", "3 s::T"]);
    }

    #[test]
    fn rooms_are_named_from_the_root() {
        let named = |path: &str, text: &str| -> Vec<String> {
            Source::new(path, text).rooms_named().into_iter().map(|(_, room)| room).collect()
        };
        let text =
            "use crate::{audit::Line, selinux::{self, Name}};\nfn f() { crate::host::log() }\npub(in crate::tui) g";
        assert_eq!(named("room/file.rs", text), ["audit", "selinux", "selinux", "host", "tui"]);
        assert_eq!(named("room/file.rs", "use super::{audit::Line}; super::super::cli::x; self::super::y::z"), ["cli"]);
        assert_eq!(named("room/mod.rs", "use super::audit::Line;"), ["audit"]);
        assert_eq!(named("room/below/mod.rs", "use super::super::{audit, cli::x};"), ["audit", "cli"]);
        assert_eq!(named("room/below/file.rs", "use super::super::audit; use crate::*;"), ["*"]);
    }
}
